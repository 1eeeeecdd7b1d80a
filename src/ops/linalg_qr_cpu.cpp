// QR by Householder reflections: panels of columns one reflection after another, everything else by products with whole
// panels, I - V T V^T. Backward stable as LAPACK's: errors a small multiple of eps times the matrix's size and norm.
// Lengths are found in float64, scaled where squares would leave its range. NaN and infinity give NaN.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/linalg.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linalg_qr_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/linalg_batch.h"
#include "ops/linalg_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using cpu::add_product;
using cpu::subtract_product;

constexpr int64_t kPanel = 32;
/// Between these squares, and sums of them, are normal numbers.
constexpr double kTiny = 1e-140, kHuge = 1e140;

template <class T>
double length_of(const T* x, int64_t n) {
  double sum = 0, most = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]);
    sum += v * v;
    most = std::max(most, std::abs(v));
  }
  if (most == 0 || (most > kTiny && most < kHuge)) return std::sqrt(sum);
  sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) / most * (static_cast<double>(x[i]) / most);
  return most * std::sqrt(sum);
}

/// The reflection that turns x (n values) into (beta, 0, ...): x becomes beta and the rest of v, whose first element is
/// 1. Returns tau of I - tau v v^T; 0, the identity, if there is nothing to do.
template <class T>
T reflect(T* x, int64_t n) {
  const double rest = length_of(x + 1, n - 1);
  if (rest == 0) return 0;
  const double alpha = static_cast<double>(x[0]);
  const bool safe = kTiny < rest && std::max(rest, std::abs(alpha)) < kHuge;  // hypot is slow
  const double beta = -std::copysign(safe ? std::sqrt(alpha * alpha + rest * rest) : std::hypot(alpha, rest), alpha);
  for (int64_t i = 1; i < n; ++i) x[i] = static_cast<T>(static_cast<double>(x[i]) / (alpha - beta));
  x[0] = static_cast<T>(beta);
  return static_cast<T>((beta - alpha) / beta);
}

/// The reflections of up to kPanel columns from row `first` on, together: I - V T V^T.
template <class T>
class Panel {
 public:
  /// `v`: columns of `rows` values; `t`: kPanel x kPanel.
  Panel(T* v, T* t) : v_(v), t_(t) {}

  /// Takes V out of the columns of a that reflections were left in.
  void load(const T* a, int64_t ld, int64_t rows, int64_t columns, const T* tau) {
    rows_ = rows, columns_ = columns;
    for (int64_t j = 0; j < columns; ++j) {
      T* v = v_ + j * rows;
      std::fill_n(v, j, T(0));
      v[j] = 1;
      std::copy(a + j * ld + j + 1, a + j * ld + rows, v + j + 1);
      // T's column j: tau and, above it, -tau T V^T v.
      T above[kPanel];
      for (int64_t i = 0; i < j; ++i) above[i] = dot(v_ + i * rows + j, v + j, rows - j);
      for (int64_t i = 0; i < j; ++i) {
        T sum = 0;
        for (int64_t k = i; k < j; ++k) sum += t_[i * kPanel + k] * above[k];
        t_[i * kPanel + j] = -tau[j] * sum;
        t_[j * kPanel + i] = 0;
      }
      t_[j * kPanel + j] = tau[j];
    }
  }
  /// Applies it, or its transpose, to n columns of c. `work`: 2 * n * kPanel values.
  void apply(bool trans, T* c, int64_t n, int64_t ld, T* work) const {
    if (n == 0) return;
    T* turned = work + n * kPanel;
    add_product(n, columns_, rows_, c, ld, v_, rows_, true, work, kPanel, 1, 0);
    add_product(n, columns_, columns_, work, kPanel, t_, kPanel, !trans, turned, kPanel, 1, 0);
    subtract_product(n, rows_, columns_, turned, kPanel, v_, rows_, false, c, ld);
  }

 private:
  T *v_, *t_;
  int64_t rows_ = 0, columns_ = 0;
};

/// Applies the reflection I - tau v v^T, v = (1, tail), to columns of n + 1 values.
template <class T>
HWY_INLINE void apply_reflection(const T* tail, T tau, int64_t n, T* c, int64_t columns, int64_t ld) {
  if (tau == 0) return;
  for (int64_t k = 0; k < columns; ++k, c += ld) {
    const T w = tau * (c[0] + dot(tail, c + 1, n));
    c[0] -= w;
    subtract_scaled(tail, w, n, c + 1);
  }
}
/// The panel's own reflections, each applied to the columns that follow in it.
template <class T>
void reflect_panel(T* a, int64_t rows, int64_t columns, int64_t ld, T* tau) {
  for (int64_t j = 0; j < columns; ++j) {
    T* v = a + j * ld + j;
    const int64_t n = rows - j;
    tau[j] = reflect(v, n);
    apply_reflection(v + 1, tau[j], n - 1, v + ld, columns - j - 1, ld);
  }
}

/// Q starts as the identity, which products with the last reflections first fill from its lower right.
template <class T>
void start_q(T* q, int64_t m, int64_t columns) {
  std::fill_n(q, m * columns, T(0));
  for (int64_t j = 0; j < columns; ++j) q[j * (m + 1)] = 1;
}
/// Up to half a panel of columns: products with panels would cost more than they save.
template <class T>
void small_qr_of(T* a, int64_t m, int64_t n, T* q, int64_t columns) {
  T tau[kPanel];
  const int64_t rank = std::min(m, n);
  reflect_panel(a, m, rank, m, tau);
  for (int64_t j = 0; j < rank && n > rank; ++j)
    apply_reflection(a + j * (m + 1) + 1, tau[j], m - j - 1, a + rank * m + j, n - rank, m);
  if (!q || columns == 0) return;
  start_q(q, m, columns);
  for (int64_t j = rank; j-- > 0;)
    apply_reflection(a + j * (m + 1) + 1, tau[j], m - j - 1, q + j * (m + 1), columns - j, m);
}

template <class T>
void qr_of(T* a, int64_t m, int64_t n, T* q, int64_t columns) {
  const int64_t rank = std::min(m, n), widest = std::max(n, columns);
  if (widest <= kPanel / 2) return small_qr_of(a, m, n, q, columns);
  const cpu::Workspace<T> memory(rank + kPanel * (m + kPanel) + 2 * widest * kPanel);
  T *tau = memory, *v = tau + rank, *t = v + kPanel * m, *work = t + kPanel * kPanel;
  Panel<T> panel(v, t);
  for (int64_t j = 0; j < rank; j += kPanel) {
    const int64_t w = std::min(kPanel, rank - j), right = j + w;
    T* corner = a + j * (m + 1);
    reflect_panel(corner, m - j, w, m, tau + j);
    if (right == n) continue;
    panel.load(corner, m, m - j, w, tau + j);
    panel.apply(true, a + right * m + j, n - right, m, work);
  }
  if (!q || columns == 0) return;
  start_q(q, m, columns);
  for (int64_t j = (rank - 1) / kPanel * kPanel; j >= 0; j -= kPanel) {
    panel.load(a + j * (m + 1), m, m - j, std::min(kPanel, rank - j), tau + j);
    panel.apply(false, q + j * (m + 1), columns - j, m, work);
  }
}

template <class T>
void qr(int64_t count, int32_t m, int32_t n, int32_t columns, void* matrices, void* factors) {
  cpu::each_matrix(count, 2 * cpu::cube(m, n), [&](int64_t k) {
    T *a = static_cast<T*>(matrices) + k * m * n, *q = static_cast<T*>(factors);
    qr_of(a, int64_t{m}, int64_t{n}, q ? q + k * m * columns : nullptr, int64_t{columns});
  });
}
void fill_slots() {
  qr_kernel.set(kCPU, kFloat, qr<float>);
  qr_kernel.set(kCPU, kDouble, qr<double>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernel_set{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
