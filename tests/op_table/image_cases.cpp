// Convolutions and pools in the forms their implementations differ in: batches that fill vector lanes, depthwise,
// channels-last, one and three dimensions.
#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

Tensor last(const Tensor& x) { return x.contiguous(MemoryFormat::ChannelsLast); }

const Register images({
    {"conv2d batch in lanes",
     {{8, 2, 4, 4}, {3, 2, 3, 3}, {3}},
     [](const Tensors& a) -> Tensors { return {conv2d(a[0], a[1], a[2], 1, 1)}; },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     18},
    {"conv2d batch in lanes stride dilation",
     {{9, 1, 5, 6}, {2, 1, 2, 3}, {2}},
     [](const Tensors& a) -> Tensors {
       return {conv2d(a[0], a[1], a[2], {2, 1}, {1, 2}, {1, 2})};
     },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     54},
    {"conv2d depthwise",
     {{2, 4, 4, 5}, {4, 1, 3, 3}, {4}},
     [](const Tensors& a) -> Tensors { return {conv2d(a[0], a[1], a[2], 1, 1, 1, 4)}; },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     40},
    {"conv2d channels-last",
     {{2, 3, 4, 5}, {4, 3, 3, 2}, {4}},
     [](const Tensors& a) -> Tensors {
       return {conv2d(last(a[0]), a[1], a[2]), conv2d(a[0], last(a[1]), a[2])};
     },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     24},
    {"conv_transpose1d conv_transpose3d",
     {{2, 2, 4}, {2, 3, 3}, {3}, {1, 2, 2, 2, 2}, {2, 2, 2, 2, 2}, {2}},
     [](const Tensors& a) -> Tensors {
       return {conv_transpose1d(a[0], a[1], a[2], 2, 1), conv_transpose3d(a[3], a[4], a[5])};
     },
     Domain::any,
     false,
     1e-5,
     1.3e-6,
     16},
    {"pools of channels-last",
     {{2, 8, 4, 5}, {1, 3, 4, 5}},
     [](const Tensors& a) -> Tensors {
       return {max_pool2d(last(a[0]), 2), avg_pool2d(last(a[0]), {3, 2}, 1, 1), max_pool2d(last(a[1]), {2, 3}, 1),
               avg_pool2d(last(a[1]), 2)};
     },
     Domain::distinct,
     true,
     1e-5,
     1.3e-6,
     6},
});

}  // namespace
}  // namespace op_table
