#include "lampas/optim/schedulers/lr_scheduler.h"
#include "lampas/optim/schedulers/step_lr.h"

namespace lampas::optim {

LRScheduler::LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {}
LRScheduler::~LRScheduler() = default;

void LRScheduler::step() {
  ++step_count_;
  const std::vector<double> rates = get_lrs();
  auto& groups = optimizer_.param_groups();
  check(rates.size() == groups.size(), "LRScheduler: got ", rates.size(), " learning rates for ", groups.size(),
        " parameter groups");
  for (size_t g = 0; g < groups.size(); ++g) groups[g].options().set_lr(rates[g]);
}

std::vector<double> LRScheduler::get_current_lrs() const {
  std::vector<double> rates;
  for (const auto& group : optimizer_.param_groups()) rates.push_back(group.options().get_lr());
  return rates;
}

StepLR::StepLR(Optimizer& optimizer, unsigned step_size, double gamma)
    : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  check_value(step_size > 0, "StepLR: step_size must be positive, got ", step_size);
}

std::vector<double> StepLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  if (step_count_ % step_size_ == 0)
    for (double& r : rates) r *= gamma_;
  return rates;
}

}  // namespace lampas::optim
