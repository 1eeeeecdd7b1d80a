#pragma once

#include <initializer_list>
#include <iterator>
#include <tuple>

#include "lampas/tensor/ivalue.h"

namespace lampas {

namespace detail {
template <class T>
constexpr IValue::Kind kind_of = std::is_same_v<T, Tensor>     ? IValue::Kind::tensor
                                 : std::is_same_v<T, bool>     ? IValue::Kind::boolean
                                 : std::is_integral_v<T>       ? IValue::Kind::integral
                                 : std::is_floating_point_v<T> ? IValue::Kind::floating
                                                               : IValue::Kind::none;

/// A position in a List or Dict, which stays valid when elements move. It keeps the Element that it shows.
template <class Element, class Shown>
class IndexIterator {
 public:
  using iterator_category = std::random_access_iterator_tag;
  using value_type = Element;
  using difference_type = std::ptrdiff_t;
  using reference = Shown;
  using pointer = const Element*;
  explicit IndexIterator(Element element) : element_(std::move(element)) {}
  Shown operator*() const { return element_; }
  pointer operator->() const { return &element_; }
  Element operator[](difference_type n) const { return *(*this + n); }
  IndexIterator& operator++() { return ++element_.at_, *this; }
  IndexIterator& operator--() { return --element_.at_, *this; }
  IndexIterator operator++(int) { return *this += 1, *this - 1; }
  IndexIterator operator--(int) { return *this -= 1, *this + 1; }
  IndexIterator& operator+=(difference_type n) { return element_.at_ += static_cast<size_t>(n), *this; }
  IndexIterator& operator-=(difference_type n) { return *this += -n; }
  friend IndexIterator operator+(IndexIterator it, difference_type n) { return it += n; }
  friend IndexIterator operator-(IndexIterator it, difference_type n) { return it -= n; }
  friend difference_type operator-(const IndexIterator& a, const IndexIterator& b) {
    return static_cast<difference_type>(a.index() - b.index());
  }
  friend bool operator==(const IndexIterator& a, const IndexIterator& b) { return a.index() == b.index(); }
  friend bool operator!=(const IndexIterator& a, const IndexIterator& b) { return a.index() != b.index(); }
  friend bool operator<(const IndexIterator& a, const IndexIterator& b) { return a.index() < b.index(); }
  size_t index() const { return element_.at_; }

 private:
  Element element_;
};
}  // namespace detail

/// A list of values of one type, as archives and pickles keep it. Copies are the same list: `copy()` makes another.
template <class T>
class List {
 public:
  using value_type = T;
  using size_type = size_t;
  /// An element: reads as a T, and can be assigned one.
  class Element {
   public:
    Element(List list, size_t at) : list_(std::move(list)), at_(at) {}
    Element(const Element&) = default;
    operator T() const { return get(); }
    T get() const { return list_.get(at_); }
    const Element& operator=(T value) const { return list_.set(at_, std::move(value)), *this; }
    const Element& operator=(const Element& other) const { return *this = other.get(); }
    friend bool operator==(const Element& a, const T& b) { return a.get() == b; }

   private:
    template <class E, class Shown>
    friend class detail::IndexIterator;
    List list_;
    size_t at_;
  };
  using iterator = detail::IndexIterator<Element, Element>;

  List() : value_(IValue::List()) { value_.of(detail::kind_of<T>); }
  List(std::initializer_list<T> elements) : List(elements.begin(), elements.end()) {}
  explicit List(ArrayRef<T> elements) : List(elements.begin(), elements.end()) {}
  explicit List(const std::vector<T>& elements) : List(elements.begin(), elements.end()) {}
  template <class Iterator>
  List(Iterator first, Iterator last) : List() {
    for (; first != last; ++first) push_back(*first);
  }
  /// The list that `value` holds.
  explicit List(IValue value) : value_(std::move(value)) { value_.toListRef(); }

  size_t size() const { return all().size(); }
  bool empty() const { return all().empty(); }
  T get(size_t at) const { return all().at(at).template to<T>(); }
  T extract(size_t at) const { return get(at); }
  void set(size_t at, T value) const { all().at(at) = IValue(std::move(value)); }
  Element operator[](size_t at) const { return all().at(at), Element(*this, at); }
  iterator begin() const { return iterator({*this, 0}); }
  iterator end() const { return iterator({*this, size()}); }
  void push_back(T value) const { all().emplace_back(std::move(value)); }
  template <class... Args>
  void emplace_back(Args&&... args) const {
    push_back(T(std::forward<Args>(args)...));
  }
  void append(const List& more) const { all().insert(all().end(), more.all().begin(), more.all().end()); }
  iterator insert(iterator at, T value) const {
    all().insert(all().begin() + at.index(), IValue(std::move(value)));
    return at;
  }
  iterator erase(iterator at) const { return all().erase(all().begin() + at.index()), at; }
  iterator erase(iterator first, iterator last) const {
    return all().erase(all().begin() + first.index(), all().begin() + last.index()), first;
  }
  void pop_back() const { all().pop_back(); }
  void resize(size_t n, T value = T()) const { all().resize(n, IValue(std::move(value))); }
  void reserve(size_t n) const { all().reserve(n); }
  void clear() const { all().clear(); }
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }
  List copy() const {
    List other;
    other.all() = all();
    return other;
  }
  bool is(const List& other) const { return value_.is(other.value_); }
  const IValue& value() const { return value_; }
  friend bool operator==(const List& a, const List& b) { return a.value_ == b.value_; }
  friend bool operator!=(const List& a, const List& b) { return !(a == b); }

 private:
  IValue::List& all() const { return const_cast<IValue&>(value_).mutable_list(); }
  IValue value_;
};

/// A dictionary in the order of insertion, as archives and pickles keep it. Copies are the same dictionary: `copy()`
/// makes another. Keys are compared one after the other: it is meant for hundreds of entries.
template <class Key, class Value>
class Dict {
 public:
  using key_type = Key;
  using mapped_type_t = Value;
  using size_type = size_t;
  class Entry {
   public:
    Entry(Dict dict, size_t at) : dict_(std::move(dict)), at_(at) {}
    Key key() const { return dict_.all()[at_].first.template to<Key>(); }
    Value value() const { return dict_.all()[at_].second.template to<Value>(); }
    void setValue(Value value) const { dict_.all()[at_].second = IValue(std::move(value)); }

   private:
    template <class E, class Shown>
    friend class detail::IndexIterator;
    Dict dict_;
    size_t at_;
  };
  using value_type = Entry;
  using iterator = detail::IndexIterator<Entry, const Entry&>;

  Dict() : value_(IValue::Dict()) {}
  /// The dictionary that `value` holds.
  explicit Dict(IValue value) : value_(std::move(value)) { value_.toDictRef(); }

  size_t size() const { return all().size(); }
  bool empty() const { return all().empty(); }
  iterator begin() const { return iterator({*this, 0}); }
  iterator end() const { return iterator({*this, size()}); }
  iterator find(const Key& key) const { return iterator({*this, position(key)}); }
  bool contains(const Key& key) const { return position(key) < size(); }
  /// Throws std::out_of_range when there is none.
  Value at(const Key& key) const { return all().at(position(key)).second.template to<Value>(); }
  /// An entry that is there already stays as it is.
  std::pair<iterator, bool> insert(Key key, Value value) const {
    const size_t at = position(key);
    const bool is_new = at == size();
    if (is_new) all().emplace_back(IValue(std::move(key)), IValue(std::move(value)));
    return {iterator({*this, at}), is_new};
  }
  std::pair<iterator, bool> insert_or_assign(Key key, Value value) const {
    const size_t at = position(key);
    const bool is_new = at == size();
    if (is_new)
      all().emplace_back(IValue(std::move(key)), IValue(std::move(value)));
    else
      all()[at].second = IValue(std::move(value));
    return {iterator({*this, at}), is_new};
  }
  size_t erase(const Key& key) const {
    const size_t at = position(key);
    if (at == size()) return 0;
    all().erase(all().begin() + at);
    return 1;
  }
  void erase(iterator at) const { all().erase(all().begin() + at.index()); }
  void reserve(size_t n) const { all().reserve(n); }
  void clear() const { all().clear(); }
  Dict copy() const {
    Dict other;
    other.all() = all();
    return other;
  }
  bool is(const Dict& other) const { return value_.is(other.value_); }
  const IValue& value() const { return value_; }
  friend bool operator==(const Dict& a, const Dict& b) { return a.value_ == b.value_; }
  friend bool operator!=(const Dict& a, const Dict& b) { return !(a == b); }

 private:
  IValue::Dict& all() const { return const_cast<IValue&>(value_).mutable_dict(); }
  size_t position(const Key& key) const { return value_.find_key(IValue(key)); }
  IValue value_;
};

namespace ivalue {
/// The text of an IValue, as LibTorch's programs reach it: `value.toString()->string()`.
class LAMPAS_API ConstantString {
 public:
  explicit ConstantString(std::shared_ptr<void> text) : text_(std::move(text)) {}
  const std::string& string() const;

 private:
  std::shared_ptr<void> text_;
};

/// The values of a tuple: `value.toTuple()->elements()`.
class LAMPAS_API Tuple {
 public:
  explicit Tuple(std::shared_ptr<void> elements) : elements_(std::move(elements)) {}
  static std::shared_ptr<Tuple> create(std::vector<IValue> elements);
  const std::vector<IValue>& elements() const;
  size_t size() const;

 private:
  std::shared_ptr<void> elements_;
};
}  // namespace ivalue

namespace detail {

template <class T>
struct ValueForm<std::optional<T>> {
  static IValue store(const std::optional<T>& v) { return v ? IValue(*v) : IValue(); }
  static std::optional<T> load(const IValue& v) { return v.toOptional<T>(); }
};
template <>
struct ValueForm<std::nullopt_t> {
  static IValue store(std::nullopt_t) { return {}; }
};
template <class T>
struct ValueForm<std::vector<T>> {
  static IValue store(const std::vector<T>& v) { return List<T>(v.begin(), v.end()).value(); }
  static std::vector<T> load(const IValue& v) { return List<T>(v).vec(); }
};
template <class T>
struct ValueForm<List<T>> {
  static IValue store(const List<T>& v) { return v.value(); }
  static List<T> load(const IValue& v) { return List<T>(v); }
};
template <class Key, class Value>
struct ValueForm<Dict<Key, Value>> {
  static IValue store(const Dict<Key, Value>& v) { return v.value(); }
  static Dict<Key, Value> load(const IValue& v) { return Dict<Key, Value>(v); }
};
template <class Map>
struct ValueForm<Map, std::void_t<typename Map::mapped_type, typename Map::hasher>> {
  static IValue store(const Map& v) {
    IValue::Dict entries;
    for (const auto& [key, value] : v) entries.emplace_back(key, value);
    return entries;
  }
  static Map load(const IValue& v) {
    Map out;
    for (const auto& [key, value] : v.toDictRef())
      out.emplace(key.template to<typename Map::key_type>(), value.template to<typename Map::mapped_type>());
    return out;
  }
};
LAMPAS_API const std::vector<IValue>& tuple_elements(const IValue& v, size_t expected);
template <class... T>
struct ValueForm<std::tuple<T...>> {
  static IValue store(const std::tuple<T...>& v) {
    return std::apply([](const T&... e) { return IValue::tuple({IValue(e)...}); }, v);
  }
  static std::tuple<T...> load(const IValue& v) { return load(v, std::index_sequence_for<T...>()); }
  template <size_t... k>
  static std::tuple<T...> load(const IValue& v, std::index_sequence<k...>) {
    const auto& e = tuple_elements(v, sizeof...(T));
    return std::tuple<T...>(e[k].template to<T>()...);
  }
};
template <class A, class B>
struct ValueForm<std::pair<A, B>> {
  static IValue store(const std::pair<A, B>& v) { return IValue::tuple({IValue(v.first), IValue(v.second)}); }
  static std::pair<A, B> load(const IValue& v) {
    const auto& e = tuple_elements(v, 2);
    return {e[0].template to<A>(), e[1].template to<B>()};
  }
};
template <>
struct ValueForm<std::shared_ptr<ivalue::Tuple>> {
  LAMPAS_API static IValue store(const std::shared_ptr<ivalue::Tuple>& v);
  LAMPAS_API static std::shared_ptr<ivalue::Tuple> load(const IValue& v);
};

}  // namespace detail

template <class T>
T IValue::to() const {
  if constexpr (std::is_same_v<T, IValue>)
    return *this;
  else if constexpr (std::is_same_v<T, Tensor>)
    return toTensor();
  else if constexpr (std::is_same_v<T, bool>)
    return toBool();
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(toInt());
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(toDouble());
  else if constexpr (std::is_same_v<T, Scalar>)
    return toScalar();
  else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>)
    return T(toStringRef());
  else
    return detail::ValueForm<T>::load(*this);
}
template <class T>
std::optional<T> IValue::toOptional() const {
  if (isNone()) return std::nullopt;
  return to<T>();
}

}  // namespace lampas
