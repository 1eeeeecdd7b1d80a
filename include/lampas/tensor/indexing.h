#pragma once

#include <limits>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas {

/// What a tensor is indexed with, as in Python's x[...]: `x.index({0, Slice(1, 5), None, "...", mask, rows})`.
namespace indexing {

inline constexpr int64_t INDEX_MIN = std::numeric_limits<int64_t>::min();
inline constexpr int64_t INDEX_MAX = std::numeric_limits<int64_t>::max();

/// Inserts a dimension of size one.
inline constexpr std::nullopt_t None = std::nullopt;

/// Stands for as many full slices as the tensor has dimensions left.
struct EllipsisIndexType final {
  constexpr EllipsisIndexType() = default;
};
inline constexpr EllipsisIndexType Ellipsis{};

/// Elements start, start + step, ... before stop. Negative positions count from the end; all are clamped to the size.
struct LAMPAS_API Slice final {
  Slice(std::optional<int64_t> start = std::nullopt, std::optional<int64_t> stop = std::nullopt,
        std::optional<int64_t> step = std::nullopt);
  int64_t start() const { return start_; }
  int64_t stop() const { return stop_; }
  int64_t step() const { return step_; }

 private:
  int64_t start_, stop_, step_;
};
LAMPAS_API std::ostream& operator<<(std::ostream& os, const Slice& slice);

}  // namespace indexing

/// One index: None, Ellipsis (or "..."), an integer, a bool, a Slice or a tensor.
struct LAMPAS_API TensorIndex final {
  TensorIndex(std::nullopt_t) : kind_(Kind::none) {}
  TensorIndex(indexing::EllipsisIndexType) : kind_(Kind::ellipsis) {}
  TensorIndex(const char* text);
  TensorIndex(int64_t index) : kind_(Kind::integer), integer_(index) {}
  TensorIndex(int index) : TensorIndex(static_cast<int64_t>(index)) {}
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0>
  TensorIndex(T on) : kind_(Kind::boolean), integer_(on) {}
  TensorIndex(indexing::Slice slice) : kind_(Kind::slice), slice_(slice) {}
  TensorIndex(Tensor tensor) : kind_(Kind::tensor), tensor_(std::move(tensor)) {}
  TensorIndex(const std::optional<Tensor>& tensor) : TensorIndex(tensor ? *tensor : Tensor()) {
    if (!tensor || !tensor->defined()) kind_ = Kind::slice;
  }

  bool is_none() const { return kind_ == Kind::none; }
  bool is_ellipsis() const { return kind_ == Kind::ellipsis; }
  bool is_integer() const { return kind_ == Kind::integer; }
  bool is_boolean() const { return kind_ == Kind::boolean; }
  bool is_slice() const { return kind_ == Kind::slice; }
  bool is_tensor() const { return kind_ == Kind::tensor; }
  int64_t integer() const { return integer_; }
  bool boolean() const { return integer_ != 0; }
  const indexing::Slice& slice() const { return slice_; }
  const Tensor& tensor() const { return tensor_; }

 private:
  enum class Kind : uint8_t { none, ellipsis, integer, boolean, slice, tensor };
  Kind kind_;
  int64_t integer_ = 0;
  indexing::Slice slice_;
  Tensor tensor_;
};
LAMPAS_API std::ostream& operator<<(std::ostream& os, const TensorIndex& index);
namespace detail {
LAMPAS_API std::ostream& print(std::ostream& os, const TensorIndex* indices, size_t count);
}
/// "(1, ..., None)". A template, so that what is printed is not tried as such a vector.
template <class Allocator>
std::ostream& operator<<(std::ostream& os, const std::vector<TensorIndex, Allocator>& indices) {
  return detail::print(os, indices.data(), indices.size());
}

namespace indexing {
using lampas::TensorIndex;
}

}  // namespace lampas
