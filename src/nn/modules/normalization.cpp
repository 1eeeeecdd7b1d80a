#include "lampas/nn/modules/normalization.h"

#include <ostream>

#include "lampas/nn/functional/normalization.h"
#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/norm.h"

namespace lampas::nn {

namespace {
const char* bool_name(bool b) { return b ? "true" : "false"; }
}  // namespace

LayerNormImpl::LayerNormImpl(std::vector<int64_t> normalized_shape)
    : LayerNormImpl(LayerNormOptions(std::move(normalized_shape))) {}
LayerNormImpl::LayerNormImpl(const LayerNormOptions& options_) : options(options_) { LayerNormImpl::reset(); }

void LayerNormImpl::reset() {
  const auto& shape = options.normalized_shape();
  check(!shape.empty(),
        "LayerNorm: Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but "
        "got normalized_shape = []");
  const bool affine = options.elementwise_affine();
  weight = register_parameter("weight", affine ? empty(IntArrayRef(shape)) : Tensor(), affine);
  bias = register_parameter("bias", affine ? empty(IntArrayRef(shape)) : Tensor(), affine);
  reset_parameters();
}
void LayerNormImpl::reset_parameters() {
  if (!options.elementwise_affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}
void LayerNormImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LayerNorm(" << str(IntArrayRef(options.normalized_shape())) << ", eps=" << options.eps()
         << ", elementwise_affine=" << bool_name(options.elementwise_affine()) << ')';
}
Tensor LayerNormImpl::forward(const Tensor& input) {
  return lampas::layer_norm(input, options.normalized_shape(), weight, bias, options.eps());
}

GroupNormImpl::GroupNormImpl(int64_t num_groups, int64_t num_channels)
    : GroupNormImpl(GroupNormOptions(num_groups, num_channels)) {}
GroupNormImpl::GroupNormImpl(const GroupNormOptions& options_) : options(options_) { GroupNormImpl::reset(); }

void GroupNormImpl::reset() {
  check(options.num_groups() > 0 && options.num_channels() % options.num_groups() == 0, "GroupNorm: num_channels (",
        options.num_channels(), ") must be divisible by num_groups (", options.num_groups(), ")");
  const bool affine = options.affine();
  weight = register_parameter("weight", affine ? empty(options.num_channels()) : Tensor(), affine);
  bias = register_parameter("bias", affine ? empty(options.num_channels()) : Tensor(), affine);
  reset_parameters();
}
void GroupNormImpl::reset_parameters() {
  if (!options.affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}
void GroupNormImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::GroupNorm(" << options.num_groups() << ", " << options.num_channels()
         << ", eps=" << options.eps() << ", affine=" << bool_name(options.affine()) << ')';
}
Tensor GroupNormImpl::forward(const Tensor& input) {
  check(!input.defined() || input.dim() < 2 || input.size(1) == options.num_channels(), "GroupNorm: expected ",
        options.num_channels(), " channels (dimension 1), got input ", input.defined() ? input.sizes() : IntArrayRef());
  return lampas::group_norm(input, options.num_groups(), weight, bias, options.eps());
}

LocalResponseNormImpl::LocalResponseNormImpl(int64_t size) : LocalResponseNormImpl(LocalResponseNormOptions(size)) {}
LocalResponseNormImpl::LocalResponseNormImpl(const LocalResponseNormOptions& options_) : options(options_) {}
void LocalResponseNormImpl::reset() {}
void LocalResponseNormImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LocalResponseNorm(" << options.size() << ", alpha=" << options.alpha()
         << ", beta=" << options.beta() << ", k=" << options.k() << ')';
}
Tensor LocalResponseNormImpl::forward(const Tensor& input) { return functional::local_response_norm(input, options); }

CrossMapLRN2dImpl::CrossMapLRN2dImpl(int64_t size) : CrossMapLRN2dImpl(CrossMapLRN2dOptions(size)) {}
CrossMapLRN2dImpl::CrossMapLRN2dImpl(const CrossMapLRN2dOptions& options_) : options(options_) {}
void CrossMapLRN2dImpl::reset() {}
void CrossMapLRN2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::CrossMapLRN2d(" << options.size() << ", alpha=" << options.alpha()
         << ", beta=" << options.beta() << ", k=" << options.k() << ')';
}
Tensor CrossMapLRN2dImpl::forward(const Tensor& input) {
  check(input.defined() && input.dim() == 4, "CrossMapLRN2d: expected 4D input (got ",
        input.defined() ? input.dim() : 0, "D input)");
  // PyTorch's running sum never drops the first channel; trained models count on it.
  const int64_t reach = (options.size() - 1) / 2;
  return detail::local_response_norm("CrossMapLRN2d", input, options.size(), reach, reach, options.alpha(),
                                     options.beta(), static_cast<double>(options.k()), /*keeps_first=*/true);
}

}  // namespace lampas::nn
