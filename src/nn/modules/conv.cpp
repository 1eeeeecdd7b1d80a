#include "lampas/nn/modules/conv.h"

#include <cmath>
#include <ostream>

#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "nn/conv_padding.h"

namespace lampas::nn {

template <size_t D, class Derived>
ConvNdImpl<D, Derived>::ConvNdImpl(ConvOptions<D> options_) : options(std::move(options_)) {
  ConvNdImpl::reset();
}

template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::reset() {
  const int64_t in = options.in_channels(), out = options.out_channels(), groups = options.groups();
  check(groups > 0, "Conv", D, "d: groups must be positive, got ", groups);
  check(in >= 0 && out >= 0, "Conv", D, "d: in_channels (", in, ") and out_channels (", out, ") must not be negative");
  check(in % groups == 0, "Conv", D, "d: in_channels (", in, ") must be divisible by groups (", groups, ")");
  check(out % groups == 0, "Conv", D, "d: out_channels (", out, ") must be divisible by groups (", groups, ")");
  if (enumtype::holds_alternative<enumtype::kSame>(options.padding()))
    for (const int64_t s : *options.stride())
      check(s == 1, "Conv", D, "d: padding='same' is not supported for strided convolutions, got stride ",
            *options.stride());
  Shape sizes{out, in / groups};
  for (const int64_t k : *options.kernel_size()) {
    check(k >= 0, "Conv", D, "d: kernel_size must not be negative, got ", *options.kernel_size());
    sizes.push_back(k);
  }
  weight = this->register_parameter("weight", empty(sizes));
  if (options.bias())
    bias = this->register_parameter("bias", empty(out));
  else
    bias = this->register_parameter("bias", Tensor(), /*requires_grad=*/false);
  reset_parameters();
}

template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const auto fan_in = std::get<0>(init::_calculate_fan_in_and_fan_out(weight));
  if (fan_in == 0) return;
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  init::uniform_(bias, -bound, bound);
}

template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Conv" << D << "d(" << options.in_channels() << ", " << options.out_channels()
         << ", kernel_size=" << options.kernel_size() << ", stride=" << options.stride();
  if (enumtype::holds_alternative<enumtype::kValid>(options.padding()))
    stream << ", padding='valid'";
  else if (enumtype::holds_alternative<enumtype::kSame>(options.padding()))
    stream << ", padding='same'";
  else if (const auto& sizes = enumtype::get<ExpandingArray<D>>(options.padding()); *sizes != *ExpandingArray<D>(0))
    stream << ", padding=" << sizes;
  if (*options.dilation() != *ExpandingArray<D>(1)) stream << ", dilation=" << options.dilation();
  if (options.groups() != 1) stream << ", groups=" << options.groups();
  if (!options.bias()) stream << ", bias=false";
  if (!enumtype::holds_alternative<enumtype::kZeros>(options.padding_mode()))
    stream << ", padding_mode=" << enumtype::get_enum_name(options.padding_mode());
  stream << ')';
}

template class ConvNdImpl<1, Conv1dImpl>;
template class ConvNdImpl<2, Conv2dImpl>;
template class ConvNdImpl<3, Conv3dImpl>;

Conv1dImpl::Conv1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size)
    : Conv1dImpl(Conv1dOptions(in_channels, out_channels, kernel_size)) {}
Conv1dImpl::Conv1dImpl(Conv1dOptions options_) : ConvNdImpl(std::move(options_)) {}
Conv2dImpl::Conv2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size)
    : Conv2dImpl(Conv2dOptions(in_channels, out_channels, kernel_size)) {}
Conv2dImpl::Conv2dImpl(Conv2dOptions options_) : ConvNdImpl(std::move(options_)) {}
Conv3dImpl::Conv3dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<3> kernel_size)
    : Conv3dImpl(Conv3dOptions(in_channels, out_channels, kernel_size)) {}
Conv3dImpl::Conv3dImpl(Conv3dOptions options_) : ConvNdImpl(std::move(options_)) {}

Tensor Conv1dImpl::forward(const Tensor& input) {
  return detail::convolve<1>(input, weight, bias, options.stride(), options.padding(), options.dilation(),
                             options.groups(), options.padding_mode());
}
Tensor Conv2dImpl::forward(const Tensor& input) {
  return detail::convolve<2>(input, weight, bias, options.stride(), options.padding(), options.dilation(),
                             options.groups(), options.padding_mode());
}
Tensor Conv3dImpl::forward(const Tensor& input) {
  return detail::convolve<3>(input, weight, bias, options.stride(), options.padding(), options.dilation(),
                             options.groups(), options.padding_mode());
}

}  // namespace lampas::nn
