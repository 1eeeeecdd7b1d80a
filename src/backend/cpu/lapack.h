#pragma once

#include <cstddef>
#include <cstdint>

namespace lampas::cpu {

/// LAPACK's routines of one precision, as Fortran passes arguments: everything by address, column-major
/// matrices, 32-bit integers, and the lengths of strings (all 1) at the end.
template <class T>
struct Lapack {
  using Int = int32_t;
  void (*geqrf)(const Int* m, const Int* n, T* a, const Int* lda, T* tau, T* work, const Int* lwork, Int* info);
  void (*orgqr)(const Int* m, const Int* n, const Int* k, T* a, const Int* lda, const T* tau, T* work, const Int* lwork,
                Int* info);
  void (*geev)(const char* left, const char* right, const Int* n, T* a, const Int* lda, T* re, T* im, T* vl,
               const Int* ldvl, T* vr, const Int* ldvr, T* work, const Int* lwork, Int* info, size_t, size_t);
  void (*sytrf)(const char* uplo, const Int* n, T* a, const Int* lda, Int* ipiv, T* work, const Int* lwork, Int* info,
                size_t);
  void (*sytrs)(const char* uplo, const Int* n, const Int* nrhs, const T* a, const Int* lda, const Int* ipiv, T* b,
                const Int* ldb, Int* info, size_t);
  void (*gels)(const char* trans, const Int* m, const Int* n, const Int* nrhs, T* a, const Int* lda, T* b,
               const Int* ldb, T* work, const Int* lwork, Int* info, size_t);
  void (*gelsy)(const Int* m, const Int* n, const Int* nrhs, T* a, const Int* lda, T* b, const Int* ldb, Int* jpvt,
                const T* rcond, Int* rank, T* work, const Int* lwork, Int* info);
  void (*gelsd)(const Int* m, const Int* n, const Int* nrhs, T* a, const Int* lda, T* b, const Int* ldb, T* s,
                const T* rcond, Int* rank, T* work, const Int* lwork, Int* iwork, Int* info);
  void (*gelss)(const Int* m, const Int* n, const Int* nrhs, T* a, const Int* lda, T* b, const Int* ldb, T* s,
                const T* rcond, Int* rank, T* work, const Int* lwork, Int* info);
};

/// The routines, from the system's LAPACK, which is loaded when they are first asked for. Throws when there is none.
template <class T>
const Lapack<T>& lapack();
extern template const Lapack<float>& lapack<float>();
extern template const Lapack<double>& lapack<double>();

}  // namespace lampas::cpu
