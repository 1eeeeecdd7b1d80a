// The example models train as PyTorch's do: losses of the first steps from tools/goldens/nn_examples.py.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "../examples/resnet18/model.h"
#include "../examples/unet/model.h"

namespace {

std::vector<double> golden(const std::string& name) {
  std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/layers/examples.txt");
  std::string line, word;
  std::vector<double> losses;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    words >> word;
    if (word != name) continue;
    double loss = 0;
    while (words >> loss) losses.push_back(loss);
  }
  return losses;
}

void expect_losses(const std::vector<double>& want, const std::vector<double>& got) {
  ASSERT_EQ(want.size(), 5u);
  ASSERT_EQ(got.size(), 5u);
  for (size_t k = 0; k < 5; ++k) EXPECT_NEAR(got[k], want[k], 1e-4) << "step " << k + 1;
  EXPECT_LT(got.back(), got.front());
}

TEST(Examples, ResNet18TrainsAsPyTorch) { expect_losses(golden("resnet18"), resnet::train(1, 16, 5)); }
TEST(Examples, UNetTrainsAsPyTorch) { expect_losses(golden("unet"), unet::train(0, 8, 5)); }

}  // namespace
