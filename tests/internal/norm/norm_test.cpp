// The fused normalisations against their composition from simpler ops: values, gradients and gradients of gradients.
#include "lampas/ops/norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lampas/autograd/autograd.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/random.h"
#include "lampas/ops/reduce.h"
#include "ops/norm_composition.h"
#include "ops/norm_op.h"

namespace lampas {
namespace {

using Tensors = std::vector<Tensor>;

NormPlan plan(NormPlan::Kind kind, bool over_batch, int64_t outer, int64_t channels, int64_t inner, int64_t groups) {
  NormPlan p;
  p.kind = kind;
  p.over_batch = over_batch;
  p.outer = outer;
  p.channels_count = channels;
  p.inner = inner;
  p.groups = groups;
  p.eps = 1e-3;
  return p;
}

/// Output, gradients, and gradients of a combination of those.
template <class Fn>
Tensors everything(const Fn& fn, IntArrayRef sizes, int64_t parameters) {
  manual_seed(1);
  const auto leaf = [](const Tensor& t) { return t.to(kDouble).set_requires_grad(true); };
  const Tensor x = leaf(randn(sizes) * 2 + 1), w = leaf(randn({parameters}) + 1), b = leaf(randn({parameters}));
  const Tensor g = leaf(randn(sizes));
  const Tensor y = fn(x, w, b);
  Tensors out{y.detach()};
  const Tensors first = autograd::grad({y}, {x, w, b}, {g}, true, true);
  Tensor sum = zeros({}, TensorOptions(kDouble));
  for (const Tensor& d : first) {
    out.push_back(d.detach());
    sum = sum + d.mul(randn(d.sizes()).to(kDouble)).sum();
  }
  for (const Tensor& d : autograd::grad({sum}, {g, x, w})) out.push_back(d);
  return out;
}
template <class Fused>
void compare(const NormPlan& p, const Fused& fused, IntArrayRef sizes) {
  const auto composed = [&](const Tensor& x, const Tensor& w, const Tensor& b) {
    return detail::norm_composition(p, x, w, b);
  };
  const Tensors got = everything(fused, sizes, p.channels_count), want = everything(composed, sizes, p.channels_count);
  ASSERT_EQ(got.size(), want.size());
  for (size_t k = 0; k < got.size(); ++k) EXPECT_TRUE(got[k].allclose(want[k], 1e-9, 1e-9)) << "result " << k;
}

TEST(NormComposition, AgreesWithTheFusedOps) {
  const auto batch = [](const Tensor& x, const Tensor& w, const Tensor& b) {
    return batch_norm(x, w, b, {}, {}, true, 0.1, 1e-3);
  };
  compare(plan(NormPlan::channels, true, 4, 3, 35, 3), batch, {4, 3, 5, 7});
  compare(plan(NormPlan::columns, true, 40, 19, 1, 19), batch, {40, 19});
  compare(plan(NormPlan::channels, false, 2, 6, 11, 4),
          [](const Tensor& x, const Tensor& w, const Tensor& b) { return group_norm(x, 2, w, b, 1e-3); }, {2, 6, 11});
  compare(plan(NormPlan::rows, false, 9, 21, 1, 9),
          [](const Tensor& x, const Tensor& w, const Tensor& b) { return layer_norm(x, {21}, w, b, 1e-3); },
          {3, 3, 21});
}

TEST(NormComposition, AgreesWithBatchNormAndReLU) {
  const auto fused = [](const Tensor& x, const Tensor& w, const Tensor& b) {
    return detail::batch_norm(x, w, b, {}, {}, true, 0.1, 1e-3, true);
  };
  NormPlan p = plan(NormPlan::channels, true, 4, 3, 35, 3);
  p.relu = true;
  compare(p, fused, {4, 3, 5, 7});
  compare(p,
          [&](const Tensor& x, const Tensor& w, const Tensor& b) {
            return fused(x.contiguous(MemoryFormat::ChannelsLast), w, b);
          },
          {4, 3, 5, 7});
  p = plan(NormPlan::columns, true, 40, 19, 1, 19);
  p.relu = true;
  compare(p, fused, {40, 19});
}

/// y, and the gradients of x, w and b (those that are defined).
Tensors of_columns(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& g, bool training, ScalarType t) {
  const auto leaf = [&](const Tensor& v) { return v.defined() ? v.detach().to(t).set_requires_grad(true) : v; };
  const Tensor a = leaf(x), p = leaf(w), q = leaf(b);
  const Tensor mean = full({x.size(1)}, 0.5).to(t), var = full({x.size(1)}, 2.0).to(t);
  const Tensor y = batch_norm(a, p, q, mean, var, training, 0.1, 1e-3);
  Tensors from{a};
  if (p.defined()) from.push_back(p);
  if (q.defined()) from.push_back(q);
  Tensors all{y.detach()};
  for (const Tensor& d : autograd::grad({y}, from, {g.to(t)})) all.push_back(d);
  return all;
}

TEST(NormColumns, GroupsOfVectorsAgreeWithFloat64) {  // widths that are cut into groups of every size, and rest over
  manual_seed(2);
  for (const int64_t n : {1, 16, 32, 64, 117, 256, 300})
    for (const bool training : {true, false})
      for (const bool affine : {true, false}) {
        const Tensor x = randn({70, n}) * 2 + 1, g = randn({70, n});
        const Tensor w = affine ? randn({n}) + 1 : Tensor(), b = affine ? randn({n}) : Tensor();
        const Tensors got = of_columns(x, w, b, g, training, kFloat), want = of_columns(x, w, b, g, training, kDouble);
        for (size_t k = 0; k < got.size(); ++k)
          EXPECT_TRUE(got[k].to(kDouble).allclose(want[k], 1e-4, 1e-4)) << n << ' ' << training << ' ' << k;
      }
}

TEST(NormColumns, NaNStaysInItsColumn) {
  manual_seed(3);
  const int64_t n = 117;
  Tensor x = randn({40, n});
  for (const int64_t c : {0, 63, 70, 116}) x[7][c] = std::nan("");
  const Tensors all = of_columns(x, Tensor(), Tensor(), randn({40, n}), true, kFloat);
  for (const Tensor& t : all)
    for (int64_t c = 0; c < n; ++c) {
      const Tensor bad = t.select(1, c).isnan();
      const bool expected = c == 0 || c == 63 || c == 70 || c == 116;
      EXPECT_EQ(bad.all().item<bool>(), expected) << c;
      EXPECT_EQ(bad.any().item<bool>(), expected) << c;
    }
}

}  // namespace
}  // namespace lampas
