#pragma once

#include <cstdint>

/// The inner loops of the eigenvalue and singular value decompositions, whose drivers are compiled once and not for
/// every instruction set. Filled at load time for the instruction set of this machine.
namespace lampas::cpu {

template <class T>
struct VectorKernels {
  /// The reflection I - tau v v^T that turns x (n values) into (beta, 0, ...): x becomes beta and the rest of v, whose
  /// first element is 1. Returns tau; 0, the identity, if there is nothing to do. Lengths in float64.
  T (*reflect)(T* x, int64_t n);
  /// Applies the reflection with v = (1, the rest of v) to `columns` columns of n values that lie ld apart.
  void (*apply)(const T* v, T tau, int64_t n, T* c, int64_t columns, int64_t ld);
  /// out[k] = row k * x, for `count` rows of n values that lie ld apart.
  void (*dots)(const T* rows, int64_t ld, int64_t count, const T* x, int64_t n, T* out);
  /// y += sum of f[k] * row k.
  void (*combine)(const T* rows, int64_t ld, int64_t count, const T* f, int64_t n, T* y);
  /// y = a x for symmetric a (n x n), whose upper triangle of rows is read.
  void (*symmetric)(const T* a, int64_t ld, int64_t n, const T* x, T* y);
  /// `count` rotations of neighbours among rows of n values that lie `step` apart: x becomes c[k] x + s[k] y, and y,
  /// the next rotation's x, c[k] y - s[k] x.
  void (*rotate)(T* x, int64_t step, int64_t count, const T* c, const T* s, int64_t n);
};
template <class T>
inline VectorKernels<T> vector_kernels{};

/// Eigenvalues of diag(d) + z z^T: the roots x of 1 + sum w[j] / (d[j] - x) = 0, with w = z^2 > 0 and d ascending. With
/// `squared`, singular values of (z; diag(d)): the same with d^2 for d. A root is given as its distance from a pole
/// nearby, so that its differences from all poles are known to nearly all their digits.
struct Secular {
  int64_t n;
  const double *d, *w;
  bool squared;
  /// For root i, d of the pole, and what to add (to its square).
  double *pole, *offset;
};
struct SecularKernels {
  /// Fills pole and offset of roots [begin, end).
  void (*roots)(const Secular&, int64_t begin, int64_t end);
  /// z^2 for which the roots found are exact (Gu and Eisenstat): what makes their vectors orthogonal.
  void (*weights)(const Secular&, double* squares);
  /// Vector i, of length 1: z[j] / (d[j] - root i), or that times d[j] with a -1 where `minus` says. d and z in any
  /// order. `work`: n values.
  void (*vector_f32)(const Secular&, const double* d, const double* z, int64_t i, int64_t minus, double* work,
                     float* out);
  void (*vector_f64)(const Secular&, const double* d, const double* z, int64_t i, int64_t minus, double* work,
                     double* out);
};
inline SecularKernels secular_kernels{};

}  // namespace lampas::cpu
