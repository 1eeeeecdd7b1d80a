// Cholesky and LU factors and triangular systems: halves of halves, so that nearly all of the work is matrix products,
// and small blocks by substitution. Backward stable as LAPACK's are: errors a small multiple of eps times the matrix's
// size and norm. NaN and infinity give NaN or a failure report.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/linalg.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linalg_triangle_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "backend/cpu/tile_copy.h"
#include "lampas/core/dtype.h"
#include "ops/linalg_batch.h"
#include "ops/linalg_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using cpu::subtract_product;

/// Rows and columns of the blocks that are not divided any further.
constexpr int64_t kBlock = 32, kPanel = 16;

/// Half of n, in whole blocks if there are several.
int64_t half_of(int64_t n, int64_t block) { return n <= 2 * block ? n / 2 : n / 2 / block * block; }

// ---- triangular systems

/// A triangular matrix: element (i, j) at a[i * row + j * column], of which one is 1.
template <class T>
struct Triangle {
  const T* a;
  int64_t row, column;
  bool lower, unit;
  const T* at(int64_t i, int64_t j) const { return a + i * row + j * column; }
  Triangle corner(int64_t i) const { return {at(i, i), row, column, lower, unit}; }
};

/// One block: several right-hand sides (rows of b) at once, one in each lane.
template <class T>
void solve_block(const Triangle<T>& e, int64_t n, int64_t nrhs, T* b, int64_t ldb) {
  constexpr int64_t kSides = 32, kItem = sizeof(T);
  const hn::CappedTag<T, kSides> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  T factor[kBlock][kBlock];
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = e.lower ? 0 : i; j < (e.lower ? i + 1 : n); ++j) factor[i][j] = *e.at(i, j);
  HWY_ALIGN T x[kBlock][kSides] = {};
  const cpu::Tile inside{reinterpret_cast<char*>(x), kItem, kSides * kItem};
  for (int64_t r = 0; r < nrhs; r += kSides) {
    const int64_t m = std::min(kSides, nrhs - r);
    const cpu::Tile outside{reinterpret_cast<char*>(b + r * ldb), ldb * kItem, kItem};
    cpu::tile_copy(kItem)(inside, outside, m, n);
    for (int64_t step = 0; step < n; ++step) {
      const int64_t i = e.lower ? step : n - 1 - step, first = e.lower ? 0 : i + 1;
      for (int64_t v = 0; v < m; v += lanes) {
        auto sum = hn::LoadU(d, x[i] + v);
        for (int64_t k = first; k < first + step; ++k)
          sum = hn::NegMulAdd(hn::Set(d, factor[i][k]), hn::LoadU(d, x[k] + v), sum);
        hn::StoreU(e.unit ? sum : hn::Div(sum, hn::Set(d, factor[i][i])), d, x[i] + v);
      }
    }
    cpu::tile_copy(kItem)(outside, inside, m, n);
  }
}
/// Every row of b (nrhs x n) becomes the x of e x = row.
template <class T>
void solve_rows(const Triangle<T>& e, int64_t n, int64_t nrhs, T* b, int64_t ldb) {
  if (n <= kBlock) return solve_block(e, n, nrhs, b, ldb);
  const int64_t n1 = half_of(n, kBlock), n2 = n - n1;
  const Triangle<T> second = e.corner(n1);
  const bool dense = e.column == 1;
  const int64_t ld = dense ? e.row : e.column;
  if (e.lower) {
    solve_rows(e, n1, nrhs, b, ldb);
    subtract_product(nrhs, n2, n1, b, ldb, e.at(n1, 0), ld, dense, b + n1, ldb);
    solve_rows(second, n2, nrhs, b + n1, ldb);
  } else {
    solve_rows(second, n2, nrhs, b + n1, ldb);
    subtract_product(nrhs, n1, n2, b + n1, ldb, e.at(0, n1), ld, dense, b, ldb);
    solve_rows(e, n1, nrhs, b, ldb);
  }
}
/// A column-major triangle, or its transpose.
template <class T>
Triangle<T> column_major(const void* a, int64_t ld, bool upper, bool trans, bool unit) {
  return {static_cast<const T*>(a), trans ? ld : 1, trans ? 1 : ld, upper == trans, unit};
}

// ---- Cholesky, row-major

/// Returns 0, or the number from 1 of the row whose pivot is not positive.
template <class T>
int32_t cholesky_block(T* a, int64_t n, int64_t ld) {
  for (int64_t i = 0; i < n; ++i) {
    T* row = a + i * ld;
    for (int64_t j = 0; j <= i; ++j) {
      const T* other = a + j * ld;
      T sum = row[j];
      for (int64_t k = 0; k < j; ++k) sum -= row[k] * other[k];
      if (j < i) {
        row[j] = sum / other[j];
      } else {
        if (!(sum > 0)) return static_cast<int32_t>(i + 1);
        row[i] = std::sqrt(sum);
      }
    }
  }
  return 0;
}
/// The lower triangle of c (n x n) -= a a^T, for a of k columns.
template <class T>
void subtract_square(T* c, int64_t n, int64_t k, const T* a, int64_t ld) {
  if (n <= kBlock) {
    T square[kBlock * kBlock] = {};
    subtract_product(n, n, k, a, ld, a, ld, true, square, n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) c[i * ld + j] += square[i * n + j];
    return;
  }
  const int64_t n1 = half_of(n, kBlock);
  subtract_square(c, n1, k, a, ld);
  subtract_product(n - n1, n1, k, a + n1 * ld, ld, a, ld, true, c + n1 * ld, ld);
  subtract_square(c + n1 * (ld + 1), n - n1, k, a + n1 * ld, ld);
}
template <class T>
int32_t cholesky_of(T* a, int64_t n, int64_t ld) {
  if (n <= kPanel) return cholesky_block(a, n, ld);
  const int64_t n1 = half_of(n, kPanel), n2 = n - n1;
  if (const int32_t failed = cholesky_of(a, n1, ld)) return failed;
  T *below = a + n1 * ld, *rest = below + n1;
  solve_rows(Triangle<T>{a, ld, 1, true, false}, n1, n2, below, ld);
  subtract_square(rest, n2, n1, below, ld);
  const int32_t failed = cholesky_of(rest, n2, ld);
  return failed ? failed + static_cast<int32_t>(n1) : 0;
}

// ---- LU, column-major

/// Exchanges row i of the columns with row pivots[i] (from 1), for i from `begin` to `end` in turn, or back.
template <class T>
void exchange_rows(T* a, int64_t columns, int64_t ld, const int32_t* pivots, int64_t begin, int64_t end, bool back) {
  for (int64_t j = 0; j < columns; ++j, a += ld)
    for (int64_t step = begin; step < end; ++step) {
      const int64_t i = back ? begin + end - 1 - step : step;
      std::swap(a[i], a[pivots[i] - 1]);
    }
}
/// The panel of columns [begin, end) of a matrix with m rows, those on its left done. Returns the first column (from 1)
/// without a pivot, or 0.
template <class T>
int32_t lu_panel(T* a, int64_t m, int64_t ld, int64_t begin, int64_t end, int32_t* pivots) {
  int32_t singular = 0;
  for (int64_t j = begin; j < end; ++j) {
    T* column = a + j * ld;
    int64_t pivot = j;
    T most = std::abs(column[j]);
    for (int64_t i = j + 1; i < m; ++i)
      if (const T v = std::abs(column[i]); v > most) most = v, pivot = i;
    pivots[j] = static_cast<int32_t>(pivot + 1);
    if (column[pivot] == 0) {
      if (!singular) singular = static_cast<int32_t>(j + 1);
      continue;
    }
    exchange_rows(a + begin * ld, end - begin, ld, pivots, j, j + 1, false);
    for (int64_t i = j + 1; i < m; ++i) column[i] /= column[j];
    for (int64_t k = j + 1; k < end; ++k) subtract_scaled(column + j + 1, a[k * ld + j], m - j - 1, a + k * ld + j + 1);
  }
  return singular;
}
/// The same for columns [begin, end) of any number, at most m.
template <class T>
int32_t lu_columns(T* a, int64_t m, int64_t ld, int64_t begin, int64_t end, int32_t* pivots) {
  if (end - begin <= kPanel) return lu_panel(a, m, ld, begin, end, pivots);
  const int64_t middle = begin + half_of(end - begin, kPanel), n1 = middle - begin, n2 = end - middle;
  const int32_t first = lu_columns(a, m, ld, begin, middle, pivots);
  T *corner = a + begin * (ld + 1), *right = a + middle * ld;
  exchange_rows(right, n2, ld, pivots, begin, middle, false);
  solve_rows(Triangle<T>{corner, 1, ld, true, true}, n1, n2, right + begin, ld);
  // Transposed, since products are row-major.
  if (m > middle) subtract_product(n2, m - middle, n1, right + begin, ld, corner + n1, ld, false, right + middle, ld);
  const int32_t second = lu_columns(a, m, ld, middle, end, pivots);
  exchange_rows(a + begin * ld, n1, ld, pivots, middle, end, false);
  return first ? first : second;
}

// ---- slots

template <class T>
struct Factor {
  static void lu(int64_t count, int32_t m, int32_t n, void* a, int32_t* pivots, int32_t* info) {
    const int64_t rank = std::min(m, n), size = int64_t{m} * n;
    cpu::each_matrix(count, cpu::cube(m, n), [&](int64_t k) {
      T* matrix = static_cast<T*>(a) + k * size;
      int32_t* p = pivots + k * rank;
      info[k] = lu_columns(matrix, m, m, 0, rank, p);
      if (n <= m) return;
      T* right = matrix + rank * m;
      exchange_rows(right, n - rank, m, p, 0, rank, false);
      solve_rows(Triangle<T>{matrix, 1, m, true, true}, rank, n - rank, right, m);
    });
  }
  static void lu_solve(int64_t count, int32_t n, int32_t nrhs, const void* lu, const int32_t* pivots, void* b,
                       bool trans) {
    const int64_t ld = n;
    cpu::each_matrix(count, static_cast<double>(n) * n * nrhs, [&](int64_t k) {
      const T* factors = static_cast<const T*>(lu) + k * ld * ld;
      T* sides = static_cast<T*>(b) + k * ld * nrhs;
      const int32_t* p = pivots + k * ld;
      const auto lower = column_major<T>(factors, ld, false, trans, true),
                 upper = column_major<T>(factors, ld, true, trans, false);
      if (!trans) exchange_rows(sides, nrhs, ld, p, 0, ld, false);
      solve_rows(trans ? upper : lower, ld, nrhs, sides, ld);
      solve_rows(trans ? lower : upper, ld, nrhs, sides, ld);
      if (trans) exchange_rows(sides, nrhs, ld, p, 0, ld, true);
    });
  }
  static void cholesky(int64_t count, int32_t n, void* a, int32_t* info) {
    cpu::each_matrix(count, cpu::cube(n, n),
                     [&](int64_t k) { info[k] = cholesky_of(static_cast<T*>(a) + k * n * n, int64_t{n}, int64_t{n}); });
  }
  static void triangular(int64_t count, int32_t n, int32_t nrhs, const void* a, void* b, Triangle3 form) {
    const int64_t ld = n;
    cpu::each_matrix(count, static_cast<double>(n) * n * nrhs, [&](int64_t k) {
      solve_rows(column_major<T>(static_cast<const T*>(a) + k * ld * ld, ld, form.upper, form.trans, form.unit), ld,
                 nrhs, static_cast<T*>(b) + k * ld * nrhs, ld);
    });
  }
  static void fill() {
    lu_kernel.set(kCPU, dtype_of<T>, lu);
    lu_solve_kernel.set(kCPU, dtype_of<T>, lu_solve);
    cholesky_kernel.set(kCPU, dtype_of<T>, cholesky);
    triangular_kernel.set(kCPU, dtype_of<T>, triangular);
  }
};
void fill_slots() {
  Factor<float>::fill();
  Factor<double>::fill();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
