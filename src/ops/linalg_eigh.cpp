// Eigenvalues and vectors of symmetric matrices: Householder reflections make them tridiagonal, half of the work in
// products with whole panels; divide and conquer does the rest. Errors as LAPACK's: a small multiple of eps times the
// matrix's size and norm. NaN and infinity are reported as failures.
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/linalg.h"
#include "ops/linalg_divide.h"
#include "ops/linalg_panel.h"
#include "ops/linalg_scale.h"
#include "ops/linalg_vectors.h"

namespace lampas {
namespace {

using cpu::kPanel;

/// c -= a^T b for the upper triangle (and some of the rest) of c (n x n); a and b have k rows, that of a negated.
template <class T>
void add_to_upper(int64_t n, int64_t k, const T* a, const T* b, int64_t ld, T* c, int64_t ldc) {
  constexpr int64_t kBlock = 96;
  for (int64_t i = 0; i < n; i += kBlock) {
    Gemm g;
    g.m = std::min(kBlock, n - i), g.n = n - i, g.k = k;
    g.trans_a = true, g.a = a + i, g.lda = ld;
    g.b = b + i, g.ldb = ld;
    g.c = c + i * (ldc + 1), g.ldc = ldc;
    g.beta = 1;
    cpu::gemm<T>(g);
  }
}

/// The upper triangle of a (rows) becomes tridiagonal: d on the diagonal, e beside it. Reflection k stays in row k from
/// column k + 1 on. `work`: (4 * kPanel + 1) * n values.
template <class T>
void make_tridiagonal(T* a, int64_t n, double* d, double* e, T* tau, T* work) {
  const auto& kernels = cpu::vector_kernels<T>;
  // v and w of every reflection, by which a - v w^T - w v^T is still to be changed.
  T *pairs = work, *swapped = pairs + 2 * kPanel * n, *factors = swapped + 2 * kPanel * n;
  for (int64_t begin = 0; begin < n; begin += kPanel) {
    const int64_t end = std::min(n, begin + kPanel);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t done = 2 * (i - begin), rest = n - i - 1;
      T* row = a + i * (n + 1);
      for (int64_t k = 0; k < done; k += 2) factors[k] = -pairs[(k + 1) * n + i], factors[k + 1] = -pairs[k * n + i];
      kernels.combine(pairs + i, n, done, factors, rest + 1, row);
      d[i] = static_cast<double>(row[0]);
      if (rest == 0) return;
      tau[i] = kernels.reflect(row + 1, rest);
      e[i] = static_cast<double>(row[1]);
      T *v = pairs + done * n + i + 1, *w = v + n;
      v[0] = 1;
      std::copy(row + 2, row + 1 + rest, v + 1);
      if (tau[i] == 0) {
        std::fill_n(w, rest, T(0));
        continue;
      }
      kernels.symmetric(row + n + 1, n, rest, v, w);
      kernels.dots(pairs + i + 1, n, done, v, rest, factors);
      for (int64_t k = 0; k < done; k += 2) {
        const T other = -factors[k];
        factors[k] = -factors[k + 1], factors[k + 1] = other;
      }
      kernels.combine(pairs + i + 1, n, done, factors, rest, w);
      T product;
      kernels.dots(w, n, 1, v, rest, &product);
      const T f = tau[i], g = -f * f * product / 2;
      for (int64_t j = 0; j < rest; ++j) w[j] = f * w[j] + g * v[j];
    }
    const int64_t width = n - end;
    if (width == 0) return;
    for (int64_t k = 0; k < 2 * (end - begin); ++k)
      for (int64_t j = end; j < n; ++j) swapped[k * n + j] = -pairs[(k ^ 1) * n + j];
    add_to_upper(width, 2 * (end - begin), swapped + end, pairs + end, n, a + end * (n + 1), n);
  }
}

template <class T>
int32_t eigh_of(int64_t n, bool vectors, bool upper, T* a, T* w) {
  // The triangle given, as the upper one of rows, with a largest element of about 1.
  auto most = cpu::largest_bits(a, 0);
  for (int64_t i = 0; i < n; ++i) most = cpu::largest_bits(a + i * n + (upper ? 0 : i), upper ? i + 1 : n - i, most);
  const double scale = cpu::scale_of<T>(most);
  if (!std::isfinite(scale)) return static_cast<int32_t>(n);
  const double by = 1 / scale;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = i; j < n; ++j)
      a[i * n + j] = static_cast<T>(by * static_cast<double>(upper ? a[j * n + i] : a[i * n + j]));
  const cpu::Workspace<double> diagonals(2 * n);
  double *d = diagonals, *e = d + n;
  const int64_t work_size = std::max((4 * kPanel + 1) * n, kPanel * (n + kPanel + 2 * n));
  const cpu::Workspace<T> memory(n + work_size + (vectors ? n * n : 2 * n));
  T *tau = memory, *work = tau + n, *rows = work + work_size;
  make_tridiagonal(a, n, d, e, tau, work);
  cpu::Divide<T> parts(n, false, !vectors, rows, nullptr);
  parts.tridiagonal(d, e);
  for (int64_t k = 0; k < n; ++k) w[k] = static_cast<T>(parts.value(k) * scale);
  if (!vectors) return 0;
  if (n > 2) cpu::apply_reflections(false, a + 1, n, n - 1, n - 2, tau, rows + 1, n, n, work);
  for (int64_t k = 0; k < n; ++k) std::copy_n(rows + parts.row(k) * n, n, a + k * n);
  return 0;
}

template <class T>
void eigh(int64_t count, int32_t n, bool vectors, bool upper, void* matrices, void* values, int32_t* info) {
  const int64_t size = n;
  cpu::each_matrix(count, 8 * cpu::cube(n, n), [&](int64_t k) {
    info[k] =
        eigh_of(size, vectors, upper, static_cast<T*>(matrices) + k * size * size, static_cast<T*>(values) + k * size);
  });
}

const cpu::KernelSet kernels{[] {
  eigh_kernel.set(kCPU, kFloat, eigh<float>);
  eigh_kernel.set(kCPU, kDouble, eigh<double>);
}};

}  // namespace
}  // namespace lampas
