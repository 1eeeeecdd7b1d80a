#include "lampas/ops/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "autograd/op.h"
#include "lampas/ops/dropout.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/softmax.h"
#include "ops/attention_op.h"
#include "ops/copy.h"

namespace lampas {

namespace {

/// Strided as the kernels want it: the last dimension dense.
Tensor rows_dense(const Tensor& t) { return t.stride(3) == 1 || t.size(3) <= 1 ? t : plain(t); }
AttentionRows rows_of(const Tensor& t) { return {t.impl()->data(), t.stride(0), t.stride(1), t.stride(2)}; }

/// An uninitialised tensor of the given sizes whose dimensions lie in memory in the order of `like`'s (the last one
/// innermost).
Tensor empty_in_order(const Tensor& like, IntArrayRef sizes) {
  int order[3] = {0, 1, 2};
  std::stable_sort(order, order + 3, [&](int a, int b) { return like.stride(a) > like.stride(b); });
  Shape strides{0, 0, 0, 1};
  int64_t step = sizes[3];
  for (int k = 2; k >= 0; --k) {
    strides[order[k]] = step;
    step *= sizes[order[k]];
  }
  const Tensor dense = empty_of(like, sizes);
  return Tensor::adopt(detail::new_alias(*dense.impl(), sizes, strides, dense.impl()->offset));
}

AttentionMask mask_of(const AttentionSettings& o, const Tensor& mask, const Tensor& padding) {
  AttentionMask m;
  if (mask.defined()) {
    m.kind = mask.scalar_type() != kBool ? AttentionMask::add
             : o.mask_keeps              ? AttentionMask::keep
                                         : AttentionMask::drop;
    m.data = mask.impl()->data();
    m.batch = mask.stride(0), m.head = mask.stride(1), m.query = mask.stride(2), m.key = mask.stride(3);
  }
  if (padding.defined()) {
    m.padding = padding.impl()->data_as<bool>();
    m.padding_batch = padding.stride(0), m.padding_key = padding.stride(1);
  }
  return m;
}

AttentionShape shape_of(const AttentionSettings& o, const Tensor& q, const Tensor& k, const Tensor& v) {
  return {q.size(0), q.size(1), q.size(2), k.size(2), q.size(3), v.size(3), o.scale, o.causal};
}

struct Parts {
  Tensor q, k, v;
};
/// Queries, keys and values (batch, heads, L, E) of a tensor (L, batch, 3 * heads * E), as aliases without history.
Parts parts_of(const Tensor& qkv, int64_t heads) {
  const TensorImpl& i = *qkv.impl();
  const int64_t steps = i.sizes()[0], batch = i.sizes()[1], width = i.sizes()[2] / 3, each = width / heads;
  const auto part = [&](int64_t k) {
    return Tensor::adopt(detail::new_alias(i, {batch, heads, steps, each}, {3 * width, each, batch * 3 * width, 1},
                                           i.offset + k * width * qkv.element_size()));
  };
  return {part(0), part(1), part(2)};
}

/// Result, weights, and logarithms of the sums for backward.
std::array<Tensor, 3> run(const AttentionSettings& o, const Parts& p, const Tensor& mask, const Tensor& padding,
                          const Tensor& drop, const Tensor& out) {
  AttentionForward f;
  f.shape = shape_of(o, p.q, p.k, p.v);
  const AttentionShape& s = f.shape;
  const Tensor weights = empty_of(out, o.weights ? Shape{s.batch, s.heads, s.queries, s.keys} : Shape{0});
  const Tensor log_sum = empty_of(out, {s.batch, s.heads, s.queries});
  f.q = rows_of(p.q), f.k = rows_of(p.k), f.v = rows_of(p.v), f.out = rows_of(out);
  f.mask = mask_of(o, mask, padding);
  f.drop = drop.defined() ? drop.impl()->data() : nullptr;
  f.weights = o.weights ? weights.impl()->data() : nullptr;
  f.log_sum = log_sum.impl()->data();
  attention_kernel.get(out.scalar_type())(f);
  return {out, weights, log_sum};
}

void run_backward(const AttentionSettings& o, const Parts& p, const Tensor& mask, const Tensor& padding,
                  const Tensor& drop, const Grads<3>& g, const Tensor& out, const Tensor& weights,
                  const Tensor& log_sum, const Parts& d) {
  AttentionBackward b;
  b.shape = shape_of(o, p.q, p.k, p.v);
  const Tensor g_out = g[0].defined() ? rows_dense(g[0]) : zeros(out.sizes(), out.options());
  const Tensor g_weights = g[1].defined() ? plain(g[1]) : Tensor();
  b.q = rows_of(p.q), b.k = rows_of(p.k), b.v = rows_of(p.v), b.out = rows_of(out), b.g_out = rows_of(g_out);
  b.dq = rows_of(d.q), b.dk = rows_of(d.k), b.dv = rows_of(d.v);
  b.mask = mask_of(o, mask, padding);
  b.drop = drop.defined() ? drop.impl()->data() : nullptr;
  b.weights = o.weights ? weights.impl()->data() : nullptr;
  b.log_sum = log_sum.impl()->data();
  b.g_weights = g_weights.defined() ? g_weights.impl()->data() : nullptr;
  attention_backward_kernel.get(out.scalar_type())(b);
}

/// scale q k^T with what is dropped at -inf, in ops.
Tensor composed_scores(const AttentionSettings& o, const Tensor& q, const Tensor& k, const Tensor& mask,
                       const Tensor& padding) {
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  Tensor scores = matmul(q, k.transpose(-1, -2)).mul(o.scale);
  if (mask.defined())
    scores = mask.scalar_type() != kBool ? scores.add(mask)
                                         : scores.masked_fill(o.mask_keeps ? mask.logical_not() : mask, lowest);
  if (padding.defined()) scores = scores.masked_fill(padding.unsqueeze(1).unsqueeze(1), lowest);
  if (o.causal) scores = scores.masked_fill(ones({q.size(2), k.size(2)}, kBool).triu(1), lowest);
  return scores;
}

/// Gradients of q, k, v in ops, for higher derivatives.
Grads<3> composed_backward(const AttentionSettings& o, const Tensor& q, const Tensor& k, const Tensor& v,
                           const Tensor& mask, const Tensor& padding, const Tensor& drop, const Tensor& g_out,
                           const Tensor& g_weights) {
  const auto dropped = [&](const Tensor& t) { return drop.defined() ? t.mul(drop) : t; };
  const Tensor p = softmax(composed_scores(o, q, k, mask, padding), -1);
  Tensor dp = g_weights;
  if (g_out.defined()) {
    const Tensor from_out = dropped(matmul(g_out, v.transpose(-1, -2)));
    dp = dp.defined() ? dp.add(from_out) : from_out;
  }
  const Tensor weighted = p.mul(dp), ds = weighted.sub(p.mul(weighted.sum({-1}, true))).mul(o.scale);
  return {matmul(ds, k), matmul(ds.transpose(-1, -2), q),
          g_out.defined() ? matmul(dropped(p).transpose(-1, -2), g_out) : zeros_like(v)};
}

struct Attention {
  static constexpr auto name = "scaled_dot_product_attention";
  static constexpr int visible = 2;
  using saves = Saves<In<0>, In<1>, In<2>, In<3>, In<4>, In<5>, OutAt<0>, OutAt<1>, OutAt<2>>;
  AttentionSettings o;
  std::array<Tensor, 3> forward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                                const Tensor& padding, const Tensor& drop) const {
    return run(o, {rows_dense(q), rows_dense(k), rows_dense(v)}, mask, padding, drop,
               empty_in_order(q, {q.size(0), q.size(1), q.size(2), v.size(3)}));
  }
  Grads<6> backward(const Grads<3>& g, const Needs<6>&, const Tensor& q, const Tensor& k, const Tensor& v,
                    const Tensor& mask, const Tensor& padding, const Tensor& drop, const Tensor& out,
                    const Tensor& weights, const Tensor& log_sum) const {
    if (detail::thread_state.grad_mode) {
      const auto d = composed_backward(o, q, k, v, mask, padding, drop, g[0], g[1]);
      return {d[0], d[1], d[2]};
    }
    const Parts d{empty_in_order(q, q.sizes()), empty_in_order(k, k.sizes()), empty_in_order(v, v.sizes())};
    run_backward(o, {rows_dense(q), rows_dense(k), rows_dense(v)}, mask, padding, drop, g, out, weights, log_sum, d);
    return {d.q, d.k, d.v};
  }
};

/// (L, batch, width) as (batch, heads, L, each) and back, differentiable.
Tensor split_heads(const Tensor& t, int64_t heads) {
  return t.unflatten(2, {heads, t.size(2) / heads}).permute({1, 2, 0, 3});
}
Tensor join_heads(const Tensor& t) { return t.permute({2, 0, 1, 3}).flatten(2); }

struct PackedAttention {
  static constexpr auto name = "packed_attention";
  static constexpr int visible = 2;
  using saves = Saves<In<0>, In<1>, In<2>, In<3>, OutAt<0>, OutAt<1>, OutAt<2>>;
  AttentionSettings o;
  int64_t heads;

  /// (L, batch, width) seen as (batch, heads, L, each).
  Tensor by_head(const Tensor& t) const {
    const int64_t steps = t.size(0), batch = t.size(1), width = t.size(2), each = width / heads;
    return Tensor::adopt(
        detail::new_alias(*t.impl(), {batch, heads, steps, each}, {width, each, batch * width, 1}, t.impl()->offset));
  }
  std::array<Tensor, 3> forward(const Tensor& qkv, const Tensor& mask, const Tensor& padding,
                                const Tensor& drop) const {
    const Tensor out = empty_of(qkv, {qkv.size(0), qkv.size(1), qkv.size(2) / 3});
    const Tensor dense = plain(qkv);
    auto r = run(o, parts_of(dense, heads), mask, padding, drop, by_head(out));
    r[0] = out;
    return r;
  }
  Grads<4> backward(const Grads<3>& g, const Needs<4>&, const Tensor& qkv, const Tensor& mask, const Tensor& padding,
                    const Tensor& drop, const Tensor& out, const Tensor& weights, const Tensor& log_sum) const {
    if (detail::thread_state.grad_mode) {
      const auto parts = qkv.chunk(3, 2);
      const auto d =
          composed_backward(o, split_heads(parts[0], heads), split_heads(parts[1], heads), split_heads(parts[2], heads),
                            mask, padding, drop, g[0].defined() ? split_heads(g[0], heads) : Tensor(), g[1]);
      return {cat({join_heads(d[0]), join_heads(d[1]), join_heads(d[2])}, 2)};
    }
    const Tensor d = empty_of(qkv, qkv.sizes());
    const Grads<3> by_heads{g[0].defined() ? by_head(plain(g[0])) : Tensor(), g[1], Tensor()};
    const Tensor dense = plain(qkv);
    run_backward(o, parts_of(dense, heads), mask, padding, drop, by_heads, by_head(out), weights, log_sum,
                 parts_of(d, heads));
    return {d};
  }
};

bool needs_composition(const AttentionSettings& o, const Tensor& mask) {
  return (o.dropout > 0 && o.weights) || (mask.defined() && detail::thread_state.grad_mode && detail::tracked(mask));
}

/// What the weights are multiplied with: 0 or 1 / (1 - p), drawn as dropout draws it. Undefined without dropout.
Tensor drawn(const AttentionSettings& o, const Tensor& like, IntArrayRef sizes) {
  return o.dropout > 0 ? lampas::dropout(ones(sizes, like.options()), o.dropout, true) : Tensor();
}

/// Everything in ops.
std::array<Tensor, 2> composed(const AttentionSettings& o, const Tensor& q, const Tensor& k, const Tensor& v,
                               const Tensor& mask, const Tensor& padding) {
  Tensor p = softmax(composed_scores(o, q, k, mask, padding), -1);
  if (o.dropout > 0) p = lampas::dropout(p, o.dropout, true);
  return {matmul(p, v), o.weights ? p : Tensor()};
}

}  // namespace

std::array<Tensor, 2> attention(const AttentionSettings& o, const Tensor& q, const Tensor& k, const Tensor& v,
                                const Tensor& mask, const Tensor& padding) {
  if (needs_composition(o, mask)) return composed(o, q, k, v, mask, padding);
  auto r = apply(Attention{o}, q, k, v, mask, padding, drawn(o, q, {q.size(0), q.size(1), q.size(2), k.size(2)}));
  if (!o.weights) r[1] = Tensor();
  return r;
}

std::array<Tensor, 2> packed_attention(const AttentionSettings& o, const Tensor& qkv, int64_t heads, const Tensor& mask,
                                       const Tensor& padding) {
  if (needs_composition(o, mask)) {
    const auto parts = qkv.chunk(3, 2);
    auto r = composed(o, split_heads(parts[0], heads), split_heads(parts[1], heads), split_heads(parts[2], heads), mask,
                      padding);
    r[0] = join_heads(r[0]);
    return r;
  }
  auto r = apply(PackedAttention{o, heads}, qkv, mask, padding,
                 drawn(o, qkv, {qkv.size(1), heads, qkv.size(0), qkv.size(0)}));
  if (!o.weights) r[1] = Tensor();
  return r;
}

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const Tensor& attn_mask, double dropout_p, bool is_causal,
                                    std::optional<double> scale) {
  const char* op = "scaled_dot_product_attention";
  check(query.dim() >= 2 && key.dim() >= 2 && value.dim() >= 2, op,
        ": expected query, key and value of at least 2 dimensions, got ", query.sizes(), ", ", key.sizes(), " and ",
        value.sizes());
  const ScalarType dtype = query.scalar_type();
  check(is_floating_point(dtype) && key.scalar_type() == dtype && value.scalar_type() == dtype, op,
        ": expected query, key and value of one floating point dtype, got ", dtype, ", ", key.scalar_type(), " and ",
        value.scalar_type());
  check(query.size(-1) == key.size(-1), op, ": query ", query.sizes(), " has ", query.size(-1), " features but key ",
        key.sizes(), " has ", key.size(-1));
  check(key.size(-2) == value.size(-2), op, ": key ", key.sizes(), " and value ", value.sizes(),
        " differ in their number of rows");
  check(dropout_p >= 0 && dropout_p <= 1, op, ": dropout probability has to be between 0 and 1, but got ", dropout_p);
  check(!is_causal || !attn_mask.defined(), op, ": expected attn_mask to be undefined when is_causal is true");
  if (dtype == kHalf || dtype == kBFloat16) {
    const Tensor mask = attn_mask.defined() && attn_mask.scalar_type() == dtype ? attn_mask.to(kFloat) : attn_mask;
    return scaled_dot_product_attention(query.to(kFloat), key.to(kFloat), value.to(kFloat), mask, dropout_p, is_causal,
                                        scale)
        .to(dtype);
  }
  const auto leading = [](const Tensor& t) { return t.sizes().slice(0, t.dim() - 2); };
  Shape batch = broadcast_shapes(broadcast_shapes(leading(query), leading(key), op), leading(value), op);
  const Shape result_batch = batch;
  Shape four = batch;  // (batch, heads)
  while (four.size() < 2) four.insert(0, 1);
  if (four.size() > 2) {
    const int64_t heads = four.back(), all = numel_of(four);
    four = Shape{heads ? all / heads : 0, heads};
  }
  const auto in_four = [&](const Tensor& t, int64_t rows, int64_t columns) {
    Shape sizes = batch;
    sizes.push_back(rows);
    sizes.push_back(columns);
    const Tensor e = t.sizes() == IntArrayRef(sizes) ? t : t.expand(sizes);
    return e.dim() == 4 ? e : e.reshape({four[0], four[1], rows, columns});
  };
  AttentionSettings o;
  o.scale = scale.value_or(query.size(-1) ? 1 / std::sqrt(static_cast<double>(query.size(-1))) : 1);
  o.causal = is_causal, o.dropout = dropout_p, o.mask_keeps = true;
  Tensor mask = attn_mask;
  if (mask.defined()) {
    check(mask.scalar_type() == kBool || mask.scalar_type() == dtype, op, ": expected attn_mask of dtype Bool or ",
          dtype, ", got ", mask.scalar_type());
    Shape sizes = batch;
    sizes.push_back(query.size(-2));
    sizes.push_back(key.size(-2));
    check(mask.dim() <= static_cast<int64_t>(sizes.size()) && broadcast_shapes(mask.sizes(), sizes, op) == sizes, op,
          ": attn_mask ", mask.sizes(), " does not broadcast to ", IntArrayRef(sizes));
    mask = in_four(mask, query.size(-2), key.size(-2));
  }
  Tensor y = attention(o, in_four(query, query.size(-2), query.size(-1)), in_four(key, key.size(-2), key.size(-1)),
                       in_four(value, value.size(-2), value.size(-1)), mask, {})[0];
  if (result_batch.size() == 2) return y;
  Shape sizes = result_batch;
  sizes.push_back(query.size(-2));
  sizes.push_back(value.size(-1));
  return y.reshape(sizes);
}

}  // namespace lampas
