#include "lampas/ops/weight_norm.h"

#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"

namespace lampas {

Tensor norm_except_dim(const Tensor& v, int64_t pow, int64_t dim) {
  check(v.defined(), "norm_except_dim: v is undefined");
  check_index(dim >= -1 && dim < v.dim(), "norm_except_dim: dim ", dim, " is out of range for a tensor of ", v.dim(),
              " dimensions (-1 stands for none)");
  if (dim < 0) return v.norm(pow);
  std::vector<int64_t> others;
  for (int64_t d = 0; d < v.dim(); ++d)
    if (d != dim) others.push_back(d);
  return others.empty() ? v.abs() : v.norm(pow, others, /*keepdim=*/true);
}

Tensor _weight_norm(const Tensor& v, const Tensor& g, int64_t dim) {
  check(g.defined(), "_weight_norm: g is undefined");
  return v * (g / norm_except_dim(v, 2, dim));
}

}  // namespace lampas
