// Smooth activations: gelu, silu, mish, softplus, log_sigmoid, softsign, tanhshrink.
#include "lampas/ops/activation.h"
#include "lampas/ops/pointwise.h"
#include "ops/activation_op.h"
#include "ops/defined.h"

namespace lampas {

namespace {

using None = NoActivationParams;

/// Slope Phi(x) + x phi(x).
Tensor gelu_curvature(const None&, const Tensor& x) {
  constexpr double kInvRootTwoPi = 0.39894228040143267794;
  const Tensor c = x.clamp(-40, 40), square = c.mul(c);  // beyond, phi is 0 and the square might overflow
  return square.mul(-0.5).exp().mul(square.neg().add(2)).mul(kInvRootTwoPi);
}
using GeluBackward = ActivationBackward<"gelu_backward", gelu_backward_kernel, None, gelu_curvature, 8>;
using Gelu = Activation<"gelu", gelu_kernel, None, GeluBackward, In<0>, 8>;

/// y = x s(u) with the sigmoid s and u = 2 sqrt(2 / pi) (x + 0.044715 x^3).
Tensor gelu_tanh_curvature(const None&, const Tensor& x) {
  constexpr double kLinear = 1.59576912160573071176, kCubic = 0.044715 * kLinear;
  const Tensor c = x.clamp(-40, 40), square = c.mul(c);
  const Tensor u = c.mul(square.mul(kCubic).add(kLinear)), du = square.mul(3 * kCubic).add(kLinear);
  const Tensor s = u.sigmoid(), ds = s.mul(s.neg().add(1)), dds = ds.mul(s.mul(-2).add(1));
  return ds.mul(du).mul(2).add(c.mul(dds.mul(du).mul(du).add(ds.mul(c).mul(6 * kCubic))));
}
using GeluTanhBackward = ActivationBackward<"gelu_backward", gelu_tanh_backward_kernel, None, gelu_tanh_curvature, 6>;
using GeluTanh = Activation<"gelu", gelu_tanh_kernel, None, GeluTanhBackward, In<0>, 6>;

/// Slope s + x s (1 - s).
Tensor silu_curvature(const None&, const Tensor& x) {
  const Tensor s = x.sigmoid();
  return s.mul(s.neg().add(1)).mul(x.mul(s.mul(-2).add(1)).add(2));
}
using SiluBackward = ActivationBackward<"silu_backward", silu_backward_kernel, None, silu_curvature, 6>;
using Silu = Activation<"silu", silu_kernel, None, SiluBackward, In<0>, 6>;

/// With t = tanh(softplus(x)) and t' = s (1 - t^2): 2 t' + x t''.
Tensor mish_curvature(const None&, const Tensor& x) {
  const Tensor s = x.sigmoid(), t = lampas::softplus(x).tanh(), rest = t.mul(t).neg().add(1);
  const Tensor second = s.mul(s.neg().add(1)).sub(s.mul(s).mul(t).mul(2));
  return rest.mul(s.mul(2).add(x.mul(second)));
}
using MishBackward = ActivationBackward<"mish_backward", mish_backward_kernel, None, mish_curvature, 6>;
using Mish = Activation<"mish", mish_kernel, None, MishBackward, In<0>, 6>;

Tensor softplus_curvature(const SoftplusParams& p, const Tensor& x) {
  const Tensor t = x.mul(p.beta), s = t.sigmoid();
  return lampas::where(t.gt(p.threshold), wrapped_scalar(0.0), s.mul(s.neg().add(1)).mul(p.beta));
}
using SoftplusBackward =
    ActivationBackward<"softplus_backward", softplus_backward_kernel, SoftplusParams, softplus_curvature, 6>;
using Softplus = Activation<"softplus", softplus_kernel, SoftplusParams, SoftplusBackward, In<0>, 10>;

/// Slope sigmoid(-x).
Tensor log_sigmoid_curvature(const None&, const Tensor& x) {
  const Tensor s = x.sigmoid();
  return s.mul(s.sub(1));
}
using LogSigmoidBackward =
    ActivationBackward<"log_sigmoid_backward", log_sigmoid_backward_kernel, None, log_sigmoid_curvature, 6>;
using LogSigmoid = Activation<"log_sigmoid", log_sigmoid_kernel, None, LogSigmoidBackward, In<0>, 10>;

/// Slope tanh(x)^2.
Tensor tanhshrink_curvature(const None&, const Tensor& x) {
  const Tensor t = x.tanh();
  return t.mul(t.mul(t).neg().add(1)).mul(2);
}
using TanhshrinkBackward =
    ActivationBackward<"tanhshrink_backward", tanhshrink_backward_kernel, None, tanhshrink_curvature, 6>;
using Tanhshrink =
    Activation<"tanhshrink", tanhshrink_kernel, None, TanhshrinkBackward, In<0>, 6, Elementwise::floating>;

/// Slope (1 + |x|)^-2.
Tensor softsign_curvature(const None&, const Tensor& x) {
  const Tensor r = x.abs().add(1).reciprocal();
  return r.mul(r).mul(r).mul(x.sign()).mul(-2);
}
using SoftsignBackward = ActivationBackward<"softsign_backward", softsign_backward_kernel, None, softsign_curvature, 2>;
using Softsign = Activation<"softsign", softsign_kernel, None, SoftsignBackward, In<0>, 2, Elementwise::floating>;

bool approximates(std::string_view approximate) {
  if (approximate != "none" && approximate != "tanh")
    fail("gelu: approximate argument must be either none or tanh, got '", std::string(approximate), "'");
  return approximate == "tanh";
}

}  // namespace

Tensor gelu(const Tensor& x, std::string_view approximate) {
  return approximates(approximate) ? apply(GeluTanh{}, x) : apply(Gelu{}, x);
}
Tensor& gelu_(Tensor& x, std::string_view approximate) {
  return approximates(approximate) ? elementwise_inplace(GeluTanh{}, x) : elementwise_inplace(Gelu{}, x);
}
Tensor& gelu_out(Tensor& out, const Tensor& x, std::string_view approximate) {
  return approximates(approximate) ? elementwise_out(GeluTanh{}, out, x) : elementwise_out(Gelu{}, out, x);
}
Tensor silu(const Tensor& x) { return apply(Silu{}, x); }
Tensor& silu_(Tensor& x) { return elementwise_inplace(Silu{}, x); }
Tensor& silu_out(Tensor& out, const Tensor& x) { return elementwise_out(Silu{}, out, x); }
Tensor mish(const Tensor& x) { return apply(Mish{}, x); }
Tensor& mish_(Tensor& x) { return elementwise_inplace(Mish{}, x); }
Tensor& mish_out(Tensor& out, const Tensor& x) { return elementwise_out(Mish{}, out, x); }

namespace {
Softplus softplus_op(const Scalar& beta, const Scalar& threshold) {
  check(beta.toDouble() != 0, "softplus: beta must not be 0");
  return {{beta.toDouble(), threshold.toDouble()}};
}
}  // namespace
Tensor softplus(const Tensor& x, const Scalar& beta, const Scalar& threshold) {
  return apply(softplus_op(beta, threshold), x);
}
Tensor& softplus_out(Tensor& out, const Tensor& x, const Scalar& beta, const Scalar& threshold) {
  return elementwise_out(softplus_op(beta, threshold), out, x);
}
Tensor log_sigmoid(const Tensor& x) { return apply(LogSigmoid{}, x); }
Tensor& log_sigmoid_out(Tensor& out, const Tensor& x) { return elementwise_out(LogSigmoid{}, out, x); }
Tensor softsign(const Tensor& x) { return apply(Softsign{}, x); }
Tensor tanhshrink(const Tensor& x) {
  check_defined("tanhshrink", x);
  check(x.scalar_type() != kBool, "tanhshrink: not defined for bool");
  return apply(Tanhshrink{}, x);
}

}  // namespace lampas
