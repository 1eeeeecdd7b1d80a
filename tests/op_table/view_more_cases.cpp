// Shape operations beyond the plain ones, and sparse tensors.
#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

const Register shapes({
    {"tensor_split",
     {{5, 4, 2}},
     [](const Tensors& a) -> Tensors {
       Tensors y = a[0].tensor_split(3);
       for (const Tensor& t : a[0].tensor_split({1, 3}, 1)) y.push_back(t);
       for (const Tensor& t : a[0].hsplit(2)) y.push_back(t);
       for (const Tensor& t : a[0].dsplit({1})) y.push_back(t);
       return y;
     }},
    {"unfold",
     {{6, 3}, {}},
     [](const Tensors& a) -> Tensors {
       return {a[0].unfold(0, 3, 1), a[0].unfold(0, 2, 3), a[0].unfold(-1, 2, 1), a[1].unfold(0, 1, 1)};
     }},
    {"ravel narrow_copy adjoint",
     {{3, 4}},
     [](const Tensors& a) -> Tensors {
       return {a[0].ravel(),   a[0].narrow_copy(1, 1, 2),   a[0].adjoint(), a[0].mT(),
               a[0].numpy_T(), a[0].broadcast_to({2, 3, 4})};
     }},
    {"slice_scatter and others",
     {{4, 5}, {2, 5}, {4}, {4}},
     [](const Tensors& a) -> Tensors {
       return {a[0].slice_scatter(a[1], 0, 1, 3), a[0].select_scatter(a[2], 1, 2), a[0].diagonal_scatter(a[3]),
               a[0].as_strided_scatter(a[1].narrow(1, 0, 2), {2, 2}, {3, 1}, 1)};
     }},
    {"diagflat block_diag",
     {{2, 3}, {3}, {}},
     [](const Tensors& a) -> Tensors {
       return {diagflat(a[0], 1), block_diag({a[0], a[1], a[2]}), a[1].diag_embed(-1)};
     }},
    {"cartesian_prod combinations vander",
     {{3}, {2}},
     [](const Tensors& a) -> Tensors {
       return {cartesian_prod({a[0], a[1]}), combinations(a[0]), combinations(a[0], 2, true), vander(a[0]),
               vander(a[0], 4, true)};
     }},
    {"take_along_dim fill_diagonal_",
     {{3, 4}, {1, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor at = tensor({0, 3, 1, 1, 2, 0}, kLong).view({3, 2});
       return {a[0].take_along_dim(at, 1), a[1].take_along_dim(at, 1), a[0].take_along_dim(at),
               a[0].clone().fill_diagonal_(2)};
     }},
    {"squeeze_ and others",
     {{3, 1, 4}},
     [](const Tensors& a) -> Tensors {
       return {a[0].mul(2).squeeze_(), a[0].mul(2).squeeze_(1), a[0].mul(2).unsqueeze_(0),
               a[0].mul(2).transpose_(0, 2)};
     }},
    {"sparse",
     {{4, 3}, {5, 3}},
     [](const Tensors& a) -> Tensors {
       const Tensor at = tensor({0, 3, 1, 3}, kLong).view({1, 4});
       const Tensor s = sparse_coo_tensor(at, a[0].contiguous(), {5, 3});
       return {
           s.to_dense(), s.coalesce().to_dense(), s.coalesce().values(), s.add(s, 2).to_dense(),      a[1].add(s, 3),
           s.add(a[1]),  s.mul(2).to_dense(),     s.mul(a[1]),           a[1].to_sparse(1).to_dense()};
     }},
});

}  // namespace
}  // namespace op_table
