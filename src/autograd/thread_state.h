#pragma once

#include <cstdint>

namespace lampas::detail {

/// Per-thread switches of autograd. Constant-initialised, so access is a plain load.
struct ThreadState {
  bool grad_mode = true;
  bool inference_mode = false;
  uint64_t next_sequence = 0;
};
extern constinit thread_local ThreadState thread_state;

/// Turns recording off for a scope inside the library.
class NoRecord {
 public:
  NoRecord() : previous_(thread_state.grad_mode) { thread_state.grad_mode = false; }
  ~NoRecord() { thread_state.grad_mode = previous_; }
  NoRecord(const NoRecord&) = delete;

 private:
  bool previous_;
};

}  // namespace lampas::detail
