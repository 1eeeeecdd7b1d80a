#pragma once

#include <memory>
#include <utility>

#include "torch/namespaces.h"

namespace torch {

template <class T, class... A>
auto make_unique(A&&... arguments) {
  return std::make_unique<T>(std::forward<A>(arguments)...);
}

/// LibTorch starts its threads with it; there is nothing to do here.
inline void init_num_threads() {}
/// Graph branches are not run side by side: there is one inter-op thread.
inline int get_num_interop_threads() { return 1; }
inline void set_num_interop_threads(int n) { TORCH_CHECK(n > 0, "Expected positive number of threads, got ", n); }

}  // namespace torch
