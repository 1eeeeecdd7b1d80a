#pragma once

#include "lampas/optim/schedulers/lr_scheduler.h"

namespace lampas::optim {

/// Multiplies the learning rates by `gamma` every `step_size` epochs.
class LAMPAS_API StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, unsigned step_size, double gamma = 0.1);

 private:
  std::vector<double> get_lrs() override;

  const unsigned step_size_;
  const double gamma_;
};

}  // namespace lampas::optim
