#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "internal/conv/definition.h"
#include "internal/pointwise/layouts.h"
#include "lampas/backend/cpu/threads.h"
#include "ops/conv_phases.h"
#include "ops/conv_winograd.h"

namespace lampas {
namespace {

using namespace test;

constexpr ConvDirection kDirections[] = {ConvDirection::Forward, ConvDirection::Input, ConvDirection::Weight};

/// Both sizes of kernels and one of each, every padding, odd and even sizes, images that end before and after the last
/// window, one dimension, rows of tiles too long for a block.
const std::vector<Case>& cases() {
  static const std::vector<Case> list{
      {3, 64, 64, 1, {{16, 3, 2, 1, 1}, {15, 3, 2, 1, 1}}},
      {2, 64, 32, 1, {{16, 4, 2, 1, 1}, {34, 4, 2, 1, 1}}},
      {4, 16, 64, 1, {{17, 4, 2, 0, 0}, {30, 3, 2, 0, 1}}},
      {2, 48, 32, 1, {{28, 3, 2, 2, 0}, {29, 4, 2, 3, 3}}},
      {5, 64, 80, 1, {{9, 3, 2, 1, 1}, {18, 3, 2, 0, 0}}},
      {1, 32, 32, 1, {{10, 4, 2, 2, 2}, {310, 4, 2, 2, 1}}},
      {3, 32, 64, 1, {{150, 4, 2, 1, 1}}},
      {1, 64, 32, 1, {{1801, 4, 2, 2, 0}}},
      {8, 32, 32, 1, {{65, 4, 2, 0, 0}}},
      {4, 32, 32, 1, {{90, 4, 2, 1, 1}, {7, 4, 2, 1, 2}}},
      {1, 64, 64, 1, {{11, 3, 2, 1, 1}, {601, 3, 2, 1, 1}}},
  };
  return list;
}

TEST(ConvPhases, AgreesWithTheDefinition) {
  const int threads = get_num_threads();
  for (int n : {1, 2}) {
    set_num_threads(n);
    for (const Case& c : cases()) {
      const ConvShape s = make_shape(c);
      for (ConvDirection d : kDirections)
        EXPECT_EQ(cpu::phases_pay(d, s), cpu::winograd_kernels.lanes >= 4) << c.batch << " " << c.ci;
      check<float>(s, n == 1);
    }
  }
  set_num_threads(threads);
}

TEST(ConvPhases, EveryInstructionSet) {
  for_each_target([&] {
    for (const Case& c : {cases()[0], cases()[1], cases()[3], cases()[6]}) check<float>(make_shape(c), true);
  });
}

TEST(ConvPhases, EveryLayout) {
  for (const Case& c : {cases()[0], cases()[3], cases()[6]}) {
    ConvShape s = make_shape(c);
    for (ImageLayout x : {ImageLayout::ChannelsFirst, ImageLayout::ChannelsLast, cpu::winograd_blocks()})
      for (ImageLayout y : {ImageLayout::ChannelsFirst, ImageLayout::ChannelsLast, cpu::winograd_blocks()}) {
        s.x_layout = x, s.y_layout = y;
        EXPECT_EQ(cpu::phases_pay(ConvDirection::Forward, s), cpu::winograd_kernels.lanes >= 4);
        check<float>(s, true);
      }
  }
}

TEST(ConvPhases, Refuses) {
  const auto pays = [](const Case& c) { return cpu::phases_pay(ConvDirection::Forward, make_shape(c)); };
  const Axis a{80, 4, 2, 1, 1};
  EXPECT_FALSE(pays({8, 32, 32, 1, {a, a, a}}));
  EXPECT_FALSE(pays({8, 32, 32, 2, {a, a}}));
  EXPECT_FALSE(pays({8, 33, 32, 1, {a, a}}));
  EXPECT_FALSE(pays({8, 32, 8, 1, {a, a}}));
  EXPECT_FALSE(pays({0, 32, 32, 1, {a, a}}));
  EXPECT_FALSE(pays({1, 32, 32, 1, {{12, 4, 2}, {12, 4, 2}}}));  // too few tiles
  EXPECT_FALSE(pays({8, 32, 32, 1, {{80, 3, 2, 1, 1}}}));
  EXPECT_FALSE(pays({8, 32, 64, 1, {{80, 3, 2, 1, 1}, {80, 3, 2, 1, 1}}}));
  for (const Axis& b : {Axis{40, 5, 2, 2, 2}, Axis{40, 3, 1, 1, 1}, Axis{40, 3, 3, 1, 1}, Axis{40, 3, 2, 3, 1},
                        Axis{40, 3, 2, -1, 1}, Axis{40, 3, 2, 1, 1, 2}, Axis{3, 3, 2}, Axis{80, 4, 2, 1, -30}})
    EXPECT_FALSE(pays({8, 32, 32, 1, {a, b}}));
}

/// By the root of their mean square: sums of neighbours are larger, chains of additions shorter.
TEST(ConvPhases, ErrorsAreThoseOfDirectSums) {
  if (cpu::winograd_kernels.lanes < 4) GTEST_SKIP() << "no vectors";
  for (int64_t k : {3, 4}) {
    const ConvShape s = make_shape({2, 64, 64, 1, {{20, k, 2, 1, 1}, {20, k, 2, 1, 1}}});
    for (double share : error_shares(s, cpu::phases_conv, cpu::phases_conv_input, cpu::phases_conv_weight))
      EXPECT_LT(share, 1.25) << k;
  }
}

/// NaN reaches the results whose windows hold it, infinity the same ones.
TEST(ConvPhases, WhatIsNotFiniteStaysInItsWindows) {
  for (int64_t k : {3, 4}) {
    const ConvShape s = make_shape({1, 64, 64, 1, {{24, k, 2, 1, 1}, {24, k, 2, 1, 1}}});
    for (ConvDirection d : kDirections) EXPECT_EQ(cpu::phases_pay(d, s), cpu::winograd_kernels.lanes >= 4);
    const auto w = random_values<float>(64 * 64 * k * k, 3);
    const auto meets = [&](int64_t x, int64_t y) { return x - 2 * y + 1 >= 0 && x - 2 * y + 1 < k; };
    for (float special : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
      for (int64_t row : {0, 7, 8, 9, 10, 11})
        for (int64_t column : {0, 4, 5, 6, 7, 11}) {
          auto x = random_values<float>(64 * 576, 1), g = random_values<float>(64 * 144, 2);
          x[(3 * 24 + 2 * row + 1) * 24 + 2 * column] = special;
          g[(3 * 12 + row) * 12 + column] = special;
          std::vector<float> y(64 * 144), dx(64 * 576);
          conv_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, y.data(), {});
          conv_input_kernel.get(kFloat)(s, g.data(), w.data(), nullptr, dx.data(), {});
          for (int64_t c = 0; c < 64; ++c) {
            for (int64_t i = 0; i < 12; ++i)
              for (int64_t j = 0; j < 12; ++j)
                ASSERT_EQ(std::isfinite(y[(c * 12 + i) * 12 + j]), !(meets(2 * row + 1, i) && meets(2 * column, j)))
                    << row << " " << column << " " << i << " " << j;
            for (int64_t i = 0; i < 24; ++i)
              for (int64_t j = 0; j < 24; ++j)
                ASSERT_EQ(std::isfinite(dx[(c * 24 + i) * 24 + j]), !(meets(i, row) && meets(j, column)))
                    << row << " " << column << " " << i << " " << j;
          }
        }
  }
}

TEST(ConvPhases, KeptFiltersFollowTheirVersion) {
  check_kept_filters(make_shape(cases()[0]), {(uint64_t{1} << 60) + 1, 1});
}

}  // namespace
}  // namespace lampas
