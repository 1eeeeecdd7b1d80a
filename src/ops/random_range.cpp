// The bounds of random_(from, to) and randint, in the terms of random_range_kernel.
#include <bit>
#include <limits>

#include "lampas/base/error.h"
#include "ops/random.h"

namespace lampas {
namespace {

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min(), kHighest = std::numeric_limits<int64_t>::max();

/// Significand digits, and the largest finite value (as far as an int64 goes), of a floating dtype.
int digits_of(ScalarType t) { return t == kDouble ? 53 : t == kFloat ? 24 : t == kHalf ? 11 : 8; }
int64_t largest_of(ScalarType t) { return t == kHalf ? 65504 : kHighest; }

struct Bounds {
  int64_t lowest, highest;
};
Bounds integer_bounds(ScalarType t) {
  switch (t) {
    case kBool:
      return {0, 1};
    case kByte:
      return {0, 255};
    case kChar:
      return {-128, 127};
    case kShort:
      return {-32768, 32767};
    case kInt:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    default:
      return {kLowest, kHighest};
  }
}

/// Distance of a floating dtype's numbers around v, at least 1.
int64_t spacing(ScalarType t, int64_t v) {
  const uint64_t magnitude = v < 0 ? -static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  const int excess = std::bit_width(magnitude) - digits_of(t);
  return excess > 0 ? int64_t{1} << excess : 1;
}
/// Rounds to the dtype and back; what no int64 holds becomes the largest.
int64_t through(ScalarType t, int64_t v) {
  if (t == kDouble) {
    const double x = static_cast<double>(v);
    return x >= 0x1p63 ? kHighest : static_cast<int64_t>(x);
  }
  const float f = static_cast<float>(v);
  const float x = t == kFloat ? f : t == kHalf ? static_cast<float>(Half(f)) : static_cast<float>(BFloat16(f));
  return x >= 0x1p63f ? kHighest : x < -0x1p63f ? kLowest : static_cast<int64_t>(x);
}

/// Bounds for which PyTorch rounds a draw next to them out of the range move to the dtype's next number inside.
int64_t raise_lower(ScalarType t, int64_t from) {
  if (from == kHighest) return from;
  const int64_t next = through(t, from + 1);
  return next < from ? next + spacing(t, from + 1) : from;
}
int64_t lower_upper(ScalarType t, int64_t to) {
  if (to == kLowest) return to;
  const int64_t last = through(t, to - 1);
  return last >= to ? last - spacing(t, to - 1) : to;
}

void check_bounds(ScalarType t, int64_t from, int64_t last, const char* op) {
  const bool real = is_floating_point(t);
  const Bounds b = real ? Bounds{t == kHalf ? -largest_of(t) : kLowest, largest_of(t)} : integer_bounds(t);
  check_value(from >= b.lowest && from <= b.highest, op, ": from is out of bounds for ", t, ": ", from, " is not in [",
              b.lowest, ", ", b.highest, "]");
  check_value(last >= b.lowest && last <= b.highest, op, ": to - 1 is out of bounds for ", t, ": ", last,
              " is not in [", b.lowest, ", ", b.highest, "]");
}

}  // namespace

RandomRange random_range(ScalarType dtype, int64_t from, std::optional<int64_t> to, const char* op) {
  const bool real = is_floating_point(dtype);
  check_type(real || is_integral(dtype, true), op, ": expected an integer, boolean or floating-point dtype, got ",
             dtype);
  if (!to && from == kLowest) {
    check_type(dtype == kLong || (real && dtype != kHalf), op, ": the range of 64 bits is not in the reach of ", dtype);
    return {0, 0};
  }
  int64_t last;
  if (to) {
    check_value(from < *to, op, ": expects 'from' to be less than 'to', but got from=", from, " >= to=", *to);
    int64_t end = *to;
    if (real) {
      from = raise_lower(dtype, from);
      end = lower_upper(dtype, end);
      check_value(from < end, op,
                  ": expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from=", from,
                  " >= to=", end);
    }
    last = end - 1;
  } else if (real) {
    last = int64_t{1} << digits_of(dtype);
    from = raise_lower(dtype, from);
    check_value(from < last, op, ": expects 'from' to be less than 2^", digits_of(dtype), " for ", dtype,
                ", but got from=", from);
  } else {
    last = integer_bounds(dtype).highest;
  }
  check_bounds(dtype, from, last, op);
  return {static_cast<uint64_t>(last) - static_cast<uint64_t>(from) + 1, from};
}

}  // namespace lampas
