// Tensors made by rule from others or from numbers: diagflat, block_diag, combinations, triangle indices, vander,
// logspace, range, take_along_dim, fill_diagonal_.
#include <cmath>

#include "autograd/op.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/linalg.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

Tensor diagflat(const Tensor& x, int64_t offset) {
  check(x.defined(), "diagflat: tensor is undefined");
  return diag(x.contiguous().view({-1}), offset);
}

Tensor block_diag(TensorList tensors) {
  int64_t rows = 0, columns = 0;
  ScalarType dtype = ScalarType::Undefined;
  std::vector<Tensor> blocks;
  for (size_t k = 0; k < tensors.size(); ++k) {
    const Tensor& t = tensors[k];
    check(t.defined(), "block_diag: tensor number ", k, " is undefined");
    check(t.dim() <= 2, "block_diag: Input tensors must have 2 or fewer dimensions. Input ", k, " has ", t.dim(),
          " dimensions");
    dtype = k ? promote_types(dtype, t.scalar_type()) : t.scalar_type();
    blocks.push_back(t.dim() == 2 ? t : t.reshape({1, -1}));
    rows += blocks.back().size(0);
    columns += blocks.back().size(1);
  }
  if (blocks.empty()) return empty({1, 0});
  // Rows of blocks, each padded with zeros on both sides.
  std::vector<Tensor> bands;
  int64_t at = 0;
  const auto zero = [&](int64_t height, int64_t width) { return zeros({height, width}, TensorOptions(dtype)); };
  for (const Tensor& b : blocks) {
    const int64_t height = b.size(0), width = b.size(1);
    bands.push_back(cat({zero(height, at), b.to(dtype), zero(height, columns - at - width)}, 1));
    at += width;
  }
  return cat(bands, 0);
}

Tensor cartesian_prod(TensorList tensors) {
  check(!tensors.empty(), "cartesian_prod: expects a non-empty list of tensors");
  for (const Tensor& t : tensors) check(t.defined() && t.dim() == 1, "cartesian_prod: expects 1D vectors, but got ", t);
  if (tensors.size() == 1) return tensors[0];
  std::vector<Tensor> columns;
  for (const Tensor& g : meshgrid(tensors, "ij")) columns.push_back(g.flatten());
  return stack(columns, 1);
}

Tensor combinations(const Tensor& x, int64_t r, bool with_replacement) {
  check(x.defined() && x.dim() == 1, "combinations: expect a 1D vector, but got ", x);
  check(r >= 0, "combinations: expect a non-negative number, but got ", r);
  if (r == 0) return x.new_empty({0});
  // Positions, counted up like the digits of a number.
  const int64_t n = x.size(0);
  const bool any = with_replacement ? n > 0 : r <= n;
  if (!any) return x.new_empty({0, r});
  const auto picked = static_cast<double>(r);
  const double choices = with_replacement ? static_cast<double>(n) - 1 + picked : static_cast<double>(n);
  const double count = std::exp(std::lgamma(choices + 1) - std::lgamma(picked + 1) - std::lgamma(choices - picked + 1));
  check(count * picked < 1e12, "combinations: ", n, " elements have too many combinations of length ", r);
  std::vector<int64_t> at(static_cast<size_t>(r)), all;
  for (int64_t k = 0; k < r; ++k) at[k] = with_replacement ? 0 : k;
  for (bool more = true; more;) {
    all.insert(all.end(), at.begin(), at.end());
    int64_t k = r - 1;
    while (k >= 0 && at[k] == (with_replacement ? n - 1 : n - r + k)) --k;
    more = k >= 0;
    if (!more) break;
    ++at[k];
    for (int64_t j = k + 1; j < r; ++j) at[j] = with_replacement ? at[k] : at[j - 1] + 1;
  }
  Tensor index = empty({static_cast<int64_t>(all.size())}, kLong);
  std::copy(all.begin(), all.end(), index.impl()->data_as<int64_t>());
  return index_select(x, 0, index).reshape({static_cast<int64_t>(all.size()) / r, r});
}

namespace {

Tensor triangle_indices(const char* op, int64_t row, int64_t col, int64_t offset, const TensorOptions& options,
                        bool lower) {
  check(row >= 0, op, ": row must be non-negative, got ", row);
  check(col >= 0, op, ": col must be non-negative, got ", col);
  int64_t cells;
  check(!__builtin_mul_overflow(row, col, &cells), op, ": too many elements: ", row, " x ", col);
  offset = std::clamp(offset, -row - 1, col + 1);
  const auto begin = [&](int64_t i) { return lower ? 0 : std::clamp<int64_t>(i + offset, 0, col); };
  const auto end = [&](int64_t i) { return lower ? std::clamp<int64_t>(i + offset + 1, 0, col) : col; };
  // Rows without elements are left out; the others make a slope and, above or below it, whole rows.
  const int64_t first = lower ? std::clamp<int64_t>(-offset, 0, row) : 0;
  const int64_t last = col == 0 ? first : lower ? row : std::clamp<int64_t>(col - offset, 0, row);
  const int64_t turn = std::clamp(lower ? col - offset : -offset, first, last);
  const int64_t slope_from = lower ? first : turn, slope_to = lower ? turn : last;
  const auto length = [&](int64_t i) { return end(i) - begin(i); };
  const int64_t slope = slope_to - slope_from;
  const int64_t n =
      (last - first - slope) * col + (slope > 0 ? slope * (length(slope_from) + length(slope_to - 1)) / 2 : int64_t{0});
  Tensor t = empty({2, n}, TensorOptions(kLong));
  int64_t *rows = t.impl()->data_as<int64_t>(), *columns = rows + n;
  for (int64_t i = first; i < last; ++i)
    for (int64_t j = begin(i); j < end(i); ++j) {
      *rows++ = i;
      *columns++ = j;
    }
  return t.to(options.dtype_opt().value_or(kLong));
}

}  // namespace

Tensor tril_indices(int64_t row, int64_t col, int64_t offset, const TensorOptions& options) {
  return triangle_indices("tril_indices", row, col, offset, options, true);
}
Tensor triu_indices(int64_t row, int64_t col, int64_t offset, const TensorOptions& options) {
  return triangle_indices("triu_indices", row, col, offset, options, false);
}

Tensor linalg_vander(const Tensor& x, std::optional<int64_t> N) {
  check(x.defined() && x.dim() >= 1, "linalg_vander: expected at least one dimension, got ", x);
  const Tensor v = x.scalar_type() == kBool ? x.to(kLong) : x;
  const int64_t n = N.value_or(v.size(-1));
  check(n >= 0, "vander: N must be non-negative, got ", n);
  Shape one(v.sizes());
  one.push_back(1);
  if (n == 0) {
    one.back() = 0;
    return v.new_empty(one);
  }
  if (n == 1) return v.new_ones(one);
  Shape many(v.sizes());
  many.push_back(n - 1);
  return cat({v.new_ones(one), cumprod(v.unsqueeze(-1).expand(many), -1)}, -1);
}
Tensor vander(const Tensor& x, std::optional<int64_t> N, bool increasing) {
  check(x.defined() && x.dim() == 1, "vander: x must be a one-dimensional tensor, got ", x);
  const Tensor v = linalg_vander(x, N);
  return increasing ? v : v.flip({1});
}

Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps, double base, const TensorOptions& options) {
  check(steps >= 0, "logspace: number of steps must be non-negative, got ", steps);
  const TensorOptions plain_options = options.requires_grad(std::nullopt);
  Tensor t;
  if (is_floating_point(options.scalar_type()) && !is_reduced_floating(options.scalar_type())) {
    t = pow(Scalar(base), linspace(start, end, steps, plain_options));
  } else {
    t = empty({steps}, kDouble);
    const Tensor exponents = linspace(start, end, steps, kDouble);
    const auto* p = exponents.impl()->data_as<double>();
    for (int64_t k = 0; k < steps; ++k) t.impl()->data_as<double>()[k] = std::pow(base, p[k]);
    t = t.to(options.scalar_type());
  }
  if (options.requires_grad()) t.set_requires_grad(true);
  return t;
}

Tensor range(const Scalar& start, const Scalar& end, const Scalar& step, const TensorOptions& options) {
  const double a = start.toDouble(), b = end.toDouble(), s = step.toDouble();
  check(s != 0, "range: step must be nonzero");
  check(std::isfinite(a) && std::isfinite(b), "range: unsupported range: ", a, " -> ", b);
  check((s > 0 && b >= a) || (s < 0 && b <= a),
        "range: upper bound and lower bound inconsistent with step sign: start ", start, ", end ", end, ", step ",
        step);
  const double count = std::floor((b - a) / s) + 1;
  check(count < 9.2e18, "range: invalid size, possible overflow");
  Tensor t = empty({static_cast<int64_t>(count)}, TensorOptions(kDouble));
  auto* p = t.impl()->data_as<double>();
  for (int64_t k = 0; k < t.numel(); ++k) p[k] = a + s * static_cast<double>(k);
  t = t.to(options.scalar_type());
  if (options.requires_grad()) t.set_requires_grad(true);
  return t;
}
Tensor range(const Scalar& start, const Scalar& end, const TensorOptions& options) {
  return range(start, end, 1, options);
}

Tensor take_along_dim(const Tensor& x, const Tensor& indices, std::optional<int64_t> dim) {
  check(x.defined() && indices.defined(), "take_along_dim: tensor is undefined");
  check(indices.scalar_type() == kLong, "take_along_dim: dtype of indices should be Long but got ",
        indices.scalar_type());
  if (!dim) return x.reshape({-1}).gather(0, indices.reshape({-1}));
  check(x.dim() == indices.dim(),
        "take_along_dim: input and indices should have the same number of dimensions, but "
        "got ",
        x.dim(), " dimensions for input, and ", indices.dim(), " dimensions for indices");
  const int64_t d = wrap_dim(*dim, x.dim(), "take_along_dim");
  if (x.dim() == 0) return x.gather(0, indices);
  Shape a(x.sizes()), b(indices.sizes());
  a[d] = b[d] = 1;
  const Shape both = broadcast_shapes(a, b, "take_along_dim");
  a = b = both;
  a[d] = x.size(d);
  b[d] = indices.size(d);
  return x.expand(a).gather(d, indices.expand(b));
}

Tensor& Tensor::fill_diagonal_(const Scalar& value, bool wrap) const {
  check(defined() && dim() >= 2, "fill_diagonal_: dimensions must larger than 1, got ", *this);
  for (int64_t d = 1; d < dim(); ++d)
    check(dim() == 2 || size(d) == size(0), "fill_diagonal_: all dimensions of input must be of equal length, got ",
          sizes());
  int64_t step = 0;
  for (int64_t d = 0; d < dim(); ++d) step += stride(d);
  const int64_t n = std::min(size(0), size(1));
  as_strided({n}, {step}, storage_offset()).fill_(value);
  if (wrap && dim() == 2 && size(0) > size(1) + 1) {
    // The diagonal begins again below a row that is left out.
    const int64_t block = size(1) + 1;
    for (int64_t first = block; first < size(0); first += block) {
      const int64_t count = std::min(size(1), size(0) - first);
      as_strided({count}, {step}, storage_offset() + first * stride(0)).fill_(value);
    }
  }
  return const_cast<Tensor&>(*this);
}

Tensor Tensor::diag_embed(int64_t offset, int64_t dim1, int64_t dim2) const {
  return lampas::diag_embed(*this, offset, dim1, dim2);
}
Tensor Tensor::diagflat(int64_t offset) const { return lampas::diagflat(*this, offset); }
Tensor Tensor::fliplr() const { return lampas::fliplr(*this); }
Tensor Tensor::flipud() const { return lampas::flipud(*this); }
Tensor Tensor::moveaxis(IntArrayRef source, IntArrayRef destination) const {
  return lampas::movedim(*this, source, destination);
}
Tensor Tensor::moveaxis(int64_t source, int64_t destination) const {
  return lampas::movedim(*this, source, destination);
}
Tensor Tensor::take_along_dim(const Tensor& indices, std::optional<int64_t> dim) const {
  return lampas::take_along_dim(*this, indices, dim);
}

}  // namespace lampas
