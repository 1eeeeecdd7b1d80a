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

/// The loop over contiguous elements of the compute type. A vector is computed by the same code whether it is full or
/// the tail. With kPairs two at a time where there are registers for it: the processor looks ahead by fewer
/// instructions than a long functor has, so that one vector's chain of dependent operations would leave its units idle.
template <class Op, class C, int kIn, int kOut, bool kPairs = false>
HWY_NOINLINE void map_contiguous(C* const* data, int64_t n, const void* params) {
  const Op op(params);  // a copy: stores through data cannot change it, so its constants stay in registers
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  C *const y0 = data[0], *const y1 = kOut > 1 ? data[1] : nullptr;
  const C *const x0 = data[kOut], *const x1 = kIn > 1 ? data[kOut + 1] : nullptr,
                 *const x2 = kIn > 2 ? data[kOut + 2] : nullptr;
  constexpr bool kInPairs = kPairs && HWY_TARGET == HWY_AVX3 && sizeof(C) == 4 && kOut == 1;
  const bool ahead = !kInPairs && stores_wait(n);
  int64_t i = 0;
  if constexpr (kInPairs) {
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
      V a, b;
      if constexpr (kIn == 1) {
        a = op(d, load_as(d, x0 + i));
        b = op(d, load_as(d, x0 + i + lanes));
      } else if constexpr (kIn == 2) {
        a = op(d, load_as(d, x0 + i), load_as(d, x1 + i));
        b = op(d, load_as(d, x0 + i + lanes), load_as(d, x1 + i + lanes));
      } else {
        a = op(d, load_as(d, x0 + i), load_as(d, x1 + i), load_as(d, x2 + i));
        b = op(d, load_as(d, x0 + i + lanes), load_as(d, x1 + i + lanes), load_as(d, x2 + i + lanes));
      }
      store_as(d, a, y0 + i);
      store_as(d, b, y0 + i + lanes);
    }
  }
  for (; i < n; i += lanes) {
    const size_t rest = static_cast<size_t>(n - i);
    const bool full = HWY_LIKELY(rest >= static_cast<size_t>(lanes));
    const auto load = [&](const C* x) HWY_ATTR { return full ? load_as(d, x + i) : load_tail(d, x + i, rest); };
    const auto store = [&](V v, C* y) HWY_ATTR {
      if (full)
        store_as(d, v, y + i);
      else
        store_tail(d, v, y + i, rest);
    };
    if constexpr (kOut == 1) {
      if (ahead) __builtin_prefetch(y0 + i + 4 * lanes, 1, 3);
      if constexpr (kIn == 1) {
        store(op(d, load(x0)), y0);
      } else if constexpr (kIn == 2) {
        store(op(d, load(x0), load(x1)), y0);
      } else {
        store(op(d, load(x0), load(x1), load(x2)), y0);
      }
    } else {
      V r0, r1;
      if constexpr (kIn == 2) {
        op(d, load(x0), load(x1), r0, r1);
      } else {
        op(d, load(x0), load(x1), load(x2), r0, r1);
      }
      store(r0, y0);
      store(r1, y1);
    }
  }
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
