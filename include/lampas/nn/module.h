#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "lampas/base/ordered_dict.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

class AnyValue;
class Module;
template <class Contained>
class ModuleHolder;
template <class Derived>
class Cloneable;

namespace detail {
struct ForwardDefaults;  // src/nn/any.cpp: fills in the default arguments of a forward()

/// Base of every ModuleHolder, by which templates recognise one.
struct ModuleHolderIndicator {};
template <class T>
using is_module_holder = std::is_base_of<ModuleHolderIndicator, std::decay_t<T>>;
template <class T>
using is_module = std::is_base_of<Module, std::decay_t<T>>;
template <class T, class R = void>
using enable_if_module_t = std::enable_if_t<is_module<T>::value, R>;

/// LinearImpl for both LinearImpl and its holder Linear.
template <class T, bool = is_module_holder<T>::value>
struct ImplOf {
  using type = T;
};
template <class T>
struct ImplOf<T, true> {
  using type = typename T::ContainedType;
};
}  // namespace detail

/// Base class of all layers and models: a tree of named submodules, parameters (tensors that learn) and buffers (state
/// that does not). Subclasses register theirs in the constructor, or in `reset()` when they derive from Cloneable:
///
///   struct Net : nn::Module {
///     Net() { fc = register_module("fc", nn::Linear(28 * 28, 10)); }
///     Tensor forward(const Tensor& x) { return fc(x.flatten(1)); }
///     nn::Linear fc{nullptr};
///   };
///
/// Iteration (`parameters`, `buffers`, `modules`, `children`, `apply`) visits a module before its submodules, in the
/// order of registration, and what is shared once, under its first name. A model may live on the stack.
class LAMPAS_API Module : public std::enable_shared_from_this<Module> {
 public:
  using ModuleApplyFunction = std::function<void(Module&)>;
  using ConstModuleApplyFunction = std::function<void(const Module&)>;
  using NamedModuleApplyFunction = std::function<void(const std::string&, Module&)>;
  using ConstNamedModuleApplyFunction = std::function<void(const std::string&, const Module&)>;
  using ModulePointerApplyFunction = std::function<void(const std::shared_ptr<Module>&)>;
  using NamedModulePointerApplyFunction = std::function<void(const std::string&, const std::shared_ptr<Module>&)>;

  /// The name defaults to that of the concrete class.
  Module();
  explicit Module(std::string name);
  Module(const Module&);
  Module& operator=(const Module&);
  virtual ~Module();

  const std::string& name() const noexcept;

  /// A deep copy, on `device` if given. Only classes derived from Cloneable have one; the base throws.
  virtual std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const;

  // ---- traversal -----------------------------------------------------------------------------------------------
  /// Calls `function` with this module and every submodule. Keys are dotted paths, the root's being `name_prefix`.
  /// The pointer forms hand out a pointer that does not own when the root is not held by a shared_ptr.
  void apply(const ModuleApplyFunction& function);
  void apply(const ConstModuleApplyFunction& function) const;
  void apply(const NamedModuleApplyFunction& function, const std::string& name_prefix = std::string());
  void apply(const ConstNamedModuleApplyFunction& function, const std::string& name_prefix = std::string()) const;
  void apply(const ModulePointerApplyFunction& function) const;
  void apply(const NamedModulePointerApplyFunction& function, const std::string& name_prefix = std::string()) const;

  /// Undefined parameters and buffers are left out.
  std::vector<Tensor> parameters(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(bool recurse = true) const;
  std::vector<Tensor> buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(bool recurse = true) const;
  /// Throws with `include_self` when this module is not held by a shared_ptr (as LibTorch does); named_modules gives
  /// a pointer that does not own.
  std::vector<std::shared_ptr<Module>> modules(bool include_self = true) const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_modules(const std::string& name_prefix = std::string(),
                                                                  bool include_self = true) const;
  std::vector<std::shared_ptr<Module>> children() const;
  /// Every registered name, also of a child registered twice.
  OrderedDict<std::string, std::shared_ptr<Module>> named_children() const;

  // ---- state ---------------------------------------------------------------------------------------------------
  /// Every parameter and persistent buffer under its dotted name, a module's own before its submodules'; shared
  /// tensors under all their names. The tensors share memory with the module; they are detached unless `keep_vars`.
  OrderedDict<std::string, Tensor> state_dict(const std::string& prefix = std::string(), bool keep_vars = false) const;
  struct LoadResult {
    std::vector<std::string> missing_keys, unexpected_keys;
  };
  /// Copies values into the parameters and buffers of the same names. Nothing is copied when a shape differs or, with
  /// `strict`, a name is missing or unknown: one error lists every mismatch.
  LoadResult load_state_dict(const OrderedDict<std::string, Tensor>& state, bool strict = true);

  /// Training mode, for modules that behave differently in evaluation (Dropout, BatchNorm).
  virtual void train(bool on = true);
  void eval();
  virtual bool is_training() const noexcept;

  /// Moves parameters and buffers, keeping the tensor objects. A floating-point `dtype` converts floating-point tensors
  /// only; any other converts all and needs parameters without gradient.
  virtual void to(Device device, Dtype dtype, bool non_blocking = false);
  virtual void to(Dtype dtype, bool non_blocking = false);
  virtual void to(Device device, bool non_blocking = false);

  /// Zeroes the gradient of every parameter, or drops it.
  virtual void zero_grad(bool set_to_none = false);
  /// Sets requires_grad of every parameter.
  Module& requires_grad_(bool on = true);

  /// This module as a `T` (a module class or its holder), or null.
  template <class T>
  typename detail::ImplOf<T>::type* as() noexcept {
    return dynamic_cast<typename detail::ImplOf<T>::type*>(this);
  }
  template <class T>
  const typename detail::ImplOf<T>::type* as() const noexcept {
    return dynamic_cast<const typename detail::ImplOf<T>::type*>(this);
  }

  /// Prints this module's own line; override to add its settings. `stream << module` prints the tree.
  virtual void pretty_print(std::ostream& stream) const;
  /// False for modules that hold what cannot be written to a file.
  virtual bool is_serializable() const;

  // ---- registration --------------------------------------------------------------------------------------------
  /// A name must not be empty, contain a dot, or be taken by any other member. An undefined tensor is allowed: a
  /// parameter that is switched off. Returns the registered tensor, to be kept in a member.
  Tensor& register_parameter(std::string name, Tensor tensor, bool requires_grad = true);
  /// A buffer that is not `persistent` is left out of state_dict.
  Tensor& register_buffer(std::string name, Tensor tensor, bool persistent = true);
  template <class T>
  std::shared_ptr<T> register_module(std::string name, std::shared_ptr<T> module) {
    add_child(std::move(name), module);
    return module;
  }
  template <class T>
  std::shared_ptr<T> register_module(std::string name, ModuleHolder<T> holder) {
    return register_module(std::move(name), holder.ptr());
  }
  /// Puts another module in the place of a registered one: `m.fc = m.replace_module("fc", Linear(5, 6))`.
  template <class T>
  std::shared_ptr<T> replace_module(const std::string& name, std::shared_ptr<T> module) {
    replace_child(name, module);
    return module;
  }
  template <class T>
  std::shared_ptr<T> replace_module(const std::string& name, ModuleHolder<T> holder) {
    return replace_module(name, holder.ptr());
  }
  void unregister_module(const std::string& name);

 protected:
  /// Overridden by LAMPAS_FORWARD_HAS_DEFAULT_ARGS, never by hand.
  virtual bool _forward_has_default_args();
  virtual unsigned int _forward_num_required_args();
  virtual std::vector<AnyValue> _forward_populate_default_args(std::vector<AnyValue>&& arguments);

  /// Sets the mode of this module alone.
  void set_training_flag(bool on) { is_training_ = on; }

  OrderedDict<std::string, Tensor> parameters_{"Parameter"};

 private:
  template <class Derived>
  friend class Cloneable;
  friend struct detail::ForwardDefaults;
  friend LAMPAS_API std::ostream& operator<<(std::ostream& stream, const Module& module);

  struct Entry;
  std::vector<Entry> tree(const std::string& prefix, bool names) const;
  void check_name(const char* kind, const std::string& name) const;
  void add_child(std::string name, std::shared_ptr<Module> module);
  void replace_child(const std::string& name, std::shared_ptr<Module> module);
  std::shared_ptr<Module> self_pointer() const;
  void convert(std::optional<Device> device, std::optional<Dtype> dtype, bool non_blocking);
  void print_tree(std::ostream& stream, const std::string& indentation) const;
  /// For Cloneable: gives the registered tensors and submodules of a fresh `copy` the values of this module's.
  void copy_state_to(Module& copy, const std::optional<Device>& device) const;
  void forget_members();
  /// Takes over the state of `other`, which is of the same class.
  virtual void clone_(Module& other, const std::optional<Device>& device);

  OrderedDict<std::string, Tensor> buffers_{"Buffer"};
  OrderedDict<std::string, std::shared_ptr<Module>> children_{"Submodule"};
  std::vector<std::string> transient_;  // names of the buffers that are not persistent
  mutable std::optional<std::string> name_;
  bool is_training_ = true;
};

/// Prints the module with its submodules, indented.
LAMPAS_API std::ostream& operator<<(std::ostream& stream, const Module& module);

}  // namespace lampas::nn
