#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/nn/utils/target.h"

/// Pruning: a parameter multiplied by a mask of zeros and ones. The parameter becomes `name`_orig, the mask the buffer
/// `name`_mask, and their product is computed before every call of the module. Pruning again prunes what is left. Build
/// optimizers afterwards.
namespace lampas::nn::utils::prune {

/// How much to prune: a number of entries (or channels), or a fraction in [0, 1] of those that are left.
class Amount {
 public:
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  Amount(T amount) : value_(static_cast<double>(amount)), fraction_(std::is_floating_point_v<T>) {}
  double value() const { return value_; }
  bool is_fraction() const { return fraction_; }

 private:
  double value_;
  bool fraction_;
};

/// A mask of ones: nothing is pruned, but the parameter takes the pruned form.
LAMPAS_API Module& identity(Module& module, const std::string& name);
/// Prunes entries drawn at random.
LAMPAS_API Module& random_unstructured(Module& module, const std::string& name, Amount amount);
/// Prunes the entries of smallest absolute value, or of smallest importance where `importance_scores`, of the
/// parameter's shape, are given.
LAMPAS_API Module& l1_unstructured(Module& module, const std::string& name, Amount amount,
                                   const Tensor& importance_scores = {});
/// Prunes channels (slices along `dim`) drawn at random.
LAMPAS_API Module& random_structured(Module& module, const std::string& name, Amount amount, int64_t dim);
/// Prunes the channels along `dim` whose norm of order `n` is smallest.
LAMPAS_API Module& ln_structured(Module& module, const std::string& name, Amount amount, double n, int64_t dim,
                                 const Tensor& importance_scores = {});
/// Prunes where `mask`, of the parameter's shape, is zero.
LAMPAS_API Module& custom_from_mask(Module& module, const std::string& name, const Tensor& mask);

enum class Method { l1_unstructured, random_unstructured };
/// Prunes parameters of several modules as if they were one vector.
LAMPAS_API void global_unstructured(const std::vector<std::pair<std::shared_ptr<Module>, std::string>>& parameters,
                                    Amount amount, Method method = Method::l1_unstructured);

/// Makes the product the parameter, for good. Throws when `name` is not pruned.
LAMPAS_API Module& remove(Module& module, const std::string& name);
/// Whether a parameter of the module or of a submodule is pruned.
LAMPAS_API bool is_pruned(const Module& module);

}  // namespace lampas::nn::utils::prune
