#pragma once

#include "lampas/base/export.h"

namespace lampas {

/// Threads one op may use. Default: OMP_NUM_THREADS, else the processors the affinity mask and cgroup quota allow.
/// The caller's own OpenMP settings are neither read afterwards nor changed.
LAMPAS_API int get_num_threads();
LAMPAS_API void set_num_threads(int n);
/// Flush denormals to zero on this thread and in op workers; false when the processor cannot.
LAMPAS_API bool set_flush_denormal(bool on);

}  // namespace lampas
