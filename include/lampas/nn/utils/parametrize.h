#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lampas/base/boxed.h"
#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/utils/target.h"

/// Parameters that are functions of others, e.g. a weight kept symmetric:
///
///   struct Symmetric : nn::Module {
///     Tensor forward(const Tensor& x) { return x.triu() + x.triu(1).t(); }
///   };
///   auto fc = nn::Linear(3, 3);
///   parametrize::register_parametrization(*fc, "weight", std::make_shared<Symmetric>());
///
/// The original becomes the parameter "parametrizations.weight.original" and `weight` its image, computed before every
/// call of the module (`forward()` alone uses the last one). Build optimizers afterwards.
namespace lampas::nn::utils::parametrize {

/// What stands under "parametrizations" for one parameter: the original and the functions applied to it, "0", "1", ...
class LAMPAS_API ParametrizationListImpl : public Cloneable<ParametrizationListImpl> {
 public:
  using RightInverse = std::function<Tensor(const Tensor&)>;
  struct Function {
    AnyModule module;
    RightInverse right_inverse;  // empty where the module has none
    std::function<RightInverse(const std::shared_ptr<Module>&)> inverse_of;
  };

  ParametrizationListImpl() = default;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  /// The image of the original.
  Tensor forward();
  /// An original whose image is `value`: the right inverses, last first.
  Tensor right_inverse(Tensor value) const;
  void append(Function function);
  size_t size() const noexcept;
  bool is_buffer() const { return buffer_; }

  Tensor original;

 private:
  friend LAMPAS_API Module& register_function(Module& module, const std::string& tensor_name, Function function,
                                              bool unsafe);
  lampas::detail::Boxed<std::vector<Function>> functions_;
  bool buffer_ = false;
};
LAMPAS_MODULE(ParametrizationList);

namespace detail {
template <class M, class = void>
struct has_right_inverse : std::false_type {};
template <class M>
struct has_right_inverse<M,
                         std::void_t<decltype(Tensor(std::declval<M&>().right_inverse(std::declval<const Tensor&>())))>>
    : std::true_type {};
}  // namespace detail
LAMPAS_API Module& register_function(Module& module, const std::string& tensor_name,
                                     ParametrizationListImpl::Function function, bool unsafe);

/// Makes the parameter (or buffer) `tensor_name` the image of its original under `parametrization`, a module of one
/// tensor (a holder or shared_ptr). Several are applied in the order of registration. If the module has
/// `Tensor right_inverse(const Tensor&)`, the original is what that makes of the present value; otherwise it is the
/// present value. Throws if the image has another shape or dtype, unless `unsafe`.
template <class H, class = utils::detail::enable_if_points_to_module<H>>
Module& register_parametrization(Module& module, const std::string& tensor_name, H parametrization,
                                 bool unsafe = false) {
  using M = std::decay_t<decltype(*parametrization)>;
  ParametrizationListImpl::Function function;
  function.module = AnyModule(parametrization);
  if constexpr (detail::has_right_inverse<M>::value) {
    function.inverse_of = [](const std::shared_ptr<Module>& m) -> ParametrizationListImpl::RightInverse {
      return [typed = std::dynamic_pointer_cast<M>(m)](const Tensor& x) { return Tensor(typed->right_inverse(x)); };
    };
    function.right_inverse = function.inverse_of(function.module.ptr());
  }
  return register_function(module, tensor_name, std::move(function), unsafe);
}
template <class T, class H, class = utils::detail::enable_if_points_to_module<T>, class = void>
T register_parametrization(T module, const std::string& tensor_name, H parametrization, bool unsafe = false) {
  register_parametrization(static_cast<Module&>(*module), tensor_name, std::move(parametrization), unsafe);
  return module;
}

/// Whether a parameter (that one) of the module has parametrizations.
LAMPAS_API bool is_parametrized(const Module& module);
LAMPAS_API bool is_parametrized(const Module& module, const std::string& tensor_name);

/// Makes `tensor_name` a parameter again: its image, or its original with `leave_parametrized` false.
LAMPAS_API Module& remove_parametrizations(Module& module, const std::string& tensor_name,
                                           bool leave_parametrized = true);

/// While one exists on this thread, every image is computed once and used again.
class LAMPAS_API cached {
 public:
  cached();
  ~cached();
  cached(const cached&) = delete;
};

}  // namespace lampas::nn::utils::parametrize
