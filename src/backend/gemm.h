#pragma once

#include <cstdint>

#include "backend/pack_key.h"

namespace lampas {

/// One level of batching: `size` products whose operands lie `a`, `b`, `c`, `c0` elements apart (0: shared; c is never
/// shared).
struct BatchDim {
  int64_t size = 1, a = 0, b = 0, c = 0, c0 = 0;
};
inline constexpr int kMaxBatchDims = 4;

/// c = alpha * op(a) op(b) + beta * c0 + bias for every batch entry, where op(a) is m x k and op(b) is k x n.
/// Row-major: `lda` is the distance between rows of the matrix as stored, which is k x m for a transposed a and n x k
/// for a transposed b. c0 is c itself if null; with beta == 0, it is not read. `bias` holds n values added to every
/// row, or is null. k == 0 or alpha == 0 gives beta * c0 + bias. c overlaps no other input. `b_key` allows packed
/// copies of b to be kept.
struct Gemm {
  int64_t m = 0, n = 0, k = 0;
  bool trans_a = false, trans_b = false;
  const void* a = nullptr;
  int64_t lda = 0;
  const void* b = nullptr;
  int64_t ldb = 0;
  void* c = nullptr;
  int64_t ldc = 0;
  double alpha = 1, beta = 0;
  const void* c0 = nullptr;
  int64_t ldc0 = 0;
  const void* bias = nullptr;
  int batch_dims = 0;
  BatchDim batch[kMaxBatchDims];
  bool alone = false;  // on the calling thread only
  PackKey b_key;
};

}  // namespace lampas
