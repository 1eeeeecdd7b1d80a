#pragma once

#include <cstdint>

#include "backend/conv_shape.h"
#include "backend/pack_key.h"

/// The only door to oneDNN: nothing outside onednn*.cpp sees its headers, so another major version is a change of two
/// files. Every call returns false ("refused", traced under LAMPAS_VERBOSE=dispatch) when the library has nothing
/// suitable; the caller then takes the next kernel of its list. Nothing is initialised before the first call. Calls use
/// get_num_threads() threads and leave the caller's OpenMP settings as they were. Scratch memory comes from the
/// library's allocator.
namespace lampas::cpu::onednn {

/// Float32 convolution, its derivatives towards the input and towards weight and bias, as in ops/conv.h.
/// Padding must not be negative. Packed weights are kept under `key`. Operands in another layout than the one oneDNN
/// works in (`conv_layouts`) are reordered on the way.
bool conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key);
bool conv_input(const ConvShape& s, const float* dy, const float* weight, float* dx, PackKey key);
bool conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias);

/// The layouts of x and y (or their gradients) in which such a call needs no reordering, where those are blocked;
/// ChannelsFirst otherwise.
ConvLayouts conv_layouts(ConvDirection direction, const ConvShape& s, bool bias);

/// Drops every cached primitive and packed weight; other threads let go of theirs at their next call.
void clear_cache();
/// Cached primitives and packed weights, for tests.
struct CacheStats {
  int64_t primitives, packed_weights, packed_bytes;
};
CacheStats cache_stats();

}  // namespace lampas::cpu::onednn
