#include "lampas/nn/any.h"

#include <iterator>

namespace lampas::nn::detail {

ErasedModule::~ErasedModule() = default;

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

}  // namespace lampas::nn::detail
