#include "ops/pad.h"

#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pad.h"
#include "lampas/ops/shape.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/elementwise.h"

namespace lampas {

namespace {

/// Linear in x up to the constant; its derivative crops what it added, and the other way round.
struct ConstantPad {
  static constexpr auto name = "constant_pad_nd";
  using saves = Saves<>;
  Shape before, x_sizes, y_sizes;
  double value;
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x), fill = full({}, value, TensorOptions(x.scalar_type()));
    Tensor y = empty_of(x, y_sizes);
    if (y.numel())
      constant_pad_kernel.get(x.scalar_type())(
          {static_cast<int>(x_sizes.size()), x_sizes.data(), before.data(), y_sizes.data()}, in.impl()->data(),
          fill.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const {
    Shape crop(before);
    for (int64_t& b : crop) b = -b;
    return {apply(ConstantPad{crop, y_sizes, x_sizes, 0}, g)};
  }
};

struct PlanePadBackward;
struct PlanePadForward {
  static constexpr auto name = "pad";
  using saves = Saves<>;
  PlanePad p;
  Shape x_sizes, y_sizes;
  friend const char* label_of(const PlanePadForward& op) {
    static constexpr const char* kReflect[] = {"reflection_pad1d", "reflection_pad2d", "reflection_pad3d"};
    static constexpr const char* kReplicate[] = {"replication_pad1d", "replication_pad2d", "replication_pad3d"};
    if (op.p.source == PadSource::Circular) return "pad_circular";
    return (op.p.source == PadSource::Reflect ? kReflect : kReplicate)[op.p.dims - 1];
  }
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, y_sizes);
    if (y.numel()) plane_pad_kernel.get(x.scalar_type())(p, in.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const;
};
struct PlanePadBackward {
  static constexpr auto name = "pad_backward";
  using saves = Saves<>;
  PlanePad p;
  Shape x_sizes, y_sizes;
  Tensor forward(const Tensor& g) const {
    const Tensor in = plain(g);
    Tensor dx = empty_of(g, x_sizes);
    if (dx.numel()) plane_pad_backward_kernel.get(g.scalar_type())(p, in.impl()->data(), dx.impl()->data());
    return dx;
  }
  Grads<1> backward(const Tensor& v, const Needs<1>&) const { return {apply(PlanePadForward{p, x_sizes, y_sizes}, v)}; }
};
Grads<1> PlanePadForward::backward(const Tensor& g, const Needs<1>&) const {
  return {apply(PlanePadBackward{p, x_sizes, y_sizes}, g)};
}

Tensor plane_pad(const char* op, PadSource source, const Tensor& x, IntArrayRef pad) {
  const auto dims = static_cast<int>(pad.size() / 2);
  check(pad.size() % 2 == 0 && dims >= 1 && dims <= kMaxSpatial, op,
        ": padding must have 2, 4 or 6 entries, one pair for each padded dimension, got ", pad);
  check(x.dim() == dims + 1 || x.dim() == dims + 2, op, ": Expected ", dims + 1, "D or ", dims + 2,
        "D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ",
        x.sizes(), " with padding ", pad);
  for (int64_t d = x.dim() - dims - 1; d < x.dim(); ++d)
    check(x.size(d) > 0, op, ": Expected ", dims + 1, "D or ", dims + 2,
          "D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ",
          x.sizes());
  PlanePad p;
  p.dims = dims;
  p.source = source;
  p.planes = 1;
  for (int64_t d = 0; d < x.dim() - dims; ++d) p.planes *= x.size(d);
  Shape sizes(x.sizes());
  for (int d = 0; d < dims; ++d) {
    const int64_t dim = x.dim() - dims + d, n = x.size(dim);
    const int64_t before = pad[static_cast<size_t>(2 * (dims - 1 - d))],
                  after = pad[static_cast<size_t>(2 * (dims - 1 - d) + 1)];
    check(source != PadSource::Reflect || (before < n && after < n), op,
          ": Padding size should be less than the corresponding input dimension, but got: padding (", before, ", ",
          after, ") at dimension ", dim, " of input ", x.sizes());
    check(source != PadSource::Circular || (before <= n && after <= n), op,
          ": Padding value causes wrapping around more than once, got padding (", before, ", ", after,
          ") at dimension ", dim, " of input ", x.sizes());
    const int64_t out = n + before + after;
    // A crop on one side must leave something to copy, whatever the other side adds.
    check(out >= 1 && before > -n && after > -n, op, ": input ", x.sizes(), " is too small: padding (", before, ", ",
          after, ") gives output size ", out, " in dimension ", dim);
    p.in[d] = n, p.before[d] = before, p.out[d] = out;
    sizes[static_cast<size_t>(dim)] = out;
  }
  checked_numel(sizes, static_cast<size_t>(x.element_size()), op);
  return apply(PlanePadForward{p, Shape(x.sizes()), sizes}, x);
}

constexpr int64_t kLargest = int64_t{1} << 61;  // two of them and a size do not overflow

/// Crops first, so that what is left repeats.
Tensor circular_pad(const char* op, const Tensor& x, IntArrayRef pad) {
  check(pad.size() % 2 == 0, op, ": padding length must be even, got ", pad);
  for (const int64_t p : pad) check(p < kLargest && p > -kLargest, op, ": padding is too large: ", pad);
  Shape grown(pad);
  Tensor rest = x;
  for (size_t k = 0; k < pad.size(); k += 2) {
    if (pad[k] >= 0 && pad[k + 1] >= 0) continue;
    const int64_t dim = x.dim() - 1 - static_cast<int64_t>(k / 2);
    check(dim >= 0, op, ": padding ", pad, " has more than two entries for each dimension of input ", x.sizes());
    const int64_t front = std::max<int64_t>(-pad[k], 0), back = std::max<int64_t>(-pad[k + 1], 0);
    check(front + back < x.size(dim), op, ": Negative padding value is resulting in an empty dimension: padding (",
          pad[k], ", ", pad[k + 1], ") at dimension ", dim, " of input ", x.sizes());
    rest = rest.narrow(dim, front, x.size(dim) - front - back);
    grown[k] = std::max<int64_t>(pad[k], 0), grown[k + 1] = std::max<int64_t>(pad[k + 1], 0);
  }
  return plane_pad(op, PadSource::Circular, rest, grown);
}

Tensor plane_pad_nd(const char* op, int dims, PadSource source, const Tensor& x, IntArrayRef pad) {
  check_defined(op, x);
  check(static_cast<int>(pad.size()) == 2 * dims, op, ": padding size is expected to be ", 2 * dims, ", but got ", pad);
  return plane_pad(op, source, x, pad);
}

}  // namespace

Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad, const Scalar& value) {
  check_defined("constant_pad_nd", x);
  check_number(value, x.scalar_type());
  check(pad.size() % 2 == 0, "constant_pad_nd: Length of pad must be even but instead it equals ", pad.size());
  check(static_cast<int64_t>(pad.size()) <= 2 * x.dim(),
        "constant_pad_nd: Length of pad should be no more than twice the number of dimensions of the input. Pad length "
        "is ",
        pad.size(), " while the input has ", x.dim(), " dimensions");
  Shape before(x.sizes().size(), 0), sizes(x.sizes());
  bool changes = false;
  for (size_t k = 0; 2 * k < pad.size(); ++k) {
    const size_t d = sizes.size() - 1 - k;
    for (const int64_t entry : {pad[2 * k], pad[2 * k + 1]})
      check(entry < kLargest && entry > -kLargest, "constant_pad_nd: padding is too large: ", pad);
    before[d] = pad[2 * k];
    sizes[d] += pad[2 * k] + pad[2 * k + 1];
    changes = changes || pad[2 * k] || pad[2 * k + 1];
    check(sizes[d] > 0 || (pad[2 * k] == 0 && pad[2 * k + 1] == 0), "constant_pad_nd: The input size ",
          x.size(static_cast<int64_t>(d)), ", plus negative padding ", pad[2 * k], " and ", pad[2 * k + 1],
          ", resulted in a negative output size, which is invalid. Check dimension ", d, " of your input ", x.sizes());
  }
  checked_numel(sizes, static_cast<size_t>(x.element_size()), "constant_pad_nd");
  if (!changes) return x.clone();
  if (x.dim() == 4 && channels_last(x)) {
    // The result's channels stay last: what follows may count on it.
    const auto last = [](const Shape& s) { return Shape({s[0], s[2], s[3], s[1]}); };
    return apply(ConstantPad{last(before), last(Shape(x.sizes())), last(sizes), value.to<double>()},
                 x.permute({0, 2, 3, 1}))
        .permute({0, 3, 1, 2});
  }
  return apply(ConstantPad{before, Shape(x.sizes()), sizes, value.to<double>()}, x);
}

Tensor reflection_pad1d(const Tensor& x, IntArrayRef p) {
  return plane_pad_nd("reflection_pad1d", 1, PadSource::Reflect, x, p);
}
Tensor reflection_pad2d(const Tensor& x, IntArrayRef p) {
  return plane_pad_nd("reflection_pad2d", 2, PadSource::Reflect, x, p);
}
Tensor reflection_pad3d(const Tensor& x, IntArrayRef p) {
  return plane_pad_nd("reflection_pad3d", 3, PadSource::Reflect, x, p);
}
Tensor replication_pad1d(const Tensor& x, IntArrayRef p) {
  return plane_pad_nd("replication_pad1d", 1, PadSource::Replicate, x, p);
}
Tensor replication_pad2d(const Tensor& x, IntArrayRef p) {
  return plane_pad_nd("replication_pad2d", 2, PadSource::Replicate, x, p);
}
Tensor replication_pad3d(const Tensor& x, IntArrayRef p) {
  return plane_pad_nd("replication_pad3d", 3, PadSource::Replicate, x, p);
}
Tensor _pad_circular(const Tensor& x, IntArrayRef p) {
  check_defined("_pad_circular", x);
  return circular_pad("_pad_circular", x, p);
}

Tensor pad(const Tensor& x, IntArrayRef pad, std::string_view mode, std::optional<double> value) {
  check_defined("pad", x);
  check(pad.size() % 2 == 0, "pad: Padding length must be divisible by 2, got ", pad);
  check(static_cast<int64_t>(pad.size()) <= 2 * x.dim(), "pad: Padding length too large: ", pad,
        " has more than two entries for each dimension of input ", x.sizes());
  if (mode == "constant") return constant_pad_nd(x, pad, value.value_or(0));
  check(mode == "reflect" || mode == "replicate" || mode == "circular", "pad: Unrecognised padding mode ",
        std::string(mode), "; expected constant, reflect, replicate or circular");
  check(!value || *value == 0, "pad: Padding mode \"", std::string(mode), "\" doesn't take in value argument");
  const auto dims = static_cast<int64_t>(pad.size() / 2);
  check(dims >= 1 && dims <= kMaxSpatial && (x.dim() == dims + 1 || x.dim() == dims + 2),
        "pad: Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now: two entries pad 2D or 3D "
        "input, four 3D or 4D, six 4D or 5D, got padding ",
        pad, " and input ", x.sizes());
  const PadSource source = mode == "reflect"     ? PadSource::Reflect
                           : mode == "replicate" ? PadSource::Replicate
                                                 : PadSource::Circular;
  return source == PadSource::Circular ? circular_pad("pad", x, pad) : plane_pad("pad", source, x, pad);
}

}  // namespace lampas
