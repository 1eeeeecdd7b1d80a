#include "lampas/nn/functional/attention.h"

#include <cmath>
#include <limits>

#include "lampas/ops/factories.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/attention_op.h"
#include "ops/defined.h"

namespace lampas::nn::functional {

namespace {

constexpr const char* kOp = "multi_head_attention_forward";

/// (S, N, E) as (N, heads, S, E / heads).
Tensor split_heads(const Tensor& t, int64_t heads) {
  return t.unflatten(2, {heads, t.size(2) / heads}).permute({1, 2, 0, 3});
}
Tensor part(const Tensor& t, int64_t k, int64_t width) { return t.defined() ? t.narrow(0, k * width, width) : t; }

/// Bytes as bools; with `extra` more columns at the end, which are left in.
Tensor extended(const Tensor& mask, int64_t extra) {
  if (!mask.defined()) return mask;
  const Tensor m = mask.scalar_type() == kByte ? mask.to(kBool) : mask;
  if (extra == 0) return m;
  Shape sizes(m.sizes());
  sizes.back() = extra;
  return cat({m, zeros(sizes, m.options())}, -1);
}

void check_mask_dtype(const char* name, const Tensor& mask) {
  check(is_floating_point(mask.scalar_type()) || mask.scalar_type() == kBool || mask.scalar_type() == kByte, kOp,
        ": expected ", name, " of a float, byte or bool dtype, got ", mask.scalar_type());
}

void check_projection(const char* name, const Tensor& w, int64_t out, int64_t in) {
  check(w.defined() && w.dim() == 2 && w.size(0) == out && w.size(1) == in, kOp, ": expected ", name, " [", out, ", ",
        in, "], got ", w);
}

}  // namespace

std::tuple<Tensor, Tensor> multi_head_attention_forward(const Tensor& query, const Tensor& key, const Tensor& value,
                                                        const MultiheadAttentionForwardFuncOptions& o) {
  check_defined(kOp, query, "query");
  check_defined(kOp, key, "key");
  check_defined(kOp, value, "value");
  check(query.dim() == 2 || query.dim() == 3, kOp, ": expected a query of 3 dimensions (2 without batch), got ",
        query.sizes());
  check(key.dim() == query.dim() && value.dim() == query.dim(), kOp, ": expected query, key and value of ", query.dim(),
        " dimensions, got ", query.sizes(), ", ", key.sizes(), " and ", value.sizes());
  if (query.dim() == 2) {
    auto batched = o;
    if (o.key_padding_mask().defined()) {
      check(o.key_padding_mask().dim() == 1, kOp, ": expected a key_padding_mask of 1 dimension without batch, got ",
            o.key_padding_mask().sizes());
      batched.key_padding_mask(o.key_padding_mask().unsqueeze(0));
    }
    // Whether it is self-attention must still be seen.
    const Tensor q = query.unsqueeze(1), k = key.is_same(query) ? q : key.unsqueeze(1),
                 v = value.is_same(key) ? k : value.unsqueeze(1);
    const auto [y, w] = multi_head_attention_forward(q, k, v, batched);
    return {y.squeeze(1), w.defined() ? w.squeeze(0) : w};
  }
  const int64_t length = query.size(0), batch = query.size(1), width = query.size(2), heads = o.num_heads();
  check(width == o.embed_dim_to_check(), kOp, ": query has ", width, " features, expected embed_dim ",
        o.embed_dim_to_check());
  check(heads > 0 && width % heads == 0, kOp, ": embed_dim must be divisible by num_heads, got ", width, " and ",
        heads);
  check(key.size(0) == value.size(0) && key.size(1) == value.size(1), kOp, ": key ", key.sizes(), " and value ",
        value.sizes(), " differ in length or batch");
  check(key.size(1) == batch, kOp, ": query has a batch of ", batch, " but key and value of ", key.size(1));
  check(o.dropout_p() >= 0 && o.dropout_p() <= 1, kOp, ": dropout probability has to be between 0 and 1, but got ",
        o.dropout_p());
  const bool bias_kv = o.bias_k().defined() || o.bias_v().defined();
  if (bias_kv) {
    check(o.bias_k().defined() && o.bias_v().defined(), kOp, ": one of bias_k and bias_v is undefined");
    check(!o.static_k().defined(), kOp, ": bias cannot be added to static key.");
    check(!o.static_v().defined(), kOp, ": bias cannot be added to static value.");
    check(o.bias_k().sizes() == IntArrayRef({1, 1, width}) && o.bias_v().sizes() == o.bias_k().sizes(), kOp,
          ": expected bias_k and bias_v [1, 1, ", width, "], got ", o.bias_k().sizes(), " and ", o.bias_v().sizes());
  }
  const Tensor& bias = o.in_proj_bias();
  if (bias.defined())
    check(bias.dim() == 1 && bias.size(0) == 3 * width, kOp, ": expected in_proj_bias [", 3 * width, "], got ",
          bias.sizes());
  if (o.use_separate_proj_weight()) {
    check_projection("q_proj_weight", o.q_proj_weight(), width, width);
    check_projection("k_proj_weight", o.k_proj_weight(), width, key.size(2));
    check_projection("v_proj_weight", o.v_proj_weight(), width, value.size(2));
  } else {
    check_projection("in_proj_weight", o.in_proj_weight(), 3 * width, width);
    check(key.size(2) == width && value.size(2) == width, kOp, ": key ", key.sizes(), " and value ", value.sizes(),
          " must have embed_dim (", width, ") features unless their weights are separate");
  }
  check_projection("out_proj_weight", o.out_proj_weight(), width, width);
  const auto check_static = [&](const char* name, const Tensor& t) {
    if (t.defined())
      check(t.dim() == 3 && t.size(0) == batch * heads && t.size(2) == width / heads, kOp, ": expected ", name, " [",
            batch * heads, ", S, ", width / heads, "], got ", t.sizes());
  };
  check_static("static_k", o.static_k());
  check_static("static_v", o.static_v());

  // Masks, as attention() takes them.
  const int64_t keys = o.static_k().defined() ? o.static_k().size(1) : key.size(0);
  const int64_t extra = (bias_kv ? 1 : 0) + (o.add_zero_attn() ? 1 : 0), all = keys + extra;
  check((o.static_v().defined() ? o.static_v().size(1) : value.size(0)) == keys, kOp,
        ": keys and values differ in number");
  const bool reduced = query.scalar_type() == kHalf || query.scalar_type() == kBFloat16;
  const ScalarType compute = reduced ? kFloat : query.scalar_type();
  Tensor mask = o.attn_mask(), padding = o.key_padding_mask();
  if (padding.defined()) {
    check_mask_dtype("key_padding_mask", padding);
    check(padding.sizes() == IntArrayRef({batch, keys}), kOp, ": expected key_padding_mask [", batch, ", ", keys,
          "], got ", padding.sizes());
    padding = extended(padding, extra);
  }
  if (mask.defined()) {
    check_mask_dtype("attn_mask", mask);
    const bool two = mask.sizes() == IntArrayRef({length, keys});
    check(two || mask.sizes() == IntArrayRef({batch * heads, length, keys}), kOp, ": expected attn_mask [", length,
          ", ", keys, "] or [", batch * heads, ", ", length, ", ", keys, "], got ", mask.sizes());
    mask = extended(mask, extra);
    if (mask.scalar_type() != kBool) mask = mask.to(compute);
    mask = two ? mask.expand({batch, heads, length, all}) : mask.unflatten(0, {batch, heads});
  }
  if (padding.defined() && padding.scalar_type() != kBool) {  // a float padding mask is part of the mask that is added
    Tensor add = padding.to(compute).unsqueeze(1).unsqueeze(1).expand({batch, heads, length, all});
    if (mask.defined())
      add =
          mask.scalar_type() == kBool ? add.masked_fill(mask, -std::numeric_limits<double>::infinity()) : add.add(mask);
    mask = add;
    padding = Tensor();
  }

  AttentionSettings settings;
  settings.scale = 1 / std::sqrt(static_cast<double>(width / heads));
  settings.dropout = o.training() ? o.dropout_p() : 0;
  settings.weights = o.need_weights();
  Tensor y, weights;
  const bool self = query.is_same(key) && key.is_same(value) && !o.use_separate_proj_weight();
  if (self && extra == 0 && !o.static_k().defined() && !o.static_v().defined()) {
    const Tensor qkv = lampas::linear(query, o.in_proj_weight(), bias);
    auto r = packed_attention(settings, reduced ? qkv.to(kFloat) : qkv, heads, mask, padding);
    y = std::move(r[0]), weights = std::move(r[1]);
  } else {
    const bool separate = o.use_separate_proj_weight();
    const auto project = [&](const Tensor& t, int64_t k, const Tensor& own) {
      return lampas::linear(t, separate ? own : part(o.in_proj_weight(), k, width), part(bias, k, width));
    };
    const auto rows = [&](const Tensor& t, int64_t k, const Tensor& own, const Tensor& more, const Tensor& fixed) {
      if (fixed.defined()) return fixed.unflatten(0, {batch, heads});
      Tensor p = project(t, k, own);
      if (more.defined()) p = cat({p, more.expand({1, batch, width})});
      return split_heads(p, heads);
    };
    const Tensor q = split_heads(project(query, 0, o.q_proj_weight()), heads);
    Tensor k = rows(key, 1, o.k_proj_weight(), o.bias_k(), o.static_k());
    Tensor v = rows(value, 2, o.v_proj_weight(), o.bias_v(), o.static_v());
    if (o.add_zero_attn()) {
      const Tensor zero = zeros({batch, heads, 1, width / heads}, k.options());
      k = cat({k, zero}, 2);
      v = cat({v, zero}, 2);
    }
    const auto computed = [&](const Tensor& t) { return reduced ? t.to(kFloat) : t; };
    auto r = attention(settings, computed(q), computed(k), computed(v), mask, padding);
    y = r[0].permute({2, 0, 1, 3}).flatten(2), weights = std::move(r[1]);
  }
  if (reduced) {
    y = y.to(query.scalar_type());
    if (weights.defined()) weights = weights.to(query.scalar_type());
  }
  y = lampas::linear(y, o.out_proj_weight(), o.out_proj_bias());
  if (weights.defined() && o.average_attn_weights()) weights = weights.mean({1});
  return {y, weights};
}

}  // namespace lampas::nn::functional
