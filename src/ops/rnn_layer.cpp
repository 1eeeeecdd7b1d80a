#include "ops/rnn_layer.h"

#include "lampas/ops/factories.h"
#include "ops/copy.h"

namespace lampas {

namespace {

const void* data_of(const Tensor& t) { return t.defined() ? t.impl()->data() : nullptr; }
Tensor plain_or_none(const Tensor& t) { return t.defined() ? plain(t) : t; }
/// A dense tensor that may be written: a copy of `t`, or zeros.
Tensor fresh_state(const Tensor& t, const Tensor& like, int64_t batch, int64_t width) {
  if (t.defined()) {
    Tensor copy = empty_of(t, t.sizes());
    copy_elements(copy, t);
    return copy;
  }
  return zeros({batch, width}, like.options());
}

RnnShape shape_of(const RnnPlan& p, const RnnInputs& in) {
  RnnShape s;
  s.cell = p.cell, s.reverse = p.reverse, s.projected = in.w_hr.defined();
  s.steps = p.steps, s.batch = p.batch, s.rows = in.x.size(0);
  s.input = in.x.size(1), s.hidden = in.w_hh.size(0) / rnn_gates(p.cell), s.output = in.w_hh.size(1);
  s.batch_sizes = p.sizes ? p.sizes->data() : nullptr;
  return s;
}

/// Backward through time in one kernel.
Grads<8> run_backward(const RnnPlan& plan, const RnnInputs& given, const Tensor& gy, const Tensor& gh, const Tensor& gc,
                      const Needs<8>& need, const Tensor& y, const Tensor& gates, const Tensor& cells,
                      const Tensor& raw) {
  const RnnInputs in{
      plain(given.x),    plain(given.h0),           plain_or_none(given.c0),   plain(given.w_ih),
      plain(given.w_hh), plain_or_none(given.b_ih), plain_or_none(given.b_hh), plain_or_none(given.w_hr)};
  RnnBackward b;
  b.shape = shape_of(plan, in);
  const RnnShape& s = b.shape;
  const Tensor g = plain_or_none(gy);
  const bool lstm = plan.cell == RnnCell::LSTM;
  const Tensor dgates = empty_of(in.x, {s.rows, rnn_columns(plan.cell) * s.hidden});
  Grads<8> d;
  d[1] = fresh_state(gh, in.x, s.batch, s.output);
  if (lstm) d[2] = fresh_state(gc, in.x, s.batch, s.hidden);
  const auto result = [&](size_t k, const Tensor& of) -> void* {
    if (!need[k] || !of.defined()) return nullptr;
    d[k] = empty_of(of, of.sizes());
    return d[k].impl()->data();
  };
  b.gy = data_of(g), b.x = data_of(in.x), b.y = data_of(y);
  b.gates = data_of(gates), b.cells = data_of(cells), b.raw = data_of(raw);
  b.h0 = data_of(in.h0), b.c0 = data_of(in.c0), b.w_ih = data_of(in.w_ih), b.w_hh = data_of(in.w_hh),
  b.w_hr = data_of(in.w_hr);
  b.dgates = dgates.impl()->data(), b.dh = d[1].impl()->data(), b.dc = lstm ? d[2].impl()->data() : nullptr;
  b.dx = result(0, in.x), b.dw_ih = result(3, in.w_ih), b.dw_hh = result(4, in.w_hh), b.db_ih = result(5, in.b_ih),
  b.db_hh = result(6, in.b_hh), b.dw_hr = result(7, in.w_hr);
  rnn_backward_kernel.get(in.x.scalar_type())(b);
  return d;
}

/// Results: y, final hidden state, final cell state, and for backward the gates, cell states and unprojected states.
struct RnnLayer {
  static constexpr auto name = "rnn_layer";
  static constexpr int visible = 3;
  using saves = Saves<In<0>, In<1>, In<2>, In<3>, In<4>, In<5>, In<6>, In<7>, OutAt<0>, OutAt<3>, OutAt<4>, OutAt<5>>;
  RnnPlan plan;
  bool keep;  // backward will want what only it needs
  friend const char* label_of(const RnnLayer& op) {
    static constexpr const char* kNames[] = {"rnn_tanh", "rnn_relu", "lstm", "gru"};
    return kNames[static_cast<int>(op.plan.cell)];
  }

  std::array<Tensor, 6> forward(const Tensor& x, const Tensor& h0, const Tensor& c0, const Tensor& w_ih,
                                const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh, const Tensor& w_hr) const {
    const RnnInputs in{plain(x),           h0, c0, plain(w_ih), plain(w_hh), plain_or_none(b_ih), plain_or_none(b_hh),
                       plain_or_none(w_hr)};
    RnnForward f;
    f.shape = shape_of(plan, in);
    const RnnShape& s = f.shape;
    const bool lstm = plan.cell == RnnCell::LSTM, gated = rnn_gates(plan.cell) > 1;
    // What there is not is an empty tensor where the node wants something to keep.
    const auto none = [&] { return keep ? empty_of(x, {0}) : Tensor(); };
    Tensor y = empty_of(x, {s.rows, s.output});
    Tensor hn = fresh_state(h0, x, s.batch, s.output);
    Tensor cn = lstm ? fresh_state(c0, x, s.batch, s.hidden) : none();
    Tensor gates = gated ? empty_of(x, {s.rows, rnn_columns(plan.cell) * s.hidden}) : none();
    Tensor cells = lstm && keep ? empty_of(x, {s.rows, s.hidden}) : none();
    Tensor raw = s.projected ? empty_of(x, {s.rows, s.hidden}) : none();
    f.x = data_of(in.x), f.w_ih = data_of(in.w_ih), f.w_hh = data_of(in.w_hh), f.b_ih = data_of(in.b_ih),
    f.b_hh = data_of(in.b_hh), f.w_hr = data_of(in.w_hr);
    f.y = y.impl()->data(), f.hn = hn.impl()->data(), f.cn = lstm ? cn.impl()->data() : nullptr;
    f.gates = gated ? gates.impl()->data() : f.y;
    f.cells = lstm && keep ? cells.impl()->data() : nullptr;
    f.raw = s.projected ? raw.impl()->data() : nullptr;
    rnn_forward_kernel.get(x.scalar_type())(f);
    return {std::move(y), std::move(hn), std::move(cn), std::move(gates), std::move(cells), std::move(raw)};
  }
  Grads<8> backward(const Grads<6>& g, const Needs<8>& need, const Tensor& x, const Tensor& h0, const Tensor& c0,
                    const Tensor& w_ih, const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh, const Tensor& w_hr,
                    const Tensor& y, const Tensor& gates, const Tensor& cells, const Tensor& raw) const {
    const RnnInputs in{x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr};
    if (detail::thread_state.grad_mode) return rnn_composed_backward(plan, in, g[0], g[1], g[2], need);
    return run_backward(plan, in, g[0], g[1], g[2], need, y, gates, cells, raw);
  }
};

}  // namespace

std::array<Tensor, 3> rnn_layer(const RnnPlan& plan, const RnnInputs& in) {
  const bool keep =
      detail::thread_state.grad_mode &&
      (detail::tracked(in.x) || detail::tracked(in.h0) || detail::tracked(in.c0) || detail::tracked(in.w_ih) ||
       detail::tracked(in.w_hh) || detail::tracked(in.b_ih) || detail::tracked(in.b_hh) || detail::tracked(in.w_hr));
  return apply(RnnLayer{plan, keep}, in.x, in.h0, in.c0, in.w_ih, in.w_hh, in.b_ih, in.b_hh, in.w_hr);
}

}  // namespace lampas
