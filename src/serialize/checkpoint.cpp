#include "lampas/serialize/checkpoint.h"

#include <istream>
#include <ostream>
#include <unordered_map>

#include "lampas/ops/factories.h"
#include "serialize/atomic_file.h"
#include "serialize/pickle.h"
#include "serialize/source.h"
#include "serialize/zip.h"

namespace lampas::serialize {

bool is_checkpoint(const char* data, size_t size) { return ZipReader::is_zip(data, size); }

IValue load_checkpoint(const char* data, size_t size, const std::string& name) {
  check(is_checkpoint(data, size), "load: ", name,
        ": not a zip archive (files of PyTorch before 1.6 must be saved again with a newer one)");
  const ZipReader zip(data, size, name);
  std::string prefix;
  bool found = false;
  for (const std::string& e : zip.entries()) {
    constexpr char kProgram[] = "data.pkl";
    constexpr size_t n = sizeof(kProgram) - 1;
    if (e.size() < n || e.compare(e.size() - n, n, kProgram) != 0) continue;
    const std::string before = e.substr(0, e.size() - n);
    if (!before.empty() && before.back() != '/') continue;
    if (!found || before.size() < prefix.size()) prefix = before;
    found = true;
  }
  check(found, "load: ", name,
        ": the archive holds no data.pkl: not a PyTorch checkpoint (NumPy's .npz files are load_npz's)");
  uint64_t order_size = 0;
  if (zip.find(prefix + "byteorder", order_size))
    check(zip.read(prefix + "byteorder", 64) == "little", "load: ", name, ": elements are not in little-endian order");
  const std::string program = zip.read(prefix + "data.pkl", uint64_t{1} << 31);
  std::unordered_map<std::string, Tensor> storages;
  return unpickle(program, name, [&](const std::string& key, ScalarType dtype, int64_t numel) {
    Tensor& t = storages[key];
    if (t.defined()) {
      check(t.scalar_type() == dtype && t.numel() == numel, "load: ", name, ": storage \"", key,
            "\" is used with two types or sizes");
      return t;
    }
    const std::string entry = prefix + "data/" + key;
    uint64_t bytes = 0, wanted = 0;
    check(zip.find(entry, bytes), "load: ", name, ": storage \"", key, "\" is missing");
    check(
        !__builtin_mul_overflow(static_cast<uint64_t>(numel), lampas::element_size(dtype), &wanted) && wanted == bytes,
        "load: ", name, ": storage \"", key, "\" has ", bytes, " bytes but ", numel, " elements of ", dtype,
        " were expected");
    Tensor fresh = empty({numel}, dtype);
    if (bytes) zip.read(entry, fresh.impl()->data(), bytes);
    if (dtype == kBool) {
      const auto* p = static_cast<const unsigned char*>(fresh.impl()->data());
      for (int64_t k = 0; k < numel; ++k)
        check(p[k] <= 1, "load: ", name, ": element ", k, " of bool storage \"", key, "\" is neither 0 nor 1");
    }
    return t = fresh;
  });
}

IValue load_checkpoint(std::istream& in) {
  const std::string all = read_all(in);
  return load_checkpoint(all.data(), all.size(), "stream");
}
IValue load_checkpoint(const std::string& path) {
  const auto file = Source::map(path);
  return load_checkpoint(file->data(), file->size(), path);
}

namespace {
void write_checkpoint(const IValue& value, ZipWriter::Sink sink) {
  std::vector<Tensor> storages;
  const std::string program = pickle(value, [&](const Tensor& t) {
    storages.push_back(t);
    return std::to_string(storages.size() - 1);
  });
  ZipWriter zip(std::move(sink));
  zip.add("archive/data.pkl", program.data(), program.size());
  for (size_t k = 0; k < storages.size(); ++k)
    zip.add("archive/data/" + std::to_string(k), storages[k].impl()->data(), storages[k].nbytes());
  zip.add("archive/version", "3\n", 2);
  zip.finish();
}
}  // namespace

void save_checkpoint(const std::string& path, const IValue& value) {
  AtomicFile file(path);
  write_checkpoint(value, [&](const char* p, size_t n) { file.write(p, n); });
  file.commit();
}
void save_checkpoint(std::ostream& out, const IValue& value) {
  write_checkpoint(value, [&](const char* p, size_t n) { out.write(p, static_cast<std::streamsize>(n)); });
  out.flush();
  check(static_cast<bool>(out), "save: cannot write to the stream");
}

IValue pickle_load(const std::vector<char>& data) { return load_checkpoint(data.data(), data.size()); }
std::vector<char> pickle_save(const IValue& value) {
  std::vector<char> bytes;
  write_checkpoint(value, [&](const char* p, size_t n) { bytes.insert(bytes.end(), p, p + n); });
  return bytes;
}

}  // namespace lampas::serialize
