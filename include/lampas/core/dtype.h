#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "lampas/base/export.h"
#include "lampas/core/complex.h"
#include "lampas/core/half.h"

namespace lampas {

/// Element types. The numbering is stable: it is written to files and indexes kernel tables.
enum class ScalarType : int8_t {
  Byte,    // uint8
  Char,    // int8
  Short,   // int16
  Int,     // int32
  Long,    // int64
  Half,    // float16
  Float,   // float32
  Double,  // float64
  Bool,
  BFloat16,
  ComplexFloat,   // complex64: elementary arithmetic, functions and products only (ops/complex.h)
  ComplexDouble,  // complex128: likewise
  Undefined,
};
using Dtype = ScalarType;
inline constexpr int kNumDtypes = static_cast<int>(ScalarType::Undefined);

inline constexpr ScalarType kByte = ScalarType::Byte, kUInt8 = kByte, kU8 = kByte, kChar = ScalarType::Char,
                            kInt8 = kChar, kI8 = kChar, kShort = ScalarType::Short, kInt16 = kShort, kI16 = kShort,
                            kInt = ScalarType::Int, kInt32 = kInt, kI32 = kInt, kLong = ScalarType::Long,
                            kInt64 = kLong, kI64 = kLong, kHalf = ScalarType::Half, kFloat16 = kHalf, kF16 = kHalf,
                            kFloat = ScalarType::Float, kFloat32 = kFloat, kF32 = kFloat, kDouble = ScalarType::Double,
                            kFloat64 = kDouble, kF64 = kDouble, kBool = ScalarType::Bool,
                            kBFloat16 = ScalarType::BFloat16, kComplexFloat = ScalarType::ComplexFloat,
                            kComplex64 = kComplexFloat, kComplexDouble = ScalarType::ComplexDouble,
                            kComplex128 = kComplexDouble;

/// Calls `X(C++ type, enumerator)` for every dtype. (Undefine nothing: the argument is the caller's macro.)
// clang-format off
#define LAMPAS_FOR_EACH_DTYPE(X)                                             \
  X(uint8_t, Byte) X(int8_t, Char) X(int16_t, Short) X(int32_t, Int)         \
  X(int64_t, Long) X(::lampas::Half, Half) X(float, Float) X(double, Double) \
  X(bool, Bool) X(::lampas::BFloat16, BFloat16)                              \
  X(::lampas::complex<float>, ComplexFloat) X(::lampas::complex<double>, ComplexDouble)
// clang-format on

namespace detail {
template <class T>
struct DtypeOf;
#define LAMPAS_DTYPE_OF(T, name)                          \
  template <>                                             \
  struct DtypeOf<T> {                                     \
    static constexpr ScalarType value = ScalarType::name; \
  };
LAMPAS_FOR_EACH_DTYPE(LAMPAS_DTYPE_OF)
#undef LAMPAS_DTYPE_OF
template <>
struct DtypeOf<long long> {
  static constexpr ScalarType value = ScalarType::Long;
};
inline constexpr uint8_t dtype_sizes[] = {1, 1, 2, 4, 8, 2, 4, 8, 1, 2, 8, 16, 0};
}  // namespace detail

/// The dtype of a C++ type: `dtype_of<float> == kFloat`.
template <class T>
inline constexpr ScalarType dtype_of = detail::DtypeOf<T>::value;

/// Bytes per element.
constexpr size_t element_size(ScalarType t) { return detail::dtype_sizes[static_cast<int>(t)]; }
constexpr bool is_reduced_floating(ScalarType t) { return t == kHalf || t == kBFloat16; }
constexpr bool is_floating_point(ScalarType t) { return t == kFloat || t == kDouble || is_reduced_floating(t); }
constexpr bool is_complex(ScalarType t) { return t == kComplexFloat || t == kComplexDouble; }
constexpr bool is_integral(ScalarType t, bool include_bool = false) {
  return static_cast<int>(t) <= static_cast<int>(kLong) || (include_bool && t == kBool);
}
constexpr bool is_signed(ScalarType t) { return t != kByte && t != kBool; }
/// True for the dtypes gradients exist for.
constexpr bool is_differentiable(ScalarType t) { return is_floating_point(t) || is_complex(t); }

/// Smallest dtype both convert to without changing kind: PyTorch's promotion lattice for two tensors of one rank class.
LAMPAS_API ScalarType promote_types(ScalarType a, ScalarType b);
/// Whether an in-place or `out=` result of dtype `from` may be stored as `to` (float to integer and anything to bool:
/// no).
LAMPAS_API bool can_cast(ScalarType from, ScalarType to);

/// "Float", "Long", ...
LAMPAS_API const char* name(ScalarType t);
inline const char* toString(ScalarType t) { return name(t); }
inline size_t elementSize(ScalarType t) { return element_size(t); }
inline bool isFloatingType(ScalarType t) { return is_floating_point(t); }
inline bool isIntegralType(ScalarType t, bool include_bool = false) { return is_integral(t, include_bool); }
inline bool isComplexType(ScalarType t) { return is_complex(t); }
LAMPAS_API std::ostream& operator<<(std::ostream& os, ScalarType t);
inline void append(std::string& s, ScalarType t) { s += name(t); }

/// What floating-point factories and integer-to-float ops use: float32 unless changed.
LAMPAS_API ScalarType get_default_dtype();
LAMPAS_API void set_default_dtype(ScalarType t);

/// A dtype as LibTorch's `tensor.dtype()` gives it: compares with, and converts to and from, `ScalarType`.
class TypeMeta {
 public:
  constexpr TypeMeta(ScalarType t = ScalarType::Undefined) : type_(t) {}
  template <class T>
  static constexpr TypeMeta Make() {
    return TypeMeta(dtype_of<T>);
  }
  static constexpr TypeMeta fromScalarType(ScalarType t) { return TypeMeta(t); }
  constexpr operator ScalarType() const { return type_; }
  constexpr ScalarType toScalarType() const { return type_; }
  constexpr size_t itemsize() const { return element_size(type_); }
  const char* name() const;
  template <class T>
  constexpr bool Match() const {
    return type_ == dtype_of<T>;
  }
  friend constexpr bool operator==(TypeMeta a, TypeMeta b) { return a.type_ == b.type_; }
  friend constexpr bool operator!=(TypeMeta a, TypeMeta b) { return a.type_ != b.type_; }
  friend constexpr bool operator==(TypeMeta a, ScalarType b) { return a.type_ == b; }
  friend constexpr bool operator!=(TypeMeta a, ScalarType b) { return a.type_ != b; }
  friend constexpr bool operator==(ScalarType a, TypeMeta b) { return a == b.type_; }
  friend constexpr bool operator!=(ScalarType a, TypeMeta b) { return a != b.type_; }

 private:
  ScalarType type_;
};
LAMPAS_API std::ostream& operator<<(std::ostream& os, TypeMeta t);
inline const char* TypeMeta::name() const {
  constexpr const char* c_names[] = {"unsigned char",
                                     "signed char",
                                     "short int",
                                     "int",
                                     "long int",
                                     "c10::Half",
                                     "float",
                                     "double",
                                     "bool",
                                     "c10::BFloat16",
                                     "c10::complex<float>",
                                     "c10::complex<double>",
                                     "nullptr (uninitialized)"};
  return c_names[static_cast<int>(type_)];
}
inline void append(std::string& s, TypeMeta t) { s += lampas::name(t.toScalarType()); }

}  // namespace lampas
