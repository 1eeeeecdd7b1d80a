#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lampas/base/error.h"

/// The statement throws a lampas::Error whose message contains `text`.
#define EXPECT_THROWS_WITH(statement, text)                                     \
  try {                                                                         \
    (void)(statement);                                                          \
    ADD_FAILURE() << #statement << " did not throw";                            \
  } catch (const lampas::Error& e) {                                            \
    EXPECT_NE(std::string(e.what()).find(text), std::string::npos) << e.what(); \
  }
