#include "lampas/tensor/ivalue.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <ostream>

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
IValue::IValue(const std::vector<Tensor>& v) : IValue(List(v.begin(), v.end())) { of(Kind::tensor); }
IValue::IValue(const std::vector<int64_t>& v) : IValue(List(v.begin(), v.end())) { of(Kind::integral); }
IValue::IValue(const std::vector<double>& v) : IValue(List(v.begin(), v.end())) { of(Kind::floating); }

IValue IValue::tuple(List v) {
  IValue r(std::move(v));
  r.kind_ = Kind::tuple;
  return r;
}

IValue::Kind IValue::element_kind() const {
  if (kind_ != Kind::list || v_.i != 0) return static_cast<Kind>(kind_ == Kind::list ? v_.i : 0);
  const List& all = toListRef();
  if (all.empty()) return Kind::none;
  const auto alike = [&](const IValue& e) { return e.kind_ == all[0].kind_; };
  return std::all_of(all.begin(), all.end(), alike) ? all[0].kind_ : Kind::none;
}

size_t IValue::find_key(const IValue& key) const {
  const Dict& all = toDictRef();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& entry) { return entry.first == key; });
  return static_cast<size_t>(found - all.begin());
}

bool IValue::is(const IValue& other) const {
  if (kind_ != other.kind_) return false;
  if (isTensor()) return tensor_.is_same(other.tensor_);
  return object_ || other.object_ ? object_ == other.object_ : *this == other;
}

lampas::List<IValue> IValue::toList() const { return lampas::List<IValue>(*this); }
lampas::List<Tensor> IValue::toTensorList() const { return lampas::List<Tensor>(*this); }
lampas::List<double> IValue::toDoubleList() const { return lampas::List<double>(*this); }
lampas::List<int64_t> IValue::toIntList() const { return lampas::List<int64_t>(*this); }
lampas::List<bool> IValue::toBoolList() const { return lampas::List<bool>(*this); }
lampas::Dict<IValue, IValue> IValue::toGenericDict() const { return lampas::Dict<IValue, IValue>(*this); }

std::shared_ptr<ivalue::Tuple> IValue::toTuple() const { return std::make_shared<ivalue::Tuple>(toTupleRef()); }
ivalue::Tuple IValue::toTupleRef() const {
  expect(Kind::tuple);
  return ivalue::Tuple(object_);
}
std::shared_ptr<ivalue::ConstantString> IValue::toString() const {
  expect(Kind::text);
  return std::make_shared<ivalue::ConstantString>(object_);
}

namespace ivalue {
const std::string& ConstantString::string() const { return *static_cast<std::string*>(text_.get()); }
std::shared_ptr<Tuple> Tuple::create(std::vector<IValue> elements) {
  return std::make_shared<Tuple>(std::make_shared<std::vector<IValue>>(std::move(elements)));
}
const std::vector<IValue>& Tuple::elements() const { return *static_cast<IValue::List*>(elements_.get()); }
size_t Tuple::size() const { return elements().size(); }
}  // namespace ivalue

namespace detail {
IValue ValueForm<std::shared_ptr<ivalue::Tuple>>::store(const std::shared_ptr<ivalue::Tuple>& v) {
  return IValue::tuple(v->elements());
}
std::shared_ptr<ivalue::Tuple> ValueForm<std::shared_ptr<ivalue::Tuple>>::load(const IValue& v) { return v.toTuple(); }
const std::vector<IValue>& tuple_elements(const IValue& v, size_t expected) {
  const auto& all = v.toListRef();
  check(all.size() == expected, "IValue: Expected a tuple of ", expected, " values but got ", all.size());
  return all;
}
}  // namespace detail

bool operator==(const IValue& a, const IValue& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case IValue::Kind::none:
      return true;
    case IValue::Kind::tensor:
      return a.toTensor().is_same(b.toTensor());
    case IValue::Kind::floating:
      return a.toDouble() == b.toDouble();
    case IValue::Kind::integral:
      return a.toInt() == b.toInt();
    case IValue::Kind::boolean:
      return a.toBool() == b.toBool();
    case IValue::Kind::text:
      return a.toStringRef() == b.toStringRef();
    case IValue::Kind::list:
    case IValue::Kind::tuple:
      return a.toListRef() == b.toListRef();
    case IValue::Kind::dict:
      break;
  }
  const auto &x = a.toDictRef(), &y = b.toDictRef();
  return x.size() == y.size() && std::all_of(x.begin(), x.end(), [&](const auto& entry) {
           return std::find(y.begin(), y.end(), entry) != y.end();
         });
}

namespace {
void print_double(std::ostream& out, double v) {
  // Whole numbers show that they are not integers.
  if (std::abs(v) < 9e18 && v == std::trunc(v)) {
    out << static_cast<int64_t>(v) << '.';
    return;
  }
  const auto precision = out.precision(std::numeric_limits<double>::max_digits10);
  out << v;
  out.precision(precision);
}
}  // namespace

std::ostream& operator<<(std::ostream& out, const IValue& value) {
  const char* between = "";
  switch (value.kind()) {
    case IValue::Kind::none:
      return out << "None";
    case IValue::Kind::tensor:
      return out << value.toTensor();
    case IValue::Kind::floating:
      return print_double(out, value.toDouble()), out;
    case IValue::Kind::integral:
      return out << value.toInt();
    case IValue::Kind::boolean:
      return out << (value.toBool() ? "True" : "False");
    case IValue::Kind::text:
      return out << value.toStringRef();
    case IValue::Kind::list:
    case IValue::Kind::tuple: {
      const bool tuple = value.isTuple();
      out << (tuple ? '(' : '[');
      for (const IValue& e : value.toListRef()) out << std::exchange(between, ", ") << e;
      return out << (tuple ? (value.toListRef().size() == 1 ? ",)" : ")") : "]");
    }
    case IValue::Kind::dict:
      break;
  }
  out << '{';
  for (const auto& [k, v] : value.toDictRef()) out << std::exchange(between, ", ") << k << ": " << v;
  return out << '}';
}

}  // namespace lampas
