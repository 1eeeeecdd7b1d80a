// Comparisons, logic and selection: eq ... ge, logical_*, isnan ..., where, clamp, masked_fill, addcmul, addcdiv, lerp.
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "ops/elementwise_op.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

struct Where {
  static constexpr auto name = "where";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>>;
  Tensor forward(const Tensor& condition, const Tensor& a, const Tensor& b) const {
    return elementwise_as({name, where_kernel}, result_type({&a, &b}), kBool, nullptr, {}, {&condition, &a, &b});
  }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& condition) const {
    const Tensor zero = wrapped_scalar(0.0);
    return {Tensor(), need[1] ? lampas::where(condition, g, zero) : Tensor(),
            need[2] ? lampas::where(condition, zero, g) : Tensor()};
  }
};

struct Clamp {
  static constexpr auto name = "clamp";
  using saves = Saves<In<0>>;
  std::optional<Scalar> min, max;
  Tensor write(const Tensor& out, const Tensor& x) const {
    ClampParams p;
    p.has_min = min.has_value(), p.has_max = max.has_value();
    // A floating bound of an integer tensor promotes it.
    Tensor lo = min ? wrapped_scalar(*min) : x, hi = max ? wrapped_scalar(*max) : x;
    const ScalarType compute = result_type({&x, &lo, &hi});
    check(compute != kBool, "clamp: not defined for bool");
    if (min) {
      p.min = min->toDouble();
      if (is_integral(compute)) p.min_int = min->toLong();
    }
    if (max) {
      p.max = max->toDouble();
      if (is_integral(compute)) p.max_int = max->toLong();
    }
    return elementwise_as({name, clamp_kernel}, compute, ScalarType::Undefined, &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    // Both bounds belong to the range that passes gradients.
    const Tensor zero = wrapped_scalar(0.0);
    Tensor d = g;
    if (min) d = lampas::where(x.lt(*min), zero, d);
    if (max) d = lampas::where(x.gt(*max), zero, d);
    return {d};
  }
};

struct Addcmul {
  static constexpr auto name = "addcmul";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<1, 2>, In<2, 1>>;
  Scalar value;
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b) const {
    const ValueParams p{value.toDouble(), value.isIntegral(true) ? value.toLong() : 1};
    return elementwise({name, addcmul_kernel}, &p, out, {&x, &a, &b});
  }
  Tensor forward(const Tensor& x, const Tensor& a, const Tensor& b) const { return write({}, x, a, b); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b) const {
    return {g, need[1] ? g.mul(b).mul(value) : Tensor(), need[2] ? g.mul(a).mul(value) : Tensor()};
  }
};

struct Addcdiv {
  static constexpr auto name = "addcdiv";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<1, 2>, In<2>>;
  Scalar value;
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b) const {
    check(!(is_integral(a.scalar_type(), true) && is_integral(b.scalar_type(), true)),
          "addcdiv: Integer division with addcdiv is not supported; use floating point tensors");
    const ValueParams p{value.toDouble(), 1};
    return elementwise({name, addcdiv_kernel}, &p, out, {&x, &a, &b});
  }
  Tensor forward(const Tensor& x, const Tensor& a, const Tensor& b) const { return write({}, x, a, b); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b) const {
    return {g, need[1] ? g.div(b).mul(value) : Tensor(), need[2] ? g.mul(a).div(b.mul(b)).mul(-value) : Tensor()};
  }
};

struct Lerp {
  static constexpr auto name = "lerp";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Scalar weight;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    check(a.scalar_type() == b.scalar_type(), "lerp: expected dtype ", a.scalar_type(), " for `end` but got dtype ",
          b.scalar_type());
    const ValueParams p{weight.toDouble(), 1};
    return elementwise({name, lerp_kernel}, &p, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? g.mul(1 - weight.toDouble()) : Tensor(), need[1] ? g.mul(weight) : Tensor()};
  }
};

Tensor compare(const char* name, const Kernel<PointwiseFn>& kernel, const Tensor& a, const Tensor& b) {
  return elementwise({name, kernel, Elementwise::boolean}, nullptr, {}, {&a, &b});
}
Tensor test(const char* name, const Kernel<PointwiseFn>& kernel, const Tensor& x, bool of_integers) {
  // Integers are always finite numbers.
  if (is_integral(x.scalar_type(), true)) return x.new_full(x.sizes(), of_integers, TensorOptions(kBool));
  return elementwise({name, kernel, Elementwise::boolean}, nullptr, {}, {&x});
}

}  // namespace

#define LAMPAS_COMPARE(fn)                                                                                \
  Tensor fn(const Tensor& a, const Tensor& b) { return compare(#fn, fn##_kernel, a, b); }                 \
  Tensor fn(const Tensor& a, const Scalar& b) { return compare(#fn, fn##_kernel, a, wrapped_scalar(b)); } \
  Tensor Tensor::fn(const Tensor& b) const { return compare(#fn, fn##_kernel, *this, b); }                \
  Tensor Tensor::fn(const Scalar& b) const { return compare(#fn, fn##_kernel, *this, wrapped_scalar(b)); }
LAMPAS_COMPARE(eq)
LAMPAS_COMPARE(ne)
LAMPAS_COMPARE(lt)
LAMPAS_COMPARE(le)
LAMPAS_COMPARE(gt)
LAMPAS_COMPARE(ge)
#undef LAMPAS_COMPARE

Tensor logical_and(const Tensor& a, const Tensor& b) { return compare("logical_and", logical_and_kernel, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return compare("logical_or", logical_or_kernel, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return compare("logical_xor", logical_xor_kernel, a, b); }
Tensor logical_not(const Tensor& x) {
  return elementwise({"logical_not", logical_not_kernel, Elementwise::boolean}, nullptr, {}, {&x});
}
Tensor bitwise_not(const Tensor& x) { return elementwise({"bitwise_not", bitwise_not_kernel}, nullptr, {}, {&x}); }
Tensor isnan(const Tensor& x) { return test("isnan", isnan_kernel, x, false); }
Tensor isinf(const Tensor& x) { return test("isinf", isinf_kernel, x, false); }
Tensor isfinite(const Tensor& x) { return test("isfinite", isfinite_kernel, x, true); }
Tensor Tensor::logical_and(const Tensor& o) const { return lampas::logical_and(*this, o); }
Tensor Tensor::logical_or(const Tensor& o) const { return lampas::logical_or(*this, o); }
Tensor Tensor::logical_not() const { return lampas::logical_not(*this); }
Tensor Tensor::bitwise_not() const { return lampas::bitwise_not(*this); }
Tensor Tensor::isnan() const { return lampas::isnan(*this); }
Tensor Tensor::isinf() const { return lampas::isinf(*this); }
Tensor Tensor::isfinite() const { return lampas::isfinite(*this); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check(condition.defined() && (condition.scalar_type() == kBool || condition.scalar_type() == kByte),
        "where: expected condition to have dtype Bool, but got ", condition);
  return apply(Where{}, condition.scalar_type() == kBool ? condition : condition.to(kBool), a, b);
}
Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b) {
  return where(condition, wrapped_scalar(a), b);
}
Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b) {
  return where(condition, a, wrapped_scalar(b));
}
Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b) {
  return where(condition, wrapped_scalar(a), wrapped_scalar(b));
}
Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return lampas::where(condition, *this, other);
}

namespace {
Clamp clamp_op(const char* name, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  check(min || max, name, ": At least one of 'min' or 'max' must not be None");
  return {min, max};
}
}  // namespace
Tensor clamp(const Tensor& x, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  return apply(clamp_op("clamp", min, max), x);
}
Tensor clamp_min(const Tensor& x, const Scalar& min) { return apply(Clamp{min, {}}, x); }
Tensor clamp_max(const Tensor& x, const Scalar& max) { return apply(Clamp{{}, max}, x); }
Tensor Tensor::clamp(const std::optional<Scalar>& min, const std::optional<Scalar>& max) const {
  return lampas::clamp(*this, min, max);
}
Tensor& Tensor::clamp_(const std::optional<Scalar>& min, const std::optional<Scalar>& max) const {
  return elementwise_inplace(clamp_op("clamp_", min, max), *this);
}
Tensor Tensor::clamp_min(const Scalar& min) const { return lampas::clamp_min(*this, min); }
Tensor& Tensor::clamp_min_(const Scalar& min) const { return elementwise_inplace(Clamp{min, {}}, *this); }
Tensor Tensor::clamp_max(const Scalar& max) const { return lampas::clamp_max(*this, max); }
Tensor& Tensor::clamp_max_(const Scalar& max) const { return elementwise_inplace(Clamp{{}, max}, *this); }

Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return apply(Addcmul{value}, x, a, b);
}
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return apply(Addcdiv{value}, x, a, b);
}
Tensor lerp(const Tensor& a, const Tensor& b, const Scalar& weight) { return apply(Lerp{weight}, a, b); }
Tensor Tensor::addcmul(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return lampas::addcmul(*this, a, b, v);
}
Tensor& Tensor::addcmul_(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return elementwise_inplace(Addcmul{v}, *this, a, b);
}
Tensor Tensor::addcdiv(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return lampas::addcdiv(*this, a, b, v);
}
Tensor& Tensor::addcdiv_(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return elementwise_inplace(Addcdiv{v}, *this, a, b);
}
Tensor Tensor::lerp(const Tensor& end, const Scalar& w) const { return lampas::lerp(*this, end, w); }
Tensor& Tensor::lerp_(const Tensor& end, const Scalar& w) const { return elementwise_inplace(Lerp{w}, *this, end); }

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  check(a.scalar_type() == b.scalar_type(), "isclose: ", a.scalar_type(), " did not match ", b.scalar_type());
  check(rtol >= 0 && atol >= 0, "isclose: rtol and atol must be greater than or equal to zero, but got ", rtol, " and ",
        atol);
  NoGradGuard off;
  Tensor close = a.eq(b);
  if (is_integral(a.scalar_type(), true) && rtol == 0 && atol == 0) return close;
  const Tensor x = is_floating_point(a.scalar_type()) ? a : a.to(kDouble),
               y = is_floating_point(b.scalar_type()) ? b : b.to(kDouble);
  if (equal_nan) close = close.logical_or(x.isnan().logical_and(y.isnan()));
  const Tensor error = x.sub(y).abs();
  return close.logical_or(error.isfinite().logical_and(error.le(y.abs().mul(rtol).add(atol))));
}
bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  return isclose(a, b, rtol, atol, equal_nan).all().item<bool>();
}
bool equal(const Tensor& a, const Tensor& b) {
  check(a.scalar_type() == b.scalar_type(), "equal: expected both tensors to have the same dtype, got ",
        a.scalar_type(), " and ", b.scalar_type());
  if (a.sizes() != b.sizes()) return false;
  NoGradGuard off;
  return a.numel() == 0 || a.eq(b).all().item<bool>();
}
Tensor Tensor::isclose(const Tensor& o, double rtol, double atol, bool equal_nan) const {
  return lampas::isclose(*this, o, rtol, atol, equal_nan);
}
bool Tensor::allclose(const Tensor& o, double rtol, double atol, bool equal_nan) const {
  return lampas::allclose(*this, o, rtol, atol, equal_nan);
}
bool Tensor::equal(const Tensor& o) const { return lampas::equal(*this, o); }
bool Tensor::is_nonzero() const {
  check(numel() == 1, "is_nonzero: Boolean value of Tensor with ", numel(),
        numel() ? " values is ambiguous" : " elements (no values) is ambiguous");
  return item().to<bool>();
}

}  // namespace lampas
