#pragma once

#include "lampas/base/export.h"

namespace lampas {

/// Whether ops on this thread record history. On by default; each thread has its own.
struct LAMPAS_API GradMode {
  static bool is_enabled();
  static void set_enabled(bool on);
};

/// Sets grad mode for a scope and restores it after.
class AutoGradMode {
 public:
  explicit AutoGradMode(bool on) : previous_(GradMode::is_enabled()) { GradMode::set_enabled(on); }
  ~AutoGradMode() { GradMode::set_enabled(previous_); }
  AutoGradMode(const AutoGradMode&) = delete;
  AutoGradMode& operator=(const AutoGradMode&) = delete;

 private:
  bool previous_;
};

/// Nothing inside the scope is recorded.
class NoGradGuard : public AutoGradMode {
 public:
  NoGradGuard() : AutoGradMode(false) {}
};

/// Stricter than NoGradGuard: tensors made inside the scope are inference tensors, which have no version counter, may
/// not be changed in place or require gradients outside such a scope, and cannot be saved for backward. Views of
/// normal tensors stay normal, but may not be changed in place outside. `InferenceMode(false)` leaves the mode for a
/// scope. Sets grad mode to the opposite.
class LAMPAS_API InferenceMode {
 public:
  explicit InferenceMode(bool enabled = true);
  ~InferenceMode();
  InferenceMode(const InferenceMode&) = delete;
  InferenceMode& operator=(const InferenceMode&) = delete;
  static bool is_enabled();

 private:
  bool previous_, previous_grad_;
};

}  // namespace lampas
