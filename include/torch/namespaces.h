#pragma once

/// The namespaces of LibTorch over those of lampas. Each is a namespace of its own, so that programs may add to it.
/// A namespace with nested ones takes its names from the lists of torch/names.h, a leaf all of its twin's.

#include <cmath>

#include "c10/util/Exception.h"
#include "c10/util/Optional.h"
#include "c10/util/irange.h"
#include "c10/util/string_view.h"
#include "c10/util/variant.h"
#include "torch/names.h"

namespace lampas {
namespace autograd {}
namespace cuda {}
namespace data::datasets::detail {}
namespace data::detail::sequencers {}
namespace data::samplers {}
namespace data::transforms {}
namespace enumtype {}
namespace indexing {}
namespace linalg {}
namespace nn::detail {}
namespace nn::functional {}
namespace nn::init {}
namespace nn::utils::rnn {}
namespace optim {}
namespace serialize {}
namespace special {}
}  // namespace lampas
namespace lampas_torch_data_names {}
namespace lampas_torch_nn_names {}

namespace c10 {
using namespace lampas_torch_names;
using lampas::complex;
using IntList = lampas::IntArrayRef;
/// LibTorch's class of the names of element types.
using TypeMeta = lampas::TypeMeta;
inline lampas::ScalarType typeMetaToScalarType(lampas::TypeMeta type) { return type.toScalarType(); }
inline lampas::TypeMeta scalarTypeToTypeMeta(lampas::ScalarType type) { return type; }
inline lampas::ScalarType promoteTypes(lampas::ScalarType a, lampas::ScalarType b) {
  return lampas::promote_types(a, b);
}
inline bool canCast(lampas::ScalarType from, lampas::ScalarType to) { return lampas::can_cast(from, to); }
inline lampas::ScalarType get_default_dtype_as_scalartype() { return lampas::get_default_dtype(); }
inline bool isSignedType(lampas::ScalarType t) { return lampas::is_signed(t); }
inline bool isReducedFloatingType(lampas::ScalarType t) { return lampas::is_reduced_floating(t); }
inline lampas::ScalarType toComplexType(lampas::ScalarType t) {
  return lampas::is_complex(t) || t == lampas::kFloat ? (t == lampas::kFloat ? lampas::kComplexFloat : t)
         : t == lampas::kDouble                       ? lampas::kComplexDouble
                                                      : lampas::ScalarType::Undefined;
}
inline lampas::ScalarType toRealValueType(lampas::ScalarType t) {
  return t == lampas::kComplexFloat ? lampas::kFloat : t == lampas::kComplexDouble ? lampas::kDouble : t;
}
template <class T>
struct CppTypeToScalarType : std::integral_constant<lampas::ScalarType, lampas::dtype_of<T>> {};
namespace impl {
template <lampas::ScalarType>
struct ScalarTypeToCPPType;
#define LAMPAS_CPP_TYPE(T, name)                         \
  template <>                                            \
  struct ScalarTypeToCPPType<lampas::ScalarType::name> { \
    using type = T;                                      \
  };
LAMPAS_FOR_EACH_DTYPE(LAMPAS_CPP_TYPE)
#undef LAMPAS_CPP_TYPE
template <lampas::ScalarType t>
using ScalarTypeToCPPTypeT = typename ScalarTypeToCPPType<t>::type;
}  // namespace impl

namespace detail {
template <class Stream, class Container>
void print_elements(Stream& os, const Container& all) {
  size_t shown = 0;
  for (const auto& element : all) {
    if (shown == 100) break;
    if (shown++) os << ' ';
    os << element;
  }
  if (shown < all.size()) os << " ...";
}
}  // namespace detail

template <class T>
ArrayRef<T> makeArrayRef(const T& one) {
  return one;
}
template <class T>
ArrayRef<T> makeArrayRef(const T* data, size_t size) {
  return {data, size};
}
template <class T>
ArrayRef<T> makeArrayRef(const T* begin, const T* end) {
  return {begin, end};
}
template <class T>
ArrayRef<T> makeArrayRef(const std::vector<T>& v) {
  return v;
}
template <class T, size_t N>
ArrayRef<T> makeArrayRef(const lampas::SmallVector<T, N>& v) {
  return v;
}
template <class T, size_t N>
ArrayRef<T> makeArrayRef(const std::array<T, N>& v) {
  return v;
}
template <class T>
ArrayRef<T> makeArrayRef(const ArrayRef<T>& v) {
  return v;
}
template <class T, size_t N>
ArrayRef<T> makeArrayRef(const T (&v)[N]) {
  return v;
}
}  // namespace c10
namespace c10 {
namespace ivalue {
using lampas::ivalue::ConstantString;
using lampas::ivalue::Tuple;
}  // namespace ivalue
namespace impl {
using GenericDict = lampas::Dict<lampas::IValue, lampas::IValue>;
using GenericList = lampas::List<lampas::IValue>;
}  // namespace impl
}  // namespace c10
namespace caffe2 {
using lampas::TypeMeta;
}

namespace at {
using namespace c10;
using namespace lampas_torch_names;
namespace indexing = lampas::indexing;
/// re + i im. (The class of complex numbers is c10::complex.)
inline Tensor complex(const Tensor& re, const Tensor& im) { return lampas::complex_of(re, im); }
/// Below LibTorch's recording of operations nothing is recorded.
struct AutoDispatchBelowAutograd {
  NoGradGuard off;
};
using AutoDispatchBelowADInplaceOrView = AutoDispatchBelowAutograd;
struct AutoNonVariableTypeMode : AutoDispatchBelowAutograd {
  explicit AutoNonVariableTypeMode(bool = true) {}
};
namespace native {
inline bool is_nonzero(const Tensor& x) { return x.is_nonzero(); }
}  // namespace native
/// How a loss combines its values, as the functions of at:: and torch:: take it.
namespace Reduction {
enum Reduction { None, Mean, Sum, END };
}
namespace native {
using lampas::_upsample_bicubic2d_aa;
using lampas::_upsample_bilinear2d_aa;
using lampas::_upsample_nearest_exact2d;
}  // namespace native
}  // namespace at

namespace at {
/// at::tensor keeps the dtype of its C++ elements and makes vectors; torch::tensor widens them and nests.
template <class T, std::enable_if_t<lampas::detail::is_number<T>, int> = 0>
Tensor tensor(ArrayRef<T> values, const TensorOptions& options) {
  const ScalarType dtype = options.scalar_type();
  TORCH_CHECK(!lampas::detail::is_complex_number<T> || lampas::is_complex(dtype),
              "\"tensor_cpu\" not implemented for '", dtype, "'");
  return lampas::tensor(values, TensorOptions(lampas::dtype_of<T>))
      .to(dtype)
      .set_requires_grad(options.requires_grad());
}
template <class T, std::enable_if_t<lampas::detail::is_number<T>, int> = 0>
Tensor tensor(ArrayRef<T> values) {
  return at::tensor(values, TensorOptions(lampas::dtype_of<T>));
}
template <class T, std::enable_if_t<lampas::detail::is_number<T>, int> = 0>
Tensor tensor(T value, const TensorOptions& options) {
  return at::tensor(ArrayRef<T>(value), options);
}
template <class T, std::enable_if_t<lampas::detail::is_number<T>, int> = 0>
Tensor tensor(T value) {
  return at::tensor(ArrayRef<T>(value));
}
template <class T>
Tensor tensor(std::initializer_list<T> values, const TensorOptions& options) {
  return at::tensor(ArrayRef<T>(values), options);
}
template <class T>
Tensor tensor(std::initializer_list<T> values) {
  return at::tensor(ArrayRef<T>(values));
}
template <class T, std::enable_if_t<!std::is_same_v<T, bool>, int> = 0>
Tensor tensor(const std::vector<T>& values, const TensorOptions& options) {
  return at::tensor(ArrayRef<T>(values), options);
}
template <class T, std::enable_if_t<!std::is_same_v<T, bool>, int> = 0>
Tensor tensor(const std::vector<T>& values) {
  return at::tensor(ArrayRef<T>(values));
}
}  // namespace at

namespace std {
template <>
struct hash<lampas::Device> {
  size_t operator()(lampas::Device d) const noexcept {
    return static_cast<size_t>(d.type()) << 8 | static_cast<uint8_t>(d.index());
  }
};
/// LibTorch's complex numbers have one.
inline float abs(lampas::complex<float> z) { return hypot(z.real(), z.imag()); }
inline double abs(lampas::complex<double> z) { return hypot(z.real(), z.imag()); }
/// LibTorch's programs print vectors: the elements with blanks between them, a hundred at most.
template <class... T>
ostream& operator<<(ostream& os, const vector<T...>& all) {
  return c10::detail::print_elements(os, all), os;
}
template <class T>
T arg(const lampas::complex<T>& z) {
  return atan2(z.imag(), z.real());
}
template <class T>
T norm(const lampas::complex<T>& z) {
  return z.real() * z.real() + z.imag() * z.imag();
}
template <class T>
constexpr T real(const lampas::complex<T>& z) {
  return z.real();
}
template <class T>
constexpr T imag(const lampas::complex<T>& z) {
  return z.imag();
}
template <class T>
constexpr lampas::complex<T> conj(const lampas::complex<T>& z) {
  return {z.real(), -z.imag()};
}
}  // namespace std

namespace torch {
namespace detail {
using lampas::detail::TensorDataContainer;
}
using namespace at;
using namespace lampas_torch_names;
using c10::nullopt;
using c10::optional;
using lampas::tensor;

namespace autograd {
using namespace lampas::autograd;
using lampas::AutoGradMode;
using lampas::GradMode;
using lampas::NodePtr;
using lampas::NoGradGuard;
using edge_list = std::vector<Edge>;
using tensor_list = variable_list;
/// LibTorch's questions about how a view was made.
struct CreationMeta {
  lampas::ViewKind kind;
  constexpr CreationMeta(lampas::ViewKind k) : kind(k) {}
  static constexpr lampas::ViewKind DEFAULT = lampas::ViewKind::tracked, NO_GRAD_MODE = lampas::ViewKind::no_grad,
                                    MULTI_OUTPUT_NODE = lampas::ViewKind::multi_output,
                                    INFERENCE_MODE = lampas::ViewKind::inference;
  friend bool operator==(const CreationMeta& a, const CreationMeta& b) { return a.kind == b.kind; }
};
using DifferentiableViewMeta = lampas::TensorImpl;
/// A leaf over the same elements.
inline Variable make_variable(const at::Tensor& data, bool requires_grad = false, bool = true) {
  return data.defined() ? data.detach().set_requires_grad(requires_grad) : Variable();
}
}  // namespace autograd
namespace cuda {
using namespace lampas::cuda;
}
namespace data {
using namespace lampas_torch_data_names;
namespace detail {
using namespace lampas::data::detail;
}
namespace example {
using namespace lampas::data::example;
}
namespace datasets {
using namespace lampas::data::datasets;
}
namespace samplers {
using namespace lampas::data::samplers;
}
namespace transforms {
using namespace lampas::data::transforms;
}
}  // namespace data
namespace enumtype {
using namespace lampas::enumtype;
}
namespace linalg {
using namespace lampas::linalg;
}
namespace special {
using namespace lampas::special;
}
namespace nn {
using namespace lampas_torch_nn_names;
namespace functional {
using namespace lampas::nn::functional;
}
namespace init {
using namespace lampas::nn::init;
}
namespace utils {
using namespace lampas::nn::utils;
namespace rnn {
using namespace lampas::nn::utils::rnn;
}
}  // namespace utils
}  // namespace nn
namespace optim {
using namespace lampas::optim;
}
namespace serialize {
using namespace lampas::serialize;
}
namespace jit {
using lampas::IValue;
using lampas::pickle_load;
using lampas::pickle_save;
}  // namespace jit
}  // namespace torch
