// Normalisations, distances and losses against PyTorch: outputs and gradients of every case of tests/data/nn/norm.txt
// and loss.txt, in float64 and float32. tools/goldens/nn_norm_loss.py describes the notation.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "lampas/autograd/autograd.h"
#include "lampas/nn.h"
#include "lampas/ops.h"

namespace lampas {
namespace {

namespace F = nn::functional;
using Tensors = std::vector<Tensor>;
using Numbers = std::vector<double>;

std::vector<std::string> split(const std::string& s, char by) {
  std::vector<std::string> parts;
  std::string part;
  std::istringstream in(s);
  while (std::getline(in, part, by)) parts.push_back(part);
  return parts;
}
std::vector<int64_t> ints(const std::string& s) {
  std::vector<int64_t> v;
  for (const auto& part : split(s, ',')) v.push_back(std::stoll(part));
  return v;
}
Numbers numbers(const std::string& s) {
  Numbers v;
  for (const auto& part : split(s, ',')) v.push_back(std::stod(part));
  return v;
}

/// The values the generator makes of a seed.
Tensor made(char kind, const std::vector<int64_t>& sizes, int64_t seed, double low, double high) {
  const Tensor t = empty(sizes, TensorOptions(kind == 'k' ? kLong : kDouble));
  for (int64_t k = 0; k < t.numel(); ++k) {
    const int64_t u = (k * 7919 + k * k * (31 * seed + 5) + seed * 104729 + 13) % 1009;
    if (kind == 'k')
      t.data_ptr<int64_t>()[k] = static_cast<int64_t>(low) + u % static_cast<int64_t>(high - low + 1);
    else
      t.data_ptr<double>()[k] = low + static_cast<double>(u) * ((high - low) / 1009);
  }
  return t;
}

struct Case {
  std::string line, name;
  Numbers f;
  Tensors t;
  std::vector<bool> differentiated;
  std::vector<std::string> results;
};
Case parse(const std::string& line) {
  Case c;
  c.line = line;
  std::istringstream in(line);
  in >> c.name;
  bool result = false;
  for (std::string word; in >> word;) {
    if (word == "=>") {
      result = true;
    } else if (result) {
      c.results.push_back(word);
    } else if (word[0] == 'f') {
      c.f = numbers(word.substr(2));
    } else {
      const auto parts = split(word, ':');
      const Numbers range = numbers(parts[3]);
      c.t.push_back(made(word[0], ints(parts[1]), std::stoll(parts[2]), range[0], range[1]));
      c.differentiated.push_back(word[0] == 'd');
    }
  }
  return c;
}

template <class Options>
Options& reduce_by(Options& o, double r) {
  if (r == 0) o.reduction(kNone);
  if (r == 1) o.reduction(kMean);
  if (r == 2) o.reduction(kSum);
  return o;
}
template <class Options>
Options with(double r, Options o = {}) {
  return reduce_by(o, r);
}
Tensor given_if(double flag, const Tensor& t) { return flag != 0 ? t : Tensor(); }
Tensor sign_of(const Tensor& zero_one, const Tensor& like) { return (zero_one * 2 - 1).to(like.scalar_type()); }

using Run = std::function<Tensors(const Numbers&, const Tensors&)>;

const std::map<std::string, Run>& runs() {
  using N = const Numbers&;
  using T = const Tensors&;
  static const std::map<std::string, Run> table = {
      {"batch_norm",
       [](N f, T t) -> Tensors {
         const Tensor mean = t[3].clone(), var = t[4].clone();
         Tensor y;
         for (int step = 0; step < (f[0] != 0 ? 3 : 1); ++step)
           y = F::batch_norm(t[0], mean, var,
                             F::BatchNormFuncOptions()
                                 .weight(given_if(f[1], t[1]))
                                 .bias(given_if(f[1], t[2]))
                                 .training(f[0] != 0)
                                 .momentum(f[2])
                                 .eps(f[3]));
         return {y, mean, var};
       }},
      {"instance_norm",
       [](N f, T t) -> Tensors {
         const Tensor mean = t[3].clone(), var = t[4].clone();
         Tensor y;
         for (int step = 0; step < (f[0] != 0 ? 2 : 1); ++step)
           y = F::instance_norm(t[0], F::InstanceNormFuncOptions()
                                          .running_mean(mean)
                                          .running_var(var)
                                          .weight(given_if(f[1], t[1]))
                                          .bias(given_if(f[1], t[2]))
                                          .use_input_stats(f[0] != 0)
                                          .momentum(f[2])
                                          .eps(f[3]));
         return {y, mean, var};
       }},
      {"group_norm",
       [](N f, T t) -> Tensors {
         return {F::group_norm(t[0], F::GroupNormFuncOptions(static_cast<int64_t>(f[0]))
                                         .weight(given_if(f[1], t[1]))
                                         .bias(given_if(f[1], t[2]))
                                         .eps(f[2]))};
       }},
      {"layer_norm",
       [](N f, T t) -> Tensors {
         return {F::layer_norm(t[0], F::LayerNormFuncOptions(t[1].sizes().vec())
                                         .weight(given_if(f[1], t[1]))
                                         .bias(given_if(f[1], t[2]))
                                         .eps(f[2]))};
       }},
      {"local_response_norm",
       [](N f, T t) -> Tensors {
         return {F::local_response_norm(
             t[0], F::LocalResponseNormFuncOptions(static_cast<int64_t>(f[0])).alpha(f[1]).beta(f[2]).k(f[3]))};
       }},
      {"normalize",
       [](N f, T t) -> Tensors {
         return {F::normalize(t[0], F::NormalizeFuncOptions().p(f[0]).dim(static_cast<int64_t>(f[1])))};
       }},
      {"cosine_similarity",
       [](N f, T t) -> Tensors {
         return {F::cosine_similarity(t[0], t[1], F::CosineSimilarityFuncOptions().dim(static_cast<int64_t>(f[0])))};
       }},
      {"pairwise_distance",
       [](N f, T t) -> Tensors {
         return {
             F::pairwise_distance(t[0], t[1], F::PairwiseDistanceFuncOptions().p(f[0]).eps(f[1]).keepdim(f[2] != 0))};
       }},
      {"pdist", [](N f, T t) -> Tensors { return {F::pdist(t[0], f[0])}; }},
      {"cdist", [](N f, T t) -> Tensors { return {cdist(t[0], t[1], f[0])}; }},
      {"l1_loss", [](N f, T t) -> Tensors { return {F::l1_loss(t[0], t[1], with<F::L1LossFuncOptions>(f[0]))}; }},
      {"mse_loss", [](N f, T t) -> Tensors { return {F::mse_loss(t[0], t[1], with<F::MSELossFuncOptions>(f[0]))}; }},
      {"smooth_l1_loss",
       [](N f, T t) -> Tensors {
         return {F::smooth_l1_loss(t[0], t[1], with(f[0], F::SmoothL1LossFuncOptions().beta(f[1])))};
       }},
      {"huber_loss",
       [](N f, T t) -> Tensors {
         return {F::huber_loss(t[0], t[1], with(f[0], F::HuberLossFuncOptions().delta(f[1])))};
       }},
      {"binary_cross_entropy",
       [](N f, T t) -> Tensors {
         return {F::binary_cross_entropy(t[0], t[1],
                                         with(f[0], F::BinaryCrossEntropyFuncOptions().weight(given_if(f[1], t[2]))))};
       }},
      {"binary_cross_entropy_with_logits",
       [](N f, T t) -> Tensors {
         return {F::binary_cross_entropy_with_logits(t[0], t[1],
                                                     with(f[0], F::BinaryCrossEntropyWithLogitsFuncOptions()
                                                                    .weight(given_if(f[1], t[2]))
                                                                    .pos_weight(given_if(f[2], t[3]))))};
       }},
      {"multilabel_soft_margin_loss",
       [](N f, T t) -> Tensors {
         return {F::multilabel_soft_margin_loss(
             t[0], t[1].to(t[0].scalar_type()),
             with(f[0], F::MultilabelSoftMarginLossFuncOptions().weight(given_if(f[1], t[2]))))};
       }},
      {"kl_div",
       [](N f, T t) -> Tensors {
         return {F::kl_div(t[0], t[1], with(f[0], F::KLDivFuncOptions().log_target(f[1] != 0)))};
       }},
      {"kl_div_batchmean", [](N, T t) -> Tensors { return {F::kl_div(t[0], t[1], F::KLDivFuncOptions(kBatchMean))}; }},
      {"poisson_nll_loss",
       [](N f, T t) -> Tensors {
         return {F::poisson_nll_loss(
             t[0], t[1], with(f[0], F::PoissonNLLLossFuncOptions().log_input(f[1] != 0).full(f[2] != 0).eps(f[3])))};
       }},
      {"gaussian_nll_loss",
       [](N f, T t) -> Tensors {
         return {F::gaussian_nll_loss(t[0], t[1], t[2], with(f[0], F::GaussianNLLLossFuncOptions().full(f[1] != 0)))};
       }},
      {"soft_margin_loss",
       [](N f, T t) -> Tensors {
         return {F::soft_margin_loss(t[0], sign_of(t[1], t[0]), with<F::SoftMarginLossFuncOptions>(f[0]))};
       }},
      {"hinge_embedding_loss",
       [](N f, T t) -> Tensors {
         return {F::hinge_embedding_loss(t[0], sign_of(t[1], t[0]),
                                         with(f[0], F::HingeEmbeddingLossFuncOptions().margin(f[1])))};
       }},
      {"margin_ranking_loss",
       [](N f, T t) -> Tensors {
         return {F::margin_ranking_loss(t[0], t[1], sign_of(t[2], t[0]),
                                        with(f[0], F::MarginRankingLossFuncOptions().margin(f[1])))};
       }},
      {"cosine_embedding_loss",
       [](N f, T t) -> Tensors {
         return {F::cosine_embedding_loss(t[0], t[1], t[2] * 2 - 1,
                                          with(f[0], F::CosineEmbeddingLossFuncOptions().margin(f[1])))};
       }},
      {"multi_margin_loss",
       [](N f, T t) -> Tensors {
         return {F::multi_margin_loss(t[0], t[1],
                                      with(f[0], F::MultiMarginLossFuncOptions()
                                                     .p(static_cast<int64_t>(f[1]))
                                                     .margin(f[2])
                                                     .weight(given_if(f[3], t[2]))))};
       }},
      {"multilabel_margin_loss",
       [](N f, T t) -> Tensors {
         return {F::multilabel_margin_loss(t[0], t[1], with<F::MultilabelMarginLossFuncOptions>(f[0]))};
       }},
      {"triplet_margin_loss",
       [](N f, T t) -> Tensors {
         return {F::triplet_margin_loss(
             t[0], t[1], t[2],
             with(f[0], F::TripletMarginLossFuncOptions().margin(f[1]).p(f[2]).eps(f[3]).swap(f[4] != 0)))};
       }},
      {"triplet_margin_with_distance_loss",
       [](N f, T t) -> Tensors {
         return {F::triplet_margin_with_distance_loss(
             t[0], t[1], t[2],
             with(f[0], F::TripletMarginWithDistanceLossFuncOptions()
                            .distance_function([](const Tensor& a, const Tensor& b) { return (a - b).abs().sum({-1}); })
                            .margin(f[1])
                            .swap(f[2] != 0)))};
       }},
      {"nll_loss",
       [](N f, T t) -> Tensors {
         return {F::nll_loss(
             t[0], t[1],
             with(f[0],
                  F::NLLLossFuncOptions().weight(given_if(f[1], t[2])).ignore_index(static_cast<int64_t>(f[2]))))};
       }},
      {"cross_entropy",
       [](N f, T t) -> Tensors {
         return {F::cross_entropy(t[0], t[1],
                                  with(f[0], F::CrossEntropyFuncOptions()
                                                 .weight(given_if(f[1], t[2]))
                                                 .ignore_index(static_cast<int64_t>(f[2]))
                                                 .label_smoothing(f[3])))};
       }},
      {"cross_entropy_probabilities",
       [](N f, T t) -> Tensors {
         return {F::cross_entropy(
             t[0], t[1], with(f[0], F::CrossEntropyFuncOptions().weight(given_if(f[1], t[2])).label_smoothing(f[2])))};
       }},
      {"ctc_loss",
       [](N f, T t) -> Tensors {
         return {F::ctc_loss(
             log_softmax(t[0], 2), t[1], tensor({f[3], f[4]}).to(kLong), tensor({f[5], f[6]}).to(kLong),
             with(f[0], F::CTCLossFuncOptions().blank(static_cast<int64_t>(f[1])).zero_infinity(f[2] != 0)))};
       }},
      {"adaptive_log_softmax",
       [](N f, T t) -> Tensors {
         manual_seed(0);
         std::vector<int64_t> cutoffs;
         for (size_t k = 2; k < f.size(); ++k) cutoffs.push_back(static_cast<int64_t>(f[k]));
         nn::AdaptiveLogSoftmaxWithLoss net(
             nn::AdaptiveLogSoftmaxWithLossOptions(8, 10, cutoffs).div_value(f[0]).head_bias(f[1] != 0));
         const Tensor x = t[0].to(kFloat);
         const auto out = net->forward(x, t[1]);
         return {out.output, out.loss, net->log_prob(x), net->predict(x)};
       }},
  };
  return table;
}

void expect_close(const Tensor& got, const std::string& want, double rtol, double atol, const std::string& what) {
  const size_t colon = want.find(':');
  ASSERT_NE(colon, std::string::npos) << what;
  ASSERT_EQ(got.sizes().vec(), ints(want.substr(0, colon))) << what;
  const Numbers values = numbers(want.substr(colon + 1));
  const Tensor d = got.detach().to(kDouble).contiguous();
  ASSERT_EQ(static_cast<size_t>(d.numel()), values.size()) << what;
  for (size_t k = 0; k < values.size(); ++k) {
    const double v = d.data_ptr<double>()[k], w = values[k];
    if (std::isnan(w) || std::isinf(w))
      EXPECT_TRUE(std::isnan(w) ? std::isnan(v) : v == w) << what << " element " << k << ": " << v << " not " << w;
    else
      EXPECT_NEAR(v, w, atol + rtol * std::abs(w)) << what << " element " << k;
  }
}

void run_case(const Case& c, ScalarType dtype) {
  const auto run = runs().find(c.name);
  ASSERT_NE(run, runs().end()) << c.name;
  Tensors inputs, leaves;
  for (size_t k = 0; k < c.t.size(); ++k) {
    Tensor t = c.t[k].scalar_type() == kLong ? c.t[k] : c.t[k].to(dtype).clone();
    if (c.differentiated[k]) leaves.push_back(t.set_requires_grad(true));
    inputs.push_back(t);
  }
  const Tensors outputs = run->second(c.f, inputs);
  // float64: PyTorch's printed digits; float32: rounding of inputs and arithmetic, of sums of a few dozen terms.
  const bool single = dtype == kFloat || c.name == "adaptive_log_softmax";
  const double rtol = single ? 3e-5 : 2e-8, atol = single ? 3e-5 : 1e-9;
  Tensors tracked, cotangents;
  for (size_t k = 0; k < outputs.size(); ++k) {
    expect_close(outputs[k], c.results[k], rtol, atol, "output " + std::to_string(k));
    if (!outputs[k].requires_grad()) continue;
    cotangents.push_back(
        made('c', outputs[k].sizes().vec(), 50 + static_cast<int64_t>(k), -1, 1).to(outputs[k].scalar_type()));
    tracked.push_back(outputs[k]);
  }
  if (c.results.size() == outputs.size()) return;
  const Tensors grads = autograd::grad(tracked, leaves, cotangents, std::nullopt, false, true);
  ASSERT_EQ(c.results.size(), outputs.size() + grads.size());
  for (size_t k = 0; k < grads.size(); ++k) {
    const std::string& want = c.results[outputs.size() + k];
    const std::string what = "gradient " + std::to_string(k);
    if (want == "-")
      EXPECT_TRUE(!grads[k].defined() || !grads[k].ne(0).any().item<bool>()) << what;
    else if (grads[k].defined())
      expect_close(grads[k], want, rtol, atol, what);
    else
      expect_close(zeros_like(leaves[k]), want, rtol, atol, what + " (undefined)");
  }
}

class NormLossGolden : public ::testing::TestWithParam<std::string> {};
TEST_P(NormLossGolden, AgreesWithPyTorch) {
  WarningHandler old = set_warning_handler([](const std::string&) {});
  std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/nn/" + GetParam() + ".txt");
  int cases = 0;
  for (std::string line; std::getline(in, line); ++cases) {
    const Case c = parse(line);
    for (ScalarType dtype : {kDouble, kFloat}) {
      SCOPED_TRACE(c.line.substr(0, c.line.find("=>")) + (dtype == kFloat ? "float32" : "float64"));
      run_case(c, dtype);
    }
  }
  EXPECT_GT(cases, 90);
  set_warning_handler(old);
}
INSTANTIATE_TEST_SUITE_P(Files, NormLossGolden, ::testing::Values("norm", "loss"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lampas
