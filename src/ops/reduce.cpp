// sum, mean, var, std, max, min, amax, amin, argmax, argmin, all, any.
#include "ops/reduce.h"

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

namespace {

/// The dimensions of a reduction: wrapped, checked, as a mask. Empty `dim` means all.
struct Dims {
  Shape list;
  uint64_t mask = 0;
  Dims(const Tensor& x, IntArrayRef dim, const char* op) {
    const int64_t rank = x.dim();
    if (dim.empty()) {
      for (int64_t d = 0; d < rank; ++d) list.push_back(d);
      mask = rank >= 64 ? ~uint64_t{0} : (uint64_t{1} << rank) - 1;
      return;
    }
    for (int64_t d : dim) {
      const int64_t w = wrap_dim(d, rank, op);
      check(!(mask >> w & 1), op, ": dim ", w, " appears multiple times in the list of dims ", dim);
      mask |= uint64_t{1} << w;
      if (rank) list.push_back(w);
    }
  }
  bool has(int64_t d) const { return mask >> d & 1; }
  int64_t count(const Tensor& x) const {
    int64_t n = 1;
    for (int64_t d : list) n *= x.impl()->sizes()[d];
    return n;
  }
};

Shape reduced_sizes(const TensorImpl& x, uint64_t mask, bool keepdim) {
  Shape sizes;
  for (int d = 0; d < x.ndim; ++d) {
    if (!(mask >> d & 1))
      sizes.push_back(x.sizes()[d]);
    else if (keepdim)
      sizes.push_back(1);
  }
  return sizes;
}

ReducePlan plan_of(const Tensor& x, const Shape& dims, bool ordered = false) {
  return plan_reduction(x.impl()->sizes_ref(), x.impl()->strides_ref(), dims, ordered);
}

/// A result with its reduced dimensions put back as ones, so that it broadcasts against the input.
Tensor restore_dims(const Tensor& t, const Shape& sizes, uint64_t mask, bool keepdim) {
  if (keepdim || sizes.empty()) return t;
  Shape full(sizes);
  for (size_t d = 0; d < full.size(); ++d)
    if (mask >> d & 1) full[d] = 1;
  return t.reshape(full);
}

struct Sum {
  static constexpr auto name = "sum";
  using saves = Saves<>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
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

struct Mean {
  static constexpr auto name = "mean";
  using saves = Saves<>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  int64_t count;
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    mean_kernel.get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    return {restore_dims(g.div(static_cast<double>(count)), from, mask, keepdim).expand(from)};
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
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    var_kernel.get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data(), nullptr,
                                    VarParams{correction, root});
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    // d var = 2 (x - mean) / (n - correction); d std = d var / (2 std), 0 where std is.
    const double n = std::max(0.0, static_cast<double>(count) - correction);
    Tensor gv = g;
    if (root) gv = lampas::where(y.eq(0), wrapped_scalar(0.0), g.div(y.mul(2)));
    const Tensor centred = x.sub(x.mean(dims, true));
    return {restore_dims(gv.mul(2 / n), from, mask, keepdim).mul(centred)};
  }
};

/// max and min along one dimension, with positions.
template <bool larger>
struct ExtremeAt {
  static constexpr auto name = larger ? "max" : "min";
  using saves = Saves<OutAt<1>>;
  int64_t dim;
  bool keepdim;
  Shape from;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Shape sizes = reduced_sizes(*x.impl(), x.dim() ? uint64_t{1} << dim : 0, keepdim);
    Tensor values = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    const Shape dims = x.dim() ? Shape{dim} : Shape{};
    (larger ? max_index_kernel : min_index_kernel)
        .get(x.impl()->dtype)(plan_of(x, dims, true), x.impl()->data(), values.impl()->data(),
                              indices.impl()->data_as<int64_t>());
    return {values, indices};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& indices) const {
    if (!g[0].defined()) return {};
    if (from.empty()) return {g[0]};
    const Tensor at = keepdim ? indices : indices.unsqueeze(dim), grad = keepdim ? g[0] : g[0].unsqueeze(dim);
    return {g[0].new_zeros(from).scatter_add_(dim, at, grad)};
  }
};

/// amax and amin, and max and min over everything: equal extremes share the gradient.
template <bool larger>
struct ExtremeOver {
  static constexpr auto name = larger ? "amax" : "amin";
  using saves = Saves<In<0>, Out>;
  Shape dims;
  uint64_t mask;
  bool keepdim;
  Shape from;
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, reduced_sizes(*x.impl(), mask, keepdim));
    (larger ? amax_kernel : amin_kernel).get(x.impl()->dtype)(plan_of(x, dims), x.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    Tensor hit, share;
    {
      NoGradGuard off;
      hit = x.eq(restore_dims(y, from, mask, keepdim));
      const Tensor nan = x.isnan();
      hit = hit.logical_or(nan).to(x.scalar_type());
      share = hit.div(dims.empty() ? hit : hit.sum(dims, true));
    }
    return {restore_dims(g, from, mask, keepdim).mul(share)};
  }
};

Tensor converted(const Tensor& x, std::optional<ScalarType> dtype) {
  return dtype && *dtype != x.scalar_type() ? x.to(*dtype) : x;
}

template <bool larger>
std::tuple<Tensor, Tensor> extreme_at(const Tensor& x, int64_t dim, bool keepdim) {
  const char* op = ExtremeAt<larger>::name;
  const int64_t d = wrap_dim(dim, x.dim(), op);
  check_index(x.dim() == 0 || x.size(d) > 0, op, ": Expected reduction dim ", d, " to have non-zero size, got input ",
              x.sizes());
  auto y = apply(ExtremeAt<larger>{d, keepdim, Shape(x.sizes())}, x);
  return {std::move(y[0]), std::move(y[1])};
}

template <bool larger>
Tensor extreme_over(const char* op, const Tensor& x, IntArrayRef dim, bool keepdim) {
  const Dims d(x, dim, op);
  for (int64_t k : d.list)
    check_index(x.size(k) > 0, op, ": Expected reduction dim ", k, " to have non-zero size, got input ", x.sizes());
  return apply(ExtremeOver<larger>{d.list, d.mask, keepdim, Shape(x.sizes())}, x);
}

Tensor arg_extreme(const char* op, bool larger, const Tensor& input, std::optional<int64_t> dim, bool keepdim) {
  const Tensor x = input.detach();
  const Dims d(x, dim ? IntArrayRef(*dim) : IntArrayRef(), op);
  check_index(d.count(x) > 0, op, ": Expected reduction dim to have non-zero size, got input ", x.sizes());
  Tensor indices = empty_of(x, reduced_sizes(*x.impl(), d.mask, keepdim), kLong);
  (larger ? max_index_kernel : min_index_kernel)
      .get(x.scalar_type())(plan_of(x, d.list, true), x.impl()->data(), nullptr, indices.impl()->data_as<int64_t>());
  return indices;
}

Tensor logical_over(const char* op, const ReduceKernel& kernel, const Tensor& input, IntArrayRef dim, bool keepdim) {
  const Tensor x = input.detach();
  const Dims d(x, dim, op);
  Tensor y = empty_of(x, reduced_sizes(*x.impl(), d.mask, keepdim), kBool);
  kernel.get(x.scalar_type())(plan_of(x, d.list), x.impl()->data(), y.impl()->data());
  // As in PyTorch, uint8 stays uint8.
  return x.scalar_type() == kByte ? y.to(kByte) : y;
}

Tensor variance(const char* op, const Tensor& x, IntArrayRef dim, bool unbiased, bool keepdim, bool root) {
  check(is_floating_point(x.scalar_type()), op, ": only support floating point dtypes, got ", x.scalar_type());
  const Dims d(x, dim, op);
  return apply(Var{d.list, d.mask, keepdim, root, unbiased ? 1.0 : 0.0, Shape(x.sizes()), d.count(x)}, x);
}

}  // namespace

Tensor sum(const Tensor& x, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  const Tensor in = converted(x, dtype);
  const Dims d(in, dim, "sum");
  return apply(Sum{d.list, d.mask, keepdim, Shape(in.sizes())}, in);
}
Tensor sum(const Tensor& x, std::optional<ScalarType> dtype) { return sum(x, IntArrayRef(), false, dtype); }

Tensor mean(const Tensor& x, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  const Tensor in = converted(x, dtype);
  check(is_floating_point(in.scalar_type()),
        "mean: could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ",
        in.scalar_type());
  const Dims d(in, dim, "mean");
  return apply(Mean{d.list, d.mask, keepdim, Shape(in.sizes()), d.count(in)}, in);
}
Tensor mean(const Tensor& x, std::optional<ScalarType> dtype) { return mean(x, IntArrayRef(), false, dtype); }

Tensor var(const Tensor& x, IntArrayRef dim, bool unbiased, bool keepdim) {
  return variance("var", x, dim, unbiased, keepdim, false);
}
Tensor var(const Tensor& x, bool unbiased) { return variance("var", x, {}, unbiased, false, false); }
Tensor std(const Tensor& x, IntArrayRef dim, bool unbiased, bool keepdim) {
  return variance("std", x, dim, unbiased, keepdim, true);
}
Tensor std(const Tensor& x, bool unbiased) { return variance("std", x, {}, unbiased, false, true); }
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, IntArrayRef dim, bool unbiased, bool keepdim) {
  return {var(x, dim, unbiased, keepdim), mean(x, dim, keepdim)};
}

std::tuple<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim) { return extreme_at<true>(x, dim, keepdim); }
std::tuple<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim) {
  return extreme_at<false>(x, dim, keepdim);
}
Tensor max(const Tensor& x) { return extreme_over<true>("max", x, {}, false); }
Tensor min(const Tensor& x) { return extreme_over<false>("min", x, {}, false); }
Tensor amax(const Tensor& x, IntArrayRef dim, bool keepdim) { return extreme_over<true>("amax", x, dim, keepdim); }
Tensor amin(const Tensor& x, IntArrayRef dim, bool keepdim) { return extreme_over<false>("amin", x, dim, keepdim); }
Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg_extreme("argmax", true, x, dim, keepdim);
}
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg_extreme("argmin", false, x, dim, keepdim);
}
Tensor all(const Tensor& x) { return logical_over("all", all_kernel, x, {}, false); }
Tensor all(const Tensor& x, int64_t dim, bool keepdim) { return logical_over("all", all_kernel, x, dim, keepdim); }
Tensor any(const Tensor& x) { return logical_over("any", any_kernel, x, {}, false); }
Tensor any(const Tensor& x, int64_t dim, bool keepdim) { return logical_over("any", any_kernel, x, dim, keepdim); }

Tensor Tensor::sum(std::optional<ScalarType> dtype) const { return lampas::sum(*this, dtype); }
Tensor Tensor::sum(IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::sum(*this, dim, keepdim, dtype);
}
Tensor Tensor::mean(std::optional<ScalarType> dtype) const { return lampas::mean(*this, dtype); }
Tensor Tensor::mean(IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const {
  return lampas::mean(*this, dim, keepdim, dtype);
}
Tensor Tensor::var(bool unbiased) const { return lampas::var(*this, unbiased); }
Tensor Tensor::var(IntArrayRef dim, bool unbiased, bool keepdim) const {
  return lampas::var(*this, dim, unbiased, keepdim);
}
Tensor Tensor::std(bool unbiased) const { return lampas::std(*this, unbiased); }
Tensor Tensor::std(IntArrayRef dim, bool unbiased, bool keepdim) const {
  return lampas::std(*this, dim, unbiased, keepdim);
}
Tensor Tensor::max() const { return lampas::max(*this); }
std::tuple<Tensor, Tensor> Tensor::max(int64_t dim, bool keepdim) const { return lampas::max(*this, dim, keepdim); }
Tensor Tensor::min() const { return lampas::min(*this); }
std::tuple<Tensor, Tensor> Tensor::min(int64_t dim, bool keepdim) const { return lampas::min(*this, dim, keepdim); }
Tensor Tensor::amax(IntArrayRef dim, bool keepdim) const { return lampas::amax(*this, dim, keepdim); }
Tensor Tensor::amin(IntArrayRef dim, bool keepdim) const { return lampas::amin(*this, dim, keepdim); }
Tensor Tensor::argmax(std::optional<int64_t> dim, bool keepdim) const { return lampas::argmax(*this, dim, keepdim); }
Tensor Tensor::argmin(std::optional<int64_t> dim, bool keepdim) const { return lampas::argmin(*this, dim, keepdim); }
Tensor Tensor::all() const { return lampas::all(*this); }
Tensor Tensor::all(int64_t dim, bool keepdim) const { return lampas::all(*this, dim, keepdim); }
Tensor Tensor::any() const { return lampas::any(*this); }
Tensor Tensor::any(int64_t dim, bool keepdim) const { return lampas::any(*this, dim, keepdim); }

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
