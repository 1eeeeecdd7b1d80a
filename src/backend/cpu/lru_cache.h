#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace lampas::cpu {

/// Bounded map that forgets what was used longest ago. Safe to use from several threads; a value found stays alive as
/// long as its holder wants.
template <class Value>
class LruCache {
 public:
  /// `limit` bounds the sum of the entries' costs (the newest entry always stays).
  explicit LruCache(size_t limit) : limit_(limit) {}
  std::shared_ptr<Value> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->value;
  }
  void insert(const std::string& key, std::shared_ptr<Value> value, size_t cost) {
    const std::lock_guard lock(mutex_);
    if (const auto it = index_.find(key); it != index_.end()) erase(it->second);
    order_.push_front({key, std::move(value), cost});
    index_[key] = order_.begin();
    used_ += cost;
    while (used_ > limit_ && order_.size() > 1) erase(std::prev(order_.end()));
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    order_.clear();
    index_.clear();
    used_ = 0;
  }
  /// Number of entries and the sum of their costs.
  std::pair<int64_t, int64_t> stats() {
    const std::lock_guard lock(mutex_);
    return {static_cast<int64_t>(order_.size()), static_cast<int64_t>(used_)};
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<Value> value;
    size_t cost;
  };
  void erase(typename std::list<Entry>::iterator it) {
    used_ -= it->cost;
    index_.erase(it->key);
    order_.erase(it);
  }
  std::mutex mutex_;
  size_t limit_, used_ = 0;
  std::list<Entry> order_;
  std::unordered_map<std::string, typename std::list<Entry>::iterator> index_;
};

}  // namespace lampas::cpu
