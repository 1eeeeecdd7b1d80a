#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "lampas/base/array_ref.h"

namespace lampas {

/// A vector of trivially copyable `T` that keeps up to `N` elements in place and goes to the heap beyond.
template <class T, size_t N>
class SmallVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  SmallVector() = default;
  explicit SmallVector(size_t n, T value = T()) { resize(n, value); }
  SmallVector(std::initializer_list<T> l) { assign(l.begin(), l.size()); }
  SmallVector(ArrayRef<T> r) { assign(r.data(), r.size()); }
  SmallVector(const T* begin, const T* end) { assign(begin, static_cast<size_t>(end - begin)); }
  SmallVector(const SmallVector& o) { assign(o.data(), o.size()); }
  SmallVector(SmallVector&& o) noexcept { steal(o); }
  SmallVector& operator=(const SmallVector& o) {
    if (this != &o) assign(o.data(), o.size());
    return *this;
  }
  SmallVector& operator=(SmallVector&& o) noexcept {
    if (this != &o) {
      release();
      steal(o);
    }
    return *this;
  }
  ~SmallVector() { release(); }

  friend bool operator==(const SmallVector& a, const SmallVector& b) { return ArrayRef<T>(a) == ArrayRef<T>(b); }
  friend bool operator!=(const SmallVector& a, const SmallVector& b) { return !(a == b); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T& front() { return data_[0]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  void clear() { size_ = 0; }
  void reserve(size_t n) {
    if (n <= capacity_) return;
    T* p = new T[n];
    if (size_) std::memcpy(static_cast<void*>(p), data_, size_ * sizeof(T));
    if (data_ != inline_) delete[] data_;
    data_ = p;
    capacity_ = n;
  }
  void resize(size_t n, T value = T()) {
    if (n > capacity_) reserve(n);
    for (size_t i = size_; i < n; ++i) data_[i] = value;
    size_ = n;
  }
  void assign(const T* p, size_t n) {
    reserve(n);
    if (n) std::memmove(static_cast<void*>(data_), p, n * sizeof(T));
    size_ = n;
  }
  void push_back(T v) {
    if (size_ == capacity_) reserve(2 * capacity_);
    data_[size_++] = v;
  }
  template <class... A>
  T& emplace_back(const A&... a) {
    push_back(T(a...));
    return back();
  }
  void pop_back() { --size_; }
  void insert(size_t at, T v) {
    push_back(v);
    for (size_t i = size_ - 1; i > at; --i) data_[i] = data_[i - 1];
    data_[at] = v;
  }
  void erase(size_t at) {
    for (size_t i = at; i + 1 < size_; ++i) data_[i] = data_[i + 1];
    --size_;
  }
  /// The same where an iterator says. (Templates: a literal 0 is a position.)
  template <class P, std::enable_if_t<std::is_pointer_v<P>, int> = 0>
  T* insert(P at, T v) {
    const auto k = static_cast<size_t>(at - data_);
    insert(k, v);
    return data_ + k;
  }
  template <class P, std::enable_if_t<std::is_pointer_v<P>, int> = 0>
  T* erase(P at) {
    const auto k = static_cast<size_t>(at - data_);
    erase(k);
    return data_ + k;
  }
  template <class I, class = decltype(*std::declval<I&>())>
  void append(I first, I last) {
    for (; first != last; ++first) push_back(*first);
  }
  void append(std::initializer_list<T> values) { append(values.begin(), values.end()); }
  void append(size_t n, T v) { resize(size_ + n, v); }

 private:
  void release() {
    if (data_ != inline_) delete[] data_;
  }
  void steal(SmallVector& o) noexcept {
    size_ = o.size_;
    if (o.data_ == o.inline_) {
      data_ = inline_;
      capacity_ = N;
      if (size_) std::memcpy(static_cast<void*>(inline_), o.inline_, size_ * sizeof(T));
    } else {
      data_ = o.data_;
      capacity_ = o.capacity_;
      o.data_ = o.inline_;
      o.capacity_ = N;
    }
    o.size_ = 0;
  }

  T* data_ = inline_;
  size_t size_ = 0, capacity_ = N;
  T inline_[N];
};

}  // namespace lampas
