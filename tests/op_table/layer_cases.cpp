#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;
namespace F = lampas::nn::functional;

Tensor rows() { return tensor({1, 3, 1, 0, 3}); }

const Register padding_cases({
    {"constant_pad_nd",
     {{2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {constant_pad_nd(a[0], {1, 2}, 0.5), constant_pad_nd(a[0], {-1, 1, 0, 2, 1, -1})};
     }},
    {"reflection_pad",
     {{2, 4}, {1, 2, 3, 4}, {1, 3, 2, 3}},
     [](const Tensors& a) -> Tensors {
       return {reflection_pad1d(a[0], {3, 1}), reflection_pad2d(a[1], {2, 1, 1, 2}),
               reflection_pad3d(a[2], {1, 2, 0, 1, 2, 1})};
     }},
    {"replication_pad",
     {{2, 4}, {1, 2, 3, 4}, {1, 3, 2, 3}},
     [](const Tensors& a) -> Tensors {
       return {replication_pad1d(a[0], {5, -1}), replication_pad2d(a[1], {2, 1, 1, 4}),
               replication_pad3d(a[2], {1, 2, 0, 1, 2, 1})};
     }},
    {"circular pad",
     {{2, 4}, {1, 2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {pad(a[0], {4, 1}, "circular"), pad(a[1], {2, 1, 1, 3}, "circular")};
     }},
});

const Register pool_cases({
    {"adaptive_avg_pool",
     {{2, 7}, {1, 2, 5, 6}, {1, 3, 4, 3}},
     [](const Tensors& a) -> Tensors {
       return {adaptive_avg_pool1d(a[0], 3), adaptive_avg_pool2d(a[1], {3, 4}), adaptive_avg_pool3d(a[2], {2, 3, 5})};
     }},
    {"adaptive_max_pool",
     {{2, 7}, {1, 2, 5, 6}, {1, 3, 4, 3}},
     [](const Tensors& a) -> Tensors {
       return {std::get<0>(adaptive_max_pool1d(a[0], 3)), std::get<0>(adaptive_max_pool2d(a[1], {3, 4})),
               std::get<0>(adaptive_max_pool3d(a[2], {2, 3, 2}))};
     },
     Domain::distinct},
    {"max_unpool",
     {{1, 2, 2, 2}, {1, 3}},
     [](const Tensors& a) -> Tensors {
       return {max_unpool2d(a[0], tensor({0, 3, 9, 14, 15, 2, 7, 1}).reshape({1, 2, 2, 2}), {4, 4}),
               max_unpool1d(a[1], tensor({5, 0, 2}).reshape({1, 3}), 7)};
     }},
    {"fractional_max_pool",
     {{1, 2, 5, 6}, {1, 4, 5, 4}},
     [](const Tensors& a) -> Tensors {
       const TensorOptions o(a[0].scalar_type());
       return {std::get<0>(fractional_max_pool2d(a[0], {2, 3}, {3, 2}, full({1, 2, 2}, 0.375, o))),
               std::get<0>(fractional_max_pool3d(a[1], 2, {2, 3, 2}, full({1, 1, 3}, 0.625, o)))};
     },
     Domain::distinct},
    {"lp_pool",
     {{2, 7}, {1, 2, 5, 6}},
     [](const Tensors& a) -> Tensors {
       return {F::lp_pool1d(a[0], F::LPPool1dFuncOptions(2, 3).stride(2).ceil_mode(true)),
               F::lp_pool2d(a[1], F::LPPool2dFuncOptions(3, {2, 3}).stride(1))};
     },
     Domain::positive},
});

const Register embedding_cases({
    {"embedding",
     {{4, 3}},
     [](const Tensors& a) -> Tensors {
       return {embedding(a[0], rows()), embedding(a[0], rows().reshape({1, 5}))};
     }},
    {"embedding_bag",
     {{4, 3}, {5}},
     [](const Tensors& a) -> Tensors {
       const Tensor offsets = tensor({0, 2, 2});
       return {std::get<0>(embedding_bag(a[0], rows(), offsets)),
               std::get<0>(embedding_bag(a[0], rows(), offsets, false, 1)),
               std::get<0>(embedding_bag(a[0], rows(), offsets, false, 0, false, a[1])),
               std::get<0>(embedding_bag(a[0], rows(), tensor({0, 2, 4}), false, 1, false, {}, true, 3))};
     }},
    {"embedding_bag max",
     {{4, 3}},
     [](const Tensors& a) -> Tensors {
       return {std::get<0>(embedding_bag(a[0], rows(), tensor({0, 2, 2}), false, 2))};
     },
     Domain::distinct},
});

const Register vision_cases({
    {"interpolate nearest",
     {{1, 2, 5}, {1, 1, 3, 4}, {1, 1, 2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       return {upsample_nearest1d(a[0], 7), _upsample_nearest_exact2d(a[1], {5, 3}),
               upsample_nearest3d(a[2], {3, 2, 4})};
     }},
    {"interpolate linear",
     {{1, 2, 5}, {1, 1, 3, 4}, {1, 1, 2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       return {upsample_linear1d(a[0], 7, false), upsample_bilinear2d(a[1], {5, 3}, true),
               upsample_trilinear3d(a[2], {3, 2, 4}, false)};
     }},
    {"interpolate cubic and antialias",
     {{1, 2, 5, 4}},
     [](const Tensors& a) -> Tensors {
       return {upsample_bicubic2d(a[0], {3, 6}, false), _upsample_bilinear2d_aa(a[0], {2, 3}, false),
               _upsample_bicubic2d_aa(a[0], {2, 5}, true)};
     }},
    {"grid_sampler linear",
     {{1, 2, 3, 4}, {1, 2, 3, 2}, {1, 1, 2, 3, 2}, {1, 1, 2, 2, 3}},
     [](const Tensors& a) -> Tensors {
       return {grid_sampler(a[0], a[1] * 0.9 + 0.013, 0, 0, false), grid_sampler(a[0], a[1] * 0.9 + 0.013, 0, 1, true),
               grid_sampler(a[0], a[1] * 0.9 + 0.013, 0, 2, false),
               grid_sampler(a[2], a[3] * 0.9 + 0.013, 0, 0, false)};
     },
     Domain::any,
     true,
     1e-4},
    {"grid_sampler cubic",
     {{1, 2, 3, 4}, {1, 2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       return {grid_sampler(a[0], a[1] * 0.9 + 0.013, 2, 0, false), grid_sampler(a[0], a[1] * 0.9 + 0.013, 2, 2, true)};
     },
     Domain::any,
     true,
     1e-4},
    // More than one strip of channels, the last one partial, and more points than are prepared at once.
    {"grid_sampler many channels",
     {{1, 18, 2, 3}, {1, 5, 7, 2}, {2, 5, 2, 1, 2}, {2, 1, 1, 2, 3}},
     [](const Tensors& a) -> Tensors {
       return {grid_sampler(a[0], a[1] * 0.9 + 0.013, 0, 0, false),
               grid_sampler(a[2], a[3] * 0.9 + 0.013, 0, 1, false)};
     },
     Domain::any,
     true,
     1e-4},
    {"grid_sampler nearest",
     {{1, 2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor grid = tensor({-0.9, -0.3, 0.1, 0.7, 1.4, 0.2}).to(a[0].scalar_type()).reshape({1, 1, 3, 2});
       return {grid_sampler(a[0], grid, 1, 0, false), grid_sampler(a[0], grid, 1, 2, true)};
     }},
    {"affine_grid",
     {{2, 2, 3}, {1, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {affine_grid_generator(a[0], {2, 1, 3, 2}, false), affine_grid_generator(a[1], {1, 1, 2, 1, 3}, true)};
     }},
    {"im2col col2im",
     {{1, 2, 4, 5}, {12, 4}},
     [](const Tensors& a) -> Tensors {
       return {im2col(a[0], {2, 3}, {1, 1}, {1, 0}, {2, 1}), col2im(a[1], {3, 4}, {2, 3}, {1, 1}, {0, 0}, {1, 1}),
               im2col(a[0], {3, 2}, {1, 2}, {2, 1}, {1, 2})};
     }},
    {"pixel and channel shuffle",
     {{1, 8, 2, 3}, {1, 2, 4, 6}},
     [](const Tensors& a) -> Tensors {
       return {pixel_shuffle(a[0], 2), pixel_unshuffle(a[1], 2), channel_shuffle(a[0], 4)};
     }},
    {"bilinear",
     {{3, 2}, {3, 4}, {5, 2, 4}, {5}},
     [](const Tensors& a) -> Tensors {
       return {bilinear(a[0], a[1], a[2], a[3]), bilinear(a[0], a[1], a[2])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     8},
});

}  // namespace
}  // namespace op_table
