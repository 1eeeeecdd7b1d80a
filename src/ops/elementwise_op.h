#pragma once

#include "autograd/op.h"
#include "ops/elementwise.h"

/// Forms of an elementwise op whose struct has `Tensor write(const Tensor& out, const Tensor& x...) const`.
namespace lampas {

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

}  // namespace lampas
