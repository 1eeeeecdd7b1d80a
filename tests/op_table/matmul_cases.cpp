#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

const Register products({
    {"mm",
     {{3, 4}, {4, 5}},
     [](const Tensors& a) -> Tensors { return {mm(a[0], a[1])}; },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"mm empty", {{3, 0}, {0, 5}}, [](const Tensors& a) -> Tensors { return {mm(a[0], a[1])}; }},
    {"mm wide",
     {{9, 33}, {33, 17}},
     [](const Tensors& a) -> Tensors { return {mm(a[0], a[1])}; },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     33},
    {"bmm",
     {{2, 3, 4}, {2, 4, 5}},
     [](const Tensors& a) -> Tensors { return {bmm(a[0], a[1])}; },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"matmul broadcast",
     {{2, 1, 3, 4}, {3, 4, 2}},
     [](const Tensors& a) -> Tensors { return {matmul(a[0], a[1])}; },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"matmul vectors",
     {{4}, {4, 3}, {4}},
     [](const Tensors& a) -> Tensors {
       return {matmul(a[0], a[1]), matmul(a[0], a[2]), matmul(a[1].t(), a[2])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"mv dot",
     {{3, 4}, {4}, {4}, {2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {mv(a[0], a[1]), dot(a[1], a[2]), matmul(a[3], a[1])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"mv dot empty",
     {{3, 0}, {0}, {0}},
     [](const Tensors& a) -> Tensors {
       return {mv(a[0], a[1]), dot(a[1], a[2])};
     }},
    {"addmm",
     {{5}, {3, 4}, {4, 5}},
     [](const Tensors& a) -> Tensors {
       return {addmm(a[0], a[1], a[2]), addmm(a[0], a[1], a[2], 2, -3), addmm(a[0], a[1], a[2], 0, 1)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     8},
    {"linear",
     {{2, 3, 4}, {5, 4}, {5}},
     [](const Tensors& a) -> Tensors {
       return {linear(a[0], a[1], a[2]), linear(a[0], a[1])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"linear batch 0", {{0, 4}, {5, 4}, {5}}, [](const Tensors& a) -> Tensors { return {linear(a[0], a[1], a[2])}; }},
    {"conv2d",
     {{2, 4, 5, 6}, {6, 4, 3, 2}, {6}},
     [](const Tensors& a) -> Tensors {
       return {conv2d(a[0], a[1], a[2]), conv2d(a[0], a[1], {}, 2, 1)};
     },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     24},
    {"conv2d groups dilation",
     {{1, 4, 5, 6}, {6, 2, 3, 2}, {6}},
     [](const Tensors& a) -> Tensors {
       return {conv2d(a[0], a[1], a[2], {2, 1}, {1, 0}, {1, 2}, 2)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     12},
    {"conv2d unbatched",
     {{2, 4, 4}, {2, 2, 3, 3}},
     [](const Tensors& a) -> Tensors { return {conv2d(a[0], a[1])}; },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     18},
    {"conv2d batch 0", {{0, 2, 4, 4}, {2, 2, 3, 3}}, [](const Tensors& a) -> Tensors { return {conv2d(a[0], a[1])}; }},
    {"conv2d_input",
     {{1, 3, 3, 4}, {3, 2, 2, 2}},
     [](const Tensors& a) -> Tensors {
       return {conv2d_input({1, 2, 4, 5}, a[1], a[0])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     12},
    {"conv2d_weight",
     {{2, 2, 4, 5}, {2, 3, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {conv2d_weight(a[0], {3, 2, 2, 2}, a[1])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     24},
    {"conv_transpose2d",
     {{1, 4, 3, 3}, {4, 3, 3, 2}, {6}},
     [](const Tensors& a) -> Tensors {
       return {conv_transpose2d(a[0], a[1], a[2], {2, 1}, {1, 0}, {1, 0}, 2)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     12},
    {"conv1d conv3d",
     {{2, 2, 5}, {3, 2, 3}, {1, 2, 3, 3, 3}, {2, 2, 2, 2, 2}},
     [](const Tensors& a) -> Tensors {
       return {conv1d(a[0], a[1], {}, 1, 1), conv3d(a[2], a[3])};
     },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     16},
    {"max_pool2d",
     {{1, 2, 5, 6}},
     [](const Tensors& a) -> Tensors {
       return {max_pool2d(a[0], 2), max_pool2d(a[0], {3, 2}, {2, 1}, {1, 1}, {1, 1}, true)};
     },
     Domain::distinct},
    {"avg_pool2d",
     {{1, 2, 5, 6}},
     [](const Tensors& a) -> Tensors {
       return {avg_pool2d(a[0], 2), avg_pool2d(a[0], {3, 2}, {2, 1}, {1, 1}, true, false),
               avg_pool2d(a[0], 3, 2, 0, false, true, 5)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
});

}  // namespace
}  // namespace op_table
