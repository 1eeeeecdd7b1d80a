// Variance, standard deviation and mean of floating-point elements, in one pass over memory.
//
// Blocks that fit the cache are reduced in two passes (mean, then squared deviations) in float64, rows in one (sums of
// x and x^2) where the mean is no larger than a few deviations; blocks are merged as M2 = M2a + M2b + (mean_b -
// mean_a)^2 na nb / (na + nb). Relative error of the variance: a few (32 + log2 blocks) 2^-53 times 1 + mean^2 /
// variance, plus the rounding of the result. Any inf or NaN gives a NaN variance; the mean is as sum / count.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_var_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/unroll.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_rows-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
struct Var {
  using C = ComputeType<T>;
  using D = TagOfWidened<T>;
  static constexpr int64_t kColumnBlock = 16;
  static constexpr double kLargeMean = 32;
  // Sums side by side: as many as registers hold, up to what multiply-adds take until the next can follow.
  static constexpr int64_t kChains = HWY_TARGET == HWY_AVX3 ? 8 : 4;
  static constexpr int64_t kRowBlock = 256 * kChains;
  enum Field { kCount, kSum, kM2, kFields };

  static void init(Accumulators a, int64_t n) {
    for (int f = 0; f < kFields; ++f)
      for (int64_t i = 0; i < n; ++i) a.field<double>(f)[i] = 0;
  }
  static void merge(Accumulators a, int64_t i, double nb, double sum_b, double m2_b) {
    double &na = a.field<double>(kCount)[i], &sum = a.field<double>(kSum)[i], &m2 = a.field<double>(kM2)[i];
    if (nb == 0) return;
    if (na == 0) {
      m2 = m2_b;
    } else {
      const double delta = sum_b / nb - sum / na;
      m2 += m2_b + delta * delta * (na * (nb / (na + nb)));
    }
    na += nb;
    sum += sum_b;
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    for (int64_t i = 0; i < n; ++i)
      merge(a, i, b.field<double>(kCount)[i], b.field<double>(kSum)[i], b.field<double>(kM2)[i]);
  }

  /// Sums of x and x^2. Enough of them at a time that no addition waits for the one before. Half of the sums of x are
  /// made by the units that multiply: those that add have the conversions to do.
  static HWY_INLINE void moments(const T* p, int64_t n, hn::Vec<D>& sum, hn::Vec<D>& squares) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto one = hn::Set(d, 1.0);
    hn::Vec<D> s[kChains], q[kChains];
    const bool starts = n >= kChains * lanes;
    LAMPAS_UNROLL
    for (int64_t k = 0; k < kChains; ++k) {
      s[k] = starts ? load_as(d, p + k * lanes) : hn::Zero(d);
      q[k] = hn::Mul(s[k], s[k]);
    }
    if (starts) {
      n -= kChains * lanes;
      p += kChains * lanes;
    }
    for (; n >= kChains * lanes; n -= kChains * lanes, p += kChains * lanes) {
      LAMPAS_UNROLL
      for (int64_t k = 0; k < kChains; ++k) {
        // The additions leave no room to look as far ahead as memory is away.
        if (k * lanes * static_cast<int64_t>(sizeof(T)) % 64 == 0) __builtin_prefetch(p + k * lanes + 1024, 0, 3);
        const auto x = load_as(d, p + k * lanes);
        s[k] = k % 2 ? hn::MulAdd(x, one, s[k]) : hn::Add(s[k], x);
        q[k] = hn::MulAdd(x, x, q[k]);
      }
    }
    for (; n > 0; n -= lanes, p += lanes) {
      const auto x = load_some(d, p, n);
      s[0] = hn::Add(s[0], x);
      q[0] = hn::MulAdd(x, x, q[0]);
    }
    if constexpr (kChains == 8) {
      LAMPAS_UNROLL
      for (int64_t k = 0; k < 4; ++k) {
        s[k] = hn::Add(s[k], s[k + 4]);
        q[k] = hn::Add(q[k], q[k + 4]);
      }
    }
    sum = hn::Add(hn::Add(s[0], s[1]), hn::Add(s[2], s[3]));
    squares = hn::Add(hn::Add(q[0], q[1]), hn::Add(q[2], q[3]));
  }
  static HWY_NOINLINE void row_block(const T* p, int64_t n, Accumulators a, int64_t i) {
    const D d;
    hn::Vec<D> s, q;
    moments(p, n, s, q);
    const double sum = hn::GetLane(hn::SumOfLanes(d, s));
    merge_block(p, n, sum, hn::GetLane(hn::SumOfLanes(d, q)) - sum * (sum / static_cast<double>(n)), a, i);
  }
  /// Of what is large beside its deviations (or infinite, or NaN) the difference is worth nothing.
  static HWY_INLINE void merge_block(const T* p, int64_t n, double sum, double m2, Accumulators a, int64_t i) {
    const double count = static_cast<double>(n), of_mean = sum * (sum / count);
    merge(a, i, count, sum, HWY_LIKELY(of_mean <= kLargeMean * m2) ? m2 : deviations(p, n, sum / count));
  }
  /// Sum of squared deviations.
  static HWY_NOINLINE double deviations(const T* p, int64_t n, double of) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), whole = n - n % (2 * lanes);
    const auto mean = hn::Set(d, of);
    auto q0 = hn::Zero(d), q1 = q0;
    for (int64_t j = 0; j < whole; j += 2 * lanes) {
      const auto x0 = hn::Sub(load_as(d, p + j), mean), x1 = hn::Sub(load_as(d, p + j + lanes), mean);
      q0 = hn::MulAdd(x0, x0, q0);
      q1 = hn::MulAdd(x1, x1, q1);
    }
    for (int64_t j = whole; j < n; j += lanes) {
      const int64_t rest = std::min(lanes, n - j);
      const auto v = rest == lanes ? load_as(d, p + j) : load_tail_or(d, p + j, static_cast<size_t>(rest), mean);
      const auto x = hn::Sub(v, mean);
      q0 = hn::MulAdd(x, x, q0);
    }
    return hn::GetLane(hn::SumOfLanes(d, hn::Add(q0, q1)));
  }
  static void strided_block(const T* p, int64_t n, int64_t step, Accumulators a, int64_t i) {
    double sum = 0, m2 = 0;
    for (int64_t j = 0; j < n; ++j) sum += static_cast<C>(p[j * step]);
    const double mean = sum / static_cast<double>(n);
    for (int64_t j = 0; j < n; ++j) {
      const double x = static_cast<C>(p[j * step]) - mean;
      m2 += x * x;
    }
    merge(a, i, static_cast<double>(n), sum, m2);
  }
  /// Short rows, as many at a time as a vector has lanes: their last steps are the same for all.
  static HWY_NOINLINE void short_rows(const ReduceRun& r, Accumulators a) {
    const D d;
    constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
    HWY_ALIGN double s[kLanes * kLanes], q[kLanes * kLanes], sums[kLanes], m2s[kLanes];
    const auto add = [](hn::Vec<D> x, hn::Vec<D> y) HWY_ATTR { return hn::Add(x, y); };
    const double count = static_cast<double>(r.length), inverse = 1 / count;
    const bool fresh = a.field<double>(kCount)[0] == 0;
    const T* p = static_cast<const T*>(r.in);
    for (int64_t i = 0; i < r.n; i += kLanes, p += kLanes * r.next) {
      const int64_t m = std::min(kLanes, r.n - i);
      auto x = hn::Zero(d), y = x;
      for (int64_t k = 0; k < kLanes; ++k) {
        if (k < m) moments(p + k * r.next, r.length, x, y);
        hn::Store(x, d, s + k * kLanes);  // the last row again where there are no more
        hn::Store(y, d, q + k * kLanes);
      }
      const auto sum = combine_each<kLanes>(d, s, add), of_mean = hn::Mul(sum, hn::Mul(sum, hn::Set(d, inverse))),
                 m2 = hn::Sub(combine_each<kLanes>(d, q, add), of_mean);
      const bool all = hn::AllTrue(d, hn::Le(of_mean, hn::Mul(hn::Set(d, kLargeMean), m2)));
      if (HWY_LIKELY(all && fresh)) {  // accumulators are padded to whole vectors
        hn::StoreU(hn::Set(d, count), d, a.field<double>(kCount) + i);
        hn::StoreU(sum, d, a.field<double>(kSum) + i);
        hn::StoreU(m2, d, a.field<double>(kM2) + i);
        continue;
      }
      hn::Store(sum, d, sums);
      hn::Store(m2, d, m2s);
      for (int64_t k = 0; k < m; ++k) {
        if (all)
          merge(a, i + k, count, sums[k], m2s[k]);
        else
          merge_block(p + k * r.next, r.length, sums[k], m2s[k], a, i + k);
      }
    }
  }
  static void take_rows(const ReduceRun& r, Accumulators a, const void*) {
    if (kCombinesRows && r.step == 1 && r.n >= 3 && r.length <= kRowBlock) return short_rows(r, a);
    const T* p = static_cast<const T*>(r.in);
    for (int64_t i = 0; i < r.n; ++i, p += r.next) {
      for (int64_t j = 0; j < r.length; j += kRowBlock) {
        const int64_t n = std::min(kRowBlock, r.length - j);
        if (r.step == 1)
          row_block(p + j, n, a, i);
        else
          strided_block(p + j * r.step, n, r.step, a, i);
      }
    }
  }

  /// `rows` rows of whole vectors of columns.
  static HWY_NOINLINE void column_block(const T* p, int64_t rows, int64_t n, int64_t step, Accumulators a) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto nb = hn::Set(d, static_cast<double>(rows)), one = hn::Set(d, 1.0);
    for (int64_t c = 0; c < n; c += lanes) {
      const T* q = p + c;
      auto s0 = hn::Zero(d), s1 = s0;
      int64_t j = 0;
      for (; j + 2 <= rows; j += 2) {
        s0 = hn::Add(s0, load_as(d, q + j * step));
        s1 = hn::Add(s1, load_as(d, q + (j + 1) * step));
      }
      if (j < rows) s0 = hn::Add(s0, load_as(d, q + j * step));
      const auto sum = hn::Add(s0, s1), mean = hn::Div(sum, nb);
      s0 = s1 = hn::Zero(d);
      for (j = 0; j + 2 <= rows; j += 2) {
        const auto x0 = hn::Sub(load_as(d, q + j * step), mean), x1 = hn::Sub(load_as(d, q + (j + 1) * step), mean);
        s0 = hn::MulAdd(x0, x0, s0);
        s1 = hn::MulAdd(x1, x1, s1);
      }
      if (j < rows) {
        const auto x = hn::Sub(load_as(d, q + j * step), mean);
        s0 = hn::MulAdd(x, x, s0);
      }
      double *count = a.field<double>(kCount) + c, *total = a.field<double>(kSum) + c, *m2 = a.field<double>(kM2) + c;
      const auto na = hn::LoadU(d, count), sum_a = hn::LoadU(d, total), all = hn::Add(na, nb);
      // With na == 0 the weight is zero, but mean - 0 may be infinite: then there is nothing to merge.
      const auto delta = hn::IfThenZeroElse(hn::Eq(na, hn::Zero(d)), hn::Sub(mean, hn::Div(sum_a, hn::Max(na, one))));
      const auto weight = hn::Mul(na, hn::Div(nb, all));
      hn::StoreU(hn::MulAdd(hn::Mul(delta, delta), weight, hn::Add(hn::LoadU(d, m2), hn::Add(s0, s1))), d, m2);
      hn::StoreU(hn::Add(sum_a, sum), d, total);
      hn::StoreU(all, d, count);
    }
  }
  static void take_columns(const ReduceRun& r, Accumulators a, const void*) {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
    const int64_t whole = r.next == 1 ? r.n - r.n % lanes : 0;
    const T* p = static_cast<const T*>(r.in);
    for (int64_t j = 0; j < r.length; j += kColumnBlock, p += kColumnBlock * r.step) {
      const int64_t rows = std::min(kColumnBlock, r.length - j);
      column_block(p, rows, whole, r.step, a);
      for (int64_t c = whole; c < r.n; ++c) strided_block(p + c * r.next, rows, r.step, a, c);
    }
  }

  static void finish(Accumulators a, int64_t n, int64_t reduced, void* const out[2], int64_t start, int64_t stride,
                     const void* params) {
    const VarParams& v = *static_cast<const VarParams*>(params);
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const double count = static_cast<double>(reduced), divisor = std::max(0.0, count - v.correction);
    const auto write = [&](hn::Vec<D> y, void* to, int64_t i) HWY_ATTR {
      T* at = static_cast<T*>(to) + start + i * stride;
      if (stride == 1) return store_some(d, y, at, n - i);
      HWY_ALIGN T results[hn::MaxLanes(D())];
      store_as(d, y, results);
      for (int64_t k = 0; k < std::min(lanes, n - i); ++k) at[k * stride] = results[k];
    };
    for (int64_t i = 0; i < n; i += lanes) {
      if (out[0]) {
        const auto y = hn::Div(load_some(d, a.field<double>(kM2) + i, n - i), hn::Set(d, divisor));
        write(v.root ? hn::Sqrt(y) : y, out[0], i);
      }
      if (out[1]) write(hn::Div(load_some(d, a.field<double>(kSum) + i, n - i), hn::Set(d, count)), out[1], i);
    }
  }
  template <class Of>
  static void run(const ReducePlan& plan, const void* in, void* var, void* mean, const VarParams& params) {
    static constexpr ReduceFns fns{kFields, false, init, take_rows, take_columns, combine, finish, /*cost=*/2};
    void* const outs[2] = {var, mean};
    run_reduction_of(dtype_of<Of>, plan, fns, in, sizeof(T), outs, &params);
  }
};

void fill_slots() {
  var_kernel.set(kCPU, kFloat, Var<ComputeType<float>>::run<float>);
  var_kernel.set(kCPU, kDouble, Var<ComputeType<double>>::run<double>);
  var_kernel.set(kCPU, kHalf, Var<ComputeType<Half>>::run<Half>);
  var_kernel.set(kCPU, kBFloat16, Var<ComputeType<BFloat16>>::run<BFloat16>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
