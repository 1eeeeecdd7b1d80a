// Powers and functions of two inputs: pow, float_power, atan2, hypot, logaddexp, logaddexp2, xlogy, copysign,
// nextafter, heaviside, ldexp, frexp.
#include <cmath>

#include "lampas/ops/compare.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "ops/defined.h"
#include "ops/elementwise_op.h"
#include "ops/out.h"
#include "ops/pointwise.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

constexpr auto kSame = Elementwise::same, kFloating = Elementwise::floating;

/// x ** y with tensors on both sides, or a number for x.
struct Pow {
  static constexpr auto name = "pow";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>, Out>;
  const char* label = "pow.1";
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& y) const {
    return elementwise({name, pow_kernel, Elementwise::same, 16}, nullptr, out, {&x, &y});
  }
  Tensor forward(const Tensor& x, const Tensor& y) const { return write({}, x, y); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& x, const Tensor& y, const Tensor& r) const {
    Grads<2> d;
    // x^0 is flat, also at x = 0; 0^y with y >= 0 is flat in y.
    if (need[0]) d[0] = lampas::where(y.eq(0), wrapped_scalar(0.0), g.mul(y).mul(lampas::pow(x, y.sub(1))));
    if (need[1]) {
      const Tensor flat = x.eq(0).logical_and(y.ge(0));
      d[1] = g.mul(lampas::where(flat, wrapped_scalar(0.0), r.mul(x.log())));
    }
    return d;
  }
};

/// x ** number.
struct PowScalar {
  static constexpr auto name = "pow";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>>;
  Scalar exponent;
  Tensor write(const Tensor& out, const Tensor& x) const {
    ValueParams p;
    p.value = exponent.toDouble();
    if (exponent.isIntegral(true)) p.value_int = exponent.toLong();
    const Tensor e = wrapped_scalar(exponent);
    const ScalarType compute = result_type({&x, &e});
    check(!is_integral(compute, true) || p.value_int >= 0, "pow: Integers to negative integer powers are not allowed.");
    check_number(exponent, compute);
    const double a = std::abs(p.value);
    const bool cheap = a == 0.5 || a == 1 || a == 2 || p.value == 3 || p.value == 0;
    // Roots as PyTorch's, also of -inf and -0, where a power's would be inf and 0.
    const bool floats = is_floating_point(compute), square = p.value == 2 && floats, root = a == 0.5 && floats;
    const auto& kernel = square ? square_kernel : !root ? pow_scalar_kernel : p.value > 0 ? sqrt_kernel : rsqrt_kernel;
    return elementwise_as({name, kernel, Elementwise::same, cheap ? 1 : 16}, compute, FirstInput::operand, &p, out,
                          {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    const double e = exponent.toDouble();
    if (e == 0) return {zeros_like(x)};
    // By way of x where derivatives of this one may follow: they are zero, not missing.
    if (e == 1) return {detail::thread_state.grad_mode ? g.mul(lampas::pow(x, 0)) : g};
    if (e == 2) return {g.mul(x).mul(2)};
    const Scalar less = exponent.isIntegral(true) ? Scalar(exponent.toLong() - 1) : Scalar(e - 1);
    return {g.mul(lampas::pow(x, less).mul(exponent))};
  }
};

struct Atan2 : BinaryOp<Atan2, atan2_kernel, kFloating, 10> {
  static constexpr auto name = "atan2";
  using saves = Saves<In<0>, In<1>>;
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    // The angle at the origin is not differentiable; 0 there.
    const Tensor r2 = a.mul(a).add(b.mul(b));
    const Tensor s = lampas::where(r2.eq(0), wrapped_scalar(0.0), g.div(r2));
    return {need[0] ? s.mul(b) : Tensor(), need[1] ? s.mul(a).neg() : Tensor()};
  }
};

struct Hypot : BinaryOp<Hypot, hypot_kernel, kSame, 4> {
  static constexpr auto name = "hypot";
  using saves = Saves<In<0>, In<1>, Out>;
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b, const Tensor& y) const {
    return {need[0] ? g.mul(a.div(y)) : Tensor(), need[1] ? g.mul(b.div(y)) : Tensor()};
  }
};

/// log(exp(a) + exp(b)), or the same with powers of two: each input's share is the sigmoid of its lead.
struct LogAddExp {
  static constexpr auto name = "logaddexp";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>>;
  bool twos;
  friend const char* label_of(const LogAddExp& op) { return op.twos ? "logaddexp2" : name; }
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({twos ? "logaddexp2" : name, twos ? logaddexp2_kernel : logaddexp_kernel, kSame, 12}, nullptr,
                       out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    constexpr double kLn2 = 0.69314718055994530942;
    const Tensor lead = twos ? a.sub(b).mul(kLn2) : a.sub(b);
    return {need[0] ? g.mul(lead.sigmoid()) : Tensor(), need[1] ? g.mul(lead.neg().sigmoid()) : Tensor()};
  }
};

struct Xlogy : BinaryOp<Xlogy, xlogy_kernel, kFloating, 6> {
  static constexpr auto name = "xlogy";
  using saves = Saves<In<0>, In<1>>;
  const char* label = name;
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    Grads<2> d;
    // Where a is 0 and b not positive the logarithm is not finite, though the product is 0.
    if (need[0]) d[0] = g.mul(lampas::where(a.eq(0).logical_and(b.le(0)), wrapped_scalar(0.0), b.log()));
    if (need[1]) d[1] = g.mul(a.div(b));
    return d;
  }
};

struct Frexp {
  static constexpr auto name = "frexp";
  using saves = Saves<In<0>, Out>;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Tensor from = plain(x.to(kDouble));
    Tensor mantissa = empty_of(x, x.sizes(), kDouble), exponent = empty_of(x, x.sizes(), kInt);
    const auto* v = from.impl()->data_as<double>();
    auto* m = mantissa.impl()->data_as<double>();
    auto* e = exponent.impl()->data_as<int>();
    for (int64_t k = 0; k < x.numel(); ++k) {
      e[k] = 0;
      m[k] = std::isfinite(v[k]) ? std::frexp(v[k], &e[k]) : v[k];
    }
    return {mantissa.to(x.scalar_type()), exponent};
  }
  /// The mantissa is x times a power of two.
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    if (!g[0].defined()) return {};
    const Tensor v = x.detach(), power = y.detach().div(v);
    return {g[0].mul(lampas::where(v.isfinite().logical_and(v.ne(0)), power, wrapped_scalar(1.0)))};
  }
};

struct CopySign : BinaryOp<CopySign, copysign_kernel, kFloating> {
  static constexpr auto name = "copysign";
  using saves = Saves<In<0>, Out>;
  const char* label = name;
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& y) const {
    return {need[0] ? lampas::where(a.eq(0), wrapped_scalar(0.0), g.mul(y.sign().mul(a.sign()))) : Tensor(),
            need[1] ? zeros_like(g) : Tensor()};
  }
};

struct NextAfter : BinaryOp<NextAfter, nextafter_kernel, kSame, 4> {
  static constexpr auto name = "nextafter";
  using saves = Saves<>;
  Grads<2> backward(const Tensor&, const Needs<2>&) const {
    fail("nextafter: not differentiable: its derivative is not defined");
  }
};

struct Heaviside {
  static constexpr auto name = "heaviside";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& values) const {
    check(x.scalar_type() == values.scalar_type() && (!out.defined() || out.scalar_type() == x.scalar_type()),
          "heaviside: heaviside is not yet implemented for tensors with different dtypes: ", x.scalar_type(), " and ",
          values.scalar_type());
    return elementwise({name, heaviside_kernel}, nullptr, out, {&x, &values});
  }
  Tensor forward(const Tensor& x, const Tensor& values) const { return write({}, x, values); }
  Grads<2> backward(const Tensor&, const Needs<2>&) const {
    fail("heaviside: not differentiable: its derivative is not defined");
  }
};

bool is_complex_number(const Tensor& x) { return x.defined() && is_complex(x.scalar_type()); }
bool is_complex_number(const Scalar& x) { return x.isComplex(); }

/// z^w as e^(w log z); 0^w is 0, 0^0 is 1.
Tensor complex_power(const Tensor& x, const Tensor& y) {
  check_defined("pow", x);
  check_defined("pow", y, "exponent");
  const ScalarType t = result_type({&x, &y});
  const Tensor z = x.to(t), w = y.to(t), zero = z.detach().eq(0);
  return z.masked_fill(zero, 1).log().mul(w).exp().masked_fill(zero.logical_and(w.detach().ne(0)), 0);
}
/// Small powers as products.
Tensor complex_power(const Tensor& x, const Scalar& y) {
  check_defined("pow", x);
  const complex<double> w = y.to<complex<double>>();
  const Tensor number = wrapped_scalar(y), z = x.to(result_type({&x, &number}));
  if (w.imag() == 0) {
    if (w.real() == 2) return z.mul(z);
    if (w.real() == 0.5) return z.sqrt();
    if (w.real() < 0) return complex_power(z, -y).reciprocal();
  }
  return complex_power(z, number);
}

/// The exponent where it is a number that promotes nothing, so that small powers are products.
Tensor power(const Tensor& x, const Tensor& y, const Pow& op = {}) {
  if (y.defined() && y.impl()->wrapped_number && !y.requires_grad()) return pow(x, y.item());
  if (LAMPAS_UNLIKELY(is_complex_number(x) || is_complex_number(y))) return complex_power(x, y);
  return apply(op, x, y);
}

}  // namespace

Tensor pow(const Tensor& x, const Tensor& y) { return power(x, y); }
Tensor pow(const Tensor& x, const Scalar& y) {
  if (LAMPAS_UNLIKELY(is_complex_number(x) || is_complex_number(y))) return complex_power(x, y);
  return apply(PowScalar{y}, x);
}
Tensor pow(const Scalar& x, const Tensor& y) { return power(wrapped_scalar(x), y, {"pow.2"}); }
Tensor& pow_out(Tensor& out, const Tensor& x, const Tensor& y) {
  if (is_complex_number(x) || is_complex_number(y)) return result_out("pow", out, complex_power(x, y));
  return elementwise_out(Pow{}, out, x, y);
}
Tensor& pow_out(Tensor& out, const Tensor& x, const Scalar& y) {
  if (is_complex_number(x) || is_complex_number(y)) return result_out("pow", out, complex_power(x, y));
  return elementwise_out(PowScalar{y}, out, x);
}
Tensor& pow_out(Tensor& out, const Scalar& x, const Tensor& y) { return pow_out(out, wrapped_scalar(x), y); }
Tensor Tensor::pow(const Tensor& y) const { return power(*this, y); }
Tensor Tensor::pow(const Scalar& y) const { return lampas::pow(*this, y); }
namespace {
template <class Y>
Tensor& power_inplace(const Tensor& x, const Y& y) {
  if (LAMPAS_UNLIKELY(is_complex_number(x))) return x.copy_(complex_power(x, y));
  check_type(!is_complex_number(y), "pow_: result type complex can't be cast to the desired output type ",
             x.scalar_type());
  if constexpr (std::is_same_v<Y, Scalar>)
    return elementwise_inplace(PowScalar{y}, x);
  else
    return elementwise_inplace(Pow{}, x, y);
}
}  // namespace
Tensor& Tensor::pow_(const Tensor& y) const { return power_inplace(*this, y); }
Tensor& Tensor::pow_(const Scalar& y) const { return power_inplace(*this, y); }

namespace {
/// In float64; complex numbers keep their imaginary parts.
Tensor as_double(const Tensor& x) { return x.to(promote_types(x.scalar_type(), kDouble)); }
Scalar as_double(const Scalar& x) { return x.isComplex() ? x : Scalar(x.toDouble()); }
void check_float_power(const Tensor& out, bool of_complex) {
  const ScalarType wanted = of_complex ? kComplexDouble : kDouble;
  check(out.scalar_type() == wanted, "float_power: the operation's result requires dtype ", wanted,
        ", but the output has ", out.scalar_type());
}
template <class X, class Y>
Tensor& float_power_into(Tensor& out, const X& x, const Y& y) {
  check_float_power(out, is_complex_number(x) || is_complex_number(y));
  return pow_out(out, as_double(x), as_double(y));
}
}  // namespace
Tensor float_power(const Tensor& x, const Tensor& y) { return lampas::pow(as_double(x), as_double(y)); }
Tensor float_power(const Tensor& x, const Scalar& y) { return lampas::pow(as_double(x), as_double(y)); }
Tensor float_power(const Scalar& x, const Tensor& y) { return lampas::pow(as_double(x), as_double(y)); }
Tensor& float_power_out(Tensor& out, const Tensor& x, const Tensor& y) { return float_power_into(out, x, y); }
Tensor& float_power_out(Tensor& out, const Tensor& x, const Scalar& y) { return float_power_into(out, x, y); }
Tensor& float_power_out(Tensor& out, const Scalar& x, const Tensor& y) { return float_power_into(out, x, y); }
Tensor Tensor::float_power(const Tensor& y) const { return lampas::float_power(*this, y); }
Tensor Tensor::float_power(const Scalar& y) const { return lampas::float_power(*this, y); }
Tensor& Tensor::float_power_(const Tensor& y) const {
  check_float_power(*this, is_complex_number(*this) || is_complex_number(y));
  return pow_(as_double(y));
}
Tensor& Tensor::float_power_(const Scalar& y) const {
  check_float_power(*this, is_complex_number(*this) || is_complex_number(y));
  return pow_(as_double(y));
}

LAMPAS_DEFINE_BINARY(atan2, Atan2{})
LAMPAS_DEFINE_BINARY(arctan2, Atan2{})
LAMPAS_DEFINE_BINARY(hypot, Hypot{})
Tensor logaddexp(const Tensor& a, const Tensor& b) { return apply(LogAddExp{false}, a, b); }
Tensor& logaddexp_out(Tensor& out, const Tensor& a, const Tensor& b) {
  return elementwise_out(LogAddExp{false}, out, a, b);
}
Tensor Tensor::logaddexp(const Tensor& b) const { return apply(LogAddExp{false}, *this, b); }
Tensor logaddexp2(const Tensor& a, const Tensor& b) { return apply(LogAddExp{true}, a, b); }
Tensor& logaddexp2_out(Tensor& out, const Tensor& a, const Tensor& b) {
  return elementwise_out(LogAddExp{true}, out, a, b);
}
Tensor Tensor::logaddexp2(const Tensor& b) const { return apply(LogAddExp{true}, *this, b); }
std::tuple<Tensor, Tensor> frexp(const Tensor& x) {
  check(x.defined(), "frexp: tensor is undefined");
  check(x.is_floating_point(), "frexp: only supports floating-point dtypes, got ", x.scalar_type());
  auto y = apply(Frexp{}, x);
  return {std::move(y[0]), std::move(y[1])};
}
std::tuple<Tensor&, Tensor&> frexp_out(Tensor& mantissa, Tensor& exponent, const Tensor& x) {
  return results_out("frexp", mantissa, exponent, lampas::frexp(x));
}
std::tuple<Tensor, Tensor> Tensor::frexp() const { return lampas::frexp(*this); }

LAMPAS_DEFINE_BINARY(xlogy, Xlogy{})
LAMPAS_DEFINE_BINARY_SCALAR(xlogy, labelled<Xlogy>("xlogy.2"))
LAMPAS_DEFINE_SCALAR_LEFT(xlogy, labelled<Xlogy>("xlogy.1"))
Tensor& xlogy_(Tensor& a, const Tensor& b) { return a.xlogy_(b); }
Tensor& xlogy_(Tensor& a, const Scalar& b) { return a.xlogy_(b); }
LAMPAS_DEFINE_BINARY(copysign, CopySign{})
LAMPAS_DEFINE_BINARY_SCALAR(copysign, labelled<CopySign>("copysign.1"))
LAMPAS_DEFINE_BINARY(nextafter, NextAfter{})
LAMPAS_DEFINE_BINARY(heaviside, Heaviside{})

Tensor ldexp(const Tensor& a, const Tensor& b) { return a.mul(lampas::pow(2.0, b)); }
Tensor& ldexp_(Tensor& a, const Tensor& b) { return a.mul_(lampas::pow(2.0, b)); }
Tensor& ldexp_out(Tensor& out, const Tensor& a, const Tensor& b) { return mul_out(out, a, lampas::pow(2.0, b)); }
Tensor Tensor::ldexp(const Tensor& b) const { return lampas::ldexp(*this, b); }
Tensor& Tensor::ldexp_(const Tensor& b) const { return mul_(lampas::pow(2.0, b)); }

}  // namespace lampas
