#pragma once

#include "lampas/tensor/tensor.h"

/// Losses (https://pytorch.org/docs/stable/nn.functional.html#loss-functions) of floating-point inputs. `reduction` is
/// a `Reduction`: None (0) gives one value per element or position, Mean (1) and Sum (2) a 0-d tensor. Derivatives of
/// every order. float16 and bfloat16 compute in float32. Sizes that do not fit, impossible targets and parameters out
/// of range throw Error.
namespace lampas {

// ---- classes

/// -weight[y] x[y] of log-probabilities x (C), (N, C) or (N, C, d1, ...) and int64 targets of shape (), (N) or (N, d1,
/// ...). Targets equal to `ignore_index` count 0. Mean divides by the summed weights of the counted targets (NaN when
/// there is none).
LAMPAS_API Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight = {}, int64_t reduction = 1,
                           int64_t ignore_index = -100);
/// The same, of (N, C, H, W) only, and of any rank.
LAMPAS_API Tensor nll_loss2d(const Tensor& x, const Tensor& target, const Tensor& weight = {}, int64_t reduction = 1,
                             int64_t ignore_index = -100);
LAMPAS_API Tensor nll_loss_nd(const Tensor& x, const Tensor& target, const Tensor& weight = {}, int64_t reduction = 1,
                              int64_t ignore_index = -100);
/// nll_loss of log_softmax(x) over dimension 1 (0 for 1-d), with label smoothing, in one pass. A floating-point target
/// of x's shape holds class probabilities instead.
LAMPAS_API Tensor cross_entropy_loss(const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                     int64_t reduction = 1, int64_t ignore_index = -100, double label_smoothing = 0.0);
/// sum over i != y of weight[y] max(0, margin - x[y] + x[i])^p / C, p 1 or 2, of x (C) or (N, C), targets () or (N).
LAMPAS_API Tensor multi_margin_loss(const Tensor& x, const Tensor& target, const Scalar& p = 1,
                                    const Scalar& margin = 1, const Tensor& weight = {}, int64_t reduction = 1);
/// sum over targets j and other classes i of max(0, 1 - (x[j] - x[i])) / C; the int64 targets of x's shape (C) or (N,
/// C) are the classes before the first -1.
LAMPAS_API Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1);
/// Mean over classes (the last dimension) of weight (y softplus(-x) + (1 - y) softplus(x)).
LAMPAS_API Tensor multilabel_soft_margin_loss(const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                              int64_t reduction = 1);

// ---- elements: input and target broadcast

/// (x - y)^2.
LAMPAS_API Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1);
/// |x - y|.
LAMPAS_API Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1);
/// d = |x - y|: d^2 / (2 beta) below beta, else d - beta / 2; beta 0 is l1_loss.
LAMPAS_API Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1, double beta = 1.0);
/// d = |x - y|: d^2 / 2 up to delta, else delta (d - delta / 2).
LAMPAS_API Tensor huber_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1, double delta = 1.0);
/// -weight (y log x + (1 - y) log(1 - x)) of probabilities x, logarithms at least -100; sizes must agree, weight
/// broadcasts.
LAMPAS_API Tensor binary_cross_entropy(const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                       int64_t reduction = 1);
/// The same of x's sigmoid, without overflow; `pos_weight` multiplies the loss of positives.
LAMPAS_API Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                                   const Tensor& pos_weight = {}, int64_t reduction = 1);
/// y (log y - x) of log-probabilities x, 0 where y is 0; with `log_target` exp(y) (y - x). Mean is over elements.
LAMPAS_API Tensor kl_div(const Tensor& x, const Tensor& target, int64_t reduction = 1, bool log_target = false);
/// exp(x) - y x, or x - y log(x + eps) without `log_input`; `full` adds y log y - y + log(2 pi y) / 2 where y > 1.
LAMPAS_API Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, bool log_input, bool full, double eps,
                                   int64_t reduction);
/// (log v + (x - y)^2 / v) / 2, v = max(var, eps); `full` adds log(2 pi) / 2. `var` has x's sizes, or the last
/// dimension 1 or left out.
LAMPAS_API Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& var, bool full = false,
                                    double eps = 1e-6, int64_t reduction = 1);
/// log(1 + exp(-y x)), y 1 or -1.
LAMPAS_API Tensor soft_margin_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1);
/// x where y is 1, max(0, margin - x) where it is -1 (and both for anything else).
LAMPAS_API Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, double margin = 1.0,
                                       int64_t reduction = 1);
/// max(0, -y (x1 - x2) + margin); the ranks must agree.
LAMPAS_API Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin = 0.0,
                                      int64_t reduction = 1);

// ---- vectors

/// 1 - cos(x1, x2) where y is 1, max(0, cos - margin) where it is -1; x1, x2 (N, D) or (D), target (N) or ().
LAMPAS_API Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin = 0.0,
                                        int64_t reduction = 1);
/// max(0, d(anchor, positive) - d(anchor, negative) + margin), d = pairwise_distance(p, eps); `swap` uses the smaller
/// of d(anchor, negative) and d(positive, negative).
LAMPAS_API Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                                      double margin = 1.0, double p = 2, double eps = 1e-06, bool swap = false,
                                      int64_t reduction = 1);

// ---- sequences

/// Connectionist temporal classification (https://www.cs.toronto.edu/~graves/icml_2006.pdf): -log of the probability of
/// the targets under log-probabilities (T, N, C) or (T, C), of which `input_lengths` steps count. Targets are (N, S)
/// padded, or one after another in one dimension, never `blank`. Mean divides each by its target length. With
/// `zero_infinity` impossible alignments count 0, also in the gradient. The gradient takes log_probs for a result of
/// log_softmax: it is the one of log_softmax's input, as in PyTorch.
LAMPAS_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, IntArrayRef input_lengths,
                           IntArrayRef target_lengths, int64_t blank = 0, int64_t reduction = 1,
                           bool zero_infinity = false);
LAMPAS_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                           const Tensor& target_lengths, int64_t blank = 0, int64_t reduction = 1,
                           bool zero_infinity = false);

}  // namespace lampas
