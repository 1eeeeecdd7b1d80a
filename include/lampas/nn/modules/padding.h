#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/padding.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

namespace detail {
/// What the padding modules share: no parameters, one forward.
template <class Derived, class Options_>
class LAMPAS_API PaddingBase : public Cloneable<Derived> {
 public:
  explicit PaddingBase(const Options_& options_) : options(options_) {}
  void reset() override {}

  Options_ options;
};
}  // namespace detail

/// Mirrors the borders of (N, C, L) or (C, L).
class LAMPAS_API ReflectionPad1dImpl : public detail::PaddingBase<ReflectionPad1dImpl, ReflectionPad1dOptions> {
 public:
  ReflectionPad1dImpl(ExpandingArray<2> padding);
  explicit ReflectionPad1dImpl(const ReflectionPad1dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ReflectionPad1d);

/// Mirrors the borders of (N, C, H, W) or (C, H, W).
class LAMPAS_API ReflectionPad2dImpl : public detail::PaddingBase<ReflectionPad2dImpl, ReflectionPad2dOptions> {
 public:
  ReflectionPad2dImpl(ExpandingArray<4> padding);
  explicit ReflectionPad2dImpl(const ReflectionPad2dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ReflectionPad2d);

/// Mirrors the borders of (N, C, D, H, W) or (C, D, H, W).
class LAMPAS_API ReflectionPad3dImpl : public detail::PaddingBase<ReflectionPad3dImpl, ReflectionPad3dOptions> {
 public:
  ReflectionPad3dImpl(ExpandingArray<6> padding);
  explicit ReflectionPad3dImpl(const ReflectionPad3dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ReflectionPad3d);

/// Repeats the borders of (N, C, L) or (C, L).
class LAMPAS_API ReplicationPad1dImpl : public detail::PaddingBase<ReplicationPad1dImpl, ReplicationPad1dOptions> {
 public:
  ReplicationPad1dImpl(ExpandingArray<2> padding);
  explicit ReplicationPad1dImpl(const ReplicationPad1dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ReplicationPad1d);

/// Repeats the borders of (N, C, H, W) or (C, H, W).
class LAMPAS_API ReplicationPad2dImpl : public detail::PaddingBase<ReplicationPad2dImpl, ReplicationPad2dOptions> {
 public:
  ReplicationPad2dImpl(ExpandingArray<4> padding);
  explicit ReplicationPad2dImpl(const ReplicationPad2dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ReplicationPad2d);

/// Repeats the borders of (N, C, D, H, W) or (C, D, H, W).
class LAMPAS_API ReplicationPad3dImpl : public detail::PaddingBase<ReplicationPad3dImpl, ReplicationPad3dOptions> {
 public:
  ReplicationPad3dImpl(ExpandingArray<6> padding);
  explicit ReplicationPad3dImpl(const ReplicationPad3dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ReplicationPad3d);

/// Zeros around the last two dimensions.
class LAMPAS_API ZeroPad2dImpl : public detail::PaddingBase<ZeroPad2dImpl, ZeroPad2dOptions> {
 public:
  ZeroPad2dImpl(ExpandingArray<4> padding);
  explicit ZeroPad2dImpl(const ZeroPad2dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ZeroPad2d);

/// A constant around the last dimension.
class LAMPAS_API ConstantPad1dImpl : public detail::PaddingBase<ConstantPad1dImpl, ConstantPad1dOptions> {
 public:
  ConstantPad1dImpl(ExpandingArray<2> padding, double value);
  explicit ConstantPad1dImpl(const ConstantPad1dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ConstantPad1d);

/// A constant around the last two dimensions.
class LAMPAS_API ConstantPad2dImpl : public detail::PaddingBase<ConstantPad2dImpl, ConstantPad2dOptions> {
 public:
  ConstantPad2dImpl(ExpandingArray<4> padding, double value);
  explicit ConstantPad2dImpl(const ConstantPad2dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ConstantPad2d);

/// A constant around the last three dimensions.
class LAMPAS_API ConstantPad3dImpl : public detail::PaddingBase<ConstantPad3dImpl, ConstantPad3dOptions> {
 public:
  ConstantPad3dImpl(ExpandingArray<6> padding, double value);
  explicit ConstantPad3dImpl(const ConstantPad3dOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(ConstantPad3d);

}  // namespace lampas::nn
