#include "lampas/serialize/npy.h"

#include <algorithm>
#include <cstring>
#include <istream>
#include <memory>
#include <ostream>
#include <utility>

#include "lampas/ops/factories.h"
#include "serialize/atomic_file.h"
#include "serialize/npy_header.h"
#include "serialize/source.h"
#include "serialize/zip.h"

namespace lampas::serialize {

namespace {

// ---- reading -------------------------------------------------------------------------------------------------------

Shape column_major_strides(IntArrayRef sizes) {
  Shape strides(sizes.size());
  int64_t step = 1;
  for (size_t k = 0; k < sizes.size(); ++k) {
    strides[k] = step;
    step *= std::max<int64_t>(sizes[k], 1);
  }
  return strides;
}

uint16_t swapped(uint16_t v) { return __builtin_bswap16(v); }
uint32_t swapped(uint32_t v) { return __builtin_bswap32(v); }
uint64_t swapped(uint64_t v) { return __builtin_bswap64(v); }

template <class From, class To>
void convert(const char* from, void* to, uint64_t n, bool swap) {
  for (uint64_t k = 0; k < n; ++k) {
    From v;  // copied: elements of a file may lie anywhere
    std::memcpy(&v, from + k * sizeof(From), sizeof(From));
    static_cast<To*>(to)[k] = static_cast<To>(swap ? swapped(v) : v);
  }
}

/// Elements that are not stored as a tensor has them.
Tensor converted(const char* from, const NpyHeader& h, IntArrayRef strides) {
  Tensor t = h.bytes ? empty_strided(h.sizes, strides, h.dtype) : empty(h.sizes, h.dtype);
  void* to = t.impl()->data();
  const bool swap = h.big_endian;
  const unsigned width = h.kind == 'c' ? h.item / 2 : h.item;
  const uint64_t n = h.bytes / width;
  if (h.kind == 'u' && width == 2)
    convert<uint16_t, int32_t>(from, to, n, swap);
  else if (h.kind == 'u' && width == 4)
    convert<uint32_t, int64_t>(from, to, n, swap);
  else if (width == 2)
    convert<uint16_t, uint16_t>(from, to, n, swap);
  else if (width == 4)
    convert<uint32_t, uint32_t>(from, to, n, swap);
  else
    convert<uint64_t, uint64_t>(from, to, n, swap);
  return t;
}

Tensor parse(const std::string& name, const std::shared_ptr<const Source>& source) {
  check(!ZipReader::is_zip(source->data(), source->size()), "load: ", name,
        ": this is an archive of arrays (.npz), which load_npz reads");
  const NpyHeader h = read_npy_header({source->data(), source->size()}, name);
  const uint64_t have = source->size() - h.end;
  check(have >= h.bytes, "load: ", name, ": shape ", h.sizes, " of ", h.item, "-byte elements needs ", h.bytes,
        " bytes but ", have, " follow the header (truncated?)");
  check(have == h.bytes, "load: ", name, ": ", have - h.bytes, " bytes after the last element");
  const bool columns = h.fortran_order && h.bytes != 0;  // an empty array has no order, and strides might overflow
  const Shape strides = columns ? column_major_strides(h.sizes) : contiguous_strides(h.sizes);
  if ((h.big_endian && h.item > 1) || h.item != element_size(h.dtype))
    return converted(source->data() + h.end, h, strides);
  return tensor_of(source, h.end, h.sizes, strides, h.dtype, name);
}

/// Reads on until there are `n` bytes, or the stream ends. Grows with what arrives: `n` is what the file claims.
void read_on(std::istream& in, std::string& bytes, uint64_t n) {
  constexpr uint64_t kStep = uint64_t{1} << 16;
  while (in && bytes.size() < n) {
    const size_t had = bytes.size();
    bytes.resize(had + std::min(n - had, std::max<uint64_t>(had, kStep)));
    in.read(bytes.data() + had, static_cast<std::streamsize>(bytes.size() - had));
    bytes.resize(had + static_cast<size_t>(in.gcount()));
  }
  check(!in.bad(), "load: cannot read from the stream");
}

OrderedDict<std::string, Tensor> parse_archive(const std::string& name, const char* data, size_t size) {
  check(!is_npy(data, size), "load: ", name, ": this is a single array (.npy), which load_npy reads");
  check(ZipReader::is_zip(data, size), "load: ", name, ": not an .npz file: no zip archive");
  const ZipReader zip(data, size, name);
  constexpr std::string_view kSuffix = ".npy";
  OrderedDict<std::string, Tensor> tensors("Array");
  for (const std::string& entry : zip.entries()) {
    const size_t n = entry.size() - std::min(entry.size(), kSuffix.size());
    check(entry.compare(n, std::string::npos, kSuffix) == 0, "load: ", name, ": entry \"", entry,
          "\" is not an array: its name does not end in .npy");
    const std::string key = entry.substr(0, n);
    uint64_t bytes = 0;
    zip.find(entry, bytes);
    const auto source = Source::make(bytes, [&](char* to) { zip.read(entry, to, bytes); });
    tensors.insert(key, parse(str(name, ": array \"", key, "\""), source));
  }
  return tensors;
}

// ---- writing -------------------------------------------------------------------------------------------------------

/// A file in two parts.
struct Npy {
  std::string header;
  Tensor elements;  // contiguous, in the order in which they are written
  const void* data() const { return elements.numel() ? elements.impl()->data() : nullptr; }
  size_t bytes() const { return elements.nbytes(); }
};

Npy npy_of(const Tensor& tensor, const std::string& what) {
  check(tensor.defined(), "save: ", what, " is undefined");
  check(!tensor.is_sparse(), "save: ", what, " is sparse, which NumPy's files cannot say: give to_dense()");
  const Tensor t = tensor.detach();
  Shape reversed(static_cast<size_t>(t.dim()));
  for (size_t k = 0; k < reversed.size(); ++k) reversed[k] = t.dim() - 1 - static_cast<int64_t>(k);
  const Tensor columns = t.permute(reversed);
  const bool fortran_order = !t.is_contiguous() && columns.is_contiguous();
  return {npy_header(t.scalar_type(), t.sizes(), fortran_order, what), fortran_order ? columns : t.contiguous()};
}

template <class Write>
void write_archive(const OrderedDict<std::string, Tensor>& tensors, bool compressed, const Write& write) {
  ZipWriter zip(write);
  for (const auto& item : tensors) {
    check(item.key().find('\0') == std::string::npos, "save: an array's name cannot have a null character: \"",
          item.key().c_str(), "\"...");
    const Npy npy = npy_of(item.value(), str("tensor \"", item.key(), "\""));
    zip.add(item.key() + ".npy", {{npy.header.data(), npy.header.size()}, {npy.data(), npy.bytes()}}, compressed);
  }
  zip.finish();
}

auto writer(std::ostream& out) {
  return [&out](const char* p, size_t n) { out.write(p, static_cast<std::streamsize>(n)); };
}
auto writer(AtomicFile& out) {
  return [&out](const char* p, size_t n) { out.write(p, n); };
}
template <class Write>
void write_array(const Npy& npy, const Write& write) {
  write(npy.header.data(), npy.header.size());
  if (npy.bytes()) write(static_cast<const char*>(npy.data()), npy.bytes());
}
void finish(std::ostream& out) {
  out.flush();
  check(static_cast<bool>(out), "save: cannot write to the stream");
}

}  // namespace

Tensor load_npy(const std::string& path) { return parse(path, Source::map(path)); }

Tensor load_npy(const char* data, size_t size, const std::string& name) {
  return parse(name, Source::copy(data, size));
}

Tensor load_npy(std::istream& in) {
  const std::string name = "stream";
  std::string bytes;
  read_on(in, bytes, kNpyStart);
  read_on(in, bytes, npy_header_end(bytes, name));
  const NpyHeader h = read_npy_header(bytes, name);
  read_on(in, bytes, h.end + h.bytes);
  return load_npy(bytes.data(), bytes.size(), name);
}

void save_npy(const std::string& path, const Tensor& tensor) {
  const Npy npy = npy_of(tensor, "the tensor");
  AtomicFile file(path);
  write_array(npy, writer(file));
  file.commit();
}
void save_npy(std::ostream& out, const Tensor& tensor) {
  write_array(npy_of(tensor, "the tensor"), writer(out));
  finish(out);
}

OrderedDict<std::string, Tensor> load_npz(const std::string& path) {
  const auto file = Source::map(path);
  return parse_archive(path, file->data(), file->size());
}
OrderedDict<std::string, Tensor> load_npz(const char* data, size_t size, const std::string& name) {
  return parse_archive(name, data, size);
}
OrderedDict<std::string, Tensor> load_npz(std::istream& in) {
  const std::string bytes = read_all(in);
  return parse_archive("stream", bytes.data(), bytes.size());
}

void save_npz(const std::string& path, const OrderedDict<std::string, Tensor>& tensors, bool compressed) {
  AtomicFile file(path);
  write_archive(tensors, compressed, writer(file));
  file.commit();
}
void save_npz(std::ostream& out, const OrderedDict<std::string, Tensor>& tensors, bool compressed) {
  write_archive(tensors, compressed, writer(out));
  finish(out);
}

}  // namespace lampas::serialize
