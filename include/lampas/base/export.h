#pragma once

/// Marks a symbol as part of the shared library's interface; everything else is hidden.
#if defined(LAMPAS_STATIC)
#define LAMPAS_API
#else
#define LAMPAS_API __attribute__((visibility("default")))
#endif

#define LAMPAS_LIKELY(x) __builtin_expect(!!(x), 1)
#define LAMPAS_UNLIKELY(x) __builtin_expect(!!(x), 0)
