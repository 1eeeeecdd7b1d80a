#include "lampas/nn/any.h"

#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

TEST(AnyValue, ReturnsExactlyTheTypeStored) {
  AnyValue v(5);
  EXPECT_EQ(*v.try_get<int>(), 5);
  EXPECT_EQ(v.try_get<long>(), nullptr);
  EXPECT_EQ(v.try_get<float>(), nullptr);
  EXPECT_MESSAGE(v.get<float>(), "Attempted to cast AnyValue to float, but its actual type is int");
  EXPECT_EQ(AnyValue("text").get<const char*>(), std::string("text"));
  EXPECT_EQ(AnyValue(std::string("s")).get<std::string>(), "s");
  EXPECT_TRUE(v.type_info() == typeid(int));
}

TEST(AnyValue, CopiesAndMovesSmallAndLargeValues) {
  struct Large {
    std::string a, b, c;
  };
  AnyValue small(ones(2)), large(Large{"x", "y", std::string(100, 'z')});
  AnyValue copy = large;
  large = small;
  EXPECT_EQ(copy.get<Large>().c.size(), 100u);
  EXPECT_TRUE(large.get<Tensor>().is_same(small.get<Tensor>()));
  AnyValue moved = std::move(copy);
  EXPECT_EQ(moved.get<Large>().a, "x");
  moved = AnyValue(1);
  EXPECT_EQ(moved.get<int>(), 1);
  AnyValue& self = moved;
  moved = std::move(self);
  EXPECT_EQ(moved.get<int>(), 1);
  EXPECT_EQ(AnyValue().try_get<int>(), nullptr);
}

struct Adds : Module {
  explicit Adds(int n = 1) : n(n) {}
  int forward(int x) { return x + n; }
  int n;
};

TEST(AnyModule, CallsAnySignature) {
  struct Nothing : Module {
    int forward() { return 123; }
  };
  struct Mixed : Module {
    Tensor forward(std::string a, const std::string& b, std::string&& c) const {
      return ones(static_cast<int64_t>((a + b + c).size()));
    }
  };
  struct Doubles : Module {
    Tensor forward(const Tensor& x) { return x * 2; }
  };
  EXPECT_EQ(AnyModule(Nothing()).forward<int>(), 123);
  EXPECT_EQ(AnyModule(Adds(2)).forward<int>(5), 7);
  AnyModule mixed{Mixed()};
  EXPECT_EQ(mixed.forward(std::string("a"), std::string("ab"), std::string("abc")).numel(), 6);
  AnyModule doubles{Doubles()};
  EXPECT_EQ(doubles.forward(ones(1)).item<float>(), 2);
  EXPECT_EQ(doubles.any_forward(ones(1)).get<Tensor>().item<float>(), 2);
}

TEST(AnyModule, SaysWhatDoesNotFit) {
  AnyModule any{Adds()};
  EXPECT_MESSAGE(any.forward<int>(5.0), "Expected argument #0 to be of type int, but received value of type double");
  EXPECT_MESSAGE(any.forward<float>(5), "Attempted to cast AnyValue to float, but its actual type is int");
  const std::string few = message_of([&] { any.forward<int>(); });
  EXPECT_TRUE(contains(few, "forward() method expects 1 argument(s), but received 0. If")) << few;
  EXPECT_TRUE(contains(few, "`FORWARD_HAS_DEFAULT_ARGS` macro")) << few;
  const std::string many = message_of([&] { any.forward<int>(1, 2); });
  EXPECT_TRUE(contains(many, "expects 1 argument(s), but received 2.")) << many;
  EXPECT_FALSE(contains(many, "macro")) << many;
  EXPECT_MESSAGE(any.forward(ones(1)), "received value of type torch::Tensor");
}

struct WithDefaults : Module {
  double forward(int a, int b = 2, double c = 3.0) { return a + b + c; }

 protected:
  LAMPAS_FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(2)}, {2, AnyValue(3.0)})
};

TEST(AnyModule, FillsInDefaultArguments) {
  AnyModule any{WithDefaults()};
  EXPECT_EQ(any.forward<double>(1), 6);
  EXPECT_EQ(any.forward<double>(1, 3), 7);
  EXPECT_EQ(any.forward<double>(1, 3, 5.0), 9);
  EXPECT_MESSAGE(any.forward<double>(), "expects at least 1 argument(s) and at most 3 argument(s), but received 0.");
  EXPECT_MESSAGE(any.forward<double>(1, 2, 3.0, 4),
                 "expects at least 1 argument(s) and at most 3 argument(s), but received 4.");
}

TEST(AnyModule, GivesTheModuleBack) {
  AnyModule any{Adds(5)}, empty;
  EXPECT_EQ(any.get<Adds>().n, 5);
  EXPECT_EQ(any.ptr<Adds>()->n, 5);
  EXPECT_EQ(any.ptr()->as<Adds>()->n, 5);
  EXPECT_TRUE(any.type_info() == typeid(Adds));
  EXPECT_MESSAGE(any.get<WithDefaults>(), "Attempted to cast module of type");
  EXPECT_MESSAGE(any.ptr<WithDefaults>(), "Attempted to cast module");
  EXPECT_TRUE(empty.is_empty());
  EXPECT_MESSAGE(empty.get<Adds>(), "Cannot call get() on an empty AnyModule");
  EXPECT_MESSAGE(empty.ptr(), "Cannot call ptr() on an empty AnyModule");
  EXPECT_MESSAGE(empty.type_info(), "Cannot call type_info() on an empty AnyModule");
  EXPECT_MESSAGE(empty.forward<int>(5), "Cannot call forward() on an empty AnyModule");
  EXPECT_MESSAGE(empty.forward(ones(1)), "Cannot call forward() on an empty AnyModule");
  empty = std::make_shared<Adds>(6);
  EXPECT_EQ(empty.forward<int>(1), 7);
  AnyModule shared = any;
  shared.get<Adds>().n = 8;
  EXPECT_EQ(any.get<Adds>().n, 8) << "copies share the module";
}

}  // namespace
}  // namespace lampas::nn
