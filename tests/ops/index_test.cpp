// What x.index and its relatives promise beyond values: views, messages, nothing written by a call that throws,
// threads.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "lampas/autograd/autograd.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/lampas.h"
#include "ops/golden_case.h"
#include "ops/throws.h"

namespace {

using namespace lampas;
using namespace lampas::indexing;
using golden::values;

Tensor counting(IntArrayRef sizes, ScalarType dtype = kFloat) { return arange(numel_of(sizes), dtype).view(sizes); }

TEST(Indexing, SliceAndTensorIndexPrintAsLibTorch) {
  std::ostringstream os;
  os << Slice(1, 2, 3) << ' ' << Slice() << ' ' << Slice(None, None, -1) << ' '
     << std::vector<TensorIndex>{None, "...", Ellipsis, 0, true, Slice(1, None, 2)};
  EXPECT_EQ(os.str(),
            "1:2:3 0:9223372036854775807:1 9223372036854775807:-9223372036854775808:-1 "
            "(None, ..., ..., 0, true, 1:9223372036854775807:2)");
  EXPECT_THROWS_WITH(TensorIndex(".."), "Expected \"...\" to represent an ellipsis index, but got \"..\"");
  EXPECT_THROWS_WITH(Slice(0, 1, 0), "slice step cannot be zero");
}

TEST(Indexing, BasicIndicesGiveViews) {
  const Tensor x = counting({3, 4});
  const Tensor whole = x.index({Slice()});
  EXPECT_FALSE(whole.is_same(x));
  EXPECT_TRUE(whole.is_alias_of(x));
  EXPECT_EQ(x.index({1, Slice(1, None)}).data_ptr<float>(), x.data_ptr<float>() + 5);
  x.index({"...", 0}).zero_();
  EXPECT_EQ(values(x.select(1, 0)), (std::vector<double>{0, 0, 0}));
  EXPECT_FALSE(x.index({tensor({0})}).is_alias_of(x));
  EXPECT_EQ(x[tensor(2)].data_ptr<float>(), x.data_ptr<float>() + 8);
}

TEST(Indexing, MasksOfSeveralDimensionsMixWithSlices) {
  // PyTorch 1.13 loses count of dimensions after a mask of rank two; NumPy's rule is the documented one.
  const Tensor x = counting({2, 3, 4}), m = tensor({{true, false, true}, {false, true, false}});
  EXPECT_EQ(values(x.index({m, Slice(1, 3)})), (std::vector<double>{1, 2, 9, 10, 17, 18}));
  EXPECT_EQ(values(x.index({m, -1})), (std::vector<double>{3, 11, 19}));
}

TEST(Indexing, Int32IndicesWork) {
  const Tensor x = counting({3, 2}), i = tensor({2, 0}, kInt);
  EXPECT_EQ(values(x.index({i})), (std::vector<double>{4, 5, 0, 1}));
  EXPECT_EQ(values(index_select(x, 0, i)), (std::vector<double>{4, 5, 0, 1}));
}

TEST(Indexing, ByteMasksWarn) {
  static int warnings;
  warnings = 0;
  const auto old =
      set_warning_handler([](const std::string& m) { warnings += m.find("torch.uint8") != std::string::npos; });
  const Tensor x = counting({3});
  EXPECT_EQ(values(x.index({tensor({1, 0, 1}, kByte)})), (std::vector<double>{0, 2}));
  set_warning_handler(old);
  EXPECT_EQ(warnings, 1);
}

TEST(Indexing, Errors) {
  const Tensor x = counting({3, 4}), e = zeros({2, 0});
  EXPECT_THROWS_WITH(x.index({}), "Passing an empty index list to Tensor::index() is not valid syntax");
  EXPECT_THROWS_WITH(x.index_put_({}, 1), "Passing an empty index list to Tensor::index_put_() is not valid syntax");
  EXPECT_THROWS_WITH(x.index({5}), "index: index 5 is out of bounds for dimension 0 with size 3");
  EXPECT_THROWS_WITH(x.index({0, -5}), "index -5 is out of bounds for dimension 1 with size 4");
  EXPECT_THROWS_WITH(x.index({Slice(), None, 9}), "index 9 is out of bounds for dimension 1 with size 4");
  EXPECT_THROWS_WITH(x.index({tensor({0, 3})}), "index: index 3 is out of bounds for dimension 0 with size 3");
  EXPECT_THROWS_WITH(x.index({Slice(), tensor({0, -5})}), "index -5 is out of bounds for dimension 1 with size 4");
  EXPECT_THROWS_WITH(e.index({Slice(), tensor({0})}), "index is out of bounds for dimension with size 0");
  EXPECT_THROWS_WITH(x.index({0, 0, 0}), "too many indices for tensor of dimension 2");
  EXPECT_THROWS_WITH(zeros({}).index({0}), "invalid index of a 0-dim tensor");
  EXPECT_THROWS_WITH(x.index({Slice(None, None, -1)}), "step must be greater than zero");
  EXPECT_THROWS_WITH(x.index({zeros({2})}),
                     "tensors used as indices must be long, int, byte or bool tensors, got Float");
  EXPECT_THROWS_WITH(
      x.index({tensor({true, false})}),
      "The shape of the mask [2] at index 0 does not match the shape of the indexed tensor [3, 4] at index 0");
  EXPECT_THROWS_WITH(x.index({tensor({0, 1}), tensor({0, 1, 2})}),
                     "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]");
  EXPECT_THROWS_WITH(Tensor().index({0}), "index: tensor is undefined");
  EXPECT_THROWS_WITH(x.index({Tensor()}), "index: an index tensor is undefined");
  EXPECT_THROW(x.index({5}), IndexError);
}

TEST(Indexing, FailedWritesLeaveTheTensorAlone) {
  Tensor x = counting({3, 4});
  const std::vector<double> before = values(x);
  const int64_t version = x._version();
  EXPECT_THROWS_WITH(x.index_put_({tensor({0, 3})}, 7), "index_put_: index 3 is out of bounds");
  EXPECT_THROWS_WITH(
      x.index_put_({tensor({0, 1})}, ones({3})),
      "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [2, 4]");
  EXPECT_THROWS_WITH(
      x.index_put_({tensor({0, 1})}, ones({4}, kDouble)),
      "Index put requires the source and destination dtypes match, got Float for the destination and Double");
  EXPECT_THROWS_WITH(x.scatter_(0, tensor({{0, 3}}), 1),
                     "scatter_: index 3 is out of bounds for dimension 0 with size 3");
  EXPECT_THROWS_WITH(x.scatter_(0, tensor({{0, -1}}), 1), "index -1 is out of bounds");
  EXPECT_THROWS_WITH(x.scatter_add_(1, tensor({{0}, {4}, {0}}), ones({3, 1})),
                     "scatter_add_: index 4 is out of bounds");
  EXPECT_THROWS_WITH(x.index_add_(0, tensor({0, -1}), ones({2, 4})), "index_add_: index -1 is out of bounds");
  EXPECT_THROWS_WITH(x.index_copy_(0, tensor({0, 3}), ones({2, 4})), "index_copy_: index 3 is out of bounds");
  EXPECT_THROWS_WITH(x.index_fill_(0, tensor({0, 3}), 1), "index_fill_: index 3 is out of bounds");
  EXPECT_THROWS_WITH(x.put_(tensor({0, 12}), ones({2})),
                     "put_: index 12 is out of bounds for dimension 0 with size 12");
  EXPECT_THROWS_WITH(x.masked_scatter_(ones({3, 4}, kBool), ones({5})),
                     "number of elements of source < number of ones in mask: 5 < 12");
  EXPECT_THROWS_WITH(x.masked_fill_(ones({2, 4}, kBool), 1), "masked_fill_");
  EXPECT_EQ(values(x), before);
  EXPECT_EQ(x._version(), version);
}

TEST(Indexing, FailedLargeScattersLeaveTheTensorAlone) {
  // Large indices are checked and copied in one pass.
  Tensor x = rand({512, 512}), before = x.clone(), index = randint(512, {512, 512}, kLong), source = rand({512, 512});
  index[511][511] = 512;
  EXPECT_THROWS_WITH(x.scatter_(1, index, source), "index 512 is out of bounds for dimension 1 with size 512");
  index[511][511] = -1;
  EXPECT_THROWS_WITH(x.scatter_add_(0, index, source), "index -1 is out of bounds for dimension 0 with size 512");
  index[511][511] = 65536 + 3;
  EXPECT_THROWS_WITH(x.scatter_(0, index, 1), "index 65539 is out of bounds for dimension 0 with size 512");
  EXPECT_TRUE(equal(x, before));
}

TEST(Indexing, MoreErrors) {
  Tensor x = counting({3, 4});
  EXPECT_THROWS_WITH(gather(x, 0, tensor({{5}})), "gather: index 5 is out of bounds for dimension 0 with size 3");
  EXPECT_THROWS_WITH(gather(x, 0, tensor({{1}}, kInt)), "gather: expected dtype int64 for index, but got Int");
  EXPECT_THROWS_WITH(gather(x, 0, tensor({1})), "index tensor must have the same number of dimensions as input tensor");
  EXPECT_THROWS_WITH(gather(x, 0, zeros({3, 9}, kLong)),
                     "expected index [3, 9] to be smaller than self [3, 4] apart from dimension 0");
  EXPECT_THROWS_WITH(x.scatter_(0, zeros({3, 4}, kLong), zeros({2, 4})), "and to be smaller size than src [2, 4]");
  EXPECT_THROWS_WITH(x.scatter_(0, zeros({3, 4}, kLong), zeros({3, 4}, kDouble)),
                     "expected self.dtype to be equal to src.dtype");
  EXPECT_THROWS_WITH(x.scatter_(0, zeros({3, 4}, kLong), zeros({3, 4}), "max"),
                     "reduce argument must be either add or multiply, got \"max\"");
  EXPECT_THROWS_WITH(x.clone().requires_grad_().mul(2).scatter_(0, zeros({3, 4}, kLong), zeros({3, 4}), "multiply"),
                     "derivative for reduce=\"multiply\" is not defined");
  EXPECT_THROWS_WITH(index_select(x, 0, zeros({2, 2}, kLong)), "index_select: index is supposed to be a vector");
  EXPECT_THROWS_WITH(index_select(x, 0, zeros({2})), "expected dtype int32 or int64 for index, but got Float");
  EXPECT_THROWS_WITH(index_select(x, 2, tensor({0})), "index_select: Dimension out of range");
  EXPECT_THROWS_WITH(index_select(x, 0, tensor({-1})),
                     "index_select: index -1 is out of bounds for dimension 0 with size 3");
  EXPECT_THROWS_WITH(x.index_add_(0, tensor({0, 1}), zeros({3, 4})),
                     "number of indices (2) should be equal to source.size(dim): (3)");
  EXPECT_THROWS_WITH(x.index_add_(0, tensor({0, 1}), zeros({2, 5})), "must have same slice shapes");
  EXPECT_THROWS_WITH(x.index_add_(0, tensor({0}), zeros({1, 4}, kDouble)),
                     "self (Float) and source (Double) must have the same scalar type");
  EXPECT_THROWS_WITH(x.index_fill_(0, tensor({0}), zeros({1})), "supports only a 0-dimensional value tensor");
  EXPECT_THROWS_WITH(masked_fill(x, zeros({3, 4}), 1),
                     "masked_fill: expected BoolTensor or ByteTensor for mask, but got Float");
  EXPECT_THROWS_WITH(masked_fill(x, zeros({3, 4}, kBool), ones({2})), "only supports a 0-dimensional value tensor");
  EXPECT_THROWS_WITH(masked_select(x, zeros({3, 3}, kBool)), "masked_select");
  EXPECT_THROWS_WITH(take(x, tensor({1.0})), "take: expected a long tensor for index, but got Float");
  EXPECT_THROWS_WITH(take(x, tensor({50})), "take: index 50 is out of bounds for dimension 0 with size 12");
  EXPECT_THROWS_WITH(x.put_(tensor({1, 2}), zeros({1})), "source.numel() = 1, index.numel() = 2");
  EXPECT_THROWS_WITH(x.expand({2, 3, 4}).index_add_(0, tensor({0}), x.unsqueeze(0)),
                     "more than one element of the written-to tensor refers to a single memory location");
  EXPECT_THROWS_WITH(x.clone().requires_grad_().index_put_({0}, 1), "a view of a leaf Variable that requires grad");
  EXPECT_THROWS_WITH(x.clone().requires_grad_().index_put_({tensor({0})}, 1), "a leaf Variable that requires grad");
}

TEST(Indexing, WritesFromTheirOwnMemory) {
  Tensor x = counting({4}, kLong);
  x.index_put_({tensor({0, 1, 2})}, x.slice(0, 1, 4));
  EXPECT_EQ(values(x), (std::vector<double>{1, 2, 3, 3}));
  x = counting({4}, kLong);
  x.scatter_(0, tensor({3, 2, 1, 0}), x);
  EXPECT_EQ(values(x), (std::vector<double>{3, 2, 1, 0}));
  x = counting({4}, kLong);
  x.index_copy_(0, tensor({1, 2, 3, 0}), x);
  EXPECT_EQ(values(x), (std::vector<double>{3, 0, 1, 2}));
}

TEST(Indexing, NewTensorsRecordTheWriteAlone) {
  const Tensor i = tensor({1, 0}), at = tensor({{1, 0}}), mask = tensor({true, false}), source = ones({2, 2}, kDouble);
  const std::function<Tensor(const Tensor&)> forms[] = {
      [&](const Tensor& x) { return x.index_add(0, i, source); },
      [&](const Tensor& x) { return x.index_copy(0, i, source); },
      [&](const Tensor& x) { return x.index_fill(0, i, 3); },
      [&](const Tensor& x) { return x.scatter(0, at, source); },
      [&](const Tensor& x) { return x.scatter(0, at, 3); },
      [&](const Tensor& x) { return x.scatter_add(0, at, source); },
      [&](const Tensor& x) { return x.masked_scatter(mask, source); },
      [&](const Tensor& x) { return index_put(x, {i}, source); },
      [&](const Tensor& x) { return index_put(x, {mask}, source[0]); },
  };
  for (const auto& form : forms) {
    const Tensor x = counting({2, 2}, kDouble).requires_grad_(), y = form(x);
    ASSERT_TRUE(y.grad_fn());
    EXPECT_FALSE(y.is_leaf());
    EXPECT_EQ(y.grad_fn()->next_edge(0).function->name(), "AccumulateGrad") << y.grad_fn()->name();
    EXPECT_EQ(values(x), (std::vector<double>{0, 1, 2, 3}));
    EXPECT_EQ(x._version(), 0);
    EXPECT_TRUE(x.is_leaf());
    const Tensor z = x.mul(1);
    EXPECT_EQ(form(z).grad_fn()->next_edge(0).function.get(), z.grad_fn().get());
    NoGradGuard off;
    EXPECT_FALSE(form(x).requires_grad());
  }
  // Nothing is written: a copy, not what stands for x.
  const Tensor x = counting({2, 2}, kDouble).requires_grad_(), none = empty({0, 2}, kLong);
  EXPECT_EQ(x.scatter(0, none, source).grad_fn()->name(), "CloneBackward0");
  EXPECT_EQ(x.scatter_add(0, none, source).grad_fn()->name(), "CloneBackward0");
}

TEST(Indexing, ReducedFloatsAccumulateInFloat32) {
  // 256 + 1 + 1 ... rounds back to 256 at every step in bfloat16.
  const Tensor i = zeros({64}, kLong), one = ones({64}, kBFloat16);
  EXPECT_EQ(full({1}, 256, kBFloat16).index_add_(0, i, one).item<float>(), 320);
  EXPECT_EQ(full({1}, 256, kBFloat16).scatter_add_(0, i, one).item<float>(), 320);
  EXPECT_EQ(full({1}, 256, kBFloat16).index_put_({i}, one, true).item<float>(), 320);
}

TEST(Indexing, SavedIndicesAreChecked) {
  const Tensor x = counting({4}, kDouble).requires_grad_();
  Tensor i = tensor({1, 1});
  const Tensor y = x.index({i});
  i.add_(1);
  EXPECT_THROWS_WITH(y.sum().backward(), "modified by an inplace operation");
}

TEST(Indexing, GradientsOfRepeatedPositionsAddUp) {
  const Tensor x = counting({3, 2}, kDouble).requires_grad_();
  x.index({tensor({2, 2, 0})}).sum().backward();
  EXPECT_EQ(values(x.grad()), (std::vector<double>{1, 1, 0, 0, 2, 2}));
}

/// Large enough for several threads; compared with loops.
class LargeIndexing : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    threads_ = get_num_threads();
    set_num_threads(GetParam());
  }
  void TearDown() override { set_num_threads(threads_); }
  static Tensor scrambled(int64_t n, int64_t bound) {
    Tensor t = empty({n}, kLong);
    auto* p = t.data_ptr<int64_t>();
    uint64_t s = 12345;
    for (int64_t k = 0; k < n; ++k) {
      s = s * 6364136223846793005ull + 1442695040888963407ull;
      p[k] = static_cast<int64_t>((s >> 33) % static_cast<uint64_t>(bound));
    }
    return t;
  }
  int threads_ = 1;
};

TEST_P(LargeIndexing, RowsAndColumns) {
  const int64_t n = 3000, c = 70, m = 2000;
  const Tensor x = counting({n, c}), r = scrambled(m, n), k = scrambled(m, c);
  const auto* xs = x.data_ptr<float>();
  const auto *rs = r.data_ptr<int64_t>(), *ks = k.data_ptr<int64_t>();
  const std::vector<double> rows = values(x.index({r})), columns = values(x.index({Slice(0, 100), k})),
                            points = values(x.index({r, k}));
  for (int64_t j = 0; j < m; ++j) {
    for (int64_t d = 0; d < c; d += 9) ASSERT_EQ(rows[static_cast<size_t>(j * c + d)], xs[rs[j] * c + d]);
    for (int64_t i = 0; i < 100; i += 7) ASSERT_EQ(columns[static_cast<size_t>(i * m + j)], xs[i * c + ks[j]]);
    ASSERT_EQ(points[static_cast<size_t>(j)], xs[rs[j] * c + ks[j]]);
  }
}

TEST_P(LargeIndexing, SumsInOrderWhateverTheThreads) {
  const int64_t n = 50, m = 140000;
  // Sums of floats of many sizes: a different order would give a different result.
  Tensor v = empty({m});
  for (int64_t k = 0; k < m; ++k)
    v.data_ptr<float>()[k] = std::ldexp(1.0f + static_cast<float>(k % 97) / 97, static_cast<int>(k % 23) - 11);
  const Tensor i = scrambled(m, n);
  std::vector<float> want(static_cast<size_t>(n), 0.f);
  for (int64_t k = 0; k < m; ++k) want[static_cast<size_t>(i.data_ptr<int64_t>()[k])] += v.data_ptr<float>()[k];
  const std::vector<double> expected(want.begin(), want.end());
  EXPECT_EQ(values(zeros({n}).index_put_({i}, v, true)), expected);
  EXPECT_EQ(values(zeros({n}).scatter_add_(0, i, v)), expected);
  EXPECT_EQ(values(zeros({n}).index_add_(0, i, v)), expected);
  // Rows: the inner dimension is shared out instead.
  const Tensor wide = v.view({m / 100, 100}), few = scrambled(m / 100, 7),
               sums = zeros({7, 100}).index_add_(0, few, wide);
  std::vector<float> row(700, 0.f);
  for (int64_t k = 0; k < m / 100; ++k)
    for (int64_t d = 0; d < 100; ++d)
      row[static_cast<size_t>(few.data_ptr<int64_t>()[k] * 100 + d)] += v.data_ptr<float>()[k * 100 + d];
  EXPECT_EQ(values(sums), std::vector<double>(row.begin(), row.end()));
  EXPECT_EQ(values(zeros({7, 100}).scatter_add_(0, few.unsqueeze(1).expand({-1, 100}), wide)),
            std::vector<double>(row.begin(), row.end()));
}

TEST_P(LargeIndexing, LastWriteStays) {
  const int64_t n = 1000, m = 100000;
  const Tensor i = scrambled(m, n), v = counting({m}, kInt);
  std::vector<double> want(static_cast<size_t>(n), -1);
  for (int64_t k = 0; k < m; ++k) want[static_cast<size_t>(i.data_ptr<int64_t>()[k])] = static_cast<double>(k);
  EXPECT_EQ(values(full({n}, -1, kInt).index_put_({i}, v)), want);
  EXPECT_EQ(values(full({n}, -1, kInt).scatter_(0, i, v)), want);
}

TEST_P(LargeIndexing, Masks) {
  const int64_t n = 160000;
  for (int64_t density : {0, 1, 50, 100}) {
    const Tensor x = counting({n}, kInt);
    Tensor mask = empty({n}, kBool);
    const Tensor r = scrambled(n, 100);
    std::vector<double> kept, where;
    for (int64_t k = 0; k < n; ++k) {
      const bool on = r.data_ptr<int64_t>()[k] < density || (density == 1 && k == n - 1);
      mask.data_ptr<bool>()[k] = on;
      if (on) kept.push_back(static_cast<double>(k));
    }
    EXPECT_EQ(values(masked_select(x, mask)), kept);
    EXPECT_EQ(values(nonzero(mask)), kept);
    EXPECT_EQ(values(masked_scatter(zeros({n}, kInt), mask, masked_select(x, mask))), values(x * mask));
    const std::vector<Tensor> c = lampas::where(mask.view({40, 50, 80}));
    ASSERT_EQ(c.size(), 3u);
    EXPECT_EQ(values((c[0] * 50 + c[1]) * 80 + c[2]), kept);
  }
}

TEST_P(LargeIndexing, BadIndicesAreFound) {
  Tensor i = scrambled(100000, 1000);
  i.data_ptr<int64_t>()[75001] = 1000;
  i.data_ptr<int64_t>()[90001] = 2000;
  EXPECT_THROWS_WITH(zeros({1000}).index({i}), "index 1000 is out of bounds for dimension 0 with size 1000");
  EXPECT_THROWS_WITH(zeros({1000}).gather(0, i), "index 1000 is out of bounds for dimension 0 with size 1000");
  EXPECT_THROWS_WITH(zeros({1000}).index_put_({i}, 1), "index 1000 is out of bounds for dimension 0 with size 1000");
  EXPECT_THROWS_WITH(zeros({1000}).scatter_(0, i, 1), "index 1000 is out of bounds for dimension 0 with size 1000");
  EXPECT_THROWS_WITH(zeros({1000, 2}).gather(0, i.unsqueeze(1)),
                     "index 1000 is out of bounds for dimension 0 with size 1000");
}

TEST_P(LargeIndexing, GatherAndScatterAlongEveryDimension) {
  const Tensor x = counting({30, 60, 50});
  for (int64_t dim = 0; dim < 3; ++dim) {
    const Tensor i = scrambled(x.numel(), x.size(dim)).view(x.sizes());
    const std::vector<double> got = values(gather(x, dim, i));
    Tensor written = full(x.sizes(), -1.f);
    written.scatter_(dim, i, x);
    const auto a = i.accessor<int64_t, 3>();
    size_t at = 0;
    std::vector<double> want(static_cast<size_t>(x.numel()), -1);
    for (int64_t p = 0; p < 30; ++p)
      for (int64_t q = 0; q < 60; ++q)
        for (int64_t r = 0; r < 50; ++r, ++at) {
          const int64_t k = a[p][q][r], s[3] = {dim == 0 ? k : p, dim == 1 ? k : q, dim == 2 ? k : r};
          const auto flat = static_cast<size_t>((s[0] * 60 + s[1]) * 50 + s[2]);
          ASSERT_EQ(got[at], static_cast<double>(flat));
          want[flat] = static_cast<double>(at);
        }
    ASSERT_EQ(values(written), want);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, LargeIndexing, testing::Values(1, 2, 5));

}  // namespace
