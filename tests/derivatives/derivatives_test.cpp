// Every public op with a floating-point result has a derivative, but for those that cannot have one.
#include "derivatives.h"

#include <gtest/gtest.h>

namespace {

/// Results that do not depend on the values of the inputs, that are drawn at random, or constant almost everywhere with
/// a result PyTorch, too, gives no history; `detach`, which is there to drop it; the unique elements, for which PyTorch
/// has no derivative either.
const std::set<std::string> kWithout = {
    "bernoulli", "multinomial", "empty_like", "zeros_like", "ones_like",          "full_like",
    "rand_like", "randn_like",  "poisson",    "histc",      "histogram",          "bincount",
    "nextafter", "resize_as",   "bucketize",  "normal",     "logspace",           "result_type",
    "detach",    "_unique",     "_unique2",   "unique_dim", "unique_consecutive", "unique_dim_consecutive"};

std::string joined(const std::set<std::string>& s) {
  std::string text;
  for (const auto& n : s) text += " " + n;
  return text;
}

}  // namespace

TEST(Derivatives, ListOfOpsWithout) {
  manual_seed(0);
  Report report;
  {
    const WarningHandler before = set_warning_handler([](const std::string&) {});
    call_every_op(report);
    set_warning_handler(before);
  }
  EXPECT_GT(report.with.size(), 60u);
  std::set<std::string> missing;
  for (const auto& name : report.without)
    if (!report.with.count(name) && !kWithout.count(name)) missing.insert(name);
  EXPECT_TRUE(missing.empty()) << "without a derivative:" << joined(missing);
  std::set<std::string> refused;
  for (const auto& name : report.refused)
    if (!report.with.count(name) && !report.without.count(name)) refused.insert(name);
  std::printf("%zu ops with a derivative\nwithout:%s\nnot called with these arguments:%s\nof other signatures:%s\n",
              report.with.size(), joined(report.without).c_str(), joined(refused).c_str(),
              joined(report.skipped).c_str());
}
