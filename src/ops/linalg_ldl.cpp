// Factors of symmetric matrices that need not be positive definite, and equations by them.
#include <cstdlib>

#include "lampas/ops/arrange.h"
#include "lampas/ops/compare.h"
#include "lampas/ops/linalg.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/linalg.h"
#include "ops/linalg_op.h"

namespace lampas {

namespace {

std::tuple<Tensor, Tensor, Tensor> factored(const char* op, const Tensor& x) {
  check_square(op, x, "A");
  check(!detail::thread_state.grad_mode || !detail::tracked(x), op,
        ": has no derivative; use linalg_solve, or detach() the input");
  // What the routine does not read stays zero.
  const Tensor a = columns_of(x.detach().tril()), pivots = empty_of(x, batch_sizes(x, x.size(-1)), kInt),
               info = empty_of(x, batch_sizes(x), kInt);
  info.zero_();
  if (a.numel())
    ldl_kernel.get(x.scalar_type())(matrix_count(x), static_cast<int32_t>(x.size(-1)), a.impl()->data(),
                                    pivots.impl()->data_as<int32_t>(), info.impl()->data_as<int32_t>());
  return {as_matrices(a), pivots, info};
}
void check_reports(const char* op, const Tensor& info) {
  check(!info.ne(0).any().item<bool>(), op, ": D has a zero on its diagonal; reports: ", info);
}

}  // namespace

std::tuple<Tensor, Tensor, Tensor> linalg_ldl_factor_ex(const Tensor& x, bool, bool check_errors) {
  auto y = factored("linalg.ldl_factor_ex", x);
  if (check_errors) check_reports("linalg.ldl_factor_ex", std::get<2>(y));
  return y;
}
std::tuple<Tensor, Tensor> linalg_ldl_factor(const Tensor& x, bool) {
  const auto [ld, pivots, info] = factored("linalg.ldl_factor", x);
  check_reports("linalg.ldl_factor", info);
  return {ld, pivots};
}

Tensor linalg_ldl_solve(const Tensor& ld, const Tensor& pivots, const Tensor& b, bool) {
  constexpr auto op = "linalg.ldl_solve";
  check_square(op, ld, "LD");
  check_matrices(op, b, "B");
  check(b.scalar_type() == ld.scalar_type(), op, ": expected LD and B of one dtype, got ", ld.scalar_type(), " and ",
        b.scalar_type());
  check(b.size(-2) == ld.size(-1), op, ": Incompatible shapes of LD ", ld.sizes(), " and B ", b.sizes());
  check(pivots.defined() && pivots.scalar_type() == kInt, op, ": expected pivots to be int32, got ", pivots);
  check(pivots.sizes() == IntArrayRef(batch_sizes(ld, ld.size(-1))), op, ": expected pivots of sizes ",
        batch_sizes(ld, ld.size(-1)), ", got ", pivots.sizes());
  check(!detail::thread_state.grad_mode || (!detail::tracked(ld) && !detail::tracked(b)), op,
        ": has no derivative; use linalg_solve, or detach() the inputs");
  const int64_t n = ld.size(-1), right = b.size(-1);
  Shape batch = broadcast_shapes(batch_sizes(ld), batch_sizes(b), op);
  const auto with = [&](int64_t rows, int64_t cols) {
    Shape sizes(batch);
    sizes.push_back(rows);
    if (cols >= 0) sizes.push_back(cols);
    return sizes;
  };
  const Tensor a = columns_of(ld.expand(with(n, n))), y = columns_of(b.expand(with(n, right)));
  const Tensor exchanges = pivots.expand(with(n, -1)).contiguous();
  // The routine trusts them: rows that exist, and negative ones, which tell blocks of 2, in pairs.
  const auto* rows = exchanges.impl()->data_as<int32_t>();
  for (int64_t k = 0; k < exchanges.numel(); ++k) {
    const int64_t row = std::abs(static_cast<int64_t>(rows[k]));
    const bool pair = rows[k] < 0;
    check(row >= 1 && row <= n && (!pair || (k % n + 1 < n && rows[k + 1] < 0 && rows[k + 1] >= -n)), op,
          ": pivots are not of linalg_ldl_factor: got ", pivots);
    k += pair;
  }
  if (y.numel())
    ldl_solve_kernel.get(ld.scalar_type())(matrix_count(a), static_cast<int32_t>(n), static_cast<int32_t>(right),
                                           a.impl()->data(), exchanges.impl()->data_as<int32_t>(), y.impl()->data());
  return as_matrices(y);
}

}  // namespace lampas
