// Selection, bounds and terms: where, clamp, maximum, minimum, fmax, fmin, addcmul, addcdiv, lerp.
#include "lampas/ops/pointwise.h"
#include "ops/elementwise_op.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

struct Where {
  static constexpr auto name = "where";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>>;
  Tensor write(const Tensor& out, const Tensor& condition, const Tensor& a, const Tensor& b) const {
    return elementwise_as({name, where_kernel}, result_type({&a, &b}), FirstInput::condition, nullptr, out,
                          {&condition, &a, &b});
  }
  Tensor forward(const Tensor& condition, const Tensor& a, const Tensor& b) const { return write({}, condition, a, b); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& condition) const {
    const Tensor zero = wrapped_scalar(0.0);
    return {Tensor(), need[1] ? lampas::where(condition, g, zero) : Tensor(),
            need[2] ? lampas::where(condition, zero, g) : Tensor()};
  }
};

/// `value`, which must fit in the dtype, and what an integral one makes of it.
int64_t number_as(const Scalar& value, ScalarType dtype) {
  alignas(16) char element[16];
  int64_t integer = 0;
  write_number(value, dtype, element);
  if (is_integral(dtype, true)) convert(dtype, element, kLong, &integer, 1);
  return integer;
}

struct Clamp {
  static constexpr auto name = "clamp";
  using saves = Saves<In<0>>;
  std::optional<Scalar> min, max;
  const char* label = "clamp.1";
  Tensor write(const Tensor& out, const Tensor& x) const {
    ClampParams p;
    p.has_min = min.has_value(), p.has_max = max.has_value();
    // A floating bound of an integer tensor promotes it.
    Tensor lo = min ? wrapped_scalar(*min) : x, hi = max ? wrapped_scalar(*max) : x;
    const ScalarType compute = result_type({&x, &lo, &hi});
    check(compute != kBool, "clamp: not defined for bool");
    if (min) {
      p.min = min->toDouble();
      p.min_int = number_as(*min, compute);
    }
    if (max) {
      p.max = max->toDouble();
      p.max_int = number_as(*max, compute);
    }
    return elementwise_as({name, clamp_kernel}, compute, FirstInput::operand, &p, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    // Both bounds belong to the range that passes gradients, NaN does not.
    const Tensor zero = wrapped_scalar(0.0);
    Tensor d = g;
    if (min) d = lampas::where(x.ge(*min), d, zero);
    if (max) d = lampas::where(x.le(*max), d, zero);
    return {d};
  }
};

/// clamp with a tensor on one side: x where it is on the bound's right side or equal, else the bound.
template <bool lower>
struct ClampOne {
  static constexpr auto name = lower ? "clamp_min" : "clamp_max";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>>;
  const char* label = lower ? "clamp_min.1" : "clamp_max.1";
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& bound) const {
    return elementwise({name, lower ? maximum_kernel : minimum_kernel}, nullptr, out, {&x, &bound});
  }
  Tensor forward(const Tensor& x, const Tensor& bound) const { return write({}, x, bound); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& x, const Tensor& bound) const {
    const Tensor zero = wrapped_scalar(0.0), inside = lower ? x.ge(bound) : x.le(bound);
    return {need[0] ? lampas::where(inside, g, zero) : Tensor(),
            need[1] ? lampas::where(lower ? x.lt(bound) : x.gt(bound), g, zero) : Tensor()};
  }
};
/// clamp with tensors on both sides.
struct ClampBoth {
  static constexpr auto name = "clamp";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>, In<2>>;
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& lo, const Tensor& hi) const {
    return elementwise({name, clamp_tensor_kernel}, nullptr, out, {&x, &lo, &hi});
  }
  Tensor forward(const Tensor& x, const Tensor& lo, const Tensor& hi) const { return write({}, x, lo, hi); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& x, const Tensor& lo, const Tensor& hi) const {
    const Tensor zero = wrapped_scalar(0.0);
    Grads<3> d;
    if (need[0]) d[0] = lampas::where(x.ge(lo).logical_and(x.le(hi)), g, zero);
    if (need[1]) d[1] = lampas::where(lo.lt(hi).logical_and(x.lt(lo)), g, zero);
    if (need[2]) d[2] = lampas::where(hi.lt(lo).logical_or(x.gt(hi)), g, zero);
    return d;
  }
};

/// The larger (smaller) of two; ties share the gradient.
template <bool larger>
struct Extreme {
  static constexpr auto name = larger ? "maximum" : "minimum";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>>;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({name, larger ? maximum_kernel : minimum_kernel}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    const Tensor shared = lampas::where(a.eq(b), g.div(2), g);
    const Tensor zero = wrapped_scalar(0.0);
    // The loser gets nothing; a NaN comparison counts as no loss on either side.
    const Tensor a_lost = larger ? a.lt(b) : a.gt(b), b_lost = larger ? a.gt(b) : a.lt(b);
    return {need[0] ? lampas::where(a_lost, zero, shared) : Tensor(),
            need[1] ? lampas::where(b_lost, zero, shared) : Tensor()};
  }
};

/// As maximum and minimum, but a NaN loses; a tie goes to the first input.
template <bool larger>
struct ExtremeNumber {
  static constexpr auto name = larger ? "fmax" : "fmin";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>>;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    return elementwise({name, larger ? fmax_kernel : fmin_kernel}, nullptr, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    const Tensor zero = wrapped_scalar(0.0), first = (larger ? a.ge(b) : a.le(b)).logical_or(b.isnan());
    return {need[0] ? lampas::where(first, g, zero) : Tensor(), need[1] ? lampas::where(first, zero, g) : Tensor()};
  }
};

struct Addcmul {
  static constexpr auto name = "addcmul";
  static constexpr bool broadcasts = true, analytic = true;
  using saves = Saves<In<1, 2>, In<2, 1>>;
  Scalar value;
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b) const {
    ValueParams p{value.toDouble(), 1};
    if (!value.equal(1))
      if (const ScalarType t = result_type({&x, &a, &b}); is_integral(t, true)) p.value_int = number_as(value, t);
    return elementwise({name, addcmul_kernel}, &p, out, {&x, &a, &b});
  }
  Tensor forward(const Tensor& x, const Tensor& a, const Tensor& b) const { return write({}, x, a, b); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b) const {
    return {g, need[1] ? g.mul(b).mul(value) : Tensor(), need[2] ? g.mul(a).mul(value) : Tensor()};
  }
};

struct Addcdiv {
  static constexpr auto name = "addcdiv";
  static constexpr bool broadcasts = true, analytic = true;
  using saves = Saves<In<1, 2>, In<2>>;
  Scalar value;
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b) const {
    check(!(is_integral(a.scalar_type(), true) && is_integral(b.scalar_type(), true)),
          "addcdiv: Integer division with addcdiv is no longer supported; expected a floating point tensor, got ",
          a.scalar_type(), " and ", b.scalar_type());
    const ValueParams p{value.toDouble(), 1};
    return elementwise({name, addcdiv_kernel}, &p, out, {&x, &a, &b});
  }
  Tensor forward(const Tensor& x, const Tensor& a, const Tensor& b) const { return write({}, x, a, b); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b) const {
    return {g, need[1] ? g.div(b).mul(value) : Tensor(), need[2] ? g.mul(a).div(b.mul(b)).mul(-value) : Tensor()};
  }
};

struct Lerp {
  static constexpr auto name = "lerp";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Scalar weight;
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b) const {
    check(a.scalar_type() == b.scalar_type(), "lerp: expected dtype ", a.scalar_type(), " for `end` but got dtype ",
          b.scalar_type());
    const ValueParams p{weight.toDouble(), 1};
    return elementwise({name, lerp_kernel}, &p, out, {&a, &b});
  }
  Tensor forward(const Tensor& a, const Tensor& b) const { return write({}, a, b); }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? g.mul(1 - weight.toDouble()) : Tensor(), need[1] ? g.mul(weight) : Tensor()};
  }
};

/// a + weight * (b - a) with a tensor of weights.
struct LerpTensor {
  static constexpr auto name = "lerp";
  static constexpr bool broadcasts = true, analytic = true;
  using saves = Saves<In<0, 2>, In<1, 2>, In<2>>;
  friend const char* label_of(const LerpTensor&) { return "lerp.1"; }
  Tensor write(const Tensor& out, const Tensor& a, const Tensor& b, const Tensor& weight) const {
    check(a.scalar_type() == b.scalar_type(), "lerp: expected dtype ", a.scalar_type(), " for `end` but got dtype ",
          b.scalar_type());
    check(a.scalar_type() == weight.scalar_type(), "lerp: expected dtype ", a.scalar_type(),
          " for `weight` but got dtype ", weight.scalar_type());
    return elementwise({name, lerp_tensor_kernel}, nullptr, out, {&a, &b, &weight});
  }
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& weight) const { return write({}, a, b, weight); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b, const Tensor& w) const {
    return {need[0] ? g.mul(w.neg().add(1)) : Tensor(), need[1] ? g.mul(w) : Tensor(),
            need[2] ? g.mul(b.sub(a)) : Tensor()};
  }
};

Clamp clamp_op(const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  check(min || max, "clamp: At least one of 'min' or 'max' must not be None");
  return {min, max};
}
/// Calls f(op, bounds...) for the bounds there are.
template <class F>
decltype(auto) clamp_by(const std::optional<Tensor>& min, const std::optional<Tensor>& max, const F& f) {
  const bool low = min && min->defined(), high = max && max->defined();
  check(low || high, "clamp: At least one of 'min' or 'max' must not be None");
  if (low && high) return f(ClampBoth{}, *min, *max);
  return low ? f(ClampOne<true>{ClampBoth::name}, *min) : f(ClampOne<false>{ClampBoth::name}, *max);
}
Tensor condition_of(const Tensor& c) {
  check(c.defined() && (c.scalar_type() == kBool || c.scalar_type() == kByte),
        "where: expected condition to be a boolean tensor, but got ", c);
  return c.scalar_type() == kBool ? c : c.to(kBool);
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return apply(Where{}, condition_of(condition), a, b);
}
namespace {
/// A number that must fit in the dtype both give.
Tensor number_beside(const Scalar& value, const Tensor& other) {
  Tensor v = wrapped_scalar(value);
  check_number(value, result_type({&v, &other}));
  return v;
}
}  // namespace
Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b) {
  return where(condition, number_beside(a, b), b);
}
Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b) {
  return where(condition, a, number_beside(b, a));
}
Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b) {
  return where(condition, wrapped_scalar(a), wrapped_scalar(b));
}
Tensor& where_out(Tensor& out, const Tensor& condition, const Tensor& a, const Tensor& b) {
  return elementwise_out(Where{}, out, condition_of(condition), a, b);
}
Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return lampas::where(condition, *this, other);
}

using OptionalNumber = const std::optional<Scalar>&;
using OptionalTensor = const std::optional<Tensor>&;
Tensor clamp(const Tensor& x, OptionalNumber min, OptionalNumber max) { return apply(clamp_op(min, max), x); }
Tensor& clamp_(Tensor& x, OptionalNumber min, OptionalNumber max) { return x.clamp_(min, max); }
Tensor& clamp_out(Tensor& out, const Tensor& x, OptionalNumber min, OptionalNumber max) {
  return elementwise_out(clamp_op(min, max), out, x);
}
Tensor Tensor::clamp(OptionalNumber min, OptionalNumber max) const { return apply(clamp_op(min, max), *this); }
Tensor& Tensor::clamp_(OptionalNumber min, OptionalNumber max) const {
  return elementwise_inplace(clamp_op(min, max), *this);
}
Tensor clamp(const Tensor& x, OptionalTensor min, OptionalTensor max) {
  return clamp_by(min, max, [&](const auto& op, const auto&... bounds) { return apply(op, x, bounds...); });
}
Tensor& clamp_(Tensor& x, OptionalTensor min, OptionalTensor max) { return x.clamp_(min, max); }
Tensor& clamp_out(Tensor& out, const Tensor& x, OptionalTensor min, OptionalTensor max) {
  clamp_by(min, max, [&](const auto& op, const auto&... bounds) { return elementwise_out(op, out, x, bounds...); });
  return out;
}
Tensor Tensor::clamp(OptionalTensor min, OptionalTensor max) const { return lampas::clamp(*this, min, max); }
Tensor& Tensor::clamp_(OptionalTensor min, OptionalTensor max) const {
  clamp_by(min, max, [&](const auto& op, const auto&... bounds) { return elementwise_inplace(op, *this, bounds...); });
  return const_cast<Tensor&>(*this);
}
#define LAMPAS_CLIP(Bound)                                                                                     \
  Tensor clip(const Tensor& x, Bound min, Bound max) { return lampas::clamp(x, min, max); }                    \
  Tensor& clip_(Tensor& x, Bound min, Bound max) { return x.clamp_(min, max); }                                \
  Tensor& clip_out(Tensor& out, const Tensor& x, Bound min, Bound max) { return clamp_out(out, x, min, max); } \
  Tensor Tensor::clip(Bound min, Bound max) const { return lampas::clamp(*this, min, max); }                   \
  Tensor& Tensor::clip_(Bound min, Bound max) const { return clamp_(min, max); }
LAMPAS_CLIP(OptionalNumber)
LAMPAS_CLIP(OptionalTensor)
#undef LAMPAS_CLIP

Tensor clamp_min(const Tensor& x, const Scalar& min) { return apply(Clamp{min, {}, "clamp_min"}, x); }
Tensor& clamp_min_(Tensor& x, const Scalar& min) { return x.clamp_min_(min); }
Tensor& clamp_min_out(Tensor& out, const Tensor& x, const Scalar& min) {
  return elementwise_out(Clamp{min, {}, "clamp_min"}, out, x);
}
Tensor Tensor::clamp_min(const Scalar& min) const { return apply(Clamp{min, {}, "clamp_min"}, *this); }
Tensor& Tensor::clamp_min_(const Scalar& min) const { return elementwise_inplace(Clamp{min, {}, "clamp_min"}, *this); }
Tensor clamp_max(const Tensor& x, const Scalar& max) { return apply(Clamp{{}, max, "clamp_max"}, x); }
Tensor& clamp_max_(Tensor& x, const Scalar& max) { return x.clamp_max_(max); }
Tensor& clamp_max_out(Tensor& out, const Tensor& x, const Scalar& max) {
  return elementwise_out(Clamp{{}, max, "clamp_max"}, out, x);
}
Tensor Tensor::clamp_max(const Scalar& max) const { return apply(Clamp{{}, max, "clamp_max"}, *this); }
Tensor& Tensor::clamp_max_(const Scalar& max) const { return elementwise_inplace(Clamp{{}, max, "clamp_max"}, *this); }
LAMPAS_DEFINE_BINARY(clamp_min, ClampOne<true>{})
Tensor& clamp_min_(Tensor& x, const Tensor& min) { return x.clamp_min_(min); }
LAMPAS_DEFINE_BINARY(clamp_max, ClampOne<false>{})
Tensor& clamp_max_(Tensor& x, const Tensor& max) { return x.clamp_max_(max); }

#define LAMPAS_EXTREME(fn, ...)                                                                                       \
  Tensor fn(const Tensor& a, const Tensor& b) { return apply(__VA_ARGS__, a, b); }                                    \
  Tensor& fn##_out(Tensor& out, const Tensor& a, const Tensor& b) { return elementwise_out(__VA_ARGS__, out, a, b); } \
  Tensor Tensor::fn(const Tensor& b) const { return apply(__VA_ARGS__, *this, b); }
LAMPAS_EXTREME(maximum, Extreme<true>{})
LAMPAS_EXTREME(minimum, Extreme<false>{})
LAMPAS_EXTREME(max, Extreme<true>{})
LAMPAS_EXTREME(min, Extreme<false>{})
LAMPAS_EXTREME(fmax, ExtremeNumber<true>{})
LAMPAS_EXTREME(fmin, ExtremeNumber<false>{})
#undef LAMPAS_EXTREME

Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return apply(Addcmul{value}, x, a, b);
}
Tensor& addcmul_out(Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return elementwise_out(Addcmul{value}, out, x, a, b);
}
Tensor Tensor::addcmul(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return lampas::addcmul(*this, a, b, v);
}
Tensor& Tensor::addcmul_(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return elementwise_inplace(Addcmul{v}, *this, a, b);
}
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return apply(Addcdiv{value}, x, a, b);
}
Tensor& addcdiv_out(Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return elementwise_out(Addcdiv{value}, out, x, a, b);
}
Tensor Tensor::addcdiv(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return lampas::addcdiv(*this, a, b, v);
}
Tensor& Tensor::addcdiv_(const Tensor& a, const Tensor& b, const Scalar& v) const {
  return elementwise_inplace(Addcdiv{v}, *this, a, b);
}
Tensor lerp(const Tensor& a, const Tensor& b, const Scalar& weight) { return apply(Lerp{weight}, a, b); }
Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight) { return apply(LerpTensor{}, a, b, weight); }
Tensor& lerp_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& weight) {
  return elementwise_out(Lerp{weight}, out, a, b);
}
Tensor& lerp_out(Tensor& out, const Tensor& a, const Tensor& b, const Tensor& weight) {
  return elementwise_out(LerpTensor{}, out, a, b, weight);
}
Tensor Tensor::lerp(const Tensor& end, const Scalar& w) const { return lampas::lerp(*this, end, w); }
Tensor& Tensor::lerp_(const Tensor& end, const Scalar& w) const { return elementwise_inplace(Lerp{w}, *this, end); }
Tensor Tensor::lerp(const Tensor& end, const Tensor& w) const { return lampas::lerp(*this, end, w); }
Tensor& Tensor::lerp_(const Tensor& end, const Tensor& w) const {
  return elementwise_inplace(LerpTensor{}, *this, end, w);
}

}  // namespace lampas
