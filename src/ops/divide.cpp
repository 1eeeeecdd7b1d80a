// Rounded quotients, remainders and divisors: div with a rounding mode, floor_divide, fmod, remainder, gcd, lcm.
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "ops/elementwise_op.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

/// Runs a division kernel; integers divided by zero are an error, before anything is written where `out` is given.
Tensor divide_with(const char* name, const Kernel<PointwiseFn>& kernel, const Tensor& out, const Tensor& a,
                   const Tensor& b) {
  const Elementwise op{name, kernel, Elementwise::same, 8};
  if (!is_integral(result_type({&a, &b}), true)) return elementwise(op, nullptr, out, {&a, &b});
  if (out.defined()) check(b.detach().all().item<bool>(), name, ": ZeroDivisionError");
  std::atomic<bool> zero_divisor{false};
  const DivideParams p{&zero_divisor};
  Tensor y = elementwise(op, &p, out, {&a, &b});
  check(!zero_divisor, name, ": ZeroDivisionError");
  return y;
}

/// a / b rounded to an integer: flat almost everywhere.
template <bool down>
struct RoundedDiv {
  static constexpr auto name = "div";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  const char* label = "div.2";
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return divide_with(name, down ? div_floor_kernel : div_trunc_kernel, out, a, b);
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    const Tensor zero = zeros_like(g);
    return {need[0] ? zero : Tensor(), need[1] ? zero : Tensor()};
  }
};

/// a - b * (a / b, truncated or rounded down).
template <bool down>
struct Modulo {
  static constexpr auto name = down ? "remainder" : "fmod";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0, 1>, In<1>>;
  const char* label = down ? "remainder.1" : "fmod.1";
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return divide_with(name, down ? remainder_kernel : fmod_kernel, out, a, b);
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {g, need[1] ? g.mul(apply(RoundedDiv<down>{}, a, b)).neg() : Tensor()};
  }
};

struct Gcd : BinaryOp<Gcd, gcd_kernel, Elementwise::same, 40> {
  static constexpr auto name = "gcd";
  using saves = Saves<>;
  Grads<2> backward(const Tensor&, const Needs<2>&) const { return {}; }
};
struct Lcm : BinaryOp<Lcm, lcm_kernel, Elementwise::same, 40> {
  static constexpr auto name = "lcm";
  using saves = Saves<>;
  Grads<2> backward(const Tensor&, const Needs<2>&) const { return {}; }
};

enum class Rounding { none, trunc, floor };
Rounding rounding(std::optional<std::string_view> mode) {
  if (!mode) return Rounding::none;
  if (*mode == "trunc") return Rounding::trunc;
  if (*mode != "floor")
    fail("div: expected rounding_mode to be one of None, 'trunc', or 'floor' but found '", std::string(*mode), "'");
  return Rounding::floor;
}

Tensor rounded_div(const char* label, Rounding r, const Tensor& a, const Tensor& b) {
  return r == Rounding::floor ? apply(RoundedDiv<true>{label}, a, b) : apply(RoundedDiv<false>{label}, a, b);
}
Tensor& rounded_div_inplace(const char* label, Rounding r, const Tensor& a, const Tensor& b) {
  return r == Rounding::floor ? elementwise_inplace(RoundedDiv<true>{label}, a, b)
                              : elementwise_inplace(RoundedDiv<false>{label}, a, b);
}

}  // namespace

Tensor div(const Tensor& a, const Tensor& b, std::optional<std::string_view> mode) {
  const Rounding r = rounding(mode);
  return r == Rounding::none ? lampas::div(a, b) : rounded_div("div.2", r, a, b);
}
Tensor div(const Tensor& a, const Scalar& b, std::optional<std::string_view> mode) {
  const Rounding r = rounding(mode);
  return r == Rounding::none ? lampas::div(a, b) : rounded_div("div.3", r, a, wrapped_scalar(b));
}
Tensor& div_out(Tensor& out, const Tensor& a, const Tensor& b, std::optional<std::string_view> mode) {
  const Rounding r = rounding(mode);
  if (r == Rounding::none) return lampas::div_out(out, a, b);
  return r == Rounding::floor ? elementwise_out(RoundedDiv<true>{}, out, a, b)
                              : elementwise_out(RoundedDiv<false>{}, out, a, b);
}
Tensor& div_out(Tensor& out, const Tensor& a, const Scalar& b, std::optional<std::string_view> mode) {
  return lampas::div_out(out, a, wrapped_scalar(b), mode);
}
Tensor Tensor::div(const Tensor& b, std::optional<std::string_view> mode) const { return lampas::div(*this, b, mode); }
Tensor Tensor::div(const Scalar& b, std::optional<std::string_view> mode) const { return lampas::div(*this, b, mode); }
Tensor& Tensor::div_(const Tensor& b, std::optional<std::string_view> mode) const {
  const Rounding r = rounding(mode);
  return r == Rounding::none ? div_(b) : rounded_div_inplace("div.2", r, *this, b);
}
Tensor& Tensor::div_(const Scalar& b, std::optional<std::string_view> mode) const {
  const Rounding r = rounding(mode);
  return r == Rounding::none ? div_(b) : rounded_div_inplace("div.3", r, *this, wrapped_scalar(b));
}
Tensor divide(const Tensor& a, const Tensor& b, std::optional<std::string_view> mode) {
  return lampas::div(a, b, mode);
}
Tensor divide(const Tensor& a, const Scalar& b, std::optional<std::string_view> mode) {
  return lampas::div(a, b, mode);
}
Tensor& divide_out(Tensor& out, const Tensor& a, const Tensor& b, std::optional<std::string_view> mode) {
  return lampas::div_out(out, a, b, mode);
}
Tensor Tensor::divide(const Tensor& b, std::optional<std::string_view> m) const { return lampas::div(*this, b, m); }
Tensor Tensor::divide(const Scalar& b, std::optional<std::string_view> m) const { return lampas::div(*this, b, m); }
Tensor& Tensor::divide_(const Tensor& b, std::optional<std::string_view> m) const { return div_(b, m); }
Tensor& Tensor::divide_(const Scalar& b, std::optional<std::string_view> m) const { return div_(b, m); }

LAMPAS_DEFINE_BINARY(floor_divide, RoundedDiv<true>{"floor_divide"})
LAMPAS_DEFINE_BINARY_SCALAR(floor_divide, RoundedDiv<true>{"floor_divide"})
LAMPAS_DEFINE_BINARY(fmod, Modulo<false>{})
LAMPAS_DEFINE_BINARY_SCALAR(fmod, Modulo<false>{"fmod"})
LAMPAS_DEFINE_BINARY(remainder, Modulo<true>{})
LAMPAS_DEFINE_BINARY_SCALAR(remainder, Modulo<true>{"remainder"})
LAMPAS_DEFINE_SCALAR_LEFT(remainder, Modulo<true>{})
LAMPAS_DEFINE_BINARY(gcd, Gcd{})
Tensor& gcd_(Tensor& a, const Tensor& b) { return a.gcd_(b); }
LAMPAS_DEFINE_BINARY(lcm, Lcm{})
Tensor& lcm_(Tensor& a, const Tensor& b) { return a.lcm_(b); }

}  // namespace lampas
