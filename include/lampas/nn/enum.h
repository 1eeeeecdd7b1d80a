#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "lampas/base/error.h"
#include "lampas/tensor/tensor.h"

/// Named choices of options: `kMean`, `kReLU`, `kSame`. Each is a type of its own, so that an option takes
/// just the choices it allows and a wrong one does not compile.
#define LAMPAS_FOR_EACH_ENUM(X) \
  X(Linear)                     \
  X(Conv1D)                     \
  X(Conv2D)                     \
  X(Conv3D)                     \
  X(ConvTranspose1D)            \
  X(ConvTranspose2D)            \
  X(ConvTranspose3D)            \
  X(Sigmoid)                    \
  X(Tanh)                       \
  X(ReLU)                       \
  X(SELU)                       \
  X(GELU)                       \
  X(SiLU)                       \
  X(Mish)                       \
  X(LeakyReLU)                  \
  X(FanIn)                      \
  X(FanOut)                     \
  X(Constant)                   \
  X(Reflect)                    \
  X(Replicate)                  \
  X(Circular)                   \
  X(Nearest)                    \
  X(Bilinear)                   \
  X(Bicubic)                    \
  X(Trilinear)                  \
  X(Area)                       \
  X(NearestExact)               \
  X(Sum)                        \
  X(Mean)                       \
  X(Max)                        \
  X(None)                       \
  X(BatchMean)                  \
  X(Zeros)                      \
  X(Border)                     \
  X(Reflection)                 \
  X(RNN_TANH)                   \
  X(RNN_RELU)                   \
  X(LSTM)                       \
  X(GRU)                        \
  X(Valid)                      \
  X(Same)

namespace lampas {

namespace nn::detail {
template <size_t D>
class ConvPadding;  // nn/options/conv.h
}

namespace enumtype {

#define LAMPAS_ENUM_TYPE(name)                      \
  struct k##name {                                  \
    static constexpr const char* label = "k" #name; \
    constexpr k##name() {}                          \
  };
LAMPAS_FOR_EACH_ENUM(LAMPAS_ENUM_TYPE)
#undef LAMPAS_ENUM_TYPE

/// One of the choices `Ts`, the first by default. A std::variant of them would cost every file that includes the
/// options megabytes of compiler memory; `get_if`, `holds_alternative` and `visit` are those of a variant.
template <class... Ts>
class OneOf {
 public:
  OneOf() = default;
  template <class T, class = std::enable_if_t<(std::is_same_v<T, Ts> || ...)>>
  OneOf(T) : index_(position<T>()) {}
  size_t index() const noexcept { return index_; }
  /// "kMean" for kMean.
  const char* label() const noexcept {
    constexpr const char* labels[] = {Ts::label...};
    return labels[index_];
  }
  template <class T>
  bool holds() const noexcept {
    static_assert((std::is_same_v<T, Ts> || ...), "the option has no such choice");
    return index_ == position<T>();
  }
  template <class T>
  const T* get_if() const noexcept {
    static constexpr T value{};
    return holds<T>() ? &value : nullptr;
  }

 private:
  template <class T>
  static constexpr uint8_t position() {
    uint8_t k = 0;
    bool found = false;
    ((found = found || std::is_same_v<T, Ts>, k = static_cast<uint8_t>(k + !found)), ...);
    return k;
  }
  uint8_t index_ = 0;
};
template <class T, class Choice>
auto holds_alternative(const Choice& choice) noexcept -> decltype(choice.template holds<T>()) {
  return choice.template holds<T>();
}
template <class T, class Choice>
auto get_if(const Choice* choice) noexcept -> decltype(choice->template get_if<T>()) {
  return choice ? choice->template get_if<T>() : nullptr;
}
template <class T, class Choice>
auto get(const Choice& choice) -> decltype(*choice.template get_if<T>()) {
  if (const T* value = choice.template get_if<T>()) return *value;
  throw std::bad_variant_access();
}
/// Calls `function` with the choice, as a value of its type.
template <class F, class First, class... Rest>
auto visit(F&& function, const OneOf<First, Rest...>& choice) -> decltype(function(First{})) {
  using R = decltype(function(First{}));
  using Call = R (*)(F&);
  constexpr Call calls[] = {[](F& f) -> R { return f(First{}); }, [](F& f) -> R { return f(Rest{}); }...};
  return calls[choice.index()](function);
}
template <class F, class... Ts>
auto visit(F&& function, OneOf<Ts...>& choice) -> decltype(enumtype::visit(function, std::as_const(choice))) {
  return enumtype::visit(function, std::as_const(choice));
}
template <class F, class... Ts>
auto visit(F&& function, OneOf<Ts...>&& choice) -> decltype(enumtype::visit(function, std::as_const(choice))) {
  return enumtype::visit(function, std::as_const(choice));
}

template <class F, size_t D>
decltype(auto) visit(F&& function, const nn::detail::ConvPadding<D>& choice) {
  return choice.visit(function);
}
template <class F, size_t D>
decltype(auto) visit(F&& function, nn::detail::ConvPadding<D>& choice) {
  return choice.visit(function);
}

/// "kMean" for an option that is kMean.
template <class... Ts>
std::string get_enum_name(const OneOf<Ts...>& choice) {
  return choice.label();
}
template <class... Ts>
std::string get_enum_name(const std::variant<Ts...>& choice) {
  return std::visit([](const auto& e) { return std::string(e.label); }, choice);
}

/// The reduction an op is called with.
template <class V>
Reduction reduction_get_enum(const V& choice) {
  if (choice.template holds<kNone>()) return Reduction::None;
  if (choice.template holds<kMean>()) return Reduction::Mean;
  if (choice.template holds<kSum>()) return Reduction::Sum;
  fail(get_enum_name(choice), " is not a valid value for reduction");
}

}  // namespace enumtype

#define LAMPAS_ENUM_VALUE(name) inline constexpr enumtype::k##name k##name{};
LAMPAS_FOR_EACH_ENUM(LAMPAS_ENUM_VALUE)
#undef LAMPAS_ENUM_VALUE

}  // namespace lampas

/// Constructors of an options class from its one choice, so that `F::mse_loss(x, y, kSum)` works.
#define LAMPAS_OPTIONS_FROM_CHOICE3(Options, arg, A, B, C)  \
  Options() = default;                                      \
  Options(::lampas::enumtype::A choice) : arg##_(choice) {} \
  Options(::lampas::enumtype::B choice) : arg##_(choice) {} \
  Options(::lampas::enumtype::C choice) : arg##_(choice) {}
#define LAMPAS_OPTIONS_FROM_CHOICE4(Options, arg, A, B, C, D) \
  LAMPAS_OPTIONS_FROM_CHOICE3(Options, arg, A, B, C)          \
  Options(::lampas::enumtype::D choice) : arg##_(choice) {}
