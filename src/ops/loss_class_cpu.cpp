// nll_loss and cross_entropy in one pass over the scores. float16 and bfloat16 compute in float32; sums over classes
// and over positions are accumulated in float64.
//
// cross_entropy: absolute error of a position at most 4 eps (|x[t]| + max |x| + 1) times its weight; derivative 6 eps
// of its largest term. A row with NaN or +inf, or of -inf only, gives NaN. The results do not depend on the number of
// threads.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/loss_class_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/loss_class.h"
#include "ops/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kParts = 64, kCost = 8;

/// Runs f(begin, end, sums) on parts of [0, n) that do not depend on the number of threads, and adds up what they give.
template <class F>
ClassSums in_parts(int64_t n, int64_t grain, const F& f) {
  ClassSums all;
  const int64_t size = std::max(std::max<int64_t>(grain, 1), (n + kParts - 1) / kParts), parts = (n + size - 1) / size;
  ClassSums part[kParts];
  cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) f(k * size, std::min(n, (k + 1) * size), part[k]);
  });
  for (int64_t k = 0; k < parts; ++k) {
    all.loss += part[k].loss;
    all.weight += part[k].weight;
    if (all.bad < 0) all.bad = part[k].bad;
  }
  return all;
}

template <class T>
struct ClassLosses {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;

  /// Whether a position counts; notes an impossible target.
  static bool counts(const ClassLoss& c, int64_t position, ClassSums& sums) {
    const int64_t t = c.target[position];
    if (t == c.ignored) return false;
    if (LAMPAS_LIKELY(t >= 0 && t < c.classes)) return true;
    if (sums.bad < 0) sums.bad = position;
    return false;
  }
  static double weight_of(const ClassLoss& c, int64_t t) {
    return c.weight ? static_cast<double>(static_cast<const C*>(c.weight)[t]) : 1.0;
  }

  static ClassSums nll(const ClassLoss& c, const void* x_, void* loss_) {
    const T* x = static_cast<const T*>(x_);
    T* loss = static_cast<T*>(loss_);
    return in_parts(c.positions(), cpu::kGrain / 8, [&](int64_t begin, int64_t end, ClassSums& sums) {
      int64_t n = begin / c.inner, i = begin % c.inner;
      ClassSums local;  // in registers: what is stored in between might be `sums`
      for (int64_t p = begin; p < end; ++p) {
        double l = 0;
        // Each position is a line of its own, far from the others: ask for some ahead.
        constexpr int64_t kAhead = 16;
        if (c.inner == 1 && p + kAhead < end)
          if (const int64_t t = c.target[p + kAhead]; t >= 0 && t < c.classes)
            __builtin_prefetch(x + (p + kAhead) * c.classes + t);
        if (counts(c, p, local)) {
          const int64_t t = c.target[p];
          const double w = weight_of(c, t);
          l = -w * static_cast<double>(static_cast<C>(x[(n * c.classes + t) * c.inner + i]));
          local.loss += l;
          local.weight += w;
        }
        if (loss) loss[p] = static_cast<T>(static_cast<C>(l));
        if (++i == c.inner) i = 0, ++n;
      }
      sums = local;
    });
  }
  static void nll_backward(const ClassLoss& c, const void* g_, bool one, void* dx_) {
    const T* g = static_cast<const T*>(g_);
    T* dx = static_cast<T*>(dx_);
    const int64_t block = c.classes * c.inner;
    cpu::parallel_for(c.outer, std::max<int64_t>(1, cpu::kGrain / std::max<int64_t>(block, 1)),
                      [&](int64_t first, int64_t last) {
                        for (int64_t n = first; n < last; ++n) {
                          T* row = dx + n * block;
                          std::fill_n(row, block, T(0));
                          for (int64_t i = 0; i < c.inner; ++i) {
                            const int64_t p = n * c.inner + i, t = c.target[p];
                            if (t == c.ignored) continue;
                            const C gi = static_cast<C>(g[one ? 0 : p]);
                            row[t * c.inner + i] = static_cast<T>(static_cast<C>(-weight_of(c, t)) * gi);
                          }
                        }
                      });
  }

  /// sum_j w[j] x[j], or sum_j x[j].
  static HWY_NOINLINE double row_dot(const T* x, const C* w, int64_t n) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    auto lower = hn::Zero(WideTag()), upper = lower;
    for (int64_t i = 0; i < n; i += lanes) {
      auto v = load_some(d, x + i, n - i);
      if (w) v = hn::Mul(v, load_some(d, w + i, n - i));
      add_to_total(d, lower, upper, v);
    }
    return total_of(d, lower, upper);
  }

  /// What the smoothed target adds: the weights' sum over classes.
  static double total_weight(const ClassLoss& c) {
    if (c.smoothing == 0) return 0;
    if (!c.weight) return static_cast<double>(c.classes);
    double sum = 0;
    for (int64_t j = 0; j < c.classes; ++j) sum += weight_of(c, j);
    return sum;
  }
  /// One position's loss from the logarithm of its sum (relative to max), its target's score and sum_j w[j] x[j].
  static double position(const ClassLoss& c, double w, double max, double log_sum, double score, double dot,
                         double total, ClassSums& sums) {
    // max - score first: both are large when their difference is not.
    double l = (1 - c.smoothing) * w * ((max - score) + log_sum);
    if (c.smoothing != 0) l += c.smoothing / static_cast<double>(c.classes) * ((max + log_sum) * total - dot);
    sums.loss += l;
    sums.weight += w;
    return l;
  }

  static ClassSums forward(const ClassLoss& c, const void* x_, void* loss_, void* lse_) {
    const T* x = static_cast<const T*>(x_);
    T* loss = static_cast<T*>(loss_);
    C* lse = static_cast<C*>(lse_);
    const C* weight = static_cast<const C*>(c.weight);
    const double total = total_weight(c);
    if (c.inner == 1)
      return in_parts(c.outer, cpu::kGrain / kCost / std::max<int64_t>(c.classes, 1),
                      [&](int64_t begin, int64_t end, ClassSums& sums) {
                        for (int64_t p = begin; p < end; ++p) {
                          const T* row = x + p * c.classes;
                          C base;
                          const double log_sum = std::log(row_sum_exp_of_any(D(), row, c.classes, base));
                          const double max = static_cast<double>(base);
                          double l = 0;
                          lse[p] = static_cast<C>(max + log_sum);
                          if (counts(c, p, sums)) {
                            const int64_t t = c.target[p];
                            const double dot = c.smoothing != 0 ? row_dot(row, weight, c.classes) : 0;
                            l = position(c, weight_of(c, t), max, log_sum, static_cast<double>(static_cast<C>(row[t])),
                                         dot, total, sums);
                          }
                          if (loss) loss[p] = static_cast<T>(static_cast<C>(l));
                        }
                      });
    const int64_t wide = softmax_columns(c.classes);
    const int64_t strips = (c.inner + wide - 1) / wide;
    const int64_t work = c.classes * std::min(c.inner, wide) * kCost;
    return in_parts(c.outer * strips, cpu::kGrain / std::max<int64_t>(work, 1),
                    [&](int64_t begin, int64_t end, ClassSums& sums) {
                      for (int64_t k = begin; k < end; ++k)
                        strip(c, x, loss, lse, k / strips, k % strips * wide, wide, total, sums);
                    });
  }
  static HWY_NOINLINE void strip(const ClassLoss& c, const T* x, T* loss, C* lse, int64_t n, int64_t column,
                                 int64_t wide, double total, ClassSums& sums) {
    const D d;
    HWY_ALIGN C max[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns];
    HWY_ALIGN double error[kSoftmaxColumns];
    const int64_t width = std::min(wide, c.inner - column);
    const T* from = x + n * c.classes * c.inner + column;
    column_max(d, from, c.classes, c.inner, width, max);
    column_sum_exp<false>(d, from, c.classes, c.inner, width, max, sum, error, static_cast<C*>(nullptr));
    column_log(sum, width);
    ClassSums local = sums;  // in registers: what is stored in between might be `sums`
    for (int64_t i = 0; i < width; ++i) {
      const int64_t p = n * c.inner + column + i;
      const double log_sum = sum[i], top = static_cast<double>(max[i]);
      double l = 0;
      lse[p] = static_cast<C>(top + log_sum);
      if (counts(c, p, local)) {
        double dot = 0;
        if (c.smoothing != 0)
          for (int64_t j = 0; j < c.classes; ++j)
            dot += weight_of(c, j) * static_cast<double>(static_cast<C>(from[j * c.inner + i]));
        const int64_t t = c.target[p];
        l = position(c, weight_of(c, t), top, log_sum, static_cast<double>(static_cast<C>(from[t * c.inner + i])), dot,
                     total, local);
      }
      if (loss) loss[p] = static_cast<T>(static_cast<C>(l));
    }
    sums = local;
  }

  /// dx = a exp(x - lse) - b w over a row; w null: 1.
  static HWY_NOINLINE void row_gradient(const T* x, T* dx, int64_t n, C lse, C a_, C b_, const C* w) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto l = hn::Set(d, lse), a = hn::Set(d, a_), b = hn::Set(d, b_);
    for (int64_t i = 0; i < n; i += lanes) {
      const auto p = hn::Mul(a, exp_of_non_positive(d, hn::Sub(load_some(d, x + i, n - i), l)));
      store_some(d, w ? hn::NegMulAdd(b, load_some(d, w + i, n - i), p) : hn::Sub(p, b), dx + i, n - i);
    }
  }
  /// The same for one class of a strip of positions.
  static HWY_NOINLINE void column_gradient(const T* x, T* dx, int64_t n, const C* lse, const C* a, const C* b) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t i = 0; i < n; i += lanes) {
      const int64_t rest = n - i;
      const auto p = exp_of_non_positive(d, hn::Sub(load_some(d, x + i, rest), load_some(d, lse + i, rest)));
      store_some(d, hn::MulSub(load_some(d, a + i, rest), p, load_some(d, b + i, rest)), dx + i, rest);
    }
  }
  static void backward(const ClassLoss& c, const void* g_, bool one, const void* x_, const void* lse_, void* dx_) {
    const T *g = static_cast<const T*>(g_), *x = static_cast<const T*>(x_);
    const C *lse = static_cast<const C*>(lse_), *weight = static_cast<const C*>(c.weight);
    T* dx = static_cast<T*>(dx_);
    const double share = c.smoothing / static_cast<double>(c.classes), total = total_weight(c);
    // Of a position: the factor of the probabilities, of the weights, and of the target.
    const auto factors = [&](int64_t p, double& a, double& b, double& hit) {
      const int64_t t = c.target[p];
      a = b = hit = 0;
      if (t == c.ignored) return;
      const double gi = static_cast<double>(static_cast<C>(g[one ? 0 : p]));
      hit = gi * (1 - c.smoothing) * weight_of(c, t);
      b = gi * share;
      a = hit + b * total;
    };
    if (c.inner == 1) {
      cpu::parallel_for(c.outer, std::max<int64_t>(1, cpu::kGrain / kCost / std::max<int64_t>(c.classes, 1)),
                        [&](int64_t first, int64_t last) {
                          for (int64_t p = first; p < last; ++p) {
                            double a, b, hit;
                            factors(p, a, b, hit);
                            T* row = dx + p * c.classes;
                            if (c.target[p] == c.ignored) {
                              std::fill_n(row, c.classes, T(0));
                              continue;
                            }
                            row_gradient(x + p * c.classes, row, c.classes, lse[p], static_cast<C>(a),
                                         static_cast<C>(b), b != 0 ? weight : nullptr);
                            const double own =
                                std::exp(static_cast<double>(static_cast<C>(x[p * c.classes + c.target[p]])) -
                                         static_cast<double>(lse[p]));
                            target_gradient(c, row, 1, own, p, a, b, hit);
                          }
                        });
      return;
    }
    const int64_t strips = (c.inner + kSoftmaxColumns - 1) / kSoftmaxColumns;
    const int64_t work = c.classes * std::min(c.inner, kSoftmaxColumns) * kCost;
    cpu::parallel_for(c.outer * strips, std::max<int64_t>(1, cpu::kGrain / std::max<int64_t>(work, 1)),
                      [&](int64_t first, int64_t last) {
                        for (int64_t k = first; k < last; ++k) {
                          const int64_t n = k / strips, column = k % strips * kSoftmaxColumns;
                          const int64_t width = std::min(kSoftmaxColumns, c.inner - column);
                          const int64_t p0 = n * c.inner + column, at = n * c.classes * c.inner + column;
                          C a[kSoftmaxColumns], b[kSoftmaxColumns], bw[kSoftmaxColumns];
                          for (int64_t i = 0; i < width; ++i) {
                            double ai, bi, hit;
                            factors(p0 + i, ai, bi, hit);
                            a[i] = static_cast<C>(ai);
                            b[i] = bw[i] = static_cast<C>(bi);
                          }
                          for (int64_t j = 0; j < c.classes; ++j) {
                            if (weight && c.smoothing != 0)
                              for (int64_t i = 0; i < width; ++i) bw[i] = b[i] * weight[j];
                            column_gradient(x + at + j * c.inner, dx + at + j * c.inner, width, lse + p0, a, bw);
                          }
                          HWY_ALIGN double own[kSoftmaxColumns];
                          target_probabilities(c, x + at, lse + p0, c.target + p0, width, own);
                          for (int64_t i = 0; i < width; ++i) {
                            const int64_t p = p0 + i;
                            double ai, bi, hit;
                            factors(p, ai, bi, hit);
                            if (c.target[p] == c.ignored) {
                              for (int64_t j = 0; j < c.classes; ++j) dx[at + j * c.inner + i] = T(0);
                              continue;
                            }
                            target_gradient(c, dx + at + i, c.inner, own[i], p, ai, bi, hit);
                          }
                        }
                      });
  }
  /// exp(x - lse) of the targets of a strip of positions.
  static HWY_NOINLINE void target_probabilities(const ClassLoss& c, const T* x, const C* lse, const int64_t* target,
                                                int64_t width, double* out) {
    const hn::ScalableTag<double> dd;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(dd));
    for (int64_t i = 0; i < width; ++i)
      out[i] = target[i] == c.ignored
                   ? 0.0
                   : static_cast<double>(static_cast<C>(x[target[i] * c.inner + i])) - static_cast<double>(lse[i]);
    for (int64_t i = 0; i < width; i += lanes)
      store_some(dd, exp_of_non_positive(dd, load_some(dd, out + i, width - i)), out + i, width - i);
  }
  /// The target's entry, of probability e, from the start: subtracting from a rounded one would lose digits.
  static void target_gradient(const ClassLoss& c, T* dx, int64_t step, double e, int64_t p, double a, double b,
                              double hit) {
    const int64_t t = c.target[p];
    const double w = c.weight && b != 0 ? weight_of(c, t) : 1.0;
    dx[t * step] = static_cast<T>(static_cast<C>(a * e - b * w - hit));
  }
};

template <class T>
void fill() {
  nll_kernel.set(kCPU, dtype_of<T>, ClassLosses<T>::nll);
  nll_backward_kernel.set(kCPU, dtype_of<T>, ClassLosses<T>::nll_backward);
  cross_entropy_kernel.set(kCPU, dtype_of<T>, ClassLosses<T>::forward);
  cross_entropy_backward_kernel.set(kCPU, dtype_of<T>, ClassLosses<T>::backward);
}
void fill_slots() {
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
