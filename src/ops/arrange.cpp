// repeat, roll, flip, tril and other copies in a new arrangement; movedim and its like.
#include "ops/arrange.h"

#include "autograd/op.h"
#include "backend/pointwise.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/shape.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/view.h"

namespace lampas {

namespace {

struct Repeat {
  static constexpr auto name = "repeat";
  using saves = Saves<>;
  Shape repeats;  // as many as the result has dimensions
  Shape from;
  int64_t added() const { return static_cast<int64_t>(repeats.size() - from.size()); }
  /// Sizes with every dimension split into (repeat, position).
  Shape split() const {
    Shape s;
    for (size_t d = 0; d < repeats.size(); ++d) {
      s.push_back(repeats[d]);
      s.push_back(static_cast<int64_t>(d) < added() ? 1 : from[d - static_cast<size_t>(added())]);
    }
    return s;
  }
  Tensor forward(const Tensor& x) const {
    const Shape both = split();
    Shape sizes, strides;
    for (size_t d = 0; d < repeats.size(); ++d) {
      sizes.push_back(both[2 * d] * both[2 * d + 1]);
      strides.push_back(0);
      strides.push_back(static_cast<int64_t>(d) < added() ? 0 : x.stride(static_cast<int64_t>(d) - added()));
    }
    checked_numel(sizes, element_size(x.scalar_type()), name);
    Tensor y = empty_of(x, sizes);
    if (!join_rows(x, y)) copy_elements(view_of(y, both, contiguous_strides(both)), view_of(x, both, strides));
    return y;
  }
  /// Where only the first and the last dimension repeat, rows are joined with themselves, as often as the first says.
  bool join_rows(const Tensor& x, const Tensor& y) const {
    constexpr int64_t kShortestRow = 128, kMostParts = 64;
    if (from.empty() || x.numel() == 0 || y.numel() == 0 || !x.is_contiguous()) return false;
    const int64_t last = repeats.back(), row = from.back() * static_cast<int64_t>(element_size(x.scalar_type()));
    if (row < kShortestRow || last > kMostParts) return false;
    for (size_t d = static_cast<size_t>(added()) + 1; d + 1 < repeats.size(); ++d)
      if (repeats[d] != 1) return false;
    const SmallVector<JoinPart, 8> parts(static_cast<size_t>(last), JoinPart{x.impl()->data(), row});
    const int64_t rows = x.numel() / from.back(), bytes = rows * row * last;
    auto* out = static_cast<char*>(y.impl()->data());
    for (int64_t left = y.numel() / (x.numel() * last); left > 0; --left, out += bytes)
      run_join(out, parts.data(), last, rows);
    return true;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Shape over;
    for (size_t d = 0; d < repeats.size(); ++d) over.push_back(static_cast<int64_t>(2 * d));
    if (over.empty()) return {g};
    return {g.reshape(split()).sum(over).reshape(from)};
  }
};

struct Flip {
  static constexpr auto name = "flip";
  using saves = Saves<>;
  Shape dims;
  const char* label = name;  // or rot90
  Tensor forward(const Tensor& x) const {
    const TensorImpl& i = *x.impl();
    const auto item = static_cast<int64_t>(element_size(i.dtype));
    Tensor y = empty_as(x, i.dtype);  // channels-last stays channels-last
    if (i.numel == 0) return y;
    Shape sizes(x.sizes()), strides(x.strides()), order(y.strides());
    for (int64_t& s : strides) s *= item;
    const char* first = static_cast<const char*>(i.data());
    for (int64_t d : dims) {
      first += (sizes[d] - 1) * strides[d];
      strides[d] = -strides[d];
    }
    // The result's memory from its first byte to the last: dimensions of large strides come first.
    for (size_t a = 1; a < order.size(); ++a)
      for (size_t b = a; b > 0 && order[b - 1] < order[b]; --b) {
        std::swap(order[b - 1], order[b]);
        std::swap(sizes[b - 1], sizes[b]);
        std::swap(strides[b - 1], strides[b]);
      }
    strided_copy_kernel.get(i.dtype)(first, sizes, strides, static_cast<char*>(y.impl()->data()));
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {flip(g, dims)}; }
};

/// Every element moves by[d] on along dimension d and around the end: blocks change places.
struct Roll {
  static constexpr auto name = "roll";
  using saves = Saves<>;
  Shape by;  // in [0, size)
  Tensor forward(const Tensor& x) const {
    const Shape strides(x.strides());
    Tensor y = empty_image(x, x.sizes(), channels_last(x));
    SmallVector<size_t, 6> dims;
    for (size_t d = 0; d < by.size(); ++d)
      if (by[d]) dims.push_back(d);
    for (uint64_t part = 0; part < uint64_t{1} << dims.size(); ++part) {
      Shape sizes(x.sizes());
      int64_t from = x.storage_offset(), to = y.storage_offset();
      for (size_t k = 0; k < dims.size(); ++k) {
        const size_t d = dims[k];
        const bool around = part >> k & 1;
        const int64_t stays = sizes[d] - by[d];
        (around ? from : to) += (around ? stays * strides[d] : by[d] * y.strides()[d]);
        sizes[d] = around ? by[d] : stays;
      }
      copy_elements(view_of(y, sizes, Shape(y.strides()), to), view_of(x, sizes, strides, from));
    }
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Roll back{by};
    for (size_t d = 0; d < by.size(); ++d) back.by[d] = by[d] ? g.size(static_cast<int64_t>(d)) - by[d] : 0;
    return {apply(back, g)};
  }
};

template <bool Lower>
struct Triangular {
  static constexpr auto name = Lower ? "tril" : "triu";
  using saves = Saves<>;
  int64_t diagonal;
  void write(const Tensor& out, const Tensor& x) const {
    const int64_t rows = x.size(-2), cols = x.size(-1);
    if (x.numel() == 0) return;
    triangle_kernel.get(x.scalar_type())(
        static_cast<const char*>(x.impl()->data()), static_cast<char*>(out.impl()->data()),
        {x.numel() / (rows * cols), rows, cols, std::clamp(diagonal, -rows, cols), Lower});
  }
  Tensor forward(const Tensor& x) const {
    const Tensor p = plain(x);
    Tensor y = empty_of(p, p.sizes());
    write(y, p);
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {apply(*this, g)}; }
};

template <bool Lower>
Tensor& triangle_inplace(const Tensor& self, int64_t diagonal) {
  const Triangular<Lower> op{diagonal};
  check(self.defined(), op.name, "_: tensor is undefined");
  check(self.dim() >= 2, op.name, "_: input tensor must have at least 2 dimensions, got ", self);
  check_no_internal_overlap(op.name, self);
  apply_inplace(op, self, [&] {
    if (self.is_contiguous())
      op.write(self, self);
    else
      copy_elements(self, op.forward(self));
  });
  return const_cast<Tensor&>(self);
}

struct DiagEmbed {
  static constexpr auto name = "diag_embed";
  using saves = Saves<>;
  int64_t offset, dim1, dim2;
  Shape sizes;
  const char* label;  // diag_embed or diag
  Tensor forward(const Tensor& x) const {
    Tensor y = x.new_zeros(sizes);
    copy_elements(y.diagonal(offset, dim1, dim2), x);
    y.impl()->storage->version.store(0, std::memory_order_relaxed);
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {diagonal(g, offset, dim1, dim2)}; }
};

/// Wrapped dims, each at most once.
Shape distinct_dims(const char* op, IntArrayRef dims, int64_t rank) {
  Shape out;
  uint64_t seen = 0;
  for (int64_t d : dims) {
    const int64_t w = wrap_dim(d, rank, op);
    check(!(seen >> w & 1), op, ": dim ", w, " appears multiple times in the list of dims ", dims);
    seen |= uint64_t{1} << w;
    out.push_back(w);
  }
  return out;
}

}  // namespace

Tensor repeat(const Tensor& x, IntArrayRef repeats) {
  check(x.defined(), "repeat: tensor is undefined");
  check(static_cast<int64_t>(repeats.size()) >= x.dim(),
        "repeat: Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: got ",
        repeats, " for ", x);
  check(repeats.size() * 2 <= kMaxDims, "repeat: at most ", kMaxDims / 2, " repeats, got ", repeats.size());
  for (int64_t r : repeats) check(r >= 0, "repeat: repeats can not be negative, got ", repeats);
  return apply(Repeat{Shape(repeats), Shape(x.sizes())}, x);
}

Tensor tile(const Tensor& x, IntArrayRef repeats) {
  Shape padded;
  for (int64_t k = static_cast<int64_t>(repeats.size()); k < x.dim(); ++k) padded.push_back(1);
  for (int64_t r : repeats) padded.push_back(r);
  return repeat(x, padded);
}

Tensor repeat_interleave(const Tensor& repeats, std::optional<int64_t> output_size) {
  check(repeats.defined(), "repeat_interleave: repeats is undefined");
  check(repeats.dim() == 1, "repeat_interleave: only accepts 1D vector as repeat, got ", repeats);
  check(repeats.scalar_type() == kLong || repeats.scalar_type() == kInt,
        "repeat_interleave: repeats has to be Long or Int, got ", repeats.scalar_type());
  const Tensor r = plain(repeats.detach().to(kLong));
  const auto* counts = static_cast<const int64_t*>(r.impl()->data());
  int64_t total = 0;
  for (int64_t k = 0; k < r.numel(); ++k) {
    check(counts[k] >= 0, "repeat_interleave: repeats can not be negative, got ", counts[k]);
    check(!__builtin_add_overflow(total, counts[k], &total), "repeat_interleave: repeats add up to too many");
  }
  check(!output_size || *output_size == total,
        "repeat_interleave: allocated size does not match required size: output_size ", output_size.value_or(0),
        ", repeats add up to ", total);
  checked_numel({total}, 8, "repeat_interleave");
  Tensor y = empty_of(r, {total});
  auto* p = static_cast<int64_t*>(y.impl()->data());
  for (int64_t k = 0; k < r.numel(); ++k) p = std::fill_n(p, counts[k], k);
  return y;
}

Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, std::optional<int64_t> dim,
                         std::optional<int64_t> output_size) {
  check(x.defined() && repeats.defined(), "repeat_interleave: tensor is undefined");
  const Tensor y = dim && x.dim() > 0 ? x : x.reshape({-1});
  const int64_t d = wrap_dim(dim.value_or(0), y.dim(), "repeat_interleave");
  check(repeats.dim() == 0 || repeats.dim() == 1, "repeat_interleave: repeats must be 0-dim or 1-dim tensor, got ",
        repeats);
  check(repeats.numel() == 1 || repeats.numel() == y.size(d),
        "repeat_interleave: repeats must have the same size as input along dim: ", repeats.numel(), " and ", y.size(d));
  return index_select(y, d, repeat_interleave(repeats.reshape({-1}).expand({y.size(d)}), output_size));
}

Tensor repeat_interleave(const Tensor& x, int64_t repeats, std::optional<int64_t> dim,
                         std::optional<int64_t> output_size) {
  check(x.defined(), "repeat_interleave: tensor is undefined");
  return repeat_interleave(x, full({1}, repeats, kLong), dim, output_size);
}

Tensor roll(const Tensor& x, IntArrayRef shifts, IntArrayRef dims) {
  check(x.defined(), "roll: tensor is undefined");
  check(!shifts.empty(), "roll: `shifts` required");
  if (dims.empty() && shifts.size() == 1) return roll(x.reshape({-1}), shifts, {0}).view(x.sizes());
  check(shifts.size() == dims.size(), "roll: shifts and dimensions must align. shifts: ", shifts.size(),
        ", dims:", dims.size());
  Roll op{Shape(x.sizes().size(), 0)};
  bool moves = false;
  for (size_t k = 0; k < dims.size(); ++k) {
    check(x.dim() > 0, "roll: dimension specified as ", dims[k], " but tensor has no dimensions");
    const int64_t d = wrap_dim(dims[k], x.dim(), "roll"), n = x.size(d);
    if (n == 0) continue;
    int64_t& by = op.by[static_cast<size_t>(d)];
    by = (by + shifts[k] % n + n) % n;
    moves = true;
  }
  return moves ? apply(op, x) : x.clone();
}

Tensor flip(const Tensor& x, IntArrayRef dims) {
  check(x.defined(), "flip: tensor is undefined");
  const Shape distinct = distinct_dims("flip", dims, x.dim());
  return apply(Flip{x.dim() == 0 ? Shape() : distinct}, x);
}
Tensor fliplr(const Tensor& x) {
  check(x.dim() >= 2, "fliplr: Input must be >= 2-d, got ", x);
  return flip(x, {1});
}
Tensor flipud(const Tensor& x) {
  check(x.dim() >= 1, "flipud: Input must be >= 1-d, got ", x);
  return flip(x, {0});
}

Tensor rot90(const Tensor& x, int64_t k, IntArrayRef dims) {
  check(dims.size() == 2, "rot90: expected total rotation dims == 2, but got dims = ", dims.size());
  check(x.dim() >= 2, "rot90: expected total dims >= 2, but got total dims = ", x.dim());
  const Shape d = distinct_dims("rot90", dims, x.dim());
  switch ((k % 4 + 4) % 4) {
    case 1:
      return flip(x, {d[1]}).transpose(d[0], d[1]);
    case 2:
      return apply(Flip{d, "rot90"}, x);
    case 3:
      return flip(x, {d[0]}).transpose(d[0], d[1]);
    default:
      return x.clone();
  }
}

std::vector<Tensor> meshgrid(TensorList tensors, std::string_view indexing) {
  check(!tensors.empty(), "meshgrid: expects a non-empty TensorList");
  check(indexing == "ij" || indexing == "xy",
        "meshgrid: indexing must be one of \"xy\" or \"ij\", but received: ", std::string(indexing));
  const bool swap = indexing == "xy" && tensors.size() >= 2;
  const size_t n = tensors.size();
  Shape sizes;
  for (size_t k = 0; k < n; ++k) {
    const Tensor& t = tensors[swap && k < 2 ? 1 - k : k];
    check(t.defined() && t.dim() <= 1, "meshgrid: Expected 0D or 1D tensor in the tensor list but got: ", t);
    check(t.scalar_type() == tensors[0].scalar_type(), "meshgrid: expects all tensors to have the same dtype: got ",
          tensors[0].scalar_type(), " and ", t.scalar_type());
    sizes.push_back(t.numel());
  }
  std::vector<Tensor> grids;
  for (size_t k = 0; k < n; ++k) {
    Shape own(n, 1);
    own[swap && k < 2 ? 1 - k : k] = -1;
    grids.push_back(tensors[k].view(own).expand(sizes));
  }
  return grids;
}

Tensor movedim(const Tensor& x, IntArrayRef source, IntArrayRef destination) {
  check(source.size() == destination.size(), "movedim: invalid source or destination dims: source (", source,
        " dims) should contain the same number of dims as destination (", destination, " dims)");
  const Shape from = distinct_dims("movedim", source, x.dim()), to = distinct_dims("movedim", destination, x.dim());
  Shape order(static_cast<size_t>(x.dim()), -1);
  uint64_t used = 0;
  for (size_t k = 0; k < from.size(); ++k) {
    if (x.dim() == 0) return x.alias();
    order[to[k]] = from[k];
    used |= uint64_t{1} << from[k];
  }
  int64_t next = 0;
  for (int64_t& o : order) {
    if (o >= 0) continue;
    while (used >> next & 1) ++next;
    o = next++;
  }
  return permute(x, order);
}
Tensor movedim(const Tensor& x, int64_t source, int64_t destination) {
  return movedim(x, IntArrayRef(source), IntArrayRef(destination));
}
Tensor moveaxis(const Tensor& x, IntArrayRef source, IntArrayRef destination) {
  return movedim(x, source, destination);
}
Tensor moveaxis(const Tensor& x, int64_t source, int64_t destination) { return movedim(x, source, destination); }
Tensor swapaxes(const Tensor& x, int64_t axis0, int64_t axis1) { return transpose(x, axis0, axis1); }
Tensor swapdims(const Tensor& x, int64_t dim0, int64_t dim1) { return transpose(x, dim0, dim1); }

Tensor tril(const Tensor& x, int64_t diagonal) {
  check(x.dim() >= 2, "tril: input tensor must have at least 2 dimensions, got ", x);
  return apply(Triangular<true>{diagonal}, x);
}
Tensor triu(const Tensor& x, int64_t diagonal) {
  check(x.dim() >= 2, "triu: input tensor must have at least 2 dimensions, got ", x);
  return apply(Triangular<false>{diagonal}, x);
}

namespace {
Tensor embedded(const char* label, const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  check(x.dim() >= 1, "diag_embed: input must have at least one dimension");
  const int64_t rank = x.dim() + 1, a = wrap_dim(dim1, rank, "diag_embed"), b = wrap_dim(dim2, rank, "diag_embed");
  check(a != b, "diag_embed: diagonal dimensions cannot be identical ", dim1, ", ", dim2);
  const int64_t n = x.size(-1);
  int64_t side;
  check(!__builtin_add_overflow(n, offset < 0 ? -offset : offset, &side), "diag_embed: offset ", offset,
        " is too large");
  Shape sizes;
  for (int64_t d = 0, from = 0; d < rank; ++d) sizes.push_back(d == a || d == b ? side : x.size(from++));
  return apply(DiagEmbed{offset, a, b, sizes, label}, x);
}
}  // namespace
Tensor diag_embed(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  return embedded(DiagEmbed::name, x, offset, dim1, dim2);
}

Tensor diag(const Tensor& x, int64_t diagonal) {
  check(x.dim() == 1 || x.dim() == 2, "diag: matrix or a vector expected, got ", x);
  return x.dim() == 1 ? embedded("diag", x, diagonal, -2, -1) : lampas::diagonal(x, diagonal).clone();
}

Tensor Tensor::repeat(IntArrayRef repeats) const { return lampas::repeat(*this, repeats); }
Tensor Tensor::tile(IntArrayRef repeats) const { return lampas::tile(*this, repeats); }
Tensor Tensor::repeat_interleave(const Tensor& repeats, std::optional<int64_t> dim,
                                 std::optional<int64_t> output_size) const {
  return lampas::repeat_interleave(*this, repeats, dim, output_size);
}
Tensor Tensor::repeat_interleave(int64_t repeats, std::optional<int64_t> dim,
                                 std::optional<int64_t> output_size) const {
  return lampas::repeat_interleave(*this, repeats, dim, output_size);
}
Tensor Tensor::roll(IntArrayRef shifts, IntArrayRef dims) const { return lampas::roll(*this, shifts, dims); }
Tensor Tensor::flip(IntArrayRef dims) const { return lampas::flip(*this, dims); }
Tensor Tensor::rot90(int64_t k, IntArrayRef dims) const { return lampas::rot90(*this, k, dims); }
Tensor Tensor::movedim(IntArrayRef source, IntArrayRef destination) const {
  return lampas::movedim(*this, source, destination);
}
Tensor Tensor::movedim(int64_t source, int64_t destination) const {
  return lampas::movedim(*this, source, destination);
}
Tensor Tensor::swapaxes(int64_t axis0, int64_t axis1) const { return transpose(axis0, axis1); }
Tensor Tensor::swapdims(int64_t dim0, int64_t dim1) const { return transpose(dim0, dim1); }
Tensor Tensor::tril(int64_t diagonal) const { return lampas::tril(*this, diagonal); }
Tensor Tensor::triu(int64_t diagonal) const { return lampas::triu(*this, diagonal); }
Tensor& Tensor::tril_(int64_t diagonal) const { return triangle_inplace<true>(*this, diagonal); }
Tensor& Tensor::triu_(int64_t diagonal) const { return triangle_inplace<false>(*this, diagonal); }
Tensor Tensor::diag(int64_t diagonal) const { return lampas::diag(*this, diagonal); }

}  // namespace lampas
