#include <algorithm>

#include "lampas/ops/factories.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/rnn_layer.h"

namespace lampas {

namespace {

/// One step's values, each of that step's rows.
struct Step {
  int64_t row, rows;
  Tensor x, h_before, c_before;
  Tensor a, b, n, o;  // LSTM: i f g o; GRU: r z n and what the hidden state adds to n
  Tensor c, raw, h;
};

struct Run {
  std::vector<Step> steps;  // in the order of computation
  Tensor h, c;              // final states
};

/// The first `n` rows replaced.
Tensor with_rows(const Tensor& state, const Tensor& rows) {
  const int64_t n = rows.size(0), all = state.size(0);
  return n == all ? rows : cat({rows, state.narrow(0, n, all - n)});
}

Run run(const RnnPlan& plan, const RnnInputs& in) {
  const int64_t hidden = in.w_hh.size(0) / rnn_gates(plan.cell);
  std::vector<int64_t> rows(static_cast<size_t>(plan.steps) + 1, 0);
  for (int64_t t = 0; t < plan.steps; ++t) rows[t + 1] = rows[t] + plan.size(t);
  Run r{{}, in.h0, in.c0};
  for (int64_t i = 0; i < plan.steps; ++i) {
    const int64_t t = plan.reverse ? plan.steps - 1 - i : i;
    Step s;
    s.row = rows[t], s.rows = plan.size(t);
    s.x = in.x.narrow(0, s.row, s.rows);
    s.h_before = r.h.narrow(0, 0, s.rows);
    const Tensor from_x = linear(s.x, in.w_ih, in.b_ih), from_h = linear(s.h_before, in.w_hh, in.b_hh);
    const auto part = [&](const Tensor& of, int64_t k) { return of.narrow(1, k * hidden, hidden); };
    if (plan.cell == RnnCell::LSTM) {
      s.c_before = r.c.narrow(0, 0, s.rows);
      const Tensor gates = from_x.add(from_h);
      s.a = part(gates, 0).sigmoid(), s.b = part(gates, 1).sigmoid();
      s.n = part(gates, 2).tanh(), s.o = part(gates, 3).sigmoid();
      s.c = s.b.mul(s.c_before).add(s.a.mul(s.n));
      s.raw = s.o.mul(s.c.tanh());
      s.h = in.w_hr.defined() ? linear(s.raw, in.w_hr) : s.raw;
      r.c = with_rows(r.c, s.c);
    } else if (plan.cell == RnnCell::GRU) {
      s.a = part(from_x, 0).add(part(from_h, 0)).sigmoid();
      s.b = part(from_x, 1).add(part(from_h, 1)).sigmoid();
      s.o = part(from_h, 2);
      s.n = part(from_x, 2).add(s.a.mul(s.o)).tanh();
      s.h = s.n.add(s.b.mul(s.h_before.sub(s.n)));
    } else {
      const Tensor sum = from_x.add(from_h);
      s.h = plan.cell == RnnCell::Tanh ? sum.tanh() : sum.relu();
    }
    r.h = with_rows(r.h, s.h);
    r.steps.push_back(std::move(s));
  }
  return r;
}

Tensor sigmoid_slope(const Tensor& s) { return s.mul(rsub(s, 1)); }
Tensor tanh_slope(const Tensor& t) { return rsub(t.mul(t), 1); }

void accumulate(Tensor& sum, const Tensor& term) { sum = sum.defined() ? sum.add(term) : term; }

}  // namespace

std::array<Tensor, 3> rnn_composed(const RnnPlan& plan, const RnnInputs& in) {
  Run r = run(plan, in);
  if (plan.reverse) std::reverse(r.steps.begin(), r.steps.end());
  std::vector<Tensor> rows;
  for (const Step& s : r.steps) rows.push_back(s.h);
  return {cat(rows), r.h, r.c};
}

Grads<8> rnn_composed_backward(const RnnPlan& plan, const RnnInputs& in, const Tensor& gy, const Tensor& gh,
                               const Tensor& gc, const Needs<8>& need) {
  const Run r = run(plan, in);
  const bool lstm = plan.cell == RnnCell::LSTM, gru = plan.cell == RnnCell::GRU;
  Grads<8> d;
  Tensor dh = gh.defined() ? gh : zeros_like(in.h0);
  Tensor dc = !lstm ? Tensor() : gc.defined() ? gc : zeros_like(in.c0);
  std::vector<Tensor> dx(r.steps.size());
  for (size_t k = r.steps.size(); k-- > 0;) {
    const Step& s = r.steps[k];
    Tensor v = dh.narrow(0, 0, s.rows);
    if (gy.defined()) v = v.add(gy.narrow(0, s.row, s.rows));
    Tensor of_x, of_h, passed;  // gradients of both linear maps' results; of h_before beside the map
    if (lstm) {
      if (in.w_hr.defined()) {
        if (need[7]) accumulate(d[7], mm(v.t(), s.raw));
        v = mm(v, in.w_hr);
      }
      const Tensor t = s.c.tanh();
      const Tensor c = dc.narrow(0, 0, s.rows).add(v.mul(s.o).mul(tanh_slope(t)));
      of_x = cat({c.mul(s.n).mul(sigmoid_slope(s.a)), c.mul(s.c_before).mul(sigmoid_slope(s.b)),
                  c.mul(s.a).mul(tanh_slope(s.n)), v.mul(t).mul(sigmoid_slope(s.o))},
                 1);
      of_h = of_x;
      dc = with_rows(dc, c.mul(s.b));
    } else if (gru) {
      const Tensor a = v.mul(rsub(s.b, 1)).mul(tanh_slope(s.n));
      const Tensor reset = a.mul(s.o).mul(sigmoid_slope(s.a));
      const Tensor update = v.mul(s.h_before.sub(s.n)).mul(sigmoid_slope(s.b));
      of_x = cat({reset, update, a}, 1);
      of_h = cat({reset, update, a.mul(s.a)}, 1);
      passed = v.mul(s.b);
    } else {
      of_x = plan.cell == RnnCell::Tanh ? v.mul(tanh_slope(s.h)) : v.mul(s.h.detach().gt(0).to(v.scalar_type()));
      of_h = of_x;
    }
    Tensor before = mm(of_h, in.w_hh);
    if (passed.defined()) before = before.add(passed);
    dh = with_rows(dh, before);
    if (need[0]) dx[k] = mm(of_x, in.w_ih);
    if (need[3]) accumulate(d[3], mm(of_x.t(), s.x));
    if (need[4]) accumulate(d[4], mm(of_h.t(), s.h_before));
    if (need[5]) accumulate(d[5], of_x.sum({0}));
    if (need[6]) accumulate(d[6], of_h.sum({0}));
  }
  if (need[0]) {
    if (plan.reverse) std::reverse(dx.begin(), dx.end());
    d[0] = cat(dx);
  }
  if (need[1]) d[1] = dh;
  if (need[2]) d[2] = dc;
  return d;
}

}  // namespace lampas
