#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "lampas/base/boxed.h"
#include "lampas/base/ordered_dict.h"
#include "lampas/nn/hooks.h"
#include "lampas/nn/parameter.h"
#include "lampas/tensor/tensor.h"

namespace lampas::serialize {
class InputArchive;
class OutputArchive;
}  // namespace lampas::serialize

namespace lampas::nn {

class Module;
template <class Contained>
class ModuleHolder;
template <class Derived>
class Cloneable;

namespace detail {
struct ForwardDefaults;  // src/nn/any.cpp: fills in the default arguments of a forward()
struct ModuleAccess;     // src/nn/module_access.h: the registrations, for nn::utils

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

/// Named tensors of a module, and what wrote them: under a module's path (without the final dot; "" is the root) its
/// `_version()`, by which a newer class recognises old state.
class LAMPAS_API StateDict : public OrderedDict<std::string, Tensor> {
 public:
  using LocalMetadata = OrderedDict<std::string, int64_t>;  // "version" and whatever else a class needs
  using OrderedDict::OrderedDict;
  StateDict();
  StateDict(const OrderedDict<std::string, Tensor>& tensors);
  StateDict(OrderedDict<std::string, Tensor>&& tensors);
  StateDict(const StateDict&);
  StateDict(StateDict&&);
  StateDict& operator=(const StateDict&);
  StateDict& operator=(StateDict&&);
  ~StateDict();

  OrderedDict<std::string, LocalMetadata> _metadata;
};

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
/// order of registration, and what is shared once, under its first name (where `remove_duplicate` is offered, false
/// gives it under every name). A model may live on the stack.
///
/// A module is called as `holder(x)`, `module(x)` (classes derived from Cloneable) or `nn::call(module, x)`: that runs
/// pre-hooks, `forward`, forward hooks, and arms backward hooks. `forward(x)` alone runs none of them.
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
  Module& apply(const ModuleApplyFunction& function);
  void apply(const ConstModuleApplyFunction& function) const;
  Module& apply(const NamedModuleApplyFunction& function, const std::string& name_prefix = std::string());
  void apply(const ConstNamedModuleApplyFunction& function, const std::string& name_prefix = std::string()) const;
  void apply(const ModulePointerApplyFunction& function) const;
  void apply(const NamedModulePointerApplyFunction& function, const std::string& name_prefix = std::string()) const;

  /// Undefined parameters and buffers are left out.
  std::vector<Tensor> parameters(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(const std::string& prefix, bool recurse = true,
                                                    bool remove_duplicate = true) const;
  OrderedDict<std::string, Tensor> named_parameters(const char* prefix, bool recurse = true,
                                                    bool remove_duplicate = true) const {
    return named_parameters(std::string(prefix), recurse, remove_duplicate);
  }
  std::vector<Tensor> buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(const std::string& prefix, bool recurse = true,
                                                 bool remove_duplicate = true) const;
  OrderedDict<std::string, Tensor> named_buffers(const char* prefix, bool recurse = true,
                                                 bool remove_duplicate = true) const {
    return named_buffers(std::string(prefix), recurse, remove_duplicate);
  }
  /// Throws with `include_self` when this module is not held by a shared_ptr (as LibTorch does); named_modules gives
  /// a pointer that does not own.
  std::vector<std::shared_ptr<Module>> modules(bool include_self = true) const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_modules(const std::string& name_prefix = std::string(),
                                                                  bool include_self = true,
                                                                  bool remove_duplicate = true) const;
  std::vector<std::shared_ptr<Module>> children() const;
  /// Every registered name, also of a child registered twice (as LibTorch).
  OrderedDict<std::string, std::shared_ptr<Module>> named_children() const;
  /// What a dotted path such as "features.0.weight" names; throws saying which part does not exist. The empty path is
  /// the module itself.
  std::shared_ptr<Module> get_submodule(const std::string& target) const;
  Tensor& get_parameter(const std::string& target);
  const Tensor& get_parameter(const std::string& target) const;
  Tensor& get_buffer(const std::string& target);
  const Tensor& get_buffer(const std::string& target) const;

  // ---- state ---------------------------------------------------------------------------------------------------
  /// Every parameter and persistent buffer under its dotted name, a module's own before its submodules'; shared
  /// tensors under all their names, undefined ones left out. The tensors share memory with the module; they are
  /// detached unless `keep_vars`. `prefix` is put before every name as it is.
  StateDict state_dict(const std::string& prefix = std::string(), bool keep_vars = false) const;
  /// The same, added to `destination` (which is returned).
  StateDict& state_dict(StateDict& destination, const std::string& prefix = std::string(),
                        bool keep_vars = false) const;
  template <class Key>
  struct BasicLoadResult {
    std::vector<Key> missing_keys, unexpected_keys;
  };
  using LoadResult = BasicLoadResult<std::string>;
  /// Copies values into the parameters and buffers of the same names. Nothing is copied when a shape differs or, with
  /// `strict`, a name is missing or unknown or a dtype differs: one error lists every mismatch.
  LoadResult load_state_dict(const OrderedDict<std::string, Tensor>& state, bool strict = true);
  LoadResult load_state_dict(const StateDict& state, bool strict = true);
  static constexpr bool dump_patches = false;
  /// The state, written to and read from an archive: what `lampas::save` and `lampas::load` do with a module, which
  /// call these.
  virtual void save(serialize::OutputArchive& archive) const;
  virtual void load(serialize::InputArchive& archive);

  /// Training mode, for modules that behave differently in evaluation (Dropout, BatchNorm).
  virtual void train(bool on = true);
  void eval();
  virtual bool is_training() const noexcept;

  /// Moves parameters and buffers, keeping the tensor objects (which optimizers know). A floating-point `dtype`
  /// converts floating-point tensors only; any other converts all and needs parameters without gradient.
  virtual void to(Device device, Dtype dtype, bool non_blocking = false);
  virtual void to(Dtype dtype, bool non_blocking = false);
  virtual void to(Device device, bool non_blocking = false);
  /// The device and dtype of `other`.
  void to(const Tensor& other, bool non_blocking = false);
  /// Lays out parameters and buffers of rank 4 (ChannelsLast) or 5 (ChannelsLast3d) in memory.
  void to(MemoryFormat format);
  /// Floating-point tensors to the dtype named. These return the module.
  Module& half();
  Module& bfloat16();
  Module& float_();
  Module& double_();
  /// Every tensor, integral ones too, to `dtype`.
  Module& type(Dtype dtype);
  Module& cpu();
  Module& cuda();
  Module& cuda(std::optional<DeviceIndex> device);

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

  /// The settings printed between the parentheses after the name, in one line or several. Override this or
  /// `pretty_print`.
  virtual std::string extra_repr() const;
  /// Prints this module's own line. `stream << module` prints the tree.
  virtual void pretty_print(std::ostream& stream) const;
  /// False for modules that hold what cannot be written to a file.
  virtual bool is_serializable() const;

  // ---- registration --------------------------------------------------------------------------------------------
  /// A name must not be empty, contain a dot, or be taken by any other member. An undefined tensor is allowed: a
  /// parameter that is switched off. Returns the registered tensor, to be kept in a member.
  Tensor& register_parameter(std::string name, Tensor tensor, bool requires_grad = true);
  /// Registers a member: assigning to it later changes the registered parameter.
  template <class P, class = std::enable_if_t<std::is_same_v<std::decay_t<P>, Parameter>>>
  Tensor& register_parameter(std::string name, P&& parameter) {
    if constexpr (std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>)
      if (cloning_) parameter.take_copy();  // the copy constructor left it sharing the original's
    const bool requires_grad = parameter.defined() && parameter.requires_grad();
    Tensor& registered = register_parameter(std::move(name), static_cast<const Tensor&>(parameter), requires_grad);
    if constexpr (std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>)
      parameter.bound_ = parameter.defined();
    return registered;
  }
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
  /// Registers a submodule, in the place of an earlier one of that name.
  template <class T>
  std::shared_ptr<T> add_module(const std::string& name, std::shared_ptr<T> module) {
    set_child(name, module);
    return module;
  }
  template <class T>
  std::shared_ptr<T> add_module(const std::string& name, const ModuleHolder<T>& holder) {
    return add_module(name, holder.ptr());
  }

  // ---- hooks: what a hook may look like is said in hooks.h -------------------------------------------------------
  /// Called before `forward` with the inputs, which it may replace.
  template <class F>
  RemovableHandle register_forward_pre_hook(F hook) {
    return add_hook(detail::pre_hook(std::move(hook)));
  }
  /// Called after `forward` with the inputs and the output, which it may replace.
  template <class F>
  RemovableHandle register_forward_hook(F hook) {
    return add_hook(detail::forward_hook(std::move(hook)));
  }
  /// Called during backward with the gradients of the tensor inputs and of the outputs (undefined where there is
  /// none); what it returns replaces the former. It sees the whole module, however many operations that has. An input
  /// or output of a module with such a hook must not be changed in place where autograd could not follow (an error).
  template <class F>
  RemovableHandle register_full_backward_hook(F hook) {
    return add_hook(detail::backward_hook(std::move(hook)));
  }
  /// The documented older name; the same, without the limits it had.
  template <class F>
  RemovableHandle register_backward_hook(F hook) {
    return register_full_backward_hook(std::move(hook));
  }
  /// Whether calling this module has to look at hooks, its own or global ones.
  bool has_hooks() const noexcept { return hooks_.count() + detail::global_hook_count != 0; }

  // ---- versions of saved state -----------------------------------------------------------------------------------
  /// Written into the metadata of a state dict. Raise it when the names or meaning of what is saved change.
  virtual int64_t _version() const;
  /// Checks the part of `state_dict` that belongs to this module itself, whose names begin with `prefix`, and adds to
  /// the lists. Override to bring what an older version wrote (`local_metadata` is empty where none was stored) into
  /// today's form by changing `state_dict`, a copy, then call the base's. Values are copied when every module agreed.
  virtual void _load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                                     const StateDict::LocalMetadata& local_metadata, bool strict,
                                     std::vector<std::string>& missing_keys, std::vector<std::string>& unexpected_keys,
                                     std::vector<std::string>& error_msgs);

 protected:
  /// Overridden by LAMPAS_FORWARD_HAS_DEFAULT_ARGS, never by hand.
  virtual bool _forward_has_default_args();
  virtual unsigned int _forward_num_required_args();
  virtual std::vector<AnyValue> _forward_populate_default_args(std::vector<AnyValue>&& arguments);

  /// Sets the mode of this module alone.
  void set_training_flag(bool on) { is_training_ = on; }
  /// For a class with a clone() of its own: takes over mode and hooks.
  void copy_settings_from(const Module& original);

  OrderedDict<std::string, Tensor> parameters_;

 private:
  template <class Derived>
  friend class Cloneable;
  friend struct detail::ForwardDefaults;
  friend struct detail::ModuleAccess;
  friend LAMPAS_API std::ostream& operator<<(std::ostream& stream, const Module& module);

  struct Entry;
  std::vector<Entry> tree(const std::string& prefix, bool names, bool unique = true) const;
  RemovableHandle add_hook(detail::PreHook hook);
  RemovableHandle add_hook(detail::ForwardHook hook);
  RemovableHandle add_hook(detail::BackwardHook hook);
  bool is_transient(const std::string& name) const;
  void check_name(const char* kind, const std::string& name) const;
  void add_child(std::string name, std::shared_ptr<Module> module);
  void replace_child(const std::string& name, std::shared_ptr<Module> module);
  void set_child(const std::string& name, std::shared_ptr<Module> module);
  std::shared_ptr<Module> self_pointer() const;
  void convert(std::optional<Device> device, std::optional<Dtype> dtype, bool non_blocking, bool integral = false);
  void print_tree(std::ostream& stream, const std::string& indentation) const;
  /// For Cloneable: gives the registered tensors and submodules of a fresh `copy` the values of this module's.
  void copy_state_to(Module& copy, const std::optional<Device>& device) const;
  /// What Cloneable leaves to code that is compiled once: owns `copy`, lets `reset(derived)` register anew, fills in
  /// the values.
  std::shared_ptr<Module> finish_clone(Module* copy, void* derived, void (*reset)(void*),
                                       const std::optional<Device>& device) const;
  [[noreturn]] void clone_type_error(const Module& other) const;
  void forget_members();
  /// Takes over the state of `other`, which is of the same class.
  virtual void clone_(Module& other, const std::optional<Device>& device);

  OrderedDict<std::string, Tensor> buffers_;
  OrderedDict<std::string, std::shared_ptr<Module>> children_;
  lampas::detail::Boxed<std::vector<std::string>> transient_;  // names of the buffers that are not persistent
  mutable std::string name_;                                   // empty: to be made from the class
  detail::HookPointer hooks_;
  bool is_training_ = true;
  bool cloning_ = false;  // between forget_members() and copy_state_to()
};

/// Prints the module with its submodules, indented.
LAMPAS_API std::ostream& operator<<(std::ostream& stream, const Module& module);

/// Calls a module: pre-hooks, `module.forward(args...)`, forward hooks; backward hooks are armed. Without hooks this is
/// `forward` and one comparison. With hooks, arguments and result must be copyable.
template <class M, class... A, class = detail::enable_if_module_t<M>>
auto call(M& module, A&&... args) -> detail::call_result_t<decltype(module.forward(std::forward<A>(args)...))> {
  if (LAMPAS_LIKELY(!static_cast<const Module&>(module).has_hooks())) return module.forward(std::forward<A>(args)...);
  return detail::call_hooked(module, std::forward<A>(args)...);
}
template <class M, class... A, class = detail::enable_if_module_t<M>>
auto call(const std::shared_ptr<M>& module, A&&... args) -> decltype(nn::call(*module, std::forward<A>(args)...)) {
  check(module != nullptr, "call: the module is null");
  return nn::call(*module, std::forward<A>(args)...);
}

}  // namespace lampas::nn
