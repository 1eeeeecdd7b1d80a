#include "lampas/tensor/tensor.h"

namespace lampas {

void Tensor::undefined_error() {
  fail("tensor is undefined: expected a defined tensor (a default-constructed Tensor holds nothing)");
}

int64_t Tensor::wrap_dim_strict(int64_t d) const {
  check_index(dim() > 0, "dimension specified as ", d, " but tensor has no dimensions");
  return wrap_dim(d, dim(), "size");
}

void Tensor::dtype_error(ScalarType expected) const {
  fail("expected scalar type ", expected, " but found ", scalar_type());
}

namespace {
bool has_strides_of_order(const TensorImpl& i, const int* order, int n) {
  int64_t expected = 1;
  for (int k = 0; k < n; ++k) {
    const int d = order[k];
    if (i.sizes()[d] == 1) continue;
    if (i.strides()[d] != expected) return false;
    expected *= i.sizes()[d];
  }
  return true;
}
constexpr int kOrder2d[] = {1, 3, 2, 0}, kOrder3d[] = {1, 4, 3, 2, 0};
}  // namespace

bool Tensor::is_contiguous(MemoryFormat format) const {
  const TensorImpl& i = get();
  if (format == MemoryFormat::ChannelsLast)
    return i.ndim == 4 && (i.numel == 0 || has_strides_of_order(i, kOrder2d, 4));
  if (format == MemoryFormat::ChannelsLast3d)
    return i.ndim == 5 && (i.numel == 0 || has_strides_of_order(i, kOrder3d, 5));
  return i.contiguous;
}

MemoryFormat Tensor::suggest_memory_format() const {
  // Shapes that are dense in both orders (one channel, one pixel) count as contiguous.
  const TensorImpl& i = get();
  if (i.contiguous || (i.ndim != 4 && i.ndim != 5)) return MemoryFormat::Contiguous;
  // Channels innermost, the rest in order: as strides go, with or without gaps (a slice of such an image is one).
  const int64_t *sizes = i.sizes(), *strides = i.strides();
  int64_t least = 1;
  for (int k = 0; k < i.ndim; ++k) {
    const int d = k == 0 ? 1 : k == i.ndim - 1 ? 0 : i.ndim - k;
    if (sizes[d] == 0 || strides[d] < least || (d == 0 && least == strides[1])) return MemoryFormat::Contiguous;
    least = std::max<int64_t>(sizes[d], 1) * strides[d];
  }
  return i.ndim == 4 ? MemoryFormat::ChannelsLast : MemoryFormat::ChannelsLast3d;
}

bool Tensor::is_non_overlapping_and_dense() const {
  const TensorImpl& i = get();
  if (i.contiguous) return true;
  Shape perm(i.ndim);
  for (int d = 0; d < i.ndim; ++d) perm[d] = d;
  // Insertion sort by stride; size-one dimensions do not matter and go last.
  for (int a = 1; a < i.ndim; ++a)
    for (int b = a; b > 0; --b) {
      const int64_t x = perm[b - 1], y = perm[b];
      const bool swap = i.sizes()[y] > 1 && (i.sizes()[x] <= 1 || i.strides()[y] < i.strides()[x]);
      if (!swap) break;
      std::swap(perm[b - 1], perm[b]);
    }
  int64_t expected = 1;
  for (int k = 0; k < i.ndim; ++k) {
    const int64_t d = perm[k];
    if (i.sizes()[d] <= 1) continue;
    if (i.strides()[d] != expected) return false;
    expected *= i.sizes()[d];
  }
  return true;
}

Scalar Tensor::item() const {
  const TensorImpl& i = get();
  check(i.numel == 1, "item: a Tensor with ", i.numel, " elements cannot be converted to Scalar");
  const void* p = i.data();
  switch (i.dtype) {
#define LAMPAS_ITEM(T, name) \
  case ScalarType::name:     \
    return Scalar(*static_cast<const T*>(p));
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_ITEM)
#undef LAMPAS_ITEM
    default:
      fail("item: tensor of dtype ", i.dtype);
  }
}

std::string Tensor::toString() const {
  if (!defined()) return "UndefinedType";
  return std::string(is_sparse() ? "Sparse" : "") + (is_cuda() ? "CUDA" : "CPU") + name(scalar_type()) + "Type";
}

void append(std::string& s, const Tensor& t) {
  if (!t.defined()) {
    s += "undefined tensor";
    return;
  }
  append(s, t.sizes());
  s += ' ';
  append(s, t.scalar_type());
}

}  // namespace lampas
