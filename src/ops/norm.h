#pragma once

#include "backend/kernel.h"

namespace lampas {

/// A contiguous array that is normalised, seen in one of four ways. `groups` sets of elements have statistics of their
/// own; their mean, 1 / sqrt(variance + eps) and biased variance are the three rows of `stats`, in the compute type
/// (float64 for float64, else float32), as are weight, bias and their gradients, any of which may be null.
struct NormPlan {
  enum Kind : uint8_t {
    channels,  // outer x channels x inner: weight and bias per channel, statistics per channel (`over_batch`) or per
               // sample and group of channels / (groups / outer) channels
    columns,   // outer x channels, statistics, weight and bias per column
    rows,      // outer x channels, statistics per row, weight and bias per column
    blocks,    // outer x channels / block x inner x block: a packed image, statistics, weight and bias per channel
  };
  Kind kind = channels;
  bool over_batch = false;
  bool fixed = false;  // the statistics are given, and constants to the derivative
  bool relu = false;   // negative results are zero; of kind channels, columns and blocks
  int pieces = 1;      // parts that work is split into where groups are fewer than threads (see norm_pieces)
  int64_t outer = 1, channels_count = 1, inner = 1, groups = 1, block = 1;
  double eps = 0;

  int64_t numel() const { return outer * channels_count * inner; }
  /// Elements of one set.
  int64_t count() const { return groups ? numel() / groups : 0; }
};

/// Doubles of scratch memory the kernels need.
inline int64_t norm_scratch(const NormPlan& p) {
  switch (p.kind) {
    case NormPlan::channels:
      return p.outer * p.channels_count * p.pieces * 3 + 3 * p.groups;
    case NormPlan::columns:
    case NormPlan::blocks:
      return p.channels_count * (2 * p.pieces + 3);
    default:
      return p.channels_count * 3 * p.pieces;
  }
}

struct NormForward {
  const void *x, *weight, *bias;
  void *stats, *y;
  double* scratch;
};
/// y = (x - mean) * rstd * weight + bias; writes the statistics first unless they are `fixed`.
using NormForwardKernel = Kernel<void(const NormPlan& plan, const NormForward& a)>;
inline NormForwardKernel norm_channels_kernel{"norm"}, norm_columns_kernel{"norm"}, norm_rows_kernel{"norm"},
    norm_blocks_kernel{"norm"};

struct NormBackward {
  const void *g, *x, *weight, *bias, *stats;  // the bias matters to `relu` alone
  void *dx, *dweight, *dbias;                 // each may be null
  double* scratch;
};
/// With h = (x - mean) rstd and a = g weight: dx = rstd (a - mean(a) - h mean(a h)), means over each set (`fixed`: rstd
/// a); dweight = sum(g h), dbias = sum(g). With `relu`, g counts where the result was not clamped: that is computed
/// again from x, as forward did, so that the result need not be kept or read.
using NormBackwardKernel = Kernel<void(const NormPlan& plan, const NormBackward& a)>;
inline NormBackwardKernel norm_channels_backward_kernel{"norm_backward"}, norm_columns_backward_kernel{"norm_backward"},
    norm_rows_backward_kernel{"norm_backward"}, norm_blocks_backward_kernel{"norm_backward"};

/// running = (1 - momentum) running + momentum observed, for a mean and (times `unbias`) a variance, either of which
/// may be null. `sets` observations of n values lie one after another and are averaged. The slot is the running
/// statistics' dtype, float32 or float64; so is the observations'.
struct RunningUpdate {
  void *mean, *var;
  const void *mean_seen, *var_seen;
  int64_t n, sets;
  double momentum, unbias;
};
inline Kernel<void(const RunningUpdate& u)> running_update_kernel{"batch_norm"};

}  // namespace lampas
