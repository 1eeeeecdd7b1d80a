#include "ops/pool.h"

#include "autograd/op.h"
#include "lampas/ops/compare.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/pool.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/packed_image.h"
#include "ops/square_pool.h"

namespace lampas {

namespace {

/// Output sizes of a pool over planes of x.
Shape pooled_sizes(const Tensor& x, const PoolShape& s) {
  Shape sizes(x.sizes());
  for (int d = 0; d < s.dims; ++d) sizes[sizes.size() - s.dims + d] = s.out[d];
  return sizes;
}

/// An image whose channels lie side by side, `block` of them: packed, or channels-last (one block an image). Empty for
/// row-major images and what the kernels of blocked images do not take.
struct Blocks {
  PackedImage packed;
  Tensor dense;
  int64_t block = 0;
  const void* data = nullptr;

  Blocks(const Tensor& x, int dims, ScalarType dtype) {
    if (x.scalar_type() != dtype || x.dim() != dims + 2) return;
    packed = packed_image(x);
    if (packed) {
      block = packed.block(), data = packed.data();
    } else if (channels_last(x) && x.size(1) % 8 == 0) {
      dense = x.contiguous(last_format(dims));
      block = x.size(1), data = dense.impl()->data();
    }
  }
  explicit operator bool() const { return block != 0; }
  /// The shape as kernels of blocked images count.
  PoolShape shape(PoolShape s) const {
    s.planes /= block;
    return s;
  }
  /// An uninitialised image in the same arrangement.
  Tensor like(const Tensor& x, IntArrayRef sizes, ScalarType dtype) const {
    return packed ? empty_packed(sizes, packed.layout(), dtype) : empty_image(x, sizes, true, dtype);
  }
  /// `x`, of that arrangement or not, brought into it.
  Tensor arranged(const Tensor& x, int dims) const {
    return packed ? packed_in(x, packed.layout()) : x.contiguous(last_format(dims));
  }
};
void* blocks_of(const Tensor& t) {
  const PackedImage p = packed_image(t);
  return p ? p.data() : t.impl()->data();  // the caller is the only one who knows t
}

/// y[o] = x[indices[o]] plane by plane: linear, and the derivative of MaxPoolBackward.
struct MaxPoolGather {
  static constexpr auto name = "max_pool_gather";
  using saves = Saves<In<1>>;
  PoolShape s;
  Shape x_sizes;
  Tensor forward(const Tensor& x, const Tensor& indices) const {
    const Tensor in = plain(x), at = plain(indices);
    Tensor y = empty_of(x, indices.sizes());
    if (y.numel())
      max_pool_gather_kernel.get(x.scalar_type())(s, in.impl()->data(), at.impl()->data_as<int64_t>(),
                                                  y.impl()->data());
    return as_image(y, x);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& indices) const;
};

/// dx[indices[o]] += g[o]: linear in g.
struct MaxPoolBackward {
  static constexpr auto name = "max_pool_backward";
  using saves = Saves<In<1>>;
  PoolShape s;
  Shape x_sizes;
  Tensor forward(const Tensor& g, const Tensor& indices) const {
    if (const Blocks i(indices, s.dims, kLong); i && g.scalar_type() == kFloat) {
      // dx goes back to where the blocks came from.
      const Tensor in = i.arranged(g, s.dims), dx = i.like(g, x_sizes, kFloat);
      max_pool_backward_blocked_kernel.get(kFloat)(i.shape(s), i.block, blocks_of(in),
                                                   static_cast<const int64_t*>(i.data), blocks_of(dx));
      return dx;
    }
    const Tensor in = plain(g), at = plain(indices);
    Tensor dx = empty_of(g, x_sizes);
    if (dx.numel())
      max_pool_backward_kernel.get(g.scalar_type())(s, in.impl()->data(), at.impl()->data_as<int64_t>(),
                                                    dx.impl()->data());
    return as_image(dx, g);
  }
  Grads<2> backward(const Tensor& v, const Needs<2>&, const Tensor& indices) const {
    return {apply(MaxPoolGather{s, x_sizes}, v, indices), Tensor()};
  }
};

Grads<2> MaxPoolGather::backward(const Tensor& g, const Needs<2>&, const Tensor& indices) const {
  return {apply(MaxPoolBackward{s, x_sizes}, g, indices), Tensor()};
}

/// Nodes of two and three dimensions are called as if they gave the indices too.
const char* max_pool_label(int dims) {
  static constexpr const char* kNames[] = {"max_pool1d", "max_pool2d_with_indices", "max_pool3d_with_indices"};
  return kNames[dims - 1];
}

struct MaxPool {
  static constexpr auto name = "max_pool";
  using saves = Saves<OutAt<1>>;
  PoolShape s;
  Shape x_sizes;
  friend const char* label_of(const MaxPool& op) { return max_pool_label(op.s.dims); }
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Shape sizes = pooled_sizes(x, s);
    if (const Blocks b(x, s.dims, kFloat); b) {
      const Tensor y = b.like(x, sizes, kFloat), indices = b.like(x, sizes, kLong);
      max_pool_blocked_kernel.get(kFloat)(b.shape(s), b.block, b.data, blocks_of(y),
                                          static_cast<int64_t*>(blocks_of(indices)));
      return {settle_packed(y), indices};
    }
    const Tensor in = plain(x);
    Tensor y = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    if (y.numel())
      max_pool_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data(), indices.impl()->data_as<int64_t>());
    return {as_image(y, x), as_image(indices, x)};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& indices) const {
    if (!g[0].defined()) return {};
    return {apply(MaxPoolBackward{s, x_sizes}, g[0], indices)};
  }
};

/// dx[position of taps[o]] += g[o]: linear in g.
struct MaxPoolTapsBackward {
  static constexpr auto name = "max_pool_backward";
  using saves = Saves<In<1>>;
  PoolShape s;
  Shape x_sizes;
  Tensor forward(const Tensor& g, const Tensor& taps) const {
    const Tensor in = plain(g);
    Tensor dx = empty_of(g, x_sizes);
    if (dx.numel())
      max_pool_taps_backward_kernel.get(g.scalar_type())(s, in.impl()->data(), taps.impl()->data_as<uint8_t>(),
                                                         dx.impl()->data());
    return as_image(dx, g);
  }
  Grads<2> backward(const Tensor& v, const Needs<2>&, const Tensor& taps) const {
    const Tensor indices = empty_of(taps, taps.sizes(), kLong);
    if (taps.numel())
      max_pool_tap_positions_kernel.get(kByte)(s, taps.impl()->data_as<uint8_t>(), indices.impl()->data_as<int64_t>());
    return {apply(MaxPoolGather{s, x_sizes}, v, indices), Tensor()};
  }
};

/// Maxima of row-major planes without indices, for which backward needs only the winning taps.
struct MaxPoolTaps {
  static constexpr auto name = "max_pool";
  static constexpr int visible = 1;
  using saves = Saves<OutAt<1>>;
  PoolShape s;
  Shape x_sizes;
  friend const char* label_of(const MaxPoolTaps& op) { return max_pool_label(op.s.dims); }
  static bool takes(const Tensor& x, const PoolShape& s) {
    return s.kernel[0] <= kNoTap && s.kernel[1] <= kNoTap && s.kernel[2] <= kNoTap &&
           s.kernel[0] * s.kernel[1] * s.kernel[2] <= kNoTap && !Blocks(x, s.dims, kFloat);
  }
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Shape sizes = pooled_sizes(x, s);
    const Tensor in = plain(x);
    Tensor y = empty_of(x, sizes), taps = empty_of(x, sizes, kByte);
    if (y.numel())
      max_pool_taps_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data(),
                                                taps.impl()->data_as<uint8_t>());
    return {as_image(y, x), taps};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& taps) const {
    if (!g[0].defined()) return {};
    return {apply(MaxPoolTapsBackward{s, x_sizes}, g[0], taps)};
  }
};

struct AvgPoolBackward;
struct AvgPool {
  static constexpr auto name = "avg_pool";
  using saves = Saves<>;
  PoolShape s;
  Shape x_sizes;
  friend const char* label_of(const AvgPool& op) {
    static constexpr const char* kNames[] = {"avg_pool1d", "avg_pool2d", "avg_pool3d"};
    return kNames[op.s.dims - 1];
  }
  Tensor forward(const Tensor& x) const {
    if (const Blocks b(x, s.dims, kFloat); b) {
      const Tensor y = b.like(x, pooled_sizes(x, s), kFloat);
      avg_pool_blocked_kernel.get(kFloat)(b.shape(s), b.block, b.data, blocks_of(y));
      return settle_packed(y);
    }
    const Tensor in = plain(x);
    Tensor y = empty_of(x, pooled_sizes(x, s));
    if (y.numel()) avg_pool_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data());
    return as_image(y, x);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const;
};
struct AvgPoolBackward {
  static constexpr auto name = "avg_pool_backward";
  using saves = Saves<>;
  PoolShape s;
  Shape x_sizes;
  Tensor forward(const Tensor& g) const {
    if (const Blocks b(g, s.dims, kFloat); b) {
      const Tensor dx = b.like(g, x_sizes, kFloat);
      avg_pool_backward_blocked_kernel.get(kFloat)(b.shape(s), b.block, b.data, blocks_of(dx));
      return dx;
    }
    const Tensor in = plain(g);
    Tensor dx = empty_of(g, x_sizes);
    if (dx.numel()) avg_pool_backward_kernel.get(g.scalar_type())(s, in.impl()->data(), dx.impl()->data());
    return as_image(dx, g);
  }
  Grads<1> backward(const Tensor& v, const Needs<1>&) const { return {apply(AvgPool{s, x_sizes}, v)}; }
};
Grads<1> AvgPool::backward(const Tensor& g, const Needs<1>&) const { return {apply(AvgPoolBackward{s, x_sizes}, g)}; }

/// The root of the sum of squares. Its gradient is x times what an average pool would give back of g / y.
struct SquarePool {
  static constexpr auto name = "lp_pool";
  using saves = Saves<In<0>, Out>;
  PoolShape s;  // divisor 1
  Shape x_sizes;
  friend const char* label_of(const SquarePool& op) { return op.s.dims == 1 ? "lp_pool1d" : "lp_pool2d"; }
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, pooled_sizes(x, s));
    if (y.numel()) square_pool_kernel.get(kFloat)(s, in.impl()->data(), y.impl()->data());
    return as_image(y, x);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    const Tensor zero = y.eq(0);
    const Tensor share = (g / y.masked_fill(zero, 1)).masked_fill(zero, 0);
    const Tensor dx = apply(AvgPoolBackward{s, x_sizes}, share);
    return {detail::thread_state.grad_mode ? dx * x : dx.mul_(x)};  // nobody else has seen dx
  }
};

void fill_entries(const char* op, const char* what, IntArrayRef from, int dims, int64_t low, int64_t* to) {
  check(from.size() == 1 || static_cast<int>(from.size()) == dims, op, ": ", what,
        " must either be a single int, or a tuple of ", dims, " ints, got ", from);
  for (int d = 0; d < dims; ++d) {
    to[d] = from[from.size() == 1 ? 0 : static_cast<size_t>(d)];
    check(to[d] >= low, op, ": ", what, " should ", low ? "be greater than zero" : "not be negative", ", but got ",
          from);
    check(to[d] <= INT32_MAX, op, ": ", what, " is too large, got ", from);  // sizes computed from it do not overflow
  }
}

PoolShape pool_shape(const char* op, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef stride,
                     IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  check_defined(op, x);
  check(x.dim() == dims + 1 || x.dim() == dims + 2, op, ": Expected ", dims + 1, "D or ", dims + 2,
        "D input, but got input ", x.sizes());
  check(is_floating_point(x.scalar_type()), op, ": not implemented for dtype ", x.scalar_type(),
        "; expected a floating point input");
  PoolShape s;
  s.dims = dims;
  s.planes = 1;
  for (int64_t d = 0; d < x.dim() - dims; ++d) s.planes *= x.size(d);
  fill_entries(op, "kernel_size", kernel, dims, 1, s.kernel);
  fill_entries(op, "stride", stride.empty() ? kernel : stride, dims, 1, s.stride);
  fill_entries(op, "padding", padding, dims, 0, s.padding);
  fill_entries(op, "dilation", dilation, dims, 1, s.dilation);
  for (int64_t d = x.dim() == dims + 2 ? 1 : 0; d < x.dim(); ++d)
    check(x.size(d) > 0, op, ": Expected input with non-zero sizes for non-batch dimensions, but got input ",
          x.sizes());
  for (int d = 0; d < dims; ++d) {
    const int64_t in = s.in[d] = x.size(x.dim() - dims + d), k = s.kernel[d], st = s.stride[d], p = s.padding[d],
                  di = s.dilation[d];
    check(p <= ((k - 1) * di + 1) / 2, op, ": pad should be at most half of effective kernel size, but got pad=", p,
          ", kernel_size=", k, " and dilation=", di);
    const int64_t room = in + 2 * p - di * (k - 1) - 1;
    int64_t out = room < 0 ? 0 : (room + (ceil_mode ? st - 1 : 0)) / st + 1;
    if (room < 0 && ceil_mode && room + st - 1 >= 0) out = 1;
    if (ceil_mode && out > 0 && (out - 1) * st >= in + p) --out;
    check(out >= 1, op, ": Given input size ", x.sizes(), ", calculated output size ", out, " in spatial dimension ", d,
          ": Output size is too small");
    s.out[d] = out;
  }
  return s;
}

std::tuple<Tensor, Tensor> max_pool(const char* op, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef stride,
                                    IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  auto y = apply(MaxPool{pool_shape(op, dims, x, kernel, stride, padding, dilation, ceil_mode), Shape(x.sizes())}, x);
  return {std::move(y[0]), std::move(y[1])};
}

/// Without indices when nothing is recorded.
Tensor max_pool_values(const char* op, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef stride,
                       IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  const PoolShape s = pool_shape(op, dims, x, kernel, stride, padding, dilation, ceil_mode);
  if (detail::thread_state.grad_mode && detail::tracked(x)) {
    if (MaxPoolTaps::takes(x, s)) return apply(MaxPoolTaps{s, Shape(x.sizes())}, x);
    return std::move(apply(MaxPool{s, Shape(x.sizes())}, x)[0]);
  }
  if (const Blocks b(x, s.dims, kFloat); b) {
    const Tensor y = b.like(x, pooled_sizes(x, s), kFloat);
    max_pool_blocked_kernel.get(kFloat)(b.shape(s), b.block, b.data, blocks_of(y), nullptr);
    return settle_packed(y);
  }
  const Tensor in = plain(x);
  Tensor y = empty_of(x, pooled_sizes(x, s));
  if (y.numel()) max_pool_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data(), nullptr);
  return as_image(y, x);
}

Tensor avg_pool(const char* op, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef stride, IntArrayRef padding,
                bool ceil_mode, bool count_include_pad, std::optional<int64_t> divisor) {
  check(!divisor || *divisor != 0, op, ": divisor must be not zero");
  if (x.defined() && x.scalar_type() == kLong && dims < 3) {
    // Whole sums by whole counts, rounded towards 0: the counts are what averages of ones were divided by.
    const auto pool = [&](const Tensor& v, std::optional<int64_t> d) {
      return avg_pool(op, dims, v, kernel, stride, padding, ceil_mode, count_include_pad, d);
    };
    const Tensor v = x.to(kDouble), ones = v.new_ones(v.sizes());
    return pool(v, 1).div(pool(ones, 1).div(pool(ones, divisor)).round(), "trunc").to(kLong);
  }
  PoolShape s = pool_shape(op, dims, x, kernel, stride, padding, 1, ceil_mode);
  s.count_include_pad = count_include_pad;
  s.divisor = divisor.value_or(0);
  return apply(AvgPool{s, Shape(x.sizes())}, x);
}

}  // namespace

Tensor square_pool(const char* op, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef stride, bool ceil_mode) {
  check_defined(op, x);
  if (x.scalar_type() != kFloat || Blocks(x, dims, kFloat)) return Tensor();
  PoolShape s = pool_shape(op, dims, x, kernel, stride, 0, 1, ceil_mode);
  s.divisor = 1;
  return apply(SquarePool{s, Shape(x.sizes())}, x);
}

#define LAMPAS_MAX_POOL(fn, dims)                                                                            \
  Tensor fn(const Tensor& x, IntArrayRef k, IntArrayRef s, IntArrayRef p, IntArrayRef d, bool ceil_mode) {   \
    return max_pool_values(#fn, dims, x, k, s, p, d, ceil_mode);                                             \
  }                                                                                                          \
  std::tuple<Tensor, Tensor> fn##_with_indices(const Tensor& x, IntArrayRef k, IntArrayRef s, IntArrayRef p, \
                                               IntArrayRef d, bool ceil_mode) {                              \
    return max_pool(#fn, dims, x, k, s, p, d, ceil_mode);                                                    \
  }
LAMPAS_MAX_POOL(max_pool1d, 1)
LAMPAS_MAX_POOL(max_pool2d, 2)
LAMPAS_MAX_POOL(max_pool3d, 3)
#undef LAMPAS_MAX_POOL

Tensor avg_pool1d(const Tensor& x, IntArrayRef k, IntArrayRef s, IntArrayRef p, bool ceil_mode, bool include) {
  return avg_pool("avg_pool1d", 1, x, k, s, p, ceil_mode, include, std::nullopt);
}
Tensor avg_pool2d(const Tensor& x, IntArrayRef k, IntArrayRef s, IntArrayRef p, bool ceil_mode, bool include,
                  std::optional<int64_t> divisor) {
  return avg_pool("avg_pool2d", 2, x, k, s, p, ceil_mode, include, divisor);
}
Tensor avg_pool3d(const Tensor& x, IntArrayRef k, IntArrayRef s, IntArrayRef p, bool ceil_mode, bool include,
                  std::optional<int64_t> divisor) {
  return avg_pool("avg_pool3d", 3, x, k, s, p, ceil_mode, include, divisor);
}

}  // namespace lampas
