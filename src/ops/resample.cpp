#include "ops/resample.h"

#include <cmath>
#include <vector>

#include "autograd/op.h"
#include "lampas/ops/interpolate.h"
#include "ops/channels_last.h"
#include "ops/defined.h"

namespace lampas {

namespace {

enum class Filter : int8_t { Nearest, NearestExact, Linear, Cubic, LinearAntialias, CubicAntialias };

/// A resampling before its tables are made: what an op keeps.
struct Resampling {
  int dims;
  Filter filter;
  bool align_corners;
  int64_t planes;
  int64_t in[kMaxSpatial], out[kMaxSpatial];
  double scale[kMaxSpatial];  // output over input, or 0: the quotient of the sizes
};

/// The cubic convolution kernel at distance x.
template <class F>
F cubic(F x, F a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// Indices and weights of one dimension. Positions are computed in F: where they are truncated, every rounding shows.
template <class F>
struct Table {
  int64_t taps = 1;
  std::vector<int64_t> index;
  std::vector<F> weight;

  Table(const Resampling& p, int d) {
    const int64_t in = p.in[d], out = p.out[d];
    const F step = p.scale[d] > 0 ? static_cast<F>(1 / p.scale[d]) : static_cast<F>(in) / static_cast<F>(out);
    const F aligned = out > 1 ? static_cast<F>(in - 1) / static_cast<F>(out - 1) : F(0);
    const F scale = p.align_corners ? aligned : step;
    const auto clamp = [&](int64_t i) { return std::clamp<int64_t>(i, 0, in - 1); };
    switch (p.filter) {
      case Filter::Nearest:
      case Filter::NearestExact:
        reserve(1, out);
        for (int64_t o = 0; o < out; ++o) {
          const F at = p.filter == Filter::Nearest ? static_cast<F>(o) * step : (static_cast<F>(o) + F(0.5)) * step;
          add(std::min(static_cast<int64_t>(std::floor(at)), in - 1), 1);
        }
        break;
      case Filter::Linear:
        reserve(2, out);
        for (int64_t o = 0; o < out; ++o) {
          F at = p.align_corners ? scale * static_cast<F>(o) : scale * (static_cast<F>(o) + F(0.5)) - F(0.5);
          if (in == out) at = static_cast<F>(o);
          at = std::max(at, F(0));
          const int64_t i = std::min(static_cast<int64_t>(at), in - 1);
          const F part = std::clamp(at - static_cast<F>(i), F(0), F(1));
          add(i, 1 - part);
          add(std::min(i + 1, in - 1), part);
        }
        break;
      case Filter::Cubic:
        reserve(4, out);
        for (int64_t o = 0; o < out; ++o) {
          const F at = p.align_corners ? scale * static_cast<F>(o) : scale * (static_cast<F>(o) + F(0.5)) - F(0.5);
          const F floor = std::floor(at), part = at - floor;
          const auto i = static_cast<int64_t>(floor);
          for (int64_t t = -1; t < 3; ++t) add(clamp(i + t), cubic<F>(part - static_cast<F>(t), F(-0.75)));
        }
        break;
      default:
        antialias(p.filter == Filter::CubicAntialias, scale, in, out);
    }
  }

  void antialias(bool is_cubic, F scale, int64_t in, int64_t out) {
    const F reach = (is_cubic ? F(2) : F(1)) * std::max(scale, F(1)), shrink = scale >= 1 ? 1 / scale : F(1);
    reserve(static_cast<int64_t>(std::ceil(reach)) * 2 + 1, out);
    std::vector<F> w(static_cast<size_t>(taps));
    for (int64_t o = 0; o < out; ++o) {
      const F centre = scale * (static_cast<F>(o) + F(0.5));
      const int64_t first = std::max<int64_t>(static_cast<int64_t>(centre - reach + F(0.5)), 0);
      const int64_t count =
          std::min<int64_t>(std::min<int64_t>(static_cast<int64_t>(centre + reach + F(0.5)), in) - first, taps);
      F sum = 0;
      for (int64_t t = 0; t < count; ++t) {
        const F x = (static_cast<F>(t + first) - centre + F(0.5)) * shrink;
        w[static_cast<size_t>(t)] = is_cubic ? cubic<F>(x, F(-0.5)) : std::max(F(0), 1 - std::abs(x));
        sum += w[static_cast<size_t>(t)];
      }
      for (int64_t t = 0; t < taps; ++t)
        add(std::clamp<int64_t>(first + t, 0, in - 1), t < count && sum != 0 ? w[static_cast<size_t>(t)] / sum : F(0));
    }
  }

  void reserve(int64_t n, int64_t out) {
    taps = n;
    index.reserve(static_cast<size_t>(n * out));
    weight.reserve(static_cast<size_t>(n * out));
  }
  void add(int64_t i, F w) {
    index.push_back(i);
    weight.push_back(w);
  }
};

/// Calls `run` with the tables made.
template <class F, class Run>
void with_tables(const Resampling& p, const Run& run) {
  Resample r;
  r.dims = p.dims;
  r.planes = p.planes;
  std::vector<Table<F>> tables;
  tables.reserve(kMaxSpatial);
  for (int d = 0; d < p.dims; ++d) {
    const Table<F>& t = tables.emplace_back(p, d);
    r.axis[d] = {p.in[d], p.out[d], t.taps, t.index.data(), t.weight.data()};
  }
  run(r);
}
template <class Run>
void with_tables(ScalarType dtype, const Resampling& p, const Run& run) {
  dtype == kDouble ? with_tables<double>(p, run) : with_tables<float>(p, run);
}

Shape sizes_with(const Tensor& x, const Resampling& p, const int64_t* spatial) {
  Shape s{x.size(0), x.size(1)};
  for (int d = 0; d < p.dims; ++d) s.push_back(spatial[d]);
  return s;
}

/// Linear; the two are each other's derivative.
struct InterpolateBackward;
struct Interpolate {
  static constexpr auto name = "interpolate";
  using saves = Saves<>;
  Resampling p;
  const char* label = name;  // upsample_nearest1d, ...
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, sizes_with(x, p, p.out));
    if (y.numel() == 0) return y;
    const bool moves = p.filter == Filter::Nearest || p.filter == Filter::NearestExact;
    const auto kernel = (moves ? nearest_kernel : resample_kernel).get(x.scalar_type());
    with_tables(x.scalar_type(), p, [&](const Resample& r) { kernel(r, in.impl()->data(), y.impl()->data()); });
    // As PyTorch, which does not keep the order of bicubic images.
    return moves || p.filter == Filter::Linear ? as_image(y, x) : y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const;
};
struct InterpolateBackward {
  static constexpr auto name = "interpolate_backward";
  using saves = Saves<>;
  Resampling p;
  Tensor forward(const Tensor& g) const {
    const Tensor in = plain(g);
    Tensor dx = empty_of(g, sizes_with(g, p, p.in));
    if (dx.numel() == 0) return dx;
    const auto kernel = resample_backward_kernel.get(g.scalar_type());
    with_tables(g.scalar_type(), p, [&](const Resample& r) { kernel(r, in.impl()->data(), dx.impl()->data()); });
    return as_image(dx, g);
  }
  Grads<1> backward(const Tensor& v, const Needs<1>&) const { return {apply(Interpolate{p}, v)}; }
};
Grads<1> Interpolate::backward(const Tensor& g, const Needs<1>&) const { return {apply(InterpolateBackward{p}, g)}; }

Tensor run(const char* op, int dims, Filter filter, const Tensor& x, IntArrayRef output_size, bool align_corners,
           std::initializer_list<std::optional<double>> scales) {
  check_defined(op, x);
  check(static_cast<int>(output_size.size()) == dims, op, ": It is expected output_size equals to ", dims,
        ", but got size ", output_size.size());
  check(x.dim() == dims + 2, op, ": It is expected input_size equals to ", dims + 2, ", but got size ", x.dim(),
        " (input ", x.sizes(), ")");
  check(is_floating_point(x.scalar_type()) || filter == Filter::Nearest || filter == Filter::NearestExact, op,
        ": expected a floating point input, got ", x.scalar_type());
  Resampling p{};
  p.dims = dims;
  p.filter = filter;
  p.align_corners = align_corners;
  p.planes = x.size(0) * x.size(1);
  check(x.size(1) > 0, op, ": Non-empty ", dims + 2, "D data tensor expected but got a tensor with sizes ", x.sizes());
  for (int d = 0; d < dims; ++d) {
    p.in[d] = x.size(2 + d);
    p.out[d] = output_size[static_cast<size_t>(d)];
    const std::optional<double>& scale = scales.begin()[d];
    check(!scale || *scale > 0, op, ": scales must be greater than zero, got ", scale.value_or(0));
    p.scale[d] = scale.value_or(0);
    check(p.in[d] > 0 && p.out[d] > 0, op, ": Input and output sizes should be greater than 0, but got input ",
          x.sizes(), " and output size ", output_size);
  }
  checked_numel(sizes_with(x, p, p.out), static_cast<size_t>(x.element_size()), op);
  return apply(Interpolate{p, op}, x);
}

}  // namespace

using Scale = std::optional<double>;

Tensor upsample_nearest1d(const Tensor& x, IntArrayRef o, Scale s) {
  return run("upsample_nearest1d", 1, Filter::Nearest, x, o, false, {s});
}
Tensor upsample_nearest2d(const Tensor& x, IntArrayRef o, Scale h, Scale w) {
  return run("upsample_nearest2d", 2, Filter::Nearest, x, o, false, {h, w});
}
Tensor upsample_nearest3d(const Tensor& x, IntArrayRef o, Scale d, Scale h, Scale w) {
  return run("upsample_nearest3d", 3, Filter::Nearest, x, o, false, {d, h, w});
}
Tensor _upsample_nearest_exact1d(const Tensor& x, IntArrayRef o, Scale s) {
  return run("_upsample_nearest_exact1d", 1, Filter::NearestExact, x, o, false, {s});
}
Tensor _upsample_nearest_exact2d(const Tensor& x, IntArrayRef o, Scale h, Scale w) {
  return run("_upsample_nearest_exact2d", 2, Filter::NearestExact, x, o, false, {h, w});
}
Tensor _upsample_nearest_exact3d(const Tensor& x, IntArrayRef o, Scale d, Scale h, Scale w) {
  return run("_upsample_nearest_exact3d", 3, Filter::NearestExact, x, o, false, {d, h, w});
}
Tensor upsample_linear1d(const Tensor& x, IntArrayRef o, bool align, Scale s) {
  return run("upsample_linear1d", 1, Filter::Linear, x, o, align, {s});
}
Tensor upsample_bilinear2d(const Tensor& x, IntArrayRef o, bool align, Scale h, Scale w) {
  return run("upsample_bilinear2d", 2, Filter::Linear, x, o, align, {h, w});
}
Tensor upsample_trilinear3d(const Tensor& x, IntArrayRef o, bool align, Scale d, Scale h, Scale w) {
  return run("upsample_trilinear3d", 3, Filter::Linear, x, o, align, {d, h, w});
}
Tensor upsample_bicubic2d(const Tensor& x, IntArrayRef o, bool align, Scale h, Scale w) {
  return run("upsample_bicubic2d", 2, Filter::Cubic, x, o, align, {h, w});
}
Tensor _upsample_bilinear2d_aa(const Tensor& x, IntArrayRef o, bool align, Scale h, Scale w) {
  return run("_upsample_bilinear2d_aa", 2, Filter::LinearAntialias, x, o, align, {h, w});
}
Tensor _upsample_bicubic2d_aa(const Tensor& x, IntArrayRef o, bool align, Scale h, Scale w) {
  return run("_upsample_bicubic2d_aa", 2, Filter::CubicAntialias, x, o, align, {h, w});
}

}  // namespace lampas
