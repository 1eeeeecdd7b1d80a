#pragma once

#include <string>

namespace lampas::serialize {

/// A file that replaces `path` only when everything is on disk.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  void write(const char* p, size_t n);
  void commit();

 private:
  [[noreturn]] void error(const char* what);
  std::string path_, temporary_;
  int fd_ = -1;
  bool done_ = false;
};

}  // namespace lampas::serialize
