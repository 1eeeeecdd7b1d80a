#include "lampas/tensor/ivalue.h"

namespace lampas {

namespace {
constexpr const char* kKinds[] = {"None",   "Tensor",      "Double", "Int",        "Bool",
                                  "String", "GenericList", "Tuple",  "GenericDict"};
const char* word(IValue::Kind k) { return kKinds[static_cast<int>(k)]; }
}  // namespace

IValue::IValue(const Scalar& v) {
  if (v.isBoolean())
    *this = IValue(v.toBool());
  else if (v.isIntegral(false))
    *this = IValue(v.toLong());
  else
    *this = IValue(v.toDouble());
}

const char* IValue::tagKind() const { return word(kind_); }
void IValue::mismatch(Kind expected) const { fail("IValue: Expected ", word(expected), " but got ", word(kind_)); }

Scalar IValue::toScalar() const {
  if (isDouble()) return toDouble();
  if (isInt()) return toInt();
  if (isBool()) return toBool();
  fail("IValue: Expected a number but got ", word(kind_));
}

const IValue::List& IValue::toListRef() const {
  if (kind_ != Kind::tuple) expect(Kind::list);
  return *static_cast<List*>(object_.get());
}
IValue::List& IValue::mutable_list() { return const_cast<List&>(toListRef()); }

std::vector<Tensor> IValue::toTensorVector() const {
  std::vector<Tensor> r;
  for (const IValue& v : toListRef()) r.push_back(v.toTensor());
  return r;
}
std::vector<int64_t> IValue::toIntVector() const {
  std::vector<int64_t> r;
  for (const IValue& v : toListRef()) r.push_back(v.toInt());
  return r;
}
std::vector<double> IValue::toDoubleVector() const {
  std::vector<double> r;
  for (const IValue& v : toListRef()) r.push_back(v.toDouble());
  return r;
}

IValue::IValue(std::string v) : kind_(Kind::text), object_(std::make_shared<std::string>(std::move(v))) {}
IValue::IValue(const char* v) : IValue(std::string(v)) {}
IValue::IValue(List v) : kind_(Kind::list), object_(std::make_shared<List>(std::move(v))) {}
IValue::IValue(Dict v) : kind_(Kind::dict), object_(std::make_shared<Dict>(std::move(v))) {}
IValue::IValue(const std::vector<Tensor>& v) : IValue(List(v.begin(), v.end())) {}
IValue::IValue(const std::vector<int64_t>& v) : IValue(List(v.begin(), v.end())) {}
IValue::IValue(const std::vector<double>& v) : IValue(List(v.begin(), v.end())) {}

IValue IValue::tuple(List v) {
  IValue r(std::move(v));
  r.kind_ = Kind::tuple;
  return r;
}

}  // namespace lampas
