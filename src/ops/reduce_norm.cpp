// norm, dist, renorm, logsumexp.
#include <cmath>
#include <limits>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/complex.h"
#include "ops/inplace_result.h"
#include "ops/labelled.h"
#include "ops/logsumexp.h"
#include "ops/out.h"
#include "ops/reduce.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// t, with infinity where it is 0: dividing by it gives 0 there, and so do all derivatives.
Tensor zeros_to_infinity(const Tensor& t) { return t.masked_fill(t.detach().eq(0), kInf); }

struct Norm {
  static constexpr auto name = "norm";
  using saves = Saves<In<0>, Out>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  double p;
  Shape from;
  const char* label;
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    norm_kernel.get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data(), p);
    return y;
  }
  Grads<1> backward(const Tensor& grad, const Needs<1>&, const Tensor& x, const Tensor& norms) const {
    const Tensor g = restore_dims(grad, from, mask, keepdim), y = restore_dims(norms, from, mask, keepdim);
    if (p == 0) return {x.mul(0).mul(g)};
    if (p == 1) return {x.sign().mul(g)};
    if (p == 2) return {x.mul(g.div(zeros_to_infinity(y)))};
    if (std::isinf(p)) {
      Tensor hit;
      {
        NoGradGuard off;
        hit = x.abs().eq(y).logical_or(x.isnan()).to(x.scalar_type());
        hit = hit.div(dims.empty() ? hit : hit.sum(dims, true));
      }
      return {hit.mul(x.sign()).mul(g)};  // by way of x: the second derivative is zero, not missing
    }
    // x |x|^(p-2) / y^(p-1), 0 where x or y is.
    const Tensor zero = x.detach().eq(0);
    const Tensor power = x.abs().masked_fill(zero, 1).pow(p - 2).masked_fill(zero, 0);
    return {x.mul(power).mul(g.div(zeros_to_infinity(y).pow(p - 1).masked_fill(y.detach().eq(0), kInf)))};
  }
};

struct LogSumExp {
  static constexpr auto name = "logsumexp";
  using saves = Saves<In<0>, Out>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  Tensor forward(const Tensor& input) const {
    Tensor x = input;
    int64_t dim = dims.empty() ? 0 : dims[0];
    if (dims.size() > 1) {  // the reduced dimensions become one, the last
      Shape order, sizes;
      int64_t merged = 1;
      for (int64_t d = 0; d < x.dim(); ++d)
        if (!(mask >> d & 1)) {
          order.push_back(d);
          sizes.push_back(x.size(d));
        }
      for (int64_t d = 0; d < x.dim(); ++d)
        if (mask >> d & 1) {
          order.push_back(d);
          merged *= x.size(d);
        }
      dim = static_cast<int64_t>(sizes.size());
      sizes.push_back(merged);
      x = x.permute(order).reshape(sizes);
    }
    x = plain(x);
    Tensor y = empty_of(x, reduced_sizes(*input.impl(), mask, keepdim));
    if (y.numel()) logsumexp_kernel.get(x.scalar_type())(span_around(x, dim), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    // Where nothing is finite the weights are 0, not exp(-inf + inf).
    const Tensor top = restore_dims(y, from, mask, keepdim);
    const Tensor safe = top.masked_fill(top.detach().eq(-kInf), 0);
    return {restore_dims(g, from, mask, keepdim).mul(x.sub(safe).exp())};
  }
};

double exponent(const std::optional<Scalar>& p) { return p ? p->toDouble() : 2.0; }

}  // namespace

Tensor norm_as(const char* label, const char* op, const Tensor& x, double p, IntArrayRef dim, bool keepdim) {
  if (LAMPAS_UNLIKELY(x.defined() && is_complex(x))) return norm_as(label, op, complex_abs(x), p, dim, keepdim);
  const Dims d(x, dim, op);
  check(is_floating_point(x.scalar_type()), op, ": input dtype should be either floating point or complex. Got ",
        x.scalar_type(), " instead.");
  if (x.numel() == 0 && d.count(x) == 0 && (p < 0 || std::isinf(p))) return x.sum(dim, keepdim);  // zeros
  return apply(Norm{d.list, d.mask, keepdim, p, Shape(x.sizes()), label}, x);
}

Tensor norm(const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim) {
  return norm_as("norm.1", "norm", x, exponent(p), dim, keepdim);
}
Tensor norm(const Tensor& x, const Scalar& p) { return norm_as("norm", "norm", x, p.toDouble(), {}, false); }
Tensor norm(const Tensor& x, const std::optional<Scalar>& p, ScalarType dtype) {
  check(x.defined(), "norm: tensor is undefined");
  return norm_as("norm.2", "norm", converted(x, dtype), exponent(p), {}, false);
}
Tensor norm(const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim, ScalarType dtype) {
  check(x.defined(), "norm: tensor is undefined");
  return norm_as("norm.3", "norm", converted(x, dtype), exponent(p), dim, keepdim);
}
Tensor& norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim) {
  return result_out("norm", out, norm(x, p, dim, keepdim));
}
Tensor& norm_out(Tensor& out, const Tensor& x, const Scalar& p) { return result_out("norm", out, norm(x, p)); }
Tensor frobenius_norm(const Tensor& x) { return norm_as("frobenius_norm", "frobenius_norm", x, 2, {}, false); }
Tensor frobenius_norm(const Tensor& x, IntArrayRef dim, bool keepdim) {
  check(dim.size() <= 2, "frobenius_norm: expected at most 2 dimensions, but got ", dim.size(), " dimensions instead.");
  return norm_as("frobenius_norm", "frobenius_norm", x, 2, dim, keepdim);
}

Tensor dist(const Tensor& a, const Tensor& b, const Scalar& p) {
  check(a.defined() && b.defined(), "dist: tensor is undefined");
  return norm(a.sub(b), p);
}

Tensor renorm(const Tensor& x, const Scalar& p, int64_t dim, const Scalar& maxnorm) {
  check(x.defined() && is_floating_point(x.scalar_type()), "renorm: expected a floating point tensor, got ", x);
  check(x.dim() > 1, "renorm: input needs at least 2 dimensions, got ", x.dim(), " dimensions");
  check(p.toDouble() > 0, "renorm: non-positive norm not supported, got p = ", p);
  check(maxnorm.toDouble() >= 0, "renorm: expected maxnorm to be >= 0 but got ", maxnorm);
  const int64_t kept = wrap_dim(dim, x.dim(), "renorm");
  Shape others;
  for (int64_t d = 0; d < x.dim(); ++d)
    if (d != kept) others.push_back(d);
  const double limit = maxnorm.toDouble();
  const Tensor n = norm(x, p, others, true);
  const Tensor over = n.detach().gt(limit);
  return x.mul(lampas::where(over, n.add(1e-7).reciprocal().mul(limit), x.new_ones({})));
}

Tensor logsumexp(const Tensor& x, IntArrayRef dim, bool keepdim) {
  const Dims d(x, dim, "logsumexp");
  const Tensor in = is_floating_point(x.scalar_type()) ? x : x.to(get_default_dtype());
  return apply(LogSumExp{d.list, d.mask, keepdim, Shape(in.sizes())}, in);
}
Tensor& logsumexp_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim) {
  return result_out("logsumexp", out, logsumexp(x, dim, keepdim));
}

Tensor Tensor::norm(const Scalar& p) const { return lampas::norm(*this, p); }
Tensor Tensor::norm(const std::optional<Scalar>& p, ScalarType dtype) const { return lampas::norm(*this, p, dtype); }
Tensor Tensor::norm(const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim) const {
  return lampas::norm(*this, p, dim, keepdim);
}
Tensor Tensor::norm(const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim, ScalarType dtype) const {
  return lampas::norm(*this, p, dim, keepdim, dtype);
}
Tensor Tensor::logsumexp(IntArrayRef dim, bool keepdim) const { return lampas::logsumexp(*this, dim, keepdim); }
Tensor Tensor::dist(const Tensor& other, const Scalar& p) const { return lampas::dist(*this, other, p); }
Tensor Tensor::renorm(const Scalar& p, int64_t dim, const Scalar& maxnorm) const {
  return lampas::renorm(*this, p, dim, maxnorm);
}
Tensor& Tensor::renorm_(const Scalar& p, int64_t dim, const Scalar& maxnorm) const {
  return result_inplace("renorm_", *this, false, [&](const Tensor& x) { return lampas::renorm(x, p, dim, maxnorm); });
}

}  // namespace lampas
