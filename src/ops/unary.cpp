// abs, sign, sqrt, rsqrt, reciprocal, square, exp, log, tanh, sigmoid, relu.
#include "lampas/ops/pointwise.h"
#include "ops/elementwise_op.h"
#include "ops/math.h"
#include "ops/packed_image.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

struct Abs {
  static constexpr auto name = "abs";
  using saves = Saves<In<0>>;
  Tensor write(const Tensor& out, const Tensor& x) const { return elementwise({name, abs_kernel}, nullptr, out, {&x}); }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {g.mul(x.sign())}; }
};

struct Sign {
  static constexpr auto name = "sign";
  using saves = Saves<>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, sign_kernel}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.mul(0)}; }
};

struct Sqrt {
  static constexpr auto name = "sqrt";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, sqrt_kernel, Elementwise::floating}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const { return {g.div(y.mul(2))}; }
};

struct Rsqrt {
  static constexpr auto name = "rsqrt";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, rsqrt_kernel, Elementwise::floating}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
    return {g.mul(y.mul(y).mul(y)).mul(-0.5)};
  }
};

struct Reciprocal {
  static constexpr auto name = "reciprocal";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, reciprocal_kernel, Elementwise::floating}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const { return {g.mul(y.mul(y)).neg()}; }
};

struct Square {
  static constexpr auto name = "square";
  using saves = Saves<In<0>>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, square_kernel}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {g.mul(x).mul(2)}; }
};

struct Exp {
  static constexpr auto name = "exp";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, exp_kernel, Elementwise::floating, 4}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const { return {g.mul(y)}; }
};

struct Log {
  static constexpr auto name = "log";
  using saves = Saves<In<0>>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, log_kernel, Elementwise::floating, 4}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {g.div(x)}; }
};

struct Tanh {
  static constexpr auto name = "tanh";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, tanh_kernel, Elementwise::floating, 6}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const;
};

struct Sigmoid {
  static constexpr auto name = "sigmoid";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    return elementwise({name, sigmoid_kernel, Elementwise::floating, 6}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const;
};

struct Relu {
  static constexpr auto name = "relu";
  using saves = Saves<Out>;
  Tensor write(const Tensor& out, const Tensor& x) const {
    check(x.scalar_type() != kBool, "relu: Boolean inputs not supported for relu");
    return elementwise({name, relu_kernel}, nullptr, out, {&x});
  }
  Tensor forward(const Tensor& x) const { return write({}, x); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const;
};

/// relu's derivative: g where y > 0. Linear in g, flat in y.
struct ReluBackward {
  static constexpr auto name = "relu_backward";
  using saves = Saves<In<1>>;
  Tensor forward(const Tensor& g, const Tensor& y) const {
    const PackedImage p = packed_image(y);
    const Tensor h = p && g.scalar_type() == y.scalar_type() && g.sizes() == y.sizes() ? packed_in(g, p.layout()) : g;
    return elementwise({name, relu_backward_kernel}, nullptr, {}, {&h, &y});
  }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& y) const {
    return {need[0] ? apply(ReluBackward{}, v, y) : Tensor(), Tensor()};
  }
};

Grads<1> Tanh::backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
  return {g.mul(y.mul(y).neg().add(1))};
}
Grads<1> Sigmoid::backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
  return {g.mul(y.mul(y.neg().add(1)))};
}
Grads<1> Relu::backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
  return {apply(ReluBackward{}, g, y)};
}

}  // namespace

#define LAMPAS_UNARY(fn, Op)                            \
  Tensor fn(const Tensor& x) { return apply(Op{}, x); } \
  Tensor Tensor::fn() const { return apply(Op{}, *this); }
#define LAMPAS_UNARY_INPLACE(fn, Op)                                \
  LAMPAS_UNARY(fn, Op)                                              \
  Tensor& fn##_(Tensor& x) { return elementwise_inplace(Op{}, x); } \
  Tensor& Tensor::fn##_() const { return elementwise_inplace(Op{}, *this); }
LAMPAS_UNARY_INPLACE(abs, Abs)
LAMPAS_UNARY(sign, Sign)
LAMPAS_UNARY_INPLACE(sqrt, Sqrt)
LAMPAS_UNARY(rsqrt, Rsqrt)
LAMPAS_UNARY(reciprocal, Reciprocal)
LAMPAS_UNARY(square, Square)
LAMPAS_UNARY_INPLACE(exp, Exp)
LAMPAS_UNARY_INPLACE(log, Log)
LAMPAS_UNARY_INPLACE(tanh, Tanh)
LAMPAS_UNARY_INPLACE(sigmoid, Sigmoid)
LAMPAS_UNARY_INPLACE(relu, Relu)
#undef LAMPAS_UNARY_INPLACE
#undef LAMPAS_UNARY

}  // namespace lampas
