// The fused kernels of rows and windows in float32 on every instruction set, against float64.
#include <gtest/gtest.h>

#include "../kernel_test.h"
#include "lampas/ops.h"
#include "ops/local_norm.h"

namespace lampas::test {
namespace {

/// Value and gradient of fn(x) in float32 are those in float64.
template <class Fn>
void expect_as_float64(IntArrayRef sizes, const Fn& fn) {
  Tensor y[2], dx[2];
  for (int k = 0; k < 2; ++k) {
    manual_seed(4);
    const Tensor x = randn(sizes).to(k ? kDouble : kFloat).set_requires_grad(true);
    y[k] = fn(x);
    y[k].backward(randn(y[k].sizes()).to(x.scalar_type()));
    dx[k] = x.grad();
  }
  EXPECT_TRUE(y[0].detach().to(kDouble).allclose(y[1].detach(), 3e-6, 3e-6));
  EXPECT_TRUE(dx[0].to(kDouble).allclose(dx[1], 3e-6, 3e-6));
}

TEST(Rows, EveryInstructionSet) {
  for (int64_t n : {1, 15, 33, 64, 129, 400}) {
    manual_seed(8);
    const Tensor other = randn({3, n}, kDouble), target = randint(n, {3}, kLong), w = rand({n}, kDouble);
    for_each_target([&] {
      SCOPED_TRACE(n);
      const auto like = [](const Tensor& t, const Tensor& x) { return t.to(x.scalar_type()); };
      expect_as_float64({3, n}, [&](const Tensor& x) { return pairwise_distance(x, like(other, x)); });
      expect_as_float64({3, n}, [&](const Tensor& x) { return cosine_similarity(x, like(other, x)); });
      expect_as_float64({3, n}, [&](const Tensor& x) { return nn::detail::normalize(x, 2, 1, 1e-12); });
      for (double p : {1.0, 2.0})
        expect_as_float64({3, n}, [&](const Tensor& x) { return multi_margin_loss(x, target, p, 1, like(w, x), 0); });
      expect_as_float64({2, 6, n}, [&](const Tensor& x) {
        return nn::detail::local_response_norm("local_response_norm", x, 3, 1, 1, 0.4, 0.75, 1.5, false);
      });
      expect_as_float64({n, 9}, [&](const Tensor& x) { return batch_norm(x, {}, {}, {}, {}, true, 0.1, 1e-2); });
    });
  }
}

TEST(Rows, ExtremesOfLocalResponse) {
  for_each_target([] {
    // A base that overflows gives 0, one of 0 NaN, subnormal ones what they must.
    const float values[] = {1e20f, 0.0f, 1e-20f, 3.0f};
    float y[4];
    LocalNorm n{1, 1, 4, 0, 0, 1.0, 0.0};
    local_norm_kernel.get(kFloat)(n, values, nullptr, y);
    EXPECT_EQ(y[0], 0);
    EXPECT_TRUE(std::isnan(y[1]));
    EXPECT_NEAR(y[2] / (1e-20 * std::pow(double(1e-20f * 1e-20f), -0.75)), 1, 1e-5);
    EXPECT_NEAR(y[3], std::pow(3.0, -0.5), 1e-6);
  });
}

}  // namespace
}  // namespace lampas::test
