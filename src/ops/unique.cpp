// unique in its forms, searchsorted, bucketize, histc, histogram, bincount, isin. None is differentiable.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/scan.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/sort.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/sort.h"

namespace lampas {

namespace {

struct Groups {
  Tensor first;    // position of each group's first element
  Tensor inverse;  // the group of every element
  Tensor counts;
};

/// Groups of neighbours: element k starts a new one where starts[k]. `order` (or null) says where element k was.
Groups group(const Tensor& like, const std::vector<char>& starts, const int64_t* order, bool want_inverse,
             bool want_counts) {
  const auto n = static_cast<int64_t>(starts.size());
  const int64_t count = std::count(starts.begin(), starts.end(), char{1});
  Groups g{empty_of(like, {count}, kLong), empty_of(like, {want_inverse ? n : 0}, kLong),
           empty_of(like, {want_counts ? count : 0}, kLong)};
  auto *first = g.first.impl()->data_as<int64_t>(), *inverse = g.inverse.impl()->data_as<int64_t>(),
       *counts = g.counts.impl()->data_as<int64_t>();
  for (int64_t k = 0, at = -1; k < n; ++k) {
    if (starts[k]) {
      if (want_counts && at >= 0) counts[at] = k - first[at];
      first[++at] = k;
    }
    if (want_inverse) inverse[order ? order[k] : k] = at;
    if (want_counts && k == n - 1) counts[at] = n - first[at];
  }
  return g;
}

/// Which elements of a vector differ from the one before.
std::vector<char> starts_of(const Tensor& v) {
  const int64_t n = v.numel();
  std::vector<char> starts(static_cast<size_t>(n), 1);
  if (n < 2) return starts;
  const Tensor differs = plain(narrow(v, 0, 1, n - 1).ne(narrow(v, 0, 0, n - 1)));
  std::copy_n(static_cast<const char*>(differs.impl()->data()), n - 1, starts.begin() + 1);
  return starts;
}
/// Which rows of a matrix (in the given order) differ from the one before.
std::vector<char> row_starts(const Tensor& rows, const int64_t* order) {
  const int64_t n = rows.size(0);
  std::vector<char> starts(static_cast<size_t>(n), 1);
  for (int64_t k = 1; k < n; ++k) starts[k] = !equal(rows[order ? order[k] : k], rows[order ? order[k - 1] : k - 1]);
  return starts;
}

std::tuple<Tensor, Tensor, Tensor> unique_elements(const Tensor& x, bool sorts, bool inverse, bool counts) {
  const Tensor flat = plain(x.detach()).reshape({-1});
  Tensor v = flat, order;
  if (sorts) std::tie(v, order) = sort(flat, 0);
  const Groups g = group(flat, starts_of(v), sorts ? order.impl()->data_as<int64_t>() : nullptr, inverse, counts);
  return {index_select(v, 0, g.first), inverse ? g.inverse.reshape(x.sizes()) : g.inverse, g.counts};
}

/// Rows in lexicographic order.
template <class T>
void order_rows(const T* p, int64_t width, std::vector<int64_t>& order) {
  std::stable_sort(order.begin(), order.end(), [=](int64_t a, int64_t b) {
    for (int64_t k = 0; k < width; ++k) {
      const T x = p[a * width + k], y = p[b * width + k];
      if (x != y) return x < y;
    }
    return false;
  });
}

std::tuple<Tensor, Tensor, Tensor> unique_slices(const char* op, const Tensor& x, int64_t dim, bool sorts, bool inverse,
                                                 bool counts) {
  const int64_t d = wrap_dim(dim, x.dim(), op);
  check(x.dim() > 0, op, ": There must be a dimension to work along, got a 0-d tensor");
  const Tensor front = plain(movedim(x.detach(), d, 0));
  const int64_t n = front.size(0), width = n ? front.numel() / n : 0;
  check(n == 0 || front.numel() > 0, op,
        ": There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: got ", x.sizes());
  if (n == 0) return {x.detach().clone(), empty_of(front, {0}, kLong), empty_of(front, {0}, kLong)};
  const Tensor rows = front.reshape({n, width});
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  if (sorts) {
    if (is_integral(rows.scalar_type(), true)) {
      const Tensor wide = rows.to(kLong);
      order_rows(wide.impl()->data_as<int64_t>(), width, order);
    } else {
      const Tensor wide = rows.to(kDouble);
      order_rows(wide.impl()->data_as<double>(), width, order);
    }
  }
  const Groups g = group(rows, row_starts(rows, order.data()), order.data(), inverse, counts);
  const Tensor places = empty_of(rows, {n}, kLong);
  std::copy(order.begin(), order.end(), places.impl()->data_as<int64_t>());
  const Tensor picked = index_select(front, 0, index_select(places, 0, g.first));
  return {movedim(picked, 0, d).contiguous(), g.inverse, g.counts};
}

void check_sequence(const char* op, const Tensor& sequence, const Tensor& values, const Tensor& sorter) {
  check(sequence.defined() && values.defined(), op, ": tensor is undefined");
  check(sequence.dim() > 0, op, ": boundaries tensor should have positive dimension, got a 0-d tensor");
  bool same = sequence.dim() == 1 || sequence.dim() == values.dim();
  for (int64_t d = 0; same && sequence.dim() > 1 && d < sequence.dim() - 1; ++d)
    same = sequence.size(d) == values.size(d);
  check(same, op,
        ": boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value "
        "tensor must match, but we got boundaries tensor ",
        sequence.sizes(), " and input value tensor ", values.sizes());
  if (!sorter.defined()) return;
  check(sorter.sizes() == sequence.sizes(), op,
        ": boundary and sorter must have the same size, but got boundary tensor ", sequence.sizes(),
        " and got sorter tensor ", sorter.sizes());
  check(sorter.scalar_type() == kLong, op, ": sorter must be a tensor of long dtype but got dtype ",
        sorter.scalar_type());
  const Tensor s = plain(sorter);
  const auto* p = s.impl()->data_as<int64_t>();
  for (int64_t k = 0; k < s.numel(); ++k)
    check_index(p[k] >= 0 && p[k] < sequence.size(-1), op, ": sorter index out of range: ", p[k], " for size ",
                sequence.size(-1));
}

Tensor search(const char* op, const Tensor& given, const Tensor& wanted, bool int32, bool right, const Tensor& sorter) {
  check_sequence(op, given, wanted, sorter);
  check(!int32 || given.size(-1) < INT32_MAX, op, ": the size of boundaries' last dimension should be less than ",
        INT32_MAX, ", but we got ", given.size(-1));
  const ScalarType dtype = result_type({&given, &wanted});
  const Tensor sequence = plain(given.to(dtype)), values = plain(wanted.to(dtype)),
               order = sorter.defined() ? plain(sorter) : sorter;
  Tensor y = empty_of(values, values.sizes(), kLong);
  if (values.numel()) {
    const int64_t length = sequence.size(-1),
                  sequences = sequence.dim() == 1 ? 1 : values.numel() / std::max<int64_t>(values.size(-1), 1);
    search_kernel.get(values.scalar_type())({sequences, length, values.numel(), right}, sequence.impl()->data(),
                                            order.defined() ? order.impl()->data_as<int64_t>() : nullptr,
                                            values.impl()->data(), y.impl()->data_as<int64_t>());
  }
  return int32 ? y.to(kInt) : y;
}

}  // namespace

std::tuple<Tensor, Tensor, Tensor> _unique2(const Tensor& x, bool, bool return_inverse, bool return_counts) {
  check(x.defined(), "unique: tensor is undefined");
  return unique_elements(x, true, return_inverse, return_counts);
}
std::tuple<Tensor, Tensor> _unique(const Tensor& x, bool sorted, bool return_inverse) {
  auto [values, inverse, counts] = _unique2(x, sorted, return_inverse, false);
  return {values, inverse};
}
std::tuple<Tensor, Tensor, Tensor> unique_dim(const Tensor& x, int64_t dim, bool, bool return_inverse,
                                              bool return_counts) {
  check(x.defined(), "unique: tensor is undefined");
  return unique_slices("unique", x, dim, true, return_inverse, return_counts);
}
std::tuple<Tensor, Tensor, Tensor> unique_dim_consecutive(const Tensor& x, int64_t dim, bool return_inverse,
                                                          bool return_counts) {
  check(x.defined(), "unique_consecutive: tensor is undefined");
  return unique_slices("unique_consecutive", x, dim, false, return_inverse, return_counts);
}
std::tuple<Tensor, Tensor, Tensor> unique_consecutive(const Tensor& x, bool return_inverse, bool return_counts,
                                                      std::optional<int64_t> dim) {
  check(x.defined(), "unique_consecutive: tensor is undefined");
  if (dim) wrap_dim(*dim, x.dim(), "unique_consecutive");
  if (dim && x.dim() > 1) return unique_dim_consecutive(x, *dim, return_inverse, return_counts);
  return unique_elements(x, false, return_inverse, return_counts);
}

Tensor searchsorted(const Tensor& sequence, const Tensor& values, bool out_int32, bool right,
                    std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  if (side) {
    check(*side == "left" || *side == "right", "searchsorted: side can only be 'left' or 'right' but got ",
          std::string(*side));
    check(!right || *side == "right",
          "searchsorted: side and right can't be set to opposites, got side of left while right was True");
    right = *side == "right";
  }
  return search("searchsorted", sequence, values, out_int32, right, sorter.value_or(Tensor()));
}
Tensor searchsorted(const Tensor& sequence, const Scalar& value, bool out_int32, bool right,
                    std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  check(sequence.defined() && sequence.dim() == 1,
        "searchsorted: input value can be a scalar only when boundaries tensor dimension is 1, got ", sequence);
  return searchsorted(sequence, wrapped_scalar(value), out_int32, right, side, sorter);
}
Tensor bucketize(const Tensor& values, const Tensor& boundaries, bool out_int32, bool right) {
  check(boundaries.defined() && boundaries.dim() == 1, "bucketize: boundaries tensor must be 1 dimension, got ",
        boundaries);
  return search("bucketize", boundaries, values, out_int32, right, {});
}
Tensor bucketize(const Scalar& value, const Tensor& boundaries, bool out_int32, bool right) {
  return bucketize(wrapped_scalar(value), boundaries, out_int32, right);
}

Tensor histc(const Tensor& input, int64_t bins, const Scalar& min, const Scalar& max) {
  check(input.defined(), "histc: tensor is undefined");
  check(bins > 0, "histc: bins must be > 0, got ", bins);
  check(is_floating_point(input.scalar_type()), "histc: not implemented for dtype ", input.scalar_type());
  checked_numel({bins}, 8, "histc");
  const Tensor x = plain(input.detach());
  double lo = min.toDouble(), hi = max.toDouble();
  if (lo == hi && x.numel() > 0) {
    lo = lampas::min(x).item<double>();
    hi = lampas::max(x).item<double>();
  }
  if (lo == hi) {
    lo -= 1;
    hi += 1;
  }
  check(std::isfinite(lo) && std::isfinite(hi), "histc: range of [", lo, ", ", hi, "] is not finite");
  check(lo < hi, "histc: max must be larger than min, got ", hi, " and ", lo);
  Tensor counts = empty_of(x, {bins}, kLong);
  histogram_kernel.get(x.scalar_type())(x.impl()->data(), x.numel(), bins, lo, hi, counts.impl()->data_as<int64_t>());
  return counts.to(x.scalar_type());
}

namespace {
void check_histogram(const Tensor& x, const std::optional<Tensor>& weight) {
  check(x.defined(), "histogram: tensor is undefined");
  check(x.scalar_type() == kFloat || x.scalar_type() == kDouble, "histogram: not implemented for dtype ",
        x.scalar_type());
  if (!weight || !weight->defined()) return;
  check(weight->sizes() == x.sizes() && weight->scalar_type() == x.scalar_type(),
        "histogram: if weight tensor is provided it should have the same shape and dtype as the input tensor, got ",
        *weight, " for ", x);
}
}  // namespace

std::tuple<Tensor, Tensor> histogram(const Tensor& input, const Tensor& bins, const std::optional<Tensor>& weight,
                                     bool density) {
  check_histogram(input, weight);
  check(bins.defined() && bins.dim() == 1 && bins.numel() > 0 && bins.scalar_type() == input.scalar_type(),
        "histogram: bins tensor should have one dimension, at least one element and the dtype of the input, got ",
        bins);
  const Tensor x = input.detach().reshape({-1}), edges = bins.detach().contiguous();
  const int64_t n = edges.numel() - 1;
  const Tensor within = x.ge(edges[0]).logical_and(x.le(edges[n]));
  // The bin an element is right of the edge of; the last edge belongs to the last bin.
  const Tensor at =
      bucketize(x.masked_select(within), edges, false, true).sub(1).clamp_max(std::max<int64_t>(n - 1, 0));
  Tensor counts = weight && weight->defined()
                      ? bincount(at, weight->detach().reshape({-1}).masked_select(within).to(kDouble), n)
                      : bincount(at, {}, n);
  counts = counts.narrow(0, 0, n).to(kDouble);
  if (density) counts = counts.div(counts.sum()).div(diff(edges.to(kDouble)));
  return {counts.to(input.scalar_type()), edges.clone()};
}
std::tuple<Tensor, Tensor> histogram(const Tensor& x, int64_t bins, std::optional<ArrayRef<double>> range,
                                     const std::optional<Tensor>& weight, bool density) {
  check_histogram(x, weight);
  check(bins > 0, "histogram: bins must be > 0, got ", bins);
  check(bins < int64_t{1} << 40, "histogram: too many bins: ", bins);
  double low = 0, high = 1;
  if (range) {
    check(range->size() == 2, "histogram: range should have 2 elements, got ", range->size());
    low = (*range)[0];
    high = (*range)[1];
  } else if (x.numel()) {
    low = lampas::min(x.detach()).item<double>();
    high = lampas::max(x.detach()).item<double>();
  }
  check(std::isfinite(low) && std::isfinite(high), "histogram: range of [", low, ", ", high, "] is not finite");
  check(low <= high, "histogram: min should not exceed max, got ", low, " and ", high);
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  return histogram(x, linspace(low, high, bins + 1, x.scalar_type()), weight, density);
}

Tensor bincount(const Tensor& input, const std::optional<Tensor>& given, int64_t minlength) {
  check(input.defined(), "bincount: tensor is undefined");
  check(is_integral(input.scalar_type()), "bincount: only integers are counted, got ", input.scalar_type());
  check(minlength >= 0, "bincount: minlength should be >= 0, got ", minlength);
  const bool weighted = given && given->defined();
  if (input.numel() == 0 && input.dim() == 1)
    return zeros({minlength}, TensorOptions(weighted && given->scalar_type() == kFloat ? kFloat
                                            : weighted                                 ? kDouble
                                                                                       : kLong));
  check(input.dim() == 1, "bincount: only supports 1-d non-negative integral inputs, got ", input);
  check(!weighted || given->sizes() == input.sizes(),
        "bincount: weights should be 1-d and have the same length as "
        "input, got ",
        weighted ? *given : input, " for ", input);
  const Tensor x = plain(input.to(kLong));
  const auto* p = x.impl()->data_as<int64_t>();
  int64_t most = -1, least = 0;
  for (int64_t k = 0; k < x.numel(); ++k) {
    least = std::min(least, p[k]);
    most = std::max(most, p[k]);
  }
  check(least >= 0, "bincount: only supports 1-d non-negative integral inputs, got the element ", least);
  check(most < INT64_MAX, "bincount: the element ", most, " is too large");
  const int64_t n = std::max(minlength, most + 1);
  checked_numel({n}, 8, "bincount");
  if (!weighted) {
    Tensor y = zeros({n}, kLong);
    auto* c = y.impl()->data_as<int64_t>();
    for (int64_t k = 0; k < x.numel(); ++k) ++c[p[k]];
    return y;
  }
  const bool single = given->scalar_type() == kFloat;
  const Tensor w = plain(given->detach().to(kDouble));
  Tensor y = zeros({n}, kDouble);
  auto *c = y.impl()->data_as<double>(), *v = w.impl()->data_as<double>();
  for (int64_t k = 0; k < x.numel(); ++k) c[p[k]] += v[k];
  return single ? y.to(kFloat) : y;
}

Tensor isin(const Tensor& elements, const Tensor& test_elements, bool, bool invert) {
  check(elements.defined() && test_elements.defined(), "isin: tensor is undefined");
  const ScalarType t = result_type({&elements, &test_elements});
  const Tensor x = elements.detach().to(t), set = std::get<0>(sort(test_elements.detach().to(t).reshape({-1}), 0));
  if (set.numel() == 0) return full(x.sizes(), invert, kBool);
  const Tensor at = searchsorted(set, x).clamp_max(set.numel() - 1);
  const Tensor found = set.take(at).eq(x);
  return invert ? found.logical_not() : found;
}
Tensor isin(const Tensor& elements, const Scalar& test_element, bool unique, bool invert) {
  return isin(elements, wrapped_scalar(test_element), unique, invert);
}
Tensor isin(const Scalar& element, const Tensor& test_elements, bool unique, bool invert) {
  return isin(wrapped_scalar(element), test_elements, unique, invert);
}

std::tuple<Tensor, Tensor, Tensor> Tensor::unique_consecutive(bool return_inverse, bool return_counts,
                                                              std::optional<int64_t> dim) const {
  return lampas::unique_consecutive(*this, return_inverse, return_counts, dim);
}
std::tuple<Tensor, Tensor> Tensor::histogram(int64_t bins, std::optional<ArrayRef<double>> range,
                                             const std::optional<Tensor>& weight, bool density) const {
  return lampas::histogram(*this, bins, range, weight, density);
}
std::tuple<Tensor, Tensor> Tensor::histogram(const Tensor& bins, const std::optional<Tensor>& weight,
                                             bool density) const {
  return lampas::histogram(*this, bins, weight, density);
}
Tensor Tensor::histc(int64_t bins, const Scalar& min, const Scalar& max) const {
  return lampas::histc(*this, bins, min, max);
}
Tensor Tensor::bincount(const std::optional<Tensor>& weights, int64_t minlength) const {
  return lampas::bincount(*this, weights, minlength);
}

}  // namespace lampas
