#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

/// Running statistics that are no inputs: fixed values.
Tensor fixed(int64_t n, double first, const Tensor& like) {
  return (arange(n, TensorOptions(kDouble)) * 0.3 + first).to(like.scalar_type());
}

const Register norms({
    {"batch_norm training, images",
     {{3, 4, 5, 2}, {4}, {4}},
     [](const Tensors& a) -> Tensors {
       return {batch_norm(a[0], a[1], a[2], {}, {}, true, 0.1, 1e-5), batch_norm(a[0], {}, {}, {}, {}, true, 0.1, 0.01),
               batch_norm(a[0], a[1], {}, {}, {}, true, 0.1, 1e-5),
               batch_norm(a[0], {}, a[2], {}, {}, true, 0.1, 1e-5)};
     },
     Domain::distinct},
    {"batch_norm training, rows",
     {{7, 5}, {5}, {5}},
     [](const Tensors& a) -> Tensors {
       return {batch_norm(a[0], a[1], a[2], {}, {}, true, 0.1, 1e-5),
               batch_norm(a[0], {}, {}, {}, {}, true, 0.1, 0.01)};
     },
     Domain::distinct},
    {"batch_norm training, channels last",
     {{3, 4, 2, 5}, {5}, {5}},
     [](const Tensors& a) -> Tensors {
       return {batch_norm(a[0].permute({0, 3, 1, 2}), a[1], a[2], {}, {}, true, 0.1, 1e-5)};
     },
     Domain::distinct},
    {"batch_norm evaluation",
     {{3, 4, 5}, {4}, {4}, {6, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor mean = fixed(4, -0.4, a[0]), var = fixed(4, 0.2, a[0]);
       return {batch_norm(a[0], a[1], a[2], mean, var, false, 0.1, 1e-5),
               batch_norm(a[0], {}, {}, mean, var, false, 0.1, 1e-5),
               batch_norm(a[3], a[1], a[2], mean, var, false, 0.1, 1e-5)};
     }},
    {"instance_norm",
     {{2, 3, 4, 3}, {3}, {3}},
     [](const Tensors& a) -> Tensors {
       return {instance_norm(a[0], a[1], a[2], {}, {}, true, 0.1, 1e-5),
               instance_norm(a[0], {}, {}, {}, {}, true, 0.1, 0.01)};
     },
     Domain::distinct},
    {"group_norm",
     {{2, 6, 3}, {6}, {6}, {3, 4}},
     [](const Tensors& a) -> Tensors {
       return {group_norm(a[0], 2, a[1], a[2]), group_norm(a[0], 3, a[1], {}, 0.01), group_norm(a[0], 1, {}, a[2]),
               group_norm(a[3], 2)};
     },
     Domain::distinct},
    {"layer_norm",
     {{4, 3, 5}, {5}, {5}, {3, 5}, {3, 5}},
     [](const Tensors& a) -> Tensors {
       return {layer_norm(a[0], {5}, a[1], a[2]), layer_norm(a[0], {3, 5}, a[3], a[4], 0.01),
               layer_norm(a[0], {5}, a[1]), layer_norm(a[0], {5}, {}, a[2]), layer_norm(a[0], {4, 3, 5})};
     },
     Domain::distinct},
    {"norms of nothing",
     {{0, 3, 2}, {3}, {3}, {2}},
     [](const Tensors& a) -> Tensors {
       return {batch_norm(a[0], a[1], a[2], {}, {}, true, 0.1, 1e-5), group_norm(a[0], 3, a[1], a[2]),
               layer_norm(a[0], {2}, a[3]), instance_norm(a[0], a[1], a[2], {}, {}, true, 0.1, 1e-5)};
     }},
    {"local_response_norm",
     {{2, 6, 3}},
     [](const Tensors& a) -> Tensors {
       return {nn::functional::local_response_norm(a[0], nn::functional::LocalResponseNormFuncOptions(3).alpha(0.3)),
               nn::functional::local_response_norm(
                   a[0], nn::functional::LocalResponseNormFuncOptions(4).alpha(0.3).beta(0.5))};
     }},
    {"normalize",
     {{3, 4, 2}},
     [](const Tensors& a) -> Tensors {
       namespace F = nn::functional;
       return {F::normalize(a[0]), F::normalize(a[0], F::NormalizeFuncOptions().p(1).dim(-1)),
               F::normalize(a[0], F::NormalizeFuncOptions().p(3).dim(0))};
     }},
    {"cosine_similarity",
     {{3, 4, 2}, {3, 4, 2}, {4}},
     [](const Tensors& a) -> Tensors {
       return {cosine_similarity(a[0], a[1]), cosine_similarity(a[0], a[1], -1),
               cosine_similarity(a[0].select(2, 0), a[2], 1)};
     }},
    {"pairwise_distance",
     {{3, 5}, {3, 5}, {5}},
     [](const Tensors& a) -> Tensors {
       return {pairwise_distance(a[0], a[1]), pairwise_distance(a[0], a[1], 1, 1e-6, true),
               pairwise_distance(a[0], a[2], 3)};
     },
     Domain::positive},
    {"cdist and pdist",
     {{2, 3, 4}, {5, 4}},
     [](const Tensors& a) -> Tensors {
       return {cdist(a[0], a[1]), cdist(a[0], a[1], 3), pdist(a[1].add(arange(5, a[1].options()).unsqueeze(1)))};
     },
     Domain::positive},
});

}  // namespace
}  // namespace op_table
