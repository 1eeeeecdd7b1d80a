#pragma once

#include <iosfwd>
#include <vector>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/linear.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// Returns its input.
class LAMPAS_API IdentityImpl : public Cloneable<IdentityImpl> {
 public:
  IdentityImpl() = default;
  /// Takes and ignores any arguments, so that it can stand in for another module.
  template <class Head, class... Tail, class = std::enable_if_t<!std::is_base_of_v<IdentityImpl, std::decay_t<Head>>>>
  explicit IdentityImpl(Head&&, Tail&&...) {}
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Identity);

/// y = x W^T + b over the last dimension. weight (out_features, in_features) and bias (out_features) start uniform in
/// [-1/sqrt(in_features), 1/sqrt(in_features)].
class LAMPAS_API LinearImpl : public Cloneable<LinearImpl> {
 public:
  LinearImpl(int64_t in_features, int64_t out_features);
  explicit LinearImpl(const LinearOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LinearOptions options;
  Tensor weight;
  Tensor bias;
};
LAMPAS_LIBRARY_MODULE(Linear);

/// y_k = x1^T A_k x2 + b_k over the last dimensions. weight (out_features, in1_features, in2_features) and bias
/// (out_features) start uniform in [-1/sqrt(in1_features), 1/sqrt(in1_features)].
class LAMPAS_API BilinearImpl : public Cloneable<BilinearImpl> {
 public:
  BilinearImpl(int64_t in1_features, int64_t in2_features, int64_t out_features);
  explicit BilinearImpl(const BilinearOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);

  BilinearOptions options;
  Tensor weight;
  Tensor bias;
};
LAMPAS_LIBRARY_MODULE(Bilinear);

/// Merges dimensions [start_dim, end_dim] into one.
class LAMPAS_API FlattenImpl : public Cloneable<FlattenImpl> {
 public:
  explicit FlattenImpl(const FlattenOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  FlattenOptions options;
};
LAMPAS_LIBRARY_MODULE(Flatten);

/// Splits a dimension, given by number or name, into several.
class LAMPAS_API UnflattenImpl : public Cloneable<UnflattenImpl> {
 public:
  UnflattenImpl(int64_t dim, std::vector<int64_t> sizes);
  UnflattenImpl(std::string dimname, UnflattenOptions::namedshape_t namedshape);
  explicit UnflattenImpl(UnflattenOptions options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  UnflattenOptions options;
};
LAMPAS_LIBRARY_MODULE(Unflatten);

}  // namespace lampas::nn
