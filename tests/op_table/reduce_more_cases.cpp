// Reductions beyond the plain ones, scans, and ops that order elements.
#include <cmath>

#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

Tensor first(const std::tuple<Tensor, Tensor>& t) { return std::get<0>(t); }
Tensor second(const std::tuple<Tensor, Tensor>& t) { return std::get<1>(t); }

const Register reductions({
    {"prod",
     {{3, 4, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].prod(), a[0].prod(1), a[0].prod(-1, true)};
     }},
    {"prod with zeros",
     {{3, 4}},
     [](const Tensors& a) -> Tensors {
       // Columns with none, one and two zeros, whose derivatives a division by the element would lose.
       const Tensor mask = tensor({1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1}, kBool).view({3, 4});
       const Tensor x = a[0].masked_fill(mask.logical_not(), 0).mul(1);
       return {x.prod(0), x.prod(1), x.prod()};
     }},
    {"var_mean std_mean",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       const auto v = var_mean(a[0], {0, 2}, true, true);
       const auto s = std_mean(a[0], 1, false);
       const auto w = var_mean(a[0]);
       const auto c = var_mean(a[0], {1}, std::optional<int64_t>(2), false);
       return {first(v), second(v), first(s), second(s), first(w), second(w), first(c)};
     },
     Domain::distinct},
    {"norm",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].norm(),    a[0].norm(2, {1}),   a[0].norm(1, {0, 2}, true),          a[0].norm(3, {2}),
               a[0].norm(1.5), a[0].norm(0.5, {1}), norm(a[0], std::nullopt, {0}, true), frobenius_norm(a[0], {0, 1})};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"norm inf",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].norm(INFINITY, {1}), a[0].norm(-INFINITY, {0}), a[0].norm(INFINITY)};
     },
     Domain::distinct},
    {"dist renorm",
     {{3, 4}, {3, 4}},
     [](const Tensors& a) -> Tensors {
       return {dist(a[0], a[1]), dist(a[0], a[1], 3), a[0].renorm(2, 0, 0.7), a[1].renorm(1, 1, 5)};
     }},
    {"logsumexp",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].logsumexp({1}), a[0].logsumexp({-1}, true), a[0].logsumexp({0, 2}), a[0].logsumexp({0, 1, 2})};
     }},
    {"nansum nanmean",
     {{3, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor nan = tensor({0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}, kBool).view({3, 4});
       const Tensor x = a[0].masked_fill(nan, NAN);
       return {x.nansum(), x.nansum({1}), x.nansum(0, true), x.nanmean({1}), x.nanmean()};
     }},
    {"aminmax",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {first(a[0].aminmax()), second(a[0].aminmax(1)), first(a[0].aminmax(0, true))};
     },
     Domain::distinct},
    {"cumsum cumprod",
     {{3, 6, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].cumsum(0), a[0].cumsum(1), a[0].cumsum(-1), a[0].cumprod(0), a[0].cumprod(1), a[0].cumprod(-1)};
     }},
    {"cumprod with zeros",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       const Tensor keep = tensor({1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0}, kDouble).view({3, 5});
       return {a[0].mul(keep.to(a[0].scalar_type())).cumprod(1)};
     }},
    {"logcumsumexp",
     {{3, 6}},
     [](const Tensors& a) -> Tensors {
       return {a[0].logcumsumexp(0), a[0].logcumsumexp(1)};
     }},
    {"cummax cummin",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {first(a[0].cummax(0)), first(a[0].cummin(1)), second(a[0].cummax(1))};
     },
     Domain::distinct},
    {"scans of 0-d and empty",
     {{}, {0, 3}},
     [](const Tensors& a) -> Tensors {
       return {a[0].cumsum(0), a[0].cumprod(-1), a[1].cumsum(1), a[1].cumprod(0), a[0].prod(0), first(a[0].cummax(0))};
     }},
    {"diff trapezoid",
     {{4, 5}, {4, 2}, {5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].diff(), a[0].diff(2, 0), a[0].diff(1, 1, a[1], a[1]), trapezoid(a[0], 0.5, 0),
               trapezoid(a[0], a[2])};
     }},
    {"sort msort",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {first(a[0].sort()), first(a[0].sort(0, true)), second(a[0].sort(1, true)), a[0].msort()};
     },
     Domain::distinct},
    {"topk kthvalue",
     {{4, 7}},
     [](const Tensors& a) -> Tensors {
       return {first(a[0].topk(3)), first(a[0].topk(2, 0, false)), second(a[0].topk(7)), first(a[0].kthvalue(2)),
               first(a[0].kthvalue(4, 0, true))};
     },
     Domain::distinct},
    {"median mode",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].median(),    first(a[0].median(1)),    first(a[0].median(0, true)),
               a[0].nanmedian(), first(a[0].nanmedian(1)), first(a[0].mode(1))};
     },
     Domain::distinct},
    {"quantile",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       const Tensor q = tensor({0.1, 0.55, 1.0}, kDouble).to(a[0].scalar_type());
       return {a[0].quantile(0.3, 1),
               a[0].quantile(q, 0),
               a[0].quantile(q),
               a[0].quantile(0.4, 1, true, "lower"),
               a[0].quantile(q, 1, true, "midpoint"),
               a[0].nanquantile(0.7, 0)};
     },
     Domain::distinct},
    {"scatter_reduce",
     {{3, 4}, {3, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor at = tensor({0, 2, 2, 1, 1, 1, 0, 3, 3, 0, 2, 2}, kLong).view({3, 4});
       return {a[0].scatter_reduce(1, at, a[1], "sum"),         a[0].scatter_reduce(1, at, a[1], "mean"),
               a[0].scatter_reduce(1, at, a[1], "prod"),        a[0].scatter_reduce(1, at, a[1], "amax"),
               a[0].scatter_reduce(1, at, a[1], "amin", false), a[0].scatter_reduce(1, at, a[1], "mean", false)};
     },
     Domain::distinct},
});

}  // namespace
}  // namespace op_table
