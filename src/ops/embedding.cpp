// Everything here derives from one trilinear form, T(g, w, s) = sum over entries i of s_i <g[bag_i], w[index_i]>: the
// sums over bags, the gradient of the table and that of the weights are its derivatives, and derivatives of one
// another.
#include "ops/embedding.h"

#include <vector>

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/embedding.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/sparse.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/embedding_op.h"

namespace lampas {

namespace {

const int64_t* longs(const Tensor& t) { return t.defined() ? t.impl()->data_as<int64_t>() : nullptr; }
const void* data_of(const Tensor& t) { return t.defined() ? t.impl()->data() : nullptr; }
Tensor dense(const Tensor& t) { return t.defined() ? plain(t) : t; }

Lookup lookup_of(int64_t rows, int64_t dim, int64_t bags, const Tensor& index, const Tensor& begin, const Tensor& bag) {
  Lookup l;
  l.rows = rows, l.dim = dim, l.n = index.numel(), l.bags = bags;
  l.index = longs(index), l.begin = longs(begin), l.bag = longs(bag);
  return l;
}

/// What all three know: the table's rows, and how many bags there are. Inputs index (n), begin (bags + 1) and bag (n)
/// are int64; begin and bag are undefined where every entry is a bag.
struct BagParameters {
  int64_t rows, bags;
  bool sparse = false;  // whether the table's gradient is
};
Tensor bag_sum(const BagParameters& p, const Tensor& w, const Tensor& s, const Tensor& f, const Tensor& index,
               const Tensor& begin, const Tensor& bag);
Tensor bag_scatter(const BagParameters& p, const Tensor& g, const Tensor& s, const Tensor& index, const Tensor& begin,
                   const Tensor& bag);
Tensor bag_dot(const BagParameters& p, const Tensor& g, const Tensor& w, const Tensor& index, const Tensor& begin,
               const Tensor& bag);

/// The rows bag_scatter adds, as a sparse tensor: one for each entry that counts. A gradient that is to be
/// differentiated again is dense.
Tensor sparse_rows(const BagParameters& p, const Tensor& g, const Tensor& s, const Tensor& index, const Tensor& bag) {
  Tensor at = index, rows = bag.defined() ? g.index_select(0, bag) : g, scale = s;
  if (scale.defined()) {
    const Tensor kept = scale.ne(0).nonzero().flatten();
    if (kept.numel() < index.numel()) {
      at = at.index_select(0, kept);
      rows = rows.index_select(0, kept);
      scale = scale.index_select(0, kept);
    }
    rows = rows.mul(scale.unsqueeze(1));
  }
  return sparse_coo_tensor(at.unsqueeze(0), rows.contiguous(), {p.rows, g.size(1)}, g.options());
}

/// y[b] = sum of s_i w[index_i]. The factors f multiply the gradient of w only (padding, frequencies).
struct BagSum {
  static constexpr auto name = "embedding";
  using saves = Saves<In<0, 1>, In<1, 0>, In<2, 0>, In<3>, In<4>, In<5>>;
  BagParameters p;
  Shape sizes;  // of the result: bags x columns, or those of the indices and columns
  const char* label;
  Tensor forward(const Tensor& w, const Tensor& s, const Tensor&, const Tensor& index, const Tensor& begin,
                 const Tensor& bag) const {
    const Tensor table = plain(w), scale = dense(s);
    Tensor y = empty_of(w, sizes);
    if (y.numel())
      bag_sum_kernel.get(w.scalar_type())(lookup_of(p.rows, w.size(1), p.bags, index, begin, bag), table.impl()->data(),
                                          data_of(scale), y.impl()->data());
    return y;
  }
  Grads<6> backward(const Tensor& given, const Needs<6>& need, const Tensor& w, const Tensor& s, const Tensor& f,
                    const Tensor& index, const Tensor& begin, const Tensor& bag) const {
    Grads<6> d;
    const Tensor g = given.dim() == 2 ? given : given.reshape({p.bags, given.size(-1)});
    if (need[0]) {
      const Tensor scale = !f.defined() ? s : s.defined() ? s.mul(f) : f;
      if (p.sparse && !detail::thread_state.grad_mode)
        d[0] = sparse_rows(p, g, scale, index, bag);
      else
        d[0] = bag_scatter(p, g, scale, index, begin, bag);
    }
    if (need[1]) d[1] = bag_dot(p, g, w, index, begin, bag);
    return d;
  }
};

/// dw[index_i] += s_i g[bag_i].
struct BagScatter {
  static constexpr auto name = "embedding_backward";
  using saves = Saves<In<0, 1>, In<1, 0>, In<2>, In<3>, In<4>>;
  BagParameters p;
  Tensor forward(const Tensor& g, const Tensor& s, const Tensor& index, const Tensor& begin, const Tensor& bag) const {
    const Tensor gd = plain(g), scale = dense(s);
    Tensor dw = empty_of(g, {p.rows, g.size(1)});
    if (dw.numel())
      bag_scatter_kernel.get(g.scalar_type())(lookup_of(p.rows, g.size(1), p.bags, index, begin, bag),
                                              gd.impl()->data(), data_of(scale), dw.impl()->data());
    return dw;
  }
  Grads<5> backward(const Tensor& v, const Needs<5>& need, const Tensor& g, const Tensor& s, const Tensor& index,
                    const Tensor& begin, const Tensor& bag) const {
    Grads<5> d;
    if (need[0]) d[0] = bag_sum(p, v, s, {}, index, begin, bag);
    if (need[1]) d[1] = bag_dot(p, g, v, index, begin, bag);
    return d;
  }
};

/// ds_i = <g[bag_i], w[index_i]>.
struct BagDot {
  static constexpr auto name = "embedding_bag_weights";
  using saves = Saves<In<0, 1>, In<1, 0>, In<2>, In<3>, In<4>>;
  BagParameters p;
  Tensor forward(const Tensor& g, const Tensor& w, const Tensor& index, const Tensor& begin, const Tensor& bag) const {
    const Tensor gd = plain(g), table = plain(w);
    Tensor ds = empty_of(g, {index.numel()});
    if (ds.numel())
      bag_dot_kernel.get(g.scalar_type())(lookup_of(p.rows, g.size(1), p.bags, index, begin, bag), gd.impl()->data(),
                                          table.impl()->data(), ds.impl()->data());
    return ds;
  }
  Grads<5> backward(const Tensor& v, const Needs<5>& need, const Tensor& g, const Tensor& w, const Tensor& index,
                    const Tensor& begin, const Tensor& bag) const {
    Grads<5> d;
    if (need[0]) d[0] = bag_sum(p, w, v, {}, index, begin, bag);
    if (need[1]) d[1] = bag_scatter(p, g, v, index, begin, bag);
    return d;
  }
};

Tensor bag_sum(const BagParameters& p, const Tensor& w, const Tensor& s, const Tensor& f, const Tensor& index,
               const Tensor& begin, const Tensor& bag) {
  return apply(BagSum{p, {p.bags, w.size(1)}, "embedding_bag"}, w, s, f, index, begin, bag);
}
Tensor bag_scatter(const BagParameters& p, const Tensor& g, const Tensor& s, const Tensor& index, const Tensor& begin,
                   const Tensor& bag) {
  return apply(BagScatter{p}, g, s, index, begin, bag);
}
Tensor bag_dot(const BagParameters& p, const Tensor& g, const Tensor& w, const Tensor& index, const Tensor& begin,
               const Tensor& bag) {
  return apply(BagDot{p}, g, w, index, begin, bag);
}

/// Indices as a dense int64 vector, every one checked.
Tensor checked_indices(const char* op, const Tensor& weight, const Tensor& indices) {
  check_defined(op, weight, "weight");
  check_defined(op, indices, "indices");
  check(weight.dim() == 2, op, ": 'weight' must be 2-D, got ", weight.sizes());
  check(is_floating_point(weight.scalar_type()), op, ": expected a floating point weight, got ", weight.scalar_type());
  check(indices.scalar_type() == kLong || indices.scalar_type() == kInt, op,
        ": Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got ",
        indices.scalar_type());
  const Tensor flat = plain(indices.detach().to(kLong)).reshape({-1});
  const int64_t rows = weight.size(0), n = flat.numel();
  const int64_t* p = longs(flat);
  uint64_t bad = 0;  // a sign: of an index, or of rows - 1 less one
  for (int64_t i = 0; i < n; ++i)
    bad |= static_cast<uint64_t>(p[i]) | (static_cast<uint64_t>(rows - 1) - static_cast<uint64_t>(p[i]));
  if (LAMPAS_UNLIKELY(bad >> 63))
    for (int64_t i = 0; i < n; ++i)
      check_index(p[i] >= 0 && p[i] < rows, op, ": index out of range in self: index ", p[i],
                  " does not name a row of weight ", weight.sizes());
  return flat;
}

/// What the gradient of each entry is multiplied by; undefined when that is 1 everywhere.
Tensor gradient_factors(const Tensor& weight, const Tensor& index, int64_t padding_idx, bool by_frequency) {
  if (padding_idx < 0 && !by_frequency) return {};
  const int64_t n = index.numel();
  const int64_t* at = longs(index);
  const Tensor f = empty({n}, TensorOptions(kDouble));
  double* p = f.data_ptr<double>();
  std::vector<int64_t> count(by_frequency ? static_cast<size_t>(weight.size(0)) : 0);
  if (by_frequency)
    for (int64_t i = 0; i < n; ++i) ++count[static_cast<size_t>(at[i])];
  for (int64_t i = 0; i < n; ++i) {
    p[i] = at[i] == padding_idx ? 0 : 1;
    if (by_frequency) p[i] /= static_cast<double>(count[static_cast<size_t>(at[i])]);
  }
  return f.to(weight.scalar_type());
}

/// `index`: checked_indices of `weight`.
void renorm(const char* op, const Tensor& weight, const Tensor& index, detail::NormLimit limit) {
  if (index.numel() == 0 || weight.size(1) == 0) return;
  check(weight.size(0) == 1 || weight.stride(0) != 0, op, ": weight ", weight.sizes(),
        " repeats one row in memory and cannot be changed in place; clone it first");
  embedding_renorm_kernel.get(weight.scalar_type())(
      lookup_of(weight.size(0), weight.size(1), index.numel(), index, {}, {}), weight.impl()->data(), weight.stride(0),
      weight.stride(1), limit.norm, limit.p);
  weight.impl()->bump_version();
}
void renorm(const Tensor& weight, const Tensor& indices, double max_norm, double norm_type) {
  constexpr auto op = "embedding_renorm_";
  renorm(op, weight, checked_indices(op, weight, indices), {max_norm, norm_type});
}

}  // namespace

Tensor detail::embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx, bool scale_grad_by_freq,
                         bool sparse, std::optional<NormLimit> limit) {
  constexpr auto op = "embedding";
  check(!sparse || !scale_grad_by_freq, op, ": scale_grad_by_freq not supported with sparse gradients");
  const Tensor index = checked_indices(op, weight, indices);
  if (limit) renorm(op, weight, index, *limit);
  const bool graded = thread_state.grad_mode && tracked(weight);
  const Tensor f = graded ? gradient_factors(weight, index, padding_idx, scale_grad_by_freq) : Tensor();
  Shape sizes(indices.sizes());
  sizes.push_back(weight.size(1));
  const BagParameters p{weight.size(0), index.numel(), sparse};
  return apply(BagSum{p, sizes, BagSum::name}, weight, Tensor(), f, index, Tensor(), Tensor());
}

Tensor embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx, bool scale_grad_by_freq,
                 bool sparse) {
  return detail::embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse, {});
}

Tensor& embedding_renorm_(Tensor& weight, const Tensor& indices, double max_norm, double norm_type) {
  renorm(weight, indices, max_norm, norm_type);
  return weight;
}
const Tensor& embedding_renorm_(const Tensor& weight, const Tensor& indices, double max_norm, double norm_type) {
  renorm(weight, indices, max_norm, norm_type);
  return weight;
}

std::tuple<Tensor, Tensor, Tensor, Tensor> detail::embedding_bag(
    const Tensor& weight, const Tensor& indices, const Tensor& offsets, bool scale_grad_by_freq, int64_t mode,
    bool sparse, const Tensor& per_sample_weights, bool include_last_offset, std::optional<int64_t> padding_idx,
    std::optional<NormLimit> limit) {
  constexpr auto op = "embedding_bag";
  check(mode >= 0 && mode <= 2, op, ": mode must be 0 (sum), 1 (mean) or 2 (max), got ", mode);
  check(mode != 2 || !scale_grad_by_freq, op, ": max mode does not support scaling the gradient by the frequency");
  check(mode != 2 || !sparse, op, ": max mode does not support sparse weights");
  check(!sparse || !scale_grad_by_freq, op, ": scale_grad_by_freq not supported with sparse gradients");
  check_defined(op, indices);
  check_defined(op, offsets, "offsets");
  check(indices.dim() == 1, op, ": input has to be a 1D Tensor, but got Tensor of dimension ", indices.dim());
  check(offsets.dim() == 1, op, ": offsets has to be a 1D Tensor, but got Tensor of dimension ", offsets.dim());
  check(offsets.scalar_type() == kLong || offsets.scalar_type() == kInt, op,
        ": expected offsets of dtype Long or Int, got ", offsets.scalar_type());
  const Tensor index = checked_indices(op, weight, indices);
  const int64_t n = index.numel(), rows = weight.size(0), dim = weight.size(1);
  int64_t padding = -1;
  if (padding_idx) {
    padding = *padding_idx < 0 ? *padding_idx + rows : *padding_idx;
    check(padding >= 0 && padding < rows, op, ": padding_idx must be within the number of embeddings, -", rows,
          " through ", rows - 1, ", but got ", *padding_idx);
  }
  check(!per_sample_weights.defined() || mode == 0, op,
        ": per_sample_weights is only supported for mode='kSum' (got mode ", mode, ")");
  check(!per_sample_weights.defined() || per_sample_weights.sizes() == indices.sizes(), op,
        ": If per_sample_weights is not null, then it must have the same shape as the input (", indices.sizes(),
        "), got ", per_sample_weights);
  check(!per_sample_weights.defined() || per_sample_weights.scalar_type() == weight.scalar_type(), op,
        ": expected per_sample_weights to have the same dtype as weight (", weight.scalar_type(), "), got ",
        per_sample_weights);
  const Tensor starts = plain(offsets.detach().to(kLong));
  check(!include_last_offset || starts.numel() > 0, op,
        ": with include_last_offset, offsets must have at least one entry");
  const int64_t bags = starts.numel() - (include_last_offset ? 1 : 0);
  const Tensor begin = empty({bags + 1}, kLong), bag = empty({n}, kLong), sizes = zeros({bags}, kLong);
  int64_t *b = begin.data_ptr<int64_t>(), *of = bag.data_ptr<int64_t>(), *size = sizes.data_ptr<int64_t>();
  std::copy_n(longs(starts), starts.numel(), b);
  if (!include_last_offset) b[bags] = n;
  check(bags > 0 || n == 0, op, ": ", n, " indices but no bags: offsets is empty");
  check(b[0] == 0 || bags == 0, op,
        ": offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
        "got ",
        b[0]);
  for (int64_t k = 0; k < bags; ++k)
    check(b[k] <= b[k + 1] || k + 1 == bags, op, ": offsets must not decrease, got ", b[k], " before ", b[k + 1]);
  check(bags == 0 || (b[bags - 1] <= n && b[bags] <= n && b[bags - 1] <= b[bags]), op,
        ": offsets[-1] can not be greater than input's length ", n, " but got offsets[-1] of ",
        std::max(b[bags], bags ? b[bags - 1] : 0));
  if (limit) renorm(op, weight, index, *limit);
  const int64_t* at = longs(index);
  std::fill_n(of, n, int64_t{0});
  for (int64_t k = 0; k < bags; ++k) {
    for (int64_t i = b[k]; i < b[k + 1]; ++i) of[i] = k;
    size[k] = b[k + 1] - b[k];
    if (padding >= 0) size[k] -= std::count(at + b[k], at + b[k + 1], padding);
  }

  if (mode == 2) {
    const Tensor row = empty({bags, dim}, kLong);
    {
      NoGradGuard off;
      const Tensor table = plain(weight);
      if (row.numel())
        bag_max_kernel.get(weight.scalar_type())(lookup_of(rows, dim, bags, index, begin, bag), table.impl()->data(),
                                                 padding, row.data_ptr<int64_t>());
    }
    const Tensor none = row.lt(0);
    return {rows == 0 ? zeros({bags, dim}, weight.options()) : weight.gather(0, row.clamp_min(0)).masked_fill(none, 0),
            bag, sizes, row};
  }
  // Entries beyond the last bag (include_last_offset) and padding weigh nothing.
  const int64_t used = bags ? b[bags] : 0;
  Tensor scale = per_sample_weights;
  if (mode == 1 || padding >= 0 || used < n) {
    const Tensor s = empty({n}, TensorOptions(kDouble));
    double* p = s.data_ptr<double>();
    std::fill_n(p + used, n - used, 0.0);
    for (int64_t k = 0; k < bags; ++k) {
      const double each = mode == 1 ? 1 / static_cast<double>(size[k]) : 1;
      for (int64_t i = b[k]; i < b[k + 1]; ++i) p[i] = at[i] != padding ? each : 0;
    }
    const Tensor typed = s.to(weight.scalar_type());
    scale = scale.defined() ? scale.mul(typed) : typed;
  }
  const Tensor f = gradient_factors(weight, index, -1, scale_grad_by_freq);
  return {bag_sum({rows, bags, sparse}, weight, scale, f, index, begin, bag), bag, sizes, empty({0}, kLong)};
}

std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(const Tensor& weight, const Tensor& indices,
                                                         const Tensor& offsets, bool scale_grad_by_freq, int64_t mode,
                                                         bool sparse, const Tensor& per_sample_weights,
                                                         bool include_last_offset, std::optional<int64_t> padding_idx) {
  return detail::embedding_bag(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights,
                               include_last_offset, padding_idx, {});
}

Tensor one_hot(const Tensor& x, int64_t num_classes) {
  check(x.scalar_type() == kLong, "one_hot: one_hot is only applicable to index tensor, got ", x.scalar_type());
  check(x.numel() > 0 || num_classes > 0, "one_hot: Can not infer total number of classes from empty tensor.");
  const Tensor index = plain(x.detach());
  const int64_t* p = longs(index);
  int64_t classes = num_classes;
  for (int64_t i = 0; i < index.numel(); ++i) {
    check(p[i] >= 0, "one_hot: Class values must be non-negative, got ", p[i]);
    if (num_classes < 0)
      classes = std::max(classes, p[i] + 1);
    else
      check(p[i] < num_classes, "one_hot: Class values must be smaller than num_classes (", num_classes, "), got ",
            p[i]);
  }
  check(num_classes == -1 || num_classes > 0, "one_hot: num_classes should be positive, got ", num_classes);
  Shape sizes(x.sizes());
  sizes.push_back(classes);
  checked_numel(sizes, 8, "one_hot");
  const Tensor y = zeros(sizes, kLong);
  int64_t* to = y.data_ptr<int64_t>();
  for (int64_t i = 0; i < index.numel(); ++i) to[i * classes + p[i]] = 1;
  return y;
}

}  // namespace lampas
