#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lampas/nn/hooks.h"

namespace lampas::nn::detail {

/// Hooks in the order of registration. The list is replaced when it changes, so that a call under way keeps its own.
template <class F>
class HookList {
 public:
  using Entries = std::vector<std::pair<uint64_t, F>>;
  const std::shared_ptr<const Entries>& entries() const { return entries_; }
  void add(uint64_t id, F hook) {
    auto next = std::make_shared<Entries>(entries_ ? *entries_ : Entries());
    next->emplace_back(id, std::move(hook));
    entries_ = std::move(next);
  }
  bool remove(uint64_t id) {
    if (!entries_) return false;
    auto next = std::make_shared<Entries>();
    for (const auto& e : *entries_)
      if (e.first != id) next->push_back(e);
    if (next->size() == entries_->size()) return false;
    entries_ = next->empty() ? nullptr : std::move(next);
    return true;
  }

 private:
  std::shared_ptr<const Entries> entries_;
};

/// A member that is computed from parameters before each call (weight_norm, parametrize, prune, ...) instead of being a
/// parameter itself. The module's C++ member goes on naming the same tensor, `slot`, which receives the results.
class ComputedParameter {
 public:
  ComputedParameter(std::string name, Tensor slot) : name(std::move(name)), slot(std::move(slot)) {}
  ComputedParameter(const ComputedParameter&) = delete;
  virtual ~ComputedParameter() = default;
  /// The member's value. `in_call` is true before a call of the module, false when parameters came from elsewhere.
  virtual Tensor compute(Module& module, bool in_call) = 0;
  /// Makes the same rearrangement in `copy`, a freshly made module of the same class; values are copied afterwards.
  virtual void attach_to(Module& copy) const = 0;
  /// Gives the member the result of compute().
  virtual void refresh(Module& module, bool in_call);

  const std::string name;
  const Tensor slot;
};

struct HookTable {
  uint32_t count = 0;  // of everything below
  uint64_t next_id = 1;
  HookList<PreHook> pre;
  HookList<ForwardHook> forward;
  HookList<BackwardHook> backward;
  std::vector<std::shared_ptr<ComputedParameter>> computed;

  bool remove(uint64_t id);
  /// The computed parameter of that name, or null.
  std::shared_ptr<ComputedParameter> find_computed(const std::string& name) const;
  void add_computed(std::shared_ptr<ComputedParameter> parameter);
  void remove_computed(const std::string& name);
};

std::shared_ptr<HookTable>& global_hooks();
RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, PreHook hook);
RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, ForwardHook hook);
RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, BackwardHook hook);

}  // namespace lampas::nn::detail
