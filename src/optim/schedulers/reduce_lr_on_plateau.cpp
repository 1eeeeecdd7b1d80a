#include "lampas/optim/schedulers/reduce_lr_on_plateau.h"

#include <algorithm>

namespace lampas::optim {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, ReduceLROnPlateauOptions options)
    : optimizer_(optimizer), options_(std::move(options)) {
  check_value(options_.factor() < 1, "ReduceLROnPlateau: Factor should be < 1.0, got ", options_.factor());
  check_value(options_.mode() == "min" || options_.mode() == "max", "ReduceLROnPlateau: mode ", options_.mode(),
              " is unknown!");
  check_value(options_.threshold_mode() == "rel" || options_.threshold_mode() == "abs",
              "ReduceLROnPlateau: threshold mode ", options_.threshold_mode(), " is unknown!");
  check_value(options_.min_lr().size() == 1 || options_.min_lr().size() == optimizer.param_groups().size(),
              "ReduceLROnPlateau: expected ", optimizer.param_groups().size(), " min_lrs, got ",
              options_.min_lr().size());
  constexpr double inf = std::numeric_limits<double>::infinity();
  best_ = options_.mode() == "min" ? inf : -inf;
}

bool ReduceLROnPlateau::better(double metric) const {
  const double t = options_.threshold();
  const bool relative = options_.threshold_mode() == "rel";
  if (options_.mode() == "min") return metric < (relative ? best_ * (1 - t) : best_ - t);
  return metric > (relative ? best_ * (1 + t) : best_ + t);
}

void ReduceLROnPlateau::step(double metric) {
  if (better(metric)) {
    best_ = metric;
    bad_epochs_ = 0;
  } else {
    ++bad_epochs_;
  }
  if (in_cooldown()) {
    --cooldown_left_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ <= options_.patience()) return;
  auto& groups = optimizer_.param_groups();
  for (size_t g = 0; g < groups.size(); ++g) {
    const double floor = options_.min_lr()[options_.min_lr().size() == 1 ? 0 : g], old = groups[g].options().get_lr();
    const double next = std::max(old * options_.factor(), floor);
    if (old - next > options_.eps()) groups[g].options().set_lr(next);
  }
  cooldown_left_ = options_.cooldown();
  bad_epochs_ = 0;
}

}  // namespace lampas::optim
