#pragma once

#include <memory>

#include "torch/namespaces.h"

namespace c10 {

/// LibTorch's list of an operator's arguments. Copies share the elements; copy() does not.
template <class T>
class List {
 public:
  using value_type = T;
  using size_type = size_t;
  using iterator = typename std::vector<T>::iterator;

  List() : elements_(std::make_shared<std::vector<T>>()) {}
  List(std::initializer_list<T> elements) : elements_(std::make_shared<std::vector<T>>(elements)) {}
  explicit List(ArrayRef<T> elements) : elements_(std::make_shared<std::vector<T>>(elements.begin(), elements.end())) {}
  explicit List(std::vector<T> elements) : elements_(std::make_shared<std::vector<T>>(std::move(elements))) {}

  size_t size() const { return elements_->size(); }
  bool empty() const { return elements_->empty(); }
  T get(size_t k) const { return elements_->at(k); }
  decltype(auto) operator[](size_t k) const { return elements_->at(k); }
  void set(size_t k, T element) const { elements_->at(k) = std::move(element); }
  T extract(size_t k) const { return std::move(elements_->at(k)); }
  iterator begin() const { return elements_->begin(); }
  iterator end() const { return elements_->end(); }
  void push_back(T element) const { elements_->push_back(std::move(element)); }
  template <class... A>
  void emplace_back(A&&... arguments) const {
    elements_->emplace_back(std::forward<A>(arguments)...);
  }
  iterator insert(iterator at, T element) const { return elements_->insert(at, std::move(element)); }
  iterator erase(iterator at) const { return elements_->erase(at); }
  iterator erase(iterator first, iterator last) const { return elements_->erase(first, last); }
  void append(List other) const { elements_->insert(end(), other.begin(), other.end()); }
  void pop_back() const { elements_->pop_back(); }
  void clear() const { elements_->clear(); }
  void reserve(size_t n) const { elements_->reserve(n); }
  void resize(size_t n) const { elements_->resize(n); }
  void resize(size_t n, const T& element) const { elements_->resize(n, element); }
  List copy() const { return List(vec()); }
  std::vector<T> vec() const { return *elements_; }
  /// Whether both share their elements.
  bool is(const List& other) const { return elements_ == other.elements_; }
  friend bool operator==(const List& a, const List& b) { return *a.elements_ == *b.elements_; }
  friend bool operator!=(const List& a, const List& b) { return !(a == b); }

 private:
  std::shared_ptr<std::vector<T>> elements_;
};

}  // namespace c10

namespace torch {
using c10::List;
}

namespace at {
namespace detail {
/// An index that is missing takes the whole dimension. (Templates: few programs make lists.)
template <class L>
std::vector<lampas::TensorIndex> to_indices(const L& given) {
  std::vector<lampas::TensorIndex> indices;
  for (const c10::optional<Tensor>& t : given) {
    if (t && t->defined())
      indices.emplace_back(*t);
    else
      indices.emplace_back(lampas::indexing::Slice());
  }
  return indices;
}
}  // namespace detail

/// Functions of at:: take lists of tensors; Tensor's methods take every kind of index.
template <class L = c10::List<c10::optional<Tensor>>>
Tensor index(const Tensor& x, const L& indices) {
  return x.index(detail::to_indices(indices));
}
template <class L = c10::List<c10::optional<Tensor>>>
Tensor& index_put_(Tensor& x, const L& indices, const Tensor& values, bool accumulate = false) {
  return lampas::index_put_(x, detail::to_indices(indices), values, accumulate);
}
template <class L = c10::List<c10::optional<Tensor>>>
Tensor index_put(const Tensor& x, const L& indices, const Tensor& values, bool accumulate = false) {
  return lampas::index_put(x, detail::to_indices(indices), values, accumulate);
}

}  // namespace at
