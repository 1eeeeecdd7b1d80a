#include <cmath>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "ops/optim_step.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/optim_step_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

// The vectors of constants are made inside `update`, which the compiler moves out of the loop: vectors of unknown
// length (SVE) cannot be members.

template <class T>
struct SgdLoop {
  using Lane = ComputeType<T>;
  using D = hn::ScalableTag<Lane>;
  using V = hn::Vec<D>;
  SgdStep s;
  T* p;
  const T* g;
  T* buffer;  // null without momentum

  /// The new parameter; `b` becomes the new buffer.
  HWY_INLINE V update(D d, V w, V grad, V& b) const {
    if (s.weight_decay != 0) grad = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.weight_decay)), w, grad);
    if (buffer) {
      const V momentum = hn::Set(d, static_cast<Lane>(s.momentum)),
              keep = hn::Set(d, static_cast<Lane>(1 - s.dampening));
      b = s.first ? grad : hn::MulAdd(momentum, b, hn::Mul(keep, grad));
      grad = s.nesterov ? hn::MulAdd(momentum, b, grad) : b;
    }
    return hn::MulAdd(hn::Set(d, static_cast<Lane>(-s.lr)), grad, w);
  }
  void run(int64_t begin, int64_t end) const {
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const bool read = buffer && !s.first;
    int64_t k = begin;
    V b = hn::Zero(d);
    for (; k + lanes <= end; k += lanes) {
      if (read) b = load_as(d, buffer + k);
      store_as(d, update(d, load_as(d, p + k), load_as(d, g + k), b), p + k);
      if (buffer) store_as(d, b, buffer + k);
    }
    if (k == end) return;
    const auto rest = static_cast<size_t>(end - k);
    if (read) b = load_tail(d, buffer + k, rest);
    store_tail(d, update(d, load_tail(d, p + k, rest), load_tail(d, g + k, rest), b), p + k, rest);
    if (buffer) store_tail(d, b, buffer + k, rest);
  }
};

template <class T>
void sgd_step(void* p, const void* g, void* buffer, int64_t n, const SgdStep& s) {
  const SgdLoop<T> loop{s, static_cast<T*>(p), static_cast<const T*>(g), static_cast<T*>(buffer)};
  cpu::parallel_for(n, cpu::kGrain / 2, [&](int64_t begin, int64_t end) { loop.run(begin, end); });
}

template <class T>
struct AdamLoop {
  using Lane = ComputeType<T>;
  using D = hn::ScalableTag<Lane>;
  using V = hn::Vec<D>;
  AdamStep s;
  Lane scale;  // sqrt(bias_correction2)
  T* p;
  const T* g;
  T *m, *v, *v_max;  // v_max null without amsgrad

  HWY_INLINE V update(D d, V w, V grad, V& mean, V& square, V& largest) const {
    if (s.weight_decay != 0) {
      if (s.decoupled)
        w = hn::Mul(w, hn::Set(d, static_cast<Lane>(1 - s.lr * s.weight_decay)));
      else
        grad = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.weight_decay)), w, grad);
    }
    mean = hn::MulAdd(hn::Set(d, static_cast<Lane>(1 - s.beta1)), grad,
                      hn::Mul(hn::Set(d, static_cast<Lane>(s.beta1)), mean));
    square = hn::MulAdd(hn::Mul(hn::Set(d, static_cast<Lane>(1 - s.beta2)), grad), grad,
                        hn::Mul(hn::Set(d, static_cast<Lane>(s.beta2)), square));
    V second = square;
    if (v_max) second = largest = hn::IfThenElse(hn::Le(square, largest), largest, square);
    const V denominator = hn::Add(hn::Div(hn::Sqrt(second), hn::Set(d, scale)), hn::Set(d, static_cast<Lane>(s.eps)));
    return hn::MulAdd(hn::Set(d, static_cast<Lane>(-s.lr / s.bias_correction1)), hn::Div(mean, denominator), w);
  }
  void run(int64_t begin, int64_t end) const {
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t k = begin;
    V largest = hn::Zero(d);
    for (; k + lanes <= end; k += lanes) {
      V mean = load_as(d, m + k), square = load_as(d, v + k);
      if (v_max) largest = load_as(d, v_max + k);
      store_as(d, update(d, load_as(d, p + k), load_as(d, g + k), mean, square, largest), p + k);
      store_as(d, mean, m + k);
      store_as(d, square, v + k);
      if (v_max) store_as(d, largest, v_max + k);
    }
    if (k == end) return;
    const auto rest = static_cast<size_t>(end - k);
    V mean = load_tail(d, m + k, rest), square = load_tail(d, v + k, rest);
    if (v_max) largest = load_tail(d, v_max + k, rest);
    store_tail(d, update(d, load_tail(d, p + k, rest), load_tail(d, g + k, rest), mean, square, largest), p + k, rest);
    store_tail(d, mean, m + k, rest);
    store_tail(d, square, v + k, rest);
    if (v_max) store_tail(d, largest, v_max + k, rest);
  }
};

template <class T>
void adam_step(void* p, const void* g, void* m, void* v, void* v_max, int64_t n, const AdamStep& s) {
  const AdamLoop<T> loop{s,
                         static_cast<ComputeType<T>>(std::sqrt(s.bias_correction2)),
                         static_cast<T*>(p),
                         static_cast<const T*>(g),
                         static_cast<T*>(m),
                         static_cast<T*>(v),
                         static_cast<T*>(v_max)};
  cpu::parallel_for(n, cpu::kGrain / 4, [&](int64_t begin, int64_t end) { loop.run(begin, end); });
}

template <class T>
struct AdagradLoop {
  using Lane = ComputeType<T>;
  using D = hn::ScalableTag<Lane>;
  using V = hn::Vec<D>;
  AdagradStep s;
  T* p;
  const T* g;
  T* sum;

  HWY_INLINE V update(D d, V w, V grad, V& total) const {
    if (s.weight_decay != 0) grad = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.weight_decay)), w, grad);
    total = hn::MulAdd(grad, grad, total);
    const V denominator = hn::Add(hn::Sqrt(total), hn::Set(d, static_cast<Lane>(s.eps)));
    return hn::MulAdd(hn::Set(d, static_cast<Lane>(-s.lr)), hn::Div(grad, denominator), w);
  }
  void run(int64_t begin, int64_t end) const {
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t k = begin;
    for (; k + lanes <= end; k += lanes) {
      V total = load_as(d, sum + k);
      store_as(d, update(d, load_as(d, p + k), load_as(d, g + k), total), p + k);
      store_as(d, total, sum + k);
    }
    if (k == end) return;
    const auto rest = static_cast<size_t>(end - k);
    V total = load_tail(d, sum + k, rest);
    store_tail(d, update(d, load_tail(d, p + k, rest), load_tail(d, g + k, rest), total), p + k, rest);
    store_tail(d, total, sum + k, rest);
  }
};

template <class T>
void adagrad_step(void* p, const void* g, void* sum, int64_t n, const AdagradStep& s) {
  const AdagradLoop<T> loop{s, static_cast<T*>(p), static_cast<const T*>(g), static_cast<T*>(sum)};
  cpu::parallel_for(n, cpu::kGrain / 4, [&](int64_t begin, int64_t end) { loop.run(begin, end); });
}

template <class T>
struct RmspropLoop {
  using Lane = ComputeType<T>;
  using D = hn::ScalableTag<Lane>;
  using V = hn::Vec<D>;
  RmspropStep s;
  T* p;
  const T* g;
  T *square, *buffer, *mean;  // buffer null without momentum, mean unless centered

  HWY_INLINE V update(D d, V w, V grad, V& v, V& b, V& m) const {
    const V keep = hn::Set(d, static_cast<Lane>(s.alpha)), take = hn::Set(d, static_cast<Lane>(1 - s.alpha));
    if (s.weight_decay != 0) grad = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.weight_decay)), w, grad);
    v = hn::MulAdd(hn::Mul(take, grad), grad, hn::Mul(keep, v));
    V second = v;
    if (mean) {
      m = hn::MulAdd(take, grad, hn::Mul(keep, m));
      second = hn::NegMulAdd(m, m, v);
      second = hn::IfThenElse(hn::Lt(second, hn::Zero(d)), hn::Zero(d), second);  // rounding must not make NaN
    }
    V step = hn::Div(grad, hn::Add(hn::Sqrt(second), hn::Set(d, static_cast<Lane>(s.eps))));
    if (buffer) step = b = hn::MulAdd(hn::Set(d, static_cast<Lane>(s.momentum)), b, step);
    return hn::MulAdd(hn::Set(d, static_cast<Lane>(-s.lr)), step, w);
  }
  void run(int64_t begin, int64_t end) const {
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t k = begin;
    V b = hn::Zero(d), m = hn::Zero(d);
    for (; k + lanes <= end; k += lanes) {
      V v = load_as(d, square + k);
      if (buffer) b = load_as(d, buffer + k);
      if (mean) m = load_as(d, mean + k);
      store_as(d, update(d, load_as(d, p + k), load_as(d, g + k), v, b, m), p + k);
      store_as(d, v, square + k);
      if (buffer) store_as(d, b, buffer + k);
      if (mean) store_as(d, m, mean + k);
    }
    if (k == end) return;
    const auto rest = static_cast<size_t>(end - k);
    V v = load_tail(d, square + k, rest);
    if (buffer) b = load_tail(d, buffer + k, rest);
    if (mean) m = load_tail(d, mean + k, rest);
    store_tail(d, update(d, load_tail(d, p + k, rest), load_tail(d, g + k, rest), v, b, m), p + k, rest);
    store_tail(d, v, square + k, rest);
    if (buffer) store_tail(d, b, buffer + k, rest);
    if (mean) store_tail(d, m, mean + k, rest);
  }
};

template <class T>
void rmsprop_step(void* p, const void* g, void* square, void* buffer, void* mean, int64_t n, const RmspropStep& s) {
  const RmspropLoop<T> loop{s,
                            static_cast<T*>(p),
                            static_cast<const T*>(g),
                            static_cast<T*>(square),
                            static_cast<T*>(buffer),
                            static_cast<T*>(mean)};
  cpu::parallel_for(n, cpu::kGrain / 4, [&](int64_t begin, int64_t end) { loop.run(begin, end); });
}

template <class T>
void fill_steps(ScalarType dtype) {
  sgd_step_kernel.set(kCPU, dtype, sgd_step<T>);
  adam_step_kernel.set(kCPU, dtype, adam_step<T>);
  adagrad_step_kernel.set(kCPU, dtype, adagrad_step<T>);
  rmsprop_step_kernel.set(kCPU, dtype, rmsprop_step<T>);
}

void fill_optim_step() {
  fill_steps<float>(kFloat);
  fill_steps<double>(kDouble);
  fill_steps<Half>(kHalf);
  fill_steps<BFloat16>(kBFloat16);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_optim_step);
#endif
