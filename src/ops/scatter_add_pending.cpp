#include "lampas/tensor/tensor.h"
namespace lampas { Tensor& Tensor::scatter_add_(int64_t, const Tensor&, const Tensor&) const { lampas::fail("x"); } }
