#include "serialize/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "lampas/base/error.h"

namespace lampas::serialize {

AtomicFile::AtomicFile(const std::string& path) : path_(path), temporary_(path + ".tmp.XXXXXX") {
  fd_ = ::mkstemp(temporary_.data());
  if (fd_ < 0) error("cannot create a temporary file beside it");
  ::fchmod(fd_, 0644);
}
AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!done_) ::unlink(temporary_.c_str());
}
void AtomicFile::write(const char* p, size_t n) {
  while (n) {
    const ssize_t k = ::write(fd_, p, std::min<size_t>(n, size_t{1} << 30));
    if (k < 0 && errno == EINTR) continue;
    if (k <= 0) error("cannot write");
    p += k;
    n -= static_cast<size_t>(k);
  }
}
void AtomicFile::commit() {
  if (::fsync(fd_) != 0) error("cannot sync");
  if (::close(std::exchange(fd_, -1)) != 0) error("cannot close");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) error("cannot rename the temporary file to it");
  done_ = true;
  const size_t slash = path_.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
  const int dir = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (dir >= 0) {
    ::fsync(dir);
    ::close(dir);
  }
}
void AtomicFile::error(const char* what) {
  const int e = errno;
  fail("save: ", path_, ": ", what, ": ", std::strerror(e));
}

}  // namespace lampas::serialize
