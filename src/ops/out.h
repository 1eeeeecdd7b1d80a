#pragma once

#include "autograd/op.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

/// The end of an `_out` function that has no kernel writing in place: `result` goes into `out`, which is resized to it.
inline Tensor& result_out(const char* op, Tensor& out, const Tensor& result) {
  check(out.defined(), op, ": out is undefined");
  check(!detail::thread_state.grad_mode || (!detail::tracked(out) && !detail::tracked(result)), op,
        ": functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
        "grad.");
  check(can_cast(result.scalar_type(), out.scalar_type()), op, ": result type ", result.scalar_type(),
        " can't be cast to the desired output type ", out.scalar_type());
  prepare_out(op, out, result.sizes());
  check_no_internal_overlap(op, out);
  copy_elements(out, result);
  out.impl()->bump_version();
  return out;
}

/// Whether `out` may receive `result`, which must have its dtype.
inline void check_exact_out(const char* op, const Tensor& out, const Tensor& result) {
  check(out.defined(), op, ": out is undefined");
  check(!detail::thread_state.grad_mode || (!detail::tracked(out) && !detail::tracked(result)), op,
        ": functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
        "grad.");
  check(out.scalar_type() == result.scalar_type(), op, ": Expected out tensor to have dtype ", result.scalar_type(),
        ", but got ", out.scalar_type(), " instead");
  if (out.sizes() == result.sizes()) check_no_internal_overlap(op, out);
}
/// As result_out, without conversion.
inline Tensor& exact_out(const char* op, Tensor& out, const Tensor& result) {
  check_exact_out(op, out, result);
  // A result that is a view of `out` is copied before that is resized.
  const bool own = out.is_alias_of(result) && !out.is_same(result);
  const Tensor value = own ? result.clone() : result;
  prepare_out(op, out, value.sizes());
  copy_elements(out, value);
  out.impl()->bump_version();
  return out;
}
/// The same for several results; every check comes before the first is written.
template <class... T>
std::tuple<T&...> exact_outs(const char* op, std::tuple<T&...> outs,
                             const std::tuple<std::conditional_t<true, Tensor, T>...>& results) {
  [&]<size_t... K>(std::index_sequence<K...>) {
    (check_exact_out(op, std::get<K>(outs), std::get<K>(results)), ...);
    (exact_out(op, std::get<K>(outs), std::get<K>(results)), ...);
  }
  (std::index_sequence_for<T...>{});
  return outs;
}
/// What a function that makes tensors is to make for `out`.
inline TensorOptions options_of(const char* op, const Tensor& out) {
  check(out.defined(), op, ": out is undefined");
  return TensorOptions(out.scalar_type());
}

}  // namespace lampas
