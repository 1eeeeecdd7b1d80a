#include "lampas/nn/sequential.h"

#include <ostream>

#include "lampas/nn/modules/activation.h"
#include "nn/batch_norm_relu.h"
#include "nn/folded_norm.h"
#include "nn/module_access.h"

namespace lampas::nn {

namespace {

bool is_batch_norm(const AnyModule& m) {
  for (const std::type_info* t : {&typeid(BatchNorm2dImpl), &typeid(BatchNorm1dImpl), &typeid(BatchNorm3dImpl)})
    if (&m.type_info() == t) return true;
  return false;
}
bool without_hooks(const AnyModule& m) { return !static_cast<const Module&>(*m.ptr()).has_hooks(); }

/// x = relu(norm(x)) in one pass, if `norm` is a batch norm and `next` a ReLU and no hook sees what passes between
/// them.
bool batch_norm_relu(AnyModule& norm, const AnyModule& next, Tensor& x) {
  if (&next.type_info() != &typeid(ReLUImpl)) return false;
  const auto run = [&]<class Impl>(Impl*) {
    if (&norm.type_info() != &typeid(Impl) || !without_hooks(norm) || !without_hooks(next)) return false;
    x = detail::batch_norm_relu(norm.get<Impl>(), x);
    return true;
  };
  return run(static_cast<BatchNorm2dImpl*>(nullptr)) || run(static_cast<BatchNorm1dImpl*>(nullptr)) ||
         run(static_cast<BatchNorm3dImpl*>(nullptr));
}

}  // namespace

void SequentialImpl::reserve(size_t modules) { modules_.reserve(modules); }

SequentialImpl::SequentialImpl(OrderedDict<std::string, AnyModule>&& modules) {
  modules_.reserve(modules.size());
  for (auto& item : modules) push_back(item.key(), std::move(item.value()));
}

SequentialImpl::SequentialImpl(std::initializer_list<NamedAnyModule> modules) {
  modules_.reserve(modules.size());
  for (const NamedAnyModule& m : modules) push_back(m.name(), m.module());
}

std::shared_ptr<Module> SequentialImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<SequentialImpl>();
  const auto& children = detail::ModuleAccess::children(*this);
  for (size_t k = 0; k < modules_.size(); ++k) copy->push_back(children[k].key(), modules_[k].clone(device));
  copy->copy_settings_from(*this);
  return copy;
}

void SequentialImpl::reset() {}
void SequentialImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Sequential"; }

void SequentialImpl::push_back(AnyModule module) { push_back(std::to_string(modules_.size()), std::move(module)); }

void SequentialImpl::push_back(std::string name, AnyModule module) {
  register_module(std::move(name), module.ptr());
  if (!folded_ && is_batch_norm(module)) folded_ = std::make_shared<detail::FoldedNorms>();
  modules_.push_back(std::move(module));
}

size_t SequentialImpl::in_range(size_t index) const {
  check_index(index < modules_.size(), "Index out of range: index ", index, " in a Sequential of ", modules_.size(),
              " modules");
  return index;
}

void SequentialImpl::wrong_result(const std::type_info& actual, const std::type_info& wanted) {
  fail("The type of the return value is ", type_name(actual), ", but you asked for type ", type_name(wanted));
}

Tensor SequentialImpl::forward_tensor(Tensor x) {
  check(!modules_.empty(), "Cannot call forward() on an empty Sequential");
  for (size_t k = 0; k < modules_.size(); ++k) {
    if (k + 1 < modules_.size() && ((folded_ && folded_->run(k, modules_[k], modules_[k + 1], x)) ||
                                    batch_norm_relu(modules_[k], modules_[k + 1], x))) {
      ++k;
      continue;
    }
    if (LAMPAS_LIKELY(modules_[k].content_->forward_tensor(x))) continue;
    AnyValue result = forward_from(k, AnyValue(std::move(x)));
    if (Tensor* value = result.try_get<Tensor>()) return std::move(*value);
    wrong_result(result.type_info(), typeid(Tensor));
  }
  return x;
}

AnyValue SequentialImpl::forward_from(size_t k, AnyValue value) {
  for (; k < modules_.size(); ++k) value = modules_[k].content_->forward(&value, 1);
  return value;
}

AnyValue SequentialImpl::forward_values(AnyValue* inputs, size_t n) {
  check(!modules_.empty(), "Cannot call forward() on an empty Sequential");
  return forward_from(1, modules_[0].content_->forward(inputs, n));
}

Sequential::Sequential() = default;
Sequential::Sequential(std::initializer_list<NamedAnyModule> modules)
    : ModuleHolder(std::make_shared<SequentialImpl>(modules)) {}

}  // namespace lampas::nn
