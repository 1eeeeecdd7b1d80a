#pragma once

#include <gtest/gtest.h>
#include <lampas/autograd/gradcheck.h>
#include <lampas/lampas.h>

#include <string>
#include <vector>

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}
#define EXPECT_ERROR(expr, phrase) \
  EXPECT_NE(error_of([&] { expr; }).find(phrase), std::string::npos) << error_of([&] { expr; })

inline lampas::Tensor leaf(std::vector<double> v) { return lampas::tensor(v, lampas::kDouble).requires_grad_(); }

/// Collects warnings for a scope.
class Warnings {
 public:
  Warnings() : before_(lampas::set_warning_handler([](const std::string& s) { list().push_back(s); })) {
    list().clear();
  }
  ~Warnings() { lampas::set_warning_handler(before_); }
  static std::vector<std::string>& list() {
    static std::vector<std::string> l;
    return l;
  }
  std::string all() const {
    std::string s;
    for (const auto& w : list()) s += w + "\n";
    return s;
  }

 private:
  lampas::WarningHandler before_;
};
