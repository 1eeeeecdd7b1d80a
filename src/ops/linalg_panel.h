#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/linalg_batch.h"
#include "ops/linalg_vectors.h"

namespace lampas::cpu {

/// The reflections of up to kPanel columns, together: I - V T V^T.
inline constexpr int64_t kPanel = 32;
/// Rows for which products with panels would cost more than they save.
inline constexpr int64_t kFew = 32;

template <class T>
class Panel {
 public:
  /// `v`: kPanel columns of `rows` values; `t`: kPanel x kPanel.
  Panel(T* v, T* t) : v_(v), t_(t) {}

  /// Takes V out of the columns of a that reflections were left in.
  void load(const T* a, int64_t ld, int64_t rows, int64_t columns, const T* tau) {
    rows_ = rows, columns_ = columns;
    for (int64_t j = 0; j < columns; ++j) {
      T* v = v_ + j * rows;
      std::fill_n(v, j, T(0));
      v[j] = 1;
      std::copy(a + j * ld + j + 1, a + j * ld + rows, v + j + 1);
    }
    T products[kPanel * kPanel];
    add_product(columns, columns, rows, v_, rows, v_, rows, true, products, kPanel, 1, 0);
    // T's column j: tau and, above it, -tau T V^T v.
    for (int64_t j = 0; j < columns; ++j) {
      for (int64_t i = 0; i < j; ++i) {
        T sum = 0;
        for (int64_t k = i; k < j; ++k) sum += t_[i * kPanel + k] * products[k * kPanel + j];
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

/// Applies H_0 H_1 .. H_(count - 1), or its transpose, to n columns of c. Reflection k lies in column k of a from row
/// k on. `work`: kPanel * (rows + kPanel + 2 * n) values.
template <class T>
void apply_reflections(bool trans, const T* a, int64_t ld, int64_t rows, int64_t count, const T* tau, T* c, int64_t n,
                       int64_t ldc, T* work) {
  if (rows <= kFew) {
    for (int64_t p = 0; p < count; ++p) {
      const int64_t k = trans ? p : count - 1 - p;
      vector_kernels<T>.apply(a + k * (ld + 1), tau[k], rows - k, c + k, n, ldc);
    }
    return;
  }
  T *t = work + kPanel * rows, *rest = t + kPanel * kPanel;
  Panel<T> panel(work, t);
  const int64_t panels = (count + kPanel - 1) / kPanel;
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t j = (trans ? p : panels - 1 - p) * kPanel;
    panel.load(a + j * (ld + 1), ld, rows - j, std::min(kPanel, count - j), tau + j);
    panel.apply(trans, c + j, n, ldc, rest);
  }
}

}  // namespace lampas::cpu
