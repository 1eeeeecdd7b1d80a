// Ops over masks: masked_fill, masked_select, masked_scatter, nonzero.
#include "ops/masked.h"

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/index_plan.h"
#include "ops/inplace_result.h"
#include "ops/labelled.h"
#include "ops/pointwise.h"

namespace lampas {

namespace {

/// A bool tensor; byte masks are taken with a warning, as everywhere.
Tensor checked_mask(const char* op, const Tensor& mask) {
  check(mask.defined(), op, ": mask is undefined");
  if (mask.scalar_type() == kBool) return mask;
  check(mask.scalar_type() == kByte, op, ": expected BoolTensor or ByteTensor for mask, but got ", mask.scalar_type());
  warn(str(op,
           ": received a mask with dtype torch.uint8, this behavior is now deprecated, please use a mask with dtype "
           "torch.bool instead."));
  Tensor b = empty_of(mask, mask.sizes(), kBool);
  copy_elements(b, mask);
  return b;
}

struct MaskedFill {
  static constexpr auto name = "masked_fill";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<1>>;
  const char* label;  // with a number, with a tensor, or index_put
  Tensor write(const Tensor& out, const Tensor& x, const Tensor& mask, const Tensor& value) const {
    return elementwise_as({name, where_kernel}, x.scalar_type(), FirstInput::condition, nullptr, out,
                          {&mask, &value, &x});
  }
  Tensor forward(const Tensor& x, const Tensor& mask, const Tensor& value) const { return write({}, x, mask, value); }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& mask) const {
    return {need[0] ? masked_fill(g, mask, 0) : Tensor(), Tensor(),
            need[2] ? lampas::where(mask, g, g.new_zeros({})) : Tensor()};
  }
};
constexpr auto kFillNumber = "masked_fill", kFillTensor = "masked_fill.1";

struct MaskedSelect {
  static constexpr auto name = "masked_select";
  using saves = Saves<In<1>>;
  Shape from;
  const char* label = name;  // or index
  Tensor forward(const Tensor& x, const Tensor& mask) const {
    const Tensor m = plain(mask), p = plain(x);
    const bool* bits = m.impl()->data_as<bool>();
    const int64_t count = mask_count_kernel.get(kBool)(bits, m.numel());
    Tensor y = empty_of(x, {count});
    mask_compress_kernel.get(x.scalar_type())(p.impl()->data(), bits, m.numel(), y.impl()->data(), count);
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>&, const Tensor& mask) const {
    return {masked_scatter(g.new_zeros(from), mask, g), Tensor()};
  }
};

struct MaskedScatter {
  static constexpr auto name = "masked_scatter_";
  using saves = Saves<In<1>>;
  Shape source_sizes;
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& mask) const {
    Grads<3> d;
    if (need[0]) d[0] = masked_fill(g, mask, 0);
    if (need[2]) {
      // Elements of the source that were not used have no part in the result.
      const Tensor used = masked_select(g, mask);
      d[2] = g.new_zeros({numel_of(source_sizes)});
      d[2].slice(0, 0, used.numel()).copy_(used);
      d[2] = d[2].view(source_sizes);
    }
    return d;
  }
};

/// A value of another dtype must fit.
void check_value_of(const char* op, const Tensor& x, const Tensor& value) {
  check(x.defined(), op, ": tensor is undefined");
  check(value.defined() && value.dim() == 0, op, ": only supports a 0-dimensional value tensor, but got ", value);
  if (value.scalar_type() != x.scalar_type()) check_number(value.item(), x.scalar_type());
}

}  // namespace

void masked_fill_as(const char* label, const Tensor& self, const Tensor& given, const Tensor& value) {
  check_value_of("masked_fill_", self, value);
  const Tensor mask = checked_mask("masked_fill_", given);
  check(broadcast_shapes(self.sizes(), mask.sizes(), "masked_fill_") == Shape(self.sizes()),
        "masked_fill_: mask of shape ", mask.sizes(), " does not broadcast to ", self.sizes());
  if (LAMPAS_UNLIKELY(!self.is_contiguous() && !(self.requires_grad() && GradMode::is_enabled()))) {
    // A repeated element is written once, where the mask holds for any of its places.
    Shape once(self.sizes()), repeated;
    for (size_t d = 0; d < once.size(); ++d)
      if (once[d] > 1 && self.strides()[d] == 0) once[d] = 1, repeated.push_back(static_cast<int64_t>(d));
    if (!repeated.empty() && self.numel() > 0) {
      Tensor any = mask.expand(self.sizes());
      for (const int64_t d : repeated) any = any.any(d, true);
      masked_fill_as(label, self.as_strided(once, self.strides(), self.storage_offset()), any, value);
      return;
    }
  }
  check_writable("masked_fill_", self);
  apply_inplace(
      MaskedFill{label}, self, [&] { MaskedFill{label}.write(self, self, mask, value); }, mask, value);
}

namespace {
Tensor filled(const char* label, const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_value_of("masked_fill", x, value);
  return apply(MaskedFill{label}, x, checked_mask("masked_fill", mask), value);
}
}  // namespace

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  return filled(kFillTensor, x, mask, value);
}
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Scalar& value) {
  return filled(kFillNumber, x, mask, wrapped_scalar(value));
}

Tensor masked_select_as(const char* label, const Tensor& x, const Tensor& given) {
  check(x.defined(), "masked_select: tensor is undefined");
  const Tensor mask = checked_mask("masked_select", given);
  if (x.sizes() == mask.sizes()) return apply(MaskedSelect{Shape(x.sizes()), label}, x, mask);
  const Shape sizes = broadcast_shapes(x.sizes(), mask.sizes(), "masked_select");
  return apply(MaskedSelect{sizes, label}, x.expand(sizes), mask.expand(sizes));
}
Tensor masked_select(const Tensor& x, const Tensor& mask) { return masked_select_as(MaskedSelect::name, x, mask); }

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source) {
  check(x.defined() && mask.defined(), "masked_scatter: tensor is undefined");
  const Shape sizes = broadcast_shapes(x.sizes(), mask.sizes(), "masked_scatter");
  const Tensor whole = x.sizes() == IntArrayRef(sizes) ? x : x.expand(sizes);
  return copy_to_write(whole, MemoryFormat::Contiguous).masked_scatter_(mask, source);
}

Tensor nonzero(const Tensor& x) {
  check(x.defined(), "nonzero: tensor is undefined");
  Tensor mask = x;
  if (x.scalar_type() != kBool) {
    mask = empty_of(x, x.sizes(), kBool);
    copy_elements(mask, x);
  }
  mask = plain(mask);
  const bool* bits = mask.impl()->data_as<bool>();
  const int64_t count = mask_count_kernel.get(kBool)(bits, mask.numel()), rank = x.dim();
  // One dimension's coordinates lie together: whoever indexes by them takes the columns one by one.
  Tensor y = empty_of(x, {rank, count}, kLong);
  if (rank > 0) mask_positions_kernel.get(kBool)(bits, mask.sizes(), y.impl()->data_as<int64_t>(), 1, count);
  y.impl()->set_geometry(Shape({count, rank}), Shape({1, count}));
  return y;
}

Tensor argwhere(const Tensor& x) { return nonzero(x); }

std::vector<Tensor> where(const Tensor& condition) {
  check(condition.defined(), "where: condition is undefined");
  return nonzero(condition.dim() == 0 ? condition.detach().reshape({1}) : condition).unbind(1);
}

Tensor Tensor::masked_fill(const Tensor& mask, const Scalar& value) const {
  return lampas::masked_fill(*this, mask, value);
}
Tensor Tensor::masked_fill(const Tensor& mask, const Tensor& value) const {
  return lampas::masked_fill(*this, mask, value);
}
Tensor& Tensor::masked_fill_(const Tensor& mask, const Scalar& value) const {
  masked_fill_as(kFillNumber, *this, mask, wrapped_scalar(value));
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::masked_fill_(const Tensor& mask, const Tensor& value) const {
  masked_fill_as(kFillTensor, *this, mask, value);
  return const_cast<Tensor&>(*this);
}
Tensor Tensor::masked_select(const Tensor& mask) const { return lampas::masked_select(*this, mask); }
Tensor Tensor::masked_scatter(const Tensor& mask, const Tensor& source) const {
  return lampas::masked_scatter(*this, mask, source);
}
Tensor& Tensor::masked_scatter_(const Tensor& given, const Tensor& source) const {
  check_writable("masked_scatter_", *this);
  check(source.defined(), "masked_scatter_: source is undefined");
  check(scalar_type() == source.scalar_type(), "masked_scatter_: expected self and source to have same dtypes but got ",
        scalar_type(), " and ", source.scalar_type());
  const Tensor mask = checked_mask("masked_scatter_", given).expand(sizes());
  const Tensor m = plain(mask);
  const bool* bits = m.impl()->data_as<bool>();
  const int64_t count = mask_count_kernel.get(kBool)(bits, m.numel());
  check(count <= source.numel(),
        "masked_scatter_: number of elements of source < number of ones in mask: ", source.numel(), " < ", count);
  const Tensor from = apart_from(source, *this);
  apply_inplace(
      MaskedScatter{Shape(from.sizes())}, *this,
      [&] {
        const Tensor y = plain(*this), s = plain(from);
        mask_expand_kernel.get(scalar_type())(y.impl()->data(), bits, m.numel(), s.impl()->data());
        if (!y.is_same(*this)) copy_elements(*this, y);
      },
      mask, from);
  return const_cast<Tensor&>(*this);
}
Tensor Tensor::nonzero() const { return lampas::nonzero(*this); }
Tensor Tensor::argwhere() const { return lampas::nonzero(*this); }

}  // namespace lampas
