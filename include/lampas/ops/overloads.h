#pragma once

#include <string_view>
#include <type_traits>

#include "lampas/ops/index.h"
#include "lampas/tensor/tensor.h"

/// Further arguments that LibTorch's functions take: each is another form of a function declared elsewhere.
namespace lampas {

namespace detail {
template <class Text>
using WhereText = std::enable_if_t<std::is_convertible_v<const Text&, std::string_view>, int>;
LAMPAS_API Tensor conv_padded(int64_t spatial, const Tensor& input, const Tensor& weight, const Tensor& bias,
                              IntArrayRef stride, std::string_view padding, IntArrayRef dilation, int64_t groups);
}  // namespace detail

/// padding "valid" (none) or "same" (as much as keeps the size; stride 1). (Templates: the number 0 is no text.)
template <class Text, detail::WhereText<Text> = 0>
Tensor conv1d(const Tensor& input, const Tensor& weight, const Tensor& bias, IntArrayRef stride, const Text& padding,
              IntArrayRef dilation = 1, int64_t groups = 1) {
  return detail::conv_padded(1, input, weight, bias, stride, padding, dilation, groups);
}
template <class Text, detail::WhereText<Text> = 0>
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias, IntArrayRef stride, const Text& padding,
              IntArrayRef dilation = 1, int64_t groups = 1) {
  return detail::conv_padded(2, input, weight, bias, stride, padding, dilation, groups);
}
template <class Text, detail::WhereText<Text> = 0>
Tensor conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias, IntArrayRef stride, const Text& padding,
              IntArrayRef dilation = 1, int64_t groups = 1) {
  return detail::conv_padded(3, input, weight, bias, stride, padding, dilation, groups);
}

/// To a size, or by factors: one of the two.
LAMPAS_API Tensor upsample_nearest1d(const Tensor& x, OptionalIntArrayRef size,
                                     std::optional<ArrayRef<double>> factors);
LAMPAS_API Tensor upsample_nearest2d(const Tensor& x, OptionalIntArrayRef size,
                                     std::optional<ArrayRef<double>> factors);
LAMPAS_API Tensor upsample_nearest3d(const Tensor& x, OptionalIntArrayRef size,
                                     std::optional<ArrayRef<double>> factors);
LAMPAS_API Tensor upsample_linear1d(const Tensor& x, OptionalIntArrayRef size, bool align_corners,
                                    std::optional<ArrayRef<double>> factors);
LAMPAS_API Tensor upsample_bilinear2d(const Tensor& x, OptionalIntArrayRef size, bool align_corners,
                                      std::optional<ArrayRef<double>> factors);
LAMPAS_API Tensor upsample_trilinear3d(const Tensor& x, OptionalIntArrayRef size, bool align_corners,
                                       std::optional<ArrayRef<double>> factors);
LAMPAS_API Tensor upsample_bicubic2d(const Tensor& x, OptionalIntArrayRef size, bool align_corners,
                                     std::optional<ArrayRef<double>> factors);

/// Tolerances as tensors: one, or one for each matrix of a batch.
LAMPAS_API Tensor linalg_pinv(const Tensor& x, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol,
                              bool hermitian = false);
LAMPAS_API Tensor linalg_pinv(const Tensor& x, const Tensor& rcond, bool hermitian = false);
LAMPAS_API Tensor linalg_matrix_rank(const Tensor& x, const std::optional<Tensor>& atol,
                                     const std::optional<Tensor>& rtol, bool hermitian = false);
LAMPAS_API Tensor linalg_matrix_rank(const Tensor& x, const Tensor& tol, bool hermitian = false);
/// Of the matrices in two dimensions.
LAMPAS_API Tensor nuclear_norm(const Tensor& x, IntArrayRef dim, bool keepdim = false);
LAMPAS_API Tensor& nuclear_norm_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim = false);

/// Of each.
LAMPAS_API std::vector<Tensor> atleast_1d(TensorList tensors);
LAMPAS_API std::vector<Tensor> atleast_2d(TensorList tensors);
LAMPAS_API std::vector<Tensor> atleast_3d(TensorList tensors);

/// 1 with a probability for each element, in the sizes and dtype of x.
LAMPAS_API Tensor bernoulli(const Tensor& x, const Tensor& p, Generator generator = {});
/// Without a generator (an absent p would do as well).
LAMPAS_API Tensor bernoulli(const Tensor& x, std::nullopt_t generator);
LAMPAS_API Tensor& isin_out(Tensor& out, const Tensor& elements, const Scalar& test_element, bool assume_unique = false,
                            bool invert = false);
LAMPAS_API Tensor& isin_out(Tensor& out, const Scalar& element, const Tensor& test_elements, bool assume_unique = false,
                            bool invert = false);
/// The edges say the range.
LAMPAS_API std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, TensorList bins,
                                                               std::optional<ArrayRef<double>> range,
                                                               const std::optional<Tensor>& weight = {},
                                                               bool density = false);
LAMPAS_API Tensor& complex_out(Tensor& out, const Tensor& re, const Tensor& im);
LAMPAS_API Tensor& conj_physical_(Tensor& x);
LAMPAS_API Tensor& rot90_out(Tensor& out, const Tensor& x, int64_t k = 1, IntArrayRef dims = {0, 1});

/// Factories told dtype, layout, device and pinning one by one, as generated code calls them.
LAMPAS_API Tensor empty(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                        std::optional<Device> device, std::optional<bool> pin_memory,
                        std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, std::optional<ScalarType> dtype,
                                std::optional<Layout> layout, std::optional<Device> device,
                                std::optional<bool> pin_memory);
LAMPAS_API Tensor zeros(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                        std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor ones(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                       std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor full(IntArrayRef sizes, const Scalar& value, std::optional<ScalarType> dtype,
                       std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor rand(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                       std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor randn(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                        std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor arange(const Scalar& end, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                         std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor arange(const Scalar& start, const Scalar& end, std::optional<ScalarType> dtype,
                         std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, std::optional<ScalarType> dtype,
                         std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory);
LAMPAS_API Tensor empty_like(const Tensor& x, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                             std::optional<Device> device, std::optional<bool> pin_memory,
                             std::optional<MemoryFormat> format);
LAMPAS_API Tensor zeros_like(const Tensor& x, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                             std::optional<Device> device, std::optional<bool> pin_memory,
                             std::optional<MemoryFormat> format);
LAMPAS_API Tensor ones_like(const Tensor& x, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                            std::optional<Device> device, std::optional<bool> pin_memory,
                            std::optional<MemoryFormat> format);

}  // namespace lampas
