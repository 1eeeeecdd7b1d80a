#include "lampas/optim/optimizer.h"

#include <cstdlib>
#include <unordered_set>

#include "lampas/ops/factories.h"
#include "lampas/serialize/archive.h"

namespace lampas::optim {

FieldVisitor::~FieldVisitor() = default;
OptimizerParamState::~OptimizerParamState() = default;
OptimizerOptions::~OptimizerOptions() = default;

std::unique_ptr<OptimizerParamState> OptimizerParamState::clone() const {
  fail("clone() has not been implemented for this optimizer state: derive it from OptimizerCloneableParamState<...>");
}
// LibTorch's programs save optimizers of their own that do not say what to save. They shall run, and be told.
void OptimizerParamState::visit(FieldVisitor&) {
  static const bool warned =
      (warn("visit() has not been implemented for this optimizer state: it is not saved or loaded"), true);
  (void)warned;
}
bool OptimizerParamState::like_parameter() const { return true; }
std::unique_ptr<OptimizerOptions> OptimizerOptions::clone() const {
  fail("clone() has not been implemented for these optimizer options: derive them from OptimizerCloneableOptions<...>");
}
void OptimizerOptions::visit(FieldVisitor& visitor) {
  warn(
      "visit() has not been implemented for these optimizer options: of them only the learning rate is saved or "
      "loaded");
  double lr = get_lr();
  visitor.field("lr", lr);
  set_lr(lr);
}
double OptimizerOptions::get_lr() const { fail("get_lr() has not been overridden for these optimizer options"); }
void OptimizerOptions::set_lr(double) { fail("set_lr() has not been overridden for these optimizer options"); }

void Optimizer::save(serialize::OutputArchive& archive) const { serialize::detail::write_state(archive, state_dict()); }
void Optimizer::load(serialize::InputArchive& archive) { load_state_dict(archive.state_dict()); }

OptimizerOptions& OptimizerParamGroup::options() {
  check(has_options(), "OptimizerParamGroup: the group has no options of its own");
  return *options_;
}
const OptimizerOptions& OptimizerParamGroup::options() const {
  check(has_options(), "OptimizerParamGroup: the group has no options of its own");
  return *options_;
}

double OptimizerParamGroup::initial_lr() const { return initial_lr_ ? *initial_lr_ : options().get_lr(); }
void OptimizerParamGroup::keep_initial_lr() {
  if (!initial_lr_) initial_lr_ = options().get_lr();
}

ParamKey::ParamKey(const std::string& address)
    : impl_(reinterpret_cast<const TensorImpl*>(std::strtoull(address.c_str(), nullptr, 16))) {}

Optimizer::Optimizer(std::vector<OptimizerParamGroup> param_groups, std::unique_ptr<OptimizerOptions> defaults)
    : param_groups_(*new std::vector<OptimizerParamGroup>), state_(*new StateMap), defaults_(defaults.release()) {
  try {
    for (const OptimizerParamGroup& group : param_groups) add_param_group(group);
  } catch (...) {  // an object whose constructor throws is not destroyed
    delete &state_;
    delete &param_groups_;
    throw;
  }
}
Optimizer::Optimizer(std::vector<Tensor> parameters, std::unique_ptr<OptimizerOptions> defaults)
    : Optimizer({OptimizerParamGroup(std::move(parameters))}, std::move(defaults)) {}
Optimizer::~Optimizer() {
  delete &state_;
  delete &param_groups_;
}

void Optimizer::add_param_group(const OptimizerParamGroup& group) {
  std::unordered_set<const TensorImpl*> known;
  for (const auto& g : param_groups_)
    for (const Tensor& p : g.params()) known.insert(p.impl());
  std::unordered_set<const TensorImpl*> own;
  for (const Tensor& p : group.params()) {
    check(p.defined(), "optimizer: a parameter is undefined");
    check(p.is_leaf(), "optimizer: can't optimize a non-leaf Tensor (of size ", p.sizes(), ")");
    check(!known.count(p.impl()), "optimizer: some parameters appear in more than one parameter group");
    check(own.insert(p.impl()).second, "optimizer: a parameter (of size ", p.sizes(),
          ") appears more than once in a parameter group");
  }
  OptimizerParamGroup added(group.params());
  added.set_options(group.has_options() ? group.options().clone() : defaults_->clone());
  param_groups_.push_back(std::move(added));
}

void Optimizer::zero_grad(bool set_to_none) {
  for (const auto& group : param_groups_)
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      Tensor& grad = p.mutable_grad();
      if (set_to_none) {
        grad.reset();
        continue;
      }
      if (grad.requires_grad()) grad = grad.detach();
      grad.zero_();
    }
}

std::unique_ptr<OptimizerParamState> Optimizer::new_state() const { return nullptr; }
std::vector<Optimizer::LegacyField> Optimizer::legacy_fields() const { return {}; }

OptimizerParamState& Optimizer::state_of(const Tensor& parameter) {
  auto& slot = state_[ParamKey(parameter.impl())];
  if (!slot) slot = new_state();
  return *slot;
}

// ---- the old interface ---------------------------------------------------------------------------------------------

namespace {
void warn_old(const char* method, const char* instead) {
  warn(std::string("Optimizer::") + method + " is part of an old interface and will be removed; use " + instead + ".");
}
}  // namespace

size_t Optimizer::size() const {
  warn_old("size()", "param_groups()");
  size_t n = 0;
  for (const auto& group : param_groups_) n += group.params().size();
  return n;
}
std::vector<Tensor>& Optimizer::parameters() {
  warn_old("parameters()", "param_groups()[0].params()");
  return param_groups_.at(0).params();
}
const std::vector<Tensor>& Optimizer::parameters() const {
  warn_old("parameters()", "param_groups()[0].params()");
  return param_groups_.at(0).params();
}
void Optimizer::add_parameters(const std::vector<Tensor>& parameters) {
  warn_old("add_parameters()", "add_param_group()");
  auto& own = param_groups_.at(0).params();
  own.insert(own.end(), parameters.begin(), parameters.end());
}

OptimizerParamGroup::OptimizerParamGroup(std::vector<Tensor> params) : params_(std::move(params)) {}
OptimizerParamGroup::OptimizerParamGroup(std::vector<Tensor> params, std::unique_ptr<OptimizerOptions> options)
    : params_(std::move(params)), options_(options.release()) {}
OptimizerParamGroup::OptimizerParamGroup(const OptimizerParamGroup& o)
    : params_(o.params_), options_(o.options_ ? o.options_->clone().release() : nullptr), initial_lr_(o.initial_lr_) {}
OptimizerParamGroup::OptimizerParamGroup(OptimizerParamGroup&&) noexcept = default;
OptimizerParamGroup& OptimizerParamGroup::operator=(const OptimizerParamGroup& o) {
  return *this = OptimizerParamGroup(o);
}
OptimizerParamGroup& OptimizerParamGroup::operator=(OptimizerParamGroup&&) noexcept = default;
OptimizerParamGroup::~OptimizerParamGroup() = default;
void OptimizerParamGroup::set_options(std::unique_ptr<OptimizerOptions> options) {
  options_ = lampas::detail::Owned<OptimizerOptions>(options.release());
}

Optimizer::Optimizer(Optimizer&& o)
    : param_groups_(*new std::vector<OptimizerParamGroup>(std::move(o.param_groups_))),
      state_(*new StateMap(std::move(o.state_))),
      defaults_(std::move(o.defaults_)) {}

}  // namespace lampas::optim
