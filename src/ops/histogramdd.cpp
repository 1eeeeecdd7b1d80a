// Histograms of points: of x's rows, over a grid of edges for each coordinate. Written for size: every step is an op.
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/sort.h"
#include "lampas/tensor/tensor.h"

namespace lampas {
namespace {

void check_points(const Tensor& x, size_t given) {
  check(x.defined() && x.dim() >= 2, "histogramdd: input tensor should have at least 2 dimensions, got ", x);
  check(given == static_cast<size_t>(x.size(-1)), "histogramdd: expected edges for each coordinate of the points, got ",
        given, " for ", x);
}

/// The cell each point is in, row-major in `shape`, and whether it is in any.
struct Grid {
  Tensor cell, within;
  std::vector<int64_t> shape;
};

[[gnu::cold]] void add_coordinate(Grid& grid, const Tensor& x, const Tensor& edges) {
  check(edges.defined() && edges.dim() == 1 && edges.numel() > 0 && edges.scalar_type() == x.scalar_type(),
        "histogramdd: bins tensor should have one dimension, at least one element and the dtype of the input, got ",
        edges);
  const int64_t n = edges.numel() - 1;
  // The last edge belongs to the last bin.
  const Tensor at = bucketize(x, edges, false, true).sub(1).clamp_max(std::max<int64_t>(n - 1, 0));
  const Tensor inside = x.ge(edges[0]).logical_and(x.le(edges[n]));
  grid.cell = grid.shape.empty() ? at : grid.cell.mul(n).add(at);
  grid.within = grid.shape.empty() ? inside : grid.within.logical_and(inside);
  grid.shape.push_back(n);
}

}  // namespace

[[gnu::cold]] std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& input, TensorList bins,
                                                                  const std::optional<Tensor>& weight, bool density) {
  check_points(input, bins.size());
  const Tensor x = input.detach().reshape({-1, input.size(-1)});
  std::vector<Tensor> edges;
  Grid grid{zeros({x.size(0)}, kLong), ones({x.size(0)}, kBool), {}};
  for (const Tensor& given : bins) {
    add_coordinate(grid, x.select(1, static_cast<int64_t>(edges.size())).contiguous(), given.detach().contiguous());
    edges.push_back(given.detach().clone());
  }
  const int64_t cells = checked_numel(grid.shape, sizeof(double), "histogramdd");
  std::optional<Tensor> given;
  if (weight && weight->defined()) {
    check(
        weight->numel() == x.size(0) && weight->scalar_type() == x.scalar_type(),
        "histogramdd: if weight tensor is provided it should have one value of the input's dtype for each point, got ",
        *weight, " for ", input);
    given = weight->detach().reshape({-1}).masked_select(grid.within).to(kDouble);
  }
  Tensor counts = bincount(grid.cell.masked_select(grid.within), given, cells).narrow(0, 0, cells).to(kDouble);
  if (density) counts = counts.div(counts.sum());
  counts = counts.reshape(grid.shape);
  if (density)
    for (size_t d = 0; d < edges.size(); ++d)
      counts = counts.transpose(static_cast<int64_t>(d), -1)
                   .div(diff(edges[d].to(kDouble)))
                   .transpose(static_cast<int64_t>(d), -1);
  return {counts.to(input.scalar_type()), edges};
}
[[gnu::cold]] std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, IntArrayRef bins,
                                                                  std::optional<ArrayRef<double>> range,
                                                                  const std::optional<Tensor>& weight, bool density) {
  check_points(x, bins.size());
  check(!range || range->size() == 2 * bins.size(), "histogramdd: range should have ", 2 * bins.size(),
        " elements, got ", range ? range->size() : 0);
  std::vector<Tensor> edges;
  for (size_t d = 0; d < bins.size(); ++d) {
    // Those of a histogram of one coordinate.
    std::optional<ArrayRef<double>> part;
    if (range) part = range->slice(2 * d, 2);
    edges.push_back(std::get<1>(lampas::histogram(x.select(-1, static_cast<int64_t>(d)), bins[d], part, {}, false)));
  }
  return histogramdd(x, edges, weight, density);
}
std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, int64_t bins,
                                                    std::optional<ArrayRef<double>> range,
                                                    const std::optional<Tensor>& weight, bool density) {
  const int64_t coordinates = x.defined() && x.dim() > 0 ? x.size(-1) : 0;
  return histogramdd(x, IntArrayRef(std::vector<int64_t>(static_cast<size_t>(coordinates), bins)), range, weight,
                     density);
}

}  // namespace lampas
