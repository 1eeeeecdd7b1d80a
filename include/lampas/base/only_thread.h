#pragma once

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define LAMPAS_KNOWS_ONLY_THREAD 1
#else
#define LAMPAS_KNOWS_ONLY_THREAD 0
#endif

namespace lampas {

/// Whether the C library knows that the process has one thread, so that what only other threads could see needs no
/// locked instruction. Starting a thread makes it false, and orders what came before.
/// Source: https://www.gnu.org/software/libc/manual/html_node/Single_002dThreaded.html
inline bool only_thread() noexcept {
#if LAMPAS_KNOWS_ONLY_THREAD
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

}  // namespace lampas
