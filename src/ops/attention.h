#pragma once

#include <cstdint>

#include "backend/kernel.h"

namespace lampas {

/// softmax(scale * q k^T + mask) v for every batch entry and head.
struct AttentionShape {
  int64_t batch = 0, heads = 0, queries = 0, keys = 0, width = 0, value_width = 0;
  double scale = 1;
  bool causal = false;  // key j counts for query i only if j <= i
};
/// Where rows lie, in elements; the values of a row are dense.
struct AttentionRows {
  void* data = nullptr;
  int64_t batch = 0, head = 0, row = 0;
};
/// What is added to the scores, or which of them are left out. Strides in elements, 0 where it repeats.
struct AttentionMask {
  enum Kind : uint8_t { none, add, keep, drop } kind = none;  // keep: a false byte drops; drop: a true byte does
  const void* data = nullptr;                                 // elements of the compute type, or bytes
  int64_t batch = 0, head = 0, query = 0, key = 0;
  const bool* padding = nullptr;  // one more: true drops a key, for (batch, keys)
  int64_t padding_batch = 0, padding_key = 0;
};

/// out receives the result; weights, unless null, the dense softmax (batch, heads, queries, keys); log_sum (batch,
/// heads, queries) what backward needs instead. A query all of whose keys are dropped gets NaN.
struct AttentionForward {
  AttentionShape shape;
  AttentionRows q, k, v, out;
  AttentionMask mask;
  const void* drop = nullptr;  // what the weights are multiplied with, dense, or null; not together with `weights`
  void *weights = nullptr, *log_sum = nullptr;
};
/// Gradients of q, k, v. `weights` as forward stored it, or null: it is then computed again, block by block.
/// `g_weights` is the gradient of the weights, dense, or null; it needs weights.
struct AttentionBackward {
  AttentionShape shape;
  AttentionRows q, k, v, out, g_out, dq, dk, dv;
  AttentionMask mask;
  const void *drop = nullptr, *weights = nullptr, *log_sum = nullptr, *g_weights = nullptr;
};
/// float32 and float64. Sums of exponentials are accumulated in float64, products as `gemm` accumulates them.
inline Kernel<void(const AttentionForward&)> attention_kernel{"scaled_dot_product_attention"};
inline Kernel<void(const AttentionBackward&)> attention_backward_kernel{"scaled_dot_product_attention_backward"};

/// One block of scores, `ld` apart: with the maxima so far (-inf at first) updated, scores become exp(score - max),
/// their sums are added to `sum` times `rescale` = exp(old max - max).
struct AttentionSoftmax {
  int64_t rows = 0, columns = 0, ld = 0;
  void *scores = nullptr, *max = nullptr, *rescale = nullptr;
  double* sum = nullptr;
};
/// p = exp(scores - log_sum) in place, unless log_sum is null; then d = p (d + g - delta) for g null or `g_ld` apart.
/// With drop (also `g_ld` apart, and a log_sum): d = p (d drop - delta), p = p drop.
struct AttentionSoftmaxBackward {
  int64_t rows = 0, columns = 0, ld = 0, d_ld = 0, g_ld = 0;
  void *p = nullptr, *d = nullptr;
  const void *log_sum = nullptr, *delta = nullptr, *g = nullptr, *drop = nullptr;
};
/// Row r of `to` = row r of `from` times factor[r], or times `scale` where factor is null. Rows `from_ld` and `to_ld`
/// apart; both may be the same.
struct AttentionScale {
  int64_t rows = 0, columns = 0, from_ld = 0, to_ld = 0;
  const void* from = nullptr;
  void* to = nullptr;
  const void* factor = nullptr;
  double scale = 1;
};
/// sum[r] += row r of a times row r of b, `a_ld` and `b_ld` apart; products of T, added up in float64.
struct AttentionDots {
  int64_t rows = 0, columns = 0, a_ld = 0, b_ld = 0;
  const void *a = nullptr, *b = nullptr;
  double* sum = nullptr;
};
inline Kernel<void(const AttentionScale&)> attention_scale{"attention_scale"};
inline Kernel<void(const AttentionDots&)> attention_dots{"attention_dots"};
inline Kernel<void(const AttentionSoftmax&)> attention_softmax{"attention_softmax"};
inline Kernel<void(const AttentionSoftmaxBackward&)> attention_softmax_backward{"attention_softmax_backward"};

}  // namespace lampas
