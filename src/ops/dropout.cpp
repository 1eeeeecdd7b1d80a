#include "lampas/ops/dropout.h"

#include <cmath>

#include "autograd/op.h"
#include "core/generator_impl.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/random.h"

namespace lampas {

namespace {

/// 0 or `one` for each element, or for each (sample, channel). Drawn as PyTorch draws it, so that one seed drops the
/// same elements; in logical order, also where x lies otherwise.
Tensor kept(const char* op, const Tensor& x, double p, bool features, double one = 1) {
  Shape sizes(x.sizes());
  if (features) {
    check(x.dim() >= 2, op, ": Feature dropout requires at least 2 dimensions in the input, got ", x.sizes());
    for (size_t d = 2; d < sizes.size(); ++d) sizes[d] = 1;
  }
  const Tensor mask = empty_of(x, sizes);
  bernoulli_kernel.get(x.scalar_type())(generator_impl({}), mask.impl()->data(), mask.impl()->numel, 1 - p, one);
  return mask;
}
/// The mask, already scaled: 0 or 1 / (1 - p), divided in the dtype that computes.
Tensor scaled_mask(const char* op, const Tensor& x, double p, bool features) {
  const double scale = x.scalar_type() == kDouble ? 1 / (1 - p) : static_cast<double>(1.0f / static_cast<float>(1 - p));
  return kept(op, x, p, features, scale);
}

/// y = x * scale + shift.
struct AlphaMasks {
  Tensor scale, shift;
};
AlphaMasks alpha_masks(const char* op, const Tensor& x, double p, bool features) {
  constexpr double alpha = 1.7580993408473766;
  NoGradGuard off;
  Tensor keep = kept(op, x, p, features);
  const double a = 1 / std::sqrt((alpha * alpha * p + 1) * (1 - p));
  Tensor shift = keep.sub(1).mul_(alpha * a).add_(alpha * a * p);
  return {keep.mul_(a), shift};
}

void check_arguments(const char* op, const Tensor& x, double p, bool train) {
  check_defined(op, x);
  check(p >= 0 && p <= 1, op, ": dropout probability has to be between 0 and 1, but got ", p);
  check(!train || p == 0 || is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x);
}

Tensor run_alpha(const char* op, const Tensor& x, double p, bool train, bool features) {
  check_arguments(op, x, p, train);
  if (!train || p == 0 || x.numel() == 0) return x;
  if (p == 1) return x.mul(0);
  const AlphaMasks m = alpha_masks(op, x, p, features);
  return x.mul(m.scale).add_(m.shift);
}
Tensor& run_alpha_inplace(const char* op, Tensor& x, double p, bool train, bool features) {
  check_arguments(op, x, p, train);
  if (!train || p == 0 || x.numel() == 0) return x;
  if (p == 1) return x.mul_(0);
  const AlphaMasks m = alpha_masks(op, x, p, features);
  return x.mul_(m.scale).add_(m.shift);
}

Tensor run(const char* op, const Tensor& x, double p, bool train, bool features) {
  check_arguments(op, x, p, train);
  if (!train || p == 0 || x.numel() == 0) return x;
  if (p == 1) return x.mul(0);
  return x.mul(scaled_mask(op, x, p, features));
}

Tensor& run_inplace(const char* op, Tensor& x, double p, bool train, bool features) {
  check_arguments(op, x, p, train);
  if (!train || p == 0 || x.numel() == 0) return x;
  if (p == 1) return x.mul_(0);
  return x.mul_(scaled_mask(op, x, p, features));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool train) { return run("dropout", x, p, train, false); }
Tensor& dropout_(Tensor& x, double p, bool train) { return run_inplace("dropout_", x, p, train, false); }
Tensor feature_dropout(const Tensor& x, double p, bool train) { return run("feature_dropout", x, p, train, true); }
Tensor& feature_dropout_(Tensor& x, double p, bool train) { return run_inplace("feature_dropout_", x, p, train, true); }
Tensor alpha_dropout(const Tensor& x, double p, bool train) { return run_alpha("alpha_dropout", x, p, train, false); }
Tensor& alpha_dropout_(Tensor& x, double p, bool train) {
  return run_alpha_inplace("alpha_dropout_", x, p, train, false);
}
Tensor feature_alpha_dropout(const Tensor& x, double p, bool train) {
  return run_alpha("feature_alpha_dropout", x, p, train, true);
}
Tensor& feature_alpha_dropout_(Tensor& x, double p, bool train) {
  return run_alpha_inplace("feature_alpha_dropout_", x, p, train, true);
}

}  // namespace lampas
