#pragma once

#include "lampas/data/example.h"
#include "lampas/data/transforms/base.h"
#include "lampas/ops/pointwise.h"

namespace lampas::data::transforms {

/// A transform of the data tensor of an example; the target passes.
template <class Target = Tensor>
class TensorTransform : public Transform<Example<Tensor, Target>, Example<Tensor, Target>> {
 public:
  using E = Example<Tensor, Target>;
  using typename Transform<E, E>::InputType;
  using typename Transform<E, E>::OutputType;
  virtual Tensor operator()(Tensor input) = 0;
  OutputType apply(InputType input) override {
    input.data = (*this)(std::move(input.data));
    return input;
  }
};

/// A function of the data tensor.
template <class Target = Tensor>
class TensorLambda : public TensorTransform<Target> {
 public:
  using FunctionType = std::function<Tensor(Tensor)>;
  explicit TensorLambda(FunctionType f) : function_(std::move(f)) {}
  Tensor operator()(Tensor input) override { return function_(std::move(input)); }

 private:
  FunctionType function_;
};

/// (data - mean) / stddev, with one mean and stddev, or one per channel of (C, ...).
template <class Target = Tensor>
struct Normalize : public TensorTransform<Target> {
  Normalize(ArrayRef<double> mean, ArrayRef<double> stddev) : mean(per_channel(mean)), stddev(per_channel(stddev)) {}
  Tensor operator()(Tensor input) override {
    return input.sub(mean.to(input.scalar_type())).div(stddev.to(input.scalar_type()));
  }
  Tensor mean, stddev;

 private:
  static Tensor per_channel(ArrayRef<double> values);
};

namespace detail {
/// (n, 1, 1) float64.
LAMPAS_API Tensor channel_values(ArrayRef<double> values);
}  // namespace detail
template <class Target>
Tensor Normalize<Target>::per_channel(ArrayRef<double> values) {
  return detail::channel_values(values);
}

}  // namespace lampas::data::transforms
