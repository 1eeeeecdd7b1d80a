#include "serialize/flatten.h"

#include <algorithm>
#include <unordered_map>

#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"

namespace lampas::serialize {

namespace {

std::string joined(const std::string& name, const std::string& key) { return name.empty() ? key : name + "." + key; }
std::string or_zero(const std::string& name) { return name.empty() ? "0" : name; }
std::string key_text(const IValue& k) {
  if (k.isString()) return k.toStringRef();
  if (k.isBool()) return k.toBool() ? "True" : "False";
  return str(k.toScalar());
}

const IValue* find(const IValue& dict, const std::string& key) {
  if (!dict.isGenericDict()) return nullptr;
  for (const auto& [k, v] : dict.toDictRef())
    if (k.isString() && k.toStringRef() == key) return &v;
  return nullptr;
}

void add(const IValue& v, const std::string& name, TensorFile& out);

/// state/<address>/<field> and param_groups/param_groups/<g>/{params/<k>: address, options/<field>}.
bool add_optimizer(const IValue& v, const std::string& name, TensorFile& out) {
  const IValue *version = find(v, "pytorch_version"), *state = find(v, "state"), *groups = find(v, "param_groups");
  if (!version || !state || !groups || !groups->isGenericDict() || !find(*groups, "param_groups/size")) return false;
  add(*version, joined(name, "pytorch_version"), out);
  int64_t number = 0;
  for (int64_t g = 0;; ++g) {
    const IValue* group = find(*groups, "param_groups/" + std::to_string(g));
    if (!group) break;
    const std::string prefix = joined(name, "param_groups." + std::to_string(g));
    if (const IValue* options = find(*group, "options")) add(*options, prefix, out);
    int64_t count = 0;
    for (;; ++count) {
      const IValue* address = find(*group, "params/" + std::to_string(count));
      if (!address || !address->isString()) break;
      if (const IValue* fields = find(*state, address->toStringRef()))
        add(*fields, joined(name, "state." + std::to_string(number + count)), out);
    }
    out.tensors.emplace_back(prefix + ".params", arange(number, number + count, TensorOptions(kLong)));
    number += count;
  }
  return true;
}

void mark(const std::string& name, const char* kind, TensorFile& out) {
  if (!name.empty()) out.metadata.emplace_back(name + kKindMark, kind);
}

void add(const IValue& v, const std::string& name, TensorFile& out) {
  if (v.isTensor()) {
    out.tensors.emplace_back(or_zero(name), v.toTensor().detach());
  } else if (v.isScalar()) {
    const Scalar s = v.toScalar();
    out.tensors.emplace_back(or_zero(name), scalar_tensor(s, s.type()));
  } else if (v.isString()) {
    out.metadata.emplace_back(or_zero(name), v.toStringRef());
  } else if (v.isGenericDict()) {
    if (add_optimizer(v, name, out)) return;
    for (const auto& [k, x] : v.toDictRef()) add(x, joined(name, key_text(k)), out);
  } else if (v.isNone()) {
    mark(name, "none", out);
  } else {
    mark(name, v.isTuple() ? "tuple" : "list", out);
    const auto& list = v.toListRef();
    const auto is_number = [](const IValue& x) { return x.isInt() || x.isDouble(); };
    if (list.empty() || !std::all_of(list.begin(), list.end(), is_number)) {
      for (size_t k = 0; k < list.size(); ++k) add(list[k], joined(name, std::to_string(k)), out);
      return;
    }
    const bool whole = std::all_of(list.begin(), list.end(), [](const IValue& x) { return x.isInt(); });
    Tensor t = empty({static_cast<int64_t>(list.size())}, whole ? kLong : kDouble);
    for (size_t k = 0; k < list.size(); ++k) t.select(0, static_cast<int64_t>(k)).fill_(list[k].toScalar());
    out.tensors.emplace_back(or_zero(name), t);
  }
}

}  // namespace

TensorFile flatten_checkpoint(const IValue& value) {
  TensorFile file;
  add(value, "", file);
  return file;
}

}  // namespace lampas::serialize
