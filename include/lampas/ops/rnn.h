#pragma once

#include <tuple>

#include "lampas/tensor/tensor.h"

/// Recurrent networks (https://pytorch.org/docs/stable/nn.html#recurrent-layers).
///
/// `params` lists, layer by layer and direction by direction: weight_ih (gates * hidden, input), weight_hh (gates *
/// hidden, output), with biases bias_ih and bias_hh (gates * hidden), and for a projecting LSTM weight_hr (output,
/// hidden). The layers after the first take the outputs of all directions. Gates lie in the order i f g o (LSTM, 4) or
/// r z n (GRU, 3).
///   LSTM  c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c')
///   GRU   n = tanh(x_n + sigmoid(r) h_n), h' = (1 - sigmoid(z)) n + sigmoid(z) h
///   RNN   h' = tanh(x + h) or relu(x + h)
/// Input (steps, batch, features), or (batch, steps, features) with batch_first; states (layers * directions, batch,
/// output). `dropout` is applied between layers when `train`. float32 and float64; float16 and bfloat16 by way of
/// float32. Each layer is one op: one product for the inputs of all steps, then a product and a pass over the gates
/// each.
///
/// The forms with `batch_sizes` (int64, non-increasing and positive) take packed data: rows of all sequences, step
/// after step.
namespace lampas {

/// Returns the output and the final hidden and cell states; hx holds the initial ones.
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& input, TensorList hx, TensorList params,
                                                   bool has_biases, int64_t num_layers, double dropout, bool train,
                                                   bool bidirectional, bool batch_first);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& data, const Tensor& batch_sizes, TensorList hx,
                                                   TensorList params, bool has_biases, int64_t num_layers,
                                                   double dropout, bool train, bool bidirectional);
/// Return the output and the final hidden state.
LAMPAS_API std::tuple<Tensor, Tensor> gru(const Tensor& input, const Tensor& hx, TensorList params, bool has_biases,
                                          int64_t num_layers, double dropout, bool train, bool bidirectional,
                                          bool batch_first);
LAMPAS_API std::tuple<Tensor, Tensor> gru(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx,
                                          TensorList params, bool has_biases, int64_t num_layers, double dropout,
                                          bool train, bool bidirectional);
LAMPAS_API std::tuple<Tensor, Tensor> rnn_tanh(const Tensor& input, const Tensor& hx, TensorList params,
                                               bool has_biases, int64_t num_layers, double dropout, bool train,
                                               bool bidirectional, bool batch_first);
LAMPAS_API std::tuple<Tensor, Tensor> rnn_tanh(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx,
                                               TensorList params, bool has_biases, int64_t num_layers, double dropout,
                                               bool train, bool bidirectional);
LAMPAS_API std::tuple<Tensor, Tensor> rnn_relu(const Tensor& input, const Tensor& hx, TensorList params,
                                               bool has_biases, int64_t num_layers, double dropout, bool train,
                                               bool bidirectional, bool batch_first);
LAMPAS_API std::tuple<Tensor, Tensor> rnn_relu(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx,
                                               TensorList params, bool has_biases, int64_t num_layers, double dropout,
                                               bool train, bool bidirectional);

/// One step of (batch, features); states (batch, hidden). Biases may be undefined, both together.
LAMPAS_API std::tuple<Tensor, Tensor> lstm_cell(const Tensor& input, TensorList hx, const Tensor& w_ih,
                                                const Tensor& w_hh, const Tensor& b_ih = {}, const Tensor& b_hh = {});
LAMPAS_API Tensor gru_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,
                           const Tensor& b_ih = {}, const Tensor& b_hh = {});
LAMPAS_API Tensor rnn_tanh_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,
                                const Tensor& b_ih = {}, const Tensor& b_hh = {});
LAMPAS_API Tensor rnn_relu_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh,
                                const Tensor& b_ih = {}, const Tensor& b_hh = {});

}  // namespace lampas
