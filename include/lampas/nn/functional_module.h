#pragma once

#include <functional>
#include <utility>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// A function of one tensor as a module: `Functional(relu)`, `Functional(elu, 1.0, 0, 1)` (further arguments bound).
class LAMPAS_API FunctionalImpl : public Cloneable<FunctionalImpl> {
 public:
  using Function = std::function<Tensor(Tensor)>;

  explicit FunctionalImpl(Function function);
  template <class F, class... A, class = std::enable_if_t<(sizeof...(A) > 0)>>
  explicit FunctionalImpl(F function, A&&... args)
      : function_(std::bind(std::move(function), std::placeholders::_1, std::forward<A>(args)...)) {}

  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);
  Tensor operator()(Tensor input);
  /// False: a function cannot be written to a file.
  bool is_serializable() const override;

 private:
  Function function_;
};
LAMPAS_LIBRARY_MODULE(Functional);

}  // namespace lampas::nn
