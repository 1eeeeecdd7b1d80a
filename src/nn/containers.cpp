// ModuleList, ModuleDict, ParameterList, ParameterDict, Functional.
#include <algorithm>
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
  if (static_cast<int64_t>(index) < 0) index += modules_.size();
  check_index(index <= modules_.size(), "Index out of range: insert at ", static_cast<int64_t>(index),
              " into a ModuleList of ", modules_.size(), " modules");
  check(module != nullptr, "ModuleList: the module to insert is null");
  modules_.insert(modules_.begin() + static_cast<std::ptrdiff_t>(index), std::move(module));
  renumber(index);
}

/// Registers the modules from a position on under their places.
void ModuleListImpl::renumber(size_t from) {
  for (size_t k = from; k < modules_.size(); ++k) add_module(std::to_string(k), modules_[k]);
}

void ModuleListImpl::set(int64_t index, std::shared_ptr<Module> module) {
  const size_t at = in_range(static_cast<size_t>(index));
  replace_module(std::to_string(at), module);
  modules_[at] = std::move(module);
}

std::shared_ptr<Module> ModuleListImpl::pop(int64_t index) {
  const size_t at = in_range(static_cast<size_t>(index));
  std::shared_ptr<Module> module = modules_[at];
  modules_.erase(modules_.begin() + static_cast<std::ptrdiff_t>(at));
  unregister_module(std::to_string(modules_.size()));
  renumber(at);
  return module;
}

void ModuleListImpl::clear() {
  for (size_t k = 0; k < modules_.size(); ++k) unregister_module(std::to_string(k));
  modules_.clear();
}

std::shared_ptr<ModuleListImpl> ModuleListImpl::slice(int64_t start, std::optional<int64_t> end) const {
  const auto n = static_cast<int64_t>(modules_.size());
  const auto clip = [n](int64_t k) { return std::min(std::max(k < 0 ? k + n : k, int64_t{0}), n); };
  auto part = std::make_shared<ModuleListImpl>();
  for (int64_t k = clip(start), to = clip(end.value_or(n)); k < to; ++k)
    part->push_back(modules_[static_cast<size_t>(k)]);
  return part;
}

size_t ModuleListImpl::in_range(size_t index) const {
  const size_t at = static_cast<int64_t>(index) < 0 ? index + modules_.size() : index;
  check_index(at < modules_.size(), "Index out of range: index ", static_cast<int64_t>(index), " in a ModuleList of ",
              modules_.size(), " modules");
  return at;
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
  const size_t at = static_cast<int64_t>(index) < 0 ? index + parameters_.size() : index;
  check_index(at < parameters_.size(), "Index out of range: index ", static_cast<int64_t>(index),
              " in a ParameterList of ", parameters_.size(), " parameters");
  return at;
}

void ParameterListImpl::set(int64_t index, const Tensor& param) {
  const size_t at = in_range(static_cast<size_t>(index));
  check(!param.defined() || param.is_leaf(), "ParameterList: parameter ", index,
        " has a history: pass a leaf (tensor.detach())");
  parameters_[at].value() = param;
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
  check(!param.defined() || param.is_leaf(), "ParameterDict: parameter '", key,
        "' has a history: pass a leaf (tensor.detach())");
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
Tensor FunctionalImpl::operator()(Tensor input) { return call(*this, std::move(input)); }
bool FunctionalImpl::is_serializable() const { return false; }

std::vector<std::pair<std::string, std::shared_ptr<Module>>> ModuleDictImpl::items() const { return modules_.pairs(); }
std::vector<std::string> ModuleDictImpl::keys() const { return modules_.keys(); }
std::vector<std::shared_ptr<Module>> ModuleDictImpl::values() const { return modules_.values(); }

std::vector<std::pair<std::string, Tensor>> ParameterDictImpl::items() const { return parameters_.pairs(); }
std::vector<std::string> ParameterDictImpl::keys() const { return parameters_.keys(); }
std::vector<Tensor> ParameterDictImpl::values() const { return parameters_.values(); }

ParameterDictImpl::ParameterDictImpl(const OrderedDict<std::string, Tensor>& params) { update(params); }

bool ModuleDictImpl::contains(const std::string& key) const noexcept { return modules_.contains(key); }
std::shared_ptr<Module> ModuleDictImpl::operator[](const std::string& key) const { return modules_[key]; }

}  // namespace lampas::nn
