// Every loss, forward alone and with the gradient: at a small size, in a cache, and out of it.
#include "layer_row.h"

namespace {
using bench::count;
using bench::keep;
using bench::layer;
using bench::Reads;
using bench::row;
using torch::Tensor;
namespace F = torch::nn::functional;

using Shape = std::vector<int64_t>;
const Shape wide = {512, 1000}, large = {8192, 1000};

std::string of(const Shape& shape) {
  std::string text = " of ";
  for (size_t d = 0; d < shape.size(); ++d) text += (d ? "x" : "") + std::to_string(shape[d]);
  return text;
}

/// Losses of input and target of one shape; the derivative is made of both.
template <class Fn>
void loss(const std::string& name, Fn fn) {
  for (const Shape& shape : {wide, Shape{16, 10}, large})
    layer("loss/" + name + of(shape), shape,
          [=] { return [=, t = torch::rand(shape)](const Tensor& x) { return fn(x, t); }; },
          {count(shape), 2 * count(shape), 1});
}
/// Losses of scores and a class each; the derivative is made of the scores.
template <class Fn>
void classes(const std::string& name, const Shape& shape, Fn fn) {
  layer("loss/" + name + of(shape), shape,
        [=] {
          Shape places = shape;
          places.erase(places.begin() + 1);
          return [=, t = torch::randint(shape[1], places, torch::kLong)](const Tensor& x) { return fn(x, t); };
        },
        {2 * count(shape) / static_cast<double>(shape[1]), count(shape), 1});
}
Tensor signs(const Tensor& t) { return t.sub(0.5).sign(); }

const bench::Register all([] {
  loss("mse_loss", [](const Tensor& x, const Tensor& t) { return F::mse_loss(x, t); });
  loss("l1_loss", [](const Tensor& x, const Tensor& t) { return F::l1_loss(x, t); });
  loss("smooth_l1_loss", [](const Tensor& x, const Tensor& t) { return F::smooth_l1_loss(x, t); });
  loss("huber_loss", [](const Tensor& x, const Tensor& t) { return F::huber_loss(x, t); });
  loss("binary_cross_entropy", [](const Tensor& x, const Tensor& t) { return F::binary_cross_entropy(x, t); });
  loss("binary_cross_entropy_with_logits",
       [](const Tensor& x, const Tensor& t) { return F::binary_cross_entropy_with_logits(x, t); });
  loss("kl_div", [](const Tensor& x, const Tensor& t) { return F::kl_div(x, t, F::KLDivFuncOptions(torch::kSum)); });
  loss("poisson_nll_loss", [](const Tensor& x, const Tensor& t) { return F::poisson_nll_loss(x, t); });
  loss("soft_margin_loss", [](const Tensor& x, const Tensor& t) { return F::soft_margin_loss(x, t); });
  loss("hinge_embedding_loss", [](const Tensor& x, const Tensor& t) { return F::hinge_embedding_loss(x, t); });
  loss("multilabel_soft_margin_loss",
       [](const Tensor& x, const Tensor& t) { return F::multilabel_soft_margin_loss(x, t); });
  for (const Shape& shape : {wide, large}) {
    const double n = count(shape);
    const Shape one = {static_cast<int64_t>(n)};
    layer("loss/margin_ranking_loss" + of(one), one,
          [=] {
            return [u = torch::rand(one), t = signs(torch::rand(one))](const Tensor& x) {
              return F::margin_ranking_loss(x, u, t);
            };
          },
          {2 * n, 3 * n, 1});
    layer("loss/cosine_embedding_loss" + of(shape), shape,
          [=] {
            return [u = torch::rand(shape), t = signs(torch::rand(shape[0]))](const Tensor& x) {
              return F::cosine_embedding_loss(x, u, t);
            };
          },
          {n, 2 * n, 1});
    layer("loss/triplet_margin_loss" + of(shape), shape,
          [=] {
            return [p = torch::rand(shape), q = torch::rand(shape)](const Tensor& x) {
              return F::triplet_margin_loss(x, p, q);
            };
          },
          {2 * n, 3 * n, 1});
    classes("multi_margin_loss", shape, [](const Tensor& x, const Tensor& t) { return F::multi_margin_loss(x, t); });
    classes("cross_entropy, smoothed,", shape, [](const Tensor& x, const Tensor& t) {
      return F::cross_entropy(x, t, F::CrossEntropyFuncOptions().label_smoothing(0.1));
    });
    // Reads one number a row; its gradient is written without looking at the scores.
    layer("loss/nll_loss" + of(shape), shape,
          [=] {
            return [t = torch::randint(1000, {shape[0]}, torch::kLong)](const Tensor& x) { return F::nll_loss(x, t); };
          },
          {3 * static_cast<double>(shape[0]) - n, 0, 1});
  }
  layer("loss/multilabel_margin_loss of 512x100", {512, 100},
        [] {
          Tensor t = torch::full({512, 100}, -1, torch::kLong);
          t.slice(1, 0, 3).copy_(torch::randint(100, {512, 3}, torch::kLong));
          return [t](const Tensor& x) { return F::multilabel_margin_loss(x, t); };
        },
        {0, 512 * 100});
  for (const Shape& shape : {wide, Shape{16, 10}, large, Shape{16, 21, 64, 64}, Shape{16, 21, 256, 256}})
    classes("cross_entropy", shape, [](const Tensor& x, const Tensor& t) { return F::cross_entropy(x, t); });
  row("loss/cross_entropy of 4096x32000",
      [] {
        return [x = torch::rand({4096, 32000}), t = torch::randint(32000, {4096}, torch::kLong)] {
          torch::NoGradGuard guard;
          keep(F::cross_entropy(x, t));
        };
      },
      {0, 4.0 * 4096 * 32000});
  layer("loss/ctc_loss of 50x16x20", {50, 16, 20}, [] {
    return [t = torch::randint(1, 20, {16, 15}, torch::kLong), in = torch::full({16}, 50, torch::kLong),
            len = torch::full({16}, 15, torch::kLong)](const Tensor& x) { return F::ctc_loss(x, t, in, len); };
  });
});

}  // namespace
