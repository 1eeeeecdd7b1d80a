#include "lampas/nn/functional/conv.h"

#include "lampas/ops/conv.h"
#include "lampas/ops/pad.h"
#include "lampas/ops/shape.h"
#include "nn/conv_padding.h"

namespace lampas::nn {

namespace detail {

namespace {

/// Elements added before and after each spatial dimension.
template <size_t D>
struct Margins {
  std::array<int64_t, D> before{}, after{};
};

template <size_t D>
Margins<D> margins_of(const conv_padding_t<D>& padding, const Tensor& weight, const ExpandingArray<D>& stride,
                      const ExpandingArray<D>& dilation) {
  Margins<D> m;
  if (const auto* sizes = enumtype::get_if<ExpandingArray<D>>(&padding)) {
    m.before = m.after = **sizes;
  } else if (enumtype::holds_alternative<enumtype::kSame>(padding)) {
    for (size_t d = 0; d < D; ++d) {
      check((*stride)[d] == 1, "conv", D, "d: padding='same' is not supported for strided convolutions, got stride ",
            *stride);
      const int64_t total = (*dilation)[d] * (weight.size(static_cast<int64_t>(d) + 2) - 1);
      m.before[d] = total / 2;
      m.after[d] = total - m.before[d];
    }
  }
  return m;
}

const char* name_of(const conv_padding_mode_t& mode) {
  return enumtype::holds_alternative<enumtype::kReflect>(mode)     ? "reflect"
         : enumtype::holds_alternative<enumtype::kReplicate>(mode) ? "replicate"
                                                                   : "circular";
}

Tensor call_op(const Tensor& x, const Tensor& w, const Tensor& b, const ExpandingArray<1>& stride, IntArrayRef padding,
               const ExpandingArray<1>& dilation, int64_t groups) {
  return lampas::conv1d(x, w, b, stride, padding, dilation, groups);
}
Tensor call_op(const Tensor& x, const Tensor& w, const Tensor& b, const ExpandingArray<2>& stride, IntArrayRef padding,
               const ExpandingArray<2>& dilation, int64_t groups) {
  return lampas::conv2d(x, w, b, stride, padding, dilation, groups);
}
Tensor call_op(const Tensor& x, const Tensor& w, const Tensor& b, const ExpandingArray<3>& stride, IntArrayRef padding,
               const ExpandingArray<3>& dilation, int64_t groups) {
  return lampas::conv3d(x, w, b, stride, padding, dilation, groups);
}

}  // namespace

template <size_t D>
Tensor convolve(const Tensor& input, const Tensor& weight, const Tensor& bias, const ExpandingArray<D>& stride,
                const conv_padding_t<D>& padding, const ExpandingArray<D>& dilation, int64_t groups,
                const conv_padding_mode_t& mode) {
  const bool zeros = enumtype::holds_alternative<enumtype::kZeros>(mode);
  const auto* sizes = enumtype::get_if<ExpandingArray<D>>(&padding);
  if (LAMPAS_LIKELY(zeros && sizes)) return call_op(input, weight, bias, stride, *sizes, dilation, groups);
  constexpr auto rank = static_cast<int64_t>(D);
  check(input.defined() && weight.defined(), "conv", D, "d: ", input.defined() ? "weight" : "input", " is undefined");
  check(weight.dim() == rank + 2, "conv", D, "d: expected weight of ", D + 2, " dimensions, got ", weight.sizes());
  check(input.dim() == rank + 1 || input.dim() == rank + 2, "conv", D, "d: expected input of ", D + 1, " or ", D + 2,
        " dimensions, got ", input.sizes());
  const Margins<D> m = margins_of<D>(padding, weight, stride, dilation);
  if (!zeros) {
    std::array<int64_t, 2 * D> pads{};  // pairs, the last dimension first
    bool any = false;
    for (size_t d = 0; d < D; ++d) {
      pads[2 * (D - 1 - d)] = m.before[d];
      pads[2 * (D - 1 - d) + 1] = m.after[d];
      any = any || m.before[d] || m.after[d];
    }
    const Tensor x = any ? lampas::pad(input, pads, name_of(mode)) : input;
    return call_op(x, weight, bias, stride, ExpandingArray<D>(0), dilation, groups);
  }
  // The op pads both sides alike: where one more is wanted behind, it is added in front as well, and the output that
  // starts there is dropped (the stride is 1).
  Tensor y = call_op(input, weight, bias, stride, m.after, dilation, groups);
  for (int64_t d = 0; d < rank; ++d)
    if (m.after[d] > m.before[d]) {
      const int64_t dim = y.dim() - rank + d;
      y = y.narrow(dim, 1, y.size(dim) - 1);
    }
  return y;
}

#define LAMPAS_CONVOLVE(D)                                                                           \
  template Tensor convolve<D>(const Tensor&, const Tensor&, const Tensor&, const ExpandingArray<D>&, \
                              const conv_padding_t<D>&, const ExpandingArray<D>&, int64_t,           \
                              const conv_padding_mode_t&);
LAMPAS_CONVOLVE(1)
LAMPAS_CONVOLVE(2)
LAMPAS_CONVOLVE(3)
#undef LAMPAS_CONVOLVE

}  // namespace detail

namespace functional {

Tensor conv1d(const Tensor& input, const Tensor& weight, const Conv1dFuncOptions& o) {
  return nn::detail::convolve<1>(input, weight, o.bias(), o.stride(), o.padding(), o.dilation(), o.groups());
}
Tensor conv2d(const Tensor& input, const Tensor& weight, const Conv2dFuncOptions& o) {
  return nn::detail::convolve<2>(input, weight, o.bias(), o.stride(), o.padding(), o.dilation(), o.groups());
}
Tensor conv3d(const Tensor& input, const Tensor& weight, const Conv3dFuncOptions& o) {
  return nn::detail::convolve<3>(input, weight, o.bias(), o.stride(), o.padding(), o.dilation(), o.groups());
}

Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const ConvTranspose1dFuncOptions& o) {
  return lampas::conv_transpose1d(input, weight, o.bias(), o.stride(), o.padding(), o.output_padding(), o.groups(),
                                  o.dilation());
}
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const ConvTranspose2dFuncOptions& o) {
  return lampas::conv_transpose2d(input, weight, o.bias(), o.stride(), o.padding(), o.output_padding(), o.groups(),
                                  o.dilation());
}
Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const ConvTranspose3dFuncOptions& o) {
  return lampas::conv_transpose3d(input, weight, o.bias(), o.stride(), o.padding(), o.output_padding(), o.groups(),
                                  o.dilation());
}

}  // namespace functional

}  // namespace lampas::nn
