#include <algorithm>
#include <cstring>

#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "ops/arrange.h"
#include "ops/element.h"
#include "ops/strided_walk.h"

namespace lampas {
namespace {

template <class T>
void copy_run(const char* x, int64_t step, T* out, int64_t n) {
  constexpr auto item = static_cast<int64_t>(sizeof(T));
  if (step == item) {
    cpu::copy_functions.row(reinterpret_cast<char*>(out), x, n * item);
  } else if (step == -item) {
    const T* from = reinterpret_cast<const T*>(x) - (n - 1);
    for (int64_t i = 0; i < n; ++i) out[i] = from[n - 1 - i];
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = *reinterpret_cast<const T*>(x + i * step);
  }
}

template <class T>
void strided_copy(const char* x, IntArrayRef sizes, IntArrayRef strides, char* out) {
  const StridedWalk<1> walk(sizes, {strides});
  if (walk.numel() == 0) return;
  const auto& last = walk.last();
  if (walk.rank() == 1) {
    cpu::parallel_for(last.size, cpu::kGrain, [&](int64_t begin, int64_t end) {
      copy_run(x + begin * last.stride[0], last.stride[0], reinterpret_cast<T*>(out) + begin, end - begin);
    });
    return;
  }
  cpu::parallel_for(walk.rows(), std::max<int64_t>(1, cpu::kGrain / last.size), [&](int64_t begin, int64_t end) {
    T* to = reinterpret_cast<T*>(out) + begin * last.size;
    walk.each_row(begin, end, [&](const std::array<int64_t, 1>& at) {
      copy_run(x + at[0], last.stride[0], to, last.size);
      to += last.size;
      return true;
    });
  });
}

template <size_t Item>
void triangle(const char* x, char* out, const Triangle& t) {
  constexpr auto item = static_cast<int64_t>(Item);
  const int64_t rows = t.batch * t.rows;
  cpu::parallel_for(
      rows, std::max<int64_t>(1, cpu::kGrain / std::max<int64_t>(t.cols, 1)), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          const int64_t i = r % t.rows, at = r * t.cols * item;
          // Columns [from, to) stay.
          const int64_t from = t.lower ? 0 : std::clamp<int64_t>(i + t.k, 0, t.cols),
                        to = t.lower ? std::clamp<int64_t>(i + t.k + 1, 0, t.cols) : t.cols;
          if (out != x && to > from)
            std::memcpy(out + at + from * item, x + at + from * item, static_cast<size_t>((to - from) * item));
          if (from > 0) std::memset(out + at, 0, static_cast<size_t>(from * item));
          if (to < t.cols) std::memset(out + at + to * item, 0, static_cast<size_t>((t.cols - to) * item));
        }
      });
}

template <class T>
bool fill_slots(ScalarType t) {
  strided_copy_kernel.set(kCPU, t, strided_copy<RawElementOf<T>>);
  triangle_kernel.set(kCPU, t, triangle<sizeof(T)>);
  return true;
}
const bool filled[] = {
#define LAMPAS_FILL(T, name) fill_slots<T>(ScalarType::name),
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
