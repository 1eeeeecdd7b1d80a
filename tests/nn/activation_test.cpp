// Activations: functionals and modules against PyTorch (tests/data/nn/activation.txt), in place, other dtypes,
// printing, errors.
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "lampas/autograd/autograd.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;
using Numbers = std::vector<double>;

struct GoldenCase {
  std::string line, name;
  Numbers options, y, dx, dweight;
};
struct Goldens {
  Tensor x, g;
  std::vector<GoldenCase> cases;
};
Numbers numbers_of(const std::string& text) {
  std::istringstream in(text);
  Numbers v;
  std::string word;
  while (in >> word) v.push_back(std::stod(word));
  return v;
}
const Goldens& goldens() {
  static const Goldens all = [] {
    Goldens r;
    std::ifstream file(LAMPAS_TEST_DATA "/nn/activation.txt");
    std::string line;
    while (std::getline(file, line)) {
      const size_t blank = line.find(' ');
      const std::string name = line.substr(0, blank);
      if (name == "x" || name == "g") {
        (name == "x" ? r.x : r.g) = tensor(numbers_of(line.substr(blank)), kDouble).view({2, 4, 3});
        continue;
      }
      GoldenCase c;
      c.line = line;
      c.name = name;
      std::istringstream in(line.substr(blank));
      std::string part;
      for (Numbers* v : {&c.options, &c.y, &c.dx, &c.dweight})
        if (std::getline(in, part, ':')) *v = numbers_of(part);
      r.cases.push_back(c);
    }
    return r;
  }();
  return all;
}

/// The functional, the module, and where there is one the in-place functional, for a case's options.
struct Ways {
  std::function<Tensor(const Tensor&)> function, module, inplace;
};
Ways ways(const GoldenCase& c, const Tensor& weight) {
  const Numbers& o = c.options;
  const auto has = [&](size_t k) { return o.size() > k; };
  const auto with = [](auto functional, auto options, auto module) {
    auto in_options = options;
    in_options.inplace(true);
    return Ways{[=](const Tensor& x) { return functional(x, options); },
                [=](const Tensor& x) mutable { return module->forward(x); },
                [=](const Tensor& x) { return functional(x, in_options); }};
  };
  const auto plain = [](auto functional, auto module) {
    return Ways{functional, [=](const Tensor& x) mutable { return module->forward(x); }, nullptr};
  };
  if (c.name == "elu") {
    const auto e = has(0) ? ELUOptions().alpha(o[0]) : ELUOptions();
    return with(F::elu, e, ELU(e));
  }
  if (c.name == "selu") return with(F::selu, SELUOptions(), SELU());
  if (c.name == "celu") {
    const auto e = has(0) ? CELUOptions().alpha(o[0]) : CELUOptions();
    return with(F::celu, e, CELU(e));
  }
  if (c.name == "gelu") return plain([](const Tensor& x) { return F::gelu(x); }, GELU());
  if (c.name == "gelu_tanh")
    return plain([](const Tensor& x) { return F::gelu(x, F::GELUFuncOptions().approximate("tanh")); },
                 GELU(GELUOptions().approximate("tanh")));
  if (c.name == "silu") return plain(F::silu, SiLU());
  if (c.name == "mish") return plain(F::mish, Mish());
  if (c.name == "glu") {
    const auto dim = static_cast<int64_t>(o[0]);
    return plain([dim](const Tensor& x) { return F::glu(x, dim); }, GLU(dim));
  }
  if (c.name == "relu") return with(F::relu, ReLUOptions(), ReLU());
  if (c.name == "relu6") return with(F::relu6, ReLU6Options(), ReLU6());
  if (c.name == "leaky_relu") {
    const auto e = has(0) ? LeakyReLUOptions().negative_slope(o[0]) : LeakyReLUOptions();
    return with(F::leaky_relu, e, LeakyReLU(e));
  }
  if (c.name == "prelu") {
    PReLU module(PReLUOptions().num_parameters(weight.numel()).init(0.25));
    module->weight = weight;
    return plain([weight](const Tensor& x) { return F::prelu(x, weight); }, module);
  }
  if (c.name == "rrelu") {
    const bool train = o[2] != 0;
    RReLU module(RReLUOptions().lower(o[0]).upper(o[1]));
    module->train(train);
    return with(F::rrelu, F::RReLUFuncOptions().lower(o[0]).upper(o[1]).training(train), module);
  }
  if (c.name == "hardtanh") {
    const auto e = has(0) ? HardtanhOptions().min_val(o[0]).max_val(o[1]) : HardtanhOptions();
    return with(F::hardtanh, e, Hardtanh(e));
  }
  if (c.name == "hardsigmoid") return plain([](const Tensor& x) { return hardsigmoid(x); }, Hardsigmoid());
  if (c.name == "hardswish") return plain([](const Tensor& x) { return hardswish(x); }, Hardswish());
  if (c.name == "hardshrink") {
    const double lambda = has(0) ? o[0] : 0.5;
    return plain([lambda](const Tensor& x) { return F::hardshrink(x, lambda); }, Hardshrink(lambda));
  }
  if (c.name == "softshrink") {
    const double lambda = has(0) ? o[0] : 0.5;
    return plain([lambda](const Tensor& x) { return F::softshrink(x, lambda); }, Softshrink(lambda));
  }
  if (c.name == "softplus") {
    const auto e = has(0) ? SoftplusOptions().beta(o[0]).threshold(o[1]) : SoftplusOptions();
    return plain([e](const Tensor& x) { return F::softplus(x, e); }, Softplus(e));
  }
  if (c.name == "logsigmoid") return plain(F::logsigmoid, LogSigmoid());
  if (c.name == "softsign") return plain(F::softsign, Softsign());
  if (c.name == "tanhshrink") return plain(F::tanhshrink, Tanhshrink());
  if (c.name == "sigmoid") return plain([](const Tensor& x) { return sigmoid(x); }, Sigmoid());
  if (c.name == "tanh") return plain([](const Tensor& x) { return tanh(x); }, Tanh());
  if (c.name == "threshold") {
    const ThresholdOptions e(o[0], o[1]);
    return with(F::threshold, e, Threshold(e));
  }
  const int64_t dim = has(0) ? static_cast<int64_t>(o[0]) : kImplicitDim;
  if (c.name == "softmax") return plain([dim](const Tensor& x) { return F::softmax(x, dim); }, Softmax(dim));
  if (c.name == "softmin") return plain([dim](const Tensor& x) { return F::softmin(x, dim); }, Softmin(dim));
  if (c.name == "log_softmax") return plain([dim](const Tensor& x) { return F::log_softmax(x, dim); }, LogSoftmax(dim));
  if (c.name == "softmax2d") return plain([](const Tensor& x) { return F::softmax(x, 0); }, Softmax2d());
  if (c.name == "gumbel_softmax") {
    const auto e = F::GumbelSoftmaxFuncOptions().tau(o[0]).hard(o[1] != 0).dim(static_cast<int>(o[2]));
    return {[e](const Tensor& x) { return F::gumbel_softmax(x, e); }, nullptr, nullptr};
  }
  if (c.name == "crelu")
    return {[](const Tensor& x) {
              const Tensor first = x.slice(0, 0, 1);
              return cat({F::relu(first), F::relu(-first)}, 1);
            },
            nullptr, nullptr};
  throw std::runtime_error("no activation " + c.name);
}

class Quiet {
 public:
  Quiet() : before_(set_warning_handler([](const std::string&) {})) {}
  ~Quiet() { set_warning_handler(before_); }

 private:
  WarningHandler before_;
};

void expect_near(const Tensor& got, const Numbers& want, double tolerance, const std::string& what) {
  ASSERT_EQ(got.numel(), static_cast<int64_t>(want.size())) << what;
  const Tensor d = got.detach().to(kDouble).contiguous();
  for (size_t k = 0; k < want.size(); ++k)
    EXPECT_NEAR(d.data_ptr<double>()[k], want[k], tolerance * (1 + std::abs(want[k]))) << what << " element " << k;
}

TEST(ActivationGolden, ResultsAndDerivativesInEveryDtype) {
  Quiet quiet;
  const Goldens& all = goldens();
  EXPECT_GT(all.cases.size(), 50u);
  for (const GoldenCase& c : all.cases) {
    const Tensor weight =
        c.name != "prelu" ? Tensor() : tensor(c.options.empty() ? Numbers{0.3} : Numbers{0.3, -0.2, 0.1, 1.5}, kDouble);
    for (const ScalarType dtype : {kDouble, kFloat, kBFloat16, kHalf}) {
      // A draw depends on the dtype's random stream, and a rounded input may lie on the other side of a bend.
      const bool reduced = dtype == kHalf || dtype == kBFloat16;
      if (c.name == "gumbel_softmax" && dtype != kDouble) continue;
      // PyTorch's derivative of hardsigmoid takes 1/6 in float32 whatever the dtype.
      const double exact = c.name == "hardsigmoid" ? 1e-8 : 1e-9;
      const double tolerance = dtype == kDouble ? exact : dtype == kFloat ? 2e-5 : dtype == kHalf ? 2e-2 : 8e-2;
      const Tensor w = weight.defined() ? weight.detach().clone().to(dtype).requires_grad_() : Tensor();
      const Ways f = ways(c, w);
      for (const auto* way : {&f.function, &f.module, &f.inplace}) {
        if (!*way) continue;
        const std::string what = c.line.substr(0, 30) + " way " +
                                 std::to_string(way == &f.function ? 0
                                                : way == &f.module ? 1
                                                                   : 2) +
                                 " dtype " + std::to_string(static_cast<int>(dtype));
        Tensor leaf = all.x.to(dtype).clone().requires_grad_();
        const Tensor in = way == &f.inplace ? leaf * 1 : leaf;
        manual_seed(0);
        const Tensor y = (*way)(in);
        EXPECT_EQ(y.scalar_type(), dtype);
        if (way == &f.inplace) {
          EXPECT_TRUE(y.is_same(in)) << what;
        }
        expect_near(y, c.y, tolerance, what);
        y.backward(all.g.to(dtype).flatten().slice(0, 0, y.numel()).view_as(y));
        if (!reduced) expect_near(leaf.grad(), c.dx, tolerance, what + " dx");
        if (w.defined()) {
          if (!reduced) expect_near(w.grad(), c.dweight, tolerance, what + " dweight");
          w.mutable_grad() = Tensor();
        }
      }
    }
  }
}

TEST(ActivationGolden, StridedInputsGiveTheSame) {
  Quiet quiet;
  for (const GoldenCase& c : goldens().cases) {
    if (c.name == "prelu" || c.name == "gumbel_softmax" || c.name == "rrelu") continue;
    const Tensor x = goldens().x.permute({2, 1, 0}).contiguous().permute({2, 1, 0});
    EXPECT_FALSE(x.is_contiguous());
    const Ways f = ways(c, {});
    expect_near(f.function(x), c.y, 1e-9, c.line.substr(0, 30));
  }
}

TEST(Activation, NaNStaysAndEmptyStaysEmpty) {
  const Tensor x = full({3}, NAN);
  const std::vector<std::function<Tensor(const Tensor&)>> all = {
      [](const Tensor& t) { return F::elu(t); },        [](const Tensor& t) { return F::gelu(t); },
      [](const Tensor& t) { return F::silu(t); },       [](const Tensor& t) { return F::mish(t); },
      [](const Tensor& t) { return F::relu6(t); },      [](const Tensor& t) { return F::leaky_relu(t); },
      [](const Tensor& t) { return F::hardshrink(t); }, [](const Tensor& t) { return F::softshrink(t); },
      [](const Tensor& t) { return F::softplus(t); },   [](const Tensor& t) { return F::logsigmoid(t); },
      [](const Tensor& t) { return F::softsign(t); },   [](const Tensor& t) { return hardswish(t); },
      [](const Tensor& t) { return hardsigmoid(t); },   [](const Tensor& t) { return F::threshold(t, {0.5, 2}); }};
  for (const auto& f : all) {
    EXPECT_TRUE(f(x).isnan().all().item<bool>());
    EXPECT_EQ(f(empty({0, 3})).sizes(), IntArrayRef({0, 3}));
    EXPECT_EQ(f(full({}, 0.7)).dim(), 0);
  }
}

TEST(Activation, IntegersWherePyTorchTakesThem) {
  const Tensor x = tensor({-7, 2, 9}, kLong);
  EXPECT_TRUE(F::relu(x).equal(tensor({0, 2, 9}, kLong)));
  EXPECT_TRUE(F::relu6(x).equal(tensor({0, 2, 6}, kLong)));
  EXPECT_TRUE(F::hardtanh(x).equal(tensor({-1, 1, 1}, kLong)));
  EXPECT_TRUE(F::threshold(x, {2, 20}).equal(tensor({20, 20, 9}, kLong)));
  EXPECT_EQ(softsign(x).scalar_type(), kFloat);
  EXPECT_MESSAGE(F::hardtanh(x.to(kByte)), "cannot do hardtanh on an unsigned type with negative limits");
  EXPECT_MESSAGE(F::relu(x.to(kBool)), "Boolean inputs not supported for relu");
  EXPECT_MESSAGE(F::hardtanh(x.to(kBool)), "Bool inputs not supported for hardtanh");
  EXPECT_MESSAGE(F::elu(x), "elu: not implemented for dtype Long");
}

TEST(Activation, RReLUDrawsOnlyForWhatIsNotPositive) {
  manual_seed(5);
  const Tensor x = tensor({1.0, -1.0, 2.0, -2.0}, kDouble), y = F::rrelu(x, F::RReLUFuncOptions().training(true));
  manual_seed(5);
  const Tensor z = F::rrelu(tensor({-1.0, -2.0}, kDouble), F::RReLUFuncOptions().training(true));
  EXPECT_EQ(y[1].item<double>(), z[0].item<double>());
  EXPECT_EQ(y[3].item<double>(), z[1].item<double>());
  EXPECT_EQ(y[2].item<double>(), 2);
  const double slope = -z[0].item<double>();
  EXPECT_TRUE(slope >= 0.125 && slope <= 1.0 / 3);
  RReLU module;
  module->eval();
  EXPECT_NEAR(module(x)[1].item<double>(), -11.0 / 48, 1e-12);
}

TEST(Activation, GumbelSoftmax) {
  manual_seed(1);
  const Tensor logits = randn({5, 7}), hard = F::gumbel_softmax(logits, F::GumbelSoftmaxFuncOptions().hard(true));
  EXPECT_TRUE(hard.sum(-1).allclose(ones({5})));
  EXPECT_TRUE(hard.eq(0).logical_or((hard - 1).abs().lt(1e-6)).all().item<bool>());
  EXPECT_TRUE(F::gumbel_softmax(logits, F::GumbelSoftmaxFuncOptions().dim(0)).sum(0).allclose(ones({7})));
  EXPECT_MESSAGE(F::gumbel_softmax(logits, F::GumbelSoftmaxFuncOptions().tau(0)), "positive temperature tau, got 0");
  EXPECT_MESSAGE(F::gumbel_softmax(logits, F::GumbelSoftmaxFuncOptions().dim(2)), "softmax");
}

TEST(Activation, ImplicitSoftmaxDimWarns) {
  static int warnings;
  warnings = 0;
  const WarningHandler before = set_warning_handler(
      [](const std::string& text) { warnings += contains(text, "choosing the dimension implicitly is deprecated"); });
  for (const int64_t rank : {1, 2, 3, 4}) {
    const Tensor x = randn(std::vector<int64_t>(static_cast<size_t>(rank), 2));
    const int64_t dim = rank == 1 || rank == 3 ? 0 : 1;
    EXPECT_TRUE(Softmax()(x).equal(softmax(x, dim)));
    EXPECT_TRUE(LogSoftmax()(x).equal(log_softmax(x, dim)));
    EXPECT_TRUE(Softmin()(x).equal(softmax(-x, dim)));
  }
  EXPECT_EQ(warnings, 12);
  EXPECT_TRUE(Softmax(0)(randn({2, 2})).defined());
  EXPECT_EQ(warnings, 12);
  set_warning_handler(before);
}

TEST(Activation, Errors) {
  const Tensor x = randn({2, 3});
  EXPECT_MESSAGE(Hardtanh(HardtanhOptions().min_val(2).max_val(1)), "max_val must be greater than min_val");
  EXPECT_MESSAGE(F::hardtanh(x, F::HardtanhFuncOptions().min_val(1).max_val(0.5)),
                 "hardtanh: max_val must not be less than min_val, got min_val 1 and max_val 0.5");
  EXPECT_MESSAGE(RReLU(RReLUOptions().lower(0.3).upper(0.1)), "Lower bound should be less than or equal");
  EXPECT_MESSAGE(F::rrelu(x, F::RReLUFuncOptions().lower(0.3).upper(0.1)), "Lower bound should be less than or equal");
  EXPECT_MESSAGE(F::celu(x, F::CELUFuncOptions().alpha(0)), "alpha cannot be 0 for CELU");
  EXPECT_MESSAGE(F::softshrink(x, -1), "lambda must be greater or equal to 0, but found to be -1");
  EXPECT_MESSAGE(F::gelu(x, F::GELUFuncOptions().approximate("erf")), "must be either none or tanh, got 'erf'");
  EXPECT_MESSAGE(F::glu(x, 1), "Halving dimension must be even, but dimension 1 is size 3");
  EXPECT_MESSAGE(F::glu(full({}, 1)), "glu does not support scalars");
  EXPECT_MESSAGE(F::glu(x, 5), "glu");
  EXPECT_MESSAGE(F::prelu(x, ones({2})), "Found parameter numbers = 2 and channel size = 3");
  EXPECT_MESSAGE(F::prelu(randn({4}), ones({4})), "Found parameter numbers = 4 and channel size = 1");
  EXPECT_MESSAGE(F::prelu(full({}, 1.0), ones({2})), "Not allow zero-dim input tensor");
  EXPECT_EQ(F::prelu(full({}, -2.0), full({1}, 0.5)).item<float>(), -1);
  EXPECT_MESSAGE(F::prelu(x, ones({3}, kDouble)), "expected weight of dtype Float, got Double");
  EXPECT_MESSAGE(Softmax2d()(x), "Softmax2d requires a 3D or 4D tensor as input");
  EXPECT_MESSAGE(Softmax(2)(x), "softmax");
  EXPECT_MESSAGE(F::softplus(x, F::SoftplusFuncOptions().beta(0)), "beta must not be 0");
  // A leaf that needs a gradient cannot be overwritten, and stays as it was.
  const Tensor leaf = ones({2}).neg().requires_grad_();
  EXPECT_MESSAGE(F::relu(leaf, true), "leaf");
  EXPECT_TRUE(leaf.detach().equal(ones({2}).neg()));
}

TEST(Activation, PrintsAsLibTorch) {
  EXPECT_EQ(printed(ELU(ELUOptions().alpha(42.42).inplace(true))), "torch::nn::ELU(alpha=42.42, inplace=true)");
  EXPECT_EQ(printed(ELU()), "torch::nn::ELU(alpha=1)");
  EXPECT_EQ(printed(SELU()), "torch::nn::SELU()");
  EXPECT_EQ(printed(SELU(SELUOptions().inplace(true))), "torch::nn::SELU(inplace=true)");
  EXPECT_EQ(printed(CELU(CELUOptions().alpha(42.42).inplace(true))), "torch::nn::CELU(alpha=42.42, inplace=true)");
  EXPECT_EQ(printed(Hardshrink()), "torch::nn::Hardshrink(0.5)");
  EXPECT_EQ(printed(Softshrink(42.42)), "torch::nn::Softshrink(42.42)");
  EXPECT_EQ(printed(Hardtanh()), "torch::nn::Hardtanh(min_val=-1, max_val=1)");
  EXPECT_EQ(printed(Hardtanh(HardtanhOptions().min_val(-42.42).max_val(0.42).inplace(true))),
            "torch::nn::Hardtanh(min_val=-42.42, max_val=0.42, inplace=true)");
  EXPECT_EQ(printed(LeakyReLU()), "torch::nn::LeakyReLU(negative_slope=0.01)");
  EXPECT_EQ(printed(LeakyReLU(LeakyReLUOptions().negative_slope(0.42).inplace(true))),
            "torch::nn::LeakyReLU(negative_slope=0.42, inplace=true)");
  EXPECT_EQ(printed(PReLU(PReLUOptions().num_parameters(42))), "torch::nn::PReLU(num_parameters=42)");
  EXPECT_EQ(printed(ReLU6(true)), "torch::nn::ReLU6(inplace=true)");
  EXPECT_EQ(printed(RReLU()), "torch::nn::RReLU(lower=0.125, upper=0.333333)");
  EXPECT_EQ(printed(RReLU(RReLUOptions().lower(0.24).upper(0.42).inplace(true))),
            "torch::nn::RReLU(lower=0.24, upper=0.42, inplace=true)");
  EXPECT_EQ(printed(GLU(1)), "torch::nn::GLU(dim=1)");
  EXPECT_EQ(printed(GELU(GELUOptions().approximate("tanh"))), "torch::nn::GELU()");
  EXPECT_EQ(printed(SiLU()) + printed(Mish()), "torch::nn::SiLU()torch::nn::Mish()");
  EXPECT_EQ(printed(Softplus(SoftplusOptions().beta(0.24).threshold(42.42))),
            "torch::nn::Softplus(beta=0.24, threshold=42.42)");
  EXPECT_EQ(printed(LogSigmoid()) + printed(Softsign()) + printed(Tanhshrink()) + printed(Softmax2d()),
            "torch::nn::LogSigmoid()torch::nn::Softsign()torch::nn::Tanhshrink()torch::nn::Softmax2d()");
  EXPECT_EQ(printed(Threshold(24.24, 42.42)), "torch::nn::Threshold(threshold=24.24, value=42.42)");
  EXPECT_EQ(printed(Threshold(ThresholdOptions(42.42, 24.24).inplace(true))),
            "torch::nn::Threshold(threshold=42.42, value=24.24, inplace=true)");
  EXPECT_EQ(printed(Hardsigmoid()) + printed(Hardswish(true)),
            "torch::nn::Hardsigmoid()torch::nn::Hardswish(inplace=true)");
  EXPECT_EQ(printed(Softmax()), "torch::nn::Softmax(dim=None)");
}

TEST(Activation, PReLUHasAParameter) {
  PReLU one, many(PReLUOptions().num_parameters(3).init(0.42));
  EXPECT_EQ(one->parameters().size(), 1u);
  EXPECT_TRUE(one->weight.requires_grad());
  EXPECT_TRUE(many->weight.detach().equal(full({3}, 0.42f)));
  const PReLU copy = std::dynamic_pointer_cast<PReLUImpl>(many->clone());
  EXPECT_TRUE(copy->weight.equal(many->weight));
  EXPECT_FALSE(copy->weight.is_alias_of(many->weight));
}

}  // namespace
}  // namespace lampas::nn
