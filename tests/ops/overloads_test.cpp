// Argument forms put in terms of others: against those they stand for.
#include "lampas/ops/overloads.h"

#include <gtest/gtest.h>

#include "lampas/lampas.h"

using namespace lampas;
namespace F = lampas::nn::functional;

#define EXPECT_ERROR(expr, phrase)                                                \
  try {                                                                           \
    (void)(expr);                                                                 \
    ADD_FAILURE() << "no error: " #expr;                                          \
  } catch (const Error& e) {                                                      \
    EXPECT_NE(std::string(e.what()).find(phrase), std::string::npos) << e.what(); \
  }

TEST(Overloads, NamedPadding) {
  const Tensor x = randn({2, 3, 7, 8});
  for (const auto& [kernel, dilation] : {std::pair<int64_t, int64_t>{3, 1}, {2, 1}, {4, 1}, {2, 2}, {5, 2}}) {
    const Tensor w = randn({4, 3, kernel, 3});
    const Tensor y = conv2d(x, w, {}, 1, "same", dilation);
    EXPECT_EQ(y.sizes(), IntArrayRef({2, 4, 7, 8}));
    EXPECT_TRUE(y.allclose(F::conv2d(x, w, F::Conv2dFuncOptions().padding(kSame).dilation(dilation))));
    EXPECT_TRUE(conv2d(x, w, {}, 2, "valid").equal(conv2d(x, w, {}, 2)));
  }
  EXPECT_ERROR(conv1d(randn({1, 2, 5}), randn({1, 2, 3}), {}, 2, "same"), "not supported for strided convolutions");
  EXPECT_ERROR(conv1d(randn({1, 2, 5}), randn({1, 2, 3}), {}, 1, "some"), "Invalid padding string: 'some'");
}

TEST(Overloads, Factors) {
  const Tensor x = randn({1, 2, 4, 6});
  const std::vector<double> factors{1.5, 2.0};
  const ArrayRef<double> f(factors);
  EXPECT_TRUE(upsample_bilinear2d(x, std::nullopt, false, f).equal(upsample_bilinear2d(x, {6, 12}, false, 1.5, 2.0)));
  EXPECT_TRUE(upsample_nearest2d(x, OptionalIntArrayRef({5, 3}), std::nullopt).equal(upsample_nearest2d(x, {5, 3})));
  EXPECT_ERROR(upsample_nearest2d(x, OptionalIntArrayRef({5, 3}), f), "exactly one of output_size and scale_factors");
  EXPECT_ERROR(upsample_linear1d(x, std::nullopt, true, f), "expected an input of 3 dimensions");
}

TEST(Overloads, TolerancesOfEachMatrix) {
  const Tensor d = diag_embed(tensor({{4.0, 1.0}, {4.0, 1.0}, {4.0, 1.0}}, kDouble));
  EXPECT_TRUE(linalg_matrix_rank(d, tensor({0.5, 2.0, 8.0}, kDouble)).equal(tensor({2, 1, 0})));
  EXPECT_TRUE(linalg_matrix_rank(d, {}, std::optional<Tensor>(tensor(0.5))).equal(tensor({1, 1, 1})));
  const Tensor p = linalg_pinv(d, tensor({0.1, 0.5, 2.0}, kDouble));
  EXPECT_TRUE(p[0].allclose(linalg_pinv(d[0], 0.1)) && p[1].allclose(linalg_pinv(d[1], 0.5)));
  EXPECT_TRUE(p[2].eq(0).all().item<bool>());
  // Tolerances and batches broadcast.
  const Tensor several = tensor({{0.5}, {2.0}}, kDouble);
  EXPECT_TRUE(linalg_matrix_rank(d[0], several).equal(tensor({{2}, {1}})));
  EXPECT_TRUE(linalg_matrix_rank(d, several).equal(tensor({{2, 2, 2}, {1, 1, 1}})));
  EXPECT_EQ(linalg_pinv(d, several).sizes(), IntArrayRef({2, 3, 2, 2}));
  EXPECT_EQ(linalg_matrix_rank(ones({0, 2, 2}), several).sizes(), IntArrayRef({2, 0}));
}

TEST(Overloads, OfHermitianMatricesTheLowerTriangleCounts) {
  const Tensor a = tensor({{2.0, 7.0}, {1.0, 3.0}}, kDouble), s = tensor({{2.0, 1.0}, {1.0, 3.0}}, kDouble);
  EXPECT_TRUE(linalg_pinv(a, std::optional<double>(), std::optional<double>(), true).allclose(s.inverse()));
  EXPECT_EQ(linalg_matrix_rank(a.mul(tensor({{0.0, 1.0}, {0.0, 1.0}}, kDouble)), std::optional<double>(), {}, true)
                .item<int64_t>(),
            1);
  EXPECT_ERROR(linalg_pinv(ones({2, 3}), 0.1, true), "linalg.pinv: input must be batches of square matrices");
  EXPECT_ERROR(linalg_matrix_rank(ones({2, 3}), 0.1, true), "linalg.matrix_rank: input must be batches of square");
}

TEST(Overloads, DtypesOfOuterProducts) {
  const Tensor half = ones({2}, kHalf), y = addr(ones({2, 2}), half, ones({2}, kBool));
  EXPECT_EQ(y.scalar_type(), kFloat);
  EXPECT_TRUE(y.eq(2).all().item<bool>());
}

TEST(Overloads, DimensionsOfASingleNumberAreChecked) {
  EXPECT_ERROR(flip(ones({}), {2}), "flip: Dimension out of range");
  EXPECT_ERROR(flip(ones({}), {0, 0}), "flip: dim 0 appears multiple times");
  EXPECT_EQ(flip(ones({}), {-1}).item<float>(), 1);
  EXPECT_ERROR(unique_consecutive(ones({3}), false, false, -3), "unique_consecutive: Dimension out of range");
}

TEST(Overloads, WhatCannotBeIsRefused) {
  EXPECT_ERROR(ones({2, 0}).bernoulli_(full({3, 5}, 0.5)), "expand: ");
  EXPECT_ERROR(ones({2}).bernoulli_(full({3, 2}, 0.5)), "expand: ");
  EXPECT_ERROR(cholesky_inverse(tensor({{1.0, 0.0}, {2.0, 0.0}}, kDouble)), "cholesky_inverse: a diagonal element");
  EXPECT_ERROR(threshold(ones({2}, kByte), 1, 300), "value cannot be converted to type uint8_t without overflow");
  EXPECT_ERROR(deg2rad(ones({2}, kComplexFloat)), "deg2rad: is not supported for complex tensors");
  EXPECT_ERROR(rad2deg(ones({2}, kComplexFloat)), "rad2deg: is not supported for complex tensors");
}

TEST(Overloads, OptionsOneByOne) {
  EXPECT_EQ(zeros({2}, kInt, kStrided, kCPU, false).scalar_type(), kInt);
  EXPECT_EQ(arange(3, std::nullopt, std::nullopt, std::nullopt, std::nullopt).scalar_type(), kLong);
  EXPECT_EQ(ones_like(ones({2}, kInt), kDouble, std::nullopt, std::nullopt, std::nullopt, std::nullopt).scalar_type(),
            kDouble);
}
