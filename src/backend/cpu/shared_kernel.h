#pragma once

/// For the functions of per-target headers that are not inlined and serve several files: GCC would give each file a
/// copy of its own (without the arguments that are not used), which the linker cannot merge.
#if defined(__GNUC__) && !defined(__clang__)
#define LAMPAS_SHARED_KERNEL __attribute__((noinline, noclone))
#else
#define LAMPAS_SHARED_KERNEL __attribute__((noinline))
#endif
