#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/embedding.h"

namespace lampas {
namespace {

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// The rows of the table as bags of what is added to them: a lookup that writes each row once. Entries keep their
/// order.
template <class T>
void bag_scatter_by_row(const Lookup& l, const void* dy, const void* scale_, void* dw) {
  const T* scale = static_cast<const T*>(scale_);
  const cpu::Workspace<int64_t> begin(l.rows + 1), index(l.n);
  const cpu::Workspace<T> scales(scale ? l.n : 0);
  std::fill_n(begin.data(), l.rows + 1, int64_t{0});
  for (int64_t i = 0; i < l.n; ++i) ++begin[l.index[i]];
  for (int64_t r = 0, sum = 0; r <= l.rows; ++r) sum += std::exchange(begin[r], sum);
  for (int64_t i = 0; i < l.n; ++i) {
    const int64_t at = begin[l.index[i]]++;
    index[at] = l.bag ? l.bag[i] : i;
    if (scale) scales[at] = scale[i];
  }
  // Filled, each begin is the next one's.
  std::copy_backward(begin.data(), begin.data() + l.rows, begin.data() + l.rows + 1);
  begin[0] = 0;
  Lookup rows;
  rows.dim = l.dim, rows.n = l.n, rows.bags = l.rows;
  rows.index = index, rows.begin = begin;
  bag_sum_kernel.get(dtype_of<T>)(rows, dy, scale ? scales.data() : nullptr, dw);
}

/// Threads share the columns, so that every row sums in one order however many there are.
template <class T>
void bag_scatter(const Lookup& l, const void* dy_, const void* scale_, void* dw_) {
  // Where zeros stay in the near caches, or most rows stay zero, the sorting would cost more than it saves.
  constexpr int64_t kNear = 1 << 18;
  if (l.rows <= 4 * l.n && l.dim >= 8 && l.rows * l.dim * static_cast<int64_t>(sizeof(T)) > kNear)
    return bag_scatter_by_row<T>(l, dy_, scale_, dw_);
  const T* dy = static_cast<const T*>(dy_);
  const T* scale = static_cast<const T*>(scale_);
  T* dw = static_cast<T*>(dw_);
  const int64_t dim = l.dim;
  const int64_t size = l.rows * dim;
  const auto add = [&](Wide<T>* to) {
    cpu::parallel_for(size, cpu::kGrain, [&](int64_t a, int64_t b) { std::fill(to + a, to + b, Wide<T>(0)); });
    cpu::parallel_for(dim, std::max<int64_t>(16, cpu::kGrain / std::max<int64_t>(l.n, 1)), [&](int64_t a, int64_t b) {
      for (int64_t i = 0; i < l.n; ++i) {
        const T* g = dy + (l.bag ? l.bag[i] : i) * dim;
        Wide<T>* row = to + l.index[i] * dim;
        if (scale) {
          const auto s = static_cast<Wide<T>>(scale[i]);
          if (s == 0) continue;
          for (int64_t d = a; d < b; ++d) row[d] += s * static_cast<Wide<T>>(g[d]);
        } else {
          for (int64_t d = a; d < b; ++d) row[d] += static_cast<Wide<T>>(g[d]);
        }
      }
    });
  };
  if constexpr (std::is_same_v<T, Wide<T>>) {
    add(dw);
  } else {
    const cpu::Workspace<Wide<T>> sums(size);
    add(sums.data());
    cpu::parallel_for(size, cpu::kGrain, [&](int64_t a, int64_t b) {
      for (int64_t k = a; k < b; ++k) dw[k] = static_cast<T>(sums[k]);
    });
  }
}

template <class T>
void bag_dot(const Lookup& l, const void* dy_, const void* w_, void* ds_) {
  const T* dy = static_cast<const T*>(dy_);
  const T* w = static_cast<const T*>(w_);
  T* ds = static_cast<T*>(ds_);
  cpu::parallel_for(l.n, cpu::kGrain / std::max<int64_t>(1, l.dim) + 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const T *g = dy + (l.bag ? l.bag[i] : i) * l.dim, *row = w + l.index[i] * l.dim;
      Wide<T> sum = 0;
      for (int64_t d = 0; d < l.dim; ++d) sum += static_cast<Wide<T>>(g[d]) * static_cast<Wide<T>>(row[d]);
      ds[i] = static_cast<T>(sum);
    }
  });
}

template <class T>
void bag_max(const Lookup& l, const void* w_, int64_t skip, int64_t* row) {
  const T* w = static_cast<const T*>(w_);
  const int64_t length = l.n / std::max<int64_t>(l.bags, 1) + 1;
  cpu::parallel_for(l.bags, cpu::kGrain / std::max<int64_t>(1, l.dim * length) + 1, [&](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; ++b) {
      int64_t* best = row + b * l.dim;
      std::fill_n(best, l.dim, int64_t{-1});
      for (int64_t i = l.begin[b]; i < l.begin[b + 1]; ++i) {
        const int64_t r = l.index[i];
        if (r == skip) continue;
        const T* values = w + r * l.dim;
        for (int64_t d = 0; d < l.dim; ++d)
          if (best[d] < 0 || static_cast<Wide<T>>(values[d]) > static_cast<Wide<T>>(w[best[d] * l.dim + d]))
            best[d] = r;
      }
    }
  });
}

template <class T>
void renorm(const Lookup& l, void* w_, int64_t row_stride, int64_t stride, double max_norm, double p) {
  T* w = static_cast<T*>(w_);
  const cpu::Workspace<uint8_t> done(l.rows);
  std::fill_n(done.data(), l.rows, uint8_t{0});
  for (int64_t i = 0; i < l.n; ++i) {
    if (done[l.index[i]]) continue;
    done[l.index[i]] = 1;
    T* row = w + l.index[i] * row_stride;
    double norm = 0;
    for (int64_t d = 0; d < l.dim; ++d) {
      const double v = std::abs(static_cast<double>(row[d * stride]));
      if (std::isinf(p))
        norm = p > 0 ? std::max(norm, v) : d == 0 ? v : std::min(norm, v);
      else if (p == 2)
        norm += v * v;
      else if (p == 0)
        norm += v != 0;
      else
        norm += std::pow(v, p);
    }
    if (p == 2)
      norm = std::sqrt(norm);
    else if (!std::isinf(p) && p != 0)
      norm = std::pow(norm, 1 / p);
    if (norm <= max_norm) continue;
    const auto factor = static_cast<Wide<T>>(max_norm / (norm + 1e-7));
    for (int64_t d = 0; d < l.dim; ++d)
      row[d * stride] = static_cast<T>(static_cast<Wide<T>>(row[d * stride]) * factor);
  }
}

template <class... T>
bool fill_slots() {
  return ((bag_scatter_kernel.set(kCPU, dtype_of<T>, bag_scatter<T>) &&
           bag_dot_kernel.set(kCPU, dtype_of<T>, bag_dot<T>) && bag_max_kernel.set(kCPU, dtype_of<T>, bag_max<T>) &&
           embedding_renorm_kernel.set(kCPU, dtype_of<T>, renorm<T>)) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
