// Copies and conversions: clone, contiguous, to, copy_, fill_, zero_.
#include "ops/copy.h"

#include <cstring>

#include "autograd/op.h"
#include "backend/pointwise.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "ops/elementwise.h"
#include "ops/sparse.h"

namespace lampas {

void copy_elements(const Tensor& out, const Tensor& source) {
  const TensorImpl &y = *out.impl(), &x = *source.impl();
  if (y.numel == 0) return;
  if (y.contiguous && x.contiguous && y.dtype == x.dtype && y.numel == x.numel) {
    const size_t bytes = static_cast<size_t>(y.numel) * element_size(y.dtype);
    if (bytes <= 16384) {
      std::memcpy(y.data(), x.data(), bytes);
      return;
    }
  }
  Shape strides(y.ndim, 0);
  const int pad = y.ndim - x.ndim;
  for (int d = pad; d < y.ndim; ++d)
    if (x.sizes()[d - pad] != 1) strides[d] = x.strides()[d - pad];
  run_copy({y.data(), y.strides(), y.dtype}, {x.data(), strides.data(), x.dtype}, y.sizes_ref());
}

Tensor empty_as(const Tensor& x, ScalarType dtype) {
  const TensorImpl& i = *x.impl();
  Tensor y = Tensor::adopt(detail::new_impl(i.sizes_ref(), i.numel, dtype, i.device));
  if (!i.contiguous) {
    if (x.is_non_overlapping_and_dense())
      y.impl()->set_geometry(i.sizes_ref(), i.strides_ref());
    else
      y.impl()->set_geometry(i.sizes_ref(), dense_strides(i.sizes_ref(), {i.strides()}));
  }
  return y;
}

Tensor plain(const Tensor& x) {
  if (x.impl()->contiguous) return x;
  Tensor y = empty_of(x, x.sizes());
  copy_elements(y, x);
  return y;
}

namespace {

/// Strides of a dense tensor in the given memory order.
Shape format_strides(IntArrayRef sizes, MemoryFormat format, const char* op) {
  if (format == MemoryFormat::ChannelsLast) {
    check(sizes.size() == 4, op, ": required rank 4 tensor to use channels_last format, got sizes ", sizes);
    return Shape{sizes[1] * sizes[2] * sizes[3], 1, sizes[1] * sizes[3], sizes[1]};
  }
  if (format == MemoryFormat::ChannelsLast3d) {
    check(sizes.size() == 5, op, ": required rank 5 tensor to use channels_last_3d format, got sizes ", sizes);
    const int64_t c = sizes[1];
    return Shape{c * sizes[2] * sizes[3] * sizes[4], 1, sizes[3] * sizes[4] * c, sizes[4] * c, c};
  }
  return contiguous_strides(sizes);
}

/// clone, contiguous and to: a copy in a chosen dtype and memory order.
struct Convert {
  static constexpr auto name = "to_copy";
  static constexpr bool broadcasts = true;  // the gradient is cast back to the input's dtype
  using saves = Saves<>;
  const char* label;  // to_copy or clone
  ScalarType dtype;
  MemoryFormat format;
  Tensor forward(const Tensor& x) const {
    Tensor y;
    if (format == MemoryFormat::Preserve) {
      y = empty_as(x, dtype);
    } else {
      y = empty_of(x, x.sizes(), dtype);
      if (format != MemoryFormat::Contiguous)
        y.impl()->set_geometry(x.sizes(), format_strides(x.sizes(), format, "contiguous"));
    }
    copy_elements(y, x);
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g}; }
};

struct Copy {
  static constexpr auto name = "copy_";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  const char* label = "copy.s";  // CopyBackwards; or a fill with a tensor
  Grads<2> backward(const Tensor& g, const Needs<2>&) const { return {Tensor(), g}; }
};

struct Fill {
  static constexpr auto name = "fill_";
  using saves = Saves<>;
  const char* label = "fill.2";  // or zero_
  Grads<1> backward(const Tensor&, const Needs<1>&) const { return {}; }
};

void fill_elements(const Tensor& y, const Scalar& value) {
  const TensorImpl& i = *y.impl();
  if (i.numel == 0) return;
  alignas(16) char element[16];
  write_number(value, i.dtype, element);
  run_fill({i.data(), i.strides(), i.dtype}, element, i.sizes_ref());
}

Tensor convert_to(const Tensor& x, ScalarType dtype, Device device, bool copy, std::optional<MemoryFormat> format) {
  const MemoryFormat f = format.value_or(MemoryFormat::Preserve);
  check(device.is_cpu(), "to: device ", device,
        " is not available: this build of the library has no accelerator backend");
  if (x.scalar_type() == dtype && !copy && (f == MemoryFormat::Preserve || x.is_contiguous(f))) return x;
  return apply(Convert{"to_copy", dtype, f}, x);
}

}  // namespace

Tensor Tensor::clone(std::optional<MemoryFormat> format) const {
  check(defined(), "clone: tensor is undefined");
  if (LAMPAS_UNLIKELY(is_sparse())) return sparse_clone(*this);
  return apply(Convert{"clone", scalar_type(), format.value_or(MemoryFormat::Preserve)}, *this);
}

Tensor Tensor::contiguous(MemoryFormat format) const {
  check(format != MemoryFormat::Preserve,
        "contiguous: preserve memory format is unsupported by the contiguous operator");
  return is_contiguous(format) ? *this : clone(format);
}

Tensor Tensor::to(ScalarType dtype, bool, bool copy, std::optional<MemoryFormat> format) const {
  return convert_to(*this, dtype, device(), copy, format);
}
Tensor Tensor::to(Device device, ScalarType dtype, bool, bool copy, std::optional<MemoryFormat> format) const {
  return convert_to(*this, dtype, device, copy, format);
}
Tensor Tensor::to(const TensorOptions& options, bool, bool copy, std::optional<MemoryFormat> format) const {
  check(!options.has_requires_grad() || !options.requires_grad(),
        "to: to(options) expects unset requires_grad flag, but got requires_grad=true");
  return convert_to(*this, options.dtype_opt().value_or(scalar_type()), options.device_opt().value_or(device()), copy,
                    format ? format : options.memory_format_opt());
}
Tensor Tensor::to(const Tensor& other, bool, bool copy, std::optional<MemoryFormat> format) const {
  return convert_to(*this, other.scalar_type(), other.device(), copy, format);
}
Tensor Tensor::type_as(const Tensor& other) const { return to(other.scalar_type()); }

namespace {
Tensor& copy_into(const Tensor& self, const Tensor& source, const Copy& op) {
  check(self.defined() && source.defined(), "copy_: tensor is undefined");
  if (self.is_same(source)) return const_cast<Tensor&>(self);
  check(broadcast_shapes(self.sizes(), source.sizes(), "copy_") == Shape(self.sizes()), "copy_: source of shape ",
        source.sizes(), " does not broadcast to ", self.sizes());
  check_no_internal_overlap("copy_", self);
  Tensor from = source;
  if (overlap_of(self, source) == Overlap::partial) from = source.clone();
  apply_inplace(
      op, self, [&] { copy_elements(self, from); }, from);
  return const_cast<Tensor&>(self);
}
Tensor& fill_with(const Tensor& self, const Scalar& value, const Fill& op) {
  check(self.defined(), "fill_: tensor is undefined");
  if (LAMPAS_UNLIKELY(!self.is_contiguous() && !(self.requires_grad() && GradMode::is_enabled()))) {
    Shape once(self.sizes());  // repeated elements are written once
    for (size_t d = 0; d < once.size(); ++d)
      if (once[d] > 1 && self.strides()[d] == 0) once[d] = 1;
    if (IntArrayRef(once) != self.sizes()) {
      self.as_strided(once, self.strides(), self.storage_offset()).fill_(value);
      return const_cast<Tensor&>(self);
    }
  }
  check_no_internal_overlap("fill_", self);
  apply_inplace(op, self, [&] { fill_elements(self, value); });
  return const_cast<Tensor&>(self);
}
}  // namespace

Tensor& Tensor::copy_(const Tensor& source, bool) const { return copy_into(*this, source, {}); }

Tensor& Tensor::fill_(const Scalar& value) const { return fill_with(*this, value, {}); }
Tensor& Tensor::fill_(const Tensor& value) const {
  check(value.dim() == 0, "fill_: only supports 0-dimension value tensor but got tensor with ", value.dim(),
        " dimensions.");
  // A repeated element is written once, which only the filling by a number does.
  if (LAMPAS_UNLIKELY(!is_contiguous() && !value.requires_grad())) return fill_(value.to(scalar_type()).item());
  return copy_into(*this, value, {"fill.3"});
}
Tensor& Tensor::zero_() const {
  const Fill op{"zero"};
  if (LAMPAS_UNLIKELY(defined() && is_sparse())) {
    apply_inplace(op, *this, [&] { sparse_zero_(*this); });
    return const_cast<Tensor&>(*this);
  }
  return fill_with(*this, 0, op);
}

Tensor fill(const Tensor& x, const Scalar& value) {
  check(x.defined(), "fill: tensor is undefined");
  return x.clone().fill_(value);
}
Tensor fill(const Tensor& x, const Tensor& value) {
  check(x.defined(), "fill: tensor is undefined");
  return x.clone().fill_(value);
}
Tensor& fill_(Tensor& x, const Scalar& value) { return x.fill_(value); }
Tensor& fill_(Tensor& x, const Tensor& value) { return x.fill_(value); }
Tensor zero(const Tensor& x) {
  check(x.defined(), "zero: tensor is undefined");
  return x.clone().zero_();
}
Tensor& zero_(Tensor& x) { return x.zero_(); }

}  // namespace lampas
