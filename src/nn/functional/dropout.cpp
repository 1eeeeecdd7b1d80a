#include "lampas/nn/functional/dropout.h"

#include "lampas/ops/dropout.h"
#include "ops/defined.h"

namespace lampas::nn::functional {

namespace {
void check_probability(const char* op, double p) {
  check(p >= 0 && p <= 1, op, ": dropout probability has to be between 0 and 1, but got ", p);
}
Tensor drop_channels(const char* op, Tensor input, const DropoutFuncOptions& o) {
  check_probability(op, o.p());
  return o.inplace() ? feature_dropout_(input, o.p(), o.training()) : feature_dropout(input, o.p(), o.training());
}
}  // namespace

Tensor dropout(Tensor input, const DropoutFuncOptions& o) {
  check_probability("dropout", o.p());
  return o.inplace() ? lampas::dropout_(input, o.p(), o.training()) : lampas::dropout(input, o.p(), o.training());
}
Tensor dropout2d(Tensor input, const Dropout2dFuncOptions& o) {
  return drop_channels("dropout2d", std::move(input), o);
}
Tensor dropout3d(Tensor input, const Dropout3dFuncOptions& o) {
  check_defined("dropout3d", input);
  if (input.dim() == 5) return drop_channels("dropout3d", std::move(input), o);
  // Without a batch the channels come first. (dropout2d, as PyTorch's, reads three dimensions as samples, channels, L.)
  const Tensor y = drop_channels("dropout3d", input.unsqueeze(0), o);
  return o.inplace() ? input : y.squeeze(0);
}
Tensor alpha_dropout(Tensor input, const AlphaDropoutFuncOptions& o) {
  check_probability("alpha_dropout", o.p());
  return o.inplace() ? lampas::alpha_dropout_(input, o.p(), o.training())
                     : lampas::alpha_dropout(input, o.p(), o.training());
}
Tensor feature_alpha_dropout(Tensor input, const FeatureAlphaDropoutFuncOptions& o) {
  check_probability("feature_alpha_dropout", o.p());
  return o.inplace() ? lampas::feature_alpha_dropout_(input, o.p(), o.training())
                     : lampas::feature_alpha_dropout(input, o.p(), o.training());
}

namespace detail {
namespace {
template <class Options>
Options options_of(double p, bool training, bool inplace) {
  return Options().p(p).training(training).inplace(inplace);
}
}  // namespace
Tensor dropout(Tensor input, double p, bool training, bool inplace) {
  return functional::dropout(std::move(input), options_of<DropoutFuncOptions>(p, training, inplace));
}
Tensor dropout2d(Tensor input, double p, bool training, bool inplace) {
  return functional::dropout2d(std::move(input), options_of<Dropout2dFuncOptions>(p, training, inplace));
}
Tensor dropout3d(Tensor input, double p, bool training, bool inplace) {
  return functional::dropout3d(std::move(input), options_of<Dropout3dFuncOptions>(p, training, inplace));
}
Tensor alpha_dropout(Tensor input, double p, bool training, bool inplace) {
  return functional::alpha_dropout(std::move(input), options_of<AlphaDropoutFuncOptions>(p, training, inplace));
}
Tensor feature_alpha_dropout(Tensor input, double p, bool training, bool inplace) {
  return functional::feature_alpha_dropout(std::move(input),
                                           options_of<FeatureAlphaDropoutFuncOptions>(p, training, inplace));
}
}  // namespace detail

}  // namespace lampas::nn::functional
