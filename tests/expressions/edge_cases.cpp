#include <limits>

#include "expressions.h"

namespace expressions {

using namespace torch;

/// What random comparison with LibTorch found to differ once: dtypes, rounding, special values, layouts.
void edge_cases(Lines& lines) {
  torch::manual_seed(9);
  const double inf = std::numeric_limits<double>::infinity();
  const auto f = torch::randn({3, 4});
  const auto n = torch::tensor({3, -7, 0, 1, 5, 2, -1, 8, 4, -3, 6, 9}).view({3, 4});
  EXPRESSION(n.sum(kInt));
  EXPRESSION(f.sum(kInt));
  EXPRESSION(n.sum(0, true, kShort));
  EXPRESSION(n.prod(kInt));
  EXPRESSION(n.prod(1, false, kInt));
  EXPRESSION(n.nansum(IntArrayRef({0}), false, kInt));
  auto single = torch::zeros({1});
  EXPRESSION(torch::cumsum_out(single, n, 0));
  const auto special = torch::tensor({inf, -inf, 0., -0., 4.}, kFloat);
  EXPRESSION(special.pow(0.5));
  EXPRESSION(special.pow(-0.5));
  EXPRESSION(special.to(kDouble).pow(0.5).reciprocal());
  EXPRESSION(torch::kl_div(f, f, Reduction::None));
  EXPRESSION(torch::kl_div(f, f.relu(), Reduction::None));
  EXPRESSION(torch::scatter_reduce(n, 0, torch::zeros({2, 4}, kLong), n, "mean", false));
  EXPRESSION(torch::scatter_reduce(n, 1, torch::zeros({3, 3}, kLong), n, "mean"));
  EXPRESSION(torch::index_reduce(n, 0, torch::tensor({0, 0}), n.slice(0, 0, 2), "mean"));
  EXPRESSION(torch::dropout(n, 0, true));
  EXPRESSION(torch::constant_pad_nd(torch::ones({1}), {0, -2}));
  EXPRESSION(torch::l1_loss(n, n * 2, Reduction::None));
  EXPRESSION(torch::l1_loss(n, n * 2, Reduction::Sum));
  EXPRESSION(n.nonzero());
  EXPRESSION(n.nonzero().strides().vec());
  EXPRESSION(torch::where(n > 2)[1].strides().vec());
  const auto image = torch::randn({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPRESSION(torch::constant_pad_nd(image, {1, 2, 0, 1}, 0.5));
  EXPRESSION(torch::constant_pad_nd(image, {1, 2, 0, 1}, 0.5).strides().vec());
  EXPRESSION(torch::constant_pad_nd(image, {1, 0, 0, 0, 1, 1}).strides().vec());

  const auto rows = torch::randn({6, 3}, kDouble);
  const auto lengths = torch::tensor({2, 0, 3, 1});
  for (const char* reduce : {"sum", "mean", "max", "min"}) {
    EXPRESSION(torch::segment_reduce(rows, reduce, lengths));
    EXPRESSION(torch::segment_reduce(rows, reduce, lengths, {}, {}, 0, false, 0.5));
    EXPRESSION(torch::segment_reduce(rows.select(1, 1), reduce, lengths));
    EXPRESSION(torch::segment_reduce(rows.t(), reduce, lengths.expand({3, 4}).contiguous(), {}, {}, 1));
    auto x = rows.clone().requires_grad_();
    run(lines, std::string("segment_reduce, backward: ") + reduce, [&] {
      const auto y = torch::segment_reduce(x, reduce, torch::tensor({2, 3, 1}));
      (y * torch::arange(9).view({3, 3})).sum().backward();
      return x.grad();
    });
  }
  EXPRESSION(torch::segment_reduce(rows, "sum", torch::tensor({2, 2})));
  EXPRESSION(torch::segment_reduce(rows, "sum", torch::tensor({7, -1})));
  EXPRESSION(torch::segment_reduce(rows, "sum"));

  const auto m = torch::randn({2, 4, 4}, kDouble), symmetric = m + m.transpose(1, 2);
  EXPRESSION(torch::linalg_ldl_factor(symmetric));
  EXPRESSION(torch::linalg_ldl_factor_ex(symmetric.to(kFloat)));
  EXPRESSION(torch::linalg_ldl_factor_ex(torch::zeros({2, 2})));
  EXPRESSION(torch::linalg_ldl_factor(torch::zeros({2, 2})));
  EXPRESSION(torch::linalg_ldl_factor(torch::zeros({2, 3})));
  EXPRESSION(torch::linalg_ldl_factor(torch::zeros({0, 0})));
  const auto [ld, pivots] = torch::linalg_ldl_factor(symmetric);
  const auto b = torch::randn({2, 4, 3}, kDouble);
  const auto& factors = ld;
  const auto& exchanges = pivots;
  EXPRESSION(torch::linalg_ldl_solve(factors, exchanges, b));
  EXPRESSION(torch::linalg_ldl_solve(factors, exchanges, b[0]));
  EXPRESSION(symmetric.matmul(torch::linalg_ldl_solve(factors, exchanges, b)) - b < 1e-9);
  EXPRESSION(torch::linalg_ldl_solve(factors, exchanges, b.slice(1, 0, 3)));
}

}  // namespace expressions
