#pragma once

#include <cstdint>

#include "backend/conv_shape.h"
#include "backend/pack_key.h"

/// The only door to oneDNN: nothing outside onednn.cpp sees its headers, so another major version is a change of one
/// file. Every call returns false ("refused", traced under LAMPAS_VERBOSE=dispatch) when the library has nothing
/// suitable; the caller then takes the next kernel of its list. Nothing is initialised before the first call. Calls use
/// get_num_threads() threads and leave the caller's OpenMP settings as they were. Scratch memory comes from the
/// library's allocator.
namespace lampas::cpu::onednn {

/// Row-major c = alpha * op(a) op(b) + beta * c in float32.
bool sgemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda,
           const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

/// Float32 convolution, its derivatives towards the input and towards weight and bias, as in ops/conv.h.
/// Padding must not be negative. Packed weights are kept under `key`.
bool conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key);
bool conv_input(const ConvShape& s, const float* dy, const float* weight, float* dx, PackKey key);
bool conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias);

/// Drops every cached primitive and packed weight.
void clear_cache();
/// Cached primitives and packed weights, for tests.
struct CacheStats {
  int64_t primitives, packed_weights, packed_bytes;
};
CacheStats cache_stats();

}  // namespace lampas::cpu::onednn
