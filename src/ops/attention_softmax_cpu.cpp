// The softmax inside attention, block by block. Errors as in softmax_cpu.cpp; each further block of keys adds a
// rounding.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/attention_softmax_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "hwy/highway.h"
#include "ops/attention.h"
#include "ops/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void softmax_block(const AttentionSoftmax& p) {
  const hn::ScalableTag<T> d;
  T *const max = static_cast<T*>(p.max), *const rescale = static_cast<T*>(p.rescale);
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  for (int64_t r = 0; r < p.rows; ++r) {
    T* const x = static_cast<T*>(p.scores) + r * p.ld;
    const T m = std::max(max[r], row_max(d, x, p.columns));
    const T base = m == lowest ? T(0) : m;  // nothing but dropped keys so far: their exponentials are 0
    rescale[r] = max[r] == lowest ? T(0) : std::exp(max[r] - m);
    p.sum[r] = p.sum[r] * static_cast<double>(rescale[r]) + row_sum_exp<true>(d, x, p.columns, base, x);
    max[r] = m;
  }
}

template <class T>
void softmax_block_backward(const AttentionSoftmaxBackward& a) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const T *const log_sum = static_cast<const T*>(a.log_sum), *const delta = static_cast<const T*>(a.delta);
  for (int64_t r = 0; r < a.rows; ++r) {
    T *const p = static_cast<T*>(a.p) + r * a.ld, *const q = static_cast<T*>(a.d) + r * a.d_ld;
    const T* const g = a.g ? static_cast<const T*>(a.g) + r * a.g_ld : nullptr;
    const T* const drop = a.drop ? static_cast<const T*>(a.drop) + r * a.g_ld : nullptr;
    const auto shift = hn::Set(d, delta[r]);
    const auto base = hn::Set(d, log_sum ? log_sum[r] : T(0));
    for (int64_t j = 0; j < a.columns; j += lanes) {
      const int64_t left = a.columns - j;
      auto w = load_some(d, p + j, left);
      auto v = load_some(d, q + j, left);
      if (log_sum) {
        w = exp_of_non_positive(d, hn::Sub(w, base));
        if (drop) {
          const auto factor = load_some(d, drop + j, left);
          store_some(d, hn::Mul(w, factor), p + j, left);
          v = hn::Mul(v, factor);
        } else {
          store_some(d, w, p + j, left);
        }
      }
      v = hn::Sub(v, shift);
      if (g) v = hn::Add(v, load_some(d, g + j, left));
      store_some(d, hn::Mul(w, v), q + j, left);
    }
  }
}

template <class T>
void scale_rows(const AttentionScale& a) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < a.rows; ++r) {
    const T* const from = static_cast<const T*>(a.from) + r * a.from_ld;
    T* const to = static_cast<T*>(a.to) + r * a.to_ld;
    const auto factor = hn::Set(d, a.factor ? static_cast<const T*>(a.factor)[r] : static_cast<T>(a.scale));
    for (int64_t j = 0; j < a.columns; j += lanes) {
      __builtin_prefetch(from + a.columns + j);
      store_some(d, hn::Mul(load_some(d, from + j, a.columns - j), factor), to + j, a.columns - j);
    }
  }
}

template <class T>
void dots(const AttentionDots& p) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < p.rows; ++r) {
    const T *const a = static_cast<const T*>(p.a) + r * p.a_ld, *const b = static_cast<const T*>(p.b) + r * p.b_ld;
    auto lower = hn::Zero(WideTag()), upper = lower;
    for (int64_t j = 0; j < p.columns; j += lanes) {
      __builtin_prefetch(a + p.columns + j);
      add_to_total(d, lower, upper, hn::Mul(load_some(d, a + j, p.columns - j), load_some(d, b + j, p.columns - j)));
    }
    p.sum[r] += total_of(d, lower, upper);
  }
}

void fill_slots() {
  attention_scale.set(kCPU, kFloat, scale_rows<float>);
  attention_scale.set(kCPU, kDouble, scale_rows<double>);
  attention_dots.set(kCPU, kFloat, dots<float>);
  attention_dots.set(kCPU, kDouble, dots<double>);
  attention_softmax.set(kCPU, kFloat, softmax_block<float>);
  attention_softmax.set(kCPU, kDouble, softmax_block<double>);
  attention_softmax_backward.set(kCPU, kFloat, softmax_block_backward<float>);
  attention_softmax_backward.set(kCPU, kDouble, softmax_block_backward<double>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
