#include "lampas/nn/hooks.h"

#include <algorithm>

#include "autograd/op.h"
#include "nn/module_access.h"

namespace lampas::nn {

// ---- tables and handles --------------------------------------------------------------------------------------------

namespace detail {

uint32_t global_hook_count = 0;

std::shared_ptr<HookTable>& global_hooks() {
  static std::shared_ptr<HookTable> table = std::make_shared<HookTable>();
  return table;
}

namespace {
void count_global(const HookTable& table) {
  if (&table == global_hooks().get()) global_hook_count = table.count;
}
template <class F>
RemovableHandle add_to(HookList<F> HookTable::*list, const std::shared_ptr<HookTable>& table, F hook) {
  const uint64_t id = table->next_id++;
  (table.get()->*list).add(id, std::move(hook));
  ++table->count;
  count_global(*table);
  return {table, id};
}
}  // namespace

RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, PreHook hook) {
  return add_to(&HookTable::pre, table, std::move(hook));
}
RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, ForwardHook hook) {
  return add_to(&HookTable::forward, table, std::move(hook));
}
RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, BackwardHook hook) {
  return add_to(&HookTable::backward, table, std::move(hook));
}
RemovableHandle add_global_hook(PreHook hook) { return add_hook(global_hooks(), std::move(hook)); }
RemovableHandle add_global_hook(ForwardHook hook) { return add_hook(global_hooks(), std::move(hook)); }
RemovableHandle add_global_hook(BackwardHook hook) { return add_hook(global_hooks(), std::move(hook)); }

bool HookTable::remove(uint64_t id) {
  if (!pre.remove(id) && !forward.remove(id) && !backward.remove(id)) return false;
  --count;
  count_global(*this);
  return true;
}

std::shared_ptr<ComputedParameter> HookTable::find_computed(const std::string& name) const {
  for (const auto& c : computed)
    if (c->name == name) return c;
  return nullptr;
}
void HookTable::add_computed(std::shared_ptr<ComputedParameter> parameter) {
  computed.push_back(std::move(parameter));
  ++count;
}
void HookTable::remove_computed(const std::string& name) {
  const auto gone = std::remove_if(computed.begin(), computed.end(), [&](const auto& c) { return c->name == name; });
  count -= static_cast<uint32_t>(computed.end() - gone);
  computed.erase(gone, computed.end());
}

void ComputedParameter::refresh(Module& module, bool in_call) {
  lampas::detail::reseat(slot, compute(module, in_call));
}

HookPointer::HookPointer(const HookPointer& other) { *this = other; }
HookPointer& HookPointer::operator=(const HookPointer& other) {
  if (this == &other) return *this;
  if (other.table_) {
    table_ = std::make_shared<HookTable>(*other.table_);
    counter_ = &table_->count;
  } else {
    table_.reset();
    counter_ = nullptr;
  }
  return *this;
}
HookTable& HookPointer::table() {
  if (!table_) {
    table_ = std::make_shared<HookTable>();
    counter_ = &table_->count;
  }
  return *table_;
}

// ---- values --------------------------------------------------------------------------------------------------------

Tensor& only_tensor(std::vector<AnyValue>& values, const char* what) {
  if (values.size() == 1)
    if (auto* t = values[0].try_get<Tensor>()) return *t;
  std::vector<Tensor*> found;
  for (AnyValue& v : values)
    for (Tensor* t : v.tensors()) found.push_back(t);
  check(found.size() == 1, what, " ", found.size(),
        " tensors, and the hook takes one: take a std::vector<Tensor> or std::vector<AnyValue> instead");
  return *found[0];
}

void output_is_no_tensor(const AnyValue& output) {
  fail("forward hook: the module's output is a ", type_name(output.type_info()),
       ", not the tensor this hook takes (take an AnyValue& or a vector of tensors)");
}

std::vector<Tensor> tensors_of(std::vector<AnyValue>& values) {
  std::vector<Tensor> found;
  for (AnyValue& v : values)
    for (Tensor* t : v.tensors()) found.push_back(*t);
  return found;
}
std::vector<Tensor> tensors_of(AnyValue& value) {
  std::vector<Tensor> found;
  for (Tensor* t : value.tensors()) found.push_back(*t);
  return found;
}

namespace {
void replace(const std::vector<Tensor*>& places, const std::vector<Tensor>& by, const char* what) {
  check(places.size() == by.size(), what, " ", by.size(), " tensors in the place of ", places.size());
  for (size_t k = 0; k < by.size(); ++k) *places[k] = by[k];
}
}  // namespace

void replace_tensors(std::vector<AnyValue>& values, const std::vector<Tensor>& by) {
  std::vector<Tensor*> places;
  for (AnyValue& v : values)
    for (Tensor* t : v.tensors()) places.push_back(t);
  replace(places, by, "forward pre-hook: returned");
}
void replace_tensors(AnyValue& value, const std::vector<Tensor>& by) {
  replace(value.tensors(), by, "forward hook: returned");
}

const Tensor& only_gradient(const std::vector<Tensor>& gradients, const char* of) {
  check(gradients.size() == 1, "backward hook: the module has ", gradients.size(), " ", of,
        " tensors, and the hook takes one gradient: take std::vector<Tensor>s instead");
  return gradients[0];
}

void hook_changed_type(const char* what, size_t index, const std::type_info& expected, const std::type_info& given) {
  const std::string which = std::string(what).back() == '#' ? what + std::to_string(index) : what;
  fail("hook: ", which, " must stay of type ", type_name(expected), ", but a hook made it a ", type_name(given));
}
void hooks_need_copies() {
  fail(
      "hook: a module with hooks was called whose arguments or result cannot be copied; remove the hooks or call "
      "forward()");
}
void check_input_count(size_t expected, size_t given) {
  check(expected == given, "forward pre-hook: forward() takes ", expected, " arguments, but a hook left ", given);
}

// ---- backward hooks ------------------------------------------------------------------------------------------------

using BackwardEntries = std::shared_ptr<const HookList<BackwardHook>::Entries>;

/// What the two nodes of one call share. The module is kept alive where a shared_ptr owns it; one on the stack must
/// outlive backward, which its hook table tells.
struct BackwardCall {
  BackwardEntries global, own;
  Module* module;
  std::shared_ptr<Module> owner;
  std::weak_ptr<HookTable> life;
  std::vector<Tensor> grad_outputs;
  size_t inputs = 0;
  bool tracked_input = false, have_outputs = false;

  std::vector<Tensor> run(std::vector<Tensor> grad_inputs) {
    check(owner || !life.expired(),
          "backward hook: the module was destroyed before backward reached its hooks; keep it, or hold it in a "
          "shared_ptr");
    const std::vector<Tensor> grads = std::move(grad_outputs);
    grad_outputs.clear();
    have_outputs = false;
    for (const BackwardEntries& list : {global, own}) {
      if (!list) continue;
      for (const auto& entry : *list) {
        std::vector<Tensor> by = entry.second(*module, grad_inputs, grads);
        if (by.empty()) continue;
        check(by.size() == grad_inputs.size(), "backward hook: returned ", by.size(), " gradients for a module with ",
              grad_inputs.size(), " tensor inputs");
        if (!tracked_input)
          for (const Tensor& g : by)
            check(!g.defined(),
                  "backward hook: no input of the module requires gradients, so the hook must return nothing");
        grad_inputs = std::move(by);
      }
    }
    return grad_inputs;
  }
};

namespace {

/// Passes gradients through, to where a call's inputs came from or its outputs go.
struct HookNode final : Node {
  std::shared_ptr<BackwardCall> call;
  bool input_side;
  std::vector<Edge> next;
  std::vector<Tensor> slot;

  HookNode(std::shared_ptr<BackwardCall> c, bool in, size_t n)
      : Node(static_cast<uint32_t>(n), static_cast<uint32_t>(n), nullptr, nullptr),
        call(std::move(c)),
        input_side(in),
        next(n),
        slot(n) {
    edges = next.data();
    slots = slot.data();
  }
  std::string name() const override { return "BackwardHookFunctionBackward"; }
  void dispose() noexcept override { delete this; }
  void run(Tensor* g, const bool* needs, Tensor* out) override {
    std::vector<Tensor> grads(g, g + output_count);
    if (input_side) {
      if (call->have_outputs) grads = call->run(std::move(grads));
    } else {
      call->grad_outputs = grads;
      call->have_outputs = true;
      if (!call->tracked_input) call->run(std::vector<Tensor>(call->inputs));
    }
    for (size_t k = 0; k < edge_count; ++k)
      if (needs[k]) out[k] = std::move(grads[k]);
  }
};

/// Puts a node behind the tensors that gradients flow through. Views of tensors somebody else holds must not be written
/// to in place, since their base could not follow.
void insert_node(const std::shared_ptr<BackwardCall>& call, const std::vector<Tensor*>& tensors, bool input_side) {
  auto* node = new HookNode(call, input_side, tensors.size());
  const NodePtr owner = NodePtr::adopt(node);
  for (size_t k = 0; k < tensors.size(); ++k) {
    Tensor& t = *tensors[k];
    if (!t.defined() || !lampas::detail::tracked(t) || !is_differentiable(t.scalar_type())) continue;
    node->next[k] = lampas::detail::edge_of(t);
    const TensorImpl& i = *t.impl();
    Tensor y = Tensor::adopt(lampas::detail::new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
    if (input_side || i.base) lampas::detail::link_view(t, y, true, ViewKind::multi_output);
    lampas::detail::set_history(y, node, static_cast<uint32_t>(k));
    t = std::move(y);
  }
}

bool any_tracked(const std::vector<Tensor*>& tensors) {
  for (const Tensor* t : tensors)
    if (t->defined() && lampas::detail::tracked(*t)) return true;
  return false;
}

}  // namespace

// ---- a call --------------------------------------------------------------------------------------------------------

HookedCall::HookedCall(Module& module, std::vector<AnyValue>& inputs) : module_(module), inputs_(inputs) {
  HookTable* table = ModuleAccess::hooks_if_any(module);
  if (table) own_ = ModuleAccess::shared_hooks(module);
  if (table && !table->computed.empty()) {
    const auto computed = table->computed;
    for (const auto& c : computed) c->refresh(module, /*in_call=*/true);
  }
  const HookTable& global = *global_hooks();
  if (const auto list = global.pre.entries())
    for (const auto& entry : *list) entry.second(module, inputs);
  if (table)
    if (const auto list = table->pre.entries())
      for (const auto& entry : *list) entry.second(module, inputs);

  const BackwardEntries g = global.backward.entries(), own = table ? table->backward.entries() : nullptr;
  if ((!g && !own) || !lampas::detail::thread_state.grad_mode) return;
  if (!own_) own_ = (ModuleAccess::hooks(module), ModuleAccess::shared_hooks(module));
  backward_ = std::make_shared<BackwardCall>();
  backward_->global = g;
  backward_->own = own;
  backward_->module = &module;
  backward_->owner = module.weak_from_this().lock();
  backward_->life = own_;
  std::vector<Tensor*> tensors;
  for (AnyValue& v : inputs)
    for (Tensor* t : v.tensors()) tensors.push_back(t);
  backward_->inputs = tensors.size();
  backward_->tracked_input = any_tracked(tensors);
  if (backward_->tracked_input) insert_node(backward_, tensors, /*input_side=*/true);
}

HookedCall::~HookedCall() = default;

void HookedCall::finish(AnyValue& output) {
  if (const auto list = global_hooks()->forward.entries())
    for (const auto& entry : *list) entry.second(module_, inputs_, output);
  if (own_)
    if (const auto list = own_->forward.entries())
      for (const auto& entry : *list) entry.second(module_, inputs_, output);
  if (!backward_) return;
  const std::vector<Tensor*> tensors = output.tensors();
  if (any_tracked(tensors)) insert_node(backward_, tensors, /*input_side=*/false);
}

Tensor call_hooked_tensor(Module& module, void* self, const Tensor& x, Tensor (*forward)(void*, Tensor&)) {
  std::vector<AnyValue> inputs;
  inputs.emplace_back(x);
  HookedCall hooked(module, inputs);
  check_input_count(1, inputs.size());
  const auto* given = inputs[0].try_get<Tensor>();
  if (!given) hook_changed_type("argument #", 0, typeid(Tensor), inputs[0].type_info());
  Tensor argument = *given;  // forward may consume it; forward hooks see it
  AnyValue output(forward(self, argument));
  hooked.finish(output);
  if (auto* y = output.try_get<Tensor>()) return std::move(*y);
  hook_changed_type("the output", 0, typeid(Tensor), output.type_info());
}

}  // namespace detail

void RemovableHandle::remove() {
  if (const auto table = table_.lock()) table->remove(id_);
  table_.reset();
}

}  // namespace lampas::nn
