// Views of a part of a tensor: select, slice, narrow, unbind, split, chunk, diagonal, as_strided.
#include <algorithm>

#include "autograd/op.h"
#include "lampas/ops/shape.h"
#include "ops/labelled.h"
#include "ops/view.h"

namespace lampas {

namespace {

struct Select {
  static constexpr auto name = "select";
  using saves = Saves<>;
  int64_t dim, index;
  Shape from;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Tensor d = g.new_zeros(from);
    d.select(dim, index).copy_(g);
    return {d};
  }
};

struct Slice {
  static constexpr auto name = "slice";
  using saves = Saves<>;
  int64_t dim, start, length, step;
  Shape from;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Tensor d = g.new_zeros(from);
    if (length > 0) d.slice(dim, start, start + (length - 1) * step + 1, step).copy_(g);
    return {d};
  }
};

struct Diagonal {
  static constexpr auto name = "diagonal";
  using saves = Saves<>;
  int64_t offset, dim1, dim2;
  Shape from;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Tensor d = g.new_zeros(from);
    d.diagonal(offset, dim1, dim2).copy_(g);
    return {d};
  }
};

/// The general view. Several elements of the result may share one of the input (stride 0 or overlapping windows): the
/// gradient then sums them, by writing through an index of storage positions.
struct AsStrided {
  static constexpr auto name = "as_strided";
  using saves = Saves<>;
  const char* label;
  Shape sizes, strides;
  int64_t offset;
  Shape base_sizes, base_strides;
  int64_t base_offset;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    // Positions in a buffer that covers every element either side touches.
    int64_t lo = std::min(offset, base_offset), hi = lo;
    auto cover = [&](IntArrayRef sz, IntArrayRef st, int64_t at) {
      if (numel_of(sz) == 0) return;
      for (size_t d = 0; d < sz.size(); ++d) at += (sz[d] - 1) * st[d];
      hi = std::max(hi, at + 1);
    };
    cover(sizes, strides, offset);
    cover(base_sizes, base_strides, base_offset);
    Tensor buffer = g.new_zeros({hi - lo});
    Tensor where = buffer.new_empty({hi - lo}, TensorOptions(kLong));
    int64_t* p = where.data_ptr<int64_t>();
    for (int64_t k = 0; k < hi - lo; ++k) p[k] = k;
    buffer = buffer.scatter_add_(0, where.as_strided(sizes, strides, offset - lo).reshape({-1}), g.reshape({-1}));
    Tensor d = buffer.as_strided(base_sizes, base_strides, base_offset - lo);
    return {d};
  }
};

/// unbind and split: one node gets the gradients of all parts and joins them, so that backward costs one pass however
/// many parts there are.
struct Parts final : Node, detail::CachedNode<Parts> {
  using CachedNode<Parts>::operator new;
  using CachedNode<Parts>::operator delete;
  const char* op;
  int64_t dim;
  std::vector<int64_t> lengths;  // along dim
  bool dropped;                  // the parts lack the dimension
  Shape from;
  Edge next;
  std::vector<Tensor> sums;

  Parts(const char* name, const Tensor& x, int64_t d, IntArrayRef each, bool drop)
      : Node(static_cast<uint32_t>(each.size()), 1, &next, nullptr),
        op(name),
        dim(d),
        lengths(each.begin(), each.end()),
        dropped(drop),
        from(x.sizes()),
        next(detail::edge_of(x)),
        sums(each.size()) {
    slots = sums.data();
  }
  std::string name() const override { return detail::node_name(op); }
  void dispose() noexcept override { delete this; }
  void run(Tensor* g, const bool*, Tensor* out) override {
    const Tensor* some = std::find_if(g, g + lengths.size(), [](const Tensor& t) { return t.defined(); });
    if (some == g + lengths.size()) return;
    std::vector<Tensor> all(lengths.size());
    Shape sizes(from);
    for (size_t k = 0; k < all.size(); ++k) {
      sizes[dim] = lengths[k];
      if (g[k].defined())
        all[k] = dropped ? g[k].unsqueeze(dim) : g[k];
      else
        all[k] = some->new_zeros(sizes);
    }
    out[0] = cat(all, dim);
  }
};

/// Consecutive parts along `d`. Nobody may write to one in place where gradients flow: the others' history could not
/// follow.
std::vector<Tensor> parts_of(const char* op, const Tensor& x, int64_t d, IntArrayRef lengths, bool dropped) {
  const TensorImpl& i = *x.impl();
  const bool recorded = !lengths.empty() && detail::thread_state.grad_mode && detail::tracked(x);
  NodePtr node;
  if (recorded) node = NodePtr::adopt(new Parts(op, x, d, lengths, dropped));
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  const int64_t step = strides[d] * static_cast<int64_t>(element_size(i.dtype));
  if (dropped) {
    sizes.erase(d);
    strides.erase(d);
  }
  std::vector<Tensor> parts;
  parts.reserve(lengths.size());
  int64_t at = 0;
  for (size_t k = 0; k < lengths.size(); ++k) {
    if (!dropped) sizes[d] = lengths[k];
    const Tensor y = Tensor::adopt(detail::new_alias(i, sizes, strides, i.offset + (lengths[k] ? at : 0) * step));
    detail::link_view(x, y, recorded, ViewKind::multi_output);
    if (recorded && is_differentiable(i.dtype)) detail::set_history(y, node.get(), static_cast<uint32_t>(k));
    at += lengths[k];
    parts.push_back(y);
  }
  return parts;
}
/// The same as views that know nothing of one another.
std::vector<Tensor> slices_of(const Tensor& x, int64_t d, IntArrayRef lengths) {
  std::vector<Tensor> parts;
  int64_t at = 0;
  for (int64_t n : lengths) {
    parts.push_back(slice(x, d, at, at + n, 1));
    at += n;
  }
  return parts;
}

int64_t split_dim(const Tensor& x, int64_t dim) {
  check(x.dim() > 0, "split: expects at least a 1-dimensional tensor");
  return wrap_dim(dim, x.dim(), "split");
}
std::vector<int64_t> lengths_of(int64_t n, int64_t split_size) {
  check(split_size >= 0, "split: expects split_size be non-negative, but got split_size=", split_size);
  check(split_size > 0 || n == 0, "split: split_size can only be 0 if dimension size is 0, but got dimension size of ",
        n);
  if (n == 0) return {0};
  std::vector<int64_t> lengths;
  for (int64_t k = 0; k < n; k += std::min(split_size, n - k)) lengths.push_back(std::min(split_size, n - k));
  return lengths;
}
void check_lengths(const Tensor& x, int64_t d, IntArrayRef split_sizes) {
  int64_t at = 0;
  for (int64_t s : split_sizes) {
    check(s >= 0, "split: expects split_sizes have only non-negative entries, but got split_sizes=", split_sizes);
    at = s > INT64_MAX - at ? INT64_MAX : at + s;
  }
  check(at == x.size(d), "split: expects split_sizes to sum exactly to ", x.size(d),
        " (input tensor's size at dimension ", d, "), but got split_sizes=", split_sizes);
}
std::vector<int64_t> chunk_lengths(const Tensor& x, int64_t chunks, int64_t dim, int64_t& d) {
  check(x.dim() > 0, "chunk: expects at least a 1-dimensional tensor");
  check(chunks > 0, "chunk: expects `chunks` to be greater than 0, got: ", chunks);
  check(chunks <= INT32_MAX, "chunk: expects `chunks` to be at most ", INT32_MAX, ", got: ", chunks);
  d = wrap_dim(dim, x.dim(), "chunk");
  const int64_t n = x.size(d);
  // A dimension of size zero still gives the number of chunks asked for.
  return n == 0 ? std::vector<int64_t>(static_cast<size_t>(chunks)) : lengths_of(n, (n - 1) / chunks + 1);
}

}  // namespace

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  check_index(x.dim() > 0, "select: select() cannot be applied to a 0-dim tensor");
  const int64_t d = wrap_dim(dim, x.dim(), "select"), n = x.size(d);
  check_index(index >= -n && index < n, "select: index ", index, " out of range for tensor of size ", x.sizes(),
              " at dimension ", dim);
  const int64_t at = index < 0 ? index + n : index;
  const TensorImpl& i = *x.impl();
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  const int64_t offset = i.offset + at * strides[d] * static_cast<int64_t>(element_size(i.dtype));
  sizes.erase(d);
  strides.erase(d);
  return apply_view(x, Tensor::adopt(detail::new_alias(i, sizes, strides, offset)), [&] {
    return Select{d, at, Shape(x.sizes())};
  });
}

Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) {
  check_index(x.dim() > 0, "slice: slice() cannot be applied to a 0-dim tensor.");
  const int64_t d = wrap_dim(dim, x.dim(), "slice"), n = x.size(d);
  check(step > 0, "slice: slice step must be positive, got ", step);
  auto clamp = [n](int64_t v) { return std::min(n, std::max<int64_t>(0, v < 0 ? v + n : v)); };
  const int64_t from = clamp(start.value_or(0)), to = std::max(from, clamp(end.value_or(n)));
  const int64_t length = to == from ? 0 : (to - from - 1) / step + 1;
  const TensorImpl& i = *x.impl();
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  const int64_t offset = i.offset + (length ? from : 0) * strides[d] * static_cast<int64_t>(element_size(i.dtype));
  sizes[d] = length;
  // A step beyond the end is the same as any other.
  if (strides[d] == 0 || step <= INT64_MAX / std::abs(strides[d])) strides[d] *= step;
  return apply_view(x, Tensor::adopt(detail::new_alias(i, sizes, strides, offset)), [&] {
    return Slice{d, from, length, step, Shape(x.sizes())};
  });
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  check(x.dim() > 0, "narrow: narrow() cannot be applied to a 0-dim tensor.");
  const int64_t d = wrap_dim(dim, x.dim(), "narrow"), n = x.size(d);
  check(length >= 0, "narrow: length must be non-negative, got ", length);
  check_index(start >= -n && start <= n, "narrow: start ", start, " out of range for size ", n);
  const int64_t from = start < 0 ? start + n : start;
  check(from <= n - length, "narrow: start (", start, ") + length (", length, ") exceeds dimension size (", n, ").");
  return slice(x, d, from, from + length, 1);
}

std::vector<Tensor> unbind(const Tensor& x, int64_t dim) {
  check(x.dim() > 0, "unbind: input must have at least one dimension");
  const int64_t d = wrap_dim(dim, x.dim(), "unbind");
  const std::vector<int64_t> lengths(static_cast<size_t>(x.size(d)), 1);
  return parts_of("unbind", x, d, lengths, true);
}

std::vector<Tensor> split(const Tensor& x, int64_t split_size, int64_t dim) {
  const int64_t d = split_dim(x, dim);
  return parts_of("split", x, d, lengths_of(x.size(d), split_size), false);
}

std::vector<Tensor> split(const Tensor& x, IntArrayRef split_sizes, int64_t dim) {
  const int64_t d = split_dim(x, dim);
  check_lengths(x, d, split_sizes);
  return parts_of("split_with_sizes", x, d, split_sizes, false);
}

std::vector<Tensor> split_with_sizes(const Tensor& x, IntArrayRef split_sizes, int64_t dim) {
  return split(x, split_sizes, dim);
}

std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim) {
  int64_t d;
  const std::vector<int64_t> lengths = chunk_lengths(x, chunks, dim, d);
  return parts_of("split", x, d, lengths, false);
}

std::vector<Tensor> unsafe_split(const Tensor& x, int64_t split_size, int64_t dim) {
  const int64_t d = split_dim(x, dim);
  return slices_of(x, d, lengths_of(x.size(d), split_size));
}
std::vector<Tensor> unsafe_split_with_sizes(const Tensor& x, IntArrayRef split_sizes, int64_t dim) {
  const int64_t d = split_dim(x, dim);
  check_lengths(x, d, split_sizes);
  return slices_of(x, d, split_sizes);
}
std::vector<Tensor> unsafe_chunk(const Tensor& x, int64_t chunks, int64_t dim) {
  int64_t d;
  const std::vector<int64_t> lengths = chunk_lengths(x, chunks, dim, d);
  return slices_of(x, d, lengths);
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  const int64_t a = wrap_dim(dim1, x.dim(), "diagonal"), b = wrap_dim(dim2, x.dim(), "diagonal");
  check(a != b, "diagonal: diagonal dimensions cannot be identical ", dim1, ", ", dim2);
  const TensorImpl& i = *x.impl();
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  const int64_t rows = sizes[a], cols = sizes[b], s1 = strides[a], s2 = strides[b];
  offset = std::clamp(offset, -rows, cols);  // beyond them there is nothing
  const int64_t n = std::max<int64_t>(0, offset >= 0 ? std::min(rows, cols - offset) : std::min(rows + offset, cols));
  const int64_t skip = n == 0 ? 0 : offset >= 0 ? offset * s2 : -offset * s1;
  const int64_t hi = std::max(a, b), lo = std::min(a, b);
  sizes.erase(hi), strides.erase(hi), sizes.erase(lo), strides.erase(lo);
  sizes.push_back(n);
  strides.push_back(s1 + s2);
  const int64_t at = i.offset + skip * static_cast<int64_t>(element_size(i.dtype));
  return apply_view(x, Tensor::adopt(detail::new_alias(i, sizes, strides, at)), [&] {
    return Diagonal{offset, a, b, Shape(x.sizes())};
  });
}

Tensor as_strided_as(const char* label, const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
                     std::optional<int64_t> storage_offset) {
  check(sizes.size() == strides.size(), "as_strided: mismatch in length of strides and shape: ", sizes, " and ",
        strides);
  const int64_t numel = checked_numel(sizes, x.element_size(), "as_strided"),
                offset = storage_offset.value_or(x.storage_offset());
  check(offset >= 0, "as_strided: storage_offset must be non-negative, got ", offset);
  const int64_t held = static_cast<int64_t>(x.impl()->storage->nbytes) / x.element_size();
  int64_t last = offset;
  for (size_t d = 0; d < sizes.size(); ++d) {
    check(strides[d] >= 0, "as_strided: negative strides are not supported, got ", strides);
    int64_t span;
    check(!__builtin_mul_overflow(std::max<int64_t>(sizes[d] - 1, 0), strides[d], &span) &&
              !__builtin_add_overflow(last, span, &last),
          "as_strided: sizes ", sizes, " and strides ", strides, " overflow");
  }
  check(numel == 0 || last < held, "as_strided: setStorage: sizes ", sizes, ", strides ", strides, ", storage offset ",
        offset, " are out of bounds for storage of ", held, " elements");
  return apply_view(x, view_of(x, sizes, strides, offset), [&] {
    return AsStrided{
        label, Shape(sizes), Shape(strides), offset, Shape(x.sizes()), Shape(x.strides()), x.storage_offset()};
  });
}
Tensor as_strided(const Tensor& x, IntArrayRef sizes, IntArrayRef strides, std::optional<int64_t> storage_offset) {
  return as_strided_as("as_strided", x, sizes, strides, storage_offset);
}

Tensor Tensor::select(int64_t dim, int64_t index) const { return lampas::select(*this, dim, index); }
Tensor Tensor::slice(int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) const {
  return lampas::slice(*this, dim, start, end, step);
}
Tensor Tensor::narrow(int64_t dim, int64_t start, int64_t length) const {
  return lampas::narrow(*this, dim, start, length);
}
std::vector<Tensor> Tensor::unbind(int64_t dim) const { return lampas::unbind(*this, dim); }
std::vector<Tensor> Tensor::split(int64_t split_size, int64_t dim) const {
  return lampas::split(*this, split_size, dim);
}
std::vector<Tensor> Tensor::split(IntArrayRef split_sizes, int64_t dim) const {
  return lampas::split(*this, split_sizes, dim);
}
std::vector<Tensor> Tensor::split_with_sizes(IntArrayRef split_sizes, int64_t dim) const {
  return lampas::split(*this, split_sizes, dim);
}
std::vector<Tensor> Tensor::chunk(int64_t chunks, int64_t dim) const { return lampas::chunk(*this, chunks, dim); }
Tensor Tensor::diagonal(int64_t offset, int64_t dim1, int64_t dim2) const {
  return lampas::diagonal(*this, offset, dim1, dim2);
}
Tensor Tensor::as_strided(IntArrayRef sizes, IntArrayRef strides, std::optional<int64_t> storage_offset) const {
  return lampas::as_strided(*this, sizes, strides, storage_offset);
}

}  // namespace lampas
