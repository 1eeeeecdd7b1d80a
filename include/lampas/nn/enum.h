#pragma once

#include <string>
#include <variant>

#include "lampas/base/error.h"
#include "lampas/tensor/tensor.h"

/// Named choices of options: `kMean`, `kReLU`, `kSame`. Each is a type of its own, so that an option is a variant of
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

namespace enumtype {

#define LAMPAS_ENUM_TYPE(name)                      \
  struct k##name {                                  \
    static constexpr const char* label = "k" #name; \
    constexpr k##name() {}                          \
  };
LAMPAS_FOR_EACH_ENUM(LAMPAS_ENUM_TYPE)
#undef LAMPAS_ENUM_TYPE

/// "kMean" for a variant that holds kMean.
template <class V>
std::string get_enum_name(const V& choice) {
  return std::visit([](const auto& e) { return std::string(e.label); }, choice);
}

/// The reduction an op is called with.
template <class V>
Reduction reduction_get_enum(const V& choice) {
  if (std::holds_alternative<kNone>(choice)) return Reduction::None;
  if (std::holds_alternative<kMean>(choice)) return Reduction::Mean;
  if (std::holds_alternative<kSum>(choice)) return Reduction::Sum;
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
