#pragma once

#include "lampas/data/example.h"
#include "lampas/data/transforms/base.h"

namespace lampas::data::transforms {

/// Stacks the tensors of all examples along a new first dimension.
template <class T = Example<>>
struct Stack;

template <>
struct LAMPAS_API Stack<Example<>> : public Collation<Example<>> {
  Example<> apply_batch(std::vector<Example<>> examples) override;
};

template <>
struct LAMPAS_API Stack<TensorExample> : public Collation<Example<Tensor, example::NoTarget>> {
  TensorExample apply_batch(std::vector<TensorExample> examples) override;
};

}  // namespace lampas::data::transforms
