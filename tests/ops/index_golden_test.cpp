// Ops that move elements, against PyTorch: values, sizes and dtypes of every case of tests/data/ops/index.txt, in three
// layouts.
#include <gtest/gtest.h>

#include "lampas/ops/arrange.h"
#include "ops/golden_case.h"

namespace {

using namespace golden;
using Results = std::vector<Tensor>;
using Run = Results (*)(const Case&);

const std::map<std::string, Run>& runs() {
  static const std::map<std::string, Run> table = {
      {"index", [](const Case& c) -> Results { return {c.t[0].index(c.x)}; }},
      {"index_put_",
       [](const Case& c) -> Results {
         Tensor y = c.t[0];
         y.index_put_(c.x, c.t[1]);
         return {y, index_put(parse(c.line, LayoutKind::plain).t[0], c.x, c.t[1])};
       }},
      {"index_put_accumulate", [](const Case& c) -> Results { return {index_put(c.t[0], c.x, c.t[1], true)}; }},
      {"index_select", [](const Case& c) -> Results { return {index_select(c.t[0], c.i[0][0], c.t[1])}; }},
      {"index_add", [](const Case& c) -> Results { return {index_add(c.t[0], c.i[0][0], c.t[1], c.t[2], c.i[1][0])}; }},
      {"index_copy", [](const Case& c) -> Results { return {index_copy(c.t[0], c.i[0][0], c.t[1], c.t[2])}; }},
      {"index_fill",
       [](const Case& c) -> Results {
         return {index_fill(c.t[0], c.i[0][0], c.t[1], c.i[1][0]),
                 index_fill(c.t[0], c.i[0][0], c.t[1], full({}, c.i[1][0]))};
       }},
      {"gather", [](const Case& c) -> Results { return {gather(c.t[0], c.i[0][0], c.t[1])}; }},
      {"scatter", [](const Case& c) -> Results { return {scatter(c.t[0], c.i[0][0], c.t[1], c.t[2])}; }},
      {"scatter_value", [](const Case& c) -> Results { return {scatter(c.t[0], c.i[0][0], c.t[1], c.i[1][0])}; }},
      {"scatter_add",
       [](const Case& c) -> Results {
         Tensor y = c.t[0];
         y.scatter_add_(c.i[0][0], c.t[1], c.t[2]);
         return {y, scatter(parse(c.line, LayoutKind::plain).t[0], c.i[0][0], c.t[1], c.t[2], "add")};
       }},
      {"scatter_reduce", [](const Case& c) -> Results { return {scatter(c.t[0], c.i[0][0], c.t[1], c.t[2], c.s[0])}; }},
      {"take", [](const Case& c) -> Results { return {take(c.t[0], c.t[1])}; }},
      {"put",
       [](const Case& c) -> Results {
         Tensor y = c.t[0];
         y.put_(c.t[1], c.t[2], c.i[0][0] != 0);
         return {y};
       }},
      {"masked_fill",
       [](const Case& c) -> Results {
         Tensor y = c.t[0];
         y.masked_fill_(c.t[1], full({}, c.i[0][0]));
         return {y, masked_fill(parse(c.line, LayoutKind::plain).t[0], c.t[1], c.i[0][0])};
       }},
      {"masked_select", [](const Case& c) -> Results { return {masked_select(c.t[0], c.t[1])}; }},
      {"masked_scatter",
       [](const Case& c) -> Results {
         Tensor y = c.t[0];
         y.masked_scatter_(c.t[1], c.t[2]);
         return {y, masked_scatter(parse(c.line, LayoutKind::plain).t[0], c.t[1], c.t[2])};
       }},
      {"nonzero",
       [](const Case& c) -> Results {
         return {nonzero(c.t[0]), argwhere(c.t[0])};
       }},
      {"where", [](const Case& c) -> Results { return where(c.t[0]); }},
      {"cat", [](const Case& c) -> Results { return {cat(c.t, c.i[0][0])}; }},
      {"stack", [](const Case& c) -> Results { return {stack(c.t, c.i[0][0])}; }},
      {"hstack", [](const Case& c) -> Results { return {hstack(c.t)}; }},
      {"vstack",
       [](const Case& c) -> Results {
         return {vstack(c.t), row_stack(c.t)};
       }},
      {"dstack", [](const Case& c) -> Results { return {dstack(c.t)}; }},
      {"column_stack", [](const Case& c) -> Results { return {column_stack(c.t)}; }},
      {"repeat", [](const Case& c) -> Results { return {c.t[0].repeat(c.i[0])}; }},
      {"tile", [](const Case& c) -> Results { return {c.t[0].tile(c.i[0])}; }},
      {"repeat_interleave", [](const Case& c) -> Results { return {c.t[0].repeat_interleave(c.i[0][0])}; }},
      {"repeat_interleave_dim", [](const Case& c) -> Results { return {c.t[0].repeat_interleave(c.t[1], c.i[0][0])}; }},
      {"flip", [](const Case& c) -> Results { return {c.t[0].flip(c.i[0])}; }},
      {"roll", [](const Case& c) -> Results { return {c.t[0].roll(c.i[0], c.i[1])}; }},
      {"movedim", [](const Case& c) -> Results { return {movedim(c.t[0], c.i[0], c.i[1])}; }},
      {"tril",
       [](const Case& c) -> Results {
         return {c.t[0].tril(c.i[0][0]), c.t[0].clone().tril_(c.i[0][0])};
       }},
      {"triu",
       [](const Case& c) -> Results {
         const Tensor y = triu(c.t[0], c.i[0][0]);
         c.t[0].triu_(c.i[0][0]);
         return {y, c.t[0]};
       }},
      {"rot90", [](const Case& c) -> Results { return {c.t[0].rot90(c.i[0][0])}; }},
      {"diag", [](const Case& c) -> Results { return {c.t[0].diag(c.i[0][0])}; }},
      {"diag_embed", [](const Case& c) -> Results { return {diag_embed(c.t[0], c.i[0][0], c.i[0][1], c.i[0][2])}; }},
      {"meshgrid", [](const Case& c) -> Results { return meshgrid(c.t, c.s[0]); }},
  };
  return table;
}

class IndexGolden : public testing::TestWithParam<LayoutKind> {};

TEST_P(IndexGolden, EqualsPyTorch) {
  std::ifstream file(LAMPAS_TEST_DATA "/ops/index.txt");
  ASSERT_TRUE(file.good());
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    SCOPED_TRACE(line);
    const Case c = parse(line, GetParam());
    const auto run = runs().find(c.name);
    ASSERT_NE(run, runs().end()) << c.name;
    Results got;
    ASSERT_NO_THROW(got = run->second(c));
    // Where an op has several forms, each must give the one expected result.
    const bool several = c.results.size() == got.size();
    ASSERT_TRUE(several || c.results.size() == 1);
    for (size_t k = 0; k < got.size(); ++k) {
      const Tensor& expected = c.results[several ? k : 0];
      ASSERT_EQ(got[k].sizes(), expected.sizes());
      ASSERT_EQ(got[k].scalar_type(), expected.scalar_type());
      ASSERT_EQ(values(got[k]), values(expected));
    }
    ++count;
  }
  EXPECT_GT(count, 1900);
}

INSTANTIATE_TEST_SUITE_P(Layouts, IndexGolden,
                         testing::Values(LayoutKind::plain, LayoutKind::transposed, LayoutKind::sliced));

}  // namespace
