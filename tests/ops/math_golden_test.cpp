// Reductions, scans, order, products, matrix functions and builders, against PyTorch: values, sizes and dtypes of every
// case of tests/data/ops/math.txt, in three layouts.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <cmath>

#include "ops/golden_case.h"

namespace {

using namespace golden;
using Results = std::vector<Tensor>;
using Run = Results (*)(const Case&);

Results both(std::tuple<Tensor, Tensor> t) { return {std::get<0>(t), std::get<1>(t)}; }
Results three(std::tuple<Tensor, Tensor, Tensor> t) { return {std::get<0>(t), std::get<1>(t), std::get<2>(t)}; }
Scalar number(const std::string& s) { return std::stod(s); }

#define ONE(expression) [](const Case& c) -> Results { return {expression}; }
#define SEVERAL(expression) [](const Case& c) -> Results { return expression; }

const std::map<std::string, Run>& runs() {
  static const std::map<std::string, Run> table = {
      {"sum", ONE(c.t[0].sum())},
      {"prod", ONE(c.t[0].prod())},
      {"mean", ONE(c.t[0].mean())},
      {"nansum", ONE(c.t[0].nansum())},
      {"nanmean", ONE(c.t[0].nanmean())},
      {"median", ONE(c.t[0].median())},
      {"nanmedian", ONE(c.t[0].nanmedian())},
      {"var", ONE(c.t[0].var())},
      {"std", ONE(c.t[0].std())},
      {"amax", ONE(c.t[0].amax())},
      {"amin", ONE(c.t[0].amin())},
      {"all", ONE(c.t[0].all())},
      {"any", ONE(c.t[0].any())},
      {"count_nonzero", ONE(c.t[0].count_nonzero())},
      {"argmax", ONE(c.t[0].argmax())},
      {"argmin", ONE(c.t[0].argmin())},
      {"sum_dim", ONE(c.t[0].sum(c.i[0][0], c.i[0][1] != 0))},
      {"prod_dim", ONE(c.t[0].prod(c.i[0][0], c.i[0][1] != 0))},
      {"mean_dim", ONE(c.t[0].mean(c.i[0][0], c.i[0][1] != 0))},
      {"nansum_dim", ONE(c.t[0].nansum(c.i[0][0], c.i[0][1] != 0))},
      {"nanmean_dim", ONE(c.t[0].nanmean(c.i[0][0], c.i[0][1] != 0))},
      {"amax_dim", ONE(c.t[0].amax(c.i[0][0], c.i[0][1] != 0))},
      {"amin_dim", ONE(c.t[0].amin(c.i[0][0], c.i[0][1] != 0))},
      {"all_dim", ONE(c.t[0].all(c.i[0][0], c.i[0][1] != 0))},
      {"any_dim", ONE(c.t[0].any(c.i[0][0], c.i[0][1] != 0))},
      {"logsumexp", ONE(c.t[0].logsumexp(c.i[0][0], c.i[0][1] != 0))},
      {"var_correction", ONE(c.t[0].var({c.i[0][0]}, std::optional<int64_t>(c.i[0][1])))},
      {"std_mean", SEVERAL(both(std_mean(c.t[0], c.i[0][0], c.i[0][1] != 0)))},
      {"norm", ONE(c.t[0].norm(number(c.s[0])))},
      {"norm_dim", ONE(c.t[0].norm(number(c.s[0]), {c.i[0][0]}, c.i[0][1] != 0))},
      {"dist", ONE(dist(c.t[0], c.t[1], number(c.s[0])))},
      {"renorm", ONE(c.t[0].renorm(number(c.s[0]), c.i[0][0], number(c.s[1])))},
      {"max_dim", SEVERAL(both(c.t[0].max(c.i[0][0])))},
      {"min_dim", SEVERAL(both(c.t[0].min(c.i[0][0])))},
      {"cummax", SEVERAL(both(c.t[0].cummax(c.i[0][0])))},
      {"cummin", SEVERAL(both(c.t[0].cummin(c.i[0][0])))},
      {"median_dim", SEVERAL(both(c.t[0].median(c.i[0][0])))},
      {"nanmedian_dim", SEVERAL(both(c.t[0].nanmedian(c.i[0][0])))},
      {"sort", SEVERAL(both(c.t[0].sort(c.i[0][0], c.i[0][1] != 0)))},
      {"argsort", ONE(c.t[0].argsort(c.i[0][0], c.i[0][1] != 0))},
      {"sort_values", ONE(std::get<0>(c.t[0].sort(c.i[0][0])))},
      {"mode_values", ONE(std::get<0>(c.t[0].mode()))},
      {"topk", SEVERAL(both(c.t[0].topk(c.i[0][0], c.i[0][1], c.i[0][2] != 0)))},
      {"kthvalue", SEVERAL(both(c.t[0].kthvalue(c.i[0][0], c.i[0][1])))},
      {"quantile", ONE(quantile(c.t[0], c.t[1], c.i[0][0], false, c.s[0]))},
      {"nanquantile", ONE(nanquantile(c.t[0], c.t[1], c.i[0][0]))},
      {"histc", ONE(c.t[0].histc(c.i[0][0], c.i[0][1], c.i[0][2]))},
      {"unique", SEVERAL(three(_unique2(c.t[0], true, true, true)))},
      {"unique_consecutive", SEVERAL(three(c.t[0].unique_consecutive(true, true)))},
      {"unique_dim", SEVERAL(three(unique_dim(c.t[0], c.i[0][0], true, true, true)))},
      {"unique_dim_consecutive", SEVERAL(three(unique_consecutive(c.t[0], true, true, c.i[0][0])))},
      {"searchsorted", ONE(searchsorted(c.t[0], c.t[1], false, c.i[0][0] != 0))},
      {"bucketize", ONE(bucketize(c.t[0], c.t[1], false, c.i[0][0] != 0))},
      {"isin", ONE(isin(c.t[0], c.t[1]))},
      {"bincount", ONE(c.t[0].bincount({}, c.i[0][0]))},
      {"bincount_weights", ONE(c.t[0].bincount(c.t[1]))},
      {"cumsum", ONE(c.t[0].cumsum(c.i[0][0]))},
      {"cumprod", ONE(c.t[0].cumprod(c.i[0][0]))},
      {"logcumsumexp", ONE(c.t[0].logcumsumexp(c.i[0][0]))},
      {"diff", ONE(c.t[0].diff(c.i[0][0], c.i[0][1]))},
      {"trapezoid", ONE(trapezoid(c.t[0], 1, c.i[0][0]))},
      {"addmv", ONE(addmv(c.t[0], c.t[1], c.t[2], 2, 3))},
      {"addr", ONE(addr(c.t[0], c.t[1], c.t[2]))},
      {"baddbmm", ONE(baddbmm(c.t[0], c.t[1], c.t[2], 2, 3))},
      {"addbmm", ONE(addbmm(c.t[0], c.t[1], c.t[2]))},
      {"outer", ONE(outer(c.t[0], c.t[1]))},
      {"inner", ONE(inner(c.t[0], c.t[1]))},
      {"kron", ONE(kron(c.t[0], c.t[1]))},
      {"cross", ONE(cross(c.t[0], c.t[1], 0))},
      {"trace", ONE(trace(c.t[0]))},
      {"tensordot", ONE(tensordot(c.t[0], c.t[1], c.i[0], c.i[1]))},
      {"chain_matmul", ONE(chain_matmul(c.t))},
      {"einsum", ONE(einsum(c.s[0], c.t))},
      {"cov", ONE(cov(c.t[0]))},
      {"corrcoef", ONE(corrcoef(c.t[0]))},
      {"inverse", ONE(inverse(c.t[0]))},
      {"det", ONE(det(c.t[0]))},
      {"slogdet", SEVERAL(both(slogdet(c.t[0])))},
      {"solve", ONE(linalg::solve(c.t[0], c.t[1]))},
      {"cholesky", ONE(linalg::cholesky(c.t[0]))},
      {"cholesky_upper", ONE(cholesky(c.t[0], true))},
      {"solve_triangular", ONE(linalg::solve_triangular(c.t[0], c.t[1], c.i[0][0] != 0))},
      {"eigvalsh", ONE(linalg::eigvalsh(c.t[0], "L"))},
      {"svdvals", ONE(linalg::svdvals(c.t[0]))},
      {"matrix_power", ONE(matrix_power(c.t[0], c.i[0][0]))},
      {"lu", SEVERAL(three(linalg::lu(c.t[0])))},
      {"matrix_exp", ONE(matrix_exp(c.t[0]))},
      {"qr", SEVERAL(both(linalg::qr(c.t[0])))},
      {"pinv", ONE(linalg_pinv(c.t[0]))},
      {"matrix_rank", ONE(linalg_matrix_rank(c.t[0]))},
      {"lstsq", ONE(std::get<0>(linalg_lstsq(c.t[0], c.t[1])))},
      {"matrix_norm", ONE(c.s[0] == "fro" || c.s[0] == "nuc" ? linalg_matrix_norm(c.t[0], std::string_view(c.s[0]))
                                                             : linalg_matrix_norm(c.t[0], number(c.s[0])))},
      {"unfold", ONE(c.t[0].unfold(c.i[0][0], c.i[0][1], c.i[0][2]))},
      {"tensor_split", SEVERAL(c.t[0].tensor_split(c.i[0][0], c.i[0][1]))},
      {"tensor_split_at", SEVERAL(c.t[0].tensor_split(c.i[0], c.i[1][0]))},
      {"diagflat", ONE(diagflat(c.t[0], c.i[0][0]))},
      {"block_diag", ONE(block_diag(c.t))},
      {"cartesian_prod", ONE(cartesian_prod(c.t))},
      {"combinations", ONE(combinations(c.t[0], c.i[0][0], c.i[0][1] != 0))},
      {"vander", ONE(vander(c.t[0], c.i[0][0], c.i[0][1] != 0))},
      {"fill_diagonal_", ONE(c.t[0].fill_diagonal_(c.i[0][0], c.i[0][1] != 0))},
      {"tril_indices", ONE(tril_indices(c.i[0][0], c.i[0][1], c.i[0][2]))},
      {"triu_indices", ONE(triu_indices(c.i[0][0], c.i[0][1], c.i[0][2]))},
      {"logspace", ONE(logspace(c.i[0][0], c.i[0][1], c.i[0][2]))},
      {"scatter_reduce", ONE(scatter_reduce(c.t[0], c.i[0][0], c.t[1], c.t[2], c.s[0], c.i[0][1] != 0))},
  };
  return table;
}

class MathGolden : public testing::TestWithParam<LayoutKind> {};

/// Decompositions agree with another build of LAPACK only to rounding amplified by the matrix.
bool is_loose(const std::string& name) {
  for (const char* n :
       {"inverse", "det", "slogdet", "solve", "cholesky", "cholesky_upper", "solve_triangular", "eigvalsh", "svdvals",
        "lu", "matrix_exp", "qr", "pinv", "lstsq", "matrix_norm", "corrcoef", "quantile"})
    if (name == n) return true;
  return false;
}

TEST_P(MathGolden, EqualsPyTorch) {
  std::ifstream file(LAMPAS_TEST_DATA "/ops/math.txt");
  ASSERT_TRUE(file.good());
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    SCOPED_TRACE(line);
    const Case c = parse(line, GetParam());
    const auto run = runs().find(c.name);
    ASSERT_NE(run, runs().end()) << c.name;
    Results got;
    try {
      got = run->second(c);
    } catch (const std::exception& e) {
      FAIL() << e.what();
    }
    ASSERT_EQ(got.size(), c.results.size());
    for (size_t k = 0; k < got.size(); ++k) {
      const Tensor& expected = c.results[k];
      ASSERT_EQ(got[k].sizes(), expected.sizes());
      ASSERT_EQ(got[k].scalar_type(), expected.scalar_type());
      const bool single = expected.scalar_type() == kFloat;
      const double rtol = (single ? 2e-6 : 1e-12) * (is_loose(c.name) ? 20 : 1);
      const std::vector<double> a = values(got[k]), b = values(expected);
      for (size_t j = 0; j < a.size(); ++j) {
        if (std::isnan(b[j])) {
          EXPECT_TRUE(std::isnan(a[j])) << j;
        } else if (std::isinf(b[j])) {
          EXPECT_EQ(a[j], b[j]) << j;
        } else {
          EXPECT_NEAR(a[j], b[j], rtol * (1 + std::abs(b[j]))) << "output " << k << " element " << j;
        }
      }
    }
    ++count;
  }
  EXPECT_GT(count, 1200);
}

INSTANTIATE_TEST_SUITE_P(Layouts, MathGolden,
                         testing::Values(LayoutKind::plain, LayoutKind::transposed, LayoutKind::sliced));

}  // namespace
