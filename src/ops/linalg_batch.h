#pragma once

#include <algorithm>

#include "backend/cpu/gemm.h"
#include "backend/cpu/parallel.h"

namespace lampas::cpu {

/// f(k) for every matrix of a batch; `work` is about the number of operations one takes.
template <class F>
void each_matrix(int64_t count, double work, const F& f) {
  const auto grain = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(kGrain) / std::max(1.0, work)));
  parallel_for(count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) f(k);
  });
}

/// c (m x n) = alpha a (m x k) * b + beta c, row-major; b is k x n, or n x k if transposed. Column-major matrices are
/// their transposes. `alone`: on the calling thread.
template <class T>
void add_product(int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb, bool trans_b, T* c,
                 int64_t ldc, double alpha, double beta, bool alone = false) {
  Gemm g;
  g.alone = alone;
  g.m = m, g.n = n, g.k = k;
  g.trans_b = trans_b;
  g.a = a, g.lda = lda;
  g.b = b, g.ldb = ldb;
  g.c = c, g.ldc = ldc;
  g.alpha = alpha, g.beta = beta;
  gemm<T>(g);
}
template <class T>
void subtract_product(int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb, bool trans_b,
                      T* c, int64_t ldc, bool alone = false) {
  add_product(m, n, k, a, lda, b, ldb, trans_b, c, ldc, -1, 1, alone);
}
inline double cube(double m, double n) { return m * n * std::min(m, n); }

}  // namespace lampas::cpu
