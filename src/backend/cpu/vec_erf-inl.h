// Per-target header: the error function's family for float and double lanes.
// Bounds are maxima over the tests' samples on every target, in units in the last place (ULP) of the result.
#if defined(LAMPAS_BACKEND_CPU_VEC_ERF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_ERF_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_ERF_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_ERF_INL_H_
#endif

#include "backend/cpu/erf_pieces.h"
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_log-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3
/// Float lanes of 512 bits look the coefficients of short polynomials up, for pieces `width` wide: x less its piece's
/// centre.
template <class V, size_t kRows, size_t kPieces>
HWY_INLINE V from_centre(const float (&table)[kRows][kPieces], V x, double width, __m512i& index) {
  const hn::ScalableTag<float> d;
  index = _mm512_castps_si512(hn::MulAdd(x, constant(d, 1 / width), constant(d, kRounder<decltype(d)>)).raw);
  return hn::Sub(x, entry<V>(table[0], index));
}
template <class V, size_t kRows, size_t kPieces>
HWY_INLINE V of_pieces(const float (&table)[kRows][kPieces], V x, double width) {
  __m512i index;
  const V t = from_centre(table, x, width, index);
  return piecewise<1>(table, index, t);
}
#endif

/// erf(x) for |x| <= 1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf_central(D d, V x) {
  const V z = hn::Mul(x, x), z2 = hn::Mul(z, z);
  V p;
  if constexpr (is_f32<D>) {
    p = poly(d, z, z2, 0.128379166, -0.37612626, 0.112835854, -0.0268538129, 0.00518832775, -0.000801019429,
             7.85386364e-05);
  } else {
    p = poly(d, z, z2, 0.12837916709551256, -0.3761263890318352, 0.11283791670944185, -0.02686617064311151,
             0.00522397760611875, -0.0008548325929325842, 0.00012055293577202646, -1.4924712307288406e-05,
             1.6447131631175323e-06, -1.6206314181860133e-07, 1.371098208708096e-08, -7.779471387864578e-10);
  }
  return hn::MulAdd(x, p, x);
}
/// Error function: at most 2 ULP (float lanes of 512 bits 1.1).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    // Around 0 the first term is |x|.
    V first = at_most(d, hn::Abs(x), 3.93);
    __m512i index;
    const V t = from_centre(cpu::kErfPieces, first, 65.0 / 256, index), p = piecewise<2>(cpu::kErfPieces, index, t);
    const auto outer = _mm512_test_epi32_mask(index, _mm512_set1_epi32(15));
    first = V{_mm512_mask_permutexvar_ps(first.raw, outer, index, _mm512_load_ps(cpu::kErfPieces[1]))};
    return hn::CopySign(hn::MulAdd(t, p, first), x);
  }
#endif
  const V a = hn::Abs(x), b = at_most(d, a, is_f32<D> ? 3.95 : 6.0), b2 = hn::Mul(b, b);
  // 1 - e^(-b Q(b)) with b Q(b) = -log erfc(b); from 3.93 or 5.93 on it rounds to 1.
  V q;
  if constexpr (is_f32<D>) {
    q = poly(d, b, b2, 1.12847543, 0.635846794, 0.105096079, -0.0227856897, 0.00318298815, -0.000210165847);
  } else {
    q = poly(d, b, b2, 1.1283788566878974, 0.6366226418771618, 0.1027604008435901, -0.019096917615204684,
             -0.0002641145609196363, 0.0017634275027938945, -0.0006476811004595876, 5.7330036391843764e-05,
             5.8994862193362866e-05, -3.8035233800248094e-05, 1.3350631556898319e-05, -3.251860207114775e-06,
             5.749026827187818e-07, -7.307167822721156e-08, 6.363645052023098e-09, -3.4087394582227355e-10,
             8.478403024043163e-12);
  }
  const V outer = hn::CopySign(hn::Sub(constant(d, 1.0), exp_of_moderate(d, hn::Neg(hn::Mul(b, q)))), x);
  return hn::IfThenElse(hn::Lt(a, constant(d, 1.0)), erf_central(d, x), outer);
}

/// e^(a^2) erfc(a) for 0 <= a <= 10.25 (float) or 27.5 (double).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erfcx_of_non_negative(D d, V a) {
  if constexpr (is_f32<D>) {
    return hn::Div(horner(d, a, 1, 1.23969316, 0.732948601, 0.229859993, 0.0329312272),
                   horner(d, a, 1, 2.36807299, 2.40502334, 1.32787848, 0.407442003, 0.0583684072));
  } else {
    return hn::Div(horner(d, a, 1.0, 2.341783460344942, 2.7185695827590552, 2.0215978276502415, 1.056476214838397,
                          0.40358770147080086, 0.1139844534156976, 0.023530675408918802, 0.0034111177851065956,
                          0.0003157824406748119, 1.4352337767882605e-05),
                   horner(d, a, 1.0, 3.470162627440455, 5.6342287979962755, 5.6612343765823745, 3.920705824243934,
                          1.9705801603429938, 0.7359142412081743, 0.2050424882967261, 0.04198689114772479,
                          0.006058768282205961, 0.0005597098030233678, 2.543885634617439e-05));
  }
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erfc_of_any(D d, V x) {
  const V a = at_most(d, hn::Abs(x), is_f32<D> ? 10.25 : 27.5);
  V low;
  const V square = two_product(d, a, a, low);
  const V y = hn::Mul(exp_of_non_positive(d, hn::Neg(square), hn::Neg(low)), erfcx_of_non_negative(d, a));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(constant(d, 2.0), y), y);
}

/// Complementary error function: at most 8 (float) or 12 (double) ULP, in the far tail too (subnormal results down to x
/// = 10.05 or 27.2).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erfc(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    const V y = of_pieces(cpu::kErfcPieces, at_least(d, x, -3.85), 0.25);
    const auto far = hn::Gt(x, constant(d, 4.1));
    return HWY_LIKELY(hn::AllFalse(d, far)) ? y : hn::IfThenElse(far, erfc_of_any(d, x), y);
  }
#endif
  return erfc_of_any(d, x);
}

/// The standard normal distribution at x: `cdf` within 8 (float) or 12 (double) ULP in both tails, `kernel` =
/// e^(-x^2/2) within 2 ULP.
template <class D>
struct Normal {
  hn::Vec<D> cdf, kernel;
};
template <class D, class V = hn::Vec<D>>
HWY_INLINE Normal<D> normal(D d, V x) {
  const V a = at_most(d, hn::Abs(x), is_f32<D> ? 14.5 : 39.0), half = constant(d, -0.5);
  V low, ratio;
  const V square = two_product(d, a, a, low);
  Normal<D> n;
  n.kernel = exp_of_non_positive(d, hn::Mul(half, square), hn::Mul(half, low));
  if constexpr (is_f32<D>) {
    ratio = hn::Div(horner(d, a, 0.5, 0.438297749, 0.18323715, 0.0406338908, 0.0041164034),
                    horner(d, a, 1, 1.67448044, 1.20251167, 0.469475925, 0.101860501, 0.010318174));
  } else {
    ratio = hn::Div(horner(d, a, 0.5, 0.8279454824402035, 0.6796423956897638, 0.35737138319086975, 0.13205952685479963,
                           0.03567245006418691, 0.0071240283384811, 0.0010399187592216265, 0.00010659743078458111,
                           6.9778720368999415e-06, 2.242552776231657e-07),
                    horner(d, a, 1.0, 2.4537755256832727, 2.8171143989981378, 2.0015486087838967, 0.9801764560609835,
                           0.34835264856255127, 0.09198928015102179, 0.01812336673824729, 0.0026241806967327993,
                           0.0002677622586241128, 1.7490931344480243e-05, 5.621246196253235e-07));
  }
  const V tail = hn::Mul(n.kernel, ratio);
  n.cdf = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Sub(constant(d, 1.0), tail), tail);
  return n;
}

/// x times the normal distribution function.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V times_normal(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    V cdf = of_pieces(cpu::kNormalPieces, at_most(d, x, 5.43), 45.0 / 128);
    const auto far = hn::Lt(x, constant(d, -5.75));
    if (HWY_UNLIKELY(!hn::AllFalse(d, far))) cdf = hn::IfThenElse(far, normal(d, x).cdf, cdf);
    return hn::Mul(x, cdf);
  }
#endif
  return hn::Mul(x, normal(d, x).cdf);
}

/// Inverse error function of double lanes: at most 4 ULP; +-inf at +-1, NaN beyond.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erfinv_double(D d, V x) {
  const V one = constant(d, 1.0), a = hn::Abs(x);
  // A polynomial in log(1 - x^2) good to 2^-19, then one step of Halley's method, which cubes the error.
  const V w = hn::Neg(log(d, hn::Mul(hn::Sub(one, a), hn::Add(one, a))));
  const V u = hn::Sub(w, constant(d, 2.5)), v = hn::Sub(hn::Sqrt(w), constant(d, 4.0));
  const V central = horner(d, u, 1.50140917, 0.246641427, -0.00417625858, -0.00125463167, 0.000217335953,
                           -4.09415907e-06, -3.18587558e-06, 3.15630899e-07);
  const V outer = horner(d, v, 3.8397812433252794, 1.0095113528192527, 0.0012954934947891836, -0.0009427697583940896,
                         0.0002522031536587315, -2.7518967790479215e-05, 9.248225810969181e-05, -7.890487507631579e-05,
                         1.7534367138055988e-05);
  const V y = hn::Mul(a, hn::IfThenElse(hn::Lt(w, constant(d, 5.0)), central, outer));
  V low;
  const V square = two_product(d, y, y, low);
  const V kernel = exp_of_non_positive(d, hn::Neg(square), hn::Neg(low));
  // erf(y) - a, from whichever of erf and erfc loses nothing.
  const V error = hn::IfThenElse(hn::Lt(a, constant(d, 0.75)), hn::Sub(erf_central(d, y), a),
                                 hn::NegMulAdd(kernel, erfcx_of_non_negative(d, y), hn::Sub(one, a)));
  const V step = hn::Div(error, hn::Mul(constant(d, 1.1283791670955126), kernel));
  const V r = hn::Sub(y, hn::Div(step, hn::MulAdd(y, step, one)));
  const V bad = hn::IfThenElse(hn::Eq(a, one), infinity(d), quiet_nan(d));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, one), r, bad), x);
}
/// Inverse error function of float lanes: at most 2 ULP; +-inf at +-1, NaN beyond.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erfinv_float(D d, V x) {
  const V one = constant(d, 1.0), a = hn::Abs(x);
  // y / a - 1 as a polynomial in w = -log(1 - x^2), beyond 6 in its root, which stays below 4.1.
  const V l = log(d, hn::Mul(hn::Sub(one, a), hn::Add(one, a))), u = hn::Sub(constant(d, -0.5), l);
  V ratio = poly(d, u, hn::Mul(u, u), 0.00482268725, 0.241762459, 0.00791403186, -0.00247151591, -8.47820775e-06,
                 4.65123885e-05, -5.19261107e-07, -1.59032152e-06, 2.81205246e-07, -2.11766018e-08, 6.28796459e-10);
  const auto far = hn::Lt(l, constant(d, -6.0));  // |x| > 0.9987
  if (HWY_UNLIKELY(!hn::AllFalse(d, far))) {
    const V v = hn::Sub(hn::Sqrt(hn::Neg(l)), constant(d, 3.0));
    const V outer = horner(d, v, 1.83297682, 1.00167632, 0.00944440626, -0.00766425719, 0.00570738083, -0.00346178771,
                           0.00133287499, -0.000228087214);
    ratio = hn::IfThenElse(hn::Eq(a, one), infinity(d), hn::IfThenElse(far, outer, ratio));
  }
  return hn::CopySign(hn::MulAdd(a, ratio, a), x);
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erfinv(D d, V x) {
  if constexpr (is_f32<D>)
    return erfinv_float(d, x);
  else
    return erfinv_double(d, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_ERF_INL_H_
