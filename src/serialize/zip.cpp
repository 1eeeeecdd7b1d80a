#include "serialize/zip.h"

#include <dlfcn.h>
#include <zip.h>
#include <zlib.h>

#include <cstring>

#include "lampas/base/error.h"

namespace lampas::serialize {

namespace {

/// libzip is loaded when first needed, not linked: programs that read no PyTorch checkpoints do not load it and the
/// cryptography it brings.
struct LibZip {
  decltype(&zip_discard) discard;
  decltype(&zip_error_fini) error_fini;
  decltype(&zip_error_init) error_init;
  decltype(&zip_error_strerror) error_strerror;
  decltype(&zip_fclose) fclose;
  decltype(&zip_fopen) fopen;
  decltype(&zip_fread) fread;
  decltype(&zip_get_name) get_name;
  decltype(&zip_get_num_entries) get_num_entries;
  decltype(&zip_open_from_source) open_from_source;
  decltype(&zip_source_buffer_create) source_buffer_create;
  decltype(&zip_source_free) source_free;
  decltype(&zip_stat) stat;

  LibZip() {
    void* library = nullptr;
    for (const char* name : {"libzip.so.4", "libzip.so.5", "libzip.so"})
      if (!library) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    check(library != nullptr,
          "load: this is a zip archive, and there is no libzip on this system to read it with "
          "(Debian's package is libzip4)");
    const auto find = [&](auto& to, const char* name) {
      void* p = dlsym(library, name);
      check(p != nullptr, "load: the system's libzip has no function ", name);
      to = reinterpret_cast<std::decay_t<decltype(to)>>(p);
    };
    find(discard, "zip_discard");
    find(error_fini, "zip_error_fini");
    find(error_init, "zip_error_init");
    find(error_strerror, "zip_error_strerror");
    find(fclose, "zip_fclose");
    find(fopen, "zip_fopen");
    find(fread, "zip_fread");
    find(get_name, "zip_get_name");
    find(get_num_entries, "zip_get_num_entries");
    find(open_from_source, "zip_open_from_source");
    find(source_buffer_create, "zip_source_buffer_create");
    find(source_free, "zip_source_free");
    find(stat, "zip_stat");
  }
};
const LibZip& libzip() {
  static const LibZip functions;
  return functions;
}

}  // namespace

struct ZipReader::State {
  zip_t* archive = nullptr;
  std::string name;
  ~State() {
    if (archive) libzip().discard(archive);
  }
};

bool ZipReader::is_zip(const char* data, size_t size) { return size >= 4 && std::memcmp(data, "PK\3\4", 4) == 0; }

ZipReader::ZipReader(const char* data, size_t size, std::string name) : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  zip_error_t error;
  libzip().error_init(&error);
  zip_source_t* source = libzip().source_buffer_create(data, size, 0, &error);
  if (source) state_->archive = libzip().open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  if (!state_->archive) {
    const std::string why = libzip().error_strerror(&error);
    if (source) libzip().source_free(source);
    libzip().error_fini(&error);
    fail("load: ", state_->name, ": not a readable zip archive: ", why, " (truncated?)");
  }
  libzip().error_fini(&error);
}
ZipReader::~ZipReader() = default;

std::vector<std::string> ZipReader::entries() const {
  std::vector<std::string> names;
  const zip_int64_t n = libzip().get_num_entries(state_->archive, 0);
  for (zip_int64_t k = 0; k < n; ++k)
    if (const char* s = libzip().get_name(state_->archive, static_cast<zip_uint64_t>(k), 0)) names.emplace_back(s);
  return names;
}

bool ZipReader::find(const std::string& entry, uint64_t& size) const {
  zip_stat_t st;
  if (libzip().stat(state_->archive, entry.c_str(), 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE)) return false;
  size = st.size;
  return true;
}

void ZipReader::read(const std::string& entry, void* to, uint64_t size) const {
  uint64_t have = 0;
  check(find(entry, have), "load: ", state_->name, ": the archive has no entry \"", entry, "\"");
  check(have == size, "load: ", state_->name, ": entry \"", entry, "\" has ", have, " bytes, expected ", size);
  zip_file_t* f = libzip().fopen(state_->archive, entry.c_str(), 0);
  check(f != nullptr, "load: ", state_->name, ": entry \"", entry, "\" cannot be opened");
  uint64_t at = 0;
  bool ok = true;
  while (ok && at < size) {
    const zip_int64_t n = libzip().fread(f, static_cast<char*>(to) + at, size - at);
    ok = n > 0;
    if (ok) at += static_cast<uint64_t>(n);
  }
  // One more read: the checksum is compared at the end of the entry.
  char extra;
  ok = ok && libzip().fread(f, &extra, 1) == 0;
  libzip().fclose(f);
  check(ok, "load: ", state_->name, ": entry \"", entry, "\" is damaged");
}

std::string ZipReader::read(const std::string& entry, uint64_t limit) const {
  uint64_t size = 0;
  check(find(entry, size), "load: ", state_->name, ": the archive has no entry \"", entry, "\"");
  check(size <= limit, "load: ", state_->name, ": entry \"", entry, "\" has ", size, " bytes, more than ", limit);
  std::string text(size, '\0');
  read(entry, text.data(), size);
  return text;
}

// ---- writing -------------------------------------------------------------------------------------------------------

namespace {

void put(std::string& s, uint64_t v, int bytes) {
  for (int k = 0; k < bytes; ++k) s += static_cast<char>(v >> (8 * k));
}
constexpr uint64_t kLimit32 = 0xffffffff;
constexpr uint16_t kDosDate = 33;  // 1980-01-01: files are the same whenever they are written

}  // namespace

void ZipWriter::add(const std::string& name, const void* data, size_t size) {
  const uint64_t offset = out_.size();
  uLong crc = crc32(0, nullptr, 0);
  for (size_t at = 0; at < size;) {
    const size_t n = std::min<size_t>(size - at, size_t{1} << 30);
    crc = crc32(crc, static_cast<const Bytef*>(data) + at, static_cast<uInt>(n));
    at += n;
  }
  const bool wide = size >= kLimit32;
  // The extra field "FB" is padding, after one for 64-bit sizes where needed.
  const size_t fixed = 30 + name.size() + (wide ? 20 : 0) + 4;
  const size_t padding = (64 - (offset + fixed) % 64) % 64;
  put(out_, 0x04034b50, 4);
  put(out_, wide ? 45 : 20, 2);
  put(out_, 0x0800, 2);  // names are UTF-8
  put(out_, 0, 2);       // stored
  put(out_, 0, 2);
  put(out_, kDosDate, 2);
  put(out_, crc, 4);
  put(out_, wide ? kLimit32 : size, 4);
  put(out_, wide ? kLimit32 : size, 4);
  put(out_, name.size(), 2);
  put(out_, (wide ? 20 : 0) + 4 + padding, 2);
  out_ += name;
  if (wide) {
    put(out_, 1, 2);
    put(out_, 16, 2);
    put(out_, size, 8);
    put(out_, size, 8);
  }
  out_ += "FB";
  put(out_, padding, 2);
  out_.append(padding, 'Z');
  out_.append(static_cast<const char*>(data), size);
  entries_.push_back({name, static_cast<uint32_t>(crc), size, offset});
}

std::string ZipWriter::finish() {
  const uint64_t directory = out_.size();
  for (const Entry& e : entries_) {
    const bool wide_size = e.size >= kLimit32, wide_offset = e.offset >= kLimit32;
    const int extra = (wide_size || wide_offset ? 4 : 0) + (wide_size ? 16 : 0) + (wide_offset ? 8 : 0);
    put(out_, 0x02014b50, 4);
    put(out_, 45, 2);
    put(out_, extra ? 45 : 20, 2);
    put(out_, 0x0800, 2);
    put(out_, 0, 2);
    put(out_, 0, 2);
    put(out_, kDosDate, 2);
    put(out_, e.crc, 4);
    put(out_, wide_size ? kLimit32 : e.size, 4);
    put(out_, wide_size ? kLimit32 : e.size, 4);
    put(out_, e.name.size(), 2);
    put(out_, static_cast<uint64_t>(extra), 2);
    put(out_, 0, 2 + 2 + 2);
    put(out_, 0, 4);
    put(out_, wide_offset ? kLimit32 : e.offset, 4);
    out_ += e.name;
    if (extra) {
      put(out_, 1, 2);
      put(out_, static_cast<uint64_t>(extra - 4), 2);
      if (wide_size) {
        put(out_, e.size, 8);
        put(out_, e.size, 8);
      }
      if (wide_offset) put(out_, e.offset, 8);
    }
  }
  const uint64_t end = out_.size(), n = entries_.size();
  const bool wide = directory >= kLimit32 || n >= 0xffff;
  if (wide) {
    put(out_, 0x06064b50, 4);
    put(out_, 44, 8);
    put(out_, 45, 2);
    put(out_, 45, 2);
    put(out_, 0, 8);
    put(out_, n, 8);
    put(out_, n, 8);
    put(out_, end - directory, 8);
    put(out_, directory, 8);
    put(out_, 0x07064b50, 4);
    put(out_, 0, 4);
    put(out_, end, 8);
    put(out_, 1, 4);
  }
  put(out_, 0x06054b50, 4);
  put(out_, 0, 4);
  put(out_, wide ? 0xffff : n, 2);
  put(out_, wide ? 0xffff : n, 2);
  put(out_, wide ? kLimit32 : end - directory, 4);
  put(out_, wide ? kLimit32 : directory, 4);
  put(out_, 0, 2);
  entries_.clear();
  return std::exchange(out_, {});
}

}  // namespace lampas::serialize
