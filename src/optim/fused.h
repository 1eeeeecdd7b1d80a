#pragma once

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

/// Runs the closure of step(), if there is one, with gradients enabled.
Tensor evaluate(const Optimizer::LossClosure& closure);

/// Both undefined, or equal.
bool same_tensor(const Tensor& a, const Tensor& b);

/// Refuses a group in which some gradient is sparse, before anything is changed.
void check_dense(const OptimizerParamGroup& group, const char* complaint);

/// The tensors one fused update works on. The kernels read and write plain arrays in one order: a parameter that is
/// dense in memory is updated where it is (its gradient and state are kept in, or brought to, its order), any other
/// through a contiguous copy that finish() writes back.
class Update {
 public:
  explicit Update(const Tensor& parameter);
  void* parameter() const { return work_.impl()->data(); }
  int64_t numel() const { return work_.numel(); }
  ScalarType dtype() const { return work_.scalar_type(); }
  /// The gradient, in the parameter's order.
  const void* gradient();
  /// A state tensor, in the parameter's order; brought there (and kept so) when it is not.
  void* state(Tensor& tensor, const char* op, const char* field);
  /// A zero state tensor.
  Tensor zeros() const;
  /// Uninitialised.
  Tensor empty() const;
  void finish();

 private:
  bool in_order(const Tensor& t) const;

  const Tensor& parameter_;
  Tensor work_, gradient_;
};

}  // namespace lampas::optim
