#pragma once

#include <cstdint>
#include <optional>

#include "backend/kernel.h"

namespace lampas {

struct GeneratorImpl;

// Kernels that draw from a generator. Each locks the generator for its whole run and leaves it where PyTorch's CPU
// kernel of the same name (1.13.1, built without MKL) leaves it; values agree with PyTorch's to rounding. `out` is
// contiguous.
//
// A tensor that is not contiguous is filled in memory order: dimensions sorted by decreasing stride, the smallest
// innermost. So fill a contiguous block and copy it to the permutation of the tensor in which its strides decrease.
// `normal_` alone differs beyond the order: a tensor for which `is_contiguous()` (row-major) is false takes
// normal_pairwise_kernel whatever its size. Complex tensors count as real ones with one more dimension of two;
// `normal_` then takes std / sqrt(2).

/// Uniform on [from, to], from <= to, `to` excluded but for rounding: 24-bit (float32), 53-bit (float64), 11-bit
/// (float16) and 8-bit (bfloat16) fractions. float32, float64: one rounding (fused) where the processor has FMA.
/// Serial.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double from, double to)> uniform_kernel{"uniform_"};

/// Normal. From 16 elements on, Box-Muller on blocks of 16 (eight radii, eight angles), the last 16 drawn afresh when n
/// is no multiple of 16; below, as normal_pairwise_kernel. float32 is computed in float32 (2 ulp for each of log, sin,
/// cos), float64 in float64 (4 ulp), float16 and bfloat16 in float32 with PyTorch's intermediate roundings. Never NaN
/// or infinite for finite mean and std.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double mean, double std)> normal_kernel{"normal_"};
/// Normal, element by element: Box-Muller in float64 gives two; the second waits in the generator for the next such
/// draw.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double mean, double std)> normal_pairwise_kernel{"normal_"};

/// Computed in float64 (4 ulp), rounded once to the dtype. exponential: -log(1 - u) / rate, rate >= 0 (0 gives inf).
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double rate)> exponential_kernel{"exponential_"};
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double median, double sigma)> cauchy_kernel{"cauchy_"};
/// exp of pairwise normals.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double mean, double std)> log_normal_kernel{"log_normal_"};
/// Number of trials up to the first success, 0 < p < 1. Floating and integer dtypes but bool; integers wrap around.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double p)> geometric_kernel{"geometric_"};

/// `one` (in the dtype) with probability p in [0, 1], else 0, for every dtype but the complex ones. Compares 53 bits
/// with p exactly.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, double p, double one)> bernoulli_kernel{"bernoulli_"};
/// The same with a probability per element. The slot is that of the probabilities' dtype: 53 bits for float64, else 24.
/// Throws ValueError, before anything is drawn, for a probability outside [0, 1] or NaN.
inline Kernel<void(GeneratorImpl&, const void* p, void* out, ScalarType out_dtype, int64_t n)> bernoulli_tensor_kernel{
    "bernoulli_"};

/// Counts, each from as many 53-bit uniforms as its sampler takes, in float64; `out` may be `rate` or `count`. Throws
/// Error, before the element is drawn, for a rate that is negative or NaN.
inline Kernel<void(GeneratorImpl&, const double* rate, double* out, int64_t n)> poisson_kernel{"poisson"};
inline Kernel<void(GeneratorImpl&, const double* count, const double* p, double* out, int64_t n)> binomial_kernel{
    "binomial"};

/// Every value of an integer dtype that is not negative; 0 to 2^digits of a floating one; bool: either. No complex
/// dtypes.
inline Kernel<void(GeneratorImpl&, void* out, int64_t n)> random_kernel{"random_"};
/// base + (draw modulo range); range 0 stands for 2^64. From a range of 2^32 on, int64, float32, float64 and bfloat16
/// draw 64 bits, the others 32. Get both numbers from random_range().
inline Kernel<void(GeneratorImpl&, void* out, int64_t n, uint64_t range, int64_t base)> random_range_kernel{"random_"};
/// words[k] %= divisor, which is not 0. The slot is that of int32.
inline Kernel<void(uint32_t* words, int64_t n, uint32_t divisor)> word_remainder_kernel{"random_"};
struct RandomRange {
  uint64_t range;
  int64_t base;
};
/// The range for integers from `from` up to, excluding, `to` (none: up to the largest the dtype's draws reach). For
/// floating dtypes the bounds move inwards to values the dtype has. Throws as PyTorch does, naming `op`.
RandomRange random_range(ScalarType dtype, int64_t from, std::optional<int64_t> to, const char* op);

/// A permutation of 0 .. n - 1; n must be exact in the dtype (int64, int32, int16, int8, uint8, floating).
inline Kernel<void(GeneratorImpl&, void* out, int64_t n)> randperm_kernel{"randperm"};
/// n steps of a shuffle: the first of `left` items and the one words[k] % left behind it change places, and so on with
/// the rest. The slots are those of the integers as wide as an item.
inline Kernel<void(void* items, int64_t left, const uint32_t* words, int64_t n)> shuffle_kernel{"randperm"};

/// `samples` category indices for each of `rows` rows of weights. With replacement: a search in the running sum (the
/// dtype's; float32 for float16 and bfloat16). Without: the largest of weight / exponential draw, in
/// falling order. `scratch` has room for 2 * categories doubles. Throws Error for weights negative, infinite or NaN,
/// rows of zeros, and, without replacement, for more samples than positive weights.
inline Kernel<void(GeneratorImpl&, const void* weights, int64_t rows, int64_t categories, int64_t samples,
                   bool replacement, int64_t* out, double* scratch)>
    multinomial_kernel{"multinomial"};

}  // namespace lampas
