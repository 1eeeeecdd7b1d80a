// Rounded quotients and remainders. Exact for floats: fmod and remainder are what the quotient leaves, div_floor the
// floor of the exact quotient; div_trunc truncates the rounded one, as PyTorch does. NaN for infinite dividends, and of
// fmod and remainder for a divisor of 0. Integers wrap, and give 0 for a divisor of 0, which is reported in params.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_divide_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>

#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR
/// std::fmod in the lanes where `rare` is set, r elsewhere.
template <class D, class V, class M>
HWY_NOINLINE V patch_fmod(D d, V x, V y, V r, M rare) {
  using T = hn::TFromD<D>;
  constexpr size_t kLanes = HWY_MAX_BYTES / sizeof(T);
  HWY_ALIGN T a[kLanes], b[kLanes];
  hn::Store(x, d, a);
  hn::Store(y, d, b);
  for (size_t i = 0; i < hn::Lanes(d); ++i) a[i] = std::fmod(a[i], b[i]);
  return hn::IfThenElse(rare, hn::Load(d, a), r);
}
#endif

/// Where the quotient has fewer bits than a significand, x - q y is exact in one fused operation; the rounded quotient
/// may be one too large.
template <class D, class V>
HWY_INLINE V fmod_of(D d, V x, V y) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, std::fmod(hn::GetLane(x), hn::GetLane(y)));
#else
  using T = hn::TFromD<D>;
  const V a = hn::Abs(x), b = hn::Abs(y), q = hn::Trunc(hn::Div(a, b));
  V r = hn::NegMulAdd(q, b, a);
  r = hn::IfThenElse(hn::Lt(r, hn::Zero(d)), hn::Add(r, b), r);
  const auto common = hn::And(hn::Lt(q, hn::Set(d, T(sizeof(T) == 4 ? 0x1p22 : 0x1p51))),
                              hn::Lt(b, hn::Set(d, std::numeric_limits<T>::infinity())));
  r = hn::CopySign(r, x);
  if (HWY_LIKELY(hn::AllTrue(d, common))) return r;
  return patch_fmod(d, x, y, r, hn::Not(common));
#endif
}
/// Where the remainder is not 0 and its sign is not the divisor's.
template <class D, class V>
HWY_INLINE hn::Mask<D> wrong_side(D d, V r, V y) {
  const V zero = hn::Zero(d);
  return hn::Or(hn::And(hn::Lt(r, zero), hn::Gt(y, zero)), hn::And(hn::Gt(r, zero), hn::Lt(y, zero)));
}

struct DivTrunc : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(d, std::trunc(hn::GetLane(hn::Div(x, y))));
#else
    (void)d;
    return hn::Trunc(hn::Div(x, y));
#endif
  }
};
/// As PyTorch does: what fmod leaves is taken away, the rest divided and moved to the nearest integer.
template <class D, class V>
HWY_NOINLINE V div_floor_by_steps(D d, V x, V y) {
  const V one = hn::Set(d, hn::TFromD<D>(1)), zero = hn::Zero(d), r = fmod_of(d, x, y), ratio = hn::Div(x, y);
  V q = hn::Div(hn::Sub(x, r), y);  // an integer but for rounding
  q = hn::IfThenElse(wrong_side(d, r, y), hn::Sub(q, one), q);
#if HWY_TARGET == HWY_SCALAR
  const V low = hn::Set(d, std::floor(hn::GetLane(q)));
#else
  const V low = hn::Floor(q);
#endif
  const V near = hn::IfThenElse(hn::Gt(hn::Sub(q, low), hn::Set(d, hn::TFromD<D>(0.5))), hn::Add(low, one), low);
  const V quotient = hn::IfThenElse(hn::Eq(q, zero), hn::CopySign(zero, ratio), near);
  return hn::IfThenElse(hn::Eq(y, zero), ratio, quotient);
}
struct DivFloor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
#if HWY_TARGET == HWY_SCALAR
    return div_floor_by_steps(d, x, y);
#else
    // Of ordinary quotients those steps find the exact floor. The truncated one may be 1 too large, which what it
    // leaves tells; it is the floor's absolute value where signs agree, else what the floor's is rounded down from.
    using T = hn::TFromD<D>;
    const V a = hn::Abs(x), b = hn::Abs(y), one = hn::Set(d, T(1)), zero = hn::Zero(d);
    V q = hn::Trunc(hn::Div(a, b));
    const V r = hn::NegMulAdd(q, b, a);
    const auto usual = hn::And(hn::Lt(q, hn::Set(d, T(sizeof(T) == 4 ? 0x1p22 : 0x1p51))), hn::Eq(r, r));
    if (HWY_UNLIKELY(!hn::AllTrue(d, usual))) return div_floor_by_steps(d, x, y);
    const V sign = hn::Xor(x, y);
    const auto opposite = hn::Lt(hn::CopySign(one, sign), zero);
    q = hn::IfThenElse(hn::And(opposite, hn::Gt(r, zero)), hn::Add(q, one), q);
    q = hn::IfThenElse(hn::AndNot(opposite, hn::Lt(r, zero)), hn::Sub(q, one), q);
    return hn::CopySign(q, sign);
#endif
  }
};
struct Fmod : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return fmod_of(d, x, y);
  }
};
struct Remainder : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    const V r = fmod_of(d, x, y);
    return hn::IfThenElse(wrong_side(d, r, y), hn::Add(r, y), r);
  }
};

enum class Division { trunc, floor, fmod, remainder };
template <class T, Division kind>
struct DivideInt : WithParams<DivideParams>, PlainOp<T, T, T> {
  using WithParams<DivideParams>::WithParams;
  HWY_INLINE T operator()(T x, T y) const {
    if (HWY_UNLIKELY(y == 0)) {
      if (params.zero_divisor) params.zero_divisor->store(true, std::memory_order_relaxed);
      return 0;
    }
    constexpr bool quotient = kind == Division::trunc || kind == Division::floor;
    if (std::is_signed_v<T> && y == static_cast<T>(-1)) return quotient ? static_cast<T>(0 - wrap(x)) : T(0);
    if constexpr (sizeof(T) == 8) {  // narrow divisions are quicker, and most numbers are small
      if (((wrap(x) | wrap(y)) >> 32) == 0) {
        const uint32_t a = static_cast<uint32_t>(x), b = static_cast<uint32_t>(y);
        return static_cast<T>(quotient ? a / b : a % b);
      }
    }
    // Looking at the signs first is quicker than correcting every result.
    const bool opposite = (x < 0) != (y < 0);
    if (quotient) {
      const T q = static_cast<T>(x / y);
      return kind == Division::floor && opposite && q * y != x ? static_cast<T>(q - 1) : q;
    }
    const T r = static_cast<T>(x % y);
    return kind == Division::remainder && opposite && r != 0 ? static_cast<T>(r + y) : r;
  }
};
template <class T>
using DivTruncInt = DivideInt<T, Division::trunc>;
template <class T>
using DivFloorInt = DivideInt<T, Division::floor>;
template <class T>
using FmodInt = DivideInt<T, Division::fmod>;
template <class T>
using RemainderInt = DivideInt<T, Division::remainder>;

#if HWY_TARGET == HWY_AVX3
/// Eight quotients of int64, or what they leave, as DivideInt gives them: a quotient in float64 is right but for a few
/// thousands, that of what it leaves but for 1.
template <Division kind>
HWY_INLINE __m512i divide_eight(__m512i x, __m512i y, __mmask8 zero) {
  const __m512i none = _mm512_setzero_si512();
  const __m512d a = _mm512_cvtepi64_pd(x), b = _mm512_cvtepi64_pd(y);
  __m512i q = _mm512_cvttpd_epi64(_mm512_div_pd(a, b));
  __m512i r = _mm512_sub_epi64(x, _mm512_mullo_epi64(q, y));
  // Below 2^51 the first quotient is off by 1 at most.
  if (HWY_UNLIKELY(_mm512_cmp_pd_mask(_mm512_abs_pd(a), _mm512_set1_pd(0x1p51), _CMP_GE_OQ))) {
    const __m512i more = _mm512_cvttpd_epi64(_mm512_div_pd(_mm512_cvtepi64_pd(r), b));
    q = _mm512_add_epi64(q, more);
    r = _mm512_sub_epi64(r, _mm512_mullo_epi64(more, y));
  }
  // Now |r| <= |y|. First to the floor, then (where the sign of x is asked for) back towards 0.
  const __mmask8 beside = _mm512_movepi64_mask(_mm512_xor_si512(r, y)) & _mm512_test_epi64_mask(r, r);
  r = _mm512_mask_add_epi64(r, beside, r, y);
  const __mmask8 whole = _mm512_cmpeq_epi64_mask(r, y);
  r = _mm512_mask_sub_epi64(r, whole, r, y);
  const __m512i one = _mm512_set1_epi64(1);
  q = _mm512_mask_sub_epi64(q, beside, q, one);
  q = _mm512_mask_add_epi64(q, whole, q, one);
  if (kind == Division::trunc || kind == Division::fmod) {
    const __mmask8 over = _mm512_movepi64_mask(_mm512_xor_si512(x, y)) & _mm512_test_epi64_mask(r, r);
    r = _mm512_mask_sub_epi64(r, over, r, y);
    q = _mm512_mask_add_epi64(q, over, q, one);
  }
  const bool quotient = kind == Division::trunc || kind == Division::floor;
  return _mm512_mask_mov_epi64(quotient ? q : r, zero, none);
}
template <Division kind>
void divide_int64(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  const DivideInt<int64_t, kind> one(params);
  int64_t* out = reinterpret_cast<int64_t*>(data[0]);
  const int64_t *x = reinterpret_cast<const int64_t*>(data[1]), *y = reinterpret_cast<const int64_t*>(data[2]);
  const int64_t x_step = strides[1] != 0, y_step = strides[2] != 0;
  const __m512i x_all = _mm512_set1_epi64(*x), y_all = _mm512_set1_epi64(*y);
  bool zeros = false;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m512i a = x_step ? _mm512_loadu_si512(x + i) : x_all, b = y_step ? _mm512_loadu_si512(y + i) : y_all;
    const __mmask8 zero = _mm512_testn_epi64_mask(b, b);
    zeros |= zero != 0;
    _mm512_storeu_si512(out + i, divide_eight<kind>(a, b, zero));
  }
  if (zeros && one.params.zero_divisor) one.params.zero_divisor->store(true, std::memory_order_relaxed);
  for (; i < n; ++i) out[i] = one(x[i * x_step], y[i * y_step]);
}
#endif

void fill_slots() {
  set_lanes<DivTrunc, 2>(div_trunc_kernel);
  set_lanes<DivFloor, 2, 1>(div_floor_kernel);
  set_lanes<Fmod, 2, 1>(fmod_kernel);
  set_lanes<Remainder, 2, 1>(remainder_kernel);
  set_integers<DivTruncInt>(div_trunc_kernel);
  set_integers<DivFloorInt>(div_floor_kernel);
  set_integers<FmodInt>(fmod_kernel);
  set_integers<RemainderInt>(remainder_kernel);
#if HWY_TARGET == HWY_AVX3
  div_trunc_kernel.set(kCPU, kLong, &divide_int64<Division::trunc>);
  div_floor_kernel.set(kCPU, kLong, &divide_int64<Division::floor>);
  fmod_kernel.set(kCPU, kLong, &divide_int64<Division::fmod>);
  remainder_kernel.set(kCPU, kLong, &divide_int64<Division::remainder>);
#endif
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
