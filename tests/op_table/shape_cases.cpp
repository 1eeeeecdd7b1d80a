#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

const Register shapes({
    {"reshape view flatten",
     {{2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {a[0].reshape({4, 6}), a[0].contiguous().view({-1, 2}), a[0].flatten(1), a[0].flatten()};
     }},
    {"unflatten",
     {{6, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].contiguous().unflatten(0, {2, -1})};
     }},
    {"permute transpose t",
     {{2, 3, 4}, {3, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].permute({2, 0, 1}), a[0].transpose(0, -1), a[1].t()};
     }},
    {"expand",
     {{3, 1}},
     [](const Tensors& a) -> Tensors {
       return {a[0].expand({2, 3, 4}), a[0].expand({-1, 5})};
     }},
    {"select slice narrow",
     {{4, 5, 3}},
     [](const Tensors& a) -> Tensors {
       return {a[0].select(1, -2), a[0].slice(1, 1, 5, 2), a[0].narrow(0, 1, 2), a[0][2][1]};
     }},
    {"squeeze unsqueeze",
     {{2, 1, 3, 1}},
     [](const Tensors& a) -> Tensors {
       return {a[0].squeeze(), a[0].squeeze(1), a[0].unsqueeze(0), a[0].unsqueeze(-1)};
     }},
    {"split chunk unbind",
     {{5, 4}},
     [](const Tensors& a) -> Tensors {
       Tensors out = a[0].split(2);
       for (const Tensor& t : a[0].chunk(3, 1)) out.push_back(t * 2);
       for (const Tensor& t : a[0].unbind(0)) out.push_back(t * t);
       return out;
     }},
    {"diagonal",
     {{4, 5, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].diagonal(1), a[0].diagonal(-1, 1, 2)};
     }},
    {"as_strided",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].contiguous().as_strided({3, 2}, {4, 3}, 1), a[0].contiguous().as_strided({2, 2}, {1, 1}, 0)};
     }},
    {"cat stack",
     {{2, 3}, {2, 3}, {2, 1}},
     [](const Tensors& a) -> Tensors {
       return {cat({a[0], a[1]}), cat({a[0], a[2], a[0]}, -1), stack({a[0], a[1]}, 1)};
     }},
});

}  // namespace
}  // namespace op_table
