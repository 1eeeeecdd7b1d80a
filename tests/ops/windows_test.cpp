// Windows, type promotion and the norms of weight normalisation; values from PyTorch 1.13.
#include "lampas/ops/windows.h"

#include <gtest/gtest.h>

#include "lampas/autograd/gradcheck.h"
#include "lampas/ops/compare.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/promotion.h"
#include "lampas/ops/random.h"
#include "lampas/ops/tensor_data.h"
#include "lampas/ops/weight_norm.h"
#include "ops/throws.h"

namespace {

using namespace lampas;

void expect(const Tensor& t, const std::vector<double>& values) {
  EXPECT_EQ(t.scalar_type(), kDouble);
  EXPECT_TRUE(allclose(t, tensor(values, kDouble), 1e-10, 1e-12)) << t;
}

TEST(Windows, Values) {
  const TensorOptions d(kDouble);
  expect(hann_window(5, d), {0, 0.345491502813, 0.904508497187, 0.904508497187, 0.345491502813});
  expect(hann_window(5, false, d), {0, 0.5, 1, 0.5, 0});
  expect(hamming_window(4, d), {0.08, 0.54, 1, 0.54});
  expect(hamming_window(5, false, 0.6, 0.3, d), {0.3, 0.6, 0.9, 0.6, 0.3});
  expect(blackman_window(5, d), {0, 0.200770143263, 0.849229856737, 0.849229856737, 0.200770143263});
  expect(blackman_window(4, false, d), {0, 0.63, 0.63, 0});
  expect(bartlett_window(5, d), {0, 0.4, 0.8, 0.8, 0.4});
  expect(bartlett_window(6, false, d), {0, 0.4, 0.8, 0.8, 0.4, 0});
  expect(kaiser_window(5, d), {5.27734413201e-05, 0.10171968771, 0.792939834101, 0.792939834101, 0.10171968771});
  expect(kaiser_window(4, false, 2.5, d), {0.303966229415, 0.89742902035, 0.89742902035, 0.303966229415});
}

TEST(Windows, OptionsAndErrors) {
  const Tensor w = hann_window(7, TensorOptions(kFloat).requires_grad(true));
  EXPECT_EQ(w.scalar_type(), kFloat);
  EXPECT_TRUE(w.requires_grad() && w.is_leaf());
  EXPECT_TRUE(equal(kaiser_window(1), ones({1})));
  EXPECT_EQ(blackman_window(0).sizes(), IntArrayRef({0}));
  EXPECT_EQ(hamming_window(6).scalar_type(), kFloat);
  EXPECT_THROWS_WITH(hann_window(-1), "hann_window: requires non-negative window_length, got window_length=-1");
  EXPECT_THROWS_WITH(bartlett_window(3, TensorOptions(kLong)), "bartlett_window: expected a floating-point dtype");
}

TEST(ResultType, OfTensorsAndNumbers) {
  const Tensor f = ones({2}), d = ones({2}, kDouble), i = ones({2}, kInt), zero_dim = ones({}, kDouble);
  EXPECT_EQ(result_type(f, d), kDouble);
  EXPECT_EQ(result_type(f, zero_dim), kFloat);
  EXPECT_EQ(result_type(i, zero_dim), kDouble);
  EXPECT_EQ(result_type(i, f), kFloat);
  EXPECT_EQ(result_type(i, 3), kInt);
  EXPECT_EQ(result_type(2.5, i), kFloat);
  EXPECT_EQ(result_type(true, 3), kLong);
  EXPECT_THROWS_WITH(result_type(f, Tensor()), "result_type: other is undefined");
}

TEST(WeightNorm, NormExceptDim) {
  const Tensor v = tensor({{1., -2., 2.}, {0., 3., 4.}}, kDouble);
  EXPECT_TRUE(allclose(norm_except_dim(v, 2, 0), tensor({{3.}, {5.}}, kDouble)));
  EXPECT_TRUE(allclose(norm_except_dim(v, 2, 1), tensor({{1., 3.6055512754639891, 4.4721359549995796}}, kDouble)));
  EXPECT_TRUE(allclose(norm_except_dim(v, 2, -1), tensor(5.8309518948453007, kDouble)));
  EXPECT_TRUE(allclose(norm_except_dim(v, 1, 0), tensor({{5.}, {7.}}, kDouble)));
  EXPECT_THROWS_WITH(norm_except_dim(v, 2, 2), "norm_except_dim: dim 2 is out of range");
  const Tensor g = tensor({{2.}, {10.}}, kDouble);
  EXPECT_TRUE(allclose(_weight_norm(v, g), v * tensor({{2. / 3}, {2.}}, kDouble)));
  EXPECT_TRUE(
      autograd::gradcheck([](const std::vector<Tensor>& x) { return std::vector<Tensor>{_weight_norm(x[0], x[1])}; },
                          {v.clone().requires_grad_(), g.clone().requires_grad_()}));
}

}  // namespace
