// cat, stack and what is made of them.
#include "autograd/op.h"
#include "backend/pointwise.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/out.h"
#include "ops/view.h"

namespace lampas {

namespace {

/// Rows shorter than this many bytes are left to loops over elements, if there are many.
constexpr int64_t kShortRow = 32, kManyBytes = 65536;

/// What takes part in a join.
bool joins(const Tensor& x) { return x.impl()->numel > 0; }

/// Writes the inputs into out, one after another along dim; an input has stack's new dimension or, for cat, all.
void join(const Tensor& out, TensorList x, int64_t dim, bool stacked) {
  const TensorImpl& y = *out.impl();
  const auto item = static_cast<int64_t>(element_size(y.dtype));
  int64_t rows = 1;
  for (int64_t d = 0; d < dim; ++d) rows *= y.sizes()[d];
  if (y.numel == 0) return;
  SmallVector<JoinPart, 8> parts;
  bool plain = y.contiguous, shortest = false;
  for (size_t k = 0; k < x.size() && plain; ++k) {
    const TensorImpl& i = *x[k].impl();
    if (!joins(x[k])) continue;
    plain = i.contiguous && i.dtype == y.dtype;
    parts.push_back({i.data(), i.numel / rows * item});
    shortest = shortest || parts.back().bytes < kShortRow;
  }
  if (plain && (!shortest || y.numel * item <= kManyBytes || rows == 1))
    return run_join(y.data(), parts.data(), static_cast<int64_t>(parts.size()), rows);
  int64_t at = 0;
  for (const Tensor& t : x) {
    if (!joins(t)) continue;
    Shape sizes(t.sizes());
    if (stacked) sizes.insert(static_cast<size_t>(dim), 1);
    const Tensor place =
        Tensor::adopt(detail::new_alias(y, sizes, y.strides_ref(), y.offset + at * y.strides()[dim] * item));
    at += sizes[static_cast<size_t>(dim)];
    Shape strides(t.strides());
    if (stacked) strides.insert(static_cast<size_t>(dim), 1);
    copy_elements(place, stacked ? view_of(t, sizes, strides) : t);
  }
}

/// The dtype all inputs promote to.
ScalarType joint_dtype(TensorList x) {
  bool same = true;
  for (const Tensor& t : x) same = same && t.scalar_type() == x[0].scalar_type();
  if (same) return x[0].scalar_type();
  // Numbers and 0-d tensors cannot be joined, so plain promotion is the rule.
  ScalarType r = x[0].scalar_type();
  for (const Tensor& t : x) r = promote_types(r, t.scalar_type());
  return r;
}

struct Cat {
  static constexpr auto name = "cat";
  int64_t dim, total;
  std::vector<int64_t> length;  // along dim; -1: an empty vector that takes no part
  Tensor forward(TensorList x) const {
    const Tensor* model = nullptr;
    bool channels_last = true;
    MemoryFormat format = MemoryFormat::Contiguous;
    for (size_t k = 0; k < x.size(); ++k) {
      if (length[k] < 0) continue;
      if (!model) {
        model = &x[k];
        format = x[k].suggest_memory_format();
      }
      channels_last = channels_last && x[k].suggest_memory_format() == format;
    }
    if (!model) model = &x[0];
    Shape sizes(model->sizes());
    sizes[dim] = total;
    const ScalarType dtype = joint_dtype(x);
    checked_numel(sizes, element_size(dtype), name);
    Tensor y = empty_of(*model, sizes, dtype);
    if (format != MemoryFormat::Contiguous && channels_last) {
      // Channels innermost: the channel dimension is number 1, the others keep their order.
      Shape strides(sizes.size());
      int64_t step = 1;
      strides[1] = step;
      step *= sizes[1];
      for (size_t d = sizes.size() - 1; d >= 2; --d) {
        strides[d] = step;
        step *= sizes[d];
      }
      strides[0] = step;
      y.impl()->set_geometry(sizes, strides);
    }
    join(y, x, dim, false);
    return y;
  }
  std::vector<Tensor> backward(const Tensor& g, const std::vector<bool>& needs) const {
    std::vector<Tensor> d(length.size());
    int64_t at = 0;
    for (size_t k = 0; k < length.size(); ++k) {
      if (length[k] < 0) {
        if (needs[k]) d[k] = g.new_zeros({0});
        continue;
      }
      if (needs[k]) d[k] = narrow(g, dim, at, length[k]);
      at += length[k];
    }
    return d;
  }
};

struct Stack {
  static constexpr auto name = "stack";
  int64_t dim;
  Tensor forward(TensorList x) const {
    Shape sizes(x[0].sizes());
    const auto at = static_cast<size_t>(dim), count = x.size();
    if (dim < x[0].dim() && x[0].suggest_memory_format() != MemoryFormat::Contiguous) {
      // Images whose channels lie last are set side by side as cat does it; then the dimension is split.
      const int64_t n = sizes[at], total = n * static_cast<int64_t>(count);
      const Tensor y = Cat{dim, total, std::vector<int64_t>(count, n)}.forward(x);
      Shape strides(y.strides());
      strides.insert(at, strides[at] * n);
      sizes.insert(at, static_cast<int64_t>(count));
      y.impl()->set_geometry(sizes, strides);
      return y;
    }
    sizes.insert(at, static_cast<int64_t>(count));
    const ScalarType dtype = joint_dtype(x);
    checked_numel(sizes, element_size(dtype), name);
    Tensor y = empty_of(x[0], sizes, dtype);
    join(y, x, dim, true);
    return y;
  }
  std::vector<Tensor> backward(const Tensor& g, const std::vector<bool>& needs) const {
    std::vector<Tensor> d(needs.size());
    for (size_t k = 0; k < d.size(); ++k)
      if (needs[k]) d[k] = select(g, dim, static_cast<int64_t>(k));
    return d;
  }
};

template <class F>
std::vector<Tensor> map(TensorList tensors, const F& f) {
  std::vector<Tensor> r;
  r.reserve(tensors.size());
  for (const Tensor& t : tensors) r.push_back(f(t));
  return r;
}

void check_list(const char* op, TensorList tensors) {
  check(!tensors.empty(), op, ": expected a non-empty list of Tensors");
  for (size_t k = 0; k < tensors.size(); ++k) check(tensors[k].defined(), op, ": tensor number ", k, " is undefined");
}

}  // namespace

Tensor cat(TensorList tensors, int64_t dim) {
  check_list("cat", tensors);
  const auto skipped = [](const Tensor& t) { return t.dim() == 1 && t.size(0) == 0; };
  const Tensor* model = &tensors[0];
  for (const Tensor& t : tensors)
    if (!skipped(t)) {
      model = &t;
      break;
    }
  for (size_t k = 0; k < tensors.size(); ++k)
    check(tensors[k].dim() > 0, "cat: zero-dimensional tensor (at position ", k, ") cannot be concatenated");
  Cat op{wrap_dim(dim, model->dim(), "cat"), 0, {}};
  op.length.reserve(tensors.size());
  for (size_t k = 0; k < tensors.size(); ++k) {
    const Tensor& t = tensors[k];
    if (skipped(t)) {
      op.length.push_back(-1);
      continue;
    }
    check(t.dim() == model->dim(), "cat: Tensors must have same number of dimensions: got ", model->dim(), " and ",
          t.dim());
    for (int64_t d = 0; d < t.dim(); ++d)
      check(d == op.dim || t.size(d) == model->size(d), "cat: Sizes of tensors must match except in dimension ", op.dim,
            ". Expected size ", model->size(d), " but got size ", t.size(d), " for tensor number ", k, " in the list.");
    op.length.push_back(t.size(op.dim));
    op.total += t.size(op.dim);
  }
  return apply_list(op, tensors);
}

Tensor stack(TensorList tensors, int64_t dim) {
  check(!tensors.empty(), "stack: expects a non-empty TensorList");
  check_list("stack", tensors);
  const int64_t d = wrap_dim(dim, tensors[0].dim() + 1, "stack");
  for (size_t k = 1; k < tensors.size(); ++k)
    check(tensors[k].sizes() == tensors[0].sizes(), "stack: expects each tensor to be equal size, but got ",
          tensors[0].sizes(), " at entry 0 and ", tensors[k].sizes(), " at entry ", k);
  return apply_list(Stack{d}, tensors);
}

Tensor& cat_out(Tensor& out, TensorList tensors, int64_t dim) { return result_out("cat", out, cat(tensors, dim)); }
Tensor& stack_out(Tensor& out, TensorList tensors, int64_t dim) {
  return result_out("stack", out, stack(tensors, dim));
}

std::vector<Tensor> broadcast_tensors(TensorList tensors) {
  Shape sizes;
  for (const Tensor& t : tensors) {
    check(t.defined(), "broadcast_tensors: a tensor is undefined");
    sizes = broadcast_shapes(sizes, t.sizes(), "broadcast_tensors");
  }
  return map(tensors, [&](const Tensor& t) { return t.sizes() == IntArrayRef(sizes) ? t : t.expand(sizes); });
}

Tensor atleast_1d(const Tensor& x) { return x.dim() == 0 ? x.reshape({1}) : x; }
Tensor atleast_2d(const Tensor& x) { return x.dim() == 0 ? x.reshape({1, 1}) : x.dim() == 1 ? unsqueeze(x, 0) : x; }
Tensor atleast_3d(const Tensor& x) {
  if (x.dim() == 0) return x.reshape({1, 1, 1});
  return x.dim() == 1 ? unsqueeze(unsqueeze(x, 0), -1) : x.dim() == 2 ? unsqueeze(x, -1) : x;
}

Tensor hstack(TensorList tensors) {
  check_list("hstack", tensors);
  const auto rows = map(tensors, atleast_1d);
  return cat(rows, rows[0].dim() == 1 ? 0 : 1);
}
Tensor vstack(TensorList tensors) {
  check_list("vstack", tensors);
  return cat(map(tensors, atleast_2d), 0);
}
Tensor row_stack(TensorList tensors) { return vstack(tensors); }
Tensor dstack(TensorList tensors) {
  check_list("dstack", tensors);
  return cat(map(tensors, atleast_3d), 2);
}
Tensor column_stack(TensorList tensors) {
  check_list("column_stack", tensors);
  return hstack(map(tensors, [](const Tensor& t) { return t.dim() <= 1 ? t.reshape({t.numel(), 1}) : t; }));
}

}  // namespace lampas
