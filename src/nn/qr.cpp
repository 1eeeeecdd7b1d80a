#include "nn/qr.h"

#include <cmath>
#include <vector>

namespace lampas::nn {

namespace {
/// Applies the reflection I - 2 v v^T (v of unit length, its first `k` entries zero) to columns [from, n) of x.
void reflect(const double* v, double* x, int64_t k, int64_t from, int64_t m, int64_t n, double* dots) {
  for (int64_t c = from; c < n; ++c) dots[c] = 0;
  for (int64_t r = k; r < m; ++r)
    for (int64_t c = from; c < n; ++c) dots[c] += v[r] * x[r * n + c];
  for (int64_t r = k; r < m; ++r)
    for (int64_t c = from; c < n; ++c) x[r * n + c] -= 2 * v[r] * dots[c];
}
}  // namespace

void householder_q(double* a, double* q, int64_t m, int64_t n) {
  std::vector<double> vectors(static_cast<size_t>(m * n)), dots(static_cast<size_t>(n)),
      sign(static_cast<size_t>(n), 1);
  for (int64_t k = 0; k < n; ++k) {
    double* v = vectors.data() + k * m;
    double norm = 0;
    for (int64_t r = k; r < m; ++r) {
      v[r] = a[r * n + k];
      norm += v[r] * v[r];
    }
    norm = std::sqrt(norm);
    const double alpha = v[k] > 0 ? -norm : norm;  // what the reflection leaves on R's diagonal; no cancellation
    sign[k] = alpha < 0 ? -1 : 1;
    v[k] -= alpha;
    double length = 0;
    for (int64_t r = k; r < m; ++r) length += v[r] * v[r];
    length = std::sqrt(length);
    if (length == 0) continue;
    for (int64_t r = k; r < m; ++r) v[r] /= length;
    reflect(v, a, k, k, m, n, dots.data());
  }
  // Q is the product of the reflections applied to the first n columns of the identity.
  for (int64_t r = 0; r < m; ++r)
    for (int64_t c = 0; c < n; ++c) q[r * n + c] = r == c ? sign[c] : 0;
  for (int64_t k = n - 1; k >= 0; --k) reflect(vectors.data() + k * m, q, k, k, m, n, dots.data());
}

}  // namespace lampas::nn
