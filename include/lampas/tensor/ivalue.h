#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas {

template <class T>
class List;
template <class Key, class Value>
class Dict;
class IValue;

namespace ivalue {
class ConstantString;
class Tuple;
}  // namespace ivalue

namespace detail {
/// How a C++ type that holds other values is kept as one IValue; not defined for any other type.
template <class T, class = void>
struct ValueForm;
}  // namespace detail

/// A value of one of the kinds archives and AutogradContext::saved_data keep: nothing, a tensor, a number, a truth
/// value, a text, a list or a dictionary of values. Copies share lists and dictionaries.
class LAMPAS_API IValue {
 public:
  enum class Kind : uint8_t { none, tensor, floating, integral, boolean, text, list, tuple, dict };
  using List = std::vector<IValue>;
  /// In stored order.
  using Dict = std::vector<std::pair<IValue, IValue>>;

  IValue() = default;
  IValue(Tensor t) : kind_(Kind::tensor), tensor_(std::move(t)) {}
  IValue(double v) : kind_(Kind::floating) { v_.d = v; }
  IValue(float v) : kind_(Kind::floating) { v_.d = static_cast<double>(v); }
  template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  IValue(T v) : kind_(std::is_same_v<T, bool> ? Kind::boolean : Kind::integral) {
    v_.i = static_cast<int64_t>(v);
  }
  IValue(const Scalar& v);
  IValue(std::string v);
  IValue(const char* v);
  IValue(List v);
  IValue(Dict v);
  IValue(const std::vector<Tensor>& v);
  IValue(const std::vector<int64_t>& v);
  IValue(const std::vector<double>& v);
  /// What holds such values: vectors, maps, tuples, pairs, optionals (nothing is None), List and Dict.
  template <class T, class = decltype(detail::ValueForm<T>::store(std::declval<const T&>()))>
  IValue(const T& v) : IValue(detail::ValueForm<T>::store(v)) {}
  static IValue tuple(List v);

  Kind kind() const { return kind_; }
  bool isNone() const { return kind_ == Kind::none; }
  bool isTensor() const { return kind_ == Kind::tensor; }
  bool isDouble() const { return kind_ == Kind::floating; }
  bool isInt() const { return kind_ == Kind::integral; }
  bool isBool() const { return kind_ == Kind::boolean; }
  bool isScalar() const { return isDouble() || isInt() || isBool(); }
  bool isString() const { return kind_ == Kind::text; }
  bool isList() const { return kind_ == Kind::list; }
  /// A list made of such elements, or (from a file) a list in which there is nothing else.
  bool isTensorList() const { return element_kind() == Kind::tensor; }
  bool isDoubleList() const { return element_kind() == Kind::floating; }
  bool isIntList() const { return element_kind() == Kind::integral; }
  bool isBoolList() const { return element_kind() == Kind::boolean; }
  bool isTuple() const { return kind_ == Kind::tuple; }
  bool isGenericDict() const { return kind_ == Kind::dict; }

  /// The value; a value of another kind throws and names both.
  const Tensor& toTensor() const { return expect(Kind::tensor), tensor_; }
  double toDouble() const { return expect(Kind::floating), v_.d; }
  int64_t toInt() const { return expect(Kind::integral), v_.i; }
  bool toBool() const { return expect(Kind::boolean), v_.i != 0; }
  Scalar toScalar() const;
  const std::string& toStringRef() const { return expect(Kind::text), *static_cast<std::string*>(object_.get()); }
  const List& toListRef() const;
  const Dict& toDictRef() const { return expect(Kind::dict), *static_cast<Dict*>(object_.get()); }
  List& mutable_list();
  Dict& mutable_dict() { return expect(Kind::dict), *static_cast<Dict*>(object_.get()); }
  std::vector<Tensor> toTensorVector() const;
  std::vector<int64_t> toIntVector() const;
  std::vector<double> toDoubleVector() const;
  /// Views of the same list, dictionary, tuple or text (see list_dict.h).
  lampas::List<IValue> toList() const;
  lampas::List<Tensor> toTensorList() const;
  lampas::List<double> toDoubleList() const;
  lampas::List<int64_t> toIntList() const;
  lampas::List<bool> toBoolList() const;
  lampas::Dict<IValue, IValue> toGenericDict() const;
  std::shared_ptr<ivalue::Tuple> toTuple() const;
  ivalue::Tuple toTupleRef() const;
  std::shared_ptr<ivalue::ConstantString> toString() const;
  std::string_view toStringView() const { return toStringRef(); }
  /// The value as a C++ type: a number, text, Tensor, Scalar, or what holds such (see the constructor).
  template <class T>
  T to() const;
  /// Nothing for None.
  template <class T>
  std::optional<T> toOptional() const;
  /// Whether both are one object.
  bool is(const IValue& other) const;
  /// The kind in LibTorch's words: "Tensor", "Int", ...
  const char* tagKind() const;

 private:
  void expect(Kind kind) const {
    if (LAMPAS_UNLIKELY(kind_ != kind)) mismatch(kind);
  }
  [[noreturn]] void mismatch(Kind expected) const;
  Kind element_kind() const;
  /// Of a list: what its elements are, for one that has none yet.
  IValue& of(Kind element) {
    v_.i = static_cast<int64_t>(element);
    return *this;
  }
  /// Of a dictionary: the position of a key, or its size.
  size_t find_key(const IValue& key) const;
  template <class T>
  friend class lampas::List;
  template <class Key, class Value>
  friend class lampas::Dict;

  Kind kind_ = Kind::none;
  union {
    int64_t i = 0;
    double d;
  } v_;
  Tensor tensor_;
  std::shared_ptr<void> object_;
};

/// As LibTorch prints it: texts bare, whole numbers of floating point with a dot.
LAMPAS_API std::ostream& operator<<(std::ostream& out, const IValue& value);
/// Equal in kind and value; tensors when they are one tensor.
LAMPAS_API bool operator==(const IValue& a, const IValue& b);
inline bool operator!=(const IValue& a, const IValue& b) { return !(a == b); }

}  // namespace lampas

#include "lampas/tensor/list_dict.h"
