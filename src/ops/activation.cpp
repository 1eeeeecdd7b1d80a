// Activations made of pieces: relu, relu6, leaky_relu, elu, selu, celu, hardtanh, hardsigmoid, hardswish, hardshrink,
// softshrink, threshold.
#include "lampas/ops/activation.h"

#include "lampas/ops/pointwise.h"
#include "ops/activation_op.h"
#include "ops/defined.h"
#include "ops/labelled.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

using None = NoActivationParams;
using FromInput = In<0>;
using FromResult = Out;

using ReluBackward = ActivationBackward<"relu_backward", relu_backward_kernel, None>;
struct Relu : Activation<"relu", relu_kernel, None, ReluBackward, FromResult> {
  Tensor write(const Tensor& out, const Tensor& x) const {
    check(x.scalar_type() != kBool, "relu: Boolean inputs not supported for relu");
    return Activation::write(out, x);
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
};

// A negative slope turns signs over: then the result does not tell where the input was positive.
using LeakyReluBackward = ActivationBackward<"leaky_relu_backward", leaky_relu_backward_kernel, LeakyReluParams>;
template <class Saved>
using LeakyRelu = Activation<"leaky_relu", leaky_relu_kernel, LeakyReluParams, LeakyReluBackward, Saved>;

Tensor elu_curvature(const EluParams& p, const Tensor& x) {
  const Tensor slope = x.clamp_max(0).mul(p.input_scale).exp().mul(p.alpha * p.scale * p.input_scale * p.input_scale);
  return lampas::where(x.lt(0), slope, wrapped_scalar(0.0));
}
/// The slope is input_scale * (y + alpha * scale) below 0.
Tensor elu_curvature_in_result(const EluParams& p, const Tensor& y) {
  return y.detach().lt(0).to(y.scalar_type()).mul(p.input_scale);
}
using EluBackward = ActivationBackward<"elu_backward", elu_backward_kernel, EluParams, elu_curvature, 4>;
using EluBackwardFromResult =
    ActivationBackward<"elu_backward", elu_backward_from_result_kernel, EluParams, elu_curvature_in_result>;
using EluOfInput = Activation<"elu", elu_kernel, EluParams, EluBackward, FromInput, 5>;
using EluOfResult = Activation<"elu", elu_kernel, EluParams, EluBackwardFromResult, FromResult, 5>;

using HardtanhBackward = ActivationBackward<"hardtanh_backward", hardtanh_backward_kernel, HardtanhParams>;
using Hardtanh = Activation<"hardtanh", hardtanh_kernel, HardtanhParams, HardtanhBackward, FromResult>;

using HardsigmoidBackward = ActivationBackward<"hardsigmoid_backward", hardsigmoid_backward_kernel, None>;
using Hardsigmoid = Activation<"hardsigmoid", hardsigmoid_kernel, None, HardsigmoidBackward, FromInput>;

Tensor hardswish_curvature(const None&, const Tensor& x) { return x.detach().abs().lt(3).to(x.scalar_type()).div(3); }
using HardswishBackward =
    ActivationBackward<"hardswish_backward", hardswish_backward_kernel, None, hardswish_curvature>;
using Hardswish = Activation<"hardswish", hardswish_kernel, None, HardswishBackward, FromInput>;

using ShrinkBackward = ActivationBackward<"shrink_backward", shrink_backward_kernel, ShrinkParams>;
using Hardshrink = Activation<"hardshrink", hardshrink_kernel, ShrinkParams, ShrinkBackward, FromResult>;
struct Softshrink {
  static constexpr auto name = "softshrink";
  using saves = Saves<Out>;
  ShrinkParams params;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, softshrink_kernel}, &params, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
    return {apply(ShrinkBackward{{0}}, g, y)};  // what was shrunk to 0 is 0, nothing else is
  }
};

// The result tells whether x exceeded the threshold if what replaces it does not.
using ThresholdBackward = ActivationBackward<"threshold_backward", threshold_backward_kernel, ThresholdParams>;
template <class Saved>
using Threshold = Activation<"threshold", threshold_kernel, ThresholdParams, ThresholdBackward, Saved>;

/// Calls f with the op for a choice made at run time.
template <class F>
decltype(auto) with_leaky_relu(const char* label, double slope, const F& f) {
  const LeakyReluParams p{slope};
  return p.slope >= 0 ? f(LeakyRelu<FromResult>{p, label}) : f(LeakyRelu<FromInput>{p, label});
}
template <class F>
decltype(auto) with_elu(const char* label, const EluParams& p, const F& f) {
  const bool monotone = p.alpha >= 0 && p.scale > 0 && p.input_scale >= 0;
  return monotone ? f(EluOfResult{p, label}) : f(EluOfInput{p, label});
}
EluParams elu_params(const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) {
  return {alpha.toDouble(), scale.toDouble(), input_scale.toDouble()};
}
constexpr EluParams kSelu{1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1};
EluParams celu_params(const Scalar& alpha) {
  const double a = alpha.toDouble();
  check(a != 0, "celu: ZeroDivisionError: alpha cannot be 0 for CELU");
  return {a, 1, 1 / a};
}
template <class F>
decltype(auto) with_threshold(const char* label, const Scalar& threshold, const Scalar& value, ScalarType dtype,
                              const F& f) {
  ThresholdParams p{threshold.toDouble(), value.toDouble()};
  if (is_integral(dtype)) {
    check_number(threshold, dtype);
    check_number(value, dtype);
    p.threshold_int = threshold.toLong();
    p.value_int = value.toLong();
  }
  return p.value <= p.threshold ? f(Threshold<FromResult>{p, label}) : f(Threshold<FromInput>{p, label});
}
Hardtanh hardtanh_op(const Scalar& min, const Scalar& max) {
  const HardtanhParams p{min.toDouble(), max.toDouble()};
  check(!(p.min > p.max), "hardtanh: max_val must be greater than min_val, got min ", p.min, " and max ", p.max);
  return {p};
}
bool clamps_integers(const Tensor& x, const Scalar& min, const Scalar& max) {
  check_defined("hardtanh", x);
  check(x.scalar_type() != kBool, "hardtanh: Bool inputs not supported for hardtanh");
  if (!is_integral(x.scalar_type())) return false;
  hardtanh_op(min, max);
  check(x.scalar_type() != kByte || (min.toDouble() >= 0 && max.toDouble() >= 0),
        "hardtanh: cannot do hardtanh on an unsigned type with negative limits, got ", min.toDouble(), " and ",
        max.toDouble());
  return true;
}
}  // namespace

/// fn, fn_ and fn_out of an op without a method.
#define LAMPAS_FREE_FORMS(fn, Op)                                   \
  Tensor fn(const Tensor& x) { return apply(Op{}, x); }             \
  Tensor& fn##_(Tensor& x) { return elementwise_inplace(Op{}, x); } \
  Tensor& fn##_out(Tensor& out, const Tensor& x) { return elementwise_out(Op{}, out, x); }
LAMPAS_FREE_FORMS(hardsigmoid, Hardsigmoid)
LAMPAS_FREE_FORMS(hardswish, Hardswish)

Tensor relu(const Tensor& x) { return apply(Relu{}, x); }
Tensor& relu_(Tensor& x) { return elementwise_inplace(Relu{}, x); }
Tensor Tensor::relu() const { return apply(Relu{}, *this); }
Tensor& Tensor::relu_() const { return elementwise_inplace(Relu{}, *this); }

Tensor leaky_relu_as(const char* label, const Tensor& x, double slope) {
  return with_leaky_relu(label, slope, [&](const auto& op) { return apply(op, x); });
}
Tensor& leaky_relu_inplace_as(const char* label, Tensor& x, double slope) {
  with_leaky_relu(label, slope, [&](const auto& op) { elementwise_inplace(op, x); });
  return x;
}
Tensor leaky_relu(const Tensor& x, const Scalar& slope) { return leaky_relu_as("leaky_relu", x, slope.toDouble()); }
Tensor& leaky_relu_(Tensor& x, const Scalar& slope) {
  return leaky_relu_inplace_as("leaky_relu.1", x, slope.toDouble());
}
Tensor& leaky_relu_out(Tensor& out, const Tensor& x, const Scalar& slope) {
  return elementwise_out(LeakyRelu<FromInput>{{slope.toDouble()}}, out, x);
}

namespace {
Tensor elu_with(const char* label, const EluParams& p, const Tensor& x) {
  return with_elu(label, p, [&](const auto& op) { return apply(op, x); });
}
Tensor& elu_inplace(const char* label, const EluParams& p, Tensor& x) {
  with_elu(label, p, [&](const auto& op) { elementwise_inplace(op, x); });
  return x;
}
}  // namespace
Tensor elu(const Tensor& x, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) {
  return elu_with("elu", elu_params(alpha, scale, input_scale), x);
}
Tensor& elu_(Tensor& x, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) {
  return elu_inplace("elu.1", elu_params(alpha, scale, input_scale), x);
}
Tensor& elu_out(Tensor& out, const Tensor& x, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) {
  return elementwise_out(EluOfInput{elu_params(alpha, scale, input_scale)}, out, x);
}
Tensor selu(const Tensor& x) { return elu_with("elu", kSelu, x); }
Tensor& selu_(Tensor& x) { return elu_inplace("elu.1", kSelu, x); }
Tensor celu(const Tensor& x, const Scalar& alpha) { return elu_with("celu", celu_params(alpha), x); }
Tensor& celu_(Tensor& x, const Scalar& alpha) { return elu_inplace("celu.1", celu_params(alpha), x); }

Tensor hardtanh(const Tensor& x, const Scalar& min, const Scalar& max) {
  if (clamps_integers(x, min, max)) return x.clamp(Scalar(min.toLong()), Scalar(max.toLong()));
  return apply(hardtanh_op(min, max), x);
}
Tensor& hardtanh_(Tensor& x, const Scalar& min, const Scalar& max) {
  if (clamps_integers(x, min, max)) return x.clamp_(Scalar(min.toLong()), Scalar(max.toLong()));
  return elementwise_inplace(hardtanh_op(min, max), x);
}
Tensor& hardtanh_out(Tensor& out, const Tensor& x, const Scalar& min, const Scalar& max) {
  if (clamps_integers(x, min, max)) return clamp_out(out, x, Scalar(min.toLong()), Scalar(max.toLong()));
  return elementwise_out(hardtanh_op(min, max), out, x);
}
Tensor relu6(const Tensor& x) { return lampas::hardtanh(x, 0, 6); }
Tensor& relu6_(Tensor& x) { return lampas::hardtanh_(x, 0, 6); }

Tensor hardshrink(const Tensor& x, const Scalar& lambd) { return apply(Hardshrink{{lambd.toDouble()}}, x); }
Tensor& hardshrink_out(Tensor& out, const Tensor& x, const Scalar& lambd) {
  return elementwise_out(Hardshrink{{lambd.toDouble()}}, out, x);
}
Tensor Tensor::hardshrink(const Scalar& lambd) const { return lampas::hardshrink(*this, lambd); }
namespace {
Softshrink softshrink_op(const Scalar& lambd) {
  check(lambd.toDouble() >= 0, "softshrink: lambda must be greater or equal to 0, but found to be ", lambd.toDouble());
  return {{lambd.toDouble()}};
}
}  // namespace
Tensor softshrink(const Tensor& x, const Scalar& lambd) { return apply(softshrink_op(lambd), x); }
Tensor& softshrink_out(Tensor& out, const Tensor& x, const Scalar& lambd) {
  return elementwise_out(softshrink_op(lambd), out, x);
}

Tensor threshold(const Tensor& x, const Scalar& threshold, const Scalar& value) {
  return with_threshold("threshold", threshold, value, x.scalar_type(), [&](const auto& op) { return apply(op, x); });
}
Tensor& threshold_(Tensor& x, const Scalar& threshold, const Scalar& value) {
  with_threshold("threshold.1", threshold, value, x.scalar_type(), [&](const auto& op) { elementwise_inplace(op, x); });
  return x;
}
Tensor& threshold_out(Tensor& out, const Tensor& x, const Scalar& threshold, const Scalar& value) {
  with_threshold("threshold", threshold, value, x.scalar_type(), [&](const auto& op) { elementwise_out(op, out, x); });
  return out;
}

}  // namespace lampas
