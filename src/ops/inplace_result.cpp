#include "ops/inplace_result.h"

#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

Tensor copy_to_write(const Tensor& x, std::optional<MemoryFormat> format) {
  if (!(detail::thread_state.grad_mode && detail::tracked(x))) return x.clone(format);
  const Edge edge = detail::edge_of(x);
  const detail::NoRecord off;
  const Tensor y = x.clone(format);
  detail::set_history(y, edge.function.get(), edge.input_nr);
  return y;
}

Tensor& take_result(const char* op, const Tensor& self, const Tensor& y) {
  TensorImpl &to = *self.impl(), &from = *y.impl();
  Node* node = from.grad_fn;
  if (!detail::thread_state.grad_mode || !node || node->output_count != 1 || node->edge_count == 0 || from.base ||
      to.dtype != from.dtype || to.sizes_ref() != from.sizes_ref())
    return self.copy_(y);
  const Edge edge = detail::edge_of(self);
  const Edge& first = node->edges[0];
  if (first.function.get() != edge.function.get() || first.input_nr != edge.input_nr) return self.copy_(y);
  detail::check_inplace(self, op);
  detail::check_rebase(self, op);
  check_no_internal_overlap(op, self);
  {
    const detail::NoRecord off;
    copy_elements(self, y);
  }
  to.bump_version();
  detail::rebase_history(self, NodePtr(node));
  return const_cast<Tensor&>(self);
}

}  // namespace lampas
