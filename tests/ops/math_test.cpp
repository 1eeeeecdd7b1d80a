// Reductions, scans, order, products, matrix functions, sparse tensors: errors, special values, large inputs, out=.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "ops/throws.h"

namespace {

using namespace lampas;

TEST(MathErrors, ReductionsNameWhatIsWrong) {
  const Tensor x = ones({2, 3}), none = zeros({2, 0});
  EXPECT_THROWS_WITH(x.sum({0, 0}), "dim 0 appears multiple times");
  EXPECT_THROWS_WITH(x.sum({2}), "Dimension out of range");
  EXPECT_THROWS_WITH(x.to(kLong).mean(), "could not infer output dtype");
  EXPECT_THROWS_WITH(none.amax({1}), "Expected reduction dim 1 to have non-zero size");
  EXPECT_THROWS_WITH(none.max(), "non-zero size");
  EXPECT_THROWS_WITH(none.median(1), "Expected reduction dim 1 to have non-zero size");
  EXPECT_THROWS_WITH(x.to(kLong).norm(), "either floating point or complex");
  EXPECT_THROWS_WITH(linalg_vector_norm(none, INFINITY, IntArrayRef({1})),
                     "cannot compute the inf norm on the dimension 1");
  EXPECT_THROWS_WITH(linalg_vector_norm(none, -1), "cannot compute the -1 norm on an empty tensor");
  const Tensor z = zeros({2, 3}, kComplexFloat);
  EXPECT_THROWS_WITH(pairwise_distance(z, z), "pairwise_distance: expected a floating point x1");
  EXPECT_THROWS_WITH(pairwise_distance(x, z), "pairwise_distance: expected a floating point x2");
  EXPECT_THROWS_WITH(x.renorm(2, 0, -1), "expected maxnorm to be >= 0");
  EXPECT_THROWS_WITH(Tensor().sum(), "undefined");
  EXPECT_THROWS_WITH(x.kthvalue(4), "selected number k out of range");
  EXPECT_THROWS_WITH(x.topk(4), "selected index k out of range");
  EXPECT_THROWS_WITH(x.to(kLong).logcumsumexp(0), "expected a floating point tensor");
  EXPECT_THROWS_WITH(x.quantile(1.5), "must be in the range [0, 1]");
  EXPECT_THROWS_WITH(quantile(x, 0.5, 0, false, "cubic"), "interpolation must be one of");
  EXPECT_THROWS_WITH(x.diff(-1), "order must be non-negative");
  EXPECT_THROWS_WITH(histc(full({3}, NAN)), "is not finite");
  EXPECT_THROWS_WITH(x.histc(0), "bins must be > 0");
  EXPECT_THROWS_WITH(bincount(tensor({-1, 2})), "non-negative integral inputs");
  EXPECT_THROWS_WITH(searchsorted(x, ones({3, 3})), "the first N-1 dimensions");
  // Values and boundaries are promoted to one dtype.
  EXPECT_TRUE(equal(searchsorted(arange(3), tensor({0.5, 1.5})), tensor({1, 2})));
  EXPECT_TRUE(equal(bucketize(1.5, arange(4)), tensor(2)));
  EXPECT_THROWS_WITH(x.to(kLong).cumsum_(0, kFloat), "can't be cast to the desired output type");
}

template <class T>
void check_searches(ScalarType dtype) {
  // Lengths around powers of two, many ties, counts that are no multiple of the values looked for at a time.
  for (int64_t length : {0, 1, 2, 3, 7, 8, 9, 100, 257})
    for (int64_t rows : {1, 3})
      for (int64_t count : {1, 7, 8, 9, 21}) {
        const Tensor s = std::get<0>(randint(40, {rows, length}, dtype).sort()),
                     v = randint(-3, 43, {rows, count}, dtype);
        for (bool right : {false, true}) {
          const Tensor got = searchsorted(rows == 1 ? s[0] : s, v, false, right);
          for (int64_t r = 0; r < rows; ++r)
            for (int64_t k = 0; k < count; ++k) {
              const T* begin = s[r].const_data_ptr<T>();
              const T* end = begin + length;
              const T x = v[r][k].item<T>();
              const T* at = right ? std::upper_bound(begin, end, x) : std::lower_bound(begin, end, x);
              ASSERT_EQ(got[r][k].item<int64_t>(), at - begin) << length << " " << rows << " " << count << " " << right;
            }
        }
      }
}

TEST(Order, SearchesSideBySide) {
  check_searches<float>(kFloat);
  check_searches<double>(kDouble);
  check_searches<int64_t>(kLong);
  // NaN comes last, among the values and in the sequence.
  const Tensor s = tensor({1.0f, 2.0f, NAN, NAN}),
               v = tensor({NAN, 0.0f, 2.0f, 9.0f, INFINITY, NAN, 1.0f, -INFINITY, 3.0f});
  EXPECT_TRUE(equal(searchsorted(s, v), tensor({4, 0, 1, 2, 2, 4, 0, 0, 2})));
  EXPECT_TRUE(equal(searchsorted(s, v, false, true), tensor({4, 0, 2, 2, 2, 4, 1, 0, 2})));
  EXPECT_TRUE(equal(searchsorted(s.to(kHalf), v.to(kHalf)), tensor({4, 0, 1, 2, 2, 4, 0, 0, 2})));
}

TEST(MathErrors, ProductsNameWhatIsWrong) {
  const Tensor a = ones({2, 3}), b = ones({2, 3});
  EXPECT_THROWS_WITH(mv(a, ones({2})), "size mismatch");
  EXPECT_THROWS_WITH(addmv(ones({2}), a, ones({2})), "size mismatch");
  EXPECT_THROWS_WITH(outer(a, b), "expected 1-D argument, but got 2-D");
  EXPECT_THROWS_WITH(cross(ones({2}), ones({2})), "no dimension of size 3");
  EXPECT_THROWS_WITH(einsum("ij,jk->ik", {a, b}), "do not broadcast with remapped shapes");
  EXPECT_THROWS_WITH(einsum("ij->k", {a}), "does not appear in the equation for any input operand");
  EXPECT_THROWS_WITH(einsum("ijk", {a}), "does not match the number of dimensions");
  EXPECT_THROWS_WITH(einsum("i$", {a}), "subscripts must be in [a-zA-Z]");
  EXPECT_THROWS_WITH(einsum("ij,jk", {a}), "more operands were provided in the equation");
  EXPECT_THROWS_WITH(einsum("ij", {a, b}), "fewer operands were provided in the equation");
  EXPECT_THROWS_WITH(tensordot(a, b, {1}, {0}), "contracted dimensions need to match");
  EXPECT_THROWS_WITH(chain_matmul({a, b}), "cannot be multiplied");
  EXPECT_THROWS_WITH(baddbmm(a, a, b), "must be 3D tensors");
  EXPECT_THROWS_WITH(trace(ones({3})), "expected a matrix");
}

TEST(MatrixProducts, WhatIsAddedMayLieAnyhow) {
  manual_seed(9);
  for (ScalarType t : {kFloat, kDouble, kLong})
    for (int64_t n : {1, 7, 70}) {
      const Tensor a = randint(-5, 5, {3, 6, n}, t), b = randint(-5, 5, {3, n, n}, t), y = matmul(a, b);
      const Tensor whole = randint(-9, 9, {3, 6, n}, t), row = randint(-9, 9, {n}, t),
                   column = randint(-9, 9, {6, 1}, t);
      for (const Tensor& x : {whole, whole.transpose(0, 1).contiguous().transpose(0, 1), whole.mT().contiguous().mT(),
                              whole.select(0, 1), row, column, randint(-9, 9, {3, 1, n}, t), randint(-9, 9, {}, t)}) {
        EXPECT_TRUE(baddbmm(x, a, b).equal(y + x)) << x.sizes();
        EXPECT_TRUE(baddbmm(x, a, b, 2, 3).equal(3 * y + 2 * x)) << x.sizes();
        EXPECT_TRUE(baddbmm(x, a, b, 0, 1).equal(y)) << x.sizes();
        if (x.dim() == 3) continue;
        EXPECT_TRUE(addmm(x, a[0], b[0]).equal(y[0] + x)) << x.sizes();
        EXPECT_TRUE(addmm(x, a[0], b[0], 2, -1).equal(2 * x - y[0])) << x.sizes();
      }
      Tensor same = whole.clone();
      same.baddbmm_(a, b);
      EXPECT_TRUE(same.equal(y + whole));
    }
}

TEST(MathErrors, MatrixFunctionsNameWhatIsWrong) {
  const Tensor wide = ones({2, 3}), singular = ones({2, 2});
  EXPECT_THROWS_WITH(inverse(wide), "must be batches of square matrices");
  EXPECT_THROWS_WITH(inverse(ones({3})), "must have at least 2 dimensions");
  EXPECT_THROWS_WITH(inverse(ones({2, 2}, kLong)), "expected input to have float32 or float64");
  EXPECT_THROWS_WITH(inverse(singular), "because the input matrix is singular");
  EXPECT_THROWS_WITH(inverse(stack({eye(2), singular})), "(Batch element 1): ");
  EXPECT_THROWS_WITH(linalg::solve(singular, ones({2})), "because the input matrix is singular");
  EXPECT_THROWS_WITH(linalg::solve(eye(2), ones({3})), "Incompatible shapes of A and B");
  EXPECT_THROWS_WITH(cholesky(eye(2).neg()), "the input is not positive-definite");
  EXPECT_THROWS_WITH(linalg::qr(wide, "full"), "unrecognized mode 'full'");
  EXPECT_THROWS_WITH(linalg_eigh(eye(2), "X"), "Expected UPLO argument to be 'L' or 'U'");
  EXPECT_THROWS_WITH(linalg_svd(full({2, 2}, NAN), false), "failed to converge");
  EXPECT_THROWS_WITH(linalg_lstsq(wide, ones({2, 1}), std::nullopt, "best"), "parameter `driver` should be one of");
  Tensor x = randn({4, 3}).set_requires_grad(true);
  EXPECT_THROWS_WITH(std::get<0>(linalg_svd(x)).sum().backward(), "full_matrices=true have no derivative");
}

TEST(MathErrors, ShapesNameWhatIsWrong) {
  const Tensor x = ones({2, 3});
  EXPECT_THROWS_WITH(x.unfold(1, 4, 1), "maximum size for tensor at dimension 1 is 3 but size is 4");
  EXPECT_THROWS_WITH(x.unfold(1, 2, 0), "step is 0 but must be > 0");
  EXPECT_THROWS_WITH(x.hsplit(2), "is not divisible by the split_size 2");
  EXPECT_THROWS_WITH(tensor_split(x, 0), "number of sections must be larger than 0");
  EXPECT_THROWS_WITH(x.slice_scatter(ones({5})), "expected src to have a size equal to the slice of self");
  EXPECT_THROWS_WITH(x.take_along_dim(ones({2, 3}), 1), "dtype of indices should be Long");
  EXPECT_THROWS_WITH(ones({3}).fill_diagonal_(1), "dimensions must larger than 1");
  EXPECT_THROWS_WITH(x.view(kDouble), "must be divisible by 2");
  EXPECT_THROWS_WITH(combinations(x), "expect a 1D vector");
  Tensor leaf = ones({2, 1}).set_requires_grad(true);
  EXPECT_THROWS_WITH(leaf.squeeze_(), "a leaf Variable that requires grad");
  EXPECT_EQ(leaf.dim(), 2);
  EXPECT_THROWS_WITH(x.set_(ones({2}, kDouble)), "could not set tensor of type Double");
  EXPECT_THROWS_WITH(x.set_(x, 0, {10}), "out of bounds for storage");
}

TEST(Order, SortsLongLinesOfEveryDtypeAsTheStandardLibraryDoes) {
  for (const ScalarType t : {kFloat, kDouble, kLong, kInt, kShort, kByte, kHalf, kBFloat16, kBool})
    for (const int64_t n : {1, 7, 255, 256, 8191, 20000}) {
      const Tensor x =
          (is_floating_point(t) ? randn({n}).mul(100) : randint(t == kByte || t == kBool ? 0 : -100, 100, {n})).to(t);
      const auto [values, indices] = x.sort();
      const auto [down, places] = x.sort(0, true);
      const Tensor wide = x.to(kDouble);
      std::vector<int64_t> order(static_cast<size_t>(n)), reverse;
      for (int64_t k = 0; k < n; ++k) order[k] = k;
      reverse = order;
      const auto* p = wide.data_ptr<double>();
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return p[a] < p[b]; });
      std::stable_sort(reverse.begin(), reverse.end(), [&](int64_t a, int64_t b) { return p[a] > p[b]; });
      EXPECT_TRUE(indices.equal(tensor(order, kLong))) << t << " " << n;
      EXPECT_TRUE(places.equal(tensor(reverse, kLong))) << t << " " << n;
      EXPECT_TRUE(values.equal(x.take(indices)));
      const int64_t k = std::max<int64_t>(1, n / 40);
      EXPECT_TRUE(std::get<1>(x.topk(k)).equal(places.narrow(0, 0, k))) << t << " " << n;
      EXPECT_TRUE(std::get<1>(x.topk(n, 0, false)).equal(indices));
      if (t != kBool) {
        EXPECT_TRUE(std::get<1>(x.kthvalue((n + 1) / 2)).equal(indices[(n + 1) / 2 - 1]));
      }
    }
}

TEST(Order, NanIsLargestAndZerosAreEqual) {
  const float nan = NAN;
  const Tensor x = tensor({1.f, nan, -0.f, 0.f, -INFINITY, -nan, INFINITY});
  EXPECT_TRUE(x.argsort().equal(tensor({4, 2, 3, 0, 6, 1, 5}, kLong)));
  EXPECT_TRUE(x.argsort(0, true).equal(tensor({1, 5, 6, 0, 2, 3, 4}, kLong)));
  EXPECT_TRUE(std::isnan(x.median().item<float>()));
  EXPECT_EQ(x.nanmedian().item<float>(), 0);
  EXPECT_EQ(std::get<1>(x.median(0)).item<int64_t>(), 1);
  EXPECT_TRUE(std::isnan(full({0}, 1.0).median().item<double>()));
}

TEST(Scans, SpecialValues) {
  const Tensor x = tensor({1.f, NAN, 2.f, -INFINITY});
  EXPECT_TRUE(std::get<1>(x.cummax(0)).equal(tensor({0, 1, 1, 1}, kLong)));
  EXPECT_TRUE(std::get<1>(tensor({2, 1, 2, 2}).cummax(0)).equal(tensor({0, 0, 2, 3}, kLong)));
  const Tensor low = full({3}, -INFINITY).set_requires_grad(true);
  const Tensor y = low.logcumsumexp(0);
  EXPECT_TRUE(y.eq(-INFINITY).all().item<bool>());
  y.backward(ones({3}));
  EXPECT_TRUE(low.grad().eq(0).all().item<bool>());
  EXPECT_EQ(tensor({1000.0, 1000.0}, kDouble).logcumsumexp(0)[1].item<double>(), 1000 + std::log(2.0));
  EXPECT_EQ(tensor({200, 100}, kByte).cumsum(0)[1].item<int64_t>(), 300);
}

TEST(Scans, FloatVectorsAgreeWithDoubleInEverySize) {
  manual_seed(13);
  for (int64_t n : {1, 3, 7, 8, 9, 31, 32, 33, 63, 100, 257})
    for (int64_t columns : {1, 3, 8, 17, 70}) {
      const Tensor x = randn({n, columns}), near_one = rand({n, columns}).mul(0.1f).add(1);
      for (int64_t dim : {0, 1}) {
        const Tensor wide = x.to(kDouble);
        EXPECT_TRUE(x.cumsum(dim).allclose(wide.cumsum(dim).to(kFloat), 2e-7, 1e-10)) << n << "x" << columns;
        EXPECT_TRUE(near_one.cumprod(dim).allclose(near_one.to(kDouble).cumprod(dim).to(kFloat), 2e-7, 0));
        // Backward runs from the end.
        const Tensor leaf = x.clone().set_requires_grad(true), g = randn({n, columns});
        leaf.cumsum(dim).backward(g);
        EXPECT_TRUE(leaf.grad().allclose(g.flip({dim}).to(kDouble).cumsum(dim).flip({dim}).to(kFloat), 2e-7, 1e-10));
        // Ties, infinities and NaN among few values.
        for (float special : {0.0f, INFINITY, -INFINITY, NAN}) {
          Tensor t = randint(0, 4, {n, columns}).to(kFloat);
          t = t.masked_fill(rand({n, columns}).lt(0.02), special);
          const auto a = t.cummax(dim), b = t.to(kDouble).cummax(dim), c = t.cummin(dim), d = t.to(kDouble).cummin(dim);
          EXPECT_TRUE(std::get<1>(a).equal(std::get<1>(b)) && std::get<1>(c).equal(std::get<1>(d))) << special;
          EXPECT_TRUE(std::get<0>(a).to(kDouble).allclose(std::get<0>(b), 0, 0, true));
          EXPECT_TRUE(std::get<0>(c).to(kDouble).allclose(std::get<0>(d), 0, 0, true));
        }
      }
    }
}

TEST(Products, OuterOfFloatsInEverySize) {
  for (int64_t m : {1, 2, 5, 33})
    for (int64_t n : {1, 63, 64, 65, 77, 80, 127, 129, 1000}) {
      const Tensor a = randn({m}).set_requires_grad(true), b = randn({n}).set_requires_grad(true), g = randn({m, n});
      const Tensor y = outer(a, b);
      EXPECT_TRUE(y.equal(a.unsqueeze(1) * b)) << m << "x" << n;
      y.backward(g);
      EXPECT_TRUE(a.grad().allclose((g * b).sum(1), 1e-4, 1e-4) &&
                  b.grad().allclose((g * a.unsqueeze(1)).sum(0), 1e-4, 1e-4));
      EXPECT_TRUE(outer(a, b.expand({n})).equal(y) && outer(stack({a, a}, 1).select(1, 0), b).equal(y));
    }
}

TEST(Reductions, LogSumExpOfLongRowsAndInfinities) {
  const Tensor x = randn({200000}, kDouble);
  EXPECT_NEAR(x.logsumexp({0}).item<double>(), x.exp().sum().log().item<double>(), 1e-12);
  EXPECT_EQ(tensor({1.f, INFINITY}).logsumexp({0}).item<double>(), INFINITY);
  EXPECT_EQ(full({4}, -INFINITY).logsumexp({0}).item<double>(), -INFINITY);
  EXPECT_TRUE(std::isnan(tensor({NAN, INFINITY}).logsumexp({0}).item<double>()));
  EXPECT_EQ(zeros({0}).logsumexp({0}).item<float>(), -INFINITY);
}

TEST(Kernels, ErrorsStayBelowWhatTheirCommentsSay) {
  manual_seed(11);
  const Tensor x = randn({200000}), wide = x.to(kDouble);
  const double eps = std::ldexp(1.0, -24);
  // One rounding of a float64 sum.
  EXPECT_TRUE(x.cumsum(0).allclose(wide.cumsum(0).to(kFloat), 2 * eps, 1e-12));
  const Tensor near_one = x.mul(0.001f).add(1);
  EXPECT_TRUE(near_one.cumprod(0).allclose(near_one.to(kDouble).cumprod(0).to(kFloat), 2 * eps, 0));
  const double exact = wide.mul(5).exp().sum().log().item<double>();
  const double bound = 4 * eps * (wide.mul(5).max().item<double>() + 14);
  EXPECT_NEAR(x.mul(5).logsumexp({0}).item<double>(), exact, bound);
  EXPECT_TRUE(x.logcumsumexp(0).allclose(wide.logcumsumexp(0).to(kFloat), 4 * eps, 4 * eps));
}

TEST(Kernels, ResultsDoNotDependOnThreads) {
  manual_seed(12);
  const int threads = get_num_threads();
  const Tensor x = randn({300, 700}), long_row = randn({150000});
  const auto all = [&] {
    return std::vector<Tensor>{x.cumsum(0),
                               x.cumsum(1),
                               x.cumprod(0),
                               x.logcumsumexp(1),
                               std::get<1>(x.cummax(0)),
                               x.argsort(0, false),
                               x.argsort(1, false),
                               std::get<0>(x.topk(9, 0)),
                               x.logsumexp({0}),
                               long_row.logsumexp({0}),
                               x.nansum(),
                               std::get<1>(x.median(1)),
                               searchsorted(std::get<0>(long_row.sort()), x)};
  };
  set_num_threads(1);
  const std::vector<Tensor> one = all();
  set_num_threads(3);
  const std::vector<Tensor> three = all();
  set_num_threads(threads);
  for (size_t k = 0; k < one.size(); ++k) EXPECT_TRUE(one[k].equal(three[k])) << k;
}

TEST(Reductions, OutFormsResizeAndRefuseGradients) {
  const Tensor x = arange(6, kFloat).view({2, 3});
  Tensor out = empty({0});
  EXPECT_TRUE(sum_out(out, x, {1}).equal(x.sum(1)));
  EXPECT_TRUE(norm_out(out, x).equal(x.norm()));
  Tensor values = empty({0}), indices = empty({0}, kLong);
  sort_out(values, indices, x, 1, true);
  EXPECT_TRUE(values.equal(x.flip({1})));
  EXPECT_TRUE(mm_out(out, x, x.t()).equal(mm(x, x.t())));
  Tensor leaf = ones({2}).set_requires_grad(true);
  EXPECT_THROWS_WITH(sum_out(out, leaf, {0}), "don't support automatic differentiation");
}

TEST(Matrices, LargeOnesSolveAndDecompose) {
  manual_seed(3);
  const Tensor a = randn({60, 60}, kDouble), b = randn({60, 5}, kDouble);
  const auto near = [](const Tensor& x, const Tensor& y) { return x.allclose(y, 1e-9, 1e-9); };
  EXPECT_TRUE(near(mm(a, linalg::solve(a, b)), b));
  EXPECT_TRUE(near(mm(a, inverse(a)), eye(60, kDouble)));
  const auto [q, r] = linalg::qr(a, "complete");
  EXPECT_TRUE(near(mm(q, r), a) && near(mm(q.t(), q), eye(60, kDouble)));
  const auto [u, s, vt] = linalg_svd(randn({3, 20, 30}, kDouble));
  EXPECT_TRUE(near(matmul(u.transpose(1, 2), u), eye(20, kDouble).expand({3, 20, 20})));
  EXPECT_EQ(vt.sizes(), IntArrayRef({3, 30, 30}));
  const Tensor m = mm(a, a.t());
  const auto [w, v] = linalg_eigh(m);
  EXPECT_TRUE(mm(v.mul(w), v.t()).allclose(m, 1e-8, 1e-7));
  EXPECT_TRUE(near(linalg::cholesky(m).matmul(linalg::cholesky(m).t()), m));
  EXPECT_EQ(linalg_matrix_rank(mm(b, b.t())).item<int64_t>(), 5);
}

TEST(Views, AnotherDtypeSeesTheSameBytes) {
  const Tensor x = tensor({1.f, -2.f});
  EXPECT_TRUE(x.view(kInt).equal(tensor({0x3f800000, static_cast<int>(0xc0000000)}, kInt)));
  EXPECT_EQ(x.view(kByte).numel(), 8);
  EXPECT_EQ(x.view(kDouble).numel(), 1);
  x.view(kInt).fill_(0);
  EXPECT_TRUE(x.equal(zeros({2})));
}

TEST(Views, MemoryCanBeReplaced) {
  Tensor a = arange(6, kFloat), b = zeros({2});
  b.set_(a, 2, {2, 2}, {1, 2});
  EXPECT_TRUE(b.equal(tensor({{2.f, 4.f}, {3.f, 5.f}})));
  EXPECT_TRUE(b.is_alias_of(a));
  EXPECT_FALSE(b.is_set_to(a));
  b.set_(a);
  EXPECT_TRUE(b.is_set_to(a));
  EXPECT_EQ(a.storage().nbytes(), 24u);
  EXPECT_EQ(a.set_().numel(), 0);
  EXPECT_EQ(b.type().toString(), "CPUFloatType");
}

TEST(Sparse, HoldsPartsAndBecomesDenseWhenAsked) {
  const Tensor at = tensor({1, 3, 1}, kLong).view({1, 3}), v = arange(6, kFloat).view({3, 2});
  const Tensor s = sparse_coo_tensor(at, v, {4, 2});
  EXPECT_TRUE(s.is_sparse());
  EXPECT_EQ(s.layout(), kSparse);
  EXPECT_EQ(s._nnz(), 3);
  EXPECT_EQ(s.sparse_dim(), 1);
  EXPECT_EQ(s.dense_dim(), 1);
  EXPECT_FALSE(s.is_coalesced());
  EXPECT_THROWS_WITH(s.values(), "please call .coalesce() first");
  const Tensor dense = tensor({{0.f, 0.f}, {4.f, 6.f}, {0.f, 0.f}, {2.f, 3.f}});
  EXPECT_TRUE(s.to_dense().equal(dense));
  EXPECT_TRUE(s.exp().equal(dense.exp()));  // an op that knows nothing of sparse tensors
  const Tensor c = s.coalesce();
  EXPECT_TRUE(c.indices().equal(tensor({1, 3}, kLong).view({1, 2})));
  EXPECT_TRUE(c.values().equal(tensor({{4.f, 6.f}, {2.f, 3.f}})));
  EXPECT_TRUE(ones({4, 2}).add(s, 2).equal(dense.mul(2).add(1)));
  EXPECT_TRUE(s.add(c).is_sparse());
  EXPECT_TRUE(s.add(c).to_dense().equal(dense.mul(2)));
  Tensor y = ones({4, 2});
  y.add_(s);
  EXPECT_TRUE(y.equal(dense.add(1)));
  Tensor t = s.clone();
  t.add_(c);
  EXPECT_TRUE(t.is_sparse() && t.to_dense().equal(dense.mul(2)));
  t.mul_(0.5);  // through the dense elements
  EXPECT_EQ(t._nnz(), 2);
  EXPECT_TRUE(t.to_dense().equal(dense));
  t.zero_();
  EXPECT_EQ(t._nnz(), 0);
  EXPECT_TRUE(t.detach().is_sparse());
  EXPECT_TRUE(dense.to_sparse().coalesce().to_dense().equal(dense));
  EXPECT_EQ(s.toString(), "SparseCPUFloatType");
  EXPECT_THROWS_WITH(sparse_coo_tensor(at, v, {3, 2}), "for dim 0, size is 3 but found index 3");
  EXPECT_THROWS_WITH(sparse_coo_tensor(at, ones({2}), {4}), "does not match the number of indices");
  EXPECT_THROWS_WITH(dense._nnz(), "expected sparse tensor");
}

TEST(Sparse, GradientsStaySparse) {
  Tensor w = zeros({4, 2}).set_requires_grad(true);
  const Tensor s = sparse_coo_tensor(tensor({2}, kLong).view({1, 1}), ones({1, 2}), {4, 2});
  for (int k = 0; k < 2; ++k) w.clone().backward(s);
  ASSERT_TRUE(w.grad().is_sparse());
  EXPECT_TRUE(w.grad().to_dense().equal(s.to_dense().mul(2)));
}

TEST(Sparse, PrintsItsParts) {
  std::ostringstream out;
  out << sparse_coo_tensor(tensor({0, 1}, kLong).view({1, 2}), ones({2}), {2});
  EXPECT_EQ(
      out.str(),
      "[ SparseCPUFloatType{}\nindices:\n 0  1\n[ CPULongType{1,2} ]\nvalues:\n 1\n 1\n[ CPUFloatType{2} ]\nsize:\n[2]"
      "\n]");
}

}  // namespace

TEST(Var, OneDimensionInBracesIsNoFlag) {
  const Tensor x = arange(6, kDouble).view({2, 3});
  const Tensor rows = tensor({4.5, 4.5, 4.5}, kDouble);
  EXPECT_TRUE(x.var({0}).equal(rows));
  EXPECT_TRUE(x.std({1}).equal(ones({2}, kDouble)));
  EXPECT_TRUE(lampas::var(x, {0}).equal(rows));
  EXPECT_TRUE(lampas::std(x, {1}).equal(ones({2}, kDouble)));
  EXPECT_TRUE(std::get<0>(var_mean(x, {0})).equal(rows));
  EXPECT_TRUE(std::get<1>(std_mean(x, {1})).equal(tensor({1.0, 4.0}, kDouble)));
  const int64_t dim = 0;
  EXPECT_TRUE(x.var({dim}).equal(rows));
  EXPECT_TRUE(x.var(dim).equal(rows));
  EXPECT_TRUE(x.var(size_t{0}).equal(rows));
  EXPECT_EQ(x.var(false).dim(), 0);
  EXPECT_EQ(x.var({true}).dim(), 0);
}
