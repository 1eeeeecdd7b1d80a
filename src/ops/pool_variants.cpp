#include "ops/pool_variants.h"

#include "autograd/op.h"
#include "lampas/ops/pool_variants.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/defined.h"

namespace lampas {

namespace {

/// The sizes of x with the pool's output in place of its spatial ones.
Shape with_spatial(IntArrayRef sizes, const PoolShape& s) {
  Shape out(sizes);
  for (int d = 0; d < s.dims; ++d) out[out.size() - static_cast<size_t>(s.dims - d)] = s.out[d];
  return out;
}

/// The same planes with input and output exchanged.
PoolShape reversed(PoolShape s) {
  for (int d = 0; d < s.dims; ++d) std::swap(s.in[d], s.out[d]);
  return s;
}

/// dx[indices[o]] += g[o] and y[o] = x[indices[o]], plane by plane: each the other's derivative. s describes the pool
/// whose output g is.
struct PlaneScatter {
  static constexpr auto name = "max_pool_backward";
  using saves = Saves<In<1>>;
  PoolShape s;
  Shape x_sizes;
  Tensor forward(const Tensor& g, const Tensor& indices) const {
    const Tensor in = plain(g), at = plain(indices);
    Tensor dx = empty_of(g, x_sizes);
    if (dx.numel())
      max_pool_backward_kernel.get(g.scalar_type())(s, in.impl()->data(), at.impl()->data_as<int64_t>(),
                                                    dx.impl()->data());
    return as_image(dx, g);
  }
  Grads<2> backward(const Tensor& v, const Needs<2>&, const Tensor& indices) const;
};
struct PlaneGather {
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
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& indices) const {
    return {apply(PlaneScatter{s, x_sizes}, g, indices), Tensor()};
  }
};
Grads<2> PlaneScatter::backward(const Tensor& v, const Needs<2>&, const Tensor& indices) const {
  return {apply(PlaneGather{s, x_sizes}, v, indices), Tensor()};
}

struct AdaptiveMaxPool {
  static constexpr auto name = "adaptive_max_pool";
  using saves = Saves<OutAt<1>>;
  PoolShape s;
  Shape x_sizes;
  friend const char* label_of(const AdaptiveMaxPool& op) {
    static constexpr const char* kNames[] = {"adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"};
    return kNames[op.s.dims - 1];
  }
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Tensor in = plain(x);
    const Shape sizes = with_spatial(x_sizes, s);
    Tensor y = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    if (y.numel())
      adaptive_max_pool_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data(),
                                                    indices.impl()->data_as<int64_t>());
    return {as_image(y, x), as_image(indices, x)};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& indices) const {
    if (!g[0].defined()) return {};
    return {apply(PlaneScatter{s, x_sizes}, g[0], indices)};
  }
};

struct FractionalMaxPool {
  static constexpr auto name = "fractional_max_pool";
  using saves = Saves<OutAt<1>>;
  PoolShape s;
  Shape x_sizes;
  friend const char* label_of(const FractionalMaxPool& op) {
    static constexpr const char* kNames[] = {"fractional_max_pool1d", "fractional_max_pool2d", "fractional_max_pool3d"};
    return kNames[op.s.dims - 1];
  }
  std::array<Tensor, 2> forward(const Tensor& x, const Tensor& samples) const {
    const Tensor in = plain(x), u = plain(samples);
    const Shape sizes = with_spatial(x_sizes, s);
    Tensor y = empty_of(x, sizes), indices = empty_of(x, sizes, kLong);
    if (y.numel())
      fractional_max_pool_kernel.get(x.scalar_type())(s, in.impl()->data(), u.impl()->data(), y.impl()->data(),
                                                      indices.impl()->data_as<int64_t>());
    return {y, indices};
  }
  Grads<2> backward(const Grads<2>& g, const Needs<2>&, const Tensor& indices) const {
    if (!g[0].defined()) return {};
    return {apply(PlaneScatter{s, x_sizes}, g[0], indices), Tensor()};
  }
};

struct MaxUnpool {
  static constexpr auto name = "max_unpool";
  using saves = Saves<In<1>>;
  PoolShape s;
  Shape y_sizes;
  friend const char* label_of(const MaxUnpool& op) {
    static constexpr const char* kNames[] = {"max_unpool1d", "max_unpool2d", "max_unpool3d"};
    return kNames[op.s.dims - 1];
  }
  Tensor forward(const Tensor& x, const Tensor& indices) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, y_sizes);
    if (y.numel())
      max_unpool_kernel.get(x.scalar_type())(s, in.impl()->data(), indices.impl()->data_as<int64_t>(),
                                             y.impl()->data());
    return as_image(y, x);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& indices) const {
    return {apply(PlaneGather{reversed(s), y_sizes}, g, indices), Tensor()};
  }
};

struct AdaptiveAvgPoolBackward;
struct AdaptiveAvgPool {
  static constexpr auto name = "adaptive_avg_pool";
  using saves = Saves<>;
  PoolShape s;
  Shape x_sizes;
  friend const char* label_of(const AdaptiveAvgPool& op) {
    static constexpr const char* kNames[] = {"adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"};
    return kNames[op.s.dims - 1];
  }
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, with_spatial(x_sizes, s));
    if (y.numel()) adaptive_avg_pool_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data());
    return as_image(y, x);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const;
};
struct AdaptiveAvgPoolBackward {
  static constexpr auto name = "adaptive_avg_pool_backward";
  using saves = Saves<>;
  PoolShape s;
  Shape x_sizes;
  Tensor forward(const Tensor& g) const {
    const Tensor in = plain(g);
    Tensor dx = empty_of(g, x_sizes);
    if (dx.numel()) adaptive_avg_pool_backward_kernel.get(g.scalar_type())(s, in.impl()->data(), dx.impl()->data());
    return as_image(dx, g);
  }
  Grads<1> backward(const Tensor& v, const Needs<1>&) const { return {apply(AdaptiveAvgPool{s, x_sizes}, v)}; }
};
Grads<1> AdaptiveAvgPool::backward(const Tensor& g, const Needs<1>&) const {
  return {apply(AdaptiveAvgPoolBackward{s, x_sizes}, g)};
}

void fill_entries(const char* op, const char* what, IntArrayRef from, int dims, int64_t low, int64_t* to) {
  check(from.size() == 1 || static_cast<int>(from.size()) == dims, op, ": ", what, " must have 1 or ", dims,
        " entries, got ", from);
  for (int d = 0; d < dims; ++d) {
    to[d] = from[from.size() == 1 ? 0 : static_cast<size_t>(d)];
    check(to[d] >= low, op, ": elements of ", what, " must be greater than or equal to ", low, ", but got ", from);
  }
}

/// Planes, input and output sizes; checks what all these pools share.
PoolShape shape_of(const char* op, int dims, const Tensor& x, IntArrayRef output_size) {
  check_defined(op, x);
  check(x.dim() == dims + 1 || x.dim() == dims + 2, op, ": Expected ", dims + 1, "D or ", dims + 2,
        "D tensor, but got input ", x.sizes());
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x.scalar_type());
  PoolShape s;
  s.dims = dims;
  s.planes = 1;
  for (int64_t d = 0; d < x.dim() - dims; ++d) s.planes *= x.size(d);
  for (int64_t d = x.dim() == dims + 2 ? 1 : 0; d < x.dim(); ++d)
    check(x.size(d) > 0, op, ": Expected input to have non-zero size for non-batch dimensions, but input has sizes ",
          x.sizes(), " with dimension ", d, " being empty");
  fill_entries(op, "output_size", output_size, dims, 0, s.out);
  for (int d = 0; d < dims; ++d) s.in[d] = x.size(x.dim() - dims + d);
  checked_numel(with_spatial(x.sizes(), s), 8, op);
  return s;
}

Tensor adaptive_avg(const char* op, int dims, const Tensor& x, IntArrayRef output_size) {
  return apply(AdaptiveAvgPool{shape_of(op, dims, x, output_size), Shape(x.sizes())}, x);
}

std::tuple<Tensor, Tensor> adaptive_max(const char* op, int dims, const Tensor& x, IntArrayRef output_size) {
  auto y = apply(AdaptiveMaxPool{shape_of(op, dims, x, output_size), Shape(x.sizes())}, x);
  return {std::move(y[0]), std::move(y[1])};
}

Tensor max_unpool(const char* op, int dims, const Tensor& x, const Tensor& indices, IntArrayRef output_size) {
  check_defined(op, x);
  check_defined(op, indices, "indices");
  check(indices.scalar_type() == kLong, op,
        ": elements in indices should be type int64 but got: ", indices.scalar_type());
  check(static_cast<int>(output_size.size()) == dims, op, ": There should be exactly ", dims,
        " elements in output_size, but got ", output_size.size(), " elements: ", output_size);
  check(x.sizes() == indices.sizes(), op, ": Expected shape of indices to be: ", x.sizes(),
        " but got: ", indices.sizes());
  const PoolShape s = shape_of(op, dims, x, output_size);
  const Tensor at = plain(indices);
  int64_t volume = 1;
  for (int d = 0; d < dims; ++d) volume *= s.out[d];
  const int64_t* p = at.impl()->data_as<int64_t>();
  for (int64_t i = 0; i < at.numel(); ++i)
    check(p[i] >= 0 && p[i] < volume, op, ": Found an invalid max index: ", p[i], " (output volumes are of size ",
          output_size, ")");
  return apply(MaxUnpool{s, with_spatial(x.sizes(), s)}, x, at);
}

std::tuple<Tensor, Tensor> fractional(const char* op, int dims, const Tensor& x, IntArrayRef kernel_size,
                                      IntArrayRef output_size, const Tensor& samples) {
  PoolShape s = shape_of(op, dims, x, output_size);
  fill_entries(op, "kernel_size", kernel_size, dims, 1, s.kernel);
  for (int d = 0; d < dims; ++d) {
    check(s.out[d] >= 1, op, ": output_size must be positive, got ", output_size);
    check(s.kernel[d] <= s.in[d] - s.out[d] + 1, op, ": kernel_size ", kernel_size, " and output_size ", output_size,
          " are too large relative to input size ", s.in[d], " in spatial dimension ", d, " of input ", x.sizes(),
          ": output_size + kernel_size - 1 must not exceed it");
  }
  const int64_t n = x.dim() == dims + 2 ? x.size(0) : 1, c = x.size(x.dim() - dims - 1);
  check_defined(op, samples, "_random_samples");
  check(samples.scalar_type() == x.scalar_type(), op, ": Expect _random_samples to have the same dtype as input, got ",
        samples.scalar_type(), " and ", x.scalar_type());
  check(samples.sizes() == IntArrayRef({n, c, static_cast<int64_t>(dims)}), op,
        ": Expect _random_samples of shape (N, C, ", dims, ") = ", IntArrayRef({n, c, static_cast<int64_t>(dims)}),
        ", got ", samples.sizes());
  auto y = apply(FractionalMaxPool{s, Shape(x.sizes())}, x, samples);
  return {std::move(y[0]), std::move(y[1])};
}

}  // namespace

Tensor adaptive_avg_pool1d(const Tensor& x, IntArrayRef o) { return adaptive_avg("adaptive_avg_pool1d", 1, x, o); }
Tensor adaptive_avg_pool2d(const Tensor& x, IntArrayRef o) { return adaptive_avg("adaptive_avg_pool2d", 2, x, o); }
Tensor adaptive_avg_pool3d(const Tensor& x, IntArrayRef o) { return adaptive_avg("adaptive_avg_pool3d", 3, x, o); }
std::tuple<Tensor, Tensor> adaptive_max_pool1d(const Tensor& x, IntArrayRef o) {
  return adaptive_max("adaptive_max_pool1d", 1, x, o);
}
std::tuple<Tensor, Tensor> adaptive_max_pool2d(const Tensor& x, IntArrayRef o) {
  return adaptive_max("adaptive_max_pool2d", 2, x, o);
}
std::tuple<Tensor, Tensor> adaptive_max_pool3d(const Tensor& x, IntArrayRef o) {
  return adaptive_max("adaptive_max_pool3d", 3, x, o);
}

Tensor max_unpool1d(const Tensor& x, const Tensor& indices, IntArrayRef o) {
  return max_unpool("max_unpool1d", 1, x, indices, o);
}
Tensor max_unpool2d(const Tensor& x, const Tensor& indices, IntArrayRef o) {
  return max_unpool("max_unpool2d", 2, x, indices, o);
}
Tensor max_unpool3d(const Tensor& x, const Tensor& indices, IntArrayRef o, IntArrayRef stride, IntArrayRef padding) {
  int64_t entries[kMaxSpatial];
  fill_entries("max_unpool3d", "stride", stride, 3, 1, entries);
  fill_entries("max_unpool3d", "padding", padding, 3, 0, entries);
  return max_unpool("max_unpool3d", 3, x, indices, o);
}

std::tuple<Tensor, Tensor> fractional_max_pool2d(const Tensor& x, IntArrayRef k, IntArrayRef o, const Tensor& u) {
  return fractional("fractional_max_pool2d", 2, x, k, o, u);
}
std::tuple<Tensor, Tensor> fractional_max_pool3d(const Tensor& x, IntArrayRef k, IntArrayRef o, const Tensor& u) {
  return fractional("fractional_max_pool3d", 3, x, k, o, u);
}

}  // namespace lampas
