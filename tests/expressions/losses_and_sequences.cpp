#include "expressions.h"

namespace expressions {

using namespace torch;

namespace {
/// Printed form, result and gradient of a loss.
template <class Loss, class... Rest>
void loss(Lines& lines, const std::string& name, Loss m, const Tensor& input, const Rest&... rest) {
  run(lines, name + " is " + printed(m), [&] {
    const auto x = input.detach().clone().requires_grad_();
    const auto y = m->forward(x, rest...);
    weighted(y).backward();
    return std::vector<Tensor>{y, x.grad()};
  });
}
/// Printed form, results, gradients of input and parameters.
template <class Net>
void recurrent(Lines& lines, const Tensor& in, Net net) {
  run(lines, printed(net), [&] {
    in.mutable_grad() = Tensor();
    const auto all = net->forward(in);
    std::get<0>(all).cos().sum().backward();
    std::vector<Tensor> shown{std::get<0>(all)};
    if constexpr (std::is_same_v<Net, nn::LSTM>) {
      shown.push_back(std::get<0>(std::get<1>(all)));
      shown.push_back(std::get<1>(std::get<1>(all)));
    } else {
      shown.push_back(std::get<1>(all));
    }
    shown.push_back(in.grad());
    for (const auto& p : net->parameters()) shown.push_back(p.grad());
    return shown;
  });
}
/// Of the modules that LibTorch initialises in another order than Python (whose order is ours).
void set_parameters(nn::Module& m) {
  torch::NoGradGuard off;
  for (auto& p : m.parameters()) p.copy_(torch::arange(1, p.numel() + 1, torch::kFloat).sin().view_as(p).mul(0.3));
}
}  // namespace
#define LOSS(m, ...) loss(lines, #m, m, __VA_ARGS__)

/// Losses, recurrent layers, attention, containers, packed sequences.
void losses_and_sequences(Lines& lines) {
  torch::manual_seed(6);
  auto x = torch::randn({4, 5}), y = torch::randn({4, 5}), p = torch::rand({4, 5}), t = torch::randint(0, 5, {4}),
       s = torch::randint(0, 2, {4, 5}).to(kFloat), s1 = torch::randint(0, 2, {4}).to(kFloat) * 2 - 1,
       w = torch::rand({5}), z = torch::randn({4, 5, 3, 2}), zt = torch::randint(0, 5, {4, 3, 2}),
       ml = torch::tensor({{1, 0, -1, 2, 3}, {3, 2, 1, 0, 4}, {-1, 0, 0, 0, 0}, {4, -1, 1, 1, 1}});
  LOSS(nn::L1Loss(), x, y);
  LOSS(nn::L1Loss(nn::L1LossOptions(torch::kSum)), x, y);
  LOSS(nn::MSELoss(), x, y);
  LOSS(nn::MSELoss(nn::MSELossOptions(torch::kNone)), x, y);
  LOSS(nn::SmoothL1Loss(), x, y);
  LOSS(nn::SmoothL1Loss(nn::SmoothL1LossOptions().beta(0.3)), x, y);
  LOSS(nn::HuberLoss(nn::HuberLossOptions().delta(0.5)), x, y);
  LOSS(nn::CrossEntropyLoss(), x, t);
  LOSS(nn::CrossEntropyLoss(nn::CrossEntropyLossOptions().weight(w).ignore_index(2)), x, t);
  LOSS(nn::CrossEntropyLoss(nn::CrossEntropyLossOptions().label_smoothing(0.2).weight(w)), x, t);
  LOSS(nn::CrossEntropyLoss(), x, p);
  LOSS(nn::CrossEntropyLoss(), z, zt);
  LOSS(nn::CrossEntropyLoss(nn::CrossEntropyLossOptions().reduction(torch::kNone).weight(w)), z, zt);
  LOSS(nn::CrossEntropyLoss(nn::CrossEntropyLossOptions().reduction(torch::kSum).label_smoothing(0.1)), z, zt);
  LOSS(nn::NLLLoss(), x, t);
  LOSS(nn::NLLLoss(nn::NLLLossOptions().weight(w).ignore_index(1)), x, t);
  LOSS(nn::NLLLoss(nn::NLLLossOptions().reduction(torch::kNone)), z, zt);
  LOSS(nn::BCELoss(), p, s);
  LOSS(nn::BCELoss(nn::BCELossOptions().weight(w)), p, s);
  LOSS(nn::BCEWithLogitsLoss(nn::BCEWithLogitsLossOptions().weight(w).pos_weight(w + 1)), x, s);
  LOSS(nn::KLDivLoss(), x, p);
  LOSS(nn::KLDivLoss(nn::KLDivLossOptions(torch::kBatchMean)), x, p);
  LOSS(nn::KLDivLoss(nn::KLDivLossOptions(torch::kSum).log_target(true)), x, y);
  LOSS(nn::PoissonNLLLoss(), x, p);
  LOSS(nn::PoissonNLLLoss(nn::PoissonNLLLossOptions().log_input(false).full(true)), p, p * 3);
  LOSS(nn::HingeEmbeddingLoss(nn::HingeEmbeddingLossOptions().margin(0.7)), x, s * 2 - 1);
  LOSS(nn::MultiLabelMarginLoss(), x, ml);
  LOSS(nn::MultiLabelSoftMarginLoss(nn::MultiLabelSoftMarginLossOptions().weight(w)), x, s);
  LOSS(nn::SoftMarginLoss(), x, s * 2 - 1);
  LOSS(nn::MultiMarginLoss(), x, t);
  LOSS(nn::MultiMarginLoss(nn::MultiMarginLossOptions().p(2).margin(0.5).weight(w)), x, t);
  LOSS(nn::CosineEmbeddingLoss(nn::CosineEmbeddingLossOptions().margin(0.2)), x, y, s1);
  LOSS(nn::MarginRankingLoss(nn::MarginRankingLossOptions().margin(0.2)), x[0], y[0], s[0] * 2 - 1);
  LOSS(nn::TripletMarginLoss(nn::TripletMarginLossOptions().margin(0.7).p(1.5).swap(true)), x, y, p);
  LOSS(nn::TripletMarginWithDistanceLoss(), x, y, p);
  auto lp = torch::randn({9, 3, 5}).log_softmax(2);
  auto tg = torch::randint(1, 5, {3, 4});
  LOSS(nn::CTCLoss(), lp, tg, torch::tensor({9, 8, 7}), torch::tensor({4, 3, 2}));
  LOSS(nn::CTCLoss(nn::CTCLossOptions().reduction(torch::kSum).zero_infinity(true)), lp, tg, torch::tensor({9, 2, 7}),
       torch::tensor({4, 4, 2}));

  for (int kind = 0; kind < 6; ++kind) {
    torch::manual_seed(11);
    const auto in = torch::randn({7, 3, 4}).requires_grad_();
    const bool both = kind % 2 == 1, first = kind >= 3;
    const int64_t layers = 1 + kind % 3;
    recurrent(lines, in,
              nn::LSTM(nn::LSTMOptions(4, 5).num_layers(layers).bidirectional(both).batch_first(first).proj_size(
                  kind == 5 ? 2 : 0)));
    recurrent(lines, in,
              nn::GRU(nn::GRUOptions(4, 5).num_layers(layers).bidirectional(both).batch_first(first).bias(kind != 2)));
    recurrent(lines, in,
              nn::RNN(nn::RNNOptions(4, 5).num_layers(layers).bidirectional(both).batch_first(first).nonlinearity(
                  torch::kReLU)));
  }
  torch::manual_seed(12);
  const auto in = torch::randn({3, 4});
  EXPRESSION(nn::LSTMCell(4, 5)->forward(in));
  EXPRESSION(nn::GRUCell(4, 5)->forward(in));
  EXPRESSION(nn::RNNCell(4, 5)->forward(in));

  nn::MultiheadAttention plain_attention(nn::MultiheadAttentionOptions(8, 2));
  nn::MultiheadAttention attention(
      nn::MultiheadAttentionOptions(8, 2).add_bias_kv(true).add_zero_attn(true).bias(true));
  const auto q = torch::randn({5, 3, 8}), k = torch::randn({6, 3, 8});
  EXPRESSION(plain_attention->forward(q, k, k));
  EXPRESSION(attention->forward(q, k, k));
  EXPRESSION(plain_attention->forward(q, k, k, torch::rand({3, 6}) > 0.7));
  EXPRESSION(plain_attention->forward(q, k, k, {}, false, torch::randn({5, 6})));
  EXPRESSION(plain_attention->parameters());
  EXPRESSION(attention->parameters());

  torch::manual_seed(13);
  nn::TransformerEncoderLayer encoder(nn::TransformerEncoderLayerOptions(8, 2).dim_feedforward(16).dropout(0.));
  nn::TransformerDecoderLayer decoder(
      nn::TransformerDecoderLayerOptions(8, 2).dim_feedforward(16).dropout(0.).activation(torch::kGELU));
  nn::Transformer transformer(nn::TransformerOptions(8, 2, 2, 2).dim_feedforward(16).dropout(0.));
  EXPRESSION(encoder->forward(q));
  EXPRESSION(decoder->forward(q, k));
  set_parameters(*transformer);
  EXPRESSION(transformer->forward(q, k));
  EXPRESSION(nn::TransformerEncoder(encoder, 2)->forward(q));

  torch::manual_seed(14);
  nn::AdaptiveLogSoftmaxWithLoss adaptive(
      nn::AdaptiveLogSoftmaxWithLossOptions(8, 12, {4, 8}).div_value(2.).head_bias(true));
  set_parameters(*adaptive);
  const auto rows = torch::randn({6, 8});
  EXPRESSION(adaptive->forward(rows, torch::randint(0, 12, {6})).output);
  EXPRESSION(adaptive->log_prob(rows));
  EXPRESSION(adaptive->predict(rows));

  torch::manual_seed(15);
  nn::Bilinear bilinear(3, 4, 5);
  EXPRESSION(bilinear->forward(torch::randn({2, 3}), torch::randn({2, 4})));

  namespace R = nn::utils::rnn;
  const auto packed = R::pack_padded_sequence(torch::randn({5, 3, 2}), torch::tensor({2, 5, 3}), false, false);
  EXPRESSION(packed.data());
  EXPRESSION(packed.batch_sizes());
  EXPRESSION(packed.sorted_indices());
  EXPRESSION(packed.unsorted_indices());
  EXPRESSION(R::pad_packed_sequence(packed));
  EXPRESSION(R::pad_sequence({torch::ones({2, 3}), torch::ones({4, 3})}, true, 0.5));
}

}  // namespace expressions
