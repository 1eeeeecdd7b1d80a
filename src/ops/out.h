#pragma once

#include "autograd/op.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

/// The end of an `_out` function that has no kernel writing in place: `result` goes into `out`, which is resized to it.
inline Tensor& result_out(const char* op, Tensor& out, const Tensor& result) {
  check(out.defined(), op, ": out is undefined");
  check(!detail::thread_state.grad_mode || (!detail::tracked(out) && !detail::tracked(result)), op,
        ": functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
        "grad.");
  check(can_cast(result.scalar_type(), out.scalar_type()), op, ": result type ", result.scalar_type(),
        " can't be cast to the desired output type ", out.scalar_type());
  prepare_out(op, out, result.sizes());
  check_no_internal_overlap(op, out);
  copy_elements(out, result);
  out.impl()->bump_version();
  return out;
}

}  // namespace lampas
