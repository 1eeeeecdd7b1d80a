#pragma once

#include "core/generator_impl.h"
#include "lampas/tensor/tensor.h"
#include "ops/copy.h"
#include "ops/random.h"
#include "ops/view.h"

namespace lampas {

/// The dimensions of a tensor from the largest stride to the smallest: the order in which PyTorch draws its elements.
inline Shape memory_order(const Tensor& t) {
  Shape order(static_cast<size_t>(t.dim()));
  for (int64_t d = 0; d < t.dim(); ++d) order[d] = d;
  const TensorImpl& i = *t.impl();
  for (int64_t a = 1; a < t.dim(); ++a)
    for (int64_t b = a; b > 0 && i.strides()[order[b - 1]] < i.strides()[order[b]]; --b)
      std::swap(order[b - 1], order[b]);
  return order;
}

/// A view of `t` with its dimensions in the given order. No history.
inline Tensor ordered_view(const Tensor& t, const Shape& order) {
  Shape sizes(order.size()), strides(order.size());
  for (size_t k = 0; k < order.size(); ++k) {
    sizes[k] = t.impl()->sizes()[order[k]];
    strides[k] = t.impl()->strides()[order[k]];
  }
  return view_of(t, sizes, strides);
}

/// Calls `draw(data, n)` for the elements of `t` in memory order: on them, or on a block that is then copied. No
/// checks.
template <class Draw>
void fill_in_memory_order(const Tensor& t, const Draw& draw) {
  if (t.impl()->numel == 0) return;
  if (t.impl()->contiguous) return draw(t.impl()->data(), t.impl()->numel);
  const Tensor view = ordered_view(t, memory_order(t));
  if (view.impl()->contiguous) return draw(view.impl()->data(), view.impl()->numel);
  Tensor block = empty_of(view, view.sizes());
  draw(block.impl()->data(), block.impl()->numel);
  copy_elements(view, block);
}

}  // namespace lampas
