// Parts of complex numbers, and what follows from functions of their parts.
#include "ops/complex.h"

#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise_op.h"
#include "ops/out.h"

namespace lampas {

namespace {

ScalarType real_dtype(ScalarType t) { return t == kComplexFloat ? kFloat : t == kComplexDouble ? kDouble : t; }

/// `y`, the memory of `x` as another dtype, is no view a geometry could describe: writing to it in place is refused
/// while either has a history.
template <class Op>
Tensor reinterpreted(const Op& op, const Tensor& x, Tensor y) {
  if (LAMPAS_LIKELY(!(detail::thread_state.grad_mode && detail::tracked(x)))) return y;
  NodePtr node = detail::record(op, y, x);
  detail::link_view(x, y, true, ViewKind::multi_output);
  detail::give_history(y, node.detach(), 0);
  return y;
}
struct ViewAsReal {
  static constexpr auto name = "view_as_real";
  using saves = Saves<>;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {view_as_complex(g.contiguous())}; }
};
struct ViewAsComplex {
  static constexpr auto name = "view_as_complex";
  using saves = Saves<>;
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {view_as_real(g)}; }
};

struct Conj {
  static constexpr auto name = "conj_physical";
  using saves = Saves<>;
  Tensor forward(const Tensor& x) const {
    Tensor y = x.clone();
    view_as_real(y).select(-1, 1).neg_();
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {g.conj()}; }
};

struct Complex {
  static constexpr auto name = "complex";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Tensor forward(const Tensor& re, const Tensor& im) const {
    const Shape sizes = broadcast_shapes(re.sizes(), im.sizes(), name);
    const Tensor a = re.expand(sizes), b = im.expand(sizes);
    Tensor y = empty_of(re, sizes, complex_dtype(re.scalar_type()));
    y.impl()->set_geometry(sizes, dense_strides(sizes, {a.impl()->strides(), b.impl()->strides()}));
    const Tensor parts = view_as_real(y);
    copy_elements(parts.select(-1, 0), a);
    copy_elements(parts.select(-1, 1), b);
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? real(g) : Tensor(), need[1] ? imag(g) : Tensor()};
  }
};

void check_parts(const char* op, const Tensor& a, const Tensor& b) {
  check(a.defined() && b.defined(), op, ": tensor is undefined");
  check((a.scalar_type() == kFloat || a.scalar_type() == kDouble) && a.scalar_type() == b.scalar_type(), op,
        ": expected both inputs to be Float or Double tensors of one dtype, but got ", a.scalar_type(), " and ",
        b.scalar_type());
}

}  // namespace

Tensor view_as_real(const Tensor& x) {
  check(x.defined(), "view_as_real: tensor is undefined");
  check(is_complex(x), "view_as_real is only supported for complex tensors, got ", x.scalar_type());
  const TensorImpl& i = *x.impl();
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  for (int64_t& s : strides) s *= 2;
  sizes.push_back(2);
  strides.push_back(1);
  check(sizes.size() <= kMaxDims, "view_as_real: at most ", kMaxDims - 1, " dimensions, got ", x.dim());
  return reinterpreted(ViewAsReal{}, x,
                       Tensor::adopt(detail::new_over(i.storage, sizes, strides, i.offset, real_dtype(i.dtype))));
}

Tensor view_as_complex(const Tensor& x) {
  check(x.defined(), "view_as_complex: tensor is undefined");
  const TensorImpl& i = *x.impl();
  check(i.dtype == kFloat || i.dtype == kDouble,
        "view_as_complex is only supported for floating point tensors (Float and Double), but got a tensor of scalar "
        "type: ",
        i.dtype);
  check(i.ndim > 0, "view_as_complex: Input tensor must have one or more dimensions");
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  check(sizes.back() == 2, "view_as_complex: Tensor must have a last dimension of size 2, got ", x.sizes());
  check(strides.back() == 1, "view_as_complex: Tensor must have a last dimension with stride 1, got strides ",
        x.strides());
  sizes.pop_back();
  strides.pop_back();
  for (size_t d = 0; d < strides.size(); ++d) {
    check(strides[d] % 2 == 0 || sizes[d] <= 1,
          "view_as_complex: Tensor must have a stride divisible by 2 for all but last dimension, got ", x.strides());
    strides[d] = strides[d] % 2 == 0 ? strides[d] / 2 : 1;
  }
  check(x.storage_offset() % 2 == 0, "view_as_complex: Tensor must have a storage_offset divisible by 2, got ",
        x.storage_offset());
  return reinterpreted(ViewAsComplex{}, x,
                       Tensor::adopt(detail::new_over(i.storage, sizes, strides, i.offset, complex_dtype(i.dtype))));
}

Tensor conj(const Tensor& x) { return is_complex(x) ? apply(Conj{}, x) : x; }
Tensor conj_physical(const Tensor& x) { return conj(x); }
Tensor& conj_physical_out(Tensor& out, const Tensor& x) { return result_out("conj_physical", out, conj(x)); }
Tensor Tensor::conj() const { return lampas::conj(*this); }
Tensor Tensor::conj_physical() const { return lampas::conj(*this); }
Tensor& Tensor::conj_physical_() const {
  if (lampas::is_complex(scalar_type()))
    apply_inplace(Conj{}, *this, [&] { view_as_real(detach()).select(-1, 1).neg_(); });
  else
    detail::check_inplace(*this, "conj_physical_");
  return const_cast<Tensor&>(*this);
}

Tensor real(const Tensor& x) { return is_complex(x) ? view_as_real(x).select(-1, 0) : x; }
Tensor imag(const Tensor& x) {
  check(is_complex(x), "imag is not implemented for tensors with non-complex dtypes.");
  return view_as_real(x).select(-1, 1);
}
Tensor Tensor::real() const { return lampas::real(*this); }
Tensor Tensor::imag() const { return lampas::imag(*this); }

Tensor truth(const Tensor& x) { return LAMPAS_UNLIKELY(is_complex(x)) ? x.ne(0) : x; }
Tensor complex_abs(const Tensor& x) {
  const Tensor parts = view_as_real(x);
  return parts.select(-1, 0).hypot(parts.select(-1, 1));
}
Tensor complex_sgn(const Tensor& x) {
  const Tensor size = complex_abs(x);
  // A divisor of 1 where x is 0, so that no NaN arises there in backward either.
  const Tensor divisor = size.masked_fill(size.detach().eq(0), 1).unsqueeze(-1);
  return complex_linear(x, [&](const Tensor& parts) { return parts.div(divisor).contiguous(); });
}

Tensor angle(const Tensor& x) {
  check(x.defined(), "angle: tensor is undefined");
  if (is_complex(x)) {
    const Tensor parts = view_as_real(x);
    return parts.select(-1, 1).atan2(parts.select(-1, 0));
  }
  // atan2(0, x), but 0 for -0 and flat everywhere.
  const Tensor t = is_floating_point(x.scalar_type()) ? x : x.to(get_default_dtype());
  return t.mul(0).masked_fill(t.detach().isinf(), 0).masked_fill(t.detach().lt(0), 3.14159265358979323846);
}
Tensor& angle_out(Tensor& out, const Tensor& x) { return result_out("angle", out, angle(x)); }
Tensor Tensor::angle() const { return lampas::angle(*this); }

Tensor complex_of(const Tensor& re, const Tensor& im) {
  check_parts("complex", re, im);
  return apply(Complex{}, re, im);
}
Tensor polar(const Tensor& abs, const Tensor& angle) {
  check_parts("polar", abs, angle);
  return complex_of(abs.mul(angle.cos()), abs.mul(angle.sin()));
}
Tensor& polar_out(Tensor& out, const Tensor& abs, const Tensor& angle) {
  return result_out("polar", out, polar(abs, angle));
}

}  // namespace lampas
