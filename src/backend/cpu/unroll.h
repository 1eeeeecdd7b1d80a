#pragma once

// Register tiles only exist with their loops unrolled; the compiler's own limit is below that.
#if defined(__clang__)
#define LAMPAS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LAMPAS_UNROLL _Pragma("GCC unroll 32")
#endif
