#pragma once

#include "backend/kernel.h"
#include "backend/pointwise.h"

namespace lampas {

// Special functions: operands {y, x} or {y, a, b}, no params; the floating-point dtypes. But for entr, ndtri and the
// modified Bessel functions of the first kind computed one by one in double and rounded once; bounds with the functions
// in special_cpu.cpp, special_vector_cpu.cpp, math_bessel_cpu.cpp and math_special_cpu.cpp.

inline Kernel<PointwiseFn> entr_kernel{"special_entr"};
inline Kernel<PointwiseFn> erfcx_kernel{"special_erfcx"};
inline Kernel<PointwiseFn> ndtri_kernel{"special_ndtri"};
/// The inverse of the normal distribution function: relative error 1e-14; -inf at 0, inf at 1, NaN outside.
double ndtri_of(double p);
inline Kernel<PointwiseFn> log_ndtr_kernel{"special_log_ndtr"};
inline Kernel<PointwiseFn> i0e_kernel{"special_i0e"}, i1e_kernel{"special_i1e"};
inline Kernel<PointwiseFn> bessel_j0_kernel{"special_bessel_j0"}, bessel_j1_kernel{"special_bessel_j1"};
inline Kernel<PointwiseFn> bessel_y0_kernel{"special_bessel_y0"}, bessel_y1_kernel{"special_bessel_y1"};
inline Kernel<PointwiseFn> bessel_k0_kernel{"special_modified_bessel_k0"},
    bessel_k1_kernel{"special_modified_bessel_k1"};
inline Kernel<PointwiseFn> bessel_k0e_kernel{"special_scaled_modified_bessel_k0"};
inline Kernel<PointwiseFn> bessel_k1e_kernel{"special_scaled_modified_bessel_k1"};
inline Kernel<PointwiseFn> spherical_j0_kernel{"special_spherical_bessel_j0"};
inline Kernel<PointwiseFn> xlog1py_kernel{"special_xlog1py"};
inline Kernel<PointwiseFn> zeta_kernel{"special_zeta"};
inline Kernel<PointwiseFn> airy_ai_kernel{"special_airy_ai"};
/// Of x and a degree; `which` is a detail::Polynomial.
struct PolynomialParams {
  int which;
};
inline Kernel<PointwiseFn> polynomial_kernel{"special_polynomial"};
inline Kernel<PointwiseFn> igamma_kernel{"igamma"}, igammac_kernel{"igammac"};

}  // namespace lampas
