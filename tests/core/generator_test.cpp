#include "lampas/core/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "lampas/base/error.h"
#include "lampas/ops/random.h"

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
  EXPECT_EQ(a.get_state(), c.get_state());
}

TEST(Generator, RefusesWhatIsNoState) {
  Generator g = make_generator(1);
  const std::vector<uint8_t> good = g.get_state();
  const auto refused = [&](const std::vector<uint8_t>& s) {
    EXPECT_THROW(g.set_state(s), ValueError);
    EXPECT_EQ(g.get_state(), good);
  };
  refused({});
  refused(std::vector<uint8_t>(good.size(), 0));
  std::vector<uint8_t> s = good;
  s.push_back(0);
  refused(s);
  s = good;
  s[0] ^= 1;  // the magic number
  refused(s);
  s = good;
  s[33] = 0xff;  // the position
  refused(s);
  s = good;
  std::fill(s.begin() + 40, s.end(), 0);  // the words
  refused(s);
}

TEST(Generator, UndefinedIsAnError) {
  Generator g;
  EXPECT_FALSE(g.defined());
  EXPECT_THROW(g.seed(), Error);
  EXPECT_THROW(g.current_seed(), Error);
  EXPECT_THROW(g.get_state(), Error);
  EXPECT_THROW(g.clone(), Error);
  EXPECT_THROW(g.mutex(), Error);
}

TEST(Generator, MethodsWorkWithTheMutexHeld) {
  Generator g = make_generator(1), copy = g;
  EXPECT_EQ(&g.mutex(), &copy.mutex());
  EXPECT_NE(&g.mutex(), &g.clone().mutex());
  {
    std::mutex& same = g.mutex();
    std::unique_lock<std::mutex> held(same);
    EXPECT_FALSE(g.mutex().try_lock());
  }
  {
    std::lock_guard deduced(g.mutex());
    EXPECT_FALSE(static_cast<std::mutex&>(g.mutex()).try_lock());
  }
  EXPECT_THROW([[maybe_unused]] std::recursive_mutex& wrong = g.mutex(), TypeError);
  std::lock_guard<std::mutex> lock(g.mutex());
  g.set_current_seed(2);
  const std::vector<uint8_t> state = g.get_state();
  g.seed();
  g.set_state(state);
  EXPECT_EQ(g.current_seed(), 2u);
  EXPECT_EQ(g.clone().current_seed(), 2u);
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
