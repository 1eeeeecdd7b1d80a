// Elementary and special functions of one input.
#include "lampas/ops/math.h"

#include <cmath>

#include "lampas/ops/pointwise.h"
#include "lampas/ops/promotion.h"
#include "ops/activation.h"
#include "ops/elementwise_op.h"
#include "ops/inplace_result.h"
#include "ops/labelled.h"
#include "ops/math.h"
#include "ops/out.h"

namespace lampas {

namespace {

constexpr double kPi = 3.14159265358979323846, kLn2 = 0.69314718055994530942, kLn10 = 2.30258509299404568402,
                 kTwoOverRootPi = 1.12837916709551257390;

/// A function whose derivative is written in its input, or in its result.
template <class Op, const Kernel<PointwiseFn>& kernel, int cost = 6>
struct OfInput : UnaryOp<Op, kernel, Elementwise::floating, cost> {
  static constexpr bool analytic = true;
  using saves = Saves<In<0>>;
};
template <class Op, const Kernel<PointwiseFn>& kernel, int cost = 6>
struct OfResult : UnaryOp<Op, kernel, Elementwise::floating, cost> {
  static constexpr bool analytic = true;
  using saves = Saves<Out>;
};
using Need = const Needs<1>&;

struct Exp : OfResult<Exp, exp_kernel, 4> {
  static constexpr auto name = "exp";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const { return {g.mul(y)}; }
};
struct Exp2 : OfResult<Exp2, exp2_kernel, 4> {
  static constexpr auto name = "exp2";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const { return {g.mul(y).mul(kLn2)}; }
};
struct Expm1 : OfResult<Expm1, expm1_kernel> {
  static constexpr auto name = "expm1";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const { return {g.mul(y.add(1))}; }
};
struct Log : OfInput<Log, log_kernel, 4> {
  static constexpr auto name = "log";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.div(x)}; }
};
struct Log2 : OfInput<Log2, log2_kernel, 4> {
  static constexpr auto name = "log2";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.div(x.mul(kLn2))}; }
};
struct Log10 : OfInput<Log10, log10_kernel, 4> {
  static constexpr auto name = "log10";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.div(x.mul(kLn10))}; }
};
struct Log1p : OfInput<Log1p, log1p_kernel> {
  static constexpr auto name = "log1p";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.div(x.add(1))}; }
};

struct Sin : OfInput<Sin, sin_kernel> {
  static constexpr auto name = "sin";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.cos())}; }
};
struct Cos : OfInput<Cos, cos_kernel> {
  static constexpr auto name = "cos";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.sin()).neg()}; }
};
struct Tan : OfResult<Tan, tan_kernel, 8> {
  static constexpr auto name = "tan";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const { return {g.mul(y.mul(y).add(1))}; }
};
struct Asin : OfInput<Asin, asin_kernel> {
  static constexpr auto name = "asin";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.mul(x).neg().add(1).rsqrt())}; }
};
struct Acos : OfInput<Acos, acos_kernel> {
  static constexpr auto name = "acos";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(x.mul(x).neg().add(1).rsqrt()).neg()};
  }
};
struct Atan : OfInput<Atan, atan_kernel> {
  static constexpr auto name = "atan";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.div(x.mul(x).add(1))}; }
};
struct Sinh : OfInput<Sinh, sinh_kernel> {
  static constexpr auto name = "sinh";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.cosh())}; }
};
struct Cosh : OfInput<Cosh, cosh_kernel> {
  static constexpr auto name = "cosh";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.sinh())}; }
};
struct Asinh : OfInput<Asinh, asinh_kernel, 8> {
  static constexpr auto name = "asinh";
  const char* label = name;
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.mul(x).add(1).rsqrt())}; }
};
struct Acosh : OfInput<Acosh, acosh_kernel, 8> {
  static constexpr auto name = "acosh";
  const char* label = name;
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    // The root's branch: of a complex number it is not that of x^2 - 1.
    if (LAMPAS_UNLIKELY(is_complex(x))) return {g.mul(x.sub(1).rsqrt().mul(x.add(1).rsqrt()))};
    return {g.mul(x.mul(x).sub(1).rsqrt())};
  }
};
struct Atanh : OfInput<Atanh, atanh_kernel, 8> {
  static constexpr auto name = "atanh";
  const char* label = name;
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.div(x.mul(x).neg().add(1))}; }
};
struct Sinc : OfInput<Sinc, sinc_kernel, 10> {
  static constexpr auto name = "sinc";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    // (cos(pi x) - sinc(x)) / x; even, so flat at 0.
    const Tensor slope = x.mul(kPi).cos().sub(x.sinc()).div(x);
    return {g.mul(lampas::where(x.eq(0), wrapped_scalar(0.0), slope))};
  }
};

/// g (1 - y^2) and g y (1 - y): fused, and linear in g.
struct TanhBackward {
  static constexpr auto name = "tanh_backward";
  static constexpr bool analytic = true;
  using saves = Saves<In<0>, In<1>>;
  Tensor forward(const Tensor& g, const Tensor& y) const {
    return elementwise({name, tanh_backward_kernel, Elementwise::same, 2}, nullptr, {}, {&g, &y});
  }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& y) const {
    return {need[0] ? apply(TanhBackward{}, v, y) : Tensor(), need[1] ? v.mul(g).mul(y).mul(-2) : Tensor()};
  }
};
struct SigmoidBackward {
  static constexpr auto name = "sigmoid_backward";
  using saves = Saves<In<0>, In<1>>;
  Tensor forward(const Tensor& g, const Tensor& y) const {
    return elementwise({name, sigmoid_backward_kernel, Elementwise::same, 2}, nullptr, {}, {&g, &y});
  }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& y) const {
    return {need[0] ? apply(SigmoidBackward{}, v, y) : Tensor(), need[1] ? v.mul(g).mul(y.mul(-2).add(1)) : Tensor()};
  }
};
struct Tanh : OfResult<Tanh, tanh_kernel> {
  static constexpr auto name = "tanh";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const { return {apply(TanhBackward{}, g, y)}; }
};
struct Sigmoid : OfResult<Sigmoid, sigmoid_kernel> {
  static constexpr auto name = "sigmoid";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const { return {apply(SigmoidBackward{}, g, y)}; }
};
struct Logit {
  static constexpr auto name = "logit";
  using saves = Saves<In<0>>;
  std::optional<double> eps;
  Tensor write(const Tensor& out, const Tensor& x) const {
    const LogitParams p{eps ? *eps : -1};
    return elementwise({name, logit_kernel, Elementwise::floating, 8}, &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    const double low = eps && *eps >= 0 ? *eps : 0, high = 1 - low;
    // Flat where x was clamped; without clamping not defined outside [0, 1].
    const double outside = eps && *eps >= 0 ? 0.0 : NAN;
    const Tensor within = x.ge(low).logical_and(x.le(high));
    return {lampas::where(within, g.div(x.mul(x.neg().add(1))), wrapped_scalar(outside))};
  }
};

struct Erf : OfInput<Erf, erf_kernel, 8> {
  static constexpr auto name = "erf";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(x.mul(x).neg().exp()).mul(kTwoOverRootPi)};
  }
};
struct Erfc : OfInput<Erfc, erfc_kernel, 10> {
  static constexpr auto name = "erfc";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    return {g.mul(x.mul(x).neg().exp()).mul(-kTwoOverRootPi)};
  }
};
struct Erfinv : OfResult<Erfinv, erfinv_kernel, 10> {
  static constexpr auto name = "erfinv";
  Grads<1> backward(const Tensor& g, Need, const Tensor& y) const {
    return {g.mul(y.mul(y).exp()).mul(1 / kTwoOverRootPi)};
  }
};
struct Lgamma : OfInput<Lgamma, lgamma_kernel, 16> {
  static constexpr auto name = "lgamma";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.digamma())}; }
};
struct Digamma : OfInput<Digamma, digamma_kernel, 16> {
  static constexpr auto name = "digamma";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.polygamma(1))}; }
};
struct Polygamma {
  static constexpr auto name = "polygamma";
  using saves = Saves<In<0>>;
  int64_t n;
  const char* label = name;
  Tensor write(const Tensor& out, const Tensor& x) const {
    const PolygammaParams p{n};
    const auto& kernel = n == 0 ? digamma_kernel : n == 1 ? trigamma_kernel : polygamma_kernel;
    return elementwise({name, kernel, Elementwise::floating, 100}, &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(x.polygamma(n + 1))}; }
};
struct I0 : OfInput<I0, i0_kernel, 40> {
  static constexpr auto name = "i0";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const { return {g.mul(special_i1(x))}; }
};
struct I1 : OfInput<I1, i1_kernel, 40> {
  static constexpr auto name = "special_i1";
  Grads<1> backward(const Tensor& g, Need, const Tensor& x) const {
    // i0 - i1 / x, which is 1/2 at 0.
    const Tensor slope = x.i0().sub(special_i1(x).div(x));
    return {g.mul(lampas::where(x.eq(0), wrapped_scalar(0.5), slope))};
  }
};

Polygamma polygamma_op(int64_t n, const char* label = Polygamma::name) {
  check(n >= 0, "polygamma: polygamma(n, x) does not support negative n, got n = ", n);
  return {n, label};
}

}  // namespace

LAMPAS_DEFINE_UNARY(exp, Exp{})
LAMPAS_DEFINE_UNARY(exp2, Exp2{})
LAMPAS_DEFINE_UNARY(expm1, Expm1{})
LAMPAS_DEFINE_UNARY(log, Log{})
LAMPAS_DEFINE_UNARY(log2, Log2{})
LAMPAS_DEFINE_UNARY(log10, Log10{})
LAMPAS_DEFINE_UNARY(log1p, Log1p{})
LAMPAS_DEFINE_UNARY(sigmoid, Sigmoid{})
LAMPAS_DEFINE_UNARY(sin, Sin{})
LAMPAS_DEFINE_UNARY(cos, Cos{})
LAMPAS_DEFINE_UNARY(tan, Tan{})
LAMPAS_DEFINE_UNARY(asin, Asin{})
LAMPAS_DEFINE_UNARY_ALIAS(arcsin, asin)
LAMPAS_DEFINE_UNARY(acos, Acos{})
LAMPAS_DEFINE_UNARY_ALIAS(arccos, acos)
LAMPAS_DEFINE_UNARY(atan, Atan{})
LAMPAS_DEFINE_UNARY_ALIAS(arctan, atan)
LAMPAS_DEFINE_UNARY(sinh, Sinh{})
LAMPAS_DEFINE_UNARY(cosh, Cosh{})
LAMPAS_DEFINE_UNARY(tanh, Tanh{})
LAMPAS_DEFINE_UNARY_INPLACE(asinh, Asinh{}, labelled<Asinh>("asinh.1"))
LAMPAS_DEFINE_UNARY_ALIAS(arcsinh, asinh)
LAMPAS_DEFINE_UNARY_INPLACE(acosh, Acosh{}, labelled<Acosh>("acosh.1"))
LAMPAS_DEFINE_UNARY_ALIAS(arccosh, acosh)
LAMPAS_DEFINE_UNARY_INPLACE(atanh, Atanh{}, labelled<Atanh>("atanh.1"))
LAMPAS_DEFINE_UNARY_ALIAS(arctanh, atanh)
LAMPAS_DEFINE_UNARY(sinc, Sinc{})
LAMPAS_DEFINE_UNARY(erf, Erf{})
LAMPAS_DEFINE_UNARY(erfc, Erfc{})
LAMPAS_DEFINE_UNARY(erfinv, Erfinv{})
LAMPAS_DEFINE_UNARY(lgamma, Lgamma{})
LAMPAS_DEFINE_UNARY(digamma, Digamma{})
LAMPAS_DEFINE_UNARY(i0, I0{})

Tensor special_i1(const Tensor& x) { return apply(I1{}, x); }
Tensor& special_i1_out(Tensor& out, const Tensor& x) { return elementwise_out(I1{}, out, x); }

Tensor logit(const Tensor& x, std::optional<double> eps) { return apply(Logit{eps}, x); }
Tensor& logit_(Tensor& x, std::optional<double> eps) { return elementwise_inplace(Logit{eps}, x); }
Tensor& logit_out(Tensor& out, const Tensor& x, std::optional<double> eps) {
  return elementwise_out(Logit{eps}, out, x);
}
Tensor Tensor::logit(std::optional<double> eps) const { return apply(Logit{eps}, *this); }
Tensor& Tensor::logit_(std::optional<double> eps) const { return elementwise_inplace(Logit{eps}, *this); }

Tensor polygamma(int64_t n, const Tensor& x) { return apply(polygamma_op(n), x); }
Tensor& polygamma_out(Tensor& out, int64_t n, const Tensor& x) { return elementwise_out(polygamma_op(n), out, x); }
Tensor Tensor::polygamma(int64_t n) const { return apply(polygamma_op(n), *this); }
Tensor& Tensor::polygamma_(int64_t n) const { return elementwise_inplace(polygamma_op(n, "polygamma.1"), *this); }

Tensor mvlgamma(const Tensor& x, int64_t p) {
  check(p >= 1, "mvlgamma: p has to be greater than or equal to 1, got ", p);
  check(p <= 1 << 20, "mvlgamma: p has to be at most ", 1 << 20, ", got ", p);
  const double least = 0.5 * static_cast<double>(p - 1);
  check(x.numel() == 0 || !x.detach().le(least).any().item<bool>(),
        "mvlgamma: All elements must be greater than (p-1)/2, which is ", least);
  Tensor y = x.lgamma();
  for (int64_t j = 1; j < p; ++j) y = y.add(x.sub(0.5 * static_cast<double>(j)).lgamma());
  return y.add(0.5 * least * static_cast<double>(p) * std::log(kPi));
}
Tensor& mvlgamma_out(Tensor& out, const Tensor& x, int64_t p) { return result_out("mvlgamma", out, mvlgamma(x, p)); }
Tensor Tensor::mvlgamma(int64_t p) const { return lampas::mvlgamma(*this, p); }
Tensor& Tensor::mvlgamma_(int64_t p) const {
  return result_inplace("mvlgamma_", *this, false, [&](const Tensor& x) { return lampas::mvlgamma(x, p); });
}

template <class T>
static T& of_angles(const char* op, T& x) {
  check(!is_complex(x), op, ": is not supported for complex tensors, got ", x);
  return x;
}
Tensor deg2rad(const Tensor& x) { return mul_as("deg2rad", of_angles("deg2rad", x), wrapped_scalar(kPi / 180)); }
Tensor& deg2rad_(Tensor& x) { return mul_inplace_as("deg2rad", of_angles("deg2rad", x), wrapped_scalar(kPi / 180)); }
Tensor& deg2rad_out(Tensor& out, const Tensor& x) { return mul_out(out, of_angles("deg2rad", x), kPi / 180); }
Tensor Tensor::deg2rad() const { return lampas::deg2rad(*this); }
Tensor& Tensor::deg2rad_() const { return lampas::deg2rad_(const_cast<Tensor&>(*this)); }
Tensor rad2deg(const Tensor& x) { return mul_as("rad2deg", of_angles("rad2deg", x), wrapped_scalar(180 / kPi)); }
Tensor& rad2deg_(Tensor& x) { return mul_inplace_as("rad2deg", of_angles("rad2deg", x), wrapped_scalar(180 / kPi)); }
Tensor& rad2deg_out(Tensor& out, const Tensor& x) { return mul_out(out, of_angles("rad2deg", x), 180 / kPi); }
Tensor Tensor::rad2deg() const { return lampas::rad2deg(*this); }
Tensor& Tensor::rad2deg_() const { return lampas::rad2deg_(const_cast<Tensor&>(*this)); }

}  // namespace lampas
