// Sum and mean of floating-point elements; sums without NaN.
//
// Sixteen vectors are added in the compute type (float32 for float16, bfloat16 and float32), no element meeting more
// than nine additions there, and what they come to in float64. Error, whatever the count: |sum - exact| <= 9 eps *
// sum|x| + rounding of the result, eps = 2^-24. float64 adds these results with a compensation term: the same bound
// with eps = 2^-53. NaN and inf propagate as in IEEE additions (inf - inf is NaN). Subtotals of 16 vectors may overflow
// in the compute type.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_sum_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// s + x, its rounding error added to e.
HWY_INLINE void add_compensated(double& s, double& e, double x) {
  const double t = s + x, z = t - s;
  e += (s - (t - z)) + (x - z);
  s = t;
}

/// v, with zeros for NaN when those are left out.
template <bool kSkipNan, class D>
HWY_INLINE hn::Vec<D> counted(D d, hn::Vec<D> v) {
  if constexpr (kSkipNan)
    return hn::IfThenElse(hn::IsNaN(v), hn::Zero(d), v);
  else
    return v;
}
/// Sum of kCount vectors `stride` elements apart, as a tree.
template <int kCount, bool kSkipNan, class D, class T>
HWY_INLINE hn::Vec<D> tree(D d, const T* p, int64_t stride) {
  if constexpr (kCount == 1) {
    return counted<kSkipNan>(d, load_as(d, p));
  } else {
    return hn::Add(tree<kCount / 2, kSkipNan>(d, p, stride),
                   tree<kCount / 2, kSkipNan>(d, p + kCount / 2 * stride, stride));
  }
}
template <class T, bool kSkipNan>
struct Sum {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;
  static constexpr bool kWide = std::is_same_v<C, float>;  // float64 accumulators; otherwise sum and compensation
  static constexpr int kFields = kWide ? 1 : 2;

  static C one(T x) {
    const C v = static_cast<C>(x);
    return kSkipNan && v != v ? C(0) : v;
  }
  static void init(Accumulators a, int64_t n) {
    for (int f = 0; f < kFields; ++f)
      for (int64_t i = 0; i < n; ++i) a.field<double>(f)[i] = 0;
  }
  static void add(Accumulators a, int64_t i, double v) {
    if constexpr (kWide)
      a.field<double>(0)[i] += v;
    else
      add_compensated(a.field<double>(0)[i], a.field<double>(1)[i], v);
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      add(a, i, b.field<double>(0)[i]);
      if constexpr (!kWide) a.field<double>(1)[i] += b.field<double>(1)[i];
    }
  }
  static double total(Accumulators a, int64_t i) {
    const double s = a.field<double>(0)[i];
    if constexpr (kWide) return s;
    return std::isfinite(s) ? s + a.field<double>(1)[i] : s;
  }

  /// Sum of sixteen adjacent vectors, in a loop that is to stay one: sixteen loads side by side are sixteen streams of
  /// 1 KiB steps to a prefetcher that goes by the instruction, which then fetches memory at a quarter of the speed.
  static HWY_INLINE hn::Vec<D> sixteen(D d, const T* p, int64_t lanes) {
    auto u = counted<kSkipNan>(d, load_as(d, p)), v = counted<kSkipNan>(d, load_as(d, p + lanes));
#pragma GCC unroll 1
    for (int k = 1; k < 8; ++k) {
      p += 2 * lanes;
      u = hn::Add(u, counted<kSkipNan>(d, load_as(d, p)));
      v = hn::Add(v, counted<kSkipNan>(d, load_as(d, p + lanes)));
    }
    return hn::Add(u, v);
  }

  static HWY_NOINLINE void row(const T* p, int64_t n, Accumulators a, int64_t i) {
    const D d;
    const WideTag dd;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    auto x = hn::Zero(dd), y = hn::Zero(dd);
    for (; n >= 16 * lanes; n -= 16 * lanes, p += 16 * lanes) add_to_total(d, x, y, sixteen(d, p, lanes));
    if (n) add_to_total(d, x, y, rest_of_row(d, p, n, lanes));
    if constexpr (kWide) {
      a.field<double>(0)[i] += total_of(d, x, y);
    } else {
      HWY_ALIGN double sums[HWY_MAX_BYTES / 8];
      hn::Store(x, dd, sums);
      for (size_t k = 0; k < hn::Lanes(dd); ++k) add(a, i, sums[k]);
      a.field<double>(1)[i] += hn::GetLane(hn::SumOfLanes(dd, y));
    }
  }
  /// Less than sixteen vectors.
  static HWY_INLINE hn::Vec<D> rest_of_row(D d, const T* p, int64_t n, int64_t lanes) {
    auto v = hn::Zero(d);
    if (n >= 8 * lanes) {
      v = tree<8, kSkipNan>(d, p, lanes);
      n -= 8 * lanes;
      p += 8 * lanes;
    }
    if (n >= 4 * lanes) {
      v = hn::Add(v, tree<4, kSkipNan>(d, p, lanes));
      n -= 4 * lanes;
      p += 4 * lanes;
    }
    if (n >= 2 * lanes) {
      v = hn::Add(v, tree<2, kSkipNan>(d, p, lanes));
      n -= 2 * lanes;
      p += 2 * lanes;
    }
    if (n >= lanes) {
      v = hn::Add(v, counted<kSkipNan>(d, load_as(d, p)));
      n -= lanes;
      p += lanes;
    }
    if (n) v = hn::Add(v, counted<kSkipNan>(d, load_tail(d, p, static_cast<size_t>(n))));
    return v;
  }
  static void take_rows(const ReduceRun& r, Accumulators a, const void*) {
    const T* p = static_cast<const T*>(r.in);
    for (int64_t i = 0; i < r.n; ++i, p += r.next) {
      if (r.step == 1) {
        row(p, r.length, a, i);
      } else {
        for (int64_t j = 0; j < r.length; ++j) add(a, i, one(p[j * r.step]));
      }
    }
  }

  /// Adds kCount rows of n columns.
  template <int kCount>
  static HWY_INLINE void add_rows(const T* p, int64_t n, int64_t step, Accumulators a) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    double *sum = a.field<double>(0), *error = a.field<double>(kFields - 1);
    int64_t c = 0;
    for (; c + lanes <= n; c += lanes) add_to_columns(d, sum + c, error + c, tree<kCount, kSkipNan>(d, p + c, step));
    if (c < n)
      for (int k = 0; k < kCount; ++k)
        add_to_columns(d, sum + c, error + c,
                       counted<kSkipNan>(d, load_tail(d, p + c + k * step, static_cast<size_t>(n - c))));
  }
  static void take_columns(const ReduceRun& r, Accumulators a, const void*) {
    const T* p = static_cast<const T*>(r.in);
    int64_t j = 0;
    if (r.next != 1) {
      for (; j < r.length; ++j)
        for (int64_t i = 0; i < r.n; ++i) add(a, i, one(p[j * r.step + i * r.next]));
      return;
    }
    for (; j + 16 <= r.length; j += 16) add_rows<16>(p + j * r.step, r.n, r.step, a);
    for (; j + 4 <= r.length; j += 4) add_rows<4>(p + j * r.step, r.n, r.step, a);
    for (; j < r.length; ++j) add_rows<1>(p + j * r.step, r.n, r.step, a);
  }

  template <bool kMean>
  static void finish(Accumulators a, int64_t n, int64_t reduced, void* const out[2], int64_t start, int64_t stride,
                     const void*) {
    T* y = static_cast<T*>(out[0]) + start;
    const double count = static_cast<double>(reduced);
    for (int64_t i = 0; i < n; ++i) y[i * stride] = T(static_cast<C>(kMean ? total(a, i) / count : total(a, i)));
  }
  template <class Of, bool kMean>
  static void run(const ReducePlan& plan, const void* in, void* out) {
    static constexpr ReduceFns fns{kFields, false, init, take_rows, take_columns, combine, finish<kMean>};
    void* const outs[2] = {out, nullptr};
    run_reduction_of(dtype_of<Of>, plan, fns, in, sizeof(T), outs, nullptr);
  }
};

template <class T>
void fill() {
  sum_kernel.set(kCPU, dtype_of<T>, Sum<ComputeType<T>, false>::template run<T, false>);
  nansum_kernel.set(kCPU, dtype_of<T>, Sum<ComputeType<T>, true>::template run<T, false>);
  mean_kernel.set(kCPU, dtype_of<T>, Sum<ComputeType<T>, false>::template run<T, true>);
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
