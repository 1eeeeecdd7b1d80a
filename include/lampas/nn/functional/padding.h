#pragma once

#include "lampas/nn/options/padding.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// Pads the trailing dimensions of `input` (see lampas::pad). kConstant takes any rank; kReflect, kReplicate and
/// kCircular pad the last one, two or three dimensions behind batch and channels.
LAMPAS_API Tensor pad(const Tensor& input, const PadFuncOptions& options);

}  // namespace lampas::nn::functional
