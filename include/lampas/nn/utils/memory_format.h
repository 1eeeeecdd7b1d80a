#pragma once

#include "lampas/nn/utils/target.h"

namespace lampas::nn::utils {

/// Lays out the weights of 2-d convolutions (also transposed) in the tree of `module` in `format`: ChannelsLast or
/// Contiguous. Values stay. `module.to(format)` does it for every parameter and buffer of rank 4.
LAMPAS_API Module& convert_conv2d_weight_memory_format(Module& module, MemoryFormat format);
template <class H, class = detail::enable_if_points_to_module<H>>
H convert_conv2d_weight_memory_format(H module, MemoryFormat format) {
  convert_conv2d_weight_memory_format(static_cast<Module&>(*module), format);
  return module;
}

}  // namespace lampas::nn::utils
