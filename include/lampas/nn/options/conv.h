#pragma once

#include <initializer_list>
#include <type_traits>

#include "lampas/base/arg.h"
#include "lampas/nn/enum.h"
#include "lampas/nn/expanding_array.h"

namespace lampas::nn {

namespace detail {
using conv_padding_mode_t =
    enumtype::OneOf<enumtype::kZeros, enumtype::kReflect, enumtype::kReplicate, enumtype::kCircular>;
/// Sizes, or a word that stands for them. To `get_if`, `holds_alternative`, `get` and `visit` it is a variant of the
/// three types; a std::variant of them would cost every file that includes the options megabytes of compiler memory.
template <size_t D>
class ConvPadding {
 public:
  template <class Sizes, class = std::enable_if_t<std::is_convertible_v<Sizes, ExpandingArray<D>>>>
  ConvPadding(const Sizes& sizes) : sizes_(sizes) {}
  ConvPadding(enumtype::kValid) : sizes_(0), index_(1) {}
  ConvPadding(enumtype::kSame) : sizes_(0), index_(2) {}
  size_t index() const noexcept { return index_; }

  template <class T>
  bool holds() const noexcept {
    return index_ == position<T>();
  }
  template <class T>
  const T* get_if() const noexcept {
    if (!holds<T>()) return nullptr;
    if constexpr (std::is_same_v<T, ExpandingArray<D>>) {
      return &sizes_;
    } else {
      static constexpr T word{};
      return &word;
    }
  }
  template <class F>
  decltype(auto) visit(F&& function) const {
    if (index_ == 1) return function(enumtype::kValid());
    if (index_ == 2) return function(enumtype::kSame());
    return function(sizes_);
  }

 private:
  template <class T>
  static constexpr uint8_t position() {
    constexpr bool sizes = std::is_same_v<T, ExpandingArray<D>>, valid = std::is_same_v<T, enumtype::kValid>;
    static_assert(sizes || valid || std::is_same_v<T, enumtype::kSame>, "a padding is sizes, kValid or kSame");
    return sizes ? 0 : valid ? 1 : 2;
  }
  ExpandingArray<D> sizes_;
  uint8_t index_ = 0;
};
template <size_t D>
using conv_padding_t = ConvPadding<D>;
}  // namespace detail

template <size_t D>
struct ConvOptions {
  using padding_mode_t = detail::conv_padding_mode_t;
  using padding_t = detail::conv_padding_t<D>;

  ConvOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}

  LAMPAS_ARG(int64_t, in_channels);
  /// Channels of the output, one filter each.
  LAMPAS_ARG(int64_t, out_channels);
  /// Spatial size of the filters.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// Step of the filters.
  LAMPAS_ARG(ExpandingArray<D>, stride) = 1;
  /// Elements added on both sides of the input; kValid: none; kSame: as many as keep the input's size (stride 1).
  LAMPAS_ARG(padding_t, padding) = 0;

 public:
  decltype(auto) padding(std::initializer_list<int64_t> sizes) { return padding(padding_t(ExpandingArray<D>(sizes))); }

  /// Distance between the elements of a filter.
  LAMPAS_ARG(ExpandingArray<D>, dilation) = 1;
  /// Independent groups the channels are split into; divides both channel counts.
  LAMPAS_ARG(int64_t, groups) = 1;
  LAMPAS_ARG(bool, bias) = true;
  /// What is added: zeros, or the input's own values reflected, replicated or wrapped around.
  LAMPAS_ARG(padding_mode_t, padding_mode) = kZeros;
};
using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
using Conv3dOptions = ConvOptions<3>;

template <size_t D>
struct ConvTransposeOptions {
  using padding_mode_t = detail::conv_padding_mode_t;

  ConvTransposeOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}

  LAMPAS_ARG(int64_t, in_channels);
  LAMPAS_ARG(int64_t, out_channels);
  /// Spatial size of the filters.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// Distance between the inputs' places in the output.
  LAMPAS_ARG(ExpandingArray<D>, stride) = 1;
  /// Elements cut off both sides of the output.
  LAMPAS_ARG(ExpandingArray<D>, padding) = 0;
  /// Elements the output has more behind; smaller than stride or dilation.
  LAMPAS_ARG(ExpandingArray<D>, output_padding) = 0;
  /// Independent groups the channels are split into; divides both channel counts.
  LAMPAS_ARG(int64_t, groups) = 1;
  LAMPAS_ARG(bool, bias) = true;
  /// Distance between the elements of a filter.
  LAMPAS_ARG(ExpandingArray<D>, dilation) = 1;
  /// Only kZeros.
  LAMPAS_ARG(padding_mode_t, padding_mode) = kZeros;
};
using ConvTranspose1dOptions = ConvTransposeOptions<1>;
using ConvTranspose2dOptions = ConvTransposeOptions<2>;
using ConvTranspose3dOptions = ConvTransposeOptions<3>;

namespace functional {
template <size_t D>
struct ConvFuncOptions {
  using padding_t = nn::detail::conv_padding_t<D>;

  /// (out_channels), or undefined.
  LAMPAS_LAZY_ARG(Tensor, bias) = Tensor();
  LAMPAS_ARG(ExpandingArray<D>, stride) = 1;
  LAMPAS_ARG(padding_t, padding) = 0;

 public:
  decltype(auto) padding(std::initializer_list<int64_t> sizes) { return padding(padding_t(ExpandingArray<D>(sizes))); }

  LAMPAS_ARG(ExpandingArray<D>, dilation) = 1;
  LAMPAS_ARG(int64_t, groups) = 1;
};
using Conv1dFuncOptions = ConvFuncOptions<1>;
using Conv2dFuncOptions = ConvFuncOptions<2>;
using Conv3dFuncOptions = ConvFuncOptions<3>;

template <size_t D>
struct ConvTransposeFuncOptions {
  /// (out_channels), or undefined.
  LAMPAS_LAZY_ARG(Tensor, bias) = Tensor();
  LAMPAS_ARG(ExpandingArray<D>, stride) = 1;
  LAMPAS_ARG(ExpandingArray<D>, padding) = 0;
  LAMPAS_ARG(ExpandingArray<D>, output_padding) = 0;
  LAMPAS_ARG(int64_t, groups) = 1;
  LAMPAS_ARG(ExpandingArray<D>, dilation) = 1;
};
using ConvTranspose1dFuncOptions = ConvTransposeFuncOptions<1>;
using ConvTranspose2dFuncOptions = ConvTransposeFuncOptions<2>;
using ConvTranspose3dFuncOptions = ConvTransposeFuncOptions<3>;
}  // namespace functional

}  // namespace lampas::nn
