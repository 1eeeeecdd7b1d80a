// sum, nansum, mean, nanmean, prod, var, std, all, any, count_nonzero.
#include "ops/reduce.h"

#include <limits>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/shape.h"
#include "ops/complex.h"
#include "ops/elementwise.h"
#include "ops/out.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

struct Sum {
  static constexpr auto name = "sum";
  using saves = Saves<>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  const char* label;
  Tensor forward(const Tensor& x) const {
    const ScalarType t = x.impl()->dtype;
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim), is_integral(t, true) ? kLong : t);
    sum_kernel.get(t)(plan_of(x, dims), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    return {restore_dims(g, from, mask, keepdim).expand(from)};
  }
};

struct NanSum {
  static constexpr auto name = "nansum";
  using saves = Saves<In<0>>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    nansum_kernel.get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    return {restore_dims(g, from, mask, keepdim).expand(from).masked_fill(x.detach().isnan(), 0)};
  }
};

struct Mean {
  static constexpr auto name = "mean";
  using saves = Saves<>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  int64_t count;
  const char* label;
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    mean_kernel.get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    return {restore_dims(g.div(static_cast<double>(count)), from, mask, keepdim).expand(from)};
  }
};

/// The product of all elements but one, for every element along the last dimension: exact where there are zeros.
Tensor others_product(const Tensor& x) {
  const int64_t n = x.size(-1);
  if (n == 0) return x;
  Shape one(x.sizes());
  one.back() = 1;
  const Tensor unit = x.new_ones(one);
  const auto before = [&](const Tensor& t) { return cumprod(cat({unit, narrow(t, -1, 0, n - 1)}, -1), -1); };
  const auto reversed = [&](const Tensor& t) { return t.flip({-1}); };
  return before(x).mul(reversed(before(reversed(x))));
}

/// Over one dimension, or over everything.
struct Prod {
  static constexpr auto name = "prod";
  using saves = Saves<In<0>, Out>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  const char* label;
  Tensor forward(const Tensor& x) const {
    const ScalarType t = x.impl()->dtype;
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim), is_integral(t, true) ? kLong : t);
    prod_kernel.get(t)(plan_of(x, dims), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    if (dims.empty()) return {g};
    const Tensor grad = restore_dims(g, from, mask, keepdim);
    bool zeros;
    {
      NoGradGuard off;
      zeros = x.numel() > 0 && !x.detach().all().item<bool>();
    }
    if (!zeros) return {grad.mul(restore_dims(y, from, mask, keepdim)).div(x)};
    if (dims.size() == 1) {
      const int64_t d = dims[0];
      return {grad.mul(others_product(x.transpose(d, -1)).transpose(d, -1))};
    }
    return {grad.mul(others_product(x.reshape({-1})).reshape(from))};
  }
};

/// Variance or standard deviation, with the mean as second output.
struct Var {
  static constexpr auto name = "var";
  using saves = Saves<In<0>, Out>;
  Shape dims;
  uint64_t mask;
  bool keepdim, root;
  double correction;
  Shape from;
  int64_t count;
  friend const char* label_of(const Var& op) { return op.root ? "std" : name; }
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    var_kernel.get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data(), nullptr,
                                    VarParams{correction, root});
    return y;
  }
  Tensor input_gradient(const Tensor& g, const Tensor& x, const Tensor& y) const {
    // d var = 2 (x - mean) / (n - correction); d std = d var / (2 std), 0 where std is.
    const double n = std::max(0.0, static_cast<double>(count) - correction);
    Tensor gv = g;
    if (root) gv = g.div(y.mul(2).masked_fill(y.detach().eq(0), std::numeric_limits<double>::infinity()));
    const Tensor centred = x.sub(x.mean(dims, true));
    return restore_dims(gv.mul(2 / n), from, mask, keepdim).mul(centred);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    return {input_gradient(g, x, y)};
  }
};

struct VarMean {
  static constexpr auto name = "var_mean";
  using saves = Saves<In<0>, Out>;
  Var var;
  friend const char* label_of(const VarMean& op) { return op.var.root ? "std_mean" : name; }
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Shape sizes = reduced_sizes(*x.impl(), var.mask, var.keepdim);
    std::array<Tensor, 2> y{empty_of(x, sizes), empty_of(x, sizes)};
    var_kernel.get(x.impl()->dtype)(plan_of(x, var.dims), x.impl()->data(), y[0].impl()->data(), y[1].impl()->data(),
                                    VarParams{var.correction, var.root});
    return y;
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    Tensor d;
    if (g[0].defined()) d = var.input_gradient(g[0], x, y);
    if (g[1].defined()) {
      const Tensor m = restore_dims(g[1].div(static_cast<double>(var.count)), var.from, var.mask, var.keepdim);
      d = d.defined() ? d.add(m) : m.expand(var.from);
    }
    return {d};
  }
};

Tensor logical_over(const char* op, const ReduceKernel& kernel, const Tensor& input, IntArrayRef dim, bool keepdim) {
  check(input.defined(), op, ": tensor is undefined");
  const Tensor x = truth(input.detach());
  const Dims d(x, dim, op);
  Tensor y = empty_of(x, reduced_sizes(*x.impl(), d.mask, keepdim), kBool);
  kernel.get(x.scalar_type())(plan_of(x, d.list), x.impl()->data(), y.impl()->data());
  // As in PyTorch, uint8 stays uint8.
  return x.scalar_type() == kByte ? y.to(kByte) : y;
}

Var variance(const char* op, const Tensor& x, IntArrayRef dim, double correction, bool keepdim, bool root) {
  const Dims d(x, dim, op);
  check(is_floating_point(x.scalar_type()), op, ": only support floating point dtypes, got ", x.scalar_type());
  return Var{d.list, d.mask, keepdim, root, correction, Shape(x.sizes()), d.count(x)};
}
std::tuple<Tensor, Tensor> with_mean(const char* op, const Tensor& x, IntArrayRef dim, double correction, bool keepdim,
                                     bool root) {
  auto y = apply(VarMean{variance(op, x, dim, correction, keepdim, root)}, x);
  return {std::move(y[0]), std::move(y[1])};
}
double number(std::optional<int64_t> correction) { return static_cast<double>(correction.value_or(1)); }

/// Sums and products of integers are int64, or what was asked for.
Tensor of_dtype(const Tensor& y, std::optional<ScalarType> dtype) { return dtype ? y.to(*dtype) : y; }

/// Whether everything is reduced, as the overload without dimensions does.
bool whole(IntArrayRef dim, bool keepdim) { return dim.empty() && !keepdim; }

Tensor product(const Tensor& x, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check(x.defined(), "prod: tensor is undefined");
  const Tensor in = converted(x, dtype);
  const Dims d(in, dim, "prod");
  return of_dtype(apply(Prod{d.list, d.mask, keepdim, Shape(in.sizes()), dim.empty() ? "prod" : "prod.1"}, in), dtype);
}

}  // namespace

std::tuple<Tensor&, Tensor&> results_out(const char* op, Tensor& a, Tensor& b, const std::tuple<Tensor, Tensor>& r) {
  check(a.defined() && b.defined(), op, ": out is undefined");
  check(can_cast(std::get<1>(r).scalar_type(), b.scalar_type()), op, ": expected the second out tensor to have dtype ",
        std::get<1>(r).scalar_type(), ", got ", b.scalar_type());
  return {result_out(op, a, std::get<0>(r)), result_out(op, b, std::get<1>(r))};
}

Tensor sum(const Tensor& x, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check(x.defined(), "sum: tensor is undefined");
  const Tensor in = converted(x, dtype);
  const Dims d(in, dim.dims(), "sum");
  if (LAMPAS_UNLIKELY(is_complex(in)))
    return d.list.empty() ? in.clone()
                          : complex_linear(in, [&](const Tensor& parts) { return sum(parts, d.list, keepdim); });
  const char* label = whole(dim.dims(), keepdim) ? "sum" : "sum.1";
  return of_dtype(apply(Sum{d.list, d.mask, keepdim, Shape(in.sizes()), label}, in), dtype);
}
Tensor sum(const Tensor& x, std::optional<ScalarType> dtype) { return sum(x, IntArrayRef(), false, dtype); }
Tensor& sum_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return result_out("sum", out, sum(x, dim, keepdim, dtype));
}

Tensor nansum(const Tensor& x, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check(x.defined(), "nansum: tensor is undefined");
  const Tensor in = converted(x, dtype);
  if (!is_floating_point(in.scalar_type())) return sum(in, dim, keepdim, dtype);
  const Dims d(in, dim.dims(), "nansum");
  return apply(NanSum{d.list, d.mask, keepdim, Shape(in.sizes())}, in);
}
Tensor& nansum_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool keepdim,
                   std::optional<ScalarType> dtype) {
  return result_out("nansum", out, nansum(x, dim, keepdim, dtype));
}

Tensor mean(const Tensor& x, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check(x.defined(), "mean: tensor is undefined");
  const Tensor in = converted(x, dtype);
  if (LAMPAS_UNLIKELY(is_complex(in))) {
    const Dims d(in, dim.dims(), "mean");
    return d.list.empty() ? in.clone()
                          : complex_linear(in, [&](const Tensor& parts) { return mean(parts, d.list, keepdim); });
  }
  check(is_floating_point(in.scalar_type()),
        "mean: could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ",
        in.scalar_type());
  const Dims d(in, dim.dims(), "mean");
  const char* label = whole(dim.dims(), keepdim) ? "mean" : "mean.1";
  return apply(Mean{d.list, d.mask, keepdim, Shape(in.sizes()), d.count(in), label}, in);
}
Tensor mean(const Tensor& x, std::optional<ScalarType> dtype) { return mean(x, IntArrayRef(), false, dtype); }
Tensor& mean_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return result_out("mean", out, mean(x, dim, keepdim, dtype));
}

Tensor nanmean(const Tensor& x, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check(x.defined() && is_floating_point(x.scalar_type()),
        "nanmean: expected input to have floating point dtype but got ", x);
  const Tensor count = x.detach().isnan().logical_not().sum(dim, keepdim);
  return nansum(x, dim, keepdim, dtype).div(count);
}

Tensor prod(const Tensor& x, std::optional<ScalarType> dtype) { return product(x, {}, false, dtype); }
Tensor prod(const Tensor& x, int64_t dim, bool keepdim, std::optional<ScalarType> dtype) {
  return product(x, dim, keepdim, dtype);
}
Tensor& prod_out(Tensor& out, const Tensor& x, int64_t dim, bool keepdim, std::optional<ScalarType> dtype) {
  return result_out("prod", out, prod(x, dim, keepdim, dtype));
}

Tensor var(const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction, bool keepdim) {
  return apply(variance("var", x, dim.dims(), number(correction), keepdim, false), x);
}
Tensor var(const Tensor& x, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {
  return var(x, dim, std::optional<int64_t>(unbiased), keepdim);
}
Tensor var(const Tensor& x, bool unbiased) { return var(x, {}, unbiased, false); }
Tensor& var_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {
  return result_out("var", out, var(x, dim, unbiased, keepdim));
}
Tensor std(const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction, bool keepdim) {
  return apply(variance("std", x, dim.dims(), number(correction), keepdim, true), x);
}
Tensor std(const Tensor& x, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {
  return lampas::std(x, dim, std::optional<int64_t>(unbiased), keepdim);
}
Tensor std(const Tensor& x, bool unbiased) { return lampas::std(x, {}, unbiased, false); }
Tensor& std_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {
  return result_out("std", out, lampas::std(x, dim, unbiased, keepdim));
}

std::tuple<Tensor, Tensor> var_mean(const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                                    bool keepdim) {
  return with_mean("var_mean", x, dim.dims(), number(correction), keepdim, false);
}
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {
  return with_mean("var_mean", x, dim.dims(), unbiased, keepdim, false);
}
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, bool unbiased) {
  return with_mean("var_mean", x, {}, unbiased, false, false);
}
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                                    bool keepdim) {
  return with_mean("std_mean", x, dim.dims(), number(correction), keepdim, true);
}
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {
  return with_mean("std_mean", x, dim.dims(), unbiased, keepdim, true);
}
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, bool unbiased) {
  return with_mean("std_mean", x, {}, unbiased, false, true);
}

Tensor all(const Tensor& x) { return logical_over("all", all_kernel, x, {}, false); }
Tensor all(const Tensor& x, int64_t dim, bool keepdim) { return logical_over("all", all_kernel, x, dim, keepdim); }
Tensor& all_out(Tensor& out, const Tensor& x, int64_t dim, bool keepdim) {
  return result_out("all", out, all(x, dim, keepdim));
}
Tensor any(const Tensor& x) { return logical_over("any", any_kernel, x, {}, false); }
Tensor any(const Tensor& x, int64_t dim, bool keepdim) { return logical_over("any", any_kernel, x, dim, keepdim); }
Tensor& any_out(Tensor& out, const Tensor& x, int64_t dim, bool keepdim) {
  return result_out("any", out, any(x, dim, keepdim));
}

Tensor count_nonzero(const Tensor& input, IntArrayRef dim) {
  check(input.defined(), "count_nonzero: tensor is undefined");
  const Tensor x = truth(input);
  const Dims d(x, dim, "count_nonzero");
  Tensor y = empty_of(x, reduced_sizes(*x.impl(), d.mask, false), kLong);
  count_nonzero_kernel.get(x.scalar_type())(plan_of(x, d.list), x.impl()->data(), y.impl()->data());
  return y;
}
Tensor count_nonzero(const Tensor& x, std::optional<int64_t> dim) {
  return count_nonzero(x, dim ? IntArrayRef(*dim) : IntArrayRef());
}

Tensor Tensor::sum(std::optional<ScalarType> dtype) const { return lampas::sum(*this, dtype); }
Tensor Tensor::sum(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::sum(*this, dim, keepdim, dtype);
}
Tensor Tensor::nansum(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::nansum(*this, dim, keepdim, dtype);
}
Tensor Tensor::mean(std::optional<ScalarType> dtype) const { return lampas::mean(*this, dtype); }
Tensor Tensor::mean(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::mean(*this, dim, keepdim, dtype);
}
Tensor Tensor::nanmean(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::nanmean(*this, dim, keepdim, dtype);
}
Tensor Tensor::prod(std::optional<ScalarType> dtype) const { return lampas::prod(*this, dtype); }
Tensor Tensor::prod(int64_t dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::prod(*this, dim, keepdim, dtype);
}
Tensor Tensor::var(bool unbiased) const { return lampas::var(*this, unbiased); }
Tensor Tensor::var(OptionalIntArrayRef dim, bool unbiased, bool keepdim) const {
  return lampas::var(*this, dim, unbiased, keepdim);
}
Tensor Tensor::var(OptionalIntArrayRef dim, std::optional<int64_t> correction, bool keepdim) const {
  return lampas::var(*this, dim, correction, keepdim);
}
Tensor Tensor::std(bool unbiased) const { return lampas::std(*this, unbiased); }
Tensor Tensor::std(OptionalIntArrayRef dim, bool unbiased, bool keepdim) const {
  return lampas::std(*this, dim, unbiased, keepdim);
}
Tensor Tensor::std(OptionalIntArrayRef dim, std::optional<int64_t> correction, bool keepdim) const {
  return lampas::std(*this, dim, correction, keepdim);
}
Tensor Tensor::all() const { return lampas::all(*this); }
Tensor Tensor::all(int64_t dim, bool keepdim) const { return lampas::all(*this, dim, keepdim); }
Tensor Tensor::any() const { return lampas::any(*this); }
Tensor Tensor::any(int64_t dim, bool keepdim) const { return lampas::any(*this, dim, keepdim); }
Tensor Tensor::count_nonzero(std::optional<int64_t> dim) const { return lampas::count_nonzero(*this, dim); }
Tensor Tensor::count_nonzero(IntArrayRef dim) const { return lampas::count_nonzero(*this, dim); }

Tensor Tensor::sum_to_size(IntArrayRef sizes) const {
  const int64_t rank = dim(), target = static_cast<int64_t>(sizes.size()), lead = rank - target;
  check(lead >= 0, "sum_to_size: size ", sizes, " is not expandable to ", this->sizes());
  if (this->sizes() == sizes) return *this;
  Shape dims;
  for (int64_t d = 0; d < rank; ++d) {
    const bool gone = d < lead, one = !gone && sizes[d - lead] == 1 && size(d) != 1;
    check(gone || one || sizes[d - lead] == size(d), "sum_to_size: size ", sizes, " is not expandable to ",
          this->sizes());
    if (gone || one) dims.push_back(d);
  }
  if (dims.empty()) return *this;
  return lampas::sum(*this, dims, true).reshape(sizes);
}

}  // namespace lampas
