// ModuleList, ModuleDict, ParameterList, ParameterDict, Functional.
#include <ostream>

#include "lampas/nn/functional_module.h"
#include "lampas/nn/moduledict.h"
#include "lampas/nn/modulelist.h"
#include "lampas/nn/parameterdict.h"
#include "lampas/nn/parameterlist.h"

namespace lampas::nn {

namespace {
/// A copy of a parameter: a leaf of its own, with the same requires_grad.
Tensor copy_of(const Tensor& p, const std::optional<Device>& device) {
  if (!p.defined()) return p;
  const Tensor copy = device ? p.detach().to(*device, false, /*copy=*/true) : p.detach().clone();
  return copy.requires_grad_(p.requires_grad());
}

void print_parameters(std::ostream& stream, const char* name, const OrderedDict<std::string, Tensor>& parameters) {
  stream << name << "(\n";
  for (const auto& p : parameters) {
    stream << '(' << p.key() << "): Parameter containing: [";
    if (p->defined())
      stream << lampas::name(p->scalar_type()) << " of size " << str(p->sizes());
    else
      stream << "undefined";
    stream << "]\n";
  }
  stream << ')';
}
}  // namespace

// ---- ModuleList ----------------------------------------------------------------------------------------------------

std::shared_ptr<Module> ModuleListImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ModuleListImpl>();
  for (const auto& module : modules_) copy->push_back(module->clone(device));
  copy->copy_settings_from(*this);
  return copy;
}
void ModuleListImpl::reset() {}
void ModuleListImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ModuleList"; }

void ModuleListImpl::push_back(std::shared_ptr<Module> module) {
  register_module(std::to_string(modules_.size()), module);
  modules_.push_back(std::move(module));
}

void ModuleListImpl::insert(size_t index, std::shared_ptr<Module> module) {
  check_index(index <= modules_.size(), "Index out of range: insert at ", index, " into a ModuleList of ",
              modules_.size(), " modules");
  if (index == modules_.size()) return push_back(std::move(module));
  register_module(std::to_string(modules_.size()), modules_.back());
  for (size_t k = modules_.size() - 1; k > index; --k) replace_module(std::to_string(k), modules_[k - 1]);
  replace_module(std::to_string(index), module);
  modules_.insert(modules_.begin() + static_cast<std::ptrdiff_t>(index), std::move(module));
}

size_t ModuleListImpl::in_range(size_t index) const {
  check_index(index < modules_.size(), "Index out of range: index ", index, " in a ModuleList of ", modules_.size(),
              " modules");
  return index;
}

// ---- ModuleDict ----------------------------------------------------------------------------------------------------

ModuleDictImpl::ModuleDictImpl(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules) {
  update(modules);
}
ModuleDictImpl::ModuleDictImpl(const OrderedDict<std::string, std::shared_ptr<Module>>& modules) { update(modules); }

std::shared_ptr<Module> ModuleDictImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ModuleDictImpl>();
  for (const auto& item : modules_) copy->insert(item.key(), item.value()->clone(device));
  copy->copy_settings_from(*this);
  return copy;
}
void ModuleDictImpl::reset() {}
void ModuleDictImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ModuleDict"; }

void ModuleDictImpl::clear() {
  for (const auto& item : modules_) unregister_module(item.key());
  modules_.clear();
}

std::shared_ptr<Module> ModuleDictImpl::pop(const std::string& key) {
  std::shared_ptr<Module> module = modules_[key];
  modules_.erase(key);
  unregister_module(key);
  return module;
}

void ModuleDictImpl::update(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules) {
  for (const auto& item : modules) insert(item.first, item.second);
}

void ModuleDictImpl::insert(const std::string& key, std::shared_ptr<Module> module) {
  if (auto* slot = modules_.find(key)) {
    replace_module(key, module);
    *slot = std::move(module);
  } else {
    register_module(key, module);
    modules_.insert(key, std::move(module));
  }
}

// ---- ParameterList -------------------------------------------------------------------------------------------------

std::shared_ptr<Module> ParameterListImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ParameterListImpl>();
  for (const auto& p : parameters_) copy->append(copy_of(*p, device));
  copy->copy_settings_from(*this);
  return copy;
}
void ParameterListImpl::reset() {}
void ParameterListImpl::pretty_print(std::ostream& stream) const {
  print_parameters(stream, "torch::nn::ParameterList", parameters_);
}

void ParameterListImpl::append(const Tensor& param) {
  register_parameter(std::to_string(parameters_.size()), param, param.defined() && param.requires_grad());
}

size_t ParameterListImpl::in_range(size_t index) const {
  check_index(index < parameters_.size(), "Index out of range: index ", index, " in a ParameterList of ",
              parameters_.size(), " parameters");
  return index;
}

// ---- ParameterDict -------------------------------------------------------------------------------------------------

std::shared_ptr<Module> ParameterDictImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ParameterDictImpl>();
  for (const auto& p : parameters_) copy->insert(p.key(), copy_of(*p, device));
  copy->copy_settings_from(*this);
  return copy;
}
void ParameterDictImpl::reset() {}
void ParameterDictImpl::pretty_print(std::ostream& stream) const {
  print_parameters(stream, "torch::nn::ParameterDict", parameters_);
}

Tensor& ParameterDictImpl::insert(std::string key, Tensor param) {
  const bool requires_grad = param.defined() && param.requires_grad();
  return register_parameter(std::move(key), std::move(param), requires_grad);
}

Tensor ParameterDictImpl::pop(const std::string& key) {
  Tensor param = parameters_[key];
  parameters_.erase(key);
  return param;
}

void ParameterDictImpl::update(const ParameterDictImpl& other) {
  for (const auto& item : other.parameters_) get(item.key());
  for (const auto& item : other.parameters_) parameters_[item.key()] = item.value();
}

void ParameterDictImpl::set(const std::string& key, const Tensor& param) {
  if (Tensor* slot = parameters_.find(key))
    *slot = param;
  else
    insert(key, param);
}

// ---- Functional ----------------------------------------------------------------------------------------------------

FunctionalImpl::FunctionalImpl(Function function) : function_(std::move(function)) {}
void FunctionalImpl::reset() {}
void FunctionalImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Functional()"; }
Tensor FunctionalImpl::forward(Tensor input) { return function_(std::move(input)); }
Tensor FunctionalImpl::operator()(Tensor input) { return function_(std::move(input)); }
bool FunctionalImpl::is_serializable() const { return false; }

}  // namespace lampas::nn
