// Optimizer::state_dict and load_state_dict.
#include <algorithm>

#include "lampas/ops/factories.h"
#include "lampas/optim/optimizer.h"
#include "lampas/serialize/archive.h"

namespace lampas::optim {

namespace {

using StateDict = OrderedDict<std::string, Tensor>;

/// Writes fields under a prefix.
class Writer final : public FieldVisitor {
 public:
  Writer(StateDict& out, std::string prefix) : out_(out), prefix_(std::move(prefix)) {}
  void field(const char* name, double& v) override { add(name, scalar_tensor(v, kDouble)); }
  void field(const char* name, int64_t& v) override { add(name, scalar_tensor(v, kLong)); }
  void field(const char* name, bool& v) override { add(name, scalar_tensor(v, kBool)); }
  void field(const char* name, std::tuple<double, double>& v) override {
    const Tensor t = empty({2}, kDouble);
    t.select(0, 0).fill_(std::get<0>(v));
    t.select(0, 1).fill_(std::get<1>(v));
    add(name, t);
  }
  void field(const char* name, std::optional<int64_t>& v) override {
    if (v) field(name, *v);
  }
  void field(const char* name, std::optional<std::string>& v) override {
    if (!v) return;
    const Tensor t = empty({static_cast<int64_t>(v->size())}, kByte);
    std::copy(v->begin(), v->end(), t.data_ptr<uint8_t>());
    add(name, t);
  }
  void field(const char* name, Tensor& v) override {
    if (v.defined()) add(name, v.detach());
  }
  void field(const char* name, std::deque<Tensor>& v) override { list(name, v); }
  void field(const char* name, std::optional<std::vector<Tensor>>& v) override {
    if (v) list(name, *v);
  }

 private:
  template <class List>
  void list(const std::string& name, const List& v) {
    add(name + "/size", scalar_tensor(static_cast<int64_t>(v.size()), kLong));
    for (size_t k = 0; k < v.size(); ++k) add(name + "/" + std::to_string(k), v[k].detach());
  }
  void add(const std::string& name, Tensor t) { out_.insert(prefix_ + name, std::move(t)); }
  StateDict& out_;
  std::string prefix_;
};

/// Reads fields under a prefix. State tensors take the shape, dtype and device of `parameter`.
class Reader final : public FieldVisitor {
 public:
  Reader(const StateDict& in, std::string prefix, const Tensor* parameter)
      : in_(in), prefix_(std::move(prefix)), parameter_(parameter) {}
  void field(const char* name, double& v) override { v = number(name).item<double>(); }
  void field(const char* name, int64_t& v) override { v = number(name).item<int64_t>(); }
  void field(const char* name, bool& v) override { v = number(name).item<bool>(); }
  void field(const char* name, std::tuple<double, double>& v) override {
    const Tensor& t = find(name);
    check(t.sizes() == IntArrayRef({2}), "load_state_dict: '", prefix_, name, "' has size ", t.sizes(),
          ", expected [2]");
    v = {t.select(0, 0).item<double>(), t.select(0, 1).item<double>()};
  }
  void field(const char* name, std::optional<int64_t>& v) override {
    v = in_.contains(prefix_ + name) ? std::optional<int64_t>(number(name).item<int64_t>()) : std::nullopt;
  }
  void field(const char* name, std::optional<std::string>& v) override {
    v.reset();
    if (!in_.contains(prefix_ + name)) return;
    const Tensor t = find(name).contiguous();
    const auto* p = t.data_ptr<uint8_t>();
    v.emplace(p, p + t.numel());
  }
  void field(const char* name, std::deque<Tensor>& v) override { list(name, v); }
  void field(const char* name, std::optional<std::vector<Tensor>>& v) override {
    v.reset();
    if (in_.contains(prefix_ + name + "/size")) list(name, v.emplace());
  }
  void field(const char* name, Tensor& v) override {
    const Tensor* t = in_.find(prefix_ + name);
    if (!t) {
      v.reset();
      return;
    }
    if (!parameter_) {
      v = t->detach().clone();
      return;
    }
    check(t->sizes() == parameter_->sizes(), "load_state_dict: '", prefix_, name, "' has size ", t->sizes(),
          " but its parameter has ", parameter_->sizes());
    v = t->detach().to(parameter_->device(), parameter_->scalar_type(), false, /*copy=*/true);
  }

 private:
  template <class List>
  void list(const std::string& name, List& v) const {
    const int64_t n = number(name + "/size").item<int64_t>();
    check(n >= 0 && static_cast<size_t>(n) <= in_.size(), "load_state_dict: '", prefix_, name, "/size' is ", n);
    v.clear();
    for (int64_t k = 0; k < n; ++k) v.push_back(find(name + "/" + std::to_string(k)).detach().clone());
  }
  const Tensor& find(const std::string& name) const {
    const Tensor* t = in_.find(prefix_ + name);
    check(t != nullptr, "load_state_dict: '", prefix_, name, "' is missing");
    return *t;
  }
  const Tensor& number(const std::string& name) const {
    const Tensor& t = find(name);
    check(t.numel() == 1, "load_state_dict: '", prefix_, name, "' has size ", t.sizes(), ", expected one number");
    return t;
  }
  const StateDict& in_;
  std::string prefix_;
  const Tensor* parameter_;
};

/// Reads the state of parameter number `index` from an archive of LibTorch's old format.
class LegacyReader final : public FieldVisitor {
 public:
  using Field = std::pair<std::string, bool>;  // key, global
  LegacyReader(const StateDict& in, const OrderedDict<std::string, Field>& keys, size_t index)
      : in_(in), keys_(keys), index_(index) {}
  void field(const char* name, double& v) override {
    if (const Tensor* t = find(name)) v = t->item<double>();
  }
  void field(const char* name, int64_t& v) override {
    if (const Tensor* t = find(name)) v = t->item<int64_t>();
  }
  void field(const char* name, bool& v) override {
    if (const Tensor* t = find(name)) v = t->item<bool>();
  }
  void field(const char*, std::tuple<double, double>&) override {}
  void field(const char*, std::optional<int64_t>&) override {}
  void field(const char*, std::optional<std::string>&) override {}
  void field(const char* name, Tensor& v) override {
    const Tensor* t = find(name);
    v = t ? t->detach().clone() : Tensor();
  }
  void field(const char* name, std::deque<Tensor>& v) override {
    v.clear();
    const Field* key = keys_.find(name);
    for (size_t k = 0; key; ++k) {
      const Tensor* t = in_.find(key->first + "/" + std::to_string(k));
      if (!t) return;
      v.push_back(t->detach().clone());
    }
  }
  void field(const char*, std::optional<std::vector<Tensor>>&) override {}

 private:
  const Tensor* find(const char* name) const {
    const Field* key = keys_.find(name);
    if (!key) return nullptr;
    return in_.find(key->second ? key->first : key->first + "/" + std::to_string(index_));
  }
  const StateDict& in_;
  const OrderedDict<std::string, Field>& keys_;
  size_t index_;
};

bool has_prefix(const StateDict& state, const std::string& prefix) {
  for (const auto& item : state)
    if (item.key().compare(0, prefix.size(), prefix) == 0) return true;
  return false;
}

std::string group_prefix(size_t g) { return "param_groups." + std::to_string(g) + '.'; }
std::string state_prefix(size_t p) { return "state." + std::to_string(p) + '.'; }

}  // namespace

namespace {
template <class T>
void write_fields(const T& what, serialize::OutputArchive& archive) {
  NoGradGuard no_grad;
  StateDict out;
  Writer fields(out, "");
  const_cast<T&>(what).visit(fields);  // a Writer reads only
  serialize::detail::write_state(archive, out);
}
template <class T>
void read_fields(T& what, const serialize::InputArchive& archive) {
  NoGradGuard no_grad;
  const StateDict in = archive.state_dict();
  Reader fields(in, "", nullptr);
  what.visit(fields);
}
}  // namespace

void OptimizerOptions::serialize(serialize::OutputArchive& archive) const { write_fields(*this, archive); }
void OptimizerOptions::serialize(serialize::InputArchive& archive) { read_fields(*this, archive); }
void OptimizerParamState::serialize(serialize::OutputArchive& archive) const { write_fields(*this, archive); }
void OptimizerParamState::serialize(serialize::InputArchive& archive) { read_fields(*this, archive); }

OrderedDict<std::string, Tensor> Optimizer::state_dict() const {
  NoGradGuard no_grad;
  StateDict out;
  size_t number = 0;
  for (size_t g = 0; g < param_groups_.size(); ++g) {
    const auto& group = param_groups_[g];
    Writer fields(out, group_prefix(g));
    const_cast<OptimizerOptions&>(group.options()).visit(fields);  // a Writer reads only
    const auto first = static_cast<int64_t>(number), last = first + static_cast<int64_t>(group.params().size());
    out.insert(group_prefix(g) + "params", arange(first, last, TensorOptions(kLong)));
    for (const Tensor& p : group.params()) {
      const auto found = state_.find(ParamKey(p.impl()));
      Writer state(out, state_prefix(number++));
      if (found != state_.end() && found->second) found->second->visit(state);
    }
  }
  return out;
}

bool Optimizer::load_legacy(const OrderedDict<std::string, Tensor>& saved) {
  if (saved.contains(group_prefix(0) + "params") || param_groups_.empty()) return false;
  OrderedDict<std::string, LegacyReader::Field> keys;
  size_t count = 0;  // of parameters with state: those without come last
  for (const LegacyField& f : legacy_fields()) {
    keys.insert(f.field, {f.key, f.global});
    const Tensor* size = saved.find(std::string(f.key) + "/size");
    if (size && !f.global) count = std::max(count, static_cast<size_t>(size->item<int64_t>()));
    if (f.global && saved.contains(f.key)) count = 1;
  }
  if (count == 0) return false;
  const auto& params = param_groups_[0].params();
  check(count <= params.size(), "load_state_dict: the archive has state for ", count, " parameters, the optimizer has ",
        params.size());
  warn(
      "load: the optimizer's state is stored in the old serialization format, which keeps no options: those of this "
      "optimizer stay as they are. Save it again to convert it.");
  StateMap state;
  for (size_t k = 0; k < count; ++k) {
    auto fresh = new_state();
    LegacyReader reader(saved, keys, k);
    fresh->visit(reader);
    state.emplace(ParamKey(params[k].impl()), std::move(fresh));
  }
  state_ = std::move(state);
  return true;
}

void Optimizer::load_state_dict(const OrderedDict<std::string, Tensor>& saved) {
  NoGradGuard no_grad;
  if (load_legacy(saved)) return;
  size_t groups = 0;
  while (saved.contains(group_prefix(groups) + "params")) ++groups;
  check(groups == param_groups_.size(),
        "load_state_dict: loaded state dict has a different number of parameter groups (", groups,
        ") than the optimizer (", param_groups_.size(), ")");
  // Everything is read and checked before anything is changed.
  std::vector<std::unique_ptr<OptimizerOptions>> options;
  StateMap state;
  size_t number = 0;
  for (size_t g = 0; g < groups; ++g) {
    auto& group = param_groups_[g];
    const int64_t count = saved[group_prefix(g) + "params"].numel();
    check(count == static_cast<int64_t>(group.params().size()),
          "load_state_dict: loaded state dict contains a parameter group that has a different size (", count,
          ") than the optimizer's parameter group (", group.params().size(), ")");
    options.push_back(group.options().clone());
    Reader fields(saved, group_prefix(g), nullptr);
    options.back()->visit(fields);
    for (const Tensor& p : group.params()) {
      const std::string prefix = state_prefix(number++);
      if (!has_prefix(saved, prefix)) continue;
      auto fresh = new_state();
      check(fresh != nullptr, "load_state_dict: this optimizer keeps no state, but '", prefix, "' is given");
      Reader reader(saved, prefix, fresh->like_parameter() ? &p : nullptr);
      fresh->visit(reader);
      state.emplace(ParamKey(p.impl()), std::move(fresh));
    }
  }
  for (size_t g = 0; g < groups; ++g) param_groups_[g].set_options(std::move(options[g]));
  state_ = std::move(state);
}

}  // namespace lampas::optim
