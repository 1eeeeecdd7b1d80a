#include "backend/cpu/gemm.h"

#include <algorithm>
#include <type_traits>

#include "backend/cpu/onednn.h"
#include "backend/cpu/parallel.h"
#include "lampas/core/dtype.h"

namespace lampas::cpu {
namespace {

template <class T>
using Accumulator = std::conditional_t<is_reduced_floating(dtype_of<T>), float, T>;

/// Plain triple loop, one row of c at a time; accumulates in T (float32 for the reduced floats), integers wrap.
template <class T>
void gemm_plain(const Gemm& g, const T* a, const T* b, T* c) {
  using A = Accumulator<T>;
  const int64_t ar = g.trans_a ? 1 : g.lda, ac = g.trans_a ? g.lda : 1, br = g.trans_b ? 1 : g.ldb,
                bc = g.trans_b ? g.ldb : 1;
  const T* bias = static_cast<const T*>(g.bias);
  parallel_for(g.m, std::max<int64_t>(1, kGrain / (g.n * g.k + 1)), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < g.n; ++j) {
        A sum = 0;
        for (int64_t p = 0; p < g.k; ++p)
          sum += static_cast<A>(a[i * ar + p * ac]) * static_cast<A>(b[p * br + j * bc]);
        A v = g.alpha == 1 ? sum : static_cast<A>(static_cast<A>(g.alpha) * sum);
        T& out = c[i * g.ldc + j];
        if (g.beta != 0) v += static_cast<A>(static_cast<A>(g.beta) * static_cast<A>(out));
        if (bias) v += static_cast<A>(bias[j]);
        out = static_cast<T>(v);
      }
  });
}

void gemm_one(const Gemm& g, const float* a, const float* b, float* c) {
  if (g.k > 0 && !g.bias &&
      onednn::sgemm(g.trans_a, g.trans_b, g.m, g.n, g.k, static_cast<float>(g.alpha), a, g.lda, b, g.ldb,
                    static_cast<float>(g.beta), c, g.ldc))
    return;
  gemm_plain(g, a, b, c);
}
template <class T>
void gemm_one(const Gemm& g, const T* a, const T* b, T* c) {
  gemm_plain(g, a, b, c);
}

template <class T>
void gemm_batches(const Gemm& g, int level, const T* a, const T* b, T* c) {
  if (level == g.batch_dims) return gemm_one(g, a, b, c);
  const BatchDim& d = g.batch[level];
  for (int64_t i = 0; i < d.size; ++i) gemm_batches(g, level + 1, a + i * d.a, b + i * d.b, c + i * d.c);
}

}  // namespace

template <class T>
void gemm(const Gemm& g) {
  if (g.m == 0 || g.n == 0) return;
  gemm_batches(g, 0, static_cast<const T*>(g.a), static_cast<const T*>(g.b), static_cast<T*>(g.c));
}

template void gemm<float>(const Gemm&);
template void gemm<double>(const Gemm&);
template void gemm<Half>(const Gemm&);
template void gemm<BFloat16>(const Gemm&);
template void gemm<uint8_t>(const Gemm&);
template void gemm<int8_t>(const Gemm&);
template void gemm<int16_t>(const Gemm&);
template void gemm<int32_t>(const Gemm&);
template void gemm<int64_t>(const Gemm&);

}  // namespace lampas::cpu
