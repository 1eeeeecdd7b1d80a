#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/activation.h"
#include "lampas/nn/pimpl.h"

/// Activations as modules. With the option `inplace` the result is written into the input, which is returned.
namespace lampas::nn {

/// x > 0 ? x : alpha * (exp(x) - 1).
class LAMPAS_API ELUImpl : public Cloneable<ELUImpl> {
 public:
  explicit ELUImpl(const ELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  ELUOptions options;
};
LAMPAS_LIBRARY_MODULE(ELU);

/// 1.0507 * (x > 0 ? x : 1.6733 * (exp(x) - 1)).
class LAMPAS_API SELUImpl : public Cloneable<SELUImpl> {
 public:
  explicit SELUImpl(const SELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  SELUOptions options;
};
LAMPAS_LIBRARY_MODULE(SELU);

/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).
class LAMPAS_API CELUImpl : public Cloneable<CELUImpl> {
 public:
  explicit CELUImpl(const CELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  CELUOptions options;
};
LAMPAS_LIBRARY_MODULE(CELU);

/// x times the normal distribution function of x.
class LAMPAS_API GELUImpl : public Cloneable<GELUImpl> {
 public:
  explicit GELUImpl(const GELUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GELUOptions options;
};
LAMPAS_LIBRARY_MODULE(GELU);

/// x * sigmoid(x).
class LAMPAS_API SiLUImpl : public Cloneable<SiLUImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(SiLU);

/// x * tanh(softplus(x)).
class LAMPAS_API MishImpl : public Cloneable<MishImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Mish);

/// The first half along a dimension times the sigmoid of the second.
class LAMPAS_API GLUImpl : public Cloneable<GLUImpl> {
 public:
  explicit GLUImpl(const GLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GLUOptions options;
};
LAMPAS_LIBRARY_MODULE(GLU);

/// max(x, 0).
class LAMPAS_API ReLUImpl : public Cloneable<ReLUImpl> {
 public:
  explicit ReLUImpl(const ReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  ReLUOptions options;
};
LAMPAS_LIBRARY_MODULE(ReLU);

/// min(max(x, 0), 6).
class LAMPAS_API ReLU6Impl : public Cloneable<ReLU6Impl> {
 public:
  explicit ReLU6Impl(const ReLU6Options& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  ReLU6Options options;
};
LAMPAS_LIBRARY_MODULE(ReLU6);

/// x > 0 ? x : negative_slope * x.
class LAMPAS_API LeakyReLUImpl : public Cloneable<LeakyReLUImpl> {
 public:
  explicit LeakyReLUImpl(const LeakyReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  LeakyReLUOptions options;
};
LAMPAS_LIBRARY_MODULE(LeakyReLU);

/// x > 0 ? x : weight * x. weight (num_parameters): one slope for all, or one for each channel.
class LAMPAS_API PReLUImpl : public Cloneable<PReLUImpl> {
 public:
  explicit PReLUImpl(const PReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  PReLUOptions options;
  Tensor weight;
};
LAMPAS_LIBRARY_MODULE(PReLU);

/// leaky_relu whose slopes are drawn for each element in training; in evaluation their mean.
class LAMPAS_API RReLUImpl : public Cloneable<RReLUImpl> {
 public:
  explicit RReLUImpl(const RReLUOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  RReLUOptions options;
};
LAMPAS_LIBRARY_MODULE(RReLU);

/// min(max(x, min_val), max_val).
class LAMPAS_API HardtanhImpl : public Cloneable<HardtanhImpl> {
 public:
  explicit HardtanhImpl(const HardtanhOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  HardtanhOptions options;
};
LAMPAS_LIBRARY_MODULE(Hardtanh);

/// min(max(x + 3, 0), 6) / 6.
class LAMPAS_API HardsigmoidImpl : public Cloneable<HardsigmoidImpl> {
 public:
  explicit HardsigmoidImpl(const HardsigmoidOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  HardsigmoidOptions options;
};
LAMPAS_LIBRARY_MODULE(Hardsigmoid);

/// x * min(max(x + 3, 0), 6) / 6.
class LAMPAS_API HardswishImpl : public Cloneable<HardswishImpl> {
 public:
  explicit HardswishImpl(const HardswishOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  HardswishOptions options;
};
LAMPAS_LIBRARY_MODULE(Hardswish);

/// |x| > lambda ? x : 0.
class LAMPAS_API HardshrinkImpl : public Cloneable<HardshrinkImpl> {
 public:
  explicit HardshrinkImpl(const HardshrinkOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  HardshrinkOptions options;
};
LAMPAS_LIBRARY_MODULE(Hardshrink);

/// x moved toward 0 by lambda, as far as 0.
class LAMPAS_API SoftshrinkImpl : public Cloneable<SoftshrinkImpl> {
 public:
  explicit SoftshrinkImpl(const SoftshrinkOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftshrinkOptions options;
};
LAMPAS_LIBRARY_MODULE(Softshrink);

/// log(1 + exp(beta * x)) / beta, or x where beta * x > threshold.
class LAMPAS_API SoftplusImpl : public Cloneable<SoftplusImpl> {
 public:
  explicit SoftplusImpl(const SoftplusOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftplusOptions options;
};
LAMPAS_LIBRARY_MODULE(Softplus);

/// log(sigmoid(x)).
class LAMPAS_API LogSigmoidImpl : public Cloneable<LogSigmoidImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(LogSigmoid);

/// x / (1 + |x|).
class LAMPAS_API SoftsignImpl : public Cloneable<SoftsignImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Softsign);

/// x - tanh(x).
class LAMPAS_API TanhshrinkImpl : public Cloneable<TanhshrinkImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Tanhshrink);

/// 1 / (1 + exp(-x)).
class LAMPAS_API SigmoidImpl : public Cloneable<SigmoidImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Sigmoid);

/// tanh(x).
class LAMPAS_API TanhImpl : public Cloneable<TanhImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Tanh);

/// x > threshold ? x : value.
class LAMPAS_API ThresholdImpl : public Cloneable<ThresholdImpl> {
 public:
  ThresholdImpl(double threshold, double value);
  explicit ThresholdImpl(const ThresholdOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);

  ThresholdOptions options;
};
LAMPAS_LIBRARY_MODULE(Threshold);

/// exp(x) / sum exp(x) along a dimension.
class LAMPAS_API SoftmaxImpl : public Cloneable<SoftmaxImpl> {
 public:
  explicit SoftmaxImpl(const SoftmaxOptions& options_ = {});
  explicit SoftmaxImpl(int64_t dim);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftmaxOptions options;
};
LAMPAS_LIBRARY_MODULE(Softmax);

/// log(softmax(x)).
class LAMPAS_API LogSoftmaxImpl : public Cloneable<LogSoftmaxImpl> {
 public:
  explicit LogSoftmaxImpl(const LogSoftmaxOptions& options_ = {});
  explicit LogSoftmaxImpl(int64_t dim);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LogSoftmaxOptions options;
};
LAMPAS_LIBRARY_MODULE(LogSoftmax);

/// softmax(-x).
class LAMPAS_API SoftminImpl : public Cloneable<SoftminImpl> {
 public:
  explicit SoftminImpl(const SoftminOptions& options_ = {});
  explicit SoftminImpl(int64_t dim);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  SoftminOptions options;
};
LAMPAS_LIBRARY_MODULE(Softmin);

/// softmax over the channels of (N, C, H, W) or (C, H, W).
class LAMPAS_API Softmax2dImpl : public Cloneable<Softmax2dImpl> {
 public:
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Softmax2d);

}  // namespace lampas::nn
