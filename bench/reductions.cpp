// Sums, extremes and variances over everything, over rows and over columns.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::row;
using torch::Tensor;

struct Shape {
  const char* name;
  int64_t rows, columns;
};
constexpr Shape shapes[] = {{"256x256", 256, 256}, {"2048x2048", 2048, 2048}};

template <class Op>
void reduction(const std::string& op, Op f) {
  for (const Shape& s : shapes)
    row("reduction/" + op + " " + s.name,
        [f, s] {
          return [f, x = torch::rand({s.rows, s.columns})] { bench::keep(f(x)); };
        },
        {0, 4.0 * s.rows * s.columns});
}

const bench::Register all([] {
  reduction("sum", [](const Tensor& x) { return x.sum(); });
  reduction("sum rows", [](const Tensor& x) { return x.sum(1); });
  reduction("sum columns", [](const Tensor& x) { return x.sum(0); });
  reduction("mean", [](const Tensor& x) { return x.mean(); });
  reduction("max", [](const Tensor& x) { return x.max(); });
  reduction("max rows", [](const Tensor& x) { return std::get<0>(x.max(1)); });
  reduction("argmax rows", [](const Tensor& x) { return x.argmax(1); });
  reduction("argmax columns", [](const Tensor& x) { return x.argmax(0); });
  reduction("min columns", [](const Tensor& x) { return std::get<0>(x.min(0)); });
  reduction("var", [](const Tensor& x) { return x.var(); });
  reduction("var rows", [](const Tensor& x) { return x.var(1); });
  row("reduction/sum over NHW of 64x32x28x28",
      [] {
        return [x = torch::rand({64, 32, 28, 28})] { bench::keep(x.sum({0, 2, 3})); };
      },
      {0, 4.0 * 64 * 32 * 28 * 28});
  row("reduction/accuracy of 1000x10", [] {
    return [x = torch::rand({1000, 10}), t = torch::randint(10, {1000}, torch::kLong)] {
      bench::keep(x.argmax(1).eq(t).sum().item<int64_t>());
    };
  });
});

}  // namespace
