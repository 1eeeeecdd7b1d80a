#include <algorithm>
#include <cstring>

#include "backend/cpu/parallel.h"
#include "ops/element.h"
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
  int64_t count = 0, i = 0;
  for (; i + 8 <= n; i += 8) count += static_cast<int64_t>((word_at(mask + i) * kAllTrue) >> 56);
  for (; i < n; ++i) count += mask[i];
  return count;
}

/// Cuts [0, n) into at most kParts ranges, the same for any number of threads, and calls f(begin, end, true elements
/// before begin) on each in parallel.
constexpr int64_t kParts = 64;
template <class F>
void for_parts(const bool* mask, int64_t n, const F& f) {
  const int64_t parts = std::clamp<int64_t>(n / cpu::kGrain, 1, kParts), size = (n + parts - 1) / parts;
  int64_t before[kParts + 1] = {};
  if (parts > 1) {
    cpu::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        before[p + 1] = count_range(mask + p * size, std::max<int64_t>(0, std::min(n, (p + 1) * size) - p * size));
    });
    for (int64_t p = 0; p < parts; ++p) before[p + 1] += before[p];
  }
  cpu::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      if (p * size < n) f(p * size, std::min(n, (p + 1) * size), before[p]);
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
  for_parts(mask, n, [&](int64_t begin, int64_t end, int64_t before) {
    T* to = static_cast<T*>(out) + before;
    // Without branches each element is written, and overwritten when its mask was false: keep one element of room.
    const T* const stop = static_cast<T*>(out) + count - 1;
    int64_t i = begin;
    for (; i + 8 <= end && to + 8 <= stop; i += 8) {
      const uint64_t w = word_at(mask + i);
      if (w == 0) continue;
      if (w == kAllTrue) {
        std::memcpy(static_cast<void*>(to), from + i, 8 * sizeof(T));
        to += 8;
        continue;
      }
      if (end < n) {
        // Another range follows: what lies behind `to` may be its first elements.
        for (int64_t k = i; k < i + 8; ++k)
          if (mask[k]) *to++ = from[k];
        continue;
      }
      for (int64_t k = i; k < i + 8; ++k) {
        *to = from[k];
        to += mask[k];
      }
    }
    for (; i < end; ++i)
      if (mask[i]) *to++ = from[i];
  });
}

template <class T>
void mask_expand(void* x, const bool* mask, int64_t n, const void* source) {
  T* to = static_cast<T*>(x);
  for_parts(mask, n, [&](int64_t begin, int64_t end, int64_t before) {
    const T* from = static_cast<const T*>(source) + before;
    each_true(mask, begin, end, [&](int64_t i) { to[i] = *from++; });
  });
}

void mask_positions(const bool* mask, IntArrayRef sizes, int64_t* out, int64_t row_step, int64_t column_step) {
  const size_t rank = sizes.size();
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  if (n == 0) return;
  const int64_t width = sizes[rank - 1];
  for_parts(mask, n, [&](int64_t begin, int64_t end, int64_t before) {
    int64_t* p = out + before * row_step;
    if (rank == 1) {
      each_true(mask, begin, end, [&](int64_t i) {
        *p = i;
        p += row_step;
      });
      return;
    }
    int64_t row = begin / width, row_start = row * width;
    each_true(mask, begin, end, [&](int64_t i) {
      if (i - row_start >= width) {
        row = i / width;
        row_start = row * width;
      }
      p[static_cast<int64_t>(rank - 1) * column_step] = i - row_start;
      int64_t rest = row;
      for (size_t d = rank - 1; d-- > 1;) {
        p[static_cast<int64_t>(d) * column_step] = rest % sizes[d];
        rest /= sizes[d];
      }
      p[0] = rest;
      p += row_step;
    });
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
