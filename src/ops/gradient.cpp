// gradient: numerical derivatives by finite differences.
#include "lampas/ops/pointwise.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/shape.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

/// What neighbours are apart: a number, or the coordinates of the points.
struct Spacing {
  double step = 1;
  Tensor points;
};

/// Along one dimension. With distances h before and k after a point, its derivative is
///   (-k / (h (h + k))) y[-1] + ((k - h) / (h k)) y[0] + (h / (k (h + k))) y[+1],
/// and at the ends (edge_order 2) that of the parabola through three points.
Tensor along(const Tensor& x, int64_t d, const Spacing& by, int64_t edge_order) {
  const int64_t n = x.size(d);
  const auto part = [&](int64_t first, int64_t count) { return narrow(x, d, first, count); };
  if (!by.points.defined()) {
    const double h = by.step;
    const Tensor inner = part(2, n - 2).sub(part(0, n - 2)).div(2 * h);
    if (edge_order == 1)
      return cat({part(1, 1).sub(part(0, 1)).div(h), inner, part(n - 1, 1).sub(part(n - 2, 1)).div(h)}, d);
    const auto end = [&](int64_t edge, int64_t sign) {
      return part(edge, 1)
          .mul(-1.5 * static_cast<double>(sign))
          .add(part(edge + sign, 1).mul(2.0 * static_cast<double>(sign)))
          .sub(part(edge + 2 * sign, 1).mul(0.5 * static_cast<double>(sign)))
          .div(h);
    };
    return cat({end(0, 1), inner, end(n - 1, -1)}, d);
  }
  Shape sizes(static_cast<size_t>(x.dim()), 1);
  sizes[d] = n - 1;
  const Tensor gaps = diff(by.points).view(sizes);
  const auto gap = [&](int64_t first, int64_t count) { return narrow(gaps, d, first, count); };
  const auto weighted = [](const Tensor& wa, const Tensor& a, const Tensor& wb, const Tensor& b, const Tensor& wc,
                           const Tensor& c) { return wa.mul(a).add(wb.mul(b)).add(wc.mul(c)); };
  const Tensor h = gap(0, n - 2), k = gap(1, n - 2), both = h.add(k);
  const Tensor inner = weighted(k.neg().div(h.mul(both)), part(0, n - 2), k.sub(h).div(h.mul(k)), part(1, n - 2),
                                h.div(k.mul(both)), part(2, n - 2));
  if (edge_order == 1)
    return cat(
        {part(1, 1).sub(part(0, 1)).div(gap(0, 1)), inner, part(n - 1, 1).sub(part(n - 2, 1)).div(gap(n - 2, 1))}, d);
  const auto end = [&](const Tensor& near, const Tensor& far, const Tensor& a, const Tensor& b, const Tensor& c) {
    const Tensor sum = near.add(far);
    return weighted(near.mul(2).add(far).neg().div(near.mul(sum)), a, sum.div(near.mul(far)), b,
                    near.neg().div(far.mul(sum)), c);
  };
  return cat({end(gap(0, 1), gap(1, 1), part(0, 1), part(1, 1), part(2, 1)), inner,
              end(gap(n - 2, 1), gap(n - 3, 1), part(n - 1, 1), part(n - 2, 1), part(n - 3, 1)).neg()},
             d);
}

template <class Of>
std::vector<Tensor> gradients(const Tensor& x, IntArrayRef dim, size_t spacings, int64_t edge_order, const Of& of) {
  check(x.defined(), "gradient: tensor is undefined");
  check(x.scalar_type() != kByte && x.scalar_type() != kBool, "gradient: does not support ", x.scalar_type(), " input");
  check(edge_order == 1 || edge_order == 2, "gradient: only supports edge_order=1 and edge_order=2, got ", edge_order);
  const Dims dims(x, dim, "gradient");
  check(spacings == 1 || spacings == dims.list.size(),
        "gradient: expected spacing to be unspecified, a scalar or a list "
        "of length ",
        dims.list.size(), ", but got a list of length ", spacings);
  for (int64_t d : dims.list)
    check(x.size(d) >= edge_order + 1, "gradient: expected each dimension size to be at least edge_order+1, got ", x);
  std::vector<Tensor> results;
  for (size_t k = 0; k < dims.list.size(); ++k)
    results.push_back(along(x, dims.list[k], of(spacings == 1 ? 0 : k), edge_order));
  return results;
}
Shape listed(std::optional<int64_t> dim) { return dim ? Shape{*dim} : Shape{}; }

}  // namespace

std::vector<Tensor> gradient(const Tensor& x, const std::optional<Scalar>& spacing, std::optional<int64_t> dim,
                             int64_t edge_order) {
  return gradient(x, spacing.value_or(1), listed(dim), edge_order);
}
std::vector<Tensor> gradient(const Tensor& x, const Scalar& spacing, IntArrayRef dim, int64_t edge_order) {
  return gradients(x, dim, 1, edge_order, [&](size_t) { return Spacing{spacing.toDouble(), {}}; });
}
std::vector<Tensor> gradient(const Tensor& x, IntArrayRef dim, int64_t edge_order) {
  return gradient(x, Scalar(1), dim, edge_order);
}
std::vector<Tensor> gradient(const Tensor& x, ArrayRef<Scalar> spacing, std::optional<int64_t> dim,
                             int64_t edge_order) {
  return gradient(x, spacing, listed(dim), edge_order);
}
std::vector<Tensor> gradient(const Tensor& x, ArrayRef<Scalar> spacing, IntArrayRef dim, int64_t edge_order) {
  return gradients(x, dim, spacing.size(), edge_order, [&](size_t k) { return Spacing{spacing[k].toDouble(), {}}; });
}
std::vector<Tensor> gradient(const Tensor& x, TensorList spacing, std::optional<int64_t> dim, int64_t edge_order) {
  return gradient(x, spacing, listed(dim), edge_order);
}
std::vector<Tensor> gradient(const Tensor& x, TensorList spacing, IntArrayRef dim, int64_t edge_order) {
  const Dims dims(x, dim, "gradient");
  check(spacing.size() == dims.list.size(), "gradient: expected one tensor of coordinates for each dimension, got ",
        spacing.size(), " for ", dims.list.size());
  for (size_t k = 0; k < spacing.size(); ++k)
    check(
        spacing[k].defined() && spacing[k].dim() == 1 && spacing[k].size(0) == x.size(dims.list[k]),
        "gradient: expected each spacing tensor to be 1-d with one coordinate for each element of its dimension, got ",
        spacing[k]);
  return gradients(x, dim, spacing.size(), edge_order, [&](size_t k) { return Spacing{1, spacing[k]}; });
}

}  // namespace lampas
