// Sparse tensors in coordinate form.
//
// A sparse tensor's storage holds indices and values and counts as packed: an op that knows nothing of them asks for
// the data, and the storage then makes the dense elements. After an in-place write to those, indices and values are
// found again when somebody asks.
#include "ops/sparse.h"

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/sort.h"
#include "lampas/ops/sparse.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

namespace {

struct Coo final : PackedData {
  Tensor indices, values;  // (sparse_dim, n), (n, ...): row-major, without history
  Shape sizes;
  bool coalesced = false;
  uint32_t version = 0;  // of the storage, when indices and values were right
  Tensor dense;          // the elements, once somebody asked
};

void make_dense(StorageImpl& self, PackedData&) {
  auto& c = *static_cast<Coo*>(self.context);
  detail::NoRecord off;
  const auto sparse_dims = static_cast<size_t>(c.indices.size(0));
  int64_t rows = 1, row = 1;
  for (size_t d = 0; d < c.sizes.size(); ++d) (d < sparse_dims ? rows : row) *= c.sizes[d];
  c.dense = zeros(c.sizes, TensorOptions(c.values.scalar_type()));
  if (c.values.numel()) {
    Tensor at = zeros({c.values.size(0)}, kLong);
    for (size_t d = 0; d < sparse_dims; ++d) at = at.mul(c.sizes[d]).add(c.indices.select(0, static_cast<int64_t>(d)));
    c.dense.view({rows, row}).index_add_(0, at, c.values.reshape({-1, row}));
  }
  self.data = c.dense.impl()->data();
}

/// The storage as one tensor knows it: the parts belong to the storage and go with it.
Tensor make(const Tensor& indices, const Tensor& values, IntArrayRef sizes, bool coalesced) {
  auto* c = new Coo;
  c->indices = plain(indices.detach());
  c->values = plain(values.detach());
  if (c->values.impl()->storage == values.impl()->storage) c->values = c->values.clone();
  c->values.impl()->data();  // nothing packed is left inside
  c->indices.impl()->data();
  c->sizes = sizes;
  c->coalesced = coalesced || c->values.size(0) < 2;
  c->unpack = make_dense;
  c->destroy = [](PackedData*) noexcept {};  // the deleter's
  auto* s = new StorageImpl;
  s->nbytes = static_cast<size_t>(numel_of(sizes)) * element_size(values.scalar_type());
  s->resizable = false;
  s->context = static_cast<Coo*>(c);
  s->deleter = [](StorageImpl& self) { delete static_cast<Coo*>(self.context); };
  s->packed.store(c);
  const StoragePtr owner = StoragePtr::adopt(s);
  Tensor t = Tensor::adopt(detail::new_over(s, sizes, contiguous_strides(sizes), 0, values.scalar_type()));
  t.impl()->sparse = true;
  return t;
}

/// Up-to-date parts of a sparse tensor.
Coo& parts_of(const char* op, const Tensor& t) {
  check(t.defined(), op, ": tensor is undefined");
  check(t.is_sparse(), op, ": expected sparse tensor, got a strided one of sizes ", t.sizes());
  StorageImpl& s = *t.impl()->storage;
  auto& c = *static_cast<Coo*>(s.context);
  const uint32_t now = s.version.load(std::memory_order_relaxed);
  if (now == c.version) return c;
  if (!c.dense.defined()) {
    c.version = now;
    return c;
  }
  // Somebody wrote to the dense elements.
  detail::NoRecord off;
  Tensor occupied = c.dense.ne(0);
  const int64_t sparse_dims = c.indices.size(0), rank = static_cast<int64_t>(c.sizes.size());
  if (rank > sparse_dims) occupied = occupied.flatten(sparse_dims).any(-1);
  const Tensor at = nonzero(occupied);
  std::vector<TensorIndex> where;
  for (int64_t d = 0; d < sparse_dims; ++d) where.emplace_back(at.select(1, d));
  c.values = plain(c.dense.index(where));
  c.indices = plain(at.t());
  c.coalesced = true;
  c.version = now;
  return c;
}

/// Row-major positions over the sparse dimensions.
Tensor positions(const Coo& c) {
  Tensor at = zeros({c.indices.size(1)}, kLong);
  for (int64_t d = 0; d < c.indices.size(0); ++d) at = at.mul(c.sizes[d]).add(c.indices.select(0, d));
  return at;
}

/// The elements of dense t at the positions of `indices`.
Tensor picked(const Tensor& t, const Tensor& indices) {
  const Tensor d = t.is_sparse() ? t.to_dense() : t;
  std::vector<TensorIndex> where;
  for (int64_t k = 0; k < indices.size(0); ++k) where.emplace_back(indices.select(0, k));
  if (where.empty())
    return d.unsqueeze(0).expand([&] {
      Shape s(d.sizes());
      s.insert(0, indices.size(1));
      return s;
    }());
  return d.index(where);
}

struct FromParts {
  static constexpr auto name = "sparse_coo_tensor";
  using saves = Saves<In<0>>;
  Shape sizes;
  bool coalesced;
  Tensor forward(const Tensor& indices, const Tensor& values) const { return make(indices, values, sizes, coalesced); }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& indices) const {
    return {Tensor(), picked(g, indices)};
  }
};

struct Values {
  static constexpr auto name = "values";
  static constexpr int visible = 1;
  using saves = Saves<OutAt<1>>;
  Shape sizes;
  bool coalesced;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Coo& c = parts_of(name, x);
    return {c.values.alias(), c.indices.alias()};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& indices) const {
    return {apply(FromParts{sizes, coalesced}, indices, g[0])};
  }
};

struct ToDense {
  static constexpr auto name = "to_dense";
  using saves = Saves<>;
  Tensor forward(const Tensor& x) const {
    Tensor y = empty_of(x, x.sizes());
    copy_elements(y, x);
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g}; }
};

struct Coalesce {
  static constexpr auto name = "coalesce";
  using saves = Saves<>;
  Tensor forward(const Tensor& x) const {
    const Coo& c = parts_of(name, x);
    const auto [at, inverse, counts] = _unique2(positions(c), true, true, false);
    const int64_t n = at.numel(), sparse_dims = c.indices.size(0);
    Shape sizes(c.values.sizes());
    sizes[0] = n;
    const Tensor values = zeros(sizes, TensorOptions(c.values.scalar_type()));
    values.index_add_(0, inverse, c.values);
    Tensor indices = empty({sparse_dims, n}, kLong);
    const auto* p = plain(at).impl()->data_as<int64_t>();
    auto* out = indices.impl()->data_as<int64_t>();
    for (int64_t k = 0; k < n; ++k) {
      int64_t rest = p[k];
      for (int64_t d = sparse_dims - 1; d >= 0; --d) {
        out[d * n + k] = rest % c.sizes[d];
        rest /= c.sizes[d];
      }
    }
    return make(indices, values, c.sizes, true);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g}; }
};

void add_values(const Tensor& y, const Coo& c, const Scalar& alpha) {
  if (c.values.numel() == 0) return;
  const auto sparse_dims = static_cast<size_t>(c.indices.size(0));
  if (y.is_contiguous()) {
    int64_t rows = 1, row = 1;
    for (size_t d = 0; d < c.sizes.size(); ++d) (d < sparse_dims ? rows : row) *= c.sizes[d];
    Tensor::adopt(detail::new_alias(*y.impl(), {rows, row}, {row, 1}, y.impl()->offset))
        .index_add_(0, positions(c), c.values.reshape({-1, row}), alpha);
    return;
  }
  std::vector<TensorIndex> where;
  for (size_t d = 0; d < sparse_dims; ++d) where.emplace_back(c.indices.select(0, static_cast<int64_t>(d)));
  y.index_put_(where, c.values.mul(alpha), true);
}

struct SparseAdd {
  static constexpr auto name = "add";
  using saves = Saves<>;
  Scalar alpha;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    if (!a.is_sparse() || !b.is_sparse()) {
      Tensor y = a.is_sparse() ? b.mul(alpha) : a.clone();
      add_values(y, parts_of(name, a.is_sparse() ? a : b), a.is_sparse() ? Scalar(1) : alpha);
      y.impl()->storage->version.store(0, std::memory_order_relaxed);
      return y;
    }
    const Coo &p = parts_of(name, a), &q = parts_of(name, b);
    check(p.indices.size(0) == q.indices.size(0), "add: expected both sparse tensors to have ", p.indices.size(0),
          " sparse dimensions, got ", q.indices.size(0));
    const Tensor scaled = alpha.equal(1) ? q.values : q.values.mul(alpha);
    return make(cat({p.indices, q.indices}, 1), cat({p.values, scaled}, 0), p.sizes, false);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? g : Tensor(), need[1] ? g.mul(alpha) : Tensor()};
  }
};

struct Scale {
  static constexpr auto name = "mul";
  using saves = Saves<>;
  Scalar factor;
  Tensor forward(const Tensor& x) const {
    const Coo& c = parts_of(name, x);
    return make(c.indices, c.values.mul(factor), c.sizes, c.coalesced);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.mul(factor)}; }
};

struct CloneSparse {
  static constexpr auto name = "clone";
  using saves = Saves<>;
  Tensor forward(const Tensor& x) const {
    const Coo& c = parts_of(name, x);
    return make(c.indices, c.values, c.sizes, c.coalesced);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g}; }
};

/// Gives x other parts, in place.
void replace_parts(const Tensor& x, const Tensor& source) {
  StorageImpl& s = *x.impl()->storage;
  auto& c = *static_cast<Coo*>(s.context);
  const Coo& from = parts_of("add_", source);
  c.indices = from.indices;
  c.values = from.values;
  c.coalesced = from.coalesced;
  c.dense = Tensor();
  s.data = nullptr;
  s.packed.store(&c);
  c.version = s.version.load(std::memory_order_relaxed) + 1;  // the caller counts this write
}

}  // namespace

Tensor sparse_add(const Tensor& a, const Tensor& b, const Scalar& alpha) { return apply(SparseAdd{alpha}, a, b); }
void sparse_add_(const Tensor& self, const Tensor& other, const Scalar& alpha) {
  apply_inplace(
      SparseAdd{alpha}, self,
      [&] {
        detail::NoRecord off;
        if (self.is_sparse()) {
          replace_parts(self, SparseAdd{alpha}.forward(self, other));
          return;
        }
        add_values(self, parts_of("add_", other), alpha);
      },
      other);
}
Tensor sparse_scale(const Tensor& x, const Scalar& factor) { return apply(Scale{factor}, x); }
Tensor sparse_clone(const Tensor& x) { return apply(CloneSparse{}, x); }
void sparse_zero_(const Tensor& x) {
  const Coo& c = parts_of("zero_", x);
  Shape sizes(c.values.sizes());
  sizes[0] = 0;
  detail::NoRecord off;
  replace_parts(
      x, make(empty({c.indices.size(0), 0}, kLong), empty(sizes, TensorOptions(x.scalar_type())), c.sizes, true));
}

Tensor sparse_coo_tensor(const Tensor& given, const Tensor& values_in, IntArrayRef sizes, const TensorOptions& o) {
  const char* op = "sparse_coo_tensor";
  check(given.defined() && values_in.defined(), op, ": tensor is undefined");
  check(given.dim() == 2, op, ": indices must have shape (sparse_dim, nnz), got ", given);
  check(given.scalar_type() == kLong || given.scalar_type() == kInt, op, ": indices must be an int64 tensor, got ",
        given.scalar_type());
  const Tensor values = o.has_dtype() ? values_in.to(o.scalar_type()) : values_in,
               indices = plain(given.detach().to(kLong));
  check(values.dim() >= 1 && values.size(0) == indices.size(1), op, ": number of values (",
        values.dim() ? values.size(0) : 1, ") does not match the number of indices (", indices.size(1), ")");
  const int64_t sparse_dims = indices.size(0), n = indices.size(1);
  check(sparse_dims + values.dim() - 1 == static_cast<int64_t>(sizes.size()), op,
        ": number of dimensions must be sparse_dim (", sparse_dims, ") + dense_dim (", values.dim() - 1, "), but got ",
        sizes.size());
  checked_numel(sizes, element_size(values.scalar_type()), op);
  for (int64_t d = 1; d < values.dim(); ++d)
    check(values.size(d) == sizes[static_cast<size_t>(sparse_dims + d - 1)], op, ": values of sizes ", values.sizes(),
          " do not fit sizes ", sizes);
  const auto* p = indices.impl()->data_as<int64_t>();
  for (int64_t d = 0; d < sparse_dims; ++d)
    for (int64_t k = 0; k < n; ++k)
      check_index(p[d * n + k] >= 0 && p[d * n + k] < sizes[static_cast<size_t>(d)], op,
                  ": size is inconsistent with "
                  "indices: for dim ",
                  d, ", size is ", sizes[static_cast<size_t>(d)], " but found index ", p[d * n + k]);
  Tensor t = apply(FromParts{Shape(sizes), false}, indices, values);
  if (o.requires_grad()) t.set_requires_grad(true);
  return t;
}
Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, const TensorOptions& o) {
  check(indices.defined() && values.defined() && indices.dim() == 2 && values.dim() >= 1,
        "sparse_coo_tensor: indices must have shape (sparse_dim, nnz), got ", indices);
  Shape sizes;
  for (int64_t d = 0; d < indices.size(0); ++d) {
    check(indices.size(1) > 0, "sparse_coo_tensor: cannot infer sizes without indices");
    sizes.push_back(indices.select(0, d).max().item<int64_t>() + 1);
    check(sizes.back() > 0, "sparse_coo_tensor: found negative index ", sizes.back() - 1, " for dim ", d);
  }
  for (int64_t d = 1; d < values.dim(); ++d) sizes.push_back(values.size(d));
  return sparse_coo_tensor(indices, values, sizes, o);
}
Tensor sparse_coo_tensor(IntArrayRef sizes, const TensorOptions& o) {
  return sparse_coo_tensor(empty({static_cast<int64_t>(sizes.size()), 0}, kLong),
                           empty({0}, o.layout(kStrided).requires_grad(std::nullopt)), sizes, o);
}

Tensor Tensor::to_dense(std::optional<ScalarType> dtype) const {
  check(defined(), "to_dense: tensor is undefined");
  const Tensor y = is_sparse() ? apply(ToDense{}, *this) : *this;
  return dtype ? y.to(*dtype) : y;
}
Tensor Tensor::to_sparse(int64_t sparse_dims) const {
  check(defined(), "to_sparse: tensor is undefined");
  if (is_sparse()) return *this;
  check(sparse_dims >= 0 && sparse_dims <= dim() && (sparse_dims > 0 || dim() == 0),
        "to_sparse: sparse_dim must be in the range (0, ", dim(), "], got ", sparse_dims);
  Tensor indices;
  {
    NoGradGuard off;
    Tensor occupied = ne(0);
    if (sparse_dims < dim()) occupied = occupied.flatten(sparse_dims).any(-1);
    indices = lampas::nonzero(occupied).t().contiguous();
  }
  return apply(FromParts{Shape(sizes()), true}, indices, picked(*this, indices));
}
Tensor Tensor::to_sparse() const { return to_sparse(dim()); }
Tensor Tensor::coalesce() const { return parts_of("coalesce", *this).coalesced ? *this : apply(Coalesce{}, *this); }
bool Tensor::is_coalesced() const { return parts_of("is_coalesced", *this).coalesced; }
Tensor Tensor::_indices() const { return parts_of("_indices", *this).indices.detach(); }
Tensor Tensor::_values() const { return parts_of("_values", *this).values.detach(); }
Tensor Tensor::indices() const {
  check(parts_of("indices", *this).coalesced,
        "indices: Cannot get indices on an uncoalesced tensor, please call .coalesce() first");
  return _indices();
}
Tensor Tensor::values() const {
  check(parts_of("values", *this).coalesced,
        "values: Cannot get values on an uncoalesced tensor, please call .coalesce() first");
  return apply(Values{Shape(sizes()), true}, *this);
}
int64_t Tensor::sparse_dim() const { return parts_of("sparse_dim", *this).indices.size(0); }
int64_t Tensor::dense_dim() const { return dim() - sparse_dim(); }
int64_t Tensor::_nnz() const { return parts_of("_nnz", *this).values.size(0); }
Tensor Tensor::sparse_mask(const Tensor& mask) const {
  const Coo& c = parts_of("sparse_mask", mask);
  check(sizes() == mask.sizes(), "sparse_mask: the mask must have sizes ", sizes(), ", got ", mask.sizes());
  return apply(FromParts{Shape(sizes()), c.coalesced}, c.indices, picked(*this, c.indices));
}

}  // namespace lampas
