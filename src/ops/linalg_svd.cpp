// Singular values and vectors: Householder reflections from both sides make a matrix bidiagonal (the triangle of its QR
// decomposition, if it is tall), half of the work in products with whole panels; divide and conquer does the rest.
// Errors as LAPACK's: a small multiple of eps times the matrix's size and norm. NaN and infinity are reported as
// failures.
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

/// The reflections from both sides: those from the left stay in the columns of a, from the diagonal on, those from the
/// right in rows of `right`, n apart, from one behind it on.
template <class T>
struct Reflections {
  T *left_tau, *right_tau, *right;
};

/// a (m x n, m >= n, column-major) becomes upper bidiagonal: d on the diagonal, e above it. `work`: kPanel * (2 m + 4 n
/// + 2) values.
template <class T>
void make_bidiagonal(T* a, int64_t m, int64_t n, double* d, double* e, const Reflections<T>& r, T* work) {
  const auto& kernels = cpu::vector_kernels<T>;
  // Rows x and y of which a - sum x y^T is still to be taken: for each column two pairs, from either side.
  T *x = work, *y = x + 2 * kPanel * m, *negated = y + 2 * kPanel * n, *f = negated + 2 * kPanel * n;
  const auto negate = [&](int64_t count) {
    for (int64_t t = 0; t < count; ++t) f[t] = -f[t];
  };
  const auto scale = [](T* to, T by, int64_t count) {
    for (int64_t i = 0; i < count; ++i) to[i] *= by;
  };
  for (int64_t begin = 0; begin < n; begin += kPanel) {
    const int64_t end = std::min(n, begin + kPanel);
    for (int64_t k = begin; k < end; ++k) {
      const int64_t done = 2 * (k - begin), rest = n - k - 1, rows = m - k;
      T *column = a + k * (m + 1), *right = column + m;
      for (int64_t t = 0; t < done; ++t) f[t] = -y[t * n + k];
      kernels.combine(x + k, m, done, f, rows, column);
      r.left_tau[k] = kernels.reflect(column, rows);
      d[k] = static_cast<double>(column[0]);
      if (rest == 0) return;
      T *v = x + done * m + k, *w = y + done * n + k + 1;
      v[0] = 1;
      std::copy(column + 1, column + rows, v + 1);
      kernels.dots(right, m, rest, v, rows, w);
      kernels.dots(x + k, m, done, v, rows, f);
      negate(done);
      kernels.combine(y + k + 1, n, done, f, rest, w);
      scale(w, r.left_tau[k], rest);

      T *row = r.right + k * n + k + 1, *u = w + n, *z = v + m + 1;
      for (int64_t j = 0; j < rest; ++j) row[j] = right[j * m];
      for (int64_t t = 0; t <= done; ++t) f[t] = -x[t * m + k];
      kernels.combine(y + k + 1, n, done + 1, f, rest, row);
      r.right_tau[k] = kernels.reflect(row, rest);
      e[k] = static_cast<double>(row[0]);
      u[0] = 1;
      std::copy(row + 1, row + rest, u + 1);
      std::fill_n(z, rows - 1, T(0));
      kernels.combine(right + 1, m, rest, u, rows - 1, z);
      kernels.dots(y + k + 1, n, done + 1, u, rest, f);
      negate(done + 1);
      kernels.combine(x + k + 1, m, done + 1, f, rows - 1, z);
      scale(z, r.right_tau[k], rows - 1);
    }
    const int64_t pairs = 2 * (end - begin), rest = n - end;
    if (rest == 0) return;
    for (int64_t t = 0; t < pairs; ++t)
      for (int64_t j = end; j < n; ++j) negated[t * n + j] = -y[t * n + j];
    Gemm g;
    g.m = rest, g.n = m - end, g.k = pairs;
    g.trans_a = true, g.a = negated + end, g.lda = n;
    g.b = x + end, g.ldb = m;
    g.c = a + end * (m + 1), g.ldc = m;
    g.beta = 1;
    cpu::gemm<T>(g);
  }
}

/// u: m x `lefts`, as rows of vectors, v n x n, both null for singular values alone.
template <class T>
void bidiagonal_svd(T* a, int64_t m, int64_t n, double scale, int64_t lefts, T* u, T* s, T* v) {
  const cpu::Workspace<double> diagonals(2 * n);
  double *d = diagonals, *e = d + n;
  const int64_t work_size = std::max(kPanel * (2 * m + 4 * n + 2), kPanel * (m + kPanel + 2 * std::max(lefts, n)));
  const int64_t square = (n + 1) * (n + 1);
  const cpu::Workspace<T> memory(2 * n + n * n + work_size + (v ? square + n * n : 2 * (n + 1)));
  const Reflections<T> r{memory, memory + n, memory + 2 * n};
  T *work = r.right + n * n, *rows_v = work + work_size, *rows_u = v ? rows_v + square : nullptr;
  make_bidiagonal(a, m, n, d, e, r, work);
  cpu::Divide<T> parts(n, true, !v, rows_v, rows_u);
  parts.bidiagonal(d, e);
  for (int64_t k = 0; k < n; ++k) {
    const double value = parts.value(n - 1 - k);
    s[k] = value < 1e-70 ? T(0) : static_cast<T>(value * scale);  // as good as 0, next to a largest one of 1
  }
  if (!v) return;
  for (int64_t k = 0; k < n; ++k) {
    const int64_t row = parts.row(n - 1 - k);
    std::copy_n(rows_v + row * (n + 1), n, v + k * n);
    std::copy_n(rows_u + row * n, n, u + k * m);
    std::fill_n(u + k * m + n, m - n, T(0));
  }
  std::fill_n(u + n * m, (lefts - n) * m, T(0));
  for (int64_t k = n; k < lefts; ++k) u[k * (m + 1)] = 1;
  cpu::apply_reflections(false, a, m, m, n, r.left_tau, u, lefts, m, work);
  if (n > 2) cpu::apply_reflections(false, r.right + 1, n, n - 1, n - 2, r.right_tau, v + 1, n, n, work);
}

template <class T>
int32_t svd_of(int64_t m, int64_t n, int64_t lefts, T* a, T* u, T* s, T* v) {
  const double scale = cpu::scale_of<T>(cpu::largest_bits(a, m * n));
  if (!std::isfinite(scale)) return static_cast<int32_t>(n);
  const double by = 1 / scale;
  for (int64_t i = 0; i < m * n; ++i) a[i] = static_cast<T>(by * static_cast<double>(a[i]));
  if (m < n + n / 2 + 1 || n == 1) {
    bidiagonal_svd(a, m, n, scale, lefts, u, s, v);
    return 0;
  }
  const cpu::Workspace<T> memory(n * n + (v ? n * n + m * lefts : 0));
  T *r = memory, *turned = r + n * n, *q = v ? turned + n * n : nullptr;
  qr_kernel.get(dtype_of<T>)(1, static_cast<int32_t>(m), static_cast<int32_t>(n), static_cast<int32_t>(lefts), a, q);
  for (int64_t j = 0; j < n; ++j) {
    std::copy_n(a + j * m, j + 1, r + j * n);
    std::fill_n(r + j * n + j + 1, n - j - 1, T(0));
  }
  bidiagonal_svd(r, n, n, scale, n, v ? turned : nullptr, s, v);
  if (!v) return 0;
  cpu::add_product(n, m, n, turned, n, q, m, false, u, m, 1, 0);
  std::copy_n(q + n * m, (lefts - n) * m, u + n * m);
  return 0;
}

template <class T>
void svd(int64_t count, int32_t m, int32_t n, int32_t lefts, void* matrices, void* left, void* values, void* right,
         int32_t* info) {
  const int64_t rows = m, columns = n, vectors = lefts;
  cpu::each_matrix(count, 16 * cpu::cube(m, n), [&](int64_t k) {
    const auto at = [k](void* p, int64_t size) { return p ? static_cast<T*>(p) + k * size : nullptr; };
    info[k] = svd_of(rows, columns, vectors, at(matrices, rows * columns), at(left, vectors * rows),
                     at(values, columns), at(right, columns * columns));
  });
}

const cpu::KernelSet kernels{[] {
  svd_kernel.set(kCPU, kFloat, svd<float>);
  svd_kernel.set(kCPU, kDouble, svd<double>);
}};

}  // namespace
}  // namespace lampas
