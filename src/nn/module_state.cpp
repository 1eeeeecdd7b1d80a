// What a module hands out and takes in as a whole: state dicts, clones, its printed form.
#include <algorithm>
#include <ostream>

#include "lampas/autograd/grad_mode.h"
#include "lampas/serialize/archive.h"
#include "nn/module_access.h"

namespace lampas::nn {

// ---- state dicts ---------------------------------------------------------------------------------------------------

bool Module::is_transient(const std::string& name) const {
  const std::vector<std::string>& names = transient_.get();
  return std::find(names.begin(), names.end(), name) != names.end();
}

int64_t Module::_version() const { return 1; }

StateDict Module::state_dict(const std::string& prefix, bool keep_vars) const {
  StateDict state;
  state_dict(state, prefix, keep_vars);
  return state;
}

StateDict& Module::state_dict(StateDict& destination, const std::string& prefix, bool keep_vars) const {
  const std::string path = prefix.empty() || prefix.back() != '.' ? prefix : prefix.substr(0, prefix.size() - 1);
  auto* metadata = destination._metadata.find(path);
  if (!metadata) metadata = &destination._metadata.insert(path, StateDict::LocalMetadata());
  if (!metadata->contains("version")) metadata->insert("version", _version());
  for (const auto& p : parameters_)
    if (p->defined()) destination.insert(prefix + p.key(), keep_vars ? *p : p->detach());
  for (const auto& b : buffers_)
    if (b->defined() && !is_transient(b.key())) destination.insert(prefix + b.key(), keep_vars ? *b : b->detach());
  for (const auto& child : children_) child.value()->state_dict(destination, prefix + child.key() + '.', keep_vars);
  return destination;
}

void Module::_load_from_state_dict(StateDict& state_dict, const std::string& prefix, const StateDict::LocalMetadata&,
                                   bool strict, std::vector<std::string>& missing_keys, std::vector<std::string>&,
                                   std::vector<std::string>& error_msgs) {
  const auto compare = [&](const std::string& name, const Tensor& own) {
    const std::string key = prefix + name;
    const Tensor* given = state_dict.find(key);
    if (!given)
      missing_keys.push_back(key);
    else if (!given->defined())
      error_msgs.push_back("undefined tensor given for " + key);
    else if (given->sizes() != own.sizes())
      error_msgs.push_back(str("size mismatch for ", key, ": expected ", own.sizes(), ", got ", given->sizes()));
    else if (strict && given->scalar_type() != own.scalar_type())
      error_msgs.push_back(
          str("dtype mismatch for ", key, ": expected ", own.scalar_type(), ", got ", given->scalar_type()));
  };
  for (const auto& p : parameters_)
    if (p->defined()) compare(p.key(), *p);
  for (const auto& b : buffers_)
    if (b->defined() && !is_transient(b.key())) compare(b.key(), *b);
}

namespace {
/// In LibTorch's words: the tensor, or the outermost of its modules that is not there.
std::string missing_part(const StateDict& state, const std::string& key) {
  for (size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
    const std::string prefix = key.substr(0, dot + 1);
    const bool there = std::any_of(state.begin(), state.end(),
                                   [&](const auto& item) { return item.key().compare(0, prefix.size(), prefix) == 0; });
    if (!there) return " (No such serialized submodule: '" + key.substr(0, dot) + "')";
  }
  return " (No such serialized tensor '" + key + "')";
}
}  // namespace

void Module::save(serialize::OutputArchive& archive) const { serialize::detail::write_state(archive, state_dict()); }
/// Strict, except for single numbers at the module's own level that it does not know: an epoch, say, which a derived
/// class's save() wrote beside the members and its load() will read.
void Module::load(serialize::InputArchive& archive) {
  OrderedDict<std::string, Tensor> mine;
  for (const auto& item : archive.state_dict())
    if (item.value().dim() > 0 || item.key().find('.') != std::string::npos || parameters_.contains(item.key()) ||
        buffers_.contains(item.key()))
      mine.insert(item.key(), item.value());
  load_state_dict(mine);
}

Module::LoadResult Module::load_state_dict(const OrderedDict<std::string, Tensor>& state, bool strict) {
  return load_state_dict(StateDict(state), strict);
}

Module::LoadResult Module::load_state_dict(const StateDict& given, bool strict) {
  StateDict state = given;  // modules may adapt it
  LoadResult result;
  std::vector<std::string> errors;
  static const StateDict::LocalMetadata unknown;
  // Every module looks first, so that nothing is copied when one of them disagrees.
  const auto look = [&](const auto& self, Module& m, const std::string& prefix) -> void {
    const auto* metadata = state._metadata.find(prefix.empty() ? prefix : prefix.substr(0, prefix.size() - 1));
    m._load_from_state_dict(state, prefix, metadata ? *metadata : unknown, strict, result.missing_keys,
                            result.unexpected_keys, errors);
    for (const auto& child : m.children_) self(self, *child.value(), prefix + child.key() + '.');
  };
  look(look, *this, "");
  const StateDict own = state_dict("", /*keep_vars=*/true);
  for (const auto& item : state)
    if (!own.contains(item.key())) result.unexpected_keys.push_back(item.key());

  std::string text;
  for (const auto& e : errors) text += "\n  " + e;
  if (strict) {
    for (const auto& key : result.missing_keys) text += "\n  missing key: " + key + missing_part(state, key);
    for (const auto& key : result.unexpected_keys) text += "\n  unexpected key: " + key;
  }
  check(text.empty(), "load_state_dict: the state does not fit ", name(), ":", text);
  NoGradGuard no_grad;
  for (const auto& item : own) {
    const Tensor* value = state.find(item.key());
    if (value && value->defined() && value->sizes() == item->sizes()) item->copy_(*value);
  }
  apply([](Module& m) { detail::refresh_computed(m); });
  return result;
}

// ---- cloning -------------------------------------------------------------------------------------------------------

void Module::copy_settings_from(const Module& original) {
  is_training_ = original.is_training_;
  hooks_ = original.hooks_;
}

void Module::forget_members() {
  parameters_.clear();
  buffers_.clear();
  children_.clear();
  transient_ = {};
  cloning_ = true;
  if (detail::HookTable* hooks = hooks_.get()) {
    hooks->count -= static_cast<uint32_t>(hooks->computed.size());
    hooks->computed.clear();
  }
}

std::shared_ptr<Module> Module::finish_clone(Module* copy, void* derived, void (*reset)(void*),
                                             const std::optional<Device>& device) const {
  std::shared_ptr<Module> owner(copy);
  copy->forget_members();
  reset(derived);
  copy_state_to(*copy, device);
  return owner;
}

void Module::clone_type_error(const Module& other) const {
  fail("clone: attempted to clone submodule '", other.name(), "' into a '", name(),
       "', which is of a different type than the submodule it was to be cloned into");
}

void Module::copy_state_to(Module& copy, const std::optional<Device>& device) const {
  copy.cloning_ = false;
  if (const detail::HookTable* hooks = hooks_.get())
    for (const auto& computed : hooks->computed) computed->attach_to(copy);
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
  detail::refresh_computed(copy);
}

// ---- printing ------------------------------------------------------------------------------------------------------

std::string Module::extra_repr() const { return {}; }

void Module::pretty_print(std::ostream& stream) const {
  stream << name();
  // With submodules the settings come before them, inside their parentheses.
  const std::string extra = children_.is_empty() ? extra_repr() : std::string();
  if (extra.empty()) return;
  if (extra.find('\n') == std::string::npos) {
    stream << '(' << extra << ')';
    return;
  }
  stream << "(\n  ";
  for (const char c : extra) {
    stream << c;
    if (c == '\n') stream << "  ";
  }
  stream << "\n)";
}
bool Module::is_serializable() const { return true; }

void Module::print_tree(std::ostream& stream, const std::string& indentation) const {
  pretty_print(stream);
  if (children_.is_empty()) return;
  stream << "(\n";
  const std::string inner = indentation + "  ";
  if (const std::string extra = extra_repr(); !extra.empty()) {
    stream << inner;
    for (const char c : extra) {
      stream << c;
      if (c == '\n') stream << inner;
    }
    stream << '\n';
  }
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

}  // namespace lampas::nn
