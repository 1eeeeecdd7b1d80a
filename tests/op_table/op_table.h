#pragma once

#include <lampas/autograd/gradcheck.h>
#include <lampas/lampas.h>

#include <functional>
#include <string>
#include <vector>

/// One table tests every op: each case runs in every layout and dtype, against a float64 reference and finite
/// differences.
namespace op_table {

using lampas::Shape;
using lampas::Tensor;
using Tensors = std::vector<Tensor>;

/// Where an op's inputs are drawn from, so that it is smooth there.
enum class Domain {
  any,       // (-1.5, 1.5), away from 0
  positive,  // (0.3, 1.8)
  unit,      // (0.05, 0.95)
  distinct,  // any, no two elements closer than a finite-difference step: for ops that pick or order elements
};

struct Case {
  std::string name;
  std::vector<std::vector<int64_t>> shapes;  // of the inputs
  std::function<Tensors(const Tensors&)> fn;
  Domain domain = Domain::any;
  bool second = true;  // gradgradcheck too
  double f32_atol = 1e-5;
  double f32_rtol = 1.3e-6;  // per unit of depth
  double depth = 1;          // accumulation depth: scales the float32 tolerance
};

/// Every table registers its cases here.
std::vector<Case>& cases();
struct Register {
  explicit Register(std::vector<Case> list) {
    for (auto& c : list) cases().push_back(std::move(c));
  }
};

}  // namespace op_table
