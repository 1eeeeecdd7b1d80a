#include "lampas/nn/modules/conv_transpose.h"

#include <cmath>
#include <ostream>

#include "lampas/nn/init.h"
#include "lampas/ops/conv.h"
#include "lampas/ops/factories.h"

namespace lampas::nn {

template <size_t D, class Derived>
ConvTransposeNdImpl<D, Derived>::ConvTransposeNdImpl(ConvTransposeOptions<D> options_) : options(std::move(options_)) {
  ConvTransposeNdImpl::reset();
}

template <size_t D, class Derived>
void ConvTransposeNdImpl<D, Derived>::reset() {
  const int64_t in = options.in_channels(), out = options.out_channels(), groups = options.groups();
  check(groups > 0, "ConvTranspose", D, "d: groups must be positive, got ", groups);
  check(in >= 0 && out >= 0, "ConvTranspose", D, "d: in_channels (", in, ") and out_channels (", out,
        ") must not be negative");
  check(in % groups == 0, "ConvTranspose", D, "d: in_channels (", in, ") must be divisible by groups (", groups, ")");
  check(out % groups == 0, "ConvTranspose", D, "d: out_channels (", out, ") must be divisible by groups (", groups,
        ")");
  Shape sizes{in, out / groups};
  for (const int64_t k : *options.kernel_size()) sizes.push_back(k);
  weight = this->register_parameter("weight", empty(sizes));
  if (options.bias())
    bias = this->register_parameter("bias", empty(out));
  else
    bias = this->register_parameter("bias", Tensor(), /*requires_grad=*/false);
  reset_parameters();
}

template <size_t D, class Derived>
void ConvTransposeNdImpl<D, Derived>::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const auto fan_in = std::get<0>(init::_calculate_fan_in_and_fan_out(weight));
  if (fan_in == 0) return;
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  init::uniform_(bias, -bound, bound);
}

template <size_t D, class Derived>
void ConvTransposeNdImpl<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConvTranspose" << D << "d(" << options.in_channels() << ", " << options.out_channels()
         << ", kernel_size=" << options.kernel_size() << ", stride=" << options.stride();
  if (*options.padding() != *ExpandingArray<D>(0)) stream << ", padding=" << options.padding();
  if (*options.dilation() != *ExpandingArray<D>(1)) stream << ", dilation=" << options.dilation();
  if (*options.output_padding() != *ExpandingArray<D>(0)) stream << ", output_padding=" << options.output_padding();
  if (options.groups() != 1) stream << ", groups=" << options.groups();
  if (!options.bias()) stream << ", bias=false";
  if (!enumtype::holds_alternative<enumtype::kZeros>(options.padding_mode()))
    stream << ", padding_mode=" << enumtype::get_enum_name(options.padding_mode());
  stream << ')';
}

template <size_t D, class Derived>
ExpandingArray<D> ConvTransposeNdImpl<D, Derived>::output_padding_for(const Tensor& input,
                                                                      std::optional<IntArrayRef> output_size) const {
  check(enumtype::holds_alternative<enumtype::kZeros>(options.padding_mode()), "ConvTranspose", D,
        "d: Only `zeros` padding mode is supported for ConvTranspose", D, "d, got ",
        enumtype::get_enum_name(options.padding_mode()));
  if (!output_size) return options.output_padding();
  constexpr auto rank = static_cast<int64_t>(D);
  check(input.defined(), "ConvTranspose", D, "d: input is undefined");
  check(input.dim() == rank + 1 || input.dim() == rank + 2, "ConvTranspose", D, "d: expected input of ", D + 1, " or ",
        D + 2, " dimensions, got ", input.sizes());
  IntArrayRef wanted = *output_size;
  if (static_cast<int64_t>(wanted.size()) == input.dim()) wanted = wanted.slice(wanted.size() - D);
  check(wanted.size() == D, "ConvTranspose", D, "d: output_size must have ", D, " or ", input.dim(), " elements (got ",
        output_size->size(), ")");
  std::array<int64_t, D> low{}, high{}, extra{};
  bool valid = true;
  for (size_t d = 0; d < D; ++d) {
    const int64_t in = input.size(input.dim() - rank + static_cast<int64_t>(d));
    low[d] = (in - 1) * (*options.stride())[d] - 2 * (*options.padding())[d] +
             (*options.dilation())[d] * ((*options.kernel_size())[d] - 1) + 1;
    high[d] = low[d] + (*options.stride())[d] - 1;
    extra[d] = wanted[d] - low[d];
    valid = valid && wanted[d] >= low[d] && wanted[d] <= high[d];
  }
  check(valid, "ConvTranspose", D, "d: requested an output size of ", wanted, ", but valid sizes range from ",
        IntArrayRef(low), " to ", IntArrayRef(high), " (for an input of ", input.sizes(), ")");
  return extra;
}

template class ConvTransposeNdImpl<1, ConvTranspose1dImpl>;
template class ConvTransposeNdImpl<2, ConvTranspose2dImpl>;
template class ConvTransposeNdImpl<3, ConvTranspose3dImpl>;

ConvTranspose1dImpl::ConvTranspose1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size)
    : ConvTranspose1dImpl(ConvTranspose1dOptions(in_channels, out_channels, kernel_size)) {}
ConvTranspose1dImpl::ConvTranspose1dImpl(ConvTranspose1dOptions options_) : ConvTransposeNdImpl(std::move(options_)) {}
Tensor ConvTranspose1dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  return conv_transpose1d(input, weight, bias, options.stride(), options.padding(),
                          output_padding_for(input, output_size), options.groups(), options.dilation());
}
ConvTranspose2dImpl::ConvTranspose2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size)
    : ConvTranspose2dImpl(ConvTranspose2dOptions(in_channels, out_channels, kernel_size)) {}
ConvTranspose2dImpl::ConvTranspose2dImpl(ConvTranspose2dOptions options_) : ConvTransposeNdImpl(std::move(options_)) {}
Tensor ConvTranspose2dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  return conv_transpose2d(input, weight, bias, options.stride(), options.padding(),
                          output_padding_for(input, output_size), options.groups(), options.dilation());
}
ConvTranspose3dImpl::ConvTranspose3dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<3> kernel_size)
    : ConvTranspose3dImpl(ConvTranspose3dOptions(in_channels, out_channels, kernel_size)) {}
ConvTranspose3dImpl::ConvTranspose3dImpl(ConvTranspose3dOptions options_) : ConvTransposeNdImpl(std::move(options_)) {}
Tensor ConvTranspose3dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  return conv_transpose3d(input, weight, bias, options.stride(), options.padding(),
                          output_padding_for(input, output_size), options.groups(), options.dilation());
}

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(ConvTranspose1dImpl, {1, AnyValue(std::optional<IntArrayRef>())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(ConvTranspose2dImpl, {1, AnyValue(std::optional<IntArrayRef>())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(ConvTranspose3dImpl, {1, AnyValue(std::optional<IntArrayRef>())})

}  // namespace lampas::nn
