#pragma once

#include "lampas/base/arg.h"
#include "lampas/nn/expanding_array.h"

namespace lampas::nn {

struct FoldOptions {
  FoldOptions(ExpandingArray<2> output_size, ExpandingArray<2> kernel_size)
      : output_size_(output_size), kernel_size_(kernel_size) {}
  /// Height and width of the image.
  LAMPAS_ARG(ExpandingArray<2>, output_size);
  /// Size of the blocks.
  LAMPAS_ARG(ExpandingArray<2>, kernel_size);
  /// Distance between the elements of a block.
  LAMPAS_ARG(ExpandingArray<2>, dilation) = 1;
  /// Zeros around the image.
  LAMPAS_ARG(ExpandingArray<2>, padding) = 0;
  /// Distance between blocks.
  LAMPAS_ARG(ExpandingArray<2>, stride) = 1;
};

struct UnfoldOptions {
  UnfoldOptions(ExpandingArray<2> kernel_size) : kernel_size_(kernel_size) {}
  /// Size of the blocks.
  LAMPAS_ARG(ExpandingArray<2>, kernel_size);
  /// Distance between the elements of a block.
  LAMPAS_ARG(ExpandingArray<2>, dilation) = 1;
  /// Zeros around the image.
  LAMPAS_ARG(ExpandingArray<2>, padding) = 0;
  /// Distance between blocks.
  LAMPAS_ARG(ExpandingArray<2>, stride) = 1;
};

namespace functional {
using FoldFuncOptions = FoldOptions;
using UnfoldFuncOptions = UnfoldOptions;
}  // namespace functional

}  // namespace lampas::nn
