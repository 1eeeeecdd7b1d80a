// In-place ops whose operands lie in the memory that is written.
#include <functional>

#include "support.h"

using namespace lampas;

TEST(InPlace, OperandInTheMemoryThatIsWritten) {
  // The derivative sees the operands as they were before.
  const auto gradient = [](const std::function<void(const Tensor&)>& write) {
    const Tensor x = leaf({2.0, -3.0, 0.5, 4.0});
    const Tensor y = x.clone();
    write(y);
    (y * tensor({1.0, 2.0, -1.0, 3.0}, kDouble)).sum().backward();
    return x.grad();
  };
  const Tensor x = tensor({2.0, -3.0, 0.5, 4.0}, kDouble), w = tensor({1.0, 2.0, -1.0, 3.0}, kDouble);
  EXPECT_TRUE(gradient([](const Tensor& y) { y.mul_(y); }).allclose(2 * x * w));
  EXPECT_TRUE(gradient([](const Tensor& y) { y.addcmul_(y, y, 0.5); }).allclose((1 + x) * w));
  EXPECT_TRUE(gradient([](const Tensor& y) { y.sub_(y.view({4})); }).allclose(0 * w));
  EXPECT_TRUE(gradient([](const Tensor& y) { y.sub_(y.split(4)[0]); }).allclose(0 * w));
  // y = (x0 x2, x1 x3, x2, x3)
  EXPECT_TRUE(gradient([](const Tensor& y) {
                y.narrow(0, 0, 2).mul_(y.narrow(0, 2, 2));
              }).allclose(tensor({0.5, 8.0, 2.0 - 1.0, -6.0 + 3.0}, kDouble)));
  // A view made before and used after has the new history.
  const Tensor leaf_of = leaf({2.0, 3.0});
  const Tensor y = leaf_of.clone(), view = y.narrow(0, 0, 2);
  y.sub_(view);
  (view * y).sum().backward();
  EXPECT_TRUE(leaf_of.grad().equal(zeros({2}, kDouble)));
}

TEST(InPlace, EmptySliceWithAStep) {
  const Tensor x = leaf({1.0, 2.0});
  (x.slice(0, 0, 0, 2).sum() + x.slice(0, 1, 2, INT64_MAX).sum()).backward();
  EXPECT_TRUE(x.grad().equal(tensor({0.0, 1.0}, kDouble)));
}
