#include "lampas/optim/lbfgs.h"

#include <cmath>

#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"
#include "optim/fused.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<LBFGSOptions>;
template class OptimizerCloneableParamState<LBFGSParamState>;

void LBFGSOptions::visit(FieldVisitor& v) {
  v.field("lr", lr());
  v.field("max_iter", max_iter());
  v.field("max_eval", max_eval());
  v.field("tolerance_grad", tolerance_grad());
  v.field("tolerance_change", tolerance_change());
  v.field("history_size", history_size());
  v.field("line_search_fn", line_search_fn());
}
bool operator==(const LBFGSOptions& a, const LBFGSOptions& b) {
  return a.lr() == b.lr() && a.max_iter() == b.max_iter() && a.max_eval() == b.max_eval() &&
         a.tolerance_grad() == b.tolerance_grad() && a.tolerance_change() == b.tolerance_change() &&
         a.history_size() == b.history_size() && a.line_search_fn() == b.line_search_fn();
}

void LBFGSParamState::visit(FieldVisitor& v) {
  v.field("func_evals", func_evals());
  v.field("n_iter", n_iter());
  v.field("t", t());
  v.field("prev_loss", prev_loss());
  v.field("d", d());
  v.field("H_diag", H_diag());
  v.field("prev_flat_grad", prev_flat_grad());
  v.field("old_dirs", old_dirs());
  v.field("old_stps", old_stps());
  v.field("ro", ro());
  v.field("al", al());
}
namespace {
template <class List>
bool same_list(const List& a, const List& b) {
  if (a.size() != b.size()) return false;
  for (size_t k = 0; k < a.size(); ++k)
    if (!same_tensor(a[k], b[k])) return false;
  return true;
}
}  // namespace
bool operator==(const LBFGSParamState& a, const LBFGSParamState& b) {
  return a.func_evals() == b.func_evals() && a.n_iter() == b.n_iter() && a.t() == b.t() &&
         a.prev_loss() == b.prev_loss() && same_tensor(a.d(), b.d()) && same_tensor(a.H_diag(), b.H_diag()) &&
         same_tensor(a.prev_flat_grad(), b.prev_flat_grad()) && same_list(a.old_dirs(), b.old_dirs()) &&
         same_list(a.old_stps(), b.old_stps()) && same_list(a.ro(), b.ro()) &&
         a.al().has_value() == b.al().has_value() && (!a.al() || same_list(*a.al(), *b.al()));
}

LBFGS::LBFGS(std::vector<OptimizerParamGroup> param_groups, LBFGSOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<LBFGSOptions>(defaults)) {
  check_value(param_groups_.size() == 1, "LBFGS: doesn't support per-parameter options (parameter groups), got ",
              param_groups_.size(), " groups");
  check_value(defaults.lr() >= 0, "LBFGS: Invalid learning rate: ", defaults.lr());
  check_value(defaults.max_iter() > 0, "LBFGS: max_iter must be positive, got ", defaults.max_iter());
  check_value(defaults.history_size() > 0, "LBFGS: history_size must be positive, got ", defaults.history_size());
  check_value(!defaults.line_search_fn() || *defaults.line_search_fn() == "strong_wolfe",
              "LBFGS: only 'strong_wolfe' is supported for line_search_fn, got '",
              defaults.line_search_fn().value_or(""), "'");
}
LBFGS::LBFGS(std::vector<Tensor> params, LBFGSOptions defaults)
    : LBFGS(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> LBFGS::new_state() const { return std::make_unique<LBFGSParamState>(); }
std::vector<Optimizer::LegacyField> LBFGS::legacy_fields() const {
  return {{"d", "d", true},
          {"t", "t", true},
          {"H_diag", "H_diag", true},
          {"prev_flat_grad", "prev_flat_grad", true},
          {"prev_loss", "prev_loss", true},
          {"old_dirs", "old_dirs", true},
          {"old_stps", "old_stps", true}};
}

namespace {

double dot(const Tensor& a, const Tensor& b) { return a.dot(b).item<double>(); }
double largest(const Tensor& x) { return x.numel() ? x.abs().max().item<double>() : 0; }

/// All parameters as one vector.
struct FlatParameters {
  const std::vector<Tensor>& params;

  Tensor gradient() const {
    std::vector<Tensor> parts;
    for (const Tensor& p : params)
      parts.push_back(p.grad().defined() ? p.grad().detach().reshape({-1}) : p.detach().new_zeros({p.numel()}));
    return cat(parts);
  }
  /// p += length * direction.
  void move(double length, const Tensor& direction) const {
    int64_t at = 0;
    for (const Tensor& p : params) {
      p.add_(direction.slice(0, at, at + p.numel()).view(p.sizes()), length);
      at += p.numel();
    }
  }
  std::vector<Tensor> copy() const {
    std::vector<Tensor> r;
    for (const Tensor& p : params) r.push_back(p.detach().clone());
    return r;
  }
  void restore(const std::vector<Tensor>& values) const {
    for (size_t k = 0; k < params.size(); ++k) params[k].copy_(values[k]);
  }
};

/// A length along the direction with the loss, gradient and slope there.
struct Point {
  double t, loss;
  Tensor gradient;
  double slope;
};

/// The minimum of the cubic through two points with their slopes, kept within [low, high].
double cubic_minimum(const Point& a, const Point& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t), square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const Point &left = a.t <= b.t ? a : b, &right = a.t <= b.t ? b : a;
  const double t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return std::min(std::max(t, low), high);
}
double cubic_minimum(const Point& a, const Point& b) {
  return cubic_minimum(a, b, std::min(a.t, b.t), std::max(a.t, b.t));
}

/// A point of the line that satisfies the strong Wolfe conditions, or the best of those tried. `evaluate(t)` gives the
/// point of length t; `evaluations` counts its calls.
template <class Evaluate>
Point strong_wolfe(const Evaluate& evaluate, double t, const Tensor& direction, const Point& start,
                   int64_t& evaluations) {
  constexpr double c1 = 1e-4, c2 = 0.9, kTolerance = 1e-9;
  constexpr int kMaxIterations = 25;
  const double scale = largest(direction);
  const auto too_high = [&](const Point& p) { return p.loss > start.loss + c1 * p.t * start.slope; };
  const auto flat = [&](const Point& p) { return std::abs(p.slope) <= -c2 * start.slope; };

  Point next = evaluate(t);
  ++evaluations;
  Point before = start;
  // First: an interval that holds an acceptable point.
  Point bracket[2];
  int iteration = 0;
  bool found = false, bracketed = false;
  for (; iteration < kMaxIterations; ++iteration) {
    if (too_high(next) || (iteration > 1 && next.loss >= before.loss)) {
      bracket[0] = before, bracket[1] = next, bracketed = true;
      break;
    }
    if (flat(next)) return next;
    if (next.slope >= 0) {
      bracket[0] = before, bracket[1] = next, bracketed = true;
      break;
    }
    const double step = next.t - before.t, length = cubic_minimum(before, next, next.t + 0.01 * step, next.t * 10);
    before = next;
    next = evaluate(length);
    ++evaluations;
  }
  if (!bracketed) bracket[0] = start, bracket[1] = next;

  // Then: narrow it down.
  bool slow = false;
  int low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  while (!found && iteration < kMaxIterations) {
    if (std::abs(bracket[1].t - bracket[0].t) * scale < kTolerance) break;
    const double lower = std::min(bracket[0].t, bracket[1].t), upper = std::max(bracket[0].t, bracket[1].t);
    double length = cubic_minimum(bracket[0], bracket[1]);
    // A point at an end of the interval twice in a row makes no progress: move it inside.
    const double margin = 0.1 * (upper - lower);
    if (std::min(upper - length, length - lower) < margin) {
      if (slow || length >= upper || length <= lower) {
        length = std::abs(length - upper) < std::abs(length - lower) ? upper - margin : lower + margin;
        slow = false;
      } else {
        slow = true;
      }
    } else {
      slow = false;
    }
    next = evaluate(length);
    ++evaluations;
    ++iteration;
    Point &best = bracket[low], &other = bracket[1 - low];
    if (too_high(next) || next.loss >= best.loss) {
      other = next;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    if (flat(next))
      found = true;
    else if (next.slope * (other.t - best.t) >= 0)
      other = best;
    best = next;
  }
  return bracket[low];
}

}  // namespace

Tensor LBFGS::step(LossClosure closure) {
  NoGradGuard no_grad;
  check(closure != nullptr, "LBFGS: step() needs a closure that computes the loss");
  check(param_groups_.size() == 1, "LBFGS: doesn't support per-parameter options (parameter groups)");
  const FlatParameters x{param_groups_[0].params()};
  check(!x.params.empty(), "LBFGS: the optimizer has no parameters");
  const auto& o = static_cast<const LBFGSOptions&>(param_groups_[0].options());
  const int64_t max_eval = o.max_eval().value_or(o.max_iter() * 5 / 4);
  auto& s = static_cast<LBFGSParamState&>(state_of(x.params[0]));

  const Tensor first_loss = evaluate(closure);
  double loss = first_loss.item<double>();
  int64_t evaluations = 1;
  s.func_evals(s.func_evals() + 1);
  Tensor gradient = x.gradient();
  if (largest(gradient) <= o.tolerance_grad()) return first_loss;

  double t = s.t(), previous_loss = s.prev_loss();
  Tensor d = s.d(), previous_gradient = s.prev_flat_grad();
  auto &dirs = s.old_dirs(), &steps = s.old_stps(), &ro = s.ro();
  for (int64_t n = 1; n <= o.max_iter(); ++n) {
    s.n_iter(s.n_iter() + 1);
    // The direction: minus the gradient times the approximated inverse Hessian.
    if (s.n_iter() == 1 || !previous_gradient.defined()) {
      d = gradient.neg();
      dirs.clear(), steps.clear(), ro.clear();
      s.H_diag(scalar_tensor(1, d.options()));
    } else {
      const Tensor y = gradient.sub(previous_gradient), step = d.mul(t);
      const Tensor ys = y.dot(step);
      if (ys.item<double>() > 1e-10) {
        if (static_cast<int64_t>(dirs.size()) >= o.history_size()) dirs.pop_front(), steps.pop_front(), ro.pop_front();
        dirs.push_back(y);
        steps.push_back(step);
        ro.push_back(ys.reciprocal());
        s.H_diag(ys.div(y.dot(y)));
      }
      const size_t m = dirs.size();
      if (!s.al()) s.al(std::vector<Tensor>());
      auto& al = *s.al();
      al.assign(m, Tensor());
      Tensor q = gradient.neg();
      for (size_t i = m; i-- > 0;) {
        al[i] = steps[i].dot(q).mul(ro[i]);
        q.sub_(dirs[i].mul(al[i]));
      }
      d = q.mul(s.H_diag());
      for (size_t i = 0; i < m; ++i) d.add_(steps[i].mul(al[i].sub(dirs[i].dot(d).mul(ro[i]))));
    }
    previous_gradient = gradient;
    previous_loss = loss;

    // The length of the step.
    t = s.n_iter() == 1 ? std::min(1.0, 1 / gradient.abs().sum().item<double>()) * o.lr() : o.lr();
    const double slope = dot(gradient, d);
    if (slope > -o.tolerance_change()) break;
    int64_t tried = 0;
    bool optimal = false;
    if (o.line_search_fn()) {
      const std::vector<Tensor> origin = x.copy();
      const auto at = [&](double length) {
        x.move(length, d);
        const double value = evaluate(closure).item<double>();
        Tensor g = x.gradient();
        x.restore(origin);
        const double along = dot(g, d);
        return Point{length, value, std::move(g), along};
      };
      const Point best = strong_wolfe(at, t, d, Point{0, loss, gradient, slope}, tried);
      loss = best.loss, gradient = best.gradient, t = best.t;
      x.move(t, d);
      optimal = largest(gradient) <= o.tolerance_grad();
    } else {
      x.move(t, d);
      if (n != o.max_iter()) {
        // Not after the last: the next step() evaluates there.
        loss = evaluate(closure).item<double>();
        gradient = x.gradient();
        optimal = largest(gradient) <= o.tolerance_grad();
        tried = 1;
      }
    }
    evaluations += tried;
    s.func_evals(s.func_evals() + tried);
    if (evaluations >= max_eval || optimal || largest(d.mul(t)) <= o.tolerance_change() ||
        std::abs(loss - previous_loss) < o.tolerance_change())
      break;
  }
  s.d(d);
  s.t(t);
  s.prev_flat_grad(previous_gradient);
  s.prev_loss(previous_loss);
  return first_loss;
}

}  // namespace lampas::optim
