#pragma once

#include "autograd/op.h"

/// In-place forms of functions that make a new tensor, and forms that make a new tensor of in-place operations.
namespace lampas {

/// A copy that stands where x does in the graph: written to in place, the write is the one node recorded. Something
/// must be written.
Tensor copy_to_write(const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);

/// Gives `self` the elements of `y`, which was computed from it. Where y's node leads to self first, self continues
/// from it; else the copying is recorded.
Tensor& take_result(const char* op, const Tensor& self, const Tensor& y);

/// self.op_() as take_result of f(self). Where it is recorded, f gets a copy: what it saves is not overwritten then.
/// `recorded` tells whether another input needs a gradient.
template <class F>
Tensor& result_inplace(const char* op, const Tensor& self, bool recorded, const F& f) {
  const bool copies = detail::thread_state.grad_mode && (recorded || detail::tracked(self));
  return take_result(op, self, f(copies ? copy_to_write(self) : self));
}

}  // namespace lampas
