#include "lampas/core/shape.h"

#include <gtest/gtest.h>

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

std::string view(IntArrayRef sizes, IntArrayRef strides, IntArrayRef wanted) {
  Shape out;
  return view_strides(sizes, strides, wanted, out) ? str(out) : "none";
}

}  // namespace

TEST(Shape, WrapDim) {
  EXPECT_EQ(wrap_dim(-1, 3, "op"), 2);
  EXPECT_EQ(wrap_dim(0, 0, "op"), 0);
  EXPECT_EQ(wrap_dim(-1, 0, "op"), 0);
  EXPECT_EQ(message_of([] { wrap_dim(3, 2, "sum"); }),
            "sum: Dimension out of range (expected to be in range of [-2, 1], but got 3)");
  EXPECT_THROW(wrap_dim(-3, 2, "op"), IndexError);
  EXPECT_THROW(wrap_dim(INT64_MIN, 2, "op"), IndexError);
  EXPECT_THROW(wrap_dim(1, 0, "op"), IndexError);
}

TEST(Shape, CheckedNumel) {
  const int64_t big = int64_t{1} << 40;
  EXPECT_EQ(checked_numel({2, 3}, 4, "op"), 6);
  EXPECT_EQ(checked_numel({}, 4, "op"), 1);
  EXPECT_EQ(checked_numel({0, big, big}, 4, "op"), 0);
  EXPECT_EQ(checked_numel({big, big, 0}, 4, "op"), 0);
  EXPECT_EQ(message_of([] {
              checked_numel({-1, 2}, 4, "zeros");
            }),
            "zeros: Trying to create tensor with negative dimension -1: [-1, 2]");
  EXPECT_EQ(
      message_of([&] {
        checked_numel({big, big}, 4, "zeros");
      }),
      "zeros: Storage size calculation overflowed with sizes=[1099511627776, 1099511627776] and 4 bytes per element");
  EXPECT_THROW(checked_numel({int64_t{1} << 61}, 4, "op"), Error);  // the count fits, the bytes do not
  EXPECT_NO_THROW(checked_numel({int64_t{1} << 61}, 1, "op"));
}

TEST(Shape, Strides) {
  EXPECT_EQ(str(contiguous_strides({2, 3, 4})), "[12, 4, 1]");
  EXPECT_EQ(str(contiguous_strides({2, 0, 4})), "[4, 4, 1]");
  EXPECT_EQ(str(contiguous_strides({})), "[]");
  EXPECT_EQ(contiguous_strides({0, int64_t{1} << 62, int64_t{1} << 62}).size(), 3u);
}

TEST(Shape, Broadcast) {
  EXPECT_EQ(str(broadcast_shapes({2, 1, 4}, {3, 1}, "op")), "[2, 3, 4]");
  EXPECT_EQ(str(broadcast_shapes({}, {3}, "op")), "[3]");
  EXPECT_EQ(str(broadcast_shapes({0}, {1}, "op")), "[0]");
  EXPECT_EQ(str(broadcast_shapes({1}, {0}, "op")), "[0]");
  EXPECT_EQ(message_of([] {
              broadcast_shapes({2, 3}, {4}, "add");
            }),
            "add: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1: "
            "shapes [2, 3] and [4] do not broadcast");
  EXPECT_THROW(broadcast_shapes({0}, {2}, "op"), Error);
}

TEST(Shape, InferSize) {
  const auto message = [](IntArrayRef sizes, int64_t numel) {
    return message_of([&] { infer_size(sizes, numel, "view"); });
  };
  EXPECT_EQ(str(infer_size({2, -1}, 6, "view")), "[2, 3]");
  EXPECT_EQ(str(infer_size({-1}, 0, "view")), "[0]");
  EXPECT_EQ(str(infer_size({0, 3}, 0, "view")), "[0, 3]");
  EXPECT_EQ(str(infer_size({}, 1, "view")), "[]");
  EXPECT_EQ(message({4, -1}, 6), "view: shape '[4, -1]' is invalid for input of size 6");
  EXPECT_EQ(message({-1, -1}, 6), "view: only one dimension can be inferred, got [-1, -1]");
  EXPECT_EQ(message({-2, 3}, 6), "view: invalid shape dimension -2 in [-2, 3]");
  EXPECT_NE(message({0, -1}, 0).find("cannot reshape tensor of 0 elements into shape [0, -1]"), std::string::npos);
  EXPECT_THROW(infer_size({0, -1}, 3, "view"), Error);
  EXPECT_THROW(infer_size({int64_t{1} << 40, int64_t{1} << 40}, 0, "view"), Error);  // the product wraps to zero
}

TEST(Shape, ViewStrides) {  // expectations from PyTorch
  EXPECT_EQ(view({2, 3, 4}, {12, 4, 1}, {6, 4}), "[4, 1]");
  EXPECT_EQ(view({2, 3, 4}, {12, 4, 1}, {2, 2, 6}), "[12, 6, 1]");
  EXPECT_EQ(view({2, 3, 4}, {12, 4, 1}, {1, 24, 1}), "[24, 1, 1]");
  EXPECT_EQ(view({3, 2}, {1, 3}, {6}), "none");  // transposed
  EXPECT_EQ(view({3, 2}, {1, 3}, {3, 1, 2}), "[1, 6, 3]");
  EXPECT_EQ(view({4, 6}, {12, 1}, {4, 2, 3}), "[12, 3, 1]");  // columns of a wider matrix
  EXPECT_EQ(view({4, 6}, {12, 1}, {24}), "none");
  EXPECT_EQ(view({2, 3}, {0, 0}, {6}), "[0]");  // expanded from one element
  EXPECT_EQ(view({2, 3}, {0, 1}, {6}), "none");
  EXPECT_EQ(view({3, 1}, {1, 7}, {1, 3}), "[3, 1]");
  EXPECT_EQ(view({1}, {1}, {}), "[]");
  EXPECT_EQ(view({}, {}, {1, 1}), "[1, 1]");
  EXPECT_EQ(view({}, {}, {2}), "none");
  EXPECT_EQ(view({2, 0}, {5, 3}, {2, 0}), "[5, 3]");
  EXPECT_EQ(view({2, 0}, {1, 1}, {0, 3, 4}), "[12, 4, 1]");
}

// Brute force: whenever a view is claimed, element i in row-major order lies at the same place under both.
TEST(Shape, ViewsAddressTheSameElements) {
  const std::vector<std::vector<int64_t>> shapes = {{12},      {3, 4},     {4, 3},    {2, 6},
                                                    {2, 3, 2}, {1, 12, 1}, {2, 2, 3}, {3, 1, 4}};
  const auto offset = [](int64_t i, IntArrayRef sizes, IntArrayRef strides) {
    int64_t at = 0;
    for (size_t d = sizes.size(); d-- > 0; i /= sizes[d]) at += i % sizes[d] * strides[d];
    return at;
  };
  int found = 0;
  for (const auto& from : shapes)
    for (int64_t inner : {0, 1, 2})
      for (int64_t pad : {0, 1}) {
        std::vector<int64_t> strides(from.size());
        int64_t step = inner;
        for (size_t d = from.size(); d-- > 0; step = step * from[d] + (d + 1 == from.size() ? 0 : pad))
          strides[d] = step;
        for (const auto& to : shapes) {
          Shape out;
          if (!view_strides(from, strides, to, out)) continue;
          ++found;
          for (int64_t i = 0; i < 12; ++i)
            ASSERT_EQ(offset(i, from, strides), offset(i, to, out)) << str(from, strides, to, out);
        }
      }
  EXPECT_GT(found, 200);
}
