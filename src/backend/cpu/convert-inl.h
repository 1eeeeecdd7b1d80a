// Per-target header: contiguous conversions between element types, the rules of run_copy (backend/pointwise.h).
#if defined(LAMPAS_BACKEND_CPU_CONVERT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_CONVERT_INL_H_
#undef LAMPAS_BACKEND_CPU_CONVERT_INL_H_
#else
#define LAMPAS_BACKEND_CPU_CONVERT_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "backend/cpu/convert.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
inline constexpr bool is_reduced = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;
template <class T>
inline constexpr bool is_complex_type = std::is_same_v<T, complex<float>> || std::is_same_v<T, complex<double>>;

/// A value strictly inside the range of `Int`, or the smallest `Int` (as the processor's own conversion gives) for what
/// is not.
template <class Int, class F>
HWY_INLINE Int float_to_int(F x) {
  constexpr F low = static_cast<F>(std::numeric_limits<Int>::min());
  return static_cast<Int>((x >= low) & (x < -low) ? x : low);
}

/// One element; reduced floats are handled a level above, bools arrive as bytes.
template <class To, class From>
HWY_INLINE To convert_one(From x) {
  if constexpr (is_complex_type<From>) {
    if constexpr (is_complex_type<To>)
      return To(x);
    else if constexpr (std::is_same_v<To, bool>)
      return (x.real() != 0) | (x.imag() != 0);
    else
      return convert_one<To>(x.real());
  } else if constexpr (is_complex_type<To>) {
    return To(convert_one<typename To::value_type>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Wide = std::conditional_t<sizeof(To) == 8, int64_t, int32_t>;
    return static_cast<To>(float_to_int<Wide>(x));
  } else {
    return static_cast<To>(x);
  }
}

/// How an element type is read: any non-zero byte is true.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <class To, class From>
void convert_loop(const void* src, void* dst, int64_t n) {
  const Stored<From>* s = static_cast<const Stored<From>*>(src);
  To* d = static_cast<To*>(dst);
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<To, float> && std::is_integral_v<From> && sizeof(From) <= 2) {
    // From bytes to lanes at once; the compiler would widen twice.
    const hn::ScalableTag<float> df;
    const hn::Rebind<Stored<From>, decltype(df)> narrow;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(df));
    for (; i + lanes <= n; i += lanes) {
      auto v = hn::LoadU(narrow, s + i);
      if constexpr (std::is_same_v<From, bool>) v = hn::Min(v, hn::Set(narrow, uint8_t{1}));
      hn::StoreU(hn::ConvertTo(df, hn::PromoteTo(hn::Rebind<int32_t, decltype(df)>(), v)), df, d + i);
    }
  }
#endif
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  // What float_to_int gives for values out of range, the instruction gives by itself.
  if constexpr (std::is_same_v<From, float> && std::is_integral_v<To> && sizeof(To) == 1 && !std::is_same_v<To, bool>) {
#if HWY_TARGET == HWY_AVX3
    for (; i + 16 <= n; i += 16)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(d + i),
                       _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(_mm512_loadu_ps(s + i))));
#else
    const __m256i low = _mm256_set1_epi32(0xFF), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const auto byte = [&](int64_t k)
                          HWY_ATTR { return _mm256_and_si256(_mm256_cvttps_epi32(_mm256_loadu_ps(s + k)), low); };
    for (; i + 32 <= n; i += 32) {
      const __m256i a = _mm256_packus_epi32(byte(i), byte(i + 8)), b = _mm256_packus_epi32(byte(i + 16), byte(i + 24));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(d + i),
                          _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order));
    }
#endif
  }
#endif
#pragma GCC ivdep
  for (; i < n; ++i) {
    if constexpr (std::is_same_v<From, bool>)
      d[i] = convert_one<To>(static_cast<int>(std::min<unsigned>(s[i], 1)));  // no comparison: it would branch
    else
      d[i] = convert_one<To>(s[i]);
  }
}

/// float <-> float16 and bfloat16, and those to one another.
template <class To, class From>
void convert_reduced(const void* src, void* dst, int64_t n) {
  const From* s = static_cast<const From*>(src);
  To* d = static_cast<To*>(dst);
  const hn::ScalableTag<float> df;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(df));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) store_as(df, load_as(df, s + i), d + i);
  if (i < n) store_tail(df, load_tail(df, s + i, static_cast<size_t>(n - i)), d + i, static_cast<size_t>(n - i));
}

inline constexpr int64_t kConvertBlock = 512;

template <class To, class From>
void convert_any(const void* src, void* dst, int64_t n) {
  constexpr bool from_reduced = is_reduced<From>, to_reduced = is_reduced<To>;
  if constexpr (std::is_same_v<To, From> && !std::is_same_v<To, bool>) {
    if (n > 0) std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(To));
  } else if constexpr ((from_reduced || std::is_same_v<From, float>)&&(to_reduced || std::is_same_v<To, float>)) {
    convert_reduced<To, From>(src, dst, n);
  } else if constexpr (from_reduced || to_reduced) {
    HWY_ALIGN float block[kConvertBlock];
    const From* s = static_cast<const From*>(src);
    To* d = static_cast<To*>(dst);
    for (int64_t i = 0; i < n; i += kConvertBlock) {
      const int64_t k = std::min(kConvertBlock, n - i);
      convert_any<float, From>(s + i, block, k);
      convert_any<To, float>(block, d + i, k);
    }
  } else {
    convert_loop<To, From>(src, dst, n);
  }
}

template <class From>
void set_conversions() {
  cpu::ConvertFn** row = cpu::convert_functions[static_cast<int>(dtype_of<From>)];
#define LAMPAS_SET(T, name) row[static_cast<int>(ScalarType::name)] = &convert_any<T, From>;
  LAMPAS_FOR_EACH_DTYPE(LAMPAS_SET)
#undef LAMPAS_SET
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_CONVERT_INL_H_
