#pragma once

#include <vector>

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

/// Base class of what changes learning rates over time: call `step()` once after every epoch. The optimizer must
/// outlive the scheduler.
class LAMPAS_API LRScheduler {
 public:
  explicit LRScheduler(Optimizer& optimizer);
  virtual ~LRScheduler();
  /// Counts one more epoch and sets the learning rates for the next.
  void step();

 protected:
  /// The learning rate of every parameter group after `step_count_` epochs.
  virtual std::vector<double> get_lrs() = 0;
  std::vector<double> get_current_lrs() const;

  unsigned step_count_ = 0;

 private:
  Optimizer& optimizer_;
};

}  // namespace lampas::optim
