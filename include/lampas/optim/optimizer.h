#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lampas/autograd/grad_mode.h"
#include "lampas/base/arg.h"
#include "lampas/base/boxed.h"
#include "lampas/base/given.h"
#include "lampas/base/ordered_dict.h"
#include "lampas/base/owned.h"
#include "lampas/optim/fields.h"
#include "lampas/tensor/tensor.h"

namespace lampas::serialize {
class InputArchive;
class OutputArchive;
}  // namespace lampas::serialize

namespace lampas::optim {

namespace detail {
template <class T, class Derived>
using ClonePtr = std::unique_ptr<lampas::detail::Given<T, Derived>>;
}  // namespace detail

/// What an optimizer remembers about one parameter.
class LAMPAS_API OptimizerParamState {
 public:
  virtual ~OptimizerParamState();
  virtual std::unique_ptr<OptimizerParamState> clone() const;
  /// Shows every field; without it nothing is saved (of options: the learning rate only), with a warning.
  virtual void visit(FieldVisitor& visitor);
  /// LibTorch's way to say the same, for a `save` and `load` of the optimizer's own.
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
  /// Whether its tensors have the shape, dtype and device of the parameter.
  virtual bool like_parameter() const;
};
template <class Derived>
class LAMPAS_API OptimizerCloneableParamState : public OptimizerParamState {
 public:
  detail::ClonePtr<OptimizerParamState, Derived> clone() const override;
};
template <class Derived>
detail::ClonePtr<OptimizerParamState, Derived> OptimizerCloneableParamState<Derived>::clone() const {
  return std::make_unique<Derived>(static_cast<const Derived&>(*this));
}

/// Settings of an optimizer for one group of parameters.
class LAMPAS_API OptimizerOptions {
 public:
  virtual ~OptimizerOptions();
  virtual std::unique_ptr<OptimizerOptions> clone() const;
  /// Shows every field; without it nothing is saved (of options: the learning rate only), with a warning.
  virtual void visit(FieldVisitor& visitor);
  /// LibTorch's way to say the same, for a `save` and `load` of the optimizer's own.
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
  virtual double get_lr() const;
  virtual void set_lr(double lr);
};
template <class Derived>
class LAMPAS_API OptimizerCloneableOptions : public OptimizerOptions {
 public:
  detail::ClonePtr<OptimizerOptions, Derived> clone() const override;
};
template <class Derived>
detail::ClonePtr<OptimizerOptions, Derived> OptimizerCloneableOptions<Derived>::clone() const {
  return std::make_unique<Derived>(static_cast<const Derived&>(*this));
}

/// Parameters that share settings; without settings of their own they take the optimizer's defaults.
class LAMPAS_API OptimizerParamGroup {
 public:
  OptimizerParamGroup(std::vector<Tensor> params);
  OptimizerParamGroup(std::vector<Tensor> params, std::unique_ptr<OptimizerOptions> options);
  OptimizerParamGroup(const OptimizerParamGroup& o);
  OptimizerParamGroup(OptimizerParamGroup&&) noexcept;
  OptimizerParamGroup& operator=(const OptimizerParamGroup& o);
  OptimizerParamGroup& operator=(OptimizerParamGroup&&) noexcept;
  ~OptimizerParamGroup();

  bool has_options() const { return bool(options_); }
  OptimizerOptions& options();
  const OptimizerOptions& options() const;
  void set_options(std::unique_ptr<OptimizerOptions> options);
  std::vector<Tensor>& params() { return params_; }
  const std::vector<Tensor>& params() const { return params_; }
  /// The learning rate when the first scheduler was attached: where schedulers start from.
  double initial_lr() const;
  /// Sets it, unless it is set already.
  void keep_initial_lr();

 private:
  std::vector<Tensor> params_;
  lampas::detail::Owned<OptimizerOptions> options_;
  std::optional<double> initial_lr_;
};

/// Names a parameter in an optimizer's state: its tensor's identity, or that printed as text.
class LAMPAS_API ParamKey {
 public:
  ParamKey(const TensorImpl* impl) : impl_(impl) {}
  ParamKey(const std::string& address);
  ParamKey(const char* address) : ParamKey(std::string(address)) {}
  const TensorImpl* impl() const { return impl_; }
  friend bool operator==(ParamKey a, ParamKey b) { return a.impl_ == b.impl_; }
  struct Hash {
    size_t operator()(ParamKey k) const { return reinterpret_cast<size_t>(k.impl_) >> 6; }
  };

 private:
  const TensorImpl* impl_;
};

/// Base class of the optimizers.
///
///   optim::SGD sgd(net->parameters(), optim::SGDOptions(0.1).momentum(0.9));
///   sgd.zero_grad(); loss(net(x), y).backward(); sgd.step();
class LAMPAS_API Optimizer {
 public:
  using StateMap = std::unordered_map<ParamKey, std::unique_ptr<OptimizerParamState>, ParamKey::Hash>;
  using LossClosure = std::function<Tensor()>;

  Optimizer(std::vector<OptimizerParamGroup> param_groups, std::unique_ptr<OptimizerOptions> defaults);
  Optimizer(std::vector<Tensor> parameters, std::unique_ptr<OptimizerOptions> defaults);
  Optimizer(const Optimizer&) = delete;
  Optimizer(Optimizer&&);
  virtual ~Optimizer();

  /// Updates every parameter that has a gradient. A closure recomputes the loss first, with gradients enabled; its
  /// result is returned.
  virtual Tensor step(LossClosure closure = nullptr) = 0;
  /// Zeroes every gradient, or drops it.
  void zero_grad(bool set_to_none = false);

  /// Adds parameters with settings of their own. They must be leaves and belong to no group yet.
  void add_param_group(const OptimizerParamGroup& group);
  std::vector<OptimizerParamGroup>& param_groups() noexcept { return param_groups_; }
  const std::vector<OptimizerParamGroup>& param_groups() const noexcept { return param_groups_; }
  OptimizerOptions& defaults() noexcept { return *defaults_; }
  const OptimizerOptions& defaults() const noexcept { return *defaults_; }
  StateMap& state() noexcept { return state_; }
  const StateMap& state() const noexcept { return state_; }

  /// Everything needed to continue: "state.<parameter>.<field>" and "param_groups.<group>.<field>", parameters numbered
  /// in the order of the groups, numbers as 0-d tensors. State tensors share memory with the optimizer.
  OrderedDict<std::string, Tensor> state_dict() const;
  /// Takes over settings and state. Groups and parameters must be as many as were saved, and shapes must agree;
  /// otherwise one error says what differs and nothing is changed.
  void load_state_dict(const OrderedDict<std::string, Tensor>& state);
  /// The state, written to and read from an archive: `lampas::save` and `lampas::load` call these.
  virtual void save(serialize::OutputArchive& archive) const;
  virtual void load(serialize::InputArchive& archive);

  /// Of LibTorch's old interface; each warns that it will be removed.
  size_t size() const;
  const std::vector<Tensor>& parameters() const;
  std::vector<Tensor>& parameters();
  void add_parameters(const std::vector<Tensor>& parameters);

 protected:
  /// An empty state of this optimizer's kind; null when it keeps none.
  virtual std::unique_ptr<OptimizerParamState> new_state() const;
  /// Where LibTorch's archives from before param_groups kept a field of the state: one tensor for each parameter under
  /// "<key>/0", "<key>/1", ... and their number under "<key>/size", or (global) one value under "<key>".
  struct LegacyField {
    const char* key;
    const char* field;
    bool global = false;
  };
  virtual std::vector<LegacyField> legacy_fields() const;
  /// The state of a parameter, made by new_state() when there is none.
  OptimizerParamState& state_of(const Tensor& parameter);

  // Owned; references, so that files that include this need not know the containers.
  std::vector<OptimizerParamGroup>& param_groups_;
  StateMap& state_;
  lampas::detail::Owned<OptimizerOptions> defaults_;

 private:
  bool load_legacy(const OrderedDict<std::string, Tensor>& saved);
};

}  // namespace lampas::optim
