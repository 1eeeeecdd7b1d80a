#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lampas/autograd/autograd.h"
#include "lampas/autograd/gradcheck.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/digest.h"
#include "nn/masks.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;

void run_attention(const digest::Case& c, ScalarType dtype, double tolerance) {
  const int64_t width = c["embed"], queries = c["queries"], keys = c["keys"], heads = c["heads"];
  const int64_t batch = c["unbatched"] ? 1 : c["batch"];
  manual_seed(1);
  auto o = MultiheadAttentionOptions(width, heads).dropout(static_cast<double>(c["dropout"]) / 10).bias(c["bias"]);
  o.add_bias_kv(c["bias_kv"]).add_zero_attn(c["zero"]).batch_first(c["batch_first"]);
  if (c["kdim"]) o.kdim(c["kdim"]);
  if (c["vdim"]) o.vdim(c["vdim"]);
  MultiheadAttention net(o);
  digest::expect_parameters(c, *net, 1e-6);
  net->to(dtype);
  const auto sized = [&](int64_t length, int64_t features) {
    return c["unbatched"]     ? digest::leaf({length, features}, dtype)
           : c["batch_first"] ? digest::leaf({batch, length, features}, dtype)
                              : digest::leaf({length, batch, features}, dtype);
  };
  std::vector<Tensor> inputs{sized(queries, width)};
  if (!c["own"]) {
    inputs.push_back(sized(keys, net->options.kdim()));
    inputs.push_back(sized(keys, net->options.vdim()));
  }
  manual_seed(2);
  const Tensor mask = masks::make_mask(c["mask"], queries, keys, c["groups"] ? batch * heads : 0, dtype);
  const Tensor padding = masks::make_padding(c["padding"], batch, keys, c["unbatched"]);
  const Tensor &k = inputs.size() > 1 ? inputs[1] : inputs[0], &v = inputs.size() > 1 ? inputs[2] : inputs[0];
  const auto [y, w] = net->forward(inputs[0], k, v, padding, c["weights"], mask, c["average"]);
  EXPECT_EQ(w.defined(), c["weights"] != 0) << c.line;
  digest::expect_backward(c, w.defined() ? std::vector<Tensor>{y, w} : std::vector<Tensor>{y}, inputs, *net, tolerance);
}

TEST(MultiheadAttention, ComputesAndDifferentiatesAsPyTorch) {
  for (const digest::Case& c : digest::cases_of(LAMPAS_TEST_DATA "/nn/attention.txt")) {
    run_attention(c, kDouble, c["bias_kv"] ? 1e-7 : 1e-10);  // bias_k and bias_v start from float32 normals
    run_attention(c, kFloat, 5e-6);
  }
}

TEST(MultiheadAttention, FloatAndByteMasksAgreeWithBooleanOnes) {
  manual_seed(5);
  MultiheadAttention net(8, 2);
  const Tensor x = randn({4, 3, 8});
  const Tensor mask = masks::make_mask(1, 4, 4, 0, kFloat), padding = masks::make_padding(1, 3, 4, false);
  const double lowest = -std::numeric_limits<double>::infinity();
  const Tensor add = zeros({4, 4}).masked_fill(mask, lowest), add_padding = zeros({3, 4}).masked_fill(padding, lowest);
  for (const bool weights : {false, true}) {
    const Tensor y = std::get<0>(net->forward(x, x, x, padding, weights, mask));
    for (const Tensor& m : {add, mask.to(kByte)})
      for (const Tensor& p : {padding, padding.to(kByte), add_padding})
        EXPECT_TRUE(std::get<0>(net->forward(x, x, x, p, weights, m)).allclose(y, 1e-5, 1e-6));
  }
}

TEST(MultiheadAttention, ReducedFloatsAttendInFloat32) {
  manual_seed(6);
  MultiheadAttention net(8, 2);
  const Tensor x = randn({4, 3, 8}), exact = std::get<0>(net->forward(x, x, x));
  net->to(kBFloat16);
  const auto [y, w] = net->forward(x.to(kBFloat16), x.to(kBFloat16), x.to(kBFloat16));
  EXPECT_EQ(y.scalar_type(), kBFloat16);
  EXPECT_EQ(w.scalar_type(), kBFloat16);
  EXPECT_TRUE(y.to(kFloat).allclose(exact, 0.05, 0.05));
}

TEST(MultiheadAttention, PrintsCopiesAndRefuses) {
  EXPECT_EQ(printed(MultiheadAttention(20, 10)),
            "torch::nn::MultiheadAttention(\n  (out_proj): torch::nn::Linear(in_features=20, out_features=20, "
            "bias=true)\n)");
  MultiheadAttention net(MultiheadAttentionOptions(8, 2).kdim(6).add_bias_kv(true));
  MultiheadAttention copy = std::dynamic_pointer_cast<MultiheadAttentionImpl>(net->clone());
  const Tensor q = randn({4, 3, 8}), k = randn({5, 3, 6}), v = randn({5, 3, 8});
  EXPECT_TRUE(std::get<0>(copy->forward(q, k, v)).equal(std::get<0>(net->forward(q, k, v))));
  EXPECT_MESSAGE(MultiheadAttention(7, 2), "embed_dim must be divisible by num_heads, got 7 and 2");
  EXPECT_MESSAGE(MultiheadAttention(0, 2), "must be positive");
  EXPECT_MESSAGE(net->forward(randn({8}), k, v), "expected a query of 3 dimensions");
  EXPECT_MESSAGE(net->forward(q, randn({5, 6}), v), "expected query, key and value of 3 dimensions");
  EXPECT_MESSAGE(net->forward(randn({4, 3, 7}), k, v), "query has 7 features, expected embed_dim 8");
  EXPECT_MESSAGE(net->forward(q, randn({6, 3, 6}), v), "differ in length or batch");
  EXPECT_MESSAGE(net->forward(q, randn({5, 2, 6}), randn({5, 2, 8})), "query has a batch of 3 but key and value of 2");
  EXPECT_MESSAGE(net->forward(q, v, v), "expected k_proj_weight [8, 8], got [8, 6]");
  EXPECT_MESSAGE(net->forward(q, k, v, zeros({3, 4}, kBool)), "expected key_padding_mask [3, 5], got [3, 4]");
  EXPECT_MESSAGE(net->forward(q, k, v, zeros({3, 5}, kLong)),
                 "expected key_padding_mask of a float, byte or bool dtype");
  EXPECT_MESSAGE(net->forward(q, k, v, {}, true, zeros({5, 5}, kBool)),
                 "expected attn_mask [4, 5] or [6, 4, 5], got [5, 5]");
  auto o = F::MultiheadAttentionForwardFuncOptions(8, 2, randn({24, 8}), {}, randn({1, 1, 8}), randn({1, 1, 8}), false,
                                                   0, randn({8, 8}), {});
  o.static_k(randn({6, 5, 4}));
  EXPECT_MESSAGE(F::multi_head_attention_forward(q, q, q, o), "bias cannot be added to static key");
  o.bias_k({}).bias_v({}).static_k(randn({5, 5, 4}));
  EXPECT_MESSAGE(F::multi_head_attention_forward(q, q, q, o), "expected static_k [6, S, 4], got [5, 5, 4]");
}

TEST(MultiheadAttention, TakesProjectedKeysAndValues) {
  manual_seed(7);
  const Tensor q = randn({4, 3, 8}, kDouble), w = randn({24, 8}, kDouble), k = randn({6, 5, 4}, kDouble),
               v = randn({6, 5, 4}, kDouble), out = eye(8, kDouble);
  F::MultiheadAttentionForwardFuncOptions o(8, 2, w, {}, {}, {}, false, 0, out, {});
  const auto [y, weights] = F::multi_head_attention_forward(q, q, q, o.static_k(k).static_v(v));
  const Tensor heads = mm(q.reshape({12, 8}), w.narrow(0, 0, 8).t()).reshape({4, 6, 4}).transpose(0, 1);
  const Tensor p = softmax(bmm(heads, k.transpose(1, 2)) / 2, -1);
  EXPECT_TRUE(y.allclose(bmm(p, v).transpose(0, 1).reshape({4, 3, 8}), 1e-12, 1e-12));
  EXPECT_TRUE(weights.allclose(p.reshape({3, 2, 4, 5}).mean({1}), 1e-12, 1e-12));
}

// ---- scaled_dot_product_attention

/// The definition.
Tensor defined_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
  Tensor scores = matmul(q, k.transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(-1)));
  if (bias.defined()) scores = scores + bias;
  return matmul(softmax(scores, -1), v);
}

TEST(ScaledDotProductAttention, IsTheDefinition) {
  manual_seed(8);
  const double lowest = -std::numeric_limits<double>::infinity();
  for (const auto& [queries, keys] : {std::pair{1, 1}, {3, 5}, {64, 256}, {65, 257}, {130, 600}}) {
    const Tensor q = randn({2, 3, queries, 6}, kDouble), k = randn({2, 3, keys, 6}, kDouble),
                 v = randn({2, 3, keys, 5}, kDouble);
    EXPECT_TRUE(scaled_dot_product_attention(q, k, v).allclose(defined_attention(q, k, v, {}), 1e-11, 1e-12));
    const Tensor causal = zeros({queries, keys}, kDouble).masked_fill(ones({queries, keys}, kBool).triu(1), lowest);
    EXPECT_TRUE(
        scaled_dot_product_attention(q, k, v, {}, 0, true).allclose(defined_attention(q, k, v, causal), 1e-11, 1e-12));
    Tensor keep = rand({3, queries, keys}) > 0.4;
    keep.select(2, 0).fill_(true);
    const Tensor dropped = zeros({3, queries, keys}, kDouble).masked_fill(~keep, lowest);
    EXPECT_TRUE(
        scaled_dot_product_attention(q, k, v, keep).allclose(defined_attention(q, k, v, dropped), 1e-11, 1e-12));
    const Tensor bias = randn({2, 1, queries, 1}, kDouble) * randn({keys}, kDouble);
    EXPECT_TRUE(scaled_dot_product_attention(q, k, v, bias).allclose(defined_attention(q, k, v, bias), 1e-11, 1e-12));
    // Any layout, broadcast leading dimensions, fewer and more dimensions.
    const Tensor strided = randn({queries, 2, 6, 3}, kDouble).permute({1, 3, 0, 2});
    EXPECT_TRUE(scaled_dot_product_attention(strided, k.select(0, 1), v)
                    .allclose(defined_attention(strided, k.select(0, 1), v, {}), 1e-11, 1e-12));
    EXPECT_TRUE(scaled_dot_product_attention(q[0][0], k[0][0], v[0][0])
                    .allclose(defined_attention(q[0][0], k[0][0], v[0][0], {}), 1e-11, 1e-12));
    EXPECT_TRUE(scaled_dot_product_attention(q.unsqueeze(2), k.unsqueeze(2), v.unsqueeze(2), keep.unsqueeze(1))
                    .squeeze(2)
                    .allclose(defined_attention(q, k, v, dropped), 1e-11, 1e-12));
    const Tensor f = scaled_dot_product_attention(q.to(kFloat), k.to(kFloat), v.to(kFloat));
    EXPECT_TRUE(f.to(kDouble).allclose(defined_attention(q, k, v, {}), 1e-5, 1e-5));
    EXPECT_EQ(scaled_dot_product_attention(q.to(kHalf), k.to(kHalf), v.to(kHalf)).scalar_type(), kHalf);
  }
  EXPECT_TRUE(
      scaled_dot_product_attention(ones({2, 4}), ones({3, 4}), ones({3, 4}), {}, 0, false, 1e9).equal(ones({2, 4})));
}

TEST(ScaledDotProductAttention, Edges) {
  const Tensor q = randn({2, 3, 4}), k = randn({2, 5, 4}), v = randn({2, 5, 4});
  // A query without keys is undefined, the others are not touched by it.
  Tensor keep = ones({3, 5}, kBool);
  keep[1].fill_(false);
  const Tensor y = scaled_dot_product_attention(q, k, v, keep), all = scaled_dot_product_attention(q, k, v);
  EXPECT_TRUE(y.select(1, 1).isnan().all().item<bool>());
  EXPECT_TRUE(y.select(1, 0).equal(all.select(1, 0)));
  EXPECT_TRUE(y.select(1, 2).equal(all.select(1, 2)));
  EXPECT_EQ(scaled_dot_product_attention(q.narrow(1, 0, 0), k, v).sizes(), IntArrayRef({2, 0, 4}));
  EXPECT_TRUE(scaled_dot_product_attention(q, k.narrow(1, 0, 0), v.narrow(1, 0, 0)).equal(zeros({2, 3, 4})));
  EXPECT_EQ(scaled_dot_product_attention(q.narrow(0, 0, 0), k.narrow(0, 0, 0), v.narrow(0, 0, 0)).numel(), 0);
  // Keys of which the first block is dropped altogether.
  const Tensor long_k = randn({400, 4}, kDouble), long_v = randn({400, 4}, kDouble), one = randn({2, 4}, kDouble);
  Tensor last = zeros({400}, kBool);
  last.narrow(0, 300, 100).fill_(true);
  EXPECT_TRUE(scaled_dot_product_attention(one, long_k, long_v, last)
                  .allclose(scaled_dot_product_attention(one, long_k.narrow(0, 300, 100), long_v.narrow(0, 300, 100)),
                            1e-12, 1e-12));
  // Large scores do not overflow.
  EXPECT_TRUE(scaled_dot_product_attention(full({1, 2}, 1e4), full({3, 2}, 1e4), ones({3, 2})).equal(ones({1, 2})));
  manual_seed(9);
  const Tensor dropped = scaled_dot_product_attention(q, k, ones({2, 5, 4}), {}, 0.5);
  EXPECT_FALSE(dropped.equal(ones({2, 3, 4})));
  EXPECT_TRUE(scaled_dot_product_attention(q, k, v, {}, 1.0).equal(zeros({2, 3, 4})));
}

TEST(ScaledDotProductAttention, DifferentiatesAcrossBlocks) {
  manual_seed(10);
  const Tensor q = randn({1, 2, 70, 3}, kDouble).requires_grad_(), k = randn({1, 2, 270, 3}, kDouble).requires_grad_(),
               v = randn({1, 2, 270, 2}, kDouble).requires_grad_();
  const Tensor g = randn({1, 2, 70, 2}, kDouble);
  for (const bool causal : {false, true}) {
    const Tensor bias = causal
                            ? zeros({70, 270}, kDouble)
                                  .masked_fill(ones({70, 270}, kBool).triu(1), -std::numeric_limits<double>::infinity())
                            : Tensor();
    const auto fused = autograd::grad({scaled_dot_product_attention(q, k, v, {}, 0, causal)}, {q, k, v}, {g});
    const auto plain = autograd::grad({defined_attention(q, k, v, bias)}, {q, k, v}, {g});
    for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(fused[i].allclose(plain[i], 1e-10, 1e-12)) << i;
  }
  // A mask that learns.
  const Tensor bias = randn({70, 270}, kDouble).requires_grad_();
  const auto fused = autograd::grad({scaled_dot_product_attention(q, k, v, bias)}, {q, bias}, {g});
  const auto plain = autograd::grad({defined_attention(q, k, v, bias)}, {q, bias}, {g});
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(fused[i].allclose(plain[i], 1e-10, 1e-12)) << i;
}

TEST(ScaledDotProductAttention, Refuses) {
  const Tensor q = randn({2, 3, 4}), k = randn({2, 5, 4});
  EXPECT_MESSAGE(scaled_dot_product_attention(randn({4}), k, k), "at least 2 dimensions");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, randn({2, 5, 3}), k), "query [2, 3, 4] has 4 features but key");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, k, randn({2, 6, 4})), "differ in their number of rows");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, k, k.to(kDouble)), "one floating point dtype");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, k, k, zeros({4, 5})), "do not broadcast");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, k, k, zeros({3, 5}, kLong)),
                 "expected attn_mask of dtype Bool or Float");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, k, k, zeros({3, 5}), 0, true), "attn_mask to be undefined");
  EXPECT_MESSAGE(scaled_dot_product_attention(q, k, k, {}, 1.5), "between 0 and 1, but got 1.5");
}

}  // namespace
}  // namespace lampas::nn
