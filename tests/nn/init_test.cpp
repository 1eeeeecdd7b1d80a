#include "lampas/nn/init.h"

#include <cmath>

#include "lampas/nn/modules.h"
#include "lampas/ops.h"
#include "nn/golden.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

TEST(Init, GivesTheValuesOfPyTorch) {
  Golden golden("nn_init");
  manual_seed(0);
  golden.expect("linear", *Linear(7, 5));
  golden.expect("linear_no_bias", *Linear(LinearOptions(3, 4).bias(false)));
  golden.expect("conv1d", *Conv1d(4, 3, 3));
  golden.expect("conv2d", *Conv2d(2, 3, ExpandingArray<2>({3, 2})));
  golden.expect("conv2d_groups", *Conv2d(Conv2dOptions(4, 6, 3).groups(2)));
  golden.expect("conv3d", *Conv3d(1, 2, 2));
  golden.expect("batch_norm", *BatchNorm2d(3));
  const auto both = [&](const char* name, const std::function<Tensor(Tensor)>& f) {
    golden.expect(name, f(empty({6, 4})));
    golden.expect(name, f(empty({3, 5})));
  };
  both("uniform", [](Tensor t) { return init::uniform_(t, -2, 3); });
  both("normal", [](Tensor t) { return init::normal_(t, 1, 0.5); });
  both("trunc_normal", [](Tensor t) { return init::trunc_normal_(t, 0.1, 1, -0.5, 1.5); });
  both("xavier_uniform", [](Tensor t) { return init::xavier_uniform_(t, 1.5); });
  both("xavier_normal", [](Tensor t) { return init::xavier_normal_(t); });
  both("kaiming_uniform", [](Tensor t) { return init::kaiming_uniform_(t, 0.2, kFanOut); });
  both("kaiming_normal", [](Tensor t) { return init::kaiming_normal_(t, 0, kFanIn, kReLU); });
  both("orthogonal", [](Tensor t) { return init::orthogonal_(t, 2.0); });
  both("sparse", [](Tensor t) { return init::sparse_(t, 0.3, 0.1); });
  both("eye", [](Tensor t) { return init::eye_(t); });
  golden.expect("xavier_normal_4d", init::xavier_normal_(empty({2, 3, 2, 2})));
  golden.expect("orthogonal_4d", init::orthogonal_(empty({3, 2, 2, 2})));
  golden.expect("dirac", init::dirac_(empty({4, 3, 3})));
  golden.expect("dirac_groups", init::dirac_(empty({4, 2, 3, 2}), 2));
  golden.expect("after", rand(4));
}

TEST(Init, OrthogonalHasOrthonormalRowsOrColumns) {
  for (const auto& sizes : {std::vector<int64_t>{40, 17}, {17, 40}, {8, 8}, {5, 1}}) {
    const Tensor t = init::orthogonal_(lampas::empty(sizes));
    const Tensor m = sizes[0] > sizes[1] ? t.t() : t;
    EXPECT_TRUE(mm(m, m.t()).allclose(eye(m.size(0)), 0, 1e-5)) << IntArrayRef(sizes)[0];
  }
}

TEST(Init, Gains) {
  EXPECT_EQ(init::calculate_gain(kLinear), 1);
  EXPECT_EQ(init::calculate_gain(kConvTranspose3D), 1);
  EXPECT_EQ(init::calculate_gain(kSigmoid), 1);
  EXPECT_DOUBLE_EQ(init::calculate_gain(kTanh), 5.0 / 3);
  EXPECT_DOUBLE_EQ(init::calculate_gain(kReLU), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(init::calculate_gain(kLeakyReLU, 0.5), std::sqrt(1.6));
  EXPECT_NEAR(init::calculate_gain(kLeakyReLU), 1.414143, 1e-6);
  EXPECT_DOUBLE_EQ(init::calculate_gain(kSELU), 0.75);
}

TEST(Init, WorksOnLeavesWithGradientAndWithoutHistory) {
  const Tensor t = empty({3, 4}).requires_grad_();
  EXPECT_EQ(init::ones_(t).sum().item<float>(), 12);
  EXPECT_TRUE(t.is_leaf());
  EXPECT_TRUE(t.requires_grad());
}

TEST(Init, RefusesWrongRanksAndArguments) {
  EXPECT_MESSAGE(init::xavier_uniform_(empty(3)), "fewer than 2 dimensions, got [3]");
  EXPECT_MESSAGE(init::kaiming_normal_(empty(3)), "fewer than 2 dimensions");
  EXPECT_MESSAGE(init::eye_(empty(3)), "only tensors with 2 dimensions are supported, got [3]");
  EXPECT_MESSAGE(init::dirac_(empty({2, 2})), "only tensors with 3, 4, or 5 dimensions");
  EXPECT_MESSAGE(init::dirac_(empty({3, 2, 2}), 2), "must be divisible by groups (2)");
  EXPECT_MESSAGE(init::orthogonal_(empty(3)), "2 or more dimensions");
  EXPECT_MESSAGE(init::sparse_(empty({2, 2, 2}), 0.5), "only tensors with 2 dimensions");
  EXPECT_MESSAGE(init::sparse_(empty({2, 2}), 1.5), "sparsity must lie in [0, 1], got 1.5");
}

TEST(Init, OlderNamesDoTheSame) {
  const auto same = [](const std::function<Tensor(Tensor)>& a, const std::function<Tensor(Tensor)>& b,
                       IntArrayRef sizes = {3, 5}) {
    manual_seed(5);
    const Tensor x = a(empty(sizes));
    manual_seed(5);
    EXPECT_TRUE(x.equal(b(empty(sizes))));
  };
  same([](Tensor t) { return init::uniform(t, -1, 2); }, [](Tensor t) { return init::uniform_(t, -1, 2); });
  same([](Tensor t) { return init::normal(t, 1, 2); }, [](Tensor t) { return init::normal_(t, 1, 2); });
  same([](Tensor t) { return init::constant(t, 3); }, [](Tensor t) { return init::constant_(t, 3); });
  same([](Tensor t) { return init::eye(t); }, [](Tensor t) { return init::eye_(t); });
  same([](Tensor t) { return init::dirac(t); }, [](Tensor t) { return init::dirac_(t); }, {3, 16, 5, 5});
  same([](Tensor t) { return init::xavier_uniform(t, 2); }, [](Tensor t) { return init::xavier_uniform_(t, 2); });
  same([](Tensor t) { return init::xavier_normal(t, 2); }, [](Tensor t) { return init::xavier_normal_(t, 2); });
  same([](Tensor t) { return init::kaiming_uniform(t, 0.1, kFanOut); },
       [](Tensor t) { return init::kaiming_uniform_(t, 0.1, kFanOut); });
  same([](Tensor t) { return init::kaiming_normal(t, 0.1, kFanOut); },
       [](Tensor t) { return init::kaiming_normal_(t, 0.1, kFanOut); });
  same([](Tensor t) { return init::orthogonal(t); }, [](Tensor t) { return init::orthogonal_(t); });
  same([](Tensor t) { return init::sparse(t, 0.1); }, [](Tensor t) { return init::sparse_(t, 0.1); });
}

TEST(Init, GainsByName) {
  for (const char* one :
       {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid"})
    EXPECT_EQ(init::calculate_gain(one), 1) << one;
  EXPECT_DOUBLE_EQ(init::calculate_gain("tanh"), 5.0 / 3);
  EXPECT_NEAR(init::calculate_gain("relu"), 1.414214, 1e-6);
  EXPECT_NEAR(init::calculate_gain("leaky_relu"), 1.414143, 1e-6);
  EXPECT_NEAR(init::calculate_gain("leaky_relu", 0.2), 1.386750, 1e-6);
  EXPECT_EQ(init::calculate_gain("selu"), 0.75);
  EXPECT_MESSAGE(init::calculate_gain("gelu"), "unsupported nonlinearity 'gelu'");
}

TEST(Init, DocumentedBounds) {
  // The examples of the documentation, for a tensor (3, 5).
  manual_seed(1);
  const auto within = [](const Tensor& t, double bound) {
    const double largest = t.abs().max().item<double>();
    EXPECT_LE(largest, bound);
    EXPECT_GT(largest, bound / 2);
  };
  within(init::xavier_uniform_(empty({3, 5}), init::calculate_gain("relu")), 1.224745);
  within(init::kaiming_uniform_(empty({3, 5}), 0, kFanIn), 1.095445);
  const Tensor w = init::orthogonal_(empty({3, 5}));
  EXPECT_TRUE(w.matmul(w.t()).allclose(eye(3), 1e-5, 1e-6));
  EXPECT_TRUE(init::sparse_(empty({3, 5}), 0.1).eq(0).sum(0).eq(1).all().item<bool>());
  const Tensor d = init::dirac_(empty({3, 16, 5, 5}));
  EXPECT_EQ(d.sum().item<float>(), 3);
  for (int k = 0; k < 3; ++k) EXPECT_EQ(d.index({k, k, 2, 2}).item<float>(), 1);
}

TEST(Init, RefusesImpossibleDistributions) {
  EXPECT_MESSAGE(init::uniform_(empty(3), 2, 1), "init::uniform_: expected low <= high, got 2 and 1");
  EXPECT_MESSAGE(init::normal_(empty(3), 0, -1), "init::normal_: expected std >= 0, got -1");
  EXPECT_MESSAGE(init::sparse_(empty({3, 3}), 0.5, -1), "init::sparse_: expected std >= 0");
}

}  // namespace
}  // namespace lampas::nn
