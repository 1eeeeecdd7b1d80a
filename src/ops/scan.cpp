// cumsum, cumprod, logcumsumexp, cummax, cummin, diff, trapezoid.
#include "ops/scan.h"

#include <limits>

#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/shape.h"
#include "ops/complex.h"
#include "ops/elementwise.h"
#include "ops/inplace_result.h"
#include "ops/out.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor run(const ScanKernel& kernel, const Tensor& input, int64_t dim, bool reverse) {
  const Tensor x = plain(input);
  Tensor y = empty_of(x, x.sizes());
  if (y.numel()) kernel.get(x.scalar_type())(Scan{span_around(x, dim), reverse}, x.impl()->data(), y.impl()->data());
  return y;
}

/// x moved on by one along dim (against it in reverse), `first` coming in.
Tensor shifted(const Tensor& x, int64_t dim, bool reverse, double first) {
  if (x.dim() == 0) return x.new_full({}, first);
  const int64_t n = x.size(dim);
  if (n == 0) return x;
  Shape one(x.sizes());
  one[dim] = 1;
  const Tensor unit = x.new_full(one, first);
  return reverse ? cat({narrow(x, dim, 1, n - 1), unit}, dim) : cat({unit, narrow(x, dim, 0, n - 1)}, dim);
}

struct CumSum {
  static constexpr auto name = "cumsum";
  using saves = Saves<>;
  int64_t dim;
  bool reverse;
  Tensor forward(const Tensor& x) const { return run(cumsum_kernel, x, dim, reverse); }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {apply(CumSum{dim, !reverse}, g)}; }
};

/// y[k] = a[k] y[k-1] + b[k]. Its derivative is such a recurrence in the other direction:
/// h[k] = g[k] + a[k+1] h[k+1]; db = h, da[k] = h[k] y[k-1].
struct Recurrence {
  static constexpr auto name = "linear_recurrence";
  using saves = Saves<In<0>, Out>;
  int64_t dim;
  bool reverse;
  Tensor forward(const Tensor& factors, const Tensor& terms) const {
    const Tensor a = plain(factors), b = plain(terms);
    Tensor y = empty_of(b, b.sizes());
    if (y.numel())
      recurrence_kernel.get(b.scalar_type())(Scan{span_around(b, dim), reverse}, a.impl()->data(), b.impl()->data(),
                                             y.impl()->data());
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& y) const {
    const Tensor h = apply(Recurrence{dim, !reverse}, shifted(a, dim, !reverse, 0), g);
    return {need[0] ? h.mul(shifted(y, dim, reverse, 0)) : Tensor(), h};
  }
};

struct CumProd {
  static constexpr auto name = "cumprod";
  using saves = Saves<In<0>, Out>;
  int64_t dim;
  Tensor forward(const Tensor& x) const { return run(cumprod_kernel, x, dim, false); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    // dx[k] = y[k-1] h[k], h[k] = g[k] + x[k+1] h[k+1]: nothing is divided by x.
    const Tensor h = apply(Recurrence{dim, true}, shifted(x, dim, true, 0), g);
    return {h.mul(shifted(y, dim, false, 1))};
  }
};

struct LogCumSumExp {
  static constexpr auto name = "logcumsumexp";
  using saves = Saves<In<0>, Out>;
  int64_t dim;
  Tensor forward(const Tensor& x) const { return run(logcumsumexp_kernel, x, dim, false); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    // dx[k] = exp(x[k] - y[k]) t[k], t[k] = g[k] + exp(y[k] - y[k+1]) t[k+1]. y ascends, so nothing overflows; where y
    // is still -inf, nothing comes through.
    const Tensor none = y.detach().eq(-kInf);
    const auto weight = [&](const Tensor& from, const Tensor& to) {
      return from.sub(to).masked_fill(none, -kInf).exp();
    };
    const Tensor t = apply(Recurrence{dim, true}, weight(y, shifted(y, dim, true, kInf)), g);
    return {weight(x, y).mul(t)};
  }
};

template <bool larger>
struct CumExtreme {
  static constexpr auto name = larger ? "cummax" : "cummin";
  using saves = Saves<OutAt<1>>;
  int64_t dim;
  std::array<Tensor, 2> forward(const Tensor& input) const {
    const Tensor x = plain(input);
    Tensor y = empty_of(x, x.sizes()), at = empty_of(x, x.sizes(), kLong);
    if (y.numel())
      (larger ? cummax_kernel : cummin_kernel)
          .get(x.scalar_type())(Scan{span_around(x, dim)}, x.impl()->data(), y.impl()->data(),
                                at.impl()->data_as<int64_t>());
    return {y, at};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& at) const {
    if (!g[0].defined()) return {};
    return {zeros_like(g[0]).scatter_add_(dim, at, g[0])};
  }
};

int64_t checked(const char* op, const Tensor& x, int64_t dim) {
  check(x.defined(), op, ": tensor is undefined");
  return wrap_dim(dim, x.dim(), op);
}
/// Integers and bool as int64.
Tensor widened(const Tensor& x, std::optional<ScalarType> dtype) {
  return converted(x, dtype ? *dtype : is_integral(x.scalar_type(), true) ? kLong : x.scalar_type());
}
/// The result in `dtype`: bool has no running sum of its own.
template <class Op>
Tensor cumulative(const Op& op, const Tensor& x, std::optional<ScalarType> dtype) {
  if (dtype == kBool) return apply(op, x.to(kBool).to(kLong)).to(kBool);
  return apply(op, widened(x, dtype));
}

template <bool larger>
std::tuple<Tensor, Tensor> running_extreme(const Tensor& x, int64_t dim) {
  auto y = apply(CumExtreme<larger>{checked(CumExtreme<larger>::name, x, dim)}, x);
  return {std::move(y[0]), std::move(y[1])};
}

const Tensor& fitting(const char* op, const Tensor& self, const Tensor& result) {
  check(can_cast(result.scalar_type(), self.scalar_type()), op, ": result type ", result.scalar_type(),
        " can't be cast to the desired output type ", self.scalar_type());
  return result;
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  if (LAMPAS_UNLIKELY(x.defined() && is_complex(dtype ? *dtype : x.scalar_type()))) {
    if (x.dim() == 0) return cumsum(x.reshape({1}), dim, dtype).reshape(x.sizes());
    const int64_t d = checked("cumsum", x, dim);
    return complex_linear(converted(x, dtype.value_or(x.scalar_type())),
                          [&](const Tensor& parts) { return cumsum(parts, d).contiguous(); });
  }
  return cumulative(CumSum{checked("cumsum", x, dim), false}, x, dtype);
}
Tensor& cumsum_out(Tensor& out, const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return result_out("cumsum", out, cumsum(x, dim, dtype));
}
Tensor cumprod(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return cumulative(CumProd{checked("cumprod", x, dim)}, x, dtype);
}
Tensor& cumprod_out(Tensor& out, const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return result_out("cumprod", out, cumprod(x, dim, dtype));
}
Tensor logcumsumexp(const Tensor& x, int64_t dim) {
  const int64_t d = checked("logcumsumexp", x, dim);
  check(is_floating_point(x.scalar_type()), "logcumsumexp: expected a floating point tensor, got ", x.scalar_type());
  return apply(LogCumSumExp{d}, x);
}
Tensor& logcumsumexp_out(Tensor& out, const Tensor& x, int64_t dim) {
  return result_out("logcumsumexp", out, logcumsumexp(x, dim));
}
std::tuple<Tensor, Tensor> cummax(const Tensor& x, int64_t dim) { return running_extreme<true>(x, dim); }
std::tuple<Tensor, Tensor> cummin(const Tensor& x, int64_t dim) { return running_extreme<false>(x, dim); }
std::tuple<Tensor&, Tensor&> cummax_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim) {
  return results_out("cummax", values, indices, cummax(x, dim));
}
std::tuple<Tensor&, Tensor&> cummin_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim) {
  return results_out("cummin", values, indices, cummin(x, dim));
}

Tensor diff(const Tensor& x, int64_t n, int64_t dim, const std::optional<Tensor>& prepend,
            const std::optional<Tensor>& append) {
  check(x.defined() && x.dim() >= 1, "diff: expects input to be at least one-dimensional, got ", x);
  check(n >= 0, "diff: order must be non-negative but got ", n);
  const int64_t d = wrap_dim(dim, x.dim(), "diff");
  std::vector<Tensor> parts;
  const auto add = [&](const std::optional<Tensor>& t, const char* what) {
    if (!t || !t->defined()) return;
    check(t->dim() == x.dim(), "diff: expects ", what, " to be the same dimension as input, got ", *t, " and ", x);
    for (int64_t k = 0; k < x.dim(); ++k)
      check(k == d || t->size(k) == x.size(k),
            "diff: expects the shape of tensor to prepend or append to match that "
            "of input except along the differencing dimension; input.size(",
            k, ") = ", x.size(k), ", but got tensor.size(", k, ") = ", t->size(k));
    parts.push_back(*t);
  };
  add(prepend, "prepend");
  parts.push_back(x);
  add(append, "append");
  Tensor y = parts.size() == 1 ? x : cat(parts, d);
  if (n == 0) return parts.size() == 1 ? x.clone() : y;
  for (int64_t k = 0; k < n && y.size(d) > 0; ++k) {
    const int64_t last = y.size(d) - 1;
    const Tensor a = narrow(y, d, 1, last), b = narrow(y, d, 0, last);
    y = y.scalar_type() == kBool ? a.ne(b) : a.sub(b);
  }
  return y;
}

namespace {
/// The sums of neighbours, times the spacing (over the last dimension), halved.
Tensor neighbours(const Tensor& y, int64_t dim) {
  const int64_t n = y.size(dim);
  return narrow(y, dim, 1, n - 1).add(narrow(y, dim, 0, n - 1));
}
Tensor no_area(const Tensor& y, int64_t dim) {
  Shape sizes(y.sizes());
  sizes.erase(static_cast<size_t>(dim));
  return y.new_zeros(sizes);
}
/// Of the points x from one another, to be multiplied with neighbours of y.
Tensor distances(const char* op, const Tensor& y, const Tensor& x, int64_t dim) {
  if (x.dim() != 1) return diff(x, 1, dim - y.dim());
  check(x.size(0) == y.size(dim), op, ": There must be one `x` value for each sample point, got ", x.size(0), " for ",
        y.size(dim));
  Shape sizes(static_cast<size_t>(y.dim()), 1);
  sizes[dim] = y.size(dim) - 1;
  return diff(x).view(sizes);
}
}  // namespace

Tensor trapezoid(const Tensor& y, const Scalar& dx, int64_t dim) {
  const int64_t d = checked("trapezoid", y, dim);
  check(y.dim() > 0, "trapezoid: expects y to have at least one dimension");
  if (y.size(d) == 0) return no_area(y, d);
  return neighbours(y, d).sum(d).mul(dx.toDouble() / 2);
}
Tensor trapezoid(const Tensor& y, const Tensor& x, int64_t dim) {
  const int64_t d = checked("trapezoid", y, dim);
  check(y.dim() > 0 && x.defined() && x.dim() > 0, "trapezoid: expects x and y to have at least one dimension");
  if (y.size(d) == 0) return no_area(y, d);
  return neighbours(y, d).mul(distances("trapezoid", y, x, d)).sum(d).div(2);
}
Tensor trapz(const Tensor& y, double dx, int64_t dim) { return trapezoid(y, Scalar(dx), dim); }
Tensor trapz(const Tensor& y, const Tensor& x, int64_t dim) { return trapezoid(y, x, dim); }

Tensor cumulative_trapezoid(const Tensor& y, const Scalar& dx, int64_t dim) {
  const int64_t d = checked("cumulative_trapezoid", y, dim);
  check(y.dim() > 0, "cumulative_trapezoid: expects y to have at least one dimension");
  if (y.size(d) == 0) return y.clone();
  return neighbours(y, d).mul(dx.toDouble() / 2).cumsum(d);
}
Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, int64_t dim) {
  const int64_t d = checked("cumulative_trapezoid", y, dim);
  check(y.dim() > 0 && x.defined() && x.dim() > 0,
        "cumulative_trapezoid: expects x and y to have at least one dimension");
  if (y.size(d) == 0) return y.clone();
  return neighbours(y, d).mul(distances("cumulative_trapezoid", y, x, d)).cumsum(d).div(2);
}

Tensor Tensor::cumsum(int64_t dim, std::optional<ScalarType> dtype) const { return lampas::cumsum(*this, dim, dtype); }
Tensor& Tensor::cumsum_(int64_t dim, std::optional<ScalarType> dtype) const {
  return take_result("cumsum_", *this, fitting("cumsum_", *this, lampas::cumsum(*this, dim, dtype)));
}
Tensor Tensor::cumprod(int64_t dim, std::optional<ScalarType> dtype) const {
  return lampas::cumprod(*this, dim, dtype);
}
Tensor& Tensor::cumprod_(int64_t dim, std::optional<ScalarType> dtype) const {
  return result_inplace("cumprod_", *this, false, [&](const Tensor& x) {
    return Tensor(fitting("cumprod_", *this, lampas::cumprod(x, dim, dtype)));
  });
}
Tensor Tensor::logcumsumexp(int64_t dim) const { return lampas::logcumsumexp(*this, dim); }
std::tuple<Tensor, Tensor> Tensor::cummax(int64_t dim) const { return lampas::cummax(*this, dim); }
std::tuple<Tensor, Tensor> Tensor::cummin(int64_t dim) const { return lampas::cummin(*this, dim); }
Tensor Tensor::diff(int64_t n, int64_t dim, const std::optional<Tensor>& prepend,
                    const std::optional<Tensor>& append) const {
  return lampas::diff(*this, n, dim, prepend, append);
}

}  // namespace lampas
