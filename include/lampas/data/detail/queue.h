#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "lampas/base/error.h"
#include "lampas/data/detail/monitor.h"

namespace lampas::data::detail {

/// A first-in, first-out queue for several threads.
template <class T>
class Queue {
 public:
  void push(T value) {
    {
      MonitorLock lock(monitor_);
      values_.push_back(std::move(value));
    }
    monitor_.notify_all();
  }
  /// Takes the oldest value, waiting for one; throws when none came in time.
  T pop(std::optional<Milliseconds> timeout = std::nullopt) {
    MonitorLock lock(monitor_);
    check(monitor_.wait_for(timeout, [&] { return !values_.empty(); }),
          "DataLoader: Timeout in DataLoader queue while waiting for next batch (timeout was ",
          timeout ? timeout->value : 0, " ms)");
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }
  /// Empties the queue and says how many values it held.
  size_t clear() {
    MonitorLock lock(monitor_);
    const size_t n = values_.size();
    values_.clear();
    return n;
  }

 private:
  std::deque<T> values_;
  Monitor monitor_;
};

}  // namespace lampas::data::detail
