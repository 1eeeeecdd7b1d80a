// empty, zeros, ones, full, arange, linspace, eye, from_blob and their *_like and new_* forms.
#include "lampas/ops/factories.h"

#include <cmath>

#include "autograd/thread_state.h"
#include "lampas/ops/sparse.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

namespace {

Tensor finish(Tensor t, const TensorOptions& o) {
  if (o.requires_grad()) t.set_requires_grad(true);
  return t;
}

void check_options(const char* op, const TensorOptions& o) {
  check(o.device().is_cpu(), op, ": device ", o.device(),
        " is not available: this build of the library has no accelerator backend");
  check(o.layout() == kStrided, op, ": layout ", o.layout(), " is not supported here; expected Strided");
}

Tensor make(const char* op, IntArrayRef sizes, ScalarType dtype, const TensorOptions& o,
            std::optional<MemoryFormat> format = {}) {
  check_options(op, o);
  check(sizes.size() <= kMaxDims, op, ": at most ", kMaxDims, " dimensions, got ", sizes.size());
  const int64_t n = checked_numel(sizes, element_size(dtype), op);
  Tensor t = Tensor::adopt(detail::new_impl(sizes, n, dtype, kCPU));
  const auto f = format ? format : o.memory_format_opt();
  check(f != MemoryFormat::Preserve, op, ": memory format Preserve needs a tensor to take it from");
  if (f == MemoryFormat::ChannelsLast) {
    check(sizes.size() == 4, op, ": required rank 4 tensor to use channels_last format, got sizes ", sizes);
    t.impl()->set_geometry(sizes, {sizes[1] * sizes[2] * sizes[3], 1, sizes[1] * sizes[3], sizes[1]});
  } else if (f == MemoryFormat::ChannelsLast3d) {
    check(sizes.size() == 5, op, ": required rank 5 tensor to use channels_last_3d format, got sizes ", sizes);
    const int64_t c = sizes[1];
    t.impl()->set_geometry(sizes, {c * sizes[2] * sizes[3] * sizes[4], 1, sizes[3] * sizes[4] * c, sizes[4] * c, c});
  }
  return t;
}

/// Fills a fresh tensor without history.
Tensor filled(Tensor t, const Scalar& v, const TensorOptions& o) {
  detail::NoRecord off;
  t.fill_(v);
  t.impl()->storage->version.store(0, std::memory_order_relaxed);
  return finish(std::move(t), o);
}

Tensor make_like(const char* op, const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  check(x.defined(), op, ": input is undefined");
  const ScalarType dtype = o.dtype_opt().value_or(x.scalar_type());
  const auto f = format ? format : o.memory_format_opt();
  check_options(op, o);
  if (!f || *f == MemoryFormat::Preserve) return empty_as(x, dtype);
  return make(op, x.sizes(), dtype, o.memory_format(std::nullopt), f);
}

ScalarType dtype_of_value(const Scalar& v) {
  return v.isBoolean() ? kBool : v.isIntegral(false) ? kLong : v.isComplex() ? kComplexFloat : get_default_dtype();
}

}  // namespace

Tensor empty(IntArrayRef sizes, const TensorOptions& o, std::optional<MemoryFormat> format) {
  if (LAMPAS_UNLIKELY(o.is_sparse())) return sparse_coo_tensor(sizes, o);
  return finish(make("empty", sizes, o.scalar_type(), o, format), o);
}
Tensor zeros(IntArrayRef sizes, const TensorOptions& o) {
  if (LAMPAS_UNLIKELY(o.is_sparse())) return sparse_coo_tensor(sizes, o);
  return filled(make("zeros", sizes, o.scalar_type(), o), 0, o);
}
Tensor ones(IntArrayRef sizes, const TensorOptions& o) { return filled(make("ones", sizes, o.scalar_type(), o), 1, o); }
Tensor full(IntArrayRef sizes, const Scalar& v, const TensorOptions& o) {
  return filled(make("full", sizes, o.dtype_opt().value_or(dtype_of_value(v)), o), v, o);
}
Tensor scalar_tensor(const Scalar& v, const TensorOptions& o) {
  return filled(make("scalar_tensor", {}, o.scalar_type(), o), v, o);
}

Tensor empty_like(const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return finish(make_like("empty_like", x, o, format), o);
}
Tensor zeros_like(const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return filled(make_like("zeros_like", x, o, format), 0, o);
}
Tensor ones_like(const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return filled(make_like("ones_like", x, o, format), 1, o);
}
Tensor full_like(const Tensor& x, const Scalar& v, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return filled(make_like("full_like", x, o, format), v, o);
}

Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, const TensorOptions& o) {
  const bool integral = start.isIntegral(true) && end.isIntegral(true) && step.isIntegral(true);
  const ScalarType dtype = o.dtype_opt().value_or(integral ? kLong : get_default_dtype());
  const double a = start.toDouble(), b = end.toDouble(), s = step.toDouble();
  check(s != 0, "arange: step must be nonzero");
  check(std::isfinite(a) && std::isfinite(b), "arange: unsupported range: ", a, " -> ", b);
  check((s > 0 && b >= a) || (s < 0 && b <= a),
        "arange: upper bound and larger bound inconsistent with step sign: start ", start, ", end ", end, ", step ",
        step);
  double count;
  if (integral) {
    const int64_t lo = start.toLong(), hi = end.toLong(), st = step.toLong();
    const __int128 span = static_cast<__int128>(hi) - lo;
    count = static_cast<double>((span + st - (st > 0 ? 1 : -1)) / st);
  } else {
    count = std::ceil((b - a) / s);
  }
  check(count >= 0 && count <= 9.2e18, "arange: invalid size, possible overflow");
  Tensor t = make("arange", {static_cast<int64_t>(count)}, dtype, o);
  const int64_t n = t.numel();
  if (is_integral(dtype)) {
    const int64_t lo = start.toLong(), st = step.toLong();
    Tensor wide = dtype == kLong ? t : empty_of(t, t.sizes(), kLong);
    auto* p = wide.data_ptr<int64_t>();
    for (int64_t k = 0; k < n; ++k)
      p[k] = static_cast<int64_t>(static_cast<uint64_t>(lo) + static_cast<uint64_t>(k) * static_cast<uint64_t>(st));
    if (dtype != kLong) copy_elements(t, wide);
  } else if (dtype == kFloat) {
    // PyTorch accumulates in the accumulation type of the dtype (double for float), then rounds once.
    auto* p = t.data_ptr<float>();
    for (int64_t k = 0; k < n; ++k) p[k] = static_cast<float>(a + s * static_cast<double>(k));
  } else {
    Tensor wide = dtype == kDouble ? t : empty_of(t, t.sizes(), kDouble);
    auto* p = wide.data_ptr<double>();
    for (int64_t k = 0; k < n; ++k) p[k] = a + s * static_cast<double>(k);
    if (dtype != kDouble) copy_elements(t, wide);
  }
  return finish(std::move(t), o);
}
Tensor arange(const Scalar& end, const TensorOptions& o) { return arange(0, end, 1, o); }
Tensor arange(const Scalar& start, const Scalar& end, const TensorOptions& o) { return arange(start, end, 1, o); }

Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, const TensorOptions& o) {
  check(steps >= 0, "linspace: number of steps must be non-negative, got ", steps);
  check_number(start, o.scalar_type());
  check_number(end, o.scalar_type());
  Tensor t = make("linspace", {steps}, o.scalar_type(), o);
  const double a = start.toDouble(), b = end.toDouble();
  const int64_t half = steps / 2;
  // From both ends towards the middle, so that the ends are exact; in the dtype's own precision, as PyTorch.
  if (o.scalar_type() == kFloat) {
    auto* p = t.data_ptr<float>();
    const float fa = static_cast<float>(a), fb = static_cast<float>(b),
                step = steps > 1 ? (fb - fa) / static_cast<float>(steps - 1) : 0;
    for (int64_t k = 0; k < steps; ++k)
      p[k] = k < half     ? fa + step * static_cast<float>(k)
             : steps == 1 ? fa
                          : fb - step * static_cast<float>(steps - 1 - k);
  } else {
    Tensor wide = o.scalar_type() == kDouble ? t : empty_of(t, t.sizes(), kDouble);
    auto* p = wide.data_ptr<double>();
    const double step = steps > 1 ? (b - a) / static_cast<double>(steps - 1) : 0;
    for (int64_t k = 0; k < steps; ++k)
      p[k] = k < half     ? a + step * static_cast<double>(k)
             : steps == 1 ? a
                          : b - step * static_cast<double>(steps - 1 - k);
    if (o.scalar_type() != kDouble) copy_elements(t, wide);
  }
  return finish(std::move(t), o);
}

Tensor eye(int64_t n, int64_t m, const TensorOptions& o) {
  check(n >= 0, "eye: n must be greater or equal to 0, got ", n);
  check(m >= 0, "eye: m must be greater or equal to 0, got ", m);
  Tensor t = zeros({n, m}, o.requires_grad(std::nullopt));
  detail::NoRecord off;
  if (n && m) t.diagonal().fill_(1);
  t.impl()->storage->version.store(0, std::memory_order_relaxed);
  return finish(std::move(t), o);
}
Tensor eye(int64_t n, const TensorOptions& o) { return eye(n, n, o); }

Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, const std::function<void(void*)>& deleter,
                 const TensorOptions& o) {
  check_options("from_blob", o);
  check(sizes.size() == strides.size(), "from_blob: sizes ", sizes, " and strides ", strides, " differ in length");
  const ScalarType dtype = o.scalar_type();
  const int64_t n = checked_numel(sizes, element_size(dtype), "from_blob");
  check(data != nullptr || n == 0, "from_blob: data is null but sizes ", sizes, " ask for ", n, " elements");
  int64_t extent = n ? 1 : 0;
  for (size_t d = 0; n && d < sizes.size(); ++d) {
    check(strides[d] >= 0, "from_blob: negative strides are not supported, got ", strides);
    extent += (sizes[d] - 1) * strides[d];
  }
  auto* s = new StorageImpl;
  s->data = data;
  s->nbytes = static_cast<size_t>(extent) * element_size(dtype);
  s->resizable = false;
  s->expose();
  if (deleter) {
    s->context = new std::function<void(void*)>(deleter);
    s->deleter = [](StorageImpl& self) {
      auto* f = static_cast<std::function<void(void*)>*>(self.context);
      (*f)(self.data);
      delete f;
    };
  }
  const StoragePtr owner = StoragePtr::adopt(s);
  return finish(Tensor::adopt(detail::new_over(s, sizes, strides, 0, dtype)), o);
}
Tensor from_blob(void* data, IntArrayRef sizes, const TensorOptions& o) {
  checked_numel(sizes, 1, "from_blob");
  return from_blob(data, sizes, contiguous_strides(sizes), nullptr, o);
}
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, const TensorOptions& o) {
  return from_blob(data, sizes, strides, nullptr, o);
}
Tensor from_blob(void* data, IntArrayRef sizes, const std::function<void(void*)>& deleter, const TensorOptions& o) {
  checked_numel(sizes, 1, "from_blob");
  return from_blob(data, sizes, contiguous_strides(sizes), deleter, o);
}

Tensor Tensor::new_empty(IntArrayRef sizes, const TensorOptions& o) const {
  return empty(sizes, options().merge_in(o));
}
Tensor Tensor::new_zeros(IntArrayRef sizes, const TensorOptions& o) const {
  return zeros(sizes, options().merge_in(o));
}
Tensor Tensor::new_ones(IntArrayRef sizes, const TensorOptions& o) const { return ones(sizes, options().merge_in(o)); }
Tensor Tensor::new_full(IntArrayRef sizes, const Scalar& v, const TensorOptions& o) const {
  return full(sizes, v, options().merge_in(o));
}

Tensor& Tensor::resize_(IntArrayRef sizes) const {
  TensorImpl& i = get();
  check(!requires_grad(), "resize_: cannot resize variables that require grad");
  check(!i.sparse, "resize_: not available for sparse tensors");
  const int64_t n = checked_numel(sizes, lampas::element_size(i.dtype), "resize_");
  const size_t bytes = static_cast<size_t>(n) * lampas::element_size(i.dtype) + static_cast<size_t>(i.offset);
  if (bytes > i.storage->nbytes) {
    check(i.storage->resizable, "resize_: trying to resize storage that is not resizable");
    StoragePtr bigger = allocate_storage(bytes, i.device);
    if (i.numel) {
      i.data();  // unpacks
      std::memcpy(bigger->data, i.storage->data, i.storage->nbytes);
    }
    bigger->version.store(i.version(), std::memory_order_relaxed);
    i.replace_storage(bigger.get());
  }
  if (i.contiguous && i.sizes_ref() == sizes) return const_cast<Tensor&>(*this);
  i.set_contiguous(sizes);
  i.bump_version();
  return const_cast<Tensor&>(*this);
}

}  // namespace lampas
