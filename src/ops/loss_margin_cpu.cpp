// multilabel_margin_loss, in the tensors' dtype; sums in float64. A NaN score makes the sample's loss NaN.
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
                        while (count < classes && t[count] >= 0) {
                          if (t[count] >= classes) {
                            int64_t none = -1;
                            bad.compare_exchange_strong(none, n * classes + count);
                            break;
                          }
                          d[t[count++]] = T(-1);
                        }
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

void fill_slots() {
  multilabel_margin_kernel.set(kCPU, kFloat, multilabel_margin<float>);
  multilabel_margin_kernel.set(kCPU, kDouble, multilabel_margin<double>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
