#pragma once

#include "torch/namespaces.h"

/// What a program that walks or extends graphs asks about a tensor.
namespace torch::autograd::impl {

/// The gradient of x's place in the graph: its op's, or for a leaf that of what adds up gradients. Invalid for others.
inline Edge gradient_edge(const Variable& x) {
  if (x.grad_fn()) return {x.grad_fn(), static_cast<uint32_t>(x.output_nr())};
  if (!x.requires_grad()) return {};
  AutoGradMode recording(true);
  return x.view_as(x).grad_fn()->next_edge(0);
}
/// What adds up the gradients of a leaf.
inline NodePtr grad_accumulator(const Variable& x) {
  TORCH_CHECK(!x.grad_fn(), "grad_accumulator() should be only called on leaf Variables");
  return gradient_edge(x).function;
}
/// In-place writes to a tensor's memory.
class VariableVersion {
 public:
  explicit VariableVersion(const Variable& x) : x_(x) {}
  uint32_t current_version() const { return static_cast<uint32_t>(x_._version()); }

 private:
  Variable x_;
};
inline VariableVersion version_counter(const Variable& x) { return VariableVersion(x); }

}  // namespace torch::autograd::impl
