// Elementwise ops: half precision against float64, promotion, overlap, history, operators and errors.
#include <cmath>
#include <functional>

#include "lampas/autograd/autograd.h"
#include "lampas/lampas.h"
#include "ops/throws.h"

namespace {

using namespace lampas;

TEST(Pointwise, ReducedFloatsRoundOnce) {
  const Tensor x = linspace(-3, 3, 61), positive = x.abs() + 0.25, unit = x / 3.2;
  struct Row {
    const char* name;
    std::function<Tensor(const Tensor&)> f;
    Tensor at;
  };
#define LAMPAS_ROW(fn, at)                                 \
  Row {                                                    \
#fn, [](const Tensor& t) { return lampas::fn(t); }, at \
  }
  const std::vector<Row> rows = {LAMPAS_ROW(sin, x),
                                 LAMPAS_ROW(cos, x),
                                 LAMPAS_ROW(tan, unit),
                                 LAMPAS_ROW(asin, unit),
                                 LAMPAS_ROW(acos, unit),
                                 LAMPAS_ROW(atan, x),
                                 LAMPAS_ROW(sinh, x),
                                 LAMPAS_ROW(cosh, x),
                                 LAMPAS_ROW(asinh, x),
                                 LAMPAS_ROW(acosh, positive + 1),
                                 LAMPAS_ROW(atanh, unit),
                                 LAMPAS_ROW(exp2, x),
                                 LAMPAS_ROW(expm1, x),
                                 LAMPAS_ROW(log2, positive),
                                 LAMPAS_ROW(log10, positive),
                                 LAMPAS_ROW(log1p, positive),
                                 LAMPAS_ROW(erf, x),
                                 LAMPAS_ROW(erfc, x),
                                 LAMPAS_ROW(erfinv, unit),
                                 LAMPAS_ROW(lgamma, positive),
                                 LAMPAS_ROW(digamma, positive + 2),
                                 LAMPAS_ROW(i0, x),
                                 LAMPAS_ROW(sqrt, positive),
                                 LAMPAS_ROW(rsqrt, positive),
                                 {"pow", [](const Tensor& t) { return t.pow(1.7); }, positive},
                                 {"hypot", [](const Tensor& t) { return hypot(t, t); }, x},
                                 {"atan2", [](const Tensor& t) { return atan2(t, t.flip({0})); }, x},
                                 {"logaddexp", [](const Tensor& t) { return logaddexp(t, t.flip({0})); }, x},
                                 {"fmod", [](const Tensor& t) { return fmod(t, 0.75); }, x},
                                 {"gelu", [](const Tensor& t) { return gelu(t); }, x}};
#undef LAMPAS_ROW
  for (const Row& r : rows)
    for (const ScalarType dtype : {kHalf, kBFloat16}) {
      const Tensor in = r.at.to(dtype), got = r.f(in).to(kDouble), want = r.f(in.to(kDouble));
      const double unit_roundoff = dtype == kHalf ? 0x1p-11 : 0x1p-8;
      // float16 has few subnormals: results near 0 round absolutely.
      EXPECT_TRUE(got.sub(want).abs().le(want.abs() * (unit_roundoff * 1.05) + 1e-6).all().item<bool>())
          << r.name << " dtype " << static_cast<int>(dtype);
    }
}

TEST(Pointwise, Promotion) {
  const Tensor i = tensor({1, 2, 3}, kLong), f = tensor({1.5, 2.5, 3.5}, kFloat);
  EXPECT_EQ(sin(i).scalar_type(), kFloat);
  EXPECT_EQ(div(i, 2).scalar_type(), kFloat);
  EXPECT_EQ(div(i, 2, "floor").scalar_type(), kLong);
  EXPECT_EQ(floor_divide(i, 2.0).scalar_type(), kFloat);
  EXPECT_EQ((i % 2).scalar_type(), kLong);
  EXPECT_EQ((7.5 % i).scalar_type(), kFloat);
  EXPECT_EQ(clamp(i, 0.5).scalar_type(), kFloat);
  EXPECT_EQ(clamp(f, zeros({3}, kDouble)).scalar_type(), kDouble);
  EXPECT_EQ(ldexp(i, i).scalar_type(), kFloat);
  EXPECT_EQ(where(i > 1, 1.0, i).scalar_type(), kFloat);
  EXPECT_EQ(where(i > 1, 1, 2).scalar_type(), kLong);
  // Bools that are chosen from are converted, the condition is not.
  const Tensor yes = tensor({true, false, true}), x = tensor({2.5, 3.5, 4.5});
  EXPECT_TRUE(equal(where(yes, x, yes), tensor({2.5, 0.0, 4.5})));
  EXPECT_TRUE(equal(where(yes, yes, x), tensor({1.0, 3.5, 1.0})));
  EXPECT_TRUE(equal(x.masked_fill(yes, tensor(true)), tensor({1.0, 3.5, 1.0})));
  EXPECT_EQ(float_power(f, 2).scalar_type(), kDouble);
  EXPECT_EQ(square(i > 1).scalar_type(), kLong);
  EXPECT_EQ(bitwise_and(i, i > 1).scalar_type(), kLong);
  EXPECT_TRUE(ceil(i).equal(i));
  EXPECT_TRUE(nan_to_num(i > 1).equal(i > 1));
}

TEST(Pointwise, Operators) {
  const Tensor a = tensor({12, 10, 7}, kInt), b = tensor({10, 3, 2}, kInt);
  EXPECT_TRUE((a & b).equal(bitwise_and(a, b)));
  EXPECT_TRUE((a | 1).equal(tensor({13, 11, 7}, kInt)));
  EXPECT_TRUE((6 ^ a).equal(tensor({10, 12, 1}, kInt)));
  EXPECT_TRUE((~a).equal(-a - 1));
  EXPECT_TRUE((a << 1).equal(a * 2));
  EXPECT_TRUE((a >> b).equal(tensor({0, 1, 1}, kInt)));
  EXPECT_TRUE((a % b).equal(tensor({2, 1, 1}, kInt)));
  Tensor c = a.clone();
  c &= b;
  c |= tensor({1, 1, 1}, kInt);
  c ^= b;
  EXPECT_TRUE(c.equal(((a & b) | 1) ^ b));
  EXPECT_TRUE(a.__and__(b).equal(a & b));
  EXPECT_TRUE(a.clone().__ilshift__(2).equal(a * 4));
  EXPECT_TRUE(
      bitwise_left_shift(tensor({1, 1}, kInt), tensor({31, 32}, kInt)).equal(tensor({-2147483647 - 1, 0}, kInt)));
  EXPECT_TRUE(bitwise_right_shift(tensor({-8, 8}, kInt), tensor({99, -1}, kInt)).equal(tensor({-1, 0}, kInt)));
  const Tensor t = tensor({true, false}, kBool), u = tensor({true, true}, kBool);
  EXPECT_TRUE((t ^ u).equal(tensor({false, true}, kBool)));
  EXPECT_TRUE(t.clone().logical_not_().equal(~t));
}

TEST(Pointwise, ComparisonsInPlaceStoreZerosAndOnes) {
  Tensor x = tensor({1.5, 2.0, -1.0}, kFloat);
  x.gt_(1.6);
  EXPECT_TRUE(x.equal(tensor({0.0, 1.0, 0.0}, kFloat)));
  Tensor n = tensor({1, 2, 3}, kByte);
  n.eq_(tensor({1, 0, 3}, kLong));
  EXPECT_TRUE(n.equal(tensor({1, 0, 1}, kByte)));
  n.logical_xor_(tensor({1, 1, 0}, kByte)).not_equal_(0);
  EXPECT_TRUE(n.equal(tensor({0, 1, 1}, kByte)));
}

TEST(Pointwise, IntegerDivisionByZeroChangesNothing) {
  const Tensor a = tensor({5, 6, 7}, kLong), zero = tensor({1, 0, 2}, kLong);
  EXPECT_THROWS_WITH(floor_divide(a, zero), "ZeroDivisionError");
  EXPECT_THROWS_WITH(div(a, zero, "trunc"), "ZeroDivisionError");
  EXPECT_THROWS_WITH(fmod(a, 0), "fmod: ZeroDivisionError");
  EXPECT_THROWS_WITH(remainder(a, zero), "remainder: ZeroDivisionError");
  Tensor b = a.clone();
  EXPECT_THROWS_WITH(b.remainder_(zero), "ZeroDivisionError");
  EXPECT_THROWS_WITH(b.floor_divide_(0), "ZeroDivisionError");
  EXPECT_TRUE(b.equal(a));
  EXPECT_TRUE(div(a.to(kFloat), 0, "floor").isinf().all().item<bool>());
  EXPECT_TRUE(fmod(a.to(kFloat), 0).isnan().all().item<bool>());
}

TEST(Pointwise, RemaindersAreExactForAnyQuotient) {
  const Tensor x = tensor({1e30, -1e30, 5.5, 16777216.0 * 3, 1e-40, 0.3, -7.0}, kFloat),
               y = tensor({3.7, 0.1, -1e-38, 7.0, 1e-42, 0.1, 7.0}, kFloat);
  const Tensor r = fmod(x, y), m = remainder(x, y);
  for (int64_t k = 0; k < x.numel(); ++k) {
    const float a = x[k].item<float>(), b = y[k].item<float>(), want = std::fmod(a, b);
    EXPECT_EQ(r[k].item<float>(), want);
    EXPECT_EQ(std::signbit(r[k].item<float>()), std::signbit(a));
    EXPECT_EQ(m[k].item<float>(), want != 0 && (want < 0) != (b < 0) ? want + b : want);
  }
}

TEST(Pointwise, RoundDecimals) {
  EXPECT_TRUE(round(tensor({2.344, -1.625}, kDouble), 2).allclose(tensor({2.34, -1.62}, kDouble)));
  EXPECT_TRUE(round(tensor({1250.0, 1349.0}, kDouble), -2).equal(tensor({1200.0, 1300.0}, kDouble)));
  EXPECT_THROWS_WITH(round(tensor({1, 2}, kLong), 1), "round: not implemented for dtype Long");
}

TEST(Pointwise, OverlapIsFound) {
  const Tensor x = arange(6, kFloat);
  EXPECT_THROWS_WITH(x.slice(0, 1, 6).mul_(x.slice(0, 0, 5)), "some elements of the input tensor and the written-to");
  EXPECT_THROWS_WITH(x.slice(0, 0, 1).expand({4}).sin_(),
                     "more than one element of the written-to tensor refers to a single");
  EXPECT_TRUE(x.equal(arange(6, kFloat)));
  EXPECT_TRUE(x.slice(0, 1, 6).exp_().slice(0, 0, 1).allclose(tensor({std::exp(1.0)}, kFloat)));
  EXPECT_THROWS_WITH(x.add_(ones({2, 6})), "output with shape [6] doesn't match the broadcast shape [2, 6]");
  EXPECT_THROWS_WITH(arange(3, kLong).sin_(), "sin: result type Float can't be cast to the desired output type Long");
  Tensor out = empty({3}, kLong);
  EXPECT_THROWS_WITH(sin_out(out, ones({3})), "result type Float can't be cast");
  Tensor grown = empty({0});
  atan2_out(grown, ones({2, 1}), ones({3}));
  EXPECT_EQ(grown.sizes(), IntArrayRef({2, 3}));
  EXPECT_THROWS_WITH(sin_out(grown, ones({2, 3}).requires_grad_()), "don't support automatic differentiation");
}

TEST(Pointwise, FlatOpsGiveZeroGradients) {
  const Tensor x = tensor({1.2, -0.7}, kDouble).requires_grad_();
  const Tensor y = x.ceil() + x.sign() + x.round() + x.trunc() + x.floor() + x.div(0.3, "floor") + x.round(1);
  y.backward(ones({2}, kDouble));
  EXPECT_TRUE(x.grad().equal(zeros({2}, kDouble)));
  const Tensor a = ones({2}).requires_grad_(), b = zeros({2}).requires_grad_();
  EXPECT_FALSE(a.gt(b).requires_grad());
  EXPECT_FALSE(a.isnan().requires_grad());
  EXPECT_THROWS_WITH(nextafter(a, b).backward(ones({2})), "nextafter: not differentiable");
  EXPECT_THROWS_WITH(heaviside(a, b).backward(ones({2})), "heaviside: not differentiable");
}

TEST(Pointwise, TiesAndEdgesOfDerivatives) {
  const auto grads = [](auto f, std::vector<Tensor> in) {
    for (Tensor& t : in) t.set_requires_grad(true);
    f(in).backward(ones({3}, kDouble));
    std::vector<std::vector<double>> r;
    for (const Tensor& t : in) {
      const Tensor g = t.grad().contiguous();
      r.emplace_back(g.data_ptr<double>(), g.data_ptr<double>() + 3);
    }
    return r;
  };
  using V = std::vector<double>;
  const auto x = [] { return tensor({1.0, 2.0, 3.0}, kDouble); };
  const auto y = [] { return tensor({2.0, 2.0, 1.0}, kDouble); };
  auto d = grads([](auto& t) { return maximum(t[0], t[1]); }, {x(), y()});
  EXPECT_EQ(d[0], V({0, 0.5, 1}));
  EXPECT_EQ(d[1], V({1, 0.5, 0}));
  d = grads([](auto& t) { return fmax(t[0], t[1]); }, {x(), y()});
  EXPECT_EQ(d[0], V({0, 1, 1}));
  EXPECT_EQ(d[1], V({1, 0, 0}));
  // PyTorch: where min exceeds max, the bound that is taken gets the gradient.
  d = grads([](auto& t) { return clamp(t[0], t[1], t[2]); },
            {x(), tensor({2.0, 0.0, 0.0}, kDouble), tensor({1.0, 2.0, 2.0}, kDouble)});
  EXPECT_EQ(d[0], V({0, 1, 0}));
  EXPECT_EQ(d[1], V({0, 0, 0}));
  EXPECT_EQ(d[2], V({1, 0, 1}));
  d = grads([](auto& t) { return xlogy(t[0], t[1]); },
            {tensor({0.0, 0.0, 2.0}, kDouble), tensor({0.0, 2.0, 2.0}, kDouble)});
  EXPECT_EQ(d[0][0], 0);
  EXPECT_NEAR(d[0][2], std::log(2.0), 1e-15);
  EXPECT_EQ(d[1][2], 1);
  d = grads([](auto& t) { return sinc(t[0]); }, {tensor({0.0, 1.0, -1.0}, kDouble)});
  EXPECT_EQ(d[0][0], 0);
  EXPECT_NEAR(d[0][1], -1, 1e-12);
}

TEST(Pointwise, Errors) {
  const Tensor x = ones({2}), i = tensor({1, 2}, kLong), t = tensor({true, false}, kBool);
  EXPECT_THROWS_WITH(div(x, x, "up"), "rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'");
  EXPECT_THROWS_WITH(clamp(x), "At least one of 'min' or 'max' must not be None");
  EXPECT_THROWS_WITH(x.clamp(std::optional<Scalar>(), std::nullopt), "At least one of 'min' or 'max' must not be None");
  EXPECT_THROWS_WITH(polygamma(-1, x), "does not support negative n, got n = -1");
  EXPECT_THROWS_WITH(mvlgamma(x, 0), "p has to be greater than or equal to 1, got 0");
  EXPECT_THROWS_WITH(mvlgamma(x, 3), "All elements must be greater than (p-1)/2, which is 1");
  EXPECT_THROWS_WITH(heaviside(x, i), "heaviside is not yet implemented for tensors with different dtypes");
  EXPECT_THROWS_WITH(lerp(x, x.to(kDouble), 0.5), "expected dtype Float for `end` but got dtype Double");
  EXPECT_THROWS_WITH(lerp(x, x, x.to(kDouble)), "expected dtype Float for `weight` but got dtype Double");
  EXPECT_THROWS_WITH(addcdiv(i, i, i), "Integer division with addcdiv is no longer supported");
  EXPECT_THROWS_WITH(where(x, x, x), "expected condition to be a boolean tensor");
  EXPECT_THROWS_WITH(pow(i, -1), "Integers to negative integer powers are not allowed");
  EXPECT_THROWS_WITH(x.clone().float_power_(2), "requires dtype Double");
  EXPECT_THROWS_WITH(sub(t, t), "Subtraction, the `-` operator, with two bool tensors");
  EXPECT_THROWS_WITH(1 - t, "Subtraction, the `-` operator, with a bool tensor");
  EXPECT_THROWS_WITH(positive(t), "The `+` operator, on a bool tensor is not supported");
  EXPECT_THROWS_WITH(bitwise_and(x, x), "bitwise_and: not implemented for dtype Float");
  EXPECT_THROWS_WITH(gcd(x, x), "gcd: not implemented for dtype Float");
  EXPECT_THROWS_WITH(frac(i), "frac: not implemented for dtype Long");
  EXPECT_THROWS_WITH(fmod(t, t), "fmod: not implemented for dtype Bool");
  EXPECT_THROWS_WITH(atan2(ones({2}), ones({3})), "atan2");
  EXPECT_THROWS_WITH(sin(Tensor()), "sin: input is undefined");
  EXPECT_THROWS_WITH(isnan(Tensor()), "isnan: tensor is undefined");
}

}  // namespace
