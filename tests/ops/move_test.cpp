// Operations that move memory, at sizes where their fast paths begin and end, against loops written down plainly.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "lampas/autograd/autograd.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/lampas.h"
#include "ops/golden_case.h"
#include "ops/throws.h"

namespace {

using namespace lampas;
using golden::values;

constexpr ScalarType kAll[] = {kByte, kShort, kBFloat16, kFloat, kDouble, kLong};

/// Small numbers every dtype holds exactly, no two neighbours alike.
Tensor numbers(IntArrayRef sizes, ScalarType dtype, int64_t seed = 0) {
  return arange(numel_of(sizes), kLong).mul(7).add(seed).remainder(113).to(dtype).view(sizes);
}

class Threads : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    before_ = get_num_threads();
    set_num_threads(GetParam());
  }
  void TearDown() override { set_num_threads(before_); }

 private:
  int before_;
};
using MoveTest = Threads;
INSTANTIATE_TEST_SUITE_P(OneAndTwo, MoveTest, testing::Values(1, 2));

TEST_P(MoveTest, CatAndStackAlongEveryDimension) {
  for (ScalarType t : kAll)
    for (int64_t last : {1, 3, 40, 129, 4000}) {
      SCOPED_TRACE(str(name(t), " rows of ", last));
      const std::vector<Tensor> x = {numbers({5, 6, last}, t), numbers({5, 6, last}, t, 50),
                                     numbers({last, 6, 5}, t, 9).transpose(0, 2)};
      for (int64_t dim = 0; dim < 3; ++dim) {
        const Tensor joined = cat(x, dim), stacked = stack(x, dim);
        ASSERT_TRUE(joined.is_contiguous() && stacked.is_contiguous());
        for (int64_t k = 0; k < 3; ++k) {
          const auto want = values(x[static_cast<size_t>(k)]);
          ASSERT_EQ(values(joined.narrow(dim, k * x[0].size(dim), x[0].size(dim))), want);
          ASSERT_EQ(values(stacked.select(dim, k)), want);
        }
      }
      const Tensor mixed = cat({x[0].slice(1, 0, 1), x[1].slice(1, 0, 0), x[1].slice(1, 2), x[0]}, 1);
      ASSERT_EQ(values(mixed.slice(1, 0, 1)), values(x[0].slice(1, 0, 1)));
      ASSERT_EQ(values(mixed.slice(1, 1, 5)), values(x[1].slice(1, 2)));
      ASSERT_EQ(values(mixed.slice(1, 5)), values(x[0]));
    }
}

TEST_P(MoveTest, FlipAndRepeatOfLongRows) {
  for (ScalarType t : kAll)
    for (int64_t last : {1, 31, 32, 33, 127, 128, 129, 160, 1000, 40001}) {
      SCOPED_TRACE(str(name(t), " rows of ", last));
      const Tensor x = numbers({4, last + 1}, t).slice(1, 1);  // rows start anywhere
      const Tensor f = x.flip({0}), r = x.repeat({2, 3});
      for (int64_t i = 0; i < 4; ++i) {
        const auto row = values(x[i]);
        ASSERT_EQ(values(f[3 - i]), row);
        for (int64_t k = 0; k < 3; ++k) {
          ASSERT_EQ(values(r[i].narrow(0, k * last, last)), row);
          ASSERT_EQ(values(r[4 + i].narrow(0, k * last, last)), row);
        }
      }
    }
}

TEST_P(MoveTest, GatherAndScatterOfLongRows) {
  constexpr int64_t rows = 40, wide = 1700, n = 2600;
  std::mt19937 rng(4);
  std::vector<int64_t> at(rows * n);
  for (auto& i : at) i = static_cast<int64_t>(rng() % wide);
  const Tensor index = tensor(at).view({rows, n});
  for (ScalarType t : kAll) {
    const Tensor x = numbers({rows, wide}, t), source = numbers({rows, n}, t, 3).remainder(3);
    const Tensor read = x.gather(1, index), written = x.scatter(1, index, source);
    const Tensor down = x.t().contiguous().gather(0, index.t().contiguous());
    auto want = values(x);
    const auto have = values(x), s = values(source), got = values(read);
    for (int64_t k = 0; k < rows * n; ++k) {
      const int64_t place = k / n * wide + at[static_cast<size_t>(k)];
      ASSERT_EQ(got[static_cast<size_t>(k)], have[static_cast<size_t>(place)]) << k;
      want[static_cast<size_t>(place)] = s[static_cast<size_t>(k)];
    }
    EXPECT_EQ(values(written), want);
    EXPECT_EQ(values(down.t()), got);
  }
  const Tensor zero = zeros({rows, wide}, kDouble), source = numbers({rows, n}, kDouble);
  auto sums = values(zero);
  const auto s = values(source);
  for (int64_t k = 0; k < rows * n; ++k)
    sums[static_cast<size_t>(k / n * wide + at[static_cast<size_t>(k)])] += s[static_cast<size_t>(k)];
  EXPECT_EQ(values(zero.scatter_add(1, index, source)), sums);

  // One bad index anywhere is found, and nothing is written.
  for (const int64_t bad :
       {int64_t{-1}, wide, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()})
    for (const int64_t place : {int64_t{0}, int64_t{1023}, int64_t{1024}, rows * n - 1}) {
      Tensor wrong = index.clone(), x = numbers({rows, wide}, kFloat);
      wrong.view({-1})[place] = bad;
      const auto before = values(x);
      EXPECT_THROWS_WITH(x.gather(1, wrong), "out of bounds");
      EXPECT_THROWS_WITH(x.scatter_(1, wrong, numbers({rows, n}, kFloat)), "out of bounds");
      EXPECT_EQ(values(x), before);
    }
}

TEST_P(MoveTest, EmbeddingBagsOfEveryWidth) {
  for (ScalarType t : {kFloat, kDouble, kHalf, kBFloat16})
    for (int64_t dim : {1, 2, 7, 16, 33, 64, 128, 200, 300}) {
      SCOPED_TRACE(str(name(t), " width ", dim));
      const Tensor w = numbers({30, dim}, t).div(8), index = numbers({70}, kLong).remainder(30),
                   offsets = tensor({0, 1, 1, 20, 63}), weights = numbers({70}, t, 5).remainder(5).sub(1);
      const Tensor sum = std::get<0>(embedding_bag(w, index, offsets)),
                   mean = std::get<0>(embedding_bag(w, index, offsets, false, 1)),
                   weighted = std::get<0>(embedding_bag(w, index, offsets, false, 0, false, weights));
      const auto i = values(index), o = values(offsets), s = values(weights);
      const double eps = t == kDouble ? 0x1p-50 : t == kFloat ? 0x1p-20 : t == kHalf ? 0x1p-10 : 0x1p-7;
      for (int64_t b = 0; b < 5; ++b) {
        const int64_t from = static_cast<int64_t>(o[static_cast<size_t>(b)]),
                      to = b == 4 ? 70 : static_cast<int64_t>(o[static_cast<size_t>(b + 1)]);
        std::vector<double> plain(static_cast<size_t>(dim)), scaled(plain);
        for (int64_t k = from; k < to; ++k) {
          const auto row = values(w[static_cast<int64_t>(i[static_cast<size_t>(k)])]);
          for (size_t d = 0; d < row.size(); ++d) plain[d] += row[d], scaled[d] += row[d] * s[static_cast<size_t>(k)];
        }
        const auto got = values(sum[b]), average = values(mean[b]), with = values(weighted[b]);
        for (size_t d = 0; d < plain.size(); ++d) {
          ASSERT_NEAR(got[d], plain[d], eps * (1 + std::abs(plain[d])));
          ASSERT_NEAR(with[d], scaled[d], eps * 4 * (60 + std::abs(scaled[d])));
          const double count = static_cast<double>(std::max<int64_t>(to - from, 1));
          ASSERT_NEAR(average[d], plain[d] / count, 4 * eps * (1 + std::abs(plain[d] / count)));
        }
      }
      ASSERT_EQ(values(embedding(w, index)), values(w.index_select(0, index)));
    }
  // Padding is not read, whatever it holds.
  Tensor w = ones({3, 40});
  w[1].fill_(std::numeric_limits<double>::quiet_NaN());
  const Tensor y = std::get<0>(embedding_bag(w, tensor({0, 1, 2}), tensor({0}), false, 0, false, {}, false, 1));
  EXPECT_EQ(values(y), std::vector<double>(40, 2));
}

TEST_P(MoveTest, RunningExtremesWithNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({1., 3., 2., 3., nan, 9., nan, 4.}, kDouble);
  for (ScalarType t : {kFloat, kDouble, kHalf, kBFloat16}) {
    for (bool down : {false, true}) {
      const Tensor line = down ? x.to(t).unsqueeze(1).expand({8, 3}).contiguous() : x.to(t);
      const auto [top, at] = line.cummax(0);
      const auto [low, where] = line.cummin(0);
      const Tensor one = down ? top.select(1, 1) : top, place = down ? at.select(1, 1) : at;
      EXPECT_EQ(values(one.slice(0, 0, 4)), (std::vector<double>{1, 3, 3, 3}));
      EXPECT_TRUE(one.slice(0, 4).isnan().all().item<bool>());
      EXPECT_EQ(values(place), (std::vector<double>{0, 1, 1, 3, 4, 4, 6, 6}));
      EXPECT_EQ(values((down ? where.select(1, 1) : where)), (std::vector<double>{0, 0, 0, 0, 4, 4, 6, 6}));
      EXPECT_EQ(values((down ? low.select(1, 1) : low).slice(0, 0, 4)), (std::vector<double>{1, 1, 1, 1}));
    }
  }
  EXPECT_EQ(values(std::get<1>(tensor({nan, 1., nan}).cummax(0))), (std::vector<double>{0, 0, 2}));
  EXPECT_EQ(values(std::get<1>(tensor({5, 5, 4, 6}).cummax(0))), (std::vector<double>{0, 1, 1, 3}));
  EXPECT_EQ(values(std::get<0>(tensor({5, 5, 4, 6}).cummin(0))), (std::vector<double>{5, 5, 4, 4}));
}

TEST_P(MoveTest, FewLargestOfLongRowsAreThoseOfASort) {
  for (ScalarType t : {kByte, kShort, kLong, kHalf, kFloat, kDouble}) {
    Tensor x = numbers({20, 1000}, t, 11);
    if (t == kFloat || t == kDouble) {
      x.index_put_({3, 700}, std::numeric_limits<double>::quiet_NaN());
      x.index_put_({4, 2}, std::numeric_limits<double>::quiet_NaN());
      x.index_put_({5, 600}, std::numeric_limits<double>::infinity());
    }
    for (bool largest : {true, false})
      for (int64_t k : {1, 5, 60}) {
        SCOPED_TRACE(str(name(t), largest ? " largest " : " smallest ", k));
        const auto [top, at] = x.topk(k, 1, largest);
        const Tensor sorted = std::get<0>(x.sort(1, largest)).slice(1, 0, k);
        ASSERT_TRUE(top.eq(sorted).logical_or(top.isnan().logical_and(sorted.isnan())).all().item<bool>());
        const Tensor there = x.gather(1, at);
        ASSERT_TRUE(top.eq(there).logical_or(top.isnan().logical_and(there.isnan())).all().item<bool>());
      }
  }
}

TEST_P(MoveTest, CrossProducts) {
  for (ScalarType t : {kShort, kLong, kHalf, kFloat, kDouble}) {
    const Tensor a = numbers({70, 3, 130}, t).remainder(9), b = numbers({70, 3, 130}, t, 4).remainder(7);
    for (int64_t dim : {1, 2}) {
      const Tensor x = dim == 1 ? a : a.transpose(1, 2), y = dim == 1 ? b : b.transpose(1, 2).contiguous();
      const Tensor got = linalg_cross(x, y, dim);
      for (int64_t k = 0; k < 3; ++k) {
        const int64_t i = (k + 1) % 3, j = (k + 2) % 3;
        const Tensor want = x.select(dim, i) * y.select(dim, j) - x.select(dim, j) * y.select(dim, i);
        ASSERT_EQ(values(got.select(dim, k)), values(want)) << name(t) << " " << dim << " " << k;
      }
    }
  }
  EXPECT_EQ(values(linalg_cross(tensor({1., 0., 0.}).view({1, 3}), tensor({{0, 1, 0}, {0, 0, 1}}))),
            (std::vector<double>{0, 0, 1, 0, -1, 0}));
}

TEST_P(MoveTest, SumsOfChannels) {
  for (const std::vector<int64_t>& sizes :
       std::vector<std::vector<int64_t>>{{64, 32, 28, 28}, {3, 100, 7, 5}, {2, 1, 300, 300}, {500, 70, 3, 3}}) {
    const Tensor x = numbers(sizes, kFloat);
    const Tensor got = x.sum(IntArrayRef{0, 2, 3}), top = x.amax(IntArrayRef{0, 2, 3});
    for (int64_t c = 0; c < sizes[1]; c += 13) {
      const auto all = values(x.select(1, c));
      double want = 0;
      for (double v : all) want += v;
      ASSERT_EQ(got[c].item<double>(), static_cast<double>(static_cast<float>(want)));
      ASSERT_EQ(top[c].item<double>(), *std::max_element(all.begin(), all.end()));
    }
    const Tensor at = x.transpose(0, 1).reshape({sizes[1], -1}).argmax(1);
    ASSERT_EQ(values(at), values(std::get<1>(x.transpose(0, 1).reshape({sizes[1], -1}).max(1))));
  }
}

TEST_P(MoveTest, RollTurnsEachDimension) {
  const auto turned = [](const Tensor& x, int64_t by, int64_t d) {
    const int64_t n = x.size(d), back = ((n - by) % n + n) % n;
    return cat({x.narrow(d, back, n - back), x.narrow(d, 0, back)}, d);
  };
  for (ScalarType t : kAll) {
    const Tensor x = numbers({5, 40, 33}, t), across = x.transpose(0, 2);
    ASSERT_EQ(values(x.roll({2, -41, 7}, {0, 1, 2})), values(turned(turned(turned(x, 2, 0), -41, 1), 7, 2)));
    ASSERT_EQ(values(x.roll({2, 2, 40}, {0, 0, 1})), values(turned(x, 4, 0)));
    ASSERT_EQ(values(across.roll({30, 3}, {0, -1})), values(turned(turned(across, 30, 0), 3, 2)));
    ASSERT_EQ(values(x.roll(100)), values(turned(x.reshape({-1}), 100, 0)));
  }
  ASSERT_EQ(zeros({0, 3}).roll({1, 2}, {0, 1}).sizes(), (IntArrayRef{0, 3}));
}

TEST_P(MoveTest, PixelShuffle) {
  for (ScalarType t : kAll)
    for (int64_t r : {2, 3})
      for (int64_t w : {1, 5, 16, 67}) {
        const Tensor x = numbers({2, 3 * r * r, 4, w}, t), y = pixel_shuffle(x, r);
        ASSERT_EQ(y.sizes(), (IntArrayRef{2, 3, 4 * r, w * r}));
        for (int64_t i = 0; i < r; ++i)
          for (int64_t j = 0; j < r; ++j)
            ASSERT_EQ(values(y.slice(2, i, std::nullopt, r).slice(3, j, std::nullopt, r)),
                      values(x.slice(1, i * r + j, std::nullopt, r * r)));
        ASSERT_EQ(values(pixel_unshuffle(y, r)), values(x));
      }
}

TEST(Move, FlipAndSortKeepTheMemoryOrder) {
  const Tensor x = arange(2 * 3 * 4 * 5, kFloat).mul(7).remainder(11).view({2, 3, 4, 5});
  for (const Tensor& y : {x.contiguous(MemoryFormat::ChannelsLast), x.transpose(1, 2).contiguous().transpose(1, 2),
                          x.permute({3, 1, 0, 2}).contiguous().permute({2, 1, 3, 0})}) {
    ASSERT_FALSE(y.is_contiguous());
    for (const std::vector<int64_t>& dims : {std::vector<int64_t>{1}, {0, 3}, {2}, {0, 1, 2, 3}, {}}) {
      EXPECT_TRUE(y.flip(dims).equal(x.flip(dims)));
      EXPECT_EQ(y.flip(dims).strides(), y.strides());
    }
    for (int64_t d = 0; d < 4; ++d) {
      const auto [values, indices] = y.sort(true, d, true);
      const auto [plain, places] = x.sort(true, d, true);
      EXPECT_TRUE(values.equal(plain) && indices.equal(places));
      EXPECT_EQ(values.strides(), y.strides());
      EXPECT_EQ(indices.strides(), y.strides());
    }
  }
  // Dimensions of size one, gaps.
  EXPECT_TRUE(x.slice(1, 0, 1).transpose(0, 3).flip({0, 1}).equal(x.slice(1, 0, 1).flip({1, 3}).transpose(0, 3)));
  EXPECT_TRUE(x.slice(2, 0, 4, 2).flip({2}).equal(x.slice(2, 0, 4, 2).contiguous().flip({2})));
}

TEST(Move, FillOfRepeatedElementsWritesThemOnce) {
  const Tensor x = arange(6, kFloat).view({2, 3}), y = x.slice(0, 0, 1).expand({4, 3});
  const auto version = x._version();
  y.fill_(7);
  EXPECT_TRUE(x.equal(tensor({{7.0f, 7.0f, 7.0f}, {3.0f, 4.0f, 5.0f}})));
  EXPECT_GT(x._version(), version);
  y.zero_();
  EXPECT_TRUE(x.equal(tensor({{0.0f, 0.0f, 0.0f}, {3.0f, 4.0f, 5.0f}})));
  // A gradient would not know how often each was written.
  const Tensor w = ones({1, 3}, TensorOptions().requires_grad(true)) * 1;
  EXPECT_THROW(w.expand({2, 3}).fill_(1), Error);
  EXPECT_TRUE(w.equal(ones({1, 3})));
}

}  // namespace

// What other sizes an empty tensor has may overflow; their product is not asked for. (For the sanitizers.)
TEST(Move, EmptyTensorsOfHugeSizes) {
  constexpr int64_t huge = std::numeric_limits<int64_t>::max();
  for (const std::vector<int64_t>& sizes :
       {std::vector<int64_t>{0, huge, 8}, {8, huge, 0}, {0, huge, huge, 2, 2, 2, 2}, {huge, 2, 2, 2, 2, 2, 0}}) {
    const Tensor x = lampas::empty(sizes);
    EXPECT_EQ(x.numel(), 0);
    EXPECT_EQ(x.sizes(), IntArrayRef(sizes));
    EXPECT_TRUE(x.add(1).sum().item<float>() == 0);
  }
}
