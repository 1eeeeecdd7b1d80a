// Activations with a second input: prelu, rrelu (slopes drawn at random) and glu (the input's own second half).
#include <mutex>

#include "core/generator_impl.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/activation.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/activation.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/elementwise_op.h"
#include "ops/labelled.h"
#include "ops/out.h"

namespace lampas {

namespace {

/// A kernel with two outputs of one shape and dtype; inputs broadcast to it (numbers of dimensions may differ).
void run_two_outputs(const Kernel<PointwiseFn>& kernel, int cost, const Tensor& y0, const Tensor& y1,
                     std::initializer_list<const Tensor*> inputs) {
  if (y0.numel() == 0) return;
  Operand operands[kMaxOperands];
  int64_t strides[kMaxOperands][kMaxDims];
  const int64_t rank = y0.dim();
  int k = 0;
  const auto add = [&](const Tensor& t) {
    const TensorImpl& i = *t.impl();
    for (int64_t d = 0; d < rank; ++d) {
      const int64_t at = d - (rank - i.ndim);
      strides[k][d] = at >= 0 && i.sizes()[at] != 1 ? i.strides()[at] : 0;
    }
    operands[k] = {i.data(), strides[k], i.dtype};
    ++k;
  };
  add(y0);
  add(y1);
  for (const Tensor* t : inputs) add(*t);
  run_pointwise(kernel.get(kCPU, y0.scalar_type()), operands, k, y0.sizes(), nullptr, cost, 2);
}

/// Both derivatives of prelu in one pass; dw is still to be summed to the weight's shape.
struct PreluBackward {
  static constexpr auto name = "prelu_backward";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>, In<2>>;
  std::array<Tensor, 2> forward(const Tensor& g, const Tensor& x, const Tensor& w) const {
    std::array<Tensor, 2> d{empty_of(x, x.sizes()), empty_of(x, x.sizes())};
    run_two_outputs(prelu_backward_kernel, 1, d[0], d[1], {&g, &x, &w});
    return d;
  }
  Grads<3> backward(const Grads<2>& v, const Needs<3>& need, const Tensor& g, const Tensor& x, const Tensor& w) const {
    const Tensor positive = x.gt(0), zero = wrapped_scalar(0.0);
    Grads<3> d;
    const auto add = [](Tensor& sum, const Tensor& t) { sum = sum.defined() ? sum.add(t) : t; };
    if (v[0].defined()) {
      if (need[0]) add(d[0], lampas::where(positive, v[0], v[0].mul(w)));
      if (need[2]) add(d[2], lampas::where(positive, zero, v[0].mul(g)));
    }
    if (v[1].defined()) {
      if (need[0]) add(d[0], lampas::where(positive, zero, v[1].mul(x)));
      if (need[1]) add(d[1], lampas::where(positive, zero, v[1].mul(g)));
    }
    return d;
  }
};
struct Prelu {
  static constexpr auto name = "prelu";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0>, In<1>>;
  Tensor forward(const Tensor& x, const Tensor& w) const {
    return elementwise({name, prelu_kernel}, nullptr, {}, {&x, &w});
  }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& x, const Tensor& w) const {
    return apply(PreluBackward{}, g, x, w);
  }
};

/// dx of glu, both halves in one pass.
struct GluBackward {
  static constexpr auto name = "glu_backward";
  using saves = Saves<In<0>, In<1>>;
  int64_t dim;
  Tensor forward(const Tensor& g, const Tensor& x) const {
    const int64_t half = x.size(dim) / 2;
    Tensor dx = empty_of(x, x.sizes());
    const Tensor a = x.narrow(dim, 0, half), b = x.narrow(dim, half, half);
    run_two_outputs(glu_backward_kernel, 6, dx.narrow(dim, 0, half), dx.narrow(dim, half, half), {&g, &a, &b});
    return dx;
  }
  /// With s = sigmoid(b): dx = (g s, g a s').
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& x) const {
    const int64_t half = x.size(dim) / 2;
    const Tensor a = x.narrow(dim, 0, half), s = x.narrow(dim, half, half).sigmoid();
    const Tensor va = v.narrow(dim, 0, half), vb = v.narrow(dim, half, half);
    const Tensor ds = s.mul(s.neg().add(1)), dds = ds.mul(s.mul(-2).add(1));
    Grads<2> d;
    if (need[0]) d[0] = va.mul(s).add(vb.mul(a).mul(ds));
    if (need[1]) d[1] = cat({vb.mul(g).mul(ds), g.mul(va.mul(ds).add(vb.mul(a).mul(dds)))}, dim);
    return d;
  }
};
struct Glu {
  static constexpr auto name = "glu";
  using saves = Saves<In<0>>;
  int64_t dim;
  Tensor forward(const Tensor& x) const {
    const int64_t half = x.size(dim) / 2;
    const Tensor a = x.narrow(dim, 0, half), b = x.narrow(dim, half, half);
    return elementwise({name, glu_kernel, Elementwise::same, 6}, nullptr, {}, {&a, &b});
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {apply(GluBackward{dim}, g, x)}; }
};

/// Slopes of rrelu, row-major: 1 where x is positive, elsewhere drawn one by one as PyTorch draws them.
template <class T>
void draw_slopes(GeneratorImpl& g, const T* x, T* slope, int64_t n, double lower, double upper) {
  const std::scoped_lock lock(g.mutex_);
  for (int64_t i = 0; i < n; ++i) {
    double a = 1;
    if (x[i] <= T(0)) {
      const double u = static_cast<double>(g.random64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
      a = u * (upper - lower) + lower;
    }
    slope[i] = static_cast<T>(static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(a));
  }
}
Tensor slopes(const Tensor& x, double lower, double upper, const Generator& generator) {
  NoGradGuard off;
  const Tensor in = plain(x);
  Tensor slope = empty_of(x, x.sizes());
  GeneratorImpl& g = generator_impl(generator);
  const auto draw = [&]<class T>(T) {
    draw_slopes(g, in.impl()->data_as<T>(), slope.impl()->data_as<T>(), x.numel(), lower, upper);
  };
  switch (x.scalar_type()) {
    case kFloat:
      draw(float());
      break;
    case kDouble:
      draw(double());
      break;
    case kHalf:
      draw(Half());
      break;
    case kBFloat16:
      draw(BFloat16());
      break;
    default:
      fail("rrelu: not implemented for dtype ", x.scalar_type());
  }
  return slope;
}
void check_bounds(double lower, double upper) {
  check(lower <= upper, "rrelu: Lower bound should be less than or equal to the upper bound, got ", lower, " and ",
        upper);
}
int64_t glu_dim(const Tensor& x, int64_t dim) {
  check_defined("glu", x);
  check(x.dim() > 0, "glu: glu does not support scalars because halving size must be even");
  const int64_t d = wrap_dim(dim, x.dim(), "glu");
  check(x.size(d) % 2 == 0, "glu: Halving dimension must be even, but dimension ", d, " is size ", x.size(d));
  return d;
}

}  // namespace

Tensor prelu(const Tensor& x, const Tensor& weight) {
  check(x.defined() && weight.defined(), "prelu: input or weight is undefined");
  check(x.dim() > 0 || weight.numel() == 1, "prelu: Not allow zero-dim input tensor.");
  check(x.scalar_type() == weight.scalar_type(), "prelu: expected weight of dtype ", x.scalar_type(), ", got ",
        weight.scalar_type());
  const int64_t channels = x.dim() > 1 ? x.size(1) : 1;
  check(weight.numel() == 1 || weight.numel() == channels,
        "prelu: Mismatch of parameter numbers and input channel size. Found parameter numbers = ", weight.numel(),
        " and channel size = ", channels);
  check(weight.dim() <= 1 || weight.numel() == 1, "prelu: expected weight to be a scalar or a vector, got ", weight);
  Shape sizes;
  for (int64_t d = 0; d < x.dim(); ++d) sizes.push_back(d == 1 ? weight.numel() : 1);
  return apply(Prelu{}, x, weight.dim() == 1 && x.dim() == 1 ? weight : weight.reshape(sizes));
}
Tensor Tensor::prelu(const Tensor& weight) const { return lampas::prelu(*this, weight); }

Tensor rrelu(const Tensor& x, const Scalar& lower, const Scalar& upper, bool training, const Generator& generator) {
  check(x.defined(), "rrelu: input is undefined");
  const double low = lower.toDouble(), high = upper.toDouble();
  check_bounds(low, high);
  constexpr auto label = "rrelu_with_noise";
  if (!training) return leaky_relu_as(label, x, (low + high) / 2);
  return mul_as(label, x, slopes(x, low, high, generator));
}
Tensor& rrelu_(Tensor& x, const Scalar& lower, const Scalar& upper, bool training, const Generator& generator) {
  check(x.defined(), "rrelu_: input is undefined");
  const double low = lower.toDouble(), high = upper.toDouble();
  check_bounds(low, high);
  constexpr auto label = "rrelu_with_noise.1";
  if (!training) return leaky_relu_inplace_as(label, x, (low + high) / 2);
  check_no_internal_overlap("rrelu_", x);  // before anything is drawn
  return mul_inplace_as(label, x, slopes(x, low, high, generator));
}

Tensor glu(const Tensor& x, int64_t dim) { return apply(Glu{glu_dim(x, dim)}, x); }
Tensor& glu_out(Tensor& out, const Tensor& x, int64_t dim) { return result_out("glu", out, lampas::glu(x, dim)); }

}  // namespace lampas
