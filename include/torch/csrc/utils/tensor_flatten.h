#pragma once

#include "torch/namespaces.h"

namespace torch {
namespace utils {

/// The elements of all tensors one after another.
inline at::Tensor flatten_dense_tensors(at::TensorList tensors) {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& t : tensors) flat.push_back(t.contiguous().view({-1}));
  return flat.size() == 1 ? flat[0] : lampas::cat(flat);
}
/// Back again, into tensors of the given sizes: views, but for tensors without elements, which have memory of their
/// own.
inline std::vector<at::Tensor> unflatten_dense_tensors(const at::Tensor& flat, at::TensorList tensors) {
  std::vector<at::Tensor> parts;
  int64_t at = 0;
  for (const at::Tensor& t : tensors) {
    const int64_t n = t.numel();
    parts.push_back(n == 0 ? lampas::empty(t.sizes(), flat.options()) : flat.narrow(0, at, n).view(t.sizes()));
    at += n;
  }
  return parts;
}

}  // namespace utils
}  // namespace torch

namespace at {
using torch::utils::flatten_dense_tensors;
using torch::utils::unflatten_dense_tensors;
}  // namespace at
