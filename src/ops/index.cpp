// x.index({...}) and x.index_put_({...}, value): slices, integers, None and Ellipsis become views, tensors an index
// plan.
#include "lampas/ops/index.h"

#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/index_plan.h"
#include "ops/inplace_result.h"
#include "ops/labelled.h"
#include "ops/masked.h"
#include "ops/view.h"

namespace lampas {

namespace {

bool is_mask(const Tensor& t) { return t.scalar_type() == kBool || t.scalar_type() == kByte; }

/// A tensor with everything but index tensors applied, and those with the dimension of `x` each starts at.
struct Parsed {
  struct Entry {
    int64_t dim;
    Tensor index;  // int64, int32 or bool
  };
  Tensor x;
  std::vector<Entry> entries;
};

/// A bool as an index: of a new dimension of size one, its position or none.
Tensor index_of_bool(const Tensor& x, bool on) {
  Tensor t = empty_of(x, {on ? 1 : 0}, kLong);
  if (on) *t.impl()->data_as<int64_t>() = 0;
  return t;
}

Tensor as_bool(const Tensor& mask) {
  if (mask.scalar_type() == kBool) return mask;
  Tensor b = empty_of(mask, mask.sizes(), kBool);
  copy_elements(b, mask);
  return b;
}

/// How many dimensions of x an index stands for.
int64_t consumed(const TensorIndex& i, const char* op) {
  if (i.is_integer() || i.is_slice()) return 1;
  if (!i.is_tensor()) return 0;
  check(i.tensor().defined(), op, ": an index tensor is undefined");
  return is_mask(i.tensor()) ? i.tensor().dim() : 1;
}

int64_t checked_position(const Tensor& x, int64_t dim, int64_t position, int64_t dim_of_x, const char* op) {
  const int64_t n = x.size(dim);
  check_index(position >= -n && position < n, op, ": index ", position, " is out of bounds for dimension ", dim_of_x,
              " with size ", n);
  return position;
}

Parsed parse(const Tensor& x, ArrayRef<TensorIndex> indices, const char* op) {
  check(x.defined(), op, ": tensor is undefined");
  check_index(!indices.empty(), "Passing an empty index list to Tensor::", op, "() is not valid syntax");
  int64_t specified = 0;
  for (const TensorIndex& i : indices) {
    const bool scalar =
        i.is_integer() || (i.is_tensor() && i.tensor().defined() && i.tensor().dim() == 0 && !is_mask(i.tensor()));
    check_index(x.dim() > 0 || !scalar, op,
                ": invalid index of a 0-dim tensor. Use `tensor.item<T>()` to convert a 0-dim tensor to a number");
    specified += consumed(i, op);
  }
  check_index(specified <= x.dim(), op, ": too many indices for tensor of dimension ", x.dim());

  Parsed p{x, {}};
  int64_t dim = 0, from = 0;  // the next dimension of p.x and of x
  bool expanded = false;
  const auto add_bool = [&](bool on) {
    p.x = unsqueeze(p.x, dim);
    p.entries.push_back({dim++, index_of_bool(x, on)});
  };
  for (const TensorIndex& i : indices) {
    if (i.is_none()) {
      p.x = unsqueeze(p.x, dim++);
    } else if (i.is_ellipsis()) {
      if (!std::exchange(expanded, true)) {
        dim += x.dim() - specified;
        from += x.dim() - specified;
      }
    } else if (i.is_boolean()) {
      add_bool(i.boolean());
    } else if (i.is_integer()) {
      p.x = select(p.x, dim, checked_position(p.x, dim, i.integer(), from++, op));
    } else if (i.is_slice()) {
      const indexing::Slice& s = i.slice();
      check_value(s.step() > 0, op, ": slice step must be greater than zero, got ", s.step());
      const int64_t n = p.x.size(dim);
      if (s.start() != 0 || s.stop() < n || s.step() != 1) p.x = slice(p.x, dim, s.start(), s.stop(), s.step());
      ++dim;
      ++from;
    } else {
      const Tensor& t = i.tensor();
      if (t.scalar_type() == kByte)
        warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.");
      if (t.dim() == 0 && is_mask(t)) {
        add_bool(as_bool(t).item<bool>());
      } else if (t.dim() == 0 && is_integral(t.scalar_type())) {
        p.x = select(p.x, dim, checked_position(p.x, dim, t.item().toLong(), from++, op));
      } else if (is_mask(t)) {
        for (int64_t d = 0; d < t.dim(); ++d)
          check_index(t.size(d) == p.x.size(dim + d), op, ": The shape of the mask ", t.sizes(), " at index ", d,
                      " does not match the shape of the indexed tensor ", p.x.sizes(), " at index ", dim + d);
        p.entries.push_back({dim, as_bool(t)});
        dim += t.dim();
        from += t.dim();
      } else {
        check_index(t.scalar_type() == kLong || t.scalar_type() == kInt, op,
                    ": tensors used as indices must be long, int, byte or bool tensors, got ", t.scalar_type());
        p.entries.push_back({dim++, t});
        ++from;
      }
    }
  }
  return p;
}

/// Coordinates of a mask's true elements, one row for each dimension.
Tensor positions_of(const Tensor& mask) {
  const Tensor m = plain(mask);
  const int64_t count = mask_count_kernel.get(kBool)(m.impl()->data_as<bool>(), m.numel());
  Tensor rows = empty_of(m, {m.dim(), count}, kLong);
  mask_positions_kernel.get(kBool)(m.impl()->data_as<bool>(), m.sizes(), rows.impl()->data_as<int64_t>(), 1, count);
  return rows;
}

/// The index tensors of a parsed expression as a plan and its matrix of positions.
Tensor make_plan(const Parsed& p, const char* op, IndexPlan& plan) {
  plan = {op, {}, {}, Shape(p.x.sizes()), true};
  std::vector<Tensor> rows;  // of any shape, to broadcast
  for (const auto& e : p.entries) {
    if (e.index.scalar_type() == kBool) {
      const Tensor m = positions_of(e.index);
      for (int64_t d = 0; d < m.size(0); ++d) {
        plan.dims.push_back(e.dim + d);
        rows.push_back(view_of(m, {m.size(1)}, {1}, m.storage_offset() + d * m.size(1)));
      }
    } else {
      plan.dims.push_back(e.dim);
      rows.push_back(e.index);
    }
  }
  for (const Tensor& r : rows) {
    const Shape before = plan.shape;
    bool fits = true;
    for (int64_t d = 1; d <= std::min<int64_t>(r.dim(), static_cast<int64_t>(before.size())); ++d) {
      const int64_t a = before[before.size() - static_cast<size_t>(d)], b = r.size(-d);
      fits = fits && (a == b || a == 1 || b == 1);
    }
    if (!fits) {
      std::string shapes;
      for (const Tensor& t : rows) {
        if (!shapes.empty()) shapes += ", ";
        append(shapes, t.sizes());
      }
      detail::fail<IndexError>(op, ": shape mismatch: indexing tensors could not be broadcast together with shapes ",
                               shapes);
    }
    plan.shape = broadcast_shapes(before, r.sizes(), op);
  }
  const int64_t n = numel_of(plan.shape);
  if (rows.size() == 1 && rows[0].scalar_type() == kLong) {
    const Tensor i = plain(rows[0]);
    return view_of(i, {1, n}, {n, 1});
  }
  Tensor matrix = empty_of(p.x, {static_cast<int64_t>(rows.size()), n}, kLong);
  for (size_t k = 0; k < rows.size(); ++k)
    copy_elements(view_of(matrix, plan.shape, contiguous_strides(plan.shape),
                          matrix.storage_offset() + static_cast<int64_t>(k) * n),
                  rows[k]);
  return matrix;
}

bool is_one_mask(const Parsed& p) { return p.entries.size() == 1 && p.entries[0].index.scalar_type() == kBool; }

Tensor get_item(const Tensor& x, ArrayRef<TensorIndex> indices) {
  const Parsed p = parse(x, indices, "index");
  if (p.entries.empty()) return p.x.is_same(x) ? x.alias() : p.x;
  if (is_one_mask(p) && p.entries[0].index.dim() == p.x.dim())
    return masked_select_as("index", p.x, p.entries[0].index);
  IndexPlan plan;
  const Tensor index = make_plan(p, "index", plan);
  return index_get(plan, p.x, index);
}

/// A value without the leading dimensions of size one that would stop it from broadcasting to `rank` dimensions.
Tensor strip_ones(const Tensor& value, int64_t rank) {
  Tensor v = value;
  while (v.dim() > rank && v.size(0) == 1) v = select(v, 0, 0);
  return v;
}

void set_item(const Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value, bool accumulate) {
  check(value.defined(), "index_put_: value is undefined");
  const Parsed p = parse(x, indices, "index_put_");
  if (p.entries.empty()) {
    const Tensor v = strip_ones(value, p.x.dim());
    if (accumulate)
      p.x.add_(v);
    else if (v.dim() == 0)
      p.x.fill_(v);
    else
      p.x.copy_(v);
    return;
  }
  if (is_one_mask(p) && value.numel() == 1 && !accumulate) {
    // The mask may stand for leading dimensions only: it then broadcasts along the rest.
    Tensor mask = p.entries[0].index;
    for (int64_t d = p.entries[0].dim + mask.dim(); d < p.x.dim(); ++d) mask = unsqueeze(mask, -1);
    masked_fill_as("index_put", p.x, mask, value.dim() == 0 ? value : value.reshape({}));
    return;
  }
  IndexPlan plan;
  const Tensor index = make_plan(p, "index_put_", plan);
  index_put(plan, p.x, index, value, accumulate);
}

/// A number in x's own dtype.
Tensor number_like(const Tensor& x, const Scalar& value) {
  check(x.defined(), "index_put_: tensor is undefined");
  return x.new_full({}, value);
}

}  // namespace

Tensor index(const Tensor& x, ArrayRef<TensorIndex> indices) { return get_item(x, indices); }
Tensor index(const Tensor& x, std::initializer_list<TensorIndex> indices) { return get_item(x, indices); }
Tensor& index_put_(Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value, bool accumulate) {
  set_item(x, indices, value, accumulate);
  return x;
}
Tensor& index_put_(Tensor& x, std::initializer_list<TensorIndex> indices, const Tensor& value, bool accumulate) {
  set_item(x, indices, value, accumulate);
  return x;
}
Tensor index_put(const Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value, bool accumulate) {
  Tensor y = copy_to_write(x);
  set_item(y, indices, value, accumulate);
  return y;
}
Tensor index_put(const Tensor& x, std::initializer_list<TensorIndex> indices, const Tensor& value, bool accumulate) {
  return index_put(x, ArrayRef<TensorIndex>(indices), value, accumulate);
}

Tensor Tensor::index(ArrayRef<TensorIndex> indices) const { return get_item(*this, indices); }
Tensor Tensor::index(std::initializer_list<TensorIndex> indices) const { return get_item(*this, indices); }
Tensor& Tensor::index_put_(ArrayRef<TensorIndex> indices, const Tensor& value, bool accumulate) const {
  set_item(*this, indices, value, accumulate);
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::index_put_(std::initializer_list<TensorIndex> indices, const Tensor& value, bool accumulate) const {
  return index_put_(ArrayRef<TensorIndex>(indices), value, accumulate);
}
Tensor& Tensor::index_put_(ArrayRef<TensorIndex> indices, const Scalar& value) const {
  return index_put_(indices, number_like(*this, value));
}
Tensor& Tensor::index_put_(std::initializer_list<TensorIndex> indices, const Scalar& value) const {
  return index_put_(ArrayRef<TensorIndex>(indices), number_like(*this, value));
}
Tensor Tensor::index_put(ArrayRef<TensorIndex> indices, const Tensor& value, bool accumulate) const {
  return lampas::index_put(*this, indices, value, accumulate);
}
Tensor Tensor::index_put(std::initializer_list<TensorIndex> indices, const Tensor& value, bool accumulate) const {
  return lampas::index_put(*this, indices, value, accumulate);
}
Tensor Tensor::operator[](const Tensor& index) const {
  return get_item(*this, ArrayRef<TensorIndex>(TensorIndex(index)));
}

}  // namespace lampas
