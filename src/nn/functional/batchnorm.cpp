#include "lampas/nn/functional/batchnorm.h"

#include "lampas/ops/norm.h"
#include "nn/batch_norm_check.h"

namespace lampas::nn::functional {

Tensor batch_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var,
                  const BatchNormFuncOptions& o) {
  if (o.training()) nn::detail::check_batch(input);
  check(o.momentum().has_value(),
        "batch_norm: momentum must be given (an average over all batches is kept by the "
        "BatchNorm modules)");
  return lampas::batch_norm(input, o.weight(), o.bias(), running_mean, running_var, o.training(), *o.momentum(),
                            o.eps(), false);
}

}  // namespace lampas::nn::functional
