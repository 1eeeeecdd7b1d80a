// multilabel_margin_loss, in the tensors' dtype; sums in float64.
#include <algorithm>
#include <atomic>

#include "backend/cpu/parallel.h"
#include "ops/loss_margin.h"

namespace lampas {

namespace {

/// Adds what target score `own` gives: returns the sum of violated margins and counts them, here and in d. Elements
/// whose d is negative are targets themselves.
template <class T>
double pairs_of(const T* x, T* d, int64_t classes, T own, int64_t& pairs) {
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < classes; ++i) {
    const T margin = T(1) - (own - x[i]);
    const bool other = !(d[i] < 0), violated = other && margin > 0;
    // A NaN is no violation, but no small loss either.
    sum += violated || (other && margin != margin) ? static_cast<double>(margin) : 0.0;
    d[i] += violated ? T(1) : T(0);
    count += violated;
  }
  pairs = count;
  return sum;
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

const bool registered[] = {
    multilabel_margin_kernel.set(kCPU, kFloat, multilabel_margin<float>),
    multilabel_margin_kernel.set(kCPU, kDouble, multilabel_margin<double>),
};

}  // namespace

}  // namespace lampas
