// What the goldens do not reach: every instruction set, invalid arguments, streams drawn in pieces, extreme values.
#include "ops/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "core/generator_impl.h"
// after hwy_config.h
#include <hwy/targets.h>

using namespace lampas;

namespace {

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Target {
  explicit Target(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    cpu::KernelSet::refill_all();
  }
  ~Target() {
    hwy::SetSupportedTargetsForTest(0);
    cpu::KernelSet::refill_all();
  }
};

std::vector<float> uniform(GeneratorImpl& g, int64_t n, double from = 0, double to = 1) {
  std::vector<float> y(n);
  uniform_kernel.get(kFloat)(g, y.data(), n, from, to);
  return y;
}

}  // namespace

TEST(Random, FillsContinueOneAnother) {
  GeneratorImpl whole(5), pieces(5);
  const std::vector<float> expected = uniform(whole, 5000, -1, 3);
  std::vector<float> actual;
  for (int64_t n : {0, 1, 7, 16, 1000, 1024, 1025, 0, 33, 900, 994}) {
    const std::vector<float> part = uniform(pieces, n, -1, 3);
    actual.insert(actual.end(), part.begin(), part.end());
  }
  ASSERT_EQ(actual.size(), expected.size());
  EXPECT_EQ(0, std::memcmp(actual.data(), expected.data(), 4 * expected.size()));
}

TEST(Random, PairwiseNormalsContinueOneAnother) {
  GeneratorImpl whole(5), pieces(5);
  std::vector<double> expected(2000), actual(2000);
  normal_pairwise_kernel.get(kDouble)(whole, expected.data(), 2000, 1, 2);
  int64_t at = 0;
  for (int64_t n : {1, 1, 0, 2, 3, 15, 512, 513, 953}) {
    normal_pairwise_kernel.get(kDouble)(pieces, actual.data() + at, n, 1, 2);
    at += n;
  }
  ASSERT_EQ(at, 2000);
  EXPECT_EQ(actual, expected);
}

TEST(Random, NothingIsWrittenOutside) {
  GeneratorImpl g(1);
  for (ScalarType t : {kFloat, kDouble, kHalf, kBFloat16})
    for (int64_t n = 0; n < 70; ++n) {
      const size_t bytes = n * element_size(t);
      std::vector<unsigned char> y(bytes + 64);
      const auto guarded = [&](auto fill) {
        std::fill(y.begin(), y.end(), 0xab);
        fill(y.data());
        for (size_t i = bytes; i < y.size(); ++i) ASSERT_EQ(y[i], 0xab);
      };
      guarded([&](void* p) { uniform_kernel.get(t)(g, p, n, 0, 1); });
      guarded([&](void* p) { normal_kernel.get(t)(g, p, n, 0, 1); });
      guarded([&](void* p) { log_normal_kernel.get(t)(g, p, n, 0, 1); });
      guarded([&](void* p) { exponential_kernel.get(t)(g, p, n, 1); });
      guarded([&](void* p) { bernoulli_kernel.get(t)(g, p, n, 0.5, 1); });
    }
}

TEST(Random, InstructionSetsAgree) {
  std::vector<float> first;
  std::vector<double> second;
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const Target use(target);
    GeneratorImpl g(9);
    std::vector<float> y(3003);
    std::vector<double> z(3003);
    normal_kernel.get(kFloat)(g, y.data(), 3003, 0, 1);
    normal_kernel.get(kDouble)(g, z.data(), 3003, 0, 1);
    log_normal_kernel.get(kDouble)(g, z.data(), 1501, 0, 1);
    bernoulli_kernel.get(kFloat)(g, y.data(), 500, 0.3, 1);
    uniform_kernel.get(kFloat)(g, y.data() + 500, 500, -0.3, 0.7);
    if (first.empty()) {
      first = y;
      second = z;
    }
    for (int i = 0; i < 3003; ++i) {
      ASSERT_NEAR(y[i], first[i], 1e-6) << hwy::TargetName(target) << " " << i;
      ASSERT_NEAR(z[i], second[i], 1e-13 * (1 + std::fabs(second[i]))) << hwy::TargetName(target) << " " << i;
    }
  }
}

// The float32 Box-Muller against float64 from the same words.
TEST(Random, NormalErrorIsAsStated) {
  GeneratorImpl g(2), same(2);
  const int64_t n = 160000;
  std::vector<float> y(n), u = uniform(same, n);
  normal_kernel.get(kFloat)(g, y.data(), n, 0, 1);
  double worst = 0;
  for (int64_t i = 0; i < n; i += 16)
    for (int64_t k = i; k < i + 8; ++k) {
      const double radius = std::sqrt(-2 * std::log(1.0 - u[k])), angle = 6.28318530717958647692f * u[k + 8];
      for (const auto& [v, e] :
           {std::pair<double, double>{y[k], radius * std::cos(angle)}, {y[k + 8], radius * std::sin(angle)}})
        worst = std::max(worst, std::fabs(v - e) / std::max(std::fabs(e), radius * 1e-7));
    }
  EXPECT_LT(worst, 5e-7);
  EXPECT_GT(worst, 0);
}

TEST(Random, NormalsAreFinite) {
  GeneratorImpl g(1);
  for (ScalarType t : {kFloat, kDouble, kHalf, kBFloat16}) {
    std::vector<double> bytes(1 << 16);
    const int64_t n = 1 << 16;
    normal_kernel.get(t)(g, bytes.data(), n, 0, 1);
    for (int64_t i = 0; i < n; ++i) {
      const char* p = reinterpret_cast<const char*>(bytes.data()) + i * element_size(t);
      double v = 0;
      if (t == kDouble) {
        std::memcpy(&v, p, 8);
      } else if (t == kFloat) {
        float f;
        std::memcpy(&f, p, 4);
        v = f;
      } else {
        uint16_t h;
        std::memcpy(&h, p, 2);
        v = t == kHalf ? static_cast<float>(Half(h, Half::FromBits()))
                       : static_cast<float>(BFloat16(h, BFloat16::FromBits()));
      }
      ASSERT_TRUE(std::isfinite(v)) << t << " " << i;
      ASSERT_LT(std::fabs(v), 9.0);
    }
  }
}

TEST(Random, BernoulliExtremes) {
  GeneratorImpl g(1);
  std::vector<int8_t> y(3000);
  bernoulli_kernel.get(kChar)(g, y.data(), 3000, 1, 1);
  for (int8_t v : y) ASSERT_EQ(v, 1);
  bernoulli_kernel.get(kChar)(g, y.data(), 3000, 0, 1);
  for (int8_t v : y) ASSERT_EQ(v, 0);
  bernoulli_kernel.get(kChar)(g, y.data(), 3000, 0.25, 1);
  int sum = 0;
  for (int8_t v : y) sum += v;
  EXPECT_NEAR(sum, 750, 120);
  EXPECT_FALSE(bernoulli_kernel.has(kCPU, kComplexFloat));
}

TEST(Random, BernoulliRefusesWhatIsNoProbability) {
  GeneratorImpl g(1), same(1);
  float y[3];
  for (float bad : {1.5f, -0.1f, std::numeric_limits<float>::quiet_NaN()}) {
    const float p[] = {0.5f, bad, 0.5f};
    const std::string m = message_of([&] { bernoulli_tensor_kernel.get(kFloat)(g, p, y, kFloat, 3); });
    EXPECT_TRUE(contains(m, "bernoulli: expected probabilities in [0, 1], got ")) << m;
  }
  EXPECT_EQ(g.random(), same.random());  // nothing was drawn
}

TEST(Random, Ranges) {
  const auto refused = [](ScalarType t, int64_t from, std::optional<int64_t> to) {
    return message_of([&] { random_range(t, from, to, "randint"); });
  };
  EXPECT_EQ(refused(kLong, 3, 3), "randint: expects 'from' to be less than 'to', but got from=3 >= to=3");
  EXPECT_TRUE(contains(refused(kByte, 0, 300), "randint: to - 1 is out of bounds for Byte: 299"));
  EXPECT_TRUE(contains(refused(kByte, -1, 3), "randint: from is out of bounds for Byte: -1"));
  EXPECT_TRUE(contains(refused(kBool, 0, 3), "out of bounds for Bool"));
  EXPECT_TRUE(contains(refused(kHalf, 0, 100000), "out of bounds for Half"));
  EXPECT_TRUE(contains(refused(kComplexFloat, 0, 3), "got ComplexFloat"));
  EXPECT_TRUE(contains(refused(kInt, INT64_MIN, std::nullopt), "64 bits"));
  EXPECT_TRUE(contains(refused(kHalf, 3000, std::nullopt), "2^11"));
  EXPECT_EQ(random_range(kLong, 0, 10, "op").range, 10u);
  EXPECT_EQ(random_range(kLong, INT64_MIN, std::nullopt, "op").range, 0u);
  EXPECT_EQ(random_range(kLong, INT64_MIN, INT64_MAX, "op").range, ~uint64_t{0});
  EXPECT_EQ(random_range(kHalf, 0, 65504, "op").range, 65472u);  // 65503 would round to 65504
  GeneratorImpl g(1);
  std::vector<int64_t> y(4000);
  random_range_kernel.get(kLong)(g, y.data(), 4000, 5, -2);
  EXPECT_EQ(std::set<int64_t>(y.begin(), y.end()), (std::set<int64_t>{-2, -1, 0, 1, 2}));
}

TEST(Random, RemaindersAreExact) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const Target use(target);
    GeneratorImpl g(1), same(1);
    std::vector<int64_t> y(50);
    for (uint64_t range :
         {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{7}, uint64_t{1} << 16, uint64_t{641}, uint64_t{6700417},
          (uint64_t{1} << 31) - 1, uint64_t{1} << 31, (uint64_t{1} << 31) + 1, (uint64_t{1} << 32) - 1}) {
      random_range_kernel.get(kLong)(g, y.data(), 50, range, 0);
      for (int64_t v : y) ASSERT_EQ(v, same.random() % range) << range << " " << hwy::TargetName(target);
    }
    // Where a quotient ends or begins.
    for (uint64_t divisor : {1u, 2u, 3u, 5u, 10u, 255u, 65535u, 65537u, 0x7fffffffu, 0x80000001u, 0xfffffffeu}) {
      std::vector<uint32_t> words;
      for (uint64_t q : {uint64_t{0}, uint64_t{1}, uint64_t{2}, 0xffffffffu / divisor / 2, 0xffffffffu / divisor})
        for (int64_t off = -2; off <= 2; ++off) words.push_back(static_cast<uint32_t>(q * divisor + off));
      std::vector<uint32_t> expected = words;
      for (uint32_t& w : expected) w %= static_cast<uint32_t>(divisor);
      const int64_t n = static_cast<int64_t>(words.size());
      words.resize(1024);
      word_remainder_kernel.get(kInt)(words.data(), n, static_cast<uint32_t>(divisor));
      words.resize(n);
      ASSERT_EQ(words, expected) << divisor << " " << hwy::TargetName(target);
    }
  }
}

/// A run of a shuffle against its definition; words of the extremes and multiples of the divisors among them.
template <class Bits>
void test_shuffle(ScalarType slot) {
  std::mt19937 random(3);
  for (int64_t n : {0, 1, 7, 8, 9, 16, 31, 200, 1000}) {
    for (int64_t behind : {1, 5, 3000}) {
      std::vector<uint32_t> words(n);
      for (auto& w : words) w = random();
      for (int64_t k = 0; k < n; ++k) {
        const auto left = static_cast<uint32_t>(n + behind - k);
        if (k % 5 == 1) words[k] = 0xffffffffu / left * left;
        if (k % 5 == 2) words[k] = 0xffffffffu / left * left - 1;
        if (k % 5 == 3) words[k] = 0xffffffffu - static_cast<uint32_t>(k % 2);
      }
      std::vector<Bits> expected(n + behind);
      std::iota(expected.begin(), expected.end(), Bits(0));
      auto items = expected;
      for (int64_t k = 0; k < n; ++k) std::swap(expected[k], expected[k + words[k] % (n + behind - k)]);
      shuffle_kernel.get(slot)(items.data(), n + behind, words.data(), n);
      ASSERT_EQ(items, expected) << n << " of " << n + behind;
    }
  }
}

TEST(Random, ShufflesAreFisherYates) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    const Target use(target);
    test_shuffle<uint8_t>(kByte);
    test_shuffle<uint16_t>(kShort);
    test_shuffle<uint32_t>(kInt);
    test_shuffle<uint64_t>(kLong);
  }
}

TEST(Random, PermutationsHaveEachElementOnce) {
  GeneratorImpl g(1);
  for (int64_t n : {0, 1, 2, 100, 1024, 1025, 5000}) {
    std::vector<int64_t> y(n + 1, -7);
    randperm_kernel.get(kLong)(g, y.data(), n);
    EXPECT_EQ(y[n], -7);
    EXPECT_EQ(std::set<int64_t>(y.begin(), y.begin() + n).size(), static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) ASSERT_TRUE(y[i] >= 0 && y[i] < n);
  }
}

TEST(Random, MultinomialRefusesWhatIsNoDistribution) {
  GeneratorImpl g(1);
  const auto refused = [&](std::vector<float> p, int64_t samples, bool replacement) {
    std::vector<int64_t> out(samples);
    std::vector<double> scratch(2 * p.size());
    return message_of([&] {
      multinomial_kernel.get(kFloat)(g, p.data(), 1, p.size(), samples, replacement, out.data(), scratch.data());
    });
  };
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(
      contains(refused({1, -1}, 1, true), "contains either `inf`, `nan` or element < 0: -1 in row 0, column 1"));
  EXPECT_TRUE(contains(refused({1, inf}, 1, false), "contains either"));
  EXPECT_TRUE(contains(refused({1, std::nanf("")}, 1, false), "contains either"));
  EXPECT_TRUE(contains(refused({0, 0}, 1, true), "sum of probabilities <= 0"));
  EXPECT_TRUE(contains(refused({1, 0, 2}, 3, false), "cannot draw 3 samples without replacement: row 0 has 2"));
  EXPECT_EQ(refused({1, 0, 2}, 2, false), "nothing thrown");
}

TEST(Random, MultinomialNeverDrawsTheImpossible) {
  GeneratorImpl g(1);
  const std::vector<double> p = {0, 1, 0, 3, 0};
  std::vector<int64_t> out(4000);
  std::vector<double> scratch(2 * p.size());
  multinomial_kernel.get(kDouble)(g, p.data(), 1, 5, 4000, true, out.data(), scratch.data());
  int ones = 0;
  for (int64_t v : out) {
    ASSERT_TRUE(v == 1 || v == 3);
    ones += v == 1;
  }
  EXPECT_NEAR(ones, 1000, 140);
}

TEST(Random, DrawsAreSerialised) {
  GeneratorImpl g(1), same(1);
  std::vector<std::vector<float>> drawn(8);
  std::vector<std::thread> threads;
  for (auto& y : drawn) threads.emplace_back([&] { y = uniform(g, 10000); });
  for (auto& t : threads) t.join();
  std::set<std::vector<float>> expected;
  for (int i = 0; i < 8; ++i) expected.insert(uniform(same, 10000));
  EXPECT_TRUE(std::set<std::vector<float>>(drawn.begin(), drawn.end()) == expected);
}
