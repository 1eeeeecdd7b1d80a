// Matrix products, float32 unless the name says otherwise.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;

void product(int64_t m, int64_t k, int64_t n, torch::Dtype type, const std::string& suffix) {
  row("gemm/" + std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n) + suffix,
      [=] {
        return [a = torch::rand({m, k}, type), b = torch::rand({k, n}, type)] { keep(torch::mm(a, b)); };
      },
      {2.0 * m * k * n, static_cast<double>(type == torch::kDouble ? 8 : 4) * (m * k + k * n + m * n)});
}

const bench::Register all([] {
  for (int64_t n : {64, 128, 256, 512, 1024}) product(n, n, n, torch::kFloat, "");
  product(64, 800, 500, torch::kFloat, "");
  product(1, 1024, 1024, torch::kFloat, "");
  product(1024, 1024, 1, torch::kFloat, "");
  product(64, 128, 10, torch::kFloat, "");
  product(512, 512, 512, torch::kDouble, " float64");
  row("gemm/512 transposed",
      [] {
        return [a = torch::rand({512, 512}), b = torch::rand({512, 512}).t()] { keep(torch::mm(a, b)); };
      },
      {2.0 * 512 * 512 * 512});
  row("gemm/bmm 32 of 64x64x64",
      [] {
        return [a = torch::rand({32, 64, 64}), b = torch::rand({32, 64, 64})] { keep(torch::bmm(a, b)); };
      },
      {2.0 * 32 * 64 * 64 * 64});
  for (bool backward : {false, true}) {
    const double passes = backward ? 3 : 1;
    row(std::string("gemm/Linear(512, 512) batch 64") + (backward ? ", forward and backward" : ""),
        [backward] {
          return [backward, net = torch::nn::Linear(512, 512), x = torch::rand({64, 512}, torch::requires_grad()),
                  g = torch::rand({64, 512})]() mutable {
            auto y = net->forward(x);
            if (backward) y.backward(g);
            keep(y);
          };
        },
        {passes * 2.0 * 64 * 512 * 512});
  }
});

}  // namespace
