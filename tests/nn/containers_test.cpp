#include <cmath>
#include <thread>

#include "lampas/nn/functional_module.h"
#include "lampas/nn/moduledict.h"
#include "lampas/nn/modulelist.h"
#include "lampas/nn/modules/activation.h"
#include "lampas/nn/modules/batchnorm.h"
#include "lampas/nn/modules/conv.h"
#include "lampas/nn/parameterdict.h"
#include "lampas/nn/parameterlist.h"
#include "lampas/nn/sequential.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/random.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

using Strings = std::vector<std::string>;

/// Multiplies by its parameter.
struct ScaleImpl : Cloneable<ScaleImpl> {
  explicit ScaleImpl(double k = 2) : k(k) { reset(); }
  void reset() override { w = register_parameter("w", full({1}, k)); }
  void pretty_print(std::ostream& os) const override { os << "Scale(" << k << ')'; }
  Tensor forward(const Tensor& x) { return x * w; }
  double k;
  Tensor w;
};
LAMPAS_MODULE(Scale);

struct Length : Module {
  int forward(const Tensor& x) { return static_cast<int>(x.numel()); }
};
struct Increment : Module {
  int forward(int x) { return x + 1; }
};
struct Two : Module {
  Tensor forward(const Tensor& a, Tensor b) { return a + b; }
};
struct WithDefault : Cloneable<WithDefault> {
  Tensor forward(const Tensor& x, int n = 3) { return x * n; }
  void reset() override {}

 protected:
  LAMPAS_FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(3)})
};

TEST(Sequential, RunsTheChain) {
  Sequential net(Scale(2), Scale(3));
  EXPECT_EQ(net(ones(1)).item<float>(), 6);
  EXPECT_EQ(net->forward(ones(1)).item<float>(), 6);
  EXPECT_EQ(net->named_children().keys(), (Strings{"0", "1"}));
}

/// `net`, a batch norm and a ReLU, does what they do one after the other, forward and backward, also where an element
/// is NaN.
template <class Norm>
void expect_norm_and_relu(Norm norm, Sequential net, const Tensor& input, bool training) {
  norm->zero_grad();
  Norm twin = std::dynamic_pointer_cast<typename Norm::Impl>(norm->clone());
  net->train(training);
  twin->train(training);
  for (bool nan : {false, true}) {
    const Tensor data = input.clone();
    if (nan) data[0][0].fill_(std::nan(""));
    const Tensor x = data.detach().requires_grad_(), u = data.detach().clone().requires_grad_();
    const Tensor y = net->forward(x), z = twin->forward(u).relu(), g = randn_like(y.detach());
    EXPECT_TRUE(y.allclose(z, 0, 0, true));
    y.backward(g);
    z.backward(g);
    const double tolerance = x.scalar_type() == kDouble ? 1e-12 : x.scalar_type() == kFloat ? 1e-6 : 1e-2;
    EXPECT_TRUE(x.grad().allclose(u.grad(), tolerance, tolerance, true));
    if (norm->weight.defined()) {
      EXPECT_TRUE(norm->weight.grad().allclose(twin->weight.grad(), tolerance, 10 * tolerance, true));
      EXPECT_TRUE(norm->bias.grad().allclose(twin->bias.grad(), tolerance, 10 * tolerance, true));
    }
    EXPECT_TRUE(norm->running_mean.allclose(twin->running_mean, 0, 0, true));
    const NoGradGuard off;
    EXPECT_TRUE(net->forward(data).allclose(twin->forward(data).relu(), 0, 0, true));
  }
}

/// They are one pass, which nobody can tell.
TEST(Sequential, BatchNormAndReLU) {
  for (bool training : {true, false})
    for (bool affine : {true, false})
      for (ScalarType dtype : {kFloat, kDouble, kBFloat16}) {
        SCOPED_TRACE(testing::Message() << training << affine << dtype);
        const auto fresh = [&](auto norm) {
          const NoGradGuard off;
          if (affine) {
            norm->weight.uniform_(-1, 1);
            norm->bias.uniform_(-1, 1);
          }
          norm->running_mean.uniform_(-1, 1);
          norm->to(dtype);
          return norm;
        };
        const auto images = [&](IntArrayRef sizes) { return randn(sizes).to(dtype); };
        const BatchNorm2d two = fresh(BatchNorm2d(BatchNorm2dOptions(19).affine(affine)));
        expect_norm_and_relu(two, Sequential(two, ReLU()), images({4, 19, 5, 7}), training);
        expect_norm_and_relu(two, Sequential(two, ReLU(true)),
                             images({4, 19, 5, 7}).contiguous(MemoryFormat::ChannelsLast), training);
        const BatchNorm1d one = fresh(BatchNorm1d(BatchNorm1dOptions(19).affine(affine)));
        expect_norm_and_relu(one, Sequential(one, ReLU()), images({33, 19}), training);
        const BatchNorm3d three = fresh(BatchNorm3d(BatchNorm3dOptions(3).affine(affine)));
        expect_norm_and_relu(three, Sequential(three, ReLU()), images({2, 3, 2, 3, 5}), training);
      }
  // A convolution's result lies in blocks of channels.
  Conv2d conv(Conv2dOptions(16, 32, 3).padding(1));
  BatchNorm2d blocks(32);
  Conv2d same = std::dynamic_pointer_cast<Conv2dImpl>(conv->clone());
  BatchNorm2d twin = std::dynamic_pointer_cast<BatchNorm2dImpl>(blocks->clone());
  Sequential chain(conv, blocks, ReLU());
  const Tensor x = randn({2, 16, 14, 14}), g = randn({2, 32, 14, 14});
  const Tensor first = chain->forward(x), second = twin(same(x)).relu();
  EXPECT_TRUE(equal(first, second));
  first.backward(g);
  second.backward(g);
  EXPECT_TRUE(conv->weight.grad().allclose(same->weight.grad(), 1e-5, 1e-4));
  EXPECT_TRUE(blocks->weight.grad().allclose(twin->weight.grad(), 1e-5, 1e-4));
  EXPECT_TRUE(blocks->bias.grad().allclose(twin->bias.grad(), 1e-5, 1e-4));

  BatchNorm1d norm(3);
  ReLU relu;
  Sequential net(norm, relu);
  Tensor normed;
  const auto handle = norm->register_forward_hook([&](Module&, const Tensor&, const Tensor& out) { normed = out; });
  const Tensor y = net->forward(randn({8, 3}));
  EXPECT_LT(normed.min().item<float>(), 0);
  EXPECT_TRUE(equal(y, normed.relu()));
}

/// `conv`, `norm` and a ReLU in evaluation, one after the other and in a Sequential; how far apart the results are.
template <class Conv, class Norm>
double distance_of_folded(Conv conv, Norm norm, const Tensor& x) {
  Sequential net(conv, norm, ReLU());
  net->eval();
  const NoGradGuard off;
  return (net->forward(x) - norm(conv(x)).relu()).abs().max().template item<double>();
}
template <class Norm>
Norm with_statistics(Norm norm) {
  const NoGradGuard off;
  if (norm->weight.defined()) norm->weight.uniform_(-2, 2), norm->bias.uniform_(-1, 1);
  norm->running_mean.uniform_(-1, 1);
  norm->running_var.uniform_(0.5, 2);
  return norm;
}

/// In evaluation a batch norm is folded into the convolution before it, which shows in the last digits only.
TEST(Sequential, ConvolutionsTakeTheirBatchNormIn) {
  const BatchNorm2d two = with_statistics(BatchNorm2d(8)),
                    plain = with_statistics(BatchNorm2d(BatchNorm2dOptions(8).affine(false)));
  const Tensor image = randn({3, 4, 9, 10});
  for (const Conv2dOptions& o :
       {Conv2dOptions(4, 8, 3).padding(1), Conv2dOptions(4, 8, 3).bias(false).stride(2),
        Conv2dOptions(4, 8, 1).groups(2), Conv2dOptions(4, 8, 3).padding(kSame).padding_mode(kReflect).dilation(2)})
    for (const BatchNorm2d& norm : {two, plain}) {
      const double d = distance_of_folded(Conv2d(o), norm, image);
      EXPECT_GT(d, 0);  // folded: the last digits differ
      EXPECT_LT(d, 1e-5);
    }
  EXPECT_LT(distance_of_folded(Conv2d(4, 8, 3), two, image.contiguous(MemoryFormat::ChannelsLast)), 1e-5);
  EXPECT_LT(distance_of_folded(Conv1d(4, 8, 3), with_statistics(BatchNorm1d(8)), randn({3, 4, 9})), 1e-5);
  EXPECT_LT(distance_of_folded(Conv3d(4, 8, 2), with_statistics(BatchNorm3d(8)), randn({3, 4, 5, 4, 3})), 1e-5);
  Conv2d conv(4, 8, 3);
  conv->to(kDouble);
  BatchNorm2d norm = with_statistics(BatchNorm2d(8));
  norm->to(kDouble);
  EXPECT_LT(distance_of_folded(conv, norm, image.to(kDouble)), 1e-13);
}

TEST(Sequential, FoldedBatchNormsFollowTheirModules) {
  Conv2d conv(4, 8, 3);
  BatchNorm2d norm = with_statistics(BatchNorm2d(8));
  Sequential net(conv, norm);
  net->eval();
  const Tensor x = randn({2, 4, 6, 6});
  NoGradGuard off;
  const auto expect_same = [&](const char* what) {
    SCOPED_TRACE(what);
    for (int again = 0; again < 2; ++again)
      EXPECT_LT((net->forward(x) - norm(conv(x))).abs().max().item<float>(), 1e-5);
  };
  expect_same("as made");
  conv->weight.mul_(2);
  expect_same("weight written to");
  norm->running_var.add_(1);
  expect_same("statistics written to");
  norm->bias.copy_(ones(8));
  expect_same("bias written to");
  conv->bias.set_data(randn(8));
  expect_same("data replaced");
  norm->options.eps(0.5);
  expect_same("option changed");
  static_cast<float*>(norm->weight.data_ptr())[3] = 7;
  expect_same("written to at its address");
  static_cast<float*>(norm->weight.data_ptr())[3] = -7;
  expect_same("and again");

  // In training, with gradients, or seen by a hook, both run.
  net->train();
  const Tensor mean = norm->running_mean.clone();
  net->forward(x);
  EXPECT_FALSE(equal(mean, norm->running_mean));
  net->eval();
  Tensor seen;
  const auto handle = conv->register_forward_hook([&](Module&, const Tensor&, const Tensor& out) { seen = out; });
  EXPECT_TRUE(equal(norm(seen.defined() ? seen : conv(x)), net->forward(x)));
  EXPECT_TRUE(seen.defined());
  AutoGradMode on(true);
  net->forward(x).sum().backward();
  EXPECT_TRUE(norm->weight.grad().defined());

  // What does not fit is refused as ever.
  const NoGradGuard again;
  EXPECT_MESSAGE(Sequential(Conv2d(4, 8, 3), BatchNorm2d(9))->forward(x), "9");
  Sequential unbatched(Conv2d(4, 8, 3), BatchNorm2d(8));
  unbatched->eval();
  EXPECT_MESSAGE(unbatched->forward(x[0]), "BatchNorm2d: expected 4D input");
}

/// Several threads may evaluate one model.
TEST(Sequential, FoldedBatchNormsAreSharedByThreads) {
  Sequential net(Conv2d(4, 8, 3), with_statistics(BatchNorm2d(8)), ReLU(), Conv2d(8, 4, 3),
                 with_statistics(BatchNorm2d(4)));
  net->eval();
  const Tensor x = randn({2, 4, 8, 8});
  std::vector<Tensor> results(4);
  std::vector<std::thread> threads;
  for (Tensor& y : results)
    threads.emplace_back([&] {
      const NoGradGuard off;
      for (int i = 0; i < 20; ++i) y = net->forward(x);
    });
  for (std::thread& t : threads) t.join();
  for (const Tensor& y : results) EXPECT_TRUE(equal(y, results[0]));
}

TEST(Sequential, MixesTypesAndArgumentCounts) {
  Sequential lengths(Scale(2), Length(), Increment());
  EXPECT_EQ(lengths->forward<int>(ones(7)), 8);
  EXPECT_MESSAGE(lengths->forward(ones(7)),
                 "The type of the return value is int, but you asked for type torch::Tensor");
  EXPECT_MESSAGE(lengths->forward<float>(ones(7)), "The type of the return value is int, but you asked for type float");
  Sequential first(Two(), Scale(2), WithDefault());
  EXPECT_EQ(first->forward(ones(1), ones(1)).item<float>(), 12);
  EXPECT_MESSAGE(first->forward(ones(1)), "expects 2 argument(s), but received 1");
  Sequential defaults(Scale(1), WithDefault(), Scale(1));
  EXPECT_EQ(defaults->forward(ones(1)).item<float>(), 3);
}

struct Split : Module {
  std::tuple<Tensor, Tensor> forward(const Tensor& x) { return {x + 1, x * 10}; }
};
TEST(Sequential, TuplesFeedModulesOfSeveralArguments) {
  Sequential net(Split(), Two(), Scale(2));
  EXPECT_EQ(net(ones(1)).item<float>(), 24);
  Sequential tuple(Scale(1), Split());
  EXPECT_EQ(std::get<1>(tuple->forward<std::tuple<Tensor, Tensor>>(ones(1))).item<float>(), 10);
}

TEST(Sequential, NestsAndRefusesToRunEmpty) {
  Sequential inner(Scale(2), Scale(3));
  Sequential outer;
  outer->push_back(Scale(5));
  outer->push_back("inner", inner);
  outer->push_back(Scale(7));
  EXPECT_EQ(outer(ones(1)).item<float>(), 210);
  EXPECT_EQ(outer->named_parameters().keys(), (Strings{"0.w", "inner.0.w", "inner.1.w", "2.w"}));
  EXPECT_MESSAGE(Sequential()->forward(ones(1)), "Cannot call forward() on an empty Sequential");
  EXPECT_MESSAGE(Sequential()->forward<int>(), "Cannot call forward() on an empty Sequential");
}

TEST(Sequential, NamesAndAccess) {
  Sequential net({{"a", Scale(2)}, {std::string("b"), std::make_shared<Length>()}, {"c", Increment()}});
  EXPECT_EQ(net->named_children().keys(), (Strings{"a", "b", "c"}));
  EXPECT_EQ(net->size(), 3u);
  EXPECT_EQ(net->at<ScaleImpl>(0).k, 2);
  EXPECT_TRUE(net->ptr<Length>(1));
  EXPECT_TRUE(net[2]->as<Increment>());
  EXPECT_MESSAGE(net->at<Length>(0), "Attempted to cast module");
  EXPECT_MESSAGE(net->ptr(3), "Index out of range");
  EXPECT_MESSAGE(net->push_back("a", Scale()), "Submodule 'a' already defined");
  EXPECT_EQ(net->size(), 3u);
  Sequential more(Scale(1));
  more->extend(*net);
  more->extend(std::vector<std::shared_ptr<ScaleImpl>>{std::make_shared<ScaleImpl>()});
  EXPECT_EQ(more->size(), 5u);
  auto any = AnyModule(Scale(9));
  more->push_back(any);
  EXPECT_EQ(more->at<ScaleImpl>(5).k, 9);
}

TEST(Sequential, CloneIsDeepAndKeepsNames) {
  Sequential net({{"a", Scale(2)}, {"b", Scale(3)}});
  net->eval();
  Sequential copy = std::dynamic_pointer_cast<SequentialImpl>(net->clone());
  EXPECT_EQ(copy->named_parameters().keys(), (Strings{"a.w", "b.w"}));
  EXPECT_FALSE(copy->is_training());
  NoGradGuard no_grad;
  copy->at<ScaleImpl>(0).w.fill_(10);
  EXPECT_EQ(net(ones(1)).item<float>(), 6);
  EXPECT_EQ(copy(ones(1)).item<float>(), 30);
  Sequential same = net;
  EXPECT_EQ(same.get(), net.get());
}

TEST(Sequential, Prints) {
  EXPECT_EQ(printed(Sequential({{"a", Scale(2)}, {"b", Scale(3)}})),
            "torch::nn::Sequential(\n  (a): Scale(2)\n  (b): Scale(3)\n)");
}

/// The factors of the modules of a list, and of what is registered, in order.
std::vector<double> factors(const std::vector<std::shared_ptr<Module>>& modules) {
  std::vector<double> r;
  for (const auto& m : modules) r.push_back(m->as<Scale>()->k);
  return r;
}

TEST(ModuleList, InsertRenumbersWhatIsRegistered) {
  ModuleList list(Scale(1), Scale(3));
  list->insert(1, Scale(2));
  list->insert(0, Scale(0));
  list->insert(4, Scale(4));
  const std::vector<double> expected{0, 1, 2, 3, 4};
  EXPECT_EQ(factors({list->begin(), list->end()}), expected);
  EXPECT_EQ(factors(list->children()), expected);
  EXPECT_EQ(list->named_children().keys(), (Strings{"0", "1", "2", "3", "4"}));
  EXPECT_MESSAGE(list->insert(6, Scale()), "Index out of range");
  EXPECT_EQ(list->at<ScaleImpl>(3).k, 3);
  EXPECT_EQ(list[3]->as<Scale>()->k, 3);
  EXPECT_MESSAGE(list->at<ScaleImpl>(5), "Index out of range");
  EXPECT_MESSAGE(list->at<Length>(0), "not of the class asked for");
  EXPECT_EQ(list->ptr<Length>(0), nullptr);
}

TEST(ModuleList, ListsLikePythons) {
  ModuleList list(std::vector<std::shared_ptr<Module>>{Scale(0).ptr(), Scale(1).ptr(), Scale(2).ptr()}, Scale(3));
  list->append(Scale(4)).append(Scale(5));
  EXPECT_EQ(factors(list->children()), (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(list[-1]->as<Scale>()->k, 5);
  EXPECT_EQ(list->at<ScaleImpl>(-2).k, 4);
  EXPECT_MESSAGE(list[-7], "Index out of range: index -7 in a ModuleList of 6 modules");
  list->set(1, Scale(10));
  list->set(-1, Scale(50));
  EXPECT_EQ(list->pop(2)->as<Scale>()->k, 2);
  EXPECT_EQ(list->pop()->as<Scale>()->k, 50);
  const std::vector<double> left{0, 10, 3, 4};
  EXPECT_EQ(factors({list->begin(), list->end()}), left);
  EXPECT_EQ(factors(list->children()), left);
  EXPECT_EQ(list->named_parameters().keys(), (Strings{"0.w", "1.w", "2.w", "3.w"}));
  const auto part = list->slice(1, -1);
  EXPECT_EQ(factors(part->children()), (std::vector<double>{10, 3}));
  EXPECT_EQ(part->ptr(0), list[1]) << "a slice shares its modules";
  EXPECT_EQ(list->slice(2)->size(), 2u);
  list->erase(0);
  EXPECT_EQ(list->size(), 3u);
  list->clear();
  EXPECT_TRUE(list->children().empty());
  EXPECT_MESSAGE(list->pop(), "Index out of range");
}

TEST(ModuleList, DocumentedExample) {
  manual_seed(0);
  ModuleList linears;
  for (int i = 0; i < 10; ++i) linears->append(Scale(1 + 0.1 * i));
  Tensor x = ones({2, 10});
  double expected = 1;
  for (size_t i = 0; i < linears->size(); ++i) {
    x = linears->at<ScaleImpl>(i / 2)(x) + linears->at<ScaleImpl>(i)(x);
    expected *= 1 + 0.1 * static_cast<double>(i / 2) + 1 + 0.1 * static_cast<double>(i);
  }
  EXPECT_NEAR(x.select(0, 0).select(0, 0).item<double>(), expected, 1e-3 * expected);
}

TEST(ModuleList, ExtendCloneAndPrint) {
  ModuleList list(Scale(1)), other(Scale(2));
  list->extend(*other);
  EXPECT_EQ(list->size(), 2u);
  ModuleList copy = std::dynamic_pointer_cast<ModuleListImpl>(list->clone());
  EXPECT_NE(copy[0], list[0]);
  EXPECT_EQ(copy->parameters().size(), 2u);
  EXPECT_EQ(printed(list), "torch::nn::ModuleList(\n  (0): Scale(1)\n  (1): Scale(2)\n)");
}

TEST(ModuleDict, PopAndClearUnregister) {
  ModuleDict dict(std::vector<std::pair<std::string, std::shared_ptr<Module>>>{
      {"a", Scale(1).ptr()}, {"b", Scale(2).ptr()}, {"c", Scale(3).ptr()}});
  EXPECT_EQ(dict->pop("b")->as<Scale>()->k, 2);
  EXPECT_EQ(dict->named_parameters().keys(), (Strings{"a.w", "c.w"}));
  EXPECT_MESSAGE(dict->pop("b"), "'b' is not defined");
  dict->update(
      std::vector<std::pair<std::string, std::shared_ptr<Module>>>{{"b", Scale(5).ptr()}, {"a", Scale(6).ptr()}});
  EXPECT_EQ(dict->keys(), (Strings{"a", "c", "b"}));
  EXPECT_EQ(factors(dict->children()), (std::vector<double>{6, 3, 5}));
  EXPECT_EQ(dict->at<ScaleImpl>("a").k, 6);
  EXPECT_MESSAGE(dict["x"], "'x' is not defined");
  ModuleDict copy = std::dynamic_pointer_cast<ModuleDictImpl>(dict->clone());
  EXPECT_EQ(copy->keys(), dict->keys());
  EXPECT_NE(copy["a"], dict["a"]);
  dict->clear();
  EXPECT_TRUE(dict->empty());
  EXPECT_TRUE(dict->children().empty());
  EXPECT_EQ(copy->size(), 3u);
  dict->insert("b", Scale(7));
  dict->insert("b", Scale(8));
  EXPECT_EQ(dict->size(), 1u);
  EXPECT_EQ(factors(dict->children()), (std::vector<double>{8}));
  EXPECT_MESSAGE(dict->insert("a.b", Scale(1)), "must not contain a dot");
  EXPECT_MESSAGE(dict->insert("", Scale(1)), "must not be empty");
  EXPECT_EQ(dict->size(), 1u) << "what was refused is not there";
}

TEST(ParameterList, KeepsRequiresGradAndOrder) {
  const Tensor a = ones({1, 2}).requires_grad_(), b = zeros({3});
  ParameterList list(a, b);
  EXPECT_TRUE(list[0].requires_grad());
  EXPECT_FALSE(list[1].requires_grad());
  EXPECT_TRUE(list->at(0).is_same(a));
  *list += std::vector<Tensor>{ones(1)};
  list->extend(*ParameterList(ones(4)));
  EXPECT_EQ(list->named_parameters().keys(), (Strings{"0", "1", "2", "3"}));
  EXPECT_MESSAGE(list[4], "Index out of range");
  EXPECT_EQ(list[-1].numel(), 4);
  list->set(-1, full({4}, 9.0));
  EXPECT_EQ(list->parameters()[3].select(0, 0).item<float>(), 9);
  EXPECT_MESSAGE(list->set(0, a * 2), "has a history");
  EXPECT_EQ(printed(ParameterList(a)),
            "torch::nn::ParameterList(\n(0): Parameter containing: [Float of size [1, 2]]\n)");
  ParameterList copy = std::dynamic_pointer_cast<ParameterListImpl>(list->clone());
  EXPECT_EQ(copy->size(), 4u);
  EXPECT_FALSE(copy[0].is_alias_of(a));
  EXPECT_TRUE(copy[0].requires_grad());
}

TEST(ParameterDict, UpdateAddsAndReplaces) {
  ParameterDict dict(OrderedDict<std::string, Tensor>{{"a", ones(1)}, {"b", zeros(2)}});
  dict->update(OrderedDict<std::string, Tensor>{{"c", ones(3)}, {"a", ones(5)}});
  EXPECT_EQ(dict->keys(), (Strings{"a", "b", "c"}));
  EXPECT_EQ(dict["a"].numel(), 5);
  EXPECT_EQ(dict->named_parameters().keys(), (Strings{"a", "b", "c"}));
  ParameterDict other;
  other->insert("a", ones(6));
  other->insert("d", ones(7));
  EXPECT_MESSAGE(dict->update(*other), "Parameter 'd' is not defined");
  EXPECT_EQ(dict["a"].numel(), 5) << "a refused update changes nothing";
  dict->update(other->items());
  EXPECT_EQ(dict["d"].numel(), 7);
  EXPECT_EQ(dict->pop("a").numel(), 6);
  EXPECT_FALSE(dict->contains("a"));
  EXPECT_MESSAGE(dict->pop("a"), "Parameter 'a' is not defined");
  EXPECT_MESSAGE(dict->insert("b", ones(1)), "Parameter 'b' already defined");
  ParameterDict copy = std::dynamic_pointer_cast<ParameterDictImpl>(dict->clone());
  EXPECT_EQ(copy->keys(), dict->keys());
  dict->clear();
  EXPECT_TRUE(dict->empty());
}

TEST(Functional, WrapsFunctions) {
  Functional twice([](const Tensor& x) { return x * 2; });
  EXPECT_EQ(twice(ones(1)).item<float>(), 2);
  Functional bound([](const Tensor& x, int k) { return x * k; }, 5);
  Sequential net(twice, bound);
  EXPECT_EQ(net(ones(1)).item<float>(), 10);
  EXPECT_EQ(printed(bound), "torch::nn::Functional()");
  EXPECT_FALSE(bound->is_serializable());
}

}  // namespace
}  // namespace lampas::nn
