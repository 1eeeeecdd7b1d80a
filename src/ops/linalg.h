#pragma once

#include "backend/kernel.h"

namespace lampas {

/// Decompositions of `count` column-major matrices one after another; float32 and float64. `info` gets, for each, what
/// LAPACK reports: 0, or the number of the row where it failed. Kernels throw only when there is no LAPACK.

/// In place: L (unit diagonal) and U; `pivots` gets min(m, n) row numbers from 1.
inline Kernel<void(int64_t count, int32_t m, int32_t n, void* a, int32_t* pivots, int32_t* info)> lu_kernel{"lu"};
/// b (n x nrhs) becomes a^-1 b (trans: a^-T b).
inline Kernel<void(int64_t count, int32_t n, int32_t nrhs, const void* lu, const int32_t* pivots, void* b, bool trans)>
    lu_solve_kernel{"lu_solve"};
/// b (n x n) becomes a^-1.
inline Kernel<void(int64_t count, int32_t n, const void* lu, const int32_t* pivots, void* b)> lu_inverse_kernel{
    "lu_inverse"};
/// Row-major, in place: the lower factor of the lower triangle, the upper one untouched.
inline Kernel<void(int64_t count, int32_t n, void* a, int32_t* info)> cholesky_kernel{"cholesky"};
/// b (n x nrhs) becomes a^-1 b or a^-T b of triangular a.
struct Triangle3 {
  bool upper, trans, unit;
};
inline Kernel<void(int64_t count, int32_t n, int32_t nrhs, const void* a, void* b, Triangle3 form)> triangular_kernel{
    "solve_triangular"};
/// R in the upper triangle of a (m x n); Q (m x columns) unless null.
inline Kernel<void(int64_t count, int32_t m, int32_t n, int32_t columns, void* a, void* q)> qr_kernel{"qr"};
/// a = u diag(s) v^T for a of no more columns than rows, destroying a: s descending, the n columns of v and the first
/// `lefts` (n to m) of u one after another; only s if u and v are null.
inline Kernel<void(int64_t count, int32_t m, int32_t n, int32_t lefts, void* a, void* u, void* s, void* v,
                   int32_t* info)>
    svd_kernel{"svd"};
/// Eigenvalues of symmetric a into w; a becomes the eigenvectors when asked for, else is destroyed.
inline Kernel<void(int64_t count, int32_t n, bool vectors, bool upper, void* a, void* w, int32_t* info)> eigh_kernel{
    "eigh"};
/// Eigenvalues, complex, into w, and eigenvectors (n x n, complex, of length 1 with a real largest element) into v
/// unless null; a is destroyed.
inline Kernel<void(int64_t count, int32_t n, void* a, void* w, void* v, int32_t* info)> eig_kernel{"eig"};
/// In place: R, and below it the reflectors whose factors tau gets (min(m, n) for each matrix).
inline Kernel<void(int64_t count, int32_t m, int32_t n, void* a, void* tau)> geqrf_kernel{"geqrf"};
/// In place: the first n columns of the product of k <= n reflectors (m x m, m >= n).
inline Kernel<void(int64_t count, int32_t m, int32_t n, int32_t k, void* a, const void* tau)> householder_kernel{
    "householder_product"};
/// In place: L and D of symmetric a, of which the lower triangle is read, and the exchanges.
inline Kernel<void(int64_t count, int32_t n, void* a, int32_t* pivots, int32_t* info)> ldl_kernel{"ldl_factor"};
/// b (n x nrhs) becomes a^-1 b.
inline Kernel<void(int64_t count, int32_t n, int32_t nrhs, const void* ld, const int32_t* pivots, void* b)>
    ldl_solve_kernel{"ldl_solve"};
/// Least squares: b (max(m, n) x nrhs) becomes the solution; s gets the singular values (drivers that have them).
enum class LstsqDriver : uint8_t { gels, gelsy, gelsd, gelss };
inline Kernel<void(int64_t count, int32_t m, int32_t n, int32_t nrhs, LstsqDriver driver, double rcond, void* a,
                   void* b, void* s, int64_t* rank, int32_t* info)>
    lstsq_kernel{"lstsq"};

}  // namespace lampas
