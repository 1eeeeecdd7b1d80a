// Several thousand expressions, one line each, against what LibTorch 1.13 gives (tools/goldens/expressions.sh).
#include "expressions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <optional>

namespace expressions {
namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string w; in >> w;) all.push_back(w);
  return all;
}
/// "magnitude=2.5;" is 2.5.
std::optional<double> value(const std::string& word, const std::string& field) {
  if (word.compare(0, field.size(), field) != 0) return std::nullopt;
  return std::stod(word.substr(field.size()));
}
/// Relative error of one rounding, times what a handful of them and of library functions may add up to.
double tolerance(const std::string& dtype) {
  if (dtype == "c10::BFloat16") return 2e-2;
  if (dtype == "c10::Half") return 3e-3;
  return dtype == "double" ? 1e-7 : 2e-5;
}

/// What an element that should be zero may be instead.
constexpr double kZero = 1e-6;

/// Whether two lines say the same. A sum may be off by the elements' errors, which is why the weighted one is held
/// against the magnitudes.
bool agree(const std::string& ours, const std::string& theirs) {
  const auto a = words(ours), b = words(theirs);
  if (a.size() != b.size()) return false;
  double allowed = 2e-5;
  for (size_t i = 0; i < a.size(); ++i) {
    for (const char* dtype : {"float", "double", "c10::Half", "c10::BFloat16"})
      if (b[i] == dtype) allowed = tolerance(dtype);
    if (a[i] == b[i]) continue;
    const auto x = value(a[i], "weighted="), y = value(b[i], "weighted=");
    if (x && y) {
      const auto magnitude = i + 1 < b.size() ? value(b[i + 1], "magnitude=") : std::nullopt;
      if (!magnitude || std::fabs(*x - *y) > allowed * *magnitude + kZero) return false;
      continue;
    }
    const auto m = value(a[i], "magnitude="), n = value(b[i], "magnitude=");
    if (!m || !n || std::fabs(*m - *n) > allowed * *n + kZero) return false;
  }
  return true;
}

std::string name_of(const std::string& line) { return line.substr(0, line.rfind(" = ")); }

TEST(Expressions, AgreeWithLibTorch) {
  std::ifstream file(LAMPAS_TEST_DATA "/expressions.txt");
  ASSERT_TRUE(file);
  const Lines ours = all_lines();
  std::string theirs;
  size_t compared = 0, beyond = 0;
  for (const std::string& line : ours) {
    ASSERT_TRUE(std::getline(file, theirs)) << "the golden file ends before " << line;
    ASSERT_EQ(name_of(line), name_of(theirs));
    if (theirs.size() >= 6 && theirs.compare(theirs.size() - 6, 6, "throws") == 0 && line != theirs) {
      ++beyond;  // LibTorch's CPU build lacks the dtype
      continue;
    }
    EXPECT_TRUE(agree(line, theirs)) << "lampas:   " << line << "\nLibTorch: " << theirs;
    ++compared;
  }
  EXPECT_FALSE(std::getline(file, theirs)) << "the golden file goes on with " << theirs;
  EXPECT_GT(compared, 3000u);
  RecordProperty("compared", static_cast<int>(compared));
  RecordProperty("beyond", static_cast<int>(beyond));
}

}  // namespace
}  // namespace expressions
