#include "expressions.h"

namespace expressions {

using namespace torch;

/// Functions of one and two operands, for dtypes and zero-dimensional operands in every combination.
void elementwise(Lines& lines) {
  torch::manual_seed(1);
  auto a = torch::randn({3, 4}), b = torch::randn({3, 4}), v = torch::randn({4}), i = torch::randint(-5, 9, {3, 4}),
       u = torch::randint(0, 200, {3, 4}).to(kByte), z = torch::rand({2, 3, 4, 5});
  auto h = a.to(kHalf), bf = a.to(kBFloat16), d = a.to(kDouble), bo = a > 0, s0 = torch::tensor(2.5),
       l0 = torch::tensor(3);
  std::vector<Tensor> all{a, i, u, h, bf, d, bo, s0, l0, i.to(kInt)};
  for (size_t p = 0; p < all.size(); ++p)
    for (size_t q = 0; q < all.size(); ++q) {
      auto x = all[p], y = all[q];
      EXPRESSION(x + y);
      EXPRESSION(x * y);
      EXPRESSION(x / y);
      EXPRESSION(x - y);
      EXPRESSION(x == y);
      EXPRESSION(x < y);
      EXPRESSION(torch::maximum(x, y));
      EXPRESSION(torch::pow(x, y));
      EXPRESSION(torch::where(bo, x, y));
      EXPRESSION(torch::cat({x.reshape({-1}), y.reshape({-1})}));
      EXPRESSION(torch::floor_divide(x, y));
      EXPRESSION(torch::remainder(x, y));
      EXPRESSION(torch::fmod(x, y));
      EXPRESSION(torch::atan2(x, y));
      EXPRESSION(x.clone().add_(y));
      EXPRESSION(x.clone().mul_(y));
      EXPRESSION(x.clone().div_(y));
      EXPRESSION(x.clone().copy_(y.expand_as(x)));
      EXPRESSION(torch::bitwise_and(x, y));
      EXPRESSION(torch::logical_xor(x, y));
      EXPRESSION(torch::hypot(x, y));
      EXPRESSION(torch::div(x, y, "floor"));
      EXPRESSION(torch::div(x, y, "trunc"));
      EXPRESSION(torch::true_divide(x, y));
      EXPRESSION(torch::isclose(x, y));
      EXPRESSION(torch::lerp(x, y, 0.3));
      EXPRESSION(torch::addcmul(x, y, y));
      EXPRESSION(torch::xlogy(x, y));
      EXPRESSION(torch::copysign(x, y));
      EXPRESSION(torch::gcd(x, y));
      EXPRESSION(torch::fmax(x, y));
    }
  for (size_t p = 0; p < all.size(); ++p) {
    auto x = all[p];
    EXPRESSION(x + 1);
    EXPRESSION(x + 1.5);
    EXPRESSION(x * true);
    EXPRESSION(x / 2);
    EXPRESSION(1 - x);
    EXPRESSION(2.5 / x);
    EXPRESSION(x.pow(2));
    EXPRESSION(x.pow(0.5));
    EXPRESSION(x.pow(-1));
    EXPRESSION(torch::pow(2, x));
    EXPRESSION(-x);
    EXPRESSION(~x);
    EXPRESSION(x.abs());
    EXPRESSION(x.exp());
    EXPRESSION(x.sqrt());
    EXPRESSION(x.sigmoid());
    EXPRESSION(x.relu());
    EXPRESSION(x.sum());
    EXPRESSION(x.mean());
    EXPRESSION(x.prod());
    EXPRESSION(x.max());
    EXPRESSION(x.min());
    EXPRESSION(x.argmax());
    EXPRESSION(x.argmin());
    EXPRESSION(x.std());
    EXPRESSION(x.var());
    EXPRESSION(x.median());
    EXPRESSION(x.any());
    EXPRESSION(x.all());
    EXPRESSION(x.cumsum(0));
    EXPRESSION(x.cumprod(0));
    EXPRESSION(x.round());
    EXPRESSION(x.floor());
    EXPRESSION(x.ceil());
    EXPRESSION(x.trunc());
    EXPRESSION(x.sign());
    EXPRESSION(x.neg());
    EXPRESSION(x.reciprocal());
    EXPRESSION(x.rsqrt());
    EXPRESSION(x.log());
    EXPRESSION(x.clamp(0, 1));
    EXPRESSION(x.clamp(0.5));
    EXPRESSION(x.isnan());
    EXPRESSION(x.nonzero());
    EXPRESSION(x.norm());
    EXPRESSION(x.logical_not());
    EXPRESSION(x.softmax(0));
    EXPRESSION(x.log_softmax(-1));
    EXPRESSION(x.logsumexp(0));
    EXPRESSION(x.frac());
    EXPRESSION(x.erf());
    EXPRESSION(x.lgamma());
    EXPRESSION(x.tan());
    EXPRESSION(x.square());
    EXPRESSION(x.expm1());
    EXPRESSION(x.log1p());
    EXPRESSION(x.sinc());
    EXPRESSION(x.count_nonzero());
    EXPRESSION(x.amax());
    EXPRESSION(x.amin());
    EXPRESSION(x.sort());
    EXPRESSION(std::get<0>(x.topk(1)));  // which of equal elements is not defined
    EXPRESSION(x.mode());
    EXPRESSION(x.kthvalue(1));
    EXPRESSION(x.cummax(0));
    EXPRESSION(x.logcumsumexp(0));
    EXPRESSION(x.flip(0));
    EXPRESSION(x.nan_to_num());
    EXPRESSION(x.signbit());
    EXPRESSION(x.deg2rad());
    EXPRESSION(x.new_ones({2}));
    EXPRESSION(torch::zeros_like(x));
    EXPRESSION(torch::full_like(x, 3));
    EXPRESSION(x.is_floating_point());
    EXPRESSION(x.eq(1));
    EXPRESSION(x.ge(0.5));
    EXPRESSION(torch::std_mean(x));
    EXPRESSION(torch::aminmax(x));
    EXPRESSION(x.diff());
    EXPRESSION(x.to(kLong));
    EXPRESSION(x.to(kByte));
    EXPRESSION(x.to(kBool));
    EXPRESSION(x.sum(0, true));
    EXPRESSION(x.sum(0, false, kDouble));
    EXPRESSION(x.mean({0}, false));
    EXPRESSION(x.prod(0));
    EXPRESSION(torch::hardtanh(x));
    EXPRESSION(torch::leaky_relu(x));
    EXPRESSION(torch::elu(x));
    EXPRESSION(torch::gelu(x));
    EXPRESSION(torch::silu(x));
    EXPRESSION(torch::softplus(x));
    EXPRESSION(torch::threshold(x, 0.5, 2));
    EXPRESSION(torch::hardswish(x));
    EXPRESSION(torch::mish(x));
    EXPRESSION(torch::hardsigmoid(x));
    EXPRESSION(torch::logit(x));
    EXPRESSION(torch::heaviside(x, s0));
    EXPRESSION(x.matmul(x.t()));
    EXPRESSION(x.nansum());
    EXPRESSION(x.cosh());
    EXPRESSION(x.asin());
    EXPRESSION(x.acosh());
    EXPRESSION(x.digamma());
    EXPRESSION(x.erfinv());
    EXPRESSION(x.exp2());
    EXPRESSION(x.tril());
    EXPRESSION(x.diag());
    EXPRESSION(x.trace());
    EXPRESSION(x.bitwise_not());
    EXPRESSION(x.isinf());
    EXPRESSION(x.addmv(x, x));
    EXPRESSION(x.t());
    EXPRESSION(x.fill_diagonal_(3));
    EXPRESSION(x.clone().zero_());
    EXPRESSION(x.clone().fill_(2.7));
    EXPRESSION(x.masked_fill(bo, 2.7));
    EXPRESSION(x.clamp_min(1));
    EXPRESSION(x.repeat({2, 2}));
    EXPRESSION(x.roll(1));
    EXPRESSION(torch::nn::functional::normalize(x));
    EXPRESSION(x.item().toDouble());
  }
}

}  // namespace expressions
