// Names and next functions of the nodes of a thousand expressions against LibTorch's (tools/goldens/node_names.sh).
#include "node_names.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "differences.h"

namespace node_names {
namespace {

/// "expression", "nodes" of "expression = nodes".
std::pair<std::string, std::string> parts(const std::string& line) {
  const size_t at = line.rfind(" = ");
  return {line.substr(0, at), line.substr(at + 3)};
}
std::string first_name(const std::string& nodes) { return nodes.substr(0, nodes.find_first_of("(;#")); }

/// Without edges that lead nowhere: of an operand that is a number or cannot have a gradient there is an edge, to keep
/// recording simple, where LibTorch has none.
std::string without_empty_edges(const std::string& nodes) {
  std::string s;
  for (size_t k = 0; k < nodes.size(); ++k) {
    if (nodes[k] == '-') {
      if (nodes.compare(k, 3, "-, ") == 0) k += 2;
      continue;
    }
    s += nodes[k];
  }
  for (size_t at; (at = s.find(", )")) != std::string::npos;) s.erase(at, 2);
  return s;
}

std::map<std::string, std::string> listed() {
  std::map<std::string, std::string> all;
  for (const Difference& d : differences())
    EXPECT_TRUE(all.emplace(d.expression, d.name).second) << d.expression << " is listed twice";
  return all;
}

TEST(NodeNames, AgreeWithLibTorch) {
  std::ifstream file(LAMPAS_TEST_DATA "/node_names.txt");
  ASSERT_TRUE(file);
  std::map<std::string, std::string> different = listed();
  std::string theirs;
  size_t equal = 0;
  for (const std::string& line : all_lines()) {
    ASSERT_TRUE(std::getline(file, theirs)) << "the golden file ends before " << line;
    const auto [expression, nodes] = parts(line);
    const auto [golden_expression, golden] = parts(theirs);
    ASSERT_EQ(expression, golden_expression);
    if (const auto it = different.find(expression); it != different.end()) {
      EXPECT_EQ(first_name(nodes), it->second) << line;
      EXPECT_NE(without_empty_edges(nodes), without_empty_edges(golden)) << "listed, but equal: " << line;
      different.erase(it);
      continue;
    }
    EXPECT_EQ(without_empty_edges(nodes), without_empty_edges(golden)) << expression;
    ++equal;
  }
  EXPECT_FALSE(std::getline(file, theirs)) << "the golden file goes on with " << theirs;
  for (const auto& [expression, name] : different) ADD_FAILURE() << "listed, but not an expression: " << expression;
  EXPECT_GT(equal, 850u);
}

TEST(NodeNames, ComparisonSeesOrderAndNames) {
  EXPECT_EQ(without_empty_edges("AddBackward1(ExpBackward0, -)"), "AddBackward1(ExpBackward0)");
  EXPECT_EQ(without_empty_edges("WhereBackward0(-, -, SinBackward0)"), "WhereBackward0(SinBackward0)");
  EXPECT_EQ(without_empty_edges("PowBackward1(-, -)"), "PowBackward1()");
  EXPECT_NE(without_empty_edges("F(A, B)"), without_empty_edges("F(B, A)"));
  EXPECT_EQ(first_name("MaxBackward0(ExpBackward0); constant"), "MaxBackward0");
}

}  // namespace
}  // namespace node_names
