#pragma once

#include <torch/torch.h>

#include "harness.h"

namespace bench {

/// Two rows: `f` alone, and `f` with the gradient of its input.
template <class Make>
void layer(const std::string& name, std::vector<int64_t> shape, Make make) {
  double count = 1;
  for (int64_t s : shape) count *= static_cast<double>(s);
  row("layer/" + name,
      [=] {
        return [f = make(), x = torch::rand(shape)]() mutable {
          torch::NoGradGuard guard;
          keep(f(x));
        };
      },
      {0, 4 * count});
  row("layer/" + name + ", forward and backward",
      [=] {
        auto f = make();
        auto x = torch::rand(shape, torch::requires_grad());
        auto g = torch::rand_like(f(x)).detach();
        return [f, x, g]() mutable { f(x).backward(g); };
      },
      {0, 12 * count});
}

}  // namespace bench
