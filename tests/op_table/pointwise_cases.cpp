#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

const Register math({
    {"exp2 expm1 log2 log10 log1p",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {a[0].exp2(), a[0].expm1(), a[0].log2(), a[0].log10(), a[0].log1p()};
     },
     Domain::positive},
    {"sin cos tan sinc",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sin(), a[0].cos(), (a[0] * 0.8).tan(), a[0].sinc()};
     }},
    {"asin acos atan atanh",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {(a[0] - 0.1).asin(), (a[0] - 0.5).acos(), a[0].atan(), (a[0] - 0.5).atanh()};
     },
     Domain::unit},
    {"sinh cosh asinh acosh",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sinh(), a[0].cosh(), a[0].asinh(), (a[0].abs() + 1.1).acosh()};
     }},
    {"erf erfc erfinv logit",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {a[0].erf(), a[0].erfc(), (a[0] * 0.95).erfinv(), a[0].logit(), a[0].logit(0.3)};
     },
     Domain::unit},
    {"lgamma digamma polygamma",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].lgamma(), a[0].digamma(), a[0].polygamma(0), a[0].polygamma(1), mvlgamma(a[0] + 1, 3)};
     },
     Domain::positive,
     true,
     2e-4},
    {"polygamma of higher order",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {(a[0] + 2).polygamma(2), (a[0] + 2).polygamma(3), (a[0] * 0.5 - 4.75).polygamma(2)};
     },
     Domain::unit,
     true,
     1e-3,
     1e-5},
    {"bessel",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].i0(), special_i1(a[0])};
     }},
    {"deg2rad rad2deg",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].deg2rad(), a[0].rad2deg()};
     }},
    {"rounding",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].frac(), a[0] * a[0].ceil(), a[0] * a[0].floor() + a[0].trunc(), a[0] * a[0].sign()};
     }},
    {"positive absolute nan_to_num",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].positive(), a[0].absolute(), a[0].nan_to_num(1, 2, 3)};
     }},
});

const Register binary({
    {"atan2 hypot",
     {{3, 7}, {7}},
     [](const Tensors& a) -> Tensors {
       return {atan2(a[0], a[1]), hypot(a[0], a[1])};
     }},
    {"logaddexp logaddexp2",
     {{3, 7}, {3, 1}},
     [](const Tensors& a) -> Tensors {
       return {logaddexp(a[0], a[1]), logaddexp2(a[0], a[1])};
     }},
    {"xlogy",
     {{3, 7}, {7}},
     [](const Tensors& a) -> Tensors {
       return {xlogy(a[0], a[1]), xlogy(2.5, a[0]), xlogy(a[0], 1.5)};
     },
     Domain::positive},
    {"copysign ldexp",
     {{3, 7}, {7}},
     [](const Tensors& a) -> Tensors {
       return {copysign(a[0], a[1]), copysign(a[0], -2), ldexp(a[0], a[1])};
     }},
    {"fmod remainder div rounded",
     {{3, 7}, {7}},
     [](const Tensors& a) -> Tensors {
       // Quotients stay away from integers.
       const Tensor b = a[1].sign() * (a[1].abs() * 0.1 + 1.6);
       return {fmod(a[0], b),
               remainder(a[0], b),
               a[0] * div(a[0], b, "floor"),
               a[0] * div(a[0], b, "trunc"),
               remainder(7.3, b),
               a[0] % 2};
     }},
    {"float_power and aliases",
     {{3, 5}, {5}},
     [](const Tensors& a) -> Tensors {
       return {float_power(a[0], a[1]), float_power(a[0], 1.5), a[0].multiply(a[1]),
               a[0].divide(a[1]),       a[0].subtract(a[1]),    true_divide(a[0], a[1])};
     },
     Domain::positive},
    {"fmax fmin",
     {{3, 7}, {3, 7}},
     [](const Tensors& a) -> Tensors {
       return {fmax(a[0], a[1] * 0.7), fmin(a[0], a[1] * 0.7)};
     }},
    {"clamp with tensors",
     {{3, 7}, {7}, {3, 1}},
     [](const Tensors& a) -> Tensors {
       const Tensor lo = a[1] * 0.3 - 0.33, hi = a[2] * 0.3 + 0.37;
       return {clamp(a[0], lo, hi), clamp(a[0], lo),    clamp(a[0], std::nullopt, hi),
               clamp_min(a[0], lo), a[0].clamp_max(hi), clip(a[0], hi, lo)};
     }},
    {"lerp with a tensor",
     {{3, 7}, {7}, {3, 1}},
     [](const Tensors& a) -> Tensors {
       return {lerp(a[0], a[1], a[2]), lerp(a[0], a[1], 0.8)};
     }},
    {"where with numbers",
     {{3, 7}},
     [](const Tensors& a) -> Tensors {
       return {where(a[0].gt(0), a[0], 0.5), where(a[0].gt(0), 2, a[0])};
     }},
    {"pow of numbers",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {pow(2.5, a[0]), pow(a[0], 4), a[0].pow(-2), a[0].square()};
     }},
    {"in-place transcendental",
     {{3, 4}, {4}},
     [](const Tensors& a) -> Tensors {
       // Of the ops that save their result only the last of a chain can be in place.
       Tensor b = a[0] * 1, c = a[0] * 1, d = a[0] * 1;
       b.sin_().mul_(a[1]).atan_().fmod_(a[1].abs() + 9).lerp_(a[1], 0.3).clamp_min_(a[1] - 3).exp2_();
       c.cos_().atan2_(a[1] * a[1] + 1).log1p_().copysign_(a[1]);
       d.erf_().asinh_().xlogy_(a[1].abs()).addcmul_(a[1], a[1], 0.5).sigmoid_();
       return {b, c, d};
     }},
    {"comparison in place cuts history",
     {{3, 4}, {4}},
     [](const Tensors& a) -> Tensors {
       Tensor b = a[0] * 1;
       b.select(0, 1).gt_(a[1]);
       return {b * a[0]};
     }},
});

/// Away from the points where activations bend.
Tensor off_bends(const Tensor& x) { return x * 1.7; }

const Register activations({
    {"relu6 hardtanh hardsigmoid hardswish",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       const Tensor x = off_bends(a[0]);
       return {relu6(x * 5), hardtanh(x, -0.613, 0.727), hardsigmoid(x * 3), hardswish(x * 3)};
     }},
    {"leaky_relu threshold",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {leaky_relu(a[0], 0.2), leaky_relu(a[0], -0.2), threshold(a[0], 0.0503, 0.01),
               threshold(a[0], 0.0503, 3)};
     }},
    {"elu selu celu",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {elu(a[0], 1.3), elu(a[0], -0.7), elu(a[0], 0.5, 2, 1.5), selu(a[0]), celu(a[0], 1.7), celu(a[0], -1.2)};
     }},
    {"hardshrink softshrink",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {hardshrink(a[0], 0.4321), softshrink(a[0], 0.4321)};
     }},
    {"gelu silu mish",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {gelu(a[0]), gelu(a[0] * 2, "tanh"), silu(a[0] * 2), mish(a[0] * 2)};
     }},
    {"softplus log_sigmoid tanhshrink softsign",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {softplus(a[0]), softplus(a[0], 1.7, 0.921), log_sigmoid(a[0] * 3), tanhshrink(a[0]), softsign(a[0])};
     }},
    {"prelu", {{2, 3, 5}, {3}}, [](const Tensors& a) -> Tensors { return {prelu(a[0], a[1])}; }},
    {"prelu of one weight",
     {{7}, {1}},
     [](const Tensors& a) -> Tensors {
       return {prelu(a[0], a[1]), prelu(a[0].view({7, 1, 1}), a[1])};
     }},
    {"glu",
     {{4, 6}},
     [](const Tensors& a) -> Tensors {
       return {glu(a[0]), glu(a[0], 0)};
     }},
    {"rrelu",
     {{4, 6}},
     [](const Tensors& a) -> Tensors {
       manual_seed(3);
       return {rrelu(a[0], 0.1, 0.4, true), rrelu(a[0], 0.1, 0.4)};
     }},
    {"activations in place",
     {{4, 6}},
     [](const Tensors& a) -> Tensors {
       Tensor b = a[0] * 2, c = a[0] * 2, d = a[0] * 2;
       elu_(leaky_relu_(silu_(b), -0.3), 0.7);
       leaky_relu_(celu_(gelu_(c), -1.2), 0.3);
       hardtanh_(threshold_(mish_(d), 0.0503, 0.7), -0.9, 0.8);
       return {b, c, d};
     }},
});

}  // namespace
}  // namespace op_table
