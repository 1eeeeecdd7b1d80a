#pragma once

#include "ops/copy.h"

namespace lampas {

/// Whether t is an image (two or three spatial dimensions) whose channels lie innermost, and cannot pass for row-major.
/// It may have gaps: a slice of such an image is one.
inline bool channels_last(const Tensor& t) { return t.suggest_memory_format() != MemoryFormat::Contiguous; }
inline MemoryFormat last_format(int dims) {
  return dims == 3 ? MemoryFormat::ChannelsLast3d : MemoryFormat::ChannelsLast;
}

/// An uninitialised image, row-major or channels-last.
inline Tensor empty_image(const Tensor& like, IntArrayRef sizes, bool last, ScalarType dtype) {
  Tensor y = empty_of(like, sizes, dtype);
  if (!last) return y;
  Shape strides(sizes.size());
  int64_t run = 1;
  strides[1] = run, run *= sizes[1];
  for (size_t d = sizes.size() - 1; d >= 2; --d) strides[d] = run, run *= sizes[d];
  strides[0] = run;
  y.impl()->set_geometry(sizes, strides);
  return y;
}
inline Tensor empty_image(const Tensor& like, IntArrayRef sizes, bool last) {
  return empty_image(like, sizes, last, like.scalar_type());
}

/// Channels-last images stay channels-last even where the kernels know no such thing.
inline Tensor as_image(const Tensor& y, const Tensor& like) {
  return channels_last(like) ? y.contiguous(last_format(static_cast<int>(like.dim()) - 2)) : y;
}

}  // namespace lampas
