#include "lampas/nn/modules/activation.h"

#include <ostream>

#include "lampas/nn/functional/activation.h"
#include "lampas/ops/activation.h"
#include "lampas/ops/factories.h"
#include "ops/defined.h"

namespace lampas::nn {

namespace F = functional;

namespace {

struct Inplace {
  bool inplace;
  const char* before = ", ";
};
std::ostream& operator<<(std::ostream& stream, Inplace i) {
  if (i.inplace) stream << i.before << "inplace=true";
  return stream << ')';
}
struct Dim {
  int64_t dim;
};
std::ostream& operator<<(std::ostream& stream, Dim d) {
  stream << "(dim=";
  if (d.dim == kImplicitDim)
    stream << "None";
  else
    stream << d.dim;
  return stream << ')';
}

}  // namespace

ELUImpl::ELUImpl(const ELUOptions& options_) : options(options_) {}
void ELUImpl::reset() {}
void ELUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ELU(alpha=" << options.alpha() << Inplace{options.inplace()};
}
Tensor ELUImpl::forward(Tensor input) { return F::elu(std::move(input), options); }

SELUImpl::SELUImpl(const SELUOptions& options_) : options(options_) {}
void SELUImpl::reset() {}
void SELUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::SELU(" << Inplace{options.inplace(), ""};
}
Tensor SELUImpl::forward(Tensor input) { return F::selu(std::move(input), options); }

CELUImpl::CELUImpl(const CELUOptions& options_) : options(options_) {}
void CELUImpl::reset() {}
void CELUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::CELU(alpha=" << options.alpha() << Inplace{options.inplace()};
}
Tensor CELUImpl::forward(Tensor input) { return F::celu(std::move(input), options); }

GELUImpl::GELUImpl(const GELUOptions& options_) : options(options_) {}
void GELUImpl::reset() {}
void GELUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::GELU()"; }
Tensor GELUImpl::forward(const Tensor& input) { return F::gelu(input, options); }

void SiLUImpl::reset() {}
void SiLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::SiLU()"; }
Tensor SiLUImpl::forward(const Tensor& input) { return F::silu(input); }

void MishImpl::reset() {}
void MishImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Mish()"; }
Tensor MishImpl::forward(const Tensor& input) { return F::mish(input); }

GLUImpl::GLUImpl(const GLUOptions& options_) : options(options_) {}
void GLUImpl::reset() {}
void GLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::GLU(dim=" << options.dim() << ')'; }
Tensor GLUImpl::forward(const Tensor& input) { return F::glu(input, options); }

ReLUImpl::ReLUImpl(const ReLUOptions& options_) : options(options_) {}
void ReLUImpl::reset() {}
void ReLUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReLU(" << Inplace{options.inplace(), ""};
}
Tensor ReLUImpl::forward(Tensor input) { return F::relu(std::move(input), options); }

ReLU6Impl::ReLU6Impl(const ReLU6Options& options_) : options(options_) {}
void ReLU6Impl::reset() {}
void ReLU6Impl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReLU6(" << Inplace{options.inplace(), ""};
}
Tensor ReLU6Impl::forward(Tensor input) { return F::relu6(std::move(input), options); }

LeakyReLUImpl::LeakyReLUImpl(const LeakyReLUOptions& options_) : options(options_) {}
void LeakyReLUImpl::reset() {}
void LeakyReLUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LeakyReLU(negative_slope=" << options.negative_slope() << Inplace{options.inplace()};
}
Tensor LeakyReLUImpl::forward(Tensor input) { return F::leaky_relu(std::move(input), options); }

PReLUImpl::PReLUImpl(const PReLUOptions& options_) : options(options_) { PReLUImpl::reset(); }
void PReLUImpl::reset() {
  check(options.num_parameters() >= 0, "PReLU: num_parameters must not be negative, got ", options.num_parameters());
  weight = register_parameter("weight", full(options.num_parameters(), options.init()));
}
void PReLUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::PReLU(num_parameters=" << options.num_parameters() << ')';
}
Tensor PReLUImpl::forward(const Tensor& input) { return F::prelu(input, weight); }

RReLUImpl::RReLUImpl(const RReLUOptions& options_) : options(options_) { RReLUImpl::reset(); }
void RReLUImpl::reset() {
  check(options.lower() <= options.upper(), "RReLU: Lower bound should be less than or equal to the upper bound, got ",
        options.lower(), " and ", options.upper());
}
void RReLUImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::RReLU(lower=" << options.lower() << ", upper=" << options.upper() << Inplace{options.inplace()};
}
Tensor RReLUImpl::forward(Tensor input) {
  return F::rrelu(std::move(input), F::RReLUFuncOptions()
                                        .lower(options.lower())
                                        .upper(options.upper())
                                        .training(is_training())
                                        .inplace(options.inplace()));
}

HardtanhImpl::HardtanhImpl(const HardtanhOptions& options_) : options(options_) { HardtanhImpl::reset(); }
void HardtanhImpl::reset() {
  check(options.min_val() < options.max_val(), "Hardtanh: max_val must be greater than min_val, got min_val ",
        options.min_val(), " and max_val ", options.max_val());
}
void HardtanhImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Hardtanh(min_val=" << options.min_val() << ", max_val=" << options.max_val()
         << Inplace{options.inplace()};
}
Tensor HardtanhImpl::forward(Tensor input) { return F::hardtanh(std::move(input), options); }

HardsigmoidImpl::HardsigmoidImpl(const HardsigmoidOptions& options_) : options(options_) {}
void HardsigmoidImpl::reset() {}
void HardsigmoidImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Hardsigmoid(" << Inplace{options.inplace(), ""};
}
Tensor HardsigmoidImpl::forward(Tensor input) { return options.inplace() ? hardsigmoid_(input) : hardsigmoid(input); }

HardswishImpl::HardswishImpl(const HardswishOptions& options_) : options(options_) {}
void HardswishImpl::reset() {}
void HardswishImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Hardswish(" << Inplace{options.inplace(), ""};
}
Tensor HardswishImpl::forward(Tensor input) { return options.inplace() ? hardswish_(input) : hardswish(input); }

HardshrinkImpl::HardshrinkImpl(const HardshrinkOptions& options_) : options(options_) {}
void HardshrinkImpl::reset() {}
void HardshrinkImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Hardshrink(" << options.lambda() << ')';
}
Tensor HardshrinkImpl::forward(const Tensor& input) { return F::hardshrink(input, options); }

SoftshrinkImpl::SoftshrinkImpl(const SoftshrinkOptions& options_) : options(options_) {}
void SoftshrinkImpl::reset() {}
void SoftshrinkImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Softshrink(" << options.lambda() << ')';
}
Tensor SoftshrinkImpl::forward(const Tensor& input) { return F::softshrink(input, options); }

SoftplusImpl::SoftplusImpl(const SoftplusOptions& options_) : options(options_) {}
void SoftplusImpl::reset() {}
void SoftplusImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Softplus(beta=" << options.beta() << ", threshold=" << options.threshold() << ')';
}
Tensor SoftplusImpl::forward(const Tensor& input) { return F::softplus(input, options); }

void LogSigmoidImpl::reset() {}
void LogSigmoidImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::LogSigmoid()"; }
Tensor LogSigmoidImpl::forward(const Tensor& input) { return F::logsigmoid(input); }

void SoftsignImpl::reset() {}
void SoftsignImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softsign()"; }
Tensor SoftsignImpl::forward(const Tensor& input) { return F::softsign(input); }

void TanhshrinkImpl::reset() {}
void TanhshrinkImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Tanhshrink()"; }
Tensor TanhshrinkImpl::forward(const Tensor& input) { return F::tanhshrink(input); }

void SigmoidImpl::reset() {}
void SigmoidImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Sigmoid()"; }
Tensor SigmoidImpl::forward(const Tensor& input) { return input.sigmoid(); }

void TanhImpl::reset() {}
void TanhImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Tanh()"; }
Tensor TanhImpl::forward(const Tensor& input) { return input.tanh(); }

ThresholdImpl::ThresholdImpl(double threshold, double value) : ThresholdImpl(ThresholdOptions(threshold, value)) {}
ThresholdImpl::ThresholdImpl(const ThresholdOptions& options_) : options(options_) {}
void ThresholdImpl::reset() {}
void ThresholdImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Threshold(threshold=" << options.threshold() << ", value=" << options.value()
         << Inplace{options.inplace()};
}
Tensor ThresholdImpl::forward(Tensor input) { return F::threshold(std::move(input), options); }

SoftmaxImpl::SoftmaxImpl(int64_t dim) : SoftmaxImpl(SoftmaxOptions(dim)) {}
SoftmaxImpl::SoftmaxImpl(const SoftmaxOptions& options_) : options(options_) {}
void SoftmaxImpl::reset() {}
void SoftmaxImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softmax" << Dim{options.dim()}; }
Tensor SoftmaxImpl::forward(const Tensor& input) { return F::softmax(input, options.dim()); }

LogSoftmaxImpl::LogSoftmaxImpl(int64_t dim) : LogSoftmaxImpl(LogSoftmaxOptions(dim)) {}
LogSoftmaxImpl::LogSoftmaxImpl(const LogSoftmaxOptions& options_) : options(options_) {}
void LogSoftmaxImpl::reset() {}
void LogSoftmaxImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LogSoftmax" << Dim{options.dim()};
}
Tensor LogSoftmaxImpl::forward(const Tensor& input) { return F::log_softmax(input, options.dim()); }

SoftminImpl::SoftminImpl(int64_t dim) : SoftminImpl(SoftminOptions(dim)) {}
SoftminImpl::SoftminImpl(const SoftminOptions& options_) : options(options_) {}
void SoftminImpl::reset() {}
void SoftminImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softmin" << Dim{options.dim()}; }
Tensor SoftminImpl::forward(const Tensor& input) { return F::softmin(input, options.dim()); }

void Softmax2dImpl::reset() {}
void Softmax2dImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softmax2d()"; }
Tensor Softmax2dImpl::forward(const Tensor& input) {
  check_defined("Softmax2d", input);
  check(input.dim() == 4 || input.dim() == 3, "Softmax2d requires a 3D or 4D tensor as input, got ", input);
  return F::softmax(input, -3);
}

}  // namespace lampas::nn
