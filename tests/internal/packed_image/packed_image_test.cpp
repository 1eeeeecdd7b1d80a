// Tensors that keep blocks of channels behind plain sizes: every way to look at or write to one must give what a plain
// tensor gives.
#include "ops/packed_image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <sstream>
#include <thread>
#include <vector>

#include "lampas/lampas.h"
#include "ops/conv.h"

namespace lampas {
namespace {

/// Random values, plain, and the same values packed.
struct Pair {
  Tensor plain, packed;
  explicit Pair(IntArrayRef sizes, ImageLayout layout = ImageLayout::Blocked16) : plain(randn(sizes)) {
    packed = packed_in(plain, layout);
  }
};
bool is_packed(const Tensor& t) { return maybe_packed(*t.impl()); }
/// The values, without unpacking `t`.
Tensor peek(const Tensor& t) {
  const PackedImage p = packed_image(t);
  if (!p) return t.clone();
  const int64_t b = p.block(), c = t.size(1) / b, n = t.numel() / t.size(0) / t.size(1);
  Tensor blocks = empty({t.size(0), c, n, b}, TensorOptions(t.scalar_type()));
  std::memcpy(blocks.data_ptr(), p.data(), t.nbytes());
  return blocks.permute({0, 1, 3, 2}).reshape(t.sizes());
}

TEST(PackedImage, PackingAndUnpackingAreExact) {
  for (ImageLayout layout : {ImageLayout::Blocked8, ImageLayout::Blocked16})
    for (const Shape& sizes : {Shape{2, 16, 5, 7}, Shape{1, 48, 33}, Shape{3, 32, 2, 3, 5}, Shape{1, 16, 1, 1}}) {
      Pair x(sizes, layout);
      EXPECT_TRUE(is_packed(x.packed));
      EXPECT_TRUE(x.packed.is_contiguous());
      EXPECT_TRUE(equal(peek(x.packed), x.plain));
      EXPECT_TRUE(is_packed(x.packed));
      EXPECT_TRUE(equal(x.packed, x.plain));  // looks at the data
      EXPECT_FALSE(is_packed(x.packed));
      EXPECT_EQ(x.packed.impl()->storage->nbytes, x.plain.nbytes());
    }
  const Tensor strided = randn({4, 5, 32, 2}).permute({0, 2, 1, 3});
  EXPECT_TRUE(equal(packed_in(strided, ImageLayout::Blocked16), strided));
}

TEST(PackedImage, ViewsSeeTheSameElements) {
  Pair x({4, 32, 6, 6});
  const Tensor flat = x.packed.view({-1}), channel = x.packed.select(1, 5), half = x.packed.narrow(0, 0, 2);
  EXPECT_TRUE(is_packed(x.packed));
  EXPECT_FALSE(packed_image(flat));
  EXPECT_FALSE(packed_image(half));
  channel.mul_(3);
  x.plain.select(1, 5).mul_(3);
  EXPECT_TRUE(equal(x.packed, x.plain));
  EXPECT_TRUE(equal(flat, x.plain.view({-1})));
  EXPECT_TRUE(equal(half, x.plain.narrow(0, 0, 2)));
}

TEST(PackedImage, ATransposedViewOfEqualSizesIsNotTheImage) {
  Pair x({16, 16, 16, 16});
  const Tensor turned = x.packed.transpose(0, 1);
  EXPECT_FALSE(packed_image(turned));
  EXPECT_TRUE(equal(turned.relu(), x.plain.transpose(0, 1).relu()));
}

TEST(PackedImage, InPlaceOpsWriteTheBlocks) {
  Pair x({8, 32, 9, 9});
  const Tensor flat = x.packed.view({-1}), alias = x.packed.detach();
  const auto version = x.packed._version();
  x.packed.relu_();
  x.plain.relu_();
  EXPECT_TRUE(is_packed(x.packed));
  EXPECT_GT(x.packed._version(), version);
  alias.add_(1.5);
  x.plain.add_(1.5);
  EXPECT_TRUE(is_packed(alias));
  EXPECT_TRUE(equal(peek(x.packed), x.plain));
  EXPECT_TRUE(equal(flat, x.plain.view({-1})));
  x.packed.neg_();  // plain by now
  EXPECT_TRUE(equal(alias, x.plain.neg()));
}

TEST(PackedImage, AddressesAreWhereTheElementsAre) {
  Pair x({2, 16, 4, 4});
  float* data = x.packed.data_ptr<float>();
  data[7] = 42;
  EXPECT_EQ(x.packed.relu().view({-1})[7].item<float>(), 42);
  x.packed.relu_();
  data[7] = 43;
  EXPECT_EQ(x.packed.view({-1})[7].item<float>(), 43);
  EXPECT_EQ(x.packed.data_ptr<float>(), data);
}

TEST(PackedImage, CopiesAndConversions) {
  const auto fresh = [] {
    manual_seed(3);
    return Pair({2, 32, 5, 5});
  };
  const Tensor want = fresh().plain;
  EXPECT_TRUE(equal(fresh().packed.clone(), want));
  EXPECT_TRUE(equal(fresh().packed.contiguous(MemoryFormat::ChannelsLast), want));
  EXPECT_TRUE(equal(fresh().packed.to(kDouble), want.to(kDouble)));
  Pair to = fresh();
  to.packed.copy_(want.neg());
  EXPECT_TRUE(equal(to.packed, want.neg()));
  Tensor from = zeros_like(want);
  from.copy_(fresh().packed);
  EXPECT_TRUE(equal(from, want));
  Tensor data = zeros({1});
  data.set_data(fresh().packed);
  EXPECT_TRUE(equal(data, want));
  Pair grown = fresh();
  grown.packed.resize_({want.numel() + 10});
  EXPECT_TRUE(equal(grown.packed.narrow(0, 0, want.numel()), want.view({-1})));
  Pair shrunk = fresh();
  shrunk.packed.resize_({7});
  EXPECT_FALSE(packed_image(shrunk.packed));
  EXPECT_TRUE(equal(shrunk.packed, want.view({-1}).narrow(0, 0, 7)));
  Pair filled = fresh();
  filled.packed.zero_();
  EXPECT_TRUE(equal(filled.packed, zeros_like(want)));
  Pair indexed = fresh();
  indexed.packed.index_put_({1, 3}, 9.f);
  Tensor put = want.clone();
  put.index_put_({1, 3}, 9.f);
  EXPECT_TRUE(equal(indexed.packed, put));
}

TEST(PackedImage, SavedAndLoaded) {
  Pair x({2, 16, 8, 8});
  std::stringstream file;
  save(x.packed, file);
  Tensor back;
  load(back, file);
  EXPECT_TRUE(equal(back, x.plain));
}

TEST(PackedImage, ElementwiseOpsOnEqualBlocks) {
  Pair x({8, 32, 10, 10}), y({8, 32, 10, 10});
  const Tensor sum = x.packed + y.packed, scaled = x.packed.mul(2.5), mask = x.packed > 0, chosen = x.packed.sigmoid();
  for (const Tensor& t : {sum, scaled, mask, chosen}) EXPECT_TRUE(is_packed(t));
  EXPECT_TRUE(is_packed(x.packed) && is_packed(y.packed));
  EXPECT_TRUE(equal(sum, x.plain + y.plain));
  EXPECT_TRUE(equal(scaled, x.plain.mul(2.5)));
  EXPECT_TRUE(equal(mask, x.plain > 0));
  EXPECT_TRUE(equal(chosen, x.plain.sigmoid()));
}

TEST(PackedImage, ElementwiseOpsOnDifferentOperands) {
  const Shape sizes{8, 32, 10, 10};
  for (int other = 0; other < 5; ++other) {
    Pair x(sizes), y(sizes, ImageLayout::Blocked8);
    const Tensor z = other == 0   ? y.packed
                     : other == 1 ? y.plain
                     : other == 2 ? y.plain.to(kDouble)
                     : other == 3 ? y.plain.select(0, 2)
                                  : y.plain.contiguous(MemoryFormat::ChannelsLast);
    const Tensor plain = other == 0 ? y.plain : z;
    EXPECT_TRUE(equal(x.packed.mul(z), x.plain.mul(plain))) << other;
    Pair u(sizes);
    EXPECT_TRUE(equal(z.sub(u.packed), plain.sub(u.plain))) << other;
    Pair v(sizes);
    if (other != 2) {
      v.packed.add_(z);
      EXPECT_TRUE(equal(v.packed, v.plain.add(plain))) << other;
    }
  }
  Pair x(sizes);
  Tensor out = empty(sizes);
  add_out(out, x.packed, x.packed);
  EXPECT_TRUE(equal(out, x.plain + x.plain));
}

TEST(PackedImage, Pools) {
  struct Case {
    int64_t kernel, stride, padding, dilation;
    bool ceil;
  };
  for (ImageLayout layout : {ImageLayout::Blocked8, ImageLayout::Blocked16})
    for (const Case& c : {Case{2, 2, 0, 1, false}, Case{3, 2, 1, 1, false}, Case{3, 2, 1, 1, true},
                          Case{2, 3, 1, 1, true}, Case{3, 1, 1, 2, false}, Case{5, 5, 2, 1, false}}) {
      Pair x({8, 32, 13, 17}, layout);
      x.plain.data_ptr<float>()[5] = NAN;
      x.plain.data_ptr<float>()[600] = x.plain.data_ptr<float>()[601] = 100.f;  // a tie
      x.packed = packed_in(x.plain, layout);
      x.plain.requires_grad_();
      x.packed.requires_grad_();
      const auto [a, ai] = max_pool2d_with_indices(x.plain, c.kernel, c.stride, c.padding, c.dilation, c.ceil);
      const auto [b, bi] = max_pool2d_with_indices(x.packed, c.kernel, c.stride, c.padding, c.dilation, c.ceil);
      EXPECT_EQ(is_packed(b), b.numel() >= kPackedNumel);
      const Tensor g = randn(a.sizes());
      a.backward(g);
      b.backward(g);
      EXPECT_TRUE(is_packed(x.packed.grad()));
      EXPECT_TRUE(allclose(a, b, 0, 0, true));
      EXPECT_TRUE(equal(ai, bi));
      EXPECT_TRUE(allclose(x.plain.grad(), x.packed.grad(), 1e-6, 1e-6));
      {
        NoGradGuard off;
        const Tensor values = max_pool2d(x.packed, c.kernel, c.stride, c.padding, c.dilation, c.ceil);
        EXPECT_TRUE(allclose(values, a, 0, 0, true));
      }
      if (c.dilation != 1) continue;
      for (bool include : {true, false})
        for (std::optional<int64_t> divisor : {std::optional<int64_t>(), std::optional<int64_t>(3)}) {
          Pair u({8, 32, 13, 17}, layout);
          u.plain.requires_grad_();
          u.packed.requires_grad_();
          const Tensor p = avg_pool2d(u.plain, c.kernel, c.stride, c.padding, c.ceil, include, divisor);
          const Tensor q = avg_pool2d(u.packed, c.kernel, c.stride, c.padding, c.ceil, include, divisor);
          EXPECT_TRUE(allclose(p, q, 1e-6, 1e-6));
          p.backward(g);
          q.backward(packed_in(g, layout));
          EXPECT_TRUE(allclose(u.plain.grad(), u.packed.grad(), 1e-5, 1e-6));
        }
    }
  // Blocks of (batch, channels, length) are no blocks of (channels, height, width).
  Pair x({32, 16, 64});
  EXPECT_TRUE(equal(max_pool2d(x.packed, 2), max_pool2d(x.plain, 2)));
}

TEST(ChannelsLast, PoolsKeepTheFormat) {
  for (int64_t channels : {16, 24, 5})
    for (ScalarType dtype : {kFloat, kDouble}) {
      const Tensor a = randn({3, channels, 9, 11}, TensorOptions(dtype)).requires_grad_();
      const Tensor b = a.detach().contiguous(MemoryFormat::ChannelsLast).requires_grad_();
      const auto [y, i] = max_pool2d_with_indices(a, 3, 2, 1);
      const auto [z, j] = max_pool2d_with_indices(b, 3, 2, 1);
      EXPECT_TRUE(z.is_contiguous(MemoryFormat::ChannelsLast) && j.is_contiguous(MemoryFormat::ChannelsLast));
      EXPECT_TRUE(equal(y, z) && equal(i, j));
      const Tensor u = avg_pool2d(a, 2), v = avg_pool2d(b, 2);
      EXPECT_TRUE(v.is_contiguous(MemoryFormat::ChannelsLast));
      EXPECT_TRUE(allclose(u, v, 1e-6, 1e-6));
      const Tensor g = randn(y.sizes(), TensorOptions(dtype)), h = randn(u.sizes(), TensorOptions(dtype));
      y.backward(g), z.backward(g);
      u.backward(h), v.backward(h.contiguous(MemoryFormat::ChannelsLast));
      EXPECT_TRUE(allclose(a.grad(), b.grad(), 1e-5, 1e-6));
      NoGradGuard off;
      EXPECT_TRUE(max_pool2d(b, 2).is_contiguous(MemoryFormat::ChannelsLast));
      EXPECT_TRUE(equal(max_pool2d(b, 2), max_pool2d(a, 2)));
    }
}

TEST(ChannelsLast, ConvolutionsFollowInputOrWeight) {
  const Tensor x = randn({2, 4, 9, 9}), w = randn({8, 4, 3, 3});
  const Tensor y = conv2d(x, w);
  EXPECT_TRUE(y.is_contiguous());
  for (int k = 1; k < 4; ++k) {
    const Tensor a = (k & 1 ? x.contiguous(MemoryFormat::ChannelsLast) : x.clone()).requires_grad_();
    const Tensor b = (k & 2 ? w.contiguous(MemoryFormat::ChannelsLast) : w.clone()).requires_grad_();
    const Tensor z = conv2d(a, b);
    EXPECT_TRUE(z.is_contiguous(MemoryFormat::ChannelsLast)) << k;
    EXPECT_TRUE(allclose(y, z, 1e-4, 1e-5));
    z.backward(randn(z.sizes()));
    EXPECT_EQ(a.grad().is_contiguous(), !(k & 1)) << k;
  }
}

/// Whether oneDNN likes blocks on this machine.
bool convolutions_pack() {
  ConvShape s;
  s.batch = 8, s.in_channels = s.out_channels = 32;
  s.in[0] = s.in[1] = s.out[0] = s.out[1] = 28, s.kernel[0] = s.kernel[1] = 5, s.padding[0] = s.padding[1] = 2;
  return channel_block(conv_layouts_kernel.get(kFloat)(ConvDirection::Forward, s, true, false).y) != 0;
}

/// conv, relu, pool, conv, relu, residual add, conv, with every intermediate result looked at or not.
TEST(PackedImage, BatchNorm) {
  for (ImageLayout layout : {ImageLayout::Blocked8, ImageLayout::Blocked16})
    for (int threads : {1, 2, 5})
      for (bool training : {true, false})
        for (bool affine : {true, false}) {
          set_num_threads(threads);
          Pair x({6, 32, 11, 13}, layout);
          x.plain.add_(3);
          x.packed = packed_in(x.plain, layout);
          const Tensor g = randn(x.plain.sizes());
          struct Run {
            Tensor y, dx, dw, db, mean, var;
          };
          const auto run = [&](Tensor in) {
            in.requires_grad_();
            manual_seed(3);
            Run r;
            Tensor w = affine ? rand({32}).requires_grad_() : Tensor(), b = affine ? rand({32}).requires_grad_() : w;
            r.mean = rand({32}), r.var = rand({32});
            r.y = batch_norm(in, w, b, r.mean, r.var, training, 0.3, 1e-5, false);
            r.y.backward(g);
            r.dx = in.grad();
            if (affine) r.dw = w.grad(), r.db = b.grad();
            return r;
          };
          const Run a = run(x.plain), b = run(x.packed);
          EXPECT_TRUE(is_packed(b.y) && is_packed(b.dx));
          EXPECT_FALSE(is_packed(a.y));
          EXPECT_TRUE(allclose(a.y, b.y, 1e-5, 1e-5));
          EXPECT_TRUE(allclose(a.dx, b.dx, 1e-5, 1e-5));
          EXPECT_TRUE(allclose(a.mean, b.mean, 1e-6, 1e-6) && allclose(a.var, b.var, 1e-6, 1e-6));
          if (affine) {
            EXPECT_TRUE(allclose(a.dw, b.dw, 1e-4, 1e-4) && allclose(a.db, b.db, 1e-5, 1e-4));
          }
        }
  // Not a number stays in its channel; a second derivative goes through plain ops.
  Pair x({2, 16, 32, 32});
  x.plain.data_ptr<float>()[1024 * 5 + 3] = NAN;
  x.packed = packed_in(x.plain, ImageLayout::Blocked16);
  const Tensor y = batch_norm(x.packed, {}, {}, {}, {}, true, 0.1, 1e-5, false);
  EXPECT_TRUE(isnan(y.select(1, 5)).all().item<bool>());
  EXPECT_EQ(isnan(y).sum().item<int64_t>(), 2 * 32 * 32);
  Pair z({2, 16, 32, 32});
  Tensor second[2];
  for (Tensor* in : {&z.plain, &z.packed}) {
    in->requires_grad_();
    const Tensor out = batch_norm(*in, {}, {}, {}, {}, true, 0.1, 1e-5, false);
    const auto first = autograd::grad({out.mul(out).sum() + out.select(1, 0).pow(3).sum()}, {*in}, {}, true, true);
    first[0].mul(first[0]).sum().backward();
    second[in == &z.packed] = in->grad();
  }
  EXPECT_TRUE(allclose(second[0], second[1], 1e-4, 1e-5));
}

struct Net {
  std::vector<Tensor> parameters;
  Tensor input, result;
  explicit Net(bool look, bool in_place) {
    manual_seed(5);
    input = randn({4, 16, 30, 30}).requires_grad_();
    const auto conv = [&](const Tensor& x, int64_t out) {
      parameters.push_back((randn({out, x.size(1), 3, 3}) / 12).requires_grad_());
      parameters.push_back(randn({out}).requires_grad_());
      return conv2d(x, parameters[parameters.size() - 2], parameters.back(), 1, 1);
    };
    const auto seen = [&](Tensor t) {
      if (look) t.data_ptr();
      return t;
    };
    Tensor x = seen(conv(input, 32));
    x = seen(in_place ? x.relu_() : x.relu());
    x = seen(max_pool2d(x, 2));
    Tensor y = seen(conv(x, 32));
    y = seen(in_place ? y.relu_() : y.relu());
    x = seen(x + y);
    x = seen(avg_pool2d(conv(x, 64), 3, 2, 1));
    result = x.flatten(1).matmul(ones({x.numel() / 4, 3}) * 0.01);
    result.backward(randn(result.sizes()));
  }
};

TEST(PackedImage, NetworksGiveWhatPlainOnesGive) {
  for (bool in_place : {false, true}) {
    const Net plain(true, in_place), packed(false, in_place);
    EXPECT_TRUE(allclose(plain.result, packed.result, 1e-5, 1e-5));
    EXPECT_TRUE(allclose(plain.input.grad(), packed.input.grad(), 1e-4, 1e-5));
    for (size_t i = 0; i < plain.parameters.size(); ++i)
      EXPECT_TRUE(allclose(plain.parameters[i].grad(), packed.parameters[i].grad(), 1e-4, 1e-3)) << i;
  }
}

TEST(PackedImage, ConvolutionsKeepTheirBlocks) {
  if (!convolutions_pack()) GTEST_SKIP() << "no blocked convolutions on this machine";
  const Tensor x = randn({8, 32, 28, 28}).requires_grad_(), w = (randn({32, 32, 5, 5}) / 30).requires_grad_();
  const Tensor y = conv2d(x, w, {}, 1, 2);
  EXPECT_TRUE(is_packed(y));
  const Tensor z = max_pool2d(conv2d(y.relu(), w, {}, 1, 2), 2);
  EXPECT_TRUE(is_packed(z));
  EXPECT_TRUE(is_packed(y));
  z.backward(randn(z.sizes()));
  EXPECT_TRUE(is_packed(x.grad()));
  const Tensor first = peek(x.grad());
  conv2d(x, w, {}, 1, 2).backward(randn(y.sizes()));
  EXPECT_TRUE(is_packed(x.grad()));  // accumulated in blocks
  EXPECT_FALSE(equal(first, x.grad()));
  EXPECT_FALSE(is_packed(w.grad()));
  const Tensor reference = conv2d(x.detach().to(kDouble), w.detach().to(kDouble), {}, 1, 2);
  EXPECT_TRUE(allclose(y.detach().to(kDouble), reference, 1e-4, 1e-5));
  // Small ones are plain.
  EXPECT_FALSE(is_packed(conv2d(randn({1, 16, 6, 6}), randn({16, 16, 3, 3}))));
  // Channels that do not fill blocks are plain.
  EXPECT_FALSE(is_packed(conv2d(randn({8, 20, 28, 28}), randn({20, 20, 3, 3}))));
  // Channels-last stays channels-last.
  const Tensor last = conv2d(x.detach().contiguous(MemoryFormat::ChannelsLast), w.detach(), {}, 1, 2);
  EXPECT_TRUE(last.is_contiguous(MemoryFormat::ChannelsLast));
  EXPECT_TRUE(allclose(last, y.detach(), 1e-4, 1e-5));
}

/// Minimal filtering takes images as they come: blocks give blocks, plain images plain ones.
TEST(PackedImage, ThreeByThreeFiltersLeaveImagesAsTheyAre) {
  if (!convolutions_pack()) GTEST_SKIP() << "no blocked convolutions on this machine";
  Pair x({8, 32, 28, 28});
  const Tensor w = (randn({64, 32, 3, 3}) / 20).requires_grad_(), g = randn({8, 64, 28, 28});
  const auto run = [&](const Tensor& image, bool packed) {
    const Tensor leaf = image.detach().requires_grad_();
    const Tensor y = conv2d(leaf, w, {}, 1, 1);
    EXPECT_EQ(is_packed(y), packed);
    y.backward(packed ? packed_in(g, packed_image(y).layout()) : g);
    EXPECT_EQ(is_packed(leaf.grad()), packed);
    return std::pair{y.detach(), leaf.grad()};
  };
  const auto [y, dx] = run(x.plain, false);
  const Tensor dw = w.grad().clone();
  w.mutable_grad().zero_();
  const auto [y_packed, dx_packed] = run(x.packed, true);
  EXPECT_TRUE(equal(y, y_packed));
  EXPECT_TRUE(equal(dx, dx_packed));
  EXPECT_TRUE(equal(dw, w.grad()));
}

TEST(PackedImage, WritingToASavedImageIsNoticed) {
  Pair x({8, 32, 28, 28});
  const Tensor w = randn({32, 32, 3, 3}).requires_grad_();
  const Tensor y = conv2d(x.packed, w, {}, 1, 1);
  x.packed.relu_();
  EXPECT_THROW(y.backward(randn(y.sizes())), Error);
  const Tensor z = conv2d(x.packed, w, {}, 1, 1);
  x.packed.select(0, 0).zero_();
  EXPECT_THROW(z.backward(randn(z.sizes())), Error);
}

TEST(PackedImage, DoubleBackward) {
  const auto run = [](bool look) {
    manual_seed(1);
    const Tensor x = randn({8, 16, 20, 20}).requires_grad_(), w = (randn({32, 16, 3, 3}) / 12).requires_grad_();
    const Tensor y = conv2d(x, w).relu();
    if (look) y.data_ptr();
    const Tensor g = autograd::grad({y}, {x}, {randn(y.sizes())}, true, true)[0];
    if (look) g.data_ptr();
    g.mul(g).backward(randn(g.sizes()));
    return std::make_pair(w.grad(), x.grad());
  };
  const auto [a, ax] = run(true);
  const auto [b, bx] = run(false);
  EXPECT_TRUE(allclose(a, b, 1e-4, 1e-3));
  EXPECT_EQ(ax.defined(), bx.defined());
}

TEST(PackedImage, ThreadsMayLookAndComputeAtOnce) {
  for (int round = 0; round < 20; ++round) {
    Pair x({8, 32, 20, 20});
    const Tensor want = x.plain.relu();
    std::vector<std::thread> threads;
    std::vector<char> good(8);
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        if (t % 2)
          good[t] = equal(x.packed.relu(), want);
        else
          good[t] = equal(x.packed, x.plain);
      });
    for (auto& t : threads) t.join();
    for (int t = 0; t < 8; ++t) EXPECT_TRUE(good[t]) << t;
  }
}

TEST(PackedImage, HeldBlocksOutliveUnpackingAndTheTensor) {
  Pair x({2, 32, 5, 5});
  PackedImage held = packed_image(x.packed);
  const float first = *static_cast<const float*>(held.data());
  x.packed.data_ptr();
  EXPECT_FALSE(packed_image(x.packed));
  x.packed = Tensor();
  EXPECT_EQ(*static_cast<const float*>(held.data()), first);
  EXPECT_EQ(first, x.plain.view({-1})[0].item<float>());
}

}  // namespace
}  // namespace lampas
