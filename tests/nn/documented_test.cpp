// The examples of the documentation for modules and containers.
#include "lampas/nn/modules.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

using Strings = std::vector<std::string>;

struct ModelImpl : Module {
  ModelImpl() {
    conv1 = register_module("conv1", Conv2d(1, 20, 5));
    conv2 = register_module("conv2", Conv2d(20, 20, 5));
  }
  Tensor forward(const Tensor& x) { return conv2(conv1(x).relu()).relu(); }
  Conv2d conv1{nullptr}, conv2{nullptr};
};
LAMPAS_MODULE(Model);

TEST(Documented, Module) {
  Model m;
  EXPECT_EQ(m(randn({2, 1, 12, 13})).sizes(), IntArrayRef({2, 20, 4, 5}));
  EXPECT_EQ(m->named_parameters().keys(), (Strings{"conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"}));
  EXPECT_EQ(m->parameters()[0].sizes(), IntArrayRef({20, 1, 5, 5}));
  EXPECT_EQ(m->parameters()[1].sizes(), IntArrayRef({20}));
  EXPECT_EQ(m->parameters()[2].sizes(), IntArrayRef({20, 20, 5, 5}));
  for (const Tensor& p : m->parameters()) EXPECT_TRUE(p.requires_grad());
  EXPECT_EQ(&m->requires_grad_(false), m.get());
  for (const Tensor& p : m->parameters()) EXPECT_FALSE(p.requires_grad());
}

TEST(Documented, SharedModulesAppearOnce) {
  Linear l(2, 2);
  Sequential net(l, l);
  ASSERT_EQ(net->modules().size(), 2u);
  EXPECT_EQ(net->modules()[0].get(), net.get());
  EXPECT_EQ(net->modules()[1].get(), l.get());
  EXPECT_EQ(net->named_modules().keys(), (Strings{"", "0"}));
  EXPECT_EQ(net->named_parameters().keys(), (Strings{"0.weight", "0.bias"}));
  EXPECT_EQ(net->children().size(), 1u);
  EXPECT_EQ(net->state_dict().keys(), (Strings{"0.weight", "0.bias", "1.weight", "1.bias"}));
  Sequential copy = std::dynamic_pointer_cast<SequentialImpl>(net->clone());
  EXPECT_EQ(copy->size(), 2u);
}

TEST(Documented, Apply) {
  Sequential net(Linear(2, 2), Linear(2, 2));
  Strings order;
  net->apply([&](Module& m) {
    order.push_back(m.name());
    if (auto* linear = m.as<Linear>()) {
      NoGradGuard no_grad;
      linear->weight.fill_(1);
    }
  });
  EXPECT_EQ(order.size(), 3u);
  EXPECT_TRUE(net->at<LinearImpl>(1).weight.equal(ones({2, 2})));
}

TEST(Documented, RegisterBuffer) {
  struct Stats : Module {
    Stats() { register_buffer("running_mean", zeros(7)); }
  } m;
  EXPECT_EQ(m.named_buffers().keys(), (Strings{"running_mean"}));
  EXPECT_EQ(m.state_dict().keys(), (Strings{"running_mean"}));
  EXPECT_TRUE(m.parameters().empty());
}

TEST(Documented, Sequential) {
  Sequential net({{"conv1", Conv2d(1, 20, 5)}, {"relu1", ReLU()}, {"conv2", Conv2d(20, 64, 5)}, {"relu2", ReLU()}});
  EXPECT_EQ(net(randn({1, 1, 11, 10})).sizes(), IntArrayRef({1, 64, 3, 2}));
  EXPECT_EQ(net->named_children().keys(), (Strings{"conv1", "relu1", "conv2", "relu2"}));
}

TEST(Documented, ModuleList) {
  struct MyModule : Module {
    MyModule() {
      for (int i = 0; i < 10; ++i) linears->append(Linear(10, 10));
      register_module("linears", linears);
    }
    Tensor forward(Tensor x) {
      for (size_t i = 0; i < linears->size(); ++i)
        x = linears->at<LinearImpl>(i / 2)(x) + linears->at<LinearImpl>(i)(x);
      return x;
    }
    ModuleList linears;
  } m;
  EXPECT_EQ(call(m, randn({3, 10})).sizes(), IntArrayRef({3, 10}));
  EXPECT_EQ(m.parameters().size(), 20u);
  EXPECT_EQ(m.named_parameters().keys()[2], "linears.1.weight");
}

TEST(Documented, ModuleDict) {
  ModuleDict choices, activations;
  choices->insert("conv", Conv2d(10, 10, 3));
  choices->insert("pool", MaxPool2d(3));
  activations->insert("relu", ReLU());
  activations->insert("tanh", Tanh());
  const Tensor x = randn({2, 10, 7, 9});
  EXPECT_EQ(activations->at<ReLUImpl>("relu")(choices->at<Conv2dImpl>("conv")(x)).sizes(), IntArrayRef({2, 10, 5, 7}));
  EXPECT_EQ(activations->at<TanhImpl>("tanh")(choices->at<MaxPool2dImpl>("pool")(x)).sizes(),
            IntArrayRef({2, 10, 2, 3}));
  EXPECT_EQ(choices->keys(), (Strings{"conv", "pool"}));
}

TEST(Documented, ParameterListAndDict) {
  ParameterList params;
  for (int i = 0; i < 10; ++i) params->append(Parameter(randn({10, 10})));
  Tensor x = randn({10, 3});
  for (size_t i = 0; i < params->size(); ++i) x = params[i / 2].mm(x) + params[i].mm(x);
  EXPECT_EQ(x.sizes(), IntArrayRef({10, 3}));
  ParameterDict sides;
  sides->insert("left", Parameter(randn({5, 10})));
  sides->insert("right", Parameter(randn({5, 10})));
  EXPECT_EQ(sides["left"].mm(x).sizes(), IntArrayRef({5, 3}));
  for (const auto& [name, p] : sides->items()) EXPECT_TRUE(p.requires_grad()) << name;
}

}  // namespace
}  // namespace lampas::nn
