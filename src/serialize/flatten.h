#pragma once

#include "lampas/serialize/safetensors.h"
#include "lampas/tensor/ivalue.h"

namespace lampas::serialize {

/// Beside what an IValue other than a tensor, number or text is stored as: the key, this, and the kind: "list",
/// "tuple", "dict" or "none".
inline constexpr char kKindMark[] = "@kind";

/// The tensors and texts of a checkpoint under full names: keys of nested dictionaries and lists are joined with dots,
/// lists of numbers become 1-d tensors, numbers 0-d ones (lists and nothing are marked). The state of a LibTorch
/// optimizer, which is kept by address, gets the names of Optimizer::state_dict().
TensorFile flatten_checkpoint(const IValue& value);

}  // namespace lampas::serialize
