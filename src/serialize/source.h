#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "lampas/tensor/tensor.h"

namespace lampas::serialize {

/// The bytes of a file, shared by the tensors read from it: a private mapping (changing a tensor does not change the
/// file) or a buffer.
class Source {
 public:
  /// Throws Error when `path` cannot be opened, is not a regular file or cannot be mapped.
  static std::shared_ptr<const Source> map(const std::string& path);
  static std::shared_ptr<const Source> copy(const char* data, size_t size);
  /// `size` bytes, which `fill(char*)` writes.
  template <class Fill>
  static std::shared_ptr<const Source> make(size_t size, const Fill& fill) {
    auto s = std::make_shared<Source>();
    fill(s->allocate(size));
    return s;
  }
  Source() = default;
  Source(const Source&) = delete;
  ~Source();
  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  char* allocate(size_t size);
  char* data_ = nullptr;
  size_t size_ = 0;
  Tensor buffer_;  // of the library's allocator: aligned, and a size that cannot be had is an Error
  bool mapped_ = false;
};

/// What is left of a stream.
std::string read_all(std::istream& in);

/// A tensor of the elements that begin at byte `at` of `source`, shared or, where they are not aligned, copied. Sizes
/// and strides are the caller's to check against the source's size. `what` ("x.npy: tensor \"a\"") names the tensor in
/// the error about a bool that is neither 0 nor 1.
Tensor tensor_of(const std::shared_ptr<const Source>& source, size_t at, IntArrayRef sizes, IntArrayRef strides,
                 ScalarType dtype, const std::string& what);

}  // namespace lampas::serialize
