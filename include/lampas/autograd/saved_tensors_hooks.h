#pragma once

#include <any>
#include <functional>
#include <memory>

#include "lampas/tensor/tensor.h"

namespace lampas {
namespace detail {
struct SavedHooks;
}

namespace autograd::graph {

/// (Not part of lampas.h: <any> is dear to compile.) While one lives, what this thread saves for backward goes through
/// a pair of functions: `pack` gets the tensor when it is saved and returns whatever is to be kept in its place (a copy
/// on disk, fewer bits, the tensor itself); `unpack` gets that in backward, once for every use, and returns a tensor of
/// the same sizes and dtype. Both run unrecorded, and in backward the history of the tensor is restored.
///
///   autograd::graph::saved_tensors_hooks half([](const Tensor& t) -> std::any { return t.to(kHalf); },
///                                             [](const std::any& a) { return std::any_cast<Tensor>(a).to(kFloat); });
///
/// The functions live as long as what they packed. Of nested scopes the innermost counts. Objects must be destroyed in
/// reverse order on the thread that made them. `pack` may not change the tensor (an error), and there is no check for
/// later in-place changes: it is for `pack` to keep what it needs.
class LAMPAS_API saved_tensors_hooks {
 public:
  using Pack = std::function<std::any(const Tensor&)>;
  using Unpack = std::function<Tensor(const std::any&)>;
  saved_tensors_hooks(Pack pack, Unpack unpack);
  ~saved_tensors_hooks();
  saved_tensors_hooks(const saved_tensors_hooks&) = delete;
  saved_tensors_hooks& operator=(const saved_tensors_hooks&) = delete;

 private:
  std::shared_ptr<lampas::detail::SavedHooks> hooks_;
};

}  // namespace autograd::graph
}  // namespace lampas
