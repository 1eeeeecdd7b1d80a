#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;
using namespace lampas::indexing;

const Tensor& rows() {
  static const Tensor t = tensor({2, 0, 2, -1});
  return t;
}
const Tensor& mask() {
  static const Tensor t = tensor({{true, false, true}, {false, false, true}, {true, true, true}, {false, true, false}});
  return t;
}

const Register indexing_cases({
    {"index views",
     {{4, 3, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].index({1, Slice(None, None, 2), None, "..."})};
     }},
    {"index one tensor",
     {{4, 3}},
     [](const Tensors& a) -> Tensors {
       return {a[0].index({rows()}), a[0].index({Slice(), tensor({1, 1, -3})})};
     }},
    {"index adjacent tensors",
     {{2, 4, 3, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].index({Slice(), rows().view({2, 2}), tensor({1, -1}), Slice()})};
     }},
    {"index separated tensors",
     {{2, 4, 3, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].index({tensor({0, 1, 1}), Slice(1, 4), tensor({{2}, {0}})})};
     }},
    {"index masks and bools",
     {{4, 3}, {2, 4, 3}},
     [](const Tensors& a) -> Tensors {
       return {a[0].index({mask()}), a[0].index({true, mask().select(1, 2)}), a[1].index({Slice(), mask()}),
               a[1].index({1, mask()})};
     }},
    {"index_put_ set",
     {{4, 3}, {3}, {4, 3}},
     [](const Tensors& a) -> Tensors {
       Tensor x = a[0].clone(), y = a[2].clone();
       x.index_put_({tensor({3, 0})}, a[1]);
       y.index_put_({Slice(1, 3)}, a[1]);
       return {x, y, index_put(a[0], {mask().select(1, 0), 1}, a[1].slice(0, 0, 2))};
     }},
    {"index_put_ accumulate",
     {{4, 3}, {4, 3}, {1}},
     [](const Tensors& a) -> Tensors {
       return {index_put(a[0], {rows()}, a[1], true), index_put(a[0], {rows(), tensor({0, 0, 0, 2})}, a[2], true)};
     }},
    {"index_put_ mask number",
     {{4, 3}, {}},
     [](const Tensors& a) -> Tensors {
       return {index_put(a[0], {mask()}, a[1]), index_put(a[0], {mask().select(1, 2)}, a[1])};
     }},
    {"index_put_ through a view",
     {{4, 3}, {2}},
     [](const Tensors& a) -> Tensors {
       Tensor x = a[0] * 1;
       x.select(1, 1).index_put_({tensor({0, 2})}, a[1]);
       return {x * x};
     }},
    {"index_select",
     {{4, 3}, {}},
     [](const Tensors& a) -> Tensors {
       return {index_select(a[0], 0, tensor({3, 1, 3})), index_select(a[0], -1, tensor({0})),
               index_select(a[1], 0, tensor({0}))};
     }},
    {"index_add index_copy",
     {{4, 3}, {2, 3}, {4, 2}},
     [](const Tensors& a) -> Tensors {
       return {index_add(a[0], 0, tensor({1, 1}), a[1], 0.5), index_add(a[0], 1, tensor({2, 0}), a[2]),
               index_copy(a[0], 0, tensor({3, 0}), a[1])};
     }},
    {"index_fill",
     {{4, 3}, {}},
     [](const Tensors& a) -> Tensors {
       return {index_fill(a[0], 1, tensor({-1, 0}), 0.25), index_fill(a[0], 0, tensor({1}), a[1])};
     }},
    {"gather",
     {{3, 4}, {}},
     [](const Tensors& a) -> Tensors {
       return {gather(a[0], 1, tensor({{0, 0, 3}, {2, 1, 1}})), gather(a[0], 0, tensor({{0, 2, 2, 1}})),
               gather(a[1], 0, tensor({0, 0}))};
     }},
    {"scatter",
     {{3, 4}, {3, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor i = tensor({{0, 3, 1}, {2, 1, 0}});
       return {scatter(a[0], 1, i, a[1]), scatter(a[0], 1, i, 0.5),
               scatter_add(a[0], 1, tensor({{0, 0, 3}, {2, 1, 1}}), a[1])};
     }},
    {"take put",
     {{3, 4}, {2, 2}},
     [](const Tensors& a) -> Tensors {
       const Tensor i = tensor({{11, -12}, {3, 4}});
       return {take(a[0], i), put(a[0], i, a[1]), put(a[0], tensor({{1, 1}, {0, 1}}), a[1], true)};
     }},
    {"put_ on a transpose",
     {{3, 4}, {2}},
     [](const Tensors& a) -> Tensors {
       Tensor x = a[0].clone().t();
       x.put_(tensor({1, 5}), a[1]);
       return {x};
     }},
    {"masked_fill",
     {{4, 3}, {}, {3}},
     [](const Tensors& a) -> Tensors {
       return {masked_fill(a[0], mask(), 2.5), masked_fill(a[0], mask(), a[1]), masked_fill(a[2], mask(), a[1])};
     }},
    {"masked_select masked_scatter",
     {{4, 3}, {9}, {3}},
     [](const Tensors& a) -> Tensors {
       return {masked_select(a[0], mask()), masked_select(a[2], mask()), masked_scatter(a[0], mask(), a[1]),
               masked_scatter(a[2], mask(), a[1])};
     }},
});

const Register arrange_cases({
    {"repeat tile",
     {{2, 3}, {}},
     [](const Tensors& a) -> Tensors {
       return {a[0].repeat({2, 1, 3}), a[0].tile({2}), a[1].repeat({3}), a[1].repeat({}), a[0].repeat({0, 1})};
     }},
    {"repeat_interleave",
     {{3, 2}},
     [](const Tensors& a) -> Tensors {
       return {a[0].repeat_interleave(2), a[0].repeat_interleave(tensor({1, 0, 2}), 0)};
     }},
    {"roll flip rot90",
     {{3, 4}},
     [](const Tensors& a) -> Tensors {
       return {a[0].roll({1, -6}, {0, 1}),
               a[0].roll(5),
               a[0].roll({1, 1, 0}, {0, 0, 1}),
               a[0].flip({0, -1}),
               a[0].flip({}),
               fliplr(a[0]),
               flipud(a[0]),
               a[0].rot90(),
               a[0].rot90(-1)};
     }},
    {"tril triu",
     {{2, 4, 3}},
     [](const Tensors& a) -> Tensors {
       Tensor x = a[0].clone(), y = (a[0] * 1).transpose(1, 2);
       x.tril_(-1);
       y.triu_(1);
       return {a[0].tril(), a[0].triu(1), x, y};
     }},
    {"diag",
     {{3}, {3, 4}, {2, 3}},
     [](const Tensors& a) -> Tensors {
       return {a[0].diag(), a[0].diag(-2), a[1].diag(1), diag_embed(a[2]), diag_embed(a[2], 1, 0, 2)};
     }},
    {"movedim meshgrid",
     {{2, 3, 4}, {3}, {2}},
     [](const Tensors& a) -> Tensors {
       Tensors out = meshgrid({a[1], a[2]}, "xy");
       out.push_back(movedim(a[0], {0, 1}, {-1, 0}));
       out.push_back(swapaxes(a[0], 0, 2));
       return out;
     }},
    {"hstack vstack dstack",
     {{3}, {3}, {}},
     [](const Tensors& a) -> Tensors {
       return {hstack({a[0], a[1], a[2]}), vstack({a[0], a[1]}), dstack({a[0], a[1]}), column_stack({a[0], a[1]})};
     }},
    {"cat of broadcast and empty",
     {{2, 3}, {1, 3}},
     [](const Tensors& a) -> Tensors {
       return {cat({a[0], zeros({0}, kDouble), a[1].expand({2, 3})}, 1), cat({a[0], a[0]}, 0),
               stack(broadcast_tensors({a[0], a[1]}), -1)};
     }},
    {"cat promotes",
     {{2, 2}},
     [](const Tensors& a) -> Tensors {
       return {cat({a[0], tensor({{1, 2}})})};
     }},
});

}  // namespace
}  // namespace op_table
