#include "lampas/nn/modules/pooling.h"

#include <ostream>

#include "lampas/nn/functional/pooling.h"

namespace lampas::nn {

namespace {
const char* text(bool on) { return on ? "true" : "false"; }
}  // namespace

AvgPool1dImpl::AvgPool1dImpl(ExpandingArray<1> kernel_size) : AvgPool1dImpl(AvgPool1dOptions(kernel_size)) {}
AvgPool1dImpl::AvgPool1dImpl(const AvgPool1dOptions& options_) : options(options_) {}
void AvgPool1dImpl::reset() {}
void AvgPool1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AvgPool1d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ')';
}
Tensor AvgPool1dImpl::forward(const Tensor& input) { return functional::avg_pool1d(input, options); }

AvgPool2dImpl::AvgPool2dImpl(ExpandingArray<2> kernel_size) : AvgPool2dImpl(AvgPool2dOptions(kernel_size)) {}
AvgPool2dImpl::AvgPool2dImpl(const AvgPool2dOptions& options_) : options(options_) {}
void AvgPool2dImpl::reset() {}
void AvgPool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AvgPool2d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ')';
}
Tensor AvgPool2dImpl::forward(const Tensor& input) { return functional::avg_pool2d(input, options); }

AvgPool3dImpl::AvgPool3dImpl(ExpandingArray<3> kernel_size) : AvgPool3dImpl(AvgPool3dOptions(kernel_size)) {}
AvgPool3dImpl::AvgPool3dImpl(const AvgPool3dOptions& options_) : options(options_) {}
void AvgPool3dImpl::reset() {}
void AvgPool3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AvgPool3d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ')';
}
Tensor AvgPool3dImpl::forward(const Tensor& input) { return functional::avg_pool3d(input, options); }

MaxPool1dImpl::MaxPool1dImpl(ExpandingArray<1> kernel_size) : MaxPool1dImpl(MaxPool1dOptions(kernel_size)) {}
MaxPool1dImpl::MaxPool1dImpl(const MaxPool1dOptions& options_) : options(options_) {}
void MaxPool1dImpl::reset() {}
void MaxPool1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::MaxPool1d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ", dilation=" << options.dilation()
         << ", ceil_mode=" << text(options.ceil_mode()) << ')';
}
Tensor MaxPool1dImpl::forward(const Tensor& input) { return functional::max_pool1d(input, options); }
std::tuple<Tensor, Tensor> MaxPool1dImpl::forward_with_indices(const Tensor& input) {
  return functional::max_pool1d_with_indices(input, options);
}

MaxPool2dImpl::MaxPool2dImpl(ExpandingArray<2> kernel_size) : MaxPool2dImpl(MaxPool2dOptions(kernel_size)) {}
MaxPool2dImpl::MaxPool2dImpl(const MaxPool2dOptions& options_) : options(options_) {}
void MaxPool2dImpl::reset() {}
void MaxPool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::MaxPool2d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ", dilation=" << options.dilation()
         << ", ceil_mode=" << text(options.ceil_mode()) << ')';
}
Tensor MaxPool2dImpl::forward(const Tensor& input) { return functional::max_pool2d(input, options); }
std::tuple<Tensor, Tensor> MaxPool2dImpl::forward_with_indices(const Tensor& input) {
  return functional::max_pool2d_with_indices(input, options);
}

MaxPool3dImpl::MaxPool3dImpl(ExpandingArray<3> kernel_size) : MaxPool3dImpl(MaxPool3dOptions(kernel_size)) {}
MaxPool3dImpl::MaxPool3dImpl(const MaxPool3dOptions& options_) : options(options_) {}
void MaxPool3dImpl::reset() {}
void MaxPool3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::MaxPool3d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ", dilation=" << options.dilation()
         << ", ceil_mode=" << text(options.ceil_mode()) << ')';
}
Tensor MaxPool3dImpl::forward(const Tensor& input) { return functional::max_pool3d(input, options); }
std::tuple<Tensor, Tensor> MaxPool3dImpl::forward_with_indices(const Tensor& input) {
  return functional::max_pool3d_with_indices(input, options);
}

AdaptiveAvgPool1dImpl::AdaptiveAvgPool1dImpl(ExpandingArray<1> output_size)
    : AdaptiveAvgPool1dImpl(AdaptiveAvgPool1dOptions(output_size)) {}
AdaptiveAvgPool1dImpl::AdaptiveAvgPool1dImpl(const AdaptiveAvgPool1dOptions& options_) : options(options_) {}
void AdaptiveAvgPool1dImpl::reset() {}
void AdaptiveAvgPool1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveAvgPool1d("
         << "output_size=" << options.output_size() << ')';
}
Tensor AdaptiveAvgPool1dImpl::forward(const Tensor& input) { return functional::adaptive_avg_pool1d(input, options); }

AdaptiveAvgPool2dImpl::AdaptiveAvgPool2dImpl(ExpandingArrayWithOptionalElem<2> output_size)
    : AdaptiveAvgPool2dImpl(AdaptiveAvgPool2dOptions(output_size)) {}
AdaptiveAvgPool2dImpl::AdaptiveAvgPool2dImpl(const AdaptiveAvgPool2dOptions& options_) : options(options_) {}
void AdaptiveAvgPool2dImpl::reset() {}
void AdaptiveAvgPool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveAvgPool2d("
         << "output_size=" << options.output_size() << ')';
}
Tensor AdaptiveAvgPool2dImpl::forward(const Tensor& input) { return functional::adaptive_avg_pool2d(input, options); }

AdaptiveAvgPool3dImpl::AdaptiveAvgPool3dImpl(ExpandingArrayWithOptionalElem<3> output_size)
    : AdaptiveAvgPool3dImpl(AdaptiveAvgPool3dOptions(output_size)) {}
AdaptiveAvgPool3dImpl::AdaptiveAvgPool3dImpl(const AdaptiveAvgPool3dOptions& options_) : options(options_) {}
void AdaptiveAvgPool3dImpl::reset() {}
void AdaptiveAvgPool3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveAvgPool3d("
         << "output_size=" << options.output_size() << ')';
}
Tensor AdaptiveAvgPool3dImpl::forward(const Tensor& input) { return functional::adaptive_avg_pool3d(input, options); }

AdaptiveMaxPool1dImpl::AdaptiveMaxPool1dImpl(ExpandingArray<1> output_size)
    : AdaptiveMaxPool1dImpl(AdaptiveMaxPool1dOptions(output_size)) {}
AdaptiveMaxPool1dImpl::AdaptiveMaxPool1dImpl(const AdaptiveMaxPool1dOptions& options_) : options(options_) {}
void AdaptiveMaxPool1dImpl::reset() {}
void AdaptiveMaxPool1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveMaxPool1d("
         << "output_size=" << options.output_size() << ')';
}
Tensor AdaptiveMaxPool1dImpl::forward(const Tensor& input) { return functional::adaptive_max_pool1d(input, options); }
std::tuple<Tensor, Tensor> AdaptiveMaxPool1dImpl::forward_with_indices(const Tensor& input) {
  return functional::adaptive_max_pool1d_with_indices(input, options);
}

AdaptiveMaxPool2dImpl::AdaptiveMaxPool2dImpl(ExpandingArrayWithOptionalElem<2> output_size)
    : AdaptiveMaxPool2dImpl(AdaptiveMaxPool2dOptions(output_size)) {}
AdaptiveMaxPool2dImpl::AdaptiveMaxPool2dImpl(const AdaptiveMaxPool2dOptions& options_) : options(options_) {}
void AdaptiveMaxPool2dImpl::reset() {}
void AdaptiveMaxPool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveMaxPool2d("
         << "output_size=" << options.output_size() << ')';
}
Tensor AdaptiveMaxPool2dImpl::forward(const Tensor& input) { return functional::adaptive_max_pool2d(input, options); }
std::tuple<Tensor, Tensor> AdaptiveMaxPool2dImpl::forward_with_indices(const Tensor& input) {
  return functional::adaptive_max_pool2d_with_indices(input, options);
}

AdaptiveMaxPool3dImpl::AdaptiveMaxPool3dImpl(ExpandingArrayWithOptionalElem<3> output_size)
    : AdaptiveMaxPool3dImpl(AdaptiveMaxPool3dOptions(output_size)) {}
AdaptiveMaxPool3dImpl::AdaptiveMaxPool3dImpl(const AdaptiveMaxPool3dOptions& options_) : options(options_) {}
void AdaptiveMaxPool3dImpl::reset() {}
void AdaptiveMaxPool3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveMaxPool3d("
         << "output_size=" << options.output_size() << ')';
}
Tensor AdaptiveMaxPool3dImpl::forward(const Tensor& input) { return functional::adaptive_max_pool3d(input, options); }
std::tuple<Tensor, Tensor> AdaptiveMaxPool3dImpl::forward_with_indices(const Tensor& input) {
  return functional::adaptive_max_pool3d_with_indices(input, options);
}

MaxUnpool1dImpl::MaxUnpool1dImpl(ExpandingArray<1> kernel_size) : MaxUnpool1dImpl(MaxUnpool1dOptions(kernel_size)) {}
MaxUnpool1dImpl::MaxUnpool1dImpl(const MaxUnpool1dOptions& options_) : options(options_) {}
void MaxUnpool1dImpl::reset() {}
void MaxUnpool1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::MaxUnpool1d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ')';
}
Tensor MaxUnpool1dImpl::forward(const Tensor& input, const Tensor& indices,
                                const std::optional<std::vector<int64_t>>& output_size) {
  return functional::max_unpool1d(input, indices,
                                  functional::MaxUnpool1dFuncOptions(options.kernel_size())
                                      .stride(options.stride())
                                      .padding(options.padding())
                                      .output_size(output_size));
}

MaxUnpool2dImpl::MaxUnpool2dImpl(ExpandingArray<2> kernel_size) : MaxUnpool2dImpl(MaxUnpool2dOptions(kernel_size)) {}
MaxUnpool2dImpl::MaxUnpool2dImpl(const MaxUnpool2dOptions& options_) : options(options_) {}
void MaxUnpool2dImpl::reset() {}
void MaxUnpool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::MaxUnpool2d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ')';
}
Tensor MaxUnpool2dImpl::forward(const Tensor& input, const Tensor& indices,
                                const std::optional<std::vector<int64_t>>& output_size) {
  return functional::max_unpool2d(input, indices,
                                  functional::MaxUnpool2dFuncOptions(options.kernel_size())
                                      .stride(options.stride())
                                      .padding(options.padding())
                                      .output_size(output_size));
}

MaxUnpool3dImpl::MaxUnpool3dImpl(ExpandingArray<3> kernel_size) : MaxUnpool3dImpl(MaxUnpool3dOptions(kernel_size)) {}
MaxUnpool3dImpl::MaxUnpool3dImpl(const MaxUnpool3dOptions& options_) : options(options_) {}
void MaxUnpool3dImpl::reset() {}
void MaxUnpool3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::MaxUnpool3d("
         << "kernel_size=" << options.kernel_size() << ", stride=" << options.stride()
         << ", padding=" << options.padding() << ')';
}
Tensor MaxUnpool3dImpl::forward(const Tensor& input, const Tensor& indices,
                                const std::optional<std::vector<int64_t>>& output_size) {
  return functional::max_unpool3d(input, indices,
                                  functional::MaxUnpool3dFuncOptions(options.kernel_size())
                                      .stride(options.stride())
                                      .padding(options.padding())
                                      .output_size(output_size));
}

FractionalMaxPool2dImpl::FractionalMaxPool2dImpl(ExpandingArray<2> kernel_size)
    : FractionalMaxPool2dImpl(FractionalMaxPool2dOptions(kernel_size)) {}
FractionalMaxPool2dImpl::FractionalMaxPool2dImpl(const FractionalMaxPool2dOptions& options_) : options(options_) {
  FractionalMaxPool2dImpl::reset();
}
void FractionalMaxPool2dImpl::reset() {
  _random_samples = register_buffer("_random_samples", options._random_samples());
  check(options.output_size() || options.output_ratio(),
        "FractionalMaxPool2d requires specifying either an output_size, or a pooling_ratio");
  check(!options.output_size() || !options.output_ratio(),
        "FractionalMaxPool2d: only one of output_size and output_ratio may be specified");
  if (!options.output_ratio()) return;
  for (const double ratio : **options.output_ratio())
    check(ratio > 0 && ratio < 1, "FractionalMaxPool2d: output_ratio must be between 0 and 1 (got ",
          *options.output_ratio(), ")");
}
void FractionalMaxPool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::FractionalMaxPool2d(" << ')';
}
Tensor FractionalMaxPool2dImpl::forward(const Tensor& input) { return std::get<0>(forward_with_indices(input)); }
std::tuple<Tensor, Tensor> FractionalMaxPool2dImpl::forward_with_indices(const Tensor& input) {
  auto given = options;  // the buffer follows to() and load_state_dict(), the option does not
  return functional::fractional_max_pool2d_with_indices(input, given._random_samples(_random_samples));
}

FractionalMaxPool3dImpl::FractionalMaxPool3dImpl(ExpandingArray<3> kernel_size)
    : FractionalMaxPool3dImpl(FractionalMaxPool3dOptions(kernel_size)) {}
FractionalMaxPool3dImpl::FractionalMaxPool3dImpl(const FractionalMaxPool3dOptions& options_) : options(options_) {
  FractionalMaxPool3dImpl::reset();
}
void FractionalMaxPool3dImpl::reset() {
  _random_samples = register_buffer("_random_samples", options._random_samples());
  check(options.output_size() || options.output_ratio(),
        "FractionalMaxPool3d requires specifying either an output_size, or a pooling_ratio");
  check(!options.output_size() || !options.output_ratio(),
        "FractionalMaxPool3d: only one of output_size and output_ratio may be specified");
  if (!options.output_ratio()) return;
  for (const double ratio : **options.output_ratio())
    check(ratio > 0 && ratio < 1, "FractionalMaxPool3d: output_ratio must be between 0 and 1 (got ",
          *options.output_ratio(), ")");
}
void FractionalMaxPool3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::FractionalMaxPool3d(" << ')';
}
Tensor FractionalMaxPool3dImpl::forward(const Tensor& input) { return std::get<0>(forward_with_indices(input)); }
std::tuple<Tensor, Tensor> FractionalMaxPool3dImpl::forward_with_indices(const Tensor& input) {
  auto given = options;  // the buffer follows to() and load_state_dict(), the option does not
  return functional::fractional_max_pool3d_with_indices(input, given._random_samples(_random_samples));
}

LPPool1dImpl::LPPool1dImpl(double norm_type, ExpandingArray<1> kernel_size)
    : LPPool1dImpl(LPPool1dOptions(norm_type, kernel_size)) {}
LPPool1dImpl::LPPool1dImpl(const LPPool1dOptions& options_) : options(options_) {}
void LPPool1dImpl::reset() {}
void LPPool1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LPPool1d("
         << "norm_type=" << options.norm_type() << ", kernel_size=" << options.kernel_size()
         << ", stride=" << options.stride() << ", ceil_mode=" << text(options.ceil_mode()) << ')';
}
Tensor LPPool1dImpl::forward(const Tensor& input) { return functional::lp_pool1d(input, options); }

LPPool2dImpl::LPPool2dImpl(double norm_type, ExpandingArray<2> kernel_size)
    : LPPool2dImpl(LPPool2dOptions(norm_type, kernel_size)) {}
LPPool2dImpl::LPPool2dImpl(const LPPool2dOptions& options_) : options(options_) {}
void LPPool2dImpl::reset() {}
void LPPool2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LPPool2d("
         << "norm_type=" << options.norm_type() << ", kernel_size=" << options.kernel_size()
         << ", stride=" << options.stride() << ", ceil_mode=" << text(options.ceil_mode()) << ')';
}
Tensor LPPool2dImpl::forward(const Tensor& input) { return functional::lp_pool2d(input, options); }

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(MaxUnpool1dImpl, {2, AnyValue(std::optional<std::vector<int64_t>>())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(MaxUnpool2dImpl, {2, AnyValue(std::optional<std::vector<int64_t>>())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(MaxUnpool3dImpl, {2, AnyValue(std::optional<std::vector<int64_t>>())})

}  // namespace lampas::nn
