#include "lampas/base/error.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

using namespace lampas;

TEST(Error, TextNamesValues) {
  EXPECT_EQ(str("a ", 1, " ", -2ll, " ", 3u, " ", true, " ", 'c', " ", std::string("s")), "a 1 -2 3 true c s");
  EXPECT_EQ(str(IntArrayRef{2, 3}, std::vector<int64_t>{}, std::array<int64_t, 1>{7}), "[2, 3][][7]");
  EXPECT_EQ(str(static_cast<const char*>(nullptr)), "(null)");
}

TEST(Error, SizesPrint) {
  std::ostringstream stream;
  stream << IntArrayRef{2, 3} << ArrayRef<int64_t>();
  EXPECT_EQ(stream.str(), "[2, 3][]");
}

TEST(Error, NumbersAreShortAndExact) {
  EXPECT_EQ(str(0.5), "0.5");
  EXPECT_EQ(str(0.1), "0.1");
  EXPECT_EQ(str(0.1f), "0.1");
  EXPECT_EQ(str(100000.0), "100000");
  EXPECT_EQ(str(1e300), "1e+300");
  EXPECT_EQ(str(16777217.0), "16777217");
  EXPECT_EQ(str(1.0 / 3), "0.33333333333333331");
  EXPECT_EQ(str(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(str(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_NE(str(std::numeric_limits<double>::quiet_NaN()).find("nan"), std::string::npos);
}

TEST(Error, ChecksThrowTheirType) {
  EXPECT_NO_THROW(check(true, "unused"));
  EXPECT_THROW(check(false, "x"), Error);
  EXPECT_THROW(check_index(false, "x"), IndexError);
  EXPECT_THROW(check_value(false, "x"), ValueError);
  EXPECT_THROW(check_type(false, "x"), TypeError);
  try {
    check_index(false, "op: got ", 3);
    FAIL();
  } catch (const Error& e) {  // thrown here, typed in the library
    EXPECT_STREQ(e.what(), "op: got 3");
    EXPECT_EQ(e.msg(), "op: got 3");
    EXPECT_STREQ(e.what_without_backtrace(), "op: got 3");
  }
  try {
    ArrayRef<int64_t>().at(2);
    FAIL();
  } catch (const IndexError& e) {  // thrown in the library, caught here
    EXPECT_STREQ(e.what(), "ArrayRef: index 2 is out of range for 0 elements");
  }
}

namespace {
std::string last_warning;
}
TEST(Error, WarningsGoToTheHandler) {
  WarningHandler before = set_warning_handler([](const std::string& m) { last_warning = m; });
  warn("careful");
  EXPECT_EQ(last_warning, "careful");
  EXPECT_NE(set_warning_handler(before), nullptr);
  testing::internal::CaptureStderr();
  warn("printed");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "lampas: warning: printed\n");
}
