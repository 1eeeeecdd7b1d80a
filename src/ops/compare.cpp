// Comparisons, logic, bits and classes of numbers.
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "ops/complex.h"
#include "ops/elementwise_op.h"
#include "ops/out.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

/// A comparison, or logic of two inputs: a bool result, which cuts history. In place, what was there before gets no
/// gradient.
template <class Op, const Kernel<PointwiseFn>& kernel>
struct Compare : BinaryOp<Op, kernel, Elementwise::boolean> {
  using saves = Saves<>;
  const char* label = Op::name;  // the second overload is that with a tensor
  Grads<2> backward(const Tensor&, const Needs<2>&) const { return {}; }
};
/// The same with one input.
template <class Op, const Kernel<PointwiseFn>& kernel>
struct Test : UnaryOp<Op, kernel, Elementwise::boolean> {
  using saves = Saves<>;
  Grads<1> backward(const Tensor&, const Needs<1>&) const { return {}; }
};
/// Of integers and bool.
template <class Op, const Kernel<PointwiseFn>& kernel>
struct Bits : BinaryOp<Op, kernel, Elementwise::same> {
  using saves = Saves<>;
  Grads<2> backward(const Tensor&, const Needs<2>&) const { return {}; }
};

#define LAMPAS_OP(Op, Kind, fn)                               \
  struct Op : Kind<Op, fn##_kernel> {                         \
    static constexpr auto name = #fn, with_tensor = #fn ".1"; \
  };
LAMPAS_OP(Eq, Compare, eq)
LAMPAS_OP(Ne, Compare, ne)
LAMPAS_OP(Lt, Compare, lt)
LAMPAS_OP(Le, Compare, le)
LAMPAS_OP(Gt, Compare, gt)
LAMPAS_OP(Ge, Compare, ge)
LAMPAS_OP(LogicalAnd, Compare, logical_and)
LAMPAS_OP(LogicalOr, Compare, logical_or)
LAMPAS_OP(LogicalXor, Compare, logical_xor)
LAMPAS_OP(LogicalNot, Test, logical_not)
LAMPAS_OP(BitwiseAnd, Bits, bitwise_and)
LAMPAS_OP(BitwiseOr, Bits, bitwise_or)
LAMPAS_OP(BitwiseXor, Bits, bitwise_xor)
LAMPAS_OP(BitwiseLeftShift, Bits, bitwise_left_shift)
LAMPAS_OP(BitwiseRightShift, Bits, bitwise_right_shift)
#undef LAMPAS_OP

struct BitwiseNot : UnaryOp<BitwiseNot, bitwise_not_kernel, Elementwise::same> {
  static constexpr auto name = "bitwise_not";
  using saves = Saves<>;
  Grads<1> backward(const Tensor&, const Needs<1>&) const { return {}; }
};

/// A class of floating point numbers; every integer belongs to it or none does. A complex number belongs to one that
/// knows no sign if one of its parts does, or if both do where the integers belong to it.
Tensor test(const char* name, const Kernel<PointwiseFn>& kernel, const Tensor& x, bool of_integers,
            bool has_sign = false) {
  check(x.defined(), name, ": tensor is undefined");
  if (LAMPAS_UNLIKELY(is_complex(x))) {
    check(!has_sign, name, ": does not support complex inputs, got ", x);
    const Tensor parts = test(name, kernel, view_as_real(x.detach()), of_integers);
    return of_integers ? parts.all(-1) : parts.any(-1);
  }
  if (is_integral(x.scalar_type(), true)) return x.new_full(x.sizes(), of_integers, TensorOptions(kBool));
  return elementwise({name, kernel, Elementwise::boolean}, nullptr, {}, {&x});
}

}  // namespace

// Bool results have no history to record: the op runs directly.
#define LAMPAS_COMPARE(fn, Op)                                                                                 \
  Tensor fn(const Tensor& a, const Tensor& b) { return Op{}.write({}, a, b); }                                 \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Tensor& b) { return elementwise_out(Op{}, out, a, b); } \
  Tensor Tensor::fn(const Tensor& b) const { return Op{}.write({}, *this, b); }                                \
  Tensor& Tensor::fn##_(const Tensor& b) const { return elementwise_inplace(labelled<Op>(Op::with_tensor), *this, b); }
#define LAMPAS_COMPARE_NUMBER(fn, Op)                                                       \
  LAMPAS_COMPARE(fn, Op)                                                                    \
  Tensor fn(const Tensor& a, const Scalar& b) { return lampas::fn(a, wrapped_scalar(b)); }  \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Scalar& b) {                         \
    return lampas::fn##_out(out, a, wrapped_scalar(b));                                     \
  }                                                                                         \
  Tensor Tensor::fn(const Scalar& b) const { return lampas::fn(*this, wrapped_scalar(b)); } \
  Tensor& Tensor::fn##_(const Scalar& b) const { return elementwise_inplace(Op{}, *this, wrapped_scalar(b)); }
LAMPAS_COMPARE_NUMBER(eq, Eq)
LAMPAS_COMPARE_NUMBER(ne, Ne)
LAMPAS_COMPARE_NUMBER(lt, Lt)
LAMPAS_COMPARE_NUMBER(le, Le)
LAMPAS_COMPARE_NUMBER(gt, Gt)
LAMPAS_COMPARE_NUMBER(ge, Ge)
LAMPAS_COMPARE_NUMBER(not_equal, Ne)
LAMPAS_COMPARE_NUMBER(less, Lt)
LAMPAS_COMPARE_NUMBER(less_equal, Le)
LAMPAS_COMPARE_NUMBER(greater, Gt)
LAMPAS_COMPARE_NUMBER(greater_equal, Ge)
// Logic of complex numbers is that of whether they are zero.
#define LAMPAS_LOGIC(fn, Op)                                                                  \
  Tensor fn(const Tensor& a, const Tensor& b) { return Op{}.write({}, truth(a), truth(b)); }  \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Tensor& b) {                           \
    return elementwise_out(Op{}, out, truth(a), truth(b));                                    \
  }                                                                                           \
  Tensor Tensor::fn(const Tensor& b) const { return Op{}.write({}, truth(*this), truth(b)); } \
  Tensor& Tensor::fn##_(const Tensor& b) const {                                              \
    if (LAMPAS_UNLIKELY(defined() && is_complex())) return copy_(lampas::fn(*this, b));       \
    return elementwise_inplace(Op{}, *this, truth(b));                                        \
  }
LAMPAS_LOGIC(logical_and, LogicalAnd)
LAMPAS_LOGIC(logical_or, LogicalOr)
LAMPAS_LOGIC(logical_xor, LogicalXor)
#undef LAMPAS_LOGIC
#undef LAMPAS_COMPARE_NUMBER
#undef LAMPAS_COMPARE

Tensor logical_not(const Tensor& x) { return LogicalNot{}.write({}, x); }
Tensor& logical_not_out(Tensor& out, const Tensor& x) { return elementwise_out(LogicalNot{}, out, x); }
Tensor Tensor::logical_not() const { return LogicalNot{}.write({}, *this); }
Tensor& Tensor::logical_not_() const { return elementwise_inplace(LogicalNot{}, *this); }

#define LAMPAS_BITS(fn, Op)             \
  LAMPAS_DEFINE_BINARY(fn, Op{})        \
  LAMPAS_DEFINE_BINARY_SCALAR(fn, Op{}) \
  LAMPAS_DEFINE_SCALAR_LEFT(fn, Op{})
LAMPAS_BITS(bitwise_and, BitwiseAnd)
LAMPAS_BITS(bitwise_or, BitwiseOr)
LAMPAS_BITS(bitwise_xor, BitwiseXor)
LAMPAS_BITS(bitwise_left_shift, BitwiseLeftShift)
LAMPAS_BITS(bitwise_right_shift, BitwiseRightShift)
#undef LAMPAS_BITS
#define LAMPAS_PYTHON_OPERATOR(name, fn)                                     \
  Tensor name(const Tensor& a, const Tensor& b) { return lampas::fn(a, b); } \
  Tensor name(const Tensor& a, const Scalar& b) { return lampas::fn(a, b); }
LAMPAS_PYTHON_OPERATOR(__and__, bitwise_and)
LAMPAS_PYTHON_OPERATOR(__or__, bitwise_or)
LAMPAS_PYTHON_OPERATOR(__xor__, bitwise_xor)
LAMPAS_PYTHON_OPERATOR(__lshift__, bitwise_left_shift)
LAMPAS_PYTHON_OPERATOR(__rshift__, bitwise_right_shift)
#undef LAMPAS_PYTHON_OPERATOR

Tensor bitwise_not(const Tensor& x) { return apply(BitwiseNot{}, x); }
Tensor& bitwise_not_out(Tensor& out, const Tensor& x) { return elementwise_out(BitwiseNot{}, out, x); }
Tensor Tensor::bitwise_not() const { return apply(BitwiseNot{}, *this); }
Tensor& Tensor::bitwise_not_() const { return elementwise_inplace(BitwiseNot{}, *this); }

#define LAMPAS_CLASS(fn, ...)                                                   \
  Tensor fn(const Tensor& x) { return test(#fn, fn##_kernel, x, __VA_ARGS__); } \
  Tensor Tensor::fn() const { return test(#fn, fn##_kernel, *this, __VA_ARGS__); }
LAMPAS_CLASS(isnan, false)
LAMPAS_CLASS(isinf, false)
LAMPAS_CLASS(isfinite, true)
LAMPAS_CLASS(isposinf, false, true)
LAMPAS_CLASS(isneginf, false, true)
#undef LAMPAS_CLASS
Tensor& isnan_out(Tensor& out, const Tensor& x) { return result_out("isnan", out, isnan(x)); }
Tensor& isinf_out(Tensor& out, const Tensor& x) { return result_out("isinf", out, isinf(x)); }
Tensor& isposinf_out(Tensor& out, const Tensor& x) { return result_out("isposinf", out, isposinf(x)); }
Tensor& isneginf_out(Tensor& out, const Tensor& x) { return result_out("isneginf", out, isneginf(x)); }
Tensor isreal(const Tensor& x) {
  check(x.defined(), "isreal: tensor is undefined");
  if (!is_complex(x.scalar_type())) return x.new_full(x.sizes(), true, TensorOptions(kBool));
  const Tensor real = x.detach().to(x.scalar_type() == kComplexDouble ? kDouble : kFloat);
  return x.eq(real.to(x.scalar_type()));
}
Tensor Tensor::isreal() const { return lampas::isreal(*this); }
Tensor signbit(const Tensor& x) {
  check(x.defined(), "signbit: tensor is undefined");
  if (x.scalar_type() == kBool) return x.new_full(x.sizes(), false, TensorOptions(kBool));
  return elementwise({"signbit", signbit_kernel, Elementwise::boolean}, nullptr, {}, {&x});
}
Tensor& signbit_out(Tensor& out, const Tensor& x) { return result_out("signbit", out, signbit(x)); }
Tensor Tensor::signbit() const { return lampas::signbit(*this); }

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  check(a.scalar_type() == b.scalar_type(), "isclose: ", a.scalar_type(), " did not match ", b.scalar_type());
  check(rtol >= 0 && atol >= 0, "isclose: rtol and atol must be greater than or equal to zero, but got ", rtol, " and ",
        atol);
  NoGradGuard off;
  Tensor close = a.eq(b);
  if (is_integral(a.scalar_type(), true) && rtol == 0 && atol == 0) return close;
  const bool plain = !is_integral(a.scalar_type(), true);
  const Tensor x = plain ? a : a.to(kDouble), y = plain ? b : b.to(kDouble);
  check(!equal_nan || !is_complex(a.scalar_type()), "isclose: equal_nan is not supported for complex inputs");
  if (equal_nan) close = close.logical_or(x.isnan().logical_and(y.isnan()));
  const Tensor error = x.sub(y).abs();
  return close.logical_or(error.isfinite().logical_and(error.le(y.abs().mul(rtol).add(atol))));
}
bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  return isclose(a, b, rtol, atol, equal_nan).all().item<bool>();
}
bool equal(const Tensor& a, const Tensor& b) {
  check(a.defined() && b.defined(), "equal: tensor is undefined");
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
bool is_nonzero(const Tensor& x) {
  check(x.defined(), "is_nonzero: tensor is undefined");
  return x.is_nonzero();
}
bool is_same_size(const Tensor& a, const Tensor& b) {
  check(a.defined() && b.defined(), "is_same_size: tensor is undefined");
  return a.sizes() == b.sizes();
}
bool Tensor::is_nonzero() const {
  check(numel() == 1, "is_nonzero: Boolean value of Tensor with ", numel(),
        numel() ? " values is ambiguous" : " elements (no values) is ambiguous");
  return item().to<bool>();
}

}  // namespace lampas
