#include "op_table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace op_table {

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

namespace {

/// How an input reaches the op: the leaf has another shape, and a view of it is what the op sees.
enum class LayoutKind { contiguous, transposed, sliced, expanded };

struct Source {
  uint64_t state;
  double next() {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<double>(state >> 11) * 0x1p-53;
  }
};

Tensor draw(const std::vector<int64_t>& sizes, Source& source, Domain domain) {
  Tensor t = lampas::empty(sizes, lampas::kDouble);
  auto* p = t.data_ptr<double>();
  const int64_t n = t.numel();
  for (int64_t k = 0; k < n; ++k) {
    const double u = source.next();
    switch (domain) {
      case Domain::any:
        p[k] = (u < 0.5 ? -1 : 1) * (0.1 + 1.4 * source.next());
        break;
      case Domain::positive:
        p[k] = 0.3 + 1.5 * u;
        break;
      case Domain::unit:
        p[k] = 0.05 + 0.9 * u;
        break;
      case Domain::distinct:
        p[k] = 0.01 * static_cast<double>((k * 7919 + 13) % std::max<int64_t>(n, 1)) - 0.005 * static_cast<double>(n) +
               0.003 + 0.001 * u;
        break;
    }
  }
  return t;
}

std::vector<int64_t> leaf_sizes(std::vector<int64_t> s, LayoutKind kind) {
  if (kind == LayoutKind::transposed) std::reverse(s.begin(), s.end());
  if (kind == LayoutKind::sliced && !s.empty()) s.back() *= 2;
  if (kind == LayoutKind::expanded && !s.empty()) s.front() = s.front() ? 1 : 0;
  return s;
}

Tensor as_seen(const Tensor& leaf, const std::vector<int64_t>& s, LayoutKind kind) {
  if (s.empty()) return leaf;
  switch (kind) {
    case LayoutKind::transposed: {
      std::vector<int64_t> order;
      for (int64_t d = leaf.dim() - 1; d >= 0; --d) order.push_back(d);
      return leaf.permute(order);
    }
    case LayoutKind::sliced:
      return leaf.slice(-1, 0, leaf.size(-1), 2);
    case LayoutKind::expanded:
      return leaf.expand(s);
    default:
      return leaf;
  }
}

Tensors leaves(const Case& c, LayoutKind kind) {
  Source source{c.name.size() * 77 + 5};
  Tensors in;
  for (const auto& s : c.shapes) in.push_back(draw(leaf_sizes(s, kind), source, c.domain));
  return in;
}

Tensors call(const Case& c, const Tensors& in, LayoutKind kind) {
  Tensors seen;
  for (size_t k = 0; k < in.size(); ++k) seen.push_back(as_seen(in[k], c.shapes[k], kind));
  return c.fn(seen);
}

class OpTable : public ::testing::TestWithParam<size_t> {
 protected:
  const Case& the_case() const { return cases()[GetParam()]; }
  static bool meaningful(const Case& c, LayoutKind kind) {
    // Expanded inputs hold equal elements, which ops that pick one cannot be differentiated at.
    return !(kind == LayoutKind::expanded && c.domain == Domain::distinct);
  }
};

constexpr LayoutKind kLayouts[] = {LayoutKind::contiguous, LayoutKind::transposed, LayoutKind::sliced,
                                   LayoutKind::expanded};

TEST_P(OpTable, GradientsAgreeWithFiniteDifferences) {
  const Case& c = the_case();
  for (LayoutKind kind : kLayouts) {
    if (!meaningful(c, kind)) continue;
    SCOPED_TRACE(c.name + " layout " + std::to_string(static_cast<int>(kind)));
    Tensors in = leaves(c, kind);
    for (Tensor& t : in) t.set_requires_grad(true);
    auto fn = [&](const Tensors& x) { return call(c, x, kind); };
    EXPECT_NO_THROW(lampas::autograd::gradcheck(fn, in));
    if (c.second && (kind == LayoutKind::contiguous || kind == LayoutKind::transposed)) {
      EXPECT_NO_THROW(lampas::autograd::gradgradcheck(fn, in));
    }
  }
}

TEST_P(OpTable, FloatAgreesWithDoubleInEveryLayout) {
  const Case& c = the_case();
  lampas::NoGradGuard off;
  for (LayoutKind kind : kLayouts) {
    SCOPED_TRACE(c.name + " layout " + std::to_string(static_cast<int>(kind)));
    Tensors in = leaves(c, kind), single;
    for (const Tensor& t : in) single.push_back(t.to(lampas::kFloat));
    // The same float32 inputs in float64, so that only the op's own rounding counts.
    Tensors exact;
    for (const Tensor& t : single) exact.push_back(t.to(lampas::kDouble));
    const Tensors want = call(c, exact, kind), got = call(c, single, kind);
    Tensors dense;
    for (size_t k = 0; k < single.size(); ++k) dense.push_back(as_seen(single[k], c.shapes[k], kind).contiguous());
    const Tensors plain = c.fn(dense);
    ASSERT_EQ(want.size(), got.size());
    for (size_t k = 0; k < want.size(); ++k) {
      ASSERT_EQ(want[k].sizes().vec(), got[k].sizes().vec());
      if (!lampas::is_floating_point(got[k].scalar_type())) {
        EXPECT_TRUE(got[k].equal(want[k])) << "output " << k;
        continue;
      }
      EXPECT_TRUE(
          got[k].to(lampas::kDouble).allclose(want[k].to(lampas::kDouble), c.f32_rtol * c.depth, c.f32_atol * c.depth))
          << "output " << k;
      EXPECT_TRUE(got[k].allclose(plain[k], c.f32_rtol * c.depth, c.f32_atol * c.depth))
          << "output " << k << ": layout changes the result";
    }
  }
}

TEST_P(OpTable, RepeatsBitwise) {
  const Case& c = the_case();
  lampas::NoGradGuard off;
  Tensors in = leaves(c, LayoutKind::contiguous);
  const Tensors first = c.fn(in), second = c.fn(in);
  for (size_t k = 0; k < first.size(); ++k) EXPECT_TRUE(first[k].equal(second[k]));
}

std::string case_name(const ::testing::TestParamInfo<size_t>& info) {
  std::string s = cases()[info.param].name;
  for (char& ch : s)
    if (!std::isalnum(static_cast<unsigned char>(ch))) ch = '_';
  return s + "_" + std::to_string(info.param);
}

std::vector<size_t> all_indices() {
  std::vector<size_t> v(cases().size());
  for (size_t k = 0; k < v.size(); ++k) v[k] = k;
  return v;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Ops, OpTable, ::testing::ValuesIn(all_indices()), case_name);

}  // namespace op_table
