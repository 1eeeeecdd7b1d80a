// Rows of a table, looked up and summed. float16, bfloat16 and float32 add in float32, float64 in float64, entries of a
// bag in their order: error for n entries n eps sum|s x|, eps = 2^-24 (2^-53), plus the rounding of the result. NaN and
// inf propagate, but for entries with scale 0, which are padding and not read.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/embedding_sum_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "ops/embedding.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// Rows are anywhere in memory: they are asked for this many entries ahead.
constexpr int64_t kAhead = 8;
// Of a copied row, as many bytes: the rest is found by the prefetcher.
constexpr int64_t kMostAsked = 1024;

template <class T>
struct BagSum {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;
  const Lookup& l;
  const T *w, *scale;
  T* y;

  /// Columns [c, c + kVectors * lanes) of entries [from, to), of which `n` exist.
  template <int kVectors>
  HWY_INLINE void columns(int64_t c, int64_t n, int64_t from, int64_t to, T* out) const {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    constexpr int64_t kBytes = kVectors * static_cast<int64_t>(hn::MaxLanes(D())) * static_cast<int64_t>(sizeof(T));
    hn::Vec<D> sum[kVectors];
#pragma GCC unroll 8
    for (int k = 0; k < kVectors; ++k) sum[k] = hn::Zero(d);
    for (int64_t i = from; i < to; ++i) {
      const char* next = reinterpret_cast<const char*>(w + l.index[std::min(i + kAhead, l.n - 1)] * l.dim + c);
#pragma GCC unroll 8
      for (int64_t b = 0; b < kBytes; b += 64) hwy::Prefetch(next + b);
      const C s = scale ? static_cast<C>(scale[i]) : C(1);
      if (s == 0) continue;
      const auto factor = hn::Set(d, s);
      const T* row = w + l.index[i] * l.dim + c;
#pragma GCC unroll 8
      for (int k = 0; k < kVectors; ++k) {
        const auto x = kVectors == 1 ? load_some(d, row, n) : load_as(d, row + k * lanes);
        sum[k] = hn::Add(sum[k], scale ? hn::Mul(factor, x) : x);
      }
    }
#pragma GCC unroll 8
    for (int k = 0; k < kVectors; ++k) {
      if (kVectors == 1)
        store_some(d, sum[k], out + c, n);
      else
        store_as(d, sum[k], out + c + k * lanes);
    }
  }

  void bag(int64_t from, int64_t to, T* out) const {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
    int64_t c = 0;
    for (; c + 8 * lanes <= l.dim; c += 8 * lanes) columns<8>(c, 8 * lanes, from, to, out);
    for (; c + 2 * lanes <= l.dim; c += 2 * lanes) columns<2>(c, 2 * lanes, from, to, out);
    for (; c < l.dim; c += lanes) columns<1>(c, l.dim - c, from, to, out);
  }

  void rows(int64_t first, int64_t last) const {
    const int64_t bytes = l.dim * static_cast<int64_t>(sizeof(T)), asked = std::min(bytes, kMostAsked);
    for (int64_t b = first; b < last; ++b) {
      const char* next = reinterpret_cast<const char*>(w + l.index[std::min(b + kAhead, last - 1)] * l.dim);
      const char* result = reinterpret_cast<const char*>(y + (b + 1) * l.dim);  // its line waits as well
      for (int64_t i = 0; i < asked; i += 64) {
        hwy::Prefetch(next + i);
        hwy::Prefetch(result + i);
      }
      cpu::copy_functions.row(reinterpret_cast<char*>(y + b * l.dim),
                              reinterpret_cast<const char*>(w + l.index[b] * l.dim), bytes);
    }
  }

  static void run(const Lookup& l, const void* w, const void* scale, void* y) {
    const BagSum s{l, static_cast<const T*>(w), static_cast<const T*>(scale), static_cast<T*>(y)};
    const int64_t length = l.begin ? l.n / std::max<int64_t>(l.bags, 1) + 1 : 1;
    cpu::parallel_for(l.bags, cpu::kGrain / std::max<int64_t>(1, l.dim * length) + 1, [&](int64_t first, int64_t last) {
      if (!l.begin && !scale) return s.rows(first, last);
      for (int64_t b = first; b < last; ++b)
        s.bag(l.begin ? l.begin[b] : b, l.begin ? l.begin[b + 1] : b + 1, s.y + b * l.dim);
    });
  }
};

void fill_slots() {
  bag_sum_kernel.set(kCPU, kFloat, BagSum<float>::run);
  bag_sum_kernel.set(kCPU, kDouble, BagSum<double>::run);
  bag_sum_kernel.set(kCPU, kHalf, BagSum<Half>::run);
  bag_sum_kernel.set(kCPU, kBFloat16, BagSum<BFloat16>::run);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
