#include "ops/softmax.h"

#include "autograd/op.h"
#include "lampas/ops/softmax.h"
#include "ops/copy.h"
#include "ops/defined.h"

namespace lampas {

namespace {

DimSpan span_of(const Tensor& x, int64_t dim) {
  DimSpan s;
  for (int64_t d = 0; d < x.dim(); ++d) (d < dim ? s.outer : d == dim ? s.size : s.inner) *= x.impl()->sizes()[d];
  return s;
}

Tensor run(const SoftmaxKernel& kernel, const Tensor& x, int64_t dim) {
  const Tensor in = plain(x);
  Tensor y = empty_of(x, x.sizes());
  if (y.numel()) kernel.get(x.scalar_type())(span_of(in, dim), in.impl()->data(), y.impl()->data());
  return y;
}

Tensor run_backward(const SoftmaxBackwardKernel& kernel, const Tensor& g, const Tensor& y, int64_t dim) {
  const Tensor gd = plain(g), yd = plain(y);
  Tensor dx = empty_of(y, y.sizes());
  if (y.numel()) kernel.get(y.scalar_type())(span_of(yd, dim), gd.impl()->data(), yd.impl()->data(), dx.impl()->data());
  return dx;
}

/// d = y (g - <g, y>); its derivative written in ops.
struct SoftmaxBackward {
  static constexpr auto name = "softmax_backward";
  using saves = Saves<In<0>, In<1>>;
  int64_t dim;
  Tensor forward(const Tensor& g, const Tensor& y) const { return run_backward(softmax_backward_kernel, g, y, dim); }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& y) const {
    Grads<2> d;
    if (need[0]) d[0] = apply(SoftmaxBackward{dim}, v, y);
    if (need[1]) d[1] = v.mul(g.sub(g.mul(y).sum({dim}, true))).sub(g.mul(v.mul(y).sum({dim}, true)));
    return d;
  }
};

struct Softmax {
  static constexpr auto name = "softmax";
  using saves = Saves<Out>;
  int64_t dim;
  Tensor forward(const Tensor& x) const { return run(softmax_kernel, x, dim); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
    return {apply(SoftmaxBackward{dim}, g, y)};
  }
};

/// d = g - exp(y) sum(g).
struct LogSoftmaxBackward {
  static constexpr auto name = "log_softmax_backward";
  using saves = Saves<In<0>, In<1>>;
  int64_t dim;
  Tensor forward(const Tensor& g, const Tensor& y) const {
    return run_backward(log_softmax_backward_kernel, g, y, dim);
  }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& y) const {
    const Tensor p = y.exp();
    Grads<2> d;
    if (need[0]) d[0] = v.sub(v.mul(p).sum({dim}, true));
    if (need[1]) d[1] = v.mul(p).mul(g.sum({dim}, true)).neg();
    return d;
  }
};

struct LogSoftmax {
  static constexpr auto name = "log_softmax";
  using saves = Saves<Out>;
  int64_t dim;
  Tensor forward(const Tensor& x) const { return run(log_softmax_kernel, x, dim); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
    return {apply(LogSoftmaxBackward{dim}, g, y)};
  }
};

Tensor checked_input(const char* op, const Tensor& x, std::optional<ScalarType> dtype) {
  check_defined(op, x);
  const Tensor in = dtype ? x.to(*dtype) : x;
  check(is_floating_point(in.scalar_type()), op, ": expected a floating point input, got ", in.scalar_type(),
        "; pass a dtype to convert it");
  return in;
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  const Tensor in = checked_input("softmax", x, dtype);
  return apply(Softmax{wrap_dim(dim, x.dim(), "softmax")}, in);
}
Tensor log_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  const Tensor in = checked_input("log_softmax", x, dtype);
  return apply(LogSoftmax{wrap_dim(dim, x.dim(), "log_softmax")}, in);
}
Tensor Tensor::softmax(int64_t dim, std::optional<ScalarType> dtype) const {
  return lampas::softmax(*this, dim, dtype);
}
Tensor Tensor::log_softmax(int64_t dim, std::optional<ScalarType> dtype) const {
  return lampas::log_softmax(*this, dim, dtype);
}

}  // namespace lampas
