// Per-target header: sums over runs of contiguous elements that the normalisation kernels share. Lanes are of the
// compute type; every block of at most kNormBlock elements is reduced in it and added to float64 totals, so that errors
// do not grow with the number of elements.
#if defined(LAMPAS_OPS_NORM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_NORM_INL_H_
#undef LAMPAS_OPS_NORM_INL_H_
#else
#define LAMPAS_OPS_NORM_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "backend/cpu/shared_kernel.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

inline constexpr int64_t kNormBlock = 1024;
/// Runs far apart and up to this long are over before the processor has seen where they lead: the next one is asked for
/// by hand. (Asked for beside what the processor fetches by itself, contiguous memory comes more slowly.)
inline constexpr int64_t kNormAhead = 2048;

/// Count, mean and sum of squared deviations of some elements; sets merge without cancellation.
struct Moments {
  double n = 0, mean = 0, m2 = 0;
  void merge(const Moments& b) {
    if (b.n == 0) return;
    if (n == 0) {
      *this = b;
      return;
    }
    const double all = n + b.n, delta = b.mean - mean;
    mean += delta * (b.n / all);
    m2 += b.m2 + delta * delta * (n * (b.n / all));
    n = all;
  }
  double var() const { return n > 0 ? m2 / n : std::nan(""); }
};

template <class D>
HWY_INLINE double sum_of_four(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c, hn::Vec<D> e) {
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e)))));
}

/// Of n > 0 elements with these sums of x - shift and of its square.
inline Moments moments_of(double n, double shift, double sum, double squares) {
  const double off = sum / n;
  return {n, shift + off, std::isfinite(sum) ? std::max(0.0, squares - sum * off) : std::nan("")};
}
/// A shift: the mean of three elements, which is exact where all are the same.
template <class C, class T>
HWY_INLINE C guessed_mean(T a, T b, T c) {
  const C x = static_cast<C>(a);
  return x + ((static_cast<C>(b) - x) + (static_cast<C>(c) - x)) / 3;
}
/// By more than two standard deviations, so that the variance found with this shift lost digits.
inline bool is_far_off(double shift, const Moments& m) {
  const double off = m.mean - shift;
  return off * off * m.n > 4 * m.m2;
}

/// Of 0 < n <= kNormBlock elements, from sums of x - shift and of its square. Asks for the elements `ahead` of these.
template <class D, class T>
LAMPAS_SHARED_KERNEL Moments shifted_moments(D d, const T* p, int64_t n, int64_t ahead, hn::TFromD<D> shift) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto zero = hn::Zero(d), from = hn::Set(d, shift);
  auto a = zero, b = zero, c = zero, e = zero, r = zero, s = zero, t = zero, u = zero;
  const auto take = [&](auto x, auto& sum, auto& squares) HWY_ATTR {
    x = hn::Sub(x, from);
    sum = hn::Add(sum, x);
    squares = hn::MulAdd(x, x, squares);
  };
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    for (int64_t k = 0; k < 4 * lanes; k += 64 / sizeof(T)) __builtin_prefetch(p + i + k + ahead);
    take(load_as(d, p + i), a, r);
    take(load_as(d, p + i + lanes), b, s);
    take(load_as(d, p + i + 2 * lanes), c, t);
    take(load_as(d, p + i + 3 * lanes), e, u);
  }
  for (; i < n; i += lanes) {
    const size_t rest = static_cast<size_t>(std::min(n - i, lanes));
    take(rest == static_cast<size_t>(lanes) ? load_as(d, p + i) : load_tail_or(d, p + i, rest, from), a, r);
  }
  return moments_of(static_cast<double>(n), static_cast<double>(shift), sum_of_four(d, a, b, c, e),
                    sum_of_four(d, r, s, t, u));
}
/// Where the guess was far off, the mean found with it takes its place.
template <class D, class T>
LAMPAS_SHARED_KERNEL Moments block_moments(D d, const T* p, int64_t n, int64_t ahead) {
  using C = hn::TFromD<D>;
  const C shift = guessed_mean<C>(p[0], p[n / 2], p[n - 1]);
  const Moments m = shifted_moments(d, p, n, ahead, shift);
  if (HWY_LIKELY(!is_far_off(static_cast<double>(shift), m))) return m;
  return shifted_moments(d, p, n, ahead, static_cast<C>(m.mean));
}

/// Of `runs` runs of `length` elements whose starts are `stride` apart.
template <class D, class T>
LAMPAS_SHARED_KERNEL Moments run_moments(D d, const T* p, int64_t runs, int64_t length, int64_t stride) {
  Moments m;
  if (runs == 1 || length >= 128) {
    for (int64_t r = 0; r < runs; ++r, p += stride)
      for (int64_t i = 0; i < length; i += kNormBlock) {
        const int64_t n = std::min(kNormBlock, length - i);
        m.merge(block_moments(d, p + i, n, stride && length <= kNormAhead ? stride : 0));
      }
    return m;
  }
  // Short runs are gathered first.
  HWY_ALIGN T buffer[kNormBlock];
  int64_t filled = 0;
  for (int64_t r = 0; r < runs; ++r, p += stride) {
    if (filled + length > kNormBlock) {
      m.merge(block_moments(d, buffer, filled, 0));
      filled = 0;
    }
    std::memcpy(static_cast<void*>(buffer + filled), p, static_cast<size_t>(length) * sizeof(T));
    filled += length;
  }
  if (filled) m.merge(block_moments(d, buffer, filled, 0));
  return m;
}

/// (x - mean) scale + shift and, with kClamp, nothing below `least`: 0 for a ReLU, NaN for none.
template <class V>
struct AffineLine {
  V mean, scale, shift, least;

  template <bool kClamp, class D>
  HWY_INLINE V value(D, V x) const {
    const V y = hn::MulAdd(hn::Sub(x, mean), scale, shift);
    return kClamp ? hn::IfThenElse(hn::Lt(y, least), least, y) : y;
  }
  /// What of g comes back through the clamp. A result of NaN lets it pass, as PyTorch's threshold does.
  template <bool kClamp, class D>
  HWY_INLINE V gradient(D, V g, V centred) const {
    return kClamp ? hn::IfThenZeroElse(hn::Le(hn::MulAdd(centred, scale, shift), least), g) : g;
  }
};
/// The same line for one channel.
template <class C>
struct ChannelLine {
  C mean, scale, shift, least;
  template <class D>
  HWY_INLINE AffineLine<hn::Vec<D>> in(D d) const {
    return {hn::Set(d, mean), hn::Set(d, scale), hn::Set(d, shift), hn::Set(d, least)};
  }
};
template <class C>
C least_of(bool relu) {
  return relu ? C(0) : static_cast<C>(std::nan(""));
}
/// Float32 has code with the clamp and without; what is rarer does without the second.
template <class T>
inline constexpr bool kAlwaysClamps = !std::is_same_v<T, float>;

/// Adds sum(g) and sum(g (x - mean)) of n contiguous elements to the totals, g as it comes back through the clamp.
template <bool kClamp, class D, class T>
LAMPAS_SHARED_KERNEL void add_gradient_sums(D d, const T* g, const T* x, int64_t n,
                                            const ChannelLine<hn::TFromD<D>>& of, double& sum_g, double& sum_gx) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto line = of.in(d);
  const auto m = line.mean;
  for (int64_t begin = 0; begin < n; begin += kNormBlock) {
    const int64_t end = std::min(n, begin + kNormBlock);
    auto a = hn::Zero(d), b = a, c = a, e = a;
    int64_t i = begin;
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      const auto x0 = hn::Sub(load_as(d, x + i), m), x1 = hn::Sub(load_as(d, x + i + lanes), m);
      const auto g0 = line.template gradient<kClamp>(d, load_as(d, g + i), x0),
                 g1 = line.template gradient<kClamp>(d, load_as(d, g + i + lanes), x1);
      a = hn::Add(a, g0);
      b = hn::Add(b, g1);
      c = hn::MulAdd(g0, x0, c);
      e = hn::MulAdd(g1, x1, e);
    }
    for (; i < end; i += lanes) {
      const size_t rest = static_cast<size_t>(std::min(end - i, lanes));
      const bool full = rest == static_cast<size_t>(lanes);
      const auto x0 = hn::Sub(full ? load_as(d, x + i) : load_tail_or(d, x + i, rest, m), m);
      const auto g0 = line.template gradient<kClamp>(d, full ? load_as(d, g + i) : load_tail(d, g + i, rest), x0);
      a = hn::Add(a, g0);
      c = hn::MulAdd(g0, x0, c);
    }
    const auto zero = hn::Zero(d);
    sum_g += sum_of_four(d, a, b, zero, zero);
    sum_gx += sum_of_four(d, c, e, zero, zero);
  }
}

/// Writes one set's statistics: mean, 1 / sqrt(var + eps), var.
template <class C>
inline void store_stats(C* stats, int64_t groups, int64_t k, const Moments& m, double eps) {
  stats[k] = static_cast<C>(m.mean);
  stats[groups + k] = static_cast<C>(1 / std::sqrt(m.var() + eps));
  stats[2 * groups + k] = static_cast<C>(m.var());
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_NORM_INL_H_
