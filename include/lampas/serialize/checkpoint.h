#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "lampas/tensor/ivalue.h"

namespace lampas::serialize {

/// Reads what Python's `torch.save` (a zip archive, since PyTorch 1.6) or LibTorch's `torch::save` wrote: dictionaries,
/// lists, tuples, numbers, texts and tensors. Data only: nothing in the file is executed, and a file that refers to any
/// other Python class or function throws and names it (so save `model.state_dict()`, not `model`). Modules of a
/// LibTorch archive become dictionaries.
LAMPAS_API IValue load_checkpoint(const std::string& path);
LAMPAS_API IValue load_checkpoint(std::istream& in);
LAMPAS_API IValue load_checkpoint(const char* data, size_t size, const std::string& name = "memory");

/// Writes such a file, which Python's `torch.load` reads. Atomic, like every save.
LAMPAS_API void save_checkpoint(const std::string& path, const IValue& value);
LAMPAS_API void save_checkpoint(std::ostream& out, const IValue& value);

/// Whether `data` begins like a zip archive.
LAMPAS_API bool is_checkpoint(const char* data, size_t size);

/// LibTorch's names for the same in memory.
LAMPAS_API IValue pickle_load(const std::vector<char>& data);
LAMPAS_API std::vector<char> pickle_save(const IValue& value);

}  // namespace lampas::serialize

namespace lampas {
using serialize::pickle_load;
using serialize::pickle_save;
}  // namespace lampas
