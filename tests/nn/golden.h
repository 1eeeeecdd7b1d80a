#pragma once

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "lampas/nn/module.h"
#include "nn/support.h"

namespace lampas::nn {

/// The next line of the values PyTorch gives (tools/goldens/nn_*.py).
class Golden {
 public:
  explicit Golden(const std::string& folder) : file_(LAMPAS_TEST_DATA "/" + folder + "/values.txt") {}
  void expect(const std::string& name, const Tensor& t, double tolerance = 3e-6) {
    std::string line, word;
    ASSERT_TRUE(std::getline(file_, line)) << name;
    std::istringstream in(line);
    in >> word;
    ASSERT_EQ(word, name);
    std::vector<int64_t> sizes;
    while (in >> word && word != ":") sizes.push_back(std::stoll(word));
    ASSERT_EQ(t.sizes(), IntArrayRef(sizes)) << name;
    const Tensor plain = t.detach().to(kDouble).contiguous();
    for (int64_t k = 0; k < t.numel(); ++k) {
      double expected;
      in >> expected;
      const double actual = plain.data_ptr<double>()[k];
      ASSERT_NEAR(actual, expected, tolerance * (0.1 + std::abs(expected))) << name << " element " << k;
    }
  }
  void expect(const std::string& name, const Module& m) {
    for (const auto& p : m.named_parameters()) expect(name + "." + p.key(), *p);
  }
  /// Parameters, then buffers.
  void expect_state(const std::string& name, const Module& m, double tolerance = 3e-6) {
    for (const auto& p : m.named_parameters()) expect(name + "." + p.key(), *p, tolerance);
    for (const auto& b : m.named_buffers()) expect(name + "." + b.key(), *b, tolerance);
  }

 private:
  std::ifstream file_;
};

}  // namespace lampas::nn
