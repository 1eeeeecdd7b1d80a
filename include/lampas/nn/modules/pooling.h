#pragma once

#include <iosfwd>
#include <optional>
#include <tuple>
#include <vector>

#include "lampas/nn/absent.h"
#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/pooling.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// Average over windows of (N, C, L) or (C, L).
class LAMPAS_API AvgPool1dImpl : public Cloneable<AvgPool1dImpl> {
 public:
  AvgPool1dImpl(ExpandingArray<1> kernel_size);
  explicit AvgPool1dImpl(const AvgPool1dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AvgPool1dOptions options;
};
LAMPAS_LIBRARY_MODULE(AvgPool1d);

/// Average over windows of (N, C, H, W) or (C, H, W).
class LAMPAS_API AvgPool2dImpl : public Cloneable<AvgPool2dImpl> {
 public:
  AvgPool2dImpl(ExpandingArray<2> kernel_size);
  explicit AvgPool2dImpl(const AvgPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AvgPool2dOptions options;
};
LAMPAS_LIBRARY_MODULE(AvgPool2d);

/// Average over windows of (N, C, D, H, W) or (C, D, H, W).
class LAMPAS_API AvgPool3dImpl : public Cloneable<AvgPool3dImpl> {
 public:
  AvgPool3dImpl(ExpandingArray<3> kernel_size);
  explicit AvgPool3dImpl(const AvgPool3dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AvgPool3dOptions options;
};
LAMPAS_LIBRARY_MODULE(AvgPool3d);

/// Maximum over windows of (N, C, L) or (C, L).
class LAMPAS_API MaxPool1dImpl : public Cloneable<MaxPool1dImpl> {
 public:
  MaxPool1dImpl(ExpandingArray<1> kernel_size);
  explicit MaxPool1dImpl(const MaxPool1dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  MaxPool1dOptions options;
};
LAMPAS_LIBRARY_MODULE(MaxPool1d);

/// Maximum over windows of (N, C, H, W) or (C, H, W).
class LAMPAS_API MaxPool2dImpl : public Cloneable<MaxPool2dImpl> {
 public:
  MaxPool2dImpl(ExpandingArray<2> kernel_size);
  explicit MaxPool2dImpl(const MaxPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  MaxPool2dOptions options;
};
LAMPAS_LIBRARY_MODULE(MaxPool2d);

/// Maximum over windows of (N, C, D, H, W) or (C, D, H, W).
class LAMPAS_API MaxPool3dImpl : public Cloneable<MaxPool3dImpl> {
 public:
  MaxPool3dImpl(ExpandingArray<3> kernel_size);
  explicit MaxPool3dImpl(const MaxPool3dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  MaxPool3dOptions options;
};
LAMPAS_LIBRARY_MODULE(MaxPool3d);

/// Average over windows that divide (N, C, L) or (C, L) into output_size parts.
class LAMPAS_API AdaptiveAvgPool1dImpl : public Cloneable<AdaptiveAvgPool1dImpl> {
 public:
  AdaptiveAvgPool1dImpl(ExpandingArray<1> output_size);
  explicit AdaptiveAvgPool1dImpl(const AdaptiveAvgPool1dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AdaptiveAvgPool1dOptions options;
};
LAMPAS_LIBRARY_MODULE(AdaptiveAvgPool1d);

/// Average over windows that divide (N, C, H, W) or (C, H, W) into output_size parts.
class LAMPAS_API AdaptiveAvgPool2dImpl : public Cloneable<AdaptiveAvgPool2dImpl> {
 public:
  AdaptiveAvgPool2dImpl(ExpandingArrayWithOptionalElem<2> output_size);
  explicit AdaptiveAvgPool2dImpl(const AdaptiveAvgPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AdaptiveAvgPool2dOptions options;
};
LAMPAS_LIBRARY_MODULE(AdaptiveAvgPool2d);

/// Average over windows that divide (N, C, D, H, W) or (C, D, H, W) into output_size parts.
class LAMPAS_API AdaptiveAvgPool3dImpl : public Cloneable<AdaptiveAvgPool3dImpl> {
 public:
  AdaptiveAvgPool3dImpl(ExpandingArrayWithOptionalElem<3> output_size);
  explicit AdaptiveAvgPool3dImpl(const AdaptiveAvgPool3dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AdaptiveAvgPool3dOptions options;
};
LAMPAS_LIBRARY_MODULE(AdaptiveAvgPool3d);

/// Maximum over windows that divide (N, C, L) or (C, L) into output_size parts.
class LAMPAS_API AdaptiveMaxPool1dImpl : public Cloneable<AdaptiveMaxPool1dImpl> {
 public:
  AdaptiveMaxPool1dImpl(ExpandingArray<1> output_size);
  explicit AdaptiveMaxPool1dImpl(const AdaptiveMaxPool1dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  AdaptiveMaxPool1dOptions options;
};
LAMPAS_LIBRARY_MODULE(AdaptiveMaxPool1d);

/// Maximum over windows that divide (N, C, H, W) or (C, H, W) into output_size parts.
class LAMPAS_API AdaptiveMaxPool2dImpl : public Cloneable<AdaptiveMaxPool2dImpl> {
 public:
  AdaptiveMaxPool2dImpl(ExpandingArrayWithOptionalElem<2> output_size);
  explicit AdaptiveMaxPool2dImpl(const AdaptiveMaxPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  AdaptiveMaxPool2dOptions options;
};
LAMPAS_LIBRARY_MODULE(AdaptiveMaxPool2d);

/// Maximum over windows that divide (N, C, D, H, W) or (C, D, H, W) into output_size parts.
class LAMPAS_API AdaptiveMaxPool3dImpl : public Cloneable<AdaptiveMaxPool3dImpl> {
 public:
  AdaptiveMaxPool3dImpl(ExpandingArrayWithOptionalElem<3> output_size);
  explicit AdaptiveMaxPool3dImpl(const AdaptiveMaxPool3dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  AdaptiveMaxPool3dOptions options;
};
LAMPAS_LIBRARY_MODULE(AdaptiveMaxPool3d);

/// Puts the values of (N, C, L) or (C, L) where a max pool took them from; zeros elsewhere.
class LAMPAS_API MaxUnpool1dImpl : public Cloneable<MaxUnpool1dImpl> {
 public:
  MaxUnpool1dImpl(ExpandingArray<1> kernel_size);
  explicit MaxUnpool1dImpl(const MaxUnpool1dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& indices,
                 const std::optional<std::vector<int64_t>>& output_size = detail::no_size_vector);

  MaxUnpool1dOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(MaxUnpool1d);

/// Puts the values of (N, C, H, W) or (C, H, W) where a max pool took them from; zeros elsewhere.
class LAMPAS_API MaxUnpool2dImpl : public Cloneable<MaxUnpool2dImpl> {
 public:
  MaxUnpool2dImpl(ExpandingArray<2> kernel_size);
  explicit MaxUnpool2dImpl(const MaxUnpool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& indices,
                 const std::optional<std::vector<int64_t>>& output_size = detail::no_size_vector);

  MaxUnpool2dOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(MaxUnpool2d);

/// Puts the values of (N, C, D, H, W) or (C, D, H, W) where a max pool took them from; zeros elsewhere.
class LAMPAS_API MaxUnpool3dImpl : public Cloneable<MaxUnpool3dImpl> {
 public:
  MaxUnpool3dImpl(ExpandingArray<3> kernel_size);
  explicit MaxUnpool3dImpl(const MaxUnpool3dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& indices,
                 const std::optional<std::vector<int64_t>>& output_size = detail::no_size_vector);

  MaxUnpool3dOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(MaxUnpool3d);

/// Maximum over windows at pseudo-random places of (N, C, H, W) or (C, H, W): output sizes need not divide the input's.
class LAMPAS_API FractionalMaxPool2dImpl : public Cloneable<FractionalMaxPool2dImpl> {
 public:
  FractionalMaxPool2dImpl(ExpandingArray<2> kernel_size);
  explicit FractionalMaxPool2dImpl(const FractionalMaxPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  FractionalMaxPool2dOptions options;
  /// Where the windows lie, (N, C, 2) in [0, 1); undefined: drawn anew for every input.
  Tensor _random_samples;
};
LAMPAS_LIBRARY_MODULE(FractionalMaxPool2d);

/// Maximum over windows at pseudo-random places of (N, C, D, H, W) or (C, D, H, W): output sizes need not divide the
/// input's.
class LAMPAS_API FractionalMaxPool3dImpl : public Cloneable<FractionalMaxPool3dImpl> {
 public:
  FractionalMaxPool3dImpl(ExpandingArray<3> kernel_size);
  explicit FractionalMaxPool3dImpl(const FractionalMaxPool3dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  FractionalMaxPool3dOptions options;
  /// Where the windows lie, (N, C, 3) in [0, 1); undefined: drawn anew for every input.
  Tensor _random_samples;
};
LAMPAS_LIBRARY_MODULE(FractionalMaxPool3d);

/// (Sum of x^p)^(1/p) over windows of (N, C, L) or (C, L).
class LAMPAS_API LPPool1dImpl : public Cloneable<LPPool1dImpl> {
 public:
  LPPool1dImpl(double norm_type, ExpandingArray<1> kernel_size);
  explicit LPPool1dImpl(const LPPool1dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LPPool1dOptions options;
};
LAMPAS_LIBRARY_MODULE(LPPool1d);

/// (Sum of x^p)^(1/p) over windows of (N, C, H, W) or (C, H, W).
class LAMPAS_API LPPool2dImpl : public Cloneable<LPPool2dImpl> {
 public:
  LPPool2dImpl(double norm_type, ExpandingArray<2> kernel_size);
  explicit LPPool2dImpl(const LPPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LPPool2dOptions options;
};
LAMPAS_LIBRARY_MODULE(LPPool2d);

}  // namespace lampas::nn
