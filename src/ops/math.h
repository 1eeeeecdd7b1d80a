#pragma once

#include "backend/kernel.h"
#include "backend/pointwise.h"

namespace lampas {

// Unary functions, y = f(x): operands {y, x}, no params unless stated; float32, float64, float16 and bfloat16. The
// 16-bit types are computed in float32 and rounded once. Maximum errors and special values stand with the functions in
// backend/cpu/vec_*-inl.h.

inline Kernel<PointwiseFn> exp_kernel{"exp"};
inline Kernel<PointwiseFn> exp2_kernel{"exp2"};
inline Kernel<PointwiseFn> expm1_kernel{"expm1"};
inline Kernel<PointwiseFn> log_kernel{"log"};
inline Kernel<PointwiseFn> log2_kernel{"log2"};
inline Kernel<PointwiseFn> log10_kernel{"log10"};
inline Kernel<PointwiseFn> log1p_kernel{"log1p"};
inline Kernel<PointwiseFn> sigmoid_kernel{"sigmoid"};

inline Kernel<PointwiseFn> sinh_kernel{"sinh"};
inline Kernel<PointwiseFn> cosh_kernel{"cosh"};
inline Kernel<PointwiseFn> tanh_kernel{"tanh"};
inline Kernel<PointwiseFn> asinh_kernel{"asinh"};
inline Kernel<PointwiseFn> acosh_kernel{"acosh"};
inline Kernel<PointwiseFn> atanh_kernel{"atanh"};

inline Kernel<PointwiseFn> sin_kernel{"sin"};
inline Kernel<PointwiseFn> cos_kernel{"cos"};
inline Kernel<PointwiseFn> tan_kernel{"tan"};
inline Kernel<PointwiseFn> asin_kernel{"asin"};
inline Kernel<PointwiseFn> acos_kernel{"acos"};
inline Kernel<PointwiseFn> atan_kernel{"atan"};
inline Kernel<PointwiseFn> sinc_kernel{"sinc"};  // sin(pi x) / (pi x)

inline Kernel<PointwiseFn> erf_kernel{"erf"};
inline Kernel<PointwiseFn> erfc_kernel{"erfc"};
inline Kernel<PointwiseFn> erfinv_kernel{"erfinv"};

struct LogitParams {
  double eps = -1;  // x is clamped to [eps, 1 - eps] unless eps is negative
};
inline Kernel<PointwiseFn> logit_kernel{"logit"};  // log(x / (1 - x)); params: LogitParams or null

// Computed one by one in double and rounded once; bounds with the functions in math_special_cpu.cpp.
inline Kernel<PointwiseFn> lgamma_kernel{"lgamma"};      // log |gamma(x)|
inline Kernel<PointwiseFn> digamma_kernel{"digamma"};    // its derivative, polygamma(0, x)
inline Kernel<PointwiseFn> trigamma_kernel{"trigamma"};  // polygamma(1, x)
struct PolygammaParams {
  int64_t n = 2;  // >= 2
};
inline Kernel<PointwiseFn> polygamma_kernel{"polygamma"};     // n-th derivative of digamma; params: PolygammaParams
inline Kernel<PointwiseFn> i0_kernel{"i0"}, i1_kernel{"i1"};  // modified Bessel functions of the first kind; i1 = i0'

}  // namespace lampas
