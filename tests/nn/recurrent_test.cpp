#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "lampas/autograd/autograd.h"
#include "lampas/autograd/gradcheck.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/digest.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

using utils::rnn::pack_padded_sequence;
using utils::rnn::pack_sequence;
using utils::rnn::PackedSequence;
using utils::rnn::pad_packed_sequence;
using utils::rnn::pad_sequence;

using digest::leaf;

/// Adds results and gradients to what is compared: draws the cotangents as the script does.
void compare(const digest::Case& c, const std::vector<Tensor>& results, const Tensor& x,
             const std::vector<Tensor>& states, const std::vector<Tensor>& parameters, double tolerance) {
  Tensor loss;
  for (const Tensor& r : results) {
    const Tensor term = (r * digest::uniform(r.sizes(), r.scalar_type())).sum();
    loss = loss.defined() ? loss + term : term;
  }
  loss.backward();
  for (size_t k = 0; k < results.size(); ++k) digest::expect(c, str("y", k), results[k], tolerance);
  digest::expect(c, "dx", x.grad(), tolerance);
  for (size_t k = 0; k < states.size(); ++k) digest::expect(c, str("dh", k), states[k].grad(), tolerance);
  for (size_t k = 0; k < parameters.size(); ++k) digest::expect(c, str("dw", k), parameters[k].grad(), tolerance);
}

template <class Options>
Options common(const digest::Case& c) {
  return Options(c["input"], c["hidden"])
      .num_layers(c["layers"])
      .bias(c["bias"])
      .batch_first(c["batch_first"])
      .dropout(static_cast<double>(c["dropout"]) / 10)
      .bidirectional(c["bidirectional"]);
}

template <class Net>
void run_layer(const digest::Case& c, Net net, ScalarType dtype, double tolerance) {
  const auto parameters = net->parameters();
  for (size_t k = 0; k < parameters.size(); ++k) digest::expect(c, str("w", k), parameters[k], 1e-6);
  EXPECT_EQ(net->all_weights().size(), parameters.size());
  net->to(dtype);
  const int64_t steps = c["steps"], batch = c["batch"], count = c["layers"] * (c["bidirectional"] ? 2 : 1);
  constexpr bool lstm = std::is_same_v<Net, LSTM>;
  const Tensor x = c["unbatched"]     ? leaf({steps, c["input"]}, dtype)
                   : c["batch_first"] ? leaf({batch, steps, c["input"]}, dtype)
                                      : leaf({steps, batch, c["input"]}, dtype);
  const int64_t out = c["proj"] ? c["proj"] : c["hidden"];
  const auto state = [&](int64_t width) {
    return c["unbatched"] ? leaf({count, width}, dtype) : leaf({count, batch, width}, dtype);
  };
  std::vector<Tensor> states, results;
  if (c["state"]) {
    states.push_back(state(out));
    if (lstm) states.push_back(state(c["hidden"]));
  }
  const auto finish = [&](auto r) {
    if constexpr (std::is_same_v<std::decay_t<decltype(std::get<0>(r))>, PackedSequence>)
      results.push_back(std::get<0>(r).data());
    else
      results.push_back(std::get<0>(r));
    if constexpr (lstm) {
      results.push_back(std::get<0>(std::get<1>(r)));
      results.push_back(std::get<1>(std::get<1>(r)));
    } else {
      results.push_back(std::get<1>(r));
    }
  };
  const auto hx = [&] {
    if constexpr (lstm)
      return states.empty() ? std::optional<std::tuple<Tensor, Tensor>>() : std::make_tuple(states[0], states[1]);
    else
      return states.empty() ? Tensor() : states[0];
  }();
  if (c["packed"]) {
    Tensor lengths = empty({batch}, kLong);
    for (int64_t b = 0; b < batch; ++b) lengths[b] = (3 * b + 2) % steps + 1;
    if (c["packed"] == 2) {
      auto* n = lengths.data_ptr<int64_t>();
      std::sort(n, n + batch, std::greater<int64_t>());
    }
    const auto packed = pack_padded_sequence(x, lengths, c["batch_first"], c["packed"] == 2);
    manual_seed(2);
    finish(net->forward_with_packed_input(packed, hx));
  } else {
    manual_seed(2);
    finish(net->forward(x, hx));
  }
  compare(c, results, x, states, net->parameters(), tolerance);
}

template <class Cell>
void run_cell(const digest::Case& c, Cell cell, ScalarType dtype, double tolerance) {
  const auto parameters = cell->parameters();
  for (size_t k = 0; k < parameters.size(); ++k) digest::expect(c, str("w", k), parameters[k], 1e-6);
  cell->to(dtype);
  const auto sized = [&](int64_t width) {
    return c["unbatched"] ? leaf({width}, dtype) : leaf({c["batch"], width}, dtype);
  };
  const Tensor x = sized(c["input"]);
  std::vector<Tensor> states, results;
  if (c["state"]) states.push_back(sized(c["hidden"]));
  if constexpr (std::is_same_v<Cell, LSTMCell>) {
    if (c["state"]) states.push_back(sized(c["hidden"]));
    std::optional<std::tuple<Tensor, Tensor>> hx;
    if (c["state"]) hx = std::make_tuple(states[0], states[1]);
    manual_seed(2);
    const auto [h, cc] = cell->forward(x, hx);
    results = {h, cc};
  } else {
    manual_seed(2);
    results = {cell->forward(x, c["state"] ? states[0] : Tensor())};
  }
  compare(c, results, x, states, cell->parameters(), tolerance);
}

TEST(Recurrent, ComputesAndDifferentiatesAsPyTorch) {
  for (const digest::Case& c : digest::cases_of(LAMPAS_TEST_DATA "/nn/recurrent.txt"))
    for (const ScalarType dtype : {kDouble, kFloat}) {
      const double tolerance = dtype == kDouble ? 1e-10 : 3e-6;
      manual_seed(1);
      if (c.kind == "LSTM") {
        run_layer(c, LSTM(common<LSTMOptions>(c).proj_size(c["proj"])), dtype, tolerance);
      } else if (c.kind == "GRU") {
        run_layer(c, GRU(common<GRUOptions>(c)), dtype, tolerance);
      } else if (c.kind == "RNN") {
        auto o = common<RNNOptions>(c);
        if (c["relu"]) o.nonlinearity(kReLU);
        run_layer(c, RNN(o), dtype, tolerance);
      } else if (c.kind == "LSTMCell") {
        run_cell(c, LSTMCell(LSTMCellOptions(c["input"], c["hidden"]).bias(c["bias"])), dtype, tolerance);
      } else if (c.kind == "GRUCell") {
        run_cell(c, GRUCell(GRUCellOptions(c["input"], c["hidden"]).bias(c["bias"])), dtype, tolerance);
      } else {
        auto o = RNNCellOptions(c["input"], c["hidden"]).bias(c["bias"]);
        if (c["relu"]) o.nonlinearity(kReLU);
        run_cell(c, RNNCell(o), dtype, tolerance);
      }
    }
}

TEST(Recurrent, ResultsDoNotDependOnThreads) {
  manual_seed(3);
  LSTM net(LSTMOptions(24, 96).num_layers(2).bidirectional(true));
  const Tensor x = randn({6, 34, 24});
  const auto run = [&](int threads) {
    set_num_threads(threads);
    net->zero_grad(true);
    const Tensor y = std::get<0>(net->forward(x));
    y.backward(ones_like(y));
    std::vector<Tensor> all{y.detach()};
    for (const Tensor& p : net->parameters()) all.push_back(p.grad().clone());
    return all;
  };
  const int before = get_num_threads();
  const auto one = run(1), three = run(3);
  set_num_threads(before);
  for (size_t k = 0; k < one.size(); ++k) EXPECT_TRUE(one[k].equal(three[k])) << k;
}

/// Result, state and gradients of `net` for the first `batch` sequences of x, where only the first `counted` of them
/// have a part in the loss.
template <class Net>
std::vector<Tensor> first_of(Net& net, const Tensor& x, const Tensor& g, int64_t batch, int64_t counted) {
  net->zero_grad(true);
  const Tensor in = x.narrow(-2, 0, batch).contiguous().requires_grad_();
  Tensor y;
  if constexpr (std::is_same_v<decltype(net->forward(in)), Tensor>)
    y = net->forward(in);
  else
    y = std::get<0>(net->forward(in));
  const Tensor some = y.narrow(-2, 0, counted);
  some.backward(g.narrow(-2, 0, counted));
  std::vector<Tensor> all{some.detach(), in.grad().narrow(-2, 0, counted)};
  for (const Tensor& p : net->parameters()) all.push_back(p.grad().clone());
  return all;
}
void expect_close(const std::vector<Tensor>& a, const std::vector<Tensor>& b, ScalarType dtype, const char* what) {
  const double tolerance = dtype == kDouble ? 1e-11 : 2e-5;
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(a[k].allclose(b[k], tolerance, tolerance)) << what << ' ' << k;
}

TEST(Recurrent, OneSequenceIsAsAmongOthers) {  // weights of more than 256 KiB have products of their own for one row
  const auto same = [](auto net, int64_t width, const char* what) {
    for (const ScalarType dtype : {kFloat, kDouble}) {
      net->to(dtype);
      const Tensor x = randn({4, 3, 5}, dtype), g = randn({4, 3, width}, dtype);
      expect_close(first_of(net, x, g, 1, 1), first_of(net, x, g, 3, 1), dtype, what);
    }
  };
  manual_seed(11);
  same(LSTM(5, 131), 131, "LSTM");
  same(LSTM(LSTMOptions(5, 331).proj_size(203)), 203, "LSTM, projected");
  same(GRU(5, 301), 301, "GRU");
  same(RNN(5, 259), 259, "RNN");
  same(RNN(RNNOptions(5, 272).nonlinearity(kReLU)), 272, "RNN, relu");
}

TEST(Recurrent, OneSequenceKeepsNaN) {
  manual_seed(12);
  LSTM net(5, 136);
  Tensor x = randn({3, 1, 5});
  x[1][0][2] = std::nan("");
  const Tensor y = std::get<0>(net->forward(x));
  EXPECT_TRUE(y[0].isfinite().all().item<bool>());
  EXPECT_TRUE(y.narrow(0, 1, 2).isnan().all().item<bool>());
}

TEST(Recurrent, CellsOfFewRowsAreAsThoseOfMany) {
  const auto same = [](auto net, int64_t width, const char* what) {
    for (const ScalarType dtype : {kFloat, kDouble}) {
      net->to(dtype);
      const Tensor x = randn({60, 19}, dtype), g = randn({60, width}, dtype);
      for (const int64_t few : {1, 7, 20, 48, 49})
        expect_close(first_of(net, x, g, few, few), first_of(net, x, g, 60, few), dtype, what);
    }
  };
  manual_seed(13);
  same(LSTMCell(19, 37), 37, "LSTMCell");
  same(GRUCell(19, 37), 37, "GRUCell");
  same(RNNCell(19, 130), 130, "RNNCell");
}

TEST(Recurrent, ReducedFloatsComputeInFloat32) {
  manual_seed(4);
  GRU net(5, 7);
  const Tensor x = randn({3, 2, 5});
  net->to(kBFloat16);
  const auto [y, h] = net->forward(x.to(kBFloat16));
  EXPECT_EQ(y.scalar_type(), kBFloat16);
  EXPECT_EQ(h.scalar_type(), kBFloat16);
  net->to(kFloat);
  const auto [yf, hf] = net->forward(x.to(kBFloat16).to(kFloat));
  EXPECT_TRUE(y.equal(yf.to(kBFloat16)));
  EXPECT_TRUE(h.equal(hf.to(kBFloat16)));
}

TEST(Recurrent, CopiesAndPrints) {
  EXPECT_EQ(printed(LSTM(LSTMOptions(128, 64).num_layers(3).dropout(0.2).proj_size(32))),
            "torch::nn::LSTM(input_size=128, hidden_size=64, num_layers=3, bias=true, batch_first=false, dropout=0.2, "
            "bidirectional=false, proj_size=32)");
  EXPECT_EQ(printed(GRU(2, 3)),
            "torch::nn::GRU(input_size=2, hidden_size=3, num_layers=1, bias=true, batch_first=false, dropout=0, "
            "bidirectional=false)");
  EXPECT_EQ(printed(RNNCell(RNNCellOptions(20, 10).bias(false).nonlinearity(kReLU))),
            "torch::nn::RNNCell(20, 10, bias=false, nonlinearity=kReLU)");
  EXPECT_EQ(printed(LSTMCell(20, 10)), "torch::nn::LSTMCell(20, 10)");
  LSTM net(LSTMOptions(3, 4).bidirectional(true));
  const auto names = net->named_parameters().keys();
  EXPECT_EQ(names, (std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                                             "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse",
                                             "bias_hh_l0_reverse"}));
  LSTM copy = std::dynamic_pointer_cast<LSTMImpl>(net->clone());
  const Tensor x = randn({2, 3, 3});
  EXPECT_TRUE(std::get<0>(copy->forward(x)).equal(std::get<0>(net->forward(x))));
  {
    NoGradGuard no_grad;
    copy->parameters()[0].fill_(0);
  }
  EXPECT_FALSE(std::get<0>(copy->forward(x)).equal(std::get<0>(net->forward(x))));
  // An AnyModule fills in the state.
  AnyModule any(GRU(3, 4));
  EXPECT_EQ(std::get<0>((any.forward<std::tuple<Tensor, Tensor>>(x))).sizes(), IntArrayRef({2, 3, 4}));
}

TEST(Recurrent, RefusesWhatDoesNotFit) {
  LSTM net(LSTMOptions(3, 4).num_layers(2));
  EXPECT_MESSAGE(net->forward(randn({3})), "input must have 3 dimensions (2 without batch), got 1");
  EXPECT_MESSAGE(net->forward(randn({2, 3, 5})), "input.size(-1) must be equal to input_size. Expected 3, got 5");
  EXPECT_MESSAGE(net->forward(randn({0, 2, 3})), "expected at least one step");
  EXPECT_MESSAGE(net->forward(ones({2, 2, 3}, kLong)), "expected a floating point input");
  EXPECT_MESSAGE(net->forward(randn({2, 5, 3}), std::make_tuple(randn({2, 4, 4}), randn({2, 5, 4}))),
                 "LSTM: Expected hidden[0] size [2, 5, 4], got [2, 4, 4]");
  EXPECT_MESSAGE(net->forward(randn({2, 5, 3}), std::make_tuple(randn({2, 5, 4}), randn({2, 5, 3}))),
                 "LSTM: Expected hidden[1] size [2, 5, 4], got [2, 5, 3]");
  EXPECT_MESSAGE(net->forward(randn({2, 3}), std::make_tuple(randn({2, 1, 4}), randn({2, 4}))),
                 "LSTM: Expected hidden[0] size [2, 4], got [2, 1, 4]");
  EXPECT_MESSAGE(net->forward(randn({2, 2, 3}, kDouble)), "one dtype");
  EXPECT_MESSAGE(GRU(GRUOptions(3, 0)), "must be positive");
  EXPECT_MESSAGE(GRU(GRUOptions(3, 4).num_layers(0)), "num_layers must be positive, got 0");
  EXPECT_MESSAGE(GRU(GRUOptions(3, 4).dropout(1.5)), "dropout should be a number in range [0, 1], got 1.5");
  EXPECT_MESSAGE(LSTM(LSTMOptions(3, 4).proj_size(4)), "proj_size has to be at least 0 and smaller than hidden_size");
  EXPECT_MESSAGE(lstm(randn({2, 2, 3}), {randn({1, 2, 4})}, {}, true, 1, 0, false, false, false),
                 "lstm: expects two hidden states, got 1");
  EXPECT_MESSAGE(gru(randn({2, 2, 3}), randn({1, 2, 4}), {randn({12, 3})}, true, 1, 0, false, false, false),
                 "gru: expected 4 parameters for 1 layers in 1 directions, got 1");
  EXPECT_MESSAGE(
      gru(randn({2, 2, 3}), randn({1, 2, 4}), {randn({12, 3}), randn({12, 5})}, false, 1, 0, false, false, false),
      "gru: hidden state has 4 features but weight_hh [12, 5] expects 5");
  EXPECT_MESSAGE(GRUCell(3, 4)->forward(randn({2, 4})), "GRUCell: input has inconsistent input_size: got 4 expected 3");
  EXPECT_MESSAGE(GRUCell(3, 4)->forward(randn({2, 3}), randn({3, 4})),
                 "GRUCell: Input batch size 2 doesn't match hx batch size 3");
  EXPECT_MESSAGE(LSTMCell(3, 4)->forward(randn({2, 3}), std::make_tuple(randn({2, 4}), randn({2, 5}))),
                 "LSTMCell: hx[1] has inconsistent hidden_size: got 5, expected 4");
}

TEST(PackedSequence, PacksAndPads) {
  const Tensor a = arange(3, kFloat), b = arange(10, 12, kFloat), c = arange(20, 21, kFloat);
  const PackedSequence p = pack_sequence({a, b, c});
  EXPECT_TRUE(p.data().equal(tensor({0., 10., 20., 1., 11., 2.}, kFloat)));
  EXPECT_TRUE(p.batch_sizes().equal(tensor({3, 2, 1}, kLong)));
  EXPECT_FALSE(p.sorted_indices().defined());
  const auto [padded, lengths] = pad_packed_sequence(p, true, -1);
  EXPECT_TRUE(padded.equal(tensor({{0., 1., 2.}, {10., 11., -1.}, {20., -1., -1.}}, kFloat)));
  EXPECT_TRUE(lengths.equal(tensor({3, 2, 1}, kLong)));
  EXPECT_TRUE(pad_sequence({a, b, c}, true, -1).equal(padded));
  // Any order, and more steps than needed.
  const PackedSequence q = pack_sequence({c, a, b}, false);
  EXPECT_TRUE(q.data().equal(p.data()));
  EXPECT_TRUE(q.sorted_indices().equal(tensor({1, 2, 0}, kLong)));
  EXPECT_TRUE(q.unsorted_indices().equal(tensor({2, 0, 1}, kLong)));
  const auto [again, in_order] = pad_packed_sequence(q, false, 7, 4);
  EXPECT_TRUE(again.equal(tensor({{20., 0., 10.}, {7., 1., 11.}, {7., 2., 7.}, {7., 7., 7.}}, kFloat)));
  EXPECT_TRUE(in_order.equal(tensor({1, 3, 2}, kLong)));
  // Labels, more dimensions, full length.
  const Tensor labels = arange(24, kLong).reshape({3, 2, 4});
  const PackedSequence l = pack_padded_sequence(labels, tensor({3, 3}, kLong));
  EXPECT_TRUE(l.data().equal(labels.reshape({6, 4})));
  EXPECT_TRUE(std::get<0>(pad_packed_sequence(l)).equal(labels));
  EXPECT_EQ(l.to(kFloat).data().scalar_type(), kFloat);
  EXPECT_TRUE(utils::rnn::invert_permutation(tensor({2, 0, 1}, kLong)).equal(tensor({1, 2, 0}, kLong)));
  EXPECT_FALSE(utils::rnn::invert_permutation({}).defined());
}

TEST(PackedSequence, Differentiates) {
  const Tensor x = randn({4, 3, 2}, kDouble).requires_grad_();
  const Tensor lengths = tensor({2, 4, 1}, kLong);
  const auto f = [&](const variable_list& in) {
    const auto p = pack_padded_sequence(in[0] * in[0], lengths, false, false);
    return variable_list{p.data(), std::get<0>(pad_packed_sequence(p, true, 3, 5)), pad_sequence({in[0][0], in[0][1]})};
  };
  EXPECT_TRUE(autograd::gradcheck(f, {x}));
  EXPECT_TRUE(autograd::gradgradcheck(f, {x}));
}

TEST(PackedSequence, RefusesWhatDoesNotFit) {
  const Tensor x = randn({4, 3, 2});
  EXPECT_MESSAGE(pack_padded_sequence(randn({4}), tensor({4}, kLong)), "expected an input of at least 2 dimensions");
  EXPECT_MESSAGE(pack_padded_sequence(x, tensor({4, 2}, kLong)), "one length for each of the 3 sequences");
  EXPECT_MESSAGE(pack_padded_sequence(x, tensor({5, 2, 1}, kLong)),
                 "sequence 0 has length 5 but the input only 4 steps");
  EXPECT_MESSAGE(pack_padded_sequence(x, tensor({4, 2, 0}, kLong)),
                 "has to be greater than 0, but got 0 for sequence 2");
  EXPECT_MESSAGE(pack_padded_sequence(x, tensor({2, 4, 1}, kLong)), "enforce_sorted is true, got 4 after 2");
  EXPECT_MESSAGE(pack_padded_sequence(x, tensor({2.5, 2., 1.})), "expected 'lengths' to hold integers");
  EXPECT_MESSAGE(pack_padded_sequence(randn({4, 0, 2}), empty({0}, kLong)), "cannot pack an empty tensor");
  EXPECT_MESSAGE(pad_packed_sequence(pack_padded_sequence(x, tensor({4, 2, 1}, kLong)), false, 0, 3),
                 "total_length=3 and max sequence length being 4");
  EXPECT_MESSAGE(pad_packed_sequence(PackedSequence(randn({5, 2}), tensor({2, 3}, kLong))),
                 "not to increase, got 3 for step 1");
  EXPECT_MESSAGE(pad_packed_sequence(PackedSequence(randn({5, 2}), tensor({3, 3}, kLong))),
                 "batch_sizes add up to 6 rows");
  EXPECT_MESSAGE(PackedSequence(randn({5, 2}), tensor({3, 2}, kLong), tensor({0, 0, 1}, kLong)),
                 "expected a permutation of 0 to 2, got 0 at position 1");
  EXPECT_MESSAGE(pad_sequence({}), "empty list");
  EXPECT_MESSAGE(pad_sequence({randn({2, 3}), randn({2, 4})}), "equal trailing sizes, got [2, 3] and [2, 4]");
  EXPECT_MESSAGE(pack_sequence({randn({2}), randn({3})}), "enforce_sorted is true, got 3 after 2");
  GRU net(2, 4);
  EXPECT_MESSAGE(net->forward_with_packed_input(PackedSequence(randn({5, 2}), tensor({2, 3}, kLong))),
                 "not to increase, got 3 for step 1");
  EXPECT_MESSAGE(net->forward_with_packed_input(PackedSequence(randn({5, 3}), tensor({3, 2}, kLong))),
                 "Expected 2, got 3");
  EXPECT_MESSAGE(net->forward_with_packed_input(PackedSequence(randn({5, 2}), tensor({3, 2}, kLong)), randn({1, 2, 4})),
                 "Expected hidden size [1, 3, 4], got [1, 2, 4]");
}

}  // namespace
}  // namespace lampas::nn
