#pragma once

#include <variant>

#include "lampas/base/arg.h"
#include "lampas/nn/enum.h"

namespace lampas::nn {

namespace detail {
/// What the recurrent layers share.
struct RNNOptionsBase {
  using rnn_options_base_mode_t =
      enumtype::OneOf<enumtype::kLSTM, enumtype::kGRU, enumtype::kRNN_TANH, enumtype::kRNN_RELU>;

  RNNOptionsBase(rnn_options_base_mode_t mode, int64_t input_size, int64_t hidden_size)
      : mode_(mode), input_size_(input_size), hidden_size_(hidden_size) {}

  LAMPAS_ARG(rnn_options_base_mode_t, mode);
  LAMPAS_ARG(int64_t, input_size);
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(int64_t, num_layers) = 1;
  LAMPAS_ARG(bool, bias) = true;
  LAMPAS_ARG(bool, batch_first) = false;
  LAMPAS_ARG(double, dropout) = 0.0;
  LAMPAS_ARG(bool, bidirectional) = false;
  LAMPAS_ARG(int64_t, proj_size) = 0;
};

struct RNNCellOptionsBase {
  RNNCellOptionsBase(int64_t input_size, int64_t hidden_size, bool bias, int64_t num_chunks)
      : input_size_(input_size), hidden_size_(hidden_size), bias_(bias), num_chunks_(num_chunks) {}

  LAMPAS_ARG(int64_t, input_size);
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(bool, bias);
  /// Gates, each of hidden_size rows of the weights.
  LAMPAS_ARG(int64_t, num_chunks);
};
}  // namespace detail

struct RNNOptions {
  using nonlinearity_t = enumtype::OneOf<enumtype::kTanh, enumtype::kReLU>;

  RNNOptions(int64_t input_size, int64_t hidden_size) : input_size_(input_size), hidden_size_(hidden_size) {}

  /// Features of the input.
  LAMPAS_ARG(int64_t, input_size);
  /// Features of the hidden state.
  LAMPAS_ARG(int64_t, hidden_size);
  /// Layers stacked on one another.
  LAMPAS_ARG(int64_t, num_layers) = 1;
  LAMPAS_ARG(nonlinearity_t, nonlinearity) = kTanh;
  LAMPAS_ARG(bool, bias) = true;
  /// Input and output are (batch, steps, features) instead of (steps, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
  /// Probability of zeroing an output of every layer but the last, in training.
  LAMPAS_ARG(double, dropout) = 0.0;
  /// A second set of layers reads the sequence backwards; the outputs are joined.
  LAMPAS_ARG(bool, bidirectional) = false;
};

struct LSTMOptions {
  LSTMOptions(int64_t input_size, int64_t hidden_size) : input_size_(input_size), hidden_size_(hidden_size) {}

  /// Features of the input.
  LAMPAS_ARG(int64_t, input_size);
  /// Features of the cell state, and of the hidden state unless it is projected.
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(int64_t, num_layers) = 1;
  LAMPAS_ARG(bool, bias) = true;
  /// Input and output are (batch, steps, features) instead of (steps, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
  /// Probability of zeroing an output of every layer but the last, in training.
  LAMPAS_ARG(double, dropout) = 0.0;
  LAMPAS_ARG(bool, bidirectional) = false;
  /// Features the hidden state is projected to; 0: no projection.
  LAMPAS_ARG(int64_t, proj_size) = 0;
};

struct GRUOptions {
  GRUOptions(int64_t input_size, int64_t hidden_size) : input_size_(input_size), hidden_size_(hidden_size) {}

  /// Features of the input.
  LAMPAS_ARG(int64_t, input_size);
  /// Features of the hidden state.
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(int64_t, num_layers) = 1;
  LAMPAS_ARG(bool, bias) = true;
  /// Input and output are (batch, steps, features) instead of (steps, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
  /// Probability of zeroing an output of every layer but the last, in training.
  LAMPAS_ARG(double, dropout) = 0.0;
  LAMPAS_ARG(bool, bidirectional) = false;
};

struct RNNCellOptions {
  using nonlinearity_t = enumtype::OneOf<enumtype::kTanh, enumtype::kReLU>;

  RNNCellOptions(int64_t input_size, int64_t hidden_size) : input_size_(input_size), hidden_size_(hidden_size) {}

  LAMPAS_ARG(int64_t, input_size);
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(bool, bias) = true;
  LAMPAS_ARG(nonlinearity_t, nonlinearity) = kTanh;
};

struct LSTMCellOptions {
  LSTMCellOptions(int64_t input_size, int64_t hidden_size) : input_size_(input_size), hidden_size_(hidden_size) {}

  LAMPAS_ARG(int64_t, input_size);
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(bool, bias) = true;
};

struct GRUCellOptions {
  GRUCellOptions(int64_t input_size, int64_t hidden_size) : input_size_(input_size), hidden_size_(hidden_size) {}

  LAMPAS_ARG(int64_t, input_size);
  LAMPAS_ARG(int64_t, hidden_size);
  LAMPAS_ARG(bool, bias) = true;
};

}  // namespace lampas::nn
