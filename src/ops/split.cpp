// tensor_split and its like, unfold, views as another dtype, in-place changes of geometry, *_scatter.
#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/labelled.h"
#include "ops/view.h"

namespace lampas {

namespace {

/// Windows of `size` along dim, `step` apart, in a new last dimension.
struct Unfold {
  static constexpr auto name = "unfold";
  using saves = Saves<>;
  int64_t dim, size, step;
  Shape from;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    // Every window's elements are added back where they came from.
    if (from.empty()) return {g.reshape({})};
    const int64_t count = g.size(dim);
    Tensor at;
    {
      NoGradGuard off;
      at = arange(0, count * step, step, kLong).unsqueeze(1).add(arange(size, kLong)).reshape({-1});
    }
    const Tensor flat = movedim(g, -1, dim + 1).flatten(dim, dim + 1);
    return {index_add(g.new_zeros(from), dim, at, flat)};
  }
};

void check_dims(const char* op, const Tensor& x, int64_t least) {
  check(x.defined(), op, ": tensor is undefined");
  check(x.dim() >= least, op, ": requires a tensor with at least ", least, " dimension", least > 1 ? "s" : "",
        ", but got a tensor with ", x.dim(), " dimensions");
}

std::vector<Tensor> split_evenly(const char* op, const Tensor& x, int64_t sections, int64_t dim) {
  check(sections > 0, op, ": number of sections must be larger than 0, got ", sections);
  check(x.size(dim) % sections == 0, op, ": attempted to split along dimension ", dim,
        ", but the size of the dimension ", x.size(dim), " is not divisible by the split_size ", sections, "!");
  return tensor_split(x, sections, dim);
}

/// Gives `self` the geometry and history of a view of it.
Tensor& take_geometry(const char* op, const Tensor& self, const std::function<Tensor()>& make) {
  check(self.defined(), op, ": tensor is undefined");
  check(!self.is_sparse(), op, ": not available for sparse tensors");
  detail::check_inplace(self, op);
  TensorImpl& i = *self.impl();
  const Tensor view = make();
  const TensorImpl& v = *view.impl();
  const bool recorded = v.grad_fn != nullptr;
  i.set_geometry(v.sizes_ref(), v.strides_ref());
  i.offset = v.offset;
  i.bump_version();
  if (recorded) {
    i.requires_grad = false;
    detail::set_history(self, v.grad_fn, v.output_nr);
    i.view_version = i.version();
  }
  return const_cast<Tensor&>(self);
}

}  // namespace

Tensor _reshape_alias(const Tensor& x, IntArrayRef sizes, IntArrayRef strides) { return x.as_strided(sizes, strides); }
Tensor clone(const Tensor& x, std::optional<MemoryFormat> format) { return x.clone(format); }
Tensor detach(const Tensor& x) { return x.detach(); }
Tensor concat(TensorList tensors, int64_t dim) { return cat(tensors, dim); }
Tensor concatenate(TensorList tensors, int64_t dim) { return cat(tensors, dim); }
Tensor broadcast_to(const Tensor& x, IntArrayRef sizes) { return x.expand(sizes); }

std::vector<Tensor> tensor_split(const Tensor& x, int64_t sections, int64_t dim) {
  check_dims("tensor_split", x, 1);
  check(sections > 0, "tensor_split: number of sections must be larger than 0, got ", sections);
  const int64_t d = wrap_dim(dim, x.dim(), "tensor_split"), n = x.size(d), each = n / sections, more = n % sections;
  std::vector<Tensor> parts;
  for (int64_t k = 0, at = 0; k < sections; ++k) {
    const int64_t size = each + (k < more);
    parts.push_back(slice(x, d, at, at + size, 1));
    at += size;
  }
  return parts;
}
std::vector<Tensor> tensor_split(const Tensor& x, IntArrayRef indices, int64_t dim) {
  check_dims("tensor_split", x, 1);
  const int64_t d = wrap_dim(dim, x.dim(), "tensor_split");
  std::vector<Tensor> parts;
  int64_t at = 0;
  for (int64_t end : indices) {
    parts.push_back(slice(x, d, at, end, 1));
    at = end;
  }
  parts.push_back(slice(x, d, at, x.size(d), 1));
  return parts;
}
std::vector<Tensor> tensor_split(const Tensor& x, const Tensor& given, int64_t dim) {
  check_dims("tensor_split", x, 1);
  check(given.defined() && given.scalar_type() == kLong && given.dim() <= 1,
        "tensor_split: expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor of "
        "int64, got ",
        given);
  if (given.dim() == 0) return tensor_split(x, given.item<int64_t>(), dim);
  const Tensor p = plain(given);
  return tensor_split(x, IntArrayRef(p.impl()->data_as<int64_t>(), static_cast<size_t>(p.numel())), dim);
}
std::vector<Tensor> hsplit(const Tensor& x, int64_t sections) {
  check_dims("hsplit", x, 1);
  return split_evenly("hsplit", x, sections, x.dim() == 1 ? 0 : 1);
}
std::vector<Tensor> hsplit(const Tensor& x, IntArrayRef indices) {
  check_dims("hsplit", x, 1);
  return tensor_split(x, indices, x.dim() == 1 ? 0 : 1);
}
std::vector<Tensor> vsplit(const Tensor& x, int64_t sections) {
  check_dims("vsplit", x, 2);
  return split_evenly("vsplit", x, sections, 0);
}
std::vector<Tensor> vsplit(const Tensor& x, IntArrayRef indices) {
  check_dims("vsplit", x, 2);
  return tensor_split(x, indices, 0);
}
std::vector<Tensor> dsplit(const Tensor& x, int64_t sections) {
  check_dims("dsplit", x, 3);
  return split_evenly("dsplit", x, sections, 2);
}
std::vector<Tensor> dsplit(const Tensor& x, IntArrayRef indices) {
  check_dims("dsplit", x, 3);
  return tensor_split(x, indices, 2);
}

Tensor ravel(const Tensor& x) {
  check(x.defined(), "ravel: tensor is undefined");
  return x.contiguous().view({-1});
}
Tensor narrow(const Tensor& x, int64_t dim, const Tensor& start, int64_t length) {
  check(x.defined() && start.defined(), "narrow: tensor is undefined");
  check(start.dim() == 0 && is_integral(start.scalar_type()), "narrow: start must be an 0-dim integral Tensor, got ",
        start);
  return narrow(x, dim, start.item<int64_t>(), length);
}
Tensor narrow_copy(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  check(x.defined(), "narrow_copy: tensor is undefined");
  return narrow(x, dim, start, length).clone(MemoryFormat::Contiguous);
}

Tensor unfold(const Tensor& x, int64_t dimension, int64_t size, int64_t step) {
  check(x.defined(), "unfold: tensor is undefined");
  const int64_t d = wrap_dim(dimension, x.dim(), "unfold"), n = x.dim() ? x.size(d) : 1;
  check(size >= 0 && size <= n, "unfold: maximum size for tensor at dimension ", d, " is ", n, " but size is ", size);
  check(step > 0, "unfold: step is ", step, " but must be > 0");
  const TensorImpl& i = *x.impl();
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  const int64_t stride = x.dim() ? strides[d] : 1;
  sizes.push_back(size);
  strides.push_back(stride);
  if (x.dim()) {
    sizes[d] = (n - size) / step + 1;
    strides[d] = step * stride;
  }
  return apply_view(x, view_of(x, sizes, strides), [&] { return Unfold{d, size, step, Shape(x.sizes())}; });
}

Tensor adjoint(const Tensor& x) {
  check_dims("adjoint", x, 2);
  return x.transpose(-2, -1);
}

namespace {
/// A copy of x with the part `pick` names replaced by src.
template <class Pick>
Tensor replaced(const char* op, const Tensor& x, const Tensor& src, const Pick& pick) {
  check(x.defined() && src.defined(), op, ": tensor is undefined");
  const Tensor y = x.clone();
  const Tensor part = pick(y);
  check(part.sizes() == src.sizes(), op,
        ": expected src to have a size equal to the slice of self. src size = ", src.sizes(),
        ", slice size = ", part.sizes());
  part.copy_(src);
  return y;
}
}  // namespace

Tensor slice_scatter(const Tensor& x, const Tensor& src, int64_t dim, std::optional<int64_t> start,
                     std::optional<int64_t> end, int64_t step) {
  return replaced("slice_scatter", x, src, [&](const Tensor& y) { return slice(y, dim, start, end, step); });
}
Tensor select_scatter(const Tensor& x, const Tensor& src, int64_t dim, int64_t index) {
  return replaced("select_scatter", x, src, [&](const Tensor& y) { return select(y, dim, index); });
}
Tensor diagonal_scatter(const Tensor& x, const Tensor& src, int64_t offset, int64_t dim1, int64_t dim2) {
  return replaced("diagonal_scatter", x, src, [&](const Tensor& y) { return diagonal(y, offset, dim1, dim2); });
}
Tensor as_strided_scatter(const Tensor& x, const Tensor& src, IntArrayRef sizes, IntArrayRef strides,
                          std::optional<int64_t> storage_offset) {
  return replaced("as_strided_scatter", x.contiguous(), src,
                  [&](const Tensor& y) { return as_strided(y, sizes, strides, storage_offset); });
}

Tensor Tensor::view(ScalarType dtype) const {
  const TensorImpl& i = get();
  if (dtype == i.dtype) return alias();
  check(!requires_grad() || !detail::thread_state.grad_mode,
        "view: a view with another dtype is not differentiable; detach() the tensor first");
  const auto from = static_cast<int64_t>(lampas::element_size(i.dtype)),
             to = static_cast<int64_t>(lampas::element_size(dtype));
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  if (from != to) {
    check(i.ndim > 0, "view: self.dim() cannot be 0 to view ", i.dtype, " as ", dtype, " (different element sizes)");
    const size_t last = sizes.size() - 1;
    check(strides[last] == 1 || sizes[last] == 1, "view: self.stride(-1) must be 1 to view ", i.dtype, " as ", dtype,
          " (different element sizes), but got ", strides[last]);
    if (from > to) {
      const int64_t ratio = from / to;
      sizes[last] *= ratio;
      for (int64_t& s : strides) s *= ratio;
    } else {
      const int64_t ratio = to / from;
      check(sizes[last] % ratio == 0, "view: self.size(-1) must be divisible by ", ratio, " to view ", i.dtype, " as ",
            dtype, " (different element sizes), but got ", sizes[last]);
      check(i.offset % to == 0, "view: self.storage_offset() must be divisible by ", ratio, " to view ", i.dtype,
            " as ", dtype, " (different element sizes), but got ", storage_offset());
      sizes[last] /= ratio;
      for (size_t d = 0; d < last; ++d) {
        check(strides[d] % ratio == 0, "view: self.stride(", d, ") must be divisible by ", ratio, " to view ", i.dtype,
              " as ", dtype, " (different element sizes), but got ", strides[d]);
        strides[d] /= ratio;
      }
    }
    strides[last] = 1;
  }
  const Tensor y = adopt(detail::new_over(i.storage, sizes, strides, i.offset, dtype));
  i.storage->expose();
  return y;
}

Tensor& Tensor::squeeze_() const {
  return take_geometry("squeeze_", *this, [&] { return squeeze_as("squeeze.2", *this); });
}
Tensor& Tensor::squeeze_(int64_t dim) const {
  return take_geometry("squeeze_", *this, [&] { return squeeze_as("squeeze.3", *this, dim); });
}
Tensor& Tensor::unsqueeze_(int64_t dim) const {
  return take_geometry("unsqueeze_", *this, [&] { return unsqueeze_as("unsqueeze.1", *this, dim); });
}
Tensor& Tensor::transpose_(int64_t dim0, int64_t dim1) const {
  return take_geometry("transpose_", *this, [&] { return transpose_as("transpose.1", *this, dim0, dim1); });
}
Tensor& Tensor::t_() const {
  return take_geometry("t_", *this, [&] { return t_as("t.1", *this); });
}
Tensor& Tensor::swapaxes_(int64_t axis0, int64_t axis1) const { return transpose_(axis0, axis1); }
Tensor& Tensor::swapdims_(int64_t dim0, int64_t dim1) const { return transpose_(dim0, dim1); }
const Tensor& Tensor::as_strided_(IntArrayRef sizes, IntArrayRef strides, std::optional<int64_t> offset) const {
  return take_geometry("as_strided_", *this,
                       [&] { return as_strided_as("as_strided.1", *this, sizes, strides, offset); });
}

std::vector<Tensor> Tensor::unsafe_chunk(int64_t chunks, int64_t dim) const { return chunk(chunks, dim); }
std::vector<Tensor> Tensor::unsafe_split(int64_t split_size, int64_t dim) const { return split(split_size, dim); }
std::vector<Tensor> Tensor::unsafe_split_with_sizes(IntArrayRef split_sizes, int64_t dim) const {
  return split(split_sizes, dim);
}
std::vector<Tensor> Tensor::tensor_split(int64_t sections, int64_t dim) const {
  return lampas::tensor_split(*this, sections, dim);
}
std::vector<Tensor> Tensor::tensor_split(IntArrayRef indices, int64_t dim) const {
  return lampas::tensor_split(*this, indices, dim);
}
std::vector<Tensor> Tensor::tensor_split(const Tensor& given, int64_t dim) const {
  return lampas::tensor_split(*this, given, dim);
}
std::vector<Tensor> Tensor::hsplit(int64_t sections) const { return lampas::hsplit(*this, sections); }
std::vector<Tensor> Tensor::hsplit(IntArrayRef indices) const { return lampas::hsplit(*this, indices); }
std::vector<Tensor> Tensor::vsplit(int64_t sections) const { return lampas::vsplit(*this, sections); }
std::vector<Tensor> Tensor::vsplit(IntArrayRef indices) const { return lampas::vsplit(*this, indices); }
std::vector<Tensor> Tensor::dsplit(int64_t sections) const { return lampas::dsplit(*this, sections); }
std::vector<Tensor> Tensor::dsplit(IntArrayRef indices) const { return lampas::dsplit(*this, indices); }
Tensor Tensor::unfold(int64_t dimension, int64_t size, int64_t step) const {
  return lampas::unfold(*this, dimension, size, step);
}
Tensor Tensor::ravel() const { return lampas::ravel(*this); }
Tensor Tensor::narrow(int64_t dim, const Tensor& start, int64_t length) const {
  return lampas::narrow(*this, dim, start, length);
}
Tensor Tensor::narrow_copy(int64_t dim, int64_t start, int64_t length) const {
  return lampas::narrow_copy(*this, dim, start, length);
}
Tensor Tensor::broadcast_to(IntArrayRef sizes) const { return expand(sizes); }
Tensor Tensor::mT() const { return lampas::adjoint(*this); }
Tensor Tensor::mH() const { return lampas::adjoint(*this); }
Tensor Tensor::adjoint() const { return lampas::adjoint(*this); }
Tensor Tensor::numpy_T() const {
  Shape order;
  for (int64_t d = dim() - 1; d >= 0; --d) order.push_back(d);
  return permute(order);
}
Tensor Tensor::matrix_H() const {
  check(dim() == 2 || dim() == 0, "matrix_H: is only supported on matrices (2-D tensors). Got ", dim(), "-D tensor.");
  return dim() == 0 ? alias() : transpose(0, 1);
}
Tensor Tensor::slice_scatter(const Tensor& src, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end,
                             int64_t step) const {
  return lampas::slice_scatter(*this, src, dim, start, end, step);
}
Tensor Tensor::select_scatter(const Tensor& src, int64_t dim, int64_t index) const {
  return lampas::select_scatter(*this, src, dim, index);
}
Tensor Tensor::diagonal_scatter(const Tensor& src, int64_t offset, int64_t dim1, int64_t dim2) const {
  return lampas::diagonal_scatter(*this, src, offset, dim1, dim2);
}
Tensor Tensor::as_strided_scatter(const Tensor& src, IntArrayRef sizes, IntArrayRef strides,
                                  std::optional<int64_t> storage_offset) const {
  return lampas::as_strided_scatter(*this, src, sizes, strides, storage_offset);
}

}  // namespace lampas
