#pragma once

#include <string>

#include "lampas/tensor/tensor.h"

/// Padding (https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html). `pad` holds two entries, before
/// and after, for each padded dimension, the last dimension first. Negative entries crop. No padded dimension may
/// become empty.
namespace lampas {

/// Elements of value `value` around x of any rank and dtype; at most two entries for each dimension of x.
LAMPAS_API Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad, const Scalar& value = 0);

/// Mirrors the trailing one, two or three dimensions of (N, C, spatial...) or (C, spatial...) without repeating the
/// border; entries must be smaller than the dimension.
LAMPAS_API Tensor reflection_pad1d(const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor reflection_pad2d(const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor reflection_pad3d(const Tensor& x, IntArrayRef padding);
/// Repeats the border.
LAMPAS_API Tensor replication_pad1d(const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor replication_pad2d(const Tensor& x, IntArrayRef padding);
LAMPAS_API Tensor replication_pad3d(const Tensor& x, IntArrayRef padding);
/// Continues x periodically; entries must not exceed the dimension.
LAMPAS_API Tensor _pad_circular(const Tensor& x, IntArrayRef padding);

/// mode "constant", "reflect", "replicate" or "circular"; a value (default 0) only with "constant". The other modes pad
/// the last one, two or three dimensions of x with two, four or six entries.
LAMPAS_API Tensor pad(const Tensor& x, IntArrayRef pad, std::string_view mode = "constant",
                      std::optional<double> value = std::nullopt);

}  // namespace lampas
