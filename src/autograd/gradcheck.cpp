#include "lampas/autograd/gradcheck.h"

#include <cmath>

#include "autograd/meta.h"

namespace lampas::autograd {
namespace {

/// SplitMix64: enough for cotangents, and independent of the library's generators.
struct Cotangents {
  uint64_t state;
  double next() {
    uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    const double u = static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
    return 2 * u - 1 + (u < 0.5 ? -0.1 : 0.1);  // in [-1.1, 1.1], away from zero
  }
};

Tensor random_like(const Tensor& t, Cotangents& source) {
  Tensor v = t.detach().new_empty(t.sizes());
  auto* p = v.data_ptr<double>();
  for (int64_t k = 0; k < v.numel(); ++k) p[k] = source.next();
  return v;
}

/// Calls `f(address)` for every element of a tensor of any layout, in row-major order.
template <class F>
void for_each_element(const Tensor& t, const F& f) {
  const TensorImpl& i = *t.impl();
  auto* base = i.data_as<double>();
  Shape index(i.ndim, 0);
  for (int64_t k = 0; k < i.numel; ++k) {
    int64_t at = 0;
    for (int d = 0; d < i.ndim; ++d) at += index[d] * i.strides()[d];
    f(base + at, k);
    for (int d = i.ndim - 1; d >= 0 && ++index[d] == i.sizes()[d]; --d) index[d] = 0;
  }
}

bool differentiable_output(const Tensor& t) { return t.defined() && t.scalar_type() == kDouble; }

/// sum_k <outputs[k], cotangents[k]>, without recording.
double project(const GradcheckFunction& fn, const variable_list& inputs, const variable_list& cotangents) {
  const variable_list out = fn(inputs);
  double s = 0;
  for (size_t k = 0; k < out.size(); ++k) {
    if (!cotangents[k].defined()) continue;
    const Tensor y = out[k].detach().contiguous();
    const auto *a = y.data_ptr<double>(), *b = cotangents[k].data_ptr<double>();
    for (int64_t j = 0; j < y.numel(); ++j)
      if (b[j] != 0) s += a[j] * b[j];
  }
  return s;
}

}  // namespace

bool gradcheck(const GradcheckFunction& fn, const variable_list& inputs, const GradcheckOptions& o) {
  variable_list wanted;
  for (const Tensor& t : inputs)
    if (t.defined() && t.requires_grad()) {
      check(t.scalar_type() == kDouble, "gradcheck: inputs that require grad must be float64, got ", t);
      wanted.push_back(t);
    }
  check(!wanted.empty(), "gradcheck: expects at least one input tensor to require gradient, but none of the inputs do");
  Cotangents source{o.seed};
  variable_list outputs, cotangents, all;
  variable_list analytic;
  {
    AutoGradMode on(true);
    all = fn(inputs);
    cotangents.resize(all.size());
    variable_list used;
    for (size_t k = 0; k < all.size(); ++k) {
      if (!differentiable_output(all[k])) continue;
      cotangents[k] = random_like(all[k], source);
      if (!all[k].requires_grad()) continue;
      outputs.push_back(all[k]);
      used.push_back(cotangents[k]);
    }
    if (outputs.empty())
      analytic.resize(wanted.size());
    else
      analytic = grad(outputs, wanted, used, std::nullopt, false, true);
  }
  for (size_t j = 0; j < wanted.size(); ++j) {
    Tensor a =
        analytic[j].defined() ? analytic[j].detach().contiguous() : wanted[j].detach().new_zeros(wanted[j].sizes());
    check(a.sizes() == wanted[j].sizes(), "gradcheck: gradient ", j, " has shape ", a.sizes(),
          " but its input has shape ", wanted[j].sizes());
    const auto* g = a.data_ptr<double>();
    bool ok = true;
    std::string worst;
    double worst_by = -1;
    NoGradGuard off;
    for_each_element(wanted[j], [&](double* x, int64_t k) {
      const double old = *x;
      *x = old + o.eps;
      const double up = project(fn, inputs, cotangents);
      *x = old - o.eps;
      const double down = project(fn, inputs, cotangents);
      *x = old;
      const double numeric = (up - down) / (2 * o.eps), error = std::abs(g[k] - numeric);
      const double excess = error - (o.atol + o.rtol * std::abs(numeric));
      if (!(excess <= 0) && (!(excess <= worst_by) || worst.empty())) {
        ok = false;
        worst_by = excess;
        worst = str("element ", k, " of input ", j, " (", wanted[j], "): analytic ", g[k], ", numeric ", numeric);
      }
    });
    if (!ok) {
      if (!o.raise) return false;
      lampas::fail("gradcheck: backward does not agree with finite differences at ", worst);
    }
  }
  return true;
}

bool gradgradcheck(const GradcheckFunction& fn, const variable_list& inputs, const GradcheckOptions& o) {
  Cotangents source{o.seed ^ 0x5bd1e995};
  variable_list extended = inputs;
  std::vector<size_t> from;  // which outputs have cotangents
  {
    NoGradGuard off;
    const variable_list out = fn(inputs);
    for (size_t k = 0; k < out.size(); ++k)
      if (differentiable_output(out[k])) {
        extended.push_back(random_like(out[k], source).requires_grad_());
        from.push_back(k);
      }
  }
  const size_t n = inputs.size();
  auto gradient = [&](const variable_list& in) {
    AutoGradMode on(true);
    const variable_list own(in.begin(), in.begin() + static_cast<long>(n));
    const variable_list all = fn(own);
    variable_list outputs, cotangents, wanted;
    for (size_t k = 0; k < from.size(); ++k)
      if (all[from[k]].requires_grad()) {
        outputs.push_back(all[from[k]]);
        cotangents.push_back(in[n + k]);
      }
    for (const Tensor& t : own)
      if (t.defined() && t.requires_grad()) wanted.push_back(t);
    variable_list g(wanted.size());
    if (!outputs.empty()) g = grad(outputs, wanted, cotangents, true, true, true);
    for (size_t k = 0; k < g.size(); ++k)
      if (!g[k].defined()) g[k] = wanted[k].detach().new_zeros(wanted[k].sizes());
    return g;
  };
  return gradcheck(gradient, extended, o);
}

}  // namespace lampas::autograd
