#include "lampas/nn/any.h"

#include <iterator>

namespace lampas::nn {

std::vector<Tensor*> AnyValue::tensors() {
  std::vector<Tensor*> found;
  if (ops_ && ops_->tensors) ops_->tensors(storage_, found);
  return found;
}
std::vector<AnyValue> AnyValue::unpack(size_t n) {
  return ops_ && ops_->size == n ? ops_->unpack(storage_) : std::vector<AnyValue>();
}

std::shared_ptr<const detail::ErasedModule> AnyModule::own(const detail::ErasedModule* content) {
  return std::shared_ptr<const detail::ErasedModule>(content);
}

AnyModule AnyModule::clone(std::optional<Device> device) const {
  AnyModule copy;
  if (content_) copy.content_ = content_->clone(device);
  return copy;
}

namespace detail {

void TensorsIn<Tensor>::find(Tensor& t, std::vector<Tensor*>& found) { found.push_back(&t); }

std::shared_ptr<Module> own(Module* module) { return std::shared_ptr<Module>(module); }
void null_module() { fail("AnyModule: the module is null"); }
void empty_any_module(const char* method) { fail("Cannot call ", method, "() on an empty AnyModule"); }

ErasedModule::ErasedModule(const std::type_info& type, std::shared_ptr<Module> module)
    : type_info(type), owner_(std::move(module)) {}
ErasedModule::~ErasedModule() = default;

std::shared_ptr<const ErasedModule> ErasedModule::clone(const std::optional<Device>& device) const {
  std::shared_ptr<Module> copy = owner_->clone(device);
  const ErasedModule* content = around(copy);
  check(content != nullptr, "clone: the clone of a ", type_name(type_info), " is of another type");
  return std::shared_ptr<const ErasedModule>(content);
}

AnyValue ErasedModule::forward_completed(AnyValue* arguments, size_t n, size_t expected) const {
  if (n == 1 && expected > 1) {
    // A tuple made by the module before is spread over the arguments.
    std::vector<AnyValue> elements = arguments[0].unpack(expected);
    if (!elements.empty()) return forward(elements.data(), expected);
  }
  std::vector<AnyValue> all = ForwardDefaults::complete(*owner_, type_info, arguments, n, expected);
  return forward(all.data(), expected);
}

AnyValue ErasedModule::forward_values_hooked(AnyValue* arguments, size_t n,
                                             AnyValue (*forward)(Module&, AnyValue*, size_t)) const {
  std::vector<AnyValue> inputs(arguments, arguments + n);
  HookedCall hooked(*owner_, inputs);
  std::vector<AnyValue> given = inputs;  // forward consumes them; forward hooks see them
  AnyValue output = forward(*owner_, given.data(), given.size());
  hooked.finish(output);
  return output;
}

void wrong_argument(size_t index, const std::type_info& expected, const std::type_info& given) {
  fail("Expected argument #", index, " to be of type ", type_name(expected), ", but received value of type ",
       type_name(given));
}

void wrong_cast(const std::type_info& actual, const std::type_info& wanted) {
  fail("Attempted to cast module of type ", type_name(actual), " to type ", type_name(wanted));
}

std::vector<AnyValue> with_defaults(std::vector<AnyValue>&& given,
                                    std::vector<std::pair<unsigned int, AnyValue>> defaults) {
  for (auto& [position, value] : defaults)
    if (position >= given.size()) given.push_back(std::move(value));
  return std::move(given);
}

std::vector<AnyValue> ForwardDefaults::complete(Module& module, const std::type_info& type, AnyValue* given, size_t n,
                                                size_t expected) {
  const std::string name = type_name(type);
  if (!module._forward_has_default_args()) {
    const std::string hint = n > expected ? ""
                                          : " If " + name +
                                                "'s forward() method has default arguments, please make sure the "
                                                "forward() method is declared with a corresponding "
                                                "`FORWARD_HAS_DEFAULT_ARGS` macro.";
    fail(name, "'s forward() method expects ", expected, " argument(s), but received ", n, ".", hint);
  }
  const size_t required = module._forward_num_required_args();
  check(n >= required && n <= expected, name, "'s forward() method expects at least ", required,
        " argument(s) and at most ", expected, " argument(s), but received ", n, ".");
  std::vector<AnyValue> values(std::make_move_iterator(given), std::make_move_iterator(given + n));
  values = module._forward_populate_default_args(std::move(values));
  check(values.size() == expected, name, ": FORWARD_HAS_DEFAULT_ARGS completes ", n, " argument(s) to ", values.size(),
        ", but forward() takes ", expected);
  return values;
}

}  // namespace detail

}  // namespace lampas::nn
