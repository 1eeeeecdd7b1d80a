#pragma once

#include "lampas/serialize/safetensors.h"
#include "lampas/tensor/ivalue.h"

namespace lampas::serialize {

/// The tensors and texts of a checkpoint under full names: keys of nested dictionaries and lists are joined with dots,
/// lists of numbers become 1-d tensors, numbers 0-d ones. The state of a LibTorch optimizer, which is kept by address,
/// gets the names of Optimizer::state_dict().
TensorFile flatten_checkpoint(const IValue& value);

}  // namespace lampas::serialize
