// tensor(...) from literals, lists and arrays: dtypes, sizes and messages as LibTorch 1.13's.
#include "lampas/ops/tensor_data.h"

#include <gtest/gtest.h>

#include "ops/golden_case.h"
#include "ops/throws.h"

namespace {

using namespace lampas;
using golden::values;
using Values = std::vector<double>;
using Sizes = std::vector<int64_t>;

void expect(const Tensor& t, ScalarType dtype, const Sizes& sizes, const Values& elements) {
  EXPECT_EQ(t.scalar_type(), dtype);
  EXPECT_EQ(t.sizes().vec(), sizes);
  EXPECT_EQ(values(t), elements);
  EXPECT_TRUE(t.is_contiguous());
  EXPECT_EQ(t._version(), 0);
}

TEST(TensorData, Scalars) {
  expect(tensor(3), kLong, {}, {3});
  expect(tensor(int64_t{3}), kLong, {}, {3});
  expect(tensor(3ll), kLong, {}, {3});
  expect(tensor('a'), kLong, {}, {97});
  expect(tensor(3.5), kFloat, {}, {3.5});
  expect(tensor(3.5f), kFloat, {}, {3.5});
  expect(tensor(true), kBool, {}, {1});
  expect(tensor(int8_t{-3}), kChar, {}, {-3});
  expect(tensor(uint8_t{3}), kByte, {}, {3});
  expect(tensor(int16_t{3}), kShort, {}, {3});
  expect(tensor(Half(1.5f)), kHalf, {}, {1.5});
  expect(tensor(BFloat16(1.5f)), kBFloat16, {}, {1.5});
  const Tensor c = tensor(complex<float>(1, 2));
  EXPECT_EQ(c.scalar_type(), kComplexFloat);
  EXPECT_EQ(c.data_ptr<complex<float>>()->imag(), 2);
}

TEST(TensorData, NestedLists) {
  expect(tensor({1, 2}), kLong, {2}, {1, 2});
  expect(tensor({1.f, 2.f}), kFloat, {2}, {1, 2});
  expect(tensor({true, false}), kBool, {2}, {1, 0});
  expect(tensor({{1, 2}, {3, 4}}), kLong, {2, 2}, {1, 2, 3, 4});
  expect(tensor({{{1.5}, {2.5}}}), kFloat, {1, 2, 1}, {1.5, 2.5});
  expect(tensor({{{{{{{{1, 2}}}}}}}}), kLong, {1, 1, 1, 1, 1, 1, 1, 2}, {1, 2});
  expect(tensor({std::vector<int>{1, 2}, std::vector<int>{3, 4}}), kLong, {2, 2}, {1, 2, 3, 4});
}

TEST(TensorData, EmptyLists) {
  expect(tensor({}), kFloat, {0}, {});
  expect(tensor({{}}), kFloat, {1, 0}, {});
  expect(tensor({{}, {}}), kFloat, {2, 0}, {});
  expect(tensor({{{}, {}}}), kFloat, {1, 2, 0}, {});
  expect(tensor(std::vector<int>{}), kLong, {0}, {});
  expect(tensor({}, kInt), kInt, {0}, {});
}

TEST(TensorData, Arrays) {
  expect(tensor(std::vector<int>{1, 2}), kLong, {2}, {1, 2});
  expect(tensor(std::vector<int64_t>{1, 2}), kLong, {2}, {1, 2});
  expect(tensor(std::vector<double>{1.5, 2}), kFloat, {2}, {1.5, 2});
  expect(tensor(std::vector<uint8_t>{1, 255}), kByte, {2}, {1, 255});
  expect(tensor(std::vector<int16_t>{-1}), kShort, {1}, {-1});
  expect(tensor(ArrayRef<float>({1.f, 2.f}), kInt), kInt, {2}, {1, 2});
  expect(tensor(ArrayRef<bool>({true, false})), kBool, {2}, {1, 0});
}

TEST(TensorData, Options) {
  expect(tensor({1, 2}, kDouble), kDouble, {2}, {1, 2});
  expect(tensor({1.9, -2.9}, kInt), kInt, {2}, {1, -2});
  expect(tensor({1, 0}, kBool), kBool, {2}, {1, 0});
  expect(tensor(-1, kByte), kByte, {}, {255});
  expect(tensor({1.5}, kHalf), kHalf, {1}, {1.5});
  expect(tensor(0.1, kDouble), kDouble, {}, {0.1});
  EXPECT_TRUE(tensor({1.5}, TensorOptions(kDouble).requires_grad(true)).requires_grad());
  EXPECT_TRUE(tensor({1}, dtype(kFloat).requires_grad(true)).is_leaf());
}

TEST(TensorData, FollowsTheDefaultDtype) {
  set_default_dtype(kDouble);
  const ScalarType seen[] = {tensor(3.5f).scalar_type(), tensor({1.f}).scalar_type(),
                             tensor(std::vector<float>{1}).scalar_type(), tensor({}).scalar_type(),
                             tensor(1).scalar_type()};
  set_default_dtype(kFloat);
  EXPECT_EQ(std::vector<ScalarType>(seen, seen + 5),
            (std::vector<ScalarType>{kDouble, kDouble, kDouble, kDouble, kLong}));
}

TEST(TensorData, Errors) {
  EXPECT_THROWS_WITH(tensor({{{2, 3, 4}, {{5, 6}, {7}}}}),
                     "Expected all sub-lists to have sizes: 2 (e.g. {5, 6}), but got sub-list {7} with sizes: 1");
  EXPECT_THROWS_WITH(tensor({{1, 2}, {3}}),
                     "Expected all sub-lists to have sizes: 2 (e.g. {1, 2}), but got sub-list {3} with sizes: 1");
  EXPECT_THROWS_WITH(tensor({1, {2}}),
                     "Expected all sub-lists to have sizes:  (e.g. 1), but got sub-list {2} with sizes: 1");
  EXPECT_THROWS_WITH(tensor({{}, {1}}),
                     "Expected all sub-lists to have sizes: 0 (e.g. {}), but got sub-list {1} with sizes: 1");
  EXPECT_THROWS_WITH(
      tensor({1, 2.5}),
      "Expected all elements of the tensor to have the same scalar type: Int, but got element of scalar type: Double");
  EXPECT_THROWS_WITH(tensor({{true}, {2}}), "same scalar type: Bool, but got element of scalar type: Int");
  EXPECT_THROWS_WITH(tensor(300, kByte), "value cannot be converted to type uint8_t without overflow");
  EXPECT_THROWS_WITH(tensor(complex<float>(0.1f, 0.2f), kFloat),
                     "value cannot be converted to type float without overflow");
  EXPECT_THROWS_WITH(tensor(std::vector<complex<float>>{{0.1f, 0.2f}}, kFloat),
                     "can not do torch::tensor(complex, dtype=non-complex)");
  EXPECT_THROWS_WITH(tensor({1}, requires_grad()),
                     "Only Tensors of floating point and complex dtype can require gradients");
}

TEST(TensorData, ContainerPrintsAndAnswers) {
  using detail::TensorDataContainer;
  std::ostringstream os;
  os << TensorDataContainer(1.1) << TensorDataContainer({1.1, 2.2}) << TensorDataContainer({{1, 2}, {3, 4}})
     << TensorDataContainer({{{}}}) << TensorDataContainer(std::vector<double>{1.1, 2.2}) << TensorDataContainer(true);
  EXPECT_EQ(os.str(), "1.1{1.1, 2.2}{{1, 2}, {3, 4}}{{{}}}{1.1, 2.2}true");
  EXPECT_THROWS_WITH(TensorDataContainer(1.1).init_list(),
                     "Can only call `init_list()` on a TensorDataContainer that has `is_init_list() == true`");
  EXPECT_THROWS_WITH(TensorDataContainer({1.1, 2.2}).tensor(),
                     "Can only call `tensor()` on a TensorDataContainer that has `is_tensor() == true`");
  EXPECT_THROWS_WITH(TensorDataContainer(ArrayRef<double>({1.1})).scalar(),
                     "Can only call `scalar()` on a TensorDataContainer that has `is_scalar() == true`");
  EXPECT_EQ(values(TensorDataContainer(std::vector<int>{4, 5}).tensor()), (Values{4, 5}));
}

}  // namespace
