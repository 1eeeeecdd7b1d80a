#pragma once

#include <cstdint>

#include "tensor/inference.h"

namespace lampas::detail {

struct SavedHooks;  // src/autograd/saved.cpp: what graph::saved_tensors_hooks holds

/// Per-thread switches of autograd. Constant-initialised, so access is a plain load.
struct ThreadState {
  bool grad_mode = true;    // whether ops record: wanted, and not in inference mode
  bool grad_wanted = true;  // what GradMode says
  uint64_t next_sequence = 0;
  SavedHooks* saved_hooks = nullptr;  // innermost ones, in whose scope tensors are saved
};
extern constinit thread_local ThreadState thread_state;

/// Turns recording off for a scope inside the library.
class NoRecord {
 public:
  NoRecord() : mode_(thread_state.grad_mode), wanted_(thread_state.grad_wanted) {
    thread_state.grad_mode = thread_state.grad_wanted = false;
  }
  ~NoRecord() {
    thread_state.grad_mode = mode_;
    thread_state.grad_wanted = wanted_;
  }
  NoRecord(const NoRecord&) = delete;

 private:
  bool mode_, wanted_;
};

}  // namespace lampas::detail
