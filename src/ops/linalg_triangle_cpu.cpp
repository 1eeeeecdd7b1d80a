// Cholesky and LU factors and triangular systems: halves of halves, so that nearly all of the work is matrix products,
// and small blocks by substitution in registers. Backward stable as LAPACK's are: errors a small multiple of eps times
// the matrix's size and norm; sums in T, quotients rounded once (unless they are denormal). NaN and infinity give NaN
// or a failure report.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/linalg.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linalg_triangle_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/tile_copy.h"
#include "backend/cpu/unroll.h"
#include "lampas/core/dtype.h"
#include "ops/linalg_batch.h"
#include "ops/linalg_vector-inl.h"

namespace lampas {
/// f(context, k, begin, end) for the right-hand sides of every matrix. Threads share out matrices or, if those are few
/// and large, the sides of each, 32 and more at a time.
void share_sides(int64_t count, int64_t n, int64_t nrhs, void (*f)(const void*, int64_t, int64_t, int64_t),
                 const void* context);
}  // namespace lampas

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using cpu::subtract_product;

/// Rows and columns of the blocks that are not divided any further.
constexpr int64_t kBlock = 32, kPanel = 16;
/// Columns of an inverse that are begun together.
constexpr int64_t kColumns = 64;

/// Half of n, in whole blocks if there are several.
int64_t half_of(int64_t n, int64_t block) { return n <= 2 * block ? n / 2 : n / 2 / block * block; }

template <class F>
void each_side(int64_t count, int64_t n, int64_t nrhs, const F& f) {
  share_sides(
      count, n, nrhs,
      [](const void* f, int64_t k, int64_t begin, int64_t end) { (*static_cast<const F*>(f))(k, begin, end); }, &f);
}

// ---- triangular systems

/// A triangular matrix: element (i, j) at a[i * row + j * column], of which one is 1.
template <class T>
struct Triangle {
  const T* a;
  int64_t row, column;
  bool lower, unit, alone = false;  // products on the calling thread
  const T* at(int64_t i, int64_t j) const { return a + i * row + j * column; }
  Triangle corner(int64_t i) const { return {at(i, i), row, column, lower, unit, alone}; }
};

/// x / p, rounded once either way; `r` is 1 / p, or 0 where that is not a normal number.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> quotient(D d, hn::Vec<D> x, T p, T r) {
#if HWY_TARGET != HWY_SCALAR  // has no fused multiply-add
  if (HWY_LIKELY(r != 0)) {
    // Markstein's: as exact as a division, which takes several times as long.
    const auto by = hn::Set(d, r), q = hn::Mul(x, by);
    const auto y = hn::MulAdd(hn::NegMulAdd(q, hn::Set(d, p), x), by, q);
    return hn::IfThenElse(hn::IsNaN(y), q, y);  // q may have overflowed
  }
#endif
  return hn::Div(x, hn::Set(d, p));
}
template <class T>
T reciprocal(T p) {
  constexpr T kLeast = 8 * std::numeric_limits<T>::min();
  return std::abs(p) > kLeast && std::abs(p) < 1 / kLeast ? 1 / p : T(0);
}

/// Unknowns that are found together, in registers.
#if HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM
constexpr int kRows = 8;
#else
constexpr int kRows = 4;
#endif
constexpr int64_t kSides = 32;

/// A block in the order its unknowns are found: those of an upper triangle from the last to the first. Rows that fill
/// up the last kRows are of no consequence.
template <class T>
struct Steps {
  T factor[kBlock][kBlock], reciprocals[kBlock];
  int64_t first, step;  // column of the first unknown, and from one to the next
  bool unit;

  Steps(const Triangle<T>& e, int64_t n, int64_t filled)
      : first(e.lower ? 0 : n - 1), step(e.lower ? 1 : -1), unit(e.unit) {
    constexpr int64_t kItem = sizeof(T), kRow = kBlock * kItem;
    if (filled > n) std::fill_n(factor[0], filled * kBlock, T(0));
    cpu::tile_copy(kItem)({reinterpret_cast<char*>(factor[first]), kItem, step * kRow},
                          {reinterpret_cast<char*>(const_cast<T*>(e.a)), e.column * kItem, e.row * kItem}, n, n);
    for (int64_t i = 0; i < filled && !unit; ++i) reciprocals[i] = i < n ? reciprocal(*at(i, i)) : T(1);
  }
  const T* at(int64_t i, int64_t j) const { return factor[i] + first + j * step; }
};
/// One block for two vectors of right-hand sides, whose unknowns lie `step` apart.
template <class D, class T = hn::TFromD<D>>
void substitute(D d, const Steps<T>& e, int64_t n, T* x, int64_t step) {
  using Vec = hn::Vec<D>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += kRows) {
    Vec sum[kRows][2];
    T* rows = x + i * step;
    LAMPAS_UNROLL for (int r = 0; r < kRows; ++r) {
      LAMPAS_UNROLL for (int v = 0; v < 2; ++v) sum[r][v] = hn::LoadU(d, rows + r * step + v * lanes);
    }
    const T *known = x, *factor = e.at(i, 0);
    for (int64_t k = 0; k < i; ++k, known += step, factor += e.step) {
      const Vec left = hn::LoadU(d, known), right = hn::LoadU(d, known + lanes);
      LAMPAS_UNROLL for (int r = 0; r < kRows; ++r) {
        const Vec f = hn::Set(d, factor[r * kBlock]);
        sum[r][0] = hn::NegMulAdd(f, left, sum[r][0]);
        sum[r][1] = hn::NegMulAdd(f, right, sum[r][1]);
      }
    }
    LAMPAS_UNROLL for (int s = 0; s < kRows; ++s, factor += e.step) {
      if (!e.unit) {
        const T p = factor[s * kBlock], by = e.reciprocals[i + s];
        LAMPAS_UNROLL for (int v = 0; v < 2; ++v) sum[s][v] = quotient(d, sum[s][v], p, by);
      }
      LAMPAS_UNROLL for (int v = 0; v < 2; ++v) hn::StoreU(sum[s][v], d, rows + s * step + v * lanes);
      LAMPAS_UNROLL for (int r = s + 1; r < kRows; ++r) {
        const Vec f = hn::Set(d, factor[r * kBlock]);
        LAMPAS_UNROLL for (int v = 0; v < 2; ++v) sum[r][v] = hn::NegMulAdd(f, sum[s][v], sum[r][v]);
      }
    }
  }
}
/// One block: several right-hand sides (rows of b) at once, one in each lane.
template <class T>
void solve_block(const Triangle<T>& e, int64_t n, int64_t nrhs, T* b, int64_t ldb) {
  constexpr int64_t kItem = sizeof(T);
  const hn::CappedTag<T, kSides / 2> d;
  const int64_t two = 2 * static_cast<int64_t>(hn::Lanes(d)), filled = (n + kRows - 1) / kRows * kRows;
  const Steps<T> steps(e, n, filled);
  HWY_ALIGN T x[kBlock * kSides];
  if (filled > n || nrhs % kSides != 0) std::fill_n(x, filled * kSides, T(0));
  T* const start = e.lower ? x : x + (filled - 1) * kSides;
  const cpu::Tile inside{reinterpret_cast<char*>(e.lower ? x : x + (filled - n) * kSides), kItem, kSides * kItem};
  for (int64_t r = 0; r < nrhs; r += kSides) {
    const int64_t m = std::min(kSides, nrhs - r);
    const cpu::Tile outside{reinterpret_cast<char*>(b + r * ldb), ldb * kItem, kItem};
    cpu::tile_copy(kItem)(inside, outside, m, n);
    for (int64_t v = 0; v < m; v += two) substitute(d, steps, filled, start + v, e.lower ? kSides : -kSides);
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
    subtract_product(nrhs, n2, n1, b, ldb, e.at(n1, 0), ld, dense, b + n1, ldb, e.alone);
    solve_rows(second, n2, nrhs, b + n1, ldb);
  } else {
    solve_rows(second, n2, nrhs, b + n1, ldb);
    subtract_product(nrhs, n1, n2, b + n1, ldb, e.at(0, n1), ld, dense, b, ldb, e.alone);
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
  // Often there are none, or few, to exchange.
  while (begin < end && pivots[begin] == begin + 1) ++begin;
  while (begin < end && pivots[end - 1] == end) --end;
  if (begin == end) return;
  for (int64_t j = 0; j < columns; ++j, a += ld)
    for (int64_t step = begin; step < end; ++step) {
      const int64_t i = back ? begin + end - 1 - step : step;
      std::swap(a[i], a[pivots[i] - 1]);
    }
}

/// Rows of a panel are taken in vectors that begin at multiples of their length, so that what one step stored is loaded
/// again as it was stored: f(i, first rows of the vector that are before `from`).
template <class D, class F>
HWY_INLINE void each_vector(D d, int64_t from, int64_t rows, const F& f) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = from / lanes * lanes; i < rows; i += lanes)
    f(i, hn::FirstN(d, static_cast<size_t>(std::max<int64_t>(0, from - i))));
}
/// The larger of `most` and the magnitudes that are neither NaN nor masked.
template <class D>
HWY_INLINE hn::Vec<D> larger(D, hn::Vec<D> most, hn::Vec<D> x, hn::Mask<D> masked) {
  const auto v = hn::IfThenZeroElse(masked, hn::Abs(x));
  return hn::IfThenElse(hn::Gt(v, most), v, most);
}
template <class T>
T largest(const T* column, int64_t from, int64_t rows) {
  const hn::ScalableTag<T> d;
  auto most = hn::Zero(d);
  each_vector(d, from, rows, [&](int64_t i, auto before) HWY_ATTR {
    most = larger(d, most, load_some(d, column + i, rows - i), before);
  });
  return hn::GetLane(hn::MaxOfLanes(d, most));
}
/// The first row of this magnitude; `from` if that row holds NaN or there is none.
template <class T>
int64_t first_of(T magnitude, const T* column, int64_t from, int64_t rows) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  if (!(std::abs(column[from]) < magnitude)) return from;
  for (int64_t i = from; i < rows; i += lanes) {
    const auto same = hn::Eq(hn::Abs(load_some(d, column + i, rows - i)), hn::Set(d, magnitude));
    if (const auto at = hn::FindFirstTrue(d, same); at >= 0) return i + at;
  }
  return from;
}
/// Subtracts multiples of a column, from row `from` on, from C others that lie ld apart.
template <int C, class T>
HWY_INLINE void subtract_from(const T* column, int64_t from, int64_t rows, T* other, int64_t ld) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> by[C];
  LAMPAS_UNROLL for (int c = 0; c < C; ++c) by[c] = hn::Set(d, other[c * ld + from - 1]);
  each_vector(d, from, rows, [&](int64_t i, auto before) HWY_ATTR {
    const auto x = hn::IfThenZeroElse(before, load_some(d, column + i, rows - i));
    LAMPAS_UNROLL for (int c = 0; c < C; ++c) {
      T* p = other + c * ld + i;
      store_some(d, hn::NegMulAdd(x, by[c], load_some(d, p, rows - i)), p, rows - i);
    }
  });
}
/// Divides column j by its element j from there on, and takes its multiples from the `others` columns that follow.
/// Returns the largest magnitude of the first of them.
template <class T>
T eliminate(T* column, int64_t j, int64_t rows, int64_t ld, int64_t others) {
  const hn::ScalableTag<T> d;
  const T pivot = column[j], by = reciprocal(pivot);
  T* const next = others > 0 ? column + ld : nullptr;
  const auto f = hn::Set(d, next ? next[j] : T(0));
  auto most = hn::Zero(d);
  each_vector(d, j + 1, rows, [&](int64_t i, auto before) HWY_ATTR {
    const int64_t left = rows - i;
    const auto x = load_some(d, column + i, left), l = quotient(d, x, pivot, by);
    store_some(d, hn::IfThenElse(before, x, l), column + i, left);
    if (!next) return;
    const auto y = load_some(d, next + i, left);
    const auto z = hn::IfThenElse(before, y, hn::NegMulAdd(l, f, y));
    store_some(d, z, next + i, left);
    most = larger(d, most, z, before);
  });
  int64_t c = 1;
  for (; c + 4 <= others; c += 4) subtract_from<4>(column, j + 1, rows, next + c * ld, ld);
  for (; c < others; ++c) subtract_from<1>(column, j + 1, rows, next + c * ld, ld);
  return hn::GetLane(hn::MaxOfLanes(d, most));
}
/// The panel of columns [begin, end) of a matrix with m rows, those on its left done. Returns the first column (from 1)
/// without a pivot, or 0. Pivots are LAPACK's: the first of the largest elements.
template <class T>
int32_t lu_panel(T* a, int64_t m, int64_t ld, int64_t begin, int64_t end, int32_t* pivots) {
  T* const panel = a + begin * (ld + 1);
  const int64_t rows = m - begin, columns = end - begin;
  const bool small = rows <= kShort;
  int32_t singular = 0;
  T most = small ? T(0) : largest(panel, 0, rows);
  for (int64_t j = 0; j < columns; ++j) {
    T* column = panel + j * ld;
    int64_t pivot = j;
    if (small) {
      most = std::abs(column[j]);
      for (int64_t i = j + 1; i < rows; ++i)
        if (const T v = std::abs(column[i]); v > most) most = v, pivot = i;
    } else {
      pivot = first_of(most, column, j, rows);
    }
    pivots[begin + j] = static_cast<int32_t>(begin + pivot + 1);
    const int64_t others = columns - j - 1;
    if (column[pivot] == 0) {
      if (!singular) singular = static_cast<int32_t>(begin + j + 1);
      if (!small && others) most = largest(column + ld, j + 1, rows);
      continue;
    }
    if (pivot != j)
      for (int64_t k = 0; k < columns; ++k) std::swap(panel[k * ld + j], panel[k * ld + pivot]);
    if (!small) {
      most = eliminate(column, j, rows, ld, others);
      continue;
    }
    for (int64_t i = j + 1; i < rows; ++i) column[i] /= column[j];
    for (T* other = column + ld; other < panel + columns * ld; other += ld)
      for (int64_t i = j + 1; i < rows; ++i) other[i] -= other[j] * column[i];
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
  const auto update = [&](int64_t j, int64_t columns) {
    T* c = right + j * ld;
    exchange_rows(c, columns, ld, pivots, begin, middle, false);
    solve_rows(Triangle<T>{corner, 1, ld, true, true, true}, n1, columns, c + begin, ld);
    // Transposed, since products are row-major.
    if (m > middle)
      subtract_product(columns, m - middle, n1, c + begin, ld, corner + n1, ld, false, c + middle, ld, true);
  };
  // Columns that one thread has just written take long to reach another: only large updates are shared out.
  constexpr int64_t kWorthIt = 4 << 20;
  if (n1 * n2 * (m - begin) < kWorthIt)
    update(0, n2);
  else
    each_side(1, m - begin, n2, [&](int64_t, int64_t j, int64_t end) { update(j, end - j); });
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
    each_side(count, ld, nrhs, [&](int64_t k, int64_t begin, int64_t end) {
      const T* factors = static_cast<const T*>(lu) + k * ld * ld;
      T* sides = static_cast<T*>(b) + (k * nrhs + begin) * ld;
      const int32_t* p = pivots + k * ld;
      const auto lower = column_major<T>(factors, ld, false, trans, true),
                 upper = column_major<T>(factors, ld, true, trans, false);
      if (!trans) exchange_rows(sides, end - begin, ld, p, 0, ld, false);
      solve_rows(trans ? upper : lower, ld, end - begin, sides, ld);
      solve_rows(trans ? lower : upper, ld, end - begin, sides, ld);
      if (trans) exchange_rows(sides, end - begin, ld, p, 0, ld, true);
    });
  }
  static void lu_inverse(int64_t count, int32_t n, const void* lu, const int32_t* pivots, void* b) {
    const int64_t ld = n;
    each_side(count, ld, ld, [&](int64_t k, int64_t begin, int64_t end) {
      const T* factors = static_cast<const T*>(lu) + k * ld * ld;
      T* rows = static_cast<T*>(b) + k * ld * ld;
      const auto lower = column_major<T>(factors, ld, false, false, true),
                 upper = column_major<T>(factors, ld, true, false, false);
      // Columns of L^-1 begin with zeros: sides that lie together are solved from the first that is not.
      for (int64_t i = begin, next; i < end; i = next) {
        next = std::min(end, i + kColumns);
        std::fill_n(rows + i * ld, (next - i) * ld, T(0));
        for (int64_t j = i; j < next; ++j) rows[j * (ld + 1)] = 1;
        solve_rows(lower.corner(i), ld - i, next - i, rows + i * (ld + 1), ld);
      }
      solve_rows(upper, ld, end - begin, rows + begin * ld, ld);
    });
    // The row exchanges come first, so they exchange columns of the result.
    each_side(count, ld, 1, [&](int64_t k, int64_t, int64_t) {
      T* rows = static_cast<T*>(b) + k * ld * ld;
      for (int64_t i = ld; i-- > 0;)
        if (const int64_t other = pivots[k * ld + i] - 1; other != i)
          std::swap_ranges(rows + i * ld, rows + (i + 1) * ld, rows + other * ld);
    });
  }
  static void cholesky(int64_t count, int32_t n, void* a, int32_t* info) {
    cpu::each_matrix(count, cpu::cube(n, n),
                     [&](int64_t k) { info[k] = cholesky_of(static_cast<T*>(a) + k * n * n, int64_t{n}, int64_t{n}); });
  }
  static void triangular(int64_t count, int32_t n, int32_t nrhs, const void* a, void* b, Triangle3 form) {
    const int64_t ld = n;
    each_side(count, ld, nrhs, [&](int64_t k, int64_t begin, int64_t end) {
      solve_rows(column_major<T>(static_cast<const T*>(a) + k * ld * ld, ld, form.upper, form.trans, form.unit), ld,
                 end - begin, static_cast<T*>(b) + (k * nrhs + begin) * ld, ld);
    });
  }
  static void fill() {
    lu_kernel.set(kCPU, dtype_of<T>, lu);
    lu_solve_kernel.set(kCPU, dtype_of<T>, lu_solve);
    lu_inverse_kernel.set(kCPU, dtype_of<T>, lu_inverse);
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
void lampas::share_sides(int64_t count, int64_t n, int64_t nrhs, void (*f)(const void*, int64_t, int64_t, int64_t),
                         const void* context) {
  constexpr int64_t kGroup = 32;
  constexpr double kWorthIt = 1 << 20;  // multiply-adds of one system
  const double work = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(nrhs);
  const int64_t groups = nrhs / kGroup;
  if (count >= get_num_threads() || groups < 2 || work < kWorthIt)
    return cpu::each_matrix(count, work, [&](int64_t k) { f(context, k, 0, nrhs); });
  for (int64_t k = 0; k < count; ++k)
    cpu::parallel_for(groups, 1, [&](int64_t begin, int64_t end) {
      f(context, k, begin * kGroup, end == groups ? nrhs : end * kGroup);
    });
}
LAMPAS_KERNEL_SET(fill_slots);
#endif
