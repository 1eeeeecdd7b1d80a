// Views that regroup or relabel dimensions: view, reshape, flatten, permute, transpose, expand, squeeze, unsqueeze,
// alias.
#include "ops/view.h"

#include "autograd/op.h"
#include "lampas/ops/shape.h"
#include "ops/defined.h"
#include "ops/labelled.h"

namespace lampas {

namespace {

/// view, reshape, squeeze, unsqueeze and alias: the same elements in the same order.
struct View {
  static constexpr auto name = "view";
  using saves = Saves<>;
  const char* label;
  Shape from;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.reshape(from)}; }
};

struct Permute {
  static constexpr auto name = "permute";
  using saves = Saves<>;
  Shape dims;  // in [0, rank)
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Shape inverse(dims.size());
    for (size_t k = 0; k < dims.size(); ++k) inverse[dims[k]] = static_cast<int64_t>(k);
    return {g.permute(inverse)};
  }
};

struct Transpose {
  static constexpr auto name = "transpose";
  using saves = Saves<>;
  const char* label;  // transpose or t
  int64_t a, b;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.transpose(a, b)}; }
};

struct Expand {
  static constexpr auto name = "expand";
  using saves = Saves<>;
  Shape from;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.sum_to_size(from)}; }
};

Tensor viewed(const char* label, const Tensor& x, IntArrayRef sizes, IntArrayRef strides) {
  return apply_view(x, view_of(x, sizes, strides), [&] { return View{label, Shape(x.sizes())}; });
}

Tensor transposed(const char* label, const Tensor& x, int64_t a, int64_t b) {
  if (a == b) return viewed(label, x, x.sizes(), x.strides());
  Shape sizes(x.sizes()), strides(x.strides());
  std::swap(sizes[a], sizes[b]);
  std::swap(strides[a], strides[b]);
  return apply_view(x, view_of(x, sizes, strides), [&] { return Transpose{label, a, b}; });
}

Tensor view_as_sizes(const Tensor& x, IntArrayRef wanted, const char* op) {
  const Shape sizes = infer_size(wanted, x.numel(), op);
  if (LAMPAS_LIKELY(x.impl()->contiguous)) return viewed("view", x, sizes, contiguous_strides(sizes));
  Shape strides;
  check(view_strides(x.sizes(), x.strides(), sizes, strides), op,
        ": view size is not compatible with input tensor's size ", x.sizes(), " and stride ", x.strides(),
        " (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.");
  return viewed("view", x, sizes, strides);
}

}  // namespace

Tensor Tensor::view(IntArrayRef sizes) const {
  check_defined("view", *this, "tensor");
  return view_as_sizes(*this, sizes, "view");
}
Tensor Tensor::view_as(const Tensor& other) const { return view(other.sizes()); }

Tensor reshape(const Tensor& x, IntArrayRef wanted) {
  check_defined("reshape", x);
  const Shape sizes = infer_size(wanted, x.numel(), "reshape");
  Shape strides;
  if (view_strides(x.sizes(), x.strides(), sizes, strides)) return viewed("reshape_alias", x, sizes, strides);
  return unsafe_view(x.clone(MemoryFormat::Contiguous), sizes);
}

Tensor unsafe_view(const Tensor& x, IntArrayRef sizes) {
  if (!x.impl()->contiguous) return reshape(x, sizes);
  return viewed("unsafe_view", x, sizes, contiguous_strides(sizes));
}

Tensor flatten(const Tensor& x, int64_t start_dim, int64_t end_dim) {
  check_defined("flatten", x);
  const int64_t start = wrap_dim(start_dim, x.dim(), "flatten"), end = wrap_dim(end_dim, x.dim(), "flatten");
  check(start <= end, "flatten: flatten() has invalid args: start_dim (", start_dim, ") cannot come after end_dim (",
        end_dim, ")");
  if (x.dim() == 0) return reshape(x, {1});
  if (start == end) return x;
  Shape sizes;
  int64_t merged = 1;
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d < start || d > end) {
      sizes.push_back(x.size(d));
      continue;
    }
    merged *= x.size(d);
    if (d == end) sizes.push_back(merged);
  }
  return reshape(x, sizes);
}

Tensor unflatten(const Tensor& x, int64_t dim, IntArrayRef parts) {
  const int64_t d = wrap_dim(dim, x.dim(), "unflatten");
  check(!parts.empty(), "unflatten: sizes must be non-empty");
  check(x.dim() > 0, "unflatten: input must have at least one dimension");
  const Shape filled = infer_size(parts, x.size(d), "unflatten");
  Shape sizes;
  for (int64_t k = 0; k < x.dim(); ++k) {
    if (k != d) {
      sizes.push_back(x.size(k));
      continue;
    }
    for (int64_t s : filled) sizes.push_back(s);
  }
  return x.view(sizes);
}

Tensor permute(const Tensor& x, IntArrayRef dims) {
  check(static_cast<int64_t>(dims.size()) == x.dim(), "permute: number of dims don't match in permute: input ",
        x.sizes(), " has ", x.dim(), " dimensions but got dims ", dims);
  Shape wrapped;
  uint64_t seen = 0;
  for (int64_t d : dims) {
    const int64_t w = wrap_dim(d, x.dim(), "permute");
    check(!(seen >> w & 1), "permute: repeated dim in permute: ", dims);
    seen |= uint64_t{1} << w;
    wrapped.push_back(w);
  }
  Shape sizes(wrapped.size()), strides(wrapped.size());
  for (size_t k = 0; k < wrapped.size(); ++k) {
    sizes[k] = x.impl()->sizes()[wrapped[k]];
    strides[k] = x.impl()->strides()[wrapped[k]];
  }
  return apply_view(x, view_of(x, sizes, strides), [&] { return Permute{wrapped}; });
}

Tensor transpose_as(const char* label, const Tensor& x, int64_t dim0, int64_t dim1) {
  return transposed(label, x, wrap_dim(dim0, x.dim(), "transpose"), wrap_dim(dim1, x.dim(), "transpose"));
}
Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) { return transpose_as("transpose", x, dim0, dim1); }

Tensor t_as(const char* label, const Tensor& x) {
  check(x.dim() <= 2, "t: expects a tensor with <= 2 dimensions, but self is ", x.dim(), "D");
  return transposed(label, x, 0, x.dim() < 2 ? 0 : 1);
}
Tensor t(const Tensor& x) { return t_as("t", x); }

Tensor Tensor::expand(IntArrayRef sizes, bool) const {
  const int64_t rank = static_cast<int64_t>(sizes.size()), own = dim();
  check(rank >= own, "expand: the number of sizes provided (", rank,
        ") must be greater or equal to the number of dimensions in the tensor (", own, ")");
  Shape out(sizes), st(sizes.size());
  for (int64_t k = 0; k < rank; ++k) {
    const int64_t d = k - (rank - own);
    if (d < 0) {
      check(out[k] >= 0, "expand: the expanded size of the tensor (", out[k],
            ") isn't allowed in a leading, non-existing dimension ", k);
      st[k] = 0;
      continue;
    }
    const int64_t have = get().sizes()[d];
    if (out[k] == -1) out[k] = have;
    check(out[k] == have || (have == 1 && out[k] >= 0), "expand: the expanded size of the tensor (", out[k],
          ") must match the existing size (", have, ") at non-singleton dimension ", k, ". Target sizes: ", sizes,
          ". Tensor sizes: ", this->sizes());
    st[k] = have == 1 && out[k] != 1 ? 0 : get().strides()[d];
  }
  checked_numel(out, 1, "expand");
  return apply_view(*this, view_of(*this, out, st), [&] { return Expand{Shape(this->sizes())}; });
}
Tensor Tensor::expand_as(const Tensor& other) const { return expand(other.sizes()); }

Tensor squeeze_as(const char* label, const Tensor& x) {
  Shape sizes, strides;
  for (int64_t d = 0; d < x.dim(); ++d)
    if (x.impl()->sizes()[d] != 1) {
      sizes.push_back(x.impl()->sizes()[d]);
      strides.push_back(x.impl()->strides()[d]);
    }
  return viewed(label, x, sizes, strides);
}
Tensor squeeze(const Tensor& x) { return squeeze_as("squeeze", x); }

Tensor squeeze_as(const char* label, const Tensor& x, int64_t dim) {
  const int64_t d = wrap_dim(dim, x.dim(), "squeeze");
  Shape sizes(x.sizes()), strides(x.strides());
  if (x.dim() > 0 && sizes[d] == 1) {
    sizes.erase(d);
    strides.erase(d);
  }
  return viewed(label, x, sizes, strides);
}
Tensor squeeze(const Tensor& x, int64_t dim) { return squeeze_as("squeeze.1", x, dim); }

Tensor unsqueeze_as(const char* label, const Tensor& x, int64_t dim) {
  const int64_t d = wrap_dim(dim, x.dim() + 1, "unsqueeze");
  Shape sizes(x.sizes()), strides(x.strides());
  const int64_t stride = d < x.dim() ? sizes[d] * strides[d] : 1;
  sizes.insert(d, 1);
  strides.insert(d, stride);
  return viewed(label, x, sizes, strides);
}
Tensor unsqueeze(const Tensor& x, int64_t dim) { return unsqueeze_as("unsqueeze", x, dim); }

Tensor Tensor::alias() const { return viewed("alias", *this, sizes(), strides()); }

Tensor Tensor::reshape(IntArrayRef sizes) const { return lampas::reshape(*this, sizes); }
Tensor Tensor::reshape_as(const Tensor& other) const { return lampas::reshape(*this, other.sizes()); }
Tensor Tensor::flatten(int64_t start_dim, int64_t end_dim) const { return lampas::flatten(*this, start_dim, end_dim); }
Tensor Tensor::unflatten(int64_t dim, IntArrayRef sizes) const { return lampas::unflatten(*this, dim, sizes); }
Tensor Tensor::permute(IntArrayRef dims) const { return lampas::permute(*this, dims); }
Tensor Tensor::transpose(int64_t dim0, int64_t dim1) const { return lampas::transpose(*this, dim0, dim1); }
Tensor Tensor::t() const { return lampas::t(*this); }
Tensor Tensor::squeeze() const { return lampas::squeeze(*this); }
Tensor Tensor::squeeze(int64_t dim) const { return lampas::squeeze(*this, dim); }
Tensor Tensor::unsqueeze(int64_t dim) const { return lampas::unsqueeze(*this, dim); }

}  // namespace lampas
