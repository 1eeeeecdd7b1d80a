#include "lampas/core/generator.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "backend/cpu/hwy_config.h"
#include "core/generator_impl.h"
#include "lampas/tensor/tensor.h"
// after hwy_config.h
#include <hwy/targets.h>

using namespace lampas;

TEST(MersenneTwister, IsTheStandardOne) {
  for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{5489}, uint64_t{67280421310721}, ~uint64_t{0}}) {
    GeneratorImpl g(seed);
    std::mt19937 reference(static_cast<uint32_t>(seed));
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(g.random(), reference()) << seed << " " << i;
  }
}

TEST(MersenneTwister, IsTheSameOnEveryInstructionSet) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    GeneratorImpl g(3);
    std::mt19937 reference(3);
    std::vector<uint32_t> words(1500);
    g.fill(words.data(), words.size());
    for (size_t i = 0; i < words.size(); ++i) EXPECT_EQ(words[i], reference()) << hwy::TargetName(target) << " " << i;
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(MersenneTwister, BulkDrawsContinueTheStream) {
  GeneratorImpl g(7);
  std::mt19937 reference(7);
  std::vector<uint32_t> words;
  for (size_t n : {1, 0, 5, 16, 17, 623, 624, 625, 1, 2000, 31, 1248, 3, 600}) {
    words.assign(n + 1, 0xdeadbeef);
    g.fill(words.data(), n);
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(words[i], reference()) << n << " " << i;
    ASSERT_EQ(words[n], 0xdeadbeef);  // nothing beyond
    ASSERT_EQ(g.random(), reference());
  }
  const uint64_t high = reference();
  EXPECT_EQ(g.random64(), high << 32 | reference());
}

TEST(MersenneTwister, StateCarriesEverything) {
  Generator g = make_generator(3);
  for (int i = 0; i < 700; ++i) g.impl()->random();
  g.impl()->next_double_normal = 1.25;
  g.impl()->next_float_normal = -0.5f;
  Generator h = make_generator(0), c = g.clone();
  h.set_state(g.get_state());
  for (Generator* other : {&h, &c}) {
    EXPECT_EQ(other->impl()->next_double_normal, 1.25);
    EXPECT_EQ(other->impl()->next_float_normal, -0.5f);
    EXPECT_EQ(other->current_seed(), 3u);
  }
  for (int i = 0; i < 700; ++i) {
    const uint32_t word = g.impl()->random();
    ASSERT_EQ(word, h.impl()->random());
    ASSERT_EQ(word, c.impl()->random());
  }
  h.set_current_seed(3);
  EXPECT_FALSE(h.impl()->next_double_normal.has_value());
  EXPECT_FALSE(h.impl()->next_float_normal.has_value());
}
