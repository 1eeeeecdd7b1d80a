#pragma once

#include <string_view>

#include "lampas/ops/forms.h"

/// Activations, elementwise functions of a floating point tensor unless stated otherwise (PyTorch's formulas,
/// https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions). Results are laid out as the
/// input, NaN stays NaN, and every function has derivatives of every order. sigmoid and tanh are in math.h.
namespace lampas {

/// max(x, 0). Integers, too.
LAMPAS_API Tensor relu(const Tensor& x);
LAMPAS_API Tensor& relu_(Tensor& x);
/// min(max(x, 0), 6). Integers, too.
LAMPAS_API Tensor relu6(const Tensor& x);
LAMPAS_API Tensor& relu6_(Tensor& x);
/// x for x > 0, else negative_slope * x.
LAMPAS_API Tensor leaky_relu(const Tensor& x, const Scalar& negative_slope = 0.01);
LAMPAS_API Tensor& leaky_relu_(Tensor& x, const Scalar& negative_slope = 0.01);
LAMPAS_API Tensor& leaky_relu_out(Tensor& out, const Tensor& x, const Scalar& negative_slope = 0.01);
/// x for x > 0, else weight * x; the weight's elements belong to dimension 1. weight: one element, or as many as
/// channels (one if x has fewer than two dimensions), and of x's dtype. x has a dimension.
LAMPAS_API Tensor prelu(const Tensor& x, const Tensor& weight);
/// In training, x for x > 0 and else a * x with `a` drawn uniformly from [lower, upper] for each such element, in
/// memory order; otherwise leaky_relu with the mean slope.
LAMPAS_API Tensor rrelu(const Tensor& x, const Scalar& lower = 0.125, const Scalar& upper = 0.3333333333333333,
                        bool training = false, const Generator& generator = {});
LAMPAS_API Tensor& rrelu_(Tensor& x, const Scalar& lower = 0.125, const Scalar& upper = 0.3333333333333333,
                          bool training = false, const Generator& generator = {});
/// scale * x for x > 0, else scale * alpha * (exp(input_scale * x) - 1).
LAMPAS_API Tensor elu(const Tensor& x, const Scalar& alpha = 1, const Scalar& scale = 1, const Scalar& input_scale = 1);
LAMPAS_API Tensor& elu_(Tensor& x, const Scalar& alpha = 1, const Scalar& scale = 1, const Scalar& input_scale = 1);
LAMPAS_API Tensor& elu_out(Tensor& out, const Tensor& x, const Scalar& alpha = 1, const Scalar& scale = 1,
                           const Scalar& input_scale = 1);
/// elu with the alpha and scale of self-normalizing networks: 1.6732632423543772 and 1.0507009873554805.
LAMPAS_API Tensor selu(const Tensor& x);
LAMPAS_API Tensor& selu_(Tensor& x);
/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)), alpha != 0.
LAMPAS_API Tensor celu(const Tensor& x, const Scalar& alpha = 1);
LAMPAS_API Tensor& celu_(Tensor& x, const Scalar& alpha = 1);
/// x times the normal distribution function of x; `approximate` "tanh" takes
/// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) instead of "none".
LAMPAS_API Tensor gelu(const Tensor& x, std::string_view approximate = "none");
LAMPAS_API Tensor& gelu_(Tensor& x, std::string_view approximate = "none");
LAMPAS_API Tensor& gelu_out(Tensor& out, const Tensor& x, std::string_view approximate = "none");
/// x * sigmoid(x).
LAMPAS_UNARY_FORMS(silu);
/// x * tanh(softplus(x)).
LAMPAS_UNARY_FORMS(mish);
/// log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold.
LAMPAS_API Tensor softplus(const Tensor& x, const Scalar& beta = 1, const Scalar& threshold = 20);
LAMPAS_API Tensor& softplus_out(Tensor& out, const Tensor& x, const Scalar& beta = 1, const Scalar& threshold = 20);
/// log(sigmoid(x)).
LAMPAS_API Tensor log_sigmoid(const Tensor& x);
LAMPAS_API Tensor& log_sigmoid_out(Tensor& out, const Tensor& x);
/// x / (1 + |x|), and x - tanh(x). Integers and bool give the default float dtype.
LAMPAS_API Tensor softsign(const Tensor& x);
LAMPAS_API Tensor tanhshrink(const Tensor& x);
/// min(max(x, min), max). Integers, too. min <= max.
LAMPAS_API Tensor hardtanh(const Tensor& x, const Scalar& min = -1, const Scalar& max = 1);
LAMPAS_API Tensor& hardtanh_(Tensor& x, const Scalar& min = -1, const Scalar& max = 1);
LAMPAS_API Tensor& hardtanh_out(Tensor& out, const Tensor& x, const Scalar& min = -1, const Scalar& max = 1);
/// min(max(x + 3, 0), 6) / 6.
LAMPAS_UNARY_FORMS(hardsigmoid);
/// x * hardsigmoid(x).
LAMPAS_UNARY_FORMS(hardswish);
/// x where |x| > lambd, else 0.
LAMPAS_API Tensor hardshrink(const Tensor& x, const Scalar& lambd = 0.5);
LAMPAS_API Tensor& hardshrink_out(Tensor& out, const Tensor& x, const Scalar& lambd = 0.5);
/// x - lambd above lambd, x + lambd below -lambd, else 0. lambd >= 0.
LAMPAS_API Tensor softshrink(const Tensor& x, const Scalar& lambd = 0.5);
LAMPAS_API Tensor& softshrink_out(Tensor& out, const Tensor& x, const Scalar& lambd = 0.5);
/// x where x > threshold, else value. Integers, too.
LAMPAS_API Tensor threshold(const Tensor& x, const Scalar& threshold, const Scalar& value);
LAMPAS_API Tensor& threshold_(Tensor& x, const Scalar& threshold, const Scalar& value);
LAMPAS_API Tensor& threshold_out(Tensor& out, const Tensor& x, const Scalar& threshold, const Scalar& value);
/// a * sigmoid(b), where a and b are the halves of x along `dim`, whose size is even.
LAMPAS_API Tensor glu(const Tensor& x, int64_t dim = -1);
LAMPAS_API Tensor& glu_out(Tensor& out, const Tensor& x, int64_t dim = -1);

}  // namespace lampas
