#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

enum : int64_t { kNoneReduction = 0, kMeanReduction = 1, kSumReduction = 2 };

/// A loss of two tensors under every reduction.
template <class F>
std::function<Tensors(const Tensors&)> reduced(F f) {
  return [f](const Tensors& a) -> Tensors { return {f(a, kNoneReduction), f(a, kMeanReduction), f(a, kSumReduction)}; };
}
/// A weight for each of three classes, which losses do not differentiate.
Tensor weights(const Tensor& like) { return (arange(3, TensorOptions(kDouble)) * 0.7 + 0.3).to(like.scalar_type()); }
Tensor signs(const Tensor& like) { return where(like.detach().gt(0), ones_like(like), -ones_like(like)).detach(); }

const Register losses({
    {"mse_loss", {{3, 5}, {3, 5}}, reduced([](const Tensors& a, int64_t r) { return mse_loss(a[0], a[1], r); })},
    {"mse_loss broadcast",
     {{3, 5}, {3, 1}, {}},
     [](const Tensors& a) -> Tensors {
       return {mse_loss(a[0], a[1]), mse_loss(a[1], a[0], 2), mse_loss(a[0], a[2], 0), mse_loss(a[2], a[2])};
     }},
    {"l1_loss",
     {{3, 5}, {3, 5}},
     reduced([](const Tensors& a, int64_t r) { return l1_loss(a[0], a[1] * 3, r); }),
     Domain::any},
    {"smooth_l1_loss", {{3, 5}, {3, 5}}, reduced([](const Tensors& a, int64_t r) {
       return smooth_l1_loss(a[0], a[1], r, 0.7) + smooth_l1_loss(a[0], a[1] + 5, r, 0);
     })},
    {"huber_loss", {{3, 5}, {3, 5}}, reduced([](const Tensors& a, int64_t r) {
       return huber_loss(a[0], a[1], r, 0.6);
     })},
    {"binary_cross_entropy",
     {{3, 5}, {3, 5}, {5}},
     reduced([](const Tensors& a, int64_t r) {
       return binary_cross_entropy(a[0], a[1], {}, r) + binary_cross_entropy(a[0], a[1], a[2], r);
     }),
     Domain::unit},
    {"binary_cross_entropy_with_logits",
     {{3, 5}, {3, 5}, {5}, {3, 1}},
     reduced([](const Tensors& a, int64_t r) {
       return binary_cross_entropy_with_logits(a[0] * 3, a[1], {}, {}, r) +
              binary_cross_entropy_with_logits(a[0], a[1], a[3], a[2], r);
     }),
     Domain::any},
    {"kl_div",
     {{3, 5}, {3, 5}},
     reduced([](const Tensors& a, int64_t r) { return kl_div(a[0], a[1], r) + kl_div(a[0], a[1], r, true); }),
     Domain::positive},
    {"poisson_nll_loss",
     {{3, 5}, {3, 5}},
     reduced([](const Tensors& a, int64_t r) {
       return poisson_nll_loss(a[0], a[1] * 2.1, true, true, 1e-8, r) +
              poisson_nll_loss(a[0], a[1], false, false, 1e-8, r);
     }),
     Domain::positive},
    {"gaussian_nll_loss",
     {{3, 5}, {3, 5}, {3, 5}, {3}},
     reduced([](const Tensors& a, int64_t r) {
       return gaussian_nll_loss(a[0], a[1], a[2], true, 1e-6, r) + gaussian_nll_loss(a[0], a[1], a[3], false, 1e-6, r);
     }),
     Domain::positive},
    {"soft_margin_loss", {{3, 5}, {3, 5}}, reduced([](const Tensors& a, int64_t r) {
       return soft_margin_loss(a[0] * 3, a[1], r);
     })},
    {"hinge_embedding_loss", {{3, 5}, {3, 5}}, reduced([](const Tensors& a, int64_t r) {
       return hinge_embedding_loss(a[0], signs(a[1]), 0.73, r);
     })},
    {"margin_ranking_loss", {{7}, {7}, {7}}, reduced([](const Tensors& a, int64_t r) {
       return margin_ranking_loss(a[0], a[1], signs(a[2]), 0.31, r) + margin_ranking_loss(a[0], a[1], a[2], 0.31, r);
     })},
    {"nll_loss",
     {{4, 3}, {2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor t = tensor({0, 2, -100, 1}), k = tensor({{0, 1, 2, 0}, {2, 2, 1, 0}}), w = weights(a[0]);
       return {nll_loss(a[0], t),
               nll_loss(a[0], t, w, 0),
               nll_loss(a[0], t, w, 2),
               nll_loss(a[1], k, w, 1, 2),
               nll_loss(a[0].select(0, 0), tensor(1)),
               nll_loss(a[1], k, {}, 0, 0)};
     }},
    {"cross_entropy_loss",
     {{4, 3}, {2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor t = tensor({0, 2, -100, 1}), k = tensor({{0, 1, 2, 0}, {2, 2, 1, 0}}), w = weights(a[0]);
       return {cross_entropy_loss(a[0] * 3, t),
               cross_entropy_loss(a[0], t, w, 0, -100, 0.3),
               cross_entropy_loss(a[0], t, w, 2),
               cross_entropy_loss(a[1], k, w, 1, 2, 0.2),
               cross_entropy_loss(a[1], k, {}, 0, 0, 0.1),
               cross_entropy_loss(a[0].select(0, 1), tensor(1))};
     }},
    {"cross_entropy_loss of probabilities",
     {{4, 3}, {4, 3}, {2, 3, 5}, {2, 3, 5}},
     [](const Tensors& a) -> Tensors {
       return {cross_entropy_loss(a[0], a[1]), cross_entropy_loss(a[0], a[1], weights(a[0]), 0, -100, 0.3),
               cross_entropy_loss(a[2], a[3], weights(a[0]), 2), cross_entropy_loss(a[2], a[3], {}, 0, -100, 0.1)};
     }},
    {"multi_margin_loss",
     {{4, 3}},
     reduced([](const Tensors& a, int64_t r) {
       const Tensor t = tensor({0, 2, 1, 1});
       return multi_margin_loss(a[0], t, 1, 1, {}, r) + multi_margin_loss(a[0], t, 2, 0.8, weights(a[0]), r);
     }),
     Domain::distinct},
    {"multilabel_margin_loss",
     {{3, 4}, {4}},
     [](const Tensors& a) -> Tensors {
       const Tensor t = tensor({{3, 0, -1, 1}, {-1, 0, 0, 0}, {1, 2, 0, 3}});
       return {multilabel_margin_loss(a[0], t), multilabel_margin_loss(a[0], t, 0), multilabel_margin_loss(a[0], t, 2),
               multilabel_margin_loss(a[1], tensor({2, 0, -1, -1}), 0)};
     },
     Domain::distinct},
    {"multilabel_soft_margin_loss", {{3, 4}, {3, 4}, {4}}, reduced([](const Tensors& a, int64_t r) {
       return multilabel_soft_margin_loss(a[0], a[1], {}, r) + multilabel_soft_margin_loss(a[0], a[1], a[2], r);
     })},
    {"cosine_embedding_loss", {{4, 3}, {4, 3}}, reduced([](const Tensors& a, int64_t r) {
       return cosine_embedding_loss(a[0], a[1], tensor({1, -1, 1, -1}), 0.03, r);
     })},
    {"triplet_margin_loss",
     {{4, 3}, {4, 3}, {4, 3}},
     reduced([](const Tensors& a, int64_t r) {
       return triplet_margin_loss(a[0], a[1], a[2], 1.5, 2, 1e-6, false, r) +
              triplet_margin_loss(a[0], a[1], a[2], 1.1, 3, 1e-6, true, r);
     }),
     Domain::positive},
    {"ctc_loss",
     {{6, 3, 4}, {5, 4}},
     [](const Tensors& a) -> Tensors {
       const Tensor p = a[0].log_softmax(2), padded = tensor({{1, 2, 2}, {3, 1, 1}, {2, 0, 0}}),
                    flat = tensor({1, 2, 2, 3, 1, 2});
       return {ctc_loss(p, padded, IntArrayRef({6, 5, 4}), IntArrayRef({3, 2, 1})),
               ctc_loss(p, flat, IntArrayRef({6, 6, 2}), IntArrayRef({3, 2, 1}), 0, 0),
               ctc_loss(p, padded, IntArrayRef({3, 5, 4}), IntArrayRef({3, 2, 0}), 0, 2, true),
               ctc_loss(a[1].log_softmax(1), tensor({0, 2}), tensor({5}), tensor({2}), 3)};
     },
     Domain::any},
});

}  // namespace
}  // namespace op_table
