#include "ops/conv.h"

#include <gtest/gtest.h>

#include <vector>

#include "backend/cpu/onednn.h"
#include "internal/conv/definition.h"
#include "lampas/backend/cpu/threads.h"

namespace lampas {
namespace {

using namespace test;

template <class T>
class ConvTest : public testing::Test {
 protected:
  void SetUp() override { threads_ = get_num_threads(); }
  void TearDown() override { set_num_threads(threads_); }
  int threads_ = 1;
};
using Types = testing::Types<float, double, Half, BFloat16>;
TYPED_TEST_SUITE(ConvTest, Types);

const std::vector<Case>& cases() {
  static const std::vector<Case> list{
      {2, 3, 5, 1, {{9, 3, 1, 1, 1}, {11, 3, 1, 1, 1}}},
      {3, 1, 6, 1, {{14, 5}, {15, 5}}},
      {2, 6, 20, 1, {{12, 5}, {12, 5}}},
      {2, 17, 33, 1, {{8, 3, 1, 1, 1}, {8, 3, 1, 1, 1}}},
      {1, 4, 6, 2, {{10, 3, 2, 1, 1}, {13, 3, 2, 1, 1}}},
      {2, 6, 6, 6, {{10, 3, 1, 1, 1}, {20, 3, 1, 1, 1}}},
      {2, 4, 12, 4, {{9, 5, 2, 2, 2}, {21, 5, 2, 2, 2}}},
      {2, 5, 7, 1, {{6, 1}, {9, 1}}},
      {2, 5, 7, 1, {{7, 1, 2}, {9, 1, 2}}},
      {1, 3, 8, 1, {{20, 7, 2, 3, 3}, {23, 7, 2, 3, 3}}},
      {2, 3, 4, 1, {{12, 3, 1, 2, 2, 2}, {14, 3, 1, 2, 2, 2}}},
      {2, 3, 4, 1, {{15, 3, 2, 2, 2, 3}, {16, 2, 3, 1, 1, 2}}},
      {1, 2, 3, 1, {{8, 2, 1, 0, 1}, {9, 4, 1, 1, 2}}},     // "same" padding of an even kernel
      {1, 2, 3, 1, {{5, 3, 1, 4, 4}, {6, 3, 2, 5, 4}}},     // padding beyond the kernel
      {1, 2, 3, 1, {{8, 3, 1, -1, -2}, {9, 3, 1, -2, 1}}},  // crop
      {1, 2, 3, 1, {{4, 4}, {5, 5}}},                       // one output position
      {2, 2, 3, 1, {{11, 3, 3}, {10, 2, 3}}},               // unused trailing columns, taps fewer than the stride
      {2, 2, 3, 1, {{9, 1, 3, 1, 1}, {10, 2, 4}}},
      {2, 3, 5, 1, {{30, 4, 2, 1, 1}}},
      {2, 4, 8, 2, {{50, 3, 1, 1, 1, 2}}},
      {1, 3, 5, 1, {{5, 3, 1, 1, 1}, {6, 3, 2, 1, 1}, {7, 3, 1, 1, 1}}},
      {2, 2, 4, 2, {{5, 2, 1, 0, 0, 2}, {4, 1, 1}, {9, 3, 2, 1, 1}}},
      {1, 40, 30, 1, {{7, 3, 1, 1, 1}, {7, 3, 1, 1, 1}}},
      {1, 4, 4, 1, {{40, 3, 1, 1, 1}, {70, 3, 1, 1, 1}}},
      // Products of filters and images as they lie.
      {3, 48, 64, 1, {{14, 1}, {16, 1}}},
      {2, 64, 48, 1, {{16, 1}, {25, 1}}},
      {1, 128, 144, 1, {{200, 1}}},
      {2, 64, 64, 2, {{6, 1}, {5, 1}, {16, 1}}},
      // Batches that fill vectors of images, whole and in part.
      {16, 3, 5, 1, {{6, 5}, {7, 5}}},
      {37, 2, 11, 1, {{5, 3, 1, 1, 1}, {6, 3, 1, 1, 1}}},
      {64, 1, 10, 1, {{8, 5}, {9, 5}}},
      {20, 4, 6, 2, {{7, 3, 2, 1, 1}, {8, 3, 2, 1, 1}}},
      {16, 3, 4, 1, {{7, 3, 1, 2, 2, 2}, {6, 2, 3, 1, 1, 2}}},
      {16, 2, 3, 1, {{6, 3, 1, -1, -2}, {7, 3, 1, -2, 1}}},
      {24, 2, 3, 1, {{5, 3, 1, 4, 4}, {6, 3, 2, 5, 4}}},
      {16, 2, 3, 1, {{4, 3, 1, 1, 1}, {5, 3, 2, 1, 1}, {4, 2}}},
      {48, 3, 4, 1, {{20, 4, 2, 1, 1}}},
      {32, 5, 5, 5, {{6, 3, 1, 1, 1}, {6, 3, 1, 1, 1}}},
      // A filter for each channel: rows of less and more than a vector, rows above the window, taps that all miss.
      {3, 4, 4, 4, {{9, 3, 1, 1, 1}, {35, 3, 1, 1, 1}}},
      {2, 3, 3, 3, {{2, 3, 1, 2, 1}, {3, 3, 1, 2, 2}}},
      {2, 3, 3, 3, {{13, 3, 1, 2, 2}, {16, 3, 1, 3, 3, 3}}},
      {2, 3, 3, 3, {{12, 3, 1, 2, 2, 2}, {19, 3, 1, 2, 2, 2}}},
      {2, 3, 3, 3, {{11, 5, 1, 2, 2}, {17, 5, 1, 2, 2}}},
      {2, 3, 3, 3, {{6, 1}, {40, 16, 1, 20, 3}}},
      {2, 3, 3, 3, {{9, 3, 1, -1, -2}, {21, 3, 1, -2, 1}}},
      {2, 3, 3, 3, {{37, 7, 1, 3, 3}}},
      {1, 2, 2, 2, {{40, 3, 1, 1, 1}, {130, 3, 1, 1, 1}}},
      {2, 3, 3, 3, {{28, 3, 1, 1, 1}, {28, 3, 1, 1, 1}}},
      {3, 2, 2, 2, {{16, 3, 1, 2, 0}, {15, 3, 1, 0, 2}}},
      {2, 2, 2, 2, {{7, 3, 1, 9, 1}, {17, 3, 1, 1, 1}}},  // seven rows above the window
      // Rows of results as long as the source's: odd and even numbers of vectors, whole and partial ones, one row, more
      // rows than stay in the nearest cache.
      {2, 3, 3, 3, {{12, 3, 1, 2, 0}, {20, 3, 1, 1, 1}}},
      {1, 2, 2, 2, {{5, 3, 1, 0, 2}, {24, 3, 1, 1, 1}}},
      {3, 2, 2, 2, {{4, 3, 1, -1, 1}, {40, 3, 1, 1, 1}}},
      {2, 2, 2, 2, {{1, 3, 1, 1, 1}, {33, 3, 1, 1, 1}}},
      {2, 3, 3, 3, {{90, 3, 1, 1, 1}, {64, 3, 1, 1, 1}}},
      // Few channels towards the input, from whole rows: borders, more than a vector's columns, more steps than are
      // taken at a time, strides and dilations, rows no tap reaches, crops, one dimension.
      {3, 1, 18, 1, {{28, 5}, {28, 5}}},
      {2, 1, 8, 1, {{31, 5, 1, 1, 1}, {45, 3, 1, 1, 2}}},
      {2, 1, 3, 1, {{3, 5, 1, 2, 2}, {16, 5, 1, 3, 1}}},
      {1, 1, 14, 1, {{17, 5, 1, -1, 6}, {15, 3, 1, 2, 2, 2}}},
      {2, 3, 32, 1, {{32, 7, 2, 3, 3}, {33, 7, 2, 3, 3}}},
      {2, 2, 70, 1, {{33, 5, 1, 2, 2}, {34, 3, 1, 1, 1}}},
      {1, 4, 40, 1, {{37, 4, 3, 1, 1}, {66, 16, 2, 7, 8}}},
      {1, 2, 60, 1, {{34, 3, 2, 2, 1, 2}, {35, 4, 2, 3, 3, 3}}},
      {1, 2, 60, 1, {{40, 2, 3, 1, 1}, {70, 1, 2}}},
      {2, 2, 50, 1, {{20, 1}, {75, 5, 1, 2, 2}}},
      {1, 3, 45, 1, {{40, 2, 1, -2, 1}, {80, 3, 2, -3, 2}}},
      {2, 3, 64, 1, {{100, 1, 1}}},
      {2, 1, 50, 1, {{200, 9, 1, 4, 4}, {1, 1}}},
      {1, 16, 16, 1, {{17, 3, 1, 1, 1}, {18, 3, 1, 1, 1}}},
      // Columns two apart: an odd and an even number of them, padding that starts with either, every dimension.
      {2, 8, 8, 1, {{32, 4, 2, 1, 1}, {33, 4, 2, 1, 1}}},
      {2, 3, 4, 1, {{9, 3, 3, 1, 1}, {18, 3, 2, 2, 1}}},
      {2, 3, 4, 1, {{5, 3, 2, 1, 1}, {6, 2, 1}, {9, 5, 2, 2, 2}}},
      {17, 2, 3, 1, {{9, 3, 2, 1, 1}, {10, 3, 2, 1, 1}}},
      {2, 3, 4, 1, {{9, 1, 2}, {10, 3, 2, 1, 1}}},         // rows that no tap reaches
      {2, 3, 4, 1, {{11, 4, 2, 1, 1}, {13, 5, 3, 2, 2}}},  // more phases than are taken together
      {2, 3, 4, 1, {{9, 3, 2, 1, 1}, {1, 3, 2, 1, 1}}},
      {1, 2, 3, 1, {{9001, 4, 2, 1, 1}}},
      {1, 2, 3, 1, {{70, 3, 2, 1, 1}, {131, 4, 2, 2, 1}}},
      // The same where rows of results are whole vectors: borders of none to two, rows one and two apart, as many and
      // as few columns of each parity, groups, results in fours and eights, several blocks of rows, one dimension.
      {2, 8, 8, 1, {{32, 4, 2, 1, 1}, {32, 4, 2, 1, 1}}},
      {3, 4, 12, 1, {{18, 2, 2}, {48, 2, 2}}},
      {1, 8, 16, 2, {{21, 6, 2, 2, 2}, {64, 6, 2, 2, 2}}},
      {1, 12, 4, 1, {{20, 3, 2, 1, 1}, {32, 4, 2, 1, 1}}},
      {1, 4, 8, 1, {{13, 3, 1, 1, 1}, {32, 3, 2, 1, 1}}},
      {1, 5, 8, 1, {{13, 3, 2, 1, 1}, {32, 3, 2, 1, 1}}},
      {1, 4, 4, 1, {{9, 3, 2, 1, 1}, {32, 4, 2, 0, 2}}},
      {1, 4, 4, 1, {{9, 3, 2, 1, 1}, {32, 4, 2, 2, 0}}},
      {1, 4, 4, 1, {{9, 3, 2, 1, 1, 2}, {32, 2, 2, 4, 4, 5}}},
      {1, 20, 20, 1, {{64, 4, 2, 1, 1}, {64, 4, 2, 1, 1}}},
      {2, 8, 8, 1, {{128, 4, 2, 1, 1}}},
      // Weights from rows where they lie: whole vectors and rests, several blocks of rows, taps in several parts.
      {2, 1, 20, 1, {{28, 5}, {28, 5}}},
      {3, 2, 7, 1, {{17, 5, 1, 2, 2}, {19, 7, 1, 3, 3}}},
      {1, 1, 9, 1, {{40, 3, 2, 1, 1}, {41, 3, 2, 1, 1}}},
      {2, 2, 6, 2, {{20, 3}, {21, 4}}},
      {1, 1, 5, 1, {{40, 3, 1, 1, 1, 2}, {50, 5}}},
      {4, 1, 8, 1, {{300, 9, 1, 4, 4}}},
      {1, 1, 4, 1, {{4, 2}, {14, 3}, {17, 3, 1, 1, 1}}},
      // Weights from windows in one piece: padding, crops and strides, several blocks of rows of which the last is
      // shorter, channels that fill no vector, groups.
      {2, 20, 50, 1, {{12, 5}, {12, 5}}},
      {3, 20, 17, 1, {{9, 4, 1, 1, 2}, {14, 5, 1, 2, 2}}},
      {1, 21, 33, 1, {{27, 3, 2, 1, 1}, {33, 5, 2, 2, 2}}},
      {2, 14, 27, 1, {{23, 3, 1, -1, 2}, {15, 3, 3, 4, -2}}},
      {2, 40, 42, 2, {{11, 3, 1, 1, 1}, {13, 5, 1, 1, 0}}},
      {1, 21, 41, 1, {{100, 3, 1, 1, 1}}},
      {1, 21, 41, 1, {{300, 3, 1, 1, 1}}},
      // A product for each image.
      {3, 64, 66, 1, {{12, 1}, {11, 1}}},
      {2, 65, 64, 1, {{130, 1}}},
      // The same, whose ends are done together: alone, in groups, of one row, more images than threads and fewer.
      {5, 64, 48, 1, {{14, 1}, {14, 1}}},
      {4, 50, 70, 1, {{11, 1}, {17, 1}}},
      {4, 64, 64, 2, {{14, 1}, {14, 1}}},
      {9, 49, 50, 1, {{66, 1}}},
  };
  return list;
}

TYPED_TEST(ConvTest, AgreesWithTheDefinition) {
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    for (const Case& c : cases()) {
      check<TypeParam>(make_shape(c), true);
      check<TypeParam>(make_shape(c), false);
    }
  }
}

TYPED_TEST(ConvTest, ChannelsLast) {
  for (const Case& c : cases()) {
    check<TypeParam>(make_shape(c, ImageLayout::ChannelsLast), true);
    ConvShape mixed = make_shape(c);
    mixed.y_layout = ImageLayout::ChannelsLast;
    check<TypeParam>(mixed, false);
  }
}

TEST(Conv, BlockedImages) {
  const std::vector<Case> list{
      {2, 16, 32, 1, {{9, 3, 1, 1, 1}, {11, 3, 1, 1, 1}}}, {2, 32, 16, 1, {{8, 1}, {9, 1}}},
      {2, 16, 16, 16, {{8, 3, 2, 1, 1}, {9, 3, 2, 1, 1}}}, {17, 16, 16, 1, {{20, 3, 1, 1, 1}}},
      {1, 16, 16, 1, {{5, 3}, {6, 3, 1, 1, 1}, {4, 2}}},   {1, 16, 32, 2, {{8, 3, 1, -1, -2}, {9, 3, 1, -2, 1}}},
  };
  constexpr ImageLayout layouts[] = {ImageLayout::ChannelsFirst, ImageLayout::ChannelsLast, ImageLayout::Blocked8,
                                     ImageLayout::Blocked16};
  for (const Case& c : list)
    for (ImageLayout x : layouts)
      for (ImageLayout y : layouts) {
        ConvShape s = make_shape(c);
        s.x_layout = x, s.y_layout = y;
        check<float>(s, true);
      }
}

/// What a kernel says it wants is what it is then given, and the same whatever the call's other layouts.
TEST(Conv, WantedLayouts) {
  ConvShape s = make_shape({8, 32, 64, 1, {{28, 3, 1, 1, 1}, {28, 3, 1, 1, 1}}});
  for (ConvDirection d : {ConvDirection::Forward, ConvDirection::Input, ConvDirection::Weight}) {
    const ConvLayouts a = conv_layouts_kernel.get(kFloat)(d, s, true, true),
                      b = conv_layouts_kernel.get(kFloat)(d, s, true, true);
    EXPECT_EQ(a.x, b.x);
    EXPECT_EQ(a.y, b.y);
    for (ImageLayout l : {a.x, a.y}) EXPECT_NE(l, ImageLayout::ChannelsLast);
  }
  EXPECT_FALSE(conv_layouts_kernel.has(kCPU, kDouble));
}

/// Same sums in the same order, run after run and on any thread.
TEST(Conv, Reproducible) {
  const int threads = get_num_threads();
  for (int n : {1, 2}) {
    set_num_threads(n);
    for (const Case& c :
         {Case{64, 1, 10, 1, {{28, 5}, {28, 5}}}, Case{64, 10, 20, 1, {{12, 5}, {12, 5}}},
          Case{8, 32, 32, 1, {{14, 3, 1, 1, 1}, {14, 3, 1, 1, 1}}}, Case{3, 48, 64, 1, {{14, 1}, {16, 1}}}}) {
      const ConvShape s = make_shape(c);
      const int64_t xs = s.batch * s.in_channels * s.in[0] * s.in[1],
                    ys = s.batch * s.out_channels * s.out[0] * s.out[1],
                    ws = s.out_channels * s.in_channels * s.kernel[0] * s.kernel[1];
      const auto x = random_values<float>(xs, 1), w = random_values<float>(ws, 2), g = random_values<float>(ys, 3);
      std::vector<float> first[4];
      for (int run = 0; run < 3; ++run) {
        std::vector<float> r[] = {std::vector<float>(ys), std::vector<float>(xs), std::vector<float>(ws),
                                  std::vector<float>(s.out_channels)};
        conv_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, r[0].data(), {});
        conv_input_kernel.get(kFloat)(s, g.data(), w.data(), nullptr, r[1].data(), {});
        conv_weight_kernel.get(kFloat)(s, x.data(), g.data(), r[2].data(), r[3].data());
        for (int i = 0; i < 4; ++i)
          if (run == 0)
            first[i] = r[i];
          else
            EXPECT_EQ(first[i], r[i]) << i;
      }
    }
  }
  set_num_threads(threads);
}

/// An image's result does not depend on who else is in its batch.
TEST(Conv, ImagesAreIndependent) {
  const ConvShape all = make_shape({40, 3, 5, 1, {{9, 5}, {10, 5}}});
  ConvShape one = all;
  one.batch = 8;
  const int64_t xi = 3 * 90, yi = 5 * 30;
  const auto x = random_values<float>(40 * xi, 1), w = random_values<float>(5 * 3 * 25, 2);
  std::vector<float> a(40 * yi), b(8 * yi);
  conv_kernel.get(kFloat)(all, x.data(), w.data(), nullptr, a.data(), {});
  conv_kernel.get(kFloat)(one, x.data() + 32 * xi, w.data(), nullptr, b.data(), {});
  for (int64_t i = 0; i < 8 * yi; ++i) ASSERT_NEAR(a[32 * yi + i], b[i], 1e-4);
}

/// A value that is no number reaches the results and taps whose windows hold it, and no others.
TEST(Conv, NotANumberStaysWhereItIsSeen) {
  for (const Case& c :
       {Case{2, 1, 9, 1, {{19, 5, 1, 1, 1}, {21, 5}}}, Case{2, 3, 5, 1, {{12, 4, 2, 1, 1}, {35, 4, 2, 1, 1}}},
        Case{3, 4, 4, 4, {{9, 3, 1, 1, 1}, {35, 3, 1, 1, 1}}}, Case{2, 3, 3, 3, {{90, 3, 1, 1, 1}, {44, 3, 1, 1, 1}}},
        Case{33, 2, 5, 1, {{6, 3, 1, 1, 1}, {7, 3, 1, 1, 1}}}, Case{2, 2, 30, 1, {{31, 4, 2, 1, 1}, {33, 5, 2, 2, 2}}},
        Case{2, 8, 4, 1, {{12, 4, 2, 1, 1}, {32, 4, 2, 1, 1}}}, Case{2, 1, 20, 1, {{20, 5}, {28, 5}}},
        Case{2, 20, 17, 1, {{8, 5, 1, 1, 2}, {9, 5, 1, 2, 1}}}}) {
    const ConvShape s = make_shape(c);
    const int64_t ci = s.in_channels / s.groups, xs = s.batch * s.in_channels * product(s.in, s.dims),
                  ys = s.batch * s.out_channels * product(s.out, s.dims),
                  ws = s.out_channels * ci * product(s.kernel, s.dims);
    const auto w = random_values<float>(ws, 2);
    for (int64_t bad = 0; bad < xs; bad += xs / 7) {
      auto x = random_values<float>(xs, 1), g = random_values<float>(ys, 3);
      x[bad] = NAN;
      std::vector<float> y(ys), dx(xs), dw(ws);
      conv_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, y.data(), {});
      conv_weight_kernel.get(kFloat)(s, x.data(), g.data(), dw.data(), nullptr);
      g[bad % ys] = NAN;
      conv_input_kernel.get(kFloat)(s, g.data(), w.data(), nullptr, dx.data(), {});
      std::vector<bool> y_bad(ys), dx_bad(xs), dw_bad(ws);
      each_product(s, [&](int64_t xi, int64_t wi, int64_t yi) {
        if (xi == bad) y_bad[yi] = dw_bad[wi] = true;
        if (yi == bad % ys) dx_bad[xi] = true;
      });
      for (int64_t i = 0; i < ys; ++i) ASSERT_EQ(std::isnan(y[i]), y_bad[i]) << "y " << i << " x " << bad;
      for (int64_t i = 0; i < ws; ++i) ASSERT_EQ(std::isnan(dw[i]), dw_bad[i]) << "dw " << i << " x " << bad;
      for (int64_t i = 0; i < xs; ++i) ASSERT_EQ(std::isnan(dx[i]), dx_bad[i]) << "dx " << i << " dy " << bad % ys;
    }
  }
}

TEST(OneDnn, CachesAreBoundedAndCanBeCleared) {
  cpu::onednn::clear_cache();
  EXPECT_EQ(cpu::onednn::cache_stats().primitives, 0);
  std::vector<float> x(16 * 20 * 20), w(16 * 16 * 9), y(16 * 20 * 20);
  for (int64_t size = 4; size < 20; ++size)
    for (uint64_t id = 1; id < 4; ++id) {
      const ConvShape s = make_shape({1, 16, 16, 1, {{size, 3, 1, 1, 1}, {size, 3, 1, 1, 1}}});
      ASSERT_TRUE(cpu::onednn::conv(s, x.data(), w.data(), nullptr, y.data(), {id + (uint64_t{1} << 60), 1}));
    }
  const auto stats = cpu::onednn::cache_stats();
  EXPECT_EQ(stats.primitives, 16);
  EXPECT_LE(stats.packed_weights, 3 * 16);
  EXPECT_GT(stats.packed_bytes, 0);
  cpu::onednn::clear_cache();
  EXPECT_EQ(cpu::onednn::cache_stats().packed_bytes, 0);
  const ConvShape s = make_shape({1, 16, 16, 1, {{4, 3, 1, 1, 1}, {4, 3, 1, 1, 1}}});
  ASSERT_TRUE(cpu::onednn::conv(s, x.data(), w.data(), nullptr, y.data(), {}));
  EXPECT_EQ(cpu::onednn::cache_stats().primitives, 1);
  EXPECT_EQ(cpu::onednn::cache_stats().packed_weights, 0);
}

TEST(OneDnn, APackedWeightIsUsedUntilItsVersionChanges) {
  const ConvShape s = make_shape({1, 16, 16, 1, {{6, 1}, {6, 1}}});
  std::vector<float> x(16 * 36, 1.f), w(256, 1.f), y(16 * 36);
  const uint64_t id = (uint64_t{1} << 60) + 77;
  ASSERT_TRUE(cpu::onednn::conv(s, x.data(), w.data(), nullptr, y.data(), {id, 1}));
  EXPECT_EQ(y[0], 16);
  w.assign(256, 2.f);
  ASSERT_TRUE(cpu::onednn::conv(s, x.data(), w.data(), nullptr, y.data(), {id, 2}));
  EXPECT_EQ(y[0], 32);
  w.assign(256, 3.f);
  ASSERT_TRUE(cpu::onednn::conv(s, x.data(), w.data(), nullptr, y.data(), {}));  // nameless: never kept
  EXPECT_EQ(y[0], 48);
}

TYPED_TEST(ConvTest, EmptyBatch) { check<TypeParam>(make_shape({0, 3, 4, 1, {{5, 3}, {6, 3}}}), true); }

}  // namespace
}  // namespace lampas
