#include "serialize/zip.h"

#include <dlfcn.h>
#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "lampas/base/error.h"

namespace lampas::serialize {

namespace {

constexpr uint64_t kMaxDeflation = 1032;  // 258 bytes in two bits

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
  decltype(&zip_stat_index) stat_index;

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
    find(stat_index, "zip_stat_index");
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

bool ZipReader::is_zip(const char* data, size_t size) {
  // An entry, or the end of an archive without any.
  return size >= 4 && (std::memcmp(data, "PK\3\4", 4) == 0 || std::memcmp(data, "PK\5\6", 4) == 0);
}

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
  // Together with the check of `find`: an archive unpacks to at most a thousand times its size.
  uint64_t packed = 0;
  const zip_int64_t n = libzip().get_num_entries(state_->archive, 0);
  for (zip_int64_t k = 0; k < n; ++k) {
    zip_stat_t st;
    if (libzip().stat_index(state_->archive, static_cast<zip_uint64_t>(k), 0, &st) == 0 &&
        (st.valid & ZIP_STAT_COMP_SIZE))
      check(!__builtin_add_overflow(packed, st.comp_size, &packed) && packed <= size, "load: ", state_->name,
            ": not a readable zip archive: its entries overlap");
  }
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
  constexpr auto kKnown = ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  const bool stored = st.comp_method == ZIP_CM_STORE;
  check((st.valid & kKnown) == kKnown && (stored || st.comp_method == ZIP_CM_DEFLATE), "load: ", state_->name,
        ": entry \"", entry, "\" is neither stored nor deflated");
  check(stored ? st.size == st.comp_size : st.size / kMaxDeflation <= st.comp_size, "load: ", state_->name,
        ": entry \"", entry, "\" claims ", st.size, " bytes but has ", st.comp_size, stored ? "" : " compressed ones");
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
    // In pieces: asked for more than 32 bits can count, libzip calls deflated entries damaged.
    const uint64_t piece = std::min(size - at, uint64_t{1} << 30);
    const zip_int64_t n = libzip().fread(f, static_cast<char*>(to) + at, piece);
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
constexpr uint16_t kStored = 0, kDeflated = 8;

/// zlib counts bytes in 32 bits.
template <class F>
void in_pieces(const void* data, size_t size, const F& f) {
  for (size_t at = 0; at < size;) {
    const size_t n = std::min<size_t>(size - at, size_t{1} << 30);
    f(static_cast<const Bytef*>(data) + at, static_cast<uInt>(n));
    at += n;
  }
}

std::string deflated(std::initializer_list<ZipWriter::Part> parts) {
  z_stream z{};
  constexpr int kRaw = -15, kMemory = 8;  // no header of zlib's; its default memory
  check(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRaw, kMemory, Z_DEFAULT_STRATEGY) == Z_OK,
        "save: zlib cannot start compressing");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&z, deflateEnd);
  std::string out;
  std::vector<char> buffer(size_t{1} << 16);
  const auto run = [&](int flush) {
    do {
      z.next_out = reinterpret_cast<Bytef*>(buffer.data());
      z.avail_out = static_cast<uInt>(buffer.size());
      deflate(&z, flush);
      out.append(buffer.data(), buffer.size() - z.avail_out);
    } while (z.avail_out == 0);
  };
  for (const ZipWriter::Part& part : parts)
    in_pieces(part.data, part.size, [&](const Bytef* p, uInt n) {
      z.next_in = const_cast<Bytef*>(p);
      z.avail_in = n;
      run(Z_NO_FLUSH);
    });
  run(Z_FINISH);
  return out;
}

}  // namespace

void ZipWriter::write(const std::string& bytes) {
  if (!bytes.empty()) sink_(bytes.data(), bytes.size());
  at_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::initializer_list<Part> parts, bool compressed) {
  check(name.size() <= 0xffff, "save: a zip archive has no names of ", name.size(), " bytes; at most 65535");
  const uint64_t offset = at_;
  uLong crc = crc32(0, nullptr, 0);
  uint64_t size = 0;
  for (const Part& part : parts) {
    size += part.size;
    in_pieces(part.data, part.size, [&](const Bytef* p, uInt n) { crc = crc32(crc, p, n); });
  }
  const std::string packed = compressed ? deflated(parts) : std::string();
  const uint64_t packed_size = compressed ? packed.size() : size;
  const bool wide = size >= kLimit32 || packed_size >= kLimit32;
  // The extra field "FB" is padding, after one for 64-bit sizes where needed.
  const size_t fixed = 30 + name.size() + (wide ? 20 : 0) + 4;
  const size_t padding = (64 - (offset + fixed) % 64) % 64;
  std::string head;
  put(head, 0x04034b50, 4);
  put(head, wide ? 45 : 20, 2);
  put(head, 0x0800, 2);  // names are UTF-8
  put(head, compressed ? kDeflated : kStored, 2);
  put(head, 0, 2);
  put(head, kDosDate, 2);
  put(head, crc, 4);
  put(head, wide ? kLimit32 : packed_size, 4);
  put(head, wide ? kLimit32 : size, 4);
  put(head, name.size(), 2);
  put(head, (wide ? 20 : 0) + 4 + padding, 2);
  head += name;
  if (wide) {
    put(head, 1, 2);
    put(head, 16, 2);
    put(head, size, 8);
    put(head, packed_size, 8);
  }
  head += "FB";
  put(head, padding, 2);
  head.append(padding, 'Z');
  write(head);
  if (compressed) {
    write(packed);
  } else {
    for (const Part& part : parts)
      if (part.size) sink_(static_cast<const char*>(part.data), part.size);
    at_ += size;
  }
  entries_.push_back({name, static_cast<uint32_t>(crc), size, packed_size, offset, compressed});
}

void ZipWriter::finish() {
  const uint64_t directory = at_;
  for (const Entry& e : entries_) {
    const bool wide_size = e.size >= kLimit32 || e.packed >= kLimit32, wide_offset = e.offset >= kLimit32;
    const int extra = (wide_size || wide_offset ? 4 : 0) + (wide_size ? 16 : 0) + (wide_offset ? 8 : 0);
    std::string out;
    put(out, 0x02014b50, 4);
    put(out, 45, 2);
    put(out, extra ? 45 : 20, 2);
    put(out, 0x0800, 2);
    put(out, e.compressed ? kDeflated : kStored, 2);
    put(out, 0, 2);
    put(out, kDosDate, 2);
    put(out, e.crc, 4);
    put(out, wide_size ? kLimit32 : e.packed, 4);
    put(out, wide_size ? kLimit32 : e.size, 4);
    put(out, e.name.size(), 2);
    put(out, static_cast<uint64_t>(extra), 2);
    put(out, 0, 2 + 2 + 2);
    put(out, 0, 4);
    put(out, wide_offset ? kLimit32 : e.offset, 4);
    out += e.name;
    if (extra) {
      put(out, 1, 2);
      put(out, static_cast<uint64_t>(extra - 4), 2);
      if (wide_size) {
        put(out, e.size, 8);
        put(out, e.packed, 8);
      }
      if (wide_offset) put(out, e.offset, 8);
    }
    write(out);
  }
  const uint64_t end = at_, n = entries_.size();
  const bool wide = directory >= kLimit32 || end - directory >= kLimit32 || n >= 0xffff;
  std::string out;
  if (wide) {
    put(out, 0x06064b50, 4);
    put(out, 44, 8);
    put(out, 45, 2);
    put(out, 45, 2);
    put(out, 0, 8);
    put(out, n, 8);
    put(out, n, 8);
    put(out, end - directory, 8);
    put(out, directory, 8);
    put(out, 0x07064b50, 4);
    put(out, 0, 4);
    put(out, end, 8);
    put(out, 1, 4);
  }
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, wide ? 0xffff : n, 2);
  put(out, wide ? 0xffff : n, 2);
  put(out, wide ? kLimit32 : end - directory, 4);
  put(out, wide ? kLimit32 : directory, 4);
  put(out, 0, 2);
  write(out);
}

}  // namespace lampas::serialize
