#include "lampas/ops/rnn.h"

#include "lampas/ops/dropout.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/rnn_layer.h"

namespace lampas {

namespace {

const char* name_of(RnnCell c) {
  return c == RnnCell::LSTM ? "lstm" : c == RnnCell::GRU ? "gru" : c == RnnCell::Tanh ? "rnn_tanh" : "rnn_relu";
}

struct Settings {
  RnnCell cell;
  bool has_biases;
  int64_t layers;
  double dropout;
  bool train, bidirectional;
};

bool is_reduced(ScalarType t) { return t == kHalf || t == kBFloat16; }
Tensor computed(const Tensor& t) { return t.defined() && is_reduced(t.scalar_type()) ? t.to(kFloat) : t; }

void check_weights(const char* op, const RnnInputs& in, RnnCell cell, int64_t features, int64_t width) {
  const int64_t gates = rnn_gates(cell);
  const Tensor &w = in.w_ih, &u = in.w_hh;
  check(w.dim() == 2 && u.dim() == 2 && u.size(0) % gates == 0 && w.size(0) == u.size(0), op, ": expected weights of ",
        gates, " * hidden rows, got weight_ih ", w.sizes(), " and weight_hh ", u.sizes());
  check(w.size(1) == features, op, ": input has ", features, " features but weight_ih ", w.sizes(), " expects ",
        w.size(1));
  check(u.size(1) == width, op, ": hidden state has ", width, " features but weight_hh ", u.sizes(), " expects ",
        u.size(1));
  if (in.w_hr.defined())
    check(in.w_hr.dim() == 2 && in.w_hr.size(0) == width && in.w_hr.size(1) == u.size(0) / gates, op,
          ": expected weight_hr [", width, ", ", u.size(0) / gates, "], got ", in.w_hr.sizes());
  else
    check(u.size(1) * gates == u.size(0), op, ": expected weight_hh [", gates * width, ", ", width, "], got ",
          u.sizes());
  for (const Tensor* b : {&in.b_ih, &in.b_hh})
    if (b->defined())
      check(b->dim() == 1 && b->size(0) == u.size(0), op, ": expected biases of ", u.size(0), " values, got ",
            b->sizes());
  check(in.b_ih.defined() == in.b_hh.defined(), op, ": one of the two biases is undefined");
  for (const Tensor* t : {&in.h0, &in.c0, &in.w_ih, &in.w_hh, &in.b_ih, &in.b_hh, &in.w_hr})
    if (t->defined())
      check(t->scalar_type() == in.x.scalar_type(), op, ": expected input, states and parameters of one dtype, got ",
            in.x.scalar_type(), " and ", t->scalar_type());
}

/// All layers over rows x (rows, features). h and c: (layers * directions, batch, width).
std::tuple<Tensor, Tensor, Tensor> run(const Settings& o, RnnPlan plan, Tensor x, const Tensor& h, const Tensor& c,
                                       TensorList params, const Shape& step_shape) {
  const char* op = name_of(o.cell);
  const int64_t directions = o.bidirectional ? 2 : 1, count = o.layers * directions;
  const ScalarType dtype = x.scalar_type();
  const int64_t each = (o.has_biases ? 4 : 2) + (c.defined() && c.size(2) != h.size(2));
  check(static_cast<int64_t>(params.size()) == count * each, op, ": expected ", count * each, " parameters for ",
        o.layers, " layers in ", directions, " directions, got ", params.size());
  x = computed(x);
  std::vector<Tensor> hs, cs;
  for (int64_t layer = 0; layer < o.layers; ++layer) {
    std::vector<Tensor> outputs;
    for (int64_t k = 0; k < directions; ++k) {
      const int64_t at = layer * directions + k;
      const Tensor* p = params.data() + at * each;
      RnnInputs in;
      in.x = x;
      in.h0 = computed(count == 1 ? h.squeeze(0) : h.select(0, at));
      if (c.defined()) in.c0 = computed(count == 1 ? c.squeeze(0) : c.select(0, at));
      in.w_ih = computed(p[0]), in.w_hh = computed(p[1]);
      if (o.has_biases) in.b_ih = computed(p[2]), in.b_hh = computed(p[3]);
      if (each % 2) in.w_hr = computed(p[each - 1]);
      check_weights(op, in, o.cell, x.size(1), h.size(2));
      plan.reverse = k == 1;
      auto [y, hn, cn] = rnn_layer(plan, in);
      outputs.push_back(std::move(y));
      hs.push_back(std::move(hn));
      cs.push_back(std::move(cn));
    }
    x = directions == 1 ? std::move(outputs[0]) : cat(outputs, 1);
    if (o.dropout > 0 && o.train && layer + 1 < o.layers) {
      // One value per element of the layer's output as the caller sees it, drawn in its order.
      Shape sizes(step_shape);
      sizes.push_back(x.size(1));
      x = lampas::dropout(x.view(sizes), o.dropout, true).view({x.size(0), x.size(1)});
    }
  }
  const auto joined = [&](const std::vector<Tensor>& states) {
    const Tensor s = count == 1 ? states[0].unsqueeze(0) : stack(states);
    return s.scalar_type() == dtype ? s : s.to(dtype);
  };
  if (x.scalar_type() != dtype) x = x.to(dtype);
  return {std::move(x), joined(hs), o.cell == RnnCell::LSTM ? joined(cs) : Tensor()};
}

void check_common(const char* op, const Settings& o, const Tensor& input, const Tensor& h, const Tensor& c,
                  int64_t batch) {
  check(is_floating_point(input.scalar_type()), op, ": expected a floating point input, got ", input.scalar_type());
  check(o.layers > 0, op, ": expected at least one layer, got ", o.layers);
  check(o.dropout >= 0 && o.dropout <= 1, op, ": dropout probability has to be between 0 and 1, but got ", o.dropout);
  const int64_t count = o.layers * (o.bidirectional ? 2 : 1);
  for (const Tensor* t : {&h, &c})
    if (t->defined())
      check(t->dim() == 3 && t->size(0) == count && t->size(1) == batch, op, ": expected states of [", count, ", ",
            batch, ", features], got ", t->sizes());
}

std::tuple<Tensor, Tensor, Tensor> run_padded(const Settings& o, const Tensor& input, const Tensor& h, const Tensor& c,
                                              TensorList params, bool batch_first) {
  const char* op = name_of(o.cell);
  check_defined(op, input);
  check(input.dim() == 3, op, ": expected an input of 3 dimensions, got ", input.sizes());
  const int64_t steps = input.size(batch_first ? 1 : 0), batch = input.size(batch_first ? 0 : 1);
  check_common(op, o, input, h, c, batch);
  check(steps > 0, op, ": expected at least one step, got input ", input.sizes());
  RnnPlan plan;
  plan.cell = o.cell, plan.steps = steps, plan.batch = batch;
  const Tensor x = (batch_first ? input.transpose(0, 1) : input).reshape({steps * batch, input.size(2)});
  auto [y, hn, cn] = run(o, plan, x, h, c, params, {steps, batch});
  y = y.view({steps, batch, y.size(1)});
  return {batch_first ? y.transpose(0, 1) : y, hn, cn};
}

std::tuple<Tensor, Tensor, Tensor> run_packed(const Settings& o, const Tensor& data, const Tensor& batch_sizes,
                                              const Tensor& h, const Tensor& c, TensorList params) {
  const char* op = name_of(o.cell);
  check_defined(op, data, "packed data");
  check_defined(op, batch_sizes, "batch_sizes");
  check(data.dim() == 2, op, ": expected packed data of 2 dimensions, got ", data.sizes());
  check(batch_sizes.dim() == 1 && batch_sizes.scalar_type() == kLong && batch_sizes.numel() > 0, op,
        ": expected batch_sizes to be an int64 vector with an entry for each step, got ", batch_sizes);
  const Tensor dense = plain(batch_sizes);
  const int64_t* n = dense.impl()->data_as<int64_t>();
  auto sizes = std::make_shared<std::vector<int64_t>>(n, n + dense.numel());
  int64_t rows = 0;
  for (size_t t = 0; t < sizes->size(); ++t) {
    check((*sizes)[t] > 0 && (t == 0 || (*sizes)[t] <= (*sizes)[t - 1]), op,
          ": expected batch_sizes to be positive and not to increase, got ", (*sizes)[t], " for step ", t);
    rows += (*sizes)[t];
  }
  check(rows == data.size(0), op, ": batch_sizes add up to ", rows, " rows but the packed data has ", data.size(0));
  check_common(op, o, data, h, c, sizes->front());
  RnnPlan plan;
  plan.cell = o.cell, plan.steps = static_cast<int64_t>(sizes->size()), plan.batch = sizes->front();
  plan.sizes = std::move(sizes);
  return run(o, plan, data, h, c, params, {rows});
}

std::tuple<Tensor, Tensor> first_two(std::tuple<Tensor, Tensor, Tensor> r) {
  return {std::move(std::get<0>(r)), std::move(std::get<1>(r))};
}

void check_pair(TensorList hx) { check(hx.size() == 2, "lstm: expects two hidden states, got ", hx.size()); }

std::array<Tensor, 3> run_cell(RnnCell cell, const Tensor& input, const Tensor& h, const Tensor& c, const Tensor& w_ih,
                               const Tensor& w_hh, const Tensor& b_ih, const Tensor& b_hh) {
  const std::string op = std::string(name_of(cell)) + "_cell";
  check_defined(op.c_str(), input);
  check(input.dim() == 2, op, ": expected an input of 2 dimensions, got ", input.sizes());
  check(is_floating_point(input.scalar_type()), op, ": expected a floating point input, got ", input.scalar_type());
  for (const Tensor* t : {&h, &c})
    if (t->defined())
      check(t->dim() == 2 && t->size(0) == input.size(0), op, ": input batch size ", input.size(0),
            " doesn't match hidden", t == &h ? "[0]" : "[1]", " of ", t->sizes());
  RnnInputs in{computed(input), computed(h),    computed(c),    computed(w_ih),
               computed(w_hh),  computed(b_ih), computed(b_hh), Tensor()};
  check_weights(op.c_str(), in, cell, input.size(1), h.size(1));
  if (c.defined()) check(c.size(1) == h.size(1), op, ": hidden and cell state differ: ", h.sizes(), " and ", c.sizes());
  RnnPlan plan;
  plan.cell = cell, plan.steps = 1, plan.batch = input.size(0);
  auto r = rnn_layer(plan, in);
  const auto back = [&](const Tensor& t) {
    return t.scalar_type() == input.scalar_type() ? t : t.to(input.scalar_type());
  };
  return {back(r[1]), cell == RnnCell::LSTM ? back(r[2]) : Tensor(), Tensor()};
}

}  // namespace

std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& input, TensorList hx, TensorList params, bool has_biases,
                                        int64_t num_layers, double dropout, bool train, bool bidirectional,
                                        bool batch_first) {
  check_pair(hx);
  return run_padded({RnnCell::LSTM, has_biases, num_layers, dropout, train, bidirectional}, input, hx[0], hx[1], params,
                    batch_first);
}
std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& data, const Tensor& batch_sizes, TensorList hx, TensorList params,
                                        bool has_biases, int64_t num_layers, double dropout, bool train,
                                        bool bidirectional) {
  check_pair(hx);
  return run_packed({RnnCell::LSTM, has_biases, num_layers, dropout, train, bidirectional}, data, batch_sizes, hx[0],
                    hx[1], params);
}

#define LAMPAS_RNN_OP(name, cell)                                                                                     \
  std::tuple<Tensor, Tensor> name(const Tensor& input, const Tensor& hx, TensorList params, bool has_biases,          \
                                  int64_t num_layers, double dropout, bool train, bool bidirectional,                 \
                                  bool batch_first) {                                                                 \
    return first_two(run_padded({RnnCell::cell, has_biases, num_layers, dropout, train, bidirectional}, input, hx,    \
                                Tensor(), params, batch_first));                                                      \
  }                                                                                                                   \
  std::tuple<Tensor, Tensor> name(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx, TensorList params, \
                                  bool has_biases, int64_t num_layers, double dropout, bool train,                    \
                                  bool bidirectional) {                                                               \
    return first_two(run_packed({RnnCell::cell, has_biases, num_layers, dropout, train, bidirectional}, data,         \
                                batch_sizes, hx, Tensor(), params));                                                  \
  }                                                                                                                   \
  Tensor name##_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,                   \
                     const Tensor& b_ih, const Tensor& b_hh) {                                                        \
    return run_cell(RnnCell::cell, input, hx, Tensor(), w_ih, w_hh, b_ih, b_hh)[0];                                   \
  }
LAMPAS_RNN_OP(gru, GRU)
LAMPAS_RNN_OP(rnn_tanh, Tanh)
LAMPAS_RNN_OP(rnn_relu, Relu)
#undef LAMPAS_RNN_OP

std::tuple<Tensor, Tensor> lstm_cell(const Tensor& input, TensorList hx, const Tensor& w_ih, const Tensor& w_hh,
                                     const Tensor& b_ih, const Tensor& b_hh) {
  check(hx.size() == 2, "lstm_cell: expects two hidden states, got ", hx.size());
  auto r = run_cell(RnnCell::LSTM, input, hx[0], hx[1], w_ih, w_hh, b_ih, b_hh);
  return {std::move(r[0]), std::move(r[1])};
}

}  // namespace lampas
