// Printed tensors against LibTorch's text, byte for byte (tools/goldens/printing makes it).
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"

#define LAMPAS_CASES_LIB lampas
#include "tensor/printing_cases.h"

namespace {

using namespace lampas;

std::map<std::string, std::string> goldens() {
  std::ifstream file(LAMPAS_TEST_DATA "/printing/libtorch.txt");
  std::map<std::string, std::string> all;
  std::string line, name;
  while (std::getline(file, line)) {
    if (line.rfind("=== ", 0) == 0)
      name = line.substr(4);
    else
      all[name] += line + "\n";
  }
  return all;
}

TEST(Printing, MatchesLibTorch) {
  const auto expected = goldens();
  const auto cases = printing_cases::cases();
  ASSERT_EQ(expected.size(), cases.size());
  for (const auto& c : cases) {
    std::ostringstream os;
    if (c.linesize == 80)
      os << c.tensor;
    else
      print(os, c.tensor, c.linesize);
    const auto golden = expected.find(c.name);
    ASSERT_NE(golden, expected.end()) << c.name;
    EXPECT_EQ(os.str() + "\n", golden->second) << c.name;
  }
}

TEST(Printing, NarrowLinesKeepOneColumn) {
  std::ostringstream os;
  print(os, printing_cases::make({1, 2}, {1, 2}, kFloat), 1);
  EXPECT_EQ(os.str(), "Columns 1 to 1 1\n\nColumns 2 to 2 2\n[ CPUFloatType{1,2} ]");
}

TEST(Printing, LeavesTheStreamAlone) {
  std::ostringstream os;
  os.precision(3);
  os << printing_cases::make({1}, {1e10}, kFloat) << " " << 3.14159;
  EXPECT_EQ(os.str(), " 1.0000e+10\n[ CPUFloatType{1} ] 3.14");
}

TEST(Printing, ComplexPrintsRealParts) {
  std::ostringstream os;
  os << full({2}, complex<double>(1.5, 2), TensorOptions(kComplexDouble));
  EXPECT_EQ(os.str(), " 1.5000\n 1.5000\n[ CPUComplexDoubleType{2} ]");
}

TEST(Printing, PrintMethodNamesTypeAndSizes) {
  testing::internal::CaptureStderr();
  zeros({2, 3}).print();
  Tensor().print();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "[CPUFloatType [2, 3]]\n[UndefinedTensor]\n");
}

}  // namespace
