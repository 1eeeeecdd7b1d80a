#include "lampas/data/detail/monitor.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "backend/cpu/serial.h"

namespace lampas::data::detail {

struct Monitor::State {
  std::mutex mutex;
  std::condition_variable changed;
};
Monitor::Monitor() : state_(new State) {}
Monitor::~Monitor() = default;
void Monitor::lock() { state_->mutex.lock(); }
void Monitor::unlock() { state_->mutex.unlock(); }
void Monitor::notify_all() { state_->changed.notify_all(); }

uint64_t Monitor::now_ms() {
  using namespace std::chrono;
  return static_cast<uint64_t>(duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

bool Monitor::wait(uint64_t timeout_ms, uint64_t start) {
  std::unique_lock lock(state_->mutex, std::adopt_lock);
  bool in_time = true;
  if (timeout_ms == 0) {
    state_->changed.wait(lock);
  } else {
    const uint64_t passed = now_ms() - start;
    in_time = passed < timeout_ms;
    if (in_time) state_->changed.wait_for(lock, std::chrono::milliseconds(timeout_ms - passed));
  }
  lock.release();
  return in_time;
}

struct Thread::State {
  std::thread thread;
  ~State() {
    if (thread.joinable()) thread.join();
  }
};
Thread::Thread(std::function<void()> body) : state_(new State) {
  state_->thread = std::thread([body = std::move(body)] {
    cpu::serial_thread = true;
    body();
  });
}
Thread::~Thread() = default;
Thread::Thread(Thread&&) noexcept = default;
Thread& Thread::operator=(Thread&&) noexcept = default;

}  // namespace lampas::data::detail
