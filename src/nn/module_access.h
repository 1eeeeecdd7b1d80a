#pragma once

#include <memory>
#include <string>

#include "lampas/nn/module.h"
#include "nn/hook_table.h"

namespace lampas::nn::detail {

/// The registrations of a module, for what rearranges them: nn::utils and containers.
struct ModuleAccess {
  static OrderedDict<std::string, Tensor>& parameters(Module& m) { return m.parameters_; }
  static const OrderedDict<std::string, Tensor>& parameters(const Module& m) { return m.parameters_; }
  static OrderedDict<std::string, Tensor>& buffers(Module& m) { return m.buffers_; }
  static const OrderedDict<std::string, Tensor>& buffers(const Module& m) { return m.buffers_; }
  static const OrderedDict<std::string, std::shared_ptr<Module>>& children(const Module& m) { return m.children_; }
  static HookTable& hooks(Module& m) { return m.hooks_.table(); }
  static bool persistent(const Module& m, const std::string& buffer) { return !m.is_transient(buffer); }
  static const std::shared_ptr<HookTable>& shared_hooks(const Module& m) { return m.hooks_.shared(); }
  /// Null where there are none.
  static HookTable* hooks_if_any(const Module& m) { return m.hooks_.get(); }
};

/// Recomputes the members that are computed from others, without history.
void refresh_computed(Module& module);

/// Takes the parameter or buffer `name` out of the registrations; the module's member goes on naming the tensor.
/// `op` names the caller in the error for a name that does not exist or is computed already.
Tensor release_member(Module& module, const std::string& name, const char* op);
/// Ends the computing of `name` and registers it as a parameter again, a leaf with the elements of `value`.
void restore_parameter(Module& module, const std::string& name, const Tensor& value, bool requires_grad);
void restore_buffer(Module& module, const std::string& name, const Tensor& value);
/// Removes a parameter or buffer and returns it.
Tensor erase_member(Module& module, const std::string& name);

}  // namespace lampas::nn::detail
