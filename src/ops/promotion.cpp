#include "lampas/ops/promotion.h"

#include "ops/elementwise.h"

namespace lampas {

ScalarType result_type(const Tensor& a, const Tensor& b) {
  check(a.defined() && b.defined(), "result_type: ", a.defined() ? "other" : "tensor", " is undefined");
  return result_type({&a, &b});
}
ScalarType result_type(const Tensor& a, const Scalar& b) { return result_type(a, wrapped_scalar(b)); }
ScalarType result_type(const Scalar& a, const Tensor& b) { return result_type(wrapped_scalar(a), b); }
ScalarType result_type(const Scalar& a, const Scalar& b) { return result_type(wrapped_scalar(a), wrapped_scalar(b)); }

}  // namespace lampas
