#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lampas/base/error.h"

/// The message of the lampas::Error that f() throws.
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const lampas::Error& e) {
    return e.what();
  }
  return "no error";
}

/// The expression throws a lampas::Error whose message contains `phrase`.
#define EXPECT_ERROR(expr, phrase) \
  EXPECT_NE(error_of([&] { expr; }).find(phrase), std::string::npos) << error_of([&] { expr; })
