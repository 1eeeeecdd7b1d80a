// Decompositions through LAPACK, matrices shared out among threads. Errors are LAPACK's: backward stable, a small
// multiple of eps times the matrix's size and norm. NaN and inf give NaN or a failure report.
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/lapack.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/complex.h"
#include "ops/linalg.h"

namespace lampas {
namespace {

using Int = int32_t;

/// f(k) for every matrix; `work` is about the number of operations one takes.
template <class F>
void each(int64_t count, double work, const F& f) {
  const auto grain = std::max<int64_t>(1, static_cast<int64_t>(cpu::kGrain / std::max(1.0, work)));
  cpu::parallel_for(count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) f(k);
  });
}
double cube(double m, double n) { return m * n * std::min(m, n); }
Int at_least_one(Int n) { return std::max(n, Int{1}); }

template <class T>
struct Factor {
  static void lu(int64_t count, Int m, Int n, void* a, Int* pivots, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int lda = at_least_one(m);
    each(count, cube(m, n), [&](int64_t k) {
      l.getrf(&m, &n, static_cast<T*>(a) + k * m * n, &lda, pivots + k * std::min(m, n), info + k);
    });
  }
  static void lu_solve(int64_t count, Int n, Int nrhs, const void* lu, const Int* pivots, void* b, bool trans) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    const char form = trans ? 'T' : 'N';
    each(count, static_cast<double>(n) * n * nrhs, [&](int64_t k) {
      Int info;
      l.getrs(&form, &n, &nrhs, static_cast<const T*>(lu) + k * n * n, &ld, pivots + k * n,
              static_cast<T*>(b) + k * n * nrhs, &ld, &info, 1);
    });
  }
  static void cholesky(int64_t count, Int n, void* a, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    each(count, cube(n, n), [&](int64_t k) { l.potrf("U", &n, static_cast<T*>(a) + k * n * n, &ld, info + k, 1); });
  }
  static void triangular(int64_t count, Int n, Int nrhs, const void* a, void* b, Triangle3 form) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    const T one = 1;
    each(count, static_cast<double>(n) * n * nrhs, [&](int64_t k) {
      l.trsm("L", form.upper ? "U" : "L", form.trans ? "T" : "N", form.unit ? "U" : "N", &n, &nrhs, &one,
             static_cast<const T*>(a) + k * n * n, &ld, static_cast<T*>(b) + k * n * nrhs, &ld, 1, 1, 1, 1);
    });
  }

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

  static void qr(int64_t count, Int m, Int n, Int columns, void* matrices, void* factors) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(m), rank = std::min(m, n);
    each(count, cube(m, n), [&](int64_t k) {
      T *a = static_cast<T*>(matrices) + k * m * n, *q = static_cast<T*>(factors) + k * m * columns;
      const cpu::Workspace<T> tau(at_least_one(rank));
      Int info;
      with_work([&](T* work, Int* lwork) { l.geqrf(&m, &n, a, &ld, tau.data(), work, lwork, &info); });
      if (!factors || columns == 0) return;
      std::copy_n(a, static_cast<int64_t>(m) * std::min(n, columns), q);
      std::fill(q + static_cast<int64_t>(m) * std::min(n, columns), q + static_cast<int64_t>(m) * columns, T(0));
      with_work([&](T* work, Int* lwork) { l.orgqr(&m, &columns, &rank, q, &ld, tau.data(), work, lwork, &info); });
    });
  }

  static void svd(int64_t count, Int m, Int n, char job, void* matrices, void* left, void* values, void* right,
                  Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int rank = std::min(m, n), ld = at_least_one(m);
    const Int u_columns = job == 'A' ? m : rank, vt_rows = job == 'A' ? n : rank, ldvt = at_least_one(vt_rows);
    each(count, 4 * cube(m, n), [&](int64_t k) {
      const cpu::Workspace<Int> iwork(8 * at_least_one(rank));
      T* u = job == 'N' ? nullptr : static_cast<T*>(left) + k * m * u_columns;
      T* vt = job == 'N' ? nullptr : static_cast<T*>(right) + k * vt_rows * n;
      with_work([&](T* work, Int* lwork) {
        l.gesdd(&job, &m, &n, static_cast<T*>(matrices) + k * m * n, &ld, static_cast<T*>(values) + k * rank, u, &ld,
                vt, &ldvt, work, lwork, iwork.data(), info + k, 1);
      });
    });
  }

  static void eigh(int64_t count, Int n, bool vectors, bool upper, void* matrices, void* values, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n), liwork = vectors ? 3 + 5 * n : 1;
    each(count, 4 * cube(n, n), [&](int64_t k) {
      const cpu::Workspace<Int> iwork(at_least_one(liwork));
      with_work([&](T* work, Int* lwork) {
        // A query for the real workspace queries the other one, too: iwork has room for its answer.
        l.syevd(vectors ? "V" : "N", upper ? "U" : "L", &n, static_cast<T*>(matrices) + k * n * n, &ld,
                static_cast<T*>(values) + k * n, work, lwork, iwork.data(), &liwork, info + k, 1, 1);
      });
    });
  }

  static void eig(int64_t count, Int n, void* matrices, void* values, void* vectors, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(n);
    const int64_t size = static_cast<int64_t>(n) * n;
    each(count, 10 * cube(n, n), [&](int64_t k) {
      const cpu::Workspace<T> re(ld), im(ld), right(std::max<int64_t>(1, vectors ? size : 1));
      with_work([&](T* work, Int* lwork) {
        l.geev("N", vectors ? "V" : "N", &n, static_cast<T*>(matrices) + k * size, &ld, re.data(), im.data(), nullptr,
               &ld, right.data(), &ld, work, lwork, info + k, 1, 1);
      });
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
    each(count, cube(m, n), [&](int64_t k) {
      Int info;
      with_work([&](T* work, Int* lwork) {
        l.geqrf(&m, &n, static_cast<T*>(matrices) + k * m * n, &ld, static_cast<T*>(factors) + k * rank, work, lwork,
                &info);
      });
    });
  }
  static void householder(int64_t count, Int m, Int n, Int reflectors, void* matrices, const void* factors) {
    const auto& l = cpu::lapack<T>();
    const Int ld = at_least_one(m);
    each(count, cube(m, n), [&](int64_t k) {
      Int info;
      with_work([&](T* work, Int* lwork) {
        l.orgqr(&m, &n, &reflectors, static_cast<T*>(matrices) + k * m * n, &ld,
                static_cast<const T*>(factors) + k * reflectors, work, lwork, &info);
      });
    });
  }

  static void lstsq(int64_t count, Int m, Int n, Int nrhs, LstsqDriver driver, double limit, void* matrices,
                    void* sides, void* values, int64_t* ranks, Int* info) {
    const auto& l = cpu::lapack<T>();
    const Int lda = at_least_one(m), ldb = at_least_one(std::max(m, n)), least = std::min(m, n);
    const T rcond = static_cast<T>(limit);
    each(count, 8 * cube(m, n), [&](int64_t k) {
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
    lu_kernel.set(kCPU, dtype_of<T>, lu);
    lu_solve_kernel.set(kCPU, dtype_of<T>, lu_solve);
    cholesky_kernel.set(kCPU, dtype_of<T>, cholesky);
    triangular_kernel.set(kCPU, dtype_of<T>, triangular);
    qr_kernel.set(kCPU, dtype_of<T>, qr);
    svd_kernel.set(kCPU, dtype_of<T>, svd);
    eigh_kernel.set(kCPU, dtype_of<T>, eigh);
    eig_kernel.set(kCPU, dtype_of<T>, eig);
    geqrf_kernel.set(kCPU, dtype_of<T>, geqrf);
    householder_kernel.set(kCPU, dtype_of<T>, householder);
    lstsq_kernel.set(kCPU, dtype_of<T>, lstsq);
  }
};

const cpu::KernelSet kernels{[] {
  Factor<float>::fill();
  Factor<double>::fill();
}};

}  // namespace
}  // namespace lampas
