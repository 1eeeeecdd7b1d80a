#pragma once

#include "lampas/base/export.h"

namespace lampas::autograd {

/// A search for what went wrong in backward, for debugging only (it is slow). While on, every recorded op remembers
/// where it was called; when its backward fails, or (check_nan) returns NaN, a warning names it and tells where.
struct LAMPAS_API AnomalyMode {
  static bool is_enabled();
  static bool should_check_nan();
  static void set_enabled(bool enabled, bool check_nan = true);
};

/// Turns anomaly mode on for a scope. The mode is the process's, not the thread's.
class LAMPAS_API DetectAnomalyGuard {
 public:
  explicit DetectAnomalyGuard(bool check_nan = true);
  ~DetectAnomalyGuard();
  DetectAnomalyGuard(const DetectAnomalyGuard&) = delete;
  DetectAnomalyGuard& operator=(const DetectAnomalyGuard&) = delete;

 private:
  bool previous_, previous_check_nan_;
};

}  // namespace lampas::autograd
