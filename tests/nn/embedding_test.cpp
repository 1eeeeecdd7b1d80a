// Embeddings, dropout variants, Bilinear and lazy modules: documented examples, printed forms, errors.
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "lampas/optim.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;

/// The rows the documentation's example prints.
Tensor documented_rows() {
  Tensor w = zeros({10, 3});
  const std::vector<std::pair<int64_t, std::vector<double>>> rows = {
      {1, {-1.0822, 1.2522, 0.2434}}, {2, {0.8393, -0.6062, -0.3348}}, {3, {-0.1527, 0.0877, 0.4260}},
      {4, {0.6597, 0.0350, 0.0837}},  {5, {0.5521, 0.9447, 0.0498}},   {9, {-0.8738, -0.9054, 0.4281}}};
  for (const auto& [k, values] : rows) w.select(0, k).copy_(tensor(values));
  return w;
}

TEST(Embedding, DocumentedExample) {
  const Tensor w = documented_rows();
  Embedding e = Embedding::from_pretrained(w);
  EXPECT_FALSE(e->weight.requires_grad());
  EXPECT_TRUE(e->weight.is_alias_of(w));
  const Tensor index = tensor({1, 2, 4, 5, 4, 3, 2, 9}).reshape({2, 4});
  const Tensor y = e(index);
  EXPECT_EQ(y.sizes(), IntArrayRef({2, 4, 3}));
  EXPECT_TRUE(y.select(0, 1).select(0, 3).equal(w.select(0, 9)));
  EXPECT_TRUE(y.equal(w.index_select(0, index.flatten()).reshape({2, 4, 3})));
  EXPECT_TRUE(e(index.to(kInt)).equal(y));
  EmbeddingBag bag = EmbeddingBag::from_pretrained(w, EmbeddingBagFromPretrainedOptions().mode(kSum));
  EXPECT_TRUE(
      bag(index.flatten(), tensor({0, 4}))
          .allclose(tensor({0.9689, 1.6257, 0.0421, 0.4725, -1.3889, 0.6030}).to(kFloat).reshape({2, 3}), 0, 5e-5));
  EXPECT_TRUE(bag(index).allclose(y.sum(IntArrayRef({1})), 1e-6, 1e-6));
}

TEST(Embedding, PaddingRowStartsAtZeroAndTakesNoGradient) {
  manual_seed(0);
  Embedding e(EmbeddingOptions(5, 2).padding_idx(-2));
  EXPECT_EQ(e->options.padding_idx().value(), 3);
  EXPECT_TRUE(e->weight.select(0, 3).eq(0).all().item<bool>());
  e(tensor({3, 1, 3})).sum().backward();
  EXPECT_TRUE(e->weight.grad().select(0, 3).eq(0).all().item<bool>());
  EXPECT_TRUE(e->weight.grad().select(0, 1).eq(1).all().item<bool>());
  EmbeddingBag bag(EmbeddingBagOptions(5, 2).padding_idx(3).mode(kMean));
  const Tensor y = bag(tensor({3, 1, 3, 3}).reshape({2, 2}));
  EXPECT_TRUE(y.select(0, 0).equal(bag->weight.select(0, 1)));  // the padding does not count
  EXPECT_TRUE(y.select(0, 1).eq(0).all().item<bool>());         // an empty bag
}

TEST(Embedding, MaxNormChangesTheTable) {
  const Tensor w = tensor({3., 4., 0.3, 0.4, 6., 8.}).to(kFloat).reshape({3, 2});
  const int64_t version = w._version();
  const Tensor y = F::embedding(tensor({0, 1, 0}), w, F::EmbeddingFuncOptions().max_norm(1));
  EXPECT_TRUE(w.select(0, 0).allclose(tensor({0.6f, 0.8f}), 1e-5, 1e-6));
  EXPECT_TRUE(w.select(0, 1).equal(tensor({0.3f, 0.4f})));
  EXPECT_TRUE(w.select(0, 2).equal(tensor({6.f, 8.f})));  // not looked up
  EXPECT_GT(w._version(), version);
  EXPECT_TRUE(y.select(0, 0).equal(w.select(0, 0)));
  // A table that is not contiguous is changed as well.
  const Tensor wide = w.t().contiguous().t();
  F::embedding_bag(tensor({2}), wide, F::EmbeddingBagFuncOptions().offsets(tensor({0})).max_norm(1).norm_type(1));
  EXPECT_NEAR(wide.select(0, 2).abs().sum().item<float>(), 1, 1e-5);
}

TEST(Embedding, ARefusedCallShortensNoRow) {
  const Tensor w = full({3, 2}, 9.f), before = w.clone();
  const auto bags = [](const Tensor& offsets) { return F::EmbeddingBagFuncOptions().offsets(offsets).max_norm(1); };
  EXPECT_MESSAGE(F::embedding_bag(tensor({0, 1}), w, bags(tensor({0, 3}))), "embedding_bag: offsets[-1]");
  EXPECT_MESSAGE(F::embedding_bag(tensor({0, 1}), w, bags(tensor({1}))), "embedding_bag: offsets[0] has to be 0");
  EXPECT_MESSAGE(F::embedding_bag(tensor({0, 1}), w, bags(tensor({0})).padding_idx(7)), "embedding_bag: padding_idx");
  EXPECT_MESSAGE(F::embedding(tensor({0, 3}), w, F::EmbeddingFuncOptions().max_norm(1)),
                 "embedding: index out of range");
  EXPECT_MESSAGE(
      F::embedding(tensor({0}), w, F::EmbeddingFuncOptions().max_norm(1).sparse(true).scale_grad_by_freq(true)),
      "embedding: scale_grad_by_freq");
  EXPECT_TRUE(equal(w, before));
}

TEST(Embedding, Errors) {
  const Tensor w = ones({4, 2}), index = tensor({1, 2});
  EXPECT_MESSAGE(F::embedding(tensor({4}), w), "index out of range in self");
  EXPECT_MESSAGE(F::embedding(tensor({-1}), w), "index out of range in self");
  EXPECT_MESSAGE(F::embedding(tensor({1.0}), w), "to have one of the following scalar types: Long, Int; but got Float");
  EXPECT_MESSAGE(F::embedding(index, w, F::EmbeddingFuncOptions().padding_idx(4)),
                 "Padding_idx must be within num_embeddings");
  EXPECT_MESSAGE(F::embedding(index, ones(4)), "'weight' must be 2-D");
  EXPECT_MESSAGE(Embedding(EmbeddingOptions(4, 2).padding_idx(-5)), "Padding_idx must be within num_embeddings");
  EXPECT_MESSAGE(Embedding(EmbeddingOptions(4, 2)._weight(ones({2, 2}))),
                 "Shape of _weight does not match num_embeddings and embedding_dim");
  EXPECT_MESSAGE(Embedding::from_pretrained(ones(3)), "is expected to be 2-dimensional");
  const auto o = [] { return F::EmbeddingBagFuncOptions(); };
  EXPECT_MESSAGE(F::embedding_bag(index, w), "offsets has to be a 1D Tensor but got null");
  EXPECT_MESSAGE(F::embedding_bag(index.reshape({1, 2}), w, o().offsets(tensor({0}))),
                 "If input is 2D, then offsets has to be null");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({1}))), "offsets[0] has to be 0");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({0, 5}))),
                 "offsets[-1] can not be greater than input's");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({0, 2, 1}))), "offsets must not decrease");
  EXPECT_MESSAGE(F::embedding_bag(index.reshape({1, 1, 2}), w), "input has to be 1D or 2D Tensor");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({0})).mode(kMax).scale_grad_by_freq(true)),
                 "max mode does not support scaling the gradient by the frequency");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({0})).mode(kMax).sparse(true)),
                 "max mode does not support sparse weights");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({0})).per_sample_weights(ones(2))),
                 "per_sample_weights is only supported for mode='kSum' (got mode='kMean')");
  EXPECT_MESSAGE(F::embedding_bag(index, w, o().offsets(tensor({0})).mode(kSum).per_sample_weights(ones(3))),
                 "then it must have the same shape as the input");
  EXPECT_EQ(F::embedding(empty({0}, kLong), w).sizes(), IntArrayRef({0, 2}));
  EXPECT_EQ(F::embedding_bag(empty({0}, kLong), w, o().offsets(tensor({0, 0}))).abs().sum().item<float>(), 0);
}

TEST(Embedding, SparseGradientsAreTheDenseOnes) {
  EXPECT_MESSAGE(
      F::embedding(tensor({1}), ones({2, 2}), F::EmbeddingFuncOptions().sparse(true).scale_grad_by_freq(true)),
      "scale_grad_by_freq not supported with sparse gradients");
#if __has_include("lampas/ops/sparse.h")
  manual_seed(0);
  const Tensor index = tensor({1, 2, 4, 5, 4, 3, 2, 0});
  for (const std::optional<int64_t> padding : {std::optional<int64_t>(), std::optional<int64_t>(2)}) {
    const EmbeddingOptions o = EmbeddingOptions(6, 3).padding_idx(padding);
    Embedding dense(o), sparse(EmbeddingOptions(o).sparse(true));
    sparse->weight.detach().copy_(dense->weight);
    const Tensor g = randn({8, 3});
    dense(index).backward(g);
    sparse(index).backward(g);
    ASSERT_TRUE(sparse->weight.grad().is_sparse());
    EXPECT_TRUE(sparse->weight.grad().to_dense().allclose(dense->weight.grad(), 1e-6, 1e-6));
    if (padding) {
      EXPECT_TRUE(sparse->weight.grad().coalesce().indices().ne(*padding).all().item<bool>());
    }
    sparse(index).backward(g);  // accumulates
    EXPECT_TRUE(sparse->weight.grad().to_dense().allclose(dense->weight.grad() * 2, 1e-6, 1e-6));
    const Tensor before = sparse->weight.detach().clone();
    optim::SGD(sparse->parameters(), optim::SGDOptions(0.1)).step();
    EXPECT_TRUE(sparse->weight.allclose(before - dense->weight.grad() * 0.2, 1e-5, 1e-6));
  }
  for (const EmbeddingBagMode& mode : {EmbeddingBagMode(kSum), EmbeddingBagMode(kMean)}) {
    const EmbeddingBagOptions o = EmbeddingBagOptions(6, 3).padding_idx(4).mode(mode);
    EmbeddingBag dense(o), sparse(EmbeddingBagOptions(o).sparse(true));
    sparse->weight.detach().copy_(dense->weight);
    const Tensor g = randn({3, 3});
    dense(index, tensor({0, 3, 3})).backward(g);
    sparse(index, tensor({0, 3, 3})).backward(g);
    ASSERT_TRUE(sparse->weight.grad().is_sparse());
    EXPECT_TRUE(sparse->weight.grad().to_dense().allclose(dense->weight.grad(), 1e-6, 1e-6));
  }
#endif
}

TEST(Embedding, PrintsAndClones) {
  EXPECT_EQ(printed(Embedding(5, 3)), "torch::nn::Embedding(num_embeddings=5, embedding_dim=3)");
  EXPECT_EQ(
      printed(Embedding(
          EmbeddingOptions(5, 3).padding_idx(1).max_norm(2).norm_type(2.5).scale_grad_by_freq(true).sparse(true))),
      "torch::nn::Embedding(num_embeddings=5, embedding_dim=3, padding_idx=1, max_norm=2, norm_type=2.5, "
      "scale_grad_by_freq=true, sparse=true)");
  EXPECT_EQ(printed(EmbeddingBag(EmbeddingBagOptions(5, 3)
                                     .max_norm(2)
                                     .norm_type(2.5)
                                     .scale_grad_by_freq(true)
                                     .sparse(true)
                                     .mode(kSum)
                                     .padding_idx(2)
                                     .include_last_offset(true))),
            "torch::nn::EmbeddingBag(num_embeddings=5, embedding_dim=3, max_norm=2, norm_type=2.5, "
            "scale_grad_by_freq=true, sparse=true, mode=kSum, include_last_offset=true, padding_idx=2)");
  Embedding e = Embedding::from_pretrained(documented_rows());
  Embedding copy = std::dynamic_pointer_cast<EmbeddingImpl>(e->clone());
  EXPECT_TRUE(copy->weight.equal(e->weight));
  EXPECT_FALSE(copy->weight.is_alias_of(e->weight));
}

TEST(OneHot, CountsClasses) {
  EXPECT_TRUE(F::one_hot(tensor({0, 2})).equal(tensor({1, 0, 0, 0, 0, 1}).reshape({2, 3})));
  EXPECT_EQ(F::one_hot(tensor({0, 1}).reshape({2, 1}), 5).sizes(), IntArrayRef({2, 1, 5}));
  EXPECT_MESSAGE(F::one_hot(tensor({1.0})), "one_hot is only applicable to index tensor");
  EXPECT_MESSAGE(F::one_hot(tensor({-1})), "Class values must be non-negative");
  EXPECT_MESSAGE(F::one_hot(tensor({4}), 3), "Class values must be smaller than num_classes");
  EXPECT_MESSAGE(F::one_hot(empty({0}, kLong)), "Can not infer total number of classes from empty tensor");
}

TEST(AlphaDropout, KeepsTheDocumentedValues) {
  manual_seed(0);
  const Tensor y = F::alpha_dropout(zeros({1000}), F::AlphaDropoutFuncOptions().p(0.2).training(true));
  EXPECT_TRUE(y.sub(0.309040).abs().lt(1e-5).logical_or(y.add(1.236160).abs().lt(1e-5)).all().item<bool>());
  EXPECT_NEAR(y.lt(0).to(kFloat).mean().item<float>(), 0.2, 0.05);
  const Tensor x = ones({2, 3, 4});
  EXPECT_TRUE(F::alpha_dropout(x).is_same(x));  // the functional does not train by default
  AlphaDropout module(0.4);
  module->eval();
  EXPECT_TRUE(module(x).is_same(x));
  const Tensor z = F::feature_alpha_dropout(randn({5, 6, 7}), F::FeatureAlphaDropoutFuncOptions().training(true));
  // Dropped channels are constant.
  EXPECT_GT(std::get<0>(z.max(2)).eq(std::get<0>(z.min(2))).sum().item<int64_t>(), 3);
  Tensor in_place = ones({8, 8});
  EXPECT_TRUE(F::alpha_dropout(in_place, F::AlphaDropoutFuncOptions().training(true).inplace(true)).is_same(in_place));
  EXPECT_FALSE(in_place.eq(1).all().item<bool>());
  EXPECT_MESSAGE(F::alpha_dropout(x, F::AlphaDropoutFuncOptions().p(-1)),
                 "dropout probability has to be between 0 and 1, but got -1");
  EXPECT_MESSAGE(AlphaDropout(1.5), "dropout probability has to be between 0 and 1, but got 1.5");
  EXPECT_EQ(printed(AlphaDropout(AlphaDropoutOptions(0.3))), "torch::nn::AlphaDropout(p=0.3, inplace=false)");
  EXPECT_EQ(printed(FeatureAlphaDropout(0.3)), "torch::nn::FeatureAlphaDropout(p=0.3, inplace=false)");
}

TEST(Bilinear, SizesErrorsAndPrint) {
  EXPECT_EQ(Bilinear(20, 30, 40)(ones({128, 20}), ones({128, 30})).sizes(), IntArrayRef({128, 40}));
  EXPECT_MESSAGE(Bilinear(2, 3, 4)(ones({5, 2}), ones({6, 3})),
                 "input batch dimensions do not match at dim 0: got 5 and 6");
  EXPECT_MESSAGE(Bilinear(2, 3, 4)(ones({5, 3}), ones({5, 3})), "input1 size does not match weight size: got 3 but");
  EXPECT_MESSAGE(Bilinear(2, 3, 4)(ones({5, 2}), ones({5, 2})), "input2 size does not match weight size: got 2 but");
  EXPECT_MESSAGE(Bilinear(0, 3, 4), "in1_features must be > 0");
  EXPECT_EQ(printed(Bilinear(BilinearOptions(2, 3, 4).bias(false))),
            "torch::nn::Bilinear(in1_features=2, in2_features=3, out_features=4, bias=false)");
}

/// `lazy` gets the weights of `eager` from the same seed, and its size from the first input.
template <class Lazy, class Eager>
void expect_as_eager(const Lazy& make_lazy, const Eager& make_eager, const Tensor& x) {
  auto lazy = make_lazy();
  EXPECT_TRUE(lazy->has_uninitialized_params());
  const std::vector<Tensor> before = lazy->parameters();
  auto uninitialized = std::dynamic_pointer_cast<typename decltype(lazy)::ContainedType>(lazy->clone());
  ASSERT_TRUE(uninitialized);
  manual_seed(5);
  const Tensor y = lazy->forward(x);
  EXPECT_FALSE(lazy->has_uninitialized_params());
  EXPECT_TRUE(uninitialized->has_uninitialized_params());
  manual_seed(5);
  auto eager = make_eager();
  EXPECT_TRUE(y.equal(eager->forward(x)));
  const std::vector<Tensor> after = lazy->parameters();
  ASSERT_EQ(before.size(), eager->parameters().size());
  for (size_t k = 0; k < before.size(); ++k) {
    EXPECT_TRUE(before[k].is_same(after[k]));  // an optimizer made before still has them
    EXPECT_TRUE(after[k].equal(eager->parameters()[k]));
    EXPECT_TRUE(after[k].requires_grad());
  }
  EXPECT_EQ(printed(lazy), printed(eager));
  EXPECT_TRUE(lazy->clone()->parameters()[0].equal(after[0]));
}

TEST(Lazy, BecomesTheEagerModule) {
  expect_as_eager([] { return LazyLinear(3); }, [] { return Linear(5, 3); }, ones({2, 5}));
  expect_as_eager([] { return LazyLinear(LinearOptions(0, 3).bias(false)); },
                  [] { return Linear(LinearOptions(5, 3).bias(false)); }, ones({2, 5}));
  expect_as_eager([] { return LazyConv1d(3, 2); }, [] { return Conv1d(4, 3, 2); }, ones({2, 4, 5}));
  expect_as_eager([] { return LazyConv2d(Conv2dOptions(0, 4, 3).groups(2)); },
                  [] { return Conv2d(Conv2dOptions(2, 4, 3).groups(2)); }, ones({1, 2, 5, 5}));
  expect_as_eager([] { return LazyConv3d(2, 2); }, [] { return Conv3d(3, 2, 2); }, ones({3, 3, 3, 3}));
  expect_as_eager([] { return LazyConvTranspose1d(3, 2); }, [] { return ConvTranspose1d(4, 3, 2); }, ones({2, 4, 5}));
  expect_as_eager([] { return LazyConvTranspose2d(3, 2); }, [] { return ConvTranspose2d(4, 3, 2); }, ones({4, 5, 5}));
  expect_as_eager([] { return LazyConvTranspose3d(3, 2); }, [] { return ConvTranspose3d(4, 3, 2); },
                  ones({1, 4, 2, 2, 2}));
  expect_as_eager([] { return LazyBatchNorm1d(); }, [] { return BatchNorm1d(4); }, randn({3, 4}));
  expect_as_eager([] { return LazyBatchNorm2d(); }, [] { return BatchNorm2d(4); }, randn({3, 4, 2, 2}));
  expect_as_eager([] { return LazyBatchNorm3d(BatchNorm3dOptions(0).eps(0.1)); },
                  [] { return BatchNorm3d(BatchNorm3dOptions(4).eps(0.1)); }, randn({3, 4, 2, 2, 2}));
  EXPECT_MESSAGE(LazyConv2d(3, 2)->forward(ones({4, 5})), "expected input of 3 to 4 dimensions to take a size from");
}

TEST(Lazy, TrainsWithAnOptimizerMadeBefore) {
  LazyLinear net(1);
  optim::SGD sgd(net->parameters(), optim::SGDOptions(0.1));
  const Tensor x = ones({4, 3});
  net(x).sum().backward();
  const Tensor before = net->weight.detach().clone();
  sgd.step();
  EXPECT_TRUE(net->weight.allclose(before - 0.4, 1e-5, 1e-6));
}

}  // namespace
}  // namespace lampas::nn
