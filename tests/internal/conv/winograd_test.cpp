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
  const ConvShape s = make_shape({2, 64, 64, 1, {{20, 3, 1, 1, 1}, {20, 3, 1, 1, 1}}});
  for (double share : error_shares(s, cpu::winograd_conv, cpu::winograd_conv_input, cpu::winograd_conv_weight))
    EXPECT_LT(share, 1);
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

TEST(Winograd, KeptFiltersFollowTheirVersion) { check_kept_filters(make_shape(cases()[0]), {uint64_t{1} << 60, 1}); }

}  // namespace
}  // namespace lampas
