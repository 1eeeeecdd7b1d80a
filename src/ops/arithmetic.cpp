// add, sub, mul, div, pow, maximum, minimum, neg.
#include "lampas/ops/pointwise.h"
#include "ops/copy.h"
#include "ops/elementwise_op.h"
#include "ops/pointwise.h"
#include "ops/sparse.h"

namespace lampas {

namespace {

AddParams alpha_params(const Scalar& alpha) {
  AddParams p;
  p.alpha = alpha.toDouble();
  if (alpha.isIntegral(true)) p.alpha_int = alpha.toLong();
  return p;
}

void check_alpha(const char* op, const Scalar& alpha, const Tensor& a, const Tensor& b) {
  if (LAMPAS_LIKELY(alpha.isIntegral(false))) return;
  const ScalarType t = result_type({&a, &b});
  check(!alpha.isBoolean() || t == kBool, op, ": Boolean alpha only supported for Boolean results.");
  check(is_floating_point(t) || alpha.isBoolean(), op,
        ": For integral input tensors, argument alpha must not be a floating point number.");
}

struct Add {
  static constexpr auto name = "add";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Scalar alpha;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    const AddParams p = alpha_params(alpha);
    return elementwise({name, add_kernel}, &p, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {g, need[1] ? (alpha.equal(1) ? g : g.mul(alpha)) : Tensor()};
  }
};

struct Sub {
  static constexpr auto name = "sub";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Scalar alpha;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    const AddParams p = alpha_params(alpha);
    return elementwise({name, sub_kernel}, &p, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {g, need[1] ? (alpha.equal(1) ? g.neg() : g.mul(-alpha)) : Tensor()};
  }
};

struct Mul {
  static constexpr auto name = "mul";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({name, mul_kernel}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? g.mul(b) : Tensor(), need[1] ? g.mul(a) : Tensor()};
  }
};

struct Div {
  static constexpr auto name = "div";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0, 1>, In<1>>;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({name, div_kernel, Elementwise::floating}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? g.div(b) : Tensor(), need[1] ? g.mul(a).div(b.mul(b)).neg() : Tensor()};
  }
};

/// x ** y with tensors on both sides.
struct Pow {
  static constexpr auto name = "pow";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>, Out>;
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
    const double a = std::abs(p.value);
    const bool cheap = a == 0.5 || a == 1 || a == 2 || p.value == 3 || p.value == 0;
    return elementwise_as({name, pow_scalar_kernel, Elementwise::same, cheap ? 1 : 16}, compute, ScalarType::Undefined,
                          &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    const double e = exponent.toDouble();
    if (e == 0) return {Tensor()};
    if (e == 1) return {g};
    if (e == 2) return {g.mul(x).mul(2)};
    const Scalar less = exponent.isIntegral(true) ? Scalar(exponent.toLong() - 1) : Scalar(e - 1);
    return {g.mul(lampas::pow(x, less).mul(exponent))};
  }
};

/// The larger (smaller) of two; ties share the gradient.
template <bool larger>
struct Extreme {
  static constexpr auto name = larger ? "maximum" : "minimum";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>>;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({name, larger ? maximum_kernel : minimum_kernel}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    const Tensor shared = lampas::where(a.eq(b), g.div(2), g);
    const Tensor zero = wrapped_scalar(0.0);
    // The loser gets nothing; a NaN comparison counts as no loss on either side.
    const Tensor a_lost = larger ? a.lt(b) : a.gt(b), b_lost = larger ? a.gt(b) : a.lt(b);
    return {need[0] ? lampas::where(a_lost, zero, shared) : Tensor(),
            need[1] ? lampas::where(b_lost, zero, shared) : Tensor()};
  }
};

struct Neg {
  static constexpr auto name = "neg";
  using saves = Saves<>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    check(x.scalar_type() != kBool,
          "neg: Negation, the `-` operator, on a bool tensor is not supported. Use the `~` or `logical_not()` operator "
          "instead.");
    return elementwise({name, neg_kernel}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.neg()}; }
};

void check_sub(const Tensor& a, const Tensor& b) {
  check(!(a.scalar_type() == kBool && b.scalar_type() == kBool),
        "sub: Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
        "operator instead.");
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_alpha("add", alpha, a, b);
  if (LAMPAS_UNLIKELY(adds_sparsely(a, b))) return sparse_add(a, b, alpha);
  return apply(Add{alpha}, a, b);
}
Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha) { return add(a, wrapped_scalar(b), alpha); }
Tensor& add_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  return elementwise_out(Add{alpha}, out, a, b);
}
Tensor Tensor::add(const Tensor& o, const Scalar& alpha) const { return lampas::add(*this, o, alpha); }
Tensor Tensor::add(const Scalar& o, const Scalar& alpha) const { return lampas::add(*this, o, alpha); }
Tensor& Tensor::add_(const Tensor& o, const Scalar& alpha) const {
  check_alpha("add_", alpha, *this, o);
  if (LAMPAS_UNLIKELY(lampas::is_sparse(o)) && adds_sparsely(*this, o)) {
    sparse_add_(*this, o, alpha);
    return const_cast<Tensor&>(*this);
  }
  return elementwise_inplace(Add{alpha}, *this, o);
}
Tensor& Tensor::add_(const Scalar& o, const Scalar& alpha) const { return add_(wrapped_scalar(o), alpha); }

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_sub(a, b);
  check_alpha("sub", alpha, a, b);
  return apply(Sub{alpha}, a, b);
}
Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha) { return sub(a, wrapped_scalar(b), alpha); }
Tensor& sub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  return elementwise_out(Sub{alpha}, out, a, b);
}
Tensor rsub(const Tensor& a, const Tensor& b, const Scalar& alpha) { return sub(b, a, alpha); }
Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha) { return sub(wrapped_scalar(b), a, alpha); }
Tensor Tensor::sub(const Tensor& o, const Scalar& alpha) const { return lampas::sub(*this, o, alpha); }
Tensor Tensor::sub(const Scalar& o, const Scalar& alpha) const { return lampas::sub(*this, o, alpha); }
Tensor& Tensor::sub_(const Tensor& o, const Scalar& alpha) const {
  check_sub(*this, o);
  check_alpha("sub_", alpha, *this, o);
  return elementwise_inplace(Sub{alpha}, *this, o);
}
Tensor& Tensor::sub_(const Scalar& o, const Scalar& alpha) const { return sub_(wrapped_scalar(o), alpha); }

Tensor mul(const Tensor& a, const Tensor& b) { return apply(Mul{}, a, b); }
Tensor mul(const Tensor& a, const Scalar& b) {
  if (LAMPAS_UNLIKELY(is_sparse(a))) return sparse_scale(a, b);
  return apply(Mul{}, a, wrapped_scalar(b));
}
Tensor& mul_out(Tensor& out, const Tensor& a, const Tensor& b) { return elementwise_out(Mul{}, out, a, b); }
Tensor Tensor::mul(const Tensor& o) const { return apply(Mul{}, *this, o); }
Tensor Tensor::mul(const Scalar& o) const { return lampas::mul(*this, o); }
Tensor& Tensor::mul_(const Tensor& o) const { return elementwise_inplace(Mul{}, *this, o); }
Tensor& Tensor::mul_(const Scalar& o) const { return elementwise_inplace(Mul{}, *this, wrapped_scalar(o)); }

Tensor div(const Tensor& a, const Tensor& b) { return apply(Div{}, a, b); }
Tensor div(const Tensor& a, const Scalar& b) { return apply(Div{}, a, wrapped_scalar(b)); }
Tensor& div_out(Tensor& out, const Tensor& a, const Tensor& b) { return elementwise_out(Div{}, out, a, b); }
Tensor Tensor::div(const Tensor& o) const { return apply(Div{}, *this, o); }
Tensor Tensor::div(const Scalar& o) const { return apply(Div{}, *this, wrapped_scalar(o)); }
Tensor& Tensor::div_(const Tensor& o) const { return elementwise_inplace(Div{}, *this, o); }
Tensor& Tensor::div_(const Scalar& o) const { return elementwise_inplace(Div{}, *this, wrapped_scalar(o)); }

Tensor pow(const Tensor& x, const Tensor& y) {
  if (y.defined() && y.impl()->wrapped_number && !y.requires_grad()) return pow(x, y.item());
  return apply(Pow{}, x, y);
}
Tensor pow(const Tensor& x, const Scalar& y) { return apply(PowScalar{y}, x); }
Tensor pow(const Scalar& x, const Tensor& y) { return apply(Pow{}, wrapped_scalar(x), y); }
Tensor& pow_out(Tensor& out, const Tensor& x, const Tensor& y) { return elementwise_out(Pow{}, out, x, y); }
Tensor Tensor::pow(const Tensor& y) const { return lampas::pow(*this, y); }
Tensor Tensor::pow(const Scalar& y) const { return lampas::pow(*this, y); }
Tensor& Tensor::pow_(const Tensor& y) const { return elementwise_inplace(Pow{}, *this, y); }
Tensor& Tensor::pow_(const Scalar& y) const { return elementwise_inplace(PowScalar{y}, *this); }

Tensor maximum(const Tensor& a, const Tensor& b) { return apply(Extreme<true>{}, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return apply(Extreme<false>{}, a, b); }
Tensor Tensor::maximum(const Tensor& o) const { return lampas::maximum(*this, o); }
Tensor Tensor::minimum(const Tensor& o) const { return lampas::minimum(*this, o); }
Tensor max(const Tensor& a, const Tensor& b) { return maximum(a, b); }
Tensor min(const Tensor& a, const Tensor& b) { return minimum(a, b); }
Tensor Tensor::max(const Tensor& o) const { return lampas::maximum(*this, o); }
Tensor Tensor::min(const Tensor& o) const { return lampas::minimum(*this, o); }

Tensor neg(const Tensor& x) { return apply(Neg{}, x); }
Tensor Tensor::neg() const { return apply(Neg{}, *this); }
Tensor& Tensor::neg_() const { return elementwise_inplace(Neg{}, *this); }

}  // namespace lampas
