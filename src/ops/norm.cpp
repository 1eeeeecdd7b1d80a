// batch_norm, instance_norm, group_norm, layer_norm: one op over four views of memory (see NormPlan).
#include "ops/norm.h"

#include <cmath>

#include "autograd/op.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "lampas/ops/norm.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/norm_composition.h"
#include "ops/norm_op.h"
#include "ops/packed_image.h"

namespace lampas {

namespace {

ScalarType compute_dtype(const Tensor& x) { return x.scalar_type() == kDouble ? kDouble : kFloat; }

/// A parameter as kernels take it.
Tensor parameter(const Tensor& t, ScalarType dtype) {
  if (!t.defined() || (t.scalar_type() == dtype && t.impl()->contiguous)) return t;
  return t.to(dtype).contiguous();
}
const void* data_or_null(const Tensor& t) { return t.defined() ? t.impl()->data() : nullptr; }

/// Dense with the channels innermost.
bool is_channels_last(const TensorImpl& x) {
  int64_t step = x.sizes()[1];
  if (step != 1 && x.strides()[1] != 1) return false;
  for (int d = x.ndim - 1; d >= 0; --d) {
    if (d == 1) continue;
    if (x.sizes()[d] != 1 && x.strides()[d] != step) return false;
    step *= x.sizes()[d];
  }
  return true;
}

/// `t`, which has the plan's sizes, in the memory order the plan means.
Tensor arranged(const NormPlan& p, const Tensor& t) {
  const TensorImpl& i = *t.impl();
  if (p.kind != NormPlan::columns || i.ndim == 2) return plain(t);
  if (is_channels_last(i)) return t;
  Shape strides(i.sizes_ref());
  int64_t step = i.sizes()[1];
  strides[1] = 1;
  for (int d = i.ndim - 1; d >= 0; --d) {
    if (d == 1) continue;
    strides[static_cast<size_t>(d)] = step;
    step *= i.sizes()[d];
  }
  Tensor y = empty_of(t, t.sizes());
  y.impl()->set_geometry(Shape(i.sizes_ref()), strides);
  copy_elements(y, t);
  return y;
}

ImageLayout layout_of(const NormPlan& p) { return p.block == 16 ? ImageLayout::Blocked16 : ImageLayout::Blocked8; }

/// An array as a kernel sees it, read or newly made like `like`.
struct NormOperand {
  Tensor tensor;
  PackedImage blocks;
  void* data = nullptr;

  NormOperand() = default;
  static NormOperand read(const NormPlan& p, const Tensor& t) {
    return p.kind == NormPlan::blocks ? NormOperand(packed_in(t, layout_of(p)), true)
                                      : NormOperand(arranged(p, t), false);
  }
  static NormOperand like(const NormPlan& p, const NormOperand& x) {
    return p.kind == NormPlan::blocks
               ? NormOperand(empty_packed(x.tensor.sizes(), layout_of(p), x.tensor.scalar_type()), true)
               : NormOperand(empty_as(x.tensor), false);
  }

 private:
  NormOperand(Tensor t, bool packed) : tensor(std::move(t)) {
    if (packed) blocks = packed_image(tensor);
    data = packed ? blocks.data() : tensor.impl()->data();
  }
};

const NormForwardKernel& forward_kernel(const NormPlan& p) {
  return p.kind == NormPlan::channels  ? norm_channels_kernel
         : p.kind == NormPlan::columns ? norm_columns_kernel
         : p.kind == NormPlan::blocks  ? norm_blocks_kernel
                                       : norm_rows_kernel;
}
const NormBackwardKernel& backward_kernel(const NormPlan& p) {
  return p.kind == NormPlan::channels  ? norm_channels_backward_kernel
         : p.kind == NormPlan::columns ? norm_columns_backward_kernel
         : p.kind == NormPlan::blocks  ? norm_blocks_backward_kernel
                                       : norm_rows_backward_kernel;
}

/// The fused derivative; gradients that are not wanted stay undefined. The bias is given with plan.relu alone.
struct NormBackwardOp {
  static constexpr auto name = "norm_backward";
  using saves = Saves<In<0>, In<1>, In<2>, In<3>, In<4>>;
  NormPlan plan;
  bool want_x, want_weight, want_bias;

  std::array<Tensor, 3> forward(const Tensor& g, const Tensor& x, const Tensor& weight, const Tensor& stats,
                                const Tensor& bias) const {
    const ScalarType c = compute_dtype(x);
    const NormOperand gd = NormOperand::read(plan, g.scalar_type() == x.scalar_type() ? g : g.to(x.scalar_type())),
                      xd = NormOperand::read(plan, x), dx = want_x ? NormOperand::like(plan, xd) : NormOperand();
    const Tensor w = parameter(weight, c), b = parameter(bias, c);
    std::array<Tensor, 3> out{dx.tensor};
    const Shape n{plan.channels_count};
    if (want_weight) out[1] = empty_of(x, n, c);
    if (want_bias) out[2] = empty_of(x, n, c);
    const cpu::Workspace<double> scratch(norm_scratch(plan));
    const auto pointer = [](const Tensor& t) { return t.defined() ? t.impl()->data() : nullptr; };
    backward_kernel(plan).get(x.scalar_type())(
        plan, {gd.data, xd.data, data_or_null(w), data_or_null(b), stats.impl()->data(), dx.data, pointer(out[1]),
               pointer(out[2]), scratch.data()});
    if (want_weight && weight.defined() && weight.scalar_type() != c) out[1] = out[1].to(weight.scalar_type());
    return out;
  }

  /// With P(u) = u - mean(u) - h mean(u h), r = rstd and a = g w:
  ///   dx = r P(a), dw = sum(g h), db = sum(g), dh/dx = r P, dr/dx = -r^2 h / n.
  /// A ReLU puts g times a constant mask in the place of g.
  Grads<5> backward(const Grads<3>& v, const Needs<5>& need, const Tensor& g, const Tensor& x, const Tensor& weight,
                    const Tensor& stats, const Tensor& bias) const {
    const detail::NormView view = detail::norm_view(plan, x);
    const auto seen = [&](const Tensor& t) { return t.defined() ? t.reshape(view.sizes) : t; };
    const auto param = [&](const Tensor& t) { return t.defined() ? t.reshape(view.param_sizes) : t; };
    const auto mean = [&](const Tensor& t) { return t.mean(view.stat_dims, true); };
    const auto plus = [](const Tensor& a, const Tensor& b) { return !a.defined() ? b : !b.defined() ? a : a.add(b); };
    const Tensor xv = seen(x), w = param(weight), vx = seen(v[0]), vw = param(v[1]), vb = param(v[2]);
    Tensor gv = seen(g), h, r, mask;
    if (plan.fixed) {
      r = param(stats.detach().select(0, 1));
      h = xv.sub(param(stats.detach().select(0, 0))).mul(r);
    } else {
      const Tensor centred = xv.sub(mean(xv));
      r = mean(centred.square()).add(plan.eps).rsqrt();
      h = centred.mul(r);
    }
    if (plan.relu) {
      const detail::NoRecord off;
      Tensor y = w.defined() ? h.mul(w) : h;
      if (bias.defined()) y = y.add(param(bias));
      mask = y.gt(0);
    }
    if (mask.defined()) gv = gv.mul(mask);
    const auto project = [&](const Tensor& u) { return plan.fixed ? u : u.sub(mean(u)).sub(h.mul(mean(u.mul(h)))); };
    Grads<5> d;
    Tensor rpv;  // r P(vx)
    if (vx.defined() && (need[0] || need[2])) rpv = r.mul(project(vx));
    if (need[0]) {
      Tensor t = rpv.defined() && w.defined() ? rpv.mul(w) : rpv;
      if (vw.defined()) t = plus(t, h.mul(vw));
      if (vb.defined()) t = plus(t, vb.expand(view.sizes));
      if (t.defined() && mask.defined()) t = t.mul(mask);
      if (t.defined()) d[0] = t.reshape(x.sizes());
    }
    if (need[1]) {
      Tensor q = vw.defined() ? gv.mul(vw) : Tensor(), t;
      if (plan.fixed) {
        if (q.defined()) t = q.mul(r);
      } else {
        if (vx.defined()) {
          const Tensor a = w.defined() ? gv.mul(w) : gv;
          q = plus(q, r.mul(vx.mul(mean(a.mul(h))).add(a.mul(mean(vx.mul(h))))).neg());
          // sum(.) / n is a mean.
          t = r.mul(r).mul(h).mul(mean(vx.mul(project(a)))).neg();
        }
        if (q.defined()) t = plus(t, r.mul(project(q)));
      }
      if (t.defined()) d[1] = t.reshape(x.sizes());
    }
    if (need[2] && rpv.defined()) d[2] = gv.mul(rpv).sum(view.param_dims).reshape(weight.sizes());
    for (int k = 0; k < 3; ++k) {
      const Tensor& like = k == 0 ? g : k == 1 ? x : weight;
      if (d[k].defined() && d[k].scalar_type() != like.scalar_type()) d[k] = d[k].to(like.scalar_type());
    }
    return d;
  }
};

/// The second output, the statistics, is hidden from users. `given` holds them when the plan says `fixed`. `Kept` is
/// the bias where the plan has a ReLU.
template <class... Kept>
struct Norm {
  static constexpr auto name = "norm";
  using saves = Saves<In<0>, In<1>, OutAt<1>, Kept...>;
  NormPlan plan;
  ScalarType bias_dtype;
  const char* label;

  std::array<Tensor, 2> forward(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& given) const {
    const ScalarType c = compute_dtype(x);
    const NormOperand xd = NormOperand::read(plan, x), y = NormOperand::like(plan, xd);
    const Tensor w = parameter(weight, c), b = parameter(bias, c);
    Tensor stats = plan.fixed ? given : empty_of(x, Shape{3, plan.groups}, c);
    const bool scratched = plan.pieces > 1 || plan.kind == NormPlan::columns || plan.kind == NormPlan::blocks;
    const cpu::Workspace<double> scratch(scratched ? norm_scratch(plan) : 0);
    forward_kernel(plan).get(x.scalar_type())(
        plan, {xd.data, data_or_null(w), data_or_null(b), stats.impl()->data(), y.data, scratch.data()});
    return {y.tensor, std::move(stats)};
  }
  Grads<4> backward(const Grads<2>& g, const Needs<4>& need, const Tensor& x, const Tensor& weight, const Tensor& stats,
                    const Tensor& bias = {}) const {
    if (!g[0].defined()) return {};
    auto [dx, dw, db] = apply(NormBackwardOp{plan, need[0], need[1], need[2]}, g[0], x, weight, stats, bias);
    if (db.defined() && db.scalar_type() != bias_dtype) db = db.to(bias_dtype);
    return {dx, dw, db, Tensor()};
  }
};

void check_input(const char* op, const Tensor& x) {
  check(x.defined(), op, ": input is undefined");
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x.scalar_type());
}
void check_parameter(const char* op, const char* what, const Tensor& t, const Tensor& x) {
  check(!t.defined() || t.scalar_type() == x.scalar_type() ||
            (t.scalar_type() == kFloat && (x.scalar_type() == kHalf || x.scalar_type() == kBFloat16)),
        op, ": expected ", what, " of dtype ", x.scalar_type(), " as the input, got ",
        t.defined() ? t.scalar_type() : kFloat);
}
void check_channels(const char* op, const char* what, const Tensor& t, int64_t channels, const Tensor& x) {
  check(!t.defined() || (t.dim() == 1 && t.numel() == channels), op, ": ", what, " should contain ", channels,
        " elements not ", t.defined() ? t.numel() : 0);
  check_parameter(op, what, t, x);
}

std::array<Tensor, 2> run(const char* label, const NormPlan& p, const Tensor& x, const Tensor& weight,
                          const Tensor& bias, const Tensor& given = {}) {
  const ScalarType bias_dtype = bias.defined() ? bias.scalar_type() : kFloat;
  if (p.relu) return apply(Norm<In<2>>{p, bias_dtype, label}, x, weight, bias, given);
  return apply(Norm<>{p, bias_dtype, label}, x, weight, bias, given);
}
/// Nothing to normalise: connected to its inputs all the same, so that their gradients are zeros.
Tensor empty_result(const NormPlan& p, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  Tensor y = x.mul(1);
  Shape sizes(static_cast<size_t>(x.dim()), 1);
  if (p.kind == NormPlan::rows) {
    if (weight.defined()) y = y.mul(weight);
    return bias.defined() ? y.add(bias) : y;
  }
  sizes[1] = p.channels_count;
  if (weight.defined()) y = y.mul(weight.reshape(sizes));
  return bias.defined() ? y.add(bias.reshape(sizes)) : y;
}

/// Splits work within sets where there are fewer of them than threads.
void choose_pieces(NormPlan& p) {
  const int64_t threads = get_num_threads(), n = p.numel();
  if (threads == 1 || n < 2 * cpu::kGrain) return;
  if (p.kind == NormPlan::blocks) {
    p.pieces = static_cast<int>(std::min(p.outer, p.channels_count / p.block < 2 * threads ? threads : int64_t{1}));
  } else if (p.kind == NormPlan::channels) {
    if (p.groups < threads) p.pieces = static_cast<int>(std::clamp<int64_t>(p.inner / 16384, 2, 4 * threads));
  } else {
    p.pieces =
        static_cast<int>(std::clamp<int64_t>(std::min(threads, n / cpu::kGrain), 1, std::max<int64_t>(p.outer, 1)));
  }
}

NormPlan batch_plan(const Tensor& x, double eps) {
  NormPlan p;
  const TensorImpl& i = *x.impl();
  p.outer = i.sizes()[0];
  p.channels_count = p.groups = i.sizes()[1];
  for (int d = 2; d < i.ndim; ++d) p.inner *= i.sizes()[d];
  p.over_batch = true;
  p.eps = eps;
  if (const PackedImage blocks = packed_image(x)) {
    p.kind = NormPlan::blocks;
    p.block = blocks.block();
  } else if (p.inner == 1 || channels_last(x)) {
    p.kind = NormPlan::columns;
    p.outer *= p.inner;
    p.inner = 1;
  }
  choose_pieces(p);
  return p;
}

/// Moves running statistics towards what `stats` holds for `sets` samples.
void update_running(const NormPlan& p, const Tensor& stats, const Tensor& mean, const Tensor& var, int64_t sets,
                    double momentum) {
  if (!mean.defined() && !var.defined()) return;
  const double n = static_cast<double>(p.count());
  const ScalarType c = stats.scalar_type();
  const Tensor m = parameter(mean.defined() ? mean.detach() : mean, c),
               v = parameter(var.defined() ? var.detach() : var, c);
  const char* seen = static_cast<const char*>(stats.impl()->data());
  const int64_t row = p.groups * static_cast<int64_t>(element_size(c));
  RunningUpdate u{};
  if (m.defined()) u.mean = m.impl()->data();
  if (v.defined()) u.var = v.impl()->data();
  u.mean_seen = seen;
  u.var_seen = seen + 2 * row;
  u.n = p.channels_count;
  u.sets = sets;
  u.momentum = momentum;
  u.unbias = n / (n - 1);
  running_update_kernel.get(c)(u);
  for (const auto& [from, to] : {std::pair(&m, &mean), std::pair(&v, &var)}) {
    if (!to->defined()) continue;
    if (from->impl()->data() != to->impl()->data()) copy_elements(*to, *from);
    to->impl()->bump_version();
  }
}

/// The statistics a `fixed` plan is given.
Tensor stats_of(const Tensor& mean, const Tensor& var, double eps, ScalarType c) {
  const Tensor m = parameter(mean.detach(), c), v = parameter(var.detach(), c);
  const int64_t n = m.numel();
  Tensor stats = empty_of(m, Shape{3, n}, c);
  const auto fill = [&]<class C>(C*) {
    const C *mp = m.impl()->data_as<C>(), *vp = v.impl()->data_as<C>();
    C* s = stats.impl()->data_as<C>();
    for (int64_t k = 0; k < n; ++k) {
      s[k] = mp[k];
      s[n + k] = static_cast<C>(1 / std::sqrt(static_cast<double>(vp[k]) + eps));
      s[2 * n + k] = vp[k];
    }
  };
  if (c == kDouble)
    fill(static_cast<double*>(nullptr));
  else
    fill(static_cast<float*>(nullptr));
  return stats;
}

Tensor fixed_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& mean, const Tensor& var,
                  double eps, bool relu = false) {
  NormPlan p = batch_plan(x, eps);
  p.fixed = true;
  p.relu = relu;
  if (x.numel() == 0) return empty_result(p, x, weight, bias);
  return run("native_batch_norm", p, x, weight, bias, stats_of(mean, var, eps, compute_dtype(x)))[0];
}

}  // namespace

Tensor detail::batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                          const Tensor& running_var, bool training, double momentum, double eps, bool relu) {
  constexpr const char* op = "batch_norm";
  check_input(op, x);
  check(x.dim() >= 2, op, ": expected at least 2D input (N, C, ...), got ", x.sizes());
  const int64_t channels = x.impl()->sizes()[1];
  check_channels(op, "weight", weight, channels, x);
  check_channels(op, "bias", bias, channels, x);
  check_channels(op, "running_mean", running_mean, channels, x);
  check_channels(op, "running_var", running_var, channels, x);
  check(training || (running_mean.defined() && running_var.defined()), op,
        ": running_mean and running_var must be defined in evaluation mode");
  if (!training) return fixed_norm(x, weight, bias, running_mean, running_var, eps, relu);
  NormPlan p = batch_plan(x, eps);
  p.relu = relu;
  if (x.numel() == 0) return empty_result(p, x, weight, bias);
  check(p.count() > 1 || !running_var.defined(), op,
        ": Expected more than 1 value per channel when training, got input size ", x.sizes());
  auto [y, stats] = run("native_batch_norm", p, x, weight, bias);
  update_running(p, stats, running_mean, running_var, 1, momentum);
  return y;
}

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                  const Tensor& running_var, bool training, double momentum, double eps, bool) {
  return detail::batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps, false);
}

namespace {
NormPlan sample_plan(const Tensor& x, int64_t groups, double eps) {
  NormPlan p;
  const TensorImpl& i = *x.impl();
  p.outer = i.sizes()[0];
  p.channels_count = i.sizes()[1];
  for (int d = 2; d < i.ndim; ++d) p.inner *= i.sizes()[d];
  p.groups = p.outer * groups;
  p.eps = eps;
  choose_pieces(p);
  return p;
}
}  // namespace

Tensor instance_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                     const Tensor& running_var, bool use_input_stats, double momentum, double eps, bool) {
  constexpr const char* op = "instance_norm";
  check_input(op, x);
  check(x.dim() >= 2, op, ": expected at least 2D input (N, C, ...), got ", x.sizes());
  const int64_t channels = x.impl()->sizes()[1];
  check_channels(op, "weight", weight, channels, x);
  check_channels(op, "bias", bias, channels, x);
  check_channels(op, "running_mean", running_mean, channels, x);
  check_channels(op, "running_var", running_var, channels, x);
  check(use_input_stats || (running_mean.defined() && running_var.defined()), op,
        ": Expected running_mean and running_var to be defined when use_input_stats is false");
  if (!use_input_stats) return fixed_norm(x, weight, bias, running_mean, running_var, eps);
  const NormPlan p = sample_plan(x, channels, eps);
  if (x.numel() == 0) return empty_result(p, x, weight, bias);
  check(p.count() > 1 || !running_var.defined(), op,
        ": Expected more than 1 spatial element when training, got input size ", x.sizes());
  auto [y, stats] = run(op, p, x, weight, bias);
  update_running(p, stats, running_mean, running_var, p.outer, momentum);
  return y;
}

Tensor group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps, bool) {
  constexpr const char* op = "group_norm";
  check_input(op, x);
  check(x.dim() >= 2, op, ": Expected at least 2 dimensions for input tensor, got ", x.sizes());
  check(num_groups > 0, op, ": Expected num groups to be greater than 0, got ", num_groups);
  const int64_t channels = x.impl()->sizes()[1];
  check(channels % num_groups == 0, op,
        ": Expected number of channels in input to be divisible by num_groups, but got input of shape ", x.sizes(),
        " and num_groups=", num_groups);
  for (const auto& [what, t] : {std::pair("weight", &weight), std::pair("bias", &bias)}) {
    check(!t->defined() || (t->dim() == 1 && t->numel() == channels), op, ": Expected ", what,
          " to be a vector of size equal to the number of channels in input, but got ", what, " of shape ",
          t->defined() ? t->sizes() : IntArrayRef(), " and input of shape ", x.sizes());
    check_parameter(op, what, *t, x);
  }
  const NormPlan p = sample_plan(x, num_groups, eps);
  if (x.numel() == 0) return empty_result(p, x, weight, bias);
  return as_image(run("native_group_norm", p, x, weight, bias)[0], x);
}

Tensor layer_norm(const Tensor& x, IntArrayRef normalized_shape, const Tensor& weight, const Tensor& bias, double eps,
                  bool) {
  constexpr const char* op = "layer_norm";
  check_input(op, x);
  const size_t k = normalized_shape.size();
  check(k >= 1, op,
        ": Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got ",
        normalized_shape);
  const IntArrayRef sizes = x.sizes();
  check(sizes.size() >= k && IntArrayRef(sizes.data() + (sizes.size() - k), k) == normalized_shape, op,
        ": Given normalized_shape=", normalized_shape,
        ", expected input with trailing dimensions of that shape, but got input of size ", sizes);
  for (const auto& [what, t] : {std::pair("weight", &weight), std::pair("bias", &bias)}) {
    check(!t->defined() || t->sizes() == normalized_shape, op, ": Expected ", what,
          " to be of same shape as normalized_shape, but got ", what, " of shape ",
          t->defined() ? t->sizes() : IntArrayRef(), " and normalized_shape = ", normalized_shape);
    check_parameter(op, what, *t, x);
  }
  NormPlan p;
  p.kind = NormPlan::rows;
  p.channels_count = numel_of(normalized_shape);
  for (size_t d = 0; d + k < sizes.size(); ++d) p.outer *= sizes[d];
  p.groups = p.outer;
  p.eps = eps;
  if (x.numel() == 0) return empty_result(p, x, weight, bias);
  choose_pieces(p);
  // Kernels take parameters as one row.
  const bool flat = k > 1;
  return run("native_layer_norm", p, x, flat && weight.defined() ? weight.reshape({-1}) : weight,
             flat && bias.defined() ? bias.reshape({-1}) : bias)[0];
}

}  // namespace lampas
