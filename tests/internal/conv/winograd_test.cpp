#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "internal/conv/definition.h"
#include "internal/pointwise/layouts.h"
#include "lampas/backend/cpu/threads.h"
#include "ops/conv_winograd.h"

namespace lampas {
namespace {

using namespace test;

/// Odd and even sizes, every padding, channels from one vector to several, blocks of one row of tiles, of many, and of
/// a part of one.
const std::vector<Case>& cases() {
  static const std::vector<Case> list{
      {3, 32, 64, 1, {{10, 3, 1, 1, 1}, {11, 3, 1, 1, 1}}}, {2, 64, 32, 1, {{13, 3}, {16, 3}}},
      {2, 16, 64, 1, {{15, 3, 1, 2, 2}, {14, 3, 1, 2, 2}}}, {1, 48, 32, 1, {{19, 3, 1, 0, 2}, {21, 3, 1, 1, 0}}},
      {5, 64, 80, 1, {{4, 3, 1, 1, 1}, {7, 3, 1, 1, 1}}},   {1, 32, 32, 1, {{3, 3, 1, 1, 1}, {150, 3, 1, 1, 1}}},
      {4, 32, 32, 1, {{70, 3, 1, 1, 1}, {2, 3, 1, 1, 1}}},  {1, 32, 32, 1, {{3, 3, 1, 1, 1}, {601, 3, 1, 1, 1}}},
  };
  return list;
}

TEST(Winograd, AgreesWithTheDefinition) {
  const int threads = get_num_threads();
  for (int n : {1, 2}) {
    set_num_threads(n);
    for (const Case& c : cases()) {
      const ConvShape s = make_shape(c);
      for (ConvDirection d : {ConvDirection::Forward, ConvDirection::Input, ConvDirection::Weight}) {
        EXPECT_EQ(cpu::winograd_pays(d, s), cpu::winograd_kernels.lanes >= 4) << c.batch << " " << c.ci;
      }
      check<float>(s, n == 1);
    }
  }
  set_num_threads(threads);
}

TEST(Winograd, EveryInstructionSet) {
  for_each_target([&] {
    for (const Case& c : {cases()[0], cases()[1], cases()[3]}) check<float>(make_shape(c), true);
  });
}

TEST(Winograd, EveryLayout) {
  ConvShape s = make_shape(cases()[0]);
  for (ImageLayout x : {ImageLayout::ChannelsFirst, ImageLayout::ChannelsLast, cpu::winograd_blocks()})
    for (ImageLayout y : {ImageLayout::ChannelsFirst, ImageLayout::ChannelsLast, cpu::winograd_blocks()}) {
      s.x_layout = x, s.y_layout = y;
      EXPECT_TRUE(cpu::winograd_kernels.lanes < 4 || cpu::winograd_pays(ConvDirection::Forward, s));
      check<float>(s, true);
    }
}

TEST(Winograd, Refuses) {
  const auto pays = [](const Case& c) { return cpu::winograd_pays(ConvDirection::Forward, make_shape(c)); };
  const Axis a{40, 3, 1, 1, 1};
  EXPECT_FALSE(pays({8, 32, 32, 1, {a}}));
  EXPECT_FALSE(pays({8, 32, 32, 1, {a, a, a}}));
  EXPECT_FALSE(pays({8, 32, 32, 2, {a, a}}));
  EXPECT_FALSE(pays({8, 33, 32, 1, {a, a}}));
  EXPECT_FALSE(pays({8, 32, 8, 1, {a, a}}));
  EXPECT_FALSE(pays({0, 32, 32, 1, {a, a}}));
  EXPECT_FALSE(pays({1, 32, 32, 1, {{6, 3}, {6, 3}}}));  // too few tiles
  for (const Axis& b : {Axis{40, 5, 1, 2, 2}, Axis{40, 3, 2, 1, 1}, Axis{40, 3, 1, 3, 1}, Axis{40, 3, 1, -1, 1},
                        Axis{40, 3, 1, 2, 2, 2}, Axis{3, 3}})
    EXPECT_FALSE(pays({8, 32, 32, 1, {a, b}}));
}

/// By the root of their mean square: fewer products are added up one after another.
TEST(Winograd, ErrorsAreSmallerThanThoseOfDirectSums) {
  if (cpu::winograd_kernels.lanes < 4) GTEST_SKIP() << "no vectors";
  const Case c{2, 64, 64, 1, {{20, 3, 1, 1, 1}, {20, 3, 1, 1, 1}}};
  const ConvShape s = make_shape(c);
  const int64_t images = 2 * 64 * 400, filters = 64 * 64 * 9;
  const auto x = random_values<float>(images, 1), g = random_values<float>(images, 2),
             w = random_values<float>(filters, 3);
  std::vector<float> got[] = {std::vector<float>(images), std::vector<float>(images), std::vector<float>(filters)};
  cpu::winograd_conv(s, x.data(), w.data(), nullptr, got[0].data(), {});
  cpu::winograd_conv_input(s, g.data(), w.data(), nullptr, got[1].data(), {});
  cpu::winograd_conv_weight(s, x.data(), g.data(), got[2].data(), nullptr);
  std::vector<double> want[] = {std::vector<double>(images), std::vector<double>(images), std::vector<double>(filters)};
  std::vector<float> direct[] = {got[0], got[1], got[2]};
  for (auto& v : direct) std::fill(v.begin(), v.end(), 0.f);
  each_product(s, [&](int64_t xi, int64_t wi, int64_t yi) {
    want[0][yi] += static_cast<double>(x[xi]) * w[wi], direct[0][yi] = std::fma(x[xi], w[wi], direct[0][yi]);
    want[1][xi] += static_cast<double>(g[yi]) * w[wi], direct[1][xi] = std::fma(g[yi], w[wi], direct[1][xi]);
    want[2][wi] += static_cast<double>(g[yi]) * x[xi], direct[2][wi] = std::fma(g[yi], x[xi], direct[2][wi]);
  });
  for (int i = 0; i < 3; ++i) {
    double error = 0, plain = 0;
    for (size_t e = 0; e < want[i].size(); ++e) {
      error += std::pow(got[i][e] - want[i][e], 2);
      plain += std::pow(direct[i][e] - want[i][e], 2);
    }
    EXPECT_LT(error, plain) << i;
  }
}

/// NaN reaches the results whose windows hold it, infinity the same ones.
TEST(Winograd, WhatIsNotFiniteStaysInItsWindows) {
  const ConvShape s = make_shape({1, 32, 32, 1, {{24, 3, 1, 1, 1}, {24, 3, 1, 1, 1}}});
  const auto w = random_values<float>(32 * 32 * 9, 3);
  for (float special : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (int64_t row : {0, 7, 8, 23})
      for (int64_t column : {0, 5, 6, 23}) {
        auto x = random_values<float>(32 * 576, 1);
        x[(3 * 24 + row) * 24 + column] = special;
        std::vector<float> y(32 * 576), dx(32 * 576);
        conv_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, y.data(), {});
        conv_input_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, dx.data(), {});
        for (int64_t c = 0; c < 32; ++c)
          for (int64_t i = 0; i < 24; ++i)
            for (int64_t j = 0; j < 24; ++j) {
              const bool inside = std::abs(i - row) <= 1 && std::abs(j - column) <= 1;
              ASSERT_EQ(std::isfinite(y[(c * 24 + i) * 24 + j]), !inside)
                  << row << " " << column << " " << i << " " << j;
              ASSERT_EQ(std::isfinite(dx[(c * 24 + i) * 24 + j]), !inside);
            }
      }
}

TEST(Winograd, KeptFiltersFollowTheirVersion) {
  const ConvShape s = make_shape(cases()[0]);
  const auto x = random_values<float>(3 * 32 * 110, 1);
  auto w = random_values<float>(64 * 32 * 9, 2);
  std::vector<float> first(3 * 64 * 110), again = first, other = first, fresh = first;
  const PackKey key{uint64_t{1} << 60, 1};
  const auto run = [&](std::vector<float>& y, PackKey k) {
    conv_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, y.data(), k);
  };
  run(first, key);
  run(again, key);
  EXPECT_EQ(first, again);
  for (float& v : w) v = -v;
  run(other, {key.id, 2});
  run(fresh, {});
  EXPECT_EQ(other, fresh);
  EXPECT_NE(other, first);
}

}  // namespace
}  // namespace lampas
