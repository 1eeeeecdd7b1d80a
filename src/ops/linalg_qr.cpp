// QR by Householder reflections: panels of columns one reflection after another, everything else by products with whole
// panels, I - V T V^T. Backward stable as LAPACK's: errors a small multiple of eps times the matrix's size and norm.
// Lengths are found in float64, scaled where squares would leave its range. NaN and infinity give NaN.
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/linalg.h"
#include "ops/linalg_panel.h"
#include "ops/linalg_vectors.h"

namespace lampas {
namespace {

using cpu::kPanel;

/// Applies a reflection to columns of n values.
template <class T>
void apply_reflection(const T* v, T tau, int64_t n, T* c, int64_t columns, int64_t ld) {
  cpu::vector_kernels<T>.apply(v, tau, n, c, columns, ld);
}
/// The panel's own reflections, each applied to the columns that follow in it.
template <class T>
void reflect_panel(T* a, int64_t rows, int64_t columns, int64_t ld, T* tau) {
  for (int64_t j = 0; j < columns; ++j) {
    T* v = a + j * ld + j;
    const int64_t n = rows - j;
    tau[j] = cpu::vector_kernels<T>.reflect(v, n);
    apply_reflection(v, tau[j], n, v + ld, columns - j - 1, ld);
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
    apply_reflection(a + j * (m + 1), tau[j], m - j, a + rank * m + j, n - rank, m);
  if (!q || columns == 0) return;
  start_q(q, m, columns);
  for (int64_t j = rank; j-- > 0;) apply_reflection(a + j * (m + 1), tau[j], m - j, q + j * (m + 1), columns - j, m);
}

template <class T>
void qr_of(T* a, int64_t m, int64_t n, T* q, int64_t columns) {
  const int64_t rank = std::min(m, n), widest = std::max(n, columns);
  if (widest <= kPanel / 2) return small_qr_of(a, m, n, q, columns);
  const cpu::Workspace<T> memory(rank + kPanel * (m + kPanel) + 2 * widest * kPanel);
  T *tau = memory, *v = tau + rank, *t = v + kPanel * m, *work = t + kPanel * kPanel;
  cpu::Panel<T> panel(v, t);
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

const cpu::KernelSet kernels{[] {
  qr_kernel.set(kCPU, kFloat, qr<float>);
  qr_kernel.set(kCPU, kDouble, qr<double>);
}};

}  // namespace
}  // namespace lampas
