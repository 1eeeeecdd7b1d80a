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
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> part[K][2];
  WideVec lower[K], upper[K];
  for (int k = 0; k < K; ++k) lower[k] = upper[k] = hn::Zero(WideTag());
  for (int64_t i = 0; i < n;) {
    for (int k = 0; k < K; ++k) part[k][0] = part[k][1] = hn::Zero(d);
    if (sizeof(hn::TFromD<D>) == 4 && i + 8 * lanes <= n) {
#pragma GCC unroll 8
      for (int u = 0; u < 8; ++u, i += lanes)
        terms(i, lanes,
              [&](int k, hn::Vec<D> a, hn::Vec<D> b) HWY_ATTR { part[k][u % 2] = hn::MulAdd(a, b, part[k][u % 2]); });
    } else {
      terms(i, n - i, [&](int k, hn::Vec<D> a, hn::Vec<D> b) HWY_ATTR { part[k][0] = hn::Mul(a, b); });
      i += lanes;
    }
    for (int k = 0; k < K; ++k) add_to_total(d, lower[k], upper[k], hn::Add(part[k][0], part[k][1]));
  }
  for (int k = 0; k < K; ++k) {
    sums[k] = total_of(d, lower[k], upper[k]);
    // The sums of squares come last; with them in range, the others are.
    if (sizeof(hn::TFromD<D>) == 4 && !(sums[k] > 1e-30 && sums[k] < 1e38) && (K == 1 || k > 0)) {
      for (int j = 0; j < K; ++j) {
        sums[j] = 0;
        for (int64_t i = 0; i < n; ++i) sums[j] += exact(i, j);
      }
      return;
    }
  }
}

template <class T>
struct RowKernels {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;

  template <class F>
  static void each_row(const RowPairs& r, const F& f) {
    const T *a = static_cast<const T*>(r.a), *b = static_cast<const T*>(r.b);
    cpu::parallel_for(r.count, cpu::kGrain / 2 / std::max<int64_t>(r.n, 1), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) f(k, a + k * r.n, b + k * r.n);
    });
  }

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
  static HWY_NOINLINE double square_of(const T* a, int64_t n) {
    const D d;
    double sum;
    row_sums<1>(
        d, n, &sum,
        [&](int64_t i, int64_t rest, const auto& add) HWY_ATTR {
          const V u = load_some(d, a + i, rest);
          add(0, u, u);
        },
        [&](int64_t i, int) { return static_cast<double>(a[i]) * static_cast<double>(a[i]); });
    return sum;
  }
  static HWY_NOINLINE double distance_of(const T* a, const T* b, int64_t n, T eps) {
    const D d;
    const V e = hn::Set(d, eps);
    double sum;
    row_sums<1>(
        d, n, &sum,
        [&](int64_t i, int64_t rest, const auto& add) HWY_ATTR {
          V u = hn::Add(hn::Sub(load_some(d, a + i, rest), load_some(d, b + i, rest)), e);
          if (HWY_UNLIKELY(rest < static_cast<int64_t>(hn::Lanes(d))))
            u = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(rest)), u);
          add(0, u, u);
        },
        [&](int64_t i, int) {
          const double u = static_cast<double>((a[i] - b[i]) + eps);
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
  static HWY_NOINLINE void scaled_difference(const T* a, const T* b, T* out, int64_t n, T eps, T s_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V e = hn::Set(d, eps), s = hn::Set(d, s_);
    for (int64_t i = 0; i < n; i += lanes) {
      const int64_t rest = n - i;
      const V u = hn::Add(hn::Sub(load_some(d, a + i, rest), load_some(d, b + i, rest)), e);
      store_some(d, hn::Mul(s, u), out + i, rest);
    }
  }
  static HWY_NOINLINE void scale(const T* a, T* out, int64_t n, double s_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V s = hn::Set(d, static_cast<T>(s_));
    for (int64_t i = 0; i < n; i += lanes) store_some(d, hn::Mul(s, load_some(d, a + i, n - i)), out + i, n - i);
  }

  static void products(const RowPairs& r, double* sums) {
    each_row(r, [&](int64_t k, const T* a, const T* b) { products_of(a, b, r.n, sums + 3 * k); });
  }
  static void combination(const RowPairs& r, const double* c, void* out_a, void* out_b) {
    each_row(r, [&](int64_t k, const T* a, const T* b) {
      if (out_a) combine(b, a, static_cast<T*>(out_a) + k * r.n, r.n, c[3 * k], 2 * c[3 * k + 1]);
      if (out_b) combine(a, b, static_cast<T*>(out_b) + k * r.n, r.n, c[3 * k], 2 * c[3 * k + 2]);
    });
  }
  static void distance(const RowPairs& r, double eps, void* out) {
    each_row(r, [&](int64_t k, const T* a, const T* b) {
      static_cast<T*>(out)[k] = static_cast<T>(distance_of(a, b, r.n, static_cast<T>(eps)));
    });
  }
  static void difference(const RowPairs& r, double eps_, const void* s_, void* out_a, void* out_b) {
    const T eps = static_cast<T>(eps_);
    each_row(r, [&](int64_t k, const T* a, const T* b) {
      const T s = static_cast<const T*>(s_)[k];
      if (out_a) scaled_difference(a, b, static_cast<T*>(out_a) + k * r.n, r.n, eps, s);
      if (out_b) scaled_difference(a, b, static_cast<T*>(out_b) + k * r.n, r.n, eps, -s);
    });
  }
  static void normalize(const RowPairs& r, double eps, void* out) {
    each_row(r, [&](int64_t k, const T* a, const T*) {
      const double length = std::sqrt(square_of(a, r.n));
      scale(a, static_cast<T*>(out) + k * r.n, r.n, 1 / (length < eps ? eps : length));
    });
  }
  static void normalize_backward(const RowPairs& r, double eps, void* out) {
    each_row(r, [&](int64_t k, const T* a, const T* g) {
      double s[3];
      products_of(a, g, r.n, s);
      const double length = std::sqrt(s[1]), inverse = 1 / (length < eps ? eps : length);
      T* dx = static_cast<T*>(out) + k * r.n;
      if (length < eps)
        scale(g, dx, r.n, inverse);
      else
        combine(g, a, dx, r.n, inverse, -inverse * inverse * inverse * s[0]);
    });
  }
};

template <class T>
void fill() {
  row_products_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::products);
  row_combination_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::combination);
  row_distance_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::distance);
  row_difference_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::difference);
  row_normalize_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::normalize);
  row_normalize_backward_kernel.set(kCPU, dtype_of<T>, RowKernels<T>::normalize_backward);
}
void fill_slots() {
  fill<float>();
  fill<double>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
