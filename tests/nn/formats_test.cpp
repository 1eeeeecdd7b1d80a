// State of older versions, and memory formats that layers keep.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include "support.h"

using namespace lampas;
using namespace lampas::nn;
namespace F = lampas::nn::functional;

TEST(NormState, VersionOneHadNoBatchCount) {
  BatchNorm2d bn(3);
  bn->num_batches_tracked.fill_(5);
  StateDict old = bn->state_dict();
  ASSERT_EQ(old._metadata[""]["version"], 2);
  StateDict stripped;
  for (const auto& item : old)
    if (item.key() != "num_batches_tracked") stripped.insert(item.key(), item.value());
  // Without a version, and with version 1: counts as 0.
  EXPECT_TRUE(bn->load_state_dict(stripped).missing_keys.empty());
  EXPECT_EQ(bn->num_batches_tracked.item<int64_t>(), 0);
  stripped._metadata.insert("", StateDict::LocalMetadata());
  stripped._metadata[""].insert("version", 1);
  EXPECT_NO_THROW(bn->load_state_dict(stripped));
  // Version 2 must have it.
  stripped._metadata[""]["version"] = 2;
  EXPECT_THROW(bn->load_state_dict(stripped), Error);
  // In a model, and of instance norms that track.
  Sequential net(Conv2d(1, 3, 1), BatchNorm2d(3), InstanceNorm2d(InstanceNorm2dOptions(3).track_running_stats(true)));
  StateDict state;
  for (const auto& item : net->state_dict())
    if (item.key().find("num_batches_tracked") == std::string::npos) state.insert(item.key(), item.value());
  EXPECT_NO_THROW(net->load_state_dict(state));
  // One that does not track wants none.
  BatchNorm1d plain(BatchNorm1dOptions(2).track_running_stats(false));
  EXPECT_NO_THROW(plain->load_state_dict(plain->state_dict()));
}

TEST(ChannelsLast, LayersKeepIt) {
  manual_seed(0);
  const auto last = MemoryFormat::ChannelsLast;
  const Tensor plain = randn({2, 16, 8, 8}), x = plain.contiguous(last);
  const std::vector<std::pair<std::string, std::function<Tensor(const Tensor&)>>> keep = {
      {"max_pool2d", [](const Tensor& t) { return F::max_pool2d(t, F::MaxPool2dFuncOptions(2)); }},
      {"avg_pool2d", [](const Tensor& t) { return F::avg_pool2d(t, F::AvgPool2dFuncOptions(2)); }},
      {"adaptive_avg_pool2d",
       [](const Tensor& t) {
         return lampas::adaptive_avg_pool2d(t, {3, 3});
       }},
      {"adaptive_max_pool2d",
       [](const Tensor& t) {
         return std::get<0>(lampas::adaptive_max_pool2d(t, {3, 3}));
       }},
      {"nearest",
       [](const Tensor& t) {
         return upsample_nearest2d(t, {12, 12});
       }},
      {"bilinear",
       [](const Tensor& t) {
         return upsample_bilinear2d(t, {12, 12}, false);
       }},
      {"pixel_shuffle", [](const Tensor& t) { return pixel_shuffle(t, 2); }},
      {"pixel_unshuffle", [](const Tensor& t) { return pixel_unshuffle(t, 2); }},
      {"channel_shuffle", [](const Tensor& t) { return channel_shuffle(t, 4); }},
      {"group_norm", [](const Tensor& t) { return lampas::group_norm(t, 4); }},
      {"local_response_norm", [](const Tensor& t) { return F::local_response_norm(t, 3); }},
      {"sort", [](const Tensor& t) { return std::get<0>(t.sort(1)); }},
      {"flip",
       [](const Tensor& t) {
         return t.flip({1, 3});
       }},
      {"roll",
       [](const Tensor& t) {
         return t.roll({1, 3}, {2, 1});
       }},
      {"max_unpool2d",
       [](const Tensor& t) {
         const auto [y, i] = max_pool2d_with_indices(t, 2);
         return max_unpool2d(y, i, {8, 8});
       }},
  };
  for (const auto& [name, f] : keep) {
    const Tensor a = plain.clone().requires_grad_(), b = x.clone().requires_grad_();
    ASSERT_TRUE(b.is_contiguous(last) && !b.is_contiguous());
    const Tensor ya = f(a), yb = f(b);
    EXPECT_TRUE(yb.is_contiguous(last)) << name;
    EXPECT_FALSE(yb.is_contiguous()) << name;
    EXPECT_TRUE(ya.is_contiguous()) << name;
    EXPECT_TRUE(yb.allclose(ya, 1e-6, 1e-6)) << name;
    const Tensor g = randn(ya.sizes());
    ya.backward(g);
    yb.backward(g.contiguous(last));
    EXPECT_TRUE(b.grad().allclose(a.grad(), 1e-6, 1e-6)) << name;
  }
  const Tensor volume = randn({1, 8, 4, 4, 4}).contiguous(MemoryFormat::ChannelsLast3d);
  EXPECT_TRUE(upsample_trilinear3d(volume, {6, 6, 6}, false).is_contiguous(MemoryFormat::ChannelsLast3d));
}

TEST(Hardswish, DerivativeAtTheKinks) {
  const Tensor x = tensor({-3.0, 3.0, -3.1, 3.1, 0.0}, kDouble).requires_grad_();
  hardswish(x).sum().backward();
  EXPECT_TRUE(x.grad().allclose(tensor({-0.5, 1.5, 0.0, 1.0, 0.5}, kDouble)));
}

TEST(Init, NamesWithoutUnderscore) {
  manual_seed(3);
  const Tensor a = init::uniform(empty({3, 2}), -1, 1);
  manual_seed(3);
  EXPECT_TRUE(a.equal(init::uniform_(empty({3, 2}), -1, 1)));
  EXPECT_TRUE(init::constant(empty({2}), 4).equal(full({2}, 4.0)));
  EXPECT_TRUE(init::eye(empty({2, 2})).equal(eye(2)));
}
