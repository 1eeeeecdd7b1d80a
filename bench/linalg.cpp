// Matrix functions and products made of others.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::row;
using torch::Tensor;

template <class Op>
void matrices(const std::string& op, Op f) {
  const int64_t n[][2] = {{1, 4}, {100, 8}, {1, 64}, {1, 256}};
  for (const auto& s : n)
    row("linalg/" + op + " of " + std::to_string(s[0]) + "x" + std::to_string(s[1]) + "x" + std::to_string(s[1]),
        [f, b = s[0], k = s[1]] {
          const Tensor x = torch::randn({b, k, k}), m = x.matmul(x.transpose(1, 2)) + k * torch::eye(k);
          return [f, m] { bench::keep(f(m)); };
        });
}

const bench::Register all([] {
  matrices("inverse", [](const Tensor& x) { return torch::inverse(x); });
  matrices("det", [](const Tensor& x) { return torch::det(x); });
  matrices("cholesky", [](const Tensor& x) { return torch::linalg_cholesky(x); });
  matrices("qr", [](const Tensor& x) { return std::get<0>(torch::linalg_qr(x)); });
  matrices("svd", [](const Tensor& x) { return std::get<1>(torch::linalg_svd(x)); });
  matrices("eigh", [](const Tensor& x) { return std::get<0>(torch::linalg_eigh(x)); });
  matrices("solve", [](const Tensor& x) { return torch::linalg_solve(x, x); });
  row("linalg/einsum bij,bjk->bik", [] {
    return [a = torch::rand({16, 32, 32}), b = torch::rand({16, 32, 32})] {
      bench::keep(torch::einsum("bij,bjk->bik", {a, b}));
    };
  });
  row("linalg/einsum bhid,bhjd->bhij", [] {
    return [a = torch::rand({8, 4, 64, 32}), b = torch::rand({8, 4, 64, 32})] {
      bench::keep(torch::einsum("bhid,bhjd->bhij", {a, b}));
    };
  });
  row("linalg/outer of 1000",
      [] { return [a = torch::rand({1000}), b = torch::rand({1000})] { bench::keep(torch::outer(a, b)); }; });
  row("linalg/baddbmm of 16x64x64", [] {
    return [a = torch::rand({16, 64, 64}), b = torch::rand({16, 64, 64})] { bench::keep(torch::baddbmm(a, a, b)); };
  });
  row("linalg/addmv of 512x512", [] {
    return [a = torch::rand({512, 512}), b = torch::rand({512})] { bench::keep(torch::addmv(b, a, b)); };
  });
  row("linalg/cross of 10000x3", [] {
    return [a = torch::rand({10000, 3}), b = torch::rand({10000, 3})] { bench::keep(torch::cross(a, b, 1)); };
  });
});

}  // namespace
