#include "lampas/optim/schedulers/cyclic_lr.h"

#include <cmath>
#include <cstring>

namespace lampas::optim {

namespace {

constexpr double kPi = 3.14159265358979323846;

/// Sets the momentum of options that have one: "momentum", or the first of "betas".
class MomentumSetter final : public FieldVisitor {
 public:
  explicit MomentumSetter(std::optional<double> v) : value_(v) {}
  bool found = false;
  void field(const char* name, double& v) override {
    if (std::strcmp(name, "momentum") != 0) return;
    found = true;
    if (value_) v = *value_;
  }
  void field(const char*, int64_t&) override {}
  void field(const char*, bool&) override {}
  void field(const char* name, std::tuple<double, double>& v) override {
    if (std::strcmp(name, "betas") != 0) return;
    found = true;
    if (value_) std::get<0>(v) = *value_;
  }
  void field(const char*, std::optional<int64_t>&) override {}
  void field(const char*, std::optional<std::string>&) override {}
  void field(const char*, Tensor&) override {}
  void field(const char*, std::deque<Tensor>&) override {}
  void field(const char*, std::optional<std::vector<Tensor>>&) override {}

 private:
  std::optional<double> value_;
};

void set_momentum(Optimizer& optimizer, double value) {
  for (auto& group : optimizer.param_groups()) {
    MomentumSetter setter(value);
    group.options().visit(setter);
  }
}

void check_momentum(const char* op, Optimizer& optimizer) {
  for (auto& group : optimizer.param_groups()) {
    MomentumSetter look(std::nullopt);
    group.options().visit(look);
    check_value(look.found, op, ": optimizer must support momentum with `cycle_momentum` option enabled");
  }
}

std::vector<double> for_each_group(const Optimizer& optimizer, double v) {
  return std::vector<double>(optimizer.param_groups().size(), v);
}
void check_groups(const char* op, const char* what, const Optimizer& optimizer, const std::vector<double>& v) {
  check_value(v.size() == optimizer.param_groups().size(), op, ": expected ", optimizer.param_groups().size(),
              " values for ", what, ", got ", v.size());
}

}  // namespace

CyclicLR::CyclicLR(Optimizer& optimizer, double base_lr, double max_lr, CyclicLROptions options)
    : CyclicLR(optimizer, for_each_group(optimizer, base_lr), for_each_group(optimizer, max_lr), std::move(options)) {}
CyclicLR::CyclicLR(Optimizer& optimizer, std::vector<double> base_lr, std::vector<double> max_lr,
                   CyclicLROptions options)
    : LRScheduler(optimizer), options_(std::move(options)) {
  check_groups("CyclicLR", "base_lr", optimizer, base_lr);
  check_groups("CyclicLR", "max_lr", optimizer, max_lr);
  base_.get() = std::move(base_lr);
  max_.get() = std::move(max_lr);
  const std::string& mode = options_.mode();
  check_value(options_.scale_fn() || mode == "triangular" || mode == "triangular2" || mode == "exp_range",
              "CyclicLR: mode is invalid and scale_fn is None: '", mode, "'");
  check_value(options_.scale_mode() == "cycle" || options_.scale_mode() == "iterations",
              "CyclicLR: scale_mode must be 'cycle' or 'iterations', got '", options_.scale_mode(), "'");
  const int64_t up = options_.step_size_up(), down = options_.step_size_down().value_or(up);
  check_value(up > 0 && down > 0, "CyclicLR: step_size_up and step_size_down must be positive, got ", up, " and ",
              down);
  total_ = static_cast<double>(up + down);
  ratio_ = static_cast<double>(up) / total_;
  if (options_.cycle_momentum()) check_momentum("CyclicLR", optimizer);
  LRScheduler::restart();
}

double CyclicLR::scale(double x) const {
  if (options_.scale_fn()) return options_.scale_fn()(x);
  if (options_.mode() == "triangular2") return 1 / std::pow(2, x - 1);
  if (options_.mode() == "exp_range") return std::pow(options_.gamma(), x);
  return 1;
}

std::vector<double> CyclicLR::get_lrs() {
  const auto n = static_cast<double>(epoch_);
  const double cycle = std::floor(1 + n / total_), x = 1 + n / total_ - cycle;
  const double up = x <= ratio_ ? x / ratio_ : (x - 1) / (ratio_ - 1);
  const bool by_cycle = options_.scale_fn() ? options_.scale_mode() == "cycle" : options_.mode() != "exp_range";
  const double height = up * scale(by_cycle ? cycle : n);
  const std::vector<double>&base = base_.get(), &max = max_.get();
  std::vector<double> rates(base.size());
  for (size_t g = 0; g < rates.size(); ++g) rates[g] = base[g] + (max[g] - base[g]) * height;
  if (options_.cycle_momentum())
    set_momentum(optimizer(), options_.max_momentum() - (options_.max_momentum() - options_.base_momentum()) * height);
  return rates;
}

OneCycleLR::OneCycleLR(Optimizer& optimizer, double max_lr, OneCycleLROptions options)
    : OneCycleLR(optimizer, for_each_group(optimizer, max_lr), std::move(options)) {}
OneCycleLR::OneCycleLR(Optimizer& optimizer, std::vector<double> max_lr, OneCycleLROptions options)
    : LRScheduler(optimizer), options_(std::move(options)) {
  check_groups("OneCycleLR", "max_lr", optimizer, max_lr);
  max_.get() = std::move(max_lr);
  int64_t total = 0;
  if (options_.total_steps()) {
    total = *options_.total_steps();
    check_value(total > 0, "OneCycleLR: Expected positive integer total_steps, but got ", total);
  } else {
    check_value(options_.epochs() && options_.steps_per_epoch(),
                "OneCycleLR: You must define either total_steps OR (epochs AND steps_per_epoch)");
    check_value(*options_.epochs() > 0 && *options_.steps_per_epoch() > 0,
                "OneCycleLR: Expected positive integer epochs and steps_per_epoch, but got ", *options_.epochs(),
                " and ", *options_.steps_per_epoch());
    total = *options_.epochs() * *options_.steps_per_epoch();
  }
  total_ = static_cast<double>(total);
  check_value(options_.pct_start() >= 0 && options_.pct_start() <= 1,
              "OneCycleLR: Expected float between 0 and 1 pct_start, but got ", options_.pct_start());
  check_value(options_.anneal_strategy() == "cos" || options_.anneal_strategy() == "linear",
              "OneCycleLR: anneal_strategy must by one of 'cos' or 'linear', instead got '", options_.anneal_strategy(),
              "'");
  if (options_.cycle_momentum()) check_momentum("OneCycleLR", optimizer);
  LRScheduler::restart();
}

double OneCycleLR::anneal(double start, double end, double share) const {
  if (options_.anneal_strategy() == "linear") return (end - start) * share + start;
  return end + (start - end) / 2 * (1 + std::cos(kPi * share));
}

std::vector<double> OneCycleLR::get_lrs() {
  const auto n = static_cast<double>(epoch_);
  check_value(n <= total_, "OneCycleLR: Tried to step ", epoch_, " times. The specified number of total steps is ",
              total_);
  // Ends of the phases, and which of three learning rates (start, peak, end) and two momenta each goes between.
  struct Phase {
    double end;
    int from, to, momentum_from, momentum_to;
  };
  const double first = options_.pct_start() * total_ - 1;
  const Phase two[] = {{first, 0, 1, 1, 0}, {total_ - 1, 1, 2, 0, 1}};
  const Phase three[] = {
      {first, 0, 1, 1, 0}, {2 * options_.pct_start() * total_ - 2, 1, 0, 0, 1}, {total_ - 1, 0, 2, 1, 1}};
  const Phase* phase = options_.three_phase() ? three : two;
  const int count = options_.three_phase() ? 3 : 2;
  double begin = 0;
  for (int k = 0; k + 1 < count && n > phase->end; ++k) begin = (phase++)->end;
  const double share = (n - begin) / (phase->end - begin);
  const std::vector<double>& max = max_.get();
  std::vector<double> rates(max.size());
  for (size_t g = 0; g < rates.size(); ++g) {
    const double start = max[g] / options_.div_factor();
    const double level[] = {start, max[g], start / options_.final_div_factor()};
    rates[g] = anneal(level[phase->from], level[phase->to], share);
  }
  if (options_.cycle_momentum()) {
    const double level[] = {options_.base_momentum(), options_.max_momentum()};
    set_momentum(optimizer(), anneal(level[phase->momentum_from], level[phase->momentum_to], share));
  }
  return rates;
}

}  // namespace lampas::optim
