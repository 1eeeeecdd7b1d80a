// Options whose types are not instantiated by the headers (LAMPAS_BOXED_ARG, LAMPAS_LAZY_ARG, a convolution's padding):
// to a program they are the types LibTorch documents.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;

TEST(Options, BoxedFieldHasItsTypeDefaultAndCopies) {
  nn::UpsampleOptions options;
  static_assert(std::is_same_v<decltype(std::as_const(options).size()), const std::optional<std::vector<int64_t>>&>);
  static_assert(std::is_same_v<decltype(options.size()), std::optional<std::vector<int64_t>>&>);
  EXPECT_FALSE(std::as_const(options).size().has_value());
  nn::UpsampleOptions& same = options.size({{3, 4}}).mode(torch::kBilinear);
  EXPECT_EQ(&same, &options);
  const nn::UpsampleOptions copy = options;
  options.size() = std::vector<int64_t>{5};
  EXPECT_EQ(*copy.size(), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(*std::as_const(options).size(), std::vector<int64_t>{5});
  options = copy;
  EXPECT_EQ(*std::as_const(options).size(), (std::vector<int64_t>{3, 4}));
  const nn::UpsampleOptions moved = std::move(options);
  EXPECT_EQ(*moved.size(), (std::vector<int64_t>{3, 4}));
  options = nn::UpsampleOptions();
  EXPECT_FALSE(std::as_const(options).size().has_value());
  EXPECT_EQ(*nn::FractionalMaxPool2dOptions(2).output_size(5).output_size().value(), (std::array<int64_t, 2>{5, 5}));
}

TEST(Options, BoxedFieldsMayHaveADefault) {
  torch::optim::AdamOptions options(0.1);
  static_assert(std::is_same_v<decltype(options.betas()), std::tuple<double, double>&>);
  EXPECT_EQ(std::as_const(options).betas(), std::make_tuple(0.9, 0.999));
  std::get<0>(options.betas()) = 0.5;
  EXPECT_EQ(std::as_const(options).betas(), std::make_tuple(0.5, 0.999));
  EXPECT_EQ(std::as_const(options.betas({0.1, 0.2})).betas(), std::make_tuple(0.1, 0.2));
  EXPECT_EQ(torch::optim::ReduceLROnPlateauOptions().min_lr(), std::vector<double>{0});
}

TEST(Options, ActivationIsAVariant) {
  nn::TransformerEncoderLayerOptions options(8, 2);
  EXPECT_TRUE(c10::get_if<torch::enumtype::kReLU>(&std::as_const(options).activation()) != nullptr);
  options.activation(torch::kGELU);
  EXPECT_TRUE(std::holds_alternative<torch::enumtype::kGELU>(options.activation()));
  options.activation([](const torch::Tensor& x) { return x * 2; });
  const auto& function = std::get<std::function<torch::Tensor(const torch::Tensor&)>>(options.activation());
  EXPECT_EQ(function(torch::ones({})).item<float>(), 2);
}

TEST(Options, ManyThreadsMakeOneValue) {
  for (int round = 0; round < 50; ++round) {
    nn::TransformerEncoderLayerOptions options(8, 2);
    std::vector<const void*> seen(4);
    std::vector<std::thread> threads;
    for (auto& place : seen) threads.emplace_back([&options, &place] { place = &options.activation(); });
    for (auto& t : threads) t.join();
    for (const void* place : seen) EXPECT_EQ(place, &options.activation());
  }
}

TEST(Options, PaddingOfAConvolutionIsLikeAVariant) {
  nn::Conv2dOptions options(3, 4, 3);
  ASSERT_NE(c10::get_if<torch::ExpandingArray<2>>(&options.padding()), nullptr);
  EXPECT_EQ(*c10::get<torch::ExpandingArray<2>>(options.padding()), (std::array<int64_t, 2>{0, 0}));
  options.padding({1, 2});
  EXPECT_EQ(**c10::get_if<torch::ExpandingArray<2>>(&options.padding()), (std::array<int64_t, 2>{1, 2}));
  options.padding(3);
  EXPECT_EQ(*c10::get<torch::ExpandingArray<2>>(options.padding()), (std::array<int64_t, 2>{3, 3}));
  options.padding(std::vector<int64_t>{4, 5});
  EXPECT_EQ(*c10::get<torch::ExpandingArray<2>>(options.padding()), (std::array<int64_t, 2>{4, 5}));
  options.padding(torch::kSame);
  EXPECT_TRUE(c10::holds_alternative<torch::enumtype::kSame>(options.padding()));
  EXPECT_FALSE(c10::holds_alternative<torch::enumtype::kValid>(options.padding()));
  EXPECT_EQ(c10::get_if<torch::ExpandingArray<2>>(&options.padding()), nullptr);
  EXPECT_NE(c10::get_if<torch::enumtype::kSame>(&options.padding()), nullptr);
  EXPECT_THROW(c10::get<torch::ExpandingArray<2>>(options.padding()), std::bad_variant_access);
  options.padding() = torch::kValid;
  const auto name = [](const auto& p) {
    using P = std::decay_t<decltype(p)>;
    return std::is_same_v<P, torch::enumtype::kValid> ? 1 : std::is_same_v<P, torch::enumtype::kSame> ? 2 : 0;
  };
  EXPECT_EQ(c10::visit(name, options.padding()), 1);
  EXPECT_EQ(c10::visit(name, std::as_const(options.padding(torch::kSame)).padding()), 2);
  EXPECT_EQ(c10::visit(name, F::Conv1dFuncOptions().padding(2).padding()), 0);
  EXPECT_EQ(
      F::conv2d(torch::ones({1, 1, 4, 4}), torch::ones({1, 1, 3, 3}), F::Conv2dFuncOptions().padding({1, 0})).sizes(),
      torch::IntArrayRef({1, 1, 4, 2}));
}

TEST(Options, LazyFieldTakesWhatItsTypeTakes) {
  nn::LayerNormOptions options({2, 3});
  EXPECT_EQ(options.normalized_shape({4}).normalized_shape(), std::vector<int64_t>{4});
  EXPECT_EQ(nn::GELUOptions().approximate("tanh").approximate(), "tanh");
  EXPECT_EQ(F::PadFuncOptions({1, 1}).pad({2, 2}).pad(), (std::vector<int64_t>{2, 2}));
  const torch::Tensor w = torch::ones({3});
  EXPECT_TRUE(F::NLLLossFuncOptions().weight(w).weight().is_same(w));
  EXPECT_FALSE(F::NLLLossFuncOptions().weight({}).weight().defined());
}

// The holders of the library's modules are aliases; nothing a program does with them tells.
struct Doubled : nn::Linear {
  using nn::Linear::Linear;
};
template <class M>
constexpr bool is_holder(const nn::ModuleHolder<M>&) {
  return true;
}

TEST(Options, HoldersOfTheLibraryAreClasses) {
  static_assert(std::is_same_v<nn::Linear::Impl, nn::LinearImpl>);
  static_assert(std::is_same_v<nn::Linear::ContainedType, nn::LinearImpl>);
  static_assert(!std::is_convertible_v<int, nn::ReLU>);
  Doubled derived(2, 3);
  EXPECT_EQ(derived->weight.sizes(), torch::IntArrayRef({3, 2}));
  EXPECT_TRUE(is_holder(derived));
  nn::Linear none{nullptr}, copy = derived;
  EXPECT_TRUE(none.is_empty());
  none = nn::Linear(std::make_shared<nn::LinearImpl>(4, 5));
  EXPECT_EQ(none->bias.numel(), 5);
  EXPECT_EQ(copy.get(), derived.get());
  EXPECT_EQ(none.ptr().use_count(), 2);
}

}  // namespace
