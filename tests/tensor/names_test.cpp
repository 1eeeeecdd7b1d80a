// Named dimensions: giving, refining and dropping names, and flatten and unflatten by name.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <sstream>

using namespace lampas;

namespace {

std::vector<Dimname> named(const std::vector<std::string>& names) {
  std::vector<Dimname> r;
  for (const auto& n : names) r.push_back(Dimname::fromSymbol(Symbol::dimname(n)));
  return r;
}
Dimname one(const std::string& name) { return named({name})[0]; }
std::string names_of(const Tensor& t) {
  std::ostringstream s;
  for (const Dimname n : t.names()) s << n << ' ';
  return s.str();
}
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}
#define EXPECT_ERROR(expr, phrase) \
  EXPECT_NE(error_of([&] { (void)(expr); }).find(phrase), std::string::npos) << error_of([&] { (void)(expr); })

}  // namespace

TEST(Names, Symbols) {
  const Symbol a = Symbol::dimname("batch");
  EXPECT_EQ(a, Symbol::fromQualString("dimname::batch"));
  EXPECT_NE(a, Symbol::dimname("Batch"));
  EXPECT_STREQ(a.toUnqualString(), "batch");
  EXPECT_STREQ(a.toQualString(), "dimname::batch");
  EXPECT_FALSE(Symbol::fromQualString("attr::x").is_dimname());
  EXPECT_TRUE(one("*").isWildcard());
  EXPECT_EQ(one("*"), Dimname::wildcard());
  EXPECT_TRUE(one("C").matches(Dimname::wildcard()));
  EXPECT_FALSE(one("C").matches(one("D")));
  EXPECT_TRUE(Dimname::isValidName("a_1"));
  EXPECT_ERROR(one("1a"), "Invalid name: a valid identifier contains only digits");
  EXPECT_ERROR(one(""), "Invalid name");
  EXPECT_ERROR(Dimname::fromSymbol(Symbol::fromQualString("attr::x")), "expected a symbol made by Symbol::dimname");
  EXPECT_ERROR(Symbol::fromQualString("x"), "domain::text");
}

TEST(Names, RefineAndRename) {
  const Tensor x = ones({2, 4});
  EXPECT_FALSE(x.has_names());
  EXPECT_EQ(names_of(x), "None None ");
  EXPECT_FALSE(x.opt_names().has_value());
  const Tensor a = x.refine_names(named({"A", "*"}));
  EXPECT_TRUE(a.has_names());
  EXPECT_FALSE(x.has_names());
  EXPECT_TRUE(a.is_alias_of(x));
  EXPECT_EQ(names_of(a), "'A' None ");
  const Tensor b = a.refine_names(named({"A", "B"}));
  EXPECT_EQ(names_of(b), "'A' 'B' ");
  EXPECT_EQ(b.size(one("B")), 4);
  EXPECT_EQ(b.stride(one("A")), 4);
  EXPECT_EQ(names_of(b.rename(DimnameList(named({"C", "A"})))), "'C' 'A' ");
  EXPECT_FALSE(b.rename(std::nullopt).has_names());
  Tensor c = b;
  c.rename_(DimnameList(named({"X", "Y"})));
  EXPECT_EQ(names_of(b), "'X' 'Y' ") << "the same tensor";
  c.rename_(std::nullopt);
  EXPECT_FALSE(b.has_names());
  // Every other operation drops them.
  EXPECT_FALSE((a + 1).has_names());
  EXPECT_FALSE(a.t().has_names());
  EXPECT_FALSE(a.clone().has_names());

  const Tensor ab = x.refine_names(named({"A", "B"}));
  EXPECT_ERROR(ab.refine_names(named({"A", "C"})),
               "cannot coerce Tensor['A', 'B'] to Tensor['A', 'C'] because 'B' is different from 'C' at index 1");
  EXPECT_ERROR(ab.refine_names(named({"A", "*"})), "'B' is more specific than None at index 1");
  EXPECT_ERROR(x.refine_names(named({"A"})), "because they have a different number of dims (2 and 1 respectively)");
  EXPECT_ERROR(x.refine_names(named({"A", "A"})),
               "Cannot construct a tensor with duplicate names. Got names: ['A', 'A'].");
  EXPECT_ERROR(x.rename(DimnameList(named({"A"}))), "Number of names (1) and number of dimensions in tensor (2)");
  EXPECT_ERROR(ab.size(one("Q")), "Name 'Q' not found in Tensor['A', 'B'].");
  EXPECT_EQ(names_of(ab), "'A' 'B' ");
}

TEST(Names, FlattenAndUnflatten) {
  const Tensor x = arange(24).reshape({2, 4, 3}).refine_names(named({"A", "B", "C"}));
  const Tensor y = x.unflatten(one("B"), {2, 2}, named({"B1", "B2"}));
  EXPECT_EQ(y.sizes(), IntArrayRef({2, 2, 2, 3}));
  EXPECT_EQ(names_of(y), "'A' 'B1' 'B2' 'C' ");
  EXPECT_EQ(names_of(x.unflatten(-1, {3, 1}, std::optional<DimnameList>(named({"D", "E"})))), "'A' 'B' 'D' 'E' ");
  const Tensor z = y.flatten(DimnameList(named({"B1", "B2"})), one("B"));
  EXPECT_EQ(names_of(z), "'A' 'B' 'C' ");
  EXPECT_TRUE(z.equal(x));
  EXPECT_EQ(names_of(x.flatten(one("A"), one("C"), one("all"))), "'all' ");
  EXPECT_EQ(names_of(x.flatten(1, 2, one("rest"))), "'A' 'rest' ");
  EXPECT_ERROR(x.flatten(DimnameList(named({"C", "B"})), one("D")), "dims ['C', 'B'] must be consecutive");
  EXPECT_ERROR(x.unflatten(one("B"), {3, 2}, named({"D", "E"})), "don't multiply up to the size of dim 1");
  EXPECT_ERROR(x.unflatten(one("B"), {2, 2}, named({"A", "E"})), "duplicate names");
  EXPECT_ERROR(x.unflatten(one("B"), {2, 2}, named({"E"})), "Expected 2 names for the sizes");
}

TEST(Names, GradientsPass) {
  const Tensor x = arange(6, kFloat).requires_grad_();
  const Tensor y = x.reshape({2, 3}).refine_names(named({"A", "B"})).flatten(one("A"), one("B"), one("C"));
  (y * arange(6, kFloat)).sum().backward();
  EXPECT_TRUE(x.grad().equal(arange(6, kFloat)));
}

TEST(Names, Module) {
  nn::Unflatten m(nn::UnflattenOptions("B", {{"B1", 2}, {"B2", 2}}));
  const Tensor y = m(ones({1, 4}).refine_names(named({"A", "B"})));
  EXPECT_EQ(y.sizes(), IntArrayRef({1, 2, 2}));
  EXPECT_EQ(names_of(y), "'A' 'B1' 'B2' ");
  EXPECT_ERROR(m(ones({1, 4})), "Name 'B' not found");
  std::ostringstream s;
  s << m;
  EXPECT_EQ(s.str(), "torch::nn::Unflatten(dim=\"B\", unflattened_size={{\"B1\", 2}, {\"B2\", 2}})");
}
