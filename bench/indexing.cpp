// Ops that move elements: by index, by mask, side by side, in another order.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
using torch::Tensor;

const bench::Register all([] {
  // An embedding: rows of a table too large for the caches, and its gradient.
  constexpr int64_t vocabulary = 50000, width = 128, tokens = 8192;
  const auto table = [] { return torch::rand({vocabulary, width}); };
  const auto ids = [] { return torch::randint(vocabulary, {tokens}, torch::kLong); };
  const bench::Work rows{0, 8.0 * tokens * width};
  row(
      "index/index_select rows", [=] { return [x = table(), i = ids()] { keep(x.index_select(0, i)); }; }, rows);
  row(
      "index/index rows", [=] { return [x = table(), i = ids()] { keep(x.index({i})); }; }, rows);
  row("index/index_add_ rows",
      [=] {
        return [x = table(), i = ids(), g = torch::rand({tokens, width})]() mutable { keep(x.index_add_(0, i, g)); };
      },
      {0, 12.0 * tokens * width});
  row(
      "index/index_put_ rows",
      [=] {
        return [x = table(), i = ids(), g = torch::rand({tokens, width})]() mutable { keep(x.index_put_({i}, g)); };
      },
      rows);
  row("index/index columns",
      [] {
        return [x = torch::rand({1000, 512}), i = torch::randint(512, {256}, torch::kLong)] {
          keep(x.index({torch::indexing::Slice(), i}));
        };
      },
      {0, 8.0 * 1000 * 256});
  row("index/index points",
      [] {
        return [x = torch::rand({1000, 1000}), i = torch::randint(1000, {100000}, torch::kLong),
                j = torch::randint(1000, {100000}, torch::kLong)] {
          keep(x.index({i, j}));
        };
      },
      {0, 24.0 * 100000});

  constexpr int64_t n = 1024;
  const auto square = [] { return torch::rand({n, n}); };
  const auto places = [] { return torch::randint(n, {n, n}, torch::kLong); };
  for (int64_t dim : {0, 1}) {
    const std::string along = " 1024x1024 dim " + std::to_string(dim);
    const bench::Work each{0, 16.0 * n * n};
    row(
        "index/gather" + along, [=] { return [=, x = square(), i = places()] { keep(x.gather(dim, i)); }; }, each);
    row(
        "index/scatter_" + along,
        [=] { return [=, x = square(), i = places(), s = square()]() mutable { keep(x.scatter_(dim, i, s)); }; }, each);
    row(
        "index/scatter_add_" + along,
        [=] { return [=, x = square(), i = places(), s = square()]() mutable { keep(x.scatter_add_(dim, i, s)); }; },
        each);
    row("index/cat of 4" + along, [=] { return [=, x = square()] {
                                          keep(torch::cat({x, x, x, x}, dim));
                                        }; },
        {0, 32.0 * n * n});
    row("index/stack of 4" + along, [=] { return [=, x = square()] {
                                            keep(torch::stack({x, x, x, x}, dim));
                                          }; },
        {0, 32.0 * n * n});
    row("index/flip" + along, [=] { return [=, x = square()] { keep(x.flip({dim})); }; }, {0, 8.0 * n * n});
  }
  row("index/gather targets of 4096x1000",
      [] {
        return [x = torch::rand({4096, 1000}), i = torch::randint(1000, {4096, 1}, torch::kLong)] {
          keep(x.gather(1, i));
        };
      },
      {0, 16.0 * 4096});
  row("index/stack of 64 images 28x28",
      [] {
        std::vector<Tensor> images;
        for (int k = 0; k < 64; ++k) images.push_back(torch::rand({1, 28, 28}));
        return [images] { keep(torch::stack(images)); };
      },
      {0, 8.0 * 64 * 784});
  const bench::Work masked{0, 9.0 * n * n};
  row(
      "index/masked_select 1024x1024", [=] { return [x = square(), m = square() > 0.5] { keep(x.masked_select(m)); }; },
      masked);
  row(
      "index/masked_fill 1024x1024", [=] { return [x = square(), m = square() > 0.5] { keep(x.masked_fill(m, 0)); }; },
      masked);
  row(
      "index/index mask 1024x1024", [=] { return [x = square(), m = square() > 0.5] { keep(x.index({m})); }; }, masked);
  row("index/nonzero 1024x1024", [=] { return [m = square() > 0.5] { keep(m.nonzero()); }; }, {0, 9.0 * n * n});
  row("index/repeat 256x256 by 4x4",
      [] {
        return [x = torch::rand({256, 256})] { keep(x.repeat({4, 4})); };
      },
      {0, 4.25 * n * n});
  row("index/roll 1024x1024", [=] { return [x = square()] { keep(x.roll({100, 200}, {0, 1})); }; }, {0, 8.0 * n * n});
  row("index/tril 1024x1024", [=] { return [x = square()] { keep(x.tril()); }; }, {0, 8.0 * n * n});

  // Small: what a call costs.
  row("index/index integer and slice, small", [] {
    return [x = torch::rand({8, 8})] { keep(x.index({1, torch::indexing::Slice(2, 5)})); };
  });
  row("index/index_select small", [] {
    return [x = torch::rand({8, 8}), i = torch::arange(4)] { keep(x.index_select(0, i)); };
  });
  row("index/index tensor small", [] {
    return [x = torch::rand({8, 8}), i = torch::arange(4)] { keep(x.index({i})); };
  });
  row("index/gather small", [] {
    return [x = torch::rand({8, 8}), i = torch::zeros({8, 1}, torch::kLong)] { keep(x.gather(1, i)); };
  });
  row("index/cat small", [] { return [x = torch::rand({8, 8})] { keep(torch::cat({x, x})); }; });
});

}  // namespace
