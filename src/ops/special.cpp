// The functions of torch.special: ops of the kernels in special.h, and other names of ops that live elsewhere.
#include "lampas/ops/special.h"

#include <cmath>

#include "lampas/ops/math.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/softmax.h"
#include "ops/elementwise_op.h"
#include "ops/out.h"
#include "ops/special.h"

namespace lampas {

namespace {

using Need = const Needs<1>&;
constexpr double kRootTwoPi = 2.50662827463100050242, kRootHalf = 0.70710678118654752440;

template <class Op, const Kernel<PointwiseFn>& kernel, int cost = 40>
struct OfInput : UnaryOp<Op, kernel, Elementwise::floating, cost> {
  using saves = Saves<In<0>>;
};

struct Entr : OfInput<Entr, entr_kernel, 6> {
  static constexpr auto name = "special_entr";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.log().add(1).neg())}; }
};
struct Erfcx : OfInput<Erfcx, erfcx_kernel> {
  static constexpr auto name = "special_erfcx";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(x.mul(special_erfcx(x)).mul(2).sub(1.12837916709551257390))};
  }
};
struct LogNdtr : OfInput<LogNdtr, log_ndtr_kernel> {
  static constexpr auto name = "special_log_ndtr";
  // The density over the distribution function, both times e^(x^2 / 2).
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(2 / kRootTwoPi).div(special_erfcx(x.mul(-kRootHalf)))};
  }
};
struct Ndtri : UnaryOp<Ndtri, ndtri_kernel, Elementwise::floating, 12> {
  static constexpr auto name = "special_ndtri";
  using saves = Saves<Out>;
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const {
    return {g.mul(y.mul(y).mul(0.5).exp()).mul(kRootTwoPi)};
  }
};

struct I0e : OfInput<I0e, i0e_kernel> {
  static constexpr auto name = "special_i0e";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(special_i1e(x).sub(x.sign().mul(special_i0e(x))))};
  }
};
struct I1e : OfInput<I1e, i1e_kernel> {
  static constexpr auto name = "special_i1e";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    // i0e - i1e (sign(x) + 1 / x), which is 1/2 at 0.
    const Tensor slope = special_i0e(x).sub(special_i1e(x).mul(x.sign().add(x.reciprocal())));
    return {g.mul(lampas::where(x.eq(0), wrapped_scalar(0.5), slope))};
  }
};
struct BesselJ0 : OfInput<BesselJ0, bessel_j0_kernel> {
  static constexpr auto name = "special_bessel_j0";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(special_bessel_j1(x).neg())}; }
};
struct BesselJ1 : OfInput<BesselJ1, bessel_j1_kernel> {
  static constexpr auto name = "special_bessel_j1";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    const Tensor slope = special_bessel_j0(x).sub(special_bessel_j1(x).div(x));
    return {g.mul(lampas::where(x.eq(0), wrapped_scalar(0.5), slope))};
  }
};
struct BesselY0 : OfInput<BesselY0, bessel_y0_kernel> {
  static constexpr auto name = "special_bessel_y0";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(special_bessel_y1(x).neg())}; }
};
struct BesselY1 : OfInput<BesselY1, bessel_y1_kernel> {
  static constexpr auto name = "special_bessel_y1";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(special_bessel_y0(x).sub(special_bessel_y1(x).div(x)))};
  }
};
struct BesselK0 : OfInput<BesselK0, bessel_k0_kernel> {
  static constexpr auto name = "special_modified_bessel_k0";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(special_modified_bessel_k1(x).neg())};
  }
};
struct BesselK1 : OfInput<BesselK1, bessel_k1_kernel> {
  static constexpr auto name = "special_modified_bessel_k1";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(special_modified_bessel_k0(x).add(special_modified_bessel_k1(x).div(x)).neg())};
  }
};
struct BesselK0e : OfInput<BesselK0e, bessel_k0e_kernel> {
  static constexpr auto name = "special_scaled_modified_bessel_k0";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(special_scaled_modified_bessel_k0(x).sub(special_scaled_modified_bessel_k1(x)))};
  }
};
struct BesselK1e : OfInput<BesselK1e, bessel_k1e_kernel> {
  static constexpr auto name = "special_scaled_modified_bessel_k1";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    const Tensor y = special_scaled_modified_bessel_k1(x);
    return {g.mul(y.sub(y.div(x)).sub(special_scaled_modified_bessel_k0(x)))};
  }
};
struct SphericalJ0 : OfInput<SphericalJ0, spherical_j0_kernel> {
  static constexpr auto name = "special_spherical_bessel_j0";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    const Tensor slope = x.cos().sub(special_spherical_bessel_j0(x)).div(x);
    return {g.mul(lampas::where(x.eq(0), wrapped_scalar(0.0), slope))};
  }
};

template <class Op, const Kernel<PointwiseFn>& kernel>
struct OfTwo : BinaryOp<Op, kernel, Elementwise::floating, 60> {
  using saves = Saves<In<0>, In<1>>;
  const char* label = Op::name;
};
struct Xlog1py : OfTwo<Xlog1py, xlog1py_kernel> {
  static constexpr auto name = "special_xlog1py";
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    Grads<2> d;
    if (need[0]) d[0] = g.mul(lampas::where(a.eq(0).logical_and(b.le(-1)), wrapped_scalar(0.0), b.log1p()));
    if (need[1]) d[1] = g.mul(a.div(b.add(1)));
    return d;
  }
};
struct Zeta : OfTwo<Zeta, zeta_kernel> {
  static constexpr auto name = "special_zeta";
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& s, const Tensor& q) const {
    check(!need[0], "special_zeta: the derivative for 'self' is not implemented");
    return {Tensor(), need[1] ? g.mul(s.neg().mul(special_zeta(s.add(1), q))) : Tensor()};
  }
};

/// The density of the gamma distribution of shape a.
Tensor gamma_density(const Tensor& a, const Tensor& x) { return a.sub(1).mul(x.log()).sub(x).sub(a.lgamma()).exp(); }
struct Igamma : OfTwo<Igamma, igamma_kernel> {
  static constexpr auto name = "igamma";
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& x) const {
    check(!need[0], "igamma: the derivative for 'self' is not implemented");
    return {Tensor(), need[1] ? g.mul(gamma_density(a, x)) : Tensor()};
  }
};
struct Igammac : OfTwo<Igammac, igammac_kernel> {
  static constexpr auto name = "igammac";
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& x) const {
    check(!need[0], "igammac: the derivative for 'self' is not implemented");
    return {Tensor(), need[1] ? g.mul(gamma_density(a, x)).neg() : Tensor()};
  }
};

}  // namespace

LAMPAS_DEFINE_BINARY(igamma, Igamma{})
LAMPAS_DEFINE_BINARY(igammac, Igammac{})

#define LAMPAS_DEFINE_SPECIAL(fn, ...)                         \
  Tensor fn(const Tensor& x) { return apply(__VA_ARGS__, x); } \
  Tensor& fn##_out(Tensor& out, const Tensor& x) { return elementwise_out(__VA_ARGS__, out, x); }
LAMPAS_DEFINE_SPECIAL(special_entr, Entr{})
LAMPAS_DEFINE_SPECIAL(special_erfcx, Erfcx{})
LAMPAS_DEFINE_SPECIAL(special_log_ndtr, LogNdtr{})
LAMPAS_DEFINE_SPECIAL(special_ndtri, Ndtri{})
LAMPAS_DEFINE_SPECIAL(special_i0e, I0e{})
LAMPAS_DEFINE_SPECIAL(special_i1e, I1e{})
LAMPAS_DEFINE_SPECIAL(special_bessel_j0, BesselJ0{})
LAMPAS_DEFINE_SPECIAL(special_bessel_j1, BesselJ1{})
LAMPAS_DEFINE_SPECIAL(special_bessel_y0, BesselY0{})
LAMPAS_DEFINE_SPECIAL(special_bessel_y1, BesselY1{})
LAMPAS_DEFINE_SPECIAL(special_modified_bessel_k0, BesselK0{})
LAMPAS_DEFINE_SPECIAL(special_modified_bessel_k1, BesselK1{})
LAMPAS_DEFINE_SPECIAL(special_scaled_modified_bessel_k0, BesselK0e{})
LAMPAS_DEFINE_SPECIAL(special_scaled_modified_bessel_k1, BesselK1e{})
LAMPAS_DEFINE_SPECIAL(special_spherical_bessel_j0, SphericalJ0{})

Tensor special_ndtr(const Tensor& x) { return x.mul(-kRootHalf).erfc().mul(0.5); }
Tensor& special_ndtr_out(Tensor& out, const Tensor& x) { return result_out("special_ndtr", out, special_ndtr(x)); }

Tensor special_xlog1py(const Tensor& a, const Tensor& b) { return apply(Xlog1py{}, a, b); }
Tensor& special_xlog1py_out(Tensor& out, const Tensor& a, const Tensor& b) {
  return elementwise_out(Xlog1py{}, out, a, b);
}
Tensor special_zeta(const Tensor& s, const Tensor& q) { return apply(Zeta{}, s, q); }
Tensor& special_zeta_out(Tensor& out, const Tensor& s, const Tensor& q) { return elementwise_out(Zeta{}, out, s, q); }
#define LAMPAS_DEFINE_SPECIAL_SCALARS(fn, right, left)              \
  Tensor fn(const Tensor& a, const Scalar& b) { return right; }     \
  Tensor fn(const Scalar& a, const Tensor& b) { return left; }      \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Scalar& b) { \
    return lampas::fn##_out(out, a, wrapped_scalar(b));             \
  }                                                                 \
  Tensor& fn##_out(Tensor& out, const Scalar& a, const Tensor& b) { \
    return lampas::fn##_out(out, wrapped_scalar(a), b);             \
  }
LAMPAS_DEFINE_SPECIAL_SCALARS(special_xlog1py, apply(labelled<Xlog1py>("special_xlog1py.2"), a, wrapped_scalar(b)),
                              apply(labelled<Xlog1py>("special_xlog1py.1"), wrapped_scalar(a), b))
LAMPAS_DEFINE_SPECIAL_SCALARS(special_zeta, apply(labelled<Zeta>("special_zeta.2"), a, wrapped_scalar(b)),
                              apply(labelled<Zeta>("special_zeta.1"), wrapped_scalar(a), b))
LAMPAS_DEFINE_SPECIAL_SCALARS(special_xlogy, xlogy(a, b), xlogy(a, b))

#define LAMPAS_DEFINE_SPECIAL_ALIAS(alias, fn)            \
  Tensor alias(const Tensor& x) { return lampas::fn(x); } \
  Tensor& alias##_out(Tensor& out, const Tensor& x) { return lampas::fn##_out(out, x); }
LAMPAS_DEFINE_SPECIAL_ALIAS(special_digamma, digamma)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_erf, erf)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_erfc, erfc)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_erfinv, erfinv)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_exp2, exp2)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_expit, sigmoid)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_expm1, expm1)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_gammaln, lgamma)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_i0, i0)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_log1p, log1p)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_modified_bessel_i0, i0)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_modified_bessel_i1, special_i1)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_psi, digamma)
LAMPAS_DEFINE_SPECIAL_ALIAS(special_sinc, sinc)

Tensor special_gammainc(const Tensor& a, const Tensor& x) { return igamma(a, x); }
Tensor& special_gammainc_out(Tensor& out, const Tensor& a, const Tensor& x) { return igamma_out(out, a, x); }
Tensor special_gammaincc(const Tensor& a, const Tensor& x) { return igammac(a, x); }
Tensor& special_gammaincc_out(Tensor& out, const Tensor& a, const Tensor& x) { return igammac_out(out, a, x); }
Tensor special_xlogy(const Tensor& a, const Tensor& b) { return xlogy(a, b); }
Tensor& special_xlogy_out(Tensor& out, const Tensor& a, const Tensor& b) { return xlogy_out(out, a, b); }
Tensor special_logit(const Tensor& x, std::optional<double> eps) { return logit(x, eps); }
Tensor& special_logit_out(Tensor& out, const Tensor& x, std::optional<double> eps) { return logit_out(out, x, eps); }
Tensor special_round(const Tensor& x, int64_t decimals) { return round(x, decimals); }
Tensor& special_round_out(Tensor& out, const Tensor& x, int64_t decimals) { return round_out(out, x, decimals); }
Tensor special_polygamma(int64_t n, const Tensor& x) { return polygamma(n, x); }
Tensor& special_polygamma_out(Tensor& out, int64_t n, const Tensor& x) { return polygamma_out(out, n, x); }
Tensor special_multigammaln(const Tensor& x, int64_t p) { return mvlgamma(x, p); }
Tensor& special_multigammaln_out(Tensor& out, const Tensor& x, int64_t p) { return mvlgamma_out(out, x, p); }
Tensor special_logsumexp(const Tensor& x, IntArrayRef dim, bool keepdim) { return logsumexp(x, dim, keepdim); }
Tensor& special_logsumexp_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim) {
  return logsumexp_out(out, x, dim, keepdim);
}
Tensor special_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) { return softmax(x, dim, dtype); }
Tensor special_log_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return log_softmax(x, dim, dtype);
}

}  // namespace lampas
