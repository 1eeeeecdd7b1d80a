#pragma once

#include "lampas/data/detail/queue.h"

namespace lampas::data::detail {

/// Jobs one way and their results the other, with a count of those under way. Jobs are pushed and results popped by one
/// thread.
template <class Job, class Result>
class DataShuttle {
 public:
  void push_job(Job job) {
    jobs_.push(std::move(job));
    ++in_flight_;
  }
  void push_result(Result result) { results_.push(std::move(result)); }
  /// Waits for a job.
  Job pop_job() { return jobs_.pop(); }
  /// Waits for a result; nothing when no job is under way.
  std::optional<Result> pop_result(std::optional<Milliseconds> timeout = std::nullopt) {
    if (in_flight_ == 0) return std::nullopt;
    std::optional<Result> result = results_.pop(timeout);
    --in_flight_;
    return result;
  }
  /// Drops the jobs nobody took, and waits for and drops the results of the others.
  void drain() {
    in_flight_ -= jobs_.clear();
    while (in_flight_ > 0) pop_result();
  }
  size_t in_flight_jobs() const noexcept { return in_flight_; }

 private:
  Queue<Job> jobs_;
  Queue<Result> results_;
  size_t in_flight_ = 0;
};

}  // namespace lampas::data::detail
