// nn::utils against PyTorch's values, and what they do to modules.
#include "lampas/nn/utils.h"

#include <cmath>
#include <limits>

#include "lampas/autograd/autograd.h"
#include "lampas/nn/modules.h"
#include "lampas/ops.h"
#include "lampas/optim.h"
#include "nn/golden.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

using Strings = std::vector<std::string>;

template <class M>
void expect_run(Golden& golden, const std::string& name, M& m, const Tensor& x, const Tensor& cotangent) {
  const Tensor y = m(x);
  m->zero_grad();
  y.backward(cotangent);
  golden.expect(name + ".out", y, 1e-5);
  for (const auto& p : m->named_parameters()) golden.expect(name + ".grad." + p.key(), p->grad(), 1e-5);
}

TEST(Utils, GiveTheValuesOfPyTorch) {
  Golden golden("nn_utils");
  manual_seed(3);
  const Tensor x = randn({3, 4}), c = randn({3, 5}), image = randn({2, 4, 5, 4}), ci = randn({2, 6, 3, 2});

  for (const std::optional<int64_t>& dim :
       {std::optional<int64_t>(0), std::optional<int64_t>(1), std::optional<int64_t>()}) {
    const std::string tag = dim ? std::to_string(*dim) : "None";
    Linear m = utils::weight_norm(Linear(4, 5), "weight", dim);
    golden.expect_state("weight_norm_" + tag, *m);
    {
      NoGradGuard no_grad;
      m->get_parameter("weight_g").mul_(1.5);
      m->get_parameter("weight_v").add_(0.25);
    }
    expect_run(golden, "weight_norm_" + tag, m, x, c);
    utils::remove_weight_norm(m);
    golden.expect_state("removed_" + tag, *m);
  }
  Conv2d conv = utils::weight_norm(Conv2d(Conv2dOptions(4, 6, 3).groups(2)), "weight", 1);
  golden.expect_state("weight_norm_conv", *conv);
  expect_run(golden, "weight_norm_conv", conv, image, ci);

  for (const int steps : {1, 3}) {
    const std::string name = "spectral_norm_" + std::to_string(steps);
    Linear m = utils::spectral_norm(Linear(4, 5), "weight", steps);
    golden.expect_state(name, *m);
    m(x);
    expect_run(golden, name, m, x, c);
    golden.expect_state(name + "_after", *m, 1e-5);
    m->eval();
    golden.expect(name + ".eval", m(x), 1e-5);
    golden.expect_state(name + "_eval", *m, 1e-5);
    utils::remove_spectral_norm(m);
    golden.expect_state(name + "_removed", *m, 1e-5);
  }
  conv = utils::spectral_norm(Conv2d(Conv2dOptions(4, 6, 3).bias(false)), "weight", 1, 1e-12, 1);
  conv(image);
  golden.expect_state("spectral_norm_conv", *conv, 1e-5);

  Linear m(4, 5);
  utils::prune::l1_unstructured(*m, "weight", 0.3);
  golden.expect_state("l1", *m);
  utils::prune::l1_unstructured(*m, "weight", 4);
  golden.expect_state("l1_again", *m);
  expect_run(golden, "l1_again", m, x, c);
  utils::prune::remove(*m, "weight");
  golden.expect_state("l1_removed", *m);
  m = Linear(4, 5);
  utils::prune::random_unstructured(*m, "weight", 0.4);
  golden.expect_state("random", *m);
  conv = Conv2d(4, 6, 3);
  utils::prune::ln_structured(*conv, "weight", 0.5, 2, 0);
  golden.expect("ln", conv->get_buffer("weight_mask"));
  utils::prune::ln_structured(*conv, "weight", 1, std::numeric_limits<double>::infinity(), 1);
  golden.expect("ln_again", conv->get_buffer("weight_mask"));
  m = Linear(4, 5);
  utils::prune::random_structured(*m, "weight", 2, 1);
  golden.expect("random_structured", m->get_buffer("weight_mask"));
  m = Linear(4, 5);
  utils::prune::ln_structured(*m, "weight", 2, 1, -1);
  golden.expect("ln_last", m->get_buffer("weight_mask"));

  conv = Conv2d(Conv2dOptions(4, 6, 3).bias(false));
  conv->eval();
  BatchNorm2d bn(6);
  bn(randn({3, 6, 2, 2}));
  init::uniform_(bn->weight);
  init::uniform_(bn->bias);
  bn->eval();
  golden.expect_state("fuse_bn", *bn);
  const Conv2d fused = utils::fuse_conv_bn_eval(conv, bn);
  golden.expect_state("fused_conv", *fused);
  EXPECT_TRUE(Conv2d(fused)(image).allclose(bn(conv(image)), 1e-4, 1e-5));
  EXPECT_FALSE(conv->bias.defined()) << "the original stays";
  m = Linear(4, 5);
  m->eval();
  BatchNorm1d bn1(5);
  bn1(randn({8, 5}));
  bn1->eval();
  golden.expect_state("fused_linear", *utils::fuse_linear_bn_eval(m, bn1));

  for (const double norm : {1.0, 2.0, 3.0, 0.5, std::numeric_limits<double>::infinity()}) {
    std::vector<Tensor> ps{zeros({3, 4}), zeros(5), zeros({})};
    for (const Tensor& p : ps) p.mutable_grad() = randn(p.sizes());
    const std::string name = std::isinf(norm) ? "clip_inf"
                             : norm == 0.5    ? "clip_0.5"
                                              : "clip_" + std::to_string(static_cast<int>(norm));
    golden.expect(name, tensor(utils::clip_grad_norm_(ps, 0.7, norm)), 1e-5);
    for (const Tensor& p : ps) golden.expect(name + ".grad", p.grad(), 1e-5);
  }
  golden.expect("after", rand(4));
}

TEST(ClipGradNorm, SkipsAndReports) {
  const Tensor a = zeros(2), none = zeros(3), empty_one = zeros(0);
  a.mutable_grad() = tensor({3.0f, 4.0f});
  empty_one.mutable_grad() = zeros(0);
  EXPECT_NEAR(utils::clip_grad_norm_({a, none, empty_one, Tensor()}, 10), 5, 1e-6);
  EXPECT_TRUE(a.grad().equal(tensor({3.0f, 4.0f}))) << "below the limit nothing changes";
  EXPECT_EQ(utils::clip_grad_norm_(none, 1), 0);
  EXPECT_EQ(utils::clip_grad_norm_({a, empty_one}, 10, 0), 2);
  EXPECT_NEAR(utils::clip_grad_norm({a}, 1), 5, 1e-6);
  a.mutable_grad() = tensor({std::numeric_limits<float>::infinity(), 1.0f});
  EXPECT_MESSAGE(utils::clip_grad_norm_(a, 1, 2, /*error_if_nonfinite=*/true), "is non-finite (inf)");
  EXPECT_EQ(a.grad()[1].item<float>(), 1) << "a refused call changes nothing";
  utils::clip_grad_norm_(a, 1);
  EXPECT_TRUE(std::isnan(a.grad()[0].item<float>()));
}

TEST(ClipGradValue, Clamps) {
  const Tensor a = zeros(3), none = zeros(3);
  a.mutable_grad() = tensor({-3.0f, 0.5f, 4.0f});
  utils::clip_grad_value_({a, none}, 2);
  EXPECT_TRUE(a.grad().equal(tensor({-2.0f, 0.5f, 2.0f})));
  utils::clip_grad_value_(a, 1);
  EXPECT_EQ(a.grad()[0].item<float>(), -1);
}

TEST(ConvertParameters, RoundTrip) {
  Linear from(3, 2), to(3, 2);
  const Tensor vec = utils::parameters_to_vector(from->parameters());
  EXPECT_EQ(vec.sizes(), IntArrayRef({8}));
  EXPECT_TRUE(vec.requires_grad());
  const Tensor w = to->weight;
  utils::vector_to_parameters(vec, to->parameters());
  EXPECT_TRUE(to->weight.equal(from->weight));
  EXPECT_TRUE(to->bias.equal(from->bias));
  EXPECT_TRUE(to->weight.is_same(w));
  EXPECT_TRUE(to->weight.requires_grad());
  EXPECT_MESSAGE(utils::vector_to_parameters(ones(7), to->parameters()),
                 "the parameters have 8 elements but the vector has 7");
  EXPECT_MESSAGE(utils::vector_to_parameters(ones({2, 4}), to->parameters()), "expected a vector, got [2, 4]");
  EXPECT_MESSAGE(utils::vector_to_parameters(ones(8, kDouble), to->parameters()), "but the vector is Double");
  EXPECT_MESSAGE(utils::parameters_to_vector({}), "expected at least one parameter");
}

TEST(ConvertParameters, ViewsAreWrittenTo) {
  const Tensor whole = zeros({2, 2}), row = whole.select(0, 1);
  utils::vector_to_parameters(tensor({5.0f, 6.0f}), {row});
  EXPECT_TRUE(whole.equal(tensor({{0.0f, 0.0f}, {5.0f, 6.0f}})));
}

TEST(WeightNorm, DocumentedExample) {
  Linear m(20, 40);
  const Tensor x = randn({3, 20}), before = m(x);
  utils::weight_norm(m, "weight");
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"bias", "weight_g", "weight_v"}));
  EXPECT_EQ(m->get_parameter("weight_g").sizes(), IntArrayRef({40, 1}));
  EXPECT_EQ(m->get_parameter("weight_v").sizes(), IntArrayRef({40, 20}));
  EXPECT_TRUE(m(x).allclose(before, 1e-5, 1e-6));
  utils::remove_weight_norm(m);
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"bias", "weight"}));
  EXPECT_TRUE(m->weight.is_same(m->get_parameter("weight")));
  EXPECT_TRUE(m->weight.is_leaf());
  EXPECT_TRUE(m->weight.requires_grad());
  EXPECT_TRUE(m(x).allclose(before, 1e-5, 1e-6));
  EXPECT_FALSE(m->has_hooks());
}

TEST(WeightNorm, MinusOneIsOneNormOverEverything) {
  Linear m = utils::weight_norm(Linear(3, 2), "weight", -1);
  EXPECT_EQ(m->get_parameter("weight_g").dim(), 0);
  EXPECT_TRUE(m->get_parameter("weight_g").allclose(m->get_parameter("weight_v").norm()));
  EXPECT_EQ(utils::weight_norm(Linear(3, 2), "weight", -2)->get_parameter("weight_g").sizes(), IntArrayRef({2, 1}));
}

TEST(WeightNorm, Errors) {
  Linear m(2, 3);
  EXPECT_MESSAGE(utils::weight_norm(m, "w"), "weight_norm: torch::nn::LinearImpl has no parameter 'w'");
  EXPECT_MESSAGE(utils::remove_weight_norm(m), "weight_norm of 'weight' not found");
  EXPECT_MESSAGE(utils::weight_norm(m, "weight", 2), "weight_norm: dim 2 is out of range");
  utils::weight_norm(m);
  EXPECT_MESSAGE(utils::weight_norm(m), "is already computed from other parameters");
  EXPECT_MESSAGE(utils::remove_spectral_norm(m), "spectral_norm of 'weight' not found");
  EXPECT_MESSAGE(utils::weight_norm(Linear(LinearOptions(2, 2).bias(false)), "bias"), "is switched off");
}

TEST(WeightNorm, TrainsAndSurvivesSeveralCalls) {
  manual_seed(0);
  Linear m = utils::weight_norm(Linear(3, 1));
  optim::SGD sgd(m->parameters(), optim::SGDOptions(0.1));
  const Tensor x = randn({16, 3}), y = x.matmul(tensor({{1.0f}, {-2.0f}, {0.5f}}));
  double first = 0, last = 0;
  for (int k = 0; k < 100; ++k) {
    sgd.zero_grad();
    // Two calls before one backward: what the first saved must stay valid although the member changes.
    const Tensor loss = (m(x) - y).square().mean() + (m(x * 2) - y * 2).square().mean();
    loss.backward();
    sgd.step();
    last = loss.item<double>();
    if (k == 0) first = last;
  }
  EXPECT_LT(last, first * 1e-2);
  // The same computation without a module.
  const Tensor g = m->get_parameter("weight_g"), v = m->get_parameter("weight_v"), c = randn({16, 1});
  const auto by_module = autograd::grad({m(x)}, {g, v}, {c});
  const Tensor w = v * (g / v.square().sum(1, true).sqrt());
  const auto by_hand = autograd::grad({x.matmul(w.t()) + m->bias}, {g, v}, {c});
  EXPECT_TRUE(by_module[0].allclose(by_hand[0], 1e-4, 1e-5));
  EXPECT_TRUE(by_module[1].allclose(by_hand[1], 1e-4, 1e-5));
}

TEST(WeightNorm, CallsBeforeBackwardDoNotDisturbEachOther) {
  Linear m = utils::weight_norm(Linear(2, 2));
  const Tensor x = randn({3, 2}).requires_grad_(), c = randn({3, 2});
  const Tensor y = m(x);
  const Tensor old = m->weight.detach().clone();
  {
    NoGradGuard no_grad;
    m->get_parameter("weight_g").mul_(2);  // g is not saved by linear: the first call's backward stands
  }
  m(x);
  EXPECT_FALSE(m->weight.allclose(old));
  const Tensor gx = autograd::grad({y}, {x}, {c})[0];
  EXPECT_TRUE(gx.allclose(c.matmul(old), 1e-5, 1e-6)) << "the input's gradient uses the weight of its own call";
}

TEST(WeightNorm, ClonesConvertsAndLoads) {
  Linear m = utils::weight_norm(Linear(3, 2));
  const Tensor x = randn({4, 3});
  const auto copy = std::dynamic_pointer_cast<LinearImpl>(m->clone());
  EXPECT_EQ(copy->named_parameters().keys(), m->named_parameters().keys());
  EXPECT_TRUE(copy->forward(x).allclose(m(x), 1e-6, 1e-7)) << "a clone's weight is ready";
  {
    NoGradGuard no_grad;
    copy->get_parameter("weight_g").mul_(2);
  }
  EXPECT_FALSE((*copy)(x).allclose(m(x)));
  m->load_state_dict(copy->state_dict());
  EXPECT_TRUE(m->forward(x).allclose((*copy)(x), 1e-6, 1e-7)) << "loading computes the weight";
  m->to(kDouble);
  EXPECT_EQ(m->weight.scalar_type(), kDouble);
  EXPECT_EQ(m(x.to(kDouble)).scalar_type(), kDouble);
  Sequential net(m, ReLU());
  EXPECT_EQ(net->named_parameters().keys(), (Strings{"0.bias", "0.weight_g", "0.weight_v"}));
  EXPECT_TRUE(
      std::dynamic_pointer_cast<SequentialImpl>(net->clone())->forward(x.to(kDouble)).allclose(net(x.to(kDouble))));
}

TEST(SpectralNorm, KeepsTheLargestSingularValueAtOne) {
  manual_seed(4);
  Linear m = utils::spectral_norm(Linear(6, 4), "weight", 20);
  EXPECT_EQ(m->state_dict().keys(), (Strings{"bias", "weight_orig", "weight_u", "weight_v"}));
  m(randn({2, 6}));
  Tensor v = randn(6);
  for (int k = 0; k < 200; ++k) {
    v = m->weight.detach().t().mv(m->weight.detach().mv(v));
    v = v / v.dot(v).sqrt();
  }
  const Tensor wv = m->weight.detach().mv(v);
  EXPECT_NEAR(wv.dot(wv).sqrt().item<double>(), 1, 1e-4);
  const auto copy = std::dynamic_pointer_cast<LinearImpl>(m->clone());
  EXPECT_TRUE(copy->weight.allclose(m->weight, 1e-4, 1e-5));
  EXPECT_MESSAGE(utils::spectral_norm(Linear(2, 2), "weight", 0), "expected n_power_iterations to be positive, got 0");
}

// ---- parametrize ---------------------------------------------------------------------------------------------------

namespace parametrize = utils::parametrize;

struct SymmetricImpl : Cloneable<SymmetricImpl> {
  void reset() override {}
  Tensor forward(const Tensor& x) {
    ++calls;
    return x.triu() + x.triu(1).t();
  }
  Tensor right_inverse(const Tensor& x) { return x.triu(); }
  int calls = 0;
};
LAMPAS_MODULE(Symmetric);
struct TwiceImpl : Cloneable<TwiceImpl> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x * 2; }
  Tensor right_inverse(const Tensor& x) { return x / 2; }
};
LAMPAS_MODULE(Twice);
struct Shrink : Module {
  Tensor forward(const Tensor& x) { return x.select(0, 0); }
};

TEST(Parametrize, ComputesTheWeight) {
  manual_seed(0);
  Linear m(3, 3);
  const Tensor x = randn({2, 3});
  Symmetric symmetric;
  parametrize::register_parametrization(m, "weight", symmetric);
  EXPECT_TRUE(parametrize::is_parametrized(*m));
  EXPECT_TRUE(parametrize::is_parametrized(*m, "weight"));
  EXPECT_FALSE(parametrize::is_parametrized(*m, "bias"));
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"bias", "parametrizations.weight.original"}));
  EXPECT_TRUE(m->weight.equal(m->weight.t()));
  EXPECT_EQ(m->get_submodule("parametrizations.weight.0").get(), symmetric.get());
  m(x).square().sum().backward();
  const Tensor original = m->get_parameter("parametrizations.weight.original");
  EXPECT_TRUE(original.grad().defined());
  EXPECT_EQ(original.grad().tril(-1).abs().sum().item<float>(), 0) << "the lower part is not used";
  // Another on top.
  const Tensor before = m->weight.detach().clone();
  parametrize::register_parametrization(*m, "weight", Twice());
  EXPECT_TRUE(m->weight.allclose(before)) << "right_inverse keeps the value";
  EXPECT_TRUE(original.allclose(before.triu() / 2));
  const auto copy = std::dynamic_pointer_cast<LinearImpl>(m->clone());
  EXPECT_TRUE(copy->weight.allclose(before));
  EXPECT_TRUE((*copy)(x).allclose(m(x)));
  EXPECT_FALSE(copy->get_parameter("parametrizations.weight.original").is_alias_of(original));
  parametrize::remove_parametrizations(*m, "weight");
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"bias", "weight"}));
  EXPECT_TRUE(m->weight.is_leaf());
  EXPECT_TRUE(m->weight.allclose(before));
  EXPECT_FALSE(parametrize::is_parametrized(*m));
  EXPECT_TRUE(parametrize::is_parametrized(*copy));
  EXPECT_MESSAGE(parametrize::remove_parametrizations(*m, "weight"), "is not parametrized");
}

TEST(Parametrize, CachedComputesOnce) {
  Linear m(2, 2);
  Symmetric s;
  parametrize::register_parametrization(*m, "weight", s);
  s->calls = 0;
  m(ones({1, 2}));
  m(ones({1, 2}));
  EXPECT_EQ(s->calls, 2);
  Tensor y;
  {
    parametrize::cached once;
    y = m(ones({1, 2})) + m(ones({1, 2}));
    EXPECT_EQ(s->calls, 3);
  }
  y.sum().backward();
  m(ones({1, 2}));
  EXPECT_EQ(s->calls, 4);
}

TEST(Parametrize, ChecksAndOptions) {
  Linear m(2, 2);
  EXPECT_MESSAGE(parametrize::register_parametrization(*m, "w", Twice()), "has no parameter or buffer 'w'");
  EXPECT_MESSAGE(parametrize::register_parametrization(*m, "weight", std::make_shared<Shrink>()),
                 "has the shape [2, 2] but its parametrization gives [2]");
  EXPECT_FALSE(parametrize::is_parametrized(*m)) << "a refused call changes nothing";
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"weight", "bias"}));
  parametrize::register_parametrization(*m, "weight", std::make_shared<Shrink>(), /*unsafe=*/true);
  EXPECT_EQ(m->weight.sizes(), IntArrayRef({2}));
  parametrize::remove_parametrizations(*m, "weight", /*leave_parametrized=*/false);
  EXPECT_EQ(m->weight.sizes(), IntArrayRef({2, 2}));
  BatchNorm1d bn(2);
  parametrize::register_parametrization(*bn, "running_mean", Twice());
  EXPECT_EQ(bn->named_buffers().keys().back(), "parametrizations.running_mean.original");
  parametrize::remove_parametrizations(*bn, "running_mean");
  EXPECT_TRUE(bn->running_mean.is_same(bn->get_buffer("running_mean")));
}

// ---- prune ---------------------------------------------------------------------------------------------------------

namespace prune = utils::prune;

TEST(Prune, MasksAndRemoves) {
  Linear m(3, 2);
  const Tensor mask = tensor({{1.0f, 0.0f, 1.0f}, {0.0f, 1.0f, 1.0f}}), w = m->weight.detach().clone();
  EXPECT_FALSE(prune::is_pruned(*m));
  prune::custom_from_mask(*m, "weight", mask);
  EXPECT_TRUE(prune::is_pruned(*Sequential(m)));
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"bias", "weight_orig"}));
  EXPECT_TRUE(m->weight.equal(w * mask));
  m(randn({4, 3})).square().sum().backward();
  EXPECT_EQ((m->get_parameter("weight_orig").grad() * (1 - mask)).abs().sum().item<float>(), 0);
  const auto copy = std::dynamic_pointer_cast<LinearImpl>(m->clone());
  EXPECT_TRUE(copy->weight.equal(w * mask));
  prune::remove(*m, "weight");
  EXPECT_TRUE(m->weight.equal(w * mask));
  EXPECT_TRUE(m->weight.requires_grad());
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"bias", "weight"}));
  EXPECT_MESSAGE(prune::remove(*m, "weight"), "is not pruned");
}

TEST(Prune, ScoresAndGlobal) {
  Linear a(2, 2), b(2, 2);
  {
    NoGradGuard no_grad;
    a->weight.copy_(tensor({{1.0f, -2.0f}, {3.0f, 4.0f}}));
    b->weight.copy_(tensor({{-0.5f, 5.0f}, {6.0f, 0.1f}}));
  }
  prune::global_unstructured({{a.ptr(), "weight"}, {b.ptr(), "weight"}}, 3);
  EXPECT_TRUE(a->weight.equal(tensor({{0.0f, -2.0f}, {3.0f, 4.0f}})));
  EXPECT_TRUE(b->weight.equal(tensor({{0.0f, 5.0f}, {6.0f, 0.0f}})));
  prune::l1_unstructured(*a, "weight", 1, /*importance_scores=*/tensor({{9.0f, 8.0f}, {7.0f, 0.5f}}));
  EXPECT_TRUE(a->weight.equal(tensor({{0.0f, -2.0f}, {3.0f, 0.0f}})));
}

TEST(Prune, Errors) {
  Linear m(2, 2);
  EXPECT_MESSAGE(prune::l1_unstructured(*m, "w", 1),
                 "prune::l1_unstructured: torch::nn::LinearImpl has no parameter 'w'");
  EXPECT_MESSAGE(prune::l1_unstructured(*m, "weight", 1.5), "a fraction to prune must lie in [0, 1], got 1.5");
  EXPECT_MESSAGE(prune::random_unstructured(*m, "weight", 5), "cannot prune 5 of the 4 that are left");
  EXPECT_MESSAGE(prune::l1_unstructured(*m, "weight", -1), "must not be negative");
  EXPECT_MESSAGE(prune::ln_structured(*m, "bias", 1, 2, 0), "at least 2 dimensions");
  EXPECT_MESSAGE(prune::random_structured(*m, "weight", 1, 2), "dim 2 is out of range");
  EXPECT_MESSAGE(prune::custom_from_mask(*m, "weight", ones(2)), "the mask has the shape [2]");
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"weight", "bias"})) << "refused calls change nothing";
}

// ---- the rest ------------------------------------------------------------------------------------------------------

TEST(SkipInit, DrawsNothing) {
  manual_seed(9);
  const Tensor expected = rand(3);
  manual_seed(9);
  Linear m = utils::skip_init<Linear>(100, 50);
  Conv2d conv = utils::skip_init<Conv2d>(Conv2dOptions(1, 2, 3));
  EXPECT_TRUE(rand(3).equal(expected));
  EXPECT_EQ(m->weight.sizes(), IntArrayRef({50, 100}));
  EXPECT_TRUE(m->weight.requires_grad());
}

TEST(Fusion, Refuses) {
  Conv2d conv(2, 3, 3);
  BatchNorm2d bn(3);
  EXPECT_MESSAGE(utils::fuse_conv_bn_eval(conv, bn), "must both be in evaluation mode");
  conv->eval();
  BatchNorm2d none(BatchNorm2dOptions(3).track_running_stats(false));
  none->eval();
  EXPECT_MESSAGE(utils::fuse_conv_bn_eval(conv, none), "has no running statistics");
  BatchNorm2d other(4);
  other->eval();
  EXPECT_MESSAGE(utils::fuse_conv_bn_eval(conv, other), "has 3 output channels but the batch normalisation has 4");
}

TEST(MemoryFormat, ConvertsConvolutionWeights) {
  Sequential net(Conv2d(3, 4, 3), Linear(2, 2), Conv1d(3, 4, 3));
  const Tensor w = net->at<Conv2dImpl>(0).weight, before = w.detach().clone();
  utils::convert_conv2d_weight_memory_format(net, MemoryFormat::ChannelsLast);
  EXPECT_TRUE(w.is_contiguous(MemoryFormat::ChannelsLast));
  EXPECT_TRUE(w.equal(before));
  utils::convert_conv2d_weight_memory_format(*net, MemoryFormat::Contiguous);
  EXPECT_TRUE(w.is_contiguous());
}

}  // namespace
}  // namespace lampas::nn
