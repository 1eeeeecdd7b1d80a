#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <vector>

#include "lampas/base/error.h"

namespace lampas {

/// `D` values, one for each spatial dimension, that may be written as a single one: kernel_size(3) or kernel_size({3,
/// 5}).
template <size_t D, class T = int64_t>
class ExpandingArray {
 public:
  ExpandingArray(std::initializer_list<T> list) : ExpandingArray(ArrayRef<T>(list)) {}
  ExpandingArray(const std::vector<T>& values) : ExpandingArray(ArrayRef<T>(values)) {}
  ExpandingArray(ArrayRef<T> values) {
    check(values.size() == D, "Expected ", D, " values, but instead got ", values.size());
    std::copy(values.begin(), values.end(), values_.begin());
  }
  ExpandingArray(T value) { values_.fill(value); }
  ExpandingArray(const std::array<T, D>& values) : values_(values) {}

  std::array<T, D>& operator*() { return values_; }
  const std::array<T, D>& operator*() const { return values_; }
  std::array<T, D>* operator->() { return &values_; }
  const std::array<T, D>* operator->() const { return &values_; }
  operator ArrayRef<T>() const { return values_; }
  size_t size() const noexcept { return D; }

 protected:
  std::array<T, D> values_;
};

/// The same, where an entry may be left out (std::nullopt: keep the input's size).
template <size_t D, class T = int64_t>
class ExpandingArrayWithOptionalElem : public ExpandingArray<D, std::optional<T>> {
 public:
  using ExpandingArray<D, std::optional<T>>::ExpandingArray;
  ExpandingArrayWithOptionalElem(std::initializer_list<T> list) : ExpandingArrayWithOptionalElem(ArrayRef<T>(list)) {}
  ExpandingArrayWithOptionalElem(const std::vector<T>& values) : ExpandingArrayWithOptionalElem(ArrayRef<T>(values)) {}
  ExpandingArrayWithOptionalElem(ArrayRef<T> values) : ExpandingArray<D, std::optional<T>>(std::optional<T>(0)) {
    check(values.size() == D, "Expected ", D, " values, but instead got ", values.size());
    std::copy(values.begin(), values.end(), this->values_.begin());
  }
  ExpandingArrayWithOptionalElem(T value) : ExpandingArray<D, std::optional<T>>(std::optional<T>(value)) {}
  ExpandingArrayWithOptionalElem(const std::array<T, D>& values)
      : ExpandingArrayWithOptionalElem(ArrayRef<T>(values)) {}
};

/// "3" for one dimension, "[3, 5]" for more; "None" for an entry left out.
template <size_t D, class T>
void append(std::string& s, const ExpandingArray<D, T>& a) {
  if (D == 1) return append(s, a->at(0));
  s += '[';
  for (size_t k = 0; k < D; ++k) {
    if (k) s += ", ";
    append(s, a->at(k));
  }
  s += ']';
}
template <size_t D, class T>
void append(std::string& s, const ExpandingArrayWithOptionalElem<D, T>& a) {
  if (D > 1) s += '[';
  for (size_t k = 0; k < D; ++k) {
    if (k) s += ", ";
    if (a->at(k))
      append(s, *a->at(k));
    else
      s += "None";
  }
  if (D > 1) s += ']';
}
template <size_t D, class T>
std::ostream& operator<<(std::ostream& os, const ExpandingArray<D, T>& a) {
  return os << str(a);
}
template <size_t D, class T>
std::ostream& operator<<(std::ostream& os, const ExpandingArrayWithOptionalElem<D, T>& a) {
  return os << str(a);
}

}  // namespace lampas
