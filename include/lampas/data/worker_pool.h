#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "lampas/base/export.h"
#include "lampas/base/owned.h"

namespace lampas::data::detail {

/// Threads that run jobs; each job gets the index of its thread. Results come back in any order under the job's number;
/// an exception travels as one. Ops inside a job use one thread.
class LAMPAS_API WorkerPool {
 public:
  using Job = std::function<std::shared_ptr<void>(size_t worker)>;
  explicit WorkerPool(size_t threads);
  ~WorkerPool();  // waits for running jobs, drops waiting ones
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  void submit(uint64_t number, Job job);
  /// The result of job `number`, or of whichever finishes first. A job's exception is thrown as WorkerException. Throws
  /// Error after `timeout_ms` (0: never).
  std::shared_ptr<void> take(std::optional<uint64_t> number, uint64_t timeout_ms);
  /// Drops waiting jobs and all results, also those of jobs that still run.
  void cancel();
  /// Returns when no job runs; none may be waiting.
  void wait_idle();

 private:
  struct State;
  lampas::detail::Owned<State> state_;
};

}  // namespace lampas::data::detail
