#include "lampas/optim/schedulers/cosine_annealing_lr.h"

#include <cmath>

namespace lampas::optim {

namespace {
constexpr double kPi = 3.14159265358979323846;
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min)
    : LRScheduler(optimizer), T_max_(T_max), eta_min_(eta_min) {
  check_value(T_max > 0, "CosineAnnealingLR: T_max must be positive, got ", T_max);
}

std::vector<double> CosineAnnealingLR::get_lrs() {
  // From the rate before, so that other schedulers may change it, too.
  std::vector<double> rates = get_current_lrs();
  const auto n = static_cast<int64_t>(epoch_);
  if (n == 0) return rates;
  const double angle = kPi / static_cast<double>(T_max_);
  for (size_t g = 0; g < rates.size(); ++g) {
    if ((n - 1 - T_max_) % (2 * T_max_) == 0)
      rates[g] += (base_lrs()[g] - eta_min_) * (1 - std::cos(angle)) / 2;
    else
      rates[g] = (1 + std::cos(angle * static_cast<double>(n))) / (1 + std::cos(angle * static_cast<double>(n - 1))) *
                     (rates[g] - eta_min_) +
                 eta_min_;
  }
  return rates;
}

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t T_0, int64_t T_mult,
                                                         double eta_min)
    : LRScheduler(optimizer), T_0_(T_0), T_mult_(T_mult), eta_min_(eta_min), period_(static_cast<double>(T_0)) {
  check_value(T_0 > 0, "CosineAnnealingWarmRestarts: Expected positive integer T_0, but got ", T_0);
  check_value(T_mult >= 1, "CosineAnnealingWarmRestarts: Expected integer T_mult >= 1, but got ", T_mult);
}

void CosineAnnealingWarmRestarts::step() {
  position_ += 1;
  if (position_ >= period_) {
    position_ -= period_;
    period_ *= static_cast<double>(T_mult_);
  }
  LRScheduler::step();
}

void CosineAnnealingWarmRestarts::step(double epoch) {
  check_value(epoch >= 0, "CosineAnnealingWarmRestarts: Expected non-negative epoch, but got ", epoch);
  const auto first = static_cast<double>(T_0_);
  if (epoch < first) {
    position_ = epoch;
    period_ = first;
  } else if (T_mult_ == 1) {
    position_ = std::fmod(epoch, first);
    period_ = first;
  } else {
    const auto mult = static_cast<double>(T_mult_);
    double start = 0;
    period_ = first;
    while (start + period_ <= epoch) {
      start += period_;
      period_ *= mult;
    }
    position_ = epoch - start;
  }
  epoch_ = static_cast<unsigned>(epoch);
  set_lrs(get_lrs());
}

void CosineAnnealingWarmRestarts::restart() {
  position_ = 0;
  period_ = static_cast<double>(T_0_);
  LRScheduler::restart();
}

std::vector<double> CosineAnnealingWarmRestarts::get_lrs() {
  std::vector<double> rates = base_lrs();
  for (double& r : rates) r = eta_min_ + (r - eta_min_) * (1 + std::cos(kPi * position_ / period_)) / 2;
  return rates;
}

}  // namespace lampas::optim
