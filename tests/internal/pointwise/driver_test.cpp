#include <algorithm>

#include "layouts.h"

namespace lampas::test {
namespace {

/// out = x + 10 * y, in float; counts its calls.
int64_t calls = 0;
void combine(char* const* data, const int64_t* strides, int64_t n, const void*) {
  __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
  ASSERT_GT(n, 0);
  ASSERT_EQ(strides[0], 4);
  for (int k = 1; k < 3; ++k) ASSERT_TRUE(strides[k] == 4 || strides[k] == 0) << strides[k];
  for (int64_t i = 0; i < n; ++i) {
    float x, y;
    std::memcpy(&x, data[1] + i * strides[1], 4);
    std::memcpy(&y, data[2] + i * strides[2], 4);
    x += 10 * y;
    std::memcpy(data[0] + i * 4, &x, 4);
  }
}
/// Two outputs: x + y, x - y.
void sum_and_difference(char* const* data, const int64_t* strides, int64_t n, const void*) {
  ASSERT_TRUE(strides[0] == 4 && strides[1] == 4);
  for (int64_t i = 0; i < n; ++i) {
    const float x = *reinterpret_cast<const float*>(data[2] + i * strides[2]);
    const float y = *reinterpret_cast<const float*>(data[3] + i * strides[3]);
    reinterpret_cast<float*>(data[0])[i] = x + y;
    reinterpret_cast<float*>(data[1])[i] = x - y;
  }
}

/// Strides of the sizes when stored with dimensions in `order`, outermost first, each `gap` times longer than needed.
std::vector<int64_t> permuted(const std::vector<int64_t>& sizes, const std::vector<size_t>& order, int64_t gap = 1) {
  std::vector<int64_t> strides(sizes.size());
  int64_t n = gap;
  for (size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = n;
    n *= std::max<int64_t>(1, sizes[order[i]]);
  }
  return strides;
}

/// A few hundred random shapes with operands permuted, spaced and broadcast at random.
struct Case {
  std::vector<int64_t> sizes, out, x, y;
};
std::vector<Case> cases() {
  std::mt19937 rng(3);
  std::vector<Case> all;
  for (int i = 0; i < 400; ++i) {
    Case c;
    const size_t rank = i == 0 ? 0 : 1 + rng() % (i % 20 == 0 ? 8 : 4);
    const int64_t limit = rank <= 2 ? 90 : rank == 3 ? 30 : rank == 4 ? 12 : 4;
    for (size_t d = 0; d < rank; ++d)
      c.sizes.push_back(rng() % 40 == 0  ? 0
                        : rng() % 6 == 0 ? 1
                                         : 1 + static_cast<int64_t>(rng() % static_cast<uint32_t>(limit)));
    const auto strides = [&](bool input) {
      std::vector<size_t> order(rank);
      for (size_t d = 0; d < rank; ++d) order[d] = d;
      if (rng() % 2) std::shuffle(order.begin(), order.end(), rng);
      auto s = permuted(c.sizes, order, rng() % 3 == 0 ? 2 : 1);
      if (input)
        for (size_t d = 0; d < rank; ++d)
          if (rng() % 5 == 0) s[d] = 0;
      return s;
    };
    c.out = strides(false), c.x = strides(true), c.y = strides(true);
    all.push_back(c);
  }
  // Large enough to be split over threads, in every way of walking.
  all.push_back({{300000}, {1}, {1}, {1}});
  all.push_back({{300000}, {2}, {1}, {0}});
  all.push_back({{500, 600}, {600, 1}, {600, 1}, {1, 500}});
  all.push_back({{500, 600}, {600, 1}, {0, 1}, {1, 0}});
  all.push_back({{250, 300}, {300, 1}, {300, 1}, {1, 250}});
  all.push_back({{250, 300}, {1, 250}, {300, 1}, {1, 250}});
  all.push_back({{33, 5000}, {5000, 1}, {10000, 2}, {1, 40}});
  all.push_back({{1030, 1000}, {1000, 1}, {1000, 1}, {1, 1030}});
  all.push_back({{1030, 1000}, {1, 1030}, {1000, 1}, {1, 1030}});
  all.push_back({{2, 700, 800}, {560000, 800, 1}, {0, 1, 0}, {560000, 1, 700}});
  all.push_back({{100000, 3}, {3, 1}, {0, 1}, {1, 100000}});
  all.push_back({{4, 60, 70, 20}, {84000, 1400, 20, 1}, {84000, 70, 1, 4200}, {0, 1, 0, 0}});
  return all;
}

TEST(Driver, EveryLayout) {
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    for (const Case& c : cases()) {
      SCOPED_TRACE(str("sizes ", c.sizes, " out ", c.out, " x ", c.x, " y ", c.y, " threads ", threads));
      Strided<float> out(c.sizes, c.out), x(c.sizes, c.x), y(c.sizes, c.y);
      const int64_t n = out.numel();
      for (int64_t i = 0; i < n; ++i) x.at(i) = static_cast<float>(i % 1000), y.at(i) = static_cast<float>(i % 77);
      const Operand operands[] = {out.operand(), x.operand(), y.operand()};
      calls = 0;
      run_pointwise(combine, operands, 3, IntArrayRef(c.sizes), nullptr);
      for (int64_t i = 0; i < n; ++i) ASSERT_EQ(out.at(i), x.at(i) + 10 * y.at(i)) << i;
      if (n == 0) {
        ASSERT_EQ(calls, 0);
      }
      ASSERT_TRUE(out.untouched_outside());
    }
  }
  set_num_threads(1);
}

TEST(Driver, SeveralOutputs) {
  for (const Case& c : cases()) {
    if (c.sizes.empty()) continue;
    SCOPED_TRACE(str("sizes ", c.sizes));
    Strided<float> sum(c.sizes, c.out), difference(c.sizes, permuted(c.sizes, [&] {
                                                     std::vector<size_t> order;
                                                     for (size_t d = c.sizes.size(); d-- > 0;) order.push_back(d);
                                                     return order;
                                                   }()));
    Strided<float> x(c.sizes, c.x), y(c.sizes, c.y);
    const int64_t n = x.numel();
    for (int64_t i = 0; i < n; ++i) x.at(i) = static_cast<float>(i % 1000), y.at(i) = static_cast<float>(i % 77);
    const Operand operands[] = {sum.operand(), difference.operand(), x.operand(), y.operand()};
    run_pointwise(sum_and_difference, operands, 4, IntArrayRef(c.sizes), nullptr, 1, 2);
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(sum.at(i), x.at(i) + y.at(i));
      ASSERT_EQ(difference.at(i), x.at(i) - y.at(i));
    }
  }
}

TEST(Driver, ConvertsOperands) {
  const ScalarType compute[] = {kFloat, kFloat, kFloat};
  for (const Case& c : cases()) {
    SCOPED_TRACE(str("sizes ", c.sizes, " out ", c.out, " x ", c.x, " y ", c.y));
    Strided<double> out(c.sizes, c.out);
    Strided<uint8_t> x(c.sizes, c.x);
    Strided<int64_t> y(c.sizes, c.y);
    const int64_t n = out.numel();
    for (int64_t i = 0; i < n; ++i) x.at(i) = static_cast<uint8_t>(i % 200), y.at(i) = i % 77 - 30;
    const Operand operands[] = {out.operand(), x.operand(), y.operand()};
    run_pointwise_cast(combine, operands, compute, 3, IntArrayRef(c.sizes), nullptr);
    for (int64_t i = 0; i < n; ++i) ASSERT_EQ(out.at(i), x.at(i) + 10 * static_cast<double>(y.at(i))) << i;
    ASSERT_TRUE(out.untouched_outside());
    // Only the output differs, or only one input.
    Strided<float> f(c.sizes, c.out), g(c.sizes, c.x);
    for (int64_t i = 0; i < n; ++i) g.at(i) = static_cast<float>(i % 50);
    const Operand one[] = {f.operand(), g.operand(), y.operand()};
    run_pointwise_cast(combine, one, compute, 3, IntArrayRef(c.sizes), nullptr);
    for (int64_t i = 0; i < n; ++i) ASSERT_EQ(f.at(i), g.at(i) + 10 * static_cast<float>(y.at(i))) << i;
  }
}

TEST(Driver, InPlaceStridedAndConverted) {
  Strided<int32_t> x({40, 50}, {1, 80});
  Strided<float> y({40, 50}, {50, 1});
  for (int64_t i = 0; i < 2000; ++i) x.at(i) = static_cast<int32_t>(i), y.at(i) = static_cast<float>(i % 9);
  const Operand operands[] = {x.operand(), x.operand(), y.operand()};
  const ScalarType compute[] = {kFloat, kFloat, kFloat};
  const int64_t sizes[] = {40, 50};
  run_pointwise_cast(combine, operands, compute, 3, IntArrayRef(sizes, 2), nullptr);
  for (int64_t i = 0; i < 2000; ++i) ASSERT_EQ(x.at(i), i + 10 * (i % 9));
  EXPECT_TRUE(x.untouched_outside());
}

// The usual case must be one call of the kernel.
TEST(Driver, MergesWhatItCan) {
  const auto count = [](std::vector<int64_t> sizes, std::vector<int64_t> out, std::vector<int64_t> x,
                        std::vector<int64_t> y) {
    Strided<float> o(sizes, out), a(sizes, x), b(sizes, y);
    const Operand operands[] = {o.operand(), a.operand(), b.operand()};
    calls = 0;
    run_pointwise(combine, operands, 3, IntArrayRef(sizes), nullptr);
    return calls;
  };
  EXPECT_EQ(count({}, {}, {}, {}), 1);
  EXPECT_EQ(count({4, 5, 6}, {30, 6, 1}, {30, 6, 1}, {30, 6, 1}), 1);
  EXPECT_EQ(count({4, 5, 6}, {30, 6, 1}, {30, 6, 1}, {0, 0, 0}), 1);
  EXPECT_EQ(count({4, 1, 6}, {6, 77, 1}, {6, 1, 1}, {6, 0, 1}), 1);
  EXPECT_EQ(count({4, 5, 6}, {1, 4, 20}, {1, 4, 20}, {1, 4, 20}), 1) << "any dense order";
  EXPECT_EQ(count({2, 3, 4, 5}, {60, 1, 15, 3}, {60, 1, 15, 3}, {60, 1, 15, 3}), 1) << "channels last";
  EXPECT_EQ(count({1000, 3}, {3, 1}, {3, 1}, {0, 1}), 1000 * 3 / 2048 + 1) << "short rows are packed together";
}

}  // namespace
}  // namespace lampas::test
