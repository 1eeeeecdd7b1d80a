// Per-target header: the inner loops of elementwise kernels (PointwiseFn) whose functors are long, such as elementary
// functions. Unlike lane_kernel of elementwise-inl.h, which unrolls short functors, a functor is compiled once for
// float and once for double; float16, bfloat16 and repeated inputs pass through small buffers.
#if defined(LAMPAS_BACKEND_CPU_VEC_MAP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_MAP_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_MAP_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_MAP_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "backend/cpu/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// Defines functor Op for a function f(d, x) of one vector.
#undef LAMPAS_UNARY_OP
#define LAMPAS_UNARY_OP(Op, f)                \
  struct Op : NoParams {                      \
    using NoParams::NoParams;                 \
    template <class D, class V>               \
    HWY_INLINE V operator()(D d, V x) const { \
      return f(d, x);                         \
    }                                         \
  }

/// A vector with lanes beyond Op's reach: those one by one, the others as in a vector of their like.
template <class Op, class C>
HWY_NOINLINE void map_beyond(const C* x, C* y) {
  const hn::ScalableTag<C> d;
  const auto v = hn::LoadU(d, x);
  HWY_ALIGN C in[HWY_MAX_BYTES / sizeof(C)], out[HWY_MAX_BYTES / sizeof(C)];
  hn::Store(v, d, in);
  hn::Store(Op(nullptr)(d, v), d, out);
  for (size_t i = 0; i < hn::Lanes(d); ++i)
    if (std::abs(in[i]) > Op::template reach<C>()) out[i] = Op::beyond(in[i]);
  hn::StoreU(hn::Load(d, out), d, y);
}

/// The last elements, fewer than a vector has: `fn` computes them as a whole one, in buffers. (Masks in its loop would
/// keep the compiler from holding constants in registers, and this is the same for all.)
template <class C>
HWY_NOINLINE void map_last(void (*fn)(C* const*, int64_t, const void*), int outputs, int count, C* const* data,
                           int64_t begin, size_t rest, const void* params) {
  const hn::ScalableTag<C> d;
  HWY_ALIGN C last[kMaxOperands][HWY_MAX_BYTES / sizeof(C)];
  C* at[kMaxOperands];
  for (int k = 0; k < count; ++k) {
    at[k] = last[k];
    if (k >= outputs) hn::Store(load_tail(d, data[k] + begin, rest), d, last[k]);
  }
  fn(at, static_cast<int64_t>(hn::Lanes(d)), params);
  for (int k = 0; k < outputs; ++k) store_tail(d, hn::Load(d, last[k]), data[k] + begin, rest);
}

/// The loop over contiguous elements of the compute type. With kPairs two vectors at a time where there are registers
/// for it: the processor looks ahead by fewer instructions than a long functor has, so that one vector's chain of
/// dependent operations would leave its units idle. Where Op has a `reach<C>()`, lanes of a larger absolute value are
/// what its `beyond(x)` says.
template <class Op, class C, int kIn, int kOut, bool kPairs = false>
HWY_NOINLINE void map_contiguous(C* const* data, int64_t n, const void* params) {
  const Op op(params);  // a copy: stores through data cannot change it, so its constants stay in registers
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), whole = n & -lanes;
  C *const y0 = data[0], *const y1 = kOut > 1 ? data[1] : nullptr;
  const C *const x0 = data[kOut], *const x1 = kIn > 1 ? data[kOut + 1] : nullptr,
                 *const x2 = kIn > 2 ? data[kOut + 2] : nullptr;
  const auto compute = [&](int64_t i, auto&... outputs) HWY_ATTR {
    if constexpr (kIn == 1)
      return op(d, hn::LoadU(d, x0 + i), outputs...);
    else if constexpr (kIn == 2)
      return op(d, hn::LoadU(d, x0 + i), hn::LoadU(d, x1 + i), outputs...);
    else
      return op(d, hn::LoadU(d, x0 + i), hn::LoadU(d, x1 + i), hn::LoadU(d, x2 + i), outputs...);
  };
  // Lines are asked for that the L1 cache lacks: those of results if the L2 cache has them, which pairs need not wait
  // for, else those of inputs, too far away for the computation to hide.
  constexpr bool kInPairs = kPairs && HWY_TARGET == HWY_AVX3 && sizeof(C) == 4 && kOut == 1;
  const C* const wanted = !kInPairs && stores_wait(n) ? y0 + 4 * lanes : x0 + 16 * lanes;
  int64_t i = 0;
  if constexpr (kInPairs) {
    for (; i + 2 * lanes <= whole; i += 2 * lanes) {
      __builtin_prefetch(wanted + i, 0, 3);
      __builtin_prefetch(wanted + i + lanes, 0, 3);
      const V a = compute(i), b = compute(i + lanes);
      hn::StoreU(a, d, y0 + i);
      hn::StoreU(b, d, y0 + i + lanes);
    }
  }
  for (; i < whole; i += lanes) {
    if constexpr (requires { Op::template reach<C>(); }) {
      // The call is outside of the inner loop lest that keep its constants in memory.
      const V reach = hn::Set(d, Op::template reach<C>());
      for (; i < whole && HWY_LIKELY(hn::AllFalse(d, hn::Gt(hn::Abs(hn::LoadU(d, x0 + i)), reach))); i += lanes) {
        __builtin_prefetch(wanted + i, 0, 3);
        hn::StoreU(compute(i), d, y0 + i);
      }
      if (i < whole) map_beyond<Op>(x0 + i, y0 + i);
      continue;
    }
    __builtin_prefetch(wanted + i, 0, 3);
    if constexpr (kOut == 1) {
      hn::StoreU(compute(i), d, y0 + i);
    } else {
      V r0, r1;
      compute(i, r0, r1);
      hn::StoreU(r0, d, y0 + i);
      hn::StoreU(r1, d, y1 + i);
    }
  }
  if (whole < n)
    map_last(&map_contiguous<Op, C, kIn, kOut, kPairs>, kOut, kOut + kIn, data, whole, static_cast<size_t>(n - whole),
             params);
}

/// Any strides, and element types that are not computed in: blocks go through buffers that stay in the L1 cache. A
/// broadcast input's buffer is filled once.
template <class T>
HWY_NOINLINE void map_blocks(void (*fn)(ComputeType<T>* const*, int64_t, const void*), int outputs, int count,
                             char* const* data, const int64_t* strides, int64_t n, const void* params) {
  using C = ComputeType<T>;
  constexpr int64_t kBlock = 256, kItem = sizeof(T);
  const hn::ScalableTag<C> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C buffer[kMaxOperands][kBlock];
  C* block[kMaxOperands];
  bool direct[kMaxOperands];
  const auto gather = [&](int k, int64_t begin, int64_t m) HWY_ATTR {
    const char* src = data[k] + begin * strides[k];
    if (strides[k] == kItem) {
      const T* x = reinterpret_cast<const T*>(src);
      int64_t i = 0;
      for (; i + lanes <= m; i += lanes) store_as(d, load_as(d, x + i), buffer[k] + i);
      for (; i < m; ++i) buffer[k][i] = static_cast<C>(x[i]);
    } else {
      for (int64_t i = 0; i < m; ++i) buffer[k][i] = static_cast<C>(*reinterpret_cast<const T*>(src + i * strides[k]));
    }
  };
  const auto scatter = [&](int k, int64_t begin, int64_t m) HWY_ATTR {
    char* dst = data[k] + begin * strides[k];
    if (strides[k] == kItem) {
      T* y = reinterpret_cast<T*>(dst);
      int64_t i = 0;
      for (; i + lanes <= m; i += lanes) store_as(d, load_as(d, buffer[k] + i), y + i);
      if (i < m)
        store_tail(d, load_tail(d, buffer[k] + i, static_cast<size_t>(m - i)), y + i, static_cast<size_t>(m - i));
    } else {
      for (int64_t i = 0; i < m; ++i) *reinterpret_cast<T*>(dst + i * strides[k]) = static_cast<T>(buffer[k][i]);
    }
  };
  for (int k = 0; k < count; ++k) {
    direct[k] = std::is_same_v<T, C> && strides[k] == kItem;
    block[k] = direct[k] ? reinterpret_cast<C*>(data[k]) : buffer[k];
    if (k >= outputs && strides[k] == 0)
      std::fill_n(buffer[k], std::min(n, kBlock), static_cast<C>(*reinterpret_cast<const T*>(data[k])));
  }
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t m = std::min(kBlock, n - begin);
    for (int k = 0; k < count; ++k) {
      if (direct[k])
        block[k] = reinterpret_cast<C*>(data[k]) + begin;
      else if (k >= outputs && strides[k] != 0)
        gather(k, begin, m);
    }
    fn(block, m, params);
    for (int k = 0; k < outputs; ++k)
      if (!direct[k]) scatter(k, begin, m);
  }
}

/// The PointwiseFn of Op for elements of type T.
template <class Op, class T, int kIn, int kOut, bool kPairs = false>
void map_kernel(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  using C = ComputeType<T>;
  constexpr int kCount = kOut + kIn;
  if constexpr (std::is_same_v<T, C>) {
    bool contiguous = true;
    for (int k = 0; k < kCount; ++k) contiguous &= strides[k] == static_cast<int64_t>(sizeof(T));
    if (HWY_LIKELY(contiguous)) {
      C* pointers[kCount];
      for (int k = 0; k < kCount; ++k) pointers[k] = reinterpret_cast<C*>(data[k]);
      map_contiguous<Op, C, kIn, kOut, kPairs>(pointers, n, params);
      return;
    }
  }
  map_blocks<T>(&map_contiguous<Op, C, kIn, kOut, kPairs>, kOut, kCount, data, strides, n, params);
}

/// Sets the slot for the floating-point dtypes. Op as in elementwise-inl.h; with two outputs operator() returns nothing
/// and takes them as two V& after the inputs.
template <class Op, int kIn = 1, int kOut = 1, bool kPairs = false>
void set_map(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &map_kernel<Op, float, kIn, kOut, kPairs>);
  slot.set(kCPU, kDouble, &map_kernel<Op, double, kIn, kOut, kPairs>);
  slot.set(kCPU, kHalf, &map_kernel<Op, Half, kIn, kOut, kPairs>);
  slot.set(kCPU, kBFloat16, &map_kernel<Op, BFloat16, kIn, kOut, kPairs>);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_MAP_INL_H_
