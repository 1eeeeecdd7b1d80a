#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lampas/base/boxed.h"
#include "lampas/base/given.h"
#include "lampas/base/owned.h"
#include "lampas/nn/pimpl.h"
#include "lampas/ops/factories.h"

namespace lampas::nn {

namespace detail {
/// A template, so that only programs that look inside pay for its containers.
template <class Shape = std::vector<int64_t>>
struct BasicSummary {
  struct Row {
    std::string name;                                // the path; "" is the model itself
    std::string type;                                // the class
    std::vector<Shape> input_shapes, output_shapes;  // of the last call; empty if it was not called
    int64_t parameters = 0;                          // elements of the module's own, submodules not included
    int64_t trainable = 0;
    int64_t mult_adds = 0;  // multiplications with an addition, over all calls
    int64_t calls = 0;
    int64_t depth = 0;
  };
  std::vector<Row> rows;
  int64_t total_parameters = 0, trainable_parameters = 0, total_mult_adds = 0;
  int64_t parameter_bytes = 0, input_bytes = 0;
  int64_t activation_bytes = 0;  // outputs of modules without submodules, which training keeps
};
LAMPAS_API std::ostream& operator<<(std::ostream& stream, const BasicSummary<>& summary);
}  // namespace detail
/// What a model consists of and costs: one row a module, in the order of registration; `stream << summary` prints it as
/// a table.
using Summary = detail::BasicSummary<>;

/// Elements of all parameters, shared ones once; only of those that require gradients if `trainable_only`.
LAMPAS_API int64_t count_parameters(const Module& module, bool trainable_only = false);
template <class M>
int64_t count_parameters(const ModuleHolder<M>& module, bool trainable_only = false) {
  return count_parameters(static_cast<const Module&>(*module), trainable_only);
}

namespace detail {
/// Watches every module of a tree while it is called.
class LAMPAS_API SummaryWatch {
 public:
  explicit SummaryWatch(Module& root);
  SummaryWatch(const SummaryWatch&) = delete;
  ~SummaryWatch();
  Summary take(const std::vector<Tensor>& inputs);

 private:
  struct State;
  lampas::detail::Owned<State> state_;
};
LAMPAS_API Tensor summary_input(const Module& module, IntArrayRef sizes);
class LAMPAS_API EvalScope {
 public:
  explicit EvalScope(Module& root);
  EvalScope(const EvalScope&) = delete;
  ~EvalScope();

 private:
  bool grad_;
  lampas::detail::Boxed<std::vector<std::pair<std::shared_ptr<Module>, bool>>> modes_;
  Module& root_;
  bool root_mode_;
};
}  // namespace detail

/// Calls `module` (in evaluation mode, nothing recorded) with the inputs and reports every module's shapes, parameters,
/// multiply-adds and memory. Inputs are what the model's forward takes; sizes stand for zeros of the model's dtype:
///
///   std::cout << nn::summary(net, {64, 1, 28, 28});
template <class M, class... A, class = detail::enable_if_module_t<M>>
lampas::detail::Given<Summary, M> summary(M& module, const Tensor& first, const A&... inputs) {
  const detail::EvalScope scope(module);
  lampas::detail::Given<detail::SummaryWatch, M> watch(module);
  nn::call(module, first, inputs...);
  lampas::detail::Given<std::vector<AnyValue>, M> values{AnyValue(first), AnyValue(inputs)...};
  return watch.take(detail::tensors_of(values));
}
template <class M, class = detail::enable_if_module_t<M>>
lampas::detail::Given<Summary, M> summary(M& module, IntArrayRef sizes) {
  return summary(module, detail::summary_input(module, sizes));
}
template <class M, class... A>
lampas::detail::Given<Summary, M> summary(const ModuleHolder<M>& module, const Tensor& first, const A&... inputs) {
  return summary(*module.ptr(), first, inputs...);
}
template <class M>
lampas::detail::Given<Summary, M> summary(const ModuleHolder<M>& module, IntArrayRef sizes) {
  return summary(*module.ptr(), sizes);
}
template <class M>
lampas::detail::Given<Summary, M> summary(M& module, std::initializer_list<int64_t> sizes) {
  return summary(module, IntArrayRef(sizes));
}

}  // namespace lampas::nn
