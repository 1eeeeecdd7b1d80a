#include "ops/reduce.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "../kernel_test.h"

namespace lampas {
namespace {

using namespace test;

/// An array to be reduced: sizes, element strides and the dimensions to reduce.
struct Case {
  const char* name;
  std::vector<int64_t> sizes, strides, dims;
  int64_t extent() const {
    int64_t n = 1;
    for (size_t d = 0; d < sizes.size(); ++d) n += (std::max<int64_t>(sizes[d], 1) - 1) * strides[d];
    return n;
  }
};

std::vector<Case> cases() {
  return {
      {"scalar", {}, {}, {}},
      {"one", {1}, {1}, {0}},
      {"full 7", {7}, {1}, {0}},
      {"full 1000", {1000}, {1}, {0}},
      {"full odd", {70001}, {1}, {0}},
      {"full 3d", {3, 50, 70}, {3500, 70, 1}, {0, 1, 2}},
      {"strided", {1001}, {3}, {0}},
      {"rows", {33, 129}, {129, 1}, {1}},
      {"rows in groups", {19, 530}, {530, 1}, {1}},
      {"many rows", {900, 10}, {10, 1}, {1}},
      {"columns", {129, 33}, {33, 1}, {0}},
      {"wide columns", {35, 1300}, {1300, 1}, {0}},
      {"long narrow columns", {22001, 3}, {3, 1}, {0}},
      {"narrow columns, one row", {1, 3}, {3, 1}, {0}},
      {"one column", {65, 1}, {1, 1}, {0}},
      {"long columns", {1100, 65}, {65, 1}, {0}},
      {"long columns in two pieces", {2, 700, 65}, {50000, 65, 1}, {0, 1}},
      {"transposed rows", {40, 50}, {1, 40}, {1}},
      {"transposed columns", {40, 50}, {1, 40}, {0}},
      {"sliced rows", {20, 30}, {120, 2}, {1}},
      {"sliced columns", {20, 30}, {120, 2}, {0}},
      {"expanded", {5, 6, 7}, {7, 0, 1}, {1}},
      {"expanded kept", {5, 6, 7}, {7, 0, 1}, {0}},
      {"expanded all", {5, 6, 7}, {7, 0, 1}, {0, 1, 2}},
      {"channels", {4, 3, 8, 9}, {216, 72, 9, 1}, {0, 2, 3}},
      {"many channels", {8, 20, 7, 7}, {980, 49, 7, 1}, {0, 2, 3}},
      {"channels last", {4, 3, 8, 9}, {216, 1, 27, 3}, {0, 2, 3}},
      {"middle", {6, 40, 17}, {680, 17, 1}, {1}},
      {"outer and inner", {6, 7, 8}, {56, 8, 1}, {0, 2}},
      {"permuted", {6, 7, 8, 2}, {16, 192, 1, 8}, {1, 3}},
      {"no dims", {6, 7}, {7, 1}, {}},
      {"size-1 dims", {6, 1, 7}, {7, 7, 1}, {1}},
      {"reduce nothing", {4, 0, 3}, {0, 3, 1}, {1}},
      {"keep nothing", {0, 5}, {5, 1}, {1}},
      {"large few rows", {3, 23001}, {23001, 1}, {1}},
      {"large middle", {2, 17000, 2}, {34000, 2, 1}, {1}},
  };
}

/// Leaves the large ones out: for what does not depend on size, dtypes that share their code with another one.
std::vector<Case> small_cases() {
  std::vector<Case> r;
  for (const Case& c : cases())
    if (c.extent() < 5000) r.push_back(c);
  return r;
}

/// The elements each result is made from, in row-major order of the reduced dimensions.
template <class T>
std::vector<std::vector<double>> groups(const Case& c, const T* data) {
  std::vector<bool> reduced(c.sizes.size());
  for (int64_t d : c.dims) reduced[d] = true;
  int64_t kept = 1, total = 1;
  for (size_t d = 0; d < c.sizes.size(); ++d) {
    total *= c.sizes[d];
    if (!reduced[d]) kept *= c.sizes[d];
  }
  std::vector<std::vector<double>> r(static_cast<size_t>(kept));
  std::vector<int64_t> index(c.sizes.size());
  for (int64_t i = 0; i < total; ++i) {
    int64_t offset = 0, group = 0;
    for (size_t d = 0; d < c.sizes.size(); ++d) {
      offset += index[d] * c.strides[d];
      if (!reduced[d]) group = group * c.sizes[d] + index[d];
    }
    r[group].push_back(to_double(data[offset]));
    for (int d = static_cast<int>(c.sizes.size()) - 1; d >= 0 && ++index[d] == c.sizes[d]; --d) index[d] = 0;
  }
  return r;
}

struct Expected {
  double value, bound;
};
using Reference = std::function<Expected(const std::vector<double>&)>;

template <class T, class R = T>
void check_reduction(const ReduceKernel& kernel, const Case& c, const std::vector<T>& data,
                     const Reference& reference) {
  SCOPED_TRACE(::testing::Message() << kernel.name() << " of " << name(dtype_of<T>) << ", " << c.name);
  const auto want = groups(c, data.data());
  const ReducePlan plan = plan_reduction(c.sizes, c.strides, c.dims);
  ASSERT_EQ(plan.kept, static_cast<int64_t>(want.size()));
  std::vector<Expected> expected;
  for (const auto& v : want) expected.push_back(reference(v));
  for_each_target([&] {
    std::vector<std::vector<uint8_t>> results;
    for_each_thread_count([&] {
      std::vector<uint8_t>& memory = results.emplace_back(want.size() * sizeof(R) + 64, uint8_t{0xAB});
      kernel.get(dtype_of<T>)(plan, data.data(), memory.data());
      const R* out = reinterpret_cast<const R*>(memory.data());
      for (size_t i = 0; i < want.size(); ++i)
        ASSERT_TRUE(close(to_double(out[i]), expected[i].value, expected[i].bound)) << "result " << i;
      for (size_t i = want.size() * sizeof(R); i < memory.size(); ++i)
        ASSERT_EQ(memory[i], 0xAB) << "wrote past the end";
    });
    EXPECT_EQ(results[0], results[1]) << "depends on the number of threads";
  });
}

template <class T>
Expected sum_of(const std::vector<double>& v, double divisor) {
  long double s = 0, magnitude = 0;
  for (double x : v) {
    s += x;
    magnitude += std::abs(x);
  }
  constexpr double compute = std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24;
  const double value = static_cast<double>(s / divisor);
  return {value, 9 * compute * static_cast<double>(magnitude / divisor) + unit_roundoff<T>() * std::abs(value) * 1.01 +
                     (std::is_same_v<T, Half> ? 0x1p-25 : 0)};
}

template <class T>
void test_floating() {
  uint32_t seed = 1;
  for (const Case& c : cases()) {
    const auto data = random_values<T>(c.extent(), seed++, 0.25);
    check_reduction(sum_kernel, c, data, [](const auto& v) { return sum_of<T>(v, 1); });
    check_reduction(mean_kernel, c, data, [](const auto& v) {
      return v.empty() ? Expected{kNaN, 0} : sum_of<T>(v, double(v.size()));
    });
    if (std::string(c.name) != "reduce nothing") {
      check_reduction(amax_kernel, c, data, [](const auto& v) {
        return Expected{*std::max_element(v.begin(), v.end()), 0};
      });
      check_reduction(amin_kernel, c, data, [](const auto& v) {
        return Expected{*std::min_element(v.begin(), v.end()), 0};
      });
    }
    check_reduction<T, int64_t>(count_nonzero_kernel, c, data, [](const auto& v) {
      return Expected{double(v.size() - std::count(v.begin(), v.end(), 0.0)), 0};
    });
    // Near 1, so that products stay finite.
    auto factors = data;
    for (auto& x : factors) x = from_double<T>(1 + 0.001 * to_double(x));
    check_reduction(prod_kernel, c, factors, [](const auto& v) {
      long double p = 1;
      for (double x : v) p *= x;
      const double value = to_double(from_double<T>(double(p)));  // beyond float16's range: infinite
      // Long rows of float32 are multiplied as float32.
      const double rounding =
          std::is_same_v<T, float> && v.size() >= 1024 ? 3 * std::sqrt(double(v.size())) * 0x1p-24 : 0;
      return Expected{value, std::abs(value) * (2.1 * unit_roundoff<T>() + rounding + (v.size() + 8.0) * 0x1p-53)};
    });
  }
}

TEST(Reduce, FloatingPoint) {
  test_floating<float>();
  test_floating<double>();
  test_floating<Half>();
  test_floating<BFloat16>();
}

template <class T>
void test_integer() {
  uint32_t seed = 100;
  for (const Case& c : cases()) {
    // std::vector<bool> has no data().
    const auto bytes = random_values<T>(c.extent(), seed++);
    struct Plain {
      T value;
    };
    std::vector<Plain> data;
    for (T x : bytes) data.push_back({x});
    const T* p = &data[0].value;
    SCOPED_TRACE(::testing::Message() << name(dtype_of<T>) << ", " << c.name);
    const auto want = groups(c, p);
    const ReducePlan plan = plan_reduction(c.sizes, c.strides, c.dims);
    for_each_target([&] {
      std::vector<int64_t> out(want.size() + 1);
      sum_kernel.get(dtype_of<T>)(plan, p, out.data());
      for (size_t i = 0; i < want.size(); ++i) EXPECT_EQ(out[i], std::accumulate(want[i].begin(), want[i].end(), 0.0));
      prod_kernel.get(dtype_of<T>)(plan, p, out.data());
      for (size_t i = 0; i < want.size(); ++i) {
        uint64_t product = 1;
        for (double x : want[i]) product *= static_cast<uint64_t>(static_cast<int64_t>(x));
        EXPECT_EQ(static_cast<uint64_t>(out[i]), product);
      }
      if (std::string(c.name) == "reduce nothing") return;
      std::vector<Plain> values(want.size() + 1);
      amax_kernel.get(dtype_of<T>)(plan, p, values.data());
      for (size_t i = 0; i < want.size(); ++i)
        EXPECT_EQ(values[i].value, *std::max_element(want[i].begin(), want[i].end()));
      amin_kernel.get(dtype_of<T>)(plan, p, values.data());
      for (size_t i = 0; i < want.size(); ++i)
        EXPECT_EQ(values[i].value, *std::min_element(want[i].begin(), want[i].end()));
    });
  }
}

TEST(Reduce, ProductsBeyondTheRangeOfFloat) {
  for_each_target([] {
    const auto product = [](const std::vector<float>& x) {
      float p = 0;
      prod_kernel.get(kFloat)(plan_reduction(DimSpan{1, int64_t(x.size()), 1}), x.data(), &p);
      return p;
    };
    // Factors that meet in one lane, whatever its vector: products on the way are subnormal, zero or infinite.
    for (const auto& factors : {std::vector<float>{1e-30f, 3e-30f, 1e30f, 5e30f},
                                {1e30f, 3e30f, 1e-30f, 5e-30f},
                                {3e-20f, 1e-20f, 7e19f},
                                {1e-30f, 1e-15f, 1e30f, 3e15f}}) {
      std::vector<float> x(2061, 1);
      double want = 1;
      for (size_t k = 0; k < factors.size(); ++k) want *= x[64 * k] = factors[k];
      EXPECT_EQ(product(x), static_cast<float>(want));
      x[2060] = -2;
      EXPECT_EQ(product(x), static_cast<float>(-2 * want));
    }
    std::vector<float> x(1500, 0.5f);
    EXPECT_EQ(product(x), 0);
    x.assign(1500, -1.5f);
    EXPECT_EQ(product(x), std::numeric_limits<float>::infinity());
    x.assign(1500, 1);
    x[7] = 0;
    EXPECT_EQ(product(x), 0);
    x[1300] = std::numeric_limits<float>::infinity();
    EXPECT_TRUE(std::isnan(product(x)));
    x[7] = -1;
    EXPECT_EQ(product(x), -std::numeric_limits<float>::infinity());
    x[7] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(product(x)));
  });
}

TEST(Reduce, Integers) {
  test_integer<uint8_t>();
  test_integer<int8_t>();
  test_integer<int16_t>();
  test_integer<int32_t>();
  test_integer<int64_t>();
  test_integer<bool>();
}

template <class T>
void test_logical(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    for (int kind : {0, 1, 2}) {  // all zero; one non-zero; all non-zero but one
      std::vector<uint8_t> memory(c.extent() * sizeof(T));
      T* p = reinterpret_cast<T*>(memory.data());
      for (int64_t i = 0; i < c.extent(); ++i) p[i] = from_double<T>(kind == 2);
      if (kind == 1) p[c.extent() / 2] = from_double<T>(1);
      if (kind == 2) p[c.extent() / 2] = from_double<T>(0);
      const auto want = groups(c, p);
      const ReducePlan plan = plan_reduction(c.sizes, c.strides, c.dims);
      for_each_target([&] {
        std::vector<uint8_t> any(want.size() + 1, 7), all(want.size() + 1, 7);
        any_kernel.get(dtype_of<T>)(plan, p, any.data());
        all_kernel.get(dtype_of<T>)(plan, p, all.data());
        std::vector<int64_t> count(want.size() + 1);
        count_nonzero_kernel.get(dtype_of<T>)(plan, p, count.data());
        for (size_t i = 0; i < want.size(); ++i) {
          const size_t n = want[i].size() - std::count(want[i].begin(), want[i].end(), 0.0);
          ASSERT_EQ(any[i], n > 0) << c.name;
          ASSERT_EQ(all[i], n == want[i].size()) << c.name;
          ASSERT_EQ(count[i], static_cast<int64_t>(n)) << c.name;
        }
      });
    }
  }
}

TEST(Reduce, Logical) {
  test_logical<float>(cases());
  test_logical<double>(small_cases());
  test_logical<Half>(cases());
  test_logical<BFloat16>(small_cases());
  test_logical<bool>(small_cases());
  test_logical<uint8_t>(cases());
  test_logical<int8_t>(small_cases());
  test_logical<int16_t>(small_cases());
  test_logical<int32_t>(small_cases());
  test_logical<int64_t>(small_cases());
}

template <class T>
void test_var() {
  uint32_t seed = 200;
  for (const Case& c : cases()) {
    SCOPED_TRACE(::testing::Message() << name(dtype_of<T>) << ", " << c.name);
    const auto data = random_values<T>(c.extent(), seed++, 3);
    const auto want = groups(c, data.data());
    const ReducePlan plan = plan_reduction(c.sizes, c.strides, c.dims);
    for (double correction : {0.0, 1.0}) {
      std::vector<Expected> vars, means, stds;
      for (const auto& v : want) {
        const double n = double(v.size()), u = 1.01 * unit_roundoff<T>();
        long double s = 0, m2 = 0;
        for (double x : v) s += x;
        for (double x : v) m2 += (x - s / n) * (x - s / n);
        const double var = n == 0 ? kNaN : double(m2 / std::max(0.0, n - correction)),
                     mean = n == 0 ? kNaN : double(s / n);
        vars.push_back({var, var * u + 1e-13 * (var + 9)});
        stds.push_back({std::sqrt(var), std::sqrt(var) * u + 1e-13 * (var + 9)});
        means.push_back({mean, std::abs(mean) * u + 1e-13});
      }
      for_each_target([&] {
        std::vector<std::vector<T>> results;
        for_each_thread_count([&] {
          std::vector<T> var(want.size() + 1), mean(want.size() + 1), root(want.size() + 1), mean_only(want.size() + 1);
          const auto kernel = var_kernel.get(dtype_of<T>);
          kernel(plan, data.data(), var.data(), mean.data(), {correction, false});
          kernel(plan, data.data(), root.data(), nullptr, {correction, true});
          kernel(plan, data.data(), nullptr, mean_only.data(), {correction, false});
          for (size_t i = 0; i < want.size(); ++i) {
            ASSERT_TRUE(close(to_double(var[i]), vars[i].value, vars[i].bound)) << i;
            ASSERT_TRUE(close(to_double(root[i]), stds[i].value, stds[i].bound)) << i;
            ASSERT_TRUE(close(to_double(mean[i]), means[i].value, means[i].bound)) << i;
            ASSERT_TRUE(close(to_double(mean_only[i]), means[i].value, means[i].bound)) << i;
          }
          results.push_back(var);
        });
        ASSERT_EQ(results.size(), 2u);
        EXPECT_EQ(std::memcmp(results[0].data(), results[1].data(), want.size() * sizeof(T)), 0);
      });
    }
  }
}

TEST(Reduce, Variance) {
  test_var<float>();
  test_var<double>();
  test_var<Half>();
  test_var<BFloat16>();
}

TEST(Reduce, VarianceOfLargeMean) {
  for_each_target([] {
    // An outlier first and a mean far from zero: textbook one-pass formulas lose everything here.
    std::vector<double> x(100001);
    for (size_t i = 0; i < x.size(); ++i) x[i] = 1e6 + double(i % 2);
    double var = 0;
    var_kernel.get(kDouble)(plan_reduction(DimSpan{1, 100000, 1}), x.data() + 1, &var, nullptr, {0, false});
    EXPECT_NEAR(var, 0.25, 1e-9);
    std::vector<float> y(x.begin(), x.end());
    float varf = 0;
    var_kernel.get(kFloat)(plan_reduction(DimSpan{1, 100000, 1}), y.data() + 1, &varf, nullptr, {0, false});
    EXPECT_NEAR(varf, 0.25, 1e-7);
  });
}

template <class T>
void test_norm() {
  uint32_t seed = 300;
  for (const Case& c : cases()) {
    const auto data = random_values<T>(c.extent(), seed++);
    const auto want = groups(c, data.data());
    const ReducePlan plan = plan_reduction(c.sizes, c.strides, c.dims);
    for (double p : {0.0, 1.0, 2.0, 3.0, 0.5, -1.0, kInf, -kInf}) {
      if (std::string(c.name) == "reduce nothing" && (p < 0 || p == kInf)) continue;
      if (c.extent() > 5000 && (p == 3 || p == 0.5 || p == -1)) continue;  // slow, and all alike
      SCOPED_TRACE(::testing::Message() << "p = " << p << " of " << name(dtype_of<T>) << ", " << c.name);
      std::vector<double> expected;
      for (const auto& group : want) {
        long double s = p == -kInf ? kInf : 0;
        for (double x : group) {
          const double a = std::abs(x);
          if (p == kInf)
            s = std::max<long double>(s, a);
          else if (p == -kInf)
            s = std::min<long double>(s, a);
          else
            s += p == 0 ? a != 0 : std::pow(static_cast<long double>(a), static_cast<long double>(p));
        }
        if (p != 0 && std::isfinite(p)) s = std::pow(s, 1 / static_cast<long double>(p));
        // Counts and such beyond float16's range become infinite.
        expected.push_back(to_double(from_double<T>(static_cast<double>(s))));
      }
      for_each_target([&] {
        std::vector<T> out(want.size() + 1);
        norm_kernel.get(dtype_of<T>)(plan, data.data(), out.data(), p);
        for (size_t i = 0; i < want.size(); ++i) {
          const double bound = std::abs(expected[i]) * (2.1 * unit_roundoff<T>() + want[i].size() * 0x1p-54 + 1e-15);
          ASSERT_TRUE(close(to_double(out[i]), expected[i], bound)) << i;
        }
      });
    }
  }
}

TEST(Reduce, Norm) {
  test_norm<float>();
  test_norm<double>();
  test_norm<Half>();
  test_norm<BFloat16>();
}

template <class T>
void test_index(double special, const std::vector<Case>& cases) {
  uint32_t seed = 400;
  for (const Case& c : cases) {
    if (std::string(c.name) == "reduce nothing") continue;
    SCOPED_TRACE(::testing::Message() << name(dtype_of<T>) << ", " << c.name << ", with " << special);
    std::vector<uint8_t> memory(c.extent() * sizeof(T));
    T* data = reinterpret_cast<T*>(memory.data());
    std::mt19937 engine(seed++);
    // Few different values: many ties.
    for (int64_t i = 0; i < c.extent(); ++i) {
      const uint32_t r = engine();
      data[i] = from_double<T>(special != 0 && r % 97 == 0 ? special : static_cast<double>(r / 97 % 5));
    }
    const auto want = groups(c, data);
    const ReducePlan plan = plan_reduction(c.sizes, c.strides, c.dims, true);
    for (bool max : {true, false}) {
      std::vector<int64_t> expected;
      for (const auto& v : want) {
        size_t best = 0;
        for (size_t j = 1; j < v.size(); ++j)
          if ((max ? v[j] > v[best] : v[j] < v[best]) || (std::isnan(v[j]) && !std::isnan(v[best]))) best = j;
        expected.push_back(static_cast<int64_t>(best));
      }
      for_each_target([&] {
        const auto kernel = (max ? max_index_kernel : min_index_kernel).get(dtype_of<T>);
        for_each_thread_count([&] {
          std::vector<uint8_t> memory((want.size() + 1) * sizeof(T));
          const T* values = reinterpret_cast<const T*>(memory.data());
          std::vector<int64_t> indices(want.size(), -5), arg(want.size(), -5);
          kernel(plan, data, memory.data(), indices.data());
          kernel(plan, data, nullptr, arg.data());
          ASSERT_EQ(indices, expected);
          ASSERT_EQ(arg, expected);
          for (size_t i = 0; i < want.size(); ++i)
            ASSERT_TRUE(close(to_double(values[i]), want[i][expected[i]], 0)) << "result " << i;
        });
      });
    }
  }
}

TEST(Reduce, IndexOfExtreme) {
  for (double special : {0.0, kInf, -kInf, kNaN}) {
    test_index<float>(special, cases());
    test_index<double>(special, small_cases());
    test_index<Half>(special, small_cases());
    test_index<BFloat16>(special, small_cases());
  }
  test_index<uint8_t>(0, small_cases());
  test_index<int8_t>(0, small_cases());
  test_index<int16_t>(0, small_cases());
  test_index<int32_t>(0, cases());
  test_index<int64_t>(0, small_cases());
  test_index<bool>(0, small_cases());
}

TEST(Reduce, IndexWhenAllEqualTheWorst) {
  for_each_target([] {
    for (DimSpan s : {DimSpan{1, 5000, 1}, DimSpan{1, 70, 40}, DimSpan{1, 70000, 1}}) {
      std::vector<float> x(s.size * s.inner, -std::numeric_limits<float>::infinity()), v(s.inner);
      std::vector<int64_t> at(s.inner, -1);
      max_index_kernel.get(kFloat)(plan_reduction(s), x.data(), v.data(), at.data());
      for (int64_t i = 0; i < s.inner; ++i) {
        EXPECT_EQ(at[i], 0);
        EXPECT_EQ(v[i], -std::numeric_limits<float>::infinity());
      }
    }
  });
}

template <class T>
void test_special_values() {
  for (DimSpan s :
       {DimSpan{1, 100, 1}, DimSpan{1, 3, 1}, DimSpan{1, 40, 37}, DimSpan{1, 66000, 1}, DimSpan{1, 22000, 3}}) {
    for (double special : {kNaN, kInf, -kInf}) {
      const auto base = random_values<T>(s.size * s.inner, 7);
      for (int64_t at : {s.size / 2, s.size - 1}) {
        auto x = base;
        x[at * s.inner] = from_double<T>(special);
        const ReducePlan plan = plan_reduction(s);
        std::vector<T> out(s.inner), mean(s.inner);
        const auto first = [&] { return to_double(out[0]); };
        sum_kernel.get(dtype_of<T>)(plan, x.data(), out.data());
        EXPECT_TRUE(close(first(), special, 0));
        for (int64_t i = 1; i < s.inner; ++i) EXPECT_TRUE(std::isfinite(to_double(out[i]))) << "spread to a neighbour";
        mean_kernel.get(dtype_of<T>)(plan, x.data(), out.data());
        EXPECT_TRUE(close(first(), special, 0));
        amax_kernel.get(dtype_of<T>)(plan, x.data(), out.data());
        EXPECT_TRUE(special == -kInf || close(first(), special, 0));
        amin_kernel.get(dtype_of<T>)(plan, x.data(), out.data());
        EXPECT_TRUE(special == kInf || close(first(), special, 0));
        var_kernel.get(dtype_of<T>)(plan, x.data(), out.data(), mean.data(), {});
        EXPECT_TRUE(std::isnan(first()));
        EXPECT_TRUE(close(to_double(mean[0]), special, 0));
        for (int64_t i = 1; i < s.inner; ++i) EXPECT_TRUE(std::isfinite(to_double(out[i]))) << "spread to a neighbour";
        norm_kernel.get(dtype_of<T>)(plan, x.data(), out.data(), 2);
        EXPECT_TRUE(close(first(), std::abs(special), 0));
        norm_kernel.get(dtype_of<T>)(plan, x.data(), out.data(), kInf);
        EXPECT_TRUE(close(first(), std::abs(special), 0));
        if (s.size * s.inner < 1000) {
          x[(at + 1) % s.size * s.inner] = from_double<T>(-special);
          sum_kernel.get(dtype_of<T>)(plan, x.data(), out.data());
          EXPECT_TRUE(std::isnan(first()));
        }
      }
    }
  }
}

TEST(Reduce, SpecialValues) {
  for_each_target([] {
    test_special_values<float>();
    test_special_values<double>();
    test_special_values<Half>();
    test_special_values<BFloat16>();
  });
}

TEST(Reduce, FullReductionsOfManySizes) {
  for_each_target([] {
    const auto x = random_values<float>(2100, 9);
    for (int64_t n = 1; n <= 2100; n = n < 300 ? n + 1 : n * 5 / 4) {
      // Starting at the end makes a read past it visible to sanitizers.
      const std::vector<float> exact(x.begin(), x.begin() + n);
      const ReducePlan plan = plan_reduction(DimSpan{1, n, 1});
      double s = 0, magnitude = 0;
      for (float v : exact) {
        s += v;
        magnitude += std::abs(v);
      }
      float got = 0;
      sum_kernel.get(kFloat)(plan, exact.data(), &got);
      EXPECT_NEAR(got, s, 9 * 0x1p-24 * magnitude) << n;
      amax_kernel.get(kFloat)(plan, exact.data(), &got);
      EXPECT_EQ(got, *std::max_element(exact.begin(), exact.end())) << n;
      int64_t at = -1;
      min_index_kernel.get(kFloat)(plan, exact.data(), &got, &at);
      EXPECT_EQ(at, std::min_element(exact.begin(), exact.end()) - exact.begin()) << n;
    }
  });
}

TEST(Reduce, PositionsWhereverTheyAre) {
  for_each_target([] {
    for (int64_t n : {1, 2, 15, 16, 17, 31, 63, 64, 65, 127, 128, 200, 257, 8200}) {
      const ReducePlan row = plan_reduction(DimSpan{1, n, 1}), columns = plan_reduction(DimSpan{1, n, 19});
      for (int64_t at = 0; at<n; at += n> 1000 ? 97 : 1) {
        std::vector<float> x(n, 0.5f);  // ties everywhere but at one place
        for (float special : {2.0f, std::numeric_limits<float>::quiet_NaN(), 0.5f}) {
          x[at] = special;
          if (at + 3 < n) x[at + 3] = special;
          const int64_t want = special == 0.5f ? 0 : at;
          float v;
          int64_t got = -1;
          max_index_kernel.get(kFloat)(row, x.data(), &v, &got);
          ASSERT_EQ(got, want) << n;
          ASSERT_TRUE(close(v, special, 0));
          amax_kernel.get(kFloat)(row, x.data(), &v);
          ASSERT_TRUE(close(v, special, 0));
          if (n > 1000) continue;
          std::vector<float> matrix(n * 19, 0.5f), values(19);
          std::vector<int64_t> places(19, -1);
          for (int64_t i = 0; i < n; ++i) matrix[i * 19 + at % 19] = x[i];
          max_index_kernel.get(kFloat)(columns, matrix.data(), values.data(), places.data());
          for (int64_t c = 0; c < 19; ++c) ASSERT_EQ(places[c], c == at % 19 ? want : 0) << n << " column " << c;
          ASSERT_TRUE(close(values[at % 19], special, 0));
        }
      }
      // Infinities of both signs add up to NaN without one being there; zeros are equal whatever their sign.
      std::vector<float> x(n, -0.0f);
      x[n - 1] = kInf;
      if (n > 1) x[0] = -kInf;
      float v;
      int64_t got = -1;
      max_index_kernel.get(kFloat)(row, x.data(), &v, &got);
      EXPECT_EQ(got, n - 1);
      if (n < 3) continue;
      x[n - 1] = 0.0f;
      max_index_kernel.get(kFloat)(row, x.data(), &v, &got);
      EXPECT_EQ(got, 1);
      EXPECT_EQ(std::signbit(v), n > 2);
    }
  });
}

TEST(Reduce, NormsOfAnyMagnitude) {
  for_each_target([] {
    for (int64_t n : {64, 256, 257, 2000})
      for (float scale : {1e-38f, 1e-30f, 1e-15f, 1.0f, 1e15f, 1e30f}) {
        std::vector<float> x = random_values<float>(n, 11);
        double squares = 0;
        for (int64_t i = 0; i < n; ++i) {
          x[i] = (i % 2 && scale != 1.0f ? 1 / scale : scale) * (1 + 0.25f * std::tanh(x[i]));
          squares += static_cast<double>(x[i]) * x[i];
        }
        const ReducePlan plan = plan_reduction(DimSpan{1, n, 1});
        float got = 0;
        norm_kernel.get(kFloat)(plan, x.data(), &got, 2);
        EXPECT_TRUE(close(got, static_cast<float>(std::sqrt(squares)), std::sqrt(squares) * 4 * 0x1p-24))
            << n << " " << scale;
        for (float& v : x) v = scale;
        norm_kernel.get(kFloat)(plan, x.data(), &got, 2);
        const double want = scale * std::sqrt(static_cast<double>(n));
        EXPECT_NEAR(got, want, want * 4 * 0x1p-24) << n << " " << scale;
      }
  });
}

TEST(Reduce, MissingDtypeNamesTheOp) {
  try {
    mean_kernel.get(kLong);
    FAIL();
  } catch (const NotImplementedError& e) {
    EXPECT_EQ(e.msg(), "mean: not implemented for dtype Long on device cpu");
  }
}

}  // namespace
}  // namespace lampas
