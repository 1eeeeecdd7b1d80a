#include "lampas/ops/matmul.h"

#include "autograd/op.h"
#include "lampas/ops/products.h"
#include "ops/complex.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/labelled.h"
#include "ops/matmul.h"
#include "ops/pack.h"
#include "ops/view.h"

namespace lampas {

namespace {

/// The last two dimensions as gemm wants them: rows or columns contiguous.
struct Matrix {
  Tensor held;  // the tensor, or a copy in row-major order
  bool trans = false;
  int64_t ld = 1;
  explicit Matrix(const Tensor& t) : held(t) {
    if (!fits()) {
      held = plain(t);
      if (!held.impl()->contiguous || !fits()) lampas::fail("matmul: cannot lay out ", t);
    }
  }
  const void* data() const { return held.impl()->data(); }

 private:
  bool fits() {
    const TensorImpl& i = *held.impl();
    const int64_t rows = i.sizes()[i.ndim - 2], cols = i.sizes()[i.ndim - 1];
    const int64_t sr = i.strides()[i.ndim - 2], sc = i.strides()[i.ndim - 1];
    if ((sc == 1 || cols <= 1) && (sr >= cols || rows <= 1)) {
      trans = false;
      ld = rows <= 1 ? std::max<int64_t>(cols, 1) : std::max<int64_t>(sr, 1);
      return true;
    }
    if ((sr == 1 || rows <= 1) && (sc >= rows || cols <= 1)) {
      trans = true;
      ld = cols <= 1 ? std::max<int64_t>(rows, 1) : std::max<int64_t>(sc, 1);
      return true;
    }
    return false;
  }
};

void gemm(const Matrix& a, const Matrix& b, const Tensor& c, double alpha, double beta, const void* bias,
          const Tensor& c0 = {}) {
  Gemm g;
  const TensorImpl& i = *c.impl();
  g.m = i.sizes()[0];
  g.n = i.sizes()[1];
  g.k = a.held.impl()->sizes()[1];
  g.trans_a = a.trans, g.a = a.data(), g.lda = a.ld;
  g.trans_b = b.trans, g.b = b.data(), g.ldb = b.ld;
  g.c = i.data(), g.ldc = std::max<int64_t>(g.n, 1);
  g.alpha = alpha, g.beta = beta, g.bias = bias;
  if (c0.defined()) g.c0 = c0.impl()->data(), g.ldc0 = c0.stride(0);
  gemm_kernel.get(i.dtype)(g);
}

void check_same_dtype(const char* op, const Tensor& a, const Tensor& b) {
  check(a.scalar_type() == b.scalar_type(), op,
        ": expected both operands to have the same dtype, but got: ", a.scalar_type(), " != ", b.scalar_type());
}

struct Mm {
  static constexpr auto name = "mm";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    Tensor y = empty_of(a, {a.impl()->sizes()[0], b.impl()->sizes()[1]});
    if (y.impl()->numel) gemm(Matrix(a), Matrix(b), y, 1, 0, nullptr);
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? mm(g, b.t()) : Tensor(), need[1] ? mm(a.t(), g) : Tensor()};
  }
};

Tensor as_column(const Tensor& v) { return view_of(v, {v.size(0), 1}, {v.stride(0), 1}); }

struct Mv {
  static constexpr auto name = "mv";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Tensor forward(const Tensor& m, const Tensor& v) const {
    const int64_t n = m.size(0);
    Tensor y = empty_of(m, {n, 1});
    if (n) gemm(Matrix(m), Matrix(as_column(v)), y, 1, 0, nullptr);
    y.impl()->set_contiguous({n});
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& m, const Tensor& v) const {
    return {need[0] ? outer(g, v) : Tensor(), need[1] ? mv(m.t(), g) : Tensor()};
  }
};

struct Dot {
  static constexpr auto name = "dot";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  const char* label = name;  // or vdot
  Tensor forward(const Tensor& a, const Tensor& b) const {
    Tensor y = empty_of(a, {1, 1});
    gemm(Matrix(view_of(a, {1, a.size(0)}, {a.size(0), a.stride(0)})), Matrix(as_column(b)), y, 1, 0, nullptr);
    y.impl()->set_contiguous({});
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? g.mul(b) : Tensor(), need[1] ? g.mul(a) : Tensor()};
  }
};

/// Expanded to the sizes of y, if products can add to it where it lies; undefined if not.
Tensor readable_as(const Tensor& x, const Tensor& y) {
  const Tensor e = x.sizes() == y.sizes() ? x : x.detach().expand(y.sizes());
  return e.scalar_type() == y.scalar_type() && e.stride(-1) == 1 ? e : Tensor();
}

/// y = beta c0 + alpha (a x b) for operands of one rank > 2 whose batch dimensions broadcast. c0: y, or what
/// `readable_as` gave.
void batched_gemm(const Tensor& a, const Tensor& b, const Tensor& y, double alpha, double beta, const Tensor& c0) {
  const int64_t batch = a.dim() - 2;
  const IntArrayRef sizes = y.sizes();
  const Matrix ma(a), mb(b);
  // Merge batch dimensions whose strides allow it on all three sides.
  BatchDim dims[kMaxDims];
  int n = 0;
  for (int64_t d = 0; d < batch; ++d) {
    if (sizes[d] == 1) continue;
    const BatchDim next{sizes[d], a.size(d) == 1 ? 0 : ma.held.stride(d), b.size(d) == 1 ? 0 : mb.held.stride(d),
                        y.stride(d), c0.stride(d)};
    if (n && dims[n - 1].a == next.a * next.size && dims[n - 1].b == next.b * next.size &&
        dims[n - 1].c == next.c * next.size && dims[n - 1].c0 == next.c0 * next.size)
      dims[n - 1] = {dims[n - 1].size * next.size, next.a, next.b, next.c, next.c0};
    else
      dims[n++] = next;
  }
  Gemm g;
  g.m = a.size(-2), g.n = b.size(-1), g.k = a.size(-1);
  g.trans_a = ma.trans, g.lda = ma.ld, g.trans_b = mb.trans, g.ldb = mb.ld;
  g.ldc = std::max<int64_t>(g.n, 1), g.ldc0 = c0.stride(-2);
  g.alpha = alpha, g.beta = beta;
  g.batch_dims = std::min(n, kMaxBatchDims);
  const int outer = n - g.batch_dims;
  for (int k = 0; k < g.batch_dims; ++k) g.batch[k] = dims[outer + k];
  const auto item = a.element_size();
  // Dimensions beyond what one call takes are walked here.
  int64_t index[kMaxDims] = {};
  auto kernel = gemm_kernel.get(a.scalar_type());
  for (;;) {
    int64_t oa = 0, ob = 0, oc = 0, oc0 = 0;
    for (int d = 0; d < outer; ++d) {
      oa += index[d] * dims[d].a, ob += index[d] * dims[d].b;
      oc += index[d] * dims[d].c, oc0 += index[d] * dims[d].c0;
    }
    g.a = static_cast<const char*>(ma.data()) + oa * item;
    g.b = static_cast<const char*>(mb.data()) + ob * item;
    g.c = static_cast<char*>(y.impl()->data()) + oc * item;
    g.c0 = static_cast<const char*>(c0.impl()->data()) + oc0 * item;
    kernel(g);
    int d = outer - 1;
    while (d >= 0 && ++index[d] == dims[d].size) index[d--] = 0;
    if (d < 0) return;
  }
}

struct BatchedMatmul {
  static constexpr auto name = "bmm";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    const int64_t batch = a.dim() - 2;
    Shape sizes = broadcast_shapes(a.sizes().slice(0, batch), b.sizes().slice(0, batch), "matmul");
    sizes.push_back(a.size(-2));
    sizes.push_back(b.size(-1));
    checked_numel(sizes, a.element_size(), "matmul");
    Tensor y = empty_of(a, sizes);
    if (y.numel()) batched_gemm(a, b, y, 1, 0, y);
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? matmul(g, b.transpose(-1, -2)) : Tensor(), need[1] ? matmul(a.transpose(-1, -2), g) : Tensor()};
  }
};

struct Baddbmm {
  static constexpr auto name = "baddbmm";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<1, 2>, In<2, 1>>;
  double beta, alpha;
  Tensor forward(const Tensor& input, const Tensor& a, const Tensor& b) const {
    Tensor y = empty_of(a, {a.size(0), a.size(1), b.size(2)});
    if (y.numel() == 0) return y;
    Tensor c0 = beta == 0 ? y : readable_as(input, y);
    if (!c0.defined()) {
      copy_elements(y, input);
      c0 = y;
    }
    batched_gemm(a, b, y, alpha, beta, c0);
    return y;
  }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? g.mul(beta) : Tensor(), need[1] ? matmul(g, b.transpose(-1, -2)).mul(alpha) : Tensor(),
            need[2] ? matmul(a.transpose(-1, -2), g).mul(alpha) : Tensor()};
  }
};

struct Addmm {
  static constexpr auto name = "addmm";
  static constexpr bool broadcasts = true;
  using saves = Saves<In<1, 2>, In<2, 1>>;
  double beta, alpha;
  Tensor forward(const Tensor& input, const Tensor& a, const Tensor& b) const {
    Tensor y = empty_of(a, {a.impl()->sizes()[0], b.impl()->sizes()[1]});
    if (y.numel() == 0) return y;
    const bool row = beta == 1 && input.dim() == 1 && input.is_contiguous() && input.numel() == y.size(1);
    const Tensor c0 = row || beta == 0 ? Tensor() : readable_as(input, y);
    if (!row && beta != 0 && !c0.defined()) copy_elements(y, input);
    gemm(Matrix(a), Matrix(b), y, alpha, row ? 0 : beta, row ? input.impl()->data() : nullptr, c0);
    return y;
  }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& a, const Tensor& b) const {
    auto scaled = [](const Tensor& t, double s) { return s == 1 ? t : t.mul(s); };
    return {need[0] ? scaled(g, beta) : Tensor(), need[1] ? scaled(mm(g, b.t()), alpha) : Tensor(),
            need[2] ? scaled(mm(a.t(), g), alpha) : Tensor()};
  }
};

/// x as (rows, in) without copying when its strides allow.
Tensor as_rows(const Tensor& x) {
  const TensorImpl& i = *x.impl();
  if (i.ndim == 2) return x;
  Shape strides;
  const int64_t in = i.sizes()[i.ndim - 1], rows = in ? i.numel / in : numel_of(i.sizes_ref().slice(0, i.ndim - 1));
  const Shape sizes{rows, in};
  if (view_strides(i.sizes_ref(), i.strides_ref(), sizes, strides))
    return Tensor::adopt(detail::new_alias(i, sizes, strides, i.offset));
  const Tensor p = plain(x);
  return Tensor::adopt(detail::new_alias(*p.impl(), sizes, contiguous_strides(sizes), p.impl()->offset));
}

struct Linear {
  static constexpr auto name = "linear";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Tensor forward(const Tensor& x, const Tensor& w, const Tensor& bias) const {
    const TensorImpl &xi = *x.impl(), &wi = *w.impl();
    const int64_t out = wi.sizes()[0];
    const Tensor held_bias = bias.defined() ? plain(bias) : bias;
    const void* b = bias.defined() ? held_bias.impl()->data() : nullptr;
    if (LAMPAS_LIKELY(xi.contiguous && wi.contiguous)) {
      Shape sizes(xi.sizes_ref());
      sizes.back() = out;
      Tensor y = Tensor::adopt(detail::new_impl(sizes, numel_of(sizes), xi.dtype, xi.device));
      if (y.impl()->numel == 0) return y;
      Gemm g;
      g.n = out, g.k = wi.sizes()[1], g.m = y.impl()->numel / out;
      g.a = xi.data(), g.lda = std::max<int64_t>(g.k, 1);
      g.b = wi.data(), g.ldb = std::max<int64_t>(g.k, 1), g.trans_b = true;
      g.c = y.impl()->data(), g.ldc = out;
      g.bias = b;
      if (g.n * g.k >= 4096) g.b_key = pack_key(w);
      gemm_kernel.get(xi.dtype)(g);
      return y;
    }
    const Tensor rows = as_rows(x);
    Tensor y2 = empty_of(x, {rows.size(0), out});
    if (y2.numel())
      gemm(Matrix(rows),
           Matrix(Tensor::adopt(
               detail::new_alias(wi, {wi.sizes()[1], out}, {wi.strides()[1], wi.strides()[0]}, wi.offset))),
           y2, 1, 0, b);
    Shape sizes(x.sizes());
    sizes.back() = out;
    y2.impl()->set_contiguous(sizes);
    return y2;
  }
  Grads<3> backward(const Tensor& g, const Needs<3>& need, const Tensor& x, const Tensor& w) const {
    // Over all leading dimensions at once.
    const int64_t out = g.size(-1);
    const int64_t rows = numel_of(g.sizes().slice(0, g.dim() - 1));
    const Tensor g2 = g.dim() == 2 ? g : g.reshape({rows, out});
    Grads<3> d;
    if (need[0]) {
      d[0] = mm(g2, w);
      if (g.dim() != 2) {
        Shape sizes(g.sizes());
        sizes.back() = w.size(1);
        d[0] = d[0].reshape(sizes);
      }
    }
    if (need[1]) d[1] = mm(g2.t(), x.dim() == 2 ? x : x.reshape({rows, x.size(-1)}));
    if (need[2]) d[2] = g2.sum({0});
    return d;
  }
};

}  // namespace

Tensor mm(const Tensor& a, const Tensor& b) {
  check(a.dim() == 2 && b.dim() == 2, "mm: expected two matrices, got ", a.sizes(), " and ", b.sizes());
  check(a.size(1) == b.size(0), "mm: mat1 and mat2 shapes cannot be multiplied (", a.size(0), "x", a.size(1), " and ",
        b.size(0), "x", b.size(1), ")");
  check_same_dtype("mm", a, b);
  if (LAMPAS_UNLIKELY(is_complex(a))) return complex_bilinear(a, b, mm);
  return apply(Mm{}, a, b);
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  check(a.dim() == 3 && b.dim() == 3, "bmm: batch1 and batch2 must be 3D tensors, got ", a.sizes(), " and ", b.sizes());
  check(a.size(0) == b.size(0) && a.size(2) == b.size(1), "bmm: expected size for batch2 [", a.size(0), ", ", a.size(2),
        ", *], got ", b.sizes(), " for batch1 ", a.sizes());
  check_same_dtype("bmm", a, b);
  if (LAMPAS_UNLIKELY(is_complex(a))) return complex_bilinear(a, b, bmm);
  return apply(BatchedMatmul{}, a, b);
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  const int64_t da = a.dim(), db = b.dim();
  check(da > 0 && db > 0, "matmul: both arguments need to be at least 1D, but they are ", da, "D and ", db, "D");
  check_same_dtype("matmul", a, b);
  if (LAMPAS_UNLIKELY(is_complex(a))) return complex_bilinear(a, b, matmul);
  if (da == 1 && db == 1) return dot(a, b);
  if (da == 2 && db == 2) return mm(a, b);
  if (da == 1) return squeeze_as("squeeze.3", matmul(a.unsqueeze(0), b), -2);
  if (db == 1 && a.size(-1) == b.size(0)) {
    if (da == 2) return mv(a, b);
    const IntArrayRef rows = a.sizes().slice(0, static_cast<size_t>(da - 1));
    return unsafe_view(mv(a.reshape({numel_of(rows), a.size(-1)}), b), rows);
  }
  if (db == 1) return matmul(a, b.unsqueeze(1)).squeeze(-1);  // an error
  const int64_t k = a.size(-1);
  check(k == b.size(-2), "matmul: mat1 and mat2 shapes cannot be multiplied (", a.sizes(), " and ", b.sizes(), ")");
  if (db == 2) {
    // One tall product instead of a batch of small ones.
    Shape sizes(a.sizes());
    sizes.back() = b.size(1);
    return unsafe_view(mm(a.reshape({numel_of(a.sizes().slice(0, da - 1)), k}), b), sizes);
  }
  auto padded = [rank = std::max(da, db)](const Tensor& t) {
    if (t.dim() == rank) return t;
    Shape sizes(static_cast<size_t>(rank - t.dim()), 1);
    for (int64_t s : t.sizes()) sizes.push_back(s);
    return t.reshape(sizes);
  };
  return apply(BatchedMatmul{}, padded(a), padded(b));
}

Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) {
  check(a.dim() == 2 && b.dim() == 2, "addmm: mat1 and mat2 must be matrices, got ", a.sizes(), " and ", b.sizes());
  check(a.size(1) == b.size(0), "addmm: mat1 and mat2 shapes cannot be multiplied (", a.size(0), "x", a.size(1),
        " and ", b.size(0), "x", b.size(1), ")");
  check_same_dtype("addmm", a, b);
  check_same_dtype("addmm", input, a);
  const Shape sizes{a.size(0), b.size(1)};
  check(broadcast_shapes(input.sizes(), sizes, "addmm") == sizes, "addmm: input of shape ", input.sizes(),
        " does not broadcast to ", IntArrayRef(sizes));
  return apply(Addmm{beta.toDouble(), alpha.toDouble()}, input, a, b);
}

Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) {
  check(input.defined() && a.defined() && b.defined(), "baddbmm: tensor is undefined");
  check(a.dim() == 3 && b.dim() == 3, "baddbmm: batch1 and batch2 must be 3D tensors, got ", a.sizes(), " and ",
        b.sizes());
  check(a.size(0) == b.size(0) && a.size(2) == b.size(1), "baddbmm: expected size for batch2 [", a.size(0), ", ",
        a.size(2), ", *], got ", b.sizes(), " for batch1 ", a.sizes());
  check_same_dtype("baddbmm", a, b);
  check_same_dtype("baddbmm", input, a);
  const Shape sizes{a.size(0), a.size(1), b.size(2)};
  check(broadcast_shapes(input.sizes(), sizes, "baddbmm") == sizes, "baddbmm: input of shape ", input.sizes(),
        " does not broadcast to ", IntArrayRef(sizes));
  return apply(Baddbmm{beta.toDouble(), alpha.toDouble()}, input, a, b);
}

Tensor mv(const Tensor& m, const Tensor& v) {
  check(m.defined() && v.defined(), "mv: tensor is undefined");
  check(m.dim() == 2 && v.dim() == 1, "mv: vector + matrix @ vector expected, got ", m.sizes(), " and ", v.sizes());
  check(m.size(1) == v.size(0), "mv: size mismatch, got input ", m.sizes(), " and vec ", v.sizes());
  check_same_dtype("mm", m, v);
  if (LAMPAS_UNLIKELY(is_complex(m))) return mm(m, v.unsqueeze(1)).squeeze(1);
  return apply(Mv{}, m, v);
}

Tensor dot(const Tensor& a, const Tensor& b) { return dot_as(Dot::name, a, b); }
Tensor dot_as(const char* label, const Tensor& a, const Tensor& b) {
  check(a.dim() == 1 && b.dim() == 1, "dot: 1D tensors expected, but got ", a.dim(), "D and ", b.dim(), "D tensors");
  check(a.size(0) == b.size(0), "dot: inconsistent tensor size, expected tensor [", a.size(0), "] and src [", b.size(0),
        "] to have the same number of elements");
  check_same_dtype("mm", a, b);
  if (LAMPAS_UNLIKELY(is_complex(a))) return mm(a.unsqueeze(0), b.unsqueeze(1)).reshape({});
  return apply(Dot{label}, a, b);
}

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias) {
  check_defined("linear", x);
  check_defined("linear", w, "weight");
  check(w.dim() == 2 || w.dim() == 1, "linear: weight must be (out, in) or (in), got ", w.sizes());
  check(x.dim() >= 1, "linear: input must have at least one dimension, got ", x.sizes());
  if (w.dim() == 1) {
    const Tensor y = matmul(x, w);
    return bias.defined() ? y.add(bias) : y;
  }
  check(x.size(-1) == w.impl()->sizes()[1], "linear: input ", x.sizes(), " has ", x.size(-1), " features but weight ",
        w.sizes(), " expects ", w.size(1), " (mat1 and mat2 shapes cannot be multiplied)");
  check_same_dtype("linear", x, w);
  if (bias.defined()) {
    check_same_dtype("linear", x, bias);
    check(bias.dim() <= 1 && (bias.numel() == w.size(0) || bias.numel() == 1), "linear: bias ", bias.sizes(),
          " does not match weight ", w.sizes(), ": expected [", w.size(0), "]");
    if (bias.numel() != w.size(0) || bias.dim() != 1) return apply(Linear{}, x, w, Tensor()).add(bias);
  }
  return apply(Linear{}, x, w, bias);
}

Tensor Tensor::matmul(const Tensor& other) const { return lampas::matmul(*this, other); }
Tensor Tensor::mm(const Tensor& mat2) const { return lampas::mm(*this, mat2); }
Tensor Tensor::bmm(const Tensor& mat2) const { return lampas::bmm(*this, mat2); }
Tensor Tensor::mv(const Tensor& vec) const { return lampas::mv(*this, vec); }
Tensor Tensor::dot(const Tensor& other) const { return lampas::dot(*this, other); }
Tensor Tensor::addmm(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return lampas::addmm(*this, a, b, beta, alpha);
}

}  // namespace lampas
