// ctc_loss.
#include "ops/ctc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "autograd/op.h"
#include "lampas/autograd/autograd.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/loss_common.h"

namespace lampas {

namespace {

/// Lengths and labels of every sample, as one int64 tensor: offsets, input lengths, target lengths, then the labels.
struct CtcLayout {
  int64_t samples, states, blank;
  CtcProblem problem(const Tensor& log_probs, const Tensor& labels) const {
    const auto* p = labels.impl()->data_as<int64_t>();
    return {log_probs.size(0), samples, log_probs.size(2), states,         blank,
            p + 3 * samples,   p,       p + samples,       p + 2 * samples};
  }
};

/// One sample's loss in simpler ops, differentiable any number of times: log_probs (T, C). A finite number stands for
/// log 0, so that no derivative is NaN.
Tensor sample_composition(const CtcProblem& c, int64_t n, const Tensor& log_probs) {
  constexpr double kNever = -1e30;
  const int64_t steps = c.input_lengths[n], states = 2 * c.target_lengths[n] + 1;
  const Tensor labels = empty({states}, kLong), skips = empty({states}, log_probs.options().requires_grad(false));
  const Tensor starts = empty({states}, log_probs.options().requires_grad(false));
  for (int64_t s = 0; s < states; ++s) {
    labels.data_ptr<int64_t>()[s] = c.label(n, s);
    const bool skip = s > 1 && s % 2 && c.label(n, s) != c.label(n, s - 2);
    skips.select(0, s).fill_(skip ? 0.0 : kNever);
    starts.select(0, s).fill_(s < 2 ? 0.0 : kNever);
  }
  const Tensor p = log_probs.index_select(1, labels), never = full({2}, kNever, skips.options());
  const auto log_sum = [](const Tensor& a) {
    const Tensor m = a.detach().amax({0}, true);
    return a.sub(m).exp().sum({0}).log().add(m.squeeze(0));
  };
  Tensor a = starts.add(p.select(0, 0));
  for (int64_t t = 1; t < steps; ++t) {
    const Tensor padded = cat({never, a});
    a = log_sum(stack({a, padded.slice(0, 1, states + 1), padded.slice(0, 0, states).add(skips)})).add(p.select(0, t));
  }
  return log_sum(a.slice(0, std::max<int64_t>(0, states - 2), states)).neg();
}

struct CtcBackward {
  static constexpr auto name = "ctc_loss_backward";
  using saves = Saves<In<0>, In<1>, In<2>, In<4>>;
  CtcLayout layout;
  bool zero_infinity;
  Tensor forward(const Tensor& g, const Tensor& log_probs, const Tensor& labels, const Tensor& alpha,
                 const Tensor& loss) const {
    const Tensor lp = plain(log_probs), gd = plain(g);
    Tensor d = empty_of(lp, lp.sizes()), work = empty_of(lp, Shape{layout.samples * 2 * layout.states});
    ctc_backward_kernel.get(lp.scalar_type())(layout.problem(lp, labels), lp.impl()->data(), alpha.impl()->data(),
                                              loss.impl()->data(), gd.impl()->data(), zero_infinity,
                                              work.impl()->data(), d.impl()->data());
    return d;
  }
  /// Through the composition: its gradient is differentiated once more, with a history if one is asked for.
  Grads<5> backward(const Tensor& v, const Needs<5>& need, const Tensor& g, const Tensor& log_probs,
                    const Tensor& labels, const Tensor& loss) const {
    const bool higher = GradMode::is_enabled();
    AutoGradMode on(true);
    const auto open = [&](const Tensor& t) {
      return higher && t.requires_grad() ? t : t.detach().set_requires_grad(true);
    };
    const Tensor lp = open(log_probs), gi = open(g);
    const CtcProblem c = layout.problem(lp, labels);
    std::vector<Tensor> each;
    const Tensor plain_loss = plain(loss.detach().to(kDouble));
    for (int64_t n = 0; n < layout.samples; ++n)
      if (c.input_lengths[n] > 0 && std::isfinite(plain_loss.const_data_ptr<double>()[n]))
        each.push_back(sample_composition(c, n, lp.select(1, n)).mul(gi.select(0, n)));
    Grads<5> d;
    if (each.empty()) return {need[0] ? zeros_like(g) : Tensor(), need[1] ? zeros_like(log_probs) : Tensor()};
    const Tensor slope = autograd::grad({stack(each).sum()}, {lp}, {}, true, true)[0];
    const auto grads = autograd::grad({slope}, {gi, lp}, {v}, true, higher, true);
    if (need[0]) d[0] = grads[0];
    if (need[1]) d[1] = grads[1];
    return d;
  }
};

struct Ctc {
  static constexpr auto name = "ctc_loss";
  static constexpr int visible = 1;
  using saves = Saves<In<0>, In<1>, OutAt<0>, OutAt<1>>;
  CtcLayout layout;
  bool zero_infinity;
  /// The samples' losses and, hidden, the forward variables.
  std::array<Tensor, 2> forward(const Tensor& log_probs, const Tensor& labels) const {
    const Tensor lp = plain(log_probs);
    Tensor alpha = empty_of(lp, Shape{layout.samples, std::max<int64_t>(lp.size(0), 1), layout.states});
    Tensor loss = empty_of(lp, Shape{layout.samples});
    ctc_kernel.get(lp.scalar_type())(layout.problem(lp, labels), lp.impl()->data(), alpha.impl()->data(),
                                     loss.impl()->data());
    return {std::move(loss), std::move(alpha)};
  }
  Grads<2> backward(const Grads<2>& g, const Needs<2>&, const Tensor& log_probs, const Tensor& labels,
                    const Tensor& loss, const Tensor& alpha) const {
    if (!g[0].defined()) return {};
    const Tensor slope =
        apply(CtcBackward{layout, zero_infinity}, g[0], log_probs, labels, alpha.detach(), loss.detach());
    // As if log_probs came out of log_softmax and the gradient were that of its input, which is what PyTorch gives.
    // Where they did come out of it, the term is orthogonal to what it passes on.
    const Tensor counts = g[0].mul(loss.detach().isfinite()).mul(used_steps(log_probs, labels)).unsqueeze(-1);
    return {slope.add(log_probs.exp().mul(counts)), Tensor()};
  }
  /// (T, N): 1 for the steps within a sample's input length.
  Tensor used_steps(const Tensor& log_probs, const Tensor& labels) const {
    const Tensor lengths = labels.slice(0, layout.samples, 2 * layout.samples);
    return arange(log_probs.size(0), kLong).unsqueeze(1).lt(lengths).to(log_probs.scalar_type());
  }
};

}  // namespace

Tensor ctc_loss(const Tensor& log_probs_, const Tensor& targets, IntArrayRef input_lengths, IntArrayRef target_lengths,
                int64_t blank, int64_t reduction, bool zero_infinity) {
  constexpr const char* op = "ctc_loss";
  check_reduction(op, reduction);
  check_floating(op, "log_probs", log_probs_);
  check(log_probs_.dim() == 2 || log_probs_.dim() == 3, op, ": expected log_probs (T, N, C) or (T, C), got ",
        log_probs_.sizes());
  check(targets.defined() && (targets.scalar_type() == kLong || targets.scalar_type() == kInt), op,
        ": targets must be int64 or int32, got ", targets.defined() ? targets.scalar_type() : ScalarType::Undefined);
  const bool single = log_probs_.dim() == 2;
  Tensor log_probs = single ? log_probs_.unsqueeze(1) : log_probs_;
  // Short types would lose a long sequence's small probabilities.
  const ScalarType dtype = log_probs.scalar_type();
  if (dtype != kFloat && dtype != kDouble) log_probs = log_probs.to(kFloat);
  const int64_t steps = log_probs.size(0), samples = log_probs.size(1), classes = log_probs.size(2);
  check(blank >= 0 && blank < classes, op, ": blank must be in label range, expected 0 to ", classes - 1, ", got ",
        blank);
  check(static_cast<int64_t>(input_lengths.size()) == samples, op, ": input_lengths must be of size batch_size (",
        samples, "), got ", input_lengths.size());
  check(static_cast<int64_t>(target_lengths.size()) == samples, op, ": target_lengths must be of size batch_size (",
        samples, "), got ", target_lengths.size());
  const Tensor given = targets.to(kLong).contiguous();
  const bool padded = given.dim() == 2;
  check(given.dim() == 1 || (padded && given.size(0) == samples), op, ": expected targets (N, S) with N = ", samples,
        " or all of them in one dimension, got ", targets.sizes());
  int64_t longest = 0, total = 0;
  for (int64_t n = 0; n < samples; ++n) {
    const int64_t length = target_lengths[static_cast<size_t>(n)], input = input_lengths[static_cast<size_t>(n)];
    check(length >= 0, op, ": target_lengths must not be negative, got ", length, " at ", n);
    check(input >= 0 && input <= steps, op, ": Expected input_lengths to have value at most ", steps,
          " and not negative, but got value ", input, " at ", n);
    check(!padded || length <= given.size(1), op, ": Expected tensor to have size at least ", length,
          " at dimension 1, but got size ", padded ? given.size(1) : 0, " for argument targets");
    longest = std::max(longest, length);
    total += length;
  }
  check(padded || total == given.numel(), op, ": expected targets of ", total,
        " labels, the sum of target_lengths, got ", given.numel());
  const CtcLayout layout{samples, 2 * longest + 1, blank};
  const Tensor labels = empty({3 * samples + given.numel()}, kLong);
  auto* p = labels.data_ptr<int64_t>();
  const auto* from = given.const_data_ptr<int64_t>();
  for (int64_t n = 0, offset = 0; n < samples; ++n) {
    const auto k = static_cast<size_t>(n);
    p[n] = padded ? n * given.size(1) : offset;
    p[samples + n] = input_lengths[k];
    p[2 * samples + n] = target_lengths[k];
    offset += target_lengths[k];
    for (int64_t s = 0; s < target_lengths[k]; ++s) {
      const int64_t label = from[p[n] + s];
      check(label >= 0 && label < classes && label != blank, op, ": targets must be labels from 0 to ", classes - 1,
            " other than blank (", blank, "), got ", label);
    }
  }
  std::copy_n(from, given.numel(), p + 3 * samples);
  Tensor loss = apply(Ctc{layout, zero_infinity}, log_probs, labels);
  if (zero_infinity) {
    const Tensor impossible = loss.detach().eq(std::numeric_limits<double>::infinity());
    loss = lampas::where(impossible, wrapped_scalar(0.0), loss);
  }
  if (reduction == kMeanReduction) {
    const Tensor lengths = labels.slice(0, 2 * samples, 3 * samples).clamp_min(1).to(loss.scalar_type());
    loss = loss.div(lengths).mean();
  } else if (reduction == kSumReduction) {
    loss = loss.sum();
  } else if (single) {
    loss = loss.squeeze(0);
  }
  return loss.scalar_type() == dtype ? loss : loss.to(dtype);
}

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, int64_t blank, int64_t reduction, bool zero_infinity) {
  constexpr const char* op = "ctc_loss";
  const auto numbers = [&](const char* what, const Tensor& t) {
    check(t.defined() && is_integral(t.scalar_type(), false), op, ": ", what, " must be integral, got ",
          t.defined() ? t.scalar_type() : ScalarType::Undefined);
    check(t.dim() <= 1, op, ": ", what, " must have at most one dimension, got ", t.sizes());
    const Tensor u = t.to(kLong).contiguous();
    const auto* p = u.const_data_ptr<int64_t>();
    return std::vector<int64_t>(p, p + u.numel());
  };
  const auto inputs = numbers("input_lengths", input_lengths), lengths = numbers("target_lengths", target_lengths);
  return ctc_loss(log_probs, targets, IntArrayRef(inputs), IntArrayRef(lengths), blank, reduction, zero_infinity);
}

}  // namespace lampas
