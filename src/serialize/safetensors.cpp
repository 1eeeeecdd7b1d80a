#include "lampas/serialize/safetensors.h"

#include <algorithm>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <set>

#include "lampas/core/shape.h"
#include "serialize/atomic_file.h"
#include "serialize/source.h"

namespace lampas::serialize {

namespace {

using Json = nlohmann::ordered_json;

struct Format {
  const char* name;
  ScalarType dtype;
};
constexpr Format kFormats[] = {{"F32", kFloat}, {"F64", kDouble}, {"F16", kHalf},        {"BF16", kBFloat16},
                               {"I64", kLong},  {"I32", kInt},    {"I16", kShort},       {"I8", kChar},
                               {"U8", kByte},   {"BOOL", kBool},  {"C64", kComplexFloat}};
constexpr uint64_t kMaxHeader = 100'000'000;  // as the reference implementation

const char* format_name(ScalarType t) {
  for (const Format& f : kFormats)
    if (f.dtype == t) return f.name;
  fail("save: dtype ", t, " has no safetensors form");
}

/// Header text and the order in which the tensors' elements follow it.
struct Plan {
  std::string header;
  std::vector<size_t> order;
};

Plan plan_file(const TensorFile& file) {
  const auto& t = file.tensors;
  Plan plan;
  plan.order.resize(t.size());
  std::iota(plan.order.begin(), plan.order.end(), size_t{0});
  // Wide elements first: the format allows no gaps, so this is what aligns every tensor.
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&](size_t a, size_t b) { return t[a].second.element_size() > t[b].second.element_size(); });
  std::vector<uint64_t> begin(t.size());
  uint64_t at = 0;
  for (size_t k : plan.order) {
    begin[k] = at;
    at += t[k].second.nbytes();
  }
  Json header = Json::object();
  if (!file.metadata.empty()) {
    Json meta = Json::object();
    for (const auto& [key, value] : file.metadata) meta[key] = value;
    header["__metadata__"] = std::move(meta);
  }
  for (size_t k = 0; k < t.size(); ++k) {
    const auto& [name, tensor] = t[k];
    check(name != "__metadata__", "save: a tensor cannot be named __metadata__");
    check(!header.contains(name), "save: two tensors are named \"", name, "\"");
    header[name] = {{"dtype", format_name(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin[k], begin[k] + tensor.nbytes()}}};
  }
  plan.header = header.dump();
  while (plan.header.size() % 64 != 56) plan.header += ' ';  // elements start at a multiple of 64
  return plan;
}

template <class Write>
void write_file(const TensorFile& file, const Write& write) {
  for (const auto& [name, t] : file.tensors) check(t.defined(), "save: tensor \"", name, "\" is undefined");
  const Plan plan = plan_file(file);
  const uint64_t n = plan.header.size();
  char length[8];
  for (int k = 0; k < 8; ++k) length[k] = static_cast<char>(n >> (8 * k));
  write(length, 8);
  write(plan.header.data(), plan.header.size());
  for (size_t k : plan.order) {
    const Tensor t = file.tensors[k].second.detach().contiguous();
    if (t.numel()) write(static_cast<const char*>(t.impl()->data()), t.nbytes());
  }
}

/// Finds keys that appear twice in one object, which the JSON parser would merge silently.
Json parse_header(const std::string& name, const char* begin, size_t size) {
  std::vector<std::set<std::string>> open;
  std::string twice;
  auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  Json header;
  try {
    header = Json::parse(begin, begin + size, watch);
  } catch (const Json::exception& e) {
    fail("load: ", name, ": the header is not valid JSON: ", e.what());
  }
  check(twice.empty(), "load: ", name, ": the header names \"", twice, "\" twice");
  check(header.is_object(), "load: ", name, ": the header is not a JSON object");
  return header;
}

uint64_t unsigned_of(const std::string& name, const std::string& key, const Json& v, const char* what) {
  check(v.is_number_unsigned() || (v.is_number_integer() && v.get<int64_t>() >= 0), "load: ", name, ": tensor \"", key,
        "\": ", what, " is not a non-negative integer");
  return v.get<uint64_t>();
}

TensorFile parse(const std::string& name, const std::shared_ptr<const Source>& source) {
  const size_t size = source->size();
  const char* data = source->data();
  check(size >= 8, "load: ", name, ": the file has ", size, " bytes, too few for a safetensors header");
  uint64_t n = 0;
  for (int k = 0; k < 8; ++k) n |= static_cast<uint64_t>(static_cast<unsigned char>(data[k])) << (8 * k);
  check(n <= kMaxHeader, "load: ", name, ": not a safetensors file (a header of ", n, " bytes; at most ", kMaxHeader,
        ")");
  check(n <= size - 8, "load: ", name, ": the header claims ", n, " bytes but the file has ", size, " (truncated?)");
  const Json header = parse_header(name, data + 8, n);
  const uint64_t available = size - 8 - n;
  TensorFile file;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto& [key, entry] : header.items()) {
    check(entry.is_object(), "load: ", name, ": the entry of \"", key, "\" is not an object");
    if (key == "__metadata__") {
      for (const auto& [k, v] : entry.items()) {
        check(v.is_string(), "load: ", name, ": metadata \"", k, "\" is not a string");
        file.metadata.emplace_back(k, v.get<std::string>());
      }
      continue;
    }
    for (const char* field : {"dtype", "shape", "data_offsets"})
      check(entry.contains(field), "load: ", name, ": tensor \"", key, "\" has no ", field);
    check(entry["dtype"].is_string(), "load: ", name, ": tensor \"", key, "\": dtype is not a string");
    const auto dtype_name = entry["dtype"].get<std::string>();
    const Format* format =
        std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return dtype_name == f.name; });
    check(format != std::end(kFormats), "load: ", name, ": tensor \"", key, "\" has unknown dtype \"", dtype_name,
          "\"");
    check(entry["shape"].is_array() && entry["shape"].size() <= kMaxDims, "load: ", name, ": tensor \"", key,
          "\": shape is not a list of at most ", kMaxDims, " sizes");
    Shape sizes;
    uint64_t bytes = element_size(format->dtype);
    bool empty = false, overflow = false;
    for (const Json& s : entry["shape"]) {
      const uint64_t v = unsigned_of(name, key, s, "a size");
      check(v <= INT64_MAX, "load: ", name, ": tensor \"", key, "\": a size is too large");
      empty = empty || v == 0;
      overflow = overflow || (v != 0 && __builtin_mul_overflow(bytes, v, &bytes));
      sizes.push_back(static_cast<int64_t>(v));
    }
    if (empty) bytes = 0;
    check(empty || !overflow, "load: ", name, ": tensor \"", key, "\": shape ", sizes, " overflows");
    const Json& offsets = entry["data_offsets"];
    check(offsets.is_array() && offsets.size() == 2, "load: ", name, ": tensor \"", key,
          "\": data_offsets is not a pair");
    const uint64_t b = unsigned_of(name, key, offsets[0], "an offset"),
                   e = unsigned_of(name, key, offsets[1], "an offset");
    check(b <= e && e <= available, "load: ", name, ": tensor \"", key, "\": bytes ", b, " to ", e, " lie outside the ",
          available, " bytes of data (truncated?)");
    check(e - b == bytes, "load: ", name, ": tensor \"", key, "\": shape ", sizes, " of ", format->dtype, " needs ",
          bytes, " bytes but the offsets span ", e - b);
    ranges.emplace_back(b, e);
    file.tensors.emplace_back(key, tensor_of(source, 8 + n + b, sizes, contiguous_strides(sizes), format->dtype,
                                             str(name, ": tensor \"", key, "\"")));
  }
  std::sort(ranges.begin(), ranges.end());
  uint64_t at = 0;
  for (const auto& [b, e] : ranges) {
    check(b == at, "load: ", name, b < at ? ": two tensors overlap at byte " : ": unused bytes in the data at byte ",
          std::min(at, b));
    at = e;
  }
  check(at == available, "load: ", name, ": ", available - at, " bytes after the last tensor");
  return file;
}

}  // namespace

void save_safetensors(const std::string& path, const TensorFile& file) {
  AtomicFile out(path);
  write_file(file, [&](const char* p, size_t n) { out.write(p, n); });
  out.commit();
}

void save_safetensors(std::ostream& out, const TensorFile& file) {
  write_file(file, [&](const char* p, size_t n) { out.write(p, static_cast<std::streamsize>(n)); });
  out.flush();
  check(static_cast<bool>(out), "save: cannot write to the stream");
}

TensorFile load_safetensors(const std::string& path) { return parse(path, Source::map(path)); }

TensorFile load_safetensors(const char* data, size_t size, const std::string& name) {
  return parse(name, Source::copy(data, size));
}

TensorFile load_safetensors(std::istream& in) {
  const std::string all = read_all(in);
  return load_safetensors(all.data(), all.size(), "stream");
}

}  // namespace lampas::serialize
