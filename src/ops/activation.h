#pragma once

#include "backend/kernel.h"
#include "backend/pointwise.h"

namespace lampas {

// Activations and their derivatives for float32, float64, float16 and bfloat16 (computed in float32, rounded once).
// Operands are outputs first, then the inputs in the order given. `g` is the gradient of the result y; a backward
// kernel's result is dx = g * y'. relu and threshold are in ops/pointwise.h. NaN inputs give NaN. Maximum errors stand
// in the activation_*_cpu.cpp files.

/// g, y = sigmoid(x): g * y * (1 - y).
inline Kernel<PointwiseFn> sigmoid_backward_kernel{"sigmoid_backward"};
/// g, y = tanh(x): g * (1 - y^2).
inline Kernel<PointwiseFn> tanh_backward_kernel{"tanh_backward"};

/// ELU is {alpha}, SELU {1.6732632423543772848, 1.0507009873554804934}, CELU {alpha, 1, 1 / alpha}.
struct EluParams {
  double alpha = 1, scale = 1, input_scale = 1;
};
/// x: x > 0 ? scale * x : scale * alpha * (exp(input_scale * x) - 1).
inline Kernel<PointwiseFn> elu_kernel{"elu"};
/// g, x.
inline Kernel<PointwiseFn> elu_backward_kernel{"elu_backward"};
/// g, y = elu(x), for alpha >= 0: what an in-place elu has to use.
inline Kernel<PointwiseFn> elu_backward_from_result_kernel{"elu_backward_from_result"};

/// x: x * Phi(x), Phi the standard normal distribution function; and g, x.
inline Kernel<PointwiseFn> gelu_kernel{"gelu"}, gelu_backward_kernel{"gelu_backward"};
/// x: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))); and g, x.
inline Kernel<PointwiseFn> gelu_tanh_kernel{"gelu_tanh"}, gelu_tanh_backward_kernel{"gelu_tanh_backward"};
/// x: x * sigmoid(x); and g, x.
inline Kernel<PointwiseFn> silu_kernel{"silu"}, silu_backward_kernel{"silu_backward"};
/// x: x * tanh(softplus(x)); and g, x.
inline Kernel<PointwiseFn> mish_kernel{"mish"}, mish_backward_kernel{"mish_backward"};
/// x: -log(1 + exp(-x)); and g, x.
inline Kernel<PointwiseFn> log_sigmoid_kernel{"log_sigmoid"}, log_sigmoid_backward_kernel{"log_sigmoid_backward"};

struct SoftplusParams {
  double beta = 1, threshold = 20;
};
/// x: beta * x > threshold ? x : log(1 + exp(beta * x)) / beta; and g, x.
inline Kernel<PointwiseFn> softplus_kernel{"softplus"}, softplus_backward_kernel{"softplus_backward"};

/// x: x - tanh(x); and g, x.
inline Kernel<PointwiseFn> tanhshrink_kernel{"tanhshrink"}, tanhshrink_backward_kernel{"tanhshrink_backward"};
/// x: x / (1 + |x|); and g, x.
inline Kernel<PointwiseFn> softsign_kernel{"softsign"}, softsign_backward_kernel{"softsign_backward"};

/// x: min(max(x + 3, 0), 6) / 6; and g, x: g / 6 inside (-3, 3), else 0.
inline Kernel<PointwiseFn> hardsigmoid_kernel{"hardsigmoid"}, hardsigmoid_backward_kernel{"hardsigmoid_backward"};
/// x: x * hardsigmoid(x); and g, x: 0 up to -3, g from 3 on.
inline Kernel<PointwiseFn> hardswish_kernel{"hardswish"}, hardswish_backward_kernel{"hardswish_backward"};

struct HardtanhParams {
  double min = -1, max = 1;  // relu6: 0, 6
};
/// x: min(max(x, min), max); and g, x: g inside (min, max), else 0.
inline Kernel<PointwiseFn> hardtanh_kernel{"hardtanh"}, hardtanh_backward_kernel{"hardtanh_backward"};

struct LeakyReluParams {
  double slope = 0.01;
};
/// x: x > 0 ? x : slope * x; and g, x (or y, if slope >= 0).
inline Kernel<PointwiseFn> leaky_relu_kernel{"leaky_relu"}, leaky_relu_backward_kernel{"leaky_relu_backward"};

struct ShrinkParams {
  double lambda = 0.5;
};
/// x: |x| > lambda ? x : 0.
inline Kernel<PointwiseFn> hardshrink_kernel{"hardshrink"};
/// x: x - lambda above lambda, x + lambda below -lambda, else 0.
inline Kernel<PointwiseFn> softshrink_kernel{"softshrink"};
/// Of both. g, x: g where |x| > lambda (or x is NaN), else 0.
inline Kernel<PointwiseFn> shrink_backward_kernel{"shrink_backward"};

/// x, w: x > 0 ? x : w * x. PReLU's weight is broadcast; RReLU's slopes are one per element.
inline Kernel<PointwiseFn> prelu_kernel{"prelu"};
/// Outputs dx, dw; inputs g, x, w: dx = x > 0 ? g : w * g, dw = x > 0 ? 0 : x * g (still to be summed to w's shape).
inline Kernel<PointwiseFn> prelu_backward_kernel{"prelu_backward"};

/// a, b: a * sigmoid(b).
inline Kernel<PointwiseFn> glu_kernel{"glu"};
/// Outputs da, db; inputs g, a, b.
inline Kernel<PointwiseFn> glu_backward_kernel{"glu_backward"};

}  // namespace lampas
