#pragma once

#include <cstdio>
#include <vector>

#include "torch/namespaces.h"

namespace torch::optim {

namespace detail {
// A template, so that programs that do not name the class do not compile it.
template <class Optimizer>
class ReduceOnPlateau : public lampas::optim::ReduceLROnPlateau {
 public:
  enum SchedulerMode { min, max };
  enum ThresholdMode { rel, abs };
  explicit ReduceOnPlateau(Optimizer& optimizer, SchedulerMode mode = min, float factor = 0.1F, int patience = 10,
                           double threshold = 1e-4, ThresholdMode threshold_mode = rel, int cooldown = 0,
                           const std::vector<float>& min_lr = {}, double eps = 1e-8, bool verbose = false)
      : ReduceLROnPlateau(optimizer, lampas::optim::ReduceLROnPlateauOptions()
                                         .mode(mode == min ? "min" : "max")
                                         .factor(factor)
                                         .patience(patience)
                                         .threshold(threshold)
                                         .threshold_mode(threshold_mode == rel ? "rel" : "abs")
                                         .cooldown(cooldown)
                                         .min_lr(min_lr.empty() ? std::vector<double>{0}
                                                                : std::vector<double>(min_lr.begin(), min_lr.end()))
                                         .eps(eps)),
        optimizer_(optimizer),
        verbose_(verbose) {}
  void step(float metric) {
    const auto before = rates();
    ReduceLROnPlateau::step(metric);
    const auto after = rates();
    for (size_t g = 0; verbose_ && g < after.size(); ++g)
      if (after[g] != before[g]) std::printf("Reducing learning rate of group %zu to %g\n", g, after[g]);
  }

 private:
  std::vector<double> rates() const {
    std::vector<double> all;
    for (const auto& group : optimizer_.param_groups()) all.push_back(group.options().get_lr());
    return all;
  }
  Optimizer& optimizer_;
  bool verbose_;
};
}  // namespace detail

/// LibTorch 2's name for ReduceLROnPlateau, and its way to say what it shall do.
using ReduceLROnPlateauScheduler = detail::ReduceOnPlateau<Optimizer>;

}  // namespace torch::optim
