// What changes or asks about a tensor's memory: set_, resize_, empty_strided, is_set_to; and the long form of to.
#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "ops/copy.h"

namespace lampas {

namespace {

int64_t extent_of(IntArrayRef sizes, IntArrayRef strides) {
  int64_t last = 0;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 0) return 0;
    int64_t span;
    check(strides[d] >= 0, "set_: negative strides are not supported, got ", strides);
    check(!__builtin_mul_overflow(sizes[d] - 1, strides[d], &span) && !__builtin_add_overflow(last, span, &last),
          "set_: sizes ", sizes, " and strides ", strides, " overflow");
  }
  return last + 1;
}

void check_settable(const Tensor& self) {
  check(self.defined(), "set_: tensor is undefined");
  check(!detail::thread_state.grad_mode || !detail::tracked(self),
        "set_: the memory of a tensor that requires grad cannot be replaced; detach() it first");
}

Tensor& set_memory(const Tensor& self, StorageImpl* storage, int64_t offset, IntArrayRef sizes, IntArrayRef given) {
  check_settable(self);
  TensorImpl& i = *self.impl();
  check(storage != nullptr, "set_: storage is undefined");
  check(offset >= 0, "set_: tensor: invalid storage offset ", offset);
  checked_numel(sizes, element_size(i.dtype), "set_");
  const Shape strides = given.empty() && !sizes.empty() ? contiguous_strides(sizes) : Shape(given);
  check(strides.size() == sizes.size(), "set_: mismatch in length of strides and shape: ", sizes, " and ", given);
  const auto item = static_cast<int64_t>(element_size(i.dtype));
  const int64_t extent = extent_of(sizes, strides);
  check(extent == 0 || (offset + extent) * item <= static_cast<int64_t>(storage->nbytes), "set_: sizes ", sizes,
        ", strides ", IntArrayRef(strides), " and storage offset ", offset, " are out of bounds for storage of size ",
        storage->nbytes, " bytes");
  const Shape own(sizes);
  i.sparse = false;
  i.replace_storage(storage);
  i.offset = offset * item;
  i.set_geometry(own, strides);
  i.bump_version();
  return const_cast<Tensor&>(self);
}

}  // namespace

Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, const TensorOptions& options) {
  check(sizes.size() == strides.size(), "empty_strided: dimensionality of sizes (", sizes.size(),
        ") must match dimensionality of strides (", strides.size(), ")");
  checked_numel(sizes, element_size(options.scalar_type()), "empty_strided");
  for (int64_t s : strides) check(s >= 0, "empty_strided: negative strides are not supported, got ", strides);
  const int64_t extent = extent_of(sizes, strides);
  checked_numel({extent}, element_size(options.scalar_type()), "empty_strided");
  const Tensor t = empty({extent}, options.requires_grad(std::nullopt));
  t.impl()->set_geometry(sizes, strides);
  if (options.requires_grad()) t.set_requires_grad(true);
  return t;
}
Tensor Tensor::new_empty_strided(IntArrayRef sizes, IntArrayRef strides, const TensorOptions& o) const {
  return empty_strided(sizes, strides, options().merge_in(o));
}

bool Tensor::is_set_to(const Tensor& o) const {
  const TensorImpl &a = get(), &b = o.get();
  return a.storage == b.storage && a.offset == b.offset && a.sizes_ref() == b.sizes_ref() &&
         a.strides_ref() == b.strides_ref();
}

Tensor& Tensor::set_() const {
  check_settable(*this);
  const Tensor none = lampas::empty({0}, TensorOptions(scalar_type()));
  return set_memory(*this, none.impl()->storage, 0, {0}, {});
}
Tensor& Tensor::set_(const Tensor& source) const {
  check(source.defined(), "set_: source is undefined");
  return set_(source, source.storage_offset(), source.sizes(), source.strides());
}
Tensor& Tensor::set_(const Tensor& source, int64_t storage_offset, IntArrayRef sizes, IntArrayRef strides) const {
  check_settable(*this);
  check(source.defined(), "set_: source is undefined");
  check(source.scalar_type() == scalar_type(), "set_: could not set tensor of type ", source.scalar_type(),
        " to a tensor of type ", scalar_type());
  return set_memory(*this, source.impl()->storage, storage_offset, sizes, strides);
}
Tensor& Tensor::set_(Storage source) const {
  check_settable(*this);
  const auto n = source ? static_cast<int64_t>(source.nbytes()) / element_size() : 0;
  return set_memory(*this, source.unsafeGetStorageImpl(), 0, {n}, {});
}
Tensor& Tensor::set_(Storage source, int64_t storage_offset, IntArrayRef sizes, IntArrayRef strides) const {
  return set_memory(*this, source.unsafeGetStorageImpl(), storage_offset, sizes, strides);
}

const Tensor& Tensor::resize_(IntArrayRef sizes, std::optional<MemoryFormat> format) const {
  resize_(sizes);
  if (format && *format != MemoryFormat::Contiguous && *format != MemoryFormat::Preserve) {
    check((*format == MemoryFormat::ChannelsLast ? 4 : 5) == static_cast<int64_t>(sizes.size()),
          "resize_: memory format needs a tensor of rank ", *format == MemoryFormat::ChannelsLast ? 4 : 5,
          ", got sizes ", sizes);
    // Channels innermost.
    Shape strides(sizes.size());
    int64_t step = 1;
    strides[1] = step;
    step *= sizes[1];
    for (size_t d = sizes.size() - 1; d >= 2; --d) {
      strides[d] = step;
      step *= sizes[d];
    }
    strides[0] = step;
    get().set_geometry(sizes, strides);
  }
  return *this;
}
const Tensor& Tensor::resize_as_(const Tensor& model, std::optional<MemoryFormat> format) const {
  check(model.defined(), "resize_as_: the template is undefined");
  return resize_(model.sizes(), format);
}

Tensor Tensor::pin_memory(std::optional<Device>) const {
  check(defined(), "pin_memory: tensor is undefined");
  fail("pin_memory: needs an accelerator, and this build of the library has no accelerator backend");
}

Tensor Tensor::to(std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device,
                  std::optional<bool> pin, bool non_blocking, bool copy, std::optional<MemoryFormat> format) const {
  return to(TensorOptions().dtype(dtype).layout(layout).device(device).pinned_memory(pin), non_blocking, copy, format);
}

std::vector<Tensor> Tensor::nonzero_numpy() const {
  const Tensor x = dim() == 0 ? unsqueeze(0) : *this;
  return lampas::where(x.ne(0));
}

}  // namespace lampas
