#include "backend/cpu/gemm.h"
#include "ops/matmul.h"

namespace lampas {
namespace {

template <class... T>
bool set_all() {
  return (gemm_kernel.set(kCPU, dtype_of<T>, cpu::gemm<T>) && ...);
}
const bool registered = set_all<float, double, Half, BFloat16, uint8_t, int8_t, int16_t, int32_t, int64_t>();

}  // namespace
}  // namespace lampas
