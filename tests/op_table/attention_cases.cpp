#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

Case attention(std::string name, std::vector<std::vector<int64_t>> shapes, std::function<Tensors(const Tensors&)> fn) {
  return {std::move(name), std::move(shapes), std::move(fn), Domain::any, true, 1e-5, 1.3e-6, 8};
}

nn::functional::MultiheadAttentionForwardFuncOptions options(const Tensors& a, size_t weights) {
  return nn::functional::MultiheadAttentionForwardFuncOptions(4, 2, a[weights], a[weights + 1], {}, {}, false, 0,
                                                              a[weights + 2], {});
}

const Register attentions({
    attention("scaled_dot_product_attention", {{2, 2, 3, 3}, {2, 2, 4, 3}, {2, 2, 4, 2}},
              [](const Tensors& a) -> Tensors { return {scaled_dot_product_attention(a[0], a[1], a[2])}; }),
    attention("scaled_dot_product_attention causal broadcast", {{2, 3, 3}, {4, 3}, {2, 4, 2}},
              [](const Tensors& a) -> Tensors {
                return {scaled_dot_product_attention(a[0], a[1], a[2], {}, 0, true, 0.7)};
              }),
    attention("scaled_dot_product_attention mask", {{2, 3, 3}, {2, 4, 3}, {2, 4, 2}, {3, 1}},
              [](const Tensors& a) -> Tensors {
                const Tensor keep = tensor({1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1}).reshape({3, 4}).to(kBool);
                return {scaled_dot_product_attention(a[0], a[1], a[2], keep),
                        scaled_dot_product_attention(a[0], a[1], a[2], a[3])};
              }),
    attention("scaled_dot_product_attention dropout", {{2, 3, 3}, {2, 4, 3}, {2, 4, 2}},
              [](const Tensors& a) -> Tensors {
                manual_seed(11);  // the same weights are dropped every time
                return {scaled_dot_product_attention(a[0], a[1], a[2], {}, 0.4)};
              }),
    attention("multi_head_attention_forward self", {{3, 2, 4}, {12, 4}, {12}, {4, 4}},
              [](const Tensors& a) -> Tensors {
                const auto o = options(a, 1);
                const auto [y, w] = nn::functional::multi_head_attention_forward(a[0], a[0], a[0], o);
                auto lean = o;
                lean.need_weights(false).key_padding_mask(tensor({0, 0, 1, 0, 0, 0}).reshape({2, 3}).to(kBool));
                return {y, w, std::get<0>(nn::functional::multi_head_attention_forward(a[0], a[0], a[0], lean))};
              }),
    attention("multi_head_attention_forward weights", {{3, 2, 4}, {2, 2, 4}, {2, 2, 4}, {12, 4}, {12}, {4, 4}},
              [](const Tensors& a) -> Tensors {
                auto o = options(a, 3);
                o.average_attn_weights(false).add_zero_attn(true);
                const auto [y, w] = nn::functional::multi_head_attention_forward(a[0], a[1], a[2], o);
                return {y, w};
              }),
});

}  // namespace
}  // namespace op_table
