#pragma once

#include <cstdint>

namespace c10 {
template <class Container>
int64_t sum_integers(const Container& all) {
  int64_t sum = 0;
  for (const auto v : all) sum += static_cast<int64_t>(v);
  return sum;
}
template <class Container>
int64_t multiply_integers(const Container& all) {
  int64_t product = 1;
  for (const auto v : all) product *= static_cast<int64_t>(v);
  return product;
}
}  // namespace c10
