#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/base/boxed.h"
#include "lampas/base/ordered_dict.h"
#include "lampas/serialize/safetensors.h"
#include "lampas/tensor/ivalue.h"

/// Archives and `save`/`load` (https://pytorch.org/cppdocs/api/namespace_torch__serialize.html), stored as safetensors:
/// any safetensors reader opens them.
namespace lampas::serialize {

/// Named tensors to be written. Keys of nested archives are joined with dots.
class LAMPAS_API OutputArchive {
 public:
  OutputArchive() = default;
  /// LibTorch's nested archives are made with the compilation unit of the outer one; here there is nothing to share.
  explicit OutputArchive(std::nullptr_t) {}
  std::nullptr_t compilation_unit() const { return nullptr; }
  void write(const std::string& key, const Tensor& tensor, bool is_buffer = false);
  void write(const std::string& key, const OutputArchive& nested);
  /// A number, stored as a 0-d tensor.
  void write(const std::string& key, const Scalar& value);
  void write(const std::string& key, const std::string& text);
  /// A tensor, number, text or nothing, and lists, tuples and dictionaries (whose keys are texts without dots) of such.
  template <class T, std::enable_if_t<std::is_same_v<T, IValue>, int> = 0>
  void write(const std::string& key, const T& value) {
    write_value(key, value);
  }
  /// The same as write.
  template <class... Ts>
  void operator()(Ts&&... ts) {
    write(std::forward<Ts>(ts)...);
  }
  /// Safetensors; atomic when given a path.
  void save_to(const std::string& path) const;
  void save_to(std::ostream& out) const;
  void save_to(const std::function<size_t(const void*, size_t)>& writer) const;
  const TensorFile& contents() const;

 private:
  void write_value(const std::string& key, const IValue& value);
  lampas::detail::Boxed<TensorFile> file_;
};

/// Named tensors that were read: from safetensors, or from the zip archives of Python's torch.save and LibTorch's
/// torch::save (see checkpoint.h). There, names of nested dictionaries, lists and modules are joined with dots, and
/// lists of numbers are 1-d tensors.
class LAMPAS_API InputArchive {
 public:
  void load_from(const std::string& path);
  void load_from(std::istream& in);
  void load_from(const char* data, size_t size);
  /// `read(position, buffer, n)` fills up to n bytes and says how many; `size()` is the size of the whole.
  void load_from(const std::function<size_t(uint64_t, void*, size_t)>& read, const std::function<size_t()>& size);
  /// The same for programs that say where the tensors shall be: on the CPU, which is where archives are read.
  void load_from(const std::string& path, std::optional<Device> device) { on_cpu(device), load_from(path); }
  void load_from(std::istream& in, std::optional<Device> device) { on_cpu(device), load_from(in); }
  void load_from(const char* data, size_t size, std::optional<Device> device) { on_cpu(device), load_from(data, size); }
  /// Fills `tensor`: an undefined one becomes the stored tensor, a defined one must agree in shape and dtype and
  /// receives the values. Throws when the key is missing.
  void read(const std::string& key, Tensor& tensor, bool is_buffer = false) const;
  void read(const std::string& key, InputArchive& nested) const;
  void read(const std::string& key, Scalar& value) const;
  void read(const std::string& key, std::string& text) const;
  /// What was written as an IValue. A 0-d tensor of float64, int64 or bool counts as a number.
  void read(const std::string& key, IValue& value) const;
  /// The same, giving false when the key is missing.
  bool try_read(const std::string& key, Tensor& tensor, bool is_buffer = false) const;
  bool try_read(const std::string& key, InputArchive& nested) const;
  bool try_read(const std::string& key, Scalar& value) const;
  bool try_read(const std::string& key, std::string& text) const;
  bool try_read(const std::string& key, IValue& value) const;
  /// The same as read.
  template <class... Ts>
  void operator()(Ts&&... ts) {
    read(std::forward<Ts>(ts)...);
  }
  /// Keys of this level, without what follows a dot, in stored order.
  std::vector<std::string> keys() const;
  /// Everything, under full names.
  OrderedDict<std::string, Tensor> state_dict() const;
  const TensorFile& contents() const;

 private:
  static void on_cpu(std::optional<Device> device);
  IValue read_kind(const std::string& key, const std::string& kind, int depth) const;
  bool try_read(const std::string& key, IValue& value, int depth) const;
  lampas::detail::Boxed<TensorFile> file_;
  std::string name_ = "archive";
};

namespace detail {
template <class T, class = void>
struct HasStateDict : std::false_type {};
template <class T>
struct HasStateDict<T, std::void_t<decltype(std::declval<const T&>().state_dict())>> : std::true_type {};
template <class T, class = void>
struct PointsToStateDict : std::false_type {};
template <class T>
struct PointsToStateDict<T, std::void_t<decltype(std::declval<const T&>()->state_dict())>> : std::true_type {};
/// Modules and optimizers, which may have a way of their own.
template <class T, class = void>
struct HasSave : std::false_type {};
template <class T>
struct HasSave<T, std::void_t<decltype(std::declval<const T&>().save(std::declval<OutputArchive&>())),
                              decltype(std::declval<T&>().load(std::declval<InputArchive&>()))>> : std::true_type {};
LAMPAS_API void write_state(OutputArchive& archive, const OrderedDict<std::string, Tensor>& state);
}  // namespace detail

LAMPAS_API OutputArchive& operator<<(OutputArchive& archive, const Tensor& tensor);
LAMPAS_API OutputArchive& operator<<(OutputArchive& archive, const std::vector<Tensor>& tensors);
LAMPAS_API InputArchive& operator>>(InputArchive& archive, Tensor& tensor);
/// Adds the stored tensors to those that are there.
LAMPAS_API InputArchive& operator>>(InputArchive& archive, std::vector<Tensor>& tensors);

/// Modules and optimizers (also holders and pointers to them): whatever has state_dict() and load_state_dict().
template <class T, std::enable_if_t<detail::HasStateDict<T>::value, int> = 0>
OutputArchive& operator<<(OutputArchive& archive, const T& value) {
  if constexpr (detail::HasSave<T>::value)
    value.save(archive);
  else
    detail::write_state(archive, value.state_dict());
  return archive;
}
template <class T, std::enable_if_t<!detail::HasStateDict<T>::value && detail::PointsToStateDict<T>::value, int> = 0>
OutputArchive& operator<<(OutputArchive& archive, const T& value) {
  return archive << *value;
}
template <class T, std::enable_if_t<detail::HasStateDict<T>::value, int> = 0>
InputArchive& operator>>(InputArchive& archive, T& value) {
  if constexpr (detail::HasSave<T>::value)
    value.load(archive);
  else
    value.load_state_dict(archive.state_dict());
  return archive;
}
template <class T, std::enable_if_t<!detail::HasStateDict<T>::value && detail::PointsToStateDict<T>::value, int> = 0>
InputArchive& operator>>(InputArchive& archive, T& value) {
  return archive >> *value;
}

}  // namespace lampas::serialize

namespace lampas {

/// Saves as safetensors a tensor, a vector of tensors, a module, an optimizer, or anything with
/// `operator<<(OutputArchive&, ...)`, to a path (atomically), a stream or a writer function.
template <class Value, class... To>
void save(const Value& value, To&&... to) {
  serialize::OutputArchive archive;
  archive << value;
  archive.save_to(std::forward<To>(to)...);
}
inline void save(const std::vector<Tensor>& tensors, const std::string& path) {
  serialize::OutputArchive archive;
  archive << tensors;
  archive.save_to(path);
}

/// Loads what `save` wrote (or torch.save or torch::save) from a path, a stream, memory and its size, or two functions
/// as InputArchive::load_from takes. Strict: missing or unexpected names and mismatched shapes or dtypes are one error
/// naming all of them, and the value stays as it was.
template <class Value, class... From>
void load(Value& value, From&&... from) {
  serialize::InputArchive archive;
  archive.load_from(std::forward<From>(from)...);
  archive >> value;
}

}  // namespace lampas
