// Bits and divisors of integers; and, or and xor of bools.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_bits_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#define LAMPAS_BITWISE(Name, op)                                                                       \
  template <class T>                                                                                   \
  struct Name##Int : NoParams, PlainOp<T, T, T> {                                                      \
    using NoParams::NoParams;                                                                          \
    HWY_INLINE T operator()(T x, T y) const { return static_cast<T>(x op y); }                         \
  };                                                                                                   \
  template <class T>                                                                                   \
  struct Name##Bool : NoParams, PlainOp<uint8_t, T, T> {                                               \
    using NoParams::NoParams;                                                                          \
    HWY_INLINE uint8_t operator()(T x, T y) const { return static_cast<uint8_t>(wide(x) op wide(y)); } \
  };
LAMPAS_BITWISE(And, &)
LAMPAS_BITWISE(Or, |)
LAMPAS_BITWISE(Xor, ^)
#undef LAMPAS_BITWISE

template <class T>
HWY_INLINE bool within_width(T count) {
  return static_cast<uint64_t>(static_cast<int64_t>(count)) < sizeof(T) * 8;
}
template <class T>
struct LeftShift : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return within_width(y) ? static_cast<T>(wrap(x) << y) : T(0); }
};
template <class T>
struct RightShift : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const {
    return static_cast<T>(x >> (within_width(y) ? static_cast<int>(y) : static_cast<int>(sizeof(T) * 8 - 1)) >>
                          (std::is_unsigned_v<T> && !within_width(y)));
  }
};

template <class T>
HWY_INLINE auto magnitude(T x) {
  return x < 0 ? static_cast<decltype(wrap(x))>(0 - wrap(x)) : wrap(x);
}
template <class U>
HWY_INLINE U gcd_of(U a, U b) {
  while (b != 0) {
    const U r = a % b;
    a = b;
    b = r;
  }
  return a;
}
template <class T>
struct Gcd : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return static_cast<T>(gcd_of(magnitude(x), magnitude(y))); }
};
template <class T>
struct Lcm : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const {
    const auto g = gcd_of(magnitude(x), magnitude(y));
    return g == 0 ? T(0) : static_cast<T>(magnitude(x) / g * magnitude(y));
  }
};

void fill_slots() {
  set_integers<AndInt>(bitwise_and_kernel);
  set_bool<AndBool>(bitwise_and_kernel);
  set_integers<OrInt>(bitwise_or_kernel);
  set_bool<OrBool>(bitwise_or_kernel);
  set_integers<XorInt>(bitwise_xor_kernel);
  set_bool<XorBool>(bitwise_xor_kernel);
  set_integers<LeftShift>(bitwise_left_shift_kernel);
  set_integers<RightShift>(bitwise_right_shift_kernel);
  set_integers<Gcd>(gcd_kernel);
  set_integers<Lcm>(lcm_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
