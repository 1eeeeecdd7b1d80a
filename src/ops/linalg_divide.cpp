// Divide and conquer (Cuppen; Gu and Eisenstat).
#include "ops/linalg_divide.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/linalg_batch.h"
#include "ops/linalg_vectors.h"

namespace lampas::cpu {

namespace {
/// The least a component of z may be, so that its square and that of its reciprocal are numbers.
constexpr double kLeast = 1e-100;
/// What is as good as nothing next to 1: smaller numbers' squares, and quotients of those, would leave the range.
constexpr double kNothing = 1e-60;
void drop_tiny(double* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    if (std::abs(x[i]) < kNothing) x[i] = 0;
}
/// Rows that are not divided any further.
constexpr int64_t kLeaf = 12;
/// What iterations leave beside the diagonal: more digits than T has; for float32 not all those of float64.
template <class T>
constexpr double kSmall = sizeof(T) == 4 ? 1e-9 : std::numeric_limits<double>::epsilon() / 2;
/// Roots, of that many, that are worth a thread.
int64_t root_grain(int64_t roots) { return kGrain / roots; }
enum Half : int32_t { kFirst = 0, kBoth = 1, kSecond = 2 };
}  // namespace

template <class T>
Divide<T>::Divide(int64_t n, bool bidiagonal, bool thin, T* v, T* u)
    : n_(n),
      squared_(bidiagonal),
      thin_(thin),
      v_(v),
      u_(u),
      ldv_(thin ? 2 : n + (bidiagonal ? 1 : 0)),
      doubles_(9 * n + 1),
      ints_(4 * n),
      matrices_(n * n + n * ldv_),
      values_(doubles_),
      z_(values_ + n + 1),
      order_(ints_),
      kind_(order_ + n),
      kept_(kind_ + n),
      sorted_(kept_ + n),
      poles_(z_ + n),
      weights_(poles_ + n),
      nearest_(weights_ + n),
      offsets_(nearest_ + n),
      by_kind_(offsets_ + n),
      z_by_kind_(by_kind_ + n),
      work_(z_by_kind_ + n),
      factors_(matrices_),
      gathered_(factors_ + n * n) {}

template <class T>
void Divide<T>::tridiagonal(double* d, double* e) {
  drop_tiny(e, n_ - 1);
  split(d, e, 0, n_);
}
template <class T>
void Divide<T>::bidiagonal(double* d, double* e) {
  drop_tiny(d, n_), drop_tiny(e, n_ - 1);
  split_rows(d, e, 0, n_);
}

template <class T>
auto Divide<T>::rows_of_v(int64_t begin, int64_t cut, int64_t end) const -> Rows {
  if (thin_) return {v_, 2, 0, 1, 1, 1, -1};
  if (squared_) ++cut, ++end;
  return {v_, ldv_, begin, cut - begin, cut, end - cut, -1};
}
template <class T>
auto Divide<T>::rows_of_u(int64_t begin, int64_t cut, int64_t end) const -> Rows {
  return {u_, n_, begin, cut - begin, cut + 1, end - cut - 1, cut};
}
template <class T>
void Divide<T>::turn(const Rows& rows, int64_t to, int64_t from, double cosine, double sine) {
  const T c = static_cast<T>(cosine), s = static_cast<T>(sine);
  vector_kernels<T>.rotate(rows.row(to), (from - to) * rows.ld, 1, &c, &s, rows.columns());
}
template <class T>
void Divide<T>::start(int64_t slot) {
  T* row = v_ + slot * ldv_;
  if (thin_)
    row[0] = row[1] = 1;
  else
    row[slot] = 1;
}

/// A few rows, by QL iteration with implicit shifts.
template <class T>
void Divide<T>::iterate(double* d, double* e, int64_t begin, int64_t end) {
  const Rows v = thin_ ? Rows{v_, 2, 0, 2, 2, 0, -1} : Rows{v_, ldv_, begin, end - begin, end, 0, -1};
  T cosines[kLeaf], sines[kLeaf];
  for (int64_t s = begin; s < end; ++s) {
    std::fill_n(v.row(s), v.columns(), T(0));
    if (!thin_) v.row(s)[s - begin] = 1;
    order_[s] = static_cast<int32_t>(s);
  }
  if (thin_) v.row(begin)[0] = v.row(end - 1)[1] = 1;
  for (int64_t l = begin; l + 1 < end; ++l)
    for (int step = 0; step < 100; ++step) {
      int64_t m = l;
      while (m + 1 < end && std::abs(e[m]) > kSmall<T> * (std::abs(d[m]) + std::abs(d[m + 1]))) ++m;
      if (m + 1 < end) e[m] = 0;
      if (m == l) break;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::sqrt(g * g + 1), g));
      double sine = 1, cosine = 1, shift = 0;
      int64_t i = m - 1;
      for (; i >= l; --i) {
        const double f = sine * e[i], b = cosine * e[i], length = std::sqrt(f * f + g * g);
        if (i + 1 < m) e[i + 1] = length;
        if (length == 0) break;
        sine = f / length, cosine = g / length;
        g = d[i + 1] - shift;
        const double turned = (d[i] - g) * sine + 2 * cosine * b;
        shift = sine * turned;
        d[i + 1] = g + shift;
        g = cosine * turned - b;
        cosines[m - 1 - i] = static_cast<T>(cosine), sines[m - 1 - i] = static_cast<T>(sine);
      }
      vector_kernels<T>.rotate(v.row(m), -v.ld, m - 1 - i, cosines, sines, v.columns());
      d[i + 1] -= shift;
      if (i < l) e[l] = g;
    }
  std::copy(d + begin, d + end, values_ + begin);
  std::sort(order_ + begin, order_ + end, [&](int32_t a, int32_t b) { return values_[a] < values_[b]; });
}

template <class T>
void Divide<T>::split(double* d, double* e, int64_t begin, int64_t end) {
  if (end - begin <= kLeaf) return iterate(d, e, begin, end);
  // Half e of both diagonal entries beside the cut, and e of those off it, make a matrix of rank one.
  const int64_t cut = begin + (end - begin) / 2;
  const double rho = std::abs(e[cut - 1]), sign = e[cut - 1] < 0 ? -1 : 1;
  d[cut - 1] -= rho, d[cut] -= rho;
  split(d, e, begin, cut);
  split(d, e, cut, end);
  const Rows v = rows_of_v(begin, cut, end);
  double most = rho;
  for (int64_t s = begin; s < end; ++s) {
    const bool first = s < cut;
    z_[s] = first ? static_cast<double>(v.data[s * v.ld + (thin_ ? 1 : cut - 1)])
                  : sign * static_cast<double>(v.data[s * v.ld + (thin_ ? 0 : cut)]);
    kind_[s] = first ? kFirst : kSecond;
    most = std::max(most, std::abs(values_[s]));
    T* row = v.data + s * v.ld;
    first ? std::fill_n(row + v.right, v.right_columns, T(0)) : std::fill_n(row + v.left, v.left_columns, T(0));
  }
  std::merge(order_ + begin, order_ + cut, order_ + cut, order_ + end, sorted_,
             [&](int32_t a, int32_t b) { return values_[a] < values_[b]; });
  join(begin, cut, end, rho, most);
}

namespace {
/// The rotation that turns (f, g) into (length, 0).
struct Rotation {
  double cosine = 1, sine = 0, length;
  Rotation(double f, double g) : length(std::sqrt(f * f + g * g)) {
    if (length > 0) cosine = f / length, sine = g / length;
  }
};
/// The eigenvalue nearer to its last entry of the last 2 x 2 block of B^T B, for B's last entries d0 e0 / d1 and the e
/// above them.
double last_square(double above, double d0, double e0, double d1) {
  const double p = d0 * d0 + above * above, q = d1 * d1 + e0 * e0, r = d0 * e0, half = (p - q) / 2;
  const double root = half + std::copysign(std::sqrt(half * half + r * r), half);
  return root == 0 ? q : q - r / root * r;
}
}  // namespace

/// A few rows, by implicit QR iteration (Golub and Kahan).
template <class T>
void Divide<T>::iterate_rows(double* d, double* e, int64_t begin, int64_t end) {
  const Rows v = thin_ ? rows_of_v(begin, begin, end) : Rows{v_, ldv_, begin, end - begin + 1, end + 1, 0, -1};
  const Rows u{u_, n_, begin, end - begin, end, 0, -1};
  for (int64_t s = begin; s <= end; ++s) {
    std::fill_n(v.row(s), v.columns(), T(0));
    if (!thin_) v.row(s)[s - begin] = 1;
    if (s == end) break;
    order_[s] = static_cast<int32_t>(s);
    if (!u_) continue;
    std::fill_n(u.row(s), u.columns(), T(0));
    u.row(s)[s - begin] = 1;
  }
  if (thin_) v.row(begin)[0] = v.row(end)[1] = 1;
  // Rotations with the column that is over empty it.
  double over = end < n_ ? e[end - 1] : 0, most = std::abs(over);
  for (int64_t k = end; over != 0 && k-- > begin;) {
    const Rotation r(d[k], over);
    turn(v, k, end, r.cosine, r.sine);
    d[k] = r.length;
    if (k == begin) break;
    over = -r.sine * e[k - 1];
    e[k - 1] *= r.cosine;
  }
  for (int64_t k = begin; k < end; ++k) most = std::max({most, std::abs(d[k]), k + 1 < end ? std::abs(e[k]) : 0});
  const double nothing = kSmall<T> * most;
  T c[2][kLeaf], s[2][kLeaf];
  for (int64_t last = end - 1; last > begin; --last)
    for (int step = 0; step < 100; ++step) {
      int64_t first = last;
      bool singular = std::abs(d[last]) <= nothing;
      for (; first > begin && std::abs(e[first - 1]) > nothing; --first)
        singular = singular || std::abs(d[first - 1]) <= nothing;
      if (first > begin) e[first - 1] = 0;
      if (first == last) break;
      // No shift brings a zero to the end.
      double f = d[first], g = e[first];
      if (!singular) {
        f = d[first] * d[first] - last_square(last - first > 1 ? e[last - 2] : 0, d[last - 1], e[last - 1], d[last]);
        g *= d[first];
      }
      for (int64_t k = first; k < last; ++k) {
        const Rotation right(f, g);
        if (k > first) e[k - 1] = right.length;
        f = right.cosine * d[k] + right.sine * e[k];
        e[k] = right.cosine * e[k] - right.sine * d[k];
        g = right.sine * d[k + 1];
        d[k + 1] *= right.cosine;
        const Rotation left(f, g);
        d[k] = left.length;
        f = left.cosine * e[k] + left.sine * d[k + 1];
        d[k + 1] = left.cosine * d[k + 1] - left.sine * e[k];
        if (k + 1 < last) {
          g = left.sine * e[k + 1];
          e[k + 1] *= left.cosine;
        }
        c[0][k - first] = static_cast<T>(right.cosine), s[0][k - first] = static_cast<T>(right.sine);
        c[1][k - first] = static_cast<T>(left.cosine), s[1][k - first] = static_cast<T>(left.sine);
      }
      e[last - 1] = f;
      vector_kernels<T>.rotate(v.row(first), v.ld, last - first, c[0], s[0], v.columns());
      if (u_) vector_kernels<T>.rotate(u.row(first), u.ld, last - first, c[1], s[1], u.columns());
    }
  for (int64_t k = begin; k < end; ++k) {
    if (d[k] < 0)
      for (T *x = v.row(k), *stop = x + v.columns(); x != stop; ++x) *x = -*x;
    values_[k] = std::abs(d[k]);
  }
  std::sort(order_ + begin, order_ + end, [&](int32_t a, int32_t b) { return values_[a] < values_[b]; });
}

template <class T>
void Divide<T>::split_rows(double* d, double* e, int64_t begin, int64_t end) {
  if (begin == end) return start(end);
  if (end - begin <= kLeaf) return iterate_rows(d, e, begin, end);
  const int64_t cut = begin + (end - begin) / 2;
  split_rows(d, e, begin, cut);
  split_rows(d, e, cut + 1, end);
  const double alpha = d[cut], beta = cut + 1 < n_ ? e[cut] : 0;
  const Rows v = rows_of_v(begin, cut, end);
  double most = std::max(std::abs(alpha), std::abs(beta));
  double null[2] = {0, 0};
  for (int64_t s = begin; s <= end; ++s) {
    const bool first = s <= cut;
    T* row = v.data + s * v.ld;
    const double z = first ? alpha * static_cast<double>(row[thin_ ? 1 : cut])
                           : beta * static_cast<double>(row[thin_ ? 0 : cut + 1]);
    first ? std::fill_n(row + v.right, v.right_columns, T(0)) : std::fill_n(row + v.left, v.left_columns, T(0));
    if (s == cut || s == end) {
      null[s == end] = z;
      continue;
    }
    z_[s] = z;
    kind_[s] = first ? kFirst : kSecond;
    most = std::max(most, values_[s]);
    if (!u_) continue;
    const Rows u = rows_of_u(begin, cut, end);
    T* left = u.data + s * u.ld;
    left[cut] = 0;
    first ? std::fill_n(left + u.right, u.right_columns, T(0)) : std::fill_n(left + u.left, u.left_columns, T(0));
  }
  // The halves' null vectors become one, and one that the row between the halves meets.
  const double both = std::hypot(null[0], null[1]), c = both > 0 ? null[0] / both : 1,
               s = both > 0 ? null[1] / both : 0;
  turn(v, cut, end, c, s);
  values_[cut] = 0, z_[cut] = both, kind_[cut] = kBoth;
  if (u_) {
    const Rows u = rows_of_u(begin, cut, end);
    std::fill_n(u.row(cut), u.columns(), T(0));
    u.data[cut * u.ld + cut] = 1;
  }
  sorted_[0] = static_cast<int32_t>(cut);
  std::merge(order_ + begin, order_ + cut, order_ + cut + 1, order_ + end, sorted_ + 1,
             [&](int32_t a, int32_t b) { return values_[a] < values_[b]; });
  join(begin, cut, end, 1, most);
}

/// Sets aside rows (behind those kept) whose values the join leaves alone, turning neighbours where that makes one so.
template <class T>
int64_t Divide<T>::deflate(int64_t count, double rho, double tolerance, const Rows& v, const Rows& u) {
  int64_t kept = 0, aside = count;
  int32_t before = -1;
  for (int64_t k = 0; k < count; ++k) {
    const int32_t s = sorted_[k];
    if (squared_ && k == 0) {
      kept_[kept++] = s;
      continue;
    }
    if (rho * std::abs(z_[s]) <= tolerance) {
      kept_[--aside] = s;
      continue;
    }
    if (squared_ && values_[s] <= tolerance) {
      const int32_t zero = sorted_[0];
      const double both = std::hypot(z_[zero], z_[s]);
      turn(v, zero, s, z_[zero] / both, z_[s] / both);
      z_[zero] = both, values_[s] = 0;
      kept_[--aside] = s;
      continue;
    }
    if (before >= 0) {
      const double both = std::hypot(z_[before], z_[s]), cosine = z_[s] / both, sine = z_[before] / both;
      if (std::abs((values_[s] - values_[before]) * cosine * sine) <= tolerance) {
        turn(v, s, before, cosine, sine);
        if (u_) turn(u, s, before, cosine, sine);
        const double low = values_[before], high = values_[s];
        values_[before] = low * cosine * cosine + high * sine * sine;
        values_[s] = low * sine * sine + high * cosine * cosine;
        if (kind_[s] != kind_[before]) kind_[s] = kind_[before] = kBoth;
        z_[s] = both;
        kept_[--aside] = before;
      } else {
        kept_[kept++] = before;
      }
    }
    before = s;
  }
  if (before >= 0) kept_[kept++] = before;
  return kept;
}

/// The rows kept become their products with the secular equation's vectors, those set aside follow them.
template <class T>
void Divide<T>::multiply(const Rows& rows, const Secular& e, int64_t begin, int64_t count, const int64_t* kinds,
                         int64_t minus) {
  const int64_t kept = e.n, columns = rows.columns();
  const int32_t* by_kind = sorted_;
  parallel_for(kept, root_grain(kept), [&](int64_t first, int64_t last) {
    const Workspace<double> work(kept);
    for (int64_t i = first; i < last; ++i) {
      if constexpr (sizeof(T) == 4)
        secular_kernels.vector_f32(e, by_kind_, z_by_kind_, i, minus, work, factors_ + i * kept);
      else
        secular_kernels.vector_f64(e, by_kind_, z_by_kind_, i, minus, work, factors_ + i * kept);
    }
  });
  const int64_t upper = kinds[kFirst] + kinds[kBoth], lower = kinds[kBoth] + kinds[kSecond];
  T *first = gathered_, *second = first + upper * rows.left_columns, *aside = second + lower * rows.right_columns;
  for (int64_t k = 0; k < upper; ++k)
    std::copy_n(rows.row(by_kind[k]), rows.left_columns, first + k * rows.left_columns);
  for (int64_t k = 0; k < lower; ++k)
    std::copy_n(rows.data + by_kind[kinds[kFirst] + k] * rows.ld + rows.right, rows.right_columns,
                second + k * rows.right_columns);
  for (int64_t k = kept; k < count; ++k) std::copy_n(rows.row(kept_[k]), columns, aside + (k - kept) * columns);
  T* to = rows.row(begin);
  add_product(kept, rows.left_columns, upper, factors_, kept, first, rows.left_columns, false, to, rows.ld, 1, 0);
  add_product(kept, rows.right_columns, lower, factors_ + kinds[kFirst], kept, second, rows.right_columns, false,
              to + rows.right - rows.left, rows.ld, 1, 0);
  if (rows.middle >= 0)
    for (int64_t i = 0; i < kept; ++i) to[i * rows.ld + rows.middle - rows.left] = factors_[i * kept + minus];
  for (int64_t k = kept; k < count; ++k) std::copy_n(aside + (k - kept) * columns, columns, to + k * rows.ld);
}

template <class T>
void Divide<T>::join(int64_t begin, int64_t cut, int64_t end, double rho, double most) {
  const int64_t count = end - begin;
  const double tolerance = 4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * most;
  const Rows v = rows_of_v(begin, cut, end), u = u_ ? rows_of_u(begin, cut, end) : Rows{};
  const int64_t kept = deflate(count, rho, tolerance, v, u);
  const auto ascending = [&](int32_t a, int32_t b) { return values_[a] < values_[b]; };
  if (kept == 0) {
    std::sort(kept_, kept_ + count, ascending);
    std::copy_n(kept_, count, order_ + begin);
    return;
  }
  const Secular e{kept, poles_, weights_, squared_, nearest_, offsets_};
  for (int64_t k = 0; k < kept; ++k) {
    double& z = z_[kept_[k]];
    if (std::abs(z) < kLeast) z = kLeast;
    poles_[k] = values_[kept_[k]], weights_[k] = rho * z * z;
  }
  parallel_for(kept, root_grain(kept), [&](int64_t first, int64_t last) { secular_kernels.roots(e, first, last); });
  secular_kernels.weights(e, weights_);
  int64_t kinds[3] = {}, place = 0, minus = -1;
  for (int32_t kind = kFirst; kind <= kSecond; ++kind)
    for (int64_t k = 0; k < kept; ++k) {
      const int32_t s = kept_[k];
      if (kind_[s] != kind) continue;
      if (squared_ && k == 0) minus = place;
      ++kinds[kind];
      by_kind_[place] = poles_[k], z_by_kind_[place] = std::copysign(std::sqrt(weights_[k]), z_[s]);
      sorted_[place++] = s;
    }
  multiply(v, e, begin, count, kinds, -1);
  if (u_) multiply(u, e, begin, count, kinds, minus);
  for (int64_t k = 0; k < count; ++k) {
    if (k >= kept)
      work_[k] = values_[kept_[k]];
    else
      work_[k] = squared_ ? std::sqrt(nearest_[k] * nearest_[k] + offsets_[k]) : nearest_[k] + offsets_[k];
  }
  for (int64_t k = 0; k < count; ++k) {
    values_[begin + k] = work_[k];
    kept_[k] = static_cast<int32_t>(begin + k);
  }
  std::sort(kept_ + kept, kept_ + count, ascending);
  std::merge(kept_, kept_ + kept, kept_ + kept, kept_ + count, order_ + begin, ascending);
}

template class Divide<float>;
template class Divide<double>;

}  // namespace lampas::cpu
