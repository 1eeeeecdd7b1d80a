#pragma once

#include <cstdint>

#include "lampas/backend/cpu/allocator.h"

namespace lampas::cpu {

/// Uninitialised scratch memory for `n` values, 64-byte aligned, from the library's allocator.
template <class T>
class Workspace {
 public:
  explicit Workspace(int64_t n)
      : bytes_(static_cast<size_t>(n) * sizeof(T)), data_(n > 0 ? static_cast<T*>(allocate(bytes_)) : nullptr) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (data_) deallocate(data_, bytes_);
  }
  T* data() const { return data_; }
  operator T*() const { return data_; }

 private:
  size_t bytes_;
  T* data_;
};

}  // namespace lampas::cpu
