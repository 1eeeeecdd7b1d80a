#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "backend/kernel.h"
#include "backend/pointwise.h"

// Slots of the elementwise arithmetic kernels. All are called by run_pointwise with operands out, input 0, input 1,
// ...; unless said otherwise every operand has the slot's dtype. Below, F = float16 bfloat16 float32 float64, I = uint8
// int8 int16 int32 int64, B = bool. A number argument of an op is passed as an input of strides 0. "params: X" is what
// `params` must point to; null stands for X's defaults where it says "or null".
//
// float16 and bfloat16 are computed in float32 and rounded once. Integers wrap. NaN and inf follow IEEE 754 unless said
// otherwise.
namespace lampas {

// ---- arithmetic

struct AddParams {
  double alpha = 1;       // floating-point dtypes
  int64_t alpha_int = 1;  // integers and bool
};
/// x + alpha * y, with one rounding where the machine has fused multiply-add. F I B (or). params: AddParams or null.
inline Kernel<PointwiseFn> add_kernel{"add"};
/// x - alpha * y. F I. params: AddParams or null.
inline Kernel<PointwiseFn> sub_kernel{"sub"};
/// F I B (and).
inline Kernel<PointwiseFn> mul_kernel{"mul"};
/// x / y. F.
inline Kernel<PointwiseFn> div_kernel{"div"};

/// Integer division kernels cannot throw from a thread of a parallel loop. They write 0 where the divisor is 0 and set
/// `*zero_divisor`, if given: the op clears it before and throws after.
struct DivideParams {
  std::atomic<bool>* zero_divisor = nullptr;
};
/// trunc(x / y). F I. params: DivideParams or null. The most negative integer divided by -1 wraps to itself.
inline Kernel<PointwiseFn> div_trunc_kernel{"div_trunc"};
/// Python's x // y: floor of the exact quotient; ±inf or NaN for y = 0. F I. params: DivideParams or null.
inline Kernel<PointwiseFn> div_floor_kernel{"div_floor"};
/// C's fmod: sign of x, exact. F I. params: DivideParams or null.
inline Kernel<PointwiseFn> fmod_kernel{"fmod"};
/// Python's x % y: sign of y. F I. params: DivideParams or null.
inline Kernel<PointwiseFn> remainder_kernel{"remainder"};

/// NaN if either is NaN. F I B.
inline Kernel<PointwiseFn> maximum_kernel{"maximum"}, minimum_kernel{"minimum"};
/// The other one if one is NaN. F I B.
inline Kernel<PointwiseFn> fmax_kernel{"fmax"}, fmin_kernel{"fmin"};

struct ClampParams {
  bool has_min = false, has_max = false;
  double min = 0, max = 0;           // floating-point dtypes
  int64_t min_int = 0, max_int = 0;  // integers
};
/// min(max(x, lo), hi); NaN stays NaN; a NaN bound makes everything NaN. F I. params: ClampParams.
inline Kernel<PointwiseFn> clamp_kernel{"clamp"};
/// min(max(x, lo), hi) with tensors x, lo, hi; NaN if any is NaN. F I. (With one bound: maximum or minimum.)
inline Kernel<PointwiseFn> clamp_tensor_kernel{"clamp_tensor"};

// ---- one input

/// F I; B for square (as mul) and sign. abs of the most negative integer wraps to itself; sign of NaN is 0.
inline Kernel<PointwiseFn> abs_kernel{"abs"}, neg_kernel{"neg"}, sign_kernel{"sign"}, square_kernel{"square"};
/// F, correctly rounded in float32 and float64 (rsqrt and reciprocal by division).
inline Kernel<PointwiseFn> sqrt_kernel{"sqrt"}, rsqrt_kernel{"rsqrt"}, reciprocal_kernel{"reciprocal"};
/// F; I unchanged, but for frac. round goes half to even; frac is x - trunc(x).
inline Kernel<PointwiseFn> ceil_kernel{"ceil"}, floor_kernel{"floor"}, round_kernel{"round"}, trunc_kernel{"trunc"},
    frac_kernel{"frac"};
struct RoundParams {
  double power = 1;       // 10^|decimals|
  bool negative = false;  // decimals < 0: x is divided by the power, rounded and multiplied
};
/// round(x * power) / power. F. params: RoundParams.
inline Kernel<PointwiseFn> round_decimals_kernel{"round"};

struct NanToNumParams {
  double nan = 0;
  double posinf = std::numeric_limits<double>::infinity();   // infinity: the dtype's largest value
  double neginf = -std::numeric_limits<double>::infinity();  // -infinity: the dtype's lowest value
};
/// F; I B unchanged. params: NanToNumParams or null.
inline Kernel<PointwiseFn> nan_to_num_kernel{"nan_to_num"};

// ---- comparisons: the output is bool, the slot's dtype is the inputs'

/// F I B; eq and ne also complex. Comparisons with NaN are false, ne true.
inline Kernel<PointwiseFn> eq_kernel{"eq"}, ne_kernel{"ne"}, lt_kernel{"lt"}, le_kernel{"le"}, gt_kernel{"gt"},
    ge_kernel{"ge"};
/// Of x != 0, y != 0 (NaN counts as true). F I B; logical_not has one input.
inline Kernel<PointwiseFn> logical_and_kernel{"logical_and"}, logical_or_kernel{"logical_or"},
    logical_xor_kernel{"logical_xor"}, logical_not_kernel{"logical_not"};
/// One input. F.
inline Kernel<PointwiseFn> isnan_kernel{"isnan"}, isinf_kernel{"isinf"}, isfinite_kernel{"isfinite"},
    isposinf_kernel{"isposinf"}, isneginf_kernel{"isneginf"};
/// The sign bit. One input. F I.
inline Kernel<PointwiseFn> signbit_kernel{"signbit"};

// ---- integers

/// I B; bitwise_not has one input.
inline Kernel<PointwiseFn> bitwise_and_kernel{"bitwise_and"}, bitwise_or_kernel{"bitwise_or"},
    bitwise_xor_kernel{"bitwise_xor"}, bitwise_not_kernel{"bitwise_not"};
/// I. A count that is negative or not below the width gives 0, and for a right shift of a signed type the sign.
inline Kernel<PointwiseFn> bitwise_left_shift_kernel{"bitwise_left_shift"},
    bitwise_right_shift_kernel{"bitwise_right_shift"};
/// I. Non-negative; gcd(0, 0) = 0, lcm with a 0 is 0.
inline Kernel<PointwiseFn> gcd_kernel{"gcd"}, lcm_kernel{"lcm"};

// ---- selection

/// cond ? x : y. Input 0 is bool; the slot's dtype is that of x, y and out. Every dtype, complex too. masked_fill is
/// where(mask, value, x).
inline Kernel<PointwiseFn> where_kernel{"where"};
/// max(x, 0); NaN stays NaN. F I.
inline Kernel<PointwiseFn> relu_kernel{"relu"};
/// Inputs g, y (relu's input or output): y <= 0 ? 0 : g, so that NaN lets the gradient pass. F.
inline Kernel<PointwiseFn> relu_backward_kernel{"relu_backward"};
struct ThresholdParams {
  double threshold = 0, value = 0;
  int64_t threshold_int = 0, value_int = 0;
};
/// x <= threshold ? value : x. F I. params: ThresholdParams.
inline Kernel<PointwiseFn> threshold_kernel{"threshold"};
/// Inputs g, x: x <= threshold ? 0 : g. F. params: ThresholdParams.
inline Kernel<PointwiseFn> threshold_backward_kernel{"threshold_backward"};

// ---- three and more inputs

struct ValueParams {
  double value = 1;
  int64_t value_int = 1;
};
/// x + value * y * z. F I. params: ValueParams or null.
inline Kernel<PointwiseFn> addcmul_kernel{"addcmul"};
/// x + (value * y) / z. F. params: ValueParams or null.
inline Kernel<PointwiseFn> addcdiv_kernel{"addcdiv"};
/// x + w * (y - x) for |w| < 1/2, else y - (y - x) * (1 - w): exact at both ends. F. params: ValueParams (the weight).
inline Kernel<PointwiseFn> lerp_kernel{"lerp"};
/// The same with a third input as weight. F.
inline Kernel<PointwiseFn> lerp_tensor_kernel{"lerp_tensor"};

// ---- powers and two-argument functions

/// x ** y. F I; an integer to a negative power is 0, but for bases 1 and -1. F: C's pow; float32 and below through
/// float64 vectors.
inline Kernel<PointwiseFn> pow_kernel{"pow"};
/// x ** value with fast paths for 0.5, 1, 2, 3, -0.5, -1, -2. F I (I: value_int >= 0). params: ValueParams.
inline Kernel<PointwiseFn> pow_scalar_kernel{"pow_scalar"};
/// F.
inline Kernel<PointwiseFn> atan2_kernel{"atan2"}, hypot_kernel{"hypot"}, copysign_kernel{"copysign"},
    nextafter_kernel{"nextafter"};
/// log(exp x + exp y) and log2(2^x + 2^y), without overflow. F.
inline Kernel<PointwiseFn> logaddexp_kernel{"logaddexp"}, logaddexp2_kernel{"logaddexp2"};
/// x * log(y); 0 if x is 0 and y is not NaN. F.
inline Kernel<PointwiseFn> xlogy_kernel{"xlogy"};
/// x < 0 ? 0 : x > 0 ? 1 : y, 0 for a NaN x. F I B.
inline Kernel<PointwiseFn> heaviside_kernel{"heaviside"};

}  // namespace lampas
