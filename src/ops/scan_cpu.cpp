// Running sums, products, maxima. Floats accumulate in float64 and are rounded once for each element: the error of
// element k is k 2^-53 times the sum of |x| up to it (products: relative k 2^-53), plus the rounding. float64 sums are
// ordinary ones. NaN and inf propagate as in IEEE arithmetic. Integers wrap around; bool is not taken.
// Results do not depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "ops/scan_lines.h"

namespace lampas {
namespace {

template <class T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, uint64_t, double>;
template <class T>
inline auto widened(T x) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<uint64_t>(static_cast<int64_t>(x));
  else if constexpr (std::is_same_v<T, double>)
    return x;
  else
    return static_cast<double>(static_cast<float>(x));
}
template <class T, class A>
inline T narrowed(A a) {
  if constexpr (std::is_integral_v<T> || std::is_same_v<T, double>)
    return static_cast<T>(a);
  else
    return T(static_cast<float>(a));
}
template <class T>
inline bool is_nan(T x) {
  if constexpr (std::is_integral_v<T>)
    return false;
  else
    return std::isnan(widened(x));
}

/// What comparisons see: float16 and bfloat16 as float.
template <class T>
inline auto ordered(T x) {
  if constexpr (std::is_integral_v<T> || std::is_same_v<T, double>)
    return x;
  else
    return static_cast<float>(x);
}

/// Columns that are walked side by side.
constexpr int64_t kColumns = 64;

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

template <class Row, class Columns>
void each_line(const Scan& s, int64_t cost, const Row& row, const Columns& columns) {
  each_scan_line(s, cost, kColumns, row, columns);
}

struct Add {
  template <class A>
  static A combine(A a, A b) {
    return a + b;
  }
  static constexpr int identity = 0;
};
struct Multiply {
  template <class A>
  static A combine(A a, A b) {
    return a * b;
  }
  static constexpr int identity = 1;
};

template <class T, class Op>
struct Cumulative {
  using A = Accumulator<T>;
  static void run(const Scan& s, const void* in, void* out) {
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    const int64_t n = s.span.size;
    each_line(
        s, 2,
        [&](int64_t at, int64_t step) {
          const T* p = x + at;
          T* q = y + at;
          A total = Op::identity;
          int64_t k = 0;
          // Four at a time, so that the running total waits for one operation and not for four. Not for products of
          // float64: a part of them may leave the range of the type when the whole does not.
          constexpr bool kFours = !(std::is_same_v<T, double> && Op::identity == 1);
          for (; kFours && k + 4 <= n; k += 4, p += 4 * step, q += 4 * step) {
            const A a = widened(p[0]), b = widened(p[step]), c = widened(p[2 * step]), d = widened(p[3 * step]);
            const A ab = Op::combine(a, b), abc = Op::combine(ab, c), abcd = Op::combine(ab, Op::combine(c, d));
            q[0] = narrowed<T>(Op::combine(total, a));
            q[step] = narrowed<T>(Op::combine(total, ab));
            q[2 * step] = narrowed<T>(Op::combine(total, abc));
            total = Op::combine(total, abcd);
            q[3 * step] = narrowed<T>(total);
          }
          for (; k < n; ++k, p += step, q += step) {
            total = Op::combine(total, widened(*p));
            *q = narrowed<T>(total);
          }
        },
        [&](int64_t at, int64_t step, int64_t width) {
          const T* p = x + at;
          T* q = y + at;
          A total[kColumns];
          std::fill_n(total, width, A(Op::identity));
          for (int64_t k = 0; k < n; ++k, p += step, q += step)
            for (int64_t c = 0; c < width; ++c) {
              total[c] = Op::combine(total[c], widened(p[c]));
              q[c] = narrowed<T>(total[c]);
            }
        });
  }
};

template <class T>
void logcumsumexp(const Scan& s, const void* in, void* out) {
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  const int64_t n = s.span.size;
  // The sum is kept relative to a reference that moves up when an element exceeds it: one exp and one log an element.
  const auto line = [&](int64_t at, int64_t step) {
    double top = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < n; ++k, at += step) {
      const double v = widened(x[at]);
      if (v > top) {
        sum = std::isinf(v) ? 1 : sum * std::exp(top - v) + 1;
        top = v;
      } else if (v != -HUGE_VAL && top != HUGE_VAL) {
        sum += std::exp(v - top);
      } else if (std::isnan(v)) {
        sum = v;
      }
      y[at] = narrowed<T>(std::isinf(top) && !std::isnan(sum) ? top : top + std::log(sum));
    }
  };
  each_line(s, 16, line, [&](int64_t at, int64_t step, int64_t width) {
    for (int64_t c = 0; c < width; ++c) line(at + c, step);
  });
}

template <class T, bool kMax>
void extreme(const Scan& s, const void* in, void* out, int64_t* indices) {
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  const int64_t n = s.span.size;
  const auto line = [&](int64_t at, int64_t step) {
    T best = x[at];
    int64_t where = 0, k = 0;
    bool number = !is_nan(best);
    // The best is seldom beaten, so that is a branch; NaN, which compares false, beats every number.
    for (; k < n && number; ++k, at += step) {
      const auto v = ordered(x[at]);
      if (!(kMax ? v < ordered(best) : v > ordered(best))) {
        best = x[at];
        where = k;
        number = !is_nan(best);
      }
      y[at] = best;
      indices[at] = where;
    }
    for (; k < n; ++k, at += step) {  // after a NaN only others count
      if (is_nan(x[at])) best = x[at], where = k;
      y[at] = best;
      indices[at] = where;
    }
  };
  each_line(s, 2, line, [&](int64_t at, int64_t step, int64_t width) {
    for (int64_t c = 0; c < width; ++c) line(at + c, step);
  });
}

template <class T>
void recurrence(const Scan& s, const void* factors, const void* terms, void* out) {
  const T *a = static_cast<const T*>(factors), *b = static_cast<const T*>(terms);
  T* y = static_cast<T*>(out);
  const int64_t n = s.span.size;
  const auto line = [&](int64_t at, int64_t step) {
    double v = 0;
    for (int64_t k = 0; k < n; ++k, at += step) {
      v = k == 0 ? widened(b[at]) : widened(a[at]) * v + widened(b[at]);
      y[at] = narrowed<T>(v);
    }
  };
  each_line(s, 2, line, [&](int64_t at, int64_t step, int64_t width) {
    double v[kColumns];
    for (int64_t k = 0; k < n; ++k, at += step)
      for (int64_t c = 0; c < width; ++c) {
        v[c] = k == 0 ? widened(b[at + c]) : widened(a[at + c]) * v[c] + widened(b[at + c]);
        y[at + c] = narrowed<T>(v[c]);
      }
  });
}

template <class T>
void fill_all() {
  cumsum_kernel.set(kCPU, dtype_of<T>, Cumulative<T, Add>::run);
  cumprod_kernel.set(kCPU, dtype_of<T>, Cumulative<T, Multiply>::run);
  cummax_kernel.set(kCPU, dtype_of<T>, extreme<T, true>);
  cummin_kernel.set(kCPU, dtype_of<T>, extreme<T, false>);
}
template <class T>
void fill_floating() {
  if constexpr (!std::is_same_v<T, float>) fill_all<T>();  // float: scan_float_cpu.cpp
  logcumsumexp_kernel.set(kCPU, dtype_of<T>, logcumsumexp<T>);
  recurrence_kernel.set(kCPU, dtype_of<T>, recurrence<T>);
}
const cpu::KernelSet kernels{[] {
  fill_floating<float>();
  fill_floating<double>();
  fill_floating<Half>();
  fill_floating<BFloat16>();
  fill_all<uint8_t>();
  fill_all<int8_t>();
  fill_all<int16_t>();
  fill_all<int32_t>();
  fill_all<int64_t>();
  cummax_kernel.set(kCPU, kBool, extreme<bool, true>);
  cummin_kernel.set(kCPU, kBool, extreme<bool, false>);
}};

}  // namespace

void run_float_scan(const Scan& s, const FloatScan& fns, const void* in, void* out, int64_t* indices) {
  const float* x = static_cast<const float*>(in);
  float* y = static_cast<float*>(out);
  const int64_t n = s.span.size, count = s.span.outer;
  // Not rows that share their places in a cache, nor from memory those that are too long to be read as one piece and
  // too short for each to be fetched ahead. A few are left to fewer instructions for each.
  const bool suits = n >= 4 && n < 8192 && n % 1024 != 0 && (n <= 32 || n >= 640 || count * n <= 1 << 20);
  if (fns.rows && s.span.inner == 1 && count >= 16 && suits) {
    cpu::parallel_for(count, std::max<int64_t>(8, cpu::kGrain / n), [&](int64_t begin, int64_t end) {
      fns.rows(x + begin * n, y + begin * n, end - begin, n, s.reverse);
    });
    return;
  }
  const auto positions = [&](int64_t at) { return indices ? indices + at : nullptr; };
  each_scan_line(
      s, 1, fns.width, [&](int64_t at, int64_t step) { fns.row(x + at, y + at, positions(at), s.span.size, step); },
      [&](int64_t at, int64_t step, int64_t width) {
        fns.columns(x + at, y + at, positions(at), s.span.size, step, width);
      });
}

}  // namespace lampas
