#include "lampas/base/ordered_dict.h"

#include "nn/support.h"

namespace lampas {
namespace {

using Dict = OrderedDict<std::string, int>;

TEST(OrderedDict, KeepsInsertionOrder) {
  Dict d = {{"z", 1}, {"a", 2}};
  d.insert("m", 3);
  EXPECT_EQ(d.keys(), (std::vector<std::string>{"z", "a", "m"}));
  EXPECT_EQ(d.values(), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(d[1].key(), "a");
  EXPECT_EQ(*d[2], 3);
  EXPECT_EQ(d["m"], 3);
  EXPECT_EQ(d.front().key(), "z");
  EXPECT_EQ(d.back().value(), 3);
  EXPECT_EQ(d.pairs()[1], (std::pair<std::string, int>{"a", 2}));
  int sum = 0;
  for (const auto& item : d) sum += item.value();
  EXPECT_EQ(sum, 6);
}

TEST(OrderedDict, FindAndContains) {
  Dict d = {{"a", 1}};
  EXPECT_EQ(*d.find("a"), 1);
  EXPECT_EQ(d.find("b"), nullptr);
  EXPECT_TRUE(d.contains("a"));
  EXPECT_FALSE(d.contains(""));
}

TEST(OrderedDict, EraseMovesLaterPositions) {
  Dict d = {{"a", 1}, {"b", 2}, {"c", 3}};
  d.erase("b");
  EXPECT_EQ(d["c"], 3);
  EXPECT_EQ(d[1].key(), "c");
  d.insert("d", 4);
  EXPECT_EQ(d["d"], 4);
  EXPECT_EQ(d[2].key(), "d");
}

TEST(OrderedDict, ErrorsNameTheKeyAndItsKind) {
  Dict d("Penguin");
  d.insert("a", 1);
  EXPECT_MESSAGE(d["b"], "Penguin 'b' is not defined");
  EXPECT_MESSAGE(d.insert("a", 2), "Penguin 'a' already defined");
  EXPECT_MESSAGE(d.erase("x"), "Key 'x' doesn't exist");
  EXPECT_MESSAGE(d[size_t{1}], "Index 1 is out of bounds");
  EXPECT_MESSAGE(Dict().front(), "Called front() on an empty OrderedDict");
  EXPECT_MESSAGE(Dict().back(), "Called back() on an empty OrderedDict");
  EXPECT_EQ(d["a"], 1) << "a refused insertion changes nothing";
  EXPECT_EQ(d.size(), 1u);
}

TEST(OrderedDict, UpdateAddsAndRefusesDuplicates) {
  Dict d = {{"a", 1}}, more = {{"b", 2}, {"c", 3}};
  d.update(more);
  EXPECT_EQ(d.keys(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_MESSAGE(d.update(more), "Key 'b' already defined");
}

TEST(OrderedDict, CopiesAreIndependentAndCompare) {
  Dict d = {{"a", 1}, {"b", 2}};
  Dict copy = d;
  EXPECT_TRUE(copy == d);
  copy["a"] = 5;
  EXPECT_EQ(d["a"], 1);
  EXPECT_FALSE(copy == d);
  Dict moved = std::move(copy);
  EXPECT_EQ(moved["a"], 5);
  Dict target = {{"old", 0}};
  target = std::move(moved);
  EXPECT_EQ(target.keys(), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(target.contains("old"));
  EXPECT_FALSE(moved.contains("old")) << "nothing is exchanged";
  moved.clear();
  moved.insert("old", 1);
  EXPECT_EQ(moved["old"], 1);
  EXPECT_FALSE((Dict{{"a", 1}, {"b", 2}} == Dict{{"b", 2}, {"a", 1}})) << "order counts";
}

TEST(OrderedDict, KeysOfOtherTypes) {
  OrderedDict<int, std::string> d = {{3, "c"}, {1, "a"}, {2, "b"}};
  EXPECT_EQ(d[1], "a");
  d.erase(1);
  EXPECT_EQ(d.find(1), nullptr);
  EXPECT_EQ(*d.find(2), "b");
  EXPECT_EQ(d.keys(), (std::vector<int>{3, 2}));
}

}  // namespace
}  // namespace lampas
