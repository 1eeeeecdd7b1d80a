#include "lampas/nn/modules/rnn.h"

#include <cmath>
#include <ostream>

#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/rnn.h"

namespace lampas::nn {

using utils::rnn::PackedSequence;

namespace detail {

namespace {
template <class Options>
RNNOptionsBase base_of(RNNOptionsBase::rnn_options_base_mode_t mode, const Options& o) {
  RNNOptionsBase base(mode, o.input_size(), o.hidden_size());
  base.num_layers(o.num_layers()).bias(o.bias()).batch_first(o.batch_first());
  return base.dropout(o.dropout()).bidirectional(o.bidirectional());
}

int64_t gates_of(const RNNOptionsBase& o) {
  return enumtype::holds_alternative<enumtype::kLSTM>(o.mode())  ? 4
         : enumtype::holds_alternative<enumtype::kGRU>(o.mode()) ? 3
                                                                 : 1;
}
}  // namespace

template <class Derived>
RNNImplBase<Derived>::RNNImplBase(const RNNOptionsBase& options_) : options_base(options_) {
  RNNImplBase::reset();
}

template <class Derived>
std::string RNNImplBase<Derived>::label() const {
  const auto& mode = options_base.mode();
  return enumtype::holds_alternative<enumtype::kLSTM>(mode)  ? "LSTM"
         : enumtype::holds_alternative<enumtype::kGRU>(mode) ? "GRU"
                                                             : "RNN";
}

template <class Derived>
void RNNImplBase<Derived>::reset() {
  const auto& o = options_base;
  const int64_t hidden = o.hidden_size(), proj = o.proj_size(), directions = o.bidirectional() ? 2 : 1;
  check(o.input_size() > 0 && hidden > 0, label(), ": input_size (", o.input_size(), ") and hidden_size (", hidden,
        ") must be positive");
  check(o.num_layers() > 0, label(), ": num_layers must be positive, got ", o.num_layers());
  check(o.dropout() >= 0 && o.dropout() <= 1, label(), ": dropout should be a number in range [0, 1], got ",
        o.dropout());
  check(proj >= 0 && proj < hidden, label(), ": proj_size has to be at least 0 and smaller than hidden_size (", hidden,
        "), got ", proj);
  if (o.dropout() > 0 && o.num_layers() == 1)
    warn(str(label(), ": dropout is applied between layers, so dropout=", o.dropout(),
             " has no effect with num_layers=1"));
  const int64_t rows = gates_of(o) * hidden, output = proj ? proj : hidden;
  weights_.clear();
  for (int64_t layer = 0; layer < o.num_layers(); ++layer)
    for (int64_t k = 0; k < directions; ++k) {
      const std::string suffix = str("_l", layer, k ? "_reverse" : "");
      const int64_t input = layer ? output * directions : o.input_size();
      const auto add = [&](const char* name, IntArrayRef sizes) {
        weights_.push_back(this->register_parameter(name + suffix, empty(sizes)));
      };
      add("weight_ih", {rows, input});
      add("weight_hh", {rows, output});
      if (o.bias()) {
        add("bias_ih", {rows});
        add("bias_hh", {rows});
      }
      if (proj) add("weight_hr", {proj, hidden});
    }
  reset_parameters();
}

template <class Derived>
void RNNImplBase<Derived>::reset_parameters() {
  const double bound = 1 / std::sqrt(static_cast<double>(options_base.hidden_size()));
  for (const Tensor& w : weights_) init::uniform_(w, -bound, bound);
}

template <class Derived>
void RNNImplBase<Derived>::pretty_print(std::ostream& stream) const {
  const auto& o = options_base;
  const auto flag = [](bool on) { return on ? "true" : "false"; };
  stream << "torch::nn::" << label() << "(input_size=" << o.input_size() << ", hidden_size=" << o.hidden_size()
         << ", num_layers=" << o.num_layers() << ", bias=" << flag(o.bias())
         << ", batch_first=" << flag(o.batch_first()) << ", dropout=" << o.dropout()
         << ", bidirectional=" << flag(o.bidirectional());
  if (o.proj_size() > 0) stream << ", proj_size=" << o.proj_size();
  stream << ')';
}

template <class Derived>
void RNNImplBase<Derived>::check_state(const Tensor& state, const char* what, int64_t batch, int64_t width,
                                       bool batched) const {
  const int64_t count = options_base.num_layers() * (options_base.bidirectional() ? 2 : 1);
  const Shape expected = batched ? Shape{count, batch, width} : Shape{count, width};
  check(state.sizes() == IntArrayRef(expected), label(), ": Expected ", what, " size ", IntArrayRef(expected), ", got ",
        state.sizes());
}

template <class Derived>
typename RNNImplBase<Derived>::Arguments RNNImplBase<Derived>::arguments(const Tensor& input, const Tensor& h,
                                                                         const Tensor& c, bool has_cells) const {
  const auto& o = options_base;
  check(input.defined(), label(), ": input is undefined");
  check(input.dim() == 2 || input.dim() == 3, label(), ": input must have 3 dimensions (2 without batch), got ",
        input.dim());
  check(input.size(-1) == o.input_size(), label(), ": input.size(-1) must be equal to input_size. Expected ",
        o.input_size(), ", got ", input.size(-1));
  check(is_floating_point(input.scalar_type()), label(), ": expected a floating point input, got ",
        input.scalar_type());
  const bool batched = input.dim() == 3;
  const int64_t batch_dim = o.batch_first() ? 0 : 1, batch = batched ? input.size(batch_dim) : 1;
  const int64_t count = o.num_layers() * (o.bidirectional() ? 2 : 1);
  const int64_t output = o.proj_size() ? o.proj_size() : o.hidden_size();
  const auto state = [&](const Tensor& given, const char* what, int64_t width) {
    if (!given.defined()) return zeros({count, batch, width}, input.options());
    check_state(given, what, batch, width, batched);
    return batched ? given : given.unsqueeze(1);
  };
  Arguments a;
  a.h = state(h, has_cells ? "hidden[0]" : "hidden", output);
  if (has_cells) a.c = state(c, "hidden[1]", o.hidden_size());
  a.input = batched ? input : input.unsqueeze(batch_dim);
  a.batched = batched;
  return a;
}

template <class Derived>
typename RNNImplBase<Derived>::Arguments RNNImplBase<Derived>::arguments(const PackedSequence& input, const Tensor& h,
                                                                         const Tensor& c, bool has_cells) const {
  const auto& o = options_base;
  const Tensor& data = input.data();
  check(data.defined() && data.dim() == 2, label(), ": expected packed input of 2 dimensions, got ", data);
  check(data.size(-1) == o.input_size(), label(), ": input.size(-1) must be equal to input_size. Expected ",
        o.input_size(), ", got ", data.size(-1));
  check(input.batch_sizes().defined() && input.batch_sizes().dim() == 1 && input.batch_sizes().numel() > 0, label(),
        ": the packed input has no batch_sizes");
  const int64_t batch = input.batch_sizes()[0].template item<int64_t>();
  const int64_t count = o.num_layers() * (o.bidirectional() ? 2 : 1);
  const int64_t output = o.proj_size() ? o.proj_size() : o.hidden_size();
  const auto state = [&](const Tensor& given, const char* what, int64_t width) {
    if (!given.defined()) return zeros({count, batch, width}, data.options());
    check_state(given, what, batch, width, true);
    return input.sorted_indices().defined() ? given.index_select(1, input.sorted_indices()) : given;
  };
  Arguments a;
  a.h = state(h, has_cells ? "hidden[0]" : "hidden", output);
  if (has_cells) a.c = state(c, "hidden[1]", o.hidden_size());
  a.input = data;
  return a;
}

namespace {

/// A result without the batch dimension that was added for the computation.
Tensor unbatched(const Tensor& t, int64_t dim, bool batched) { return batched ? t : t.squeeze(dim); }
Tensor in_given_order(const Tensor& state, const PackedSequence& p) {
  return p.unsorted_indices().defined() ? state.index_select(1, p.unsorted_indices()) : state;
}
PackedSequence packed_like(const PackedSequence& p, const Tensor& data) {
  return PackedSequence(data, p.batch_sizes(), p.sorted_indices(), p.unsorted_indices());
}

}  // namespace

}  // namespace detail

RNNImpl::RNNImpl(int64_t input_size, int64_t hidden_size) : RNNImpl(RNNOptions(input_size, hidden_size)) {}
RNNImpl::RNNImpl(const RNNOptions& options_)
    : RNNImplBase(detail::base_of(enumtype::holds_alternative<enumtype::kTanh>(options_.nonlinearity())
                                      ? detail::RNNOptionsBase::rnn_options_base_mode_t(kRNN_TANH)
                                      : detail::RNNOptionsBase::rnn_options_base_mode_t(kRNN_RELU),
                                  options_)),
      options(options_) {}
GRUImpl::GRUImpl(int64_t input_size, int64_t hidden_size) : GRUImpl(GRUOptions(input_size, hidden_size)) {}
GRUImpl::GRUImpl(const GRUOptions& options_) : RNNImplBase(detail::base_of(kGRU, options_)), options(options_) {}
LSTMImpl::LSTMImpl(int64_t input_size, int64_t hidden_size) : LSTMImpl(LSTMOptions(input_size, hidden_size)) {}
LSTMImpl::LSTMImpl(const LSTMOptions& options_)
    : RNNImplBase(detail::base_of(kLSTM, options_).proj_size(options_.proj_size())), options(options_) {}

std::tuple<Tensor, Tensor> RNNImpl::forward(const Tensor& input, Tensor hx) {
  const auto a = arguments(input, hx, {}, false);
  const auto& o = options_base;
  const bool tanh = enumtype::holds_alternative<enumtype::kRNN_TANH>(o.mode());
  auto [y, h] = tanh ? rnn_tanh(a.input, a.h, weights_, o.bias(), o.num_layers(), o.dropout(), is_training(),
                                o.bidirectional(), o.batch_first())
                     : rnn_relu(a.input, a.h, weights_, o.bias(), o.num_layers(), o.dropout(), is_training(),
                                o.bidirectional(), o.batch_first());
  return {detail::unbatched(y, o.batch_first() ? 0 : 1, a.batched), detail::unbatched(h, 1, a.batched)};
}
std::tuple<PackedSequence, Tensor> RNNImpl::forward_with_packed_input(const PackedSequence& packed_input, Tensor hx) {
  const auto a = arguments(packed_input, hx, {}, false);
  const auto& o = options_base;
  const bool tanh = enumtype::holds_alternative<enumtype::kRNN_TANH>(o.mode());
  auto [y, h] = tanh ? rnn_tanh(a.input, packed_input.batch_sizes(), a.h, weights_, o.bias(), o.num_layers(),
                                o.dropout(), is_training(), o.bidirectional())
                     : rnn_relu(a.input, packed_input.batch_sizes(), a.h, weights_, o.bias(), o.num_layers(),
                                o.dropout(), is_training(), o.bidirectional());
  return {detail::packed_like(packed_input, y), detail::in_given_order(h, packed_input)};
}

std::tuple<Tensor, Tensor> GRUImpl::forward(const Tensor& input, Tensor hx) {
  const auto a = arguments(input, hx, {}, false);
  const auto& o = options_base;
  auto [y, h] = gru(a.input, a.h, weights_, o.bias(), o.num_layers(), o.dropout(), is_training(), o.bidirectional(),
                    o.batch_first());
  return {detail::unbatched(y, o.batch_first() ? 0 : 1, a.batched), detail::unbatched(h, 1, a.batched)};
}
std::tuple<PackedSequence, Tensor> GRUImpl::forward_with_packed_input(const PackedSequence& packed_input, Tensor hx) {
  const auto a = arguments(packed_input, hx, {}, false);
  const auto& o = options_base;
  auto [y, h] = gru(a.input, packed_input.batch_sizes(), a.h, weights_, o.bias(), o.num_layers(), o.dropout(),
                    is_training(), o.bidirectional());
  return {detail::packed_like(packed_input, y), detail::in_given_order(h, packed_input)};
}

std::tuple<Tensor, std::tuple<Tensor, Tensor>> LSTMImpl::forward(
    const Tensor& input, const std::optional<std::tuple<Tensor, Tensor>>& hx_opt) {
  const auto [h0, c0] = hx_opt.value_or(std::tuple<Tensor, Tensor>());
  const auto a = arguments(input, h0, c0, true);
  const auto& o = options_base;
  const Tensor states[] = {a.h, a.c};
  auto [y, h, c] = lstm(a.input, states, weights_, o.bias(), o.num_layers(), o.dropout(), is_training(),
                        o.bidirectional(), o.batch_first());
  return {detail::unbatched(y, o.batch_first() ? 0 : 1, a.batched),
          {detail::unbatched(h, 1, a.batched), detail::unbatched(c, 1, a.batched)}};
}
std::tuple<PackedSequence, std::tuple<Tensor, Tensor>> LSTMImpl::forward_with_packed_input(
    const PackedSequence& packed_input, const std::optional<std::tuple<Tensor, Tensor>>& hx_opt) {
  const auto [h0, c0] = hx_opt.value_or(std::tuple<Tensor, Tensor>());
  const auto a = arguments(packed_input, h0, c0, true);
  const auto& o = options_base;
  const Tensor states[] = {a.h, a.c};
  auto [y, h, c] = lstm(a.input, packed_input.batch_sizes(), states, weights_, o.bias(), o.num_layers(), o.dropout(),
                        is_training(), o.bidirectional());
  return {detail::packed_like(packed_input, y),
          {detail::in_given_order(h, packed_input), detail::in_given_order(c, packed_input)}};
}

namespace detail {

template <class Derived>
RNNCellImplBase<Derived>::RNNCellImplBase(const RNNCellOptionsBase& options_) : options_base(options_) {
  RNNCellImplBase::reset();
}

template <class Derived>
std::string RNNCellImplBase<Derived>::label() const {
  return options_base.num_chunks() == 4 ? "LSTMCell" : options_base.num_chunks() == 3 ? "GRUCell" : "RNNCell";
}

template <class Derived>
void RNNCellImplBase<Derived>::reset() {
  const auto& o = options_base;
  check(o.input_size() > 0 && o.hidden_size() > 0, label(), ": input_size (", o.input_size(), ") and hidden_size (",
        o.hidden_size(), ") must be positive");
  const int64_t rows = o.num_chunks() * o.hidden_size();
  weight_ih = this->register_parameter("weight_ih", empty({rows, o.input_size()}));
  weight_hh = this->register_parameter("weight_hh", empty({rows, o.hidden_size()}));
  bias_ih = this->register_parameter("bias_ih", o.bias() ? empty({rows}) : Tensor(), o.bias());
  bias_hh = this->register_parameter("bias_hh", o.bias() ? empty({rows}) : Tensor(), o.bias());
  reset_parameters();
}

template <class Derived>
void RNNCellImplBase<Derived>::reset_parameters() {
  const double bound = 1 / std::sqrt(static_cast<double>(options_base.hidden_size()));
  for (const Tensor* w : {&weight_ih, &weight_hh, &bias_ih, &bias_hh})
    if (w->defined()) init::uniform_(*w, -bound, bound);
}

template <class Derived>
void RNNCellImplBase<Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::" << label() << '(' << options_base.input_size() << ", " << options_base.hidden_size();
  if (!options_base.bias()) stream << ", bias=false";
  const std::string nonlinearity = get_nonlinearity_str();
  if (!nonlinearity.empty() && nonlinearity != "kTanh") stream << ", nonlinearity=" << nonlinearity;
  stream << ')';
}

template <class Derived>
std::string RNNCellImplBase<Derived>::get_nonlinearity_str() const {
  return "";
}

template <class Derived>
Tensor RNNCellImplBase<Derived>::batched_input(const Tensor& input) const {
  check(input.defined(), label(), ": input is undefined");
  check(input.dim() == 1 || input.dim() == 2, label(), ": input must have 2 dimensions (1 without batch), got ",
        input.dim());
  check(input.size(-1) == options_base.input_size(), label(), ": input has inconsistent input_size: got ",
        input.size(-1), " expected ", options_base.input_size());
  return input.dim() == 2 ? input : input.unsqueeze(0);
}
template <class Derived>
Tensor RNNCellImplBase<Derived>::batched_state(const Tensor& input, const Tensor& state, const char* label_) const {
  const int64_t hidden = options_base.hidden_size(), batch = input.dim() == 2 ? input.size(0) : 1;
  if (!state.defined()) return zeros({batch, hidden}, input.options());
  check(state.dim() == input.dim(), label(), ": expected ", label_, " to have ", input.dim(),
        " dimensions as the input, got ", state.sizes());
  check(state.size(-1) == hidden, label(), ": ", label_, " has inconsistent hidden_size: got ", state.size(-1),
        ", expected ", hidden);
  if (state.dim() == 1) return state.unsqueeze(0);
  check(state.size(0) == batch, label(), ": Input batch size ", batch, " doesn't match ", label_, " batch size ",
        state.size(0));
  return state;
}

template class RNNImplBase<RNNImpl>;
template class RNNImplBase<LSTMImpl>;
template class RNNImplBase<GRUImpl>;
template class RNNCellImplBase<RNNCellImpl>;
template class RNNCellImplBase<LSTMCellImpl>;
template class RNNCellImplBase<GRUCellImpl>;

}  // namespace detail

RNNCellImpl::RNNCellImpl(int64_t input_size, int64_t hidden_size)
    : RNNCellImpl(RNNCellOptions(input_size, hidden_size)) {}
RNNCellImpl::RNNCellImpl(const RNNCellOptions& options_)
    : RNNCellImplBase(detail::RNNCellOptionsBase(options_.input_size(), options_.hidden_size(), options_.bias(), 1)),
      options(options_) {}
LSTMCellImpl::LSTMCellImpl(int64_t input_size, int64_t hidden_size)
    : LSTMCellImpl(LSTMCellOptions(input_size, hidden_size)) {}
LSTMCellImpl::LSTMCellImpl(const LSTMCellOptions& options_)
    : RNNCellImplBase(detail::RNNCellOptionsBase(options_.input_size(), options_.hidden_size(), options_.bias(), 4)),
      options(options_) {}
GRUCellImpl::GRUCellImpl(int64_t input_size, int64_t hidden_size)
    : GRUCellImpl(GRUCellOptions(input_size, hidden_size)) {}
GRUCellImpl::GRUCellImpl(const GRUCellOptions& options_)
    : RNNCellImplBase(detail::RNNCellOptionsBase(options_.input_size(), options_.hidden_size(), options_.bias(), 3)),
      options(options_) {}

std::string RNNCellImpl::get_nonlinearity_str() const { return enumtype::get_enum_name(options.nonlinearity()); }

Tensor RNNCellImpl::forward(const Tensor& input, Tensor hx) {
  const Tensor x = batched_input(input), h = batched_state(input, hx, "hx");
  const Tensor y = enumtype::holds_alternative<enumtype::kTanh>(options.nonlinearity())
                       ? rnn_tanh_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
                       : rnn_relu_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh);
  return input.dim() == 2 ? y : y.squeeze(0);
}
Tensor GRUCellImpl::forward(const Tensor& input, Tensor hx) {
  const Tensor x = batched_input(input), h = batched_state(input, hx, "hx");
  const Tensor y = gru_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh);
  return input.dim() == 2 ? y : y.squeeze(0);
}
std::tuple<Tensor, Tensor> LSTMCellImpl::forward(const Tensor& input,
                                                 const std::optional<std::tuple<Tensor, Tensor>>& hx_opt) {
  const auto [h0, c0] = hx_opt.value_or(std::tuple<Tensor, Tensor>());
  const Tensor x = batched_input(input);
  const Tensor states[] = {batched_state(input, h0, "hx[0]"), batched_state(input, c0, "hx[1]")};
  auto [h, c] = lstm_cell(x, states, weight_ih, weight_hh, bias_ih, bias_hh);
  if (input.dim() == 2) return {h, c};
  return {h.squeeze(0), c.squeeze(0)};
}

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(RNNImpl, {1, AnyValue(Tensor())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(LSTMImpl, {1, AnyValue(std::optional<std::tuple<Tensor, Tensor>>())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(GRUImpl, {1, AnyValue(Tensor())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(RNNCellImpl, {1, AnyValue(Tensor())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(LSTMCellImpl, {1, AnyValue(std::optional<std::tuple<Tensor, Tensor>>())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(GRUCellImpl, {1, AnyValue(Tensor())})

}  // namespace lampas::nn
