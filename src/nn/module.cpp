#include "lampas/nn/module.h"

#include <algorithm>
#include <mutex>
#include <ostream>
#include <typeinfo>
#include <unordered_set>

#include "lampas/autograd/grad_mode.h"
#include "lampas/base/demangle.h"
#include "nn/module_access.h"

namespace lampas::nn {

/// One module of the tree under a root, which has no owner here.
struct Module::Entry {
  std::string key;
  Module* module;
  std::shared_ptr<Module> owner;
};

namespace {
std::string join(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + '.' + name;
}
}  // namespace

StateDict::StateDict() = default;
StateDict::StateDict(const OrderedDict<std::string, Tensor>& tensors) : OrderedDict(tensors) {}
StateDict::StateDict(OrderedDict<std::string, Tensor>&& tensors) : OrderedDict(std::move(tensors)) {}
StateDict::StateDict(const StateDict&) = default;
StateDict::StateDict(StateDict&&) = default;
StateDict& StateDict::operator=(const StateDict&) = default;
StateDict& StateDict::operator=(StateDict&&) = default;
StateDict::~StateDict() = default;

Module::Module() : Module(std::string()) {}
Module::Module(std::string name)
    : parameters_("Parameter"), buffers_("Buffer"), children_("Submodule"), name_(std::move(name)) {}
Module::Module(const Module&) = default;
Module& Module::operator=(const Module&) = default;
Module::~Module() = default;

const std::string& Module::name() const noexcept {
  // The dynamic type is not known in the constructor, so the name is made on first use, possibly by several threads.
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  if (name_.empty()) name_ = type_name(typeid(*this));
  return name_;
}

std::shared_ptr<Module> Module::clone(const std::optional<Device>&) const {
  fail("clone() has not been implemented for ", name(), ". Derive the class from nn::Cloneable<", name(),
       "> instead of nn::Module to use it.");
}
void Module::clone_(Module&, const std::optional<Device>&) {
  fail("clone: submodule ", name(), " cannot be cloned: derive its class from nn::Cloneable<", name(), ">");
}

// ---- traversal -----------------------------------------------------------------------------------------------------

std::vector<Module::Entry> Module::tree(const std::string& prefix, bool names, bool unique) const {
  std::vector<Entry> found;
  std::unordered_set<const Module*> seen;
  const auto visit = [&](const auto& self, const Module& m, const std::shared_ptr<Module>& owner,
                         const std::string& key) -> void {
    if (unique && !seen.insert(&m).second) return;
    found.push_back({key, const_cast<Module*>(&m), owner});
    for (const auto& child : m.children_)
      self(self, *child.value(), child.value(), names ? join(key, child.key()) : std::string());
  };
  visit(visit, *this, nullptr, prefix);
  return found;
}

std::shared_ptr<Module> Module::self_pointer() const {
  if (auto owner = std::const_pointer_cast<Module>(weak_from_this().lock())) return owner;
  return std::shared_ptr<Module>(std::shared_ptr<Module>(), const_cast<Module*>(this));
}

Module& Module::apply(const ModuleApplyFunction& function) {
  for (const Entry& e : tree("", false)) function(*e.module);
  return *this;
}
void Module::apply(const ConstModuleApplyFunction& function) const {
  for (const Entry& e : tree("", false)) function(*e.module);
}
Module& Module::apply(const NamedModuleApplyFunction& function, const std::string& name_prefix) {
  for (const Entry& e : tree(name_prefix, true)) function(e.key, *e.module);
  return *this;
}
void Module::apply(const ConstNamedModuleApplyFunction& function, const std::string& name_prefix) const {
  for (const Entry& e : tree(name_prefix, true)) function(e.key, *e.module);
}
void Module::apply(const ModulePointerApplyFunction& function) const {
  for (const Entry& e : tree("", false)) function(e.owner ? e.owner : self_pointer());
}
void Module::apply(const NamedModulePointerApplyFunction& function, const std::string& name_prefix) const {
  for (const Entry& e : tree(name_prefix, true)) function(e.key, e.owner ? e.owner : self_pointer());
}

std::vector<Tensor> Module::parameters(bool recurse) const {
  std::vector<Tensor> found;
  std::unordered_set<const TensorImpl*> seen;
  const auto add = [&](const Module& m) {
    for (const auto& p : m.parameters_)
      if (p->defined() && seen.insert(p->impl()).second) found.push_back(*p);
  };
  if (!recurse)
    add(*this);
  else
    for (const Entry& e : tree("", false)) add(*e.module);
  return found;
}

std::vector<Tensor> Module::buffers(bool recurse) const {
  std::vector<Tensor> found;
  std::unordered_set<const TensorImpl*> seen;
  const auto add = [&](const Module& m) {
    for (const auto& b : m.buffers_)
      if (b->defined() && seen.insert(b->impl()).second) found.push_back(*b);
  };
  if (!recurse)
    add(*this);
  else
    for (const Entry& e : tree("", false)) add(*e.module);
  return found;
}

OrderedDict<std::string, Tensor> Module::named_parameters(bool recurse) const { return named_parameters("", recurse); }
OrderedDict<std::string, Tensor> Module::named_parameters(const std::string& prefix, bool recurse,
                                                          bool remove_duplicate) const {
  OrderedDict<std::string, Tensor> found("Parameter");
  std::unordered_set<const TensorImpl*> seen;
  const auto add = [&](const Module& m, const std::string& key) {
    for (const auto& p : m.parameters_)
      if (p->defined() && (seen.insert(p->impl()).second || !remove_duplicate)) found.insert(join(key, p.key()), *p);
  };
  if (!recurse)
    add(*this, prefix);
  else
    for (const Entry& e : tree(prefix, true, remove_duplicate)) add(*e.module, e.key);
  return found;
}

OrderedDict<std::string, Tensor> Module::named_buffers(bool recurse) const { return named_buffers("", recurse); }
OrderedDict<std::string, Tensor> Module::named_buffers(const std::string& prefix, bool recurse,
                                                       bool remove_duplicate) const {
  OrderedDict<std::string, Tensor> found("Buffer");
  std::unordered_set<const TensorImpl*> seen;
  const auto add = [&](const Module& m, const std::string& key) {
    for (const auto& b : m.buffers_)
      if (b->defined() && (seen.insert(b->impl()).second || !remove_duplicate)) found.insert(join(key, b.key()), *b);
  };
  if (!recurse)
    add(*this, prefix);
  else
    for (const Entry& e : tree(prefix, true, remove_duplicate)) add(*e.module, e.key);
  return found;
}

std::vector<std::shared_ptr<Module>> Module::modules(bool include_self) const {
  check(!include_self || !weak_from_this().expired(),
        "It looks like you attempted to retrieve your top-level module as a shared_ptr, but ", name(),
        " is not stored in one. Create it with std::make_shared or a module holder, or call modules(false).");
  std::vector<std::shared_ptr<Module>> found;
  for (const Entry& e : tree("", false)) {
    if (e.owner)
      found.push_back(e.owner);
    else if (include_self)
      found.push_back(self_pointer());
  }
  return found;
}

OrderedDict<std::string, std::shared_ptr<Module>> Module::named_modules(const std::string& name_prefix,
                                                                        bool include_self,
                                                                        bool remove_duplicate) const {
  OrderedDict<std::string, std::shared_ptr<Module>> found("Submodule");
  for (const Entry& e : tree(name_prefix, true, remove_duplicate))
    if (e.owner || include_self) found.insert(e.key, e.owner ? e.owner : self_pointer());
  return found;
}

std::vector<std::shared_ptr<Module>> Module::children() const {
  std::vector<std::shared_ptr<Module>> found;
  for (const auto& child : children_)
    if (std::find(found.begin(), found.end(), child.value()) == found.end()) found.push_back(child.value());
  return found;
}
OrderedDict<std::string, std::shared_ptr<Module>> Module::named_children() const { return children_; }

std::shared_ptr<Module> Module::get_submodule(const std::string& target) const {
  std::shared_ptr<Module> at = self_pointer();
  for (size_t begin = 0; begin < target.size();) {
    const size_t dot = std::min(target.find('.', begin), target.size());
    const std::string part = target.substr(begin, dot - begin);
    const auto* child = at->children_.find(part);
    check(child != nullptr, "get_submodule: '", target, "': ", at->name(), " has no submodule '", part, "'");
    at = *child;
    begin = dot + 1;
  }
  return at;
}

namespace {
/// "a.b.weight" -> {"a.b", "weight"}
std::pair<std::string, std::string> split_path(const std::string& target) {
  const size_t dot = target.rfind('.');
  if (dot == std::string::npos) return {"", target};
  return {target.substr(0, dot), target.substr(dot + 1)};
}
}  // namespace

Tensor& Module::get_parameter(const std::string& target) {
  const auto [path, leaf] = split_path(target);
  const std::shared_ptr<Module> m = get_submodule(path);
  Tensor* p = m->parameters_.find(leaf);
  check(p != nullptr, "get_parameter: '", target, "': ", m->name(), " has no parameter '", leaf, "'");
  return *p;
}
const Tensor& Module::get_parameter(const std::string& target) const {
  return const_cast<Module*>(this)->get_parameter(target);
}
Tensor& Module::get_buffer(const std::string& target) {
  const auto [path, leaf] = split_path(target);
  const std::shared_ptr<Module> m = get_submodule(path);
  Tensor* b = m->buffers_.find(leaf);
  check(b != nullptr, "get_buffer: '", target, "': ", m->name(), " has no buffer '", leaf, "'");
  return *b;
}
const Tensor& Module::get_buffer(const std::string& target) const {
  return const_cast<Module*>(this)->get_buffer(target);
}

void Module::train(bool on) {
  for (const auto& child : children_) child.value()->train(on);
  is_training_ = on;
}
void Module::eval() { train(false); }
bool Module::is_training() const noexcept { return is_training_; }

namespace {
/// Before anything changes: parameters that learn cannot become integers.
void check_conversion(const Module& root, Dtype dtype) {
  if (is_differentiable(dtype)) return;
  root.apply([&](const Module& m) {
    for (const auto& p : detail::ModuleAccess::parameters(m))
      check(!p->defined() || !p->requires_grad(), "to: parameter '", p.key(), "' of ", m.name(),
            " requires gradients and cannot become ", dtype);
  });
}
}  // namespace

void Module::convert(std::optional<Device> device, std::optional<Dtype> dtype, bool non_blocking, bool integral) {
  NoGradGuard no_grad;
  const auto target = [&](const Tensor& t) {
    TensorOptions o = t.options();
    if (device) o = o.device(*device);
    if (dtype && (integral || t.is_floating_point() || !is_floating_point(*dtype))) o = o.dtype(*dtype);
    return o;
  };
  const auto same = [](const Tensor& t, const TensorOptions& o) {
    return o.scalar_type() == t.scalar_type() && o.device() == t.device();
  };
  for (const auto& p : parameters_) {
    if (!p->defined()) continue;
    const TensorOptions o = target(*p);
    if (same(*p, o)) continue;
    p->set_data(p->detach().to(o, non_blocking));
    Tensor& grad = p->mutable_grad();
    if (grad.defined() && !same(grad, o)) grad = grad.detach().to(o, non_blocking);
  }
  for (const auto& b : buffers_) {
    if (!b->defined()) continue;
    const TensorOptions o = target(*b);
    if (!same(*b, o)) b->set_data(b->detach().to(o, non_blocking));
  }
  detail::refresh_computed(*this);
}

void Module::to(Device device, Dtype dtype, bool non_blocking) {
  check_conversion(*this, dtype);
  for (const auto& child : children_) child.value()->to(device, dtype, non_blocking);
  convert(device, dtype, non_blocking);
}
void Module::to(Dtype dtype, bool non_blocking) {
  check_conversion(*this, dtype);
  for (const auto& child : children_) child.value()->to(dtype, non_blocking);
  convert(std::nullopt, dtype, non_blocking);
}
void Module::to(Device device, bool non_blocking) {
  for (const auto& child : children_) child.value()->to(device, non_blocking);
  convert(device, std::nullopt, non_blocking);
}

void Module::to(const Tensor& other, bool non_blocking) { to(other.device(), other.scalar_type(), non_blocking); }

void Module::to(MemoryFormat format) {
  check(format == MemoryFormat::ChannelsLast || format == MemoryFormat::ChannelsLast3d ||
            format == MemoryFormat::Contiguous,
        "to: expected the memory format Contiguous, ChannelsLast or ChannelsLast3d");
  NoGradGuard no_grad;
  const int64_t rank = format == MemoryFormat::ChannelsLast ? 4 : 5;
  const auto lay_out = [&](const Tensor& t) {
    if (!t.defined() || (format != MemoryFormat::Contiguous && t.dim() != rank) || t.is_contiguous(format)) return;
    t.set_data(t.detach().contiguous(format));
  };
  apply([&](Module& m) {
    for (const auto& p : m.parameters_) lay_out(*p);
    for (const auto& b : m.buffers_) lay_out(*b);
  });
}

Module& Module::half() {
  to(kHalf);
  return *this;
}
Module& Module::bfloat16() {
  to(kBFloat16);
  return *this;
}
Module& Module::float_() {
  to(kFloat);
  return *this;
}
Module& Module::double_() {
  to(kDouble);
  return *this;
}
Module& Module::type(Dtype dtype) {
  check_conversion(*this, dtype);
  for (const Entry& e : tree("", false)) e.module->convert(std::nullopt, dtype, false, /*integral=*/true);
  return *this;
}
Module& Module::cpu() {
  to(Device(kCPU));
  return *this;
}
Module& Module::cuda() { return cuda(std::nullopt); }
Module& Module::cuda(std::optional<DeviceIndex> device) {
  to(device ? Device(kCUDA, *device) : Device(kCUDA));
  return *this;
}

void Module::zero_grad(bool set_to_none) {
  for (const auto& child : children_) child.value()->zero_grad(set_to_none);
  for (const auto& p : parameters_) {
    if (!p->defined() || !p->grad().defined()) continue;
    if (set_to_none) {
      p->mutable_grad().reset();
    } else {
      Tensor& grad = p->mutable_grad();
      if (grad.requires_grad()) grad = grad.detach();
      grad.zero_();
    }
  }
}

Module& Module::requires_grad_(bool on) {
  for (const Tensor& p : parameters()) p.requires_grad_(on);
  return *this;
}

// ---- registration --------------------------------------------------------------------------------------------------

void Module::check_name(const char* kind, const std::string& name) const {
  check(!name.empty(), kind, " name must not be empty");
  check(name.find('.') == std::string::npos, kind, " name must not contain a dot (got '", name, "')");
  const char* other = parameters_.contains(name) ? "Parameter"
                      : buffers_.contains(name)  ? "Buffer"
                      : children_.contains(name) ? "Submodule"
                                                 : nullptr;
  if (other) fail(other, " '", name, "' already defined", other == std::string(kind) ? "" : " in this module");
}

RemovableHandle Module::add_hook(detail::PreHook hook) {
  hooks_.table();
  return detail::add_hook(hooks_.shared(), std::move(hook));
}
RemovableHandle Module::add_hook(detail::ForwardHook hook) {
  hooks_.table();
  return detail::add_hook(hooks_.shared(), std::move(hook));
}
RemovableHandle Module::add_hook(detail::BackwardHook hook) {
  hooks_.table();
  return detail::add_hook(hooks_.shared(), std::move(hook));
}

Tensor& Module::register_parameter(std::string name, Tensor tensor, bool requires_grad) {
  check_name("Parameter", name);
  if (!tensor.defined()) {
    if (requires_grad)
      warn(
          "register_parameter: an undefined tensor cannot require grad. Ignoring the `requires_grad=true` function "
          "parameter.");
  } else {
    check(!requires_grad || is_differentiable(tensor.scalar_type()), "register_parameter: parameter '", name,
          "' of dtype ", tensor.scalar_type(),
          " cannot require gradients: expected a floating-point dtype or requires_grad=false");
    check(tensor.is_leaf(), "register_parameter: parameter '", name, "' has a history: pass a leaf (tensor.detach())");
    tensor.set_requires_grad(requires_grad);
  }
  return parameters_.insert(std::move(name), std::move(tensor));
}

Tensor& Module::register_buffer(std::string name, Tensor tensor, bool persistent) {
  check_name("Buffer", name);
  if (!persistent) transient_.get().push_back(name);
  return buffers_.insert(std::move(name), std::move(tensor));
}

void Module::add_child(std::string name, std::shared_ptr<Module> module) {
  check_name("Submodule", name);
  check(module != nullptr, "register_module: the module given for '", name, "' is null");
  check(module.get() != this, "register_module: a module cannot be its own submodule ('", name, "')");
  children_.insert(std::move(name), std::move(module));
}

void Module::replace_child(const std::string& name, std::shared_ptr<Module> module) {
  auto& slot = children_[name];
  check(module != nullptr, "replace_module: the module given for '", name, "' is null");
  check(module.get() != this, "replace_module: a module cannot be its own submodule ('", name, "')");
  slot = std::move(module);
}

void Module::unregister_module(const std::string& name) {
  check(children_.contains(name), "No Module with name `", name, "` is registered");
  children_.erase(name);
}

bool Module::_forward_has_default_args() { return false; }
unsigned int Module::_forward_num_required_args() {
  fail(name(), ": a module whose forward() has default arguments must declare them with FORWARD_HAS_DEFAULT_ARGS");
}
std::vector<AnyValue> Module::_forward_populate_default_args(std::vector<AnyValue>&&) {
  fail(name(), ": a module whose forward() has default arguments must declare them with FORWARD_HAS_DEFAULT_ARGS");
}

void Module::set_child(const std::string& name, std::shared_ptr<Module> module) {
  if (children_.contains(name))
    replace_child(name, std::move(module));
  else
    add_child(name, std::move(module));
}

}  // namespace lampas::nn
