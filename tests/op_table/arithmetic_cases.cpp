#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

const Register arithmetic({
    {"add", {{3, 4}, {3, 4}}, [](const Tensors& a) -> Tensors { return {a[0] + a[1]}; }},
    {"add broadcast alpha", {{3, 1, 5}, {4, 1}}, [](const Tensors& a) -> Tensors { return {a[0].add(a[1], 2.5)}; }},
    {"add empty", {{0, 4}, {4}}, [](const Tensors& a) -> Tensors { return {a[0] + a[1]}; }},
    {"add 0-d", {{}, {}}, [](const Tensors& a) -> Tensors { return {a[0] + a[1]}; }},
    {"add scalar",
     {{7}},
     [](const Tensors& a) -> Tensors {
       return {a[0] + 2.5, 1 + a[0]};
     }},
    {"sub",
     {{3, 4}, {4}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sub(a[1], 3), 2 - a[0]};
     }},
    {"mul", {{2, 3, 4}, {3, 1}}, [](const Tensors& a) -> Tensors { return {a[0] * a[1]}; }},
    {"mul itself", {{5}}, [](const Tensors& a) -> Tensors { return {a[0] * a[0]}; }},
    {"div",
     {{3, 17}, {17}},
     [](const Tensors& a) -> Tensors {
       return {a[0] / a[1], 1 / a[1]};
     }},
    {"pow scalar",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].pow(2), a[0].pow(3), a[0].pow(-1), a[0].pow(0), a[0].pow(1)};
     }},
    {"pow fraction",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].pow(0.5), a[0].pow(-1.7), a[0].pow(2.3)};
     },
     Domain::positive},
    {"pow tensor",
     {{3, 5}, {5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].pow(a[1]), pow(2.0, a[1])};
     },
     Domain::positive},
    {"neg abs sign square",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {-a[0], a[0].abs(), a[0].square()};
     }},
    {"sqrt rsqrt reciprocal",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sqrt(), a[0].rsqrt(), a[0].reciprocal()};
     },
     Domain::positive},
    {"exp log",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {a[0].exp(), a[0].log()};
     },
     Domain::positive},
    {"tanh sigmoid relu",
     {{4, 9}},
     [](const Tensors& a) -> Tensors {
       return {a[0].tanh(), a[0].sigmoid(), a[0].relu()};
     }},
    {"maximum minimum",
     {{3, 7}, {3, 7}},
     [](const Tensors& a) -> Tensors {
       return {maximum(a[0], a[1] * 0.7), minimum(a[0], a[1] * 0.7)};
     }},
    {"clamp",
     {{3, 7}},
     [](const Tensors& a) -> Tensors {
       return {a[0].clamp(-0.55, 0.65), a[0].clamp_min(0.05), a[0].clamp_max(-0.05)};
     }},
    {"where", {{3, 7}, {7}}, [](const Tensors& a) -> Tensors { return {where(a[0].gt(0), a[0], a[1])}; }},
    {"addcmul addcdiv lerp",
     {{3, 7}, {7}, {3, 1}},
     [](const Tensors& a) -> Tensors {
       return {addcmul(a[0], a[1], a[2], 0.5), addcdiv(a[0], a[1], a[2], -2), lerp(a[0], a[1], 0.3)};
     }},
    {"comparisons",
     {{3, 7}, {7}},
     [](const Tensors& a) -> Tensors {
       return {(a[0] < a[1]).to(kDouble) * a[0], (a[0] >= a[1]).to(kDouble) * a[1]};
     }},
    {"copy and to",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].clone(), a[0].contiguous(), a[0].to(kDouble)};
     }},
    {"in-place chain",
     {{3, 4}, {4}},
     [](const Tensors& a) -> Tensors {
       Tensor b = a[0] * 1;
       b.mul_(a[1]).add_(a[0]).div_(a[1] * a[1] + 1).sub_(a[1]).exp_();
       return {b};
     }},
    {"in-place on views",
     {{4, 6}, {6}},
     [](const Tensors& a) -> Tensors {
       Tensor b = a[0] * 2;
       Tensor row = b.select(0, 1), block = b.slice(1, 1, 5, 2);
       row.mul_(a[1]);
       block.add_(row.slice(0, 0, 2).sum());
       b.t().select(0, 3).copy_(a[1].slice(0, 0, 4) * 3);
       return {b, row * 1, block * 1};
     }},
    {"fill and zero",
     {{4, 6}},
     [](const Tensors& a) -> Tensors {
       Tensor b = a[0] * a[0];
       b.select(1, 2).zero_();
       b.narrow(0, 1, 2).fill_(3);
       return {b};
     }},
});

}  // namespace
}  // namespace op_table
