#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lampas/base/boxed.h"
#include "lampas/optim/schedulers/lr_scheduler.h"

namespace lampas::optim {

struct LAMPAS_API CyclicLROptions {
  /// Steps in which the learning rate rises.
  LAMPAS_ARG(int64_t, step_size_up) = 2000;
  /// Steps in which it falls. Default: step_size_up.
  LAMPAS_ARG(std::optional<int64_t>, step_size_down) = std::nullopt;
  /// "triangular", "triangular2" (half the height with each cycle) or "exp_range" (height gamma^step).
  LAMPAS_LAZY_ARG(std::string, mode) = "triangular";
  LAMPAS_ARG(double, gamma) = 1;
  /// A height of one's own, in place of mode's; of the cycle (from 1) or of the step.
  LAMPAS_BOXED_ARG(std::function<double(double)>, scale_fn);
  /// "cycle" or "iterations": what scale_fn is a function of.
  LAMPAS_LAZY_ARG(std::string, scale_mode) = "cycle";
  /// Whether momentum (or the first of betas) moves the other way, between max_momentum and base_momentum.
  LAMPAS_ARG(bool, cycle_momentum) = true;
  LAMPAS_ARG(double, base_momentum) = 0.8;
  LAMPAS_ARG(double, max_momentum) = 0.9;
};

/// The learning rate goes up and down between `base_lr` and `max_lr` (Smith 2017). Step after every batch.
class LAMPAS_API CyclicLR : public LRScheduler {
 public:
  CyclicLR(Optimizer& optimizer, double base_lr, double max_lr, CyclicLROptions options = {});
  CyclicLR(Optimizer& optimizer, std::vector<double> base_lr, std::vector<double> max_lr, CyclicLROptions options = {});

 protected:
  std::vector<double> get_lrs() override;

 private:
  double scale(double x) const;
  CyclicLROptions options_;
  lampas::detail::Boxed<std::vector<double>> base_, max_;
  double total_, ratio_;
};

struct LAMPAS_API OneCycleLROptions {
  /// Steps in all; or epochs and steps_per_epoch.
  LAMPAS_ARG(std::optional<int64_t>, total_steps) = std::nullopt;
  LAMPAS_ARG(std::optional<int64_t>, epochs) = std::nullopt;
  LAMPAS_ARG(std::optional<int64_t>, steps_per_epoch) = std::nullopt;
  /// Share of the steps in which the learning rate rises.
  LAMPAS_ARG(double, pct_start) = 0.3;
  /// "cos" or "linear".
  LAMPAS_LAZY_ARG(std::string, anneal_strategy) = "cos";
  /// Whether momentum (or the first of betas) moves the other way, between max_momentum and base_momentum.
  LAMPAS_ARG(bool, cycle_momentum) = true;
  LAMPAS_ARG(double, base_momentum) = 0.85;
  LAMPAS_ARG(double, max_momentum) = 0.95;
  /// The learning rate starts at max_lr / div_factor ...
  LAMPAS_ARG(double, div_factor) = 25;
  /// ... and ends at that divided by final_div_factor.
  LAMPAS_ARG(double, final_div_factor) = 1e4;
  /// Whether it falls back to the start as fast as it rose, and only then to the end.
  LAMPAS_ARG(bool, three_phase) = false;
};

/// The learning rate rises to `max_lr` and falls far below where it started (Smith, Topin 2018). Step after every
/// batch; a step more than was planned throws.
class LAMPAS_API OneCycleLR : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, double max_lr, OneCycleLROptions options);
  OneCycleLR(Optimizer& optimizer, std::vector<double> max_lr, OneCycleLROptions options);

 protected:
  std::vector<double> get_lrs() override;

 private:
  double anneal(double start, double end, double share) const;
  OneCycleLROptions options_;
  lampas::detail::Boxed<std::vector<double>> max_;
  double total_;
};

}  // namespace lampas::optim
