#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lampas/base/boxed.h"
#include "lampas/base/error.h"

namespace lampas {

namespace detail {
/// The position of each key of an OrderedDict.
template <class Key>
class KeyIndex {
 public:
  const size_t* find(const Key& key) const {
    const auto it = map_.find(key);
    return it == map_.end() ? nullptr : &it->second;
  }
  /// Whether the key was new.
  bool insert(const Key& key, size_t position) { return map_.emplace(key, position).second; }
  /// Removes a key; later positions move up.
  void erase(const Key& key, size_t position) {
    map_.erase(key);
    for (auto& entry : map_) entry.second -= entry.second > position;
  }
  void reserve(size_t n) { map_.reserve(n); }
  void clear() { map_.clear(); }

 private:
  std::unordered_map<Key, size_t> map_;
};
/// The same for names, compiled once: hash tables are dear to compile.
template <>
class LAMPAS_API KeyIndex<std::string> {
 public:
  const size_t* find(const std::string& key) const;
  bool insert(const std::string& key, size_t position);
  void erase(const std::string& key, size_t position);
  void reserve(size_t n);
  void clear();

 private:
  Boxed<std::unordered_map<std::string, size_t>> map_;
};
}  // namespace detail

/// A dictionary that keeps insertion order. Items are reached by key or by position. Inserting may move items, so
/// references and iterators last until the next insertion.
template <class Key, class Value>
class OrderedDict {
 public:
  /// One (key, value) pair; `*item` and `item->` reach the value.
  class Item {
   public:
    Item(Key key, Value value) : pair_(std::move(key), std::move(value)) {}
    Value& operator*() { return pair_.second; }
    const Value& operator*() const { return pair_.second; }
    Value* operator->() { return &pair_.second; }
    const Value* operator->() const { return &pair_.second; }
    const Key& key() const noexcept { return pair_.first; }
    Value& value() noexcept { return pair_.second; }
    const Value& value() const noexcept { return pair_.second; }
    const std::pair<Key, Value>& pair() const noexcept { return pair_; }

   private:
    std::pair<Key, Value> pair_;
  };
  using Iterator = typename std::vector<Item>::iterator;
  using ConstIterator = typename std::vector<Item>::const_iterator;

  OrderedDict() = default;
  /// `key_description` says in error messages what the keys name ("Parameter 'x' is not defined").
  explicit OrderedDict(std::string key_description) : key_description_(std::move(key_description)) {}
  OrderedDict(std::initializer_list<Item> items) {
    reserve(items.size());
    for (const Item& item : items) insert(item.key(), item.value());
  }

  const std::string& key_description() const noexcept { return key_description_; }
  size_t size() const noexcept { return items_.size(); }
  bool is_empty() const noexcept { return items_.empty(); }
  bool empty() const noexcept { return items_.empty(); }

  Item& front() { return items_[non_empty("front")]; }
  const Item& front() const { return items_[non_empty("front")]; }
  Item& back() { return items_[non_empty("back") + items_.size() - 1]; }
  const Item& back() const { return items_[non_empty("back") + items_.size() - 1]; }
  /// The item at a position; throws when it is out of bounds.
  Item& operator[](size_t index) { return items_[in_bounds(index)]; }
  const Item& operator[](size_t index) const { return items_[in_bounds(index)]; }
  /// The value under a key; throws when there is none.
  Value& operator[](const Key& key) { return items_[position(key)].value(); }
  const Value& operator[](const Key& key) const { return items_[position(key)].value(); }

  /// The value under a key, or null.
  Value* find(const Key& key) noexcept {
    const size_t* at = index_.find(key);
    return at ? &items_[*at].value() : nullptr;
  }
  const Value* find(const Key& key) const noexcept {
    const size_t* at = index_.find(key);
    return at ? &items_[*at].value() : nullptr;
  }
  bool contains(const Key& key) const noexcept { return index_.find(key) != nullptr; }

  Iterator begin() { return items_.begin(); }
  ConstIterator begin() const { return items_.begin(); }
  Iterator end() { return items_.end(); }
  ConstIterator end() const { return items_.end(); }

  void reserve(size_t n) {
    index_.reserve(n);
    items_.reserve(n);
  }
  /// Adds a pair at the end and returns the stored value; throws when the key is present.
  template <class K, class V>
  Value& insert(K&& key, V&& value) {
    return add(Key(std::forward<K>(key)), Value(std::forward<V>(value)));
  }
  Value& insert(Key key, Value&& value) { return add(std::move(key), std::move(value)); }
  /// Inserts every item of `other`; throws at the first key already present.
  void update(const OrderedDict& other) {
    reserve(size() + other.size());
    for (const Item& item : other) insert(item.key(), item.value());
  }
  void update(OrderedDict&& other) {
    reserve(size() + other.size());
    for (Item& item : other) insert(Key(item.key()), std::move(item.value()));
  }
  /// Removes a key; throws when there is none.
  void erase(const Key& key) {
    const size_t* found = index_.find(key);
    check(found != nullptr, "Key '", key, "' doesn't exist");
    const size_t at = *found;
    index_.erase(key, at);
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void clear() {
    index_.clear();
    items_.clear();
  }

  const std::vector<Item>& items() const noexcept { return items_; }
  std::vector<Key> keys() const {
    std::vector<Key> r;
    r.reserve(size());
    for (const Item& item : items_) r.push_back(item.key());
    return r;
  }
  std::vector<Value> values() const {
    std::vector<Value> r;
    r.reserve(size());
    for (const Item& item : items_) r.push_back(item.value());
    return r;
  }
  std::vector<std::pair<Key, Value>> pairs() const {
    std::vector<std::pair<Key, Value>> r;
    r.reserve(size());
    for (const Item& item : items_) r.push_back(item.pair());
    return r;
  }

  /// The same keys and values in the same order.
  friend bool operator==(const OrderedDict& a, const OrderedDict& b) {
    if (a.size() != b.size()) return false;
    for (size_t k = 0; k < a.size(); ++k)
      if (!(a.items_[k].key() == b.items_[k].key() && a.items_[k].value() == b.items_[k].value())) return false;
    return true;
  }

 private:
  size_t non_empty(const char* method) const {
    check(!items_.empty(), "Called ", method, "() on an empty OrderedDict");
    return 0;
  }
  size_t in_bounds(size_t index) const {
    check(index < items_.size(), "Index ", index, " is out of bounds");
    return index;
  }
  size_t position(const Key& key) const {
    const size_t* at = index_.find(key);
    check(at != nullptr, key_description_, " '", key, "' is not defined");
    return *at;
  }
  Value& add(Key key, Value value) {
    check(index_.insert(key, items_.size()), key_description_, " '", key, "' already defined");
    items_.emplace_back(std::move(key), std::move(value));
    return items_.back().value();
  }

  detail::KeyIndex<Key> index_;  // of items_
  std::vector<Item> items_;
  std::string key_description_ = "Key";
};

}  // namespace lampas
