#include "lampas/nn/utils/parametrize.h"

#include <ostream>

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/moduledict.h"
#include "nn/module_access.h"

namespace lampas::nn::utils::parametrize {

namespace {
using nn::detail::ComputedParameter;
using nn::detail::ModuleAccess;

constexpr const char* kChild = "parametrizations";

/// Scopes of `cached` on this thread: how many are open, and which outermost one this is.
thread_local int cache_depth = 0;
thread_local uint64_t cache_epoch = 0;

ModuleDictImpl* dict_of(const Module& module) {
  const auto* child = ModuleAccess::children(module).find(kChild);
  return child ? dynamic_cast<ModuleDictImpl*>(child->get()) : nullptr;
}
ParametrizationListImpl* list_of(const Module& module, const std::string& name) {
  ModuleDictImpl* dict = dict_of(module);
  return dict && dict->contains(name) ? dynamic_cast<ParametrizationListImpl*>((*dict)[name].get()) : nullptr;
}

void attach(Module& module, const std::string& name, const std::shared_ptr<ParametrizationListImpl>& list);

struct Parametrized final : ComputedParameter {
  using ComputedParameter::ComputedParameter;
  Tensor compute(Module& module, bool) override { return list_of(module, name)->forward(); }
  void refresh(Module& module, bool in_call) override {
    if (in_call && cache_depth > 0) {
      if (epoch_ == cache_epoch && recorded_ == GradMode::is_enabled()) return;
      epoch_ = cache_epoch;
      recorded_ = GradMode::is_enabled();
    } else {
      epoch_ = 0;
    }
    ComputedParameter::refresh(module, in_call);
  }
  void attach_to(Module& copy) const override;

 private:
  uint64_t epoch_ = 0;
  bool recorded_ = false;
};

/// Puts the list under "parametrizations" and makes the member computed.
void attach(Module& module, const std::string& name, const std::shared_ptr<ParametrizationListImpl>& list) {
  const Tensor slot = nn::detail::release_member(module, name, "register_parametrization");
  if (!dict_of(module)) module.register_module(kChild, std::make_shared<ModuleDictImpl>());
  dict_of(module)->update(std::vector<std::pair<std::string, std::shared_ptr<Module>>>{{name, list}});
  ModuleAccess::hooks(module).add_computed(std::make_shared<Parametrized>(name, slot));
  slot.mutable_grad().reset();
  slot.requires_grad_(false);
}

void Parametrized::attach_to(Module& copy) const {
  // The original module hands its lists over when children are copied; here one of the same form is enough.
  const Tensor value = ModuleAccess::parameters(copy).contains(name) ? ModuleAccess::parameters(copy)[name]
                                                                     : ModuleAccess::buffers(copy)[name];
  auto list = std::make_shared<ParametrizationListImpl>();
  list->register_parameter("original", value.detach().clone(), false);
  attach(copy, name, list);
}

}  // namespace

void ParametrizationListImpl::reset() {}
void ParametrizationListImpl::pretty_print(std::ostream& stream) const { stream << "ParametrizationList"; }

std::shared_ptr<Module> ParametrizationListImpl::clone(const std::optional<Device>& device) const {
  NoGradGuard no_grad;
  auto copy = std::make_shared<ParametrizationListImpl>();
  copy->buffer_ = buffer_;
  const Tensor value = (device ? original.detach().to(*device, false, /*copy=*/true) : original.detach().clone());
  copy->original = buffer_ ? copy->register_buffer("original", value)
                           : copy->register_parameter("original", value, original.requires_grad());
  for (const Function& f : functions_.get()) {
    Function g;
    g.module = f.module.clone(device);
    g.inverse_of = f.inverse_of;
    if (g.inverse_of) g.right_inverse = g.inverse_of(g.module.ptr());
    copy->append(std::move(g));
  }
  copy->copy_settings_from(*this);
  return copy;
}

void ParametrizationListImpl::append(Function function) {
  register_module(std::to_string(functions_.get().size()), function.module.ptr());
  functions_.get().push_back(std::move(function));
}

size_t ParametrizationListImpl::size() const noexcept { return functions_.get().size(); }
Tensor ParametrizationListImpl::forward() {
  Tensor x = original;
  for (Function& f : functions_.get()) x = f.module.forward(x);
  return x;
}

Tensor ParametrizationListImpl::right_inverse(Tensor value) const {
  for (size_t k = functions_.get().size(); k-- > 0;)
    if (functions_.get()[k].right_inverse) value = functions_.get()[k].right_inverse(value);
  return value;
}

Module& register_function(Module& module, const std::string& tensor_name, ParametrizationListImpl::Function function,
                          bool unsafe) {
  NoGradGuard no_grad;
  ParametrizationListImpl* present = list_of(module, tensor_name);
  const Tensor* member = nullptr;
  bool buffer = false;
  if (!present) {
    member = ModuleAccess::parameters(module).find(tensor_name);
    if (!member) {
      member = ModuleAccess::buffers(module).find(tensor_name);
      buffer = member != nullptr;
    }
    check(member != nullptr && member->defined(), "register_parametrization: ", module.name(),
          " has no parameter or buffer '", tensor_name, "'");
  }
  // Everything is tried before anything changes.
  const Tensor value = (present ? present->forward() : *member).detach();
  Tensor source = value;
  if (function.right_inverse) source = function.right_inverse(value);
  check(source.defined(), "register_parametrization: right_inverse of ", function.module.ptr()->name(),
        " gave an undefined tensor");
  const Tensor image = function.module.forward(source);
  check(image.defined(), "register_parametrization: ", function.module.ptr()->name(), " gave an undefined tensor");
  if (!unsafe) {
    check(image.scalar_type() == value.scalar_type(), "register_parametrization: '", tensor_name, "' is ",
          value.scalar_type(), " but its parametrization gives ", image.scalar_type());
    check(image.sizes() == value.sizes(), "register_parametrization: '", tensor_name, "' has the shape ", value.sizes(),
          " but its parametrization gives ", image.sizes());
  }
  if (present) {
    // The new function comes last, so the original must map to `source` under the ones before.
    if (function.right_inverse) {
      const Tensor original = present->right_inverse(source);
      check(unsafe || original.sizes() == present->original.sizes(),
            "register_parametrization: the right inverses of '", tensor_name, "' give the shape ", original.sizes(),
            " for an original of ", present->original.sizes());
      present->original.set_data(original.detach().clone());
    }
    present->append(std::move(function));
  } else {
    auto list = std::make_shared<ParametrizationListImpl>();
    list->buffer_ = buffer;
    const Tensor original = source.detach().clone();
    list->original = buffer ? list->register_buffer("original", original)
                            : list->register_parameter("original", original, member->requires_grad());
    list->append(std::move(function));
    attach(module, tensor_name, list);
  }
  AutoGradMode record(true);
  ModuleAccess::hooks(module).find_computed(tensor_name)->refresh(module, /*in_call=*/false);
  return module;
}

bool is_parametrized(const Module& module) {
  const ModuleDictImpl* dict = dict_of(module);
  return dict && !dict->empty();
}
bool is_parametrized(const Module& module, const std::string& tensor_name) {
  return list_of(module, tensor_name) != nullptr;
}

Module& remove_parametrizations(Module& module, const std::string& tensor_name, bool leave_parametrized) {
  ParametrizationListImpl* list = list_of(module, tensor_name);
  check(list != nullptr, "remove_parametrizations: '", tensor_name, "' of ", module.name(), " is not parametrized");
  NoGradGuard no_grad;
  const Tensor value = leave_parametrized ? list->forward().detach().clone() : list->original.detach();
  const bool requires_grad = list->original.requires_grad(), buffer = list->is_buffer();
  ModuleDictImpl* dict = dict_of(module);
  dict->pop(tensor_name);
  if (dict->empty()) module.unregister_module(kChild);
  if (buffer)
    nn::detail::restore_buffer(module, tensor_name, value);
  else
    nn::detail::restore_parameter(module, tensor_name, value, requires_grad);
  return module;
}

cached::cached() {
  static std::atomic<uint64_t> epochs{0};
  if (cache_depth++ == 0) cache_epoch = ++epochs;
}
cached::~cached() { --cache_depth; }

}  // namespace lampas::nn::utils::parametrize
