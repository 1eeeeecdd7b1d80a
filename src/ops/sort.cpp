// sort, argsort, msort, topk, kthvalue, median, nanmedian, mode, quantile.
#include "ops/sort.h"

#include <limits>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/sort.h"
#include "ops/channels_last.h"
#include "ops/elementwise.h"
#include "ops/out.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

/// Ops that pick elements along a dimension: the gradient of the values goes where they came from.
template <class Op>
struct Picks {
  using saves = Saves<OutAt<1>>;
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& indices) const {
    const auto& op = static_cast<const Op&>(*this);
    if (!g[0].defined()) return {};
    if (op.from.empty()) return {g[0].reshape({})};
    const bool gone = indices.dim() < static_cast<int64_t>(op.from.size());
    const Tensor at = gone ? indices.unsqueeze(op.dim) : indices, grad = gone ? g[0].unsqueeze(op.dim) : g[0];
    return {g[0].new_zeros(op.from).scatter_add_(op.dim, at, grad)};
  }
};

/// Sizes of x with `size` along dim.
Shape with_size(const Tensor& x, int64_t dim, int64_t size) {
  Shape s(x.sizes());
  if (!s.empty()) s[dim] = size;
  return s;
}
/// y in the memory order of x, which has its sizes: channels-last stays channels-last.
Tensor as_laid_out(const Tensor& x, const Tensor& y) {
  if (LAMPAS_LIKELY(x.impl()->contiguous)) return y;
  Tensor z = empty_as(x, y.scalar_type());
  copy_elements(z, y);
  return z;
}
Shape without(const Tensor& x, int64_t dim, bool keepdim) {
  Shape s(x.sizes());
  if (s.empty()) return s;
  if (keepdim)
    s[dim] = 1;
  else
    s.erase(static_cast<size_t>(dim));
  return s;
}

struct Sort : Picks<Sort> {
  static constexpr auto name = "sort";
  int64_t dim;
  bool descending;
  const char* label;
  Shape from;
  Sort(const char* l, int64_t d, bool down, const Tensor& x) : dim(d), descending(down), label(l), from(x.sizes()) {}
  std::array<Tensor, 2> forward(const Tensor& input) const {
    const Tensor x = plain(input);
    Tensor values = empty_of(x, x.sizes()), indices = empty_of(x, x.sizes(), kLong);
    if (x.numel())
      sort_kernel.get(x.scalar_type())(span_around(x, dim), descending, x.impl()->data(), values.impl()->data(),
                                       indices.impl()->data_as<int64_t>());
    return {as_laid_out(input, values), as_laid_out(input, indices)};
  }
};

struct TopK : Picks<TopK> {
  static constexpr auto name = "topk";
  int64_t k, dim;
  bool largest;
  Shape from;
  TopK(int64_t count, int64_t d, bool most, const Tensor& x) : k(count), dim(d), largest(most), from(x.sizes()) {}
  std::array<Tensor, 2> forward(const Tensor& input) const {
    const Tensor x = plain(input);
    const Shape sizes = with_size(x, dim, k);
    Tensor values = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    if (values.numel())
      topk_kernel.get(x.scalar_type())(span_around(x, dim), k, largest, x.impl()->data(), values.impl()->data(),
                                       indices.impl()->data_as<int64_t>());
    return {values, indices};
  }
};

struct PickOne : Picks<PickOne> {
  static constexpr auto name = "kthvalue";
  Pick pick;
  int64_t k, dim;
  bool keepdim;
  Shape from;
  PickOne(Pick p, int64_t number, int64_t d, bool keep, const Tensor& x)
      : pick(p), k(number), dim(d), keepdim(keep), from(x.sizes()) {}
  friend const char* label_of(const PickOne& op) {
    return op.pick == Pick::kth ? name : op.pick == Pick::median ? "median.1" : "nanmedian.1";
  }
  std::array<Tensor, 2> forward(const Tensor& input) const {
    const Tensor x = plain(input);
    const Shape sizes = without(x, dim, keepdim);
    Tensor values = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    if (values.numel())
      pick_kernel.get(x.scalar_type())(span_around(x, dim), pick, k, x.impl()->data(), values.impl()->data(),
                                       indices.impl()->data_as<int64_t>());
    return {values, indices};
  }
};

struct Mode : Picks<Mode> {
  static constexpr auto name = "mode";
  int64_t dim;
  bool keepdim;
  Shape from;
  Mode(int64_t d, bool keep, const Tensor& x) : dim(d), keepdim(keep), from(x.sizes()) {}
  std::array<Tensor, 2> forward(const Tensor& input) const {
    const Tensor x = plain(input);
    const Shape sizes = without(x, dim, keepdim);
    Tensor values = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    if (values.numel())
      mode_kernel.get(x.scalar_type())(span_around(x, dim), x.impl()->data(), values.impl()->data(),
                                       indices.impl()->data_as<int64_t>());
    return {values, indices};
  }
};

/// The median of everything: elements equal to it share the gradient.
template <bool skips_nan>
struct MedianOver {
  static constexpr auto name = skips_nan ? "nanmedian" : "median";
  using saves = Saves<In<0>, Out>;
  Tensor forward(const Tensor& input) const {
    const Tensor x = plain(input);
    Tensor y = empty_of(x, {}), at = empty_of(x, {}, kLong);
    pick_kernel.get(x.scalar_type())(DimSpan{1, x.numel(), 1}, skips_nan ? Pick::nanmedian : Pick::median, 0,
                                     x.impl()->data(), y.impl()->data(), at.impl()->data_as<int64_t>());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    Tensor share;
    {
      NoGradGuard off;
      const Tensor hit = x.eq(y).logical_or(x.isnan().logical_and(y.isnan())).to(x.scalar_type());
      share = hit.div(hit.sum());
    }
    return {share.mul(g)};
  }
};

int64_t checked(const char* op, const Tensor& x, int64_t dim) {
  check(x.defined(), op, ": tensor is undefined");
  const int64_t d = wrap_dim(dim, x.dim(), op);
  check(x.dim() == 0 || x.size(d) < int64_t{1} << 32, op, ": at most 2^32 elements along the dimension, got ", x);
  return d;
}
int64_t size_at(const Tensor& x, int64_t d) { return x.dim() ? x.size(d) : 1; }

template <class Op>
std::tuple<Tensor, Tensor> pair_of(const Op& op, const Tensor& x) {
  auto y = apply(op, x);
  return {std::move(y[0]), std::move(y[1])};
}

std::tuple<Tensor, Tensor> median_at(const char* op, Pick pick, const Tensor& x, int64_t dim, bool keepdim) {
  const int64_t d = checked(op, x, dim);
  check(x.scalar_type() != kBool, op, ": not implemented for dtype Bool");
  check_index(size_at(x, d) > 0, op, ": Expected reduction dim ", d, " to have non-zero size, got input ", x.sizes());
  return pair_of(PickOne(pick, 0, d, keepdim, x), x);
}
template <bool skips_nan>
Tensor median_over(const char* op, const Tensor& x) {
  check(x.defined(), op, ": tensor is undefined");
  check(x.scalar_type() != kBool, op, ": not implemented for dtype Bool");
  if (x.numel() == 0)
    return is_floating_point(x.scalar_type()) ? x.new_full({}, std::numeric_limits<double>::quiet_NaN())
                                              : x.new_full({}, std::numeric_limits<int64_t>::min()).to(x.scalar_type());
  return apply(MedianOver<skips_nan>{}, x);
}

Tensor quantile_of(const char* op, const Tensor& x, const Tensor& q, std::optional<int64_t> dim, bool keepdim,
                   std::string_view how, bool skips_nan) {
  check(x.defined() && q.defined(), op, ": tensor is undefined");
  const int64_t d = wrap_dim(dim.value_or(0), x.dim(), op);
  check(x.numel() > 0, op, ": input tensor must be non-empty");
  check(q.dim() <= 1, op, ": q must be a scalar or 1D tensor, got ", q);
  check(x.scalar_type() == kFloat || x.scalar_type() == kDouble, op,
        ": input tensor must be either float or double dtype, got ", x.scalar_type());
  check(x.scalar_type() == q.scalar_type(), op, ": q tensor must be same dtype as the input tensor, got ",
        q.scalar_type(), " and ", x.scalar_type());
  check(how == "linear" || how == "lower" || how == "higher" || how == "midpoint" || how == "nearest", op,
        ": interpolation must be one of linear, lower, higher, midpoint or nearest, but got ", std::string(how));
  {
    NoGradGuard off;
    check(q.ge(0).logical_and(q.le(1)).all().item<bool>(), op, ": q values must be in the range [0, 1]");
  }
  // The dimension comes last; then the quantiles are an index along it.
  const Tensor lines = !dim || x.dim() == 0 ? x.reshape({-1}) : movedim(x, d, -1);
  const Tensor sorted = std::get<0>(sort(lines, -1));
  const int64_t n = sorted.size(-1), count = q.numel();
  const Tensor nan = sorted.detach().isnan(), at = q.reshape({-1});
  Tensor rank;
  if (skips_nan) {
    rank = at.mul(nan.logical_not().sum(-1, true).sub(1).clamp_min(0).to(x.scalar_type()));
  } else {
    Shape sizes(sorted.sizes());
    sizes.back() = count;
    rank = at.mul(static_cast<double>(n - 1)).expand(sizes).masked_fill(nan.any(-1, true), n - 1);
  }
  Tensor low, high;
  {
    NoGradGuard off;
    const Tensor whole = rank.to(kLong), part = rank.sub(whole), up = part.gt(0).to(kLong);
    low = whole;
    high = whole.add(up);
    if (how == "higher") low = high;
    if (how == "nearest") {  // halves to the even position
      const Tensor odd = whole.sub(whole.div(2).to(kLong).mul(2)).ne(0);
      low = whole.add(part.gt(0.5).logical_or(part.eq(0.5).logical_and(odd)).to(kLong));
    }
  }
  Tensor y = sorted.gather(-1, low);
  if (how == "linear" || how == "midpoint") {
    const Tensor weight = how == "linear" ? rank.sub(low) : high.ne(low).to(x.scalar_type()).mul(0.5);
    y = y.add(sorted.gather(-1, high).sub(y).mul(weight));
  }
  if (!dim && keepdim) {
    Shape sizes(static_cast<size_t>(x.dim()), 1);
    sizes.insert(0, count);
    y = y.reshape(sizes);
  } else if (dim && x.dim() > 0) {
    y = movedim(y, -1, 0);
    if (keepdim) y = y.unsqueeze(d + 1);
  }
  return q.dim() == 0 ? y.squeeze(0) : y;
}
Tensor number_of(const Tensor& x, double q) {
  return x.defined() && is_floating_point(x.scalar_type()) ? x.new_full({}, q) : full({}, q);
}

}  // namespace

std::tuple<Tensor, Tensor> sort(const Tensor& x, int64_t dim, bool descending) {
  return pair_of(Sort(Sort::name, checked("sort", x, dim), descending, x), x);
}
std::tuple<Tensor, Tensor> sort(const Tensor& x, std::optional<bool>, int64_t dim, bool descending) {
  return pair_of(Sort("sort.1", checked("sort", x, dim), descending, x), x);
}
std::tuple<Tensor&, Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim, bool descending) {
  return results_out("sort", values, indices, sort(x, dim, descending));
}
Tensor argsort(const Tensor& x, int64_t dim, bool descending) {
  const int64_t d = checked("argsort", x, dim);
  if (!x.impl()->contiguous) return std::get<1>(sort(x.detach(), d, descending));  // keeps the order of memory
  Tensor indices = empty_of(x, x.sizes(), kLong);
  if (x.numel())
    sort_kernel.get(x.scalar_type())(span_around(x, d), descending, x.impl()->data(), nullptr,
                                     indices.impl()->data_as<int64_t>());
  return indices;
}
Tensor argsort(const Tensor& x, bool, int64_t dim, bool descending) { return argsort(x, dim, descending); }
Tensor msort(const Tensor& x) { return std::get<0>(sort(x, 0)); }

std::tuple<Tensor, Tensor> topk(const Tensor& x, int64_t k, int64_t dim, bool largest, bool) {
  const int64_t d = checked("topk", x, dim);
  check(k >= 0 && k <= size_at(x, d), "topk: selected index k out of range: got k = ", k, " for a dimension of size ",
        size_at(x, d));
  // Of a number, as in PyTorch, that number, even when none is asked for.
  return pair_of(TopK(x.dim() == 0 ? 1 : k, d, largest, x), x);
}
std::tuple<Tensor&, Tensor&> topk_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t k, int64_t dim,
                                      bool largest, bool sorted) {
  return results_out("topk", values, indices, topk(x, k, dim, largest, sorted));
}

std::tuple<Tensor, Tensor> kthvalue(const Tensor& x, int64_t k, int64_t dim, bool keepdim) {
  const int64_t d = checked("kthvalue", x, dim);
  check(x.scalar_type() != kBool, "kthvalue: not implemented for dtype Bool");
  check_index(size_at(x, d) > 0, "kthvalue: Expected reduction dim ", d, " to have non-zero size, got input ",
              x.sizes());
  check(k >= 1 && k <= size_at(x, d), "kthvalue: selected number k out of range for dimension ", d, ": got k = ", k,
        " for size ", size_at(x, d));
  return pair_of(PickOne(Pick::kth, k - 1, d, keepdim, x), x);
}
Tensor median(const Tensor& x) { return median_over<false>("median", x); }
std::tuple<Tensor, Tensor> median(const Tensor& x, int64_t dim, bool keepdim) {
  return median_at("median", Pick::median, x, dim, keepdim);
}
Tensor nanmedian(const Tensor& x) { return median_over<true>("nanmedian", x); }
std::tuple<Tensor, Tensor> nanmedian(const Tensor& x, int64_t dim, bool keepdim) {
  return median_at("nanmedian", Pick::nanmedian, x, dim, keepdim);
}
std::tuple<Tensor, Tensor> mode(const Tensor& x, int64_t dim, bool keepdim) {
  const int64_t d = checked("mode", x, dim);
  check_index(size_at(x, d) > 0, "mode: Expected reduction dim ", d, " to have non-zero size, got input ", x.sizes());
  return pair_of(Mode(d, keepdim, x), x);
}

Tensor quantile(const Tensor& x, const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view how) {
  return quantile_of("quantile", x, q, dim, keepdim, how, false);
}
Tensor quantile(const Tensor& x, double q, std::optional<int64_t> dim, bool keepdim, std::string_view how) {
  return quantile_of("quantile", x, number_of(x, q), dim, keepdim, how, false);
}
Tensor nanquantile(const Tensor& x, const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view how) {
  return quantile_of("nanquantile", x, q, dim, keepdim, how, true);
}
Tensor nanquantile(const Tensor& x, double q, std::optional<int64_t> dim, bool keepdim, std::string_view how) {
  return quantile_of("nanquantile", x, number_of(x, q), dim, keepdim, how, true);
}

std::tuple<Tensor, Tensor> Tensor::sort(int64_t dim, bool descending) const {
  return lampas::sort(*this, dim, descending);
}
std::tuple<Tensor, Tensor> Tensor::sort(std::optional<bool> stable, int64_t dim, bool descending) const {
  return lampas::sort(*this, stable, dim, descending);
}
Tensor Tensor::argsort(int64_t dim, bool descending) const { return lampas::argsort(*this, dim, descending); }
Tensor Tensor::argsort(bool stable, int64_t dim, bool descending) const {
  return lampas::argsort(*this, stable, dim, descending);
}
Tensor Tensor::msort() const { return lampas::msort(*this); }
std::tuple<Tensor, Tensor> Tensor::topk(int64_t k, int64_t dim, bool largest, bool sorted) const {
  return lampas::topk(*this, k, dim, largest, sorted);
}
std::tuple<Tensor, Tensor> Tensor::kthvalue(int64_t k, int64_t dim, bool keepdim) const {
  return lampas::kthvalue(*this, k, dim, keepdim);
}
Tensor Tensor::median() const { return lampas::median(*this); }
std::tuple<Tensor, Tensor> Tensor::median(int64_t dim, bool keepdim) const {
  return lampas::median(*this, dim, keepdim);
}
Tensor Tensor::nanmedian() const { return lampas::nanmedian(*this); }
std::tuple<Tensor, Tensor> Tensor::nanmedian(int64_t dim, bool keepdim) const {
  return lampas::nanmedian(*this, dim, keepdim);
}
std::tuple<Tensor, Tensor> Tensor::mode(int64_t dim, bool keepdim) const { return lampas::mode(*this, dim, keepdim); }
Tensor Tensor::quantile(const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view how) const {
  return lampas::quantile(*this, q, dim, keepdim, how);
}
Tensor Tensor::quantile(double q, std::optional<int64_t> dim, bool keepdim, std::string_view how) const {
  return lampas::quantile(*this, q, dim, keepdim, how);
}
Tensor Tensor::nanquantile(const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view how) const {
  return lampas::nanquantile(*this, q, dim, keepdim, how);
}
Tensor Tensor::nanquantile(double q, std::optional<int64_t> dim, bool keepdim, std::string_view how) const {
  return lampas::nanquantile(*this, q, dim, keepdim, how);
}

}  // namespace lampas
