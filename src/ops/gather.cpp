// gather, scatter_, scatter_add_: one position for every element.
#include "ops/gather.h"

#include <limits>

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/sparse.h"
#include "ops/copy.h"
#include "ops/index_plan.h"
#include "ops/inplace_result.h"
#include "ops/out.h"
#include "ops/view.h"

namespace lampas {

namespace {

using Fn = Kernel<GatherFn>;

/// Calls a kernel; `selected` is addressed through the index, `plain` has (at least) its sizes. `near`: GatherWalk's,
/// if defined.
BadIndex run(const Fn& kernel, ScalarType dtype, const Tensor& index, const Tensor& selected, const Tensor& plain,
             int64_t dim, const Tensor& near = {}) {
  const auto bytes = [](const Tensor& t) {
    Shape s(t.impl()->strides_ref());
    for (int64_t& v : s) v *= static_cast<int64_t>(element_size(t.impl()->dtype));
    return s;
  };
  const Shape index_stride = bytes(index), selected_stride = bytes(selected), plain_stride = bytes(plain);
  return kernel.get(dtype)({static_cast<const char*>(index.impl()->data()), static_cast<char*>(selected.impl()->data()),
                            static_cast<char*>(plain.impl()->data()), index.sizes(), index_stride, selected_stride,
                            plain_stride, static_cast<int>(dim), selected.size(dim),
                            near.defined() ? static_cast<uint16_t*>(near.impl()->data()) : nullptr});
}

void check_bad(const char* op, BadIndex bad, const Tensor& x, int64_t dim) {
  check_index(bad.dim < 0, op, ": index ", bad.value, " is out of bounds for dimension ", dim, " with size ",
              x.size(dim));
}

/// The elements of g where a gather along `dim` found them, as a sparse tensor.
Tensor named_elements(const Tensor& g, int64_t dim, const Tensor& index, const Shape& sizes) {
  std::vector<Tensor> positions;
  for (int64_t k = 0; k < index.dim(); ++k) {
    Shape along(static_cast<size_t>(index.dim()), 1);
    along[k] = index.size(k);
    const Tensor at = k == dim ? index.to(kLong) : arange(index.size(k), kLong).view(along).expand(index.sizes());
    positions.push_back(at.reshape({-1}));
  }
  return sparse_coo_tensor(stack(positions), g.reshape({-1}), sizes, g.options());
}

struct Gather {
  static constexpr auto name = "gather";
  using saves = Saves<In<1>>;
  int64_t dim;
  Shape from;
  bool sparse_grad;
  Tensor forward(const Tensor& x, const Tensor& index) const {
    Tensor y = empty_of(x, index.sizes());
    check_bad(name, run(gather_kernel, x.scalar_type(), index, x, y, dim), x, dim);
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& index) const {
    if (sparse_grad) return {named_elements(g, dim, index, from), Tensor()};
    Tensor d = g.new_zeros(from);
    d.scatter_add_(dim, index, g);
    return {d, Tensor()};
  }
};

struct Scatter {
  static constexpr auto name = "scatter_";
  using saves = Saves<In<1>>;
  int64_t dim;
  bool number = false;
  friend const char* label_of(const Scatter& op) { return op.number ? "scatter.1" : name; }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& index) const {
    return {need[0] ? scatter(g, dim, index, 0) : Tensor(), Tensor(), need[2] ? gather(g, dim, index) : Tensor()};
  }
};

struct ScatterAdd {
  static constexpr auto name = "scatter_add_";
  using saves = Saves<In<1>>;
  int64_t dim;
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& index) const {
    return {g, Tensor(), need[2] ? gather(g, dim, index) : Tensor()};
  }
};

/// Vectors in place of 0-d tensors, so that every kernel has the dimension it works along.
Tensor vector_view(const Tensor& t) { return t.dim() == 0 ? t.view({1}) : t; }

void check_index_tensor(const char* op, const Tensor& x, const Tensor& index) {
  check(x.defined() && index.defined(), op, ": tensor is undefined");
  check(index.scalar_type() == kLong, op, ": expected dtype int64 for index, but got ", index.scalar_type());
  check(std::max<int64_t>(x.dim(), 1) == std::max<int64_t>(index.dim(), 1), op,
        ": index tensor must have the same number of dimensions as input tensor: got ", index, " for ", x);
}

/// The checked arguments of a scatter.
struct Target {
  Tensor x, index, source;
  int64_t dim;
  Tensor near;  // the index in 16 bits, if that pays
};

Target prepare(const char* op, const Tensor& self, int64_t dim, const Tensor& given_index, const Tensor& given_source,
               const Fn* kernel = nullptr, ScalarType dtype = ScalarType::Undefined) {
  check_writable(op, self);
  check_index_tensor(op, self, given_index);
  check(given_source.defined(), op, ": source is undefined");
  check(self.scalar_type() == given_source.scalar_type(), op, ": expected self.dtype to be equal to src.dtype, got ",
        self.scalar_type(), " and ", given_source.scalar_type());
  Target t{vector_view(self), vector_view(given_index), given_source, 0, {}};
  t.dim = wrap_dim(dim, t.x.dim(), op);
  if (t.index.numel() == 0) return t;
  const bool number = given_source.impl()->wrapped_number;
  if (!number) t.source = given_source.dim() == 0 ? given_source.reshape({1}) : given_source;
  for (int64_t d = 0; d < t.x.dim(); ++d)
    check(d == t.dim || t.index.size(d) <= t.x.size(d), op, ": expected index ", t.index.sizes(),
          " to be smaller than self ", t.x.sizes(), " apart from dimension ", dim);
  if (number) {
    t.source = t.source.expand(t.index.sizes());
  } else {
    check(t.source.dim() == t.index.dim(), op,
          ": index tensor must have the same number of dimensions as src tensor: got ", t.index, " and ", t.source);
    for (int64_t d = 0; d < t.x.dim(); ++d) {
      check(t.index.size(d) <= t.source.size(d), op, ": expected index ", t.index.sizes(), " to be smaller than self ",
            t.x.sizes(), " apart from dimension ", dim, " and to be smaller size than src ", t.source.sizes());
      if (t.index.size(d) < t.source.size(d)) t.source = narrow(t.source, d, 0, t.index.size(d));
    }
    t.source = apart_from(t.source, t.x);
  }
  if ((kernel == &scatter_kernel || kernel == &scatter_add_kernel) && t.index.impl()->contiguous &&
      scatters_from_near(kernel == &scatter_add_kernel, dtype, t.index.numel(), t.x.size(t.dim)))
    t.near = empty_of(t.index, {t.index.numel()}, kShort);
  check_bad(op, run(gather_check_kernel, kLong, t.index, t.x, t.source, t.dim, t.near), t.x, t.dim);
  return t;
}

/// A number of x's dtype as a source.
Tensor number_of(const char* op, const Tensor& x, const Scalar& value) {
  check(x.defined(), op, ": tensor is undefined");
  Tensor v = x.new_full({}, value);
  v.impl()->wrapped_number = true;
  return v;
}

template <class Op>
void write(const Fn& kernel, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source) {
  const bool wide = std::is_same_v<Op, ScatterAdd> && self.defined() && is_reduced_floating(self.scalar_type());
  const ScalarType computed = wide || !self.defined() ? kFloat : self.scalar_type();
  const Target t = prepare(Op::name, self, dim, index, source, &kernel, computed);
  if (t.index.numel() == 0) return;
  Op op{t.dim};
  if constexpr (std::is_same_v<Op, Scatter>) op.number = source.impl()->wrapped_number;
  apply_inplace(
      op, t.x,
      [&] {
        if (!wide) {
          run(kernel, t.x.scalar_type(), t.index, t.x, t.source, t.dim, t.near);
          return;
        }
        // Sums are taken in float32 and rounded once.
        const Tensor x = empty_of(t.x, t.x.sizes(), kFloat), s = empty_of(t.x, t.source.sizes(), kFloat);
        copy_elements(x, t.x);
        copy_elements(s, t.source);
        run(kernel, kFloat, t.index, x, s, t.dim, t.near);
        copy_elements(t.x, x);
      },
      t.index, t.source);
}

void write_reduced(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source,
                   std::string_view reduce) {
  check(reduce == "add" || reduce == "multiply", "scatter_: reduce argument must be either add or multiply, got \"",
        std::string(reduce), "\"");
  if (reduce == "add") return write<ScatterAdd>(scatter_add_kernel, self, dim, index, source);
  check(!detail::thread_state.grad_mode || (!detail::tracked(self) && !detail::tracked(source)),
        "scatter_: the derivative for reduce=\"multiply\" is not defined");
  write<Scatter>(scatter_multiply_kernel, self, dim, index, source);
}

enum class Combine : uint8_t { prod, amax, amin };

/// x with the elements of `source` multiplied into, or compared with, those the index names.
struct ScatterReduce {
  static constexpr auto name = "scatter_reduce";
  using saves = Saves<In<0>, In<1>, In<2>, Out>;
  Combine kind;
  int64_t dim;
  const char* label;
  const Fn& kernel() const {
    return kind == Combine::prod   ? scatter_multiply_kernel
           : kind == Combine::amax ? scatter_amax_kernel
                                   : scatter_amin_kernel;
  }
  Tensor forward(const Tensor& x, const Tensor& index, const Tensor& source) const {
    Tensor y = x.detach().clone();
    const Target t = prepare(name, y, dim, index, source);
    if (t.index.numel()) run(kernel(), y.scalar_type(), t.index, t.x, t.source, t.dim);
    return y;
  }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& x, const Tensor& index, const Tensor& given,
                    const Tensor& y) const {
    Tensor source = given;
    for (int64_t d = 0; d < index.dim(); ++d) source = narrow(source, d, 0, index.size(d));
    const auto at = [&](const Tensor& t) { return lampas::gather(t, dim, index); };
    Grads<3> d;
    if (kind == Combine::prod) {
      // The product of all factors but one: divided by it, or multiplied anew where it is the only zero.
      const Tensor none = x.detach().eq(0), zero = source.detach().eq(0);
      if (need[0]) {
        const Tensor others = apply(*this, x.masked_fill(none, 1), index, source);
        d[0] = g.mul(others).div(x.masked_fill(none, 1));
      }
      if (need[2]) {
        const Tensor factor = source.masked_fill(zero, 1), gy = at(g.mul(y));
        const Tensor zeros = scatter_add(none.to(kLong).mul(0), dim, index, zero.to(kLong));
        const Tensor only = zero.logical_and(at(zeros).eq(1));
        const Tensor without = at(g).mul(at(apply(*this, x, index, factor)));
        d[2] = gy.div(factor).masked_fill(zero, 0).add(without.mul(only.to(g.scalar_type())));
      }
    } else {
      const ScalarType t = g.scalar_type();
      Tensor kept, hit, count;
      {
        NoGradGuard off;
        kept = x.eq(y).to(t);
        hit = source.eq(at(y)).to(t);
        count = scatter_add(kept, dim, index, hit).clamp_min(1);
      }
      const Tensor share = g.div(count);
      if (need[0]) d[0] = kept.mul(share);
      if (need[2]) d[2] = hit.mul(at(share));
    }
    if (d[2].defined() && given.sizes() != index.sizes()) {
      // Elements of the source outside the index took no part.
      Tensor whole = d[2].new_zeros(given.sizes()), part = whole;
      for (int64_t k = 0; k < index.dim(); ++k) part = narrow(part, k, 0, index.size(k));
      part.copy_(d[2]);
      d[2] = whole;
    }
    return d;
  }
};

/// `label` is that of the function: scatter_reduce or index_reduce.
Tensor reduced_by(const char* label, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                  std::string_view reduce, bool include_self) {
  const char* op = "scatter_reduce";
  check_index_tensor(op, x, index);
  check(source.defined(), op, ": src is undefined");
  check(reduce == "sum" || reduce == "prod" || reduce == "mean" || reduce == "amax" || reduce == "amin", op,
        ": reduce argument must be either sum, prod, mean, amax or amin, got ", std::string(reduce));
  check(x.scalar_type() == source.scalar_type(), op, ": expected self.dtype to be equal to src.dtype, got ",
        x.scalar_type(), " and ", source.scalar_type());
  const int64_t d = wrap_dim(dim, x.dim(), op);
  if (x.dim() == 0)
    return reduced_by(label, x.reshape({1}), 0, index.reshape({-1}), source.reshape({-1}), reduce, include_self)
        .reshape({});
  const bool floats = is_floating_point(x.scalar_type());
  const auto start = [&](const Scalar& neutral) { return include_self ? x : scatter(x, d, index, neutral); };
  if (reduce == "sum") return scatter_add(start(0), d, index, source);
  if (reduce == "mean") {
    const Tensor sum = scatter_add(start(0), d, index, source);
    Tensor count;
    {
      NoGradGuard off;
      const Tensor one = x.new_ones(x.sizes()), each = source.new_ones(source.sizes());
      count = scatter_add(include_self ? one : scatter(one, d, index, 0), d, index, each).clamp_min(1);
    }
    return floats ? sum.div(count) : sum.div(count, "floor");
  }
  if (reduce == "prod") return apply(ScatterReduce{Combine::prod, d, label}, start(1), index, source);
  const bool most = reduce == "amax";
  const double inf = std::numeric_limits<double>::infinity();
  Tensor base = x;
  if (!include_self) {
    if (floats) {
      base = start(most ? -inf : inf);
    } else {
      // The first source of each position replaces what was there.
      base = scatter(x, d, index, source);
    }
  }
  return apply(ScatterReduce{most ? Combine::amax : Combine::amin, d, label}, base, index, source);
}

}  // namespace

Tensor scatter_reduce(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce,
                      bool include_self) {
  return reduced_by(ScatterReduce::name, x, dim, index, source, reduce, include_self);
}

Tensor index_reduce(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce,
                    bool include_self) {
  check(x.defined() && index.defined() && source.defined(), "index_reduce: tensor is undefined");
  check(reduce == "prod" || reduce == "mean" || reduce == "amax" || reduce == "amin",
        "index_reduce: expected reduce to be one of prod, mean, amax or amin but got ", std::string(reduce));
  check(index.dim() <= 1, "index_reduce: Index is supposed to be a vector, but got ", index);
  const int64_t d = wrap_dim(dim, x.dim(), "index_reduce");
  check(source.dim() == x.dim() && (x.dim() == 0 || source.size(d) == index.numel()),
        "index_reduce: number of indices (", index.numel(), ") should be equal to source.size(dim): ", source);
  constexpr auto label = "index_reduce";
  if (x.dim() == 0) return reduced_by(label, x, 0, index.reshape({}).to(kLong), source, reduce, include_self);
  Shape sizes(static_cast<size_t>(x.dim()), 1);
  sizes[d] = index.numel();
  return reduced_by(label, x, d, index.to(kLong).reshape(sizes).expand(source.sizes()), source, reduce, include_self);
}

namespace {

/// The lengths of runs told by where they begin and end.
Tensor lengths_between(const Tensor& offsets) {
  const int64_t last = offsets.dim() - 1, runs = offsets.size(last) - 1;
  return narrow(offsets, last, 1, runs).sub(narrow(offsets, last, 0, runs));
}
/// For every row, which run it is of; int64.
Tensor run_of_rows(const Tensor& lengths, int64_t rows) {
  const Tensor n = plain(lengths.to(kLong));
  const int64_t runs = lengths.size(-1), count = runs ? n.numel() / runs : 0;
  const auto* p = n.impl()->data_as<int64_t>();
  Shape sizes(lengths.sizes());
  sizes.back() = rows;
  const Tensor y = empty_of(n, sizes);
  auto* to = y.impl()->data_as<int64_t>();
  for (int64_t k = 0; k < count; ++k, p += runs) {
    int64_t left = rows;
    for (int64_t r = 0; r < runs; ++r) {
      check(p[r] >= 0, "segment_reduce: lengths contains negative value: ", p[r]);
      check(p[r] <= left, "segment_reduce: lengths add up to more than the ", rows, " rows of data");
      to = std::fill_n(to, p[r], r);
      left -= p[r];
    }
    check(left == 0, "segment_reduce: Expected all rows of lengths along axis to sum to data.size(axis), which is ",
          rows, ", got ", rows - left);
  }
  return y;
}

}  // namespace

[[gnu::cold]] Tensor segment_reduce(const Tensor& data, std::string_view reduce, const std::optional<Tensor>& lengths,
                                    const std::optional<Tensor>& indices, const std::optional<Tensor>& offsets,
                                    int64_t axis, bool, const std::optional<Scalar>& initial) {
  constexpr auto op = "segment_reduce";
  check(data.defined() && data.numel() > 0, op, ": expected data with elements, got ", data);
  check(is_floating_point(data.scalar_type()), op, ": expected floating-point data, got ", data);
  check(!indices, op, ": indices based reduction is not supported; give lengths or offsets");
  check(reduce == "sum" || reduce == "prod" || reduce == "mean" || reduce == "max" || reduce == "min", op,
        ": expected reduce to be sum, prod, mean, max or min, got ", std::string(reduce));
  check(lengths.has_value() != offsets.has_value(), op, ": expected either lengths or offsets");
  const Tensor& told = lengths ? *lengths : *offsets;
  check(told.defined() && (told.scalar_type() == kLong || told.scalar_type() == kInt) && told.dim() >= 1, op,
        ": expected int32 or int64 lengths or offsets, got ", told);
  const int64_t d = wrap_dim(axis, data.dim(), op);
  check(told.dim() == d + 1, op, ": expected lengths or offsets of ", d + 1, " dimensions for axis ", axis, ", got ",
        told);
  for (int64_t k = 0; k < d; ++k)
    check(told.size(k) == data.size(k), op, ": expected lengths or offsets to have data's sizes before axis, got ",
          told, " for ", data);
  check(lengths || told.size(d) > 0, op, ": expected at least one offset");
  const Tensor counts = lengths ? told.detach() : lengths_between(told.detach());

  // A run is what is scattered to its position. Dimensions after the axis are one run side by side.
  Tensor index = run_of_rows(counts, data.size(d));
  Shape sizes(data.sizes()), ones(index.sizes());
  sizes[d] = counts.size(d);
  while (static_cast<int64_t>(ones.size()) < data.dim()) ones.push_back(1);
  index = index.reshape(ones).expand(data.sizes());
  const bool sum = reduce == "sum" || reduce == "mean", prod = reduce == "prod", most = reduce == "max";
  const double inf = std::numeric_limits<double>::infinity();
  const Scalar start = initial ? *initial : Scalar(sum ? 0. : prod ? 1. : most ? -inf : inf);
  const Tensor base = data.detach().new_empty(sizes).fill_(start);
  const Tensor y = sizes[d] == 0 ? base
                                 : scatter_reduce(base, d, index, data,
                                                  sum    ? "sum"
                                                  : prod ? "prod"
                                                  : most ? "amax"
                                                         : "amin");
  if (reduce != "mean") return y;
  Shape each(counts.sizes());
  while (static_cast<int64_t>(each.size()) < data.dim()) each.push_back(1);
  const Tensor n = counts.to(data.scalar_type()).reshape(each);
  // The mean of no rows is NaN, or what was said to begin with.
  return initial ? lampas::where(n.eq(0), y, y.div(n.clamp_min(1))) : y.div(n);
}

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, bool sparse_grad) {
  check_index_tensor("gather", x, index);
  const int64_t d = wrap_dim(dim, x.dim(), "gather");
  if (x.dim() == 0 || index.dim() == 0) {
    const Tensor y = gather(x.reshape({-1}), 0, index.reshape({-1}), sparse_grad);
    return y.reshape(index.sizes());
  }
  for (int64_t k = 0; k < x.dim(); ++k)
    check(k == d || index.numel() == 0 || index.size(k) <= x.size(k), "gather: size does not match at dimension ", k,
          " expected index ", index.sizes(), " to be smaller than self ", x.sizes(), " apart from dimension ", dim);
  return apply(Gather{d, Shape(x.sizes()), sparse_grad}, x, index);
}

Tensor& gather_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, bool) {
  return result_out("gather", out, gather(x, dim, index));
}

namespace {
Tensor target_of(const Tensor& x, const Tensor& index) {
  return index.defined() && index.numel() == 0 ? x.clone() : copy_to_write(x);
}
}  // namespace
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return target_of(x, index).scatter_(dim, index, source);
}
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value) {
  return target_of(x, index).scatter_(dim, index, value);
}
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce) {
  return target_of(x, index).scatter_(dim, index, source, reduce);
}
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) {
  return target_of(x, index).scatter_(dim, index, value, reduce);
}
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return target_of(x, index).scatter_add_(dim, index, source);
}

Tensor Tensor::gather(int64_t dim, const Tensor& index, bool sparse_grad) const {
  return lampas::gather(*this, dim, index, sparse_grad);
}
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Tensor& source) const {
  return lampas::scatter(*this, dim, index, source);
}
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Scalar& value) const {
  return lampas::scatter(*this, dim, index, value);
}
Tensor Tensor::scatter_add(int64_t dim, const Tensor& index, const Tensor& source) const {
  return lampas::scatter_add(*this, dim, index, source);
}
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Tensor& source) const {
  write<Scatter>(scatter_kernel, *this, dim, index, source);
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Scalar& value) const {
  return scatter_(dim, index, number_of("scatter_", *this, value));
}
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce) const {
  write_reduced(*this, dim, index, source, reduce);
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) const {
  return scatter_(dim, index, number_of("scatter_", *this, value), reduce);
}
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce) const {
  return lampas::scatter(*this, dim, index, source, reduce);
}
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) const {
  return lampas::scatter(*this, dim, index, value, reduce);
}
Tensor Tensor::scatter_reduce(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce,
                              bool include_self) const {
  return lampas::scatter_reduce(*this, dim, index, src, reduce, include_self);
}
Tensor& Tensor::scatter_reduce_(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce,
                                bool include_self) const {
  return result_inplace("scatter_reduce_", *this, detail::tracked(src), [&](const Tensor& x) {
    return lampas::scatter_reduce(x, dim, index, src, reduce, include_self);
  });
}
Tensor Tensor::index_reduce(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce,
                            bool include_self) const {
  return lampas::index_reduce(*this, dim, index, source, reduce, include_self);
}
Tensor& Tensor::index_reduce_(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce,
                              bool include_self) const {
  return result_inplace("index_reduce_", *this, detail::tracked(source), [&](const Tensor& x) {
    return lampas::index_reduce(x, dim, index, source, reduce, include_self);
  });
}
Tensor& Tensor::scatter_add_(int64_t dim, const Tensor& index, const Tensor& source) const {
  write<ScatterAdd>(scatter_add_kernel, *this, dim, index, source);
  return const_cast<Tensor&>(*this);
}

}  // namespace lampas
