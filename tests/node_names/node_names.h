#pragma once

#include <torch/torch.h>

#include <array>
#include <string>
#include <tuple>
#include <vector>

/// Expressions and the nodes they record, one line each, written so that they compile against LibTorch as well: its
/// lines are the golden ones (tools/goldens/node_names.sh). A line is "expression = name(names of its next functions)",
/// "-" for an edge that leads nowhere; "#1" after a name tells which of the node's outputs a tensor is. Inputs have
/// histories of different names, so that the order of edges is seen.
namespace node_names {

using Lines = std::vector<std::string>;

/// A node's name, without the namespaces that LibTorch gives nodes it does not generate.
inline std::string short_name(const torch::autograd::Node& node) {
  const std::string name = node.name();
  const size_t colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

inline std::string show(const torch::Tensor& t) {
  if (!t.defined()) return "undefined";
  if (!t.requires_grad()) return "constant";
  if (!t.grad_fn()) return "leaf";
  std::string s = short_name(*t.grad_fn());
  if (t.output_nr() != 0) s += "#" + std::to_string(t.output_nr());
  s += "(";
  bool first = true;
  for (const auto& edge : t.grad_fn()->next_edges()) {
    if (!first) s += ", ";
    first = false;
    s += edge.is_valid() ? short_name(*edge.function) : "-";
    if (edge.is_valid() && edge.input_nr != 0) s += "#" + std::to_string(edge.input_nr);
  }
  return s + ")";
}
inline std::string show(const std::vector<torch::Tensor>& all) {
  std::string s;
  for (const auto& t : all) s += (s.empty() ? "" : "; ") + show(t);
  return s;
}
template <class... T>
std::string show(const std::tuple<T...>& all) {
  return std::apply([](const auto&... t) { return show(std::vector<torch::Tensor>{t...}); }, all);
}
template <size_t N>
std::string show(const std::array<torch::Tensor, N>& all) {
  return show(std::vector<torch::Tensor>(all.begin(), all.end()));
}

template <class F>
void run(Lines& lines, const char* expression, F f) {
  std::string line = expression;
  for (char& c : line)
    if (c == '\n') c = ' ';
  try {
    line += " = " + show(f());
  } catch (const std::exception&) {
    line += " = throws";
  }
  lines.push_back(line);
}

/// What the expressions are written with. Each tensor is the result of an operation that nothing else has.
struct Inputs {
  template <class... Sizes>
  static torch::Tensor leaf(Sizes... sizes) {
    return torch::rand({sizes...}).requires_grad_();
  }
  torch::Tensor a = leaf(3, 4).exp(), b = leaf(3, 4).sin(), c = leaf(3, 4).cos();
  torch::Tensor k = torch::rand({3, 4});                // needs no gradient
  torch::Tensor w = leaf(3, 4);                         // a leaf
  torch::Tensor n = torch::tensor(2.0);                 // 0-d, needs no gradient
  torch::Tensor s = leaf(1).sinh().reshape({}).tanh();  // 0-d
  torch::Tensor v = leaf(4).exp(), u = leaf(4).sin(), h = leaf(3).cos();
  torch::Tensor p = leaf(4, 5).sin();                                                       // a * p, and
  torch::Tensor q = leaf(3, 5).cos();                                                       // + a product
  torch::Tensor x = leaf(2, 3, 4).exp(), y = leaf(2, 4, 5).sin(), z = leaf(2, 3, 5).cos();  // batches
  torch::Tensor m = leaf(4, 4).exp(), o = leaf(4, 4).sin();                                 // square
  torch::Tensor d = (torch::eye(4) * 4 + 1).requires_grad_().t();                           // positive definite
  torch::Tensor i = torch::tensor({0, 2, 1}), j = torch::randint(0, 3, {3, 4}), l = torch::tensor({1, 0, 3});
  torch::Tensor t = torch::rand({3, 4}) > 0.5;                                                       // a mask
  torch::Tensor e = leaf(2, 4, 8).exp(), f = leaf(2, 4, 8, 8).exp(), g = leaf(2, 4, 8, 8, 8).exp();  // images
};

struct Expressions : Inputs {
  Lines lines;
  void arithmetic();
  void one_operand();
  void several_operands();
  void conversions();
  void reductions();
  void shapes();
  void indexing();
  void products();
  void functional();
  void layers();
};

inline Lines all_lines() {
  torch::manual_seed(1);
  Expressions all;
  all.arithmetic();
  all.one_operand();
  all.several_operands();
  all.conversions();
  all.reductions();
  all.shapes();
  all.indexing();
  all.products();
  all.functional();
  all.layers();
  return all.lines;
}

}  // namespace node_names

/// One expression of the inputs.
#define NODE(...) ::node_names::run(lines, #__VA_ARGS__, [&] { return __VA_ARGS__; })
