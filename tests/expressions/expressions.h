#pragma once

#include <torch/torch.h>

#include <iomanip>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

/// Expressions and what they give, one line each, written so that they compile against LibTorch as well: its lines are
/// the golden ones (tools/goldens/expressions.sh). A tensor is told by dtype, sizes, two sums that no two elements can
/// exchange places in unseen, and the number of elements that are not finite.
namespace expressions {

using Lines = std::vector<std::string>;

inline void show(std::ostream& os, const torch::Tensor& t) {
  if (!t.defined()) {
    os << "undefined";
    return;
  }
  os << t.dtype().name() << " " << t.sizes() << (t.requires_grad() ? " grad" : "");
  if (t.numel() == 0) return;
  const auto d = t.detach().to(torch::kDouble).flatten(), finite = torch::isfinite(d).to(torch::kDouble);
  const auto x = torch::where(torch::isfinite(d), d, torch::zeros_like(d));
  const auto weight = torch::arange(1, d.numel() + 1, torch::kDouble).sin();
  os << " weighted=" << (x * weight).sum().item<double>() << " magnitude=" << x.abs().sum().item<double>()
     << " infinite=" << d.numel() - static_cast<int64_t>(finite.sum().item<double>());
}
inline void show(std::ostream& os, double v) { os << v; }
inline void show(std::ostream& os, int64_t v) { os << v; }
inline void show(std::ostream& os, int v) { os << v; }
inline void show(std::ostream& os, bool v) { os << v; }
inline void show(std::ostream& os, torch::ScalarType v) { os << v; }
template <class T>
void show(std::ostream& os, const std::vector<T>& all) {
  for (const auto& v : all) {
    show(os, v);
    os << "; ";
  }
}
template <class... T>
void show(std::ostream& os, const std::tuple<T...>& all) {
  std::apply([&](const auto&... v) { ((show(os, v), os << "; "), ...); }, all);
}

/// "name = what f returns", or that it throws.
template <class F>
void run(Lines& lines, const std::string& name, F f) {
  std::ostringstream os;
  os << std::setprecision(9) << name << " = ";
  try {
    show(os, f());
  } catch (const std::exception&) {
    os << "throws";
  }
  std::string line = os.str();
  for (char& c : line)
    if (c == '\n') c = ' ';
  lines.push_back(line);
}

/// Sum of the results with weights that differ, to differentiate.
inline torch::Tensor weighted(const torch::Tensor& y) {
  return (y * torch::arange(1, y.numel() + 1, torch::kFloat).cos().view_as(y)).sum();
}
template <class Module>
std::string printed(const Module& m) {
  std::ostringstream os;
  os << m;
  return os.str();
}

/// Printed form, parameters and buffers, result in training, all gradients, buffers afterwards, result in evaluation.
template <class Module>
void module(Lines& lines, const std::string& name, Module m, torch::Tensor x) {
  const auto state = [&] {
    std::vector<torch::Tensor> all;
    for (const auto& p : m->named_parameters()) all.push_back(p.value());
    for (const auto& b : m->named_buffers()) all.push_back(b.value());
    return all;
  };
  run(lines, name + " is " + printed(m), state);
  x = x.detach().clone();
  if (x.is_floating_point()) x.requires_grad_();
  run(lines, name, [&] {
    const auto y = m->forward(x);
    std::vector<torch::Tensor> all{y};
    if (y.requires_grad()) {
      weighted(y).backward();
      all.push_back(x.grad());
      for (const auto& p : m->named_parameters()) all.push_back(p.value().grad());
    }
    for (const auto& b : m->named_buffers()) all.push_back(b.value());
    m->eval();
    all.push_back(m->forward(x));
    return all;
  });
}

void elementwise(Lines& lines);
void tensors(Lines& lines);
void layers(Lines& lines);
void losses_and_sequences(Lines& lines);
void training(Lines& lines);
void options(Lines& lines);
void edge_cases(Lines& lines);
void written_and_converted(Lines& lines);

inline Lines all_lines() {
  Lines lines;
  for (const auto part :
       {elementwise, tensors, layers, losses_and_sequences, training, options, edge_cases, written_and_converted})
    part(lines);
  return lines;
}

}  // namespace expressions

/// One expression, which may use `lines`' scope.
#define EXPRESSION(...) ::expressions::run(lines, #__VA_ARGS__, [&] { return __VA_ARGS__; })
/// A module, made from a fixed seed, on an input.
#define MODULE(m, x)                        \
  do {                                      \
    torch::manual_seed(7);                  \
    ::expressions::module(lines, #m, m, x); \
  } while (false)
