#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "c10/util/Exception.h"

namespace c10 {

/// A file that is deleted when this goes out of scope.
struct TempFile {
  TempFile(std::string path, int descriptor) : fd(descriptor), name(std::move(path)) {}
  TempFile(TempFile&& o) noexcept : fd(std::exchange(o.fd, -1)), name(std::exchange(o.name, {})) {}
  TempFile(const TempFile&) = delete;
  ~TempFile() {
    if (fd >= 0) ::close(fd);
    if (!name.empty()) ::unlink(name.c_str());
  }
  int fd;
  std::string name;
};

/// Makes a file with a name of its own in $TMPDIR, or /tmp.
inline TempFile make_tempfile(std::string name_prefix = "torch-file-") {
  const char* directory = std::getenv("TMPDIR");
  std::string name = std::string(directory ? directory : "/tmp") + "/" + name_prefix + "XXXXXX";
  const int fd = ::mkstemp(name.data());
  TORCH_CHECK(fd >= 0, "make_tempfile: cannot create ", name);
  return {std::move(name), fd};
}

}  // namespace c10
