#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "lampas/nn/absent.h"
#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/rnn.h"
#include "lampas/nn/pimpl.h"
#include "lampas/nn/utils/rnn.h"

/// Layers and cells that read a sequence step by step; include/lampas/ops/rnn.h has the formulas.
namespace lampas::nn {

namespace detail {
/// What RNN, LSTM and GRU share. Parameters, for every layer k and then with the suffix _reverse for the second
/// direction: weight_ih_l[k], weight_hh_l[k], bias_ih_l[k], bias_hh_l[k], and weight_hr_l[k] when projecting. All start
/// uniform in [-1/sqrt(hidden_size), 1/sqrt(hidden_size)].
template <class Derived>
class LAMPAS_API RNNImplBase : public Cloneable<Derived> {
 public:
  explicit RNNImplBase(const RNNOptionsBase& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  /// Does nothing: weights are laid out for the kernels when they are used.
  void flatten_parameters() {}
  /// The parameters in the order of their creation.
  std::vector<Tensor> all_weights() const { return weights_; }

  RNNOptionsBase options_base;

 protected:
  /// An input and states with a batch dimension, checked; states that were not given are zeros.
  struct Arguments {
    Tensor input, h, c;
    bool batched = true;
  };
  Arguments arguments(const Tensor& input, const Tensor& h, const Tensor& c, bool has_cells) const;
  /// The same for packed input; the states in the order of its sequences.
  Arguments arguments(const utils::rnn::PackedSequence& input, const Tensor& h, const Tensor& c, bool has_cells) const;

  std::vector<Tensor> weights_;

 private:
  std::string label() const;
  void check_state(const Tensor& state, const char* what, int64_t batch, int64_t width, bool batched) const;
};
}  // namespace detail

/// h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.
class LAMPAS_API RNNImpl : public detail::RNNImplBase<RNNImpl> {
 public:
  RNNImpl(int64_t input_size, int64_t hidden_size);
  explicit RNNImpl(const RNNOptions& options_);
  /// input (steps, batch, input_size) and hx (layers * directions, batch, hidden_size), or both without batch. Returns
  /// the output (steps, batch, directions * hidden_size) and the final states. hx defaults to zeros.
  std::tuple<Tensor, Tensor> forward(const Tensor& input, Tensor hx = {});
  std::tuple<utils::rnn::PackedSequence, Tensor> forward_with_packed_input(
      const utils::rnn::PackedSequence& packed_input, Tensor hx = {});

  RNNOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(RNN);

/// Long short-term memory, with a projection of the hidden state where proj_size is not 0.
class LAMPAS_API LSTMImpl : public detail::RNNImplBase<LSTMImpl> {
 public:
  LSTMImpl(int64_t input_size, int64_t hidden_size);
  explicit LSTMImpl(const LSTMOptions& options_);
  /// As RNN's, with hidden and cell states as a pair.
  std::tuple<Tensor, std::tuple<Tensor, Tensor>> forward(
      const Tensor& input, const std::optional<std::tuple<Tensor, Tensor>>& hx_opt = detail::no_states);
  std::tuple<utils::rnn::PackedSequence, std::tuple<Tensor, Tensor>> forward_with_packed_input(
      const utils::rnn::PackedSequence& packed_input,
      const std::optional<std::tuple<Tensor, Tensor>>& hx_opt = detail::no_states);

  LSTMOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(LSTM);

/// Gated recurrent units.
class LAMPAS_API GRUImpl : public detail::RNNImplBase<GRUImpl> {
 public:
  GRUImpl(int64_t input_size, int64_t hidden_size);
  explicit GRUImpl(const GRUOptions& options_);
  /// As RNN's.
  std::tuple<Tensor, Tensor> forward(const Tensor& input, Tensor hx = {});
  std::tuple<utils::rnn::PackedSequence, Tensor> forward_with_packed_input(
      const utils::rnn::PackedSequence& packed_input, Tensor hx = {});

  GRUOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(GRU);

namespace detail {
/// What the cells share. Parameters weight_ih (chunks * hidden, input), weight_hh (chunks * hidden, hidden), bias_ih
/// and bias_hh (chunks * hidden), all uniform in [-1/sqrt(hidden_size), 1/sqrt(hidden_size)] at first.
template <class Derived>
class LAMPAS_API RNNCellImplBase : public Cloneable<Derived> {
 public:
  explicit RNNCellImplBase(const RNNCellOptionsBase& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;

  RNNCellOptionsBase options_base;
  Tensor weight_ih, weight_hh, bias_ih, bias_hh;

 protected:
  /// With a batch dimension, checked; a state that was not given is zeros.
  Tensor batched_input(const Tensor& input) const;
  Tensor batched_state(const Tensor& input, const Tensor& state, const char* label) const;
  virtual std::string get_nonlinearity_str() const;

 private:
  std::string label() const;
};
}  // namespace detail

/// One step of an RNN: input (batch, input_size) and hx (batch, hidden_size), or both without batch.
class LAMPAS_API RNNCellImpl : public detail::RNNCellImplBase<RNNCellImpl> {
 public:
  RNNCellImpl(int64_t input_size, int64_t hidden_size);
  explicit RNNCellImpl(const RNNCellOptions& options_);
  Tensor forward(const Tensor& input, Tensor hx = {});

  RNNCellOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
  std::string get_nonlinearity_str() const override;
};
LAMPAS_LIBRARY_MODULE(RNNCell);

/// One step of an LSTM; returns the next hidden and cell state.
class LAMPAS_API LSTMCellImpl : public detail::RNNCellImplBase<LSTMCellImpl> {
 public:
  LSTMCellImpl(int64_t input_size, int64_t hidden_size);
  explicit LSTMCellImpl(const LSTMCellOptions& options_);
  std::tuple<Tensor, Tensor> forward(const Tensor& input,
                                     const std::optional<std::tuple<Tensor, Tensor>>& hx_opt = detail::no_states);

  LSTMCellOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(LSTMCell);

/// One step of a GRU.
class LAMPAS_API GRUCellImpl : public detail::RNNCellImplBase<GRUCellImpl> {
 public:
  GRUCellImpl(int64_t input_size, int64_t hidden_size);
  explicit GRUCellImpl(const GRUCellOptions& options_);
  Tensor forward(const Tensor& input, Tensor hx = {});

  GRUCellOptions options;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(GRUCell);

namespace detail {
extern template class RNNImplBase<RNNImpl>;
extern template class RNNImplBase<LSTMImpl>;
extern template class RNNImplBase<GRUImpl>;
extern template class RNNCellImplBase<RNNCellImpl>;
extern template class RNNCellImplBase<LSTMCellImpl>;
extern template class RNNCellImplBase<GRUCellImpl>;
}  // namespace detail

}  // namespace lampas::nn
