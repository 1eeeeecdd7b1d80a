// Replays tests/data/random/*.txt (see tools/goldens/random_stream.py) and compares with what PyTorch drew.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/generator_impl.h"
#include "ops/random.h"

using namespace lampas;

namespace {

const std::map<std::string, ScalarType> dtypes = {
    {"f32", kFloat}, {"f64", kDouble}, {"f16", kHalf}, {"bf16", kBFloat16}, {"u8", kByte},
    {"i8", kChar},   {"i16", kShort},  {"i32", kInt},  {"i64", kLong},      {"bool", kBool}};

struct Buffer {
  ScalarType dtype;
  int64_t n;
  std::vector<double> bytes;  // 8-byte aligned
  Buffer(ScalarType t, int64_t count) : dtype(t), n(count), bytes(count * element_size(t) / 8 + 2, 0.0) {}
  void* data() { return bytes.data(); }
  const char* at(int64_t i) const { return reinterpret_cast<const char*>(bytes.data()) + i * element_size(dtype); }
  template <class T>
  T get(int64_t i) const {
    T v;
    std::memcpy(&v, at(i), sizeof v);
    return v;
  }
  double real(int64_t i) const {
    return dtype == kFloat    ? get<float>(i)
           : dtype == kDouble ? get<double>(i)
           : dtype == kHalf   ? static_cast<float>(get<Half>(i))
                              : static_cast<float>(get<BFloat16>(i));
  }
  int64_t integer(int64_t i) const {
    switch (dtype) {
      case kByte:
        return get<uint8_t>(i);
      case kChar:
        return get<int8_t>(i);
      case kShort:
        return get<int16_t>(i);
      case kInt:
        return get<int32_t>(i);
      case kBool:
        return get<bool>(i);
      default:
        return get<int64_t>(i);
    }
  }
  void set(int64_t i, double v) {
    char* p = static_cast<char*>(data()) + i * element_size(dtype);
    const float f = static_cast<float>(v);
    const Half h(f);
    const BFloat16 b(f);
    const void* from = dtype == kDouble  ? static_cast<const void*>(&v)
                       : dtype == kFloat ? &f
                       : dtype == kHalf  ? static_cast<const void*>(&h)
                                         : &b;
    std::memcpy(p, from, element_size(dtype));
  }
};

Buffer run(GeneratorImpl& g, const std::vector<std::string>& a) {
  const std::string& op = a[0];
  const ScalarType t = dtypes.at(a[1]);
  const auto integer = [&](size_t i) { return std::stoll(a.at(i)); };
  const auto real = [&](size_t i) { return std::stod(a.at(i)); };
  if (op == "multinomial") {
    const int64_t rows = integer(2), n = integer(3), k = integer(4);
    Buffer p(t, rows * n), out(kLong, rows * k);
    for (int64_t i = 0; i < rows * n; ++i) p.set(i, (i * 37 % 101 + 1) / 64.0);
    std::vector<double> scratch(2 * n);
    multinomial_kernel.get(t)(g, p.data(), rows, n, k, integer(5), static_cast<int64_t*>(out.data()), scratch.data());
    return out;
  }
  const int64_t n = integer(2);
  Buffer out(t, n);
  void* y = out.data();
  if (op == "uniform")
    uniform_kernel.get(t)(g, y, n, real(3), real(4));
  else if (op == "normal")
    normal_kernel.get(t)(g, y, n, real(3), real(4));
  else if (op == "pairwise")
    normal_pairwise_kernel.get(t)(g, y, n, real(3), real(4));
  else if (op == "exponential")
    exponential_kernel.get(t)(g, y, n, real(3));
  else if (op == "cauchy")
    cauchy_kernel.get(t)(g, y, n, real(3), real(4));
  else if (op == "log_normal")
    log_normal_kernel.get(t)(g, y, n, real(3), real(4));
  else if (op == "geometric")
    geometric_kernel.get(t)(g, y, n, real(3));
  else if (op == "bernoulli")
    bernoulli_kernel.get(t)(g, y, n, real(3), 1);
  else if (op == "random")
    random_kernel.get(t)(g, y, n);
  else if (op == "randperm")
    randperm_kernel.get(t)(g, y, n);
  else if (op == "random_to" || op == "random_from_to") {
    std::optional<int64_t> to;
    if (a.back() != "none") to = std::stoll(a.back());
    const RandomRange r = random_range(t, op == "random_to" ? 0 : integer(3), to, "random_");
    random_range_kernel.get(t)(g, y, n, r.range, r.base);
  } else if (op == "bernoulli_tensor") {
    Buffer p(dtypes.at(a[3]), n);
    for (int64_t i = 0; i < n; ++i) p.set(i, i % 101 / 100.0);
    bernoulli_tensor_kernel.get(p.dtype)(g, p.data(), y, t, n);
  } else {
    ADD_FAILURE() << "unknown op " << op;
  }
  return out;
}

double epsilon(ScalarType t) { return t == kDouble ? 0x1p-52 : t == kFloat ? 0x1p-23 : t == kHalf ? 0x1p-10 : 0x1p-7; }

/// How far PyTorch's value may be: see the errors stated in ops/random.h; PyTorch's own vector functions have theirs.
double tolerance(const std::vector<std::string>& a, ScalarType t, double expected) {
  const double eps = epsilon(t);
  if (a[0] == "uniform") return a[3] == "0" && a[4] == "1" ? 0 : eps;
  if (a[0] == "normal" && std::stoll(a[2]) >= 16)
    return (4 * std::fabs(expected) + std::stod(a[4]) + std::fabs(std::stod(a[3]))) * eps;
  if (a[0] == "geometric" || a[0].substr(0, 6) == "random") return 0;
  if (t == kDouble) return (std::fabs(expected) + 1) * 1e-14;
  return std::fabs(expected) * eps;
}

void replay(const std::string& file, int least_lines) {
  std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/random/" + file);
  ASSERT_TRUE(in) << file;
  std::unique_ptr<GeneratorImpl> g = std::make_unique<GeneratorImpl>();
  int lines = 0;
  std::map<std::string, double> worst;
  for (std::string line; std::getline(in, line); ++lines) {
    const size_t colon = line.find(" : ");
    ASSERT_NE(colon, std::string::npos) << line;
    std::istringstream head(line.substr(0, colon)), body(line.substr(colon + 3));
    std::vector<std::string> a;
    for (std::string word; head >> word;) a.push_back(word);
    if (a[0] == "seed") {
      g->set_current_seed(std::stoull(a[1]));
      continue;
    }
    const Buffer out = run(*g, a);
    const int64_t n = out.n;
    int64_t compared = 0;
    for (int64_t i = 0; i < n; ++i) {
      if (!(n <= 64 || i < 20 || i >= n - 40 || i % 61 == 0)) continue;
      std::string word;
      ASSERT_TRUE(body >> word) << line.substr(0, colon) << ": " << i;
      ++compared;
      if (is_floating_point(out.dtype)) {
        Buffer expected(out.dtype, 1);
        const uint64_t bits = std::stoull(word, nullptr, 16);
        std::memcpy(expected.data(), &bits, element_size(out.dtype));
        const double e = expected.real(0), v = out.real(i), error = std::fabs(v - e);
        const double allowed = tolerance(a, out.dtype, e);
        ASSERT_LE(error, allowed) << line.substr(0, colon) << ": element " << i << " is " << v << ", PyTorch drew "
                                  << e;
        double& w = worst[a[0] + " " + a[1]];
        w = std::max(w, error == 0 ? 0 : error / (std::fabs(e) * epsilon(out.dtype)));
      } else {
        ASSERT_EQ(out.integer(i), std::stoll(word)) << line.substr(0, colon) << ": element " << i;
      }
    }
    std::string word;
    ASSERT_FALSE(body >> word) << line.substr(0, colon) << ": more values than elements";
  }
  EXPECT_GE(lines, least_lines);
  if (std::getenv("LAMPAS_TEST_VERBOSE"))
    for (const auto& [op, error] : worst)
      std::printf("%-20s largest relative difference %.3g epsilon\n", op.c_str(), error);
}

}  // namespace

TEST(RandomStream, RealDistributions) { replay("real.txt", 500); }
TEST(RandomStream, IntegersPermutationsAndMasks) { replay("integer.txt", 200); }
