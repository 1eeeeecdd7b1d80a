// Eigenvalues of general matrices, reflectors, symmetric factors and least squares through LAPACK, matrices shared out
// among threads. Errors are LAPACK's: backward stable, a small multiple of eps times the matrix's size and norm. NaN
// and inf give NaN or a failure report.
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/lapack.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/complex.h"
#include "ops/linalg.h"
#include "ops/linalg_batch.h"

namespace lampas {
namespace {

using Int = int32_t;

using cpu::cube;
using cpu::each_matrix;
Int at_least_one(Int n) { return std::max(n, Int{1}); }

template <class T>
struct Factor {
  /// Calls routine(work, lwork) first for the size of its workspace, then with it.
  template <class Routine>
  static void with_work(const Routine& routine) {
    T wanted = 0;
    Int query = -1;
    routine(&wanted, &query);
    Int size = at_least_one(static_cast<Int>(wanted) + 1);
    const cpu::Workspace<T> work(size);
    routine(work.data(), &size);
  }

  /// routine(k, work, lwork) for every matrix, having asked it for the size of its workspace: once a call, since a
  /// query takes as long as a small matrix.
  template <class Routine>
  static void each_with_work(int64_t count, double operations, const Routine& routine) {
    if (count == 0) return;
    T wanted = 0;
    Int query = -1;
    routine(0, &wanted, &query);
    const Int size = at_least_one(static_cast<Int>(wanted) + 1);
    each_matrix(count, operations, [&](int64_t k) {
      const cpu::Workspace<T> work(size);
      Int given = size;
      routine(k, work.data(), &given);
    });
  }

  static void eig(int64_t count, Int n, void* matrices, void* values, void* vectors, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    const int64_t size = static_cast<int64_t>(n) * n;
    each_with_work(count, 10 * cube(n, n), [&](int64_t k, T* work, Int* lwork) {
      const cpu::Workspace<T> re(ld), im(ld), right(std::max<int64_t>(1, vectors ? size : 1));
      const bool query = *lwork < 0;
      l.geev("N", vectors ? "V" : "N", &n, static_cast<T*>(matrices) + k * size, &ld, re.data(), im.data(), nullptr,
             &ld, right.data(), &ld, work, lwork, info + k, 1, 1);
      if (query) return;
      auto* w = static_cast<complex<T>*>(values) + k * n;
      for (Int j = 0; j < n; ++j) w[j] = complex<T>(re.data()[j], im.data()[j]);
      if (!vectors) return;
      // A pair of conjugate eigenvalues has the parts of its first vector in two columns.
      auto* v = static_cast<complex<T>*>(vectors) + k * size;
      for (Int j = 0; j < n; ++j) {
        const T* column = right.data() + static_cast<int64_t>(j) * n;
        complex<T>* to = v + static_cast<int64_t>(j) * n;
        if (im.data()[j] == 0 || j + 1 == n) {
          for (Int i = 0; i < n; ++i) to[i] = complex<T>(column[i]);
          continue;
        }
        for (Int i = 0; i < n; ++i) {
          to[i] = complex<T>(column[i], column[n + i]);
          to[n + i] = complex<T>(column[i], -column[n + i]);
        }
        ++j;
      }
    });
  }

  static void geqrf(int64_t count, Int m, Int n, void* matrices, void* factors) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(m), rank = std::min(m, n);
    each_with_work(count, cube(m, n), [&](int64_t k, T* work, Int* lwork) {
      Int info;
      l.geqrf(&m, &n, static_cast<T*>(matrices) + k * m * n, &ld, static_cast<T*>(factors) + k * rank, work, lwork,
              &info);
    });
  }
  static void householder(int64_t count, Int m, Int n, Int reflectors, void* matrices, const void* factors) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(m);
    each_with_work(count, cube(m, n), [&](int64_t k, T* work, Int* lwork) {
      Int info;
      l.orgqr(&m, &n, &reflectors, static_cast<T*>(matrices) + k * m * n, &ld,
              static_cast<const T*>(factors) + k * reflectors, work, lwork, &info);
    });
  }

  static void ldl(int64_t count, Int n, void* matrices, Int* pivots, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    each_with_work(count, cube(n, n), [&](int64_t k, T* work, Int* lwork) {
      l.sytrf("L", &n, static_cast<T*>(matrices) + k * n * n, &ld, pivots + k * n, work, lwork, info + k, 1);
    });
  }
  static void ldl_solve(int64_t count, Int n, Int nrhs, const void* matrices, const Int* pivots, void* sides) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    each_matrix(count, cube(n, nrhs), [&](int64_t k) {
      Int info;
      l.sytrs("L", &n, &nrhs, static_cast<const T*>(matrices) + k * n * n, &ld, pivots + k * n,
              static_cast<T*>(sides) + k * n * nrhs, &ld, &info, 1);
    });
  }

  static void lstsq(int64_t count, Int m, Int n, Int nrhs, LstsqDriver driver, double limit, void* matrices,
                    void* sides, void* values, int64_t* ranks, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int lda = at_least_one(m), ldb = at_least_one(std::max(m, n)), least = std::min(m, n);
    const T rcond = static_cast<T>(limit);
    each_matrix(count, 8 * cube(m, n), [&](int64_t k) {
      T *a = static_cast<T*>(matrices) + k * m * n, *b = static_cast<T*>(sides) + k * ldb * nrhs;
      T* s = values ? static_cast<T*>(values) + k * least : nullptr;
      Int rank = least;
      // gelsd's integers: 3 levels a doubling of the size, and 11 more, for each of the smaller dimension.
      const cpu::Workspace<Int> integers(std::max<int64_t>(n, at_least_one(least) * int64_t{3 * 32 + 11}));
      std::fill_n(integers.data(), n, 0);
      with_work([&](T* work, Int* lwork) {
        switch (driver) {
          case LstsqDriver::gels:
            return l.gels("N", &m, &n, &nrhs, a, &lda, b, &ldb, work, lwork, info + k, 1);
          case LstsqDriver::gelsy:
            return l.gelsy(&m, &n, &nrhs, a, &lda, b, &ldb, integers.data(), &rcond, &rank, work, lwork, info + k);
          case LstsqDriver::gelsd:
            return l.gelsd(&m, &n, &nrhs, a, &lda, b, &ldb, s, &rcond, &rank, work, lwork, integers.data(), info + k);
          case LstsqDriver::gelss:
            return l.gelss(&m, &n, &nrhs, a, &lda, b, &ldb, s, &rcond, &rank, work, lwork, info + k);
        }
      });
      ranks[k] = rank;
    });
  }

  static void fill() {
    eig_kernel.set(kCPU, dtype_of<T>, eig);
    geqrf_kernel.set(kCPU, dtype_of<T>, geqrf);
    householder_kernel.set(kCPU, dtype_of<T>, householder);
    ldl_kernel.set(kCPU, dtype_of<T>, ldl);
    ldl_solve_kernel.set(kCPU, dtype_of<T>, ldl_solve);
    lstsq_kernel.set(kCPU, dtype_of<T>, lstsq);
  }
};

const cpu::KernelSet kernels{[] {
  Factor<float>::fill();
  Factor<double>::fill();
}};

}  // namespace
}  // namespace lampas
