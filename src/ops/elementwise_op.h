#pragma once

#include "autograd/op.h"
#include "ops/elementwise.h"

/// Forms of an elementwise op whose struct has `Tensor write(const Tensor& out, const Tensor& x...) const`.
namespace lampas {

/// The op as another overload's, or another function's, nodes are labelled.
template <class Op>
Op labelled(const char* label) {
  Op op;
  op.label = label;
  return op;
}

/// x.op_(rest...): the result goes into `self`.
template <class Op, class... Rest>
Tensor& elementwise_inplace(const Op& op, const Tensor& self, const Rest&... rest) {
  check(self.defined(), Op::name, ": tensor is undefined");
  apply_inplace(
      op, self, [&] { op.write(self, self, rest...); }, rest...);
  return const_cast<Tensor&>(self);
}

/// op_out(out, x...): `out` is resized to the broadcast shape. Not recorded.
template <class Op, class... X>
Tensor& elementwise_out(const Op& op, Tensor& out, const X&... x) {
  check(!(detail::thread_state.grad_mode && (detail::tracked(out) || ... || detail::tracked(x))), Op::name,
        ": functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
        "grad.");
  Shape sizes;
  for (const Tensor* t : {&x...}) sizes = broadcast_shapes(sizes, t->sizes(), Op::name);
  prepare_out(Op::name, out, sizes);
  op.write(out, x...);
  out.impl()->bump_version();
  return out;
}

/// write and forward of an op with one input and one kernel. The op adds name, saves and backward.
template <class Op, const Kernel<PointwiseFn>& kernel, Elementwise::Result result, int cost = 1>
struct UnaryOp {
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({Op::name, kernel, result, cost}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
};
/// The same with two inputs, which broadcast and promote.
template <class Op, const Kernel<PointwiseFn>& kernel, Elementwise::Result result, int cost = 1>
struct BinaryOp {
  static constexpr bool broadcasts = true;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({Op::name, kernel, result, cost}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
};

}  // namespace lampas

/// Definitions of what include/lampas/ops/forms.h declares, from the op (an expression).
#define LAMPAS_DEFINE_UNARY(fn, op) LAMPAS_DEFINE_UNARY_INPLACE(fn, op, op)
/// The same where nodes of the in-place form have another label.
#define LAMPAS_DEFINE_UNARY_INPLACE(fn, op, inplace)                                     \
  Tensor fn(const Tensor& x) { return apply(op, x); }                                    \
  Tensor& fn##_(Tensor& x) { return elementwise_inplace(inplace, x); }                   \
  Tensor& fn##_out(Tensor& out, const Tensor& x) { return elementwise_out(op, out, x); } \
  Tensor Tensor::fn() const { return apply(op, *this); }                                 \
  Tensor& Tensor::fn##_() const { return elementwise_inplace(inplace, *this); }
/// Another name for the same op.
#define LAMPAS_DEFINE_UNARY_ALIAS(alias, fn)                                             \
  Tensor alias(const Tensor& x) { return lampas::fn(x); }                                \
  Tensor& alias##_(Tensor& x) { return x.fn##_(); }                                      \
  Tensor& alias##_out(Tensor& out, const Tensor& x) { return lampas::fn##_out(out, x); } \
  Tensor Tensor::alias() const { return lampas::fn(*this); }                             \
  Tensor& Tensor::alias##_() const { return fn##_(); }
/// fn(a, b), fn_out(out, a, b), a.fn(b), a.fn_(b).
#define LAMPAS_DEFINE_BINARY(fn, ...)                                                                                 \
  Tensor fn(const Tensor& a, const Tensor& b) { return apply(__VA_ARGS__, a, b); }                                    \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Tensor& b) { return elementwise_out(__VA_ARGS__, out, a, b); } \
  Tensor Tensor::fn(const Tensor& b) const { return apply(__VA_ARGS__, *this, b); }                                   \
  Tensor& Tensor::fn##_(const Tensor& b) const { return elementwise_inplace(__VA_ARGS__, *this, b); }
/// The forms with a number on the right, from the op as such a node is labelled.
#define LAMPAS_DEFINE_BINARY_SCALAR(fn, ...)                                                       \
  Tensor fn(const Tensor& a, const Scalar& b) { return apply(__VA_ARGS__, a, wrapped_scalar(b)); } \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Scalar& b) {                                \
    return lampas::fn##_out(out, a, wrapped_scalar(b));                                            \
  }                                                                                                \
  Tensor Tensor::fn(const Scalar& b) const { return lampas::fn(*this, b); }                        \
  Tensor& Tensor::fn##_(const Scalar& b) const { return elementwise_inplace(__VA_ARGS__, *this, wrapped_scalar(b)); }
/// And on the left.
#define LAMPAS_DEFINE_SCALAR_LEFT(fn, ...)                                                         \
  Tensor fn(const Scalar& a, const Tensor& b) { return apply(__VA_ARGS__, wrapped_scalar(a), b); } \
  Tensor& fn##_out(Tensor& out, const Scalar& a, const Tensor& b) {                                \
    return lampas::fn##_out(out, wrapped_scalar(a), b);                                            \
  }
