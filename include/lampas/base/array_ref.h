#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "lampas/base/export.h"

namespace lampas {

namespace detail {
[[noreturn]] LAMPAS_API void array_ref_out_of_range(int64_t index, int64_t size);
}

/// A borrowed, read-only run of `T`. It never owns: keep the source alive while it is used.
/// Converts from one element, an initializer list, `std::vector`, `std::array`, a C array or pointer and length.
template <class T>
class ArrayRef {
 public:
  using value_type = T;
  using const_iterator = const T*;
  using iterator = const T*;
  using const_reference = const T&;
  using size_type = size_t;
  using reverse_iterator = std::reverse_iterator<const T*>;

  constexpr ArrayRef() = default;
  constexpr ArrayRef(const T& one) : data_(&one), size_(1) {}
  constexpr ArrayRef(const T* data, size_t size) : data_(data), size_(size) {}
  constexpr ArrayRef(const T* begin, const T* end) : data_(begin), size_(static_cast<size_t>(end - begin)) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winit-list-lifetime"
#endif
  constexpr ArrayRef(std::initializer_list<T> list) : data_(list.size() ? list.begin() : nullptr), size_(list.size()) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
  template <class A>
  ArrayRef(const std::vector<T, A>& v) : data_(v.data()), size_(v.size()) {
    static_assert(!std::is_same_v<T, bool>, "ArrayRef<bool> cannot view std::vector<bool>: its elements are bits");
  }
  template <size_t N>
  constexpr ArrayRef(const std::array<T, N>& a) : data_(a.data()), size_(N) {}
  template <size_t N>
  constexpr ArrayRef(const T (&a)[N]) : data_(a), size_(N) {}
  /// Any other contiguous container of T (SmallVector, std::span, ...).
  template <class C,
            class = std::enable_if_t<!std::is_same_v<std::decay_t<C>, ArrayRef> &&
                                     std::is_convertible_v<decltype(std::declval<const C&>().data()), const T*> &&
                                     std::is_convertible_v<decltype(std::declval<const C&>().size()), size_t>>>
  constexpr ArrayRef(const C& c) : data_(c.data()), size_(static_cast<size_t>(c.size())) {}

  constexpr const T* begin() const { return data_; }
  constexpr const T* end() const { return data_ + size_; }
  constexpr const T* cbegin() const { return data_; }
  constexpr const T* cend() const { return data_ + size_; }
  constexpr reverse_iterator rbegin() const { return reverse_iterator(end()); }
  constexpr reverse_iterator rend() const { return reverse_iterator(begin()); }
  constexpr const T* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const T& operator[](size_t i) const { return data_[i]; }
  const T& at(size_t i) const {
    if (i >= size_) detail::array_ref_out_of_range(static_cast<int64_t>(i), static_cast<int64_t>(size_));
    return data_[i];
  }
  const T& front() const { return at(0); }
  const T& back() const { return at(size_ - 1); }
  ArrayRef slice(size_t start, size_t count) const {
    if (start + count > size_)
      detail::array_ref_out_of_range(static_cast<int64_t>(start + count), static_cast<int64_t>(size_));
    return {data_ + start, count};
  }
  ArrayRef slice(size_t start) const { return slice(start, size_ - start); }
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }
  bool equals(ArrayRef o) const {
    if (size_ != o.size_) return false;
    for (size_t i = 0; i < size_; ++i)
      if (!(data_[i] == o.data_[i])) return false;
    return true;
  }

 private:
  const T* data_ = nullptr;
  size_t size_ = 0;
};

template <class T>
bool operator==(ArrayRef<T> a, ArrayRef<T> b) {
  return a.equals(b);
}
template <class T>
bool operator!=(ArrayRef<T> a, ArrayRef<T> b) {
  return !a.equals(b);
}
template <class T>
bool operator==(const std::vector<T>& a, ArrayRef<T> b) {
  return ArrayRef<T>(a).equals(b);
}
template <class T>
bool operator==(ArrayRef<T> a, const std::vector<T>& b) {
  return a.equals(b);
}
template <class T>
bool operator!=(const std::vector<T>& a, ArrayRef<T> b) {
  return !ArrayRef<T>(a).equals(b);
}
template <class T>
bool operator!=(ArrayRef<T> a, const std::vector<T>& b) {
  return !a.equals(b);
}

using IntArrayRef = ArrayRef<int64_t>;

/// A list of dimensions that may be left out: from `std::nullopt`, one integer or anything an IntArrayRef is made from.
/// Where it is left out, or empty, an op works on all dimensions.
class OptionalIntArrayRef {
 public:
  constexpr OptionalIntArrayRef() = default;
  constexpr OptionalIntArrayRef(std::nullopt_t) {}
  template <class I, std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int> = 0>
  constexpr OptionalIntArrayRef(I one) : one_(static_cast<int64_t>(one)), kind_(Kind::one) {}
  constexpr OptionalIntArrayRef(IntArrayRef list) : list_(list), kind_(Kind::list) {}
  constexpr OptionalIntArrayRef(std::initializer_list<int64_t> list) : list_(list), kind_(Kind::list) {}
  template <class C, std::enable_if_t<std::is_convertible_v<const C&, IntArrayRef> && !std::is_integral_v<C> &&
                                          !std::is_same_v<C, OptionalIntArrayRef>,
                                      int> = 0>
  constexpr OptionalIntArrayRef(const C& list) : list_(list), kind_(Kind::list) {}
  template <class C>
  constexpr OptionalIntArrayRef(const std::optional<C>& list) {
    if (list) list_ = *list, kind_ = Kind::list;
  }

  constexpr bool has_value() const { return kind_ != Kind::none; }
  constexpr explicit operator bool() const { return has_value(); }
  /// The list, empty when it was left out. Valid while this object is.
  constexpr IntArrayRef dims() const { return kind_ == Kind::one ? IntArrayRef(&one_, 1) : list_; }
  constexpr IntArrayRef value() const { return dims(); }
  constexpr IntArrayRef operator*() const { return dims(); }
  struct Arrow {
    IntArrayRef list;
    constexpr const IntArrayRef* operator->() const { return &list; }
  };
  constexpr Arrow operator->() const { return {dims()}; }

 private:
  enum class Kind : uint8_t { none, one, list };
  int64_t one_ = 0;
  IntArrayRef list_;
  Kind kind_ = Kind::none;
};

}  // namespace lampas
