#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/cpu/parallel.h"
#include "ops/scan.h"

namespace lampas {

/// Calls row(first element, distance of neighbours) for each line of a scan, or columns(first element, row distance,
/// columns) for up to `width` lines that are walked side by side. `cost` is the work per element relative to an add.
template <class Row, class Columns>
void each_scan_line(const Scan& s, int64_t cost, int64_t width, const Row& row, const Columns& columns) {
  const DimSpan& d = s.span;
  const int64_t last = s.reverse ? (d.size - 1) * d.inner : 0, step = s.reverse ? -d.inner : d.inner;
  if (d.inner == 1) {
    cpu::parallel_for(d.outer, std::max<int64_t>(1, cpu::kGrain / cost / d.size), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) row(r * d.size + last, step);
    });
    return;
  }
  // Long pieces of rows are read at the speed of memory, but every thread is to have some.
  const int64_t share = (d.outer * d.inner / get_num_threads() + 63) / 64 * 64;
  width = std::min(width, std::max<int64_t>(share, 64));
  const int64_t blocks = (d.inner + width - 1) / width;
  const int64_t grain = std::max<int64_t>(1, cpu::kGrain / cost / (d.size * std::min(d.inner, width)));
  cpu::parallel_for(d.outer * blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const int64_t first = b % blocks * width;
      columns(b / blocks * d.size * d.inner + first + last, step, std::min(width, d.inner - first));
    }
  });
}

}  // namespace lampas
