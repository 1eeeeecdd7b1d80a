#pragma once

#include <memory>

#include "autograd/op.h"
#include "ops/rnn.h"

namespace lampas {

/// One layer in one direction: what the op and its composition share.
struct RnnPlan {
  RnnCell cell = RnnCell::Tanh;
  bool reverse = false;
  int64_t steps = 0, batch = 0;
  std::shared_ptr<const std::vector<int64_t>> sizes;  // rows of each step; null: `batch` in all

  int64_t size(int64_t t) const { return sizes ? (*sizes)[static_cast<size_t>(t)] : batch; }
};

/// Tensors of a layer, in the op's order. Undefined: c0 and, as a whole, biases and w_hr.
struct RnnInputs {
  Tensor x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr;
};

/// The layer written in ops, and its derivative likewise: the op's oracle, and what gives it higher derivatives.
/// Returns y, the final hidden and cell state.
std::array<Tensor, 3> rnn_composed(const RnnPlan& plan, const RnnInputs& in);
/// Gradients in the order of RnnInputs from those of the three results, which may be undefined.
Grads<8> rnn_composed_backward(const RnnPlan& plan, const RnnInputs& in, const Tensor& gy, const Tensor& gh,
                               const Tensor& gc, const Needs<8>& need);
/// The layer as the op computes it.
std::array<Tensor, 3> rnn_layer(const RnnPlan& plan, const RnnInputs& in);

}  // namespace lampas
