#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lampas/tensor/ivalue.h"

namespace lampas::serialize {

/// Gives the storage of a tensor, as a 1-d tensor of `numel` elements.
using StorageSource = std::function<Tensor(const std::string& key, ScalarType dtype, int64_t numel)>;
/// Takes a tensor's elements (a contiguous tensor) and gives the key to find them by.
using StorageSink = std::function<std::string(const Tensor& contiguous)>;

/// Runs a pickle program (protocols 2 to 5) over data: containers, numbers, texts and torch's tensors. Anything else it
/// refers to throws Error naming it. `name` is the file's, for messages.
IValue unpickle(const std::string& program, const std::string& name, const StorageSource& storage);
/// The pickle program (protocol 2) of a value, as Python's torch.save would have written it.
std::string pickle(const IValue& value, const StorageSink& storage);

/// PyTorch's name of the storage class of a dtype, without "torch.".
const char* storage_class(ScalarType dtype);

}  // namespace lampas::serialize
