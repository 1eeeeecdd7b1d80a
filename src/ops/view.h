#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

/// A tensor over the memory of `x` with another geometry; `offset` in elements from the storage's start. No history.
inline Tensor view_of(const Tensor& x, IntArrayRef sizes, IntArrayRef strides, int64_t offset) {
  return Tensor::adopt(
      detail::new_alias(*x.impl(), sizes, strides, offset * static_cast<int64_t>(element_size(x.impl()->dtype))));
}
inline Tensor view_of(const Tensor& x, IntArrayRef sizes, IntArrayRef strides) {
  return Tensor::adopt(detail::new_alias(*x.impl(), sizes, strides, x.impl()->offset));
}

}  // namespace lampas
