#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

/// Writes `source`, broadcast and converted, into `out`. No checks, no history: for use inside ops.
void copy_elements(const Tensor& out, const Tensor& source);
/// An uninitialised tensor of `x`'s dtype and device with the given sizes, row-major.
inline Tensor empty_of(const Tensor& x, IntArrayRef sizes) {
  return Tensor::adopt(detail::new_impl(sizes, numel_of(sizes), x.impl()->dtype, x.impl()->device));
}
inline Tensor empty_of(const Tensor& x, IntArrayRef sizes, ScalarType dtype) {
  return Tensor::adopt(detail::new_impl(sizes, numel_of(sizes), dtype, x.impl()->device));
}
/// An uninitialised tensor laid out as `x` when that is dense, else densely in the order of its strides.
Tensor empty_as(const Tensor& x, ScalarType dtype);
inline Tensor empty_as(const Tensor& x) { return empty_as(x, x.impl()->dtype); }
/// A row-major version of `x` for kernels that need one: `x` itself when it is already. No history.
Tensor plain(const Tensor& x);

}  // namespace lampas
