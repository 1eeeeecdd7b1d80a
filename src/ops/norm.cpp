#include "lampas/ops/norm.h"

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"

namespace lampas {

namespace {

void check_channels(const char* what, const Tensor& t, int64_t channels) {
  check(!t.defined() || (t.dim() == 1 && t.numel() == channels), "batch_norm: ", what, " should contain ", channels,
        " elements not ", t.defined() ? t.numel() : 0);
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                  const Tensor& running_var, bool training, double momentum, double eps, bool) {
  check(x.dim() >= 2, "batch_norm: expected at least 2D input (N, C, ...), got ", x.sizes());
  check(is_floating_point(x.scalar_type()), "batch_norm: expected a floating point input, got ", x.scalar_type());
  const int64_t channels = x.size(1), count = channels ? x.numel() / channels : 0;
  check_channels("weight", weight, channels);
  check_channels("bias", bias, channels);
  check_channels("running_mean", running_mean, channels);
  check_channels("running_var", running_var, channels);
  check(training || (running_mean.defined() && running_var.defined()),
        "batch_norm: running_mean and running_var must be defined in evaluation mode");
  Shape ones(static_cast<size_t>(x.dim()), 1), dims{0};
  ones[1] = channels;
  for (int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  Tensor mean, var;
  if (training) {
    mean = x.mean(dims);
    var = x.var(dims, false);
    NoGradGuard off;
    if (running_mean.defined()) running_mean.mul_(1 - momentum).add_(mean, momentum);
    if (running_var.defined())
      running_var.mul_(1 - momentum).add_(var, momentum * static_cast<double>(count) / static_cast<double>(count - 1));
  } else {
    mean = running_mean;
    var = running_var;
  }
  Tensor y = x.sub(mean.reshape(ones)).mul(var.add(eps).rsqrt().reshape(ones));
  if (weight.defined()) y = y.mul(weight.reshape(ones));
  if (bias.defined()) y = y.add(bias.reshape(ones));
  return y;
}

}  // namespace lampas
