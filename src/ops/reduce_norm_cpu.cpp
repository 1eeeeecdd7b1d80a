// Norms and products of floating-point elements, accumulated in float64 in a fixed order of partial results.
//
// Error for n elements: a relative (n/8 + 8) 2^-53 for products and norms, plus the rounding of the result; general p
// adds 2 ulp of float64's pow per element. Rows of float32 have up to 9 eps more in the 2-norm: sixteen vectors of
// their squares are summed as float32 where that cannot overflow or underflow. Rows of 1024 float32 or more are
// multiplied sixteen vectors at a time as float32: relative n eps more at most, 0.6 sqrt(n) eps as a rule, as
// PyTorch's; where a product there overflows or underflows the row is multiplied as float64. NaN propagates, also next
// to inf (max and min of |x| included).
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_norm_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <bit>
#include <cmath>
#include <limits>

#include "backend/cpu/float_range.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/reduce-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class Elem>
struct Additive {
  using T = Elem;
  using Lane = double;
  static constexpr double identity = 0, neutral = 0;
  template <class D>
  static HWY_INLINE hn::Vec<D> combine(D, hn::Vec<D> a, hn::Vec<D> b) {
    return hn::Add(a, b);
  }
  template <class D>
  static HWY_INLINE double lanes(D d, hn::Vec<D> v) {
    return hn::GetLane(hn::SumOfLanes(d, v));
  }
  static double result(double total, const void*) { return total; }
};

template <class Elem>
struct NormZero : Additive<Elem> {
  template <class D>
  static HWY_INLINE hn::Vec<D> map(D d, hn::Vec<D> v) {
    return hn::IfThenZeroElse(hn::Eq(v, hn::Zero(d)), hn::Set(d, 1.0));
  }
};
template <class Elem>
struct NormOne : Additive<Elem> {
  template <class D>
  static HWY_INLINE hn::Vec<D> map(D, hn::Vec<D> v) {
    return hn::Abs(v);
  }
};
template <class Elem>
struct NormTwo : Additive<Elem> {
  template <class D>
  static HWY_INLINE hn::Vec<D> map(D, hn::Vec<D> v) {
    return hn::Mul(v, v);
  }
  static double result(double total, const void*) { return std::sqrt(total); }
  /// float: sixteen vectors of squares are summed as floats, unless squares may be too large or too small for that.
  static HWY_NOINLINE double row(const Elem* p, int64_t n) {
    if constexpr (std::is_same_v<Elem, float>) {
      const hn::ScalableTag<float> d;
      const WideTag dd;
      const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), block = 16 * lanes, count = n;
      const float* q = p;
      auto x = hn::Zero(dd), y = x;
      for (; n >= block; n -= block) {
        auto a = hn::Zero(d), b = a, c = a, e = a;
#pragma GCC unroll 1
        for (int k = 0; k < 4; ++k, q += 4 * lanes) {
          const auto x0 = hn::LoadU(d, q), x1 = hn::LoadU(d, q + lanes), x2 = hn::LoadU(d, q + 2 * lanes),
                     x3 = hn::LoadU(d, q + 3 * lanes);
          a = hn::MulAdd(x0, x0, a);
          b = hn::MulAdd(x1, x1, b);
          c = hn::MulAdd(x2, x2, c);
          e = hn::MulAdd(x3, x3, e);
        }
        add_to_total(d, x, y, hn::Add(hn::Add(a, b), hn::Add(c, e)));
      }
      double sum = total_of(d, x, y);
      if (count > n && !(sum >= 0x1p-100 * static_cast<double>(count) && sum < 0x1p+120)) return any(p, count);
      return n ? sum + any(q, n) : sum;
    } else {
      return any(p, n);
    }
  }
  static double any(const Elem* p, int64_t n) { return LaneReduction<NormTwo>::any_row(p, n); }
};

template <class Elem, bool kMax>
struct NormInf {
  using T = Elem;
  using Lane = ComputeType<T>;
  static constexpr Lane neutral = kMax ? 0 : std::numeric_limits<Lane>::infinity(), identity = neutral;
  template <class D>
  static HWY_INLINE hn::Vec<D> map(D, hn::Vec<D> v) {
    return hn::Abs(v);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> combine(D, hn::Vec<D> a, hn::Vec<D> b) {
    const auto wins = kMax ? hn::Gt(a, b) : hn::Lt(a, b);
    return hn::IfThenElse(hn::Or(wins, hn::IsNaN(a)), a, b);
  }
  template <class D>
  static HWY_INLINE Lane lanes(D d, hn::Vec<D> v) {
    return combine_lanes<NormInf>(d, v);
  }
  static Lane result(Lane total, const void*) { return total; }
};

/// General exponents go through pow, element by element.
template <class T>
struct NormP {
  static double p_of(const void* params) { return *static_cast<const double*>(params); }
  static void init(Accumulators a, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<double>(0)[i] = 0;
  }
  static void take(const ReduceRun& r, Accumulators a, const void* params) {
    const T* x = static_cast<const T*>(r.in);
    const double p = p_of(params);
    for (int64_t i = 0; i < r.n; ++i) {
      double s = 0;
      for (int64_t j = 0; j < r.length; ++j)
        s += std::pow(std::abs(static_cast<double>(static_cast<ComputeType<T>>(x[i * r.next + j * r.step]))), p);
      a.field<double>(0)[i] += s;
    }
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<double>(0)[i] += b.field<double>(0)[i];
  }
  static void finish(Accumulators a, int64_t n, int64_t, void* const out[2], int64_t start, int64_t stride,
                     const void* params) {
    T* y = static_cast<T*>(out[0]) + start;
    const double root = 1 / p_of(params);
    for (int64_t i = 0; i < n; ++i)
      y[i * stride] = T(static_cast<ComputeType<T>>(std::pow(a.field<double>(0)[i], root)));
  }
  static void run(ScalarType dtype, const ReducePlan& plan, const void* in, void* out, double p) {
    static constexpr ReduceFns fns{1, false, init, take, take, combine, finish, /*cost=*/16};
    void* const outs[2] = {out, nullptr};
    run_reduction_of(dtype, plan, fns, in, sizeof(T), outs, &p);
  }
};

template <class T>
void norm(const ReducePlan& plan, const void* in, void* out, double p) {
  using E = ComputeType<T>;
  constexpr ScalarType t = dtype_of<T>;
  if (p == 2) return LaneReduction<NormTwo<E>>::run(t, plan, in, out, nullptr);
  if (p == 1) return LaneReduction<NormOne<E>>::run(t, plan, in, out, nullptr);
  if (p == 0) return LaneReduction<NormZero<E>>::run(t, plan, in, out, nullptr);
  if (p == HUGE_VAL) return LaneReduction<NormInf<E, true>>::run(t, plan, in, out, nullptr);
  if (p == -HUGE_VAL) return LaneReduction<NormInf<E, false>>::run(t, plan, in, out, nullptr);
  NormP<E>::run(t, plan, in, out, p);
}

template <class Elem>
struct Product {
  using T = Elem;
  using Lane = double;
  static constexpr double identity = 1, neutral = 1;
  static constexpr int kCost = 2;
  template <class D>
  static HWY_INLINE hn::Vec<D> map(D, hn::Vec<D> v) {
    return v;
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> combine(D, hn::Vec<D> a, hn::Vec<D> b) {
    return hn::Mul(a, b);
  }
  template <class D>
  static HWY_INLINE double lanes(D d, hn::Vec<D> v) {
    return combine_lanes<Product>(d, v);
  }
  static double result(double total, const void*) { return total; }
  /// Converting every float takes longer than reading it.
  static double row(const Elem* p, int64_t n) {
    constexpr int64_t kLongRow = 1024;
    if constexpr (std::is_same_v<Elem, float> && cpu::kNotesRange) {
      if (n >= kLongRow) {
        const WideTag dd;
        const int64_t whole = n - n % (16 * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>())));
        cpu::forget_range();
        const auto total = blocks(p, whole);
        if (HWY_LIKELY(!cpu::range_left())) {
          const double product = scaled_lanes(dd, total);
          return whole < n ? product * LaneReduction<Product>::any_row(p + whole, n - whole) : product;
        }
      }
    }
    return LaneReduction<Product>::any_row(p, n);
  }
  /// All lanes multiplied, exponents apart: products that underflow take as long as fifty others, and are noted.
  static HWY_INLINE double scaled_lanes(WideTag d, WideVec v) {
    const hn::RebindToSigned<WideTag> di;
    const auto field = hn::Set(di, int64_t{0x7FF} << 52), bits = hn::BitCast(di, v);
    const auto exponent = hn::ShiftRight<52>(hn::And(bits, field));
    if (HWY_UNLIKELY(!hn::AllTrue(di, hn::And(hn::Gt(exponent, hn::Zero(di)), hn::Lt(exponent, hn::Set(di, 0x7FF))))))
      return lanes(d, v);  // zero, infinite or NaN
    const double m = lanes(d, hn::BitCast(d, hn::Or(hn::AndNot(field, bits), hn::Set(di, int64_t{0x3FF} << 52))));
    const int64_t e = hn::GetLane(hn::SumOfLanes(di, exponent)) - 1023 * static_cast<int64_t>(hn::Lanes(d));
    if (e < -1100) return std::copysign(0.0, m);
    return std::abs(e) < 1000 ? m * std::bit_cast<double>((e + 1023) << 52) : lanes(d, v);
  }
  static HWY_NOINLINE WideVec blocks(const float* p, int64_t n) {
    const hn::ScalableTag<float> d;
    const WideTag dd;
    const int64_t width = static_cast<int64_t>(hn::Lanes(d)), block = 16 * width;
    auto x = hn::Set(dd, 1.0), y = x;
    for (; n >= block; n -= block) {
      auto a = hn::LoadU(d, p), b = hn::LoadU(d, p + width);
      p += 2 * width;
#pragma GCC unroll 1
      for (int k = 1; k < 8; ++k, p += 2 * width) {
        a = hn::Mul(a, hn::LoadU(d, p));
        b = hn::Mul(b, hn::LoadU(d, p + width));
      }
      multiply_total(d, x, y, hn::Mul(a, b));
    }
    return hn::Mul(x, y);
  }
  template <class D>
  static HWY_INLINE void multiply_total(D d, WideVec& x, WideVec& y, hn::Vec<D> v) {
    const WideTag dd;
#if HWY_TARGET == HWY_SCALAR
    x = hn::Mul(x, hn::PromoteTo(dd, v));
#else
    const hn::Half<D> half;
    x = hn::Mul(x, hn::PromoteTo(dd, hn::LowerHalf(half, v)));
    y = hn::Mul(y, hn::PromoteTo(dd, hn::UpperHalf(half, v)));
#endif
  }
  template <class Of>
  static void run(const ReducePlan& plan, const void* in, void* out) {
    LaneReduction<Product>::run(dtype_of<Of>, plan, in, out, nullptr);
  }
};

template <class T>
void fill() {
  norm_kernel.set(kCPU, dtype_of<T>, norm<T>);
  prod_kernel.set(kCPU, dtype_of<T>, Product<ComputeType<T>>::template run<T>);
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
