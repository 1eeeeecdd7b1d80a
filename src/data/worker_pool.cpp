#include "lampas/data/worker_pool.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "backend/cpu/serial.h"
#include "lampas/base/error.h"
#include "lampas/data/worker_exception.h"

namespace lampas::data::detail {

struct WorkerPool::State {
  struct Result {
    std::shared_ptr<void> value;
    std::exception_ptr error;
  };
  std::mutex mutex;
  std::condition_variable work, done;
  std::deque<std::pair<uint64_t, Job>> waiting;
  std::map<uint64_t, Result> results;
  uint64_t round = 0;  // counts cancel(): results of an earlier round are dropped
  size_t running = 0;
  bool stop = false;
  std::vector<std::thread> threads;

  void loop(size_t worker) {
    cpu::serial_thread = true;
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [&] { return stop || !waiting.empty(); });
      if (stop) return;
      auto [number, job] = std::move(waiting.front());
      waiting.pop_front();
      ++running;
      const uint64_t of_round = round;
      lock.unlock();
      Result r;
      try {
        r.value = job(worker);
      } catch (...) {
        r.error = std::current_exception();
      }
      job = nullptr;
      lock.lock();
      --running;
      if (of_round == round) results.emplace(number, std::move(r));
      done.notify_all();
    }
  }
};

WorkerPool::WorkerPool(size_t threads) : state_(new State) {
  State* s = state_.get();
  for (size_t k = 0; k < threads; ++k) s->threads.emplace_back([s, k] { s->loop(k); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stop = true;
    state_->waiting.clear();
  }
  state_->work.notify_all();
  for (std::thread& t : state_->threads) t.join();
}

void WorkerPool::submit(uint64_t number, Job job) {
  {
    std::lock_guard lock(state_->mutex);
    state_->waiting.emplace_back(number, std::move(job));
  }
  state_->work.notify_one();
}

std::shared_ptr<void> WorkerPool::take(std::optional<uint64_t> number, uint64_t timeout_ms) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  auto ready = [&] { return number ? s.results.count(*number) != 0 : !s.results.empty(); };
  if (timeout_ms)
    check(s.done.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready),
          "DataLoader: Timeout in DataLoader queue while waiting for next batch (timeout was ", timeout_ms, " ms)");
  else
    s.done.wait(lock, ready);
  auto it = number ? s.results.find(*number) : s.results.begin();
  State::Result r = std::move(it->second);
  s.results.erase(it);
  lock.unlock();
  if (r.error) throw WorkerException(r.error);
  return std::move(r.value);
}

void WorkerPool::wait_idle() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  s.done.wait(lock, [&] { return s.running == 0; });
}

void WorkerPool::cancel() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  ++s.round;
  s.waiting.clear();
  s.results.clear();
}

}  // namespace lampas::data::detail
