#pragma once

/// LibTorch's loops over threads: at::parallel_for, at::parallel_reduce, at::get_thread_num, ... are lampas's own.

#include "torch/namespaces.h"

namespace at {
namespace internal {
constexpr int64_t GRAIN_SIZE = 32768;
inline void lazy_init_num_threads() {}
}  // namespace internal

inline int64_t divup(int64_t x, int64_t y) { return (x + y - 1) / y; }
/// LibTorch starts its threads with it; there is nothing to do here.
inline void init_num_threads() {}
/// Graph branches are not run side by side: there is one inter-op thread.
inline int get_num_interop_threads() { return 1; }
inline void set_num_interop_threads(int n) { TORCH_CHECK(n > 0, "Expected positive number of threads, got ", n); }
}  // namespace at
