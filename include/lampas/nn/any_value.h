#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "lampas/base/demangle.h"
#include "lampas/base/error.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

namespace detail {
/// Finds the tensors in what modules take and return: tensors, and vectors, arrays, optionals, pairs and tuples of
/// such.
template <class T>
struct TensorsIn {
  static void find(T&, std::vector<Tensor*>&) {}
};
template <>
struct LAMPAS_API TensorsIn<Tensor> {
  static void find(Tensor& t, std::vector<Tensor*>& found);
};
template <class T>
struct TensorsIn<std::vector<T>> {
  static void find(std::vector<T>& v, std::vector<Tensor*>& found) {
    if constexpr (!std::is_same_v<T, bool>)
      for (T& item : v) TensorsIn<T>::find(item, found);
  }
};
template <class T, size_t N>
struct TensorsIn<std::array<T, N>> {
  static void find(std::array<T, N>& v, std::vector<Tensor*>& found) {
    for (T& item : v) TensorsIn<T>::find(item, found);
  }
};
template <class T>
struct TensorsIn<std::optional<T>> {
  static void find(std::optional<T>& v, std::vector<Tensor*>& found) {
    if (v) TensorsIn<T>::find(*v, found);
  }
};
template <class A, class B>
struct TensorsIn<std::pair<A, B>> {
  static void find(std::pair<A, B>& v, std::vector<Tensor*>& found) {
    TensorsIn<A>::find(v.first, found);
    TensorsIn<B>::find(v.second, found);
  }
};
template <class... T>
struct TensorsIn<std::tuple<T...>> {
  static void find(std::tuple<T...>& v, std::vector<Tensor*>& found) {
    std::apply([&](T&... item) { (TensorsIn<T>::find(item, found), ...); }, v);
  }
};
}  // namespace detail

/// A value of any copyable type, asked back by exactly that type (no conversions). Small values are kept in place.
class AnyValue {
 public:
  AnyValue() = default;
  template <class T, class = std::enable_if_t<!std::is_same_v<std::decay_t<T>, AnyValue>>>
  explicit AnyValue(T&& value) : ops_(&ops_of<std::decay_t<T>>) {
    using D = std::decay_t<T>;
    if constexpr (is_small<D>)
      new (&storage_) D(std::forward<T>(value));
    else
      storage_.heap = new D(std::forward<T>(value));
  }
  AnyValue(const AnyValue& o) : ops_(o.ops_) {
    if (ops_) ops_->copy(storage_, o.storage_);
  }
  AnyValue(AnyValue&& o) noexcept : ops_(o.ops_) {
    if (ops_) ops_->move(storage_, o.storage_);
    o.ops_ = nullptr;
  }
  AnyValue& operator=(const AnyValue& o) { return *this = AnyValue(o); }
  AnyValue& operator=(AnyValue&& o) noexcept {
    if (this == &o) return *this;
    if (ops_) ops_->destroy(storage_);
    ops_ = o.ops_;
    if (ops_) ops_->move(storage_, o.storage_);
    o.ops_ = nullptr;
    return *this;
  }
  ~AnyValue() {
    if (ops_) ops_->destroy(storage_);
  }

  /// The value, or null when it is of another type.
  template <class T>
  T* try_get() {
    static_assert(!std::is_reference_v<T>, "AnyValue holds decayed types: ask for T, not T&");
    static_assert(!std::is_array_v<T>, "AnyValue holds decayed types: ask for T*, not T[]");
    using D = std::remove_cv_t<T>;
    if (!ops_ || (ops_ != &ops_of<D> && !(ops_->type == typeid(D)))) return nullptr;
    return static_cast<T*>(address<D>(storage_));
  }
  /// A copy of the value; throws naming both types when it is of another one.
  template <class T>
  T get() {
    if (T* value = try_get<T>()) return *value;
    fail("Attempted to cast AnyValue to ", type_name(typeid(T)), ", but its actual type is ", type_name(type_info()));
  }
  const std::type_info& type_info() const noexcept { return ops_ ? ops_->type : typeid(void); }
  /// The tensors in the value: itself, or the elements of a vector, array, optional, pair or tuple, nested ones too.
  LAMPAS_API std::vector<Tensor*> tensors();
  /// The elements of a tuple of `n`, each a value; empty for anything else.
  LAMPAS_API std::vector<AnyValue> unpack(size_t n);

 private:
  union Storage {
    void* heap;
    void* words[4];
  };
  struct Ops {
    const std::type_info& type;
    void (*copy)(Storage& to, const Storage& from);
    void (*move)(Storage& to, Storage& from) noexcept;  // `from` holds nothing afterwards
    void (*destroy)(Storage& s) noexcept;
    void (*tensors)(Storage& s, std::vector<Tensor*>& found);  // null for types that hold none
    size_t size;                                               // elements of a tuple; 0 for other types
    std::vector<AnyValue> (*unpack)(Storage& s);               // null for those
  };
  template <class T>
  struct TupleSize {
    static constexpr size_t value = 0;
  };
  template <class... T>
  struct TupleSize<std::tuple<T...>> {
    static constexpr size_t value = sizeof...(T);
  };
  template <class T>
  static constexpr bool is_small = sizeof(T) <= sizeof(Storage) &&
                                   alignof(T) <= alignof(Storage) && std::is_nothrow_move_constructible_v<T>;
  template <class T>
  static T* address(Storage& s) {
    if constexpr (is_small<T>)
      return std::launder(reinterpret_cast<T*>(&s));
    else
      return static_cast<T*>(s.heap);
  }
  template <class T>
  static void copy_value(Storage& to, const Storage& from) {
    static_assert(std::is_copy_constructible_v<T>, "AnyValue: the type must be copyable");
    const T& value = *address<T>(const_cast<Storage&>(from));
    if constexpr (is_small<T>)
      new (&to) T(value);
    else
      to.heap = new T(value);
  }
  template <class T>
  static void move_value(Storage& to, Storage& from) noexcept {
    if constexpr (is_small<T>) {
      T* value = address<T>(from);
      new (&to) T(std::move(*value));
      value->~T();
    } else {
      to.heap = from.heap;
    }
  }
  template <class T>
  static void destroy_value(Storage& s) noexcept {
    if constexpr (is_small<T>)
      address<T>(s)->~T();
    else
      delete address<T>(s);
  }
  template <class T>
  static constexpr auto tensors_in() -> void (*)(Storage&, std::vector<Tensor*>&) {
    if constexpr (std::is_arithmetic_v<T> || std::is_pointer_v<T>)
      return nullptr;
    else
      return [](Storage& s, std::vector<Tensor*>& found) { detail::TensorsIn<T>::find(*address<T>(s), found); };
  }
  template <class T>
  static constexpr auto elements_of() -> std::vector<AnyValue> (*)(Storage&) {
    if constexpr (TupleSize<T>::value == 0) {
      return nullptr;
    } else {
      return [](Storage& s) {
        std::vector<AnyValue> elements;
        std::apply([&](auto&... item) { (elements.push_back(AnyValue(item)), ...); }, *address<T>(s));
        return elements;
      };
    }
  }
  template <class T>
  static inline const Ops ops_of{typeid(T),       copy_value<T>,       move_value<T>,   destroy_value<T>,
                                 tensors_in<T>(), TupleSize<T>::value, elements_of<T>()};

  const Ops* ops_ = nullptr;
  Storage storage_;
};

}  // namespace lampas::nn
