// Normalisation of every row with a weight and a bias per column: layer norm. float16 and bfloat16 compute in float32.
//
// Errors as in norm_channels_cpu.cpp; sums of the parameters' gradients over rows are made of 64 rows at a time in the
// compute type and added up in float64. A row with NaN or inf gives NaN throughout.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/norm_rows_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/norm-inl.h"
#include "ops/norm.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
struct Rows {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;
  static constexpr int64_t kRowsAtATime = 64;

  /// y = (x - mean) * rstd * w + b.
  static HWY_NOINLINE void affine(const T* x, T* y, int64_t n, C mean, C rstd, const C* w, const C* b) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto m = hn::Set(d, mean), r = hn::Set(d, rstd);
    const auto at = [&](int64_t i, int64_t rest) HWY_ATTR {
      auto v = hn::Mul(hn::Sub(load_some(d, x + i, rest), m), r);
      if (w && b)
        v = hn::MulAdd(v, load_some(d, w + i, rest), load_some(d, b + i, rest));
      else if (w)
        v = hn::Mul(v, load_some(d, w + i, rest));
      else if (b)
        v = hn::Add(v, load_some(d, b + i, rest));
      store_some(d, v, y + i, rest);
    };
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) at(i, lanes);
    if (i < n) at(i, n - i);
  }
  static void forward(const NormPlan& p, const NormForward& f) {
    const T* x = static_cast<const T*>(f.x);
    T* y = static_cast<T*>(f.y);
    const C *w = static_cast<const C*>(f.weight), *b = static_cast<const C*>(f.bias);
    C* stats = static_cast<C*>(f.stats);
    const int64_t n = p.channels_count, grain = std::max<int64_t>(1, cpu::kGrain / 4 / std::max<int64_t>(n, 1));
    cpu::parallel_for(p.outer, grain, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) {
        store_stats(stats, p.groups, r, run_moments(D(), x + r * n, 1, n, 0), p.eps);
        affine(x + r * n, y + r * n, n, stats[r], stats[p.groups + r], w, b);
      }
    });
  }

  /// sum(g w) and sum(g w (x - mean)); adds g (x - mean) rstd to dw and g to db.
  static HWY_NOINLINE void sums(const T* g, const T* x, int64_t n, C mean, C rstd, const C* w, C* dw, C* db,
                                double& sum_a, double& sum_ax) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto m = hn::Set(d, mean), r = hn::Set(d, rstd);
    const auto zero = hn::Zero(d);
    for (int64_t begin = 0; begin < n; begin += kNormBlock) {
      const int64_t end = std::min(n, begin + kNormBlock);
      auto s = zero, t = zero;
      for (int64_t i = begin; i < end; i += lanes) {
        const int64_t rest = end - i;
        const auto gi = load_some(d, g + i, rest);
        // Past the end x is taken as zero, where g is, too.
        const auto c = hn::Sub(load_some(d, x + i, rest), m);
        const auto a = w ? hn::Mul(gi, load_some(d, w + i, rest)) : gi;
        s = hn::Add(s, a);
        t = hn::MulAdd(a, c, t);
        if (dw) store_some(d, hn::MulAdd(gi, hn::Mul(c, r), load_some(d, dw + i, rest)), dw + i, rest);
        if (db) store_some(d, hn::Add(gi, load_some(d, db + i, rest)), db + i, rest);
      }
      sum_a += sum_of_four(d, s, zero, zero, zero);
      sum_ax += sum_of_four(d, t, zero, zero, zero);
    }
  }
  /// dx = rstd g w + (b (x - mean) + c).
  static HWY_NOINLINE void combine(const T* g, const T* x, T* dx, int64_t n, C mean, C rstd, const C* w, C b_, C c_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto m = hn::Set(d, mean), r = hn::Set(d, rstd), b = hn::Set(d, b_), c = hn::Set(d, c_);
    const auto at = [&](int64_t i, int64_t rest) HWY_ATTR {
      auto a = hn::Mul(r, load_some(d, g + i, rest));
      if (w) a = hn::Mul(a, load_some(d, w + i, rest));
      store_some(d, hn::Add(a, hn::MulAdd(b, hn::Sub(load_some(d, x + i, rest), m), c)), dx + i, rest);
    };
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) at(i, lanes);
    if (i < n) at(i, n - i);
  }
  static void backward(const NormPlan& p, const NormBackward& f) {
    const T *g = static_cast<const T*>(f.g), *x = static_cast<const T*>(f.x);
    T* dx = static_cast<T*>(f.dx);
    const C *w = static_cast<const C*>(f.weight), *stats = static_cast<const C*>(f.stats);
    C *dw = static_cast<C*>(f.dweight), *db = static_cast<C*>(f.dbias);
    const int64_t n = p.channels_count;
    // A part's totals of dweight and dbias in float64, then its running sums in the compute type.
    const auto total = [&](int64_t k) { return f.scratch + k * 3 * n; };
    const int64_t chunk = (p.outer + p.pieces - 1) / p.pieces;
    cpu::parallel_for(p.pieces, 1, [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k) {
        double* sum = total(k);
        std::fill_n(sum, 3 * n, 0.0);
        C* some = reinterpret_cast<C*>(sum + 2 * n);
        const bool direct = std::is_same_v<C, double>;
        C* part_w = !dw ? nullptr : direct ? reinterpret_cast<C*>(sum) : some;
        C* part_b = !db ? nullptr : direct ? reinterpret_cast<C*>(sum + n) : some + n;
        const int64_t begin = std::min(p.outer, k * chunk), end = std::min(p.outer, begin + chunk);
        for (int64_t r = begin; r < end; ++r) {
          double sum_a = 0, sum_ax = 0;
          const C mean = stats[r], rstd = stats[p.groups + r];
          sums(g + r * n, x + r * n, n, mean, rstd, w, part_w, part_b, sum_a, sum_ax);
          if (dx) {
            const double rs = static_cast<double>(rstd), count = static_cast<double>(n);
            combine(g + r * n, x + r * n, dx + r * n, n, mean, rstd, w, static_cast<C>(-rs * rs * rs * sum_ax / count),
                    static_cast<C>(-rs * sum_a / count));
          }
          if (!direct && (dw || db) && ((r - begin) % kRowsAtATime == kRowsAtATime - 1 || r == end - 1))
            for (int64_t i = 0; i < 2 * n; ++i) {
              sum[i] += static_cast<double>(some[i]);
              some[i] = 0;
            }
        }
      }
    });
    if (!dw && !db) return;
    for (int64_t i = 0; i < n; ++i) {
      double a = 0, b = 0;
      for (int64_t k = 0; k < p.pieces; ++k) {
        a += total(k)[i];
        b += total(k)[n + i];
      }
      if (dw) dw[i] = static_cast<C>(a);
      if (db) db[i] = static_cast<C>(b);
    }
  }
};

template <class T>
void fill() {
  norm_rows_kernel.set(kCPU, dtype_of<T>, Rows<T>::forward);
  norm_rows_backward_kernel.set(kCPU, dtype_of<T>, Rows<T>::backward);
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
