#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "lampas/nn/module.h"
#include "lampas/ops.h"

/// Goldens of whole modules: a line of settings and digests of many tensors (tools/goldens/nn_recurrent.py).
namespace digest {

using lampas::Tensor;

/// The scripts' data: in [-2, 2), drawn and exact in float32.
inline Tensor uniform(lampas::IntArrayRef sizes, lampas::ScalarType dtype) {
  return (lampas::rand(sizes) * 4 - 2).to(dtype);
}
inline Tensor leaf(lampas::IntArrayRef sizes, lampas::ScalarType dtype) {
  return uniform(sizes, dtype).requires_grad_();
}

struct Expected {
  int64_t numel;
  double magnitude, cosine, sine;  // sum of absolute values; two weighted sums
};
struct Case {
  std::string line, kind;
  std::map<std::string, int64_t> settings;
  std::map<std::string, Expected> tensors;
  int64_t operator[](const std::string& key) const { return settings.at(key); }
};

inline std::vector<Case> cases_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<Case> all;
  std::string line, word;
  while (std::getline(file, line)) {
    Case c;
    std::istringstream in(line);
    in >> c.kind;
    while (in >> word && word != ":") {
      const size_t at = word.find('=');
      c.settings[word.substr(0, at)] = std::stoll(word.substr(at + 1));
    }
    c.line = line.substr(0, line.find(':'));
    while (in >> word) {
      Expected e;
      in >> e.numel >> e.magnitude >> e.cosine >> e.sine;
      c.tensors[word] = e;
    }
    all.push_back(c);
  }
  EXPECT_FALSE(all.empty()) << path;
  return all;
}

/// Compares `t` with what PyTorch got; tolerance relative to the sum of absolute values.
inline void expect(const Case& c, const std::string& name, const Tensor& t, double tolerance) {
  const auto found = c.tensors.find(name);
  ASSERT_TRUE(found != c.tensors.end()) << c.line << ": no tensor " << name;
  ASSERT_TRUE(t.defined()) << c.line << name;
  const Expected& e = found->second;
  const Tensor v = t.detach().to(lampas::kDouble).contiguous();
  ASSERT_EQ(v.numel(), e.numel) << c.line << name;
  const double* p = v.data_ptr<double>();
  double magnitude = 0, cosine = 0, sine = 0;
  for (int64_t i = 0; i < e.numel; ++i) {
    const double k = static_cast<double>(i);
    magnitude += std::abs(p[i]);
    cosine += p[i] * std::cos(1.7 * k + 0.3);
    sine += p[i] * std::sin(0.9 * k);
  }
  const double bound = tolerance * (e.magnitude + 1e-3);
  EXPECT_NEAR(magnitude, e.magnitude, bound) << c.line << name;
  EXPECT_NEAR(cosine, e.cosine, bound) << c.line << name;
  EXPECT_NEAR(sine, e.sine, bound) << c.line << name;
}

/// Compares the parameters a module starts with: "w." and their names.
inline void expect_parameters(const Case& c, const lampas::nn::Module& net, double tolerance) {
  for (const auto& p : net.named_parameters()) expect(c, "w." + p.key(), p.value(), tolerance);
}

/// Compares results y0, y1, ... and, for cotangents drawn as the script does, the gradients of inputs ("dx0", ...) and
/// parameters ("d." and their names).
inline void expect_backward(const Case& c, const std::vector<Tensor>& results, const std::vector<Tensor>& inputs,
                            const lampas::nn::Module& net, double tolerance) {
  Tensor loss;
  for (size_t k = 0; k < results.size(); ++k) {
    expect(c, lampas::str("y", k), results[k], tolerance);
    const Tensor term = (results[k] * uniform(results[k].sizes(), results[k].scalar_type())).sum();
    loss = loss.defined() ? loss + term : term;
  }
  loss.backward();
  for (size_t k = 0; k < inputs.size(); ++k) expect(c, lampas::str("dx", k), inputs[k].grad(), tolerance);
  for (const auto& p : net.named_parameters()) expect(c, "d." + p.key(), p.value().grad(), tolerance);
}

}  // namespace digest
