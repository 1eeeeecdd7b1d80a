// tensor(...): tensors from literals, nested lists and arrays.
#include "lampas/ops/tensor_data.h"

#include <cstring>
#include <ostream>

#include "lampas/ops/factories.h"

namespace lampas {
namespace detail {

namespace {

/// The dtype a tensor of such elements gets when none is asked for.
ScalarType default_for(ScalarType t) {
  if (t == kInt || t == kLong) return kLong;
  return t == kFloat || t == kDouble ? get_default_dtype() : t;
}

void store(const Scalar& value, ScalarType dtype, void* to) {
  switch (dtype) {
#define LAMPAS_STORE(T, name)             \
  case ScalarType::name:                  \
    *static_cast<T*>(to) = value.to<T>(); \
    break;
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_STORE)
#undef LAMPAS_STORE
    default:
      lampas::fail("tensor: a tensor needs a dtype, got ", dtype);
  }
}

Scalar load(ScalarType dtype, const void* data, int64_t k) {
  switch (dtype) {
#define LAMPAS_LOAD(T, name) \
  case ScalarType::name:     \
    return Scalar(static_cast<const T*>(data)[k]);
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_LOAD)
#undef LAMPAS_LOAD
    default:
      return Scalar();
  }
}

/// Sizes as the messages name them: separated by spaces.
std::string spaced(IntArrayRef sizes) {
  std::string s;
  for (size_t k = 0; k < sizes.size(); ++k) s += str(k ? " " : "", sizes[k]);
  return s;
}

}  // namespace

TensorDataContainer::TensorDataContainer(std::initializer_list<TensorDataContainer> list)
    : kind_(Kind::list), dtype_(ScalarType::Undefined), list_(list) {
  sizes_.push_back(static_cast<int64_t>(list.size()));
  if (list.size() == 0) {
    dtype_ = get_default_dtype();
    return;
  }
  const TensorDataContainer& first = *list.begin();
  dtype_ = first.dtype_;
  for (int64_t s : first.sizes_) sizes_.push_back(s);
  for (const TensorDataContainer& part : list) {
    check_value(part.sizes_ == first.sizes_, "Expected all sub-lists to have sizes: ", spaced(first.sizes_), " (e.g. ",
                first, "), but got sub-list ", part, " with sizes: ", spaced(part.sizes_));
    check_type(part.dtype_ == dtype_, "Expected all elements of the tensor to have the same scalar type: ", dtype_,
               ", but got element of scalar type: ", part.dtype_);
  }
}

const Scalar& TensorDataContainer::scalar() const {
  check(is_scalar(), "Can only call `scalar()` on a TensorDataContainer that has `is_scalar() == true`");
  return scalar_;
}
const std::initializer_list<TensorDataContainer>& TensorDataContainer::init_list() const {
  check(is_init_list(), "Can only call `init_list()` on a TensorDataContainer that has `is_init_list() == true`");
  return list_;
}
Tensor TensorDataContainer::tensor() const {
  check(is_tensor(), "Can only call `tensor()` on a TensorDataContainer that has `is_tensor() == true`");
  return convert_to_tensor(default_for(dtype_));
}

void TensorDataContainer::write(ScalarType dtype, char*& to) const {
  const size_t item = element_size(dtype);
  if (is_scalar()) {
    store(scalar_, dtype, to);
    to += item;
  } else if (is_init_list()) {
    for (const TensorDataContainer& part : list_) part.write(dtype, to);
  } else if (dtype == dtype_) {
    const size_t bytes = static_cast<size_t>(sizes_[0]) * item;
    if (bytes) std::memcpy(to, data_, bytes);
    to += bytes;
  } else {
    for (int64_t k = 0; k < sizes_[0]; ++k, to += item) store(load(dtype_, data_, k), dtype, to);
  }
}

Tensor TensorDataContainer::convert_to_tensor(const TensorOptions& options) const {
  const ScalarType dtype = options.dtype_opt().value_or(default_for(dtype_));
  check(!is_tensor() || !is_complex(dtype_) || is_complex(dtype),
        "can not do torch::tensor(complex, dtype=non-complex) because complex can not be casted to real number without "
        "loss of "
        "information");
  check(!options.requires_grad() || is_differentiable(dtype),
        "Only Tensors of floating point and complex dtype can require gradients, got ", dtype);
  Tensor t = empty(sizes_, options.dtype(dtype));
  auto* to = static_cast<char*>(t.impl()->data());
  write(dtype, to);
  return t;
}

void TensorDataContainer::append_to(std::string& s) const {
  if (is_scalar()) return lampas::append(s, scalar_);
  s += '{';
  bool first = true;
  const auto comma = [&] { s += std::exchange(first, false) ? "" : ", "; };
  if (is_init_list()) {
    for (const TensorDataContainer& part : list_) {
      comma();
      part.append_to(s);
    }
  } else {
    for (int64_t k = 0; k < sizes_[0]; ++k) {
      comma();
      lampas::append(s, load(dtype_, data_, k));
    }
  }
  s += '}';
}

void append(std::string& s, const TensorDataContainer& data) { data.append_to(s); }

std::ostream& operator<<(std::ostream& os, const TensorDataContainer& data) {
  std::string s;
  data.append_to(s);
  return os << s;
}

}  // namespace detail
}  // namespace lampas
