#include <algorithm>

#include "backend/pointwise.h"
#include "backend/reduce.h"

namespace lampas {
namespace {

constexpr int64_t kPiece = 1024;  // elements of a row that are converted at a time
constexpr int64_t kRows = 8;      // rows of columns

struct Narrow {
  const ReduceFns& fns;
  ScalarType dtype;
  const void* params;
  static const Narrow& of(const void* p) { return *static_cast<const Narrow*>(p); }

  /// n elements `step` apart.
  void load(const uint16_t* x, int64_t n, int64_t step, float* y) const {
    uint16_t gathered[kPiece];
    if (step != 1) {
      for (int64_t i = 0; i < n; ++i) gathered[i] = x[i * step];
      x = gathered;
    }
    convert(dtype, x, kFloat, y, n);
  }
};

void take_rows(const ReduceRun& r, Accumulators a, const void* params) {
  const Narrow& w = Narrow::of(params);
  alignas(64) float piece[kPiece];
  for (int64_t i = 0; i < r.n; ++i) {
    const uint16_t* x = static_cast<const uint16_t*>(r.in) + i * r.next;
    for (int64_t j = 0; j < r.length; j += kPiece) {
      const int64_t n = std::min(kPiece, r.length - j);
      w.load(x + j * r.step, n, r.step, piece);
      w.fns.take_rows({piece, 1, n, n, 1, r.first + j}, a.at(i), w.params);
    }
  }
}
void take_columns(const ReduceRun& r, Accumulators a, const void* params) {
  const Narrow& w = Narrow::of(params);
  alignas(64) float rows[kRows][kMaxReduceColumns];
  for (int64_t j = 0; j < r.length; j += kRows) {
    const int64_t count = std::min(kRows, r.length - j);
    for (int64_t c = 0; c < r.n; c += kMaxReduceColumns) {
      const int64_t n = std::min(kMaxReduceColumns, r.n - c);
      for (int64_t k = 0; k < count; ++k)
        w.load(static_cast<const uint16_t*>(r.in) + (j + k) * r.step + c * r.next, n, r.next, rows[k]);
      w.fns.take_columns({rows, n, 1, count, kMaxReduceColumns, r.first + j}, a.at(c), w.params);
    }
  }
}
void finish(Accumulators a, int64_t n, int64_t reduced, void* const out[2], int64_t start, int64_t stride,
            const void* params) {
  const Narrow& w = Narrow::of(params);
  float values[2][kMaxReduceColumns];
  int64_t positions[kMaxReduceColumns];
  uint16_t elements[kMaxReduceColumns];
  void* const results[2] = {out[0] ? values[0] : nullptr,
                            !out[1] ? nullptr : (w.fns.positions ? static_cast<void*>(positions) : values[1])};
  for (int64_t i = 0; i < n; i += kMaxReduceColumns) {
    const int64_t m = std::min(kMaxReduceColumns, n - i), at = start + i * stride;
    w.fns.finish(a.at(i), m, reduced, results, 0, 1, w.params);
    for (int k = 0; k < 2; ++k) {
      if (!out[k]) continue;
      if (k == 1 && w.fns.positions) {
        for (int64_t j = 0; j < m; ++j) static_cast<int64_t*>(out[1])[at + j * stride] = positions[j];
        continue;
      }
      convert(kFloat, values[k], w.dtype, elements, m);
      for (int64_t j = 0; j < m; ++j) static_cast<uint16_t*>(out[k])[at + j * stride] = elements[j];
    }
  }
}

}  // namespace

void run_narrow_reduction(const ReducePlan& plan, const ReduceFns& of_float, const void* in, ScalarType dtype,
                          void* const out[2], const void* params) {
  const Narrow w{of_float, dtype, params};
  run_reduction(plan,
                {of_float.fields, of_float.positions, of_float.init, take_rows, take_columns, of_float.combine, finish,
                 of_float.cost + 1},
                in, 2, out, &w);
}

}  // namespace lampas
