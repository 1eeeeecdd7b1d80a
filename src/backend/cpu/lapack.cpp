// LAPACK is loaded when first needed, not linked: programs that decompose no matrices do not load its libraries.
#include "backend/cpu/lapack.h"

#include <dlfcn.h>

#include <string>

#include "lampas/base/error.h"

namespace lampas::cpu {

namespace {

void* library() {
  static void* const handle = [] {
    void* found = nullptr;
    for (const char* name : {"liblapack.so.3", "libopenblas.so.0", "liblapack.so"})
      if (!found) found = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    return found;
  }();
  check(handle != nullptr,
        "linalg: no LAPACK library on this system: expected liblapack.so.3 (Debian's package is liblapack3)");
  return handle;
}

template <class F>
void find(F& to, const char* prefix, const char* name) {
  const std::string symbol = std::string(prefix) + name + "_";
  void* p = dlsym(library(), symbol.c_str());
  check(p != nullptr, "linalg: the system's LAPACK has no routine ", symbol);
  to = reinterpret_cast<F>(p);
}

template <class T>
Lapack<T> load(const char* prefix) {
  Lapack<T> l;
  find(l.geqrf, prefix, "geqrf");
  find(l.orgqr, prefix, "orgqr");
  find(l.geev, prefix, "geev");
  find(l.sytrf, prefix, "sytrf");
  find(l.sytrs, prefix, "sytrs");
  find(l.gels, prefix, "gels");
  find(l.gelsy, prefix, "gelsy");
  find(l.gelsd, prefix, "gelsd");
  find(l.gelss, prefix, "gelss");
  return l;
}

}  // namespace

template <class T>
const Lapack<T>& lapack() {
  static const Lapack<T> routines = load<T>(sizeof(T) == 4 ? "s" : "d");
  return routines;
}
template const Lapack<float>& lapack<float>();
template const Lapack<double>& lapack<double>();

}  // namespace lampas::cpu
