// Signs, roots and roundings: abs, neg, sign, square, sqrt, rsqrt, reciprocal, ceil, floor, trunc, round, frac,
// nan_to_num.
#include <cmath>

#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "ops/complex.h"
#include "ops/elementwise_op.h"
#include "ops/out.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

constexpr auto kSame = Elementwise::same, kFloating = Elementwise::floating;

struct Abs : UnaryOp<Abs, abs_kernel, kSame> {
  static constexpr auto name = "abs";
  using saves = Saves<In<0>>;
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {g.mul(x.sign())}; }
};

struct Neg {
  static constexpr auto name = "neg";
  using saves = Saves<>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    check(x.scalar_type() != kBool,
          "neg: Negation, the `-` operator, on a bool tensor is not supported. Use the `~` or `logical_not()` operator "
          "instead.");
    return elementwise({name, neg_kernel}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.neg()}; }
};

/// Ops that are flat almost everywhere.
template <class Op, const Kernel<PointwiseFn>& kernel>
struct Flat : UnaryOp<Op, kernel, kSame> {
  using saves = Saves<>;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {zeros_like(g)}; }
};
struct Sign : Flat<Sign, sign_kernel> {
  static constexpr auto name = "sign";
  const char* label = name;  // sign or sgn
};
struct Ceil : Flat<Ceil, ceil_kernel> {
  static constexpr auto name = "ceil";
};
struct Floor : Flat<Floor, floor_kernel> {
  static constexpr auto name = "floor";
};
struct Trunc : Flat<Trunc, trunc_kernel> {
  static constexpr auto name = "trunc";
};
struct Round : Flat<Round, round_kernel> {
  static constexpr auto name = "round";
};

struct RoundDecimals {
  static constexpr auto name = "round";
  using saves = Saves<>;
  int64_t decimals;
  friend const char* label_of(const RoundDecimals&) { return "round.1"; }
  Tensor write(const Tensor& out, const Tensor& x) const {
    const RoundParams p{std::pow(10.0, std::abs(static_cast<double>(decimals))), decimals < 0};
    return elementwise({name, round_decimals_kernel}, &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {zeros_like(g)}; }
};

struct Frac : UnaryOp<Frac, frac_kernel, kSame> {
  static constexpr auto name = "frac";
  using saves = Saves<>;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g}; }
};

struct Sqrt : UnaryOp<Sqrt, sqrt_kernel, kFloating> {
  static constexpr auto name = "sqrt";
  static constexpr bool analytic = true;
  using saves = Saves<Out>;
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const { return {g.div(y.mul(2))}; }
};

struct Rsqrt : UnaryOp<Rsqrt, rsqrt_kernel, kFloating> {
  static constexpr auto name = "rsqrt";
  static constexpr bool analytic = true;
  using saves = Saves<Out>;
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
    return {g.mul(y.mul(y).mul(y)).mul(-0.5)};
  }
};

struct Reciprocal : UnaryOp<Reciprocal, reciprocal_kernel, kFloating> {
  static constexpr auto name = "reciprocal";
  static constexpr bool analytic = true;
  using saves = Saves<Out>;
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const { return {g.mul(y.mul(y)).neg()}; }
};

struct Square {
  static constexpr auto name = "square";
  friend const char* label_of(const Square&) { return "pow"; }  // by its definition, x ** 2
  static constexpr bool analytic = true;
  using saves = Saves<In<0>>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    if (x.scalar_type() == kBool)  // x ** 2, and the 2 is an integer
      return elementwise_as({name, square_kernel}, kLong, FirstInput::operand, nullptr, out, {&x});
    return elementwise({name, square_kernel}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {g.mul(x).mul(2)}; }
};

struct NanToNum {
  static constexpr auto name = "nan_to_num";
  using saves = Saves<In<0>>;
  std::optional<double> nan, posinf, neginf;
  Tensor write(const Tensor& out, const Tensor& x) const {
    NanToNumParams p;
    if (nan) p.nan = *nan;
    if (posinf) p.posinf = *posinf;
    if (neginf) p.neginf = *neginf;
    return elementwise({name, nan_to_num_kernel}, &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    return {lampas::where(x.isfinite(), g, wrapped_scalar(0.0))};
  }
};

}  // namespace

Tensor abs(const Tensor& x) { return LAMPAS_UNLIKELY(is_complex(x)) ? complex_abs(x) : apply(Abs{}, x); }
Tensor& abs_(Tensor& x) { return x.abs_(); }
Tensor& abs_out(Tensor& out, const Tensor& x) {
  return is_complex(x) ? result_out("abs", out, complex_abs(x)) : elementwise_out(Abs{}, out, x);
}
Tensor Tensor::abs() const { return lampas::abs(*this); }
Tensor& Tensor::abs_() const {
  check(!lampas::is_complex(*this), "abs_: In-place abs is not supported for complex tensors.");
  return elementwise_inplace(Abs{}, *this);
}
LAMPAS_DEFINE_UNARY(neg, Neg{})
LAMPAS_DEFINE_UNARY_ALIAS(negative, neg)
LAMPAS_DEFINE_UNARY(square, Square{})
LAMPAS_DEFINE_UNARY(sqrt, Sqrt{})
LAMPAS_DEFINE_UNARY(rsqrt, Rsqrt{})
LAMPAS_DEFINE_UNARY(reciprocal, Reciprocal{})
LAMPAS_DEFINE_UNARY(ceil, Ceil{})
LAMPAS_DEFINE_UNARY(floor, Floor{})
LAMPAS_DEFINE_UNARY(trunc, Trunc{})
LAMPAS_DEFINE_UNARY_ALIAS(fix, trunc)
LAMPAS_DEFINE_UNARY(round, Round{})
LAMPAS_DEFINE_UNARY(frac, Frac{})

// LibTorch has no free in-place form of these.
Tensor sign(const Tensor& x) {
  check(!is_complex(x),
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.");
  return apply(Sign{}, x);
}
Tensor& sign_out(Tensor& out, const Tensor& x) { return elementwise_out(Sign{}, out, x); }
Tensor Tensor::sign() const { return lampas::sign(*this); }
Tensor& Tensor::sign_() const { return elementwise_inplace(Sign{}, *this); }
Tensor sgn(const Tensor& x) { return is_complex(x) ? complex_sgn(x) : apply(labelled<Sign>("sgn"), x); }
Tensor& sgn_out(Tensor& out, const Tensor& x) {
  return is_complex(x) ? result_out("sgn", out, complex_sgn(x)) : elementwise_out(Sign{}, out, x);
}
Tensor Tensor::sgn() const { return lampas::sgn(*this); }
Tensor& Tensor::sgn_() const {
  if (!lampas::is_complex(*this)) return elementwise_inplace(labelled<Sign>("sgn"), *this);
  check(!detail::thread_state.grad_mode || !detail::tracked(*this),
        "sgn_: in-place sgn of a complex tensor that requires grad is not differentiable; use sgn");
  return copy_(complex_sgn(*this));
}
Tensor absolute(const Tensor& x) { return lampas::abs(x); }
Tensor& absolute_out(Tensor& out, const Tensor& x) { return abs_out(out, x); }
Tensor Tensor::absolute() const { return lampas::abs(*this); }
Tensor& Tensor::absolute_() const { return abs_(); }

Tensor positive(const Tensor& x) {
  check(x.scalar_type() != kBool, "positive: The `+` operator, on a bool tensor is not supported.");
  return x;
}
Tensor Tensor::positive() const { return lampas::positive(*this); }

Tensor round(const Tensor& x, int64_t decimals) { return apply(RoundDecimals{decimals}, x); }
Tensor& round_(Tensor& x, int64_t decimals) { return elementwise_inplace(RoundDecimals{decimals}, x); }
Tensor& round_out(Tensor& out, const Tensor& x, int64_t decimals) {
  return elementwise_out(RoundDecimals{decimals}, out, x);
}
Tensor Tensor::round(int64_t decimals) const { return lampas::round(*this, decimals); }
Tensor& Tensor::round_(int64_t decimals) const { return elementwise_inplace(RoundDecimals{decimals}, *this); }

Tensor nan_to_num(const Tensor& x, std::optional<double> nan, std::optional<double> posinf,
                  std::optional<double> neginf) {
  return apply(NanToNum{nan, posinf, neginf}, x);
}
Tensor& nan_to_num_(Tensor& x, std::optional<double> nan, std::optional<double> posinf, std::optional<double> neginf) {
  return x.nan_to_num_(nan, posinf, neginf);
}
Tensor& nan_to_num_out(Tensor& out, const Tensor& x, std::optional<double> nan, std::optional<double> posinf,
                       std::optional<double> neginf) {
  return elementwise_out(NanToNum{nan, posinf, neginf}, out, x);
}
Tensor Tensor::nan_to_num(std::optional<double> nan, std::optional<double> posinf, std::optional<double> neginf) const {
  return lampas::nan_to_num(*this, nan, posinf, neginf);
}
Tensor& Tensor::nan_to_num_(std::optional<double> nan, std::optional<double> posinf,
                            std::optional<double> neginf) const {
  return elementwise_inplace(NanToNum{nan, posinf, neginf}, *this);
}

}  // namespace lampas
