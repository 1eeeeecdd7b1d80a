#pragma once

/// Functions of at:: that are an expression or two of others, or whose names only LibTorch's programs use.

#include "ATen/core/List.h"
#include "c10/util/accumulate.h"
#include "torch/namespaces.h"

namespace c10 {
inline int64_t maybe_wrap_dim(int64_t dim, int64_t rank, bool wrap_scalar = true) {
  const int64_t dims = rank == 0 && wrap_scalar ? 1 : rank;
  lampas::check_index(dim >= -dims && dim < dims, "Dimension out of range (expected to be in range of [", -dims, ", ",
                      dims - 1, "], but got ", dim, ")");
  return dim < 0 ? dim + dims : dim;
}
}  // namespace c10

namespace at {
/// The sizes two tensors broadcast to.
inline std::vector<int64_t> infer_size(IntArrayRef a, IntArrayRef b) {
  const auto sizes = lampas::broadcast_shapes(a, b, "infer_size");
  return std::vector<int64_t>(sizes.begin(), sizes.end());
}
/// A shape with its -1 replaced.
inline std::vector<int64_t> infer_size(IntArrayRef shape, int64_t numel) {
  const auto sizes = lampas::infer_size(shape, numel, "infer_size");
  return std::vector<int64_t>(sizes.begin(), sizes.end());
}

inline int64_t size(const Tensor& x, int64_t dim) { return x.size(dim); }
inline int64_t stride(const Tensor& x, int64_t dim) { return x.stride(dim); }
inline Tensor alias(const Tensor& x) { return x.view(x.sizes()); }
inline Tensor& detach_(Tensor& x) { return x.detach_(), x; }
inline const Tensor& resize_as_(const Tensor& x, const Tensor& like,
                                c10::optional<MemoryFormat> format = c10::nullopt) {
  return x.resize_as_(like, format), x;
}
inline const Tensor& as_strided_(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
                                 c10::optional<int64_t> offset = c10::nullopt) {
  return x.as_strided_(sizes, strides, offset), x;
}
inline Tensor& addmv_(Tensor& x, const Tensor& m, const Tensor& v, const Scalar& beta = 1, const Scalar& alpha = 1) {
  return x.addmv_(m, v, beta, alpha), x;
}
inline Tensor resolve_conj(const Tensor& x) { return x; }
inline Tensor resolve_neg(const Tensor& x) { return x; }
inline Tensor pad_sequence(TensorList sequences, bool batch_first = false, double padding_value = 0) {
  return lampas::nn::utils::rnn::pad_sequence(sequences, batch_first, padding_value);
}

inline Tensor sigmoid_backward(const Tensor& grad, const Tensor& y) { return grad * (1 - y) * y; }
inline Tensor tanh_backward(const Tensor& grad, const Tensor& y) { return grad * (1 - y * y); }
inline Tensor threshold_backward(const Tensor& grad, const Tensor& x, const Scalar& threshold) {
  return grad.masked_fill(x.le(threshold), 0);
}
/// The convolution all others are a case of.
inline Tensor convolution(const Tensor& x, const Tensor& weight, const c10::optional<Tensor>& bias, IntArrayRef stride,
                          IntArrayRef padding, IntArrayRef dilation, bool transposed, IntArrayRef output_padding,
                          int64_t groups) {
  const Tensor b = bias ? *bias : Tensor();
  lampas::check(x.dim() >= 3 && x.dim() <= 5, "convolution: expected an input of 3 to 5 dimensions, got ", x.sizes());
  if (x.dim() == 3)
    return transposed ? conv_transpose1d(x, weight, b, stride, padding, output_padding, groups, dilation)
                      : conv1d(x, weight, b, stride, padding, dilation, groups);
  if (x.dim() == 4)
    return transposed ? conv_transpose2d(x, weight, b, stride, padding, output_padding, groups, dilation)
                      : conv2d(x, weight, b, stride, padding, dilation, groups);
  return transposed ? conv_transpose3d(x, weight, b, stride, padding, output_padding, groups, dilation)
                    : conv3d(x, weight, b, stride, padding, dilation, groups);
}
}  // namespace at

namespace c10 {
inline at::Tensor scalar_to_tensor(const Scalar& s, const Device device = Device(DeviceType::CPU)) {
  return at::scalar_tensor(s, TensorOptions(s.type()).device(device));
}
}  // namespace c10
