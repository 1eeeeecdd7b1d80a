#include "lampas/core/generator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>

#include "lampas/core/generator_impl.h"
#include "lampas/lampas.h"

using namespace lampas;

TEST(Generator, Seeds) {
  EXPECT_EQ(make_generator().current_seed(), 67280421310721u);
  Generator g = make_generator(5);
  EXPECT_EQ(g.current_seed(), 5u);
  const uint64_t s = g.seed();
  EXPECT_EQ(g.current_seed(), s);
  EXPECT_NE(g.seed(), s);
  manual_seed(11);
  EXPECT_EQ(default_generator().current_seed(), 11u);
  const uint64_t fresh = seed();
  EXPECT_EQ(default_generator().current_seed(), fresh);
}

TEST(Generator, CopiesShareClonesDoNot) {
  Generator a = make_generator(1), b = a, c = a.clone();
  b.set_current_seed(2);
  EXPECT_EQ(a.current_seed(), 2u);
  EXPECT_EQ(c.current_seed(), 1u);
  a.set_state(c.get_state());
  EXPECT_EQ(a.current_seed(), 1u);
  EXPECT_TRUE(a.get_state().equal(c.get_state()));
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a != c);
}

TEST(Generator, MayBeMissing) {
  std::optional<Generator> some = make_generator(4), none;
  EXPECT_FALSE(Generator(none).defined());
  EXPECT_FALSE(Generator(std::nullopt).defined());
  EXPECT_TRUE(Generator(some) == *some);
  const Tensor x = rand({3}, some);
  EXPECT_TRUE(x.equal(rand({3}, make_generator(4))));
  manual_seed(9);
  const Tensor y = empty({3}).normal_(0, 1, none);
  manual_seed(9);
  EXPECT_TRUE(y.equal(empty({3}).normal_()));
}

TEST(Generator, MethodsWorkUnderItsLock) {
  Generator g = make_generator(1);
  const std::lock_guard<std::mutex> lock(g.get<GeneratorImpl>()->mutex_);
  g.set_current_seed(5);
  EXPECT_EQ(g.current_seed(), 5u);
  g.set_state(g.get_state());
  const Generator twin = g.clone();
  EXPECT_EQ(twin.get<GeneratorImpl>()->random(), g.get<GeneratorImpl>()->random());
}

// PyTorch's bytes: seed, draws left, seeded, position, 624 words of 8 bytes, normals.
TEST(Generator, StateIsPyTorchs) {
  Generator g = make_generator(7);
  rand({3}, g);
  empty({1}, kDouble).normal_(0, 1, g);
  const Tensor state = g.get_state();
  ASSERT_EQ(state.sizes(), IntArrayRef({5056}));
  const auto* p = state.const_data_ptr<uint8_t>();
  const auto word = [&](size_t at) {
    uint64_t v;
    std::memcpy(&v, p + at, 8);
    return v;
  };
  EXPECT_EQ(word(0), 7u);
  EXPECT_EQ(word(8) & 0xffffffff, 618u);
  EXPECT_EQ(word(8) >> 32, 1u);
  EXPECT_EQ(word(16), 7u);
  EXPECT_EQ(word(24), 2022286329u);  // as LibTorch 1.13 has it
  EXPECT_EQ(word(24 + 623 * 8), 4033246365u);
  EXPECT_EQ(word(5040), 1u);
  Generator h = make_generator(0);
  h.set_state(state.slice(0, 0, 5048).clone());  // as old versions wrote it, where normals are kept otherwise
  EXPECT_EQ(h.current_seed(), 7u);
  h.set_state(state);
  EXPECT_TRUE(empty({1}, kDouble).normal_(0, 1, g).equal(empty({1}, kDouble).normal_(0, 1, h)));
  EXPECT_TRUE(rand({700}, g).equal(rand({700}, h)));
}

TEST(Generator, RefusesWhatIsNoState) {
  Generator g = make_generator(1);
  const Tensor good = g.get_state();
  const auto refused = [&](const Tensor& s) {
    EXPECT_THROW(g.set_state(s), Error);
    EXPECT_TRUE(g.get_state().equal(good));
  };
  refused({});
  refused(zeros({0}, kByte));
  refused(zeros({5057}, kByte));
  refused(zeros({5056}, kByte));
  refused(good.to(kInt));
  refused(stack({good, good}, 1).select(1, 0));
  for (const auto& [at, value] : {std::pair<int64_t, int>{8, 0}, {9, 200}, {12, 0}, {16, 3}}) {
    Tensor s = good.clone();
    s[at] = value;
    refused(s);
  }
  Tensor s = good.clone();
  s.slice(0, 24, 24 + 624 * 8).zero_();
  refused(s);
}

TEST(Generator, UndefinedIsAnError) {
  Generator g;
  EXPECT_FALSE(g.defined());
  EXPECT_THROW(g.seed(), Error);
  EXPECT_THROW(g.current_seed(), Error);
  EXPECT_THROW(g.get_state(), Error);
  EXPECT_THROW(g.clone(), Error);
}

TEST(Generator, MutexIsAStdMutex) {
  Generator g = make_generator(1), copy = g;
  EXPECT_EQ(&static_cast<std::mutex&>(g.mutex()), &static_cast<std::mutex&>(copy.mutex()));
  EXPECT_NE(&static_cast<std::mutex&>(g.mutex()), &static_cast<std::mutex&>(g.clone().mutex()));
  std::mutex& same = g.mutex();
  std::unique_lock<std::mutex> held(same);
  EXPECT_FALSE(g.mutex().try_lock());
  EXPECT_THROW([[maybe_unused]] std::recursive_mutex& wrong = g.mutex(), TypeError);
  EXPECT_THROW(Generator().mutex(), Error);
}

TEST(Generator, MutexKeepsOtherThreadsFromDrawing) {
  Generator g = make_generator(1);
  std::atomic<bool> drawn{false};
  std::unique_lock<std::mutex> lock(g.mutex());
  Tensor x;
  std::thread thread([&] {
    x = rand({3}, g);
    drawn = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(drawn);
  g.set_current_seed(5);
  lock.unlock();
  thread.join();
  EXPECT_TRUE(x.equal(rand({3}, make_generator(5))));
}
