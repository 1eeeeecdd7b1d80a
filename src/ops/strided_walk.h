#pragma once

#include <array>
#include <cstdint>

#include "lampas/base/array_ref.h"
#include "lampas/base/small_vector.h"

namespace lampas {

/// The positions of a shape, walked in row-major order with the byte offsets of N operands. Dimensions that all
/// operands step through without a gap are merged, sizes of one dropped; at least one dimension is left.
template <size_t N>
class StridedWalk {
 public:
  StridedWalk(IntArrayRef sizes, const std::array<IntArrayRef, N>& strides) {
    for (size_t d = 0; d < sizes.size(); ++d) {
      if (sizes[d] == 1) continue;
      Dim dim{sizes[d], {}};
      for (size_t k = 0; k < N; ++k) dim.stride[k] = strides[k][d];
      if (!dims_.empty() && merges(dims_.back(), dim)) {
        dim.size *= dims_.back().size;
        dims_.back() = dim;
      } else {
        dims_.push_back(dim);
      }
    }
    if (dims_.empty()) dims_.push_back(Dim{1, {}});
  }

  struct Dim {
    int64_t size;
    std::array<int64_t, N> stride;
  };
  int rank() const { return static_cast<int>(dims_.size()); }
  const Dim& dim(int d) const { return dims_[static_cast<size_t>(d)]; }
  const Dim& last() const { return dims_.back(); }
  int64_t numel() const {
    int64_t n = 1;
    for (const Dim& d : dims_) n *= d.size;
    return n;
  }
  /// Number of positions but for the last dimension.
  int64_t rows() const { return last().size ? numel() / last().size : 0; }

  /// Keeps positions [begin, end) of dimension d; returns how far the operands' first element moves.
  std::array<int64_t, N> narrow(int d, int64_t begin, int64_t end) {
    Dim& dim = dims_[static_cast<size_t>(d)];
    dim.size = end - begin;
    std::array<int64_t, N> moved;
    for (size_t k = 0; k < N; ++k) moved[k] = begin * dim.stride[k];
    return moved;
  }

  /// Calls f(offsets) at rows [begin, end): positions whose last coordinate is 0. Stops when f returns false.
  template <class F>
  bool each_row(int64_t begin, int64_t end, const F& f) const {
    const int outer = rank() - 1;
    SmallVector<int64_t, 6> at(static_cast<size_t>(outer), 0);
    std::array<int64_t, N> offset{};
    int64_t rest = begin;
    for (int d = outer - 1; d >= 0; --d) {
      at[d] = rest % dim(d).size;
      rest /= dim(d).size;
      for (size_t k = 0; k < N; ++k) offset[k] += at[d] * dim(d).stride[k];
    }
    for (int64_t row = begin; row < end; ++row) {
      if (!f(offset)) return false;
      for (int d = outer - 1; d >= 0; --d) {
        for (size_t k = 0; k < N; ++k) offset[k] += dim(d).stride[k];
        if (++at[d] < dim(d).size) break;
        at[d] = 0;
        for (size_t k = 0; k < N; ++k) offset[k] -= dim(d).size * dim(d).stride[k];
      }
    }
    return true;
  }
  template <class F>
  bool each_row(const F& f) const {
    return each_row(0, rows(), f);
  }

 private:
  static bool merges(const Dim& outer, const Dim& inner) {
    for (size_t k = 0; k < N; ++k)
      if (outer.stride[k] != inner.size * inner.stride[k]) return false;
    return true;
  }

  SmallVector<Dim, 6> dims_;
};

}  // namespace lampas
