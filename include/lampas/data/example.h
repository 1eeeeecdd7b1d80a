#pragma once

#include <utility>

#include "lampas/tensor/tensor.h"

namespace lampas::data {

/// One sample of a dataset: data and its target.
template <class Data = Tensor, class Target = Tensor>
struct Example {
  using DataType = Data;
  using TargetType = Target;
  Data data;
  Target target;
  Example() = default;
  Example(Data d, Target t) : data(std::move(d)), target(std::move(t)) {}
};

namespace example {
using NoTarget = void;
}
/// A sample without target.
template <class Data>
struct Example<Data, example::NoTarget> {
  using DataType = Data;
  using TargetType = example::NoTarget;
  Data data;
  Example() = default;
  Example(Data d) : data(std::move(d)) {}
  operator Data&() { return data; }
  operator const Data&() const { return data; }
};
using TensorExample = Example<Tensor, example::NoTarget>;

}  // namespace lampas::data
