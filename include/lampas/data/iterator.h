#pragma once

#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "lampas/base/error.h"

namespace lampas::data {

/// Walks over the batches of a DataLoader, one pass. Copies share their position. A batch is fetched when it is first
/// asked for.
template <class Batch>
class Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using pointer = Batch*;
  using reference = Batch&;
  using Next = std::function<std::optional<Batch>()>;

  /// Past the end.
  Iterator() = default;
  explicit Iterator(Next next) : state_(std::make_shared<State>(State{std::move(next), {}, false})) {}

  Iterator& operator++() {
    check(state_ != nullptr, "DataLoader: Incrementing the DataLoader's past-the-end iterator is not allowed");
    fetch();
    check(state_->batch.has_value(), "DataLoader: Attempted to increment iterator past the end");
    state_->batch = state_->next();
    return *this;
  }
  reference operator*() const {
    check(state_ != nullptr, "DataLoader: Dereferencing the DataLoader's past-the-end iterator is not allowed");
    fetch();
    check(state_->batch.has_value(), "DataLoader: Attempted to dereference iterator that was past the end");
    return *state_->batch;
  }
  pointer operator->() const { return &**this; }
  friend bool operator==(const Iterator& a, const Iterator& b) {
    if (a.state_ == b.state_) return true;
    if (a.state_ && b.state_) return false;
    return (a.state_ ? a : b).at_end();
  }
  friend bool operator!=(const Iterator& a, const Iterator& b) { return !(a == b); }

 private:
  struct State {
    Next next;
    std::optional<Batch> batch;
    bool started;
  };
  void fetch() const {
    if (state_->started) return;
    state_->batch = state_->next();
    state_->started = true;
  }
  bool at_end() const {
    fetch();
    return !state_->batch.has_value();
  }
  std::shared_ptr<State> state_;
};

}  // namespace lampas::data
