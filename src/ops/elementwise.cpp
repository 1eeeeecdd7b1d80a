#include "ops/elementwise.h"

#include <cstring>

#include "ops/packed_image.h"

namespace lampas {

namespace {

enum class Rank : uint8_t { number, scalar, tensor };

/// 0 bool, 1 integer, 2 floating, 3 complex.
int kind_of(ScalarType t) { return is_complex(t) ? 3 : is_floating_point(t) ? 2 : t == kBool ? 0 : 1; }

ScalarType combine(ScalarType a, ScalarType b) {
  if (a == ScalarType::Undefined) return b;
  if (b == ScalarType::Undefined) return a;
  return a == b ? a : promote_types(a, b);
}

/// A number's dtype in promotion: its kind at default precision.
ScalarType number_dtype(ScalarType t) {
  if (is_complex(t)) return get_default_dtype() == kDouble ? kComplexDouble : kComplexFloat;
  return is_floating_point(t) ? get_default_dtype() : t;
}

ScalarType higher_kind(ScalarType strong, ScalarType weak) {
  if (strong == ScalarType::Undefined) return weak;
  if (weak == ScalarType::Undefined || kind_of(strong) >= kind_of(weak)) return strong;
  // A complex number takes its precision from the tensor of real ones it meets.
  if (is_floating_point(strong)) return strong == kDouble ? kComplexDouble : kComplexFloat;
  return promote_types(strong, weak);
}

/// Strides of `t` seen with the shape `sizes`: 0 where it is broadcast.
void broadcast_strides(const TensorImpl& t, IntArrayRef sizes, int64_t* out) {
  const size_t n = sizes.size(), pad = n - t.ndim;
  for (size_t d = 0; d < n; ++d) {
    out[d] = 0;
    if (d >= pad && t.sizes()[d - pad] != 1) out[d] = t.strides()[d - pad];
  }
}

/// The fast path of `elementwise` when `full`, an input, may be packed: if all full-sized operands lie in the same
/// blocks, those are computed one by one as they lie, and so does the result. Undefined if not.
Tensor elementwise_packed(const Elementwise& op, const void* params, const Tensor& out, const TensorImpl& full,
                          const TensorImpl* const* inputs, int count, ScalarType result) {
  PackedImage held[kMaxOperands];
  held[1] = packed_image(full);
  if (!held[1]) return {};
  const ImageLayout layout = held[1].layout();
  alignas(16) char numbers[kMaxOperands][16];
  const int64_t one = 1, zero = 0, n = full.numel;
  Operand operands[kMaxOperands];
  for (int k = 1; k <= count; ++k) {
    const TensorImpl& i = *inputs[k - 1];
    if (i.ndim == 0) {
      convert(i.dtype, i.data(), full.dtype, numbers[k], 1);
      operands[k] = {numbers[k], &zero, full.dtype};
      continue;
    }
    held[k] = packed_image(i);
    if (!held[k] || held[k].layout() != layout) return {};
    operands[k] = {held[k].data(), &one, full.dtype};
  }
  if (out.defined()) {
    held[0] = packed_image(*out.impl());
    if (!held[0] || held[0].layout() != layout) return {};
  }
  PointwiseFn* fn = op.kernel.get(kCPU, full.dtype);
  const Tensor y = out.defined() ? out : empty_packed(full.sizes_ref(), layout, result);
  if (!out.defined()) held[0] = packed_image(y);
  operands[0] = {held[0].data(), &one, result};
  run_pointwise(fn, operands, count + 1, IntArrayRef(&n, 1), params, op.cost);
  return y;
}

}  // namespace

ScalarType result_type(std::initializer_list<const Tensor*> tensors) {
  ScalarType by_rank[3] = {ScalarType::Undefined, ScalarType::Undefined, ScalarType::Undefined};
  for (const Tensor* t : tensors) {
    if (!t->defined()) continue;
    const TensorImpl& i = *t->impl();
    const Rank r = i.wrapped_number ? Rank::number : i.ndim == 0 ? Rank::scalar : Rank::tensor;
    ScalarType& slot = by_rank[static_cast<int>(r)];
    slot = combine(slot, r == Rank::number ? number_dtype(i.dtype) : i.dtype);
  }
  return higher_kind(higher_kind(by_rank[2], by_rank[1]), by_rank[0]);
}

Tensor wrapped_scalar(const Scalar& value) {
  TensorImpl* i = detail::new_impl({}, 1, value.type(), kCPU);
  switch (i->dtype) {
    case kBool:
      *i->data_as<bool>() = value.toBool();
      break;
    case kLong:
      *i->data_as<int64_t>() = value.toLong();
      break;
    case kDouble:
      *i->data_as<double>() = value.toDouble();
      break;
    default:
      *i->data_as<complex<double>>() = value.to<complex<double>>();
  }
  i->wrapped_number = true;
  return Tensor::adopt(i);
}

void write_number(const Scalar& value, ScalarType dtype, void* element) {
  switch (dtype) {
#define LAMPAS_WRITE(T, name)                  \
  case ScalarType::name:                       \
    *static_cast<T*>(element) = value.to<T>(); \
    break;
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_WRITE)
#undef LAMPAS_WRITE
    default:
      fail("a number of dtype ", dtype);
  }
}

Shape dense_strides(IntArrayRef sizes, ArrayRef<const int64_t*> operands) {
  const int rank = static_cast<int>(sizes.size());
  Shape order(sizes.size()), strides(sizes.size());  // innermost dimension first
  // Whether dimension a must lie outside of b (1), inside (-1), or may lie either way.
  const auto compare = [&](int64_t a, int64_t b) {
    for (const int64_t* s : operands) {
      if (s[a] == 0 || s[b] == 0) continue;
      if (s[a] != s[b]) return s[a] < s[b] ? -1 : 1;
      if (sizes[a] > sizes[b]) return 1;
    }
    return 0;
  };
  for (int k = 0; k < rank; ++k) {
    order[k] = rank - 1 - k;
    for (int to = k, from = k - 1; from >= 0; --from) {
      const int c = compare(order[from], order[to]);
      if (c < 0) break;
      if (c > 0) std::swap(order[from], order[to]), to = from;
    }
  }
  int64_t run = 1;
  for (const int64_t d : order) {
    strides[d] = run;
    run *= std::max<int64_t>(sizes[d], 1);
  }
  return strides;
}

void check_no_internal_overlap(const char* op, const Tensor& t) {
  const TensorImpl& i = *t.impl();
  if (i.contiguous || i.numel <= 1) return;
  for (int d = 0; d < i.ndim; ++d)
    check(i.strides()[d] != 0 || i.sizes()[d] <= 1, op,
          ": unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
          "Please clone() the tensor before performing the operation. (sizes ",
          t.sizes(), ", strides ", t.strides(), ")");
}

Overlap overlap_of(const Tensor& a, const Tensor& b) {
  const TensorImpl &x = *a.impl(), &y = *b.impl();
  if (x.storage != y.storage || x.numel == 0 || y.numel == 0) return Overlap::none;
  auto range = [](const TensorImpl& i, int64_t& lo, int64_t& hi) {
    const auto item = static_cast<int64_t>(element_size(i.dtype));
    lo = hi = i.offset;
    for (int d = 0; d < i.ndim; ++d) {
      const int64_t span = (i.sizes()[d] - 1) * i.strides()[d] * item;
      (span < 0 ? lo : hi) += span;
    }
    hi += item;
  };
  int64_t al, ah, bl, bh;
  range(x, al, ah);
  range(y, bl, bh);
  if (ah <= bl || bh <= al) return Overlap::none;
  if (x.offset == y.offset && x.dtype == y.dtype && x.sizes_ref() == y.sizes_ref()) {
    bool same = true;
    for (int d = 0; d < x.ndim; ++d) same = same && (x.sizes()[d] == 1 || x.strides()[d] == y.strides()[d]);
    if (same) return Overlap::full;
  }
  return Overlap::partial;
}

void prepare_out(const char* op, const Tensor& out, IntArrayRef sizes) {
  check(out.defined(), op, ": out is undefined");
  if (out.sizes() == sizes) return;
  if (out.numel() != 0)
    warn(str(op, ": an output with one or more elements was resized since it had shape ", out.sizes(),
             ", which does not match the required output shape ", sizes));
  out.resize_(sizes);
}

Tensor elementwise(const Elementwise& op, const void* params, const Tensor& out,
                   std::initializer_list<const Tensor*> inputs) {
  // Fast path: contiguous inputs of one shape and dtype, and numbers that do not promote it.
  const TensorImpl* full = nullptr;
  const TensorImpl* impls[kMaxOperands];
  int count = 0;
  for (const Tensor* t : inputs) {
    const TensorImpl* i = t->impl();
    if (LAMPAS_UNLIKELY(!i)) fail(op.name, ": input is undefined");
    impls[count++] = i;
    if (!full && i->ndim > 0) full = i;
  }
  if (!full && !impls[0]->wrapped_number) full = impls[0];
  ScalarType compute = full ? full->dtype : ScalarType::Undefined;
  bool plain = full && full->contiguous && full->device.is_cpu() &&
               (op.result != Elementwise::floating || is_floating_point(compute));
  const auto is_full = [full](const TensorImpl* i) { return i->ndim == full->ndim && !i->wrapped_number; };
  for (int k = 0; plain && k < count; ++k) {
    const TensorImpl* i = impls[k];
    if (i == full) continue;
    plain = is_full(i) ? i->contiguous && i->dtype == compute &&
                             std::memcmp(i->sizes(), full->sizes(), sizeof(int64_t) * full->ndim) == 0
                       : i->ndim == 0 && full->ndim > 0 && kind_of(i->dtype) <= kind_of(compute);
  }
  const ScalarType result = op.result == Elementwise::boolean ? kBool : compute;
  if (plain && out.defined()) {
    const TensorImpl& o = *out.impl();
    plain = o.contiguous && o.dtype == result && o.sizes_ref() == full->sizes_ref();
    for (int k = 0; plain && k < count; ++k)
      plain = impls[k]->storage != o.storage || (impls[k]->offset == o.offset && is_full(impls[k]));
  }
  if (LAMPAS_LIKELY(plain)) {
    if (LAMPAS_UNLIKELY(maybe_packed(*full)))
      if (Tensor y = elementwise_packed(op, params, out, *full, impls, count, result); y.defined()) return y;
    PointwiseFn* fn = op.kernel.get(kCPU, compute);
    Tensor y = out.defined() ? out : Tensor::adopt(detail::new_impl(full->sizes_ref(), full->numel, result, kCPU));
    const int64_t n = full->numel;
    char* data[kMaxOperands];
    int64_t strides[kMaxOperands];
    alignas(16) char numbers[kMaxOperands][16];
    const auto item = static_cast<int64_t>(element_size(compute));
    data[0] = static_cast<char*>(y.impl()->data());
    strides[0] = static_cast<int64_t>(element_size(result));
    for (int k = 0; k < count; ++k) {
      data[k + 1] = static_cast<char*>(impls[k]->data());
      strides[k + 1] = item;
      if (is_full(impls[k])) continue;
      convert(impls[k]->dtype, data[k + 1], compute, numbers[k], 1);
      data[k + 1] = numbers[k];
      strides[k + 1] = 0;
    }
    if (LAMPAS_LIKELY(n <= 4096)) {
      if (n > 0) fn(data, strides, n, params);
      return y;
    }
    const int64_t one = 1, zero = 0;
    Operand operands[kMaxOperands];
    for (int k = 0; k <= count; ++k) operands[k] = {data[k], strides[k] ? &one : &zero, k == 0 ? result : compute};
    run_pointwise(fn, operands, count + 1, IntArrayRef(&n, 1), params, op.cost);
    return y;
  }
  compute = result_type(inputs);
  if (op.result == Elementwise::floating && !is_floating_point(compute) && !lampas::is_complex(compute))
    compute = get_default_dtype();
  return elementwise_as(op, compute, FirstInput::operand, params, out, inputs);
}

Tensor elementwise_as(const Elementwise& op, ScalarType compute, FirstInput first_input, const void* params,
                      const Tensor& out, std::initializer_list<const Tensor*> inputs) {
  const ScalarType result = op.result == Elementwise::boolean ? kBool : compute;
  PointwiseFn* fn = op.kernel.get(kCPU, compute);
  const int count = static_cast<int>(inputs.size()) + 1;
  Shape shape;
  bool first = true;
  for (const Tensor* t : inputs) {
    check(t->defined(), op.name, ": input is undefined");
    if (first || t->dim() == 0) {
      if (first) shape = t->sizes();
      first = false;
      continue;
    }
    if (IntArrayRef(shape) != t->sizes()) shape = broadcast_shapes(shape, t->sizes(), op.name);
  }
  Tensor y = out;
  if (y.defined()) {
    check(y.sizes() == IntArrayRef(shape), op.name, ": output with shape ", y.sizes(),
          " doesn't match the broadcast shape ", IntArrayRef(shape));
    check(can_cast(result, y.scalar_type()), op.name, ": result type ", result,
          " can't be cast to the desired output type ", y.scalar_type());
    check_no_internal_overlap(op.name, y);
  } else {
    y = Tensor::adopt(detail::new_impl(shape, checked_numel(shape, element_size(result), op.name), result, kCPU));
    bool rows = true;
    for (const Tensor* t : inputs) rows = rows && t->impl()->contiguous;
    if (!rows) {  // keep the memory order of the inputs (channels-last stays channels-last)
      int64_t seen[kMaxOperands][kMaxDims];
      const int64_t* orders[kMaxOperands];
      size_t ordered = 0;
      for (const Tensor* t : inputs) {
        const TensorImpl& i = *t->impl();
        if (i.ndim == 0) continue;
        if (i.contiguous && ordered == 0 && i.sizes_ref() == IntArrayRef(shape)) break;
        broadcast_strides(i, shape, seen[ordered]);
        orders[ordered] = seen[ordered];
        ++ordered;
      }
      if (ordered) y.impl()->set_geometry(shape, dense_strides(shape, {orders, ordered}));
    }
  }
  if (y.numel() == 0) return y;

  Tensor held[kMaxOperands];  // inputs copied because they overlap the output
  alignas(16) char numbers[kMaxOperands][16];
  Operand operands[kMaxOperands];
  ScalarType types[kMaxOperands];
  int64_t strides[kMaxOperands][kMaxDims];
  const size_t rank = shape.size();
  bool converts = y.scalar_type() != result;
  int k = 1;
  for (const Tensor* t : inputs) {
    const TensorImpl* i = t->impl();
    types[k] = k == 1 && first_input == FirstInput::condition ? kBool : compute;
    if (i->numel == 1) {
      // A single element is read once, whatever its dtype: also safe when it lies inside `out`.
      convert(i->dtype, i->data(), types[k], numbers[k], 1);
      std::memset(strides[k], 0, rank * sizeof(int64_t));
      operands[k] = {numbers[k], strides[k], types[k]};
      ++k;
      continue;
    }
    if (out.defined() && i->storage == y.impl()->storage) {
      const Overlap o = overlap_of(*t, y);
      check(o != Overlap::partial || !t->is_non_overlapping_and_dense() || !y.is_non_overlapping_and_dense(), op.name,
            ": unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
            "memory "
            "location. Please clone() the tensor before performing the operation.");
      if (o == Overlap::partial) {
        held[k] = t->detach().clone();
        i = held[k].impl();
      }
    }
    broadcast_strides(*i, shape, strides[k]);
    operands[k] = {i->data(), strides[k], i->dtype};
    converts = converts || i->dtype != types[k];
    ++k;
  }
  broadcast_strides(*y.impl(), shape, strides[0]);
  operands[0] = {y.impl()->data(), strides[0], y.scalar_type()};
  types[0] = result;
  if (converts)
    run_pointwise_cast(fn, operands, types, count, shape, params, op.cost);
  else
    run_pointwise(fn, operands, count, shape, params, op.cost);
  return y;
}

}  // namespace lampas
