#pragma once

#include "lampas/tensor/tensor.h"

/// Window functions of signal processing: `window_length` values of a floating-point dtype, for k = 0, 1, ... and N the
/// period. A periodic window (the default) has N = window_length: it repeats without a seam, as a short-time Fourier
/// transform wants it; a symmetric one has N = window_length - 1. A window of length 1 is 1; of length 0, empty. Throws
/// for a negative length and a dtype that is not floating-point.
/// https://pytorch.org/docs/1.13/torch.html#spectral-ops
namespace lampas {

/// sin^2(pi k / N)
LAMPAS_API Tensor hann_window(int64_t window_length, const TensorOptions& options = {});
LAMPAS_API Tensor hann_window(int64_t window_length, bool periodic, const TensorOptions& options = {});
/// alpha - beta cos(2 pi k / N)
LAMPAS_API Tensor hamming_window(int64_t window_length, const TensorOptions& options = {});
LAMPAS_API Tensor hamming_window(int64_t window_length, bool periodic, const TensorOptions& options = {});
LAMPAS_API Tensor hamming_window(int64_t window_length, bool periodic, double alpha, const TensorOptions& options = {});
LAMPAS_API Tensor hamming_window(int64_t window_length, bool periodic, double alpha, double beta,
                                 const TensorOptions& options = {});
/// 0.42 - 0.5 cos(2 pi k / N) + 0.08 cos(4 pi k / N)
LAMPAS_API Tensor blackman_window(int64_t window_length, const TensorOptions& options = {});
LAMPAS_API Tensor blackman_window(int64_t window_length, bool periodic, const TensorOptions& options = {});
/// 1 - |2 k / N - 1|
LAMPAS_API Tensor bartlett_window(int64_t window_length, const TensorOptions& options = {});
LAMPAS_API Tensor bartlett_window(int64_t window_length, bool periodic, const TensorOptions& options = {});
/// I0(beta sqrt(1 - (2 k / N - 1)^2)) / I0(beta)
LAMPAS_API Tensor kaiser_window(int64_t window_length, const TensorOptions& options = {});
LAMPAS_API Tensor kaiser_window(int64_t window_length, bool periodic, const TensorOptions& options = {});
LAMPAS_API Tensor kaiser_window(int64_t window_length, bool periodic, double beta, const TensorOptions& options = {});

}  // namespace lampas
