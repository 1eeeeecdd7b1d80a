#pragma once

// Include before any Highway header. Chooses the instruction sets every vector kernel is compiled for: on x86 the
// portable baseline (with GCC one lane at a time, HWY_SCALAR; Highway 1.0 has no SSE2 target), AVX2 with FMA and
// AVX-512. SSSE3, SSE4 and AVX3_DL would each add a third of the compile time and library size for little: machines
// without AVX2 are rare, and no kernel uses what AVX3_DL adds.
//
// Floating-point contraction is off in the whole build (-ffp-contract=off): a fused multiply-add happens where the
// source says MulAdd and nowhere else, so that vector body, masked tail and scalar remainder of a loop round
// identically.
#ifdef LAMPAS_SANITIZED  // instrumented, a kernel takes minutes to compile: AVX2 stands for both
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | HWY_AVX3_DL)
#else
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#endif
