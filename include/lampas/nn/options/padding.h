#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/nn/enum.h"
#include "lampas/nn/expanding_array.h"

namespace lampas::nn {

template <size_t D>
struct ReflectionPadOptions {
  ReflectionPadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  /// Elements added before and after each dimension, the last one first: (left, right, top, bottom, front, back). One
  /// value stands for all. Smaller than the dimension.
  LAMPAS_ARG(ExpandingArray<D * 2>, padding);
};
using ReflectionPad1dOptions = ReflectionPadOptions<1>;
using ReflectionPad2dOptions = ReflectionPadOptions<2>;
using ReflectionPad3dOptions = ReflectionPadOptions<3>;

template <size_t D>
struct ReplicationPadOptions {
  ReplicationPadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  /// (left, right, top, bottom, front, back), or one value for all.
  LAMPAS_ARG(ExpandingArray<D * 2>, padding);
};
using ReplicationPad1dOptions = ReplicationPadOptions<1>;
using ReplicationPad2dOptions = ReplicationPadOptions<2>;
using ReplicationPad3dOptions = ReplicationPadOptions<3>;

struct ZeroPad2dOptions {
  ZeroPad2dOptions(ExpandingArray<4> padding) : padding_(padding) {}
  /// (left, right, top, bottom), or one value for all; negative values crop.
  LAMPAS_ARG(ExpandingArray<4>, padding);
};

template <size_t D>
struct ConstantPadOptions {
  ConstantPadOptions(ExpandingArray<D * 2> padding, double value) : padding_(padding), value_(value) {}
  /// (left, right, top, bottom, front, back), or one value for all; negative values crop.
  LAMPAS_ARG(ExpandingArray<D * 2>, padding);
  /// What is added.
  LAMPAS_ARG(double, value);
};
using ConstantPad1dOptions = ConstantPadOptions<1>;
using ConstantPad2dOptions = ConstantPadOptions<2>;
using ConstantPad3dOptions = ConstantPadOptions<3>;

namespace functional {
struct PadFuncOptions {
  using mode_t = enumtype::OneOf<enumtype::kConstant, enumtype::kReflect, enumtype::kReplicate, enumtype::kCircular>;

  PadFuncOptions(std::vector<int64_t> pad) : pad_(std::move(pad)) {}
  /// Two entries, before and after, for each padded dimension, the last dimension first.
  LAMPAS_LAZY_ARG(std::vector<int64_t>, pad);
  LAMPAS_ARG(mode_t, mode) = kConstant;
  /// What kConstant adds.
  LAMPAS_ARG(double, value) = 0;
};
}  // namespace functional

}  // namespace lampas::nn
