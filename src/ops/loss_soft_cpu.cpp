// cross_entropy of class probabilities, in one pass over scores and targets and one back. float32 and float64; sums
// over classes and over positions are accumulated in float64.
//
// Absolute error of a position at most 4 eps (max |x| + 1) times the sum of its targets' magnitudes; derivatives 6 eps
// of their largest term. NaN gives NaN. The results do not depend on the number of threads.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/loss_soft_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/loss_class.h"
#include "ops/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kParts = 64, kCost = 10;

template <class T>
struct SoftLoss {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;

  /// What a target becomes: a = w (keep q + base).
  struct Target {
    C keep, base;
    const C* w;
    explicit Target(const ClassLoss& c)
        : keep(static_cast<C>(1 - c.smoothing)),
          base(static_cast<C>(c.smoothing / static_cast<double>(c.classes))),
          w(static_cast<const C*>(c.weight)) {}
    HWY_INLINE hn::Vec<D> row(D d, const T* q, int64_t j, int64_t rest) const {
      auto v = hn::MulAdd(hn::Set(d, keep), load_some(d, q + j, rest), hn::Set(d, base));
      if (w) v = hn::Mul(v, load_some(d, w + j, rest));
      return v;
    }
    C weight(int64_t j) const { return w ? w[j] : C(1); }
  };

  static HWY_NOINLINE void row_sums(const Target& t, const T* x, const T* q, int64_t n, C max, double& mass,
                                    double& dot) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto m = hn::Set(d, max);
    auto a0 = hn::Zero(WideTag()), a1 = a0, b0 = a0, b1 = a0;
    for (int64_t j = 0; j < n; j += lanes) {
      const int64_t rest = n - j;
      auto a = t.row(d, q, j, rest);
      if (rest < lanes) a = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(rest)), a);
      add_to_total(d, a0, a1, a);
      const auto term = hn::Mul(a, hn::Sub(load_some(d, x + j, rest), m));
      add_to_total(d, b0, b1, term);
    }
    mass = total_of(d, a0, a1);
    dot = total_of(d, b0, b1);
  }
  static double row(const Target& t, const T* x, const T* q, int64_t n, C& lse, C& mass_out) {
    const D d;
    const C max = row_max(d, x, n);
    const double log_sum = std::log(row_sum_exp<false>(d, x, n, max, static_cast<C*>(nullptr)));
    double mass = 0, dot = 0;
    row_sums(t, x, q, n, max, mass, dot);
    lse = static_cast<C>(static_cast<double>(max) + log_sum);
    mass_out = static_cast<C>(mass);
    return mass * log_sum - dot;
  }
  /// A strip of positions whose classes are c.inner apart.
  static HWY_NOINLINE void strip(const ClassLoss& c, const Target& t, const T* x, const T* q, int64_t width, C* lse,
                                 C* mass_out, double* loss) {
    const D d;
    HWY_ALIGN C max[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns];
    HWY_ALIGN double error[kSoftmaxColumns];
    double mass[kSoftmaxColumns] = {}, dot[kSoftmaxColumns] = {};
    column_max(d, x, c.classes, c.inner, width, max);
    column_sum_exp<false>(d, x, c.classes, c.inner, width, max, sum, error, static_cast<C*>(nullptr));
    column_log(sum, width);
    for (int64_t j = 0; j < c.classes; ++j) {
      const C w = t.weight(j);
      for (int64_t i = 0; i < width; ++i) {
        const C a = w * (t.keep * static_cast<C>(q[j * c.inner + i]) + t.base);
        mass[i] += static_cast<double>(a);
        dot[i] += static_cast<double>(a * (static_cast<C>(x[j * c.inner + i]) - max[i]));
      }
    }
    for (int64_t i = 0; i < width; ++i) {
      const double log_sum = sum[i];
      lse[i] = static_cast<C>(static_cast<double>(max[i]) + log_sum);
      mass_out[i] = static_cast<C>(mass[i]);
      loss[i] = mass[i] * log_sum - dot[i];
    }
  }

  /// Strips of a problem: of one position where positions are contiguous, else of up to kSoftmaxColumns.
  struct Strips {
    int64_t width, count, grain;
    explicit Strips(const ClassLoss& c)
        : width(c.inner == 1 ? 1 : softmax_columns(c.classes)),
          count(c.outer * ((c.inner + width - 1) / width)),
          grain(
              std::max<int64_t>(1, cpu::kGrain / kCost / std::max<int64_t>(1, c.classes * std::min(c.inner, width)))) {}
    /// Position and memory offset of strip k, and its width.
    int64_t at(const ClassLoss& c, int64_t k, int64_t& position, int64_t& offset) const {
      const int64_t per = (c.inner + width - 1) / width, n = k / per, column = k % per * width;
      position = n * c.inner + column;
      offset = n * c.classes * c.inner + column;
      return std::min(width, c.inner - column);
    }
  };

  static double forward(const ClassLoss& c, const void* x_, const void* q_, void* loss_, void* lse_, void* mass_) {
    const T *x = static_cast<const T*>(x_), *q = static_cast<const T*>(q_);
    T* loss = static_cast<T*>(loss_);
    C *lse = static_cast<C*>(lse_), *mass = static_cast<C*>(mass_);
    const Target t(c);
    const Strips strips(c);
    double sums[kParts] = {};
    const int64_t size = std::max(strips.grain, (strips.count + kParts - 1) / kParts);
    const int64_t parts = (strips.count + size - 1) / size;
    cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
      double each[kSoftmaxColumns];
      for (int64_t part = first; part < last; ++part)
        for (int64_t k = part * size; k < std::min(strips.count, (part + 1) * size); ++k) {
          int64_t p = 0, at = 0;
          const int64_t width = strips.at(c, k, p, at);
          if (c.inner == 1)
            each[0] = row(t, x + at, q + at, c.classes, lse[p], mass[p]);
          else
            strip(c, t, x + at, q + at, width, lse + p, mass + p, each);
          for (int64_t i = 0; i < width; ++i) {
            sums[part] += each[i];
            if (loss) loss[p + i] = static_cast<T>(static_cast<C>(each[i]));
          }
        }
    });
    double sum = 0;
    for (int64_t k = 0; k < parts; ++k) sum += sums[k];
    return sum;
  }

  static HWY_NOINLINE void row_gradients(const Target& t, const T* x, const T* q, int64_t n, C g_, C lse_, C mass_,
                                         T* dx, T* dq) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto g = hn::Set(d, g_), lse = hn::Set(d, lse_), mass = hn::Set(d, mass_), kept = hn::Set(d, g_ * t.keep);
    for (int64_t j = 0; j < n; j += lanes) {
      const int64_t rest = n - j;
      const auto z = hn::Sub(load_some(d, x + j, rest), lse);
      if (dx)
        store_some(d, hn::Mul(g, hn::MulSub(mass, exp_of_non_positive(d, z), t.row(d, q, j, rest))), dx + j, rest);
      if (dq) {
        auto v = hn::Neg(hn::Mul(kept, z));
        if (t.w) v = hn::Mul(v, load_some(d, t.w + j, rest));
        store_some(d, v, dq + j, rest);
      }
    }
  }
  /// One class of a strip.
  static HWY_NOINLINE void column_gradients(const Target& t, C w_, const T* x, const T* q, int64_t n, const C* g_,
                                            const C* lse, const C* mass, T* dx, T* dq) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto w = hn::Set(d, w_), keep = hn::Set(d, t.keep), base = hn::Set(d, t.base);
    for (int64_t i = 0; i < n; i += lanes) {
      const int64_t rest = n - i;
      const auto g = load_some(d, g_ + i, rest), z = hn::Sub(load_some(d, x + i, rest), load_some(d, lse + i, rest));
      if (dx) {
        const auto a = hn::Mul(w, hn::MulAdd(keep, load_some(d, q + i, rest), base));
        store_some(d, hn::Mul(g, hn::MulSub(load_some(d, mass + i, rest), exp_of_non_positive(d, z), a)), dx + i, rest);
      }
      if (dq) store_some(d, hn::Neg(hn::Mul(hn::Mul(g, keep), hn::Mul(w, z))), dq + i, rest);
    }
  }
  static void backward(const ClassLoss& c, const SoftGradients& s) {
    const T *g = static_cast<const T*>(s.g), *x = static_cast<const T*>(s.x), *q = static_cast<const T*>(s.q);
    const C *lse = static_cast<const C*>(s.lse), *mass = static_cast<const C*>(s.mass);
    T *dx = static_cast<T*>(s.dx), *dq = static_cast<T*>(s.dq);
    const Target t(c);
    const Strips strips(c);
    cpu::parallel_for(strips.count, strips.grain, [&](int64_t first, int64_t last) {
      C each[kSoftmaxColumns];
      for (int64_t k = first; k < last; ++k) {
        int64_t p = 0, at = 0;
        const int64_t width = strips.at(c, k, p, at);
        for (int64_t i = 0; i < width; ++i) each[i] = static_cast<C>(g[s.one ? 0 : p + i]);
        if (c.inner == 1) {
          row_gradients(t, x + at, q + at, c.classes, each[0], lse[p], mass[p], dx ? dx + at : nullptr,
                        dq ? dq + at : nullptr);
          continue;
        }
        for (int64_t j = 0; j < c.classes; ++j) {
          const int64_t from = at + j * c.inner;
          column_gradients(t, t.weight(j), x + from, q + from, width, each, lse + p, mass + p, dx ? dx + from : nullptr,
                           dq ? dq + from : nullptr);
        }
      }
    });
  }
};

template <class T>
void fill() {
  soft_cross_entropy_kernel.set(kCPU, dtype_of<T>, SoftLoss<T>::forward);
  soft_cross_entropy_backward_kernel.set(kCPU, dtype_of<T>, SoftLoss<T>::backward);
}
void fill_slots() {
  fill<float>();
  fill<double>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
