#include "lampas/optim/schedulers/lr_scheduler.h"

#include "lampas/optim/schedulers/step_lr.h"

namespace lampas::optim {

LRScheduler::LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {
  for (auto& group : optimizer.param_groups()) {
    group.keep_initial_lr();
    base_lrs_.get().push_back(group.initial_lr());
  }
}
LRScheduler::~LRScheduler() = default;

void LRScheduler::step() {
  ++epoch_;
  set_lrs(get_lrs());
  ++step_count_;
}

void LRScheduler::restart() {
  epoch_ = step_count_ = 0;
  set_lrs(base_lrs());
  set_lrs(get_lrs());
}

void LRScheduler::set_lrs(const std::vector<double>& rates) {
  auto& groups = optimizer_.param_groups();
  check(rates.size() == groups.size(), "LRScheduler: got ", rates.size(), " learning rates for ", groups.size(),
        " parameter groups");
  for (size_t g = 0; g < groups.size(); ++g) groups[g].options().set_lr(rates[g]);
}

const std::vector<double>& LRScheduler::base_lrs() const { return base_lrs_.get(); }
std::vector<double> LRScheduler::get_last_lr() const { return get_current_lrs(); }
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
  if (epoch_ > 0 && epoch_ % step_size_ == 0)
    for (double& r : rates) r *= gamma_;
  return rates;
}

}  // namespace lampas::optim
