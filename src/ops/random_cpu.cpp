// Uniform, normal and Bernoulli fills: whole vectors of the Mersenne Twister's words at a time.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <type_traits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "core/generator_impl.h"
#include "ops/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random_cpu.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "ops/random-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using Lock = std::lock_guard<std::mutex>;

/// Bits of a fraction: those of the dtype's significand.
template <class T>
inline constexpr int fraction_bits = std::is_same_v<T, float>  ? 24
                                     : std::is_same_v<T, Half> ? 11
                                                               : 8;

/// Stores the first n elements of a vector.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_first(D d, hn::Vec<D> v, T* out, size_t n) {
  if (HWY_LIKELY(n >= hn::Lanes(d))) return hn::StoreU(v, d, out);
  if constexpr (sizeof(T) >= 4) return hn::BlendedStore(v, hn::FirstN(d, n), d, out);
  alignas(64) T buffer[hn::MaxLanes(d)];
  hn::Store(v, d, buffer);
  std::memcpy(out, buffer, n * sizeof(T));
}

template <int bits>
void uniform_run(const uint32_t* words, float* out, size_t n, float base, float scale) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<uint32_t> du;
  for (size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto x = hn::Mul(numerator<bits>(d, hn::Load(du, words + i)), hn::Set(d, 1.0f / (1 << bits)));
    store_first(d, hn::MulAdd(x, hn::Set(d, scale), hn::Set(d, base)), out + i, n - i);
  }
}

template <class T>
void uniform(GeneratorImpl& g, void* out, int64_t n, double from, double to) {
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  const float base = T(static_cast<float>(from)), scale = T(static_cast<float>(T(static_cast<float>(to))) - base);
  draw<1>(g, n, [&](const uint32_t* words, int64_t i, size_t m) {
    if constexpr (std::is_same_v<T, float>) {
      uniform_run<24>(words, y + i, m, base, scale);
    } else {
      alignas(64) float values[kWords];
      uniform_run<fraction_bits<T>>(words, values, m, base, scale);
      for (size_t k = 0; k < m; ++k) y[i + k] = T(values[k]);
    }
  });
}

template <>
void uniform<double>(GeneratorImpl& g, void* out, int64_t n, double from, double to) {
  const Lock lock(g.mutex_);
  double* y = static_cast<double*>(out);
  draw<2>(g, n, [&](const uint32_t* words, int64_t i, size_t m) {
    const hn::ScalableTag<double> d;
    for (size_t k = 0; k < m; k += hn::Lanes(d)) {
      const auto x = fraction(d, words + 2 * k);
      store_first(d, hn::MulAdd(x, hn::Set(d, to - from), hn::Set(d, from)), y + i + k, m - k);
    }
  });
}

// ---- remainders ----

/// High halves of the products of 32-bit lanes.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V multiply_high(D d, V a, V b) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, static_cast<uint32_t>(uint64_t{hn::GetLane(a)} * hn::GetLane(b) >> 32));
#else
  const auto even = hn::MulEven(a, b), odd = hn::MulEven(hn::ShiftRightLanes<1>(d, a), hn::ShiftRightLanes<1>(d, b));
  return hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
#endif
}

/// With reciprocal = floor(2^32 / divisor), the upper half of reciprocal * x is the quotient or one less: what is then
/// left is below twice the divisor, and the smaller of it and, modulo 2^32, it less the divisor is the remainder.
void remainders(uint32_t* words, int64_t n, uint32_t divisor) {
  const hn::ScalableTag<uint32_t> d;
  const auto by = hn::Set(d, divisor);
  const auto reciprocal = hn::Set(d, static_cast<uint32_t>((uint64_t{1} << 32) / std::max(divisor, 2u)));
  const size_t count = divisor == 1 ? 0 : static_cast<size_t>(n);
  if (divisor == 1) std::fill_n(words, n, 0u);
  for (size_t k = 0; k < count; k += hn::Lanes(d)) {
    const auto x = hn::LoadU(d, words + k);
    const auto left = hn::Sub(x, hn::Mul(multiply_high(d, reciprocal, x), by));
    hn::StoreU(hn::Min(left, hn::Sub(left, by)), d, words + k);
  }
}

// ---- normal ----

/// Rounds to the nearest number of 24 - drop significant bits, ties to even. For finite numbers in the normal range.
template <int drop, class D>
HWY_INLINE hn::Vec<D> round_bits(D d, hn::Vec<D> v) {
  const hn::Rebind<uint32_t, D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<drop>(bits), hn::Set(du, 1));
  const auto up = hn::Add(bits, hn::Add(odd, hn::Set(du, (1u << (drop - 1)) - 1)));
  return hn::BitCast(d, hn::And(up, hn::Set(du, ~((1u << drop) - 1))));
}

/// Box-Muller for a vector of pairs of numerators: radius from the first, angle from the second. For the reduced
/// types it rounds where PyTorch's scalar code does: float16 after radius and angle, bfloat16 after every operation.
template <class T, class D, class V = hn::Vec<D>>
HWY_INLINE void box_muller(D d, V first, V second, V mean, V std, V& cosines, V& sines) {
  const auto round = [&](V v) {
    if constexpr (std::is_same_v<T, Half>)
      return round_bits<13>(d, v);
    else if constexpr (std::is_same_v<T, BFloat16>)
      return round_bits<16>(d, v);
    else
      return v;
  };
  const auto round_each = [&](V v) {
    if constexpr (std::is_same_v<T, BFloat16>)
      return round(v);
    else
      return v;
  };
  // Scaling by a power of two is exact, so it may move into the operation that follows.
  constexpr float unit = 1.0f / (1 << fraction_bits<T>);
  const V u = hn::NegMulAdd(first, hn::Set(d, unit), hn::Set(d, 1.0f));
  const V radius = round(hn::Sqrt(round_each(hn::Mul(hn::Set(d, -2.0f), round_each(log_unit(d, u))))));
  const V angle = round(hn::Mul(hn::Set(d, 6.28318530717958647692f * unit), second));
  V s, c;
  sin_cos(d, angle, s, c);
  const V x = round_each(hn::Mul(radius, round_each(c))), y = round_each(hn::Mul(radius, round_each(s)));
  if constexpr (std::is_same_v<T, BFloat16>) {
    cosines = hn::Add(round(hn::Mul(x, std)), mean);
    sines = hn::Add(round(hn::Mul(y, std)), mean);
  } else {
    cosines = hn::MulAdd(x, std, mean);
    sines = hn::MulAdd(y, std, mean);
  }
}

/// Normals from whole blocks of 16 words: the first eight of a block give radii, the others angles; the cosines go to
/// the front.
template <class T>
void normal_blocks(const uint32_t* words, float* out, size_t n, float mean_value, float std_value) {
  constexpr int bits = fraction_bits<T>;
  const auto blocks_of = [&](auto d, size_t begin, size_t end) {  // at most eight lanes
    const hn::Rebind<uint32_t, decltype(d)> du;
    const auto mean = hn::Set(d, mean_value), std = hn::Set(d, std_value);
    for (size_t i = begin; i < end; i += 16)
      for (size_t k = i; k < i + 8; k += hn::Lanes(d)) {
        auto cosines = hn::Zero(d), sines = cosines;
        box_muller<T>(d, numerator<bits>(d, hn::LoadU(du, words + k)), numerator<bits>(d, hn::LoadU(du, words + k + 8)),
                      mean, std, cosines, sines);
        hn::StoreU(cosines, d, out + k);
        hn::StoreU(sines, d, out + k + 8);
      }
  };
  const hn::CappedTag<float, 8> half_block;
  size_t done = 0;
#if HWY_CAP_GE512  // two blocks at a time
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<uint32_t, decltype(d)> du;
  const auto mean = hn::Set(d, mean_value), std = hn::Set(d, std_value);
  for (; done + 32 <= n; done += 32) {
    const auto a = numerator<bits>(d, hn::LoadU(du, words + done)),
               b = numerator<bits>(d, hn::LoadU(du, words + done + 16));
    auto cosines = hn::Zero(d), sines = cosines;
    box_muller<T>(d, hn::ConcatLowerLower(d, b, a), hn::ConcatUpperUpper(d, b, a), mean, std, cosines, sines);
    hn::StoreU(hn::ConcatLowerLower(d, sines, cosines), d, out + done);
    hn::StoreU(hn::ConcatUpperUpper(d, sines, cosines), d, out + done + 16);
  }
#endif
  blocks_of(half_block, done, n);
}

template <class T>
void normal_run(const uint32_t* words, T* out, size_t n, T mean, T std) {
  if constexpr (std::is_same_v<T, float>) {
    normal_blocks<T>(words, out, n, mean, std);
  } else {
    alignas(64) float values[kWords];
    normal_blocks<T>(words, values, n, mean, std);
    for (size_t k = 0; k < n; ++k) out[k] = T(values[k]);
  }
}
void normal_run(const uint32_t* words, double* out, size_t n, double mean_value, double std_value) {
  const hn::CappedTag<double, 8> d;
  const auto mean = hn::Set(d, mean_value), std = hn::Set(d, std_value);
  for (size_t i = 0; i < n; i += 16)
    for (size_t k = i; k < i + 8; k += hn::Lanes(d)) {
      const auto u = hn::Sub(hn::Set(d, 1.0), fraction(d, words + 2 * k));
      const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0), hn::Log(d, u)));
      const auto angle = hn::Mul(hn::Set(d, 6.28318530717958647692), fraction(d, words + 2 * k + 16));
      hn::StoreU(hn::MulAdd(hn::Mul(radius, hn::Cos(d, angle)), std, mean), d, out + k);
      hn::StoreU(hn::MulAdd(hn::Mul(radius, hn::Sin(d, angle)), std, mean), d, out + k + 8);
    }
}

template <class T>
void normal(GeneratorImpl& g, void* out, int64_t n, double mean_value, double std_value) {
  if (n < 16) return normal_pairwise_kernel.get(dtype_of<T>)(g, out, n, mean_value, std_value);
  using S = std::conditional_t<std::is_same_v<T, double>, double, float>;
  constexpr size_t draws = std::is_same_v<T, double> ? 2 : 1;
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  const T mean = T(static_cast<S>(mean_value)), std = T(static_cast<S>(std_value));
  const int64_t rest = n % 16;
  draw<draws>(g, n - rest, [&](const uint32_t* words, int64_t i, size_t m) { normal_run(words, y + i, m, mean, std); });
  if (!rest) return;
  draw<draws>(g, rest,
              [](const uint32_t*, int64_t, size_t) {});  // the stream passes an incomplete block before it is redrawn
  draw<draws>(g, 16, [&](const uint32_t* words, int64_t, size_t m) { normal_run(words, y + n - 16, m, mean, std); });
}

// ---- Bernoulli ----

/// `one` where the mask is all ones, else 0, for any width.
template <class U>
void store_flags(const int32_t* masks, U* out, size_t n, U one) {
  for (size_t k = 0; k < n; ++k) out[k] = static_cast<U>(static_cast<std::make_signed_t<U>>(masks[k])) & one;
}

/// `one` where the fraction of 53 bits k / 2^53 lies below p, else 0. It does if and only if k lies below ceil(p *
/// 2^53), which is exact. The lower words decide where the upper ones are equal, once in two million: only then they
/// are tempered.
template <class U>
void bernoulli(GeneratorImpl& g, void* out, int64_t n, double p, U one) {
  const uint64_t threshold = static_cast<uint64_t>(std::ceil(p * 0x1p53));
  const uint32_t upper_word = static_cast<uint32_t>(threshold >> 32), lower_word = static_cast<uint32_t>(threshold);
  const hn::ScalableTag<uint32_t> d;
  const hn::ScalableTag<int32_t> di;
  const auto upper = hn::Set(d, upper_word), lower = hn::Set(d, lower_word), top = hn::Set(d, (1u << 21) - 1);
  const auto temper = [](auto y) HWY_ATTR {
    const hn::ScalableTag<uint32_t> tag;
    y = hn::Xor(y, hn::ShiftRight<11>(y));
    y = hn::Xor(y, hn::And(hn::ShiftLeft<7>(y), hn::Set(tag, 0x9d2c5680u)));
    y = hn::Xor(y, hn::And(hn::ShiftLeft<15>(y), hn::Set(tag, 0xefc60000u)));
    return hn::Xor(y, hn::ShiftRight<18>(y));
  };
  const Lock lock(g.mutex_);
  U* y = static_cast<U*>(out);
  for (int64_t i = 0; i < n;) {
    g.refill();
    const uint32_t* words = g.words + g.next;
    const size_t m = std::min<size_t>(static_cast<size_t>(n - i), (GeneratorImpl::kStateWords - g.next) / 2);
    if (m == 0) {  // a pair of the last word and the first of the next block
      const uint64_t fraction = g.random64() & ((uint64_t{1} << 53) - 1);
      y[i++] = fraction < threshold ? one : U(0);
      continue;
    }
    g.next += static_cast<uint32_t>(2 * m);
    alignas(64) int32_t masks[GeneratorImpl::kStateWords / 2 + hn::MaxLanes(d)];
    for (size_t k = 0; k < m; k += hn::Lanes(d)) {
      hn::Vec<decltype(d)> high, low;
      hn::LoadInterleaved2(d, words + 2 * k, high, low);
      high = hn::And(temper(high), top);
      auto below = hn::Lt(high, upper);
      const auto equal = hn::Eq(high, upper);
      if (HWY_UNLIKELY(!hn::AllFalse(d, equal))) below = hn::Or(below, hn::And(equal, hn::Lt(temper(low), lower)));
      if constexpr (sizeof(U) == 4)
        store_first(d, hn::IfThenElseZero(below, hn::Set(d, one)), y + i + k, m - k);
      else
        hn::Store(hn::BitCast(di, hn::VecFromMask(d, below)), di, masks + k);
    }
    if constexpr (sizeof(U) != 4) store_flags(masks, y + i, m, one);
    i += static_cast<int64_t>(m);
  }
}

template <class T>
struct Unsigned {
  using type = std::conditional_t<
      sizeof(T) == 1, uint8_t,
      std::conditional_t<sizeof(T) == 2, uint16_t, std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;
};
template <class T>
typename Unsigned<T>::type bits_of_one() {
  return std::bit_cast<typename Unsigned<T>::type>(T(1));
}

template <class T>
void bernoulli_of(GeneratorImpl& g, void* out, int64_t n, double p, double one) {
  const T value = [&] {
    if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
      return T(static_cast<float>(one));
    else
      return static_cast<T>(one);
  }();
  bernoulli(g, out, n, p, std::bit_cast<typename Unsigned<T>::type>(value));
}

template <class P, class U>
void bernoulli_tensor(GeneratorImpl& g, const P* p, U* y, int64_t n, U one) {
  constexpr size_t draws = std::is_same_v<P, double> ? 2 : 1;
  for (int64_t i = 0; i < n; ++i)
    check_value(p[i] >= P(0) && p[i] <= P(1), "bernoulli: expected probabilities in [0, 1], got ",
                static_cast<double>(p[i]));
  const Lock lock(g.mutex_);
  draw<draws>(g, n, [&](const uint32_t* words, int64_t i, size_t m) {
    alignas(64) int32_t masks[kWords];
    for (size_t k = 0; k < m; ++k) {
      if constexpr (draws == 2) {
        const uint64_t bits =
            (static_cast<uint64_t>(words[2 * k]) << 32 | words[2 * k + 1]) & ((uint64_t{1} << 53) - 1);
        masks[k] = -(static_cast<double>(static_cast<int64_t>(bits)) * 0x1p-53 < p[i + k]);
      } else {
        masks[k] =
            -(static_cast<float>(static_cast<int32_t>(words[k] & 0xffffffu)) * 0x1p-24f < static_cast<float>(p[i + k]));
      }
    }
    store_flags(masks, y + i, m, one);
  });
}

template <class P>
void bernoulli_by(GeneratorImpl& g, const void* p, void* out, ScalarType out_dtype, int64_t n) {
  const P* ps = static_cast<const P*>(p);
  switch (out_dtype) {
#define LAMPAS_BERNOULLI_CASE(T, name)                                                                       \
  case ScalarType::name:                                                                                     \
    if constexpr (!is_complex(ScalarType::name))                                                             \
      return bernoulli_tensor<P>(g, ps, static_cast<typename Unsigned<T>::type*>(out), n, bits_of_one<T>()); \
    break;
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_BERNOULLI_CASE)
#undef LAMPAS_BERNOULLI_CASE
    default:
      break;
  }
  detail::fail<NotImplementedError>("bernoulli: not implemented for dtype ", out_dtype);
}

void fill_slots() {
  word_remainder_kernel.set(kCPU, kInt, remainders);
#define LAMPAS_RANDOM_REAL(T, name)                       \
  uniform_kernel.set(kCPU, ScalarType::name, uniform<T>); \
  normal_kernel.set(kCPU, ScalarType::name, normal<T>);   \
  bernoulli_tensor_kernel.set(kCPU, ScalarType::name, bernoulli_by<T>);
  LAMPAS_RANDOM_REAL(float, Float)
  LAMPAS_RANDOM_REAL(double, Double)
  LAMPAS_RANDOM_REAL(Half, Half)
  LAMPAS_RANDOM_REAL(BFloat16, BFloat16)
#undef LAMPAS_RANDOM_REAL
#define LAMPAS_RANDOM_ANY(T, name) \
  if constexpr (!is_complex(ScalarType::name)) bernoulli_kernel.set(kCPU, ScalarType::name, bernoulli_of<T>);
  LAMPAS_FOR_EACH_DTYPE(LAMPAS_RANDOM_ANY)
#undef LAMPAS_RANDOM_ANY
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
