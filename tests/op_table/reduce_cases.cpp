#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

const Register reductions({
    {"sum",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sum(), a[0].sum({1}), a[0].sum({0, 2}, true), a[0].sum({-1})};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"sum 0-d and empty",
     {{}, {0, 3}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sum(), a[1].sum({0}), a[1].sum()};
     }},
    {"mean",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].mean(), a[0].mean({1}), a[0].mean({0, 2}, true)};
     }},
    {"var",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].var(), a[0].var({1}), a[0].var({0, 2}, false, true)};
     }},
    {"std",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].std(), a[0].std({0, 1}, false)};
     },
     Domain::distinct},
    {"max min with indices",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {std::get<0>(a[0].max(1)), std::get<0>(a[0].min(0, true)), std::get<1>(a[0].max(0))};
     },
     Domain::distinct},
    {"max min amax amin",
     {{4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].max(), a[0].min(), a[0].amax({0}), a[0].amin({1}, true)};
     },
     Domain::distinct},
    {"sum_to_size",
     {{3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {a[0].sum_to_size({4, 1}), a[0].sum_to_size({5})};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"softmax",
     {{3, 5, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].softmax(1), a[0].softmax(-1), a[0].softmax(0)};
     }},
    {"log_softmax",
     {{3, 5, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].log_softmax(1), a[0].log_softmax(-1)};
     }},
});

}  // namespace
}  // namespace op_table
