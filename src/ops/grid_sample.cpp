#include "ops/grid_sample.h"

#include <vector>

#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/grid_sample.h"
#include "lampas/ops/index.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/defined.h"

namespace lampas {

namespace {

/// Weight of tap t at the place `part` between taps, or (order 1) its derivative, as differentiable ops of `part`.
Tensor tap_weight(const GridShape& s, int t, int order, const Tensor& part) {
  if (s.mode == GridMode::Nearest) return order == 0 ? ones_like(part) : zeros_like(part);
  if (s.mode == GridMode::Linear) {
    if (order == 1) return full_like(part, t == 0 ? -1 : 1);
    return t == 0 ? part.neg().add(1) : part;
  }
  constexpr double a = -0.75;
  const Tensor x = t == 0 ? part + 1 : t == 1 ? part : t == 2 ? 1 - part : 2 - part;  // the distance
  const double sign = t < 2 ? 1 : -1;
  if (t == 1 || t == 2) {
    if (order == 0) return ((x * (a + 2) - (a + 3)) * x * x).add(1);
    return (x * (3 * (a + 2)) - 2 * (a + 3)) * x * sign;
  }
  if (order == 0) return (((x - 5) * x + 8) * x - 4) * a;
  return ((x * 3 - 10) * x + 8) * (a * sign);
}

/// The fused backward as a composition, for derivatives of higher order.
std::array<Tensor, 2> backward_in_ops(const GridShape& s, const Tensor& g, const Tensor& x, const Tensor& grid,
                                      bool for_x, bool for_grid) {
  const int taps = s.taps();
  const auto dims = static_cast<int64_t>(s.dims);
  const Tensor gd = plain(grid);
  const Tensor index = empty_of(x, {s.batch, dims, taps, s.points}, kLong), inside = empty_of(x, index.sizes()),
               part = empty_of(x, {s.batch, dims, s.points}), slope = empty_of(x, part.sizes());
  grid_taps_kernel.get(x.scalar_type())(s, gd.impl()->data(), index.impl()->data_as<int64_t>(), inside.impl()->data(),
                                        part.impl()->data(), slope.impl()->data());
  // part is piecewise linear in the grid: its value from the kernel, its derivative from here.
  const Tensor flat = grid.reshape({s.batch, s.points, dims}).transpose(1, 2).flip({1});
  const Tensor place = part.add(slope.mul(flat.sub(flat.detach())));
  std::vector<std::vector<Tensor>> weight(s.dims), derivative(s.dims);
  for (int d = 0; d < s.dims; ++d)
    for (int t = 0; t < taps; ++t) {
      const Tensor in = inside.select(1, d).select(1, t), p = place.select(1, d);
      weight[d].push_back(tap_weight(s, t, 0, p).mul(in));
      derivative[d].push_back(tap_weight(s, t, 1, p).mul(in).mul(slope.select(1, d)));
    }
  const Tensor image = x.reshape({s.batch, s.channels, s.plane()}), gy = g.reshape({s.batch, s.channels, s.points});
  Tensor dx = zeros_like(image);
  std::vector<Tensor> dplace(s.dims);
  int combinations = 1;
  for (int d = 0; d < s.dims; ++d) combinations *= taps;
  for (int c = 0; c < combinations; ++c) {
    int tap[kMaxSpatial], rest = c;
    for (int d = s.dims - 1; d >= 0; --d) tap[d] = rest % taps, rest /= taps;
    Tensor at = index.select(1, 0).select(1, tap[0]), w = weight[0][tap[0]];
    for (int d = 1; d < s.dims; ++d) {
      at = at.mul(s.in[d]).add(index.select(1, d).select(1, tap[d]));
      w = w.mul(weight[d][tap[d]]);
    }
    at = at.unsqueeze(1).expand({s.batch, s.channels, s.points});
    if (for_x) dx = dx.scatter_add(2, at, gy.mul(w.unsqueeze(1)));
    if (!for_grid) continue;
    const Tensor dot = image.gather(2, at).mul(gy).sum(IntArrayRef({1}));
    for (int d = 0; d < s.dims; ++d) {
      Tensor v = dot.mul(derivative[d][tap[d]]);
      for (int e = 0; e < s.dims; ++e)
        if (e != d) v = v.mul(weight[e][tap[e]]);
      dplace[d] = dplace[d].defined() ? dplace[d].add(v) : v;
    }
  }
  std::array<Tensor, 2> result;
  if (for_x) result[0] = dx.reshape(x.sizes());
  if (for_grid) {
    std::vector<Tensor> columns(dplace.rbegin(), dplace.rend());
    result[1] = stack(columns, -1).reshape(grid.sizes());
  }
  return result;
}

struct GridSample {
  static constexpr auto name = "grid_sampler";
  using saves = Saves<In<0>, In<1>>;
  GridShape s;
  Shape y_sizes;
  friend const char* label_of(const GridSample& op) { return op.s.dims == 2 ? "grid_sampler_2d" : "grid_sampler_3d"; }
  Tensor forward(const Tensor& x, const Tensor& grid) const {
    const Tensor in = plain(x), at = plain(grid);
    Tensor y = empty_of(x, y_sizes);
    if (y.numel()) grid_sample_kernel.get(x.scalar_type())(s, in.impl()->data(), at.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& x, const Tensor& grid) const {
    if (detail::thread_state.grad_mode && (detail::tracked(g) || detail::tracked(x) || detail::tracked(grid)))
      return backward_in_ops(s, g, x, grid, need[0], need[1]);
    const Tensor gd = plain(g), in = plain(x), at = plain(grid);
    if (x.numel() == 0) return {need[0] ? zeros_like(x) : Tensor(), need[1] ? zeros_like(grid) : Tensor()};
    Tensor dx = need[0] ? empty_of(x, x.sizes()) : Tensor(), dgrid = need[1] ? empty_of(grid, grid.sizes()) : Tensor();
    if (dx.defined() || dgrid.defined())
      grid_sample_backward_kernel.get(x.scalar_type())(s, gd.impl()->data(), in.impl()->data(), at.impl()->data(),
                                                       dx.defined() ? dx.impl()->data() : nullptr,
                                                       dgrid.defined() ? dgrid.impl()->data() : nullptr);
    return {dx, dgrid};
  }
};

Tensor run(const char* op, int dims, const Tensor& x, const Tensor& grid, int64_t mode, int64_t padding, bool align) {
  check_defined(op, x);
  check_defined(op, grid, "grid");
  check(x.dim() == dims + 2 && grid.dim() == dims + 2, op, "(): expected ", dims + 2,
        "D input and grid with same number of dimensions, but got input with sizes ", x.sizes(),
        " and grid with sizes ", grid.sizes());
  check(x.scalar_type() == grid.scalar_type(), op, "(): expected input and grid to have same dtype, but input has ",
        x.scalar_type(), " and grid has ", grid.scalar_type());
  check(is_floating_point(x.scalar_type()), op, "(): expected a floating point input, got ", x.scalar_type());
  check(x.size(0) == grid.size(0), op, "(): expected grid and input to have same batch size, but got input with sizes ",
        x.sizes(), " and grid with sizes ", grid.sizes());
  check(grid.size(-1) == dims, op, "(): expected grid to have size ", dims,
        " in last dimension, but got grid with sizes ", grid.sizes());
  for (int64_t d = 2; d < x.dim(); ++d)
    check(x.size(d) > 0, op, "(): expected input to have non-empty spatial dimensions, but input has sizes ", x.sizes(),
          " with dimension ", d, " being empty");
  check(mode >= 0 && mode <= 2, op, "(): interpolation_mode must be 0 (bilinear), 1 (nearest) or 2 (bicubic), got ",
        mode);
  check(mode != 2 || dims == 2, op, "(): bicubic interpolation only supports 4D input, got ", x.sizes());
  check(padding >= 0 && padding <= 2, op, "(): padding_mode must be 0 (zeros), 1 (border) or 2 (reflection), got ",
        padding);
  GridShape s;
  s.dims = dims;
  s.mode = static_cast<GridMode>(mode);
  s.padding = static_cast<GridPadding>(padding);
  s.align_corners = align;
  s.batch = x.size(0), s.channels = x.size(1), s.points = 1;
  Shape sizes{s.batch, s.channels};
  for (int d = 0; d < dims; ++d) {
    s.in[d] = x.size(2 + d);
    sizes.push_back(grid.size(1 + d));
    s.points *= grid.size(1 + d);
  }
  checked_numel(sizes, static_cast<size_t>(x.element_size()), op);
  return apply(GridSample{s, sizes}, x, grid);
}

}  // namespace

Tensor grid_sampler(const Tensor& x, const Tensor& grid, int64_t mode, int64_t padding, bool align) {
  check_defined("grid_sampler", x);
  check_defined("grid_sampler", grid, "grid");
  check(x.dim() == 4 || x.dim() == 5,
        "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, "
        "but got input with sizes ",
        x.sizes(), " and grid with sizes ", grid.sizes());
  return run("grid_sampler", static_cast<int>(x.dim()) - 2, x, grid, mode, padding, align);
}
Tensor grid_sampler_2d(const Tensor& x, const Tensor& grid, int64_t mode, int64_t padding, bool align) {
  return run("grid_sampler_2d", 2, x, grid, mode, padding, align);
}
Tensor grid_sampler_3d(const Tensor& x, const Tensor& grid, int64_t mode, int64_t padding, bool align) {
  return run("grid_sampler_3d", 3, x, grid, mode, padding, align);
}

Tensor affine_grid_generator(const Tensor& theta, IntArrayRef size, bool align_corners) {
  constexpr auto op = "affine_grid_generator";
  check_defined(op, theta, "theta");
  check(is_floating_point(theta.scalar_type()), op, ": Expected theta to have floating point type, but got ",
        std::string(theta.dtype().name()));
  check(size.size() == 4 || size.size() == 5, op,
        ": AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs, got size ", size);
  const auto dims = static_cast<int64_t>(size.size()) - 2;
  for (const int64_t n : size) check(n > 0, op, ": Expected non-zero, positive output size. Got ", size);
  check(theta.dim() == 3 && theta.size(0) == size[0] && theta.size(1) == dims && theta.size(2) == dims + 1, op,
        ": Expected a batch of ", dims, "D affine matrices of shape Nx", dims, "x", dims + 1, " for size ", size,
        ". Got ", theta.sizes(), ".");
  // (positions, dims + 1): the coordinates, innermost first, and a one.
  Shape spatial;
  for (int64_t d = 0; d < dims; ++d) spatial.push_back(size[static_cast<size_t>(2 + d)]);
  std::vector<Tensor> columns;
  for (int64_t d = dims - 1; d >= 0; --d) {
    const int64_t n = spatial[static_cast<size_t>(d)];
    Tensor line = linspace(-1, 1, n, TensorOptions(theta.scalar_type() == kDouble ? kDouble : kFloat));
    if (n == 1) line = zeros({1}, line.options());
    if (!align_corners) line = line.mul(static_cast<double>(n - 1)).div(static_cast<double>(n));
    Shape shape(spatial.size(), 1);
    shape[static_cast<size_t>(d)] = n;
    columns.push_back(line.reshape(shape).expand(spatial).reshape({-1}));
  }
  columns.push_back(ones({columns[0].numel()}, columns[0].options()));
  const Tensor base = stack(columns, 1).to(theta.scalar_type());
  Shape sizes{size[0]};
  for (const int64_t n : spatial) sizes.push_back(n);
  sizes.push_back(dims);
  return base.unsqueeze(0)
      .expand({size[0], base.size(0), dims + 1})
      .contiguous()
      .bmm(theta.transpose(1, 2))
      .reshape(sizes);
}

}  // namespace lampas
