#include "lampas/ops/dropout.h"

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"

namespace lampas {

namespace {

/// The mask, already scaled: 0 or 1 / (1 - p). Drawn as PyTorch draws it, so that one seed drops the same elements.
Tensor scaled_mask(const char* op, const Tensor& x, double p, bool features) {
  check(p >= 0 && p <= 1, op, ": dropout probability has to be between 0 and 1, but got ", p);
  NoGradGuard off;
  Shape sizes(x.sizes());
  if (features) {
    check(x.dim() >= 2, op, ": Feature dropout requires at least 2 dimensions in the input, got ", x.sizes());
    for (size_t d = 2; d < sizes.size(); ++d) sizes[d] = 1;
  }
  Tensor mask = features ? empty(sizes, x.options()) : empty_like(x);
  mask.bernoulli_(1 - p);
  return mask.div_(1 - p);
}

Tensor run(const char* op, const Tensor& x, double p, bool train, bool features) {
  check(p >= 0 && p <= 1, op, ": dropout probability has to be between 0 and 1, but got ", p);
  check(!train || is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x);
  if (!train || p == 0 || x.numel() == 0) return x;
  if (p == 1) return x.mul(0);
  return x.mul(scaled_mask(op, x, p, features));
}

Tensor& run_inplace(const char* op, Tensor& x, double p, bool train, bool features) {
  check(p >= 0 && p <= 1, op, ": dropout probability has to be between 0 and 1, but got ", p);
  check(!train || is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x);
  if (!train || p == 0 || x.numel() == 0) return x;
  if (p == 1) return x.mul_(0);
  return x.mul_(scaled_mask(op, x, p, features));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool train) { return run("dropout", x, p, train, false); }
Tensor& dropout_(Tensor& x, double p, bool train) { return run_inplace("dropout_", x, p, train, false); }
Tensor feature_dropout(const Tensor& x, double p, bool train) { return run("feature_dropout", x, p, train, true); }
Tensor& feature_dropout_(Tensor& x, double p, bool train) { return run_inplace("feature_dropout_", x, p, train, true); }

}  // namespace lampas
