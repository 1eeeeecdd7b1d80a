#pragma once

#include <memory>
#include <utility>

#include "torch/namespaces.h"

namespace torch {

template <class T, class... A>
auto make_unique(A&&... arguments) {
  return std::make_unique<T>(std::forward<A>(arguments)...);
}

}  // namespace torch
