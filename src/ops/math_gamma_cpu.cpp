// lgamma, digamma and trigamma. float64: at most 8 ULP for x > 0, next to the zeros too; below 0 lgamma at most 10 ULP
// and digamma absolute error 4e-15 or relative, where it is large. float32: at most 2 ULP for x > 0, below 0 computed
// in float64 and rounded once. float16 and bfloat16: rounded from float32. trigamma: relative error 4e-15, in float64
// whatever the type. lgamma is inf at 0, -1, -2, ... and +-inf; digamma -inf at 0, +inf at -0, NaN at negative integers
// and -inf; trigamma inf at 0, -1, -2, ... and NaN at -inf.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_gamma_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_double-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

constexpr double kPi = 3.14159265358979323846;

double log_gamma(double x) {
  int sign;  // unlike lgamma, lgamma_r writes no global
  return lgamma_r(x, &sign);
}

/// x - round(x): sin(pi x) and tan(pi x) are those of it but for signs.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V off_integer(D d, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, hn::GetLane(x) - std::nearbyint(hn::GetLane(x)));
#else
  return hn::Sub(x, hn::Round(x));
#endif
}

/// |sin(pi x)| / pi.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sin_over_pi(D d, V x) {
  const V r = hn::Abs(off_integer(d, x)), z = hn::Mul(r, r);
  return hn::Mul(r, poly(d, z, hn::Mul(z, z), 1.0, -1.6449340668482264, 0.8117424252833519, -0.19075182412194128,
                         0.026147847813078808, -0.0023460809634923995, 0.00014842817816693618, -6.972960555564221e-06,
                         2.459180384815939e-07));
}

/// log |gamma(x)|. On [1, 2] a rational function times (x - 1) (x - 2), below and up to 8 the recurrence, from 8 on
/// Stirling's series. Negative numbers: log gamma(x) = -log(|sin(pi x)| / pi) - log gamma(1 - x), which is but
/// absolutely accurate around its zeros; with kExactZeros the C library's there.
template <bool kExactZeros>
struct Lgamma : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V inf = infinity(d), one = constant(d, 1.0), two = constant(d, 2.0), zero = hn::Zero(d);
    const auto negative = hn::Lt(x, zero);
    const V p = hn::IfThenElse(negative, hn::Sub(one, x), x);
    const auto below = hn::Lt(p, one), large = hn::Ge(p, constant(d, 8.0));
    V q = hn::IfThenElse(large, one, hn::IfThenElse(below, hn::Add(p, one), p)), product = one;
    const int steps = hn::AllFalse(d, hn::Gt(q, two)) ? 0 : 6;  // all of them: where to stop could not be foreseen
    for (int k = 0; k < steps; ++k) {
      const auto more = hn::Gt(q, two);
      q = hn::IfThenElse(more, hn::Sub(q, one), q);
      product = hn::IfThenElse(more, hn::Mul(product, q), product);
    }
    const V a = hn::IfThenElse(below, p, hn::Sub(q, one)), b = hn::IfThenElse(below, hn::Sub(p, one), hn::Sub(q, two));
    const V central = hn::Div(
        hn::Mul(hn::Mul(a, b), horner(d, q, 2.35463202102353, 38.61851068285564, 124.04559445309506, 115.43722002018173,
                                      32.26110262380752, 2.162793979917625, 0.008478371562626699)),
        horner(d, q, 1.0, 29.765084669487294, 154.03913649152713, 228.96648246675971, 113.32487038883177,
               17.79176676643404, 0.6424348271914727));
    V argument = hn::IfThenElse(hn::Or(below, large), p, product);
    const bool reflect = !hn::AllFalse(d, negative);
    if (reflect) {
      const V s = sin_over_pi(d, x);
      argument = hn::IfThenElse(negative, hn::Mul(s, product), argument);
    }
    const V l = log(d, argument);
    V result = hn::Add(central, hn::IfThenElse(below, hn::Neg(l), l));
    if (!hn::AllFalse(d, large)) {
      const V r = hn::Div(one, p), z = hn::Mul(r, r);
      const V series = hn::MulAdd(
          r, horner(d, z, 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156),
          constant(d, 0.41893853320467274178));
      const V log_p = reflect ? log(d, p) : l;
      result = hn::IfThenElse(large, hn::MulAdd(hn::Sub(p, constant(d, 0.5)), hn::Sub(log_p, one), series), result);
    }
    if (!reflect) return result;
    // What is added to l is log gamma(1 - x) less the logarithm of `product`, which l has.
    const V rest = hn::IfThenElse(large, result, central);
    result = hn::IfThenElse(negative, hn::Neg(hn::Add(l, rest)), result);
    result = hn::IfThenElse(hn::Or(hn::Eq(hn::Abs(x), inf), hn::Eq(l, hn::Neg(inf))), inf, result);
    if constexpr (kExactZeros) {
      const auto cancelled =
          hn::And(negative, hn::Lt(hn::Abs(result), at_least(d, hn::Mul(rest, constant(d, 0.5)), 0.5)));
      result = patch_lanes(d, x, result, cancelled, log_gamma);
    }
    return result;
  }
};
/// The derivative of it, likewise. The zero at x0 = 1.46... is a factor of the function on [1, 2].
struct Digamma : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V one = constant(d, 1.0), two = constant(d, 2.0), zero = hn::Zero(d);
    const auto negative = hn::Lt(x, zero);
    const V p = hn::IfThenElse(negative, hn::Sub(one, x), x);
    const auto below = hn::Lt(p, one), large = hn::Ge(p, constant(d, 8.0));
    // The recurrence adds num / den.
    V q = hn::IfThenElse(large, one, hn::IfThenElse(below, hn::Add(p, one), p));
    V num = hn::IfThenElse(below, hn::Neg(one), zero), den = hn::IfThenElse(below, p, one);
    const int steps = hn::AllFalse(d, hn::Gt(q, two)) ? 0 : 6;
    for (int k = 0; k < steps; ++k) {
      const auto more = hn::Gt(q, two);
      q = hn::IfThenElse(more, hn::Sub(q, one), q);
      num = hn::IfThenElse(more, hn::MulAdd(num, q, den), num);
      den = hn::IfThenElse(more, hn::Mul(den, q), den);
    }
    const V from_zero = hn::Sub(hn::Sub(q, constant(d, 1.4616321449683622)), constant(d, 9.549995429965697e-17));
    const V over = hn::Mul(from_zero, horner(d, q, 0.6841667420576643, 2.1141788849481253, 1.7442689030677248,
                                             0.5055316065275464, 0.04845828149383241, 0.0010063648275238455));
    const V under = hn::Mul(q, horner(d, q, 1.0, 1.8287704903869435, 1.0246342913246937, 0.20936475621730802,
                                      0.013900238136816557, 0.00017903976768213897));
    V psi = hn::Div(hn::MulAdd(over, den, hn::Mul(num, under)), hn::Mul(under, den));
    if (!hn::AllFalse(d, large)) {
      const V r = hn::Div(one, p), z = hn::Mul(r, r);
      const V series =
          hn::Mul(z, horner(d, z, 1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12));
      psi = hn::IfThenElse(large, hn::Sub(hn::NegMulAdd(constant(d, 0.5), r, log(d, p)), series), psi);
    }
    if (!hn::AllFalse(d, negative)) {
      const V t = hn::Mul(off_integer(d, x), constant(d, kPi));
      const V cot = hn::IfThenElse(hn::Eq(t, zero), quiet_nan(d), hn::Div(cos(d, t), sin(d, t)));
      psi = hn::IfThenElse(negative, hn::NegMulAdd(constant(d, kPi), cot, psi), psi);
    }
    return psi;
  }
};

/// The derivative of that. Stirling's series from 10 on; below, of x + 10, and what lies between. For negative numbers
/// trigamma(x) = (pi / sin(pi x))^2 - trigamma(1 - x).
struct Trigamma : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V one = constant(d, 1.0), zero = hn::Zero(d);
    const auto negative = hn::Lt(x, zero);
    const V p = hn::IfThenElse(negative, hn::Sub(one, x), x);
    const auto small = hn::Lt(p, constant(d, 10.0));
    const V y = hn::IfThenElse(small, hn::Add(p, constant(d, 10.0)), p), r = hn::Div(one, y), z = hn::Mul(r, r);
    const V series = horner(d, z, 1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6);
    V result = hn::MulAdd(hn::Mul(r, z), series, hn::MulAdd(constant(d, 0.5), z, r));
    if (!hn::AllFalse(d, small)) {
      // 1 / (p + k)^2 + 1 / (p + 9 - k)^2 = (2 t + 81 - 2 c) / (t + c)^2 with t = p (p + 9) and c = k (9 - k), for k
      // from 0 to 4: one quotient.
      const V t = hn::Mul(p, hn::Add(p, constant(d, 9.0)));
      const V den = hn::Mul(hn::Mul(t, hn::Mul(hn::Add(t, constant(d, 8.0)), hn::Add(t, constant(d, 14.0)))),
                            hn::Mul(hn::Add(t, constant(d, 18.0)), hn::Add(t, constant(d, 20.0))));
      const V num = horner(d, t, 131681894400.0, 82783088640.0, 24999178752.0, 4547382016.0, 534089520.0, 41415072.0,
                           2107120.0, 67680.0, 1245.0, 10.0);
      result = hn::IfThenElse(small, hn::Add(result, hn::Div(num, hn::Mul(den, den))), result);
    }
    if (!hn::AllFalse(d, negative)) {
      const V s = sin_over_pi(d, x);
      result = hn::IfThenElse(negative, hn::Sub(hn::Div(one, hn::Mul(s, s)), result), result);
    }
    return result;
  }
};

void set_doubles() {
  lgamma_kernel.set(kCPU, kDouble, &map_kernel<Lgamma<true>, double, 1, 1>);
  digamma_kernel.set(kCPU, kDouble, &map_kernel<Digamma, double, 1, 1>);
  trigamma_kernel.set(kCPU, kDouble, &map_kernel<Trigamma, double, 1, 1>);
  set_through_double<Trigamma>(trigamma_kernel);
}

#if HWY_TARGET == HWY_AVX3
/// lgamma and digamma on [0.5, 8), four pieces an octave, which the last bits of the exponent and the first two of the
/// significand choose: minimax of the relative error, 2^-25 or better. Centres are the zeros where there are any.
alignas(64) inline constexpr float kLgammaPieces[8][16] = {
    {2.0f, 2.7499943f, 3.2500486f, 3.7499595f, 4.499998f, 5.4997597f, 6.4999294f, 7.500063f, 0.5625025f, 0.6874887f,
     0.8125156f, 1.0f, 1.0f, 1.3750126f, 1.6249907f, 2.0f},
    {0, 0.47520998f, 0.9358514f, 1.4867676f, 2.453734f, 3.9574268f, 5.6624355f, 7.534487f, 0.45865124f, 0.2763553f,
     0.14016066f, 0, 0, -0.117756374f, -0.1091755f, 0},
    {0.42278433f, 0.8188985f, 1.0170084f, 1.182525f, 1.3888705f, 1.6110452f, 1.7928996f, 1.9467665f, -1.684416f,
     -1.2559935f, -0.93657124f, -0.5772157f, -0.5772157f, -0.08731911f, 0.1472834f, 0.42278433f},
    {0.3224671f, 0.21878612f, 0.17989609f, 0.15267174f, 0.12436266f, 0.09967594f, 0.08314322f, 0.07130733f, 2.0230417f,
     1.4583162f, 1.1226041f, 0.82246447f, 0.82246566f, 0.52532667f, 0.42059472f, 0.3224658f},
    {-0.06734587f, -0.031450868f, -0.021359522f, -0.015426406f, -0.010259707f, -0.0066020964f, -0.0045982925f,
     -0.0033847007f, -1.9973227f, -1.1284119f, -0.7072465f, -0.40084276f, -0.40058646f, -0.17269139f, -0.112762295f,
     -0.06738898f},
    {0.020484775f, 0.006695028f, 0.003765358f, 0.0023226156f, 0.0012628202f, 0.0006539496f, 0.00038073445f,
     0.00024024905f, 2.547741f, 1.157452f, 0.60304356f, 0.26729566f, 0.26857576f, 0.08111282f, 0.043720897f,
     0.020197911f},
    {-0.006884746f, -0.0017196009f, -0.0007837823f, -0.00039646134f, -0.00018655918f, -7.792366e-05f, -3.720576e-05f,
     -1.8763998e-05f, -3.62005f, -1.3263304f, -0.5779094f, -0.2334385f, -0.18981133f, -0.044427045f, -0.019973585f,
     -0.008962435f},
    {0.0017294256f, 0.0004384541f, 0.00021039858f, 7.4335556e-05f, 3.222611e-05f, 1.0101774e-05f, 3.8863895e-06f,
     2.681129e-06f, 5.303436f, 1.5546085f, 0.56962234f, 0.12121412f, 0.095772415f, 0.025843862f, 0.009759494f,
     0.0009978747f}};
alignas(64) inline constexpr float kDigammaPieces[8][16] = {
    {2.25002f, 2.7501168f, 3.2500086f, 3.7500224f, 4.499978f, 5.499941f, 6.499999f, 7.4999905f, 0.5624976f, 0.6875355f,
     0.81251955f, 0.93750584f, 1.1250219f, 1.4616321f, 1.6250288f, 1.8749948f},
    {0.5725576f, 0.81895214f, 1.016994f, 1.1825442f, 1.3888655f, 1.6110814f, 1.7929112f, 1.9467561f, -1.6844358f,
     -1.2558569f, -0.9365624f, -0.6849901f, -0.38846222f, -1.2036052e-08f, 0.1473155f, 0.3388364f},
    {0.5573231f, 0.43754923f, 0.35979718f, 0.3053378f, 0.24872647f, 0.19934472f, 0.16628456f, 0.1426161f, 4.046143f,
     2.9163163f, 2.2451918f, 1.8089544f, 1.3880951f, 0.9676722f, 0.84116364f, 0.699621f},
    {-0.15186684f, -0.09434798f, -0.06407814f, -0.046272483f, -0.030778758f, -0.019804938f, -0.013793963f,
     -0.010152674f, -5.992274f, -3.3845718f, -2.1216934f, -1.4320072f, -0.87662315f, -0.44276318f, -0.33827576f,
     -0.23676386f},
    {0.054084238f, 0.02676335f, 0.015072582f, 0.009283426f, 0.005053294f, 0.002615205f, 0.0015222761f, 0.0009620224f,
     10.189426f, 4.6272063f, 2.4116628f, 1.3867977f, 0.6904374f, 0.25853214f, 0.17487152f, 0.103854425f},
    {-0.021285621f, -0.008436193f, -0.0039510103f, -0.0020838538f, -0.0009290196f, -0.000387268f, -0.00018855155f,
     -0.00010220598f, -17.874453f, -6.591408f, -2.8820372f, -1.4239523f, -0.58273375f, -0.16369161f, -0.0986394f,
     -0.050050218f},
    {0.008972469f, 0.0028556753f, 0.0010966728f, 0.000504517f, 0.0001852363f, 6.140921e-05f, 2.500226e-05f,
     1.1831951e-05f, 32.362484f, 9.673652f, 3.555919f, 1.497389f, 0.5161096f, 0.10553986f, 0.058215696f, 0.02574231f},
    {-0.0038836023f, -0.0009892833f, -0.0003352469f, -9.968398e-05f, -3.7697904e-05f, -1.0146738e-05f, -3.4950087e-06f,
     -1.8266054e-06f, -57.494907f, -13.976256f, -4.4099774f, -1.5439752f, -0.44693458f, -0.09724167f, -0.03748849f,
     -0.012549474f}};

/// The piece of x + 1 for `below`, else of x; without the rounding of that sum.
template <class D, class V, class M>
HWY_INLINE V of_gamma_pieces(D d, const float (&table)[8][16], V x, M below) {
  const V one = constant(d, 1.0), u = hn::IfThenElse(below, hn::Add(x, one), x);
  const auto index = _mm512_srli_epi32(_mm512_castps_si512(u.raw), 21);
  const V centre = entry<V>(table[0], index);
  return piecewise<1>(table, index, hn::Sub(x, hn::IfThenElse(below, hn::Sub(centre, one), centre)));
}
/// Factors c near 1 / m, for 1 + k / 16 or, from the eighth on, (16 + k) / 32, and -log c of so few bits that multiples
/// of the high part of log 2 and small integers can be added exactly.
alignas(64) inline constexpr float kLogScales[2][16] = {
    {0x1.000000p+0f, 0x1.d47b24p-1f, 0x1.b9b7f4p-1f, 0x1.a49908p-1f, 0x1.8f8434p-1f, 0x1.7deac0p-1f, 0x1.6bf76cp-1f,
     0x1.5bc826p-1f, 0x1.4ee3bap+0f, 0x1.41f962p+0f, 0x1.35c0c0p+0f, 0x1.292e36p+0f, 0x1.1f36dep+0f, 0x1.1578e6p+0f,
     0x1.0bee8cp+0f, 0x1.000000p+0f},
    {0x0.000000p+0f, 0x1.6bd800p-4f, 0x1.2e6400p-3f, 0x1.92bc00p-3f, 0x1.fc0c00p-3f, 0x1.2c2800p-2f, 0x1.5d7400p-2f,
     0x1.8c0800p-2f, -0x1.131200p-2f, -0x1.d59800p-3f, -0x1.865800p-3f, -0x1.317c00p-3f, -0x1.d74000p-4f,
     -0x1.49e800p-4f, -0x1.753000p-5f, 0x0.000000p+0f}};
/// log(x) = high + low to about 2^-29, for any x >= 0; `high` is exact.
template <class D, class V>
HWY_INLINE V log_in_parts(D d, V x, V& low) {
  const V one = constant(d, 1.0), m{_mm512_getmant_ps(x.raw, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan)};
  V e{_mm512_getexp_ps(x.raw)};
  e = hn::IfThenElse(hn::Lt(m, one), hn::Add(e, one), e);
  const auto index = _mm512_srli_epi32(_mm512_castps_si512(m.raw), 19);
  const V r = hn::MulSub(m, entry<V>(kLogScales[0], index), one), r2 = hn::Mul(r, r);
  const V tail = hn::MulAdd(r2, poly(d, r, r2, -0.500000005, 0.333344874, -0.250078366, 0.188573528),
                            hn::Mul(e, constant(d, 1.42860682e-6)));
  low = hn::Add(r, tail);
  return hn::MulAdd(e, constant(d, 0x1.62e4p-1), entry<V>(kLogScales[1], index));
}
/// F, of double lanes, of float lanes.
template <class F, class D, class V>
HWY_NOINLINE V in_double(D d, V x) {
  const hn::Half<D> dh;
  const hn::Rebind<double, hn::Half<D>> dd;
  return hn::Combine(d, hn::DemoteTo(dh, F(nullptr)(dd, hn::PromoteTo(dd, hn::UpperHalf(dh, x)))),
                     hn::DemoteTo(dh, F(nullptr)(dd, hn::PromoteTo(dd, hn::LowerHalf(dh, x)))));
}

struct LgammaOfFloats : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const auto below = hn::Lt(x, constant(d, 0.5)), large = hn::Ge(x, constant(d, 8.0));
    V y = of_gamma_pieces(d, kLgammaPieces, x, below);
    const auto with_log = hn::Or(below, large);
    if (hn::AllFalse(d, with_log)) return y;
    V low;
    const V high = log_in_parts(d, x, low);
    y = hn::IfThenElse(below, hn::Sub(hn::Sub(y, low), high), y);
    if (HWY_UNLIKELY(!hn::AllFalse(d, large))) {
      // (x - 1/2) (log x - 1) - 1/2 + log(2 pi) / 2 + 1 / (12 x) - ..., the product and its error.
      const V r = hn::Div(constant(d, 1.0), x), a = hn::Sub(x, constant(d, 0.5)), b = hn::Sub(high, constant(d, 1.0));
      const V series = hn::MulAdd(r, hn::MulAdd(hn::Mul(r, r), constant(d, -1.0 / 360), constant(d, 1.0 / 12)),
                                  constant(d, 0.41893853320467274178));
      const V product = hn::Mul(a, b), rest = hn::MulAdd(a, low, hn::MulSub(a, b, product));
      const V stirling =
          hn::IfThenElse(hn::Lt(x, constant(d, 4.0850036e36)), hn::Add(product, hn::Add(rest, series)), infinity(d));
      y = hn::IfThenElse(large, stirling, y);
    }
    const auto negative = hn::Lt(x, hn::Zero(d));
    return HWY_LIKELY(hn::AllFalse(d, negative)) ? y : hn::IfThenElse(negative, in_double<Lgamma<false>>(d, x), y);
  }
};
struct DigammaOfFloats : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const auto below = hn::Lt(x, constant(d, 0.5)), large = hn::Ge(x, constant(d, 8.0));
    V y = of_gamma_pieces(d, kDigammaPieces, x, below);
    const auto with_quotient = hn::Or(below, large);
    if (hn::AllFalse(d, with_quotient)) return y;
    const V r = hn::Div(constant(d, 1.0), x);
    y = hn::IfThenElse(below, hn::Sub(y, r), y);
    if (HWY_UNLIKELY(!hn::AllFalse(d, large))) {
      V low;
      const V high = log_in_parts(d, x, low);
      const V series =
          hn::MulAdd(r, hn::MulAdd(hn::Mul(r, r), constant(d, -1.0 / 120), constant(d, 1.0 / 12)), constant(d, 0.5));
      y = hn::IfThenElse(large, hn::Add(high, hn::NegMulAdd(r, series, low)), y);
    }
    const auto negative = hn::Lt(x, hn::Zero(d));
    return HWY_LIKELY(hn::AllFalse(d, negative)) ? y : hn::IfThenElse(negative, in_double<Digamma>(d, x), y);
  }
};

template <class F>
void set_floats(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &map_kernel<F, float, 1, 1>);
  slot.set(kCPU, kHalf, &map_kernel<F, Half, 1, 1>);
  slot.set(kCPU, kBFloat16, &map_kernel<F, BFloat16, 1, 1>);
}
void fill_slots() {
  set_floats<LgammaOfFloats>(lgamma_kernel);
  set_floats<DigammaOfFloats>(digamma_kernel);
  set_doubles();
}
#else
void fill_slots() {
  set_through_double<Lgamma<false>>(lgamma_kernel);
  set_through_double<Digamma>(digamma_kernel);
  set_doubles();
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
