#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/dropout.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

namespace detail {
template <class Derived>
class DropoutBase : public Cloneable<Derived> {
 public:
  DropoutBase(double p) : DropoutBase(DropoutOptions(p)) {}
  explicit DropoutBase(const DropoutOptions& options_ = {}) : options(options_) { DropoutBase::reset(); }
  void reset() override {
    check(options.p() >= 0 && options.p() <= 1, "dropout probability has to be between 0 and 1, but got ", options.p());
  }

  DropoutOptions options;
};
}  // namespace detail

/// In training, zeroes each element with probability p and divides the others by 1 - p.
class LAMPAS_API DropoutImpl : public detail::DropoutBase<DropoutImpl> {
 public:
  using detail::DropoutBase<DropoutImpl>::DropoutBase;
  Tensor forward(Tensor input);
  void pretty_print(std::ostream& stream) const override;
};
LAMPAS_LIBRARY_MODULE(Dropout);

/// The same for whole channels of (N, C, H, W).
class LAMPAS_API Dropout2dImpl : public detail::DropoutBase<Dropout2dImpl> {
 public:
  using detail::DropoutBase<Dropout2dImpl>::DropoutBase;
  Tensor forward(Tensor input);
  void pretty_print(std::ostream& stream) const override;
};
LAMPAS_LIBRARY_MODULE(Dropout2d);

/// The same for whole channels of (N, C, D, H, W).
class LAMPAS_API Dropout3dImpl : public detail::DropoutBase<Dropout3dImpl> {
 public:
  using detail::DropoutBase<Dropout3dImpl>::DropoutBase;
  Tensor forward(Tensor input);
  void pretty_print(std::ostream& stream) const override;
};
LAMPAS_LIBRARY_MODULE(Dropout3d);

/// In training, sets elements to the negative saturation value of SELU with probability p and restores mean 0 and
/// variance 1.
class LAMPAS_API AlphaDropoutImpl : public detail::DropoutBase<AlphaDropoutImpl> {
 public:
  using detail::DropoutBase<AlphaDropoutImpl>::DropoutBase;
  Tensor forward(const Tensor& input);
  void pretty_print(std::ostream& stream) const override;
};
LAMPAS_LIBRARY_MODULE(AlphaDropout);

/// The same for whole channels of (N, C, ...).
class LAMPAS_API FeatureAlphaDropoutImpl : public detail::DropoutBase<FeatureAlphaDropoutImpl> {
 public:
  using detail::DropoutBase<FeatureAlphaDropoutImpl>::DropoutBase;
  Tensor forward(const Tensor& input);
  void pretty_print(std::ostream& stream) const override;
};
LAMPAS_LIBRARY_MODULE(FeatureAlphaDropout);

}  // namespace lampas::nn
