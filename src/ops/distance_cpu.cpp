// Products and distances of pairs of rows, read once. Elements compute in the tensors' dtype; products are added up
// four vectors deep in it and then in float64. Where squares of float32 might overflow or vanish, a row is computed
// again in float64. NaN gives NaN.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/distance_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"
#include "ops/distance.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// K sums of products over a row. `terms(i, rest, add)` calls add(k, u, v) for each; `exact(i, k)` is a product in
/// float64.
template <int K, class D, class Terms, class Exact>
HWY_INLINE void row_sums(D d, int64_t n, double* sums, const Terms& terms, const Exact& exact) {
  constexpr bool single = sizeof(hn::TFromD<D>) == 4;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  WideVec lower[K], upper[K];
  for (int k = 0; k < K; ++k) lower[k] = upper[k] = hn::Zero(WideTag());
  for (int64_t i = 0; i < n;) {
    hn::Vec<D> part[K][2];
    for (int k = 0; k < K; ++k) part[k][0] = part[k][1] = hn::Zero(d);
    if (i + 8 * lanes <= n) {
#pragma GCC unroll 8
      for (int u = 0; u < 8; ++u, i += lanes)
        terms(i, lanes,
              [&](int k, hn::Vec<D> a, hn::Vec<D> b) HWY_ATTR { part[k][u % 2] = hn::MulAdd(a, b, part[k][u % 2]); });
    } else {
      for (; i < n; i += lanes)
        terms(i, n - i, [&](int k, hn::Vec<D> a, hn::Vec<D> b) HWY_ATTR { part[k][0] = hn::MulAdd(a, b, part[k][0]); });
    }
    for (int k = 0; k < K; ++k) {
      const auto all = hn::Add(part[k][0], part[k][1]);
      if constexpr (single)
        add_to_total(d, lower[k], upper[k], all);
      else
        lower[k] = hn::Add(lower[k], all);
    }
  }
  bool exactly = false;
  for (int k = 0; k < K; ++k) {
    sums[k] = hn::GetLane(hn::SumOfLanes(WideTag(), hn::Add(lower[k], upper[k])));
    // Of K sums the last are of squares; with those in range, the products are.
    exactly |= single && (K == 1 || k > 0) && !(sums[k] > 1e-30 && sums[k] < 1e38);
  }
  if (HWY_UNLIKELY(exactly))
    for (int k = 0; k < K; ++k) {
      sums[k] = 0;
      for (int64_t i = 0; i < n; ++i) sums[k] += exact(i, k);
    }
}

template <class T>
struct RowKernels {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;

  static HWY_NOINLINE void products_of(const T* a, const T* b, int64_t n, double* sums) {
    const D d;
    row_sums<3>(
        d, n, sums,
        [&](int64_t i, int64_t rest, const auto& add) HWY_ATTR {
          const V u = load_some(d, a + i, rest), v = load_some(d, b + i, rest);
          add(0, u, v);
          add(1, u, u);
          add(2, v, v);
        },
        [&](int64_t i, int k) {
          return static_cast<double>(k == 2 ? b[i] : a[i]) * static_cast<double>(k == 1 ? a[i] : b[i]);
        });
  }
  /// a - b + eps; without b, a.
  static HWY_INLINE V difference_at(D d, const T* a, const T* b, V eps, int64_t i, int64_t rest) {
    const V u = load_some(d, a + i, rest);
    return b ? hn::Add(hn::Sub(u, load_some(d, b + i, rest)), eps) : u;
  }
  static HWY_NOINLINE double length_of(const T* a, const T* b, int64_t n, T eps) {
    const D d;
    const V e = hn::Set(d, eps);
    double sum;
    row_sums<1>(
        d, n, &sum,
        [&](int64_t i, int64_t rest, const auto& add) HWY_ATTR {
          V u = difference_at(d, a, b, e, i, rest);
          if (HWY_UNLIKELY(rest < static_cast<int64_t>(hn::Lanes(d))))
            u = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(rest)), u);
          add(0, u, u);
        },
        [&](int64_t i, int) {
          const double u = static_cast<double>(b ? (a[i] - b[i]) + eps : a[i]);
          return u * u;
        });
    return std::sqrt(sum);
  }
  /// out = p u + q v.
  static HWY_NOINLINE void combine(const T* u, const T* v, T* out, int64_t n, double p_, double q_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V p = hn::Set(d, static_cast<T>(p_)), q = hn::Set(d, static_cast<T>(q_));
    for (int64_t i = 0; i < n; i += lanes) {
      const int64_t rest = n - i;
      store_some(d, hn::MulAdd(p, load_some(d, u + i, rest), hn::Mul(q, load_some(d, v + i, rest))), out + i, rest);
    }
  }
  /// out = s (a - b + eps); without b, s a.
  static HWY_NOINLINE void scale(const T* a, const T* b, T* out, int64_t n, T eps, T s_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V e = hn::Set(d, eps), s = hn::Set(d, s_);
    for (int64_t i = 0; i < n; i += lanes)
      store_some(d, hn::Mul(s, difference_at(d, a, b, e, i, n - i)), out + i, n - i);
  }

  static void forward_row(const RowPairs& r, int64_t k, void* out) {
    const T *a = static_cast<const T*>(r.a) + k * r.n, *b = static_cast<const T*>(r.b) + k * r.n;
    T* y = static_cast<T*>(out);
    if (r.kind == RowPairs::products) {
      products_of(a, b, r.n, static_cast<double*>(out) + 3 * k);
    } else if (r.kind == RowPairs::distance) {
      y[k] = static_cast<T>(length_of(a, b, r.n, static_cast<T>(r.eps)));
    } else {
      const double length = length_of(a, nullptr, r.n, 0);
      scale(a, nullptr, y + k * r.n, r.n, 0, static_cast<T>(1 / (length < r.eps ? r.eps : length)));
    }
  }
  static void backward_row(const RowPairs& r, int64_t k, const void* s, T* out_a, T* out_b) {
    const T *a = static_cast<const T*>(r.a) + k * r.n, *b = static_cast<const T*>(r.b) + k * r.n;
    if (r.kind == RowPairs::products) {
      const double* c = static_cast<const double*>(s) + 3 * k;
      if (out_a) combine(b, a, out_a + k * r.n, r.n, c[0], 2 * c[1]);
      if (out_b) combine(a, b, out_b + k * r.n, r.n, c[0], 2 * c[2]);
    } else if (r.kind == RowPairs::distance) {
      const T c = static_cast<const T*>(s)[k], eps = static_cast<T>(r.eps);
      if (out_a) scale(a, b, out_a + k * r.n, r.n, eps, c);
      if (out_b) scale(a, b, out_b + k * r.n, r.n, eps, -c);
    } else {
      const T* g = static_cast<const T*>(s) + k * r.n;
      double sums[3];
      products_of(g, a, r.n, sums);
      const double length = std::sqrt(sums[2]), inverse = 1 / (length < r.eps ? r.eps : length);
      if (length < r.eps)
        scale(g, nullptr, out_a + k * r.n, r.n, 0, static_cast<T>(inverse));
      else
        combine(g, a, out_a + k * r.n, r.n, inverse, -inverse * inverse * inverse * sums[0]);
    }
  }
  /// Null `s`: forward.
  static void run(const RowPairs& r, const void* s, void* out_a, void* out_b) {
    cpu::parallel_for(r.count, cpu::kGrain / 2 / std::max<int64_t>(r.n, 1), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k)
        s ? backward_row(r, k, s, static_cast<T*>(out_a), static_cast<T*>(out_b)) : forward_row(r, k, out_a);
    });
  }
  static void forward(const RowPairs& r, void* out) { run(r, nullptr, out, nullptr); }
};

template <class T>
void fill() {
  row_pairs_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::forward);
  row_pairs_backward_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::run);
}
void fill_slots() { fill<float>(); }
#if HWY_TARGET == HWY_STATIC_TARGET
void fill_double() { fill<double>(); }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] {
  HWY_STATIC_DISPATCH(fill_double)();
  HWY_DYNAMIC_DISPATCH(fill_slots)();
}};
}  // namespace
}  // namespace lampas
#endif
