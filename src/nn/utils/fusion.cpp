#include "lampas/nn/utils/fusion.h"

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/utils/memory_format.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "nn/module_access.h"

namespace lampas::nn::utils {

namespace {
std::tuple<Tensor, Tensor> fuse(const char* op, const Tensor& w, const Tensor& b, const Tensor& mean, const Tensor& var,
                                double eps, const Tensor& gamma, const Tensor& beta, bool transpose) {
  NoGradGuard no_grad;
  const int64_t out = transpose ? 1 : 0;
  check(w.defined() && w.dim() >= 2, op, ": expected a weight of at least 2 dimensions");
  check(mean.defined() && var.defined(), op, ": the batch normalisation has no running statistics");
  check(mean.numel() == w.size(out), op, ": the weight has ", w.size(out),
        " output channels but the batch normalisation has ", mean.numel());
  Tensor scale = (var + eps).rsqrt();
  if (gamma.defined()) scale = scale * gamma;
  std::vector<int64_t> shape(static_cast<size_t>(w.dim()), 1);
  shape[static_cast<size_t>(out)] = w.size(out);
  Tensor bias = ((b.defined() ? b : zeros_like(mean)) - mean) * scale;
  if (beta.defined()) bias = bias + beta;
  return {(w * scale.reshape(shape)).to(w.scalar_type()), bias.to(w.scalar_type())};
}
}  // namespace

std::tuple<Tensor, Tensor> fuse_conv_bn_weights(const Tensor& conv_w, const Tensor& conv_b, const Tensor& bn_rm,
                                                const Tensor& bn_rv, double bn_eps, const Tensor& bn_w,
                                                const Tensor& bn_b, bool transpose) {
  return fuse("fuse_conv_bn_weights", conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose);
}
std::tuple<Tensor, Tensor> fuse_linear_bn_weights(const Tensor& linear_w, const Tensor& linear_b, const Tensor& bn_rm,
                                                  const Tensor& bn_rv, double bn_eps, const Tensor& bn_w,
                                                  const Tensor& bn_b) {
  return fuse("fuse_linear_bn_weights", linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, false);
}

namespace detail {

Tensor set_parameter(Module& module, const std::string& name, const Tensor& value, bool requires_grad) {
  Tensor leaf = value.detach();
  leaf.requires_grad_(requires_grad);
  auto& parameters = nn::detail::ModuleAccess::parameters(module);
  if (Tensor* slot = parameters.find(name))
    *slot = leaf;
  else
    module.register_parameter(name, leaf, requires_grad);
  return leaf;
}

void check_fusable(const Module& a, const Module& bn, const Tensor& running_mean) {
  check(!a.is_training() && !bn.is_training(), "fuse: ", a.name(), " and ", bn.name(),
        " must both be in evaluation mode: call eval() first");
  check(running_mean.defined(), "fuse: ", bn.name(), " has no running statistics");
}

}  // namespace detail

Module& convert_conv2d_weight_memory_format(Module& module, MemoryFormat format) {
  check(format == MemoryFormat::ChannelsLast || format == MemoryFormat::Contiguous,
        "convert_conv2d_weight_memory_format: expected ChannelsLast or Contiguous");
  NoGradGuard no_grad;
  module.apply([&](Module& m) {
    if (m.name().find("Conv2d") == std::string::npos && m.name().find("ConvTranspose2d") == std::string::npos) return;
    const Tensor* w = nn::detail::ModuleAccess::parameters(m).find("weight");
    if (w && w->defined() && w->dim() == 4 && !w->is_contiguous(format)) w->set_data(w->detach().contiguous(format));
  });
  return module;
}

}  // namespace lampas::nn::utils
