#pragma once

#define C10_LIKELY(cond) (__builtin_expect(static_cast<bool>(cond), 1))
#define C10_UNLIKELY(cond) (__builtin_expect(static_cast<bool>(cond), 0))
#define C10_UNUSED __attribute__((__unused__))
#define C10_NOINLINE __attribute__((noinline))
#define C10_ALWAYS_INLINE __attribute__((always_inline)) inline
// A CPU's functions need no marks.
#define C10_HOST
#define C10_DEVICE
#define C10_HOST_DEVICE
#define C10_EXPORT __attribute__((__visibility__("default")))
#define C10_IMPORT C10_EXPORT
#define C10_API C10_IMPORT
#define TORCH_API C10_IMPORT
