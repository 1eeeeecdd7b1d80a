#include "optim/fused.h"

#include "lampas/ops/factories.h"

namespace lampas::optim {

Tensor evaluate(const Optimizer::LossClosure& closure) {
  if (!closure) return Tensor();
  AutoGradMode with_gradients(true);
  return closure();
}

bool same_tensor(const Tensor& a, const Tensor& b) {
  return a.defined() == b.defined() && (!a.defined() || a.equal(b));
}

void check_dense(const OptimizerParamGroup& group, const char* complaint) {
  for (const Tensor& p : group.params())
    check(!p.grad().defined() || !p.grad().is_sparse(), complaint, ": got one of size ", p.sizes());
}

Update::Update(const Tensor& parameter)
    : parameter_(parameter),
      work_(parameter.is_non_overlapping_and_dense() ? parameter : parameter.detach().contiguous()) {
  const Tensor& grad = parameter.grad();
  check(grad.sizes() == parameter.sizes(), "step: the gradient of a parameter of size ", parameter.sizes(),
        " has size ", grad.sizes());
}

bool Update::in_order(const Tensor& t) const {
  if (t.scalar_type() != work_.scalar_type()) return false;
  if (t.strides() == work_.strides()) return true;
  // Strides of dimensions of size one do not matter.
  for (int64_t d = 0; d < t.dim(); ++d)
    if (t.size(d) != 1 && t.stride(d) != work_.stride(d)) return false;
  return true;
}

Tensor Update::empty() const { return empty_like(work_); }
Tensor Update::zeros() const { return zeros_like(work_); }

const void* Update::gradient() {
  gradient_ = parameter_.grad();
  if (!in_order(gradient_)) {
    const Tensor ordered = empty();
    ordered.copy_(gradient_);
    gradient_ = ordered;
  }
  return gradient_.impl()->data();
}

void* Update::state(Tensor& tensor, const char* op, const char* field) {
  check(tensor.sizes() == work_.sizes(), op, ": ", field, " has size ", tensor.sizes(), " but its parameter has ",
        work_.sizes());
  if (!in_order(tensor)) {
    const Tensor ordered = empty();
    ordered.copy_(tensor);
    tensor = ordered;
  }
  tensor.impl()->bump_version();
  return tensor.impl()->data();
}

void Update::finish() {
  if (work_.is_same(parameter_))
    parameter_.impl()->bump_version();
  else
    parameter_.copy_(work_);
}

}  // namespace lampas::optim
