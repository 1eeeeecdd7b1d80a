#pragma once

#include <utility>

#include "lampas/tensor/tensor.h"

namespace lampas::nn {

/// A tensor that a module learns: requires gradients unless told otherwise. As a member it may be registered in either
/// way, and assigning to it afterwards changes the registered parameter (its data, shape and requires_grad), so that
/// the module and its optimizer go on with the new value:
///
///   struct Net : nn::Module {
///     Net() { register_parameter("w", w); }       // or: w = register_parameter("w", randn({3, 4}))
///     nn::Parameter w{randn({3, 4})};
///   } net;
///   net.w = nn::Parameter(zeros({3, 4}));           // the parameter "w" is zero now
///
/// A copy of a registered Parameter is a handle like any other tensor: assigning to the copy changes the copy only.
class LAMPAS_API Parameter : public Tensor {
 public:
  Parameter() = default;
  /// A leaf over the memory of `data`. Throws for a dtype that cannot have gradients, unless `requires_grad` is false.
  explicit Parameter(const Tensor& data, bool requires_grad = true);
  Parameter(const Parameter& other) : Tensor(other) {}
  Parameter(Parameter&& other) noexcept : Tensor(std::move(other)), bound_(std::exchange(other.bound_, false)) {}
  ~Parameter() = default;

  Parameter& operator=(const Parameter& value);
  Parameter& operator=(Parameter&& value);
  /// Names `value` if nothing is registered yet; otherwise as above.
  Parameter& operator=(const Tensor& value);

 private:
  friend class Module;
  void assign(const Tensor& value);
  void take_copy();

  bool bound_ = false;
};

}  // namespace lampas::nn
