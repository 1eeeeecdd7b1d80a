#pragma once

#include <functional>

#include "lampas/optim/schedulers/lr_scheduler.h"

namespace lampas::optim {

/// Sets a group's learning rate to its initial one times `lr_lambda(epoch)`; one function for all groups or one for
/// each.
class LAMPAS_API LambdaLR : public LRScheduler {
 public:
  using Function = std::function<double(int64_t)>;
  LambdaLR(Optimizer& optimizer, Function lr_lambda);
  LambdaLR(Optimizer& optimizer, std::vector<Function> lr_lambdas);

 protected:
  std::vector<double> get_lrs() override;

 private:
  lampas::detail::Boxed<std::vector<Function>> lambdas_;
};

/// Multiplies the learning rates by `lr_lambda(epoch)` after every epoch.
class LAMPAS_API MultiplicativeLR : public LRScheduler {
 public:
  using Function = std::function<double(int64_t)>;
  MultiplicativeLR(Optimizer& optimizer, Function lr_lambda);
  MultiplicativeLR(Optimizer& optimizer, std::vector<Function> lr_lambdas);

 protected:
  std::vector<double> get_lrs() override;

 private:
  lampas::detail::Boxed<std::vector<Function>> lambdas_;
};

/// Multiplies the learning rates by `gamma` at each of the milestones (epochs).
class LAMPAS_API MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma = 0.1);

 protected:
  std::vector<double> get_lrs() override;

 private:
  std::vector<int64_t> milestones_;
  double gamma_;
};

/// The initial learning rates times `factor` for the first `total_iters` epochs, unchanged afterwards.
class LAMPAS_API ConstantLR : public LRScheduler {
 public:
  ConstantLR(Optimizer& optimizer, double factor = 1.0 / 3, int64_t total_iters = 5);

 protected:
  std::vector<double> get_lrs() override;

 private:
  double factor_;
  int64_t total_iters_;
};

/// The initial learning rates times a factor that goes from `start_factor` to `end_factor` in `total_iters` epochs.
class LAMPAS_API LinearLR : public LRScheduler {
 public:
  LinearLR(Optimizer& optimizer, double start_factor = 1.0 / 3, double end_factor = 1, int64_t total_iters = 5);

 protected:
  std::vector<double> get_lrs() override;

 private:
  double start_factor_, end_factor_;
  int64_t total_iters_;
};

/// Multiplies the learning rates by `gamma` after every epoch.
class LAMPAS_API ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma);

 protected:
  std::vector<double> get_lrs() override;

 private:
  double gamma_;
};

/// The initial learning rates times (1 - epoch / total_iters)^power, 0 afterwards.
class LAMPAS_API PolynomialLR : public LRScheduler {
 public:
  PolynomialLR(Optimizer& optimizer, int64_t total_iters = 5, double power = 1);

 protected:
  std::vector<double> get_lrs() override;

 private:
  int64_t total_iters_;
  double power_;
};

}  // namespace lampas::optim
