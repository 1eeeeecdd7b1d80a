#pragma once

#include "lampas/tensor/tensor.h"

/// Random tensors (https://pytorch.org/docs/stable/torch.html#random-sampling). After the same `manual_seed` the values
/// are those of PyTorch's CPU generator, to rounding. An undefined generator stands for the default one. Not
/// differentiable: in-place forms pass a gradient of zero to what they overwrite.
namespace lampas {

/// Uniform on [0, 1).
LAMPAS_API Tensor rand(IntArrayRef sizes, const TensorOptions& options = {});
LAMPAS_API Tensor rand(IntArrayRef sizes, Generator generator, const TensorOptions& options = {});
LAMPAS_API Tensor rand_like(const Tensor& x, const TensorOptions& options = {},
                            std::optional<MemoryFormat> format = std::nullopt);
/// Normal with mean 0 and standard deviation 1.
LAMPAS_API Tensor randn(IntArrayRef sizes, const TensorOptions& options = {});
LAMPAS_API Tensor randn(IntArrayRef sizes, Generator generator, const TensorOptions& options = {});
LAMPAS_API Tensor randn_like(const Tensor& x, const TensorOptions& options = {},
                             std::optional<MemoryFormat> format = std::nullopt);
/// Integers in [low, high); int64 unless options say otherwise.
LAMPAS_API Tensor randint(int64_t high, IntArrayRef sizes, const TensorOptions& options = kLong);
LAMPAS_API Tensor randint(int64_t high, IntArrayRef sizes, Generator generator, const TensorOptions& options = kLong);
LAMPAS_API Tensor randint(int64_t low, int64_t high, IntArrayRef sizes, const TensorOptions& options = kLong);
LAMPAS_API Tensor randint(int64_t low, int64_t high, IntArrayRef sizes, Generator generator,
                          const TensorOptions& options = kLong);
LAMPAS_API Tensor randint_like(const Tensor& x, int64_t high, const TensorOptions& options = {},
                               std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor randint_like(const Tensor& x, int64_t low, int64_t high, const TensorOptions& options = {},
                               std::optional<MemoryFormat> format = std::nullopt);
/// A permutation of 0 ... n-1; int64 unless options say otherwise.
LAMPAS_API Tensor randperm(int64_t n, const TensorOptions& options = kLong);
LAMPAS_API Tensor randperm(int64_t n, Generator generator, const TensorOptions& options = kLong);

/// Normal with a mean and standard deviation for each element (the tensors broadcast), or the same for all.
LAMPAS_API Tensor normal(const Tensor& mean, double std = 1, Generator generator = {});
LAMPAS_API Tensor normal(double mean, const Tensor& std, Generator generator = {});
LAMPAS_API Tensor normal(const Tensor& mean, const Tensor& std, Generator generator = {});
LAMPAS_API Tensor normal(double mean, double std, IntArrayRef sizes, Generator generator = {},
                         const TensorOptions& options = {});

/// 1 with probability x (or p) for each element, else 0.
LAMPAS_API Tensor bernoulli(const Tensor& x, Generator generator = {});
LAMPAS_API Tensor bernoulli(const Tensor& x, double p, Generator generator = {});
/// A number of events for each element, the rate (not negative) at which they happen. Floating point; row-major.
LAMPAS_API Tensor poisson(const Tensor& rate, Generator generator = {});
/// The number of successes in `count` trials of probability `prob`, which broadcast and share a floating-point dtype.
LAMPAS_API Tensor binomial(const Tensor& count, const Tensor& prob, Generator generator = {});
/// Indices drawn by the weights in each row of x (1-d or 2-d), which need not sum to one.
LAMPAS_API Tensor multinomial(const Tensor& x, int64_t num_samples, bool replacement = false, Generator generator = {});

}  // namespace lampas
