// Random functions give PyTorch's numbers (tests/data/ops/random.txt, made by tools/goldens/ops_random.py) and leave
// the generator where PyTorch leaves it.
#include "lampas/ops/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "lampas/lampas.h"
#include "ops/golden_case.h"
#include "ops/throws.h"

namespace {

using namespace lampas;
using golden::values;

Tensor strided(ScalarType t) { return zeros({5, 4}, t).t(); }
Tensor sliced(ScalarType t) { return zeros({6, 8}, t).slice(0, 0, 6, 2).slice(1, 0, 8, 2); }
Tensor permuted(ScalarType t) { return zeros({2, 3, 4}, t).permute({2, 0, 1}); }
Tensor weights() { return tensor({{1.0, 2.0, 3.0, 4.0}, {0.0, 1.0, 0.0, 5.0}}); }

const std::map<std::string, std::function<Tensor()>>& cases() {
  static const std::map<std::string, std::function<Tensor()>> all = {
      {"rand",
       [] {
         return rand({3, 5});
       }},
      {"rand double", [] { return rand({7}, kDouble); }},
      {"rand bfloat16", [] { return rand({7}, kBFloat16); }},
      {"rand 0-d", [] { return rand({}); }},
      {"rand empty",
       [] {
         return rand({0, 3});
       }},
      {"rand generator", [] { return rand({4}, make_generator(7)); }},
      {"rand_like strided", [] { return rand_like(strided(kFloat)); }},
      {"randn", [] { return randn({5}); }},
      {"randn 20", [] { return randn({20}); }},
      {"randn double 33", [] { return randn({33}, kDouble); }},
      {"randn_like strided", [] { return randn_like(strided(kFloat)); }},
      {"randn complex",
       [] {
         const Tensor c = randn({9}, kComplexFloat);
         return from_blob(c.data_ptr(), {9, 2}, kFloat).clone();
       }},
      {"randint", [] { return randint(10, {12}); }},
      {"randint range", [] { return randint(-5, 5, {12}); }},
      {"randint wide", [] { return randint(0, int64_t{1} << 40, {5}); }},
      {"randint float", [] { return randint(0, 9, {6}, kFloat); }},
      {"randint byte", [] { return randint(0, 256, {6}, kByte); }},
      {"randint_like", [] { return randint_like(strided(kFloat), 3, 7); }},
      {"randperm", [] { return randperm(11); }},
      {"randperm int", [] { return randperm(5, kInt); }},
      {"randperm 0", [] { return randperm(0); }},
      {"normal sizes", [] { return normal(2.0, 0.5, {4}); }},
      {"normal tensor number", [] { return normal(arange(6.0), 0.25); }},
      {"normal number tensor", [] { return normal(1.5, arange(6.0)); }},
      {"normal tensors", [] { return normal(arange(3.0).unsqueeze(1), arange(6.0)); }},
      {"bernoulli", [] { return bernoulli(linspace(0, 1, 20)); }},
      {"bernoulli strided",
       [] {
         return bernoulli(linspace(0, 1, 20).view({5, 4}).t());
       }},
      {"bernoulli p", [] { return bernoulli(linspace(0, 1, 20), 0.3); }},
      {"poisson",
       [] {
         return poisson(tensor({{0.0f, 0.3f, 4.0f, 9.5f}, {10.0f, 25.0f, 300.0f, 1e5f}}));
       }},
      {"poisson strided",
       [] {
         return poisson(arange(20.0, kDouble).view({5, 4}).t());
       }},
      {"binomial",
       [] {
         return binomial(tensor({{0.0f, 5.0f, 30.0f, 1e4f}}), tensor({{0.0f}, {0.1f}, {0.5f}, {0.8f}, {1.0f}}));
       }},
      {"binomial double", [] { return binomial(full({9}, 100.0, kDouble), linspace(0, 1, 9, kDouble)); }},
      {"multinomial", [] { return multinomial(weights(), 3, true); }},
      {"multinomial one", [] { return multinomial(weights(), 1, true); }},
      {"multinomial without", [] { return weights().multinomial(2); }},
      {"multinomial vector", [] { return weights()[0].multinomial(4); }},
      {"uniform_ strided", [] { return strided(kFloat).uniform_(-1, 2); }},
      {"uniform_ sliced", [] { return sliced(kDouble).uniform_(); }},
      {"uniform_ permuted", [] { return permuted(kFloat).uniform_(); }},
      {"normal_ strided", [] { return strided(kFloat).normal_(1, 2); }},
      {"normal_ sliced", [] { return sliced(kDouble).normal_(); }},
      {"normal_ permuted", [] { return permuted(kFloat).normal_(); }},
      {"exponential_", [] { return permuted(kFloat).exponential_(2); }},
      {"geometric_", [] { return zeros({9}, kLong).geometric_(0.3); }},
      {"cauchy_", [] { return zeros({9}, kDouble).cauchy_(1, 2); }},
      {"log_normal_", [] { return zeros({9}, kDouble).log_normal_(0.5, 0.25); }},
      {"bernoulli_ strided", [] { return strided(kFloat).bernoulli_(0.4); }},
      {"bernoulli_ tensor", [] { return permuted(kInt).bernoulli_(linspace(0, 1, 3)); }},
      {"random_", [] { return zeros({5}, kInt).random_(); }},
      {"random_ to", [] { return strided(kLong).random_(100); }},
      {"random_ from to", [] { return zeros({5}).random_(-3, 3); }},
  };
  return all;
}

TEST(Random, StreamsEqualPyTorch) {
  std::ifstream file(LAMPAS_TEST_DATA "/ops/random.txt");
  ASSERT_TRUE(file.good());
  std::string line;
  size_t count = 0;
  while (std::getline(file, line)) {
    auto parts = golden::split(line, '|');
    SCOPED_TRACE(parts[0]);
    const auto make = cases().find(parts[0]);
    ASSERT_NE(make, cases().end());
    manual_seed(99);
    const Tensor y = make->second();
    const double after = rand({1}, kDouble).item<double>();
    EXPECT_EQ(after, std::stod(parts[4])) << "the generator is elsewhere";
    EXPECT_EQ(y.scalar_type(), golden::dtype_named(parts[1]));
    EXPECT_EQ(y.sizes().vec(), golden::ints(parts[2]));
    const std::vector<double> got = values(y);
    const auto want = golden::split(parts[3], ',');
    ASSERT_EQ(got.size(), want.size());
    const double eps = y.scalar_type() == kDouble ? 4e-15 : 4e-7;
    for (size_t k = 0; k < got.size(); ++k) {
      const double w = std::stod(want[k]);
      EXPECT_NEAR(got[k], w, eps * std::max(1.0, std::abs(w))) << "element " << k;
    }
    ++count;
  }
  EXPECT_EQ(count, cases().size());
}

TEST(Random, LikeKeepsTheLayout) {
  EXPECT_EQ(rand_like(strided(kFloat)).strides(), strided(kFloat).strides());
  EXPECT_EQ(randn_like(strided(kFloat), kDouble).scalar_type(), kDouble);
}

TEST(Random, OptionsAndHistory) {
  EXPECT_TRUE(rand({2}, requires_grad()).requires_grad());
  EXPECT_TRUE(randn({2}, requires_grad()).is_leaf());
  EXPECT_EQ(randn({2})._version(), 0);
  Tensor x = zeros({2});
  x.uniform_();
  EXPECT_EQ(x._version(), 1);
  const Tensor leaf = ones({3}, dtype(kDouble).requires_grad(true));
  EXPECT_THROWS_WITH(leaf.normal_(), "normal_: a leaf Variable that requires grad");
  const Tensor y = (leaf * 2).uniform_();
  EXPECT_TRUE(y.requires_grad());
  y.sum().backward();
  if (leaf.grad().defined()) {
    EXPECT_EQ(values(leaf.grad()), (std::vector<double>{0, 0, 0}));
  }
}

TEST(Random, DrawsFromTensorsHaveZeroGradients) {
  const std::function<Tensor(const Tensor&)> draws[] = {
      [](const Tensor& x) { return bernoulli(x); },   [](const Tensor& x) { return normal(x, 0.5); },
      [](const Tensor& x) { return normal(0.5, x); }, [](const Tensor& x) { return normal(ones({3, 2}), x); },
      [](const Tensor& x) { return poisson(x); },
  };
  for (const auto& draw : draws) {
    const Tensor x = tensor({0.25, 0.75}).requires_grad_();
    const Tensor y = draw(x);
    ASSERT_TRUE(y.requires_grad());
    y.mul(rand_like(y)).sum().backward();
    EXPECT_TRUE(equal(x.grad(), zeros({2}))) << x.grad();
    NoGradGuard off;
    EXPECT_FALSE(draw(x).requires_grad());
  }
}

TEST(Random, Errors) {
  Tensor x = zeros({3});
  EXPECT_THROWS_WITH(x.uniform_(2, 1), "uniform_ expects to return a [from, to) range, but found from=2 > to=1");
  EXPECT_THROWS_WITH(x.uniform_(-1e40, 1), "from is out of bounds for Float");
  EXPECT_THROWS_WITH(x.uniform_(-3e38, 3e38), "which result in to-from to exceed the limit");
  EXPECT_THROWS_WITH(zeros({3}, kLong).uniform_(), "uniform_: not implemented for dtype Long");
  EXPECT_THROWS_WITH(randn({3}, kInt), "normal_: not implemented for dtype Int");
  EXPECT_THROWS_WITH(x.normal_(0, -1), "normal expects std >= 0.0, but found std -1");
  EXPECT_THROWS_WITH(normal(x, x - 1), "normal expects all elements of std >= 0.0");
  EXPECT_THROWS_WITH(x.exponential_(-1), "exponential_ expects lambda >= 0.0, but found lambda=-1");
  EXPECT_THROWS_WITH(x.geometric_(1), "geometric_ expects p to be in (0, 1), but got p=1");
  EXPECT_THROWS_WITH(x.log_normal_(0, 0), "log_normal_ expects std > 0.0, but found std=0");
  EXPECT_THROWS_WITH(x.bernoulli_(2), "bernoulli_ expects p to be in [0, 1], but got p=2");
  EXPECT_THROWS_WITH(x.bernoulli_(tensor({0.5, 2.0, 0.5})), "expected probabilities in [0, 1], got 2");
  EXPECT_THROWS_WITH(x.bernoulli_(ones({4})), "must match the existing size (4)");
  EXPECT_THROWS_WITH(bernoulli(tensor({1, 0})), "not implemented for dtype Long");
  EXPECT_THROWS_WITH(randint(5, 3, {2}), "expects 'from' to be less than 'to', but got from=5 >= to=3");
  EXPECT_THROWS_WITH(randint(0, 300, {2}, kByte), "to - 1 is out of bounds for");
  EXPECT_THROWS_WITH(x.random_(0), "random_: expects 'from' to be less than 'to', but got from=0 >= to=0");
  EXPECT_THROWS_WITH(randperm(-1), "randperm: n must be non-negative, got -1");
  EXPECT_THROWS_WITH(randperm(3000, kHalf), "randperm: n cannot be greater than 2049 for Half type, got 3000");
  EXPECT_THROWS_WITH(randperm(3, kBool), "randperm: not implemented for dtype Bool");
  EXPECT_THROWS_WITH(rand({-1}), "negative dimension");
  EXPECT_THROWS_WITH(zeros({1}).expand({3}).uniform_(),
                     "more than one element of the written-to tensor refers to a single memory location");
  EXPECT_THROWS_WITH(multinomial(zeros({2, 2, 2}), 1), "prob_dist must be 1 or 2 dim");
  EXPECT_THROWS_WITH(multinomial(tensor({1, 2}), 1), "only supports floating-point dtypes for input, got: Long");
  EXPECT_THROWS_WITH(multinomial(ones({2}), 0), "cannot sample n_sample <= 0 samples");
  EXPECT_THROWS_WITH(multinomial(ones({2}), 3),
                     "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  EXPECT_THROWS_WITH(multinomial(tensor({1., -2.}), 1), "multinomial");
  EXPECT_THROWS_WITH(multinomial(zeros({2}), 1, true), "multinomial");
  EXPECT_EQ(multinomial(zeros({0, 3}), 1).sizes().vec(), (std::vector<int64_t>{0, 1}));
}

}  // namespace
