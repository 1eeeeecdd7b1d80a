#include "lampas/nn/modules/loss.h"

#include <ostream>

#include "lampas/nn/functional/loss.h"

namespace lampas::nn {

namespace {
/// The weight as a buffer of the module's own: options are copied into clones, whose buffer must be another tensor.
Tensor weight_of(const Tensor& given) { return given.defined() ? given.detach() : given; }
}  // namespace

MSELossImpl::MSELossImpl(const MSELossOptions& options_) : options(options_) {}
void MSELossImpl::reset() {}
void MSELossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::MSELoss()"; }
Tensor MSELossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::mse_loss(input, target, options);
}

NLLLossImpl::NLLLossImpl(NLLLossOptions options_) : options(std::move(options_)) { NLLLossImpl::reset(); }
void NLLLossImpl::reset() { weight = register_buffer("weight", weight_of(options.weight())); }
void NLLLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::NLLLoss()"; }
Tensor NLLLossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::nll_loss(input, target, NLLLossOptions(options).weight(weight));
}

CrossEntropyLossImpl::CrossEntropyLossImpl(const CrossEntropyLossOptions& options_) : options(options_) {
  CrossEntropyLossImpl::reset();
}
void CrossEntropyLossImpl::reset() { weight = register_buffer("weight", weight_of(options.weight())); }
void CrossEntropyLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::CrossEntropyLoss()"; }
Tensor CrossEntropyLossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::cross_entropy(input, target, CrossEntropyLossOptions(options).weight(weight));
}

}  // namespace lampas::nn
