#include "lampas/nn/parameter.h"

#include "lampas/autograd/grad_mode.h"

namespace lampas::nn {

Parameter::Parameter(const Tensor& data, bool requires_grad) : Tensor(data.defined() ? data.detach() : Tensor()) {
  if (!defined()) return;
  check(!requires_grad || is_differentiable(scalar_type()), "Parameter: a tensor of dtype ", scalar_type(),
        " cannot require gradients: expected a floating-point dtype or requires_grad=false");
  set_requires_grad(requires_grad);
}

Parameter& Parameter::operator=(const Parameter& value) {
  if (bound_)
    assign(value);
  else
    Tensor::operator=(value);
  return *this;
}

Parameter& Parameter::operator=(Parameter&& value) {
  if (bound_ && !value.bound_) {
    assign(value);
  } else {
    // Either nothing is registered here, or a whole module is being moved.
    Tensor::operator=(std::move(value));
    bound_ = std::exchange(value.bound_, false);
  }
  return *this;
}

Parameter& Parameter::operator=(const Tensor& value) {
  if (bound_) {
    assign(value);
  } else {
    Tensor::operator=(value);
    bound_ = value.defined();
  }
  return *this;
}

void Parameter::assign(const Tensor& value) {
  if (is_same(value)) return;
  check(value.defined(), "Parameter: cannot assign an undefined tensor to a registered parameter");
  check(!requires_grad() || is_differentiable(value.scalar_type()), "Parameter: cannot assign a tensor of dtype ",
        value.scalar_type(), " to a parameter that requires gradients");
  const bool requires_grad = value.is_leaf() ? value.requires_grad() : this->requires_grad();
  set_data(value.detach());
  set_requires_grad(requires_grad);
  if (grad().defined() && grad().sizes() != sizes()) mutable_grad().reset();
}

void Parameter::take_copy() {
  if (!defined()) return;
  const bool requires_grad = this->requires_grad();
  Tensor::operator=(detach().clone());
  set_requires_grad(requires_grad);
}

}  // namespace lampas::nn
