#pragma once

#include <limits>
#include <string>
#include <vector>

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API ReduceLROnPlateauOptions {
  /// "min": the metric should fall; "max": rise.
  LAMPAS_LAZY_ARG(std::string, mode) = "min";
  /// The learning rates are multiplied by it.
  LAMPAS_ARG(double, factor) = 0.1;
  /// Epochs without improvement that are tolerated.
  LAMPAS_ARG(int64_t, patience) = 10;
  /// What counts as an improvement: relative ("rel") or absolute ("abs").
  LAMPAS_ARG(double, threshold) = 1e-4;
  LAMPAS_LAZY_ARG(std::string, threshold_mode) = "rel";
  /// Epochs after a reduction that do not count.
  LAMPAS_ARG(int64_t, cooldown) = 0;
  /// Lower bound of the learning rates: one for all groups, or one for each.
  LAMPAS_BOXED_ARG_INITIAL(std::vector<double>, min_lr, 0.0);
  /// Smaller changes are not made.
  LAMPAS_ARG(double, eps) = 1e-8;
};

/// Reduces the learning rates when a metric has stopped improving: `step(metric)` after every epoch. The optimizer must
/// outlive the scheduler.
class LAMPAS_API ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, ReduceLROnPlateauOptions options = {});
  void step(double metric);
  double best() const { return best_; }
  int64_t num_bad_epochs() const { return bad_epochs_; }
  bool in_cooldown() const { return cooldown_left_ > 0; }

 private:
  bool better(double metric) const;
  Optimizer& optimizer_;
  ReduceLROnPlateauOptions options_;
  double best_;
  int64_t bad_epochs_ = 0, cooldown_left_ = 0;
};

}  // namespace lampas::optim
