#pragma once

#include "torch/namespaces.h"

namespace at {
namespace detail {
/// An index that is missing takes the whole dimension. (Templates: few programs make lists.)
template <class L>
std::vector<lampas::TensorIndex> to_indices(const L& given) {
  std::vector<lampas::TensorIndex> indices;
  for (const c10::optional<Tensor>& t : given) {
    if (t && t->defined())
      indices.emplace_back(*t);
    else
      indices.emplace_back(lampas::indexing::Slice());
  }
  return indices;
}
}  // namespace detail

/// Functions of at:: take lists of tensors; Tensor's methods take every kind of index.
template <class L = c10::List<c10::optional<Tensor>>>
Tensor index(const Tensor& x, const L& indices) {
  return x.index(detail::to_indices(indices));
}
template <class L = c10::List<c10::optional<Tensor>>>
Tensor& index_put_(Tensor& x, const L& indices, const Tensor& values, bool accumulate = false) {
  return lampas::index_put_(x, detail::to_indices(indices), values, accumulate);
}
template <class L = c10::List<c10::optional<Tensor>>>
Tensor index_put(const Tensor& x, const L& indices, const Tensor& values, bool accumulate = false) {
  return lampas::index_put(x, detail::to_indices(indices), values, accumulate);
}

}  // namespace at
