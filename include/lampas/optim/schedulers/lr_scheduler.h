#pragma once

#include <vector>

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

/// Base class of what changes learning rates over time: call `step()` once after every epoch (some schedulers: after
/// every batch). Formulas count epochs from 0, the time of construction. The optimizer must outlive the scheduler.
///
/// A scheduler of one's own overrides `get_lrs()`, which reads `epoch_` (how often step() was called, this call
/// included) or, as LibTorch's, `step_count_` (how often before this call), and `get_current_lrs()`.
class LAMPAS_API LRScheduler {
 public:
  explicit LRScheduler(Optimizer& optimizer);
  virtual ~LRScheduler();
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;
  /// Counts one more epoch and sets the learning rates for the next.
  virtual void step();
  /// Goes back to epoch 0.
  virtual void restart();
  /// The learning rates in force, one for each parameter group.
  std::vector<double> get_last_lr() const;
  Optimizer& optimizer() const { return optimizer_; }

 protected:
  /// The learning rate of every parameter group after `epoch_` epochs; called once for each epoch in turn.
  virtual std::vector<double> get_lrs() = 0;
  std::vector<double> get_current_lrs() const;
  void set_lrs(const std::vector<double>& rates);
  /// The learning rates the optimizer started with.
  const std::vector<double>& base_lrs() const;

  unsigned epoch_ = 0;
  unsigned step_count_ = 0;

 private:
  Optimizer& optimizer_;
  lampas::detail::Boxed<std::vector<double>> base_lrs_;
};

}  // namespace lampas::optim
