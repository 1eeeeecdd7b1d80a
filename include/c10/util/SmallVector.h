#pragma once

#include <type_traits>
#include <vector>

#include "lampas/base/small_vector.h"

namespace c10 {
/// Elements kept in place where they are plain, a vector otherwise.
template <class T, unsigned N = 5>
using SmallVector = std::conditional_t<std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>,
                                       lampas::SmallVector<T, N>, std::vector<T>>;
}  // namespace c10
namespace at {
using DimVector = c10::SmallVector<int64_t, 5>;
}
