// Kernels that read whole rows at once: float32 against float64 at sizes around their blocks, numbers whose squares
// leave float32, special values, higher derivatives.
#include <cmath>
#include <limits>

#include "lampas/autograd/gradcheck.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;
constexpr double kInf = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

Tensor noise(IntArrayRef sizes, uint64_t seed) {
  manual_seed(seed);
  return randn(sizes);
}

/// Value and gradients of fn(x, y) in float32 are those in float64.
template <class Fn>
void expect_as_float64(const char* what, IntArrayRef sizes, const Fn& fn, double tolerance = 2e-6) {
  Tensor results[2][3];
  for (int k = 0; k < 2; ++k) {
    const ScalarType dtype = k ? kDouble : kFloat;
    const Tensor a = noise(sizes, 1).to(dtype).set_requires_grad(true),
                 b = noise(sizes, 2).to(dtype).set_requires_grad(true);
    const Tensor y = fn(a, b);
    y.backward(noise(y.sizes(), 3).to(dtype));
    results[k][0] = y.detach();
    results[k][1] = a.grad();
    results[k][2] = b.grad();
  }
  for (int j = 0; j < 3; ++j)
    if (results[1][j].defined()) {
      EXPECT_TRUE(results[0][j].to(kDouble).allclose(results[1][j], tolerance, tolerance))
          << what << " of " << sizes << ", result " << j;
    }
}

TEST(FusedRows, AreAccurateAtAnyLength) {
  for (int64_t n : {1, 7, 15, 16, 17, 127, 128, 129, 257, 1000}) {
    expect_as_float64("pairwise_distance", {3, n},
                      [](const Tensor& a, const Tensor& b) { return pairwise_distance(a, b); });
    expect_as_float64("cosine_similarity", {3, n},
                      [](const Tensor& a, const Tensor& b) { return cosine_similarity(a, b, 1); });
    expect_as_float64("normalize", {3, n}, [](const Tensor& a, const Tensor& b) { return F::normalize(a).mul(b); });
    expect_as_float64("transposed", {n, 3}, [](const Tensor& a, const Tensor& b) {
      return pairwise_distance(a.t(), b.t()).add(cosine_similarity(a.t(), b.t(), 1));
    });
    for (double p : {1.0, 2.0})
      expect_as_float64("multi_margin_loss", {3, n}, [&](const Tensor& a, const Tensor&) {
        return multi_margin_loss(a, tensor({n / 2, int64_t{0}, n - 1}), p, 0.7, {}, 0);
      });
    expect_as_float64("local_response_norm", {2, 7, n}, [](const Tensor& a, const Tensor& b) {
      return F::local_response_norm(a, F::LocalResponseNormFuncOptions(5).alpha(0.5)).mul(b);
    });
  }
}

TEST(FusedRows, SquaresDoNotLeaveFloat) {
  for (double size : {1e-30, 1e25}) {
    const Tensor a = noise({4, 300}, 1) * size, b = noise({4, 300}, 2) * size;
    const Tensor ad = a.to(kDouble), bd = b.to(kDouble);
    EXPECT_TRUE(cosine_similarity(a, b, 1, 0).to(kDouble).allclose(cosine_similarity(ad, bd, 1, 0), 1e-5, 1e-6));
    EXPECT_TRUE(pairwise_distance(a, b, 2, 0).to(kDouble).allclose(pairwise_distance(ad, bd, 2, 0), 1e-5, 0));
    EXPECT_TRUE(F::normalize(a, F::NormalizeFuncOptions().eps(1e-35))
                    .to(kDouble)
                    .allclose(F::normalize(ad, F::NormalizeFuncOptions().eps(1e-35)), 1e-5, 1e-6));
  }
}

TEST(FusedRows, AtZeroAndNaN) {
  const Tensor zero = zeros({2, 5}).set_requires_grad(true);
  pairwise_distance(zero, zeros({2, 5}), 2, 0).sum().backward();
  EXPECT_TRUE(zero.grad().equal(zeros({2, 5})));
  EXPECT_TRUE(F::normalize(zeros({2, 5})).equal(zeros({2, 5})));
  Tensor x = ones({3, 40});
  x.select(0, 1).select(0, 33).fill_(kNaN);
  for (const Tensor& y : {pairwise_distance(x, zeros({3, 40})), cosine_similarity(x, ones({3, 40})),
                          multi_margin_loss(x, zeros({3}, kLong), 1, 1, {}, 0), F::normalize(x).sum({1})})
    EXPECT_TRUE(y.isnan().equal(tensor({false, true, false}))) << y;
}

TEST(FusedRows, HaveHigherDerivatives) {
  manual_seed(5);
  const auto leaf = [](IntArrayRef sizes) { return (rand(sizes, kDouble) + 0.2).set_requires_grad(true); };
  using Inputs = std::vector<Tensor>;
  const auto both = [](auto fn, const Inputs& in) {
    EXPECT_NO_THROW(autograd::gradcheck(fn, in));
    EXPECT_NO_THROW(autograd::gradgradcheck(fn, in));
  };
  both([](const Inputs& x) { return Inputs{F::normalize(x[0])}; }, {leaf({2, 5})});
  both([](const Inputs& x) { return Inputs{F::normalize(x[0], F::NormalizeFuncOptions().eps(5))}; }, {leaf({2, 5})});
  both([](const Inputs& x) { return Inputs{pairwise_distance(x[0], x[1])}; }, {leaf({3, 4}), leaf({3, 4})});
  both([](const Inputs& x) { return Inputs{cosine_similarity(x[0], x[1])}; }, {leaf({3, 4}), leaf({3, 4})});
  both(
      [](const Inputs& x) { return Inputs{F::local_response_norm(x[0], F::LocalResponseNormFuncOptions(4).alpha(2))}; },
      {leaf({2, 6, 3})});
  both(
      [](const Inputs& x) {
        return Inputs{multi_margin_loss(x[0], tensor({1, 0, 2}), 2, 0.9, x[1], 0)};
      },
      {leaf({3, 4}), leaf({4})});
}

TEST(FusedRows, MultiMarginInSixteenBits) {
  const Tensor x = noise({4, 9}, 1).to(kBFloat16), t = tensor({0, 3, 8, 1});
  const Tensor y = multi_margin_loss(x, t, 1, 1, {}, 0);
  EXPECT_EQ(y.scalar_type(), kBFloat16);
  EXPECT_TRUE(y.equal(multi_margin_loss(x.to(kFloat), t, 1, 1, {}, 0).to(kBFloat16)));
}

TEST(CrossEntropy, ReadsLongRowsOnce) {
  // Blocks of 2048 scores: larger ones further on, -inf first, special values anywhere.
  Tensor x = noise({7, 5000}, 1);
  const Tensor t = tensor({0, 4999, 2048, 2047, 100, 3, 4});
  x.select(0, 1).select(0, 4999).fill_(90);
  x.select(0, 2).select(0, 3000).fill_(7);
  x.select(0, 3).narrow(0, 0, 2047).fill_(-kInf);
  x.select(0, 4).select(0, 4500).fill_(kNaN);
  x.select(0, 5).select(0, 4500).fill_(kInf);
  x.select(0, 6).fill_(-kInf);
  const Tensor y = cross_entropy_loss(x, t, {}, 0), want = cross_entropy_loss(x.to(kDouble), t, {}, 0);
  EXPECT_TRUE(y.narrow(0, 0, 4).to(kDouble).allclose(want.narrow(0, 0, 4), 2e-6, 2e-6)) << y << want;
  EXPECT_TRUE(y.narrow(0, 4, 3).isnan().all().item<bool>());
  EXPECT_TRUE(y.narrow(0, 0, 4).to(kDouble).allclose(
      x.narrow(0, 0, 4).to(kDouble).logsumexp(1) -
          x.narrow(0, 0, 4).to(kDouble).gather(1, t.narrow(0, 0, 4).unsqueeze(1)).squeeze(1),
      2e-6, 2e-6));
}

TEST(CrossEntropy, OverStripsOfPositions) {
  // Strips of 512 positions and what is left of them, few and many classes, ignored targets, weights and smoothing.
  for (int64_t classes : {2, 21, 70, 300})
    for (int64_t positions : {5, 512, 1100}) {
      manual_seed(7);
      const Tensor t = randint(classes, {2, positions}, kLong), w = rand({classes}, kDouble) + 0.5;
      t.select(0, 1).select(0, 2).fill_(-100);
      const auto loss = [&](const Tensor& a, const Tensor&) {
        return cross_entropy_loss(a, t, w.to(a.scalar_type()), 0, -100, 0.1);
      };
      expect_as_float64("cross_entropy", {2, classes, positions}, loss, 5e-6);
    }
}

TEST(CrossEntropy, OfProbabilitiesInSixteenBits) {
  const Tensor x = noise({4, 9}, 1).to(kHalf), q = noise({4, 9}, 2).softmax(1).to(kHalf);
  EXPECT_TRUE(cross_entropy_loss(x, q).equal(cross_entropy_loss(x.to(kFloat), q.to(kFloat)).to(kHalf)));
}

TEST(Dropout, KeepsWhatBernoulliDraws) {
  for (ScalarType dtype : {kFloat, kDouble, kHalf})
    for (int64_t n : {1, 311, 312, 313, 5000})
      for (double p : {0.1, 0.5, 0.73}) {
        manual_seed(9);
        rand({1});  // an odd number of words, so that pairs of them lie on both sides of a block's end
        const Tensor y = dropout(ones({n}, dtype), p, true);
        manual_seed(9);
        rand({1});
        EXPECT_TRUE(y.equal(empty({n}, dtype).bernoulli_(1 - p).div_(1 - p))) << dtype << n << p;
      }
}

}  // namespace
}  // namespace lampas::nn
