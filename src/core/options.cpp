#include "lampas/core/options.h"

#include <ostream>

namespace lampas {

TensorOptions TensorOptions::dtype(std::optional<ScalarType> t) const {
  TensorOptions r = *this;
  r.dtype_.assign(t);
  return r;
}
TensorOptions TensorOptions::device(std::optional<Device> d) const {
  TensorOptions r = *this;
  r.device_.assign(d);
  return r;
}
TensorOptions TensorOptions::layout(std::optional<Layout> l) const {
  TensorOptions r = *this;
  r.layout_.assign(l);
  return r;
}
TensorOptions TensorOptions::memory_format(std::optional<MemoryFormat> f) const {
  TensorOptions r = *this;
  r.memory_format_.assign(f);
  return r;
}
TensorOptions TensorOptions::requires_grad(std::optional<bool> on) const {
  TensorOptions r = *this;
  r.requires_grad_.assign(on);
  return r;
}
TensorOptions TensorOptions::pinned_memory(std::optional<bool> on) const {
  TensorOptions r = *this;
  r.pinned_memory_.assign(on);
  return r;
}
TensorOptions requires_grad(bool on) { return TensorOptions().requires_grad(on); }

std::optional<ScalarType> TensorOptions::dtype_opt() const { return dtype_.optional(); }
std::optional<Device> TensorOptions::device_opt() const { return device_.optional(); }
std::optional<Layout> TensorOptions::layout_opt() const { return layout_.optional(); }
std::optional<MemoryFormat> TensorOptions::memory_format_opt() const { return memory_format_.optional(); }
std::optional<bool> TensorOptions::requires_grad_opt() const { return requires_grad_.optional(); }
std::optional<bool> TensorOptions::pinned_memory_opt() const { return pinned_memory_.optional(); }

TensorOptions TensorOptions::merge_memory_format(std::optional<MemoryFormat> f) const {
  return f ? memory_format(f) : *this;
}
TensorOptions TensorOptions::merge_in(const TensorOptions& o) const {
  TensorOptions r = *this;
  if (o.dtype_) r.dtype_ = o.dtype_;
  if (o.device_) r.device_ = o.device_;
  if (o.layout_) r.layout_ = o.layout_;
  if (o.memory_format_) r.memory_format_ = o.memory_format_;
  if (o.requires_grad_) r.requires_grad_ = o.requires_grad_;
  if (o.pinned_memory_) r.pinned_memory_ = o.pinned_memory_;
  return r;
}

std::ostream& operator<<(std::ostream& os, const TensorOptions& o) {
  const auto field = [&os](const char* label, const auto& value, bool set) {
    os << label << value << (set ? "" : " (default)") << ", ";
  };
  const auto text = [](bool v) { return v ? "true" : "false"; };
  os << "TensorOptions(";
  field("dtype=", o.dtype(), o.has_dtype());
  field("device=", o.device(), o.has_device());
  field("layout=", o.layout(), o.has_layout());
  field("requires_grad=", text(o.requires_grad()), o.has_requires_grad());
  field("pinned_memory=", text(o.pinned_memory()), o.has_pinned_memory());
  os << "memory_format=";
  if (const auto format = o.memory_format_opt())
    os << *format;
  else
    os << "(nullopt)";
  return os << ")";
}

std::string DeprecatedTypeProperties::toString() const {
  return std::string(is_sparse() ? "Sparse" : "") + (is_cuda() ? "CUDA" : "CPU") + name(dtype_) + "Type";
}
std::ostream& operator<<(std::ostream& os, const DeprecatedTypeProperties& t) { return os << t.toString(); }

}  // namespace lampas
