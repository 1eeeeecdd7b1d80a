#include "lampas/optim/schedulers/factor_lr.h"

#include <algorithm>
#include <cmath>

namespace lampas::optim {

namespace {
using Functions = std::vector<std::function<double(int64_t)>>;
Functions for_each_group(const char* op, const Optimizer& optimizer, Functions functions) {
  const size_t groups = optimizer.param_groups().size();
  check_value(functions.size() == groups, op, ": Expected ", groups, " lr_lambdas, but got ", functions.size());
  for (const auto& f : functions) check_value(f != nullptr, op, ": a function is empty");
  return functions;
}
Functions repeated(const Optimizer& optimizer, const std::function<double(int64_t)>& f) {
  return Functions(optimizer.param_groups().size(), f);
}
}  // namespace

LambdaLR::LambdaLR(Optimizer& optimizer, Function f) : LambdaLR(optimizer, repeated(optimizer, f)) {}
LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Function> f) : LRScheduler(optimizer) {
  lambdas_.get() = for_each_group("LambdaLR", optimizer, std::move(f));
  LRScheduler::restart();
}
std::vector<double> LambdaLR::get_lrs() {
  std::vector<double> rates = base_lrs();
  for (size_t g = 0; g < rates.size(); ++g) rates[g] *= lambdas_.get()[g](epoch_);
  return rates;
}

MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, Function f)
    : MultiplicativeLR(optimizer, repeated(optimizer, f)) {}
MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, std::vector<Function> f) : LRScheduler(optimizer) {
  lambdas_.get() = for_each_group("MultiplicativeLR", optimizer, std::move(f));
}
std::vector<double> MultiplicativeLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  for (size_t g = 0; epoch_ > 0 && g < rates.size(); ++g) rates[g] *= lambdas_.get()[g](epoch_);
  return rates;
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma)
    : LRScheduler(optimizer), milestones_(std::move(milestones)), gamma_(gamma) {}
std::vector<double> MultiStepLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  const auto times = std::count(milestones_.begin(), milestones_.end(), static_cast<int64_t>(epoch_));
  for (double& r : rates) r *= std::pow(gamma_, static_cast<double>(times));
  return rates;
}

ConstantLR::ConstantLR(Optimizer& optimizer, double factor, int64_t total_iters)
    : LRScheduler(optimizer), factor_(factor), total_iters_(total_iters) {
  check_value(factor > 0 && factor <= 1, "ConstantLR: factor expected to be in (0, 1], got ", factor);
  LRScheduler::restart();
}
std::vector<double> ConstantLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  const double f = epoch_ == 0 ? factor_ : static_cast<int64_t>(epoch_) == total_iters_ ? 1 / factor_ : 1;
  for (double& r : rates) r *= f;
  return rates;
}

LinearLR::LinearLR(Optimizer& optimizer, double start_factor, double end_factor, int64_t total_iters)
    : LRScheduler(optimizer), start_factor_(start_factor), end_factor_(end_factor), total_iters_(total_iters) {
  check_value(start_factor > 0 && start_factor <= 1, "LinearLR: start_factor expected to be in (0, 1], got ",
              start_factor);
  check_value(end_factor >= 0 && end_factor <= 1, "LinearLR: end_factor expected to be in [0, 1], got ", end_factor);
  check_value(total_iters > 0, "LinearLR: total_iters must be positive, got ", total_iters);
  LRScheduler::restart();
}
std::vector<double> LinearLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  const auto n = static_cast<double>(epoch_), total = static_cast<double>(total_iters_);
  const double range = end_factor_ - start_factor_;
  const double f = epoch_ == 0 ? start_factor_ : n > total ? 1 : 1 + range / (total * start_factor_ + (n - 1) * range);
  for (double& r : rates) r *= f;
  return rates;
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma) : LRScheduler(optimizer), gamma_(gamma) {}
std::vector<double> ExponentialLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  for (double& r : rates) r *= epoch_ ? gamma_ : 1;
  return rates;
}

PolynomialLR::PolynomialLR(Optimizer& optimizer, int64_t total_iters, double power)
    : LRScheduler(optimizer), total_iters_(total_iters), power_(power) {
  check_value(total_iters > 0, "PolynomialLR: total_iters must be positive, got ", total_iters);
}
std::vector<double> PolynomialLR::get_lrs() {
  std::vector<double> rates = get_current_lrs();
  const auto n = static_cast<double>(epoch_), total = static_cast<double>(total_iters_);
  if (n == 0 || n > total) return rates;
  for (double& r : rates) r *= std::pow((1 - n / total) / (1 - (n - 1) / total), power_);
  return rates;
}

}  // namespace lampas::optim
