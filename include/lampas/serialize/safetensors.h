#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas::serialize {

namespace detail {
/// A template, so that only programs that look inside pay for its containers.
template <class Tensor = lampas::Tensor, class Text = std::string>
struct BasicTensorFile {
  std::vector<std::pair<Text, Tensor>> tensors;
  std::vector<std::pair<Text, Text>> metadata;
};
}  // namespace detail
/// Named tensors in order, and free text beside them.
using TensorFile = detail::BasicTensorFile<>;

/// Writes a safetensors file (https://github.com/huggingface/safetensors): 8 bytes of header length, a JSON header, the
/// tensors' elements. Saving is atomic: a temporary file beside `path` is written, synced and renamed; on failure
/// `path` is untouched. Names must be distinct. complex128 is not in the format and throws.
LAMPAS_API void save_safetensors(const std::string& path, const TensorFile& file);
LAMPAS_API void save_safetensors(std::ostream& out, const TensorFile& file);

/// Reads a safetensors file. The file is mapped and its tensors share the mapping (copy on write: changing one does not
/// change the file). Every length is checked before it is used; a file that is cut, padded, overlapping or otherwise
/// not exactly what its header says throws Error naming the file and the defect.
LAMPAS_API TensorFile load_safetensors(const std::string& path);
LAMPAS_API TensorFile load_safetensors(std::istream& in);
/// The same from memory, which is copied.
LAMPAS_API TensorFile load_safetensors(const char* data, size_t size, const std::string& name = "memory");

}  // namespace lampas::serialize
