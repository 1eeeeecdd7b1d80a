#pragma once

#include <cstdint>

namespace lampas::nn {

/// The factor Q (m x n, orthonormal columns) of a row-major m x n matrix A = QR with m >= n, signs chosen so that the
/// diagonal of R is not negative. `a` is overwritten.
void householder_q(double* a, double* q, int64_t m, int64_t n);

}  // namespace lampas::nn
