#include "serialize/source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <istream>
#include <iterator>

#include "lampas/core/shape.h"
#include "lampas/ops/factories.h"

namespace lampas::serialize {

std::shared_ptr<const Source> Source::map(const std::string& path) {
  auto source = std::make_shared<Source>();
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int e = errno;
    fail("load: ", path, ": cannot open: ", std::strerror(e));
  }
  struct stat st {};
  const bool ok = ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
  if (ok && st.st_size > 0) {
    void* p = ::mmap(nullptr, static_cast<size_t>(st.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED) {
      source->data_ = static_cast<char*>(p);
      source->size_ = static_cast<size_t>(st.st_size);
      source->mapped_ = true;
    }
  }
  ::close(fd);
  check(ok, "load: ", path, ": not a regular file");
  check(st.st_size == 0 || source->mapped_, "load: ", path, ": cannot be mapped");
  return source;
}

std::shared_ptr<const Source> Source::copy(const char* data, size_t size) {
  return make(size, [&](char* to) {
    if (size) std::memcpy(to, data, size);
  });
}

Source::~Source() {
  if (mapped_) ::munmap(data_, size_);
}

char* Source::allocate(size_t size) {
  buffer_ = empty({static_cast<int64_t>(size)}, kByte);
  data_ = static_cast<char*>(buffer_.impl()->data());
  size_ = size;
  return data_;
}

std::string read_all(std::istream& in) {
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  check(!in.bad(), "load: cannot read from the stream");
  return bytes;
}

Tensor tensor_of(const std::shared_ptr<const Source>& source, size_t at, IntArrayRef sizes, IntArrayRef strides,
                 ScalarType dtype, const std::string& what) {
  const auto bytes = static_cast<size_t>(checked_numel(sizes, element_size(dtype), "load")) * element_size(dtype);
  if (bytes == 0) return empty(sizes, dtype);  // whose strides mean nothing
  const char* p = source->data() + at;
  if (dtype == kBool)
    for (size_t k = 0; k < bytes; ++k)
      check(static_cast<unsigned char>(p[k]) <= 1, "load: ", what, ": element ", k,
            " of a bool tensor is neither 0 nor 1");
  if (reinterpret_cast<uintptr_t>(p) % element_size(dtype) != 0) {
    Tensor t = empty_strided(sizes, strides, dtype);
    std::memcpy(t.impl()->data(), p, bytes);
    return t;
  }
  return from_blob(
      const_cast<char*>(p), sizes, strides, [source](void*) {}, dtype);
}

}  // namespace lampas::serialize
