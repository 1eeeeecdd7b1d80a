#pragma once

#include <memory>

#include "lampas/optim/schedulers/lr_scheduler.h"

namespace lampas::optim {

/// One scheduler after the other: `schedulers[k]` takes over at epoch `milestones[k - 1]` and starts from its epoch 0.
class LAMPAS_API SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<LRScheduler>> schedulers,
               std::vector<int64_t> milestones);
  void step() override;
  void restart() override;

 protected:
  std::vector<double> get_lrs() override;

 private:
  lampas::detail::Boxed<std::vector<std::shared_ptr<LRScheduler>>> schedulers_;
  std::vector<int64_t> milestones_;
};

/// Several schedulers at once, in order; those that multiply the rate before them combine.
class LAMPAS_API ChainedScheduler : public LRScheduler {
 public:
  explicit ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers);
  void step() override;

 protected:
  std::vector<double> get_lrs() override;

 private:
  lampas::detail::Boxed<std::vector<std::shared_ptr<LRScheduler>>> schedulers_;
};

}  // namespace lampas::optim
