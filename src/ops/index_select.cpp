// Whole slices along one dimension: index_select, index_add_, index_copy_, index_fill_; and take, put_ over the
// flattened tensor.
#include "autograd/op.h"
#include "lampas/ops/index.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index_plan.h"
#include "ops/inplace_result.h"
#include "ops/out.h"
#include "ops/view.h"

namespace lampas {

namespace {

/// The index of an op along one dimension, as the vector it is used as.
Tensor vector_of(const Tensor& row) { return view_of(row, {row.size(1)}, {1}, row.storage_offset()); }

struct IndexSelect {
  static constexpr auto name = "index_select";
  using saves = Saves<In<1>>;
  IndexPlan plan;
  Tensor forward(const Tensor& x, const Tensor& index) const { return read_index(plan, x, index); }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& index) const {
    Tensor d = g.new_zeros(plan.sizes);
    d.index_add_(plan.dims[0], vector_of(index), g);
    return {d, Tensor()};
  }
};

struct IndexAdd {
  static constexpr auto name = "index_add_";
  using saves = Saves<In<1>>;
  IndexPlan plan;
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& index) const {
    return {g, Tensor(), need[2] ? index_select(g, plan.dims[0], vector_of(index)) : Tensor()};
  }
};

struct IndexCopy {
  static constexpr auto name = "index_copy_";
  using saves = Saves<In<1>>;
  IndexPlan plan;
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& index) const {
    Grads<3> d;
    if (need[0]) d[0] = index_fill(g, plan.dims[0], vector_of(index), 0);
    if (need[2]) d[2] = index_select(g, plan.dims[0], vector_of(index));
    return d;
  }
};

struct IndexFill {
  static constexpr auto name = "index_fill_";
  using saves = Saves<In<1>>;
  IndexPlan plan;
  const char* label;
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& index) const {
    Grads<3> d;
    if (need[0]) d[0] = index_fill(g, plan.dims[0], vector_of(index), 0);
    if (need[2]) d[2] = index_get(plan, g, index).sum();
    return d;
  }
};

/// index_add_ and index_copy_: the same but for what happens to the old elements.
template <class Op>
void write_slices(const char* op, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source) {
  check_writable(op, self);
  check(source.defined(), op, ": source is undefined");
  const Tensor x = self.dim() == 0 ? self.view({1}) : self;
  const int64_t d = wrap_dim(dim, x.dim(), op);
  const Tensor i = index_vector(op, index);
  check(x.scalar_type() == source.scalar_type(), op, ": self (", x.scalar_type(), ") and source (",
        source.scalar_type(), ") must have the same scalar type");
  Tensor s = source.dim() == 0 && x.dim() == 1 ? source.reshape({1}) : source;
  check_index(s.dim() == x.dim(), op, ": source has ", s.dim(), " dimensions but self has ", x.dim());
  check_index(s.size(d) == i.numel(), op, ": number of indices (", i.numel(),
              ") should be equal to source.size(dim): (", s.size(d), "), for dim: ", dim);
  for (int64_t k = 0; k < x.dim(); ++k)
    check(k == d || s.size(k) == x.size(k), op, ": source/destination tensor must have same slice shapes: self ",
          x.sizes(), " and source ", s.sizes(), " differ in dimension ", k);
  const IndexPlan plan = plan_of(op, x, d, i.numel(), false);
  check_index_values(plan, i);
  s = apart_from(s, x);
  apply_inplace(
      Op{plan}, x, [&] { write_index(plan, x, i, s, std::is_same_v<Op, IndexAdd>); }, i, s);
}

void fill_slices(const char* label, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value) {
  constexpr auto op = "index_fill_";
  check_fillable(op, self, value);
  check(value.dim() == 0, op, ": supports only a 0-dimensional value tensor, but got ", value);
  const Tensor x = self.dim() == 0 ? self.view({1}) : self;
  const int64_t d = wrap_dim(dim, x.dim(), op);
  const Tensor i = index_vector(op, index);
  const IndexPlan plan = plan_of(op, x, d, i.numel(), true);
  check_index_values(plan, i);
  if (value.scalar_type() != x.scalar_type()) check_number(value.item(), x.scalar_type());
  const Tensor v = value.to(x.scalar_type());
  apply_inplace(
      IndexFill{plan, label}, x, [&] { write_index(plan, x, i, v.detach().expand(plan.result_sizes()), false); }, i, v);
}

/// `index` as a matrix of one row for the flattened tensor; any shape.
Tensor flat_index(const char* op, const Tensor& index) {
  check(index.defined() && index.scalar_type() == kLong, op, ": expected a long tensor for index, but got ",
        index.defined() ? index.scalar_type() : ScalarType::Undefined);
  const Tensor i = plain(index);
  return view_of(i, {1, i.numel()}, {i.numel(), 1});
}

IndexPlan flat_plan(const char* op, const Tensor& x, const Tensor& index) {
  return {op, Shape{0}, Shape(index.sizes()), Shape{x.numel()}, true};
}

}  // namespace

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  check(x.defined(), "index_select: tensor is undefined");
  const Tensor i = index_vector("index_select", index);
  if (x.dim() == 0) {
    check_index(i.numel() == 1, "index_select: index to a 0-d tensor must have one element, got ", index);
    wrap_dim(dim, 0, "index_select");
    return index_select(x.reshape({1}), 0, index).reshape({});
  }
  const int64_t d = wrap_dim(dim, x.dim(), "index_select");
  return apply(IndexSelect{plan_of("index_select", x, d, i.numel(), false)}, x, i);
}

Tensor& index_select_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index) {
  return result_out("index_select", out, index_select(x, dim, index));
}

Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) {
  return copy_to_write(x).index_add_(dim, index, source, alpha);
}
Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return copy_to_write(x).index_copy_(dim, index, source);
}
Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value) {
  return copy_to_write(x).index_fill_(dim, index, value);
}
Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& value) {
  return copy_to_write(x).index_fill_(dim, index, value);
}

Tensor take(const Tensor& x, const Tensor& index) {
  check(x.defined(), "take: tensor is undefined");
  const Tensor i = flat_index("take", index), flat = x.reshape({-1});
  return index_get(flat_plan("take", flat, index), flat, i);
}
Tensor put(const Tensor& x, const Tensor& index, const Tensor& source, bool accumulate) {
  return x.clone().put_(index, source, accumulate);
}

Tensor Tensor::index_select(int64_t dim, const Tensor& index) const { return lampas::index_select(*this, dim, index); }
Tensor& Tensor::index_add_(int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) const {
  check(source.defined(), "index_add_: source is undefined");
  write_slices<IndexAdd>("index_add_", *this, dim, index, alpha.equal(1) ? source : source.mul(alpha));
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::index_copy_(int64_t dim, const Tensor& index, const Tensor& source) const {
  write_slices<IndexCopy>("index_copy_", *this, dim, index, source);
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index, const Scalar& value) const {
  check(defined(), "index_fill_: tensor is undefined");
  fill_slices("index_fill", *this, dim, index, new_full({}, value));
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index, const Tensor& value) const {
  fill_slices("index_fill.1", *this, dim, index, value);
  return const_cast<Tensor&>(*this);
}
Tensor Tensor::index_add(int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) const {
  return lampas::index_add(*this, dim, index, source, alpha);
}
Tensor Tensor::index_copy(int64_t dim, const Tensor& index, const Tensor& source) const {
  return lampas::index_copy(*this, dim, index, source);
}
Tensor Tensor::index_fill(int64_t dim, const Tensor& index, const Scalar& value) const {
  return lampas::index_fill(*this, dim, index, value);
}
Tensor Tensor::index_fill(int64_t dim, const Tensor& index, const Tensor& value) const {
  return lampas::index_fill(*this, dim, index, value);
}
Tensor Tensor::take(const Tensor& index) const { return lampas::take(*this, index); }
Tensor Tensor::put(const Tensor& index, const Tensor& source, bool accumulate) const {
  return lampas::put(*this, index, source, accumulate);
}
Tensor& Tensor::put_(const Tensor& index, const Tensor& source, bool accumulate) const {
  check_writable("put_", *this);
  const Tensor i = flat_index("put_", index);
  check(source.defined(), "put_: source is undefined");
  check_index(source.numel() == index.numel(),
              "put_: expected source and index to have the same number of elements, but got ",
              "source.numel() = ", source.numel(), ", index.numel() = ", index.numel());
  auto& self = const_cast<Tensor&>(*this);
  const Tensor value = source.reshape(index.sizes());
  if (is_contiguous()) {
    const Tensor flat = view({-1});
    lampas::index_put(flat_plan("put_", flat, index), flat, i, value, accumulate);
    return self;
  }
  // Positions count in row-major order, which this tensor's memory does not have.
  const Tensor flat = clone(MemoryFormat::Contiguous).view({-1});
  lampas::index_put(flat_plan("put_", flat, index), flat, i, value, accumulate);
  return copy_(flat.view(sizes()));
}

}  // namespace lampas
