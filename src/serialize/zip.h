#pragma once

#include <cstdint>
#include <memory>
#include <string>
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
  /// Uncompressed size; false when there is no such entry.
  bool find(const std::string& entry, uint64_t& size) const;
  /// Reads a whole entry, which must have `size` bytes.
  void read(const std::string& entry, void* to, uint64_t size) const;
  std::string read(const std::string& entry, uint64_t limit) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Builds a zip archive of stored (uncompressed) entries whose data starts at multiples of 64 bytes, as PyTorch's.
class ZipWriter {
 public:
  void add(const std::string& name, const void* data, size_t size);
  /// The archive; the writer is empty afterwards.
  std::string finish();

 private:
  struct Entry {
    std::string name;
    uint32_t crc;
    uint64_t size, offset;
  };
  std::string out_;
  std::vector<Entry> entries_;
};

}  // namespace lampas::serialize
