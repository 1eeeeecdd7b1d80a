#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

/// Every question to an undefined tensor throws, but cannot name the op or the argument.
inline void check_defined(const char* op, const Tensor& t, const char* what = "input") {
  check(t.defined(), op, ": ", what, " is undefined");
}

}  // namespace lampas
