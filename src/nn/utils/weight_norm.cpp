#include "lampas/nn/utils/weight_norm.h"

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/utils/spectral_norm.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/random.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/weight_norm.h"
#include "nn/module_access.h"

namespace lampas::nn::utils {

namespace {
using nn::detail::ComputedParameter;
using nn::detail::ModuleAccess;

/// The computed parameter `name` if it is a `T`, for removal.
template <class T>
void check_is(Module& module, const std::string& name, const char* op, const char* what) {
  const auto* hooks = ModuleAccess::hooks_if_any(module);
  check(hooks && dynamic_cast<T*>(hooks->find_computed(name).get()), op, ": ", what, " of '", name, "' not found in ",
        module.name());
}

// ---- weight_norm ---------------------------------------------------------------------------------------------------

struct WeightNorm final : ComputedParameter {
  WeightNorm(const std::string& name, const Tensor& slot, std::optional<int64_t> dim)
      : ComputedParameter(name, slot), dim(dim) {}
  Tensor compute(Module& module, bool) override {
    const auto& p = ModuleAccess::parameters(module);
    const Tensor &g = p[name + "_g"], &v = p[name + "_v"];
    return _weight_norm(v, g, dim.value_or(-1));
  }
  void attach_to(Module& copy) const override { weight_norm(copy, name, dim); }
  std::optional<int64_t> dim;
};

}  // namespace

Module& weight_norm(Module& module, const std::string& name, std::optional<int64_t> dim) {
  const Tensor* found = ModuleAccess::parameters(module).find(name);
  if (dim == -1) dim.reset();  // what PyTorch passes on for None, and so takes -1 for
  if (dim && found && found->defined()) {
    const int64_t rank = found->dim();
    check_index(*dim >= -rank && *dim < rank, "weight_norm: dim ", *dim, " is out of range for the parameter '", name,
                "' of ", rank, " dimensions");
    if (*dim < 0) *dim += rank;
  }
  const Tensor w = nn::detail::release_member(module, name, "weight_norm");
  const bool requires_grad = w.requires_grad();
  Tensor g, v;
  {
    NoGradGuard no_grad;
    v = w.detach().clone();
    g = norm_except_dim(v, 2, dim.value_or(-1));
  }
  module.register_parameter(name + "_g", g, requires_grad);
  module.register_parameter(name + "_v", v, requires_grad);
  auto computed = std::make_shared<WeightNorm>(name, w, dim);
  ModuleAccess::hooks(module).add_computed(computed);
  w.mutable_grad().reset();
  computed->refresh(module, /*in_call=*/false);
  return module;
}

Module& remove_weight_norm(Module& module, const std::string& name) {
  check_is<WeightNorm>(module, name, "remove_weight_norm", "weight_norm");
  NoGradGuard no_grad;
  const Tensor w = ModuleAccess::hooks(module).find_computed(name)->compute(module, /*in_call=*/false);
  const Tensor g = nn::detail::erase_member(module, name + "_g");
  nn::detail::erase_member(module, name + "_v");
  nn::detail::restore_parameter(module, name, w, g.requires_grad());
  return module;
}

// ---- spectral_norm -------------------------------------------------------------------------------------------------

namespace {

Tensor as_matrix(const Tensor& w, int64_t dim) {
  if (dim == 0) return w.reshape({w.size(0), -1});
  std::vector<int64_t> order{dim};
  for (int64_t d = 0; d < w.dim(); ++d)
    if (d != dim) order.push_back(d);
  return w.permute(order).reshape({w.size(dim), -1});
}
Tensor unit(const Tensor& v, double eps) { return v / v.dot(v).sqrt().clamp_min(eps); }

struct SpectralNorm final : ComputedParameter {
  SpectralNorm(const std::string& name, const Tensor& slot, int64_t iterations, double eps, int64_t dim)
      : ComputedParameter(name, slot), iterations(iterations), eps(eps), dim(dim) {}
  Tensor compute(Module& module, bool in_call) override {
    const Tensor& w = ModuleAccess::parameters(module)[name + "_orig"];
    const auto& buffers = ModuleAccess::buffers(module);
    const Tensor &kept_u = buffers[name + "_u"], &kept_v = buffers[name + "_v"];
    const Tensor matrix = as_matrix(w, dim);
    Tensor u, v;
    {
      NoGradGuard no_grad;
      u = kept_u.detach().clone();
      v = kept_v.detach().clone();
      if (in_call && module.is_training()) {
        for (int64_t k = 0; k < iterations; ++k) {
          v = unit(matrix.t().mv(u), eps);
          u = unit(matrix.mv(v), eps);
        }
        kept_u.copy_(u);
        kept_v.copy_(v);
      }
    }
    return w / u.dot(matrix.mv(v));
  }
  void attach_to(Module& copy) const override;
  int64_t iterations;
  double eps;
  int64_t dim;
};

/// Rearranges the module; u and v are to be filled.
void attach_spectral_norm(Module& module, const std::string& name, int64_t iterations, double eps, int64_t dim) {
  const Tensor w = nn::detail::release_member(module, name, "spectral_norm");
  const Tensor orig = w.detach().clone();
  const int64_t rows = orig.size(dim), columns = rows > 0 ? orig.numel() / rows : 0;
  module.register_parameter(name + "_orig", orig, w.requires_grad());
  module.register_buffer(name + "_u", orig.new_empty({rows}));
  module.register_buffer(name + "_v", orig.new_empty({columns}));
  ModuleAccess::hooks(module).add_computed(std::make_shared<SpectralNorm>(name, w, iterations, eps, dim));
  w.mutable_grad().reset();
  w.requires_grad_(false);
}
void SpectralNorm::attach_to(Module& copy) const { attach_spectral_norm(copy, name, iterations, eps, dim); }

}  // namespace

Module& spectral_norm(Module& module, const std::string& name, int64_t n_power_iterations, double eps,
                      std::optional<int64_t> dim) {
  check_value(n_power_iterations > 0, "spectral_norm: expected n_power_iterations to be positive, got ",
              n_power_iterations);
  const Tensor* found = ModuleAccess::parameters(module).find(name);
  int64_t rows = dim.value_or(module.name().find("ConvTranspose") != std::string::npos ? 1 : 0);
  if (found && found->defined()) {
    const int64_t rank = found->dim();
    check(rank >= 1, "spectral_norm: the parameter '", name, "' is a number, not a matrix");
    check_index(rows >= -rank && rows < rank, "spectral_norm: dim ", rows, " is out of range for the parameter '", name,
                "' of ", rank, " dimensions");
    if (rows < 0) rows += rank;
  }
  attach_spectral_norm(module, name, n_power_iterations, eps, rows);
  NoGradGuard no_grad;
  for (const char* vector : {"_u", "_v"}) {
    const Tensor& t = ModuleAccess::buffers(module)[name + vector];
    t.normal_(0, 1);
    t.copy_(unit(t, eps));
  }
  return module;
}

Module& remove_spectral_norm(Module& module, const std::string& name) {
  check_is<SpectralNorm>(module, name, "remove_spectral_norm", "spectral_norm");
  NoGradGuard no_grad;
  const Tensor w = ModuleAccess::hooks(module).find_computed(name)->compute(module, /*in_call=*/false);
  const Tensor orig = nn::detail::erase_member(module, name + "_orig");
  nn::detail::erase_member(module, name + "_u");
  nn::detail::erase_member(module, name + "_v");
  nn::detail::restore_parameter(module, name, w, orig.requires_grad());
  return module;
}

}  // namespace lampas::nn::utils
