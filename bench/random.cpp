// Random fills: one stream, so one thread whatever the number asked for.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;

const bench::Register all([] {
  constexpr int64_t n = int64_t{1} << 20;
  row("random/uniform_ 1M", [] { return [x = torch::empty({n})]() mutable { keep(x.uniform_()); }; }, {0, 4.0 * n});
  row("random/normal_ 1M", [] { return [x = torch::empty({n})]() mutable { keep(x.normal_()); }; }, {0, 4.0 * n});
  row("random/bernoulli_ 1M", [] { return [x = torch::empty({n})]() mutable { keep(x.bernoulli_(0.5)); }; },
      {0, 4.0 * n});
  row("random/randint 1M", [] { return [] { keep(torch::randint(10, {n}, torch::kLong)); }; }, {0, 8.0 * n});
  row("random/randperm 60000", [] { return [] { keep(torch::randperm(60000)); }; }, {0, 8.0 * 60000});
  row("random/Linear(784, 512) initialised", [] { return [] { keep(torch::nn::Linear(784, 512)); }; },
      {0, 4.0 * 785 * 512});
});

}  // namespace
