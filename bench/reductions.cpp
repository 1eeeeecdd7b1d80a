// Sums, extremes and variances over everything, over rows and over columns; running ones; and order.
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

/// `written`: results an element read.
template <class Op>
void over(const std::string& op, double written, Op f) {
  for (const Shape& s : shapes)
    row(op + " " + s.name,
        [f, s] {
          return [f, x = torch::rand({s.rows, s.columns})] { bench::keep(f(x)); };
        },
        {0, 4.0 * s.rows * s.columns * (1 + written)});
}
template <class Op>
void reduction(const std::string& op, Op f) {
  over("reduction/" + op, 0, f);
}
template <class Op>
void scan(const std::string& op, double written, Op f) {
  over("scan/" + op, written, f);
}
template <class Op>
void order(const std::string& op, Op f) {
  over("order/" + op, 0, f);
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
  reduction("prod rows", [](const Tensor& x) { return x.prod(1); });
  reduction("norm", [](const Tensor& x) { return x.norm(); });
  reduction("norm rows", [](const Tensor& x) { return x.norm(2, 1); });
  reduction("nansum", [](const Tensor& x) { return x.nansum(); });
  reduction("logsumexp rows", [](const Tensor& x) { return x.logsumexp(1); });
  reduction("logsumexp columns", [](const Tensor& x) { return x.logsumexp(0); });
  reduction("std_mean rows", [](const Tensor& x) { return std::get<0>(torch::std_mean(x, 1, true)); });
  scan("cumsum rows", 1, [](const Tensor& x) { return x.cumsum(1); });
  scan("cumsum columns", 1, [](const Tensor& x) { return x.cumsum(0); });
  scan("cumprod rows", 1, [](const Tensor& x) { return x.cumprod(1); });
  scan("cummax rows", 3, [](const Tensor& x) { return std::get<0>(x.cummax(1)); });
  order("sort rows", [](const Tensor& x) { return std::get<0>(x.sort(1)); });
  order("sort columns", [](const Tensor& x) { return std::get<0>(x.sort(0)); });
  order("topk 5 rows", [](const Tensor& x) { return std::get<0>(x.topk(5, 1)); });
  order("median rows", [](const Tensor& x) { return std::get<0>(x.median(1)); });
  order("unique", [](const Tensor& x) { return std::get<0>(torch::_unique2(x)); });
  row("order/sort of 1000000", [] { return [x = torch::rand({1000000})] { bench::keep(std::get<0>(x.sort())); }; },
      {0, 4.0 * 1000000});
  row("order/searchsorted 100000 in 1000", [] {
    return [s = std::get<0>(torch::rand({1000}).sort()), x = torch::rand({100000})] {
      bench::keep(torch::searchsorted(s, x));
    };
  });
  row("order/histc of 1000000", [] { return [x = torch::rand({1000000})] { bench::keep(x.histc(100, 0, 1)); }; });
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
