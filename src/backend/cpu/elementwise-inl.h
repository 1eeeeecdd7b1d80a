// Per-target header: the inner loops of elementwise kernels (PointwiseFn of backend/pointwise.h), from a functor per
// op.
//
// lane_kernel: floating-point vectors. float16 and bfloat16 are loaded as float lanes and rounded once when stored. The
// tail is one more vector, loaded and stored partially, so an element's result does not depend on where it lies.
// plain_kernel: a scalar functor in a loop the compiler vectorises, for integers, comparisons and rare functions.
// Both take a repeated input (stride 0) at the speed of a contiguous one.
//
// Functors and fill_slots of a kernel file belong in an unnamed namespace inside HWY_NAMESPACE: other files use the
// same names.
#if defined(LAMPAS_BACKEND_CPU_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_ELEMENTWISE_INL_H_
#undef LAMPAS_BACKEND_CPU_ELEMENTWISE_INL_H_
#else
#define LAMPAS_BACKEND_CPU_ELEMENTWISE_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "backend/cpu/vec_io-inl.h"
#include "backend/kernel.h"
#include "backend/pointwise.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Base of functors that ignore `params`.
struct NoParams {
  explicit NoParams(const void*) {}
};

/// Base of functors with a parameter struct; null params mean P's defaults.
template <class P>
struct WithParams {
  P params;
  explicit WithParams(const void* p) : params(p ? *static_cast<const P*>(p) : P()) {}
};

// ---- vectors

/// A vector of the element of `item` <= 8 bytes at p, in `room`. Written with one store: what several have written is
/// slow to load.
HWY_INLINE const char* repeat_element(const char* p, size_t item, char* room) {
  const auto repeat = [&](auto value) HWY_ATTR {
    using Bits = decltype(value);
    std::memcpy(&value, p, sizeof value);
    const hn::ScalableTag<Bits> d;
    hn::StoreU(hn::Set(d, value), d, reinterpret_cast<Bits*>(room));
    return room;
  };
  if (item == 8) return repeat(uint64_t{});
  if (item == 4) return repeat(uint32_t{});
  return item == 2 ? repeat(uint16_t{}) : repeat(uint8_t{});
}

/// Of four vectors of float, those that `op.beside(in...)` computes instead of `op(d, in...)`: it gives the same
/// results by units of the processor that would be idle.
template <class T, class Op>
constexpr int vectors_beside() {
  if constexpr (requires { Op::kBeside; } && HWY_TARGET == HWY_AVX3 && std::is_same_v<T, float>) return Op::kBeside;
  return 0;
}

template <class T, int kUnroll, class Op, size_t... I>
HWY_INLINE void lane_loop(std::index_sequence<I...>, char* const* data, const int64_t* strides, int64_t n,
                          const Op op) {
  const hn::ScalableTag<ComputeType<T>> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), chunk = kUnroll * lanes;
  constexpr int kBeside = vectors_beside<T, Op>();
  HWY_ALIGN char repeated[sizeof...(I) + 1][HWY_MAX_BYTES];
  const T* in[sizeof...(I) + 1] = {reinterpret_cast<const T*>(data[I + 1])..., nullptr};
  const int64_t step[sizeof...(I) + 1] = {(strides[I + 1] != 0 ? lanes : 0)..., 0};  // to the next vector
  const auto repeat = [&](size_t k) HWY_ATTR {
    if (!step[k])
      in[k] = reinterpret_cast<const T*>(repeat_element(reinterpret_cast<const char*>(in[k]), sizeof(T), repeated[k]));
  };
  (repeat(I), ...);
  T* out = reinterpret_cast<T*>(data[0]);
  const bool ahead = stores_wait(n) && out != in[0];  // in place, loads bring the lines
  for (; n >= chunk; n -= chunk) {
    if (ahead) {
#pragma GCC unroll 4
      for (int u = 0; u < kUnroll; ++u) __builtin_prefetch(out + (kUnroll + u) * lanes, 1, 3);
    }
    if constexpr (kBeside > 0) {
#pragma GCC unroll 4
      for (int u = 0; u < kBeside; ++u) store_as(d, op.beside(load_as(d, in[I] + u * step[I])...), out + u * lanes);
    }
#pragma GCC unroll 4
    for (int u = kBeside; u < kUnroll; ++u) store_as(d, op(d, load_as(d, in[I] + u * step[I])...), out + u * lanes);
    out += chunk;
    ((in[I] += kUnroll * step[I]), ...);
  }
  for (; n >= lanes; n -= lanes) {
    store_as(d, op(d, load_as(d, in[I])...), out);
    out += lanes;
    ((in[I] += step[I]), ...);
  }
  if (n > 0) {
    const size_t rest = static_cast<size_t>(n);
    store_tail(d, op(d, load_tail(d, in[I], rest)...), out, rest);
  }
}

/// Two inputs, of which the second is one repeated element, in a register: rows of a broadcast column are so short that
/// the loads of lane_loop would wait for its store, which stands behind the results of the row before.
template <class T, class Op>
void held_loop(char* const* data, int64_t n, const Op op) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  T* out = reinterpret_cast<T*>(data[0]);
  const T* x = reinterpret_cast<const T*>(data[1]);
  const auto y = hn::Set(d, *reinterpret_cast<const T*>(data[2]));
  constexpr int kBeside = vectors_beside<T, Op>();
  for (; n >= 4 * lanes; n -= 4 * lanes, x += 4 * lanes, out += 4 * lanes) {
    if constexpr (kBeside > 0) {
#pragma GCC unroll 4
      for (int u = 0; u < kBeside; ++u) hn::StoreU(op.beside(hn::LoadU(d, x + u * lanes), y), d, out + u * lanes);
    }
#pragma GCC unroll 4
    for (int u = kBeside; u < 4; ++u) hn::StoreU(op(d, hn::LoadU(d, x + u * lanes), y), d, out + u * lanes);
  }
  for (; n >= lanes; n -= lanes, x += lanes, out += lanes) hn::StoreU(op(d, hn::LoadU(d, x), y), d, out);
  if (n > 0) store_tail(d, op(d, load_tail(d, x, static_cast<size_t>(n)), y), out, static_cast<size_t>(n));
}

/// out = Op(params)(d, in...) with `kInputs` inputs, all of element type T. Op: `template <class D, class V> V
/// operator()(D, V...)`, `kHeld` if held_loop is worth its code, `kBeside` as vectors_beside says. kUnroll: 4 suits ops
/// of an instruction or two, 1 long ones.
template <class T, class Op, int kInputs, int kUnroll>
void lane_kernel(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  if constexpr (requires { Op::kHeld; } && sizeof(T) >= 4)
    if (strides[2] == 0 && strides[1] != 0) return held_loop<T>(data, n, Op(params));
  lane_loop<T, kUnroll>(std::make_index_sequence<kInputs>(), data, strides, n, Op(params));
}

/// Sets a slot for the floating-point dtypes.
template <class Op, int kInputs, int kUnroll = 4>
void set_lanes(Kernel<PointwiseFn>& slot) {
  constexpr int kReducedUnroll = kUnroll < 2 ? kUnroll : 2;  // their conversions are work enough
  slot.set(kCPU, kFloat, &lane_kernel<float, Op, kInputs, kUnroll>);
  slot.set(kCPU, kDouble, &lane_kernel<double, Op, kInputs, kUnroll>);
  slot.set(kCPU, kHalf, &lane_kernel<Half, Op, kInputs, kReducedUnroll>);
  slot.set(kCPU, kBFloat16, &lane_kernel<BFloat16, Op, kInputs, kReducedUnroll>);
}

// ---- predicates

/// A bool in memory: any byte but 0 is true, so reading one is always defined.
struct Bool {
  uint8_t byte;
  operator uint8_t() const { return byte != 0; }
};

/// The lane type of a predicate on elements of type T.
template <class T>
struct PredicateLane {
  using Type = T;
};
template <>
struct PredicateLane<Half> {
  using Type = float;
};
template <>
struct PredicateLane<BFloat16> {
  using Type = float;
};
template <>
struct PredicateLane<Bool> {
  using Type = uint8_t;
};

template <class D, class T>
HWY_INLINE hn::Vec<D> load_predicate(D d, const T* p) {
  if constexpr (std::is_same_v<T, Bool>)
    return hn::Min(hn::LoadU(d, reinterpret_cast<const uint8_t*>(p)), hn::Set(d, uint8_t{1}));
  else
    return load_as(d, p);
}

/// Lanes(d) bytes, 1 where the mask is true.
template <class D>
HWY_INLINE void store_mask(D d, hn::Mask<D> mask, uint8_t* out) {
  const hn::Rebind<uint8_t, D> d8;
  const auto one = hn::Set(d8, uint8_t{1});
#if HWY_TARGET == HWY_AVX3
  using Bytes = hn::Mask<decltype(d8)>;  // a bit a lane, whatever the lane's size
  hn::StoreU(hn::IfThenElseZero(Bytes{static_cast<typename Bytes::Raw>(mask.raw)}, one), d8, out);
#else
  const auto ones = hn::BitCast(hn::RebindToUnsigned<D>(), hn::VecFromMask(d, mask));
  if constexpr (sizeof(hn::TFromD<D>) == 1)
    hn::StoreU(hn::And(ones, one), d8, out);
  else
    hn::StoreU(hn::And(hn::TruncateTo(d8, ones), one), d8, out);
#endif
}

/// Masks stored together: with AVX2 four of 32-bit lanes, which are narrowed at little more than the price of one.
template <class Lane>
inline constexpr int64_t kMasks = HWY_TARGET == HWY_AVX2 && sizeof(Lane) == 4 ? 4 : 1;

/// The kMasks masks mask(0), mask(1), ... as bytes.
template <class D, class F>
HWY_INLINE void store_masks(D d, const F& mask, uint8_t* out) {
#if HWY_TARGET == HWY_AVX2
  if constexpr (kMasks<hn::TFromD<D>> == 4) {
    const auto bits = [&](int64_t k)
                          HWY_ATTR { return hn::BitCast(hn::RebindToSigned<D>(), hn::VecFromMask(d, mask(k))).raw; };
    const __m256i low = _mm256_packs_epi32(bits(0), bits(1)), high = _mm256_packs_epi32(bits(2), bits(3));
    // Narrowed within halves of 16 bytes: each has four bytes of every mask.
    const __m256i bytes =
        _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(bytes, _mm256_set1_epi8(1)));
    return;
  }
#endif
  store_mask(d, mask(0), out);
}

/// Whole groups of kMasks vectors: in[k] advances by step[k] elements a vector.
template <class T, class Op, size_t... I>
HWY_INLINE void predicate_loop(std::index_sequence<I...>, const char* const* data, const int64_t* step, int64_t groups,
                               uint8_t* out, const Op op) {
  using Lane = typename PredicateLane<T>::Type;
  const hn::ScalableTag<Lane> d;
  const T* in[] = {reinterpret_cast<const T*>(data[I])...};
  const int64_t vector[] = {step[I]...};
  const auto mask = [&](int64_t u) HWY_ATTR { return op(d, load_predicate(d, in[I] + u * vector[I])...); };
  for (; groups > 0; --groups) {
    store_masks(d, mask, out);
    out += kMasks<Lane> * static_cast<int64_t>(hn::Lanes(d));
    ((in[I] += kMasks<Lane> * vector[I]), ...);
  }
}
template <class T, class Op, int kInputs>
void predicate_groups(const char* const* in, const int64_t* step, int64_t groups, uint8_t* out, const void* params) {
  const Op op(params);
  if constexpr (kInputs == 2 && std::is_same_v<T, float>) {
    if (step[1] == 0) {  // in a register
      const auto y = hn::Set(hn::ScalableTag<T>(), *reinterpret_cast<const T*>(in[1]));
      const auto held = [&](auto d, auto x) HWY_ATTR { return op(d, x, y); };
      return predicate_loop<T>(std::make_index_sequence<1>(), in, step, groups, out, held);
    }
  }
  predicate_loop<T>(std::make_index_sequence<kInputs>(), in, step, groups, out, op);
}

/// What predicates of all types do alike where elements are left over or repeated, in one place: there are hundreds of
/// them.
struct Predicate {
  void (*groups)(const char* const* in, const int64_t* step, int64_t groups, uint8_t* out, const void* params);
  int inputs, group_bits;  // the logarithm of a group's elements
  size_t item, lanes;      // bytes of an element, elements of a vector
};
HWY_NOINLINE inline void run_predicate(const Predicate& p, char* const* data, const int64_t* strides, int64_t n,
                                       const void* params) {
  constexpr size_t kRoom = 4 * HWY_MAX_BYTES;
  HWY_ALIGN char part[2][kRoom];
  const char* in[2] = {};
  int64_t step[2] = {};
  for (int k = 0; k < p.inputs; ++k) {
    in[k] = data[k + 1];
    step[k] = strides[k + 1] != 0 ? static_cast<int64_t>(p.lanes) : 0;
    if (!step[k]) in[k] = repeat_element(in[k], p.item, part[k]);
  }
  uint8_t* out = reinterpret_cast<uint8_t*>(data[0]);
  const size_t count = static_cast<size_t>(n), groups = count >> p.group_bits, whole = groups << p.group_bits;
  const size_t rest = count - whole;
  if (groups) p.groups(in, step, static_cast<int64_t>(groups), out, params);
  if (!rest) return;
  for (int k = 0; k < p.inputs; ++k) {  // the other lanes hold anything defined
    if (!step[k]) continue;
    std::memset(part[k], 0, kRoom);
    std::memcpy(part[k], in[k] + whole * p.item, rest * p.item);
    in[k] = part[k];
  }
  HWY_ALIGN uint8_t result[HWY_MAX_BYTES];
  p.groups(in, step, 1, result, params);
  std::memcpy(out + whole, result, rest);
}

/// A bool output: Op(params)(d, in...) is a mask. Inputs have element type T; bools arrive as 0 or 1.
template <class T, class Op, int kInputs>
void predicate_kernel(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  using Lane = typename PredicateLane<T>::Type;
  const size_t lanes = hn::Lanes(hn::ScalableTag<Lane>());
  const int group_bits = __builtin_ctzll(lanes * kMasks<Lane>);
  const bool second = strides[kInputs] != 0;
  if ((n & ((int64_t{1} << group_bits) - 1)) == 0 && strides[1] != 0 && (second || std::is_same_v<T, float>)) {
    const int64_t step = static_cast<int64_t>(lanes), steps[] = {step, second ? step : 0};
    return predicate_groups<T, Op, kInputs>(data + 1, steps, n >> group_bits, reinterpret_cast<uint8_t*>(data[0]),
                                            params);
  }
  run_predicate({&predicate_groups<T, Op, kInputs>, kInputs, group_bits, sizeof(T), lanes}, data, strides, n, params);
}

template <class Op, int kInputs>
void set_float_predicate(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &predicate_kernel<float, Op, kInputs>);
  slot.set(kCPU, kDouble, &predicate_kernel<double, Op, kInputs>);
  slot.set(kCPU, kHalf, &predicate_kernel<Half, Op, kInputs>);
  slot.set(kCPU, kBFloat16, &predicate_kernel<BFloat16, Op, kInputs>);
}
template <class Op, int kInputs>
void set_predicate(Kernel<PointwiseFn>& slot) {
  set_float_predicate<Op, kInputs>(slot);
  slot.set(kCPU, kByte, &predicate_kernel<uint8_t, Op, kInputs>);
  slot.set(kCPU, kChar, &predicate_kernel<int8_t, Op, kInputs>);
  slot.set(kCPU, kShort, &predicate_kernel<int16_t, Op, kInputs>);
  slot.set(kCPU, kInt, &predicate_kernel<int32_t, Op, kInputs>);
  slot.set(kCPU, kLong, &predicate_kernel<int64_t, Op, kInputs>);
  slot.set(kCPU, kBool, &predicate_kernel<Bool, Op, kInputs>);
}

// ---- plain loops

HWY_INLINE uint8_t to_bool(bool v) { return static_cast<uint8_t>(v); }

/// The value to compute with.
template <class T>
HWY_INLINE auto wide(T x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return static_cast<float>(x);
  else if constexpr (std::is_same_v<T, Bool>)
    return static_cast<uint8_t>(x);
  else
    return x;
}

/// An integer in an unsigned type that wraps and is not promoted to int.
template <class T>
HWY_INLINE auto wrap(T x) {
  return static_cast<std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>>(x);
}

/// Elements a repeated input is written out for, and the loop then runs over at a time.
inline constexpr int64_t kRepeatBlock = 256;

template <class Op, class Out, class... In, size_t... I>
HWY_INLINE void plain_loop(Out (*)(In...), std::index_sequence<I...>, char* const* data, const int64_t* strides,
                           int64_t n, const Op op) {
  HWY_ALIGN char repeated[sizeof...(In) + 1][kRepeatBlock * 16];
  const char* in[sizeof...(In) + 1] = {data[I + 1]..., nullptr};
  int64_t chunk = n;
  const auto repeat = [&](size_t k, size_t size) HWY_ATTR {
    if (strides[k + 1] != 0) return;
    chunk = std::min(n, kRepeatBlock);
    for (int64_t i = 0; i < chunk; ++i) std::memcpy(repeated[k] + i * static_cast<int64_t>(size), data[k + 1], size);
    in[k] = repeated[k];
  };
  (repeat(I, sizeof(In)), ...);
  for (int64_t done = 0; done < n; done += chunk) {
    const int64_t m = std::min(chunk, n - done);
    Out* out = reinterpret_cast<Out*>(data[0]) + done;
#pragma GCC ivdep
    for (int64_t i = 0; i < m; ++i) out[i] = op(reinterpret_cast<const In*>(in[I])[i]...);
    ((in[I] += strides[I + 1] * chunk), ...);
  }
}

/// out = Op(params)(in...), types as in `Op::Signature`, e.g. `uint8_t(T, T)`.
template <class Op>
void plain_kernel(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  using Signature = typename Op::Signature;
  plain_loop(static_cast<Signature*>(nullptr), std::make_index_sequence<Op::kInputs>(), data, strides, n, Op(params));
}

/// Signatures of plain functors: out and one, two, three inputs.
template <class Out, class... In>
struct PlainOp {
  using Signature = Out(In...);
  static constexpr int kInputs = static_cast<int>(sizeof...(In));
};

template <template <class> class Op>
void set_integers(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kByte, &plain_kernel<Op<uint8_t>>);
  slot.set(kCPU, kChar, &plain_kernel<Op<int8_t>>);
  slot.set(kCPU, kShort, &plain_kernel<Op<int16_t>>);
  slot.set(kCPU, kInt, &plain_kernel<Op<int32_t>>);
  slot.set(kCPU, kLong, &plain_kernel<Op<int64_t>>);
}
template <template <class> class Op>
void set_bool(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kBool, &plain_kernel<Op<Bool>>);
}
template <template <class> class Op>
void set_floats(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &plain_kernel<Op<float>>);
  slot.set(kCPU, kDouble, &plain_kernel<Op<double>>);
  slot.set(kCPU, kHalf, &plain_kernel<Op<Half>>);
  slot.set(kCPU, kBFloat16, &plain_kernel<Op<BFloat16>>);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_ELEMENTWISE_INL_H_
