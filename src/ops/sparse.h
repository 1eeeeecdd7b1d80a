#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

inline bool is_sparse(const Tensor& t) { return t.impl() && LAMPAS_UNLIKELY(t.impl()->sparse); }
/// a + alpha b, of which at least one is sparse and both have one dtype.
Tensor sparse_add(const Tensor& a, const Tensor& b, const Scalar& alpha);
/// self += alpha other for sparse other.
void sparse_add_(const Tensor& self, const Tensor& other, const Scalar& alpha);
/// x with its values multiplied by a number.
Tensor sparse_scale(const Tensor& x, const Scalar& factor);
Tensor sparse_clone(const Tensor& x);
/// Whether sparse_add takes them.
inline bool adds_sparsely(const Tensor& a, const Tensor& b) {
  return (is_sparse(a) || is_sparse(b)) && a.defined() && b.defined() && a.sizes() == b.sizes() &&
         a.scalar_type() == b.scalar_type();
}
void sparse_zero_(const Tensor& x);

}  // namespace lampas
