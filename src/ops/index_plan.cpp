// Reading and writing at positions given by index tensors: what index, index_put_, index_select, index_add_ and take
// share.
#include "ops/index_plan.h"

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/view.h"

namespace lampas {

Shape IndexPlan::result_sizes() const {
  Shape r;
  const int64_t at = position();
  for (int64_t d = 0; d < at; ++d) r.push_back(sizes[d]);
  for (int64_t s : shape) r.push_back(s);
  for (int64_t d = at; d < static_cast<int64_t>(sizes.size()); ++d)
    if (!indexes(d)) r.push_back(sizes[d]);
  return r;
}

IndexPlan plan_of(const char* op, const Tensor& x, int64_t dim, int64_t n, bool negatives) {
  return {op, Shape{dim}, Shape{n}, Shape(x.sizes()), negatives};
}

Tensor index_vector(const char* op, const Tensor& index) {
  check(index.defined(), op, ": index is undefined");
  check_index(index.dim() <= 1, op, ": index is supposed to be a vector, but got ", index);
  check(index.scalar_type() == kLong || index.scalar_type() == kInt, op,
        ": expected dtype int32 or int64 for index, but got ", index.scalar_type());
  Tensor i = index;
  if (index.scalar_type() != kLong) {
    i = empty_of(index, index.sizes(), kLong);
    copy_elements(i, index);
  }
  i = plain(i);
  return view_of(i, {1, i.numel()}, {i.numel(), 1});
}

namespace {

/// The arguments of the kernels for x, the index matrix and the tensor `p` shaped like the plan's result.
struct KernelCall {
  SmallVector<const int64_t*, 6> index;
  Shape size, stride;
  Shape outer, outer_x, outer_p, inner, inner_x, inner_p;
  IndexedDims at;
  IndexWalk walk;

  KernelCall(const IndexPlan& plan, const Tensor& x, const Tensor& indices) {
    const auto item = static_cast<int64_t>(element_size(x.impl()->dtype));
    const int64_t n = numel_of(plan.shape);
    const auto* rows = static_cast<const int64_t*>(indices.impl()->data());
    for (size_t k = 0; k < plan.dims.size(); ++k) {
      index.push_back(rows + static_cast<int64_t>(k) * n);
      size.push_back(plan.sizes[plan.dims[k]]);
      stride.push_back(x.impl()->strides()[plan.dims[k]] * item);
    }
    at = {ArrayRef<const int64_t*>(index.data(), index.size()), n, size, stride, plan.negatives};
  }
  KernelCall(const IndexPlan& plan, const Tensor& x, const Tensor& indices, const Tensor& p)
      : KernelCall(plan, x, indices) {
    const auto item = static_cast<int64_t>(element_size(x.impl()->dtype));
    const int64_t before = plan.position(), rank = static_cast<int64_t>(plan.sizes.size()),
                  entries = static_cast<int64_t>(plan.shape.size());
    int64_t q = 0;  // dimension of p
    for (int64_t d = 0; d < rank; ++d) {
      if (d == before) q += entries;
      if (plan.indexes(d)) continue;
      const bool out = d < before;
      (out ? outer : inner).push_back(plan.sizes[d]);
      (out ? outer_x : inner_x).push_back(x.impl()->strides()[d] * item);
      (out ? outer_p : inner_p).push_back(p.impl()->strides()[q++] * item);
    }
    if (!p.impl()->contiguous) {
      sort_outwards(outer, outer_x, outer_p);
      sort_outwards(inner, inner_x, inner_p);
    }
    // The entries of the index lie one step apart in p, or callers have made it so.
    int64_t step = 0;
    for (int64_t k = entries - 1; k >= 0; --k)
      if (plan.shape[k] != 1) {
        step = p.impl()->strides()[before + k] * item;
        break;
      }
    walk = {static_cast<char*>(x.impl()->data()),
            static_cast<char*>(p.impl()->data()),
            step,
            outer,
            outer_x,
            outer_p,
            inner,
            inner_x,
            inner_p};
  }
  KernelCall(const KernelCall&) = delete;

 private:
  /// Dimensions in which p lies close come last: rows are longer.
  static void sort_outwards(Shape& sizes, Shape& x, Shape& p) {
    for (size_t a = 1; a < sizes.size(); ++a)
      for (size_t b = a; b > 0 && p[b - 1] < p[b]; --b)
        std::swap(sizes[b - 1], sizes[b]), std::swap(x[b - 1], x[b]), std::swap(p[b - 1], p[b]);
  }
};

[[noreturn]] void out_of_bounds(const IndexPlan& plan, BadIndex bad) {
  const int64_t dim = plan.dims[bad.dim], size = plan.sizes[dim];
  if (size == 0)
    detail::fail<IndexError>(plan.op, ": index is out of bounds for dimension with size 0 (index ", bad.value,
                             ", dimension ", dim, ")");
  detail::fail<IndexError>(plan.op, ": index ", bad.value, " is out of bounds for dimension ", dim, " with size ",
                           size);
}

/// Whether the dimensions of the index, seen in `value`, can be walked with one step.
bool one_step(const IndexPlan& plan, const Tensor& value) {
  const int64_t at = plan.position();
  int64_t expected = -1;
  for (int64_t k = static_cast<int64_t>(plan.shape.size()) - 1; k >= 0; --k) {
    if (plan.shape[k] == 1) continue;
    const int64_t stride = value.impl()->strides()[at + k];
    if (expected >= 0 && stride != expected) return false;
    expected = stride * plan.shape[k];
  }
  return true;
}

/// As of an elementwise op of x, of strides 0 where it is indexed, and of the indices, whose are 0 elsewhere.
Shape strides_in_order(const IndexPlan& plan, const TensorImpl& x, IntArrayRef sizes) {
  Shape of_x, of_index(sizes.size(), 0);
  const Shape entries = contiguous_strides(plan.shape);
  const int64_t at = plan.position();
  for (int64_t d = 0;; ++d) {
    if (d == at)
      for (const int64_t s : entries) {
        of_index[of_x.size()] = s;
        of_x.push_back(0);
      }
    if (d == x.ndim) break;
    if (!plan.indexes(d)) of_x.push_back(x.strides()[d]);
  }
  return dense_strides(sizes, {of_x.data(), of_index.data()});
}

struct Index {
  static constexpr auto name = "index";
  using saves = Saves<In<1>>;
  IndexPlan plan;
  Tensor forward(const Tensor& x, const Tensor& index) const { return read_index(plan, x, index, true); }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& index) const {
    Tensor d = g.new_zeros(plan.sizes);
    index_put(plan, d, index, g, true);
    return {d, Tensor()};
  }
};

struct IndexPut {
  static constexpr auto name = "index_put_";
  using saves = Saves<In<1>>;
  IndexPlan plan;
  bool accumulate;
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& index) const {
    Grads<3> d;
    if (need[0]) {
      d[0] = g;
      if (!accumulate) {
        d[0] = g.clone();
        index_put(plan, d[0], index, g.new_zeros({}), false);
      }
    }
    if (need[2]) d[2] = index_get(plan, g, index);
    return d;
  }
};

}  // namespace

Tensor read_index(const IndexPlan& plan, const Tensor& x, const Tensor& index, bool keep_order) {
  const Shape sizes = plan.result_sizes();
  checked_numel(sizes, element_size(x.impl()->dtype), plan.op);
  Tensor y = empty_of(x, sizes);
  if (keep_order && !x.impl()->contiguous) {
    y.impl()->set_geometry(sizes, strides_in_order(plan, *x.impl(), sizes));
    if (!one_step(plan, y)) y.impl()->set_geometry(sizes, contiguous_strides(sizes));
  }
  const KernelCall call(plan, x, index, y);
  const BadIndex bad = index_get_kernel.get(x.scalar_type())(call.walk, call.at);
  if (LAMPAS_UNLIKELY(bad.dim >= 0)) out_of_bounds(plan, bad);
  return y;
}

void check_index_values(const IndexPlan& plan, const Tensor& index) {
  Shape size, stride(plan.dims.size(), 0);
  SmallVector<const int64_t*, 6> rows;
  const int64_t n = numel_of(plan.shape);
  for (size_t k = 0; k < plan.dims.size(); ++k) {
    rows.push_back(static_cast<const int64_t*>(index.impl()->data()) + static_cast<int64_t>(k) * n);
    size.push_back(plan.sizes[plan.dims[k]]);
  }
  const BadIndex bad = index_check_kernel.get(kLong)(
      {ArrayRef<const int64_t*>(rows.data(), rows.size()), n, size, stride, plan.negatives});
  if (LAMPAS_UNLIKELY(bad.dim >= 0)) out_of_bounds(plan, bad);
}

void write_index(const IndexPlan& plan, const Tensor& x, const Tensor& index, const Tensor& value, bool accumulate) {
  if (accumulate && is_reduced_floating(x.scalar_type())) {
    // Sums of many reduced floats would lose most of their bits: they are taken in float32 and rounded once.
    Tensor wide = empty_of(x, x.sizes(), kFloat), wide_value = empty_of(value, value.sizes(), kFloat);
    copy_elements(wide, x);
    copy_elements(wide_value, value);
    write_index(plan, wide, index, wide_value, true);
    copy_elements(x, wide);
    return;
  }
  const Tensor v = one_step(plan, value) ? value : plain(value);
  const KernelCall call(plan, x, index, v);
  (accumulate ? index_add_kernel : index_set_kernel).get(x.scalar_type())(call.walk, call.at);
}

Tensor apart_from(const Tensor& value, const Tensor& x) {
  return value.impl()->storage == x.impl()->storage && overlap_of(value, x) != Overlap::none ? value.clone() : value;
}

void check_writable(const char* op, const Tensor& t) {
  check(t.defined(), op, ": tensor is undefined");
  check_no_internal_overlap(op, t);
}

void check_fillable(const char* op, const Tensor& t, const Tensor& value) {
  check(t.defined() && value.defined(), op, ": tensor is undefined");
  if (GradMode::is_enabled() && (t.requires_grad() || value.requires_grad())) check_no_internal_overlap(op, t);
}

Tensor index_get(const IndexPlan& plan, const Tensor& x, const Tensor& index) { return apply(Index{plan}, x, index); }

void index_put(const IndexPlan& plan, const Tensor& x, const Tensor& index, const Tensor& value, bool accumulate) {
  check_fillable(plan.op, x, value);
  check(x.scalar_type() == value.scalar_type(), plan.op,
        ": Index put requires the source and destination dtypes match, got ", x.scalar_type(),
        " for the destination and ", value.scalar_type(), " for the source.");
  const Shape sizes = plan.result_sizes();
  Tensor v = value;
  while (v.dim() > static_cast<int64_t>(sizes.size()) && v.size(0) == 1) v = v.select(0, 0);
  bool fits = v.dim() <= static_cast<int64_t>(sizes.size());
  for (int64_t d = 1; fits && d <= v.dim(); ++d)
    fits = v.size(-d) == 1 || v.size(-d) == sizes[sizes.size() - static_cast<size_t>(d)];
  check(fits, plan.op, ": shape mismatch: value tensor of shape ", value.sizes(),
        " cannot be broadcast to indexing result of shape ", sizes);
  check_index_values(plan, index);
  v = apart_from(v, x);
  if (v.sizes() != IntArrayRef(sizes)) v = v.expand(sizes);
  apply_inplace(
      IndexPut{plan, accumulate}, x, [&] { write_index(plan, x, index, v, accumulate); }, index, v);
}

}  // namespace lampas
