#include "lampas/nn/utils/clip_grad.h"

#include <cmath>
#include <limits>

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/utils/convert_parameters.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"

namespace lampas::nn::utils {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The norm of a tensor's elements, as a tensor without dimensions: nothing waits for the device.
Tensor norm_of(const Tensor& g, double p) {
  if (g.numel() == 0) return g.new_zeros({}).to(kDouble);
  if (p == kInfinity) return g.abs().max().to(kDouble);
  if (p == -kInfinity) return g.abs().min().to(kDouble);
  if (p == 1) return g.abs().sum().to(kDouble);
  if (p == 2 && (g.scalar_type() == kFloat || g.scalar_type() == kDouble)) {
    const Tensor flat = g.reshape({-1});
    return flat.dot(flat).to(kDouble).sqrt();
  }
  return g.abs()
      .pow(p)
      .sum(g.is_floating_point() && g.scalar_type() != kDouble ? kFloat : g.scalar_type())
      .to(kDouble)
      .pow(1 / p);
}

std::vector<Tensor> gradients_of(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> grads;
  for (const Tensor& p : parameters)
    if (p.defined() && p.grad().defined()) grads.push_back(p.grad().detach());
  return grads;
}

}  // namespace

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  NoGradGuard no_grad;
  const std::vector<Tensor> grads = gradients_of(parameters);
  if (grads.empty()) return 0;
  double total = static_cast<double>(grads.size());
  if (norm_type != 0) {
    std::vector<Tensor> norms;
    norms.reserve(grads.size());
    for (const Tensor& g : grads) norms.push_back(norm_of(g, norm_type).to(grads[0].device(), kDouble));
    total = norm_of(norms.size() == 1 ? norms[0] : stack(norms), norm_type).item<double>();
  }
  check(!error_if_nonfinite || std::isfinite(total), "clip_grad_norm_: the total norm of order ", norm_type,
        " is non-finite (", total,
        "), so the gradients cannot be clipped; error_if_nonfinite=false scales them anyway");
  const double coefficient = max_norm / (total + 1e-6);
  // A norm that is not a number makes the gradients so.
  if (!(coefficient >= 1))
    for (const Tensor& g : grads) g.mul_(coefficient);
  return total;
}
double clip_grad_norm_(const Tensor& parameter, double max_norm, double norm_type, bool error_if_nonfinite) {
  return clip_grad_norm_(std::vector<Tensor>{parameter}, max_norm, norm_type, error_if_nonfinite);
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  NoGradGuard no_grad;
  for (const Tensor& g : gradients_of(parameters)) g.clamp_(-clip_value, clip_value);
}
void clip_grad_value_(const Tensor& parameter, double clip_value) {
  clip_grad_value_(std::vector<Tensor>{parameter}, clip_value);
}

Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  check(!parameters.empty(), "parameters_to_vector: expected at least one parameter");
  std::vector<Tensor> flat;
  flat.reserve(parameters.size());
  for (size_t k = 0; k < parameters.size(); ++k) {
    const Tensor& p = parameters[k];
    check(p.defined(), "parameters_to_vector: parameter ", k, " is undefined");
    check(p.device() == parameters[0].device(), "parameters_to_vector: parameter ", k,
          " is on another device than the first");
    flat.push_back(p.reshape({-1}));
  }
  return cat(flat);
}

void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters) {
  check(vec.defined() && vec.dim() == 1, "vector_to_parameters: expected a vector, got ",
        vec.defined() ? vec.sizes() : IntArrayRef());
  int64_t total = 0;
  for (size_t k = 0; k < parameters.size(); ++k) {
    const Tensor& p = parameters[k];
    check(p.defined(), "vector_to_parameters: parameter ", k, " is undefined");
    check(p.device() == vec.device(), "vector_to_parameters: parameter ", k, " is on another device than the vector");
    check(p.scalar_type() == vec.scalar_type(), "vector_to_parameters: parameter ", k, " is ", p.scalar_type(),
          " but the vector is ", vec.scalar_type());
    total += p.numel();
  }
  check(total == vec.numel(), "vector_to_parameters: the parameters have ", total, " elements but the vector has ",
        vec.numel());
  NoGradGuard no_grad;
  int64_t from = 0;
  for (const Tensor& p : parameters) {
    const Tensor piece = vec.detach().slice(0, from, from + p.numel()).view(p.sizes());
    if (p.is_view())
      p.copy_(piece);  // its memory is another tensor's
    else
      p.set_data(piece);
    from += p.numel();
  }
}

}  // namespace lampas::nn::utils
