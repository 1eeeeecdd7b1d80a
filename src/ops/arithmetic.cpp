// add, sub, mul, div.
#include "lampas/ops/pointwise.h"
#include "ops/copy.h"
#include "ops/elementwise_op.h"
#include "ops/labelled.h"
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
  if (LAMPAS_LIKELY(alpha.isIntegral(false) && alpha.toLong() >= -128 && alpha.toLong() <= 127)) return;
  const ScalarType t = result_type({&a, &b});
  check(!alpha.isBoolean() || t == kBool, op, ": Boolean alpha only supported for Boolean results.");
  check(!is_integral(t, true) || alpha.isIntegral(true), op,
        ": For integral input tensors, argument alpha must not be a floating point number.");
  check_number(alpha, t);
}

struct Add {
  static constexpr auto name = "add";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  [[no_unique_address]] Scalar alpha;
  bool number = false;  // on the right; in alpha's padding, so that nodes of the commonest op do not grow
  friend const char* label_of(const Add& op) { return op.number ? "add.1" : name; }
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
  [[no_unique_address]] Scalar alpha;
  bool number = false;
  friend const char* label_of(const Sub& op) { return op.number ? "sub.1" : name; }
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    const AddParams p = alpha_params(alpha);
    return elementwise({name, sub_kernel}, &p, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {g, need[1] ? (alpha.equal(1) ? g.neg() : g.mul(-alpha)) : Tensor()};
  }
};

/// b - alpha a.
struct Rsub {
  static constexpr auto name = "rsub";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Scalar alpha;
  Tensor forward(const Tensor& a, const Tensor& b) const { return Sub{alpha}.write({}, b, a); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? (alpha.equal(1) ? g.neg() : g.mul(-alpha)) : Tensor(), g};
  }
};

struct Mul {
  static constexpr auto name = "mul";
  static constexpr bool broadcasts = true, analytic = true;
  using saves = Saves<In<0, 1>, In<1, 0>>;
  const char* label = name;
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
  static constexpr bool broadcasts = true, analytic = true;
  using saves = Saves<In<0, 1>, In<1>>;
  const char* label = name;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({name, div_kernel, Elementwise::floating}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? g.div(b) : Tensor(), need[1] ? g.mul(a).div(b.mul(b)).neg() : Tensor()};
  }
};

void check_sub(const Tensor& a, const Tensor& b) {
  check(!(a.scalar_type() == kBool && b.scalar_type() == kBool),
        "sub: Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
        "operator instead.");
  check(a.scalar_type() != kBool && b.scalar_type() != kBool,
        "sub: Subtraction, the `-` operator, with a bool tensor is not supported. To invert a mask, use the `~` or "
        "`logical_not()` operator instead.");
}

constexpr auto kMulNumber = "mul.1", kDivNumber = "div.1";

Tensor sum_of(bool number, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_alpha("add", alpha, a, b);
  if (LAMPAS_UNLIKELY(adds_sparsely(a, b))) return sparse_add(a, b, alpha);
  return apply(Add{alpha, number}, a, b);
}
Tensor& add_to(bool number, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_alpha("add_", alpha, a, b);
  if (LAMPAS_UNLIKELY(lampas::is_sparse(b)) && adds_sparsely(a, b)) {
    sparse_add_(a, b, alpha);
    return const_cast<Tensor&>(a);
  }
  return elementwise_inplace(Add{alpha, number}, a, b);
}
Tensor difference_of(bool number, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_sub(a, b);
  check_alpha("sub", alpha, a, b);
  return apply(Sub{alpha, number}, a, b);
}
Tensor& subtract_from(bool number, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_sub(a, b);
  check_alpha("sub_", alpha, a, b);
  return elementwise_inplace(Sub{alpha, number}, a, b);
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha) { return sum_of(false, a, b, alpha); }
Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha) { return sum_of(true, a, wrapped_scalar(b), alpha); }
Tensor& add_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_alpha("add_out", alpha, a, b);
  return elementwise_out(Add{alpha}, out, a, b);
}
Tensor& add_out(Tensor& out, const Tensor& a, const Scalar& b, const Scalar& alpha) {
  return add_out(out, a, wrapped_scalar(b), alpha);
}
Tensor Tensor::add(const Tensor& o, const Scalar& alpha) const { return lampas::add(*this, o, alpha); }
Tensor Tensor::add(const Scalar& o, const Scalar& alpha) const { return lampas::add(*this, o, alpha); }
Tensor& Tensor::add_(const Tensor& o, const Scalar& alpha) const { return add_to(false, *this, o, alpha); }
Tensor& Tensor::add_(const Scalar& o, const Scalar& alpha) const {
  return add_to(true, *this, wrapped_scalar(o), alpha);
}

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) { return difference_of(false, a, b, alpha); }
Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  return difference_of(true, a, wrapped_scalar(b), alpha);
}
Tensor& sub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_sub(a, b);
  check_alpha("sub_out", alpha, a, b);
  return elementwise_out(Sub{alpha}, out, a, b);
}
Tensor& sub_out(Tensor& out, const Tensor& a, const Scalar& b, const Scalar& alpha) {
  return sub_out(out, a, wrapped_scalar(b), alpha);
}
Tensor rsub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  check_sub(b, a);
  check_alpha("sub", alpha, b, a);
  return apply(Rsub{alpha}, a, b);
}
Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  return difference_of(false, wrapped_scalar(b), a, alpha);  // as LibTorch's 1 - x
}
Tensor Tensor::sub(const Tensor& o, const Scalar& alpha) const { return lampas::sub(*this, o, alpha); }
Tensor Tensor::sub(const Scalar& o, const Scalar& alpha) const { return lampas::sub(*this, o, alpha); }
Tensor& Tensor::sub_(const Tensor& o, const Scalar& alpha) const { return subtract_from(false, *this, o, alpha); }
Tensor& Tensor::sub_(const Scalar& o, const Scalar& alpha) const {
  return subtract_from(true, *this, wrapped_scalar(o), alpha);
}
Tensor subtract(const Tensor& a, const Tensor& b, const Scalar& alpha) { return sub(a, b, alpha); }
Tensor subtract(const Tensor& a, const Scalar& b, const Scalar& alpha) { return sub(a, b, alpha); }
Tensor& subtract_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha) {
  return sub_out(out, a, b, alpha);
}
Tensor Tensor::subtract(const Tensor& o, const Scalar& alpha) const { return lampas::sub(*this, o, alpha); }
Tensor Tensor::subtract(const Scalar& o, const Scalar& alpha) const { return lampas::sub(*this, o, alpha); }
Tensor& Tensor::subtract_(const Tensor& o, const Scalar& alpha) const { return sub_(o, alpha); }
Tensor& Tensor::subtract_(const Scalar& o, const Scalar& alpha) const { return sub_(o, alpha); }

Tensor mul_as(const char* label, const Tensor& a, const Tensor& b) { return apply(Mul{label}, a, b); }
Tensor& mul_inplace_as(const char* label, const Tensor& a, const Tensor& b) {
  return elementwise_inplace(Mul{label}, a, b);
}
LAMPAS_DEFINE_BINARY(mul, Mul{})
Tensor mul(const Tensor& a, const Scalar& b) {
  if (LAMPAS_UNLIKELY(is_sparse(a))) return sparse_scale(a, b);
  return apply(Mul{kMulNumber}, a, wrapped_scalar(b));
}
Tensor& mul_out(Tensor& out, const Tensor& a, const Scalar& b) { return mul_out(out, a, wrapped_scalar(b)); }
Tensor Tensor::mul(const Scalar& b) const { return lampas::mul(*this, b); }
Tensor& Tensor::mul_(const Scalar& b) const { return elementwise_inplace(Mul{kMulNumber}, *this, wrapped_scalar(b)); }
LAMPAS_DEFINE_BINARY(multiply, Mul{})
LAMPAS_DEFINE_BINARY_SCALAR(multiply, Mul{kMulNumber})
LAMPAS_DEFINE_BINARY(div, Div{})
LAMPAS_DEFINE_BINARY_SCALAR(div, Div{kDivNumber})
LAMPAS_DEFINE_BINARY(divide, Div{})
LAMPAS_DEFINE_BINARY_SCALAR(divide, Div{kDivNumber})
LAMPAS_DEFINE_BINARY(true_divide, Div{})
LAMPAS_DEFINE_BINARY_SCALAR(true_divide, Div{kDivNumber})

}  // namespace lampas
