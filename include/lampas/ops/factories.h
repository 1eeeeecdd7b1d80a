#pragma once

#include "lampas/tensor/tensor.h"

/// Tensors from nothing (https://pytorch.org/docs/stable/torch.html#creation-ops). Sizes are checked before memory is
/// asked for; negative or overflowing sizes throw. Options: dtype (default float32), device, requires_grad, memory
/// format.
namespace lampas {

/// Uninitialised.
LAMPAS_API Tensor empty(IntArrayRef sizes, const TensorOptions& options = {},
                        std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor zeros(IntArrayRef sizes, const TensorOptions& options = {});
LAMPAS_API Tensor ones(IntArrayRef sizes, const TensorOptions& options = {});
/// Every element `value`; dtype follows the value's kind unless given (bool, int64 or the default float dtype).
LAMPAS_API Tensor full(IntArrayRef sizes, const Scalar& value, const TensorOptions& options = {});
LAMPAS_API Tensor scalar_tensor(const Scalar& value, const TensorOptions& options = {});
/// The sizes, dtype, device and memory order of `x` unless overridden.
LAMPAS_API Tensor empty_like(const Tensor& x, const TensorOptions& options = {},
                             std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor zeros_like(const Tensor& x, const TensorOptions& options = {},
                             std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor ones_like(const Tensor& x, const TensorOptions& options = {},
                            std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor full_like(const Tensor& x, const Scalar& value, const TensorOptions& options = {},
                            std::optional<MemoryFormat> format = std::nullopt);
/// start, start + step, ... below (above, for a negative step) end. int64 when all three are integers.
LAMPAS_API Tensor arange(const Scalar& end, const TensorOptions& options = {});
LAMPAS_API Tensor arange(const Scalar& start, const Scalar& end, const TensorOptions& options = {});
LAMPAS_API Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, const TensorOptions& options = {});
/// `steps` values evenly spaced from start to end, both included.
LAMPAS_API Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps = 100,
                           const TensorOptions& options = {});
/// base to the power of `steps` values evenly spaced from start to end.
LAMPAS_API Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps = 100, double base = 10.0,
                           const TensorOptions& options = {});
/// start, start + step, ... up to and including end.
LAMPAS_API Tensor range(const Scalar& start, const Scalar& end, const TensorOptions& options = {});
LAMPAS_API Tensor range(const Scalar& start, const Scalar& end, const Scalar& step, const TensorOptions& options = {});
LAMPAS_API Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, const TensorOptions& options = {});
/// Ones on the diagonal.
LAMPAS_API Tensor eye(int64_t n, const TensorOptions& options = {});
LAMPAS_API Tensor eye(int64_t n, int64_t m, const TensorOptions& options = {});
/// A tensor over the caller's memory, which must outlive it (or be freed by `deleter`). Strides in elements.
LAMPAS_API Tensor from_blob(void* data, IntArrayRef sizes, const TensorOptions& options = {});
LAMPAS_API Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, const TensorOptions& options = {});
LAMPAS_API Tensor from_blob(void* data, IntArrayRef sizes, const std::function<void(void*)>& deleter,
                            const TensorOptions& options = {});
LAMPAS_API Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides,
                            const std::function<void(void*)>& deleter, const TensorOptions& options = {});
/// The same, told part by part: `for_blob(data, sizes).strides(s).options(o).make_tensor()`. The sizes and strides must
/// outlive the maker. A deleter is given the caller's pointer, wherever the elements begin.
class LAMPAS_API TensorMaker {
 public:
  TensorMaker(void* data, IntArrayRef sizes);
  TensorMaker& strides(OptionalIntArrayRef strides);
  TensorMaker& storage_offset(std::optional<int64_t> offset);
  TensorMaker& deleter(std::function<void(void*)> deleter);
  TensorMaker& target_device(std::optional<Device> device);
  TensorMaker& options(TensorOptions options);
  Tensor make_tensor();

 private:
  void* data_;
  IntArrayRef sizes_;
  OptionalIntArrayRef strides_;
  int64_t offset_ = 0;
  std::function<void(void*)> deleter_;
  TensorOptions options_;
};
LAMPAS_API TensorMaker for_blob(void* data, IntArrayRef sizes);

/// x's sizes and dtype, every element `value` (0-d if a tensor). fill_ and zero_ overwrite x.
LAMPAS_API Tensor fill(const Tensor& x, const Scalar& value);
LAMPAS_API Tensor fill(const Tensor& x, const Tensor& value);
LAMPAS_API Tensor& fill_(Tensor& x, const Scalar& value);
LAMPAS_API Tensor& fill_(Tensor& x, const Tensor& value);
LAMPAS_API Tensor zero(const Tensor& x);
LAMPAS_API Tensor& zero_(Tensor& x);

}  // namespace lampas
