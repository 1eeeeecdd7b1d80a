// The fused kernels of rows and windows in float32 on every instruction set, against float64.
#include <gtest/gtest.h>

#include "../kernel_test.h"
#include "lampas/ops.h"
#include "ops/local_norm.h"
#include "ops/norm.h"

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

/// Mean and variance that the kernels find for sets of n values: as rows, as channels in several runs, as columns.
void expect_statistics(const Tensor& values) {
  const int64_t sets = values.size(0), n = values.size(1), runs = n % 4 == 0 ? 4 : 1;
  const Tensor by_run = values.view({sets, runs, n / runs}).transpose(0, 1).contiguous(),
               columns = values.t().contiguous();
  for (int kind = 0; kind < 3; ++kind) {
    NormPlan p;
    p.kind = kind == 0 ? NormPlan::rows : kind == 1 ? NormPlan::channels : NormPlan::columns;
    p.over_batch = kind == 1;
    p.outer = kind == 0 ? sets : kind == 1 ? runs : n;
    p.channels_count = kind == 0 ? n : sets;
    p.inner = kind == 1 ? n / runs : 1;
    p.groups = sets;
    const Tensor x = kind == 0 ? values : kind == 1 ? by_run : columns, stats = empty({3, sets}), y = empty({sets * n});
    const Tensor scratch = empty({norm_scratch(p)}, kDouble);
    (kind == 0   ? norm_rows_kernel
     : kind == 1 ? norm_channels_kernel
                 : norm_columns_kernel)
        .get(kFloat)(p, {x.data_ptr<float>(), nullptr, nullptr, stats.data_ptr<float>(), y.data_ptr<float>(),
                         scratch.data_ptr<double>()});
    const float* s = stats.data_ptr<float>();
    for (int64_t k = 0; k < sets; ++k) {
      const Tensor set = values.select(0, k).to(kDouble);
      const double mean = set.mean().item<double>(), var = (set - mean).square().mean().item<double>();
      constexpr double eps = 0x1p-23;
      EXPECT_NEAR(double(s[k]), mean, 8 * eps * (std::abs(mean) + std::sqrt(var))) << kind << ' ' << n;
      EXPECT_NEAR(double(s[2 * sets + k]), var, 20 * eps * var + eps * mean * eps * mean) << kind << ' ' << n;
    }
  }
}

TEST(Rows, StatisticsWhereverTheValuesLie) {
  for_each_target([] {
    manual_seed(6);
    for (int64_t n : {1, 2, 3, 16, 31, 32, 63, 100, 784, 1000, 1024, 1025, 3000}) {
      expect_statistics(randn({3, n}));
      expect_statistics(randn({3, n}) * 0.5 + 300);
      expect_statistics(full({3, n}, 0.3));
      expect_statistics(arange(3 * n, kFloat).view({3, n}));
      // What a first guess of the mean might be made of is far from all others.
      Tensor x = randn({70, n}) * 0.25 + 2;
      for (int64_t k = 0; k < n; k += std::max<int64_t>(1, n / 7)) x.select(1, k).mul_(500);
      x.select(1, n / 2).mul_(-3000);
      x.select(1, n - 1).fill_(1e4);
      expect_statistics(x);
    }
  });
}

/// Local response normalisation and its derivative, by definition.
void expect_local_response(const LocalNorm& n) {
  const int64_t count = n.outer * n.channels * n.inner;
  const Tensor x = randn({count}), g = randn({count}), y = empty({count}), dx = empty({count});
  const float *xp = x.data_ptr<float>(), *gp = g.data_ptr<float>();
  local_norm_kernel.get(kFloat)(n, xp, nullptr, y.data_ptr<float>());
  local_norm_kernel.get(kFloat)(n, xp, gp, dx.data_ptr<float>());
  std::vector<double> base(static_cast<size_t>(count), n.k), derivative(static_cast<size_t>(count));
  const auto each_pair = [&](const auto& f) {  // of an element and one in its window
    for (int64_t e = 0; e < count; ++e) {
      const int64_t c = e / n.inner % n.channels;
      for (int64_t j = std::max<int64_t>(0, c - n.before); j <= std::min(n.channels - 1, c + n.after); ++j)
        f(static_cast<size_t>(e), static_cast<size_t>(e + (j - c) * n.inner));
    }
  };
  each_pair([&](size_t e, size_t w) { base[e] += n.scale * double(xp[w]) * double(xp[w]); });
  for (size_t e = 0; e < base.size(); ++e) derivative[e] = gp[e] * std::pow(base[e], -0.75);
  each_pair([&](size_t e, size_t w) {
    derivative[w] -= 1.5 * n.scale * double(xp[w]) * double(gp[e]) * double(xp[e]) * std::pow(base[e], -1.75);
  });
  int wrong = 0;
  for (size_t e = 0; e < base.size(); ++e) {
    wrong += !(std::abs(y.data_ptr<float>()[e] - xp[e] * std::pow(base[e], -0.75)) < 3e-6);
    wrong += !(std::abs(dx.data_ptr<float>()[e] - derivative[e]) < 1e-5);
  }
  EXPECT_EQ(wrong, 0);
}

TEST(Rows, LocalResponseOfAnyWindow) {
  const std::pair<int64_t, int64_t> windows[] = {{0, 0}, {0, 1}, {1, 0}, {2, 2}, {3, 2}, {0, 4}, {7, 8}, {15, 0}};
  for_each_target([&] {
    manual_seed(3);
    for (const auto& [before, after] : windows)
      for (int64_t channels : {1, 2, 5, 18, 23})
        for (int64_t inner : {1, 17, 64, 130, 700}) {
          SCOPED_TRACE(testing::Message() << before << " " << after << " " << channels << " " << inner);
          expect_local_response({2, channels, inner, before, after, 0.3, 1.1});
        }
  });
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
