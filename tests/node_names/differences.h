#pragma once

#include <vector>

namespace node_names {

/// An expression whose nodes are not LibTorch's, with the name of its (first) node here.
struct Difference {
  const char* expression;
  const char* name;
};
/// All of them, by reason.
const std::vector<Difference>& differences();

}  // namespace node_names
