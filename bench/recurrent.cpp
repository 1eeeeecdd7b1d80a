// Recurrent layers and attention, forward alone and with all gradients.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
using torch::Tensor;

/// Two rows: `f(net, x)` without gradients, and with those of input and parameters.
template <class Net, class F>
void layer(const std::string& name, std::vector<int64_t> shape, double flops, Net make, F f) {
  row("recurrent/" + name,
      [=] {
        return [net = make(), x = torch::randn(shape), f]() mutable {
          torch::NoGradGuard guard;
          keep(f(net, x));
        };
      },
      {flops, 0});
  row("recurrent/" + name + ", forward and backward",
      [=] {
        auto net = make();
        auto x = torch::randn(shape, torch::requires_grad());
        auto g = torch::randn_like(f(net, x)).detach();
        return [net, x, g, f]() mutable { f(net, x).backward(g); };
      },
      {3 * flops, 0});
}

/// Multiplications and additions of a forward pass.
double work(double rows, double gates, double input, double hidden) {
  return 2 * rows * gates * hidden * (input + hidden);
}

const bench::Register all([] {
  const auto output = [](auto& net, const Tensor& x) { return std::get<0>(net->forward(x)); };
  const auto lstm = [] { return torch::nn::LSTM(torch::nn::LSTMOptions(128, 256).num_layers(2)); };
  layer("LSTM(128, 256, 2 layers), 35 steps, batch 20", {35, 20, 128}, work(700, 4, 128, 256) + work(700, 4, 256, 256),
        lstm, output);
  layer("LSTM(128, 256, 2 layers), 35 steps, batch 1", {35, 1, 128}, work(35, 4, 128, 256) + work(35, 4, 256, 256),
        lstm, output);
  layer(
      "LSTM(32, 64), 35 steps, batch 1", {35, 1, 32}, work(35, 4, 32, 64), [] { return torch::nn::LSTM(32, 64); },
      output);
  layer(
      "LSTM(32, 64), 1 step, batch 1", {1, 1, 32}, work(1, 4, 32, 64), [] { return torch::nn::LSTM(32, 64); }, output);
  layer(
      "GRU(128, 256, bidirectional), 35 steps, batch 20", {35, 20, 128}, 2 * work(700, 3, 128, 256),
      [] { return torch::nn::GRU(torch::nn::GRUOptions(128, 256).bidirectional(true)); }, output);
  layer(
      "RNN(128, 256), 35 steps, batch 20", {35, 20, 128}, work(700, 1, 128, 256),
      [] { return torch::nn::RNN(128, 256); }, output);
  layer(
      "LSTMCell(128, 256), batch 20", {20, 128}, work(20, 4, 128, 256), [] { return torch::nn::LSTMCell(128, 256); },
      output);
  const auto attention = [] { return torch::nn::MultiheadAttention(256, 8); };
  // Four projections, scores and their product with the values.
  const double products = 2.0 * 1024 * 256 * 256 * 4 + 2.0 * 2 * 8 * 128 * 128 * 256;
  layer("MultiheadAttention(256, 8), 128 rows, batch 8", {128, 8, 256}, products, attention,
        [](auto& net, const Tensor& x) { return std::get<0>(net->forward(x, x, x)); });
  layer("MultiheadAttention(256, 8), 128 rows, batch 8, no weights", {128, 8, 256}, products, attention,
        [](auto& net, const Tensor& x) { return std::get<0>(net->forward(x, x, x, {}, false)); });
});

}  // namespace
