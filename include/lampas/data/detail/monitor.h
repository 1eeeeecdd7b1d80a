#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "lampas/base/export.h"
#include "lampas/base/owned.h"

namespace lampas::data {

/// A length of time in milliseconds, from any type with count() in milliseconds (std::chrono::milliseconds) or a
/// number.
struct Milliseconds {
  uint64_t value = 0;
  Milliseconds() = default;
  Milliseconds(uint64_t v) : value(v) {}
  template <class T, class = decltype(std::declval<const T&>().count())>
  Milliseconds(const T& duration) : value(static_cast<uint64_t>(duration.count())) {}
};

namespace detail {

/// A mutex and a condition, without the headers of either.
class LAMPAS_API Monitor {
 public:
  Monitor();
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  void lock();
  void unlock();
  /// Waits, unlocked, for notify_all (or a spurious wake-up); false when `timeout_ms` (0: none) have passed since
  /// `start`.
  bool wait(uint64_t timeout_ms, uint64_t start);
  void notify_all();
  static uint64_t now_ms();
  /// Waits until `ready()`; false after the timeout. The monitor must be locked.
  template <class Ready>
  bool wait_for(std::optional<Milliseconds> timeout, const Ready& ready) {
    const uint64_t start = timeout ? now_ms() : 0;
    while (!ready())
      if (!wait(timeout ? timeout->value : 0, start)) return ready();
    return true;
  }

 private:
  struct State;
  lampas::detail::Owned<State> state_;
};

/// Holds a monitor for a scope.
class MonitorLock {
 public:
  explicit MonitorLock(Monitor& m) : monitor_(m) { monitor_.lock(); }
  ~MonitorLock() { monitor_.unlock(); }
  MonitorLock(const MonitorLock&) = delete;
  MonitorLock& operator=(const MonitorLock&) = delete;

 private:
  Monitor& monitor_;
};

/// A thread that is joined when it goes out of scope. Ops inside use one thread.
class LAMPAS_API Thread {
 public:
  explicit Thread(std::function<void()> body);
  ~Thread();
  Thread(Thread&&) noexcept;
  Thread& operator=(Thread&&) noexcept;

 private:
  struct State;
  lampas::detail::Owned<State> state_;
};

}  // namespace detail
}  // namespace lampas::data
