#pragma once

#include <optional>

#include "lampas/autograd/grad_mode.h"
#include "lampas/autograd/node.h"

namespace lampas::autograd {

using lampas::Edge;
using lampas::Node;
using lampas::variable_list;
using Variable = lampas::Tensor;

/// Accumulates into `.grad` of the leaves (or of `inputs` only) the gradient of sum_k <tensors[k], grad_tensors[k]>.
/// `grad_tensors` may be empty or hold undefined tensors where a tensor has one element. `retain_graph` defaults to
/// `create_graph`; otherwise what the graph saved is freed.
LAMPAS_API void backward(const variable_list& tensors, const variable_list& grad_tensors = {},
                         std::optional<bool> retain_graph = std::nullopt, bool create_graph = false,
                         const variable_list& inputs = {});

/// The gradients of the outputs with respect to `inputs`, without touching any `.grad`. An input the outputs do not
/// depend on is an error, or undefined with `allow_unused`.
LAMPAS_API variable_list grad(const variable_list& outputs, const variable_list& inputs,
                              const variable_list& grad_outputs = {}, std::optional<bool> retain_graph = std::nullopt,
                              bool create_graph = false, bool allow_unused = false);

}  // namespace lampas::autograd
