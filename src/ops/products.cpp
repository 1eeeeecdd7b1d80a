// Products made of mm, bmm and mul: addmv, addr, addbmm, outer, kron, cross, matrix_power, tensordot, cov, ...
#include "lampas/ops/products.h"

#include <cmath>

#include "autograd/op.h"
#include "backend/cpu/stream.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/linalg.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/promotion.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/cross.h"
#include "ops/elementwise.h"
#include "ops/inplace_result.h"
#include "ops/labelled.h"
#include "ops/out.h"
#include "ops/outer.h"
#include "ops/reduce_op.h"

namespace lampas {

namespace {

void check_defined(const char* op, std::initializer_list<const Tensor*> tensors) {
  for (const Tensor* t : tensors) check(t->defined(), op, ": tensor is undefined");
}
void check_vector(const char* op, const Tensor& t) {
  check(t.dim() == 1, op, ": expected 1-D argument, but got ", t.dim(), "-D");
}
/// The result of an in-place form, which may not change the sizes.
Tensor& write(const char* op, const Tensor& self, const Tensor& result) {
  check(result.sizes() == self.sizes(), op, ": output with shape ", self.sizes(), " doesn't match the broadcast shape ",
        result.sizes());
  return take_result(op, self, result);
}

}  // namespace

Tensor addmv(const Tensor& input, const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) {
  check_defined("addmv", {&input, &mat, &vec});
  check(mat.dim() == 2 && vec.dim() == 1 && input.dim() <= 1, "addmv: vector + matrix @ vector expected, got ",
        input.dim(), ", ", mat.dim(), ", ", vec.dim());
  check(mat.size(1) == vec.size(0) && (input.numel() == mat.size(0) || input.numel() == 1),
        "addmv: size mismatch, got input (", input.numel(), "), mat ", mat.sizes(), ", vec (", vec.size(0), ")");
  return addmm(input.expand({mat.size(0)}).unsqueeze(1), mat, vec.unsqueeze(1), beta, alpha).squeeze(1);
}
Tensor addr(const Tensor& input, const Tensor& vec1, const Tensor& vec2, const Scalar& beta, const Scalar& alpha) {
  check_defined("addr", {&input, &vec1, &vec2});
  check_vector("addr", vec1);
  check_vector("addr", vec2);
  const ScalarType dtype = promote_types(result_type(vec1, vec2), input.scalar_type());
  return addmm(input.to(dtype), vec1.to(dtype).unsqueeze(1), vec2.to(dtype).unsqueeze(0), beta, alpha);
}
Tensor addbmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) {
  check_defined("addbmm", {&input, &a, &b});
  check(a.dim() == 3 && b.dim() == 3, "addbmm: batch1 and batch2 must be 3D tensors, got ", a.sizes(), " and ",
        b.sizes());
  check(a.size(0) == b.size(0) && a.size(2) == b.size(1), "addbmm: expected size for batch2 [", a.size(0), ", ",
        a.size(2), ", *], got ", b.sizes(), " for batch1 ", a.sizes());
  // One product over batch and inner dimension.
  const int64_t k = a.size(0) * a.size(2);
  return addmm(input, a.permute({1, 0, 2}).reshape({a.size(1), k}), b.reshape({k, b.size(2)}), beta, alpha);
}

Tensor& addmm_out(Tensor& out, const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta,
                  const Scalar& alpha) {
  return result_out("addmm", out, addmm(input, a, b, beta, alpha));
}
Tensor& mm_out(Tensor& out, const Tensor& a, const Tensor& b) { return result_out("mm", out, mm(a, b)); }
Tensor& bmm_out(Tensor& out, const Tensor& a, const Tensor& b) { return result_out("bmm", out, bmm(a, b)); }
Tensor& matmul_out(Tensor& out, const Tensor& a, const Tensor& b) { return result_out("matmul", out, matmul(a, b)); }
Tensor& mv_out(Tensor& out, const Tensor& a, const Tensor& b) { return result_out("mv", out, mv(a, b)); }
Tensor& dot_out(Tensor& out, const Tensor& a, const Tensor& b) { return result_out("dot", out, dot(a, b)); }
Tensor& linear_out(Tensor& out, const Tensor& input, const Tensor& weight, const Tensor& bias) {
  return result_out("linear", out, linear(input, weight, bias));
}
Tensor& baddbmm_out(Tensor& out, const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta,
                    const Scalar& alpha) {
  return result_out("baddbmm", out, baddbmm(input, a, b, beta, alpha));
}

Tensor vdot(const Tensor& a, const Tensor& b) { return dot_as("vdot", a.defined() ? a.conj() : a, b); }

Tensor inner(const Tensor& a, const Tensor& b) {
  check_defined("inner", {&a, &b});
  if (a.dim() == 0 || b.dim() == 0) return a.mul(b);
  check(a.size(-1) == b.size(-1), "inner: the last dimension must match on both input tensors but got shapes ",
        a.sizes(), " and ", b.sizes());
  return tensordot(a, b, {-1}, {-1});
}

namespace {

/// Of contiguous float32 vectors, where rows are long enough for vectors and the result is not worth streaming.
struct Outer {
  static constexpr auto name = "outer";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  static bool takes(const Tensor& a, const Tensor& b) {
    return a.scalar_type() == kFloat && b.scalar_type() == kFloat && a.is_contiguous() && b.is_contiguous() &&
           a.numel() > 0 && b.numel() >= 64 && !cpu::streams(4 * a.numel() * b.numel());
  }
  Tensor forward(const Tensor& a, const Tensor& b) const {
    Tensor out = empty_of(a, {a.numel(), b.numel()});
    outer_kernel.get(kFloat)(a.impl()->data(), b.impl()->data(), out.impl()->data(), a.numel(), b.numel());
    return out;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? g.mv(b) : Tensor(), need[1] ? g.t().mv(a) : Tensor()};
  }
};

}  // namespace

Tensor outer(const Tensor& a, const Tensor& b) {
  check_defined("outer", {&a, &b});
  check_vector("outer", a);
  check_vector("outer", b);
  return Outer::takes(a, b) ? apply(Outer{}, a, b) : a.unsqueeze(1).mul(b);
}
Tensor ger(const Tensor& a, const Tensor& b) { return outer(a, b); }

Tensor kron(const Tensor& a, const Tensor& b) {
  check_defined("kron", {&a, &b});
  const int64_t rank = std::max(a.dim(), b.dim());
  check(2 * rank <= static_cast<int64_t>(kMaxDims), "kron: at most ", kMaxDims / 2, " dimensions, got ", rank);
  Shape left, right, sizes;
  for (int64_t d = 0; d < rank; ++d) {
    const auto size = [&](const Tensor& t) { return d < rank - t.dim() ? 1 : t.size(d - (rank - t.dim())); };
    left.push_back(size(a));
    left.push_back(1);
    right.push_back(1);
    right.push_back(size(b));
    sizes.push_back(size(a) * size(b));
  }
  return unsafe_view(a.reshape(left).mul(b.reshape(right)), sizes);
}

namespace {

struct Cross {
  static constexpr auto name = "cross";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  int64_t dim;
  friend const char* label_of(const Cross&) { return "linalg_cross"; }
  Tensor forward(const Tensor& x, const Tensor& y) const {
    const Tensor a = plain(x), b = plain(y);
    Tensor out = empty_of(a, a.sizes());
    const auto& kernel = cross_kernel.get(a.scalar_type());
    if (out.numel()) kernel(span_around(a, dim), a.impl()->data(), b.impl()->data(), out.impl()->data());
    return out;
  }
  /// g . (da x b) = da . (b x g), and likewise for b.
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b) const {
    return {need[0] ? linalg_cross(b, g, dim) : Tensor(), need[1] ? linalg_cross(g, a, dim) : Tensor()};
  }
};

}  // namespace

Tensor linalg_matmul(const Tensor& a, const Tensor& b) { return matmul(a, b); }
Tensor linalg_vecdot(const Tensor& a, const Tensor& b, int64_t dim) {
  check(a.defined() && b.defined(), "linalg.vecdot: tensor is undefined");
  check(a.is_floating_point() && a.scalar_type() == b.scalar_type(),
        "linalg.vecdot: Expected a floating point or complex dtype, the same for both, got ", a, " and ", b);
  return a.mul(b).sum(dim);
}
Tensor linalg_cross(const Tensor& a, const Tensor& b, int64_t dim) {
  check_defined("cross", {&a, &b});
  check(a.dim() == b.dim(), "cross: inputs must have the same number of dimensions, got ", a.sizes(), " and ",
        b.sizes());
  const int64_t d = wrap_dim(dim, a.dim(), "cross");
  check(a.dim() > 0 && a.size(d) == 3 && b.size(d) == 3, "cross: inputs dimension ", dim, " must have length 3. Got ",
        a.sizes(), " and ", b.sizes());
  const Shape sizes = broadcast_shapes(a.sizes(), b.sizes(), "cross");
  const ScalarType dtype = promote_types(a.scalar_type(), b.scalar_type());
  const auto operand = [&](const Tensor& t) {
    const Tensor x = t.to(dtype);
    return x.sizes() == IntArrayRef(sizes) ? x : x.expand(sizes);
  };
  return apply(Cross{d}, operand(a), operand(b));
}
Tensor cross(const Tensor& a, const Tensor& b, std::optional<int64_t> dim) {
  check_defined("cross", {&a, &b});
  if (dim) return linalg_cross(a, b, *dim);
  for (int64_t d = 0; d < a.dim(); ++d)
    if (a.size(d) == 3) return linalg_cross(a, b, d);
  fail("cross: no dimension of size 3 in input ", a.sizes());
}

Tensor trace(const Tensor& x) {
  check_defined("trace", {&x});
  check(x.dim() == 2, "trace: expected a matrix, but got tensor with dim ", x.dim());
  return x.diagonal().sum();
}

Tensor matrix_power(const Tensor& x, int64_t n) {
  check_defined("matrix_power", {&x});
  check(x.dim() >= 2 && x.size(-1) == x.size(-2), "matrix_power: A must be batches of square matrices, but they are ",
        x.sizes());
  if (n == 0)
    return eye(x.size(-1), x.options().requires_grad(std::nullopt)).expand(x.sizes()).clone(MemoryFormat::Contiguous);
  Tensor square = n < 0 ? inverse(x) : x, y;
  for (uint64_t rest = n < 0 ? -static_cast<uint64_t>(n) : static_cast<uint64_t>(n); rest; rest >>= 1) {
    if (rest & 1) y = y.defined() ? matmul(y, square) : square;
    if (rest > 1) square = matmul(square, square);
  }
  return y.is_same(x) ? x.clone() : y;
}
Tensor linalg_matrix_power(const Tensor& x, int64_t n) { return matrix_power(x, n); }

namespace {

/// Products of a chain in the order with the fewest multiplications.
Tensor chain(const std::vector<Tensor>& m) {
  const size_t n = m.size();
  std::vector<std::vector<double>> cost(n, std::vector<double>(n, 0));
  std::vector<std::vector<size_t>> cut(n, std::vector<size_t>(n, 0));
  const auto rows = [&](size_t k) { return static_cast<double>(m[k].size(0)); };
  const auto columns = [&](size_t k) { return static_cast<double>(m[k].size(1)); };
  for (size_t length = 2; length <= n; ++length)
    for (size_t i = 0; i + length <= n; ++i) {
      const size_t j = i + length - 1;
      cost[i][j] = HUGE_VAL;
      for (size_t k = i; k < j; ++k) {
        const double c = cost[i][k] + cost[k + 1][j] + rows(i) * columns(k) * columns(j);
        if (c < cost[i][j]) {
          cost[i][j] = c;
          cut[i][j] = k;
        }
      }
    }
  const std::function<Tensor(size_t, size_t)> product = [&](size_t i, size_t j) {
    return i == j ? m[i] : mm(product(i, cut[i][j]), product(cut[i][j] + 1, j));
  };
  return product(0, n - 1);
}

void check_chain(const char* op, const std::vector<Tensor>& m) {
  for (size_t k = 0; k < m.size(); ++k) {
    check(m[k].dim() == 2, op, ": tensor ", k, " must be 2D but got ", m[k].dim(), "D");
    if (k == 0) continue;
    check(m[k - 1].size(1) == m[k].size(0), op, ": tensors ", k - 1, " and ", k, " with shapes ", m[k - 1].sizes(),
          " and ", m[k].sizes(), " cannot be multiplied");
  }
}

}  // namespace

Tensor linalg_multi_dot(TensorList tensors) {
  check(tensors.size() >= 2, "multi_dot: expected at least 2 tensors but got ", tensors.size());
  std::vector<Tensor> m(tensors.begin(), tensors.end());
  for (const Tensor& t : m) check_defined("multi_dot", {&t});
  const bool row = m.front().dim() == 1, column = m.back().dim() == 1;
  if (row) m.front() = m.front().unsqueeze(0);
  if (column) m.back() = m.back().unsqueeze(1);
  check_chain("multi_dot", m);
  Tensor y = chain(m);
  if (row) y = y.squeeze(0);
  return column ? y.squeeze(-1) : y;
}
Tensor chain_matmul(TensorList matrices) {
  check(!matrices.empty(), "chain_matmul: expected one or more matrices");
  const std::vector<Tensor> m(matrices.begin(), matrices.end());
  for (const Tensor& t : m) check_defined("chain_matmul", {&t});
  check_chain("chain_matmul", m);
  return m.size() == 1 ? m[0].clone() : chain(m);
}

Tensor tensordot(const Tensor& a, const Tensor& b, IntArrayRef dims_a, IntArrayRef dims_b) {
  check_defined("tensordot", {&a, &b});
  check(dims_a.size() == dims_b.size(), "tensordot: both dimension lists should have same length, got ", dims_a,
        " and ", dims_b);
  check(a.scalar_type() == b.scalar_type(), "tensordot: both inputs should have same dtype, got ", a.scalar_type(),
        " and ", b.scalar_type());
  Tensor left = a, right = b;
  uint64_t gone_a = 0, gone_b = 0;
  Shape inner_a, inner_b;
  int64_t k = 1;
  for (size_t i = 0; i < dims_a.size(); ++i) {
    const int64_t x = wrap_dim(dims_a[i], a.dim(), "tensordot"), y = wrap_dim(dims_b[i], b.dim(), "tensordot");
    check(!(gone_a >> x & 1) && !(gone_b >> y & 1), "tensordot: a dimension appears multiple times in ", dims_a, " or ",
          dims_b);
    gone_a |= uint64_t{1} << x;
    gone_b |= uint64_t{1} << y;
    const int64_t s = a.size(x), t = b.size(y);
    check(s == t || s == 1 || t == 1, "tensordot: contracted dimensions need to match, but first has size ", s,
          " in dim ", x, " and second has size ", t, " in dim ", y);
    // Against a dimension of size one the other is summed.
    if (s == 1 && t != 1) right = right.sum(y, true);
    if (t == 1 && s != 1) left = left.sum(x, true);
    inner_a.push_back(x);
    inner_b.push_back(y);
    k *= std::min(s, t) == 1 ? 1 : s;
  }
  Shape order_a, order_b(inner_b), sizes;
  int64_t m = 1, n = 1;
  for (int64_t d = 0; d < a.dim(); ++d)
    if (!(gone_a >> d & 1)) {
      order_a.push_back(d);
      sizes.push_back(a.size(d));
      m *= a.size(d);
    }
  for (int64_t d : inner_a) order_a.push_back(d);
  for (int64_t d = 0; d < b.dim(); ++d)
    if (!(gone_b >> d & 1)) {
      order_b.push_back(d);
      sizes.push_back(b.size(d));
      n *= b.size(d);
    }
  return mm(left.permute(order_a).reshape({m, k}), right.permute(order_b).reshape({k, n})).reshape(sizes);
}

Tensor cov(const Tensor& x, int64_t correction, const std::optional<Tensor>& fweights,
           const std::optional<Tensor>& aweights) {
  check_defined("cov", {&x});
  check(x.dim() <= 2, "cov: expected input to have two or fewer dimensions but got an input with ", x.dim(),
        " dimensions");
  check(x.scalar_type() != kBool, "cov: bool dtype is not supported for input");
  const Tensor rows = (x.dim() < 2 ? x.reshape({1, -1}) : x);
  const Tensor v = is_floating_point(rows.scalar_type()) ? rows : rows.to(get_default_dtype());
  const int64_t n = v.size(1);
  Tensor w;
  const auto take = [&](const std::optional<Tensor>& t, const char* what, bool integers) {
    if (!t || !t->defined()) return;
    check(t->dim() <= 1 && t->numel() == n, "cov: expected ", what, " to have one element for each of the ", n,
          " observations, got ", *t);
    check(integers == is_integral(t->scalar_type()), "cov: expected ", what, " to have ",
          integers ? "integral" : "floating point", " dtype but got ", t->scalar_type());
    check(t->detach().ge(0).all().item<bool>(), "cov: ", what, " cannot be negative");
    w = w.defined() ? w.mul(*t) : t->to(v.scalar_type());
  };
  take(fweights, "fweights", true);
  take(aweights, "aweights", false);
  const Tensor total = w.defined() ? w.sum() : Tensor();
  Tensor norm;
  if (!w.defined())
    norm = full({}, static_cast<double>(n - correction), v.options().requires_grad(std::nullopt));
  else if (!aweights || !aweights->defined() || correction == 0)
    norm = total.sub(correction);
  else
    norm = total.sub(w.mul(*aweights).sum().div(total).mul(correction));
  const Tensor mean = w.defined() ? v.mul(w).sum(1).div(total) : v.mean(1);
  const Tensor centred = v.sub(mean.unsqueeze(1));
  const Tensor c = mm(centred, (w.defined() ? centred.mul(w) : centred).t());
  const Tensor y = c.div(norm.clamp_min(0));
  return x.dim() < 2 ? y.reshape({}) : y;
}

Tensor corrcoef(const Tensor& x) {
  const Tensor c = cov(x);
  if (c.dim() == 0) return c.div(c);
  const Tensor s = c.diagonal().sqrt();
  return c.div(s.unsqueeze(1)).div(s.unsqueeze(0)).clamp(-1, 1);
}

Tensor& Tensor::addmm_(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return write("addmm_", *this, lampas::addmm(*this, a, b, beta, alpha));
}
Tensor Tensor::addmv(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return lampas::addmv(*this, a, b, beta, alpha);
}
Tensor& Tensor::addmv_(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return write("addmv_", *this, lampas::addmv(*this, a, b, beta, alpha));
}
Tensor Tensor::addr(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return lampas::addr(*this, a, b, beta, alpha);
}
Tensor& Tensor::addr_(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return write("addr_", *this, lampas::addr(*this, a, b, beta, alpha));
}
Tensor Tensor::addbmm(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return lampas::addbmm(*this, a, b, beta, alpha);
}
Tensor& Tensor::addbmm_(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return write("addbmm_", *this, lampas::addbmm(*this, a, b, beta, alpha));
}
Tensor Tensor::baddbmm(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return lampas::baddbmm(*this, a, b, beta, alpha);
}
Tensor& Tensor::baddbmm_(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) const {
  return write("baddbmm_", *this, lampas::baddbmm(*this, a, b, beta, alpha));
}
Tensor Tensor::vdot(const Tensor& other) const { return lampas::vdot(*this, other); }
Tensor Tensor::inner(const Tensor& other) const { return lampas::inner(*this, other); }
Tensor Tensor::outer(const Tensor& vec2) const { return lampas::outer(*this, vec2); }
Tensor Tensor::ger(const Tensor& vec2) const { return lampas::outer(*this, vec2); }
Tensor Tensor::kron(const Tensor& other) const { return lampas::kron(*this, other); }
Tensor Tensor::cross(const Tensor& other, std::optional<int64_t> dim) const { return lampas::cross(*this, other, dim); }
Tensor Tensor::trace() const { return lampas::trace(*this); }
Tensor Tensor::matrix_power(int64_t n) const { return lampas::matrix_power(*this, n); }
Tensor Tensor::cov(int64_t correction, const std::optional<Tensor>& fweights,
                   const std::optional<Tensor>& aweights) const {
  return lampas::cov(*this, correction, fweights, aweights);
}
Tensor Tensor::corrcoef() const { return lampas::corrcoef(*this); }

}  // namespace lampas
