#include "backend/cpu/gemm.h"

#include <algorithm>
#include <type_traits>

#include "backend/cpu/gemm_block.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "backend/verbose.h"
#include "lampas/core/dtype.h"

namespace lampas::cpu {
namespace {

/// Multiply-adds that are worth a thread.
constexpr int64_t kProductGrain = 1 << 19;

/// Rows that fill vectors of every instruction set.
constexpr int64_t kFull = 16;

enum class Way { InPlace, Dots, RowsAndDots, Packed };

/// Few rows against the transpose of a larger matrix: the transposed product packs the former and reads the latter
/// where it is. Sums are the same.
template <class T>
bool better_swapped(const GemmBlock<T>& g) {
  const bool few = g.m <= 64 || (g.m <= 128 && g.m % 16 == 0);  // vectors lie along them
  return few && g.a_column == 1 && g.b_row == 1 && g.alpha == 1 && (g.beta == 0 || g.beta == 1) && g.n >= 4 * g.m;
}
/// The way a product of this size and these strides is done. It must not depend on the number of threads, or results
/// would.
template <class T>
Way choose(const GemmBlock<T>& g) {
  const int64_t b_bytes = g.n * g.k * static_cast<int64_t>(sizeof(T));
  if (g.b_column == 1) {
    // Packing b pays where it is read often, and where it is larger than the second-level cache, into which the parts
    // in use are packed.
    const bool dense = g.a_column == 1;
    if (g.m <= (dense ? 48 : 8)) return Way::InPlace;
    if (b_bytes <= (!dense || g.m > 512 ? 64 << 10 : g.m > 128 ? 256 << 10 : 1600 << 10)) return Way::InPlace;
  }
  // Up to 28 rows leave lanes idle, which vectors along k do not if sums are long enough to be added up.
  if (g.a_column == 1 && g.b_row == 1 && (g.m <= 6 || (g.m < 29 && g.m % kFull != 0 && g.k >= 128))) {
    // Sixteen rows fill vectors, which takes a third less time; sums of those that are over are added up from lanes.
    GemmBlock<T> full = g;
    full.m = kFull;
    return g.m > kFull && better_swapped(full) ? Way::RowsAndDots : Way::Dots;
  }
  return Way::Packed;
}

template <class T>
void run_swapped(const GemmBlock<T>& g) {
  constexpr int64_t kItem = sizeof(T);
  const Workspace<T> turned(g.n * g.m);
  const Tile across{reinterpret_cast<char*>(g.c), kItem, g.c_row * kItem},
      along{reinterpret_cast<char*>(turned.data()), g.m * kItem, kItem};
  if (g.beta == 1)
    tile_copy(kItem)(along, {reinterpret_cast<char*>(const_cast<T*>(g.old(0))), kItem, g.old_row() * kItem}, g.n, g.m);
  else if (g.bias)
    for (int64_t j = 0; j < g.n; ++j) std::fill_n(turned + j * g.m, g.m, g.bias[j]);
  GemmBlock<T> h = g;
  std::swap(h.m, h.n);
  h.a = g.b, h.a_row = g.b_column, h.b = g.a, h.b_column = g.a_row;
  h.c = turned, h.c_row = g.m, h.beta = g.bias || g.beta == 1 ? 1 : 0, h.bias = nullptr, h.c0 = nullptr;
  gemm_packed(h);
  tile_copy(kItem)(across, along, g.n, g.m);
}

template <class T>
void run(Way way, const GemmBlock<T>& g) {
  if (way == Way::Dots) return gemm_dots(g);
  if (way == Way::RowsAndDots) {
    GemmBlock<T> h = g;
    h.m = kFull;
    run_swapped(h);
    h.a += kFull * g.a_row, h.c += kFull * g.c_row, h.m = g.m - kFull;
    if (h.c0) h.c0 += kFull * g.c0_row;
    return gemm_dots(h);
  }
  if (way == Way::Packed) return better_swapped(g) ? run_swapped(g) : gemm_packed(g);
  // Few rows against a large b: read it in slices of whole rows, in the order it lies in memory.
  const bool stream = g.m == 1 && g.n * static_cast<int64_t>(sizeof(T)) >= 2048;
  const int64_t depth = g.n * g.k <= (32 << 10) || g.m > 4 ? 256 : stream ? 0 : 16;
  if (g.alpha == 1) return gemm_in_place(g, depth);
  const Workspace<T> scaled(g.m * g.k);
  for (int64_t i = 0; i < g.m; ++i) {
    const T* row = g.a + i * g.a_row;
    T* to = scaled + i * g.k;
    if (g.a_column == 1)
      for (int64_t p = 0; p < g.k; ++p) to[p] = g.alpha * row[p];
    else
      for (int64_t p = 0; p < g.k; ++p) to[p] = g.alpha * row[p * g.a_column];
  }
  GemmBlock<T> h = g;
  h.a = scaled, h.a_row = g.k, h.a_column = 1, h.alpha = 1;
  gemm_in_place(h, depth);
}

/// c = beta * c0 + bias; the tiles then only have to add.
template <class T>
void scale_c(GemmBlock<T>& g) {
  for (int64_t i = 0; i < g.m; ++i) {
    T* c = g.c + i * g.c_row;
    const T* old = g.old(i);
    for (int64_t j = 0; j < g.n; ++j) c[j] = (g.beta == 0 ? T(0) : g.beta * old[j]) + (g.bias ? g.bias[j] : T(0));
  }
  g.beta = 1, g.bias = nullptr, g.c0 = nullptr;
}

/// The rectangles of c that threads take: as equal as whole tiles allow, and as near to squares as that, since each
/// reads its rows of a and its columns of b. Few rows stay together: how many they are tells how they are multiplied.
struct Cut {
  int64_t rows, columns;
};
Cut cut_of(int64_t m, int64_t n, int64_t threads) {
  const auto part = [](int64_t size, int64_t parts, int64_t unit) {
    return ((size + parts - 1) / parts + unit - 1) / unit * unit;
  };
  Cut best{m, n};
  int64_t least = INT64_MAX;
  for (int64_t column_parts = m < 2 * kFull ? threads : 1; column_parts <= threads; ++column_parts) {
    const Cut cut{part(m, threads / column_parts, 8), part(n, column_parts, kFull)};
    // An element of a or b that is read takes about as long as this many products.
    const int64_t time = (cut.rows + 8) * (cut.columns + 16);
    if (time < least) least = time, best = cut;
  }
  return best;
}

template <class T>
void gemm_one(const Gemm& p, const T* a, const T* b, T* c, const T* c0) {
  GemmBlock<T> g{p.m,
                 p.n,
                 p.k,
                 a,
                 p.trans_a ? 1 : p.lda,
                 p.trans_a ? p.lda : 1,
                 b,
                 p.trans_b ? 1 : p.ldb,
                 p.trans_b ? p.ldb : 1,
                 c,
                 p.ldc,
                 static_cast<T>(p.alpha),
                 static_cast<T>(p.beta),
                 static_cast<const T*>(p.bias),
                 c0,
                 p.ldc0};
  const bool nothing = g.k == 0 || g.alpha == 0;
  if (nothing || (g.beta != 0 && (g.beta != 1 || g.bias))) scale_c(g);
  if (nothing) return;
  if (g.n == 1 && g.c_row == 1) {  // a matrix times a vector: the same as a row vector times the transposed matrix
    if (g.bias || (g.beta != 0 && g.c0 && g.c0_row != 1)) scale_c(g);
    std::swap(g.m, g.n);
    std::swap(g.a, g.b);
    std::swap(g.a_row, g.b_column);
    std::swap(g.a_column, g.b_row);
    g.c_row = g.n;
  }
  const Way way = choose(g);
  trace_dispatch("gemm: ", g.m, "x", g.n, "x", g.k,
                 way == Way::InPlace  ? " in place"
                 : way == Way::Packed ? " packed"
                                      : " dots");
  const int64_t work = g.m * g.n * g.k;
  if (work < 2 * kProductGrain || p.alone || in_team()) return run(way, g);
  // Each thread takes a rectangle of c. An element's sum is formed in one order wherever the cuts are.
  const int64_t threads = std::min<int64_t>(get_num_threads(), work / kProductGrain);
  const auto [rows, columns] = cut_of(g.m, g.n, threads);
  const int64_t row_parts = (g.m + rows - 1) / rows, column_parts = (g.n + columns - 1) / columns;
  parallel_for(row_parts * column_parts, 1, [&, rows = rows, columns = columns](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t i = t / column_parts * rows, j = t % column_parts * columns;
      GemmBlock<T> h = g;
      h.m = std::min(rows, g.m - i), h.n = std::min(columns, g.n - j);
      h.a += i * g.a_row, h.b += j * g.b_column, h.c += i * g.c_row + j;
      if (h.bias) h.bias += j;
      if (h.c0) h.c0 += i * g.c0_row + j;
      run(way, h);
    }
  });
}

/// Reduced floats: everything is widened to float32, and the result rounded once.
template <class T>
void gemm_reduced(const Gemm& p, const T* a, const T* b, T* c, const T* c0) {
  const auto widen = [](const T* from, int64_t rows, int64_t columns, int64_t ld, float* to) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = 0; j < columns; ++j) to[r * columns + j] = from[r * ld + j];
  };
  Gemm w = p;
  w.lda = p.trans_a ? p.m : p.k, w.ldb = p.trans_b ? p.k : p.n, w.ldc = p.n;
  const Workspace<float> wa(p.m * p.k), wb(p.k * p.n), wc(p.m * p.n), bias(p.bias ? p.n : 0);
  widen(a, p.trans_a ? p.k : p.m, w.lda, p.lda, wa);
  widen(b, p.trans_b ? p.n : p.k, w.ldb, p.ldb, wb);
  if (p.beta != 0) widen(c0 ? c0 : c, p.m, p.n, c0 ? p.ldc0 : p.ldc, wc);
  if (p.bias) {
    widen(static_cast<const T*>(p.bias), 1, p.n, p.n, bias);
    w.bias = bias;
  }
  gemm_one<float>(w, wa, wb, wc, nullptr);
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) c[i * p.ldc + j] = T(wc[i * p.n + j]);
}
void gemm_one(const Gemm& p, const Half* a, const Half* b, Half* c, const Half* c0) { gemm_reduced(p, a, b, c, c0); }
void gemm_one(const Gemm& p, const BFloat16* a, const BFloat16* b, BFloat16* c, const BFloat16* c0) {
  gemm_reduced(p, a, b, c, c0);
}

/// Integers wrap around, which unsigned arithmetic defines.
template <class T>
void gemm_integer(const Gemm& g, const T* a, const T* b, T* c, const T* c0) {
  using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  const int64_t a_row = g.trans_a ? 1 : g.lda, a_column = g.trans_a ? g.lda : 1;
  const int64_t b_row = g.trans_b ? 1 : g.ldb, b_column = g.trans_b ? g.ldb : 1;
  const T* bias = static_cast<const T*>(g.bias);
  const U alpha = static_cast<U>(static_cast<int64_t>(g.alpha)), beta = static_cast<U>(static_cast<int64_t>(g.beta));
  parallel_for(g.m, kGrain / (g.n * g.k + 1) + 1, [&](int64_t begin, int64_t end) {
    const Workspace<U> sums(g.n);
    U* sum = sums.data();
    for (int64_t i = begin; i < end; ++i) {
      std::fill_n(sum, g.n, U(0));
      for (int64_t p = 0; p < g.k; ++p) {
        const U x = static_cast<U>(a[i * a_row + p * a_column]);
        const T* row = b + p * b_row;
        if (b_column == 1)
          for (int64_t j = 0; j < g.n; ++j) sum[j] += x * static_cast<U>(row[j]);
        else
          for (int64_t j = 0; j < g.n; ++j) sum[j] += x * static_cast<U>(row[j * b_column]);
      }
      T* out = c + i * g.ldc;
      const T* base = c0 ? c0 + i * g.ldc0 : out;
      for (int64_t j = 0; j < g.n; ++j) {
        const U old = beta ? beta * static_cast<U>(base[j]) : 0, add = bias ? static_cast<U>(bias[j]) : 0;
        out[j] = static_cast<T>(alpha * sum[j] + old + add);
      }
    }
  });
}

template <class T>
void gemm_any(const Gemm& g, const T* a, const T* b, T* c, const T* c0) {
  if constexpr (std::is_integral_v<T>)
    gemm_integer(g, a, b, c, c0);
  else
    gemm_one(g, a, b, c, c0);
}

template <class T>
void gemm_batches(const Gemm& g, const T* a, const T* b, T* c, const T* c0) {
  int64_t count = 1;
  for (int d = 0; d < g.batch_dims; ++d) count *= g.batch[d].size;
  const auto entries = [&](int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e) {
      int64_t rest = e, ao = 0, bo = 0, co = 0, co0 = 0;
      for (int d = g.batch_dims; d-- > 0; rest /= g.batch[d].size) {
        const int64_t i = rest % g.batch[d].size;
        ao += i * g.batch[d].a, bo += i * g.batch[d].b, co += i * g.batch[d].c, co0 += i * g.batch[d].c0;
      }
      gemm_any(g, a + ao, b + bo, c + co, c0 ? c0 + co0 : nullptr);
    }
  };
  // Whole products per thread if there are enough of them, parts of each otherwise.
  if (count >= get_num_threads())
    parallel_for(count, kProductGrain / (g.m * g.n * (g.k + 1)) + 1, entries);
  else
    entries(0, count);
}

}  // namespace

template <class T>
void gemm(const Gemm& g) {
  if (g.m == 0 || g.n == 0) return;
  const T *a = static_cast<const T*>(g.a), *b = static_cast<const T*>(g.b), *c0 = static_cast<const T*>(g.c0);
  T* c = static_cast<T*>(g.c);
  if (g.batch_dims == 0)
    gemm_any(g, a, b, c, c0);
  else
    gemm_batches(g, a, b, c, c0);
}

template void gemm<float>(const Gemm&);
template void gemm<double>(const Gemm&);
template void gemm<Half>(const Gemm&);
template void gemm<BFloat16>(const Gemm&);
template void gemm<uint8_t>(const Gemm&);
template void gemm<int8_t>(const Gemm&);
template void gemm<int16_t>(const Gemm&);
template void gemm<int32_t>(const Gemm&);
template void gemm<int64_t>(const Gemm&);

}  // namespace lampas::cpu
