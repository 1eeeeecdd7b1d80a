// multilabel_margin_loss and multi_margin_loss (float64, which is rare: for one instruction set alone), in the tensors'
// dtype; sums in float64. A NaN score makes the sample's loss NaN.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/loss_margin_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <atomic>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_poly-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"
#include "ops/loss_margin.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Adds what a target of score `own` gives: returns the sum of violated margins and counts them, here and in d.
/// Elements whose d is negative are targets themselves.
template <class T>
HWY_NOINLINE double pairs_of(const T* x, T* d, int64_t classes, T own_, int64_t& pairs) {
  const hn::ScalableTag<T> tag;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(tag));
  const auto own = hn::Set(tag, own_), one = hn::Set(tag, T(1)), zero = hn::Zero(tag), mark = hn::Set(tag, T(-1));
  auto lower = hn::Zero(WideTag()), upper = lower;
  pairs = 0;
  for (int64_t i = 0; i < classes; i += lanes) {
    const int64_t rest = classes - i;
    const auto margin = hn::Sub(one, hn::Sub(own, load_some(tag, x + i, rest)));
    const auto c = rest >= lanes ? load_as(tag, d + i) : load_tail_or(tag, d + i, static_cast<size_t>(rest), mark);
    const auto other = hn::Ge(c, zero), violated = hn::And(other, hn::Gt(margin, zero));
    add_to_total(tag, lower, upper, hn::IfThenElseZero(other, hn::IfThenZeroElse(hn::Le(margin, zero), margin)));
    store_some(tag, hn::Add(c, hn::IfThenElseZero(violated, one)), d + i, rest);
    pairs += static_cast<int64_t>(hn::CountTrue(tag, violated));
  }
  return total_of(tag, lower, upper);
}

/// Where a target is neither a class nor the -1 that ends a list, or -1. What follows the end is looked at as well.
int64_t out_of_range(const int64_t* t, int64_t classes) {
  uint64_t wrong = 0;  // in its highest bit
  for (int64_t j = 0; j < classes; ++j) {
    const auto c = static_cast<uint64_t>(t[j]);
    wrong |= (c + 1) | (static_cast<uint64_t>(classes) - 1 - c);
  }
  if (HWY_LIKELY(wrong >> 63 == 0)) return -1;
  int64_t j = 0;
  while (t[j] >= -1 && t[j] < classes) ++j;
  return j;
}

template <class T>
int64_t multilabel_margin(const void* x_, const int64_t* target, int64_t samples, int64_t classes, void* loss_,
                          void* slope_) {
  const T* x = static_cast<const T*>(x_);
  T *loss = static_cast<T*>(loss_), *slope = static_cast<T*>(slope_);
  std::atomic<int64_t> bad{-1};
  cpu::parallel_for(samples, std::max<int64_t>(1, cpu::kGrain / 8 / std::max<int64_t>(1, classes)),
                    [&](int64_t begin, int64_t end) {
                      for (int64_t n = begin; n < end; ++n) {
                        const int64_t* t = target + n * classes;
                        const T* row = x + n * classes;
                        T* d = slope + n * classes;
                        std::fill_n(d, classes, T(0));
                        int64_t count = 0;
                        const int64_t wrong = out_of_range(t, classes);
                        if (HWY_UNLIKELY(wrong >= 0)) {
                          int64_t none = -1;
                          bad.compare_exchange_strong(none, n * classes + wrong);
                          continue;
                        }
                        while (count < classes && t[count] >= 0) d[t[count++]] = T(-1);
                        // d counts the pairs an element takes part in: upwards for others, downwards from the mark -1
                        // for targets.
                        double sum = 0;
                        for (int64_t j = 0; j < count; ++j) {
                          int64_t pairs = 0;
                          sum += pairs_of(row, d, classes, row[t[j]], pairs);
                          d[t[j]] -= static_cast<T>(pairs);
                        }
                        const T share = T(1) / static_cast<T>(classes);
                        for (int64_t i = 0; i < classes; ++i) d[i] = (d[i] < 0 ? d[i] + T(1) : d[i]) * share;
                        loss[n] = static_cast<T>(sum / static_cast<double>(classes));
                      }
                    });
  return bad;
}

template <class T>
struct Multi {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;

  static HWY_INLINE V margin_of(D d, V x, V own, V margin) { return hn::Add(hn::Sub(x, own), margin); }

  static HWY_NOINLINE double sum(const T* x, int64_t n, T own_, T margin_, bool square) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V own = hn::Set(d, own_), margin = hn::Set(d, margin_);
    const auto term = [&](V v) HWY_ATTR {
      const V z = at_least(d, margin_of(d, v, own, margin), 0.0);
      return square ? hn::Mul(z, z) : z;
    };
    auto lower = hn::Zero(WideTag()), upper = lower;
    for (int64_t i = 0; i < n;) {
      V part = hn::Zero(d);
      if (i + 4 * lanes <= n) {
#pragma GCC unroll 4
        for (int u = 0; u < 4; ++u, i += lanes) part = hn::Add(part, term(load_as(d, x + i)));
      } else {
        part = term(load_some(d, x + i, n - i));
        if (n - i < lanes) part = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(n - i)), part);
        i += lanes;
      }
      add_to_total(d, lower, upper, part);
    }
    return total_of(d, lower, upper);
  }
  /// dx = c where z > 0 (2 c z if squared); returns the sum.
  static HWY_NOINLINE double slopes(const T* x, T* dx, int64_t n, T own_, T margin_, bool square, T c_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V own = hn::Set(d, own_), margin = hn::Set(d, margin_), c = hn::Set(d, c_), c2 = hn::Add(c, c);
    auto lower = hn::Zero(WideTag()), upper = lower;
    for (int64_t i = 0; i < n;) {
      V part = hn::Zero(d);
      for (int u = 0; u < 4 && i < n; ++u, i += lanes) {
        const int64_t rest = n - i;
        const V z = margin_of(d, load_some(d, x + i, rest), own, margin);
        V v = square ? hn::Mul(c2, at_least(d, z, 0.0)) : hn::IfThenElseZero(hn::Gt(z, hn::Zero(d)), c);
        store_some(d, v, dx + i, rest);
        if (HWY_UNLIKELY(rest < lanes)) v = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(rest)), v);
        part = hn::Add(part, v);
      }
      add_to_total(d, lower, upper, part);
    }
    return total_of(d, lower, upper);
  }
  static double weight_of(const MultiMargin& m, int64_t t) {
    return (m.weight ? static_cast<double>(static_cast<const T*>(m.weight)[t]) : 1.0) / static_cast<double>(m.classes);
  }
  template <class F>
  static void each_sample(const MultiMargin& m, const F& f) {
    cpu::parallel_for(m.samples, cpu::kGrain / 2 / std::max<int64_t>(1, m.classes), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) f(n, m.target[n]);
    });
  }
  static void run(const MultiMargin& m, const void* x_, void* loss) {
    const T margin = static_cast<T>(m.margin);
    each_sample(m, [&](int64_t n, int64_t t) {
      // Around the target, which takes no part.
      const T* x = static_cast<const T*>(x_) + n * m.classes;
      const double all = sum(x, t, x[t], margin, m.square) + sum(x + t + 1, m.classes - t - 1, x[t], margin, m.square);
      static_cast<T*>(loss)[n] = static_cast<T>(all * weight_of(m, t));
    });
  }
  static void backward(const MultiMargin& m, const void* g, const void* x_, void* dx_) {
    const T margin = static_cast<T>(m.margin);
    each_sample(m, [&](int64_t n, int64_t t) {
      const T* x = static_cast<const T*>(x_) + n * m.classes;
      T* dx = static_cast<T*>(dx_) + n * m.classes;
      const T c = static_cast<T>(static_cast<double>(static_cast<const T*>(g)[n]) * weight_of(m, t));
      dx[t] = static_cast<T>(-slopes(x, dx, t, x[t], margin, m.square, c) -
                             slopes(x + t + 1, dx + t + 1, m.classes - t - 1, x[t], margin, m.square, c));
    });
  }
};

void fill_slots() {
  multi_margin_kernel.set(kCPU, kFloat, Multi<float>::run);
  multi_margin_backward_kernel.set(kCPU, kFloat, Multi<float>::backward);
  multilabel_margin_kernel.set(kCPU, kFloat, multilabel_margin<float>);
}
#if HWY_TARGET == HWY_STATIC_TARGET
void fill_double() {
  multi_margin_kernel.set(kCPU, kDouble, Multi<double>::run);
  multi_margin_backward_kernel.set(kCPU, kDouble, Multi<double>::backward);
  multilabel_margin_kernel.set(kCPU, kDouble, multilabel_margin<double>);
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] {
  HWY_STATIC_DISPATCH(fill_double)();
  HWY_DYNAMIC_DISPATCH(fill_slots)();
}};
}  // namespace
}  // namespace lampas
#endif
