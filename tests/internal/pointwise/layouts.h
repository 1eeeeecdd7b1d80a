#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "backend/cpu/kernel_set.h"
#include "backend/pointwise.h"
#include "hwy/targets.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/base/error.h"

namespace lampas::test {

/// Lets every kernel of the library run as compiled for each instruction set of this machine in turn.
template <class F>
void for_each_target(const F& f) {
  const int64_t supported = hwy::SupportedTargets();
  const auto select = [](int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    cpu::KernelSet::refill_all();
  };
  for (int64_t target : {int64_t{HWY_AVX3}, int64_t{HWY_AVX2}, int64_t{HWY_NEON}, int64_t{HWY_SCALAR}}) {
    if (target != HWY_SCALAR && !(supported & target)) continue;
    SCOPED_TRACE(hwy::TargetName(target));
    select(target);
    f();
    if (testing::Test::HasFatalFailure()) break;
  }
  select(0);
}

/// Elements laid out in memory with given strides (in elements, >= 0), guard bytes around them.
template <class T>
class Strided {
 public:
  Strided(std::vector<int64_t> sizes, std::vector<int64_t> strides, int64_t offset = 0)
      : sizes_(std::move(sizes)), strides_(std::move(strides)), offset_(offset) {
    int64_t last = 0;
    for (size_t d = 0; d < sizes_.size(); ++d) last += sizes_[d] > 0 ? (sizes_[d] - 1) * strides_[d] : 0;
    memory_.assign((last + 1 + offset) * sizeof(T) + 2 * kGuard + 64, kByte);
    first_ = kGuard + (64 - reinterpret_cast<uintptr_t>(memory_.data()) % 64) % 64;  // starts a cache line
  }
  T* data() { return reinterpret_cast<T*>(memory_.data() + first_) + offset_; }
  Operand operand() { return {data(), strides_.data(), dtype()}; }
  static ScalarType dtype() { return dtype_of<T>; }
  int64_t numel() const {
    int64_t n = 1;
    for (int64_t s : sizes_) n *= s;
    return n;
  }
  /// Element i in row-major order of the sizes.
  T& at(int64_t i) {
    int64_t at = 0;
    for (size_t d = sizes_.size(); d-- > 0;) {
      at += i % sizes_[d] * strides_[d];
      i /= sizes_[d];
    }
    return data()[at];
  }
  T get(int64_t i) {
    T v;
    std::memcpy(static_cast<void*>(&v), &at(i), sizeof(T));
    return v;
  }
  const std::vector<int64_t>& sizes() const { return sizes_; }
  const std::vector<unsigned char>& bytes() const { return memory_; }
  /// Whether memory that belongs to no element is as it was made.
  bool untouched_outside() {
    std::vector<bool> used(memory_.size(), false);
    for (int64_t i = 0; i < numel(); ++i) {
      const size_t begin = static_cast<size_t>(reinterpret_cast<unsigned char*>(&at(i)) - memory_.data());
      for (size_t b = 0; b < sizeof(T); ++b) used[begin + b] = true;
    }
    for (size_t b = 0; b < memory_.size(); ++b)
      if (!used[b] && memory_[b] != kByte) return false;
    return true;
  }

 private:
  static constexpr size_t kGuard = 128;
  static constexpr unsigned char kByte = 0xA5;
  std::vector<int64_t> sizes_, strides_;
  int64_t offset_;
  size_t first_;
  std::vector<unsigned char> memory_;
};

/// One way to lay out a call: sizes, and strides for each of up to four operands (the first is the output).
struct Layout {
  std::string name;
  std::vector<int64_t> sizes;
  std::vector<std::vector<int64_t>> strides;
  std::vector<int64_t> offsets = {0, 0, 0, 0};
};

/// The layouts every kernel is tried on, for about `n` elements and `operands` operands.
inline std::vector<Layout> layouts(int64_t n, int operands) {
  const size_t k = static_cast<size_t>(operands);
  std::vector<Layout> all;
  all.push_back({"contiguous", {n}, std::vector<std::vector<int64_t>>(k, {1})});
  all.push_back({"offset by one element", {n}, std::vector<std::vector<int64_t>>(k, {1}), {1, 1, 1, 1}});
  all.push_back({"strided", {n}, std::vector<std::vector<int64_t>>(k, {2})});
  for (size_t i = 1; i < k; ++i) {
    Layout l{"input " + std::to_string(i) + " repeated", {n}, std::vector<std::vector<int64_t>>(k, {1})};
    l.strides[i] = {0};
    all.push_back(l);
    Layout t{"input " + std::to_string(i) + " transposed", {7, n}, std::vector<std::vector<int64_t>>(k, {n, 1})};
    t.strides[i] = {1, 7};
    all.push_back(t);
    Layout r{"input " + std::to_string(i) + " a repeated row", {3, n}, std::vector<std::vector<int64_t>>(k, {n, 1})};
    r.strides[i] = {0, 1};
    all.push_back(r);
    Layout c{"input " + std::to_string(i) + " a repeated column", {n, 3}, std::vector<std::vector<int64_t>>(k, {3, 1})};
    c.strides[i] = {1, 0};
    all.push_back(c);
  }
  Layout o{"output strided rows", {2, n}, std::vector<std::vector<int64_t>>(k, {n, 1})};
  o.strides[0] = {n + 3, 1};
  all.push_back(o);
  Layout t{"output transposed", {n, 5}, std::vector<std::vector<int64_t>>(k, {5, 1})};
  t.strides[0] = {1, n};
  all.push_back(t);
  return all;
}

inline const std::vector<int64_t>& kernel_sizes() {
  static const std::vector<int64_t> sizes = {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 1000, 4097};
  return sizes;
}

/// Bits as an integer that orders like the value; for distances in units in the last place.
template <class T>
int64_t ordered_bits(T x) {
  if constexpr (sizeof(T) == 8) {
    int64_t b;
    std::memcpy(&b, &x, 8);
    return b < 0 ? std::numeric_limits<int64_t>::min() - b : b;
  } else if constexpr (sizeof(T) == 4) {
    int32_t b;
    std::memcpy(&b, &x, 4);
    return b < 0 ? int64_t{std::numeric_limits<int32_t>::min()} - b : b;
  } else {
    int16_t b;
    std::memcpy(&b, &x, 2);
    return b < 0 ? int64_t{std::numeric_limits<int16_t>::min()} - b : b;
  }
}

template <class T>
inline constexpr bool is_float_type =
    std::is_floating_point_v<T> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

/// Equal, both NaN, or within `ulps` units in the last place.
template <class T>
bool close(T a, T b, int64_t ulps) {
  if constexpr (is_float_type<T>) {
    const auto x = static_cast<double>(a), y = static_cast<double>(b);
    if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
    if (x == y) return ulps > 0 || std::signbit(x) == std::signbit(y) || x != 0;
    return std::abs(ordered_bits(a) - ordered_bits(b)) <= ulps;
  } else {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
  }
}

template <class T>
std::string show(T v) {
  if constexpr (std::is_integral_v<T>)
    return std::to_string(v);
  else if constexpr (is_float_type<T>)
    return str(static_cast<double>(v));
  else
    return "(complex)";
}

}  // namespace lampas::test
