#include "lampas/nn/module.h"

#include <algorithm>
#include <mutex>
#include <ostream>
#include <typeinfo>
#include <unordered_set>

#include "lampas/autograd/grad_mode.h"
#include "lampas/base/demangle.h"
#include "lampas/nn/any_value.h"

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

Module::Module() = default;
Module::Module(std::string name) : name_(std::move(name)) {}
Module::Module(const Module&) = default;
Module& Module::operator=(const Module&) = default;
Module::~Module() = default;

const std::string& Module::name() const noexcept {
  // The dynamic type is not known in the constructor, so the name is made on first use, possibly by several threads.
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  if (!name_) name_ = type_name(typeid(*this));
  return *name_;
}

std::shared_ptr<Module> Module::clone(const std::optional<Device>&) const {
  fail("clone() has not been implemented for ", name(), ". Derive the class from nn::Cloneable<", name(),
       "> instead of nn::Module to use it.");
}
void Module::clone_(Module&, const std::optional<Device>&) {
  fail("clone: submodule ", name(), " cannot be cloned: derive its class from nn::Cloneable<", name(), ">");
}

// ---- traversal -----------------------------------------------------------------------------------------------------

std::vector<Module::Entry> Module::tree(const std::string& prefix, bool names) const {
  std::vector<Entry> found;
  std::unordered_set<const Module*> seen;
  const auto visit = [&](const auto& self, const Module& m, const std::shared_ptr<Module>& owner,
                         const std::string& key) -> void {
    if (!seen.insert(&m).second) return;
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

void Module::apply(const ModuleApplyFunction& function) {
  for (const Entry& e : tree("", false)) function(*e.module);
}
void Module::apply(const ConstModuleApplyFunction& function) const {
  for (const Entry& e : tree("", false)) function(*e.module);
}
void Module::apply(const NamedModuleApplyFunction& function, const std::string& name_prefix) {
  for (const Entry& e : tree(name_prefix, true)) function(e.key, *e.module);
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

OrderedDict<std::string, Tensor> Module::named_parameters(bool recurse) const {
  OrderedDict<std::string, Tensor> found("Parameter");
  std::unordered_set<const TensorImpl*> seen;
  const auto add = [&](const Module& m, const std::string& key) {
    for (const auto& p : m.parameters_)
      if (p->defined() && seen.insert(p->impl()).second) found.insert(join(key, p.key()), *p);
  };
  if (!recurse)
    add(*this, "");
  else
    for (const Entry& e : tree("", true)) add(*e.module, e.key);
  return found;
}

OrderedDict<std::string, Tensor> Module::named_buffers(bool recurse) const {
  OrderedDict<std::string, Tensor> found("Buffer");
  std::unordered_set<const TensorImpl*> seen;
  const auto add = [&](const Module& m, const std::string& key) {
    for (const auto& b : m.buffers_)
      if (b->defined() && seen.insert(b->impl()).second) found.insert(join(key, b.key()), *b);
  };
  if (!recurse)
    add(*this, "");
  else
    for (const Entry& e : tree("", true)) add(*e.module, e.key);
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
                                                                        bool include_self) const {
  OrderedDict<std::string, std::shared_ptr<Module>> found("Submodule");
  for (const Entry& e : tree(name_prefix, true))
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

// ---- state ---------------------------------------------------------------------------------------------------------

OrderedDict<std::string, Tensor> Module::state_dict(const std::string& prefix, bool keep_vars) const {
  OrderedDict<std::string, Tensor> state;
  const auto add = [&](const auto& self, const Module& m, const std::string& path) -> void {
    for (const auto& p : m.parameters_)
      if (p->defined()) state.insert(path + p.key(), keep_vars ? *p : p->detach());
    for (const auto& b : m.buffers_) {
      const bool transient = std::find(m.transient_.begin(), m.transient_.end(), b.key()) != m.transient_.end();
      if (b->defined() && !transient) state.insert(path + b.key(), keep_vars ? *b : b->detach());
    }
    for (const auto& child : m.children_) self(self, *child.value(), path + child.key() + '.');
  };
  add(add, *this, prefix);
  return state;
}

namespace {
/// In LibTorch's words: the tensor, or the outermost of its modules that is not there.
std::string missing_part(const OrderedDict<std::string, Tensor>& state, const std::string& key) {
  for (size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
    const std::string prefix = key.substr(0, dot + 1);
    const bool there = std::any_of(state.begin(), state.end(),
                                   [&](const auto& item) { return item.key().compare(0, prefix.size(), prefix) == 0; });
    if (!there) return " (No such serialized submodule: '" + key.substr(0, dot) + "')";
  }
  return " (No such serialized tensor '" + key + "')";
}
}  // namespace

Module::LoadResult Module::load_state_dict(const OrderedDict<std::string, Tensor>& state, bool strict) {
  const OrderedDict<std::string, Tensor> own = state_dict("", /*keep_vars=*/true);
  LoadResult result;
  std::string errors;
  for (const auto& item : own) {
    const Tensor* given = state.find(item.key());
    if (!given) {
      result.missing_keys.push_back(item.key());
      continue;
    }
    check(given->defined(), "load_state_dict: the tensor given for '", item.key(), "' is undefined");
    if (given->sizes() != item->sizes())
      errors += str("\n  size mismatch for ", item.key(), ": expected ", item->sizes(), ", got ", given->sizes());
    else if (strict && given->scalar_type() != item->scalar_type())
      errors += str("\n  dtype mismatch for ", item.key(), ": expected ", item->scalar_type(), ", got ",
                    given->scalar_type());
  }
  for (const auto& item : state)
    if (!own.contains(item.key())) result.unexpected_keys.push_back(item.key());
  if (strict) {
    for (const auto& key : result.missing_keys) errors += "\n  missing key: " + key + missing_part(state, key);
    for (const auto& key : result.unexpected_keys) errors += "\n  unexpected key: " + key;
  }
  check(errors.empty(), "load_state_dict: the state does not fit ", name(), ":", errors);
  NoGradGuard no_grad;
  for (const auto& item : own)
    if (const Tensor* given = state.find(item.key())) item->copy_(*given);
  return result;
}

void Module::train(bool on) {
  for (const auto& child : children_) child.value()->train(on);
  is_training_ = on;
}
void Module::eval() { train(false); }
bool Module::is_training() const noexcept { return is_training_; }

void Module::convert(std::optional<Device> device, std::optional<Dtype> dtype, bool non_blocking) {
  NoGradGuard no_grad;
  const auto target = [&](const Tensor& t) {
    TensorOptions o = t.options();
    if (device) o = o.device(*device);
    if (dtype && (t.is_floating_point() || !is_floating_point(*dtype))) o = o.dtype(*dtype);
    return o;
  };
  const auto same = [](const Tensor& t, const TensorOptions& o) {
    return o.scalar_type() == t.scalar_type() && o.device() == t.device();
  };
  for (const auto& p : parameters_)
    if (p->defined())
      check(!p->requires_grad() || is_differentiable(target(*p).scalar_type()), "to: parameter '", p.key(), "' of ",
            name(), " requires gradients and cannot become ", target(*p).scalar_type());
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
}

void Module::to(Device device, Dtype dtype, bool non_blocking) {
  for (const auto& child : children_) child.value()->to(device, dtype, non_blocking);
  convert(device, dtype, non_blocking);
}
void Module::to(Dtype dtype, bool non_blocking) {
  for (const auto& child : children_) child.value()->to(dtype, non_blocking);
  convert(std::nullopt, dtype, non_blocking);
}
void Module::to(Device device, bool non_blocking) {
  for (const auto& child : children_) child.value()->to(device, non_blocking);
  convert(device, std::nullopt, non_blocking);
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
  if (!persistent) transient_.push_back(name);
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

// ---- cloning -------------------------------------------------------------------------------------------------------

void Module::forget_members() {
  parameters_.clear();
  buffers_.clear();
  children_.clear();
  transient_.clear();
}

void Module::copy_state_to(Module& copy, const std::optional<Device>& device) const {
  const auto same_keys = [&](const auto& a, const auto& b, const char* what, const char* how) {
    bool same = a.size() == b.size();
    for (size_t k = 0; same && k < a.size(); ++k) same = b.contains(a[k].key());
    check(same, "clone: the cloned module does not have the same ", what, " as the original ", name(),
          " after calling reset(). Are you sure you called ", how, "() inside reset() and not the constructor?");
  };
  same_keys(parameters_, copy.parameters_, "parameters", "register_parameter");
  same_keys(buffers_, copy.buffers_, "buffers", "register_buffer");
  same_keys(children_, copy.children_, "submodules", "register_module");
  const auto assign = [&](const Tensor& from, Tensor& to) {
    if (!from.defined()) {
      to.reset();
      return;
    }
    const Device place = device.value_or(from.device());
    if (!to.defined()) {
      to = device ? from.detach().to(*device, false, /*copy=*/true) : from.detach().clone();
    } else if (to.sizes() == from.sizes() && to.strides() == from.strides() && to.scalar_type() == from.scalar_type() &&
               to.device() == place && !to.is_alias_of(from)) {
      to.copy_(from);
    } else {
      to.requires_grad_(false);
      to.set_data(device ? from.detach().to(*device, false, /*copy=*/true) : from.detach().clone());
    }
    to.requires_grad_(from.requires_grad() && from.is_leaf());
  };
  for (const auto& p : parameters_) assign(*p, copy.parameters_[p.key()]);
  for (const auto& b : buffers_) assign(*b, copy.buffers_[b.key()]);
  for (const auto& child : children_) copy.children_[child.key()]->clone_(*child.value(), device);
  copy.transient_ = transient_;
}

// ---- printing, calling ---------------------------------------------------------------------------------------------

void Module::pretty_print(std::ostream& stream) const { stream << name(); }
bool Module::is_serializable() const { return true; }

void Module::print_tree(std::ostream& stream, const std::string& indentation) const {
  pretty_print(stream);
  if (children_.is_empty()) return;
  stream << "(\n";
  const std::string inner = indentation + "  ";
  for (const auto& child : children_) {
    stream << inner << '(' << child.key() << "): ";
    child.value()->print_tree(stream, inner);
    stream << '\n';
  }
  stream << indentation << ')';
}

std::ostream& operator<<(std::ostream& stream, const Module& module) {
  module.print_tree(stream, "");
  return stream;
}

bool Module::_forward_has_default_args() { return false; }
unsigned int Module::_forward_num_required_args() {
  fail(name(), ": a module whose forward() has default arguments must declare them with FORWARD_HAS_DEFAULT_ARGS");
}
std::vector<AnyValue> Module::_forward_populate_default_args(std::vector<AnyValue>&&) {
  fail(name(), ": a module whose forward() has default arguments must declare them with FORWARD_HAS_DEFAULT_ARGS");
}

}  // namespace lampas::nn
