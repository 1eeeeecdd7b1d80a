#include "lampas/nn/modules/dropout.h"

#include <ostream>

#include "lampas/nn/functional/dropout.h"

namespace lampas::nn {

namespace {
functional::DropoutFuncOptions options_of(const DropoutOptions& o, bool training) {
  return functional::DropoutFuncOptions().p(o.p()).training(training).inplace(o.inplace());
}
void print(std::ostream& stream, const char* name, const DropoutOptions& o) {
  stream << "torch::nn::" << name << "(p=" << o.p() << ", inplace=" << (o.inplace() ? "true" : "false") << ')';
}
}  // namespace

Tensor DropoutImpl::forward(Tensor input) {
  return functional::dropout(std::move(input), options_of(options, is_training()));
}
void DropoutImpl::pretty_print(std::ostream& stream) const { print(stream, "Dropout", options); }

Tensor Dropout2dImpl::forward(Tensor input) {
  return functional::dropout2d(std::move(input), options_of(options, is_training()));
}
void Dropout2dImpl::pretty_print(std::ostream& stream) const { print(stream, "Dropout2d", options); }

Tensor Dropout3dImpl::forward(Tensor input) {
  return functional::dropout3d(std::move(input), options_of(options, is_training()));
}
void Dropout3dImpl::pretty_print(std::ostream& stream) const { print(stream, "Dropout3d", options); }

Tensor AlphaDropoutImpl::forward(const Tensor& input) {
  return functional::alpha_dropout(
      input, functional::AlphaDropoutFuncOptions().p(options.p()).training(is_training()).inplace(options.inplace()));
}
void AlphaDropoutImpl::pretty_print(std::ostream& stream) const { print(stream, "AlphaDropout", options); }

Tensor FeatureAlphaDropoutImpl::forward(const Tensor& input) {
  return functional::feature_alpha_dropout(
      input,
      functional::FeatureAlphaDropoutFuncOptions().p(options.p()).training(is_training()).inplace(options.inplace()));
}
void FeatureAlphaDropoutImpl::pretty_print(std::ostream& stream) const {
  print(stream, "FeatureAlphaDropout", options);
}

}  // namespace lampas::nn
