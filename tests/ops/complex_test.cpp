// Complex numbers and eigenvalues: values and gradients against PyTorch's (tools/goldens/ops_complex.py), special
// values, views, errors.
#include <gtest/gtest.h>
#include <lampas/autograd/gradcheck.h>
#include <lampas/lampas.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <sstream>

#include "throws.h"

using namespace lampas;

namespace {

using Inputs = std::vector<Tensor>;
struct Golden {
  std::vector<double> value, gradients;
};

std::map<std::string, Golden> read_goldens() {
  std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/ops/complex.txt");
  EXPECT_TRUE(in);
  std::map<std::string, Golden> all;
  const auto numbers = [&] {
    std::string line;
    std::getline(in, line);
    std::istringstream words(line);
    std::vector<double> v;
    for (double x; words >> x;) v.push_back(x);
    return v;
  };
  for (std::string name; std::getline(in, name);) {
    Golden g;
    g.value = numbers();
    g.gradients = numbers();
    all[name] = g;
  }
  return all;
}

Tensor sequence(int64_t n, double (*f)(double), double start, double step, double scale) {
  const Tensor t = empty({n}, kDouble);
  for (int64_t k = 0; k < n; ++k) t.data_ptr<double>()[k] = f((start + static_cast<double>(k)) * step) * scale;
  return t;
}
Tensor input(std::vector<int64_t> shape, double start) {
  shape.push_back(2);
  return view_as_complex(sequence(12, std::sin, start, 1.7, 1.5).reshape(shape)).clone();
}
std::vector<double> flat(const Tensor& t) {
  const Tensor r = (t.is_complex() ? view_as_real(t.detach()) : t.detach()).contiguous();
  return std::vector<double>(r.data_ptr<double>(), r.data_ptr<double>() + r.numel());
}
Tensor eigen_invariants(const Tensor& a) {
  const auto [w, v] = linalg_eig(a);
  const Tensor size = (v.abs().square() * arange(1, 4, kDouble).unsqueeze(-1)).sum(0);
  return stack({(size * real(w).square()).sum(), (size * imag(w).square()).sum(), real((w * w).sum())});
}

struct Case {
  std::function<Tensor(const Inputs&)> f;
  Inputs inputs;
};
std::map<std::string, Case> cases() {
  const Tensor z = input({3, 2}, 1), w = input({3, 2}, 20), v = input({2, 3}, 40);
  const Tensor re = real(w).clone(), im = imag(w).clone();
  const Tensor a = sequence(9, std::sin, 0, 2.3, 1).reshape({3, 3});
  const auto unary = [&](Tensor (*f)(const Tensor&)) { return Case{[f](const Inputs& x) { return f(x[0]); }, {z}}; };
  return {
      {"add", {[](const Inputs& x) { return x[0].add(x[1], 2); }, {z, w}}},
      {"sub", {[](const Inputs& x) { return x[0] - x[1]; }, {z, w}}},
      {"mul", {[](const Inputs& x) { return x[0] * x[1]; }, {z, w}}},
      {"div", {[](const Inputs& x) { return x[0] / x[1]; }, {z, w}}},
      {"mul_real", {[](const Inputs& x) { return x[0] * x[1]; }, {z, re}}},
      {"rdiv", {[](const Inputs& x) { return 2 / x[0]; }, {z}}},
      {"neg", unary(&neg)},
      {"abs", unary(&lampas::abs)},
      {"angle", unary(&angle)},
      {"sgn", unary(&sgn)},
      {"conj", unary(&conj)},
      {"real", unary(&real)},
      {"imag", unary(&imag)},
      {"square", unary(&square)},
      {"sqrt", unary(&lampas::sqrt)},
      {"rsqrt", unary(&rsqrt)},
      {"reciprocal", unary(&reciprocal)},
      {"exp", unary(&lampas::exp)},
      {"log", unary(&lampas::log)},
      {"sin", unary(&lampas::sin)},
      {"cos", unary(&lampas::cos)},
      {"tan", unary(&lampas::tan)},
      {"sinh", unary(&lampas::sinh)},
      {"cosh", unary(&lampas::cosh)},
      {"tanh", unary(&lampas::tanh)},
      {"sum", {[](const Inputs& x) { return x[0].sum(); }, {z}}},
      {"sum0", {[](const Inputs& x) { return x[0].sum({0}, true); }, {z}}},
      {"mean", {[](const Inputs& x) { return x[0].mean({1}); }, {z}}},
      {"matmul", {[](const Inputs& x) { return matmul(x[0], x[1]); }, {z, v}}},
      {"bmm", {[](const Inputs& x) { return bmm(x[0].unsqueeze(0), x[1].unsqueeze(0)); }, {z, v}}},
      {"dot", {[](const Inputs& x) { return dot(x[0][0], x[1][0]); }, {z, w}}},
      {"vdot", {[](const Inputs& x) { return vdot(x[0][0], x[1][0]); }, {z, w}}},
      {"view_as_real", unary(&view_as_real)},
      {"polar", {[](const Inputs& x) { return polar(x[0], x[1]); }, {re.abs(), im}}},
      {"complex", {[](const Inputs& x) { return complex_of(x[0], x[1]); }, {re, im}}},
      {"asin", unary(&lampas::asin)},
      {"acos", unary(&lampas::acos)},
      {"atan", unary(&lampas::atan)},
      {"asinh", unary(&lampas::asinh)},
      {"acosh", unary(&lampas::acosh)},
      {"atanh", unary(&lampas::atanh)},
      {"norm", {[](const Inputs& x) { return x[0].norm().reshape({1}); }, {z}}},
      {"norm3", {[](const Inputs& x) { return x[0].norm(3, {1}); }, {z}}},
      {"cumsum", {[](const Inputs& x) { return x[0].cumsum(1); }, {z}}},
      {"addcmul", {[](const Inputs& x) { return addcmul(x[0], x[1], x[0], 0.5); }, {z, w}}},
      {"addcdiv", {[](const Inputs& x) { return addcdiv(x[0], x[1], x[0], 0.5); }, {z, w}}},
      {"lerp", {[](const Inputs& x) { return lerp(x[0], x[1], 0.75); }, {z, w}}},
      {"lerp_by", {[](const Inputs& x) { return lerp(x[0], x[1], x[1]); }, {z, w}}},
      {"eig", {[](const Inputs& x) { return eigen_invariants(x[0]); }, {a}}},
      {"eigvals", {[](const Inputs& x) { return linalg_eigvals(x[0]).square().sum().reshape({1}); }, {a}}},
  };
}

void expect_close(const std::vector<double>& got, const std::vector<double>& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t k = 0; k < got.size(); ++k)
    EXPECT_NEAR(got[k], want[k], 1e-10 * (1 + std::abs(want[k]))) << what << " element " << k;
}

/// The loss of the goldens: sum(Re(conj(c) y)).
Tensor loss_of(const Tensor& y) {
  const Tensor r = y.is_complex() ? view_as_real(y) : y;
  return (r * sequence(r.numel(), std::cos, 0, 1, 1).reshape(r.sizes())).sum();
}

}  // namespace

TEST(Complex, ValuesAndGradientsArePyTorchs) {
  const auto goldens = read_goldens();
  const auto all = cases();
  ASSERT_EQ(goldens.size(), all.size());
  for (const auto& [name, c] : all) {
    const Golden& g = goldens.at(name);
    Inputs leaves;
    for (const Tensor& t : c.inputs) leaves.push_back(t.clone().requires_grad_());
    const Tensor y = c.f(leaves);
    expect_close(flat(y), g.value, name);
    loss_of(y).backward();
    std::vector<double> gradients;
    for (const Tensor& t : leaves)
      for (double d : flat(t.grad())) gradients.push_back(d);
    expect_close(gradients, g.gradients, name + " gradient");
  }
}

TEST(Complex, SecondDerivativesAndFloat32) {
  for (const auto& [name, c] : cases()) {
    if (name == "eig" || name == "eigvals") continue;
    // Of the parts as real inputs.
    Inputs parts;
    for (const Tensor& t : c.inputs)
      parts.push_back((t.is_complex() ? view_as_real(t) : t).clone().detach().requires_grad_());
    const auto f = [&](const variable_list& x) -> variable_list {
      Inputs in;
      for (size_t k = 0; k < x.size(); ++k) in.push_back(c.inputs[k].is_complex() ? view_as_complex(x[k]) : x[k]);
      return {loss_of(c.f(in))};
    };
    EXPECT_NO_THROW(autograd::gradgradcheck(f, parts)) << name;
    Inputs narrow;
    for (const Tensor& t : c.inputs) narrow.push_back(t.to(t.is_complex() ? kComplexFloat : kFloat));
    const Tensor y = c.f(narrow), exact = c.f(c.inputs);
    EXPECT_EQ(y.scalar_type(), exact.is_complex() ? kComplexFloat : kFloat) << name;
    EXPECT_LT((y.to(exact.scalar_type()) - exact).abs().amax().item<double>(),
              1e-5 * (1 + exact.abs().amax().item<double>()))
        << name;
  }
}

TEST(Complex, SpecialValues) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor z = complex_of(tensor({3.0, -1.0, 0.0, inf, nan}, kDouble), tensor({4.0, -0.0, 0.0, 1.0, 0.0}, kDouble));
  const auto expect = [](const Tensor& got, std::vector<double> want) {
    for (size_t k = 0; k < want.size(); ++k) {
      const double g = got.contiguous().data_ptr<double>()[k];
      if (std::isnan(want[k]))
        EXPECT_TRUE(std::isnan(g)) << k;
      else
        EXPECT_NEAR(g, want[k], 1e-12) << k;
    }
  };
  expect(z.abs().masked_fill(z.abs().isinf(), -7), {5, 1, 0, -7, nan});
  expect(angle(z), {0.92729521800161, -3.14159265358979, 0, 0, nan});
  expect(real(sgn(z)).narrow(0, 0, 3), {0.6, -1, 0});
  // Quotients do not overflow before their result does.
  const Tensor big = complex_of(tensor({1e300}, kDouble), tensor({1e300}, kDouble));
  expect(view_as_real(big / big), {1, 0});
  expect(angle(tensor({-2.0, 0.0, -0.0, 3.0, nan, -inf}, kDouble)), {M_PI, 0, 0, 0, nan, M_PI});
  EXPECT_EQ(angle(tensor({-2, 2})).scalar_type(), kFloat);
}

TEST(Complex, Classes) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor z = complex_of(tensor({1.0, nan, 0.0, -inf, 0.0}), tensor({inf, 2.0, nan, nan, 0.0}));
  EXPECT_TRUE(z.isnan().equal(tensor({false, true, true, true, false})));
  EXPECT_TRUE(z.isinf().equal(tensor({true, false, false, true, false})));
  EXPECT_TRUE(z.isfinite().equal(tensor({false, false, false, false, true})));
  EXPECT_TRUE(z.any().item<bool>() && !z.all().item<bool>() && z.slice(0, 0, 4).all().item<bool>());
  EXPECT_TRUE(z.reshape({5, 1}).any(1).equal(tensor({true, true, true, true, false})));
  EXPECT_EQ(z.count_nonzero().item<int64_t>(), 4);
  EXPECT_THROWS_WITH(z.isposinf(), "isposinf: does not support complex inputs");
  EXPECT_THROWS_WITH(z.isneginf(), "isneginf: does not support complex inputs");
  EXPECT_EQ(complex_of(tensor(3.f), tensor(4.f)).cumsum(0).dim(), 0);
  EXPECT_THROWS_WITH(ones({2}).requires_grad_().conj_physical_(), "conj_physical_: a leaf Variable");
}

TEST(Complex, PartsAreViews) {
  const Tensor z = zeros({2, 3}, kComplexFloat);
  real(z).fill_(2);
  imag(z)[1].fill_(-1);
  EXPECT_TRUE(real(z).is_alias_of(z));
  EXPECT_EQ(z[1][2].item().to<lampas::complex<double>>(), (lampas::complex<double>(2, -1)));
  EXPECT_EQ(z[0][0].item().to<lampas::complex<double>>(), (lampas::complex<double>(2, 0)));
  const Tensor t = z.transpose(0, 1);
  EXPECT_EQ(view_as_real(t).sizes(), IntArrayRef({3, 2, 2}));
  EXPECT_TRUE(view_as_complex(view_as_real(t)).equal(t));
  EXPECT_TRUE(conj(conj(z)).equal(z));
  Tensor w = z.clone();
  EXPECT_TRUE(w.conj_physical_().equal(z.conj()));
  const Tensor r = ones({2});
  EXPECT_TRUE(r.conj().is_same(r));
  EXPECT_TRUE(real(r).is_same(r));
  EXPECT_TRUE(sum(zeros({}, kComplexDouble)).is_complex());
  EXPECT_TRUE(z.allclose(z + 1e-7));
  EXPECT_FALSE(z.allclose(z + 1e-3));
}

TEST(Complex, Errors) {
  EXPECT_THROWS_WITH(imag(ones({2})), "imag is not implemented for tensors with non-complex dtypes");
  EXPECT_THROWS_WITH(view_as_real(ones({2})), "view_as_real is only supported for complex tensors");
  EXPECT_THROWS_WITH(view_as_complex(ones({2, 3})), "must have a last dimension of size 2");
  EXPECT_THROWS_WITH(view_as_complex(ones({2, 2}).t()), "must have a last dimension with stride 1");
  EXPECT_THROWS_WITH(view_as_complex(ones({2, 3}).slice(1, 1)), "stride divisible by 2");
  EXPECT_THROWS_WITH(view_as_complex(ones({2, 2}, kLong)), "only supported for floating point tensors");
  EXPECT_THROWS_WITH(sign(zeros({2}, kComplexFloat)), "Please use torch.sgn instead");
  EXPECT_THROWS_WITH(zeros({2}, kComplexFloat).abs_(), "In-place abs is not supported for complex tensors");
  EXPECT_THROWS_WITH(complex_of(ones({2}), ones({2}, kDouble)), "expected both inputs to be Float or Double");
  EXPECT_THROWS_WITH(zeros({2}, kComplexFloat).lt(zeros({2}, kComplexFloat)), "lt");
}

TEST(Complex, Eigenvalues) {
  manual_seed(3);
  for (const auto& sizes : std::vector<std::vector<int64_t>>{{1, 1}, {4, 4}, {2, 3, 5, 5}, {0, 0}, {0, 3, 3}}) {
    const Tensor a = randn(sizes, kDouble);
    const auto [w, v] = linalg_eig(a);
    EXPECT_EQ(w.dim(), a.dim() - 1);
    if (a.numel() == 0) continue;
    const Tensor left = matmul(a.to(kComplexDouble), v), right = v * w.unsqueeze(-2);
    EXPECT_LT((left - right).abs().amax().item<double>(), 1e-12);
    EXPECT_LT((v.abs().square().sum({-2}) - 1).abs().amax().item<double>(), 1e-12);
    EXPECT_LT((linalg_eigvals(a) - w).abs().amax().item<double>(), 1e-12);
  }
  EXPECT_THROWS_WITH(linalg_eig(ones({2, 3})), "must be batches of square matrices");
  EXPECT_THROWS_WITH(linalg_eig(full({3, 3}, NAN)), "linalg.eig");
  // A loss that depends on the vectors' phase has no derivative.
  const Tensor a = tensor({{0.0, 1.0}, {-1.0, 0.5}}, kDouble).requires_grad_();
  const Tensor bad = real(std::get<1>(linalg_eig(a)) *
                          complex_of(tensor({1.0, 2.0}, kDouble), tensor({3.0, -1.0}, kDouble)).unsqueeze(1))
                         .sum();
  EXPECT_THROWS_WITH(bad.backward(), "specified up to multiplication by e^{i phi}");
}

TEST(Linalg, ReportsInPlaceOfErrors) {
  const Tensor good = tensor({{2.0, 1.0}, {1.0, 3.0}}, kDouble), bad = ones({2, 2}, kDouble);
  const Tensor both = stack({good, bad});
  const auto [inverse, info] = linalg_inv_ex(both);
  EXPECT_TRUE(inverse[0].allclose(linalg_inv(good)));
  EXPECT_TRUE(inverse[1].isnan().all().item<bool>());
  EXPECT_TRUE(info.equal(tensor({0, 2}, kInt)));
  EXPECT_THROWS_WITH(linalg_inv_ex(both, true), "is singular");
  const Tensor b = tensor({1.0, 2.0}, kDouble);
  EXPECT_TRUE(std::get<0>(linalg_solve_ex(good, b)).allclose(linalg_solve(good, b)));
  EXPECT_EQ(std::get<1>(linalg_solve_ex(bad, b)).item<int>(), 2);
  EXPECT_THROWS_WITH(linalg_solve_ex(bad, b, true, true), "is singular");
  const auto [l, report] = linalg_cholesky_ex(stack({good, good.neg()}));
  EXPECT_TRUE(matmul(l[0], l[0].t()).allclose(good));
  EXPECT_TRUE(report.equal(tensor({0, 1}, kInt)));
  EXPECT_TRUE(l[1].isnan().all().item<bool>());
  EXPECT_THROWS_WITH(linalg_cholesky_ex(good.neg(), false, true), "not positive-definite");
}

TEST(Linalg, ConditionNumbers) {
  const Tensor a = tensor({{4.0, 1.0}, {2.0, 3.0}}, kDouble);
  const auto expect = [&](const Tensor& got, double want) { EXPECT_NEAR(got.item<double>(), want, 1e-12 * want); };
  expect(linalg_cond(a), 2.618033988749895);
  expect(linalg_cond(a, Scalar(2)), 2.618033988749895);
  expect(linalg_cond(a, Scalar(-2)), 1 / 2.618033988749895);
  expect(linalg_cond(a, "fro"), 3.0);
  expect(linalg_cond(a, "nuc"), 5.0);
  expect(linalg_cond(a, Scalar(1)), 3.0);
  expect(linalg_cond(a, Scalar(-1)), 2.0);
  expect(linalg_cond(a, Scalar(INFINITY)), 3.0);
  EXPECT_TRUE(std::isinf(linalg_cond(ones({2, 2}), Scalar(1)).item<float>()));
  EXPECT_THROWS_WITH(linalg_cond(a, "xyz"), "invalid norm type xyz");
  EXPECT_THROWS_WITH(linalg_cond(a, Scalar(3)), "invalid norm type");
}

TEST(Linalg, ReflectorsAndFactors) {
  manual_seed(5);
  const Tensor x = randn({2, 5, 3}, kDouble);
  const auto [r, tau] = geqrf(x);
  const Tensor q = linalg_householder_product(r, tau);
  EXPECT_TRUE(matmul(q, r.narrow(1, 0, 3).triu()).allclose(x, 1e-12, 1e-12));
  EXPECT_TRUE(orgqr(r, tau).equal(q));
  {
    // The differentiable way gives the same.
    const Tensor leaf = r.clone().requires_grad_();
    EXPECT_TRUE(linalg_householder_product(leaf, tau).detach().allclose(q, 1e-12, 1e-12));
  }
  const Tensor c = randn({2, 5, 4}, kDouble);
  // Q^T Q = 1, and the first columns of Q are those of the product.
  const Tensor qc = ormqr(r, tau, c);
  EXPECT_TRUE(ormqr(r, tau, qc, true, true).allclose(c, 1e-12, 1e-12));
  EXPECT_TRUE(matmul(q.transpose(1, 2), c).allclose(ormqr(r, tau, c, true, true).narrow(1, 0, 3), 1e-12, 1e-12));
  const Tensor ct = c.transpose(1, 2);
  EXPECT_TRUE(ormqr(r, tau, ct, false, true).allclose(qc.transpose(1, 2), 1e-12, 1e-12));
  EXPECT_THROWS_WITH(linalg_householder_product(x.transpose(1, 2), tau), "greater than or equal to");
  EXPECT_THROWS_WITH(linalg_householder_product(r, tau.narrow(0, 0, 1)), "batch dimensions of tau");
  EXPECT_THROWS_WITH(geqrf(x.clone().requires_grad_()), "has no derivative");

  const Tensor a = randn({2, 4, 4}, kDouble), b = randn({2, 4, 3}, kDouble);
  const auto [lu, pivots] = linalg_lu_factor(a);
  EXPECT_TRUE(matmul(a, linalg_lu_solve(lu, pivots, b)).allclose(b, 1e-10, 1e-10));
  EXPECT_TRUE(matmul(a.transpose(1, 2), linalg_lu_solve(lu, pivots, b, true, true)).allclose(b, 1e-10, 1e-10));
  EXPECT_THROWS_WITH(linalg_lu_factor(stack({eye(3, kDouble), ones({3, 3}, kDouble)})),
                     "linalg.lu_factor: (Batch element 1): U has a zero on its diagonal, element 2");
  EXPECT_THROWS_WITH(linalg_lu_factor_ex(zeros({2, 3}), true, true), "linalg.lu_factor_ex: U has a zero");
  EXPECT_TRUE(std::get<2>(linalg_lu_factor_ex(zeros({2, 3}))).eq(1).all().item<bool>());
  const Tensor bt = b.transpose(1, 2);
  EXPECT_TRUE(matmul(linalg_lu_solve(lu, pivots, bt, false), a).allclose(bt, 1e-10, 1e-10));
  EXPECT_TRUE(matmul(linalg_lu_solve(lu, pivots, bt, false, true), a.transpose(1, 2)).allclose(bt, 1e-10, 1e-10));

  const Tensor t = randn({2, 3, 6}, kDouble), y = randn({2, 3}, kDouble);
  EXPECT_TRUE(tensordot(linalg_tensorinv(t, 2), y, {1, 2}, {0, 1}).allclose(linalg_tensorsolve(t, y), 1e-10, 1e-10));
  EXPECT_TRUE(tensordot(t, linalg_tensorsolve(t, y), {2}, {0}).allclose(y, 1e-10, 1e-10));
  EXPECT_THROWS_WITH(linalg_tensorinv(ones({2, 3})), "prod(self.shape[ind:])");
  EXPECT_THROWS_WITH(linalg_tensorsolve(ones({2, 3}), ones({2})), "prod(self.shape[other.ndim:])");
}

TEST(Complex, ANumberTakesItsPrecisionFromTheTensorItMeets) {
  const Tensor z = scalar_tensor(2, kComplexDouble);
  EXPECT_EQ(result_type(ones({2}, kFloat), z), kComplexFloat);
  EXPECT_EQ(result_type(ones({2}, kBFloat16), z), kComplexFloat);
  EXPECT_EQ(result_type(ones({2}, kDouble), scalar_tensor(2, kComplexFloat)), kComplexDouble);
  EXPECT_EQ(result_type(ones({2}, kLong), z), kComplexDouble);
  EXPECT_EQ(result_type(ones({2}, kFloat), ones({1}, kComplexDouble)), kComplexDouble);
  EXPECT_EQ(ones({2}, kFloat).mul(z).scalar_type(), kComplexFloat);
  // Powers are of both parts.
  const Tensor i = complex_of(zeros({2}), ones({2})), minus = complex_of(full({2}, -1.0), zeros({2}));
  EXPECT_TRUE(view_as_real(float_power(i, full({2}, 2.0))).allclose(view_as_real(minus).to(kDouble)));
  EXPECT_TRUE(view_as_real(float_power(full({2}, std::exp(1.0), kDouble), i.mul(M_PI)))
                  .allclose(view_as_real(minus).to(kDouble), 1e-6, 1e-6));
  EXPECT_TRUE(view_as_real(float_power(i.to(kComplexDouble), 2)).equal(view_as_real(minus).to(kDouble)));
  EXPECT_EQ(float_power(i, 2).scalar_type(), kComplexDouble);
  EXPECT_TRUE(view_as_real(i.clone().pow_(2)).equal(view_as_real(minus)));
  EXPECT_TRUE(view_as_real(i.clone().pow_(full({2}, 2.0))).allclose(view_as_real(minus), 1e-6, 1e-6));
  EXPECT_THROWS_WITH(ones({2}).pow_(i), "can't be cast to the desired output type Float");
  EXPECT_THROWS_WITH(ones({2}).pow_(complex<double>(1, 2)), "can't be cast to the desired output type Float");
  Tensor out = empty({0}, kComplexFloat), wide = empty({0}, kComplexDouble), real = empty({0});
  EXPECT_TRUE(view_as_real(pow_out(out, i, 2)).equal(view_as_real(minus)));
  EXPECT_TRUE(view_as_real(pow_out(out, full({2}, -1.0), full({2}, 2.0).to(kComplexFloat)))
                  .allclose(view_as_real(minus).neg(), 1e-6, 1e-6));
  EXPECT_TRUE(view_as_real(float_power_out(wide, i, 2)).equal(view_as_real(minus).to(kDouble)));
  EXPECT_THROWS_WITH(pow_out(real, i, 2), "can't be cast to the desired output type Float");
  EXPECT_THROWS_WITH(float_power_out(out, i, 2), "requires dtype ComplexDouble, but the output has ComplexFloat");
}
