#pragma once

#include <cstdint>

#include "backend/kernel.h"

namespace lampas {

enum class RnnCell : uint8_t { Tanh, Relu, LSTM, GRU };

/// Rows of the weights per hidden unit.
constexpr int64_t rnn_gates(RnnCell c) { return c == RnnCell::LSTM ? 4 : c == RnnCell::GRU ? 3 : 1; }
/// Values kept per hidden unit and step: the gates, and for GRU also what the hidden state adds to the new gate.
constexpr int64_t rnn_columns(RnnCell c) { return c == RnnCell::Tanh || c == RnnCell::Relu ? 1 : 4; }

/// One layer in one direction over sequences whose rows lie step after step: step t holds the rows of the first
/// batch_sizes[t] sequences (non-increasing; null: `batch` in every step). `output` is the width of the hidden state:
/// `hidden`, or the size of a projection (LSTM only).
struct RnnShape {
  RnnCell cell = RnnCell::Tanh;
  bool reverse = false, projected = false;
  int64_t steps = 0, batch = 0, rows = 0, input = 0, hidden = 0, output = 0;
  const int64_t* batch_sizes = nullptr;
};

/// Everything row-major and dense. weights as PyTorch lays them out: w_ih (gates * hidden, input), w_hh (gates *
/// hidden, output), w_hr (output, hidden); biases null or (gates * hidden). hn and cn hold the initial state on entry
/// and the final one on return. gates (rows, columns * hidden) receives the activated gates; for a plain RNN it is y
/// itself. cells (rows, hidden) receives every cell state unless null; raw (rows, hidden) the states before a
/// projection.
struct RnnForward {
  RnnShape shape;
  const void *x = nullptr, *w_ih = nullptr, *w_hh = nullptr, *b_ih = nullptr, *b_hh = nullptr, *w_hr = nullptr;
  void *gates = nullptr, *cells = nullptr, *raw = nullptr, *y = nullptr, *hn = nullptr, *cn = nullptr;
};

/// Backward through time. dh and dc hold the gradients of the final state on entry and of the initial one on return;
/// gy (rows, output) may be null; dgates (rows, columns * hidden) is scratch. Null results are not computed.
struct RnnBackward {
  RnnShape shape;
  const void *gy = nullptr, *x = nullptr, *y = nullptr, *gates = nullptr, *cells = nullptr, *raw = nullptr;
  const void *h0 = nullptr, *c0 = nullptr, *w_ih = nullptr, *w_hh = nullptr, *w_hr = nullptr;
  void *dgates = nullptr, *dh = nullptr, *dc = nullptr;
  void *dx = nullptr, *dw_ih = nullptr, *dw_hh = nullptr, *db_ih = nullptr, *db_hh = nullptr, *dw_hr = nullptr;
};

/// float32 and float64.
inline Kernel<void(const RnnForward&)> rnn_forward_kernel{"rnn"};
inline Kernel<void(const RnnBackward&)> rnn_backward_kernel{"rnn_backward"};

/// The elementwise part of one step for `rows` consecutive sequences: gates become activated in place, and the states
/// move on. Rows lie `hidden` apart (gates: columns * hidden). LSTM: c is the cell state (in and out), copied to
/// `cells` unless null. GRU: h is the previous hidden state on entry. h and y both receive the new one, h unless null.
struct RnnGates {
  int64_t rows = 0, hidden = 0;
  void *gates = nullptr, *c = nullptr, *cells = nullptr, *h = nullptr, *y = nullptr;
};
/// The same backward: dh + gy (null: dh alone) is the gradient of the step's hidden state. dc: in and out. GRU leaves
/// what the update gate passes on in dh. `before` is the previous cell state (LSTM) or hidden state (GRU).
struct RnnGatesBackward {
  int64_t rows = 0, hidden = 0;
  const void *gates = nullptr, *before = nullptr, *cells = nullptr, *y = nullptr, *gy = nullptr;
  void *dh = nullptr, *dc = nullptr, *dgates = nullptr;
};
/// float32. One row against a matrix w that fills a cache or more, read at the rate at which it arrives. rnn_row_dots:
/// y[j] += sum of w[j * ld + p] x[p] over k values p, for n values j; rnn_row_sums: y[j] (+)= sum of x[p] w[p * ld +
/// j].
struct RnnRow {
  int64_t n = 0, k = 0, ld = 0;
  bool add = false;
  const void *x = nullptr, *w = nullptr;
  void* y = nullptr;
};
inline Kernel<void(const RnnRow&)> rnn_row_dots{"rnn_row_dots"}, rnn_row_sums{"rnn_row_sums"};
inline Kernel<void(const RnnGates&)> rnn_tanh_gates{"rnn_tanh"}, rnn_relu_gates{"rnn_relu"}, lstm_gates{"lstm"},
    gru_gates{"gru"};
inline Kernel<void(const RnnGatesBackward&)> rnn_tanh_gates_backward{"rnn_tanh_backward"},
    rnn_relu_gates_backward{"rnn_relu_backward"}, lstm_gates_backward{"lstm_backward"},
    gru_gates_backward{"gru_backward"};

}  // namespace lampas
