// Order on the CPU: keys and positions are sorted as numbers, by counting digits when there are many. Exact.
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "ops/sort.h"
#include "ops/sort_keys.h"

namespace lampas {
namespace {

using namespace sorting;

/// Calls line(scratch, first element, first result) for every line; results have `kept` elements in the middle. Each
/// thread has scratch memory for `room` values of type P.
template <class P, class Line>
void each_line(const DimSpan& s, int64_t cost, int64_t kept, int64_t room, const Line& line) {
  const int64_t work = std::max<int64_t>(1, s.size * cost);
  cpu::parallel_for(s.outer * s.inner, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
    const cpu::Workspace<P> scratch(room);
    for (int64_t k = begin; k < end; ++k) {
      const int64_t row = k / s.inner, column = k % s.inner;
      line(scratch.data(), row * s.size * s.inner + column, row * kept * s.inner + column);
    }
  });
}

template <class T>
struct Order {
  using P = Pair<T>;
  static P pair(T x, int64_t k, bool descending) {
    const Key<T> key = key_of(x);
    return make_pair(descending ? static_cast<Key<T>>(~key) : key, k);
  }

  static void sort(const DimSpan& s, bool descending, const void* in, void* out, int64_t* indices) {
    const T* x = static_cast<const T*>(in);
    T* values = static_cast<T*>(out);
    each_line<P>(s, 32, s.size, 2 * s.size, [&](P* pairs, int64_t from, int64_t to) {
      for (int64_t k = 0; k < s.size; ++k) pairs[k] = pair(x[from + k * s.inner], k, descending);
      pairs = sort_pairs(pairs, pairs + s.size, s.size);
      for (int64_t k = 0; k < s.size; ++k) {
        const int64_t at = index_of(pairs[k]);
        if (values) values[to + k * s.inner] = x[from + at * s.inner];
        indices[to + k * s.inner] = at;
      }
    });
  }

  /// Whether x surely does not replace the worst, which comes before it; cheaper than a key. False where either is NaN.
  static bool loses(T x, T worst, bool largest) {
    if constexpr (sizeof(T) == 2 && !std::is_integral_v<T>)
      return false;  // a float of theirs costs as much as a key
    else
      return largest ? x <= worst : x >= worst;
  }

  static void topk(const DimSpan& s, int64_t k, bool largest, const void* in, void* out, int64_t* indices) {
    const T* x = static_cast<const T*>(in);
    T* values = static_cast<T*>(out);
    const bool few = k <= s.size / 16;
    each_line<P>(s, 4, k, few ? k : s.size, [&](P* pairs, int64_t from, int64_t to) {
      if (few) {
        // A heap of the best so far, its worst on top: most elements only meet that one.
        for (int64_t j = 0; j < k; ++j) pairs[j] = pair(x[from + j * s.inner], j, largest);
        std::make_heap(pairs, pairs + k);
        T worst = x[from + index_of(pairs[0]) * s.inner];
        for (int64_t j = k; j < s.size; ++j) {
          if (LAMPAS_LIKELY(loses(x[from + j * s.inner], worst, largest))) continue;
          const P p = pair(x[from + j * s.inner], j, largest);
          if (LAMPAS_LIKELY(!(p < pairs[0]))) continue;
          std::pop_heap(pairs, pairs + k);
          pairs[k - 1] = p;
          std::push_heap(pairs, pairs + k);
          worst = x[from + index_of(pairs[0]) * s.inner];
        }
        std::sort_heap(pairs, pairs + k);
      } else {
        for (int64_t j = 0; j < s.size; ++j) pairs[j] = pair(x[from + j * s.inner], j, largest);
        if (k < s.size) std::nth_element(pairs, pairs + k - 1, pairs + s.size);
        std::sort(pairs, pairs + k);
      }
      for (int64_t j = 0; j < k; ++j) {
        const int64_t at = index_of(pairs[j]);
        values[to + j * s.inner] = x[from + at * s.inner];
        indices[to + j * s.inner] = at;
      }
    });
  }

  static void pick(const DimSpan& s, Pick rule, int64_t k, const void* in, void* out, int64_t* indices) {
    const T* x = static_cast<const T*>(in);
    T* values = static_cast<T*>(out);
    each_line<P>(s, 8, 1, s.size, [&](P* pairs, int64_t from, int64_t to) {
      int64_t nans = 0, first_nan = -1;
      for (int64_t j = 0; j < s.size; ++j) {
        pairs[j] = pair(x[from + j * s.inner], j, false);
        if constexpr (!std::is_integral_v<T>) {
          if (key_of(x[from + j * s.inner]) != ~Key<T>(0)) continue;
          if (nans++ == 0) first_nan = j;
        }
      }
      int64_t at = first_nan;
      if (rule == Pick::kth || nans == 0 || (rule == Pick::nanmedian && nans < s.size)) {
        const int64_t wanted = rule == Pick::kth ? k : (s.size - (rule == Pick::nanmedian ? nans : 0) - 1) / 2;
        std::nth_element(pairs, pairs + wanted, pairs + s.size);
        at = index_of(pairs[wanted]);
      }
      values[to] = x[from + at * s.inner];
      indices[to] = at;
    });
  }

  static void mode(const DimSpan& s, const void* in, void* out, int64_t* indices) {
    const T* x = static_cast<const T*>(in);
    T* values = static_cast<T*>(out);
    each_line<P>(s, 32, 1, 2 * s.size, [&](P* pairs, int64_t from, int64_t to) {
      for (int64_t k = 0; k < s.size; ++k) pairs[k] = pair(x[from + k * s.inner], k, false);
      pairs = sort_pairs(pairs, pairs + s.size, s.size);
      int64_t best = 0, at = 0;
      for (int64_t k = 0; k < s.size;) {
        int64_t end = k + 1;
        while (end < s.size && key_bits(pairs[end]) == key_bits(pairs[k])) ++end;
        if (end - k > best) {
          best = end - k;
          at = index_of(pairs[end - 1]);
        }
        k = end;
      }
      values[to] = x[from + at * s.inner];
      indices[to] = at;
    });
  }

  /// Values looked for side by side: each waits for the elements it is compared with, and the others fill the time.
  static constexpr int64_t kTogether = 8;

  /// places[k] = number of leading elements that are less than values[k] (or equal, when right), for up to kTogether
  /// values. Steps without branches: each halves what is undecided, whatever the comparison says.
  template <bool kRight>
  static void place(const T* row, int64_t n, const T* values, int64_t count, int64_t* places) {
    using C = decltype(comparable(T()));
    C v[kTogether];
    int64_t at[kTogether] = {};
    const auto before = [&](int64_t i, C value) {
      const C e = comparable(row[i]);
      return static_cast<int64_t>(kRight ? e <= value : e < value);
    };
    for (int64_t k = 0; k < count; ++k) v[k] = comparable(values[k]);
    int64_t undecided = n;
    for (; undecided > 1; undecided -= undecided / 2) {
      const int64_t half = undecided / 2;
      for (int64_t k = 0; k < count; ++k) at[k] += half & -before(at[k] + half - 1, v[k]);
    }
    for (int64_t k = 0; k < count; ++k) {
      if (n) at[k] += before(at[k], v[k]);
      places[k] = v[k] == v[k] ? at[k] : n;  // NaN comes last
    }
  }
  static auto comparable(T x) {
    if constexpr (std::is_integral_v<T> || std::is_same_v<T, double>)
      return x;
    else
      return static_cast<float>(x);
  }
  /// The same in an order that `sorter` gives.
  static int64_t place_sorted(const T* row, const int64_t* sorter, int64_t n, T value, bool right) {
    const auto v = comparable(value);
    if (v != v) return n;
    int64_t lo = 0;
    while (n > 0) {  // [lo, lo + n) is undecided
      const int64_t half = n / 2;
      const auto m = comparable(row[sorter[lo + half]]);
      if (m < v || (right && m == v)) {
        lo += half + 1;
        n -= half + 1;
      } else {
        n = half;
      }
    }
    return lo;
  }
  static void search(const SearchSpan& s, const void* sequence, const int64_t* order, const void* in,
                     int64_t* positions) {
    const T *all = static_cast<const T*>(sequence), *values = static_cast<const T*>(in);
    const int64_t each = s.count / s.sequences;
    cpu::parallel_for(s.count, cpu::kGrain / 32, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin, next; i < end; i = next) {
        const int64_t sequence_of = i / each;
        const T* row = all + sequence_of * s.length;
        next = std::min({i + kTogether, end, (sequence_of + 1) * each});
        if (order)
          for (int64_t k = i; k < next; ++k)
            positions[k] = place_sorted(row, order + sequence_of * s.length, s.length, values[k], s.right);
        else
          (s.right ? place<true> : place<false>)(row, s.length, values + i, next - i, positions + i);
      }
    });
  }
};

template <class T>
void histogram(const void* in, int64_t n, int64_t bins, double min, double max, int64_t* counts) {
  using C = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const T* x = static_cast<const T*>(in);
  const C lo = static_cast<C>(min), hi = static_cast<C>(max), number = static_cast<C>(bins);
  std::fill_n(counts, bins, int64_t{0});
  for (int64_t i = 0; i < n; ++i) {
    const C v = static_cast<C>(x[i]);
    if (!(v >= lo && v <= hi)) continue;
    const int64_t at = static_cast<int64_t>((v - lo) * number / (hi - lo));
    ++counts[std::min(at, bins - 1)];
  }
}

template <class T>
void fill() {
  sort_kernel.set(kCPU, dtype_of<T>, Order<T>::sort);
  topk_kernel.set(kCPU, dtype_of<T>, Order<T>::topk);
  pick_kernel.set(kCPU, dtype_of<T>, Order<T>::pick);
  mode_kernel.set(kCPU, dtype_of<T>, Order<T>::mode);
  search_kernel.set(kCPU, dtype_of<T>, Order<T>::search);
  if constexpr (!std::is_integral_v<T>) histogram_kernel.set(kCPU, dtype_of<T>, histogram<T>);
}
const cpu::KernelSet kernels{[] {
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16>();
  fill<uint8_t>();
  fill<int8_t>();
  fill<int16_t>();
  fill<int32_t>();
  fill<int64_t>();
  fill<bool>();
}};

}  // namespace
}  // namespace lampas
