#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lampas::serialize {

/// A zip archive in memory, for reading. Damage (a bad directory, a wrong checksum) throws and names the archive.
class ZipReader {
 public:
  /// `data` must outlive the reader.
  ZipReader(const char* data, size_t size, std::string name);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  static bool is_zip(const char* data, size_t size);

  std::vector<std::string> entries() const;
  /// Uncompressed size; false when there is no such entry. An entry whose size its compressed bytes cannot have throws,
  /// so that the size is one to allocate.
  bool find(const std::string& entry, uint64_t& size) const;
  /// Reads a whole entry, which must have `size` bytes.
  void read(const std::string& entry, void* to, uint64_t size) const;
  std::string read(const std::string& entry, uint64_t limit) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes a zip archive, piece by piece, to `sink`. The data of stored entries starts at multiples of 64 bytes, as in
/// PyTorch's.
class ZipWriter {
 public:
  using Sink = std::function<void(const char*, size_t)>;
  explicit ZipWriter(Sink sink) : sink_(std::move(sink)) {}
  void add(const std::string& name, const void* data, size_t size) { add(name, {{data, size}}); }
  /// An entry in parts. Compressed ones are compressed in memory, because their size comes first in the file.
  struct Part {
    const void* data;
    size_t size;
  };
  void add(const std::string& name, std::initializer_list<Part> parts, bool compressed = false);
  /// Writes the directory; nothing may be added after it.
  void finish();

 private:
  struct Entry {
    std::string name;
    uint32_t crc;
    uint64_t size, packed, offset;
    bool compressed;
  };
  void write(const std::string& bytes);
  Sink sink_;
  uint64_t at_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace lampas::serialize
