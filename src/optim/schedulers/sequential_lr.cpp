#include "lampas/optim/schedulers/sequential_lr.h"

#include <algorithm>

namespace lampas::optim {

namespace {
Optimizer& common_optimizer(const char* op, const std::vector<std::shared_ptr<LRScheduler>>& schedulers) {
  check_value(!schedulers.empty(), op, ": expects at least one scheduler");
  for (size_t k = 0; k < schedulers.size(); ++k) {
    check_value(schedulers[k] != nullptr, op, ": scheduler ", k, " is null");
    check_value(&schedulers[k]->optimizer() == &schedulers[0]->optimizer(), op,
                ": expects all schedulers to belong to the same optimizer, but got schedulers at index 0 and ", k,
                " to be different");
  }
  return schedulers[0]->optimizer();
}
}  // namespace

SequentialLR::SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<LRScheduler>> schedulers,
                           std::vector<int64_t> milestones)
    : LRScheduler(optimizer), milestones_(std::move(milestones)) {
  check_value(&common_optimizer("SequentialLR", schedulers) == &optimizer,
              "SequentialLR: the schedulers belong to another optimizer");
  check_value(milestones_.size() + 1 == schedulers.size(),
              "SequentialLR: expects number of schedulers provided to be one more than the number of milestone points, "
              "but got number of schedulers ",
              schedulers.size(), " and the number of milestones to be equal to ", milestones_.size());
  check_value(std::is_sorted(milestones_.begin(), milestones_.end()), "SequentialLR: milestones must increase");
  schedulers_.get() = std::move(schedulers);
  SequentialLR::restart();
}
std::vector<double> SequentialLR::get_lrs() { return get_current_lrs(); }

void SequentialLR::restart() {
  epoch_ = 0;
  schedulers_.get()[0]->restart();
}

void SequentialLR::step() {
  ++epoch_;
  const auto epoch = static_cast<int64_t>(epoch_);
  const auto k =
      static_cast<size_t>(std::upper_bound(milestones_.begin(), milestones_.end(), epoch) - milestones_.begin());
  LRScheduler& active = *schedulers_.get()[k];
  if (k > 0 && milestones_[k - 1] == epoch)
    active.restart();
  else
    active.step();
}

ChainedScheduler::ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers)
    : LRScheduler(common_optimizer("ChainedScheduler", schedulers)) {
  schedulers_.get() = std::move(schedulers);
}
std::vector<double> ChainedScheduler::get_lrs() { return get_current_lrs(); }

void ChainedScheduler::step() {
  ++epoch_;
  for (const auto& s : schedulers_.get()) s->step();
}

}  // namespace lampas::optim
