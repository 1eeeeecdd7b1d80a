// multilabel_margin_loss. Computed in float64 and rounded once.
#include <algorithm>
#include <atomic>
#include <type_traits>

#include "backend/cpu/parallel.h"
#include "ops/loss_margin.h"

namespace lampas {

namespace {

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <class T>
int64_t multilabel_margin(const void* x_, const int64_t* target, int64_t samples, int64_t classes, void* loss_,
                          void* slope_) {
  const T* x = static_cast<const T*>(x_);
  T *loss = static_cast<T*>(loss_), *slope = static_cast<T*>(slope_);
  std::atomic<int64_t> bad{-1};
  const double share = 1 / static_cast<double>(classes);
  cpu::parallel_for(
      samples, std::max<int64_t>(1, cpu::kGrain / 8 / std::max<int64_t>(1, classes)), [&](int64_t begin, int64_t end) {
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
            ++count;
          }
          // The slopes count, in units of 1 / C, the pairs an element takes part in: marked as targets meanwhile.
          double sum = 0;
          for (int64_t i = 0; i < classes; ++i) {
            if (std::find(t, t + count, i) != t + count) continue;
            double pairs = 0;
            for (int64_t j = 0; j < count; ++j) {
              const double margin = 1 - (static_cast<double>(static_cast<Wide<T>>(row[t[j]])) -
                                         static_cast<double>(static_cast<Wide<T>>(row[i])));
              if (margin != margin) sum = margin;
              if (!(margin > 0)) continue;
              sum += margin;
              pairs += 1;
              d[t[j]] = static_cast<T>(static_cast<Wide<T>>(d[t[j]]) - static_cast<Wide<T>>(1));
            }
            d[i] = static_cast<T>(static_cast<Wide<T>>(pairs));
          }
          for (int64_t i = 0; i < classes; ++i)
            d[i] = static_cast<T>(static_cast<Wide<T>>(static_cast<double>(static_cast<Wide<T>>(d[i])) * share));
          loss[n] = static_cast<T>(static_cast<Wide<T>>(sum * share));
        }
      });
  return bad;
}

const bool registered[] = {
    multilabel_margin_kernel.set(kCPU, kFloat, multilabel_margin<float>),
    multilabel_margin_kernel.set(kCPU, kDouble, multilabel_margin<double>),
    multilabel_margin_kernel.set(kCPU, kHalf, multilabel_margin<Half>),
    multilabel_margin_kernel.set(kCPU, kBFloat16, multilabel_margin<BFloat16>),
};

}  // namespace

}  // namespace lampas
