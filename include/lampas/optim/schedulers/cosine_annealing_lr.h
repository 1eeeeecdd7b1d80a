#pragma once

#include "lampas/optim/schedulers/lr_scheduler.h"

namespace lampas::optim {

/// From the initial learning rate to `eta_min` along half a cosine in `T_max` epochs, and back
/// (Loshchilov, Hutter 2017: SGDR without restarts).
class LAMPAS_API CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min = 0);

 protected:
  std::vector<double> get_lrs() override;

 private:
  int64_t T_max_;
  double eta_min_;
};

/// From the initial learning rate to `eta_min` along half a cosine in `T_0` epochs, then from the start again, each
/// period `T_mult` times as long as the one before. `step(epoch)` sets a position, which may be a fraction.
class LAMPAS_API CosineAnnealingWarmRestarts : public LRScheduler {
 public:
  CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t T_0, int64_t T_mult = 1, double eta_min = 0);
  void step() override;
  void step(double epoch);
  void restart() override;

 protected:
  std::vector<double> get_lrs() override;

 private:
  int64_t T_0_, T_mult_;
  double eta_min_, position_ = 0, period_;
};

}  // namespace lampas::optim
