// Secular equations in float64, several roots at a time: one in each lane. Every root is found to a few rounding
// errors of its distance from the nearest pole. Expects finite numbers.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/linalg_vectors.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linalg_secular_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "backend/cpu/vec_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using cpu::Secular;
using All = hn::ScalableTag<double>;

HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(All())); }

/// d[j] - pole, or the difference of their squares without cancellation.
template <bool kSquared, class V>
HWY_INLINE V gap(V d, V pole) {
  return kSquared ? hn::Mul(hn::Sub(d, pole), hn::Add(d, pole)) : hn::Sub(d, pole);
}

/// A sum of w / (gap - x) and that of its derivatives.
template <class D, class V = hn::Vec<D>>
struct Sum {
  V value, slope;
  HWY_INLINE void add(V w, V difference) {
    const V r = hn::Div(hn::Set(D(), 1.0), difference);
    value = hn::MulAdd(w, r, value);
    slope = hn::MulAdd(hn::Mul(w, r), r, slope);
  }
};

/// Roots i to i + lanes - 1 (the last one again in lanes past it). Between two poles the function is replaced by
/// c + s / (left - x) + S / (right - x) with its own values and slopes of the poles on either side, whose root is the
/// next x; where that leaves the interval known to hold the root, the interval is halved.
template <class D, bool kSquared>
void some_roots(const Secular& e, int64_t first, int64_t end, double total) {
  using V = hn::Vec<D>;
  using M = hn::Mask<D>;
  const D d;
  const V zero = hn::Zero(d), one = hn::Set(d, 1.0), half = hn::Set(d, 0.5);
  constexpr int64_t kMost = HWY_MAX_BYTES / sizeof(double);
  const int64_t many = static_cast<int64_t>(hn::Lanes(d)), last = e.n - 1;
  HWY_ALIGN double own[kMost], next[kMost], index[kMost];
  for (int64_t l = 0; l < many; ++l) {
    const int64_t i = std::min(first + l, last);
    own[l] = e.d[i], next[l] = e.d[std::min(i + 1, last)], index[l] = static_cast<double>(i);
  }
  const V left_pole = hn::Load(d, own), right_pole = hn::Load(d, next), number = hn::Load(d, index);
  const M outermost = hn::Eq(number, hn::Set(d, static_cast<double>(last)));
  const V width = hn::IfThenElse(outermost, hn::Set(d, total), gap<kSquared>(right_pole, left_pole));
  V pole = left_pole, left = zero, right = width;  // distances of the neighbours from the pole
  V x = hn::Mul(half, width), low = zero, high = width;
  M done = hn::Lt(one, zero);
  for (int step = 0; step < 80; ++step) {
    Sum<D> below{zero, zero}, above{zero, zero};
    const int64_t sure = std::min(first + 1, e.n), mixed = std::min(first + many, e.n);
    int64_t j = 0;
    for (; j < sure; ++j) below.add(hn::Set(d, e.w[j]), hn::Sub(gap<kSquared>(hn::Set(d, e.d[j]), pole), x));
    for (; j < mixed; ++j) {
      const M mine = hn::Le(hn::Set(d, static_cast<double>(j)), number);
      const V w = hn::Set(d, e.w[j]), difference = hn::Sub(gap<kSquared>(hn::Set(d, e.d[j]), pole), x);
      below.add(hn::IfThenElseZero(mine, w), difference);
      above.add(hn::IfThenZeroElse(mine, w), difference);
    }
    for (; j < e.n; ++j) above.add(hn::Set(d, e.w[j]), hn::Sub(gap<kSquared>(hn::Set(d, e.d[j]), pole), x));
    const V f = hn::Add(one, hn::Add(below.value, above.value));
    if (step == 0) {  // at the middle: which pole is nearer?
      const M nearer_right = hn::AndNot(outermost, hn::Lt(f, zero));
      pole = hn::IfThenElse(nearer_right, right_pole, left_pole);
      const V shift = hn::IfThenElseZero(nearer_right, width);
      left = hn::Sub(zero, shift), right = hn::Sub(width, shift);
      x = hn::IfThenElse(nearer_right, hn::Neg(x), x);
      low = zero, high = right;
    }
    const M short_of = hn::Lt(f, zero);
    low = hn::IfThenElse(short_of, x, low);
    high = hn::IfThenElse(short_of, high, x);
    // What rounding can do to f.
    const V slopes = hn::Add(below.slope, above.slope);
    const V bound = hn::MulAdd(hn::Abs(x), slopes, hn::MulAdd(hn::Set(d, 8.0), hn::Sub(above.value, below.value), one));
    done = hn::Or(done, hn::Le(hn::Abs(f), hn::Mul(hn::Set(d, 1.2e-16), bound)));
    if (hn::AllTrue(d, done)) break;
    const V to_left = hn::Sub(left, x), to_right = hn::Sub(right, x);
    const V left_part = hn::Mul(to_left, below.slope), right_part = hn::Mul(to_right, above.slope);
    const V c = hn::Sub(hn::Sub(f, left_part), right_part);
    const V s = hn::Mul(to_left, left_part), t = hn::Mul(to_right, right_part);
    const V a = hn::MulAdd(c, hn::Add(left, right), hn::Add(s, t));
    const V b = hn::MulAdd(s, right, hn::Mul(t, left));  // left or right is 0
    const V root = hn::Sqrt(hn::Max(zero, hn::Sub(hn::Mul(a, a), hn::Mul(hn::Set(d, 4.0), hn::Mul(b, c)))));
    const M positive = hn::Gt(a, zero);
    V y = hn::Div(hn::IfThenElse(positive, hn::Add(b, b), hn::Sub(a, root)),
                  hn::IfThenElse(positive, hn::Add(a, root), hn::Add(c, c)));
    y = hn::IfThenElse(outermost, hn::Div(s, c), y);
    const M inside = hn::And(hn::Gt(y, low), hn::Lt(y, high));
    y = hn::IfThenElse(inside, y, hn::Mul(half, hn::Add(low, high)));
    const V change = hn::Abs(hn::Sub(y, x));
    x = hn::IfThenElse(done, x, y);
    done = hn::Or(done, hn::Le(change, hn::Mul(hn::Set(d, 1e-15), hn::Abs(y))));
  }
  hn::Store(pole, d, own);
  hn::Store(x, d, next);
  for (int64_t l = 0; l < std::min(many, end - first); ++l) e.pole[first + l] = own[l], e.offset[first + l] = next[l];
}
void roots(const Secular& e, int64_t begin, int64_t end) {
  double total = 0;
  for (int64_t j = 0; j < e.n; ++j) total += e.w[j];
  total *= 1 + 1e-15;
  const auto with = [&](auto d) HWY_ATTR {
    using D = decltype(d);
    for (int64_t i = begin; i < end; i += static_cast<int64_t>(hn::Lanes(d)))
      e.squared ? some_roots<D, true>(e, i, end, total) : some_roots<D, false>(e, i, end, total);
  };
  if (e.n <= 4)
    with(hn::CappedTag<double, 4>());  // narrow vectors divide twice as fast
  else
    with(All());
}

/// Lanes along the poles.
template <bool kSquared>
void some_weights(const Secular& e, int64_t first, double* squares) {
  const All d;
  using V = hn::Vec<All>;
  const int64_t many = lanes(), last = e.n - 1, count = e.n - first;
  const V own = load_some(d, e.d + first, count);
  const auto from_root = [&](int64_t i) HWY_ATTR {
    return hn::Sub(hn::Set(d, e.offset[i]), gap<kSquared>(own, hn::Set(d, e.pole[i])));
  };
  const V number = hn::Add(hn::Iota(d, 0.0), hn::Set(d, static_cast<double>(first)));
  V product = from_root(last);
  for (int64_t i = 0; i < last; ++i) {
    V pole = hn::Set(d, e.d[i < first ? i : i + 1]);
    if (i >= first && i < first + many)
      pole = hn::IfThenElse(hn::Lt(hn::Set(d, static_cast<double>(i)), number), hn::Set(d, e.d[i]), pole);
    product = hn::Mul(product, hn::Div(from_root(i), gap<kSquared>(pole, own)));
  }
  store_some(d, hn::Abs(product), squares + first, count);
}
void weights(const Secular& e, double* squares) {
  for (int64_t j = 0; j < e.n; j += lanes())
    e.squared ? some_weights<true>(e, j, squares) : some_weights<false>(e, j, squares);
}

template <class T>
void vector(const Secular& e, const double* poles, const double* z, int64_t i, int64_t minus, double* work, T* out) {
  const All d;
  using V = hn::Vec<All>;
  const V pole = hn::Set(d, e.pole[i]), offset = hn::Set(d, e.offset[i]);
  V sum = hn::Zero(d);
  for (int64_t j = 0; j < e.n; j += lanes()) {
    const V own = load_some(d, poles + j, e.n - j);
    const V difference = hn::Sub(e.squared ? gap<true>(own, pole) : gap<false>(own, pole), offset);
    V v = hn::Div(load_some(d, z + j, e.n - j), difference);
    if (minus >= 0) v = hn::Mul(v, own);
    if (e.n - j < lanes()) v = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(e.n - j)), v);
    sum = hn::MulAdd(v, v, sum);
    store_some(d, v, work + j, e.n - j);
  }
  double length = hn::GetLane(hn::SumOfLanes(d, sum));
  if (minus >= 0) work[minus] = -1, length += 1;  // 0 before, since d is
  const V f = hn::Set(d, 1 / std::sqrt(length));
  for (int64_t j = 0; j < e.n; j += lanes()) {
    const V v = hn::Mul(load_some(d, work + j, e.n - j), f);
    store_some(d, v, out + j, e.n - j);
  }
}

void fill() { cpu::secular_kernels = {roots, weights, vector<float>, vector<double>}; }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill);
#endif
