#include "lampas/nn/utils/prune.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/random.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "nn/module_access.h"

namespace lampas::nn::utils::prune {

namespace {
using nn::detail::ComputedParameter;
using nn::detail::ModuleAccess;

struct Pruned final : ComputedParameter {
  using ComputedParameter::ComputedParameter;
  Tensor compute(Module& module, bool) override {
    return ModuleAccess::parameters(module)[name + "_orig"] * ModuleAccess::buffers(module)[name + "_mask"];
  }
  void attach_to(Module& copy) const override { identity(copy, name); }
};

const Pruned* pruned(const Module& module, const std::string& name) {
  const auto* hooks = ModuleAccess::hooks_if_any(module);
  return hooks ? dynamic_cast<const Pruned*>(hooks->find_computed(name).get()) : nullptr;
}

/// The parameter before pruning.
Tensor original_of(const Module& module, const std::string& name, const char* op) {
  const auto& parameters = ModuleAccess::parameters(module);
  const Tensor* found = parameters.find(pruned(module, name) ? name + "_orig" : name);
  check(found != nullptr && found->defined(), op, ": ", module.name(), " has no parameter '", name, "'");
  return found->detach();
}
Tensor mask_of(const Module& module, const std::string& name, const Tensor& original) {
  return pruned(module, name) ? ModuleAccess::buffers(module)[name + "_mask"] : ones_like(original);
}

/// How many of `n` to prune.
int64_t count_of(const Amount& amount, int64_t n, const char* op) {
  if (amount.is_fraction()) {
    check_value(amount.value() >= 0 && amount.value() <= 1, op, ": a fraction to prune must lie in [0, 1], got ",
                amount.value());
    return static_cast<int64_t>(std::nearbyint(amount.value() * static_cast<double>(n)));
  }
  check_value(amount.value() >= 0, op, ": the number to prune must not be negative, got ", amount.value());
  const auto count = static_cast<int64_t>(amount.value());
  check_value(count <= n, op, ": cannot prune ", count, " of the ", n, " that are left");
  return count;
}

std::vector<double> values_of(const Tensor& t) {
  const Tensor wide = t.to(TensorOptions(kDouble).device(kCPU)).contiguous();
  const auto* p = wide.const_data_ptr<double>();
  return std::vector<double>(p, p + wide.numel());
}

/// The `count` of `candidates` with the smallest scores, the first ones where scores are equal.
std::vector<int64_t> smallest(const std::vector<double>& scores, std::vector<int64_t> candidates, int64_t count) {
  std::stable_sort(candidates.begin(), candidates.end(), [&](int64_t a, int64_t b) { return scores[a] < scores[b]; });
  candidates.resize(static_cast<size_t>(count));
  return candidates;
}

Tensor mask_without(const Tensor& mask, const std::vector<int64_t>& entries) {
  Tensor next = mask.to(TensorOptions(kDouble).device(kCPU), false, /*copy=*/true).contiguous();
  auto* p = next.data_ptr<double>();
  for (const int64_t k : entries) p[k] = 0;
  return next.to(mask.options()).reshape(mask.sizes());
}

/// Entries that are not pruned yet.
std::vector<int64_t> left_in(const std::vector<double>& mask) {
  std::vector<int64_t> left;
  for (size_t k = 0; k < mask.size(); ++k)
    if (mask[k] != 0) left.push_back(static_cast<int64_t>(k));
  return left;
}

Module& set_mask(Module& module, const std::string& name, const Tensor& mask, const char* op) {
  if (pruned(module, name)) {
    ModuleAccess::buffers(module)[name + "_mask"].copy_(mask);
  } else {
    const Tensor w = nn::detail::release_member(module, name, op);
    module.register_parameter(name + "_orig", w.detach().clone(), w.requires_grad());
    module.register_buffer(name + "_mask", mask.detach().to(w.options(), false, /*copy=*/true));
    ModuleAccess::hooks(module).add_computed(std::make_shared<Pruned>(name, w));
    w.mutable_grad().reset();
  }
  AutoGradMode record(true);
  ModuleAccess::hooks(module).find_computed(name)->refresh(module, /*in_call=*/false);
  return module;
}

Module& unstructured(Module& module, const std::string& name, Amount amount, const Tensor& scores, const char* op,
                     bool random) {
  NoGradGuard no_grad;
  const Tensor original = original_of(module, name, op), mask = mask_of(module, name, original);
  check(!scores.defined() || scores.sizes() == original.sizes(), op, ": importance_scores have the shape ",
        scores.defined() ? scores.sizes() : IntArrayRef(), " but the parameter has ", original.sizes());
  const std::vector<int64_t> left = left_in(values_of(mask));
  const int64_t count = count_of(amount, static_cast<int64_t>(left.size()), op);
  std::vector<double> importance;
  if (random) {
    // One draw for each entry that is left; the largest go.
    const std::vector<double> drawn = values_of(rand({static_cast<int64_t>(left.size())}, original.options()));
    importance.assign(static_cast<size_t>(original.numel()), 0);
    for (size_t k = 0; k < left.size(); ++k) importance[left[k]] = -drawn[k];
  } else {
    importance = values_of((scores.defined() ? scores : original).abs());
  }
  return set_mask(module, name, mask_without(mask, smallest(importance, left, count)), op);
}

Module& structured(Module& module, const std::string& name, Amount amount, int64_t dim, double n, const Tensor& scores,
                   const char* op, bool random) {
  NoGradGuard no_grad;
  const Tensor original = original_of(module, name, op), mask = mask_of(module, name, original);
  check(original.dim() > 1, op, ": expected a parameter of at least 2 dimensions, got ", original.sizes());
  check_index(dim >= -original.dim() && dim < original.dim(), op, ": dim ", dim, " is out of range for ",
              original.sizes());
  if (dim < 0) dim += original.dim();
  check(!scores.defined() || scores.sizes() == original.sizes(), op, ": importance_scores have the shape ",
        scores.defined() ? scores.sizes() : IntArrayRef(), " but the parameter has ", original.sizes());
  std::vector<int64_t> others;
  for (int64_t d = 0; d < original.dim(); ++d)
    if (d != dim) others.push_back(d);
  const std::vector<int64_t> left = left_in(values_of(mask.sum(others)));
  const int64_t count = count_of(amount, static_cast<int64_t>(left.size()), op);
  std::vector<double> importance(static_cast<size_t>(original.size(dim)), 0);
  if (random) {
    const std::vector<double> drawn = values_of(rand({static_cast<int64_t>(left.size())}));
    for (size_t k = 0; k < left.size(); ++k) importance[left[k]] = drawn[k];
  } else {
    const Tensor size = (scores.defined() ? scores : original * mask).abs();  // what is pruned counts for nothing
    if (std::isinf(n))
      importance = values_of(n > 0 ? size.amax(others) : size.amin(others));
    else if (n == 0)
      importance = values_of(size.ne(0).to(kDouble).sum(others));
    else
      importance = values_of(size.to(kDouble).pow(n).sum(others).pow(1 / n));
  }
  Tensor next = mask.clone();
  for (const int64_t k : smallest(importance, left, count)) next.select(dim, k).zero_();
  return set_mask(module, name, next, op);
}

}  // namespace

Module& identity(Module& module, const std::string& name) {
  NoGradGuard no_grad;
  const Tensor original = original_of(module, name, "prune::identity");
  return set_mask(module, name, mask_of(module, name, original), "prune::identity");
}
Module& random_unstructured(Module& module, const std::string& name, Amount amount) {
  return unstructured(module, name, amount, {}, "prune::random_unstructured", /*random=*/true);
}
Module& l1_unstructured(Module& module, const std::string& name, Amount amount, const Tensor& importance_scores) {
  return unstructured(module, name, amount, importance_scores, "prune::l1_unstructured", /*random=*/false);
}
Module& random_structured(Module& module, const std::string& name, Amount amount, int64_t dim) {
  return structured(module, name, amount, dim, 1, {}, "prune::random_structured", /*random=*/true);
}
Module& ln_structured(Module& module, const std::string& name, Amount amount, double n, int64_t dim,
                      const Tensor& importance_scores) {
  return structured(module, name, amount, dim, n, importance_scores, "prune::ln_structured", /*random=*/false);
}

Module& custom_from_mask(Module& module, const std::string& name, const Tensor& mask) {
  NoGradGuard no_grad;
  const Tensor original = original_of(module, name, "prune::custom_from_mask");
  check(mask.defined() && mask.sizes() == original.sizes(), "prune::custom_from_mask: the mask has the shape ",
        mask.defined() ? mask.sizes() : IntArrayRef(), " but the parameter has ", original.sizes());
  const Tensor keep = mask.ne(0).to(original.options());
  return set_mask(module, name, mask_of(module, name, original) * keep, "prune::custom_from_mask");
}

void global_unstructured(const std::vector<std::pair<std::shared_ptr<Module>, std::string>>& parameters, Amount amount,
                         Method method) {
  constexpr const char* op = "prune::global_unstructured";
  NoGradGuard no_grad;
  std::vector<double> importance, masks;
  for (const auto& [module, name] : parameters) {
    check(module != nullptr, op, ": a module is null");
    const Tensor original = original_of(*module, name, op);
    const auto scores = values_of(original.abs()), mask = values_of(mask_of(*module, name, original));
    importance.insert(importance.end(), scores.begin(), scores.end());
    masks.insert(masks.end(), mask.begin(), mask.end());
  }
  const std::vector<int64_t> left = left_in(masks);
  const int64_t count = count_of(amount, static_cast<int64_t>(left.size()), op);
  if (method == Method::random_unstructured) {
    const std::vector<double> drawn = values_of(rand({static_cast<int64_t>(left.size())}));
    for (size_t k = 0; k < left.size(); ++k) importance[left[k]] = -drawn[k];
  }
  for (const int64_t k : smallest(importance, left, count)) masks[k] = 0;
  size_t from = 0;
  for (const auto& [module, name] : parameters) {
    const Tensor original = original_of(*module, name, op);
    Tensor mask = empty(original.sizes(), kDouble);
    std::copy_n(masks.begin() + static_cast<std::ptrdiff_t>(from), original.numel(), mask.data_ptr<double>());
    from += static_cast<size_t>(original.numel());
    set_mask(*module, name, mask.to(original.options()), op);
  }
}

Module& remove(Module& module, const std::string& name) {
  const Pruned* computed = pruned(module, name);
  check(computed != nullptr, "prune::remove: '", name, "' of ", module.name(), " is not pruned");
  NoGradGuard no_grad;
  const Tensor value = const_cast<Pruned*>(computed)->compute(module, /*in_call=*/false);
  const Tensor original = nn::detail::erase_member(module, name + "_orig");
  nn::detail::erase_member(module, name + "_mask");
  nn::detail::restore_parameter(module, name, value, original.requires_grad());
  return module;
}

bool is_pruned(const Module& module) {
  bool found = false;
  module.apply([&](const Module& m) {
    if (const auto* hooks = ModuleAccess::hooks_if_any(m))
      for (const auto& c : hooks->computed) found = found || dynamic_cast<const Pruned*>(c.get()) != nullptr;
  });
  return found;
}

}  // namespace lampas::nn::utils::prune
