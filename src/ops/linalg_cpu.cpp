// Singular values, eigenvalues and least squares through LAPACK, matrices shared out among threads. Errors are
// LAPACK's: backward stable, a small multiple of eps times the matrix's size and norm. NaN and inf give NaN or a
// failure report.
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/lapack.h"
#include "backend/cpu/workspace.h"
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

  static void svd(int64_t count, Int m, Int n, char job, void* matrices, void* left, void* values, void* right,
                  Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int rank = std::min(m, n), ld = at_least_one(m);
    const Int u_columns = job == 'A' ? m : rank, vt_rows = job == 'A' ? n : rank, ldvt = at_least_one(vt_rows);
    each_with_work(count, 4 * cube(m, n), [&](int64_t k, T* work, Int* lwork) {
      const cpu::Workspace<Int> iwork(8 * at_least_one(rank));
      T* u = job == 'N' ? nullptr : static_cast<T*>(left) + k * m * u_columns;
      T* vt = job == 'N' ? nullptr : static_cast<T*>(right) + k * vt_rows * n;
      l.gesdd(&job, &m, &n, static_cast<T*>(matrices) + k * m * n, &ld, static_cast<T*>(values) + k * rank, u, &ld, vt,
              &ldvt, work, lwork, iwork.data(), info + k, 1);
    });
  }

  static void eigh(int64_t count, Int n, bool vectors, bool upper, void* matrices, void* values, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n), liwork = vectors ? 3 + 5 * n : 1;
    each_with_work(count, 4 * cube(n, n), [&](int64_t k, T* work, Int* lwork) {
      const cpu::Workspace<Int> iwork(at_least_one(liwork));
      // A query for the real workspace queries the other one, too: iwork has room for its answer.
      l.syevd(vectors ? "V" : "N", upper ? "U" : "L", &n, static_cast<T*>(matrices) + k * n * n, &ld,
              static_cast<T*>(values) + k * n, work, lwork, iwork.data(), &liwork, info + k, 1, 1);
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
    svd_kernel.set(kCPU, dtype_of<T>, svd);
    eigh_kernel.set(kCPU, dtype_of<T>, eigh);
    lstsq_kernel.set(kCPU, dtype_of<T>, lstsq);
  }
};

const cpu::KernelSet kernels{[] {
  Factor<float>::fill();
  Factor<double>::fill();
}};

}  // namespace
}  // namespace lampas
