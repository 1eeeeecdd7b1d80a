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

  // Elements and the order they have in memory, also where an image whose channels lie last has gaps.
#define KEPT(...)          \
  EXPRESSION(__VA_ARGS__); \
  EXPRESSION((__VA_ARGS__).strides().vec())
  const auto last = torch::tensor({1, 0}), one = torch::tensor({1});
  for (const auto& x : {image, image.slice(2, 0, 3), image.slice(1, 0, 2), image.transpose(1, 2), image.contiguous()}) {
    const auto w = torch::randn({6, x.size(1), 2, 2}), wide = torch::cat({x, x, x, x}, 1);
    KEPT(torch::stack({x, x}));
    KEPT(torch::stack({x, x}, 1));
    KEPT(torch::stack({x, x}, 2));
    KEPT(torch::stack({x, x}, -1));
    KEPT(x.index({one}));
    KEPT(x.index({indexing::Slice(), last}));
    KEPT(x.index({indexing::Slice(), indexing::Slice(), last}));
    KEPT(x.index({one, indexing::Slice(), one}));
    KEPT(x.index({torch::tensor({{1, 0}, {0, 0}, {1, 1}})}));
    KEPT(x.index({torch::tensor({true, false})}));
    KEPT(torch::complex(x, 2 * x).abs());
    KEPT(torch::imag(torch::complex(x, 2 * x[0])));
    KEPT(torch::argsort(x));
    KEPT(torch::argsort(x, 1, true));
    KEPT(torch::nn::functional::conv2d(x, w));
    KEPT(torch::avg_pool2d(wide, {2, 2}));
    KEPT(torch::max_pool2d(wide.narrow(1, 0, 8), {2, 2}));
    KEPT(torch::max_pool2d(x, {2, 2}));
    KEPT(std::get<1>(torch::max_pool2d_with_indices(wide.narrow(1, 0, 8), {2, 2})));
    KEPT(torch::adaptive_avg_pool2d(x, {2, 2}));
    KEPT(torch::constant_pad_nd(x, {1, 1}));
    KEPT(torch::batch_norm(x, {}, {}, {}, {}, true, 0.1, 1e-5, false));
    KEPT(torch::upsample_nearest2d(x, {7, 5}));
    KEPT(torch::upsample_bilinear2d(x, {7, 5}, false));
    run(lines, "gradient of a channels-last image or a part of one", [&] {
      auto leaf = x.detach().requires_grad_();
      const auto y = torch::max_pool2d(torch::nn::functional::conv2d(leaf, w), {2, 2});
      return torch::autograd::grad(
          {weighted(y) + weighted(leaf.index({one})) + weighted(torch::complex(leaf, 2 * leaf).abs())}, {leaf});
    });
  }
  KEPT(std::get<1>(torch::linalg_qr(m)));
  KEPT(std::get<1>(torch::linalg_qr(m.slice(2, 0, 3), "complete")));
#undef KEPT

  const auto whole = torch::arange(-9, 15).view({1, 4, 6}) * 7;
  EXPRESSION(torch::avg_pool2d(whole, 2));
  EXPRESSION(torch::avg_pool2d(whole, {3, 2}, {2, 2}, {1, 1}, true));
  EXPRESSION(torch::avg_pool2d(whole, {3, 3}, {2, 2}, {1, 1}, true, false));
  EXPRESSION(torch::avg_pool2d(whole, {3, 3}, {1, 2}, {1, 0}, false, true, 5));
  EXPRESSION(torch::avg_pool2d(whole, 7));
  EXPRESSION(torch::avg_pool1d(whole, 3, 2, 1, false, false));
  EXPRESSION(torch::avg_pool2d(whole.to(kInt), 2));

  const auto c = torch::complex(torch::tensor({1.f, -2.f, 0.3f}), torch::tensor({0.5f, 1.f, -4.f}));
  for (const double p : {2., 3., 0.5, -1., -2., 0., 1., 0.3}) EXPRESSION(torch::view_as_real(c.pow(p)));
  EXPRESSION(torch::view_as_real(c.pow(c)));
  EXPRESSION(torch::view_as_real(torch::pow(2, c)));
  EXPRESSION(torch::view_as_real(c.pow(c10::complex<float>(1, -1))));
  EXPRESSION(torch::view_as_real(torch::full({3}, 2.f).pow(c10::complex<float>(1, -1))));
  EXPRESSION(torch::view_as_real(torch::full({3}, 2.f).pow(c)));
  EXPRESSION(torch::view_as_real(torch::zeros_like(c).pow(c10::complex<float>(1, -1))));
  EXPRESSION(torch::view_as_real(torch::float_power(c, 3)));
  EXPRESSION(torch::view_as_real(c.clone().pow_(2)));
  for (const double p : {2., 3., -1., 0.3})
    run(lines, "gradient of a complex power", [&] {
      const auto leaf = torch::view_as_real(c).clone().requires_grad_();
      return torch::autograd::grad({weighted(torch::view_as_real(torch::view_as_complex(leaf).pow(p)))}, {leaf});
    });

  EXPRESSION(torch::arange(0, 10, 0));
  EXPRESSION(torch::arange(0, 0));
  EXPRESSION(torch::arange(0, 10, 3));
  EXPRESSION(torch::full({2}, 0));
}

}  // namespace expressions
