#include "lampas/nn/summary.h"

#include "lampas/nn/modules.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

using Shapes = std::vector<std::vector<int64_t>>;

TEST(Summary, CountsShapesParametersAndWork) {
  Sequential net({{"conv", Conv2d(Conv2dOptions(1, 4, 3).padding(1))},
                  {"act", ReLU()},
                  {"flat", Flatten()},
                  {"head", Linear(4 * 6 * 6, 10)}});
  net->at<LinearImpl>(3).bias.requires_grad_(false);
  net->at<ReLUImpl>(1).eval();
  const Summary s = summary(net, {2, 1, 6, 6});
  ASSERT_EQ(s.rows.size(), 5u);
  EXPECT_EQ(s.rows[0].type, "Sequential");
  EXPECT_EQ(s.rows[1].name, "conv");
  EXPECT_EQ(s.rows[1].type, "Conv2d");
  EXPECT_EQ(s.rows[1].input_shapes, (Shapes{{2, 1, 6, 6}}));
  EXPECT_EQ(s.rows[1].output_shapes, (Shapes{{2, 4, 6, 6}}));
  EXPECT_EQ(s.rows[1].parameters, 4 * 9 + 4);
  EXPECT_EQ(s.rows[1].mult_adds, 2 * 4 * 36 * 9);
  EXPECT_EQ(s.rows[4].mult_adds, 2 * 144 * 10);
  EXPECT_EQ(s.rows[4].trainable, 1440);
  EXPECT_EQ(s.total_parameters, 40 + 1450);
  EXPECT_EQ(s.trainable_parameters, 40 + 1440);
  EXPECT_EQ(s.total_mult_adds, 2 * 4 * 36 * 9 + 2 * 144 * 10);
  EXPECT_EQ(s.input_bytes, 2 * 36 * 4);
  EXPECT_EQ(s.activation_bytes, (288 + 288 + 288 + 20) * 4);
  EXPECT_EQ(count_parameters(net), 1490);
  EXPECT_EQ(count_parameters(*net, /*trainable_only=*/true), 1480);
  // The model is as it was.
  EXPECT_TRUE(net->is_training());
  EXPECT_TRUE(net->at<LinearImpl>(3).is_training());
  EXPECT_FALSE(net->at<ReLUImpl>(1).is_training());
  EXPECT_FALSE(net->at<Conv2dImpl>(0).has_hooks());
  const std::string text = printed(s);
  EXPECT_TRUE(contains(text, "Layer"));
  EXPECT_TRUE(contains(text, "  conv: Conv2d"));
  EXPECT_TRUE(contains(text, "[2, 4, 6, 6]"));
  EXPECT_TRUE(contains(text, "Parameters: 1,490 (1,480 trainable)")) << text;
  EXPECT_TRUE(contains(text, "Mult-adds: 5,472")) << text;
}

TEST(Summary, SharedModulesAndSeveralInputs) {
  struct Siamese : Module {
    Siamese() { fc = register_module("fc", Linear(3, 2)); }
    Tensor forward(const Tensor& a, const Tensor& b) { return fc(a) - fc(b); }
    Linear fc{nullptr};
  } net;
  const Summary s = summary(net, ones({4, 3}), ones({4, 3}));
  EXPECT_EQ(s.rows[1].calls, 2);
  EXPECT_EQ(s.rows[1].mult_adds, 2 * 4 * 3 * 2);
  EXPECT_EQ(s.total_parameters, 8);
  EXPECT_EQ(s.rows[0].input_shapes.size(), 2u);
}

}  // namespace
}  // namespace lampas::nn
