// Elementwise ops against PyTorch: values and dtypes of every case of tests/data/ops/pointwise.txt (special values and
// promotion among them), as functions, `_out` and in place, contiguous and strided.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "lampas/lampas.h"

namespace {

using namespace lampas;

struct Case {
  std::string name;
  std::vector<std::string> numbers;
  std::vector<Tensor> t;
  Tensor want;
  double n(size_t k) const { return std::strtod(numbers[k].c_str(), nullptr); }
  /// An integer if it is written as one: 2 and 2.0 promote differently.
  Scalar scalar(size_t k) const {
    return numbers[k].find_first_not_of("-0123456789") == std::string::npos ? Scalar(std::stoll(numbers[k]))
                                                                            : Scalar(n(k));
  }
};
/// The forms an op comes in; those it has not are empty.
struct Forms {
  std::function<Tensor(const Case&)> call;
  std::function<void(Tensor&, const Case&)> out;
  std::function<void(const Case&)> inplace;  // on t[0]
};

std::vector<std::string> split(const std::string& s, char by) {
  std::vector<std::string> parts;
  std::string part;
  std::istringstream in(s);
  while (std::getline(in, part, by)) parts.push_back(part);
  return parts;
}
Tensor parse(const std::string& word) {
  const size_t colon = word.find(':');
  const std::vector<std::string> values = split(word.substr(colon + 1), ',');
  ScalarType dtype = kFloat;
  for (int k = 0; k < kNumDtypes; ++k)
    if (word.substr(0, colon) == name(static_cast<ScalarType>(k))) dtype = static_cast<ScalarType>(k);
  if (is_integral(dtype, true)) {
    std::vector<int64_t> v;
    for (const auto& s : values) v.push_back(std::stoll(s));
    return tensor(v, kLong).to(dtype);
  }
  std::vector<double> v;
  for (const auto& s : values) v.push_back(std::strtod(s.c_str(), nullptr));
  return tensor(v, kDouble).to(dtype);
}
Tensor strided(const Tensor& t) {
  Tensor wide = empty({t.size(0), 3}, t.options());
  wide.fill_(1);
  Tensor view = wide.select(1, 1);
  view.copy_(t);
  return view;
}

#define LAMPAS_UNARY(fn)                                                                                           \
  {                                                                                                                \
#fn, {                                                                                                         \
      [](const Case& c) { return lampas::fn(c.t[0]); },                                                            \
          [](Tensor& out, const Case& c) { lampas::fn##_out(out, c.t[0]); }, [](const Case& c) { c.t[0].fn##_(); } \
    }                                                                                                              \
  }
#define LAMPAS_TEST_ONLY(fn)                                             \
  {                                                                      \
#fn, {                                                               \
      [](const Case& c) { return lampas::fn(c.t[0]); }, nullptr, nullptr \
    }                                                                    \
  }
#define LAMPAS_BINARY(fn)                                                            \
  {                                                                                  \
#fn, {                                                                           \
      [](const Case& c) { return lampas::fn(c.t[0], c.t[1]); },                      \
          [](Tensor& out, const Case& c) { lampas::fn##_out(out, c.t[0], c.t[1]); }, \
          [](const Case& c) { c.t[0].fn##_(c.t[1]); }                                \
    }                                                                                \
  }
#define LAMPAS_BINARY_NOT_INPLACE(fn)                                                        \
  {                                                                                          \
#fn, {                                                                                   \
      [](const Case& c) { return lampas::fn(c.t[0], c.t[1]); },                              \
          [](Tensor& out, const Case& c) { lampas::fn##_out(out, c.t[0], c.t[1]); }, nullptr \
    }                                                                                        \
  }

const std::map<std::string, Forms>& table() {
  static const std::map<std::string, Forms> all = {
      LAMPAS_UNARY(abs),
      LAMPAS_UNARY(neg),
      LAMPAS_UNARY(sign),
      LAMPAS_UNARY(sgn),
      LAMPAS_TEST_ONLY(positive),
      LAMPAS_UNARY(square),
      LAMPAS_UNARY(sqrt),
      LAMPAS_UNARY(rsqrt),
      LAMPAS_UNARY(reciprocal),
      LAMPAS_UNARY(ceil),
      LAMPAS_UNARY(floor),
      LAMPAS_UNARY(trunc),
      LAMPAS_UNARY(round),
      LAMPAS_UNARY(frac),
      LAMPAS_UNARY(exp),
      LAMPAS_UNARY(exp2),
      LAMPAS_UNARY(expm1),
      LAMPAS_UNARY(log),
      LAMPAS_UNARY(log2),
      LAMPAS_UNARY(log10),
      LAMPAS_UNARY(log1p),
      LAMPAS_UNARY(sigmoid),
      LAMPAS_UNARY(sin),
      LAMPAS_UNARY(cos),
      LAMPAS_UNARY(tan),
      LAMPAS_UNARY(asin),
      LAMPAS_UNARY(acos),
      LAMPAS_UNARY(atan),
      LAMPAS_UNARY(sinh),
      LAMPAS_UNARY(cosh),
      LAMPAS_UNARY(tanh),
      LAMPAS_UNARY(asinh),
      LAMPAS_UNARY(acosh),
      LAMPAS_UNARY(atanh),
      LAMPAS_UNARY(sinc),
      LAMPAS_UNARY(deg2rad),
      LAMPAS_UNARY(rad2deg),
      LAMPAS_UNARY(erf),
      LAMPAS_UNARY(erfc),
      LAMPAS_UNARY(erfinv),
      LAMPAS_UNARY(lgamma),
      LAMPAS_UNARY(digamma),
      LAMPAS_UNARY(i0),
      LAMPAS_TEST_ONLY(isnan),
      LAMPAS_TEST_ONLY(isinf),
      LAMPAS_TEST_ONLY(isfinite),
      LAMPAS_TEST_ONLY(isposinf),
      LAMPAS_TEST_ONLY(isneginf),
      LAMPAS_TEST_ONLY(isreal),
      LAMPAS_TEST_ONLY(signbit),
      LAMPAS_UNARY(logical_not),
      LAMPAS_UNARY(bitwise_not),
      {"logit",
       {[](const Case& c) { return c.numbers.empty() ? logit(c.t[0]) : logit(c.t[0], c.n(0)); }, nullptr,
        [](const Case& c) { c.numbers.empty() ? c.t[0].logit_() : c.t[0].logit_(c.n(0)); }}},
      {"nan_to_num",
       {[](const Case& c) {
          return c.numbers.empty() ? nan_to_num(c.t[0]) : nan_to_num(c.t[0], c.n(0), c.n(1), c.n(2));
        },
        nullptr, nullptr}},
      {"polygamma",
       {[](const Case& c) { return polygamma(static_cast<int64_t>(c.n(0)), c.t[0]); },
        [](Tensor& out, const Case& c) { polygamma_out(out, static_cast<int64_t>(c.n(0)), c.t[0]); },
        [](const Case& c) { c.t[0].polygamma_(static_cast<int64_t>(c.n(0))); }}},
      {"mvlgamma",
       {[](const Case& c) { return mvlgamma(c.t[0], static_cast<int64_t>(c.n(0))); },
        [](Tensor& out, const Case& c) { mvlgamma_out(out, c.t[0], static_cast<int64_t>(c.n(0))); },
        [](const Case& c) { c.t[0].mvlgamma_(static_cast<int64_t>(c.n(0))); }}},
      {"round_decimals",
       {[](const Case& c) { return round(c.t[0], static_cast<int64_t>(c.n(0))); },
        [](Tensor& out, const Case& c) { round_out(out, c.t[0], static_cast<int64_t>(c.n(0))); },
        [](const Case& c) { c.t[0].round_(static_cast<int64_t>(c.n(0))); }}},
      {"clamp",
       {[](const Case& c) { return clamp(c.t[0], c.scalar(0), c.scalar(1)); },
        [](Tensor& out, const Case& c) { clamp_out(out, c.t[0], c.scalar(0), c.scalar(1)); },
        [](const Case& c) { c.t[0].clamp_(c.scalar(0), c.scalar(1)); }}},
      {"pow",
       {[](const Case& c) { return c.t.size() == 1 ? pow(c.t[0], c.scalar(0)) : pow(c.t[0], c.t[1]); },
        [](Tensor& out, const Case& c) {
          c.t.size() == 1 ? pow_out(out, c.t[0], c.scalar(0)) : pow_out(out, c.t[0], c.t[1]);
        },
        [](const Case& c) { c.t.size() == 1 ? c.t[0].pow_(c.scalar(0)) : c.t[0].pow_(c.t[1]); }}},
      {"div_trunc",
       {[](const Case& c) { return div(c.t[0], c.t[1], "trunc"); },
        [](Tensor& out, const Case& c) { div_out(out, c.t[0], c.t[1], "trunc"); },
        [](const Case& c) { c.t[0].div_(c.t[1], "trunc"); }}},
      {"div_floor",
       {[](const Case& c) { return div(c.t[0], c.t[1], "floor"); },
        [](Tensor& out, const Case& c) { div_out(out, c.t[0], c.t[1], "floor"); },
        [](const Case& c) { c.t[0].div_(c.t[1], "floor"); }}},
      LAMPAS_BINARY(add),
      LAMPAS_BINARY(sub),
      LAMPAS_BINARY(mul),
      LAMPAS_BINARY(div),
      LAMPAS_BINARY(floor_divide),
      LAMPAS_BINARY(fmod),
      LAMPAS_BINARY(remainder),
      LAMPAS_BINARY_NOT_INPLACE(maximum),
      LAMPAS_BINARY_NOT_INPLACE(minimum),
      LAMPAS_BINARY_NOT_INPLACE(fmax),
      LAMPAS_BINARY_NOT_INPLACE(fmin),
      LAMPAS_BINARY(atan2),
      LAMPAS_BINARY(hypot),
      LAMPAS_BINARY_NOT_INPLACE(logaddexp),
      LAMPAS_BINARY_NOT_INPLACE(logaddexp2),
      LAMPAS_BINARY(xlogy),
      LAMPAS_BINARY(copysign),
      LAMPAS_BINARY(nextafter),
      LAMPAS_BINARY(heaviside),
      LAMPAS_BINARY(float_power),
      LAMPAS_BINARY(eq),
      LAMPAS_BINARY(ne),
      LAMPAS_BINARY(lt),
      LAMPAS_BINARY(le),
      LAMPAS_BINARY(gt),
      LAMPAS_BINARY(ge),
      LAMPAS_BINARY(logical_and),
      LAMPAS_BINARY(logical_or),
      LAMPAS_BINARY(logical_xor),
      LAMPAS_BINARY(bitwise_and),
      LAMPAS_BINARY(bitwise_or),
      LAMPAS_BINARY(bitwise_xor),
      LAMPAS_BINARY(bitwise_left_shift),
      LAMPAS_BINARY(bitwise_right_shift),
      LAMPAS_BINARY(gcd),
      LAMPAS_BINARY(lcm),
      LAMPAS_BINARY(ldexp)};
  return all;
}

/// Both libraries round elementary functions to a few units in the last place; around their zeros lgamma and digamma
/// are only absolutely accurate.
void expect_same(const Tensor& got, const Tensor& want, const std::string& what) {
  ASSERT_EQ(got.scalar_type(), want.scalar_type()) << what;
  ASSERT_EQ(got.sizes().vec(), want.sizes().vec()) << what;
  if (is_integral(want.scalar_type(), true)) {
    EXPECT_TRUE(got.equal(want)) << what;
    return;
  }
  const double relative = want.scalar_type() == kDouble  ? 2e-13
                          : want.scalar_type() == kFloat ? 2e-6
                          : want.scalar_type() == kHalf  ? 1e-3
                                                         : 8e-3;
  const Tensor g = got.to(kDouble).contiguous(), w = want.to(kDouble).contiguous();
  for (int64_t k = 0; k < w.numel(); ++k) {
    const double a = g.data_ptr<double>()[k], b = w.data_ptr<double>()[k];
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b) continue;
    EXPECT_LE(std::abs(a - b), relative * (std::abs(b) + 0.1)) << what << " element " << k << ": " << a << " for " << b;
  }
}

TEST(PointwiseGolden, EveryFormAgreesWithPyTorch) {
  std::ifstream file(LAMPAS_TEST_DATA "/ops/pointwise.txt");
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    Case c;
    std::istringstream in(line);
    std::string word;
    in >> c.name >> word;
    c.numbers = split(word.substr(2), ',');
    bool result = false;
    while (in >> word) {
      if (word == "=>")
        result = true;
      else if (result)
        c.want = parse(word);
      else
        c.t.push_back(parse(word));
    }
    const auto found = table().find(c.name);
    ASSERT_NE(found, table().end()) << c.name;
    const Forms& f = found->second;
    ++cases;
    try {
      expect_same(f.call(c), c.want, line);
      Case s = c;
      for (Tensor& t : s.t) t = strided(t);
      expect_same(f.call(s), c.want, "strided: " + line);
      if (f.out) {
        Tensor out = empty({0}, TensorOptions(c.want.scalar_type()));
        f.out(out, c);
        expect_same(out, c.want, "out: " + line);
      }
      if (f.inplace && c.want.scalar_type() == c.t[0].scalar_type()) {
        f.inplace(s);
        expect_same(s.t[0], c.want, "in place: " + line);
      } else if (f.inplace && c.want.scalar_type() == kBool) {
        f.inplace(s);
        expect_same(s.t[0], c.want.to(s.t[0].scalar_type()), "in place: " + line);
      }
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what() << " in " << line;
    }
  }
  EXPECT_GT(cases, 500);
}

}  // namespace
