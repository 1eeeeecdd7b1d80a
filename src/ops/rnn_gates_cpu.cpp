// Gates and states of recurrent layers, one pass a step. sigmoid and tanh are those of vec_exp-inl.h (2.5 and 2 ULP);
// what follows them rounds once per operation. NaN and infinity propagate as in the formulas.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/rnn_gates_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"
#include "ops/rnn.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// s (1 - s), the derivative of the sigmoid in terms of its value; tanh: 1 - t^2.
template <class D, class V>
HWY_INLINE V sigmoid_slope(D d, V s) {
  return hn::Mul(s, hn::Sub(constant(d, 1.0), s));
}
template <class D, class V>
HWY_INLINE V tanh_slope(D d, V t) {
  return hn::NegMulAdd(t, t, constant(d, 1.0));
}

/// Calls f(row, column, left) for every vector of `rows` x `hidden` values.
template <class D, class F>
HWY_INLINE void each_vector(D d, int64_t rows, int64_t hidden, const F& f) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < hidden; j += lanes) f(r, j, hidden - j);
}

template <class T>
struct Gates {
  static void lstm(const RnnGates& p) {
    const hn::ScalableTag<T> d;
    const int64_t n = p.hidden;
    T *const gates = static_cast<T*>(p.gates), *const cs = static_cast<T*>(p.c),
             *const cells = static_cast<T*>(p.cells), *const h = static_cast<T*>(p.h), *const y = static_cast<T*>(p.y);
    each_vector(d, p.rows, n, [&](int64_t r, int64_t j, int64_t left) HWY_ATTR {
      T* const g = gates + r * 4 * n + j;
      const int64_t at = r * n + j;
      const auto in = sigmoid(d, load_some(d, g, left)), forget = sigmoid(d, load_some(d, g + n, left));
      const auto cell = tanh(d, load_some(d, g + 2 * n, left)), out = sigmoid(d, load_some(d, g + 3 * n, left));
      const auto c = hn::MulAdd(forget, load_some(d, cs + at, left), hn::Mul(in, cell));
      const auto v = hn::Mul(out, tanh(d, c));
      store_some(d, in, g, left);
      store_some(d, forget, g + n, left);
      store_some(d, cell, g + 2 * n, left);
      store_some(d, out, g + 3 * n, left);
      store_some(d, c, cs + at, left);
      if (cells) store_some(d, c, cells + at, left);
      if (h) store_some(d, v, h + at, left);
      store_some(d, v, y + at, left);
    });
  }
  static void lstm_backward(const RnnGatesBackward& p) {
    const hn::ScalableTag<T> d;
    const int64_t n = p.hidden;
    const T *const gates = static_cast<const T*>(p.gates), *const before = static_cast<const T*>(p.before),
                   *const cells = static_cast<const T*>(p.cells), *const gy = static_cast<const T*>(p.gy),
                   *const dh = static_cast<const T*>(p.dh);
    T *const dc = static_cast<T*>(p.dc), *const dgates = static_cast<T*>(p.dgates);
    each_vector(d, p.rows, n, [&](int64_t r, int64_t j, int64_t left) HWY_ATTR {
      const T* const g = gates + r * 4 * n + j;
      T* const q = dgates + r * 4 * n + j;
      const int64_t at = r * n + j;
      const auto in = load_some(d, g, left), forget = load_some(d, g + n, left), cell = load_some(d, g + 2 * n, left),
                 out = load_some(d, g + 3 * n, left);
      auto v = load_some(d, dh + at, left);
      if (gy) v = hn::Add(v, load_some(d, gy + at, left));
      const auto t = tanh(d, load_some(d, cells + at, left));
      const auto c = hn::MulAdd(hn::Mul(v, out), tanh_slope(d, t), load_some(d, dc + at, left));
      store_some(d, hn::Mul(hn::Mul(c, cell), sigmoid_slope(d, in)), q, left);
      store_some(d, hn::Mul(hn::Mul(c, load_some(d, before + at, left)), sigmoid_slope(d, forget)), q + n, left);
      store_some(d, hn::Mul(hn::Mul(c, in), tanh_slope(d, cell)), q + 2 * n, left);
      store_some(d, hn::Mul(hn::Mul(v, t), sigmoid_slope(d, out)), q + 3 * n, left);
      store_some(d, hn::Mul(c, forget), dc + at, left);
    });
  }

  static void gru(const RnnGates& p) {
    const hn::ScalableTag<T> d;
    const int64_t n = p.hidden;
    T *const gates = static_cast<T*>(p.gates), *const h = static_cast<T*>(p.h), *const y = static_cast<T*>(p.y);
    each_vector(d, p.rows, n, [&](int64_t r, int64_t j, int64_t left) HWY_ATTR {
      T* const g = gates + r * 4 * n + j;
      const int64_t at = r * n + j;
      const auto reset = sigmoid(d, load_some(d, g, left)), update = sigmoid(d, load_some(d, g + n, left));
      const auto fresh = tanh(d, hn::MulAdd(reset, load_some(d, g + 3 * n, left), load_some(d, g + 2 * n, left)));
      const auto v = hn::MulAdd(update, hn::Sub(load_some(d, h + at, left), fresh), fresh);
      store_some(d, reset, g, left);
      store_some(d, update, g + n, left);
      store_some(d, fresh, g + 2 * n, left);
      store_some(d, v, h + at, left);
      store_some(d, v, y + at, left);
    });
  }
  static void gru_backward(const RnnGatesBackward& p) {
    const hn::ScalableTag<T> d;
    const int64_t n = p.hidden;
    const T *const gates = static_cast<const T*>(p.gates), *const before = static_cast<const T*>(p.before),
                   *const gy = static_cast<const T*>(p.gy);
    T *const dh = static_cast<T*>(p.dh), *const dgates = static_cast<T*>(p.dgates);
    each_vector(d, p.rows, n, [&](int64_t r, int64_t j, int64_t left) HWY_ATTR {
      const T* const g = gates + r * 4 * n + j;
      T* const q = dgates + r * 4 * n + j;
      const int64_t at = r * n + j;
      const auto reset = load_some(d, g, left), update = load_some(d, g + n, left),
                 fresh = load_some(d, g + 2 * n, left);
      auto v = load_some(d, dh + at, left);
      if (gy) v = hn::Add(v, load_some(d, gy + at, left));
      const auto a = hn::Mul(hn::Mul(v, hn::Sub(constant(d, 1.0), update)), tanh_slope(d, fresh));
      store_some(d, hn::Mul(hn::Mul(a, load_some(d, g + 3 * n, left)), sigmoid_slope(d, reset)), q, left);
      store_some(d, hn::Mul(hn::Mul(v, hn::Sub(load_some(d, before + at, left), fresh)), sigmoid_slope(d, update)),
                 q + n, left);
      store_some(d, a, q + 2 * n, left);
      store_some(d, hn::Mul(a, reset), q + 3 * n, left);
      store_some(d, hn::Mul(v, update), dh + at, left);
    });
  }

  template <bool kRelu>
  static void plain(const RnnGates& p) {
    const hn::ScalableTag<T> d;
    T *const h = static_cast<T*>(p.h), *const y = static_cast<T*>(p.y);
    each_vector(d, 1, p.rows * p.hidden, [&](int64_t, int64_t j, int64_t left) HWY_ATTR {
      const auto x = load_some(d, y + j, left);
      const auto v = kRelu ? at_least(d, x, 0.0) : tanh(d, x);
      store_some(d, v, h + j, left);
      store_some(d, v, y + j, left);
    });
  }
  template <bool kRelu>
  static void plain_backward(const RnnGatesBackward& p) {
    const hn::ScalableTag<T> d;
    const T *const y = static_cast<const T*>(p.y), *const gy = static_cast<const T*>(p.gy),
                   *const dh = static_cast<const T*>(p.dh);
    T* const dgates = static_cast<T*>(p.dgates);
    each_vector(d, 1, p.rows * p.hidden, [&](int64_t, int64_t j, int64_t left) HWY_ATTR {
      auto v = load_some(d, dh + j, left);
      if (gy) v = hn::Add(v, load_some(d, gy + j, left));
      const auto out = load_some(d, y + j, left);
      if (kRelu)
        v = hn::IfThenElseZero(hn::Gt(out, hn::Zero(d)), v);
      else
        v = hn::Mul(v, tanh_slope(d, out));
      store_some(d, v, dgates + j, left);
    });
  }

  static void row_dots(const RnnRow& a) {
    const hn::ScalableTag<T> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), ld = a.ld, k = a.k;
    const T *const x = static_cast<const T*>(a.x), *const w = static_cast<const T*>(a.w);
    T* const y = static_cast<T*>(a.y);
    for (int64_t j = 0; j < a.n; j += 4) {
      // Past the last row that row again; its sums are thrown away.
      const T *const w0 = w + j * ld, *const w1 = w + std::min(j + 1, a.n - 1) * ld,
                     *const w2 = w + std::min(j + 2, a.n - 1) * ld, *const w3 = w + std::min(j + 3, a.n - 1) * ld;
      auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      int64_t p = 0;
      for (; p + lanes <= k; p += lanes) {
        const auto v = hn::LoadU(d, x + p);
        s0 = hn::MulAdd(v, hn::LoadU(d, w0 + p), s0);
        s1 = hn::MulAdd(v, hn::LoadU(d, w1 + p), s1);
        s2 = hn::MulAdd(v, hn::LoadU(d, w2 + p), s2);
        s3 = hn::MulAdd(v, hn::LoadU(d, w3 + p), s3);
      }
      if (p < k) {
        const int64_t left = k - p;
        const auto v = load_some(d, x + p, left);
        s0 = hn::MulAdd(v, load_some(d, w0 + p, left), s0);
        s1 = hn::MulAdd(v, load_some(d, w1 + p, left), s1);
        s2 = hn::MulAdd(v, load_some(d, w2 + p, left), s2);
        s3 = hn::MulAdd(v, load_some(d, w3 + p, left), s3);
      }
      const T sum[4] = {hn::GetLane(hn::SumOfLanes(d, s0)), hn::GetLane(hn::SumOfLanes(d, s1)),
                        hn::GetLane(hn::SumOfLanes(d, s2)), hn::GetLane(hn::SumOfLanes(d, s3))};
      for (int64_t r = 0; r < std::min<int64_t>(4, a.n - j); ++r) y[j + r] = a.add ? y[j + r] + sum[r] : sum[r];
    }
  }
  static void row_sums(const RnnRow& a) {
    const hn::ScalableTag<T> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const T *const from = static_cast<const T*>(a.w), *const x = static_cast<const T*>(a.x);
    T* const y = static_cast<T*>(a.y);
    int64_t j = 0;
    for (; j + 4 * lanes <= a.n; j += 4 * lanes) {
      const auto start = [&](int64_t i) HWY_ATTR { return a.add ? hn::LoadU(d, y + j + i * lanes) : hn::Zero(d); };
      auto s0 = start(0), s1 = start(1), s2 = start(2), s3 = start(3);
      const T* w = from + j;
      for (int64_t p = 0; p < a.k; ++p, w += a.ld) {
        const auto v = hn::Set(d, x[p]);
        s0 = hn::MulAdd(v, hn::LoadU(d, w), s0);
        s1 = hn::MulAdd(v, hn::LoadU(d, w + lanes), s1);
        s2 = hn::MulAdd(v, hn::LoadU(d, w + 2 * lanes), s2);
        s3 = hn::MulAdd(v, hn::LoadU(d, w + 3 * lanes), s3);
      }
      hn::StoreU(s0, d, y + j);
      hn::StoreU(s1, d, y + j + lanes);
      hn::StoreU(s2, d, y + j + 2 * lanes);
      hn::StoreU(s3, d, y + j + 3 * lanes);
    }
    for (; j < a.n; j += lanes) {
      auto s = a.add ? load_some(d, y + j, a.n - j) : hn::Zero(d);
      const T* w = from + j;
      for (int64_t p = 0; p < a.k; ++p, w += a.ld) s = hn::MulAdd(hn::Set(d, x[p]), load_some(d, w, a.n - j), s);
      store_some(d, s, y + j, a.n - j);
    }
  }

  static void fill() {
    lstm_gates.set(kCPU, dtype_of<T>, lstm);
    lstm_gates_backward.set(kCPU, dtype_of<T>, lstm_backward);
    gru_gates.set(kCPU, dtype_of<T>, gru);
    gru_gates_backward.set(kCPU, dtype_of<T>, gru_backward);
    rnn_tanh_gates.set(kCPU, dtype_of<T>, plain<false>);
    rnn_tanh_gates_backward.set(kCPU, dtype_of<T>, plain_backward<false>);
    rnn_relu_gates.set(kCPU, dtype_of<T>, plain<true>);
    rnn_relu_gates_backward.set(kCPU, dtype_of<T>, plain_backward<true>);
  }
};

void fill_slots() {
  Gates<float>::fill();
  Gates<double>::fill();
  rnn_row_dots.set(kCPU, kFloat, Gates<float>::row_dots);
  rnn_row_sums.set(kCPU, kFloat, Gates<float>::row_sums);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
