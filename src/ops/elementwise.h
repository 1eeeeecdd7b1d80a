#pragma once

#include <initializer_list>

#include "backend/kernel.h"
#include "backend/pointwise.h"
#include "lampas/tensor/tensor.h"

namespace lampas {

/// The dtype an op over these tensors computes in: PyTorch's promotion, in which tensors with dimensions outrank 0-d
/// tensors, which outrank numbers, unless the weaker one is of a higher kind (float over integer, integer over bool).
ScalarType result_type(std::initializer_list<const Tensor*> tensors);

/// A number as a 0-d tensor that is weak in promotion.
Tensor wrapped_scalar(const Scalar& value);

/// Writes a number as an element of `dtype`; throws if it does not fit (300 as a byte, 1e39 as a float).
void write_number(const Scalar& value, ScalarType dtype, void* element);
inline void check_number(const Scalar& value, ScalarType dtype) {
  alignas(16) char element[16];
  write_number(value, dtype, element);
}

/// How an elementwise op computes. The kernel is looked up under the compute dtype.
struct Elementwise {
  enum Result : uint8_t {
    same,      // result has the compute dtype
    boolean,   // result is bool
    floating,  // integer inputs compute (and give) the default float dtype
  };
  const char* name;
  const Kernel<PointwiseFn>& kernel;
  Result result = same;
  int cost = 1;  // work per element relative to an add
};

/// Runs an elementwise kernel over broadcast inputs and returns the result: a new tensor, or `out`, which is written in
/// place and must have the broadcast shape. Inputs of another dtype are converted on the way. Throws naming the op for
/// shapes that do not broadcast, a result dtype `out` cannot hold, and memory overlapping `out` in part.
Tensor elementwise(const Elementwise& op, const void* params, const Tensor& out,
                   std::initializer_list<const Tensor*> inputs);
/// What the first input is: one like the others, or what chooses between them, read as bool.
enum class FirstInput : uint8_t { operand, condition };
/// The same with the compute dtype given (where promotion is not the plain rule), to which every input is converted but
/// a condition.
Tensor elementwise_as(const Elementwise& op, ScalarType compute, FirstInput first_input, const void* params,
                      const Tensor& out, std::initializer_list<const Tensor*> inputs);

/// Resizes `out` of an `_out` function to the sizes of the result it will receive.
void prepare_out(const char* op, const Tensor& out, IntArrayRef sizes);

/// Strides of a dense tensor of the given sizes whose dimensions lie in the order of the operands' strides: the first
/// operand in which two dimensions differ orders them; a stride of 0 says nothing.
Shape dense_strides(IntArrayRef sizes, ArrayRef<const int64_t*> operands);

/// Throws when writing `t` element by element would write some memory twice (an expanded tensor).
void check_no_internal_overlap(const char* op, const Tensor& t);
enum class Overlap { none, full, partial };
/// Whether two tensors share memory: not at all, exactly, or otherwise.
Overlap overlap_of(const Tensor& a, const Tensor& b);

}  // namespace lampas
