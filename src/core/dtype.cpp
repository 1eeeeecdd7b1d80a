#include "lampas/core/dtype.h"

#include <atomic>
#include <ostream>

#include "lampas/base/error.h"

namespace lampas {
namespace {

/// 0 bool, 1 integer, 2 floating, 3 complex.
constexpr int kind_of(ScalarType t) { return t == kBool ? 0 : is_integral(t) ? 1 : is_floating_point(t) ? 2 : 3; }

std::atomic<ScalarType> default_dtype{kFloat};

constexpr const char* dtype_names[] = {"Byte",         "Char",          "Short",    "Int",  "Long",
                                       "Half",         "Float",         "Double",   "Bool", "BFloat16",
                                       "ComplexFloat", "ComplexDouble", "Undefined"};

}  // namespace

ScalarType promote_types(ScalarType a, ScalarType b) {
  if (a == b) return a;
  if (a == ScalarType::Undefined || b == ScalarType::Undefined) return ScalarType::Undefined;
  const int kind_a = kind_of(a), kind_b = kind_of(b);
  if (kind_a != kind_b) {
    const ScalarType high = kind_a > kind_b ? a : b, low = kind_a > kind_b ? b : a;
    // Only a double has more precision than complex64 keeps; every other mix of kinds takes the higher kind as it is.
    return high == kComplexFloat && low == kDouble ? kComplexDouble : high;
  }
  const bool a_is_wider = element_size(a) > element_size(b);
  if (element_size(a) == element_size(b))
    return kind_a == 1 ? kShort : kFloat;  // uint8 with int8, float16 with bfloat16
  return a_is_wider ? a : b;
}

bool can_cast(ScalarType from, ScalarType to) {
  if (from == ScalarType::Undefined || to == ScalarType::Undefined) return false;
  if (is_complex(from) && !is_complex(to)) return false;
  if (is_floating_point(from) && is_integral(to)) return false;
  return from == kBool || to != kBool;
}

const char* name(ScalarType t) {
  const int i = static_cast<int>(t);
  return i >= 0 && i < kNumDtypes ? dtype_names[i] : dtype_names[kNumDtypes];
}

std::ostream& operator<<(std::ostream& os, ScalarType t) { return os << name(t); }
std::ostream& operator<<(std::ostream& os, TypeMeta t) { return os << t.name(); }

ScalarType get_default_dtype() { return default_dtype.load(std::memory_order_relaxed); }

void set_default_dtype(ScalarType t) {
  check_type(t != ScalarType::Undefined, "set_default_dtype: expected a dtype, got ", t);
  default_dtype.store(t, std::memory_order_relaxed);
}

}  // namespace lampas
