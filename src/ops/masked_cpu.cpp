#include <algorithm>
#include <cstring>

#include "backend/cpu/parallel.h"
#include "ops/element.h"
#include "ops/mask_vectors.h"
#include "ops/masked.h"

namespace lampas {
namespace {

/// Eight mask bytes as one word: their sum is the number of true ones.
uint64_t word_at(const bool* mask) {
  uint64_t w;
  std::memcpy(&w, mask, 8);
  return w;
}
constexpr uint64_t kAllTrue = 0x0101010101010101ull;

int64_t count_range(const bool* mask, int64_t n) {
  if (cpu::mask_functions.count) return cpu::mask_functions.count(mask, n);
  int64_t count = 0, i = 0;
  for (; i + 8 <= n; i += 8) count += static_cast<int64_t>((word_at(mask + i) * kAllTrue) >> 56);
  for (; i < n; ++i) count += mask[i];
  return count;
}

/// Cuts [0, n) into at most kParts ranges, the same for any number of threads, and calls f(begin, end, true elements
/// before begin, true elements before end) on each in parallel.
constexpr int64_t kParts = 64;
template <class F>
void for_parts(const bool* mask, int64_t n, int64_t count, const F& f) {
  const int64_t parts = std::clamp<int64_t>(n / cpu::kGrain, 1, kParts), size = (n + parts - 1) / parts;
  int64_t before[kParts + 1] = {};
  before[1] = count;
  if (parts > 1) {
    cpu::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        before[p + 1] = count_range(mask + p * size, std::max<int64_t>(0, std::min(n, (p + 1) * size) - p * size));
    });
    for (int64_t p = 0; p < parts; ++p) before[p + 1] += before[p];
  }
  cpu::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      if (p * size < n) f(p * size, std::min(n, (p + 1) * size), before[p], before[p + 1]);
  });
}

int64_t mask_count(const bool* mask, int64_t n) {
  int64_t total = 0;
  if (n <= 4 * cpu::kGrain) return count_range(mask, n);
  int64_t counts[kParts] = {};
  const int64_t size = (n + kParts - 1) / kParts;
  cpu::parallel_for(kParts, 4, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      counts[p] =
          count_range(mask + std::min(n, p * size), std::max<int64_t>(0, std::min(n, (p + 1) * size) - p * size));
  });
  for (int64_t c : counts) total += c;
  return total;
}

/// Calls f(i) for true elements in order, skipping eight false ones at once.
template <class F>
void each_true(const bool* mask, int64_t begin, int64_t end, const F& f) {
  int64_t i = begin;
  for (; i + 8 <= end; i += 8) {
    if (word_at(mask + i) == 0) continue;
    for (int64_t k = i; k < i + 8; ++k)
      if (mask[k]) f(k);
  }
  for (; i < end; ++i)
    if (mask[i]) f(i);
}

template <class T>
void mask_compress(const void* x, const bool* mask, int64_t n, void* out, int64_t count) {
  const T* from = static_cast<const T*>(x);
  for_parts(mask, n, count, [&](int64_t begin, int64_t end, int64_t before, int64_t after) {
    T* to = static_cast<T*>(out) + before;
    if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
      const auto vectors = cpu::mask_functions.compress[sizeof(T) == 8];
      if (vectors) return vectors(from + begin, mask + begin, end - begin, to, after - before);
    }
    each_true(mask, begin, end, [&](int64_t i) { *to++ = from[i]; });
  });
}

template <class T>
void mask_expand(void* x, const bool* mask, int64_t n, const void* source) {
  T* to = static_cast<T*>(x);
  for_parts(mask, n, n, [&](int64_t begin, int64_t end, int64_t before, int64_t) {
    const T* from = static_cast<const T*>(source) + before;
    each_true(mask, begin, end, [&](int64_t i) { to[i] = *from++; });
  });
}

/// Coordinates of true elements: positions along the last dimension, and those of its row.
class Coordinates {
 public:
  Coordinates(IntArrayRef sizes, int64_t row_step, int64_t column_step, int64_t* out)
      : sizes_(sizes),
        last_(static_cast<int64_t>(sizes.size()) - 1),
        row_step_(row_step),
        column_step_(column_step),
        out_(out) {}

  /// The next `n` elements, at `at` of row `row`.
  void add(int64_t row, const uint32_t* at, int64_t first, int64_t n) {
    int64_t* column = out_ + last_ * column_step_;
    if (last_ == 1 && row_step_ == 2 && cpu::mask_functions.pairs) {
      cpu::mask_functions.pairs(row, at, first, n, out_);
    } else if (row_step_ == 1) {
      for (int64_t k = 0; k < n; ++k) column[k] = first + static_cast<int64_t>(at[k]);
      each_outer(row, [&](int64_t* to, int64_t i) { std::fill_n(to, n, i); });
    } else {
      for (int64_t k = 0; k < n; ++k) column[k * row_step_] = first + static_cast<int64_t>(at[k]);
      each_outer(row, [&](int64_t* to, int64_t i) {
        for (int64_t k = 0; k < n; ++k) to[k * row_step_] = i;
      });
    }
    out_ += n * row_step_;
  }

 private:
  template <class F>
  void each_outer(int64_t row, const F& f) const {
    for (int64_t d = last_; d-- > 0; row /= sizes_[static_cast<size_t>(d)])
      f(out_ + d * column_step_, row % sizes_[static_cast<size_t>(d)]);
  }
  IntArrayRef sizes_;
  int64_t last_, row_step_, column_step_;
  int64_t* out_;
};

void mask_positions(const bool* mask, IntArrayRef sizes, int64_t* out, int64_t row_step, int64_t column_step) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  if (n == 0) return;
  const int64_t width = sizes[sizes.size() - 1];
  for_parts(mask, n, n, [&](int64_t begin, int64_t end, int64_t before, int64_t) {
    Coordinates to(sizes, row_step, column_step, out + before * row_step);
    constexpr int64_t kPiece = 1024;
    uint32_t at[kPiece + cpu::MaskFunctions::kRoom];
    for (int64_t i = begin, m; i < end; i += m) {
      m = std::min(kPiece, end - i);
      int64_t found = 0;
      if (cpu::mask_functions.positions)
        found = cpu::mask_functions.positions(mask + i, m, at);
      else
        each_true(mask, i, i + m, [&](int64_t k) { at[found++] = static_cast<uint32_t>(k - i); });
      for (int64_t k = 0, n; k < found; k += n) {  // those of one row
        const int64_t row = (i + at[k]) / width, left = (row + 1) * width - i;
        n = at[found - 1] < left ? found - k : 1;
        while (k + n < found && at[k + n] < left) ++n;
        to.add(row, at + k, i - row * width, n);
      }
    }
  });
}

template <class T>
bool fill_slots(ScalarType t) {
  using Raw = RawElementOf<T>;
  mask_compress_kernel.set(kCPU, t, mask_compress<Raw>);
  mask_expand_kernel.set(kCPU, t, mask_expand<Raw>);
  return true;
}
const bool filled[] = {mask_count_kernel.set(kCPU, kBool, mask_count),
                       mask_positions_kernel.set(kCPU, kBool, mask_positions),
#define LAMPAS_FILL(T, name) fill_slots<T>(ScalarType::name),
                       LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
