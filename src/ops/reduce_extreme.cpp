// max, min, amax, amin, aminmax, argmax, argmin.
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "ops/out.h"
#include "ops/reduce.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

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
  const char* label;
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

template <bool larger>
std::tuple<Tensor, Tensor> extreme_at(const Tensor& x, int64_t dim, bool keepdim) {
  const char* op = ExtremeAt<larger>::name;
  check(x.defined(), op, ": tensor is undefined");
  const int64_t d = wrap_dim(dim, x.dim(), op);
  check_index(x.dim() == 0 || x.size(d) > 0, op, ": Expected reduction dim ", d, " to have non-zero size, got input ",
              x.sizes());
  auto y = apply(ExtremeAt<larger>{d, keepdim, Shape(x.sizes())}, x);
  return {std::move(y[0]), std::move(y[1])};
}

template <bool larger>
Tensor extreme_over(const char* op, const Tensor& x, IntArrayRef dim, bool keepdim,
                    const char* label = ExtremeOver<larger>::name) {
  const Dims d(x, dim, op);
  for (int64_t k : d.list)
    check_index(x.size(k) > 0, op, ": Expected reduction dim ", k, " to have non-zero size, got input ", x.sizes());
  return apply(ExtremeOver<larger>{d.list, d.mask, keepdim, Shape(x.sizes()), label}, x);
}

Tensor arg_extreme(const char* op, bool larger, const Tensor& input, std::optional<int64_t> dim, bool keepdim) {
  check(input.defined(), op, ": tensor is undefined");
  const Tensor x = input.detach();
  const Dims d(x, dim ? IntArrayRef(*dim) : IntArrayRef(), op);
  check_index(d.count(x) > 0, op, ": Expected reduction dim to have non-zero size, got input ", x.sizes());
  Tensor indices = empty_of(x, reduced_sizes(*x.impl(), d.mask, keepdim), kLong);
  (larger ? max_index_kernel : min_index_kernel)
      .get(x.scalar_type())(plan_of(x, d.list, true), x.impl()->data(), nullptr, indices.impl()->data_as<int64_t>());
  return indices;
}

}  // namespace

std::tuple<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim) { return extreme_at<true>(x, dim, keepdim); }
std::tuple<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim) {
  return extreme_at<false>(x, dim, keepdim);
}
Tensor max(const Tensor& x) { return extreme_over<true>("max", x, {}, false, "max.1"); }
Tensor min(const Tensor& x) { return extreme_over<false>("min", x, {}, false, "min.1"); }
Tensor amax(const Tensor& x, IntArrayRef dim, bool keepdim) { return extreme_over<true>("amax", x, dim, keepdim); }
Tensor amin(const Tensor& x, IntArrayRef dim, bool keepdim) { return extreme_over<false>("amin", x, dim, keepdim); }
Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg_extreme("argmax", true, x, dim, keepdim);
}
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg_extreme("argmin", false, x, dim, keepdim);
}

std::tuple<Tensor&, Tensor&> max_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim, bool keepdim) {
  return results_out("max", values, indices, max(x, dim, keepdim));
}
std::tuple<Tensor&, Tensor&> min_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim, bool keepdim) {
  return results_out("min", values, indices, min(x, dim, keepdim));
}
Tensor& amax_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim) {
  return result_out("amax", out, amax(x, dim, keepdim));
}
Tensor& amin_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim) {
  return result_out("amin", out, amin(x, dim, keepdim));
}
std::tuple<Tensor, Tensor> aminmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  const IntArrayRef over = dim ? IntArrayRef(*dim) : IntArrayRef();
  return {extreme_over<false>("aminmax", x, over, keepdim), extreme_over<true>("aminmax", x, over, keepdim)};
}
Tensor& argmax_out(Tensor& out, const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return result_out("argmax", out, argmax(x, dim, keepdim));
}
Tensor& argmin_out(Tensor& out, const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return result_out("argmin", out, argmin(x, dim, keepdim));
}

Tensor Tensor::max() const { return lampas::max(*this); }
std::tuple<Tensor, Tensor> Tensor::max(int64_t dim, bool keepdim) const { return lampas::max(*this, dim, keepdim); }
Tensor Tensor::min() const { return lampas::min(*this); }
std::tuple<Tensor, Tensor> Tensor::min(int64_t dim, bool keepdim) const { return lampas::min(*this, dim, keepdim); }
Tensor Tensor::amax(IntArrayRef dim, bool keepdim) const { return lampas::amax(*this, dim, keepdim); }
Tensor Tensor::amin(IntArrayRef dim, bool keepdim) const { return lampas::amin(*this, dim, keepdim); }
Tensor Tensor::argmax(std::optional<int64_t> dim, bool keepdim) const { return lampas::argmax(*this, dim, keepdim); }
Tensor Tensor::argmin(std::optional<int64_t> dim, bool keepdim) const { return lampas::argmin(*this, dim, keepdim); }
std::tuple<Tensor, Tensor> Tensor::aminmax(std::optional<int64_t> dim, bool keepdim) const {
  return lampas::aminmax(*this, dim, keepdim);
}

}  // namespace lampas
