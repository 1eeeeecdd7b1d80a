#include "lampas/serialize/archive.h"

#include <algorithm>
#include <fstream>
#include <istream>
#include <ostream>
#include <sstream>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/serialize/checkpoint.h"
#include "serialize/flatten.h"
#include "serialize/source.h"

namespace lampas::serialize {

namespace {

template <class List>
auto* find(List& list, const std::string& key) {
  auto it = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.first == key; });
  return it == list.end() ? nullptr : &it->second;
}

// Lists of lists of ... in a file that was made to exhaust the stack.
constexpr int kMaxDepth = 100;

template <class T>
std::vector<IValue> elements(const Tensor& t) {
  const Tensor c = t.contiguous();
  const T* p = c.data_ptr<T>();
  return std::vector<IValue>(p, p + c.numel());
}

void check_key(const std::string& key) { check(!key.empty(), "archive: a key must not be empty"); }

}  // namespace

void OutputArchive::write(const std::string& key, const Tensor& tensor, bool) {
  check_key(key);
  check(tensor.defined(), "archive: tensor \"", key, "\" is undefined");
  check(!find(file_.get().tensors, key), "archive: key \"", key, "\" was written before");
  file_.get().tensors.emplace_back(key, tensor.detach());
}
void OutputArchive::write(const std::string& key, const OutputArchive& nested) {
  check_key(key);
  for (const auto& [k, t] : nested.file_.get().tensors) write(key + "." + k, t);
  for (const auto& [k, text] : nested.file_.get().metadata) write(key + "." + k, text);
}
void OutputArchive::write(const std::string& key, const Scalar& value) {
  write(key, scalar_tensor(value, value.type()));
}
void OutputArchive::write(const std::string& key, const std::string& text) {
  check_key(key);
  check(!find(file_.get().metadata, key), "archive: key \"", key, "\" was written before");
  file_.get().metadata.emplace_back(key, text);
}

void OutputArchive::write_value(const std::string& key, const IValue& value) {
  if (value.isTensor())
    write(key, value.toTensor());
  else if (value.isString())
    write(key, value.toStringRef());
  else if (value.isScalar())
    write(key, value.toScalar());
  else if (value.isNone())
    write(key + kKindMark, "none");
  else if (value.isGenericDict()) {
    std::string kind = "dict";
    for (const auto& [k, v] : value.toDictRef()) {
      check(k.isString() && k.toStringRef().find_first_of(".\n") == std::string::npos, "archive: \"", key,
            "\": keys of a dictionary must be texts without dots, got ", k.isString() ? k.toStringRef() : k.tagKind());
      kind += "\n" + k.toStringRef();
      write_value(key + "." + k.toStringRef(), v);
    }
    write(key + kKindMark, kind);
  } else {
    write(key + kKindMark, value.isTuple() ? "tuple" : "list");
    const auto& list = value.toListRef();
    const auto all = [&](bool (IValue::*is)() const) {
      return !list.empty() && std::all_of(list.begin(), list.end(), [&](const IValue& e) { return (e.*is)(); });
    };
    if (const auto n = static_cast<int64_t>(list.size()); all(&IValue::isDouble)) {
      const Tensor t = empty({n}, kDouble);
      std::transform(list.begin(), list.end(), t.data_ptr<double>(), [](const IValue& e) { return e.toDouble(); });
      write(key, t);
    } else if (all(&IValue::isInt)) {
      const Tensor t = empty({n}, kLong);
      std::transform(list.begin(), list.end(), t.data_ptr<int64_t>(), [](const IValue& e) { return e.toInt(); });
      write(key, t);
    } else {
      for (size_t k = 0; k < list.size(); ++k) write_value(key + "." + std::to_string(k), list[k]);
    }
  }
}

const TensorFile& OutputArchive::contents() const { return file_.get(); }
const TensorFile& InputArchive::contents() const { return file_.get(); }
void OutputArchive::save_to(const std::string& path) const { save_safetensors(path, file_.get()); }
void OutputArchive::save_to(std::ostream& out) const { save_safetensors(out, file_.get()); }
void OutputArchive::save_to(const std::function<size_t(const void*, size_t)>& writer) const {
  std::ostringstream out;
  save_safetensors(out, file_.get());
  const std::string bytes = out.str();
  check(writer(bytes.data(), bytes.size()) == bytes.size(), "save: the writer function did not take all ", bytes.size(),
        " bytes");
}

void InputArchive::on_cpu(std::optional<Device> device) {
  if (device)
    check(device->is_cpu(), "load: archives are read on the CPU, got device ", *device, "; load there and use to()");
}

void InputArchive::load_from(const std::string& path) {
  char start[4] = {};
  std::ifstream(path, std::ios::binary).read(start, 4);
  file_.get() = is_checkpoint(start, 4) ? flatten_checkpoint(load_checkpoint(path)) : load_safetensors(path);
  name_ = path;
}
void InputArchive::load_from(std::istream& in) {
  const std::string all = read_all(in);
  file_.get() = is_checkpoint(all.data(), all.size())
                    ? flatten_checkpoint(load_checkpoint(all.data(), all.size(), "stream"))
                    : load_safetensors(all.data(), all.size(), "stream");
}
void InputArchive::load_from(const char* data, size_t size) {
  file_.get() =
      is_checkpoint(data, size) ? flatten_checkpoint(load_checkpoint(data, size)) : load_safetensors(data, size);
}
void InputArchive::load_from(const std::function<size_t(uint64_t, void*, size_t)>& read,
                             const std::function<size_t()>& size) {
  std::string all(size(), '\0');
  for (size_t at = 0; at < all.size();) {
    const size_t n = read(at, all.data() + at, all.size() - at);
    check(n > 0 && n <= all.size() - at, "load: the reader function ends after ", at, " of ", all.size(), " bytes");
    at += n;
  }
  load_from(all.data(), all.size());
}

bool InputArchive::try_read(const std::string& key, Tensor& tensor, bool) const {
  const Tensor* stored = find(file_.get().tensors, key);
  if (!stored) return false;
  if (!tensor.defined()) {
    tensor = *stored;
    return true;
  }
  check(tensor.sizes() == stored->sizes() && tensor.scalar_type() == stored->scalar_type(), "load: ", name_, ": \"",
        key, "\" is ", *stored, " but ", tensor, " was expected");
  NoGradGuard off;
  tensor.copy_(*stored);
  return true;
}
bool InputArchive::try_read(const std::string& key, InputArchive& nested) const {
  TensorFile part;
  const std::string prefix = key + ".";
  for (const auto& [k, t] : file_.get().tensors)
    if (k.compare(0, prefix.size(), prefix) == 0) part.tensors.emplace_back(k.substr(prefix.size()), t);
  for (const auto& [k, text] : file_.get().metadata)
    if (k.compare(0, prefix.size(), prefix) == 0) part.metadata.emplace_back(k.substr(prefix.size()), text);
  if (part.tensors.empty() && part.metadata.empty()) return false;
  nested.file_.get() = std::move(part);
  nested.name_ = name_ + ": " + key;
  return true;
}
bool InputArchive::try_read(const std::string& key, Scalar& value) const {
  const Tensor* stored = find(file_.get().tensors, key);
  if (!stored) return false;
  check(stored->numel() == 1, "load: ", name_, ": \"", key, "\" is ", *stored, " but a number was expected");
  value = stored->item();
  return true;
}
bool InputArchive::try_read(const std::string& key, std::string& text) const {
  const std::string* stored = find(file_.get().metadata, key);
  if (stored) text = *stored;
  return stored != nullptr;
}

IValue InputArchive::read_kind(const std::string& key, const std::string& kind, int depth) const {
  check(depth < kMaxDepth, "load: ", name_, ": \"", key, "\" is nested more than ", kMaxDepth, " times");
  if (kind == "none") return {};
  if (kind.compare(0, 4, "dict") == 0) {
    IValue::Dict entries;
    for (size_t at = kind.find('\n'); at != std::string::npos;) {
      const size_t end = kind.find('\n', at + 1);
      const std::string k = kind.substr(at + 1, end == std::string::npos ? end : end - at - 1);
      IValue value;
      check(try_read(key + "." + k, value, depth + 1), "load: ", name_, ": \"", key, "\" has no value for '", k, "'");
      entries.emplace_back(k, std::move(value));
      at = end;
    }
    return entries;
  }
  check(kind == "list" || kind == "tuple", "load: ", name_, ": \"", key, "\" is of an unknown kind, '", kind, "'");
  IValue::List list;
  if (const Tensor* numbers = find(file_.get().tensors, key)) {
    const bool whole = numbers->scalar_type() == kLong;
    check(numbers->dim() == 1 && (whole || numbers->scalar_type() == kDouble), "load: ", name_, ": \"", key, "\" is ",
          *numbers, " but a list of numbers was expected");
    list = whole ? elements<int64_t>(*numbers) : elements<double>(*numbers);
  } else {
    IValue value;
    while (try_read(key + "." + std::to_string(list.size()), value, depth + 1)) list.push_back(std::move(value));
  }
  return kind == "list" ? IValue(std::move(list)) : IValue::tuple(std::move(list));
}

bool InputArchive::try_read(const std::string& key, IValue& value) const { return try_read(key, value, 0); }
bool InputArchive::try_read(const std::string& key, IValue& value, int depth) const {
  if (const std::string* kind = find(file_.get().metadata, key + kKindMark)) {
    value = read_kind(key, *kind, depth);
    return true;
  }
  std::string text;
  if (try_read(key, text)) {
    value = std::move(text);
    return true;
  }
  const Tensor* stored = find(file_.get().tensors, key);
  if (!stored) return false;
  const ScalarType t = stored->scalar_type();
  if (stored->dim() == 0 && (t == kDouble || t == kLong || t == kBool))
    value = stored->item();
  else
    value = *stored;
  return true;
}

void InputArchive::read(const std::string& key, IValue& value) const {
  check(try_read(key, value), "load: ", name_, ": the archive does not have a field with name '", key, "'");
}
void InputArchive::read(const std::string& key, Tensor& tensor, bool is_buffer) const {
  check(try_read(key, tensor, is_buffer), "load: ", name_, ": No such serialized tensor '", key, "'");
}
void InputArchive::read(const std::string& key, InputArchive& nested) const {
  check(try_read(key, nested), "load: ", name_, ": No such serialized submodule: '", key, "'");
}
void InputArchive::read(const std::string& key, Scalar& value) const {
  check(try_read(key, value), "load: ", name_, ": No such serialized number '", key, "'");
}
void InputArchive::read(const std::string& key, std::string& text) const {
  check(try_read(key, text), "load: ", name_, ": No such serialized text '", key, "'");
}

std::vector<std::string> InputArchive::keys() const {
  std::vector<std::string> out;
  auto add = [&](const std::string& k) {
    std::string first = k.substr(0, k.find('.'));
    const size_t end = first.size() - std::min(first.size(), std::size(kKindMark) - 1);
    if (first.compare(end, std::string::npos, kKindMark) == 0) first.resize(end);
    if (std::find(out.begin(), out.end(), first) == out.end()) out.push_back(first);
  };
  for (const auto& e : file_.get().tensors) add(e.first);
  for (const auto& e : file_.get().metadata) add(e.first);
  return out;
}

OrderedDict<std::string, Tensor> InputArchive::state_dict() const {
  OrderedDict<std::string, Tensor> state;
  for (const auto& [k, t] : file_.get().tensors) state.insert(k, t);
  return state;
}

namespace detail {
void write_state(OutputArchive& archive, const OrderedDict<std::string, Tensor>& state) {
  for (const auto& item : state) archive.write(item.key(), item.value());
}
}  // namespace detail

OutputArchive& operator<<(OutputArchive& archive, const Tensor& tensor) {
  archive.write("0", tensor);
  return archive;
}
OutputArchive& operator<<(OutputArchive& archive, const std::vector<Tensor>& tensors) {
  for (size_t k = 0; k < tensors.size(); ++k) archive.write(std::to_string(k), tensors[k]);
  return archive;
}
InputArchive& operator>>(InputArchive& archive, Tensor& tensor) {
  // As torch::load: the handle is replaced, not written to. A mapped file must not stay open behind it.
  Tensor stored;
  archive.read("0", stored);
  tensor = stored.clone();
  return archive;
}
// As torch::load: behind those that are there, so that several files can fill one vector.
InputArchive& operator>>(InputArchive& archive, std::vector<Tensor>& tensors) {
  std::vector<Tensor> all;
  for (size_t k = 0; k < archive.contents().tensors.size(); ++k) {
    Tensor t;
    archive.read(std::to_string(k), t);
    all.push_back(t.clone());
  }
  tensors.insert(tensors.end(), all.begin(), all.end());
  return archive;
}

}  // namespace lampas::serialize
