#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "torch/namespaces.h"

/// The functions of torch::nn::functional with everything in a row instead of options: what LibTorch's layers call, and
/// layers of programs that were written after them. Templates, so that programs without such do not compile them.
namespace torch::nn::functional::detail {

using lampas::ExpandingArray;
using lampas::ExpandingArrayWithOptionalElem;
using lampas::IntArrayRef;
using lampas::Tensor;
namespace functional = lampas::nn::functional;
using namespace lampas::nn::functional;
/// A parameter that takes part in no deduction, so that `{}` is an undefined tensor.
template <class T>
using Undeduced = std::common_type_t<T>;
/// `Options`, named so that the compiler looks into it when a function is used.
template <class T, class Options>
using Late = std::conditional_t<std::is_void_v<T>, T, Options>;

template <class T>
T elu(const T& input, double alpha, bool inplace) {
  return functional::elu(input, Late<T, ELUFuncOptions>().alpha(alpha).inplace(inplace));
}
template <class T>
T selu(const T& input, bool inplace) {
  return functional::selu(input, Late<T, SELUFuncOptions>(inplace));
}
template <class T>
T celu(const T& input, double alpha, bool inplace) {
  return functional::celu(input, Late<T, CELUFuncOptions>().alpha(alpha).inplace(inplace));
}
template <class T>
T hardshrink(const T& input, double lambda) {
  return functional::hardshrink(input, Late<T, HardshrinkFuncOptions>(lambda));
}
template <class T>
T softshrink(const T& input, double lambda) {
  return functional::softshrink(input, Late<T, SoftshrinkFuncOptions>(lambda));
}
template <class T>
T hardtanh(const T& input, double min_val, double max_val, bool inplace) {
  return functional::hardtanh(input, Late<T, HardtanhFuncOptions>().min_val(min_val).max_val(max_val).inplace(inplace));
}
template <class T>
T leaky_relu(const T& input, double negative_slope, bool inplace) {
  return functional::leaky_relu(input, Late<T, LeakyReLUFuncOptions>().negative_slope(negative_slope).inplace(inplace));
}
template <class T>
T rrelu(const T& input, double lower, double upper, bool training, bool inplace) {
  return functional::rrelu(input,
                           Late<T, RReLUFuncOptions>().lower(lower).upper(upper).training(training).inplace(inplace));
}
template <class T>
T relu(const T& input, bool inplace) {
  return functional::relu(input, Late<T, ReLUFuncOptions>(inplace));
}
template <class T>
T relu6(const T& input, bool inplace) {
  return functional::relu6(input, Late<T, ReLU6FuncOptions>(inplace));
}
template <class T>
T threshold(const T& input, double threshold, double value, bool inplace) {
  return functional::threshold(input, Late<T, ThresholdFuncOptions>(threshold, value).inplace(inplace));
}
template <class T>
T softplus(const T& input, double beta, double threshold) {
  return functional::softplus(input, Late<T, SoftplusFuncOptions>().beta(beta).threshold(threshold));
}
template <class T>
T glu(const T& input, int64_t dim) {
  return functional::glu(input, Late<T, GLUFuncOptions>(dim));
}
template <class T>
T gelu(const T& input, const std::string& approximate) {
  return functional::gelu(input, Late<T, GELUFuncOptions>().approximate(approximate));
}
template <class T>
T softmax(const T& input, int64_t dim, std::optional<lampas::Dtype> dtype) {
  return functional::softmax(input, Late<T, SoftmaxFuncOptions>(dim).dtype(dtype));
}
template <class T>
T softmin(const T& input, int64_t dim, std::optional<lampas::Dtype> dtype) {
  return functional::softmin(input, Late<T, SoftminFuncOptions>(dim).dtype(dtype));
}
template <class T>
T log_softmax(const T& input, int64_t dim, std::optional<lampas::Dtype> dtype) {
  return functional::log_softmax(input, Late<T, LogSoftmaxFuncOptions>(dim).dtype(dtype));
}
template <class T>
T gumbel_softmax(const T& logits, double tau, bool hard, int dim) {
  return functional::gumbel_softmax(logits, Late<T, GumbelSoftmaxFuncOptions>().tau(tau).hard(hard).dim(dim));
}
template <class T>
T batch_norm(const T& input, const Undeduced<T>& running_mean, const Undeduced<T>& running_var,
             const Undeduced<T>& weight, const Undeduced<T>& bias, bool training, std::optional<double> momentum,
             double eps) {
  return functional::batch_norm(
      input, running_mean, running_var,
      Late<T, BatchNormFuncOptions>().weight(weight).bias(bias).training(training).momentum(momentum).eps(eps));
}
template <class T>
T instance_norm(const T& input, const Undeduced<T>& running_mean, const Undeduced<T>& running_var,
                const Undeduced<T>& weight, const Undeduced<T>& bias, bool use_input_stats, double momentum,
                double eps) {
  return functional::instance_norm(input, Late<T, InstanceNormFuncOptions>()
                                              .running_mean(running_mean)
                                              .running_var(running_var)
                                              .weight(weight)
                                              .bias(bias)
                                              .use_input_stats(use_input_stats)
                                              .momentum(momentum)
                                              .eps(eps));
}
template <class T>
T layer_norm(const T& input, const std::vector<int64_t>& normalized_shape, const Undeduced<T>& weight,
             const Undeduced<T>& bias, double eps) {
  return functional::layer_norm(input,
                                Late<T, LayerNormFuncOptions>(normalized_shape).weight(weight).bias(bias).eps(eps));
}
template <class T>
T group_norm(const T& input, int64_t num_groups, const Undeduced<T>& weight, const Undeduced<T>& bias, double eps) {
  return functional::group_norm(input, Late<T, GroupNormFuncOptions>(num_groups).weight(weight).bias(bias).eps(eps));
}
template <class T>
T local_response_norm(const T& input, int64_t size, double alpha, double beta, double k) {
  return functional::local_response_norm(input,
                                         Late<T, LocalResponseNormFuncOptions>(size).alpha(alpha).beta(beta).k(k));
}
template <class T>
T normalize(const T& input, double p, int64_t dim, double eps, std::optional<Tensor> out) {
  return functional::normalize(input, Late<T, NormalizeFuncOptions>().p(p).dim(dim).eps(eps).out(out));
}
template <class T>
T dropout(const T& input, double p, bool training, bool inplace) {
  return functional::dropout(input, Late<T, DropoutFuncOptions>().p(p).training(training).inplace(inplace));
}
template <class T>
T alpha_dropout(const T& input, double p, bool training, bool inplace) {
  return functional::alpha_dropout(input, Late<T, AlphaDropoutFuncOptions>().p(p).training(training).inplace(inplace));
}
template <class T>
T feature_alpha_dropout(const T& input, double p, bool training, bool inplace) {
  return functional::feature_alpha_dropout(
      input, Late<T, FeatureAlphaDropoutFuncOptions>().p(p).training(training).inplace(inplace));
}
template <class T>
T cosine_similarity(const T& x1, const Undeduced<T>& x2, int64_t dim, double eps) {
  return functional::cosine_similarity(x1, x2, Late<T, CosineSimilarityFuncOptions>().dim(dim).eps(eps));
}
template <class T>
T pairwise_distance(const T& x1, const Undeduced<T>& x2, double p, double eps, bool keepdim) {
  return functional::pairwise_distance(x1, x2, Late<T, PairwiseDistanceFuncOptions>().p(p).eps(eps).keepdim(keepdim));
}
template <class T>
T embedding(const T& input, const Undeduced<T>& weight, std::optional<int64_t> padding_idx,
            std::optional<double> max_norm, double norm_type, bool scale_grad_by_freq, bool sparse) {
  return functional::embedding(input, weight,
                               Late<T, EmbeddingFuncOptions>()
                                   .padding_idx(padding_idx)
                                   .max_norm(max_norm)
                                   .norm_type(norm_type)
                                   .scale_grad_by_freq(scale_grad_by_freq)
                                   .sparse(sparse));
}
template <class T>
T fold(const T& input, ExpandingArray<2> output_size, ExpandingArray<2> kernel_size, ExpandingArray<2> dilation,
       ExpandingArray<2> padding, ExpandingArray<2> stride) {
  return functional::fold(
      input, Late<T, FoldFuncOptions>(output_size, kernel_size).dilation(dilation).padding(padding).stride(stride));
}
template <class T>
T unfold(const T& input, ExpandingArray<2> kernel_size, ExpandingArray<2> dilation, ExpandingArray<2> padding,
         ExpandingArray<2> stride) {
  return functional::unfold(input,
                            Late<T, UnfoldFuncOptions>(kernel_size).dilation(dilation).padding(padding).stride(stride));
}
template <class T>
T l1_loss(const T& input, const Undeduced<T>& target, L1LossFuncOptions::reduction_t reduction) {
  return functional::l1_loss(input, target, Late<T, L1LossFuncOptions>().reduction(reduction));
}
template <class T>
T mse_loss(const T& input, const Undeduced<T>& target, MSELossFuncOptions::reduction_t reduction) {
  return functional::mse_loss(input, target, Late<T, MSELossFuncOptions>().reduction(reduction));
}
template <class T>
T multilabel_margin_loss(const T& input, const Undeduced<T>& target,
                         MultilabelMarginLossFuncOptions::reduction_t reduction) {
  return functional::multilabel_margin_loss(input, target,
                                            Late<T, MultilabelMarginLossFuncOptions>().reduction(reduction));
}
template <class T>
T soft_margin_loss(const T& input, const Undeduced<T>& target, SoftMarginLossFuncOptions::reduction_t reduction) {
  return functional::soft_margin_loss(input, target, Late<T, SoftMarginLossFuncOptions>().reduction(reduction));
}
template <class T>
T kl_div(const T& input, const Undeduced<T>& target, KLDivFuncOptions::reduction_t reduction, bool log_target = false) {
  return functional::kl_div(input, target, Late<T, KLDivFuncOptions>().reduction(reduction).log_target(log_target));
}
template <class T>
T binary_cross_entropy(const T& input, const Undeduced<T>& target, const Undeduced<T>& weight,
                       BinaryCrossEntropyFuncOptions::reduction_t reduction) {
  return functional::binary_cross_entropy(input, target,
                                          Late<T, BinaryCrossEntropyFuncOptions>().weight(weight).reduction(reduction));
}
template <class T>
T binary_cross_entropy_with_logits(const T& input, const Undeduced<T>& target, const Undeduced<T>& weight,
                                   BinaryCrossEntropyWithLogitsFuncOptions::reduction_t reduction,
                                   const Undeduced<T>& pos_weight) {
  return functional::binary_cross_entropy_with_logits(
      input, target,
      Late<T, BinaryCrossEntropyWithLogitsFuncOptions>().weight(weight).reduction(reduction).pos_weight(pos_weight));
}
template <class T>
T hinge_embedding_loss(const T& input, const Undeduced<T>& target, double margin,
                       HingeEmbeddingLossFuncOptions::reduction_t reduction) {
  return functional::hinge_embedding_loss(input, target,
                                          Late<T, HingeEmbeddingLossFuncOptions>().margin(margin).reduction(reduction));
}
template <class T>
T smooth_l1_loss(const T& input, const Undeduced<T>& target, SmoothL1LossFuncOptions::reduction_t reduction,
                 double beta = 1.) {
  return functional::smooth_l1_loss(input, target, Late<T, SmoothL1LossFuncOptions>().reduction(reduction).beta(beta));
}
template <class T>
T huber_loss(const T& input, const Undeduced<T>& target, HuberLossFuncOptions::reduction_t reduction,
             double delta = 1.) {
  return functional::huber_loss(input, target, Late<T, HuberLossFuncOptions>().reduction(reduction).delta(delta));
}
template <class T>
T nll_loss(const T& input, const Undeduced<T>& target, const Undeduced<T>& weight, int64_t ignore_index,
           NLLLossFuncOptions::reduction_t reduction) {
  return functional::nll_loss(
      input, target, Late<T, NLLLossFuncOptions>().weight(weight).ignore_index(ignore_index).reduction(reduction));
}
template <class T>
T cross_entropy(const T& input, const Undeduced<T>& target, const Undeduced<T>& weight, int64_t ignore_index,
                CrossEntropyFuncOptions::reduction_t reduction, double label_smoothing) {
  return functional::cross_entropy(input, target,
                                   Late<T, CrossEntropyFuncOptions>()
                                       .weight(weight)
                                       .ignore_index(ignore_index)
                                       .reduction(reduction)
                                       .label_smoothing(label_smoothing));
}
template <class T>
T poisson_nll_loss(const T& input, const Undeduced<T>& target, bool log_input, bool full, double eps,
                   PoissonNLLLossFuncOptions::reduction_t reduction) {
  return functional::poisson_nll_loss(
      input, target,
      Late<T, PoissonNLLLossFuncOptions>().log_input(log_input).full(full).eps(eps).reduction(reduction));
}
template <class T>
T ctc_loss(const T& log_probs, const Undeduced<T>& targets, const Undeduced<T>& input_lengths,
           const Undeduced<T>& target_lengths, int64_t blank, CTCLossFuncOptions::reduction_t reduction,
           bool zero_infinity) {
  return functional::ctc_loss(
      log_probs, targets, input_lengths, target_lengths,
      Late<T, CTCLossFuncOptions>().blank(blank).reduction(reduction).zero_infinity(zero_infinity));
}
template <class T>
T cosine_embedding_loss(const T& input1, const Undeduced<T>& input2, const Undeduced<T>& target, double margin,
                        CosineEmbeddingLossFuncOptions::reduction_t reduction) {
  return functional::cosine_embedding_loss(
      input1, input2, target, Late<T, CosineEmbeddingLossFuncOptions>().margin(margin).reduction(reduction));
}
template <class T>
T margin_ranking_loss(const T& input1, const Undeduced<T>& input2, const Undeduced<T>& target, double margin,
                      MarginRankingLossFuncOptions::reduction_t reduction) {
  return functional::margin_ranking_loss(input1, input2, target,
                                         Late<T, MarginRankingLossFuncOptions>().margin(margin).reduction(reduction));
}
template <class T>
T triplet_margin_loss(const T& anchor, const Undeduced<T>& positive, const Undeduced<T>& negative, double margin,
                      double p, double eps, bool swap, TripletMarginLossFuncOptions::reduction_t reduction) {
  return functional::triplet_margin_loss(
      anchor, positive, negative,
      Late<T, TripletMarginLossFuncOptions>().margin(margin).p(p).eps(eps).swap(swap).reduction(reduction));
}
template <class T>
T pad(const T& input, IntArrayRef pad, PadFuncOptions::mode_t mode, double value) {
  return functional::pad(input, Late<T, PadFuncOptions>(pad.vec()).mode(mode).value(value));
}
template <class T>
T pixel_shuffle(const T& input, int64_t upscale_factor) {
  return functional::pixel_shuffle(input, Late<T, PixelShuffleFuncOptions>(upscale_factor));
}
template <class T>
T pixel_unshuffle(const T& input, int64_t downscale_factor) {
  return functional::pixel_unshuffle(input, Late<T, PixelUnshuffleFuncOptions>(downscale_factor));
}
template <class T>
T avg_pool1d(const T& input, ExpandingArray<1> kernel_size, ExpandingArray<1> stride, ExpandingArray<1> padding,
             bool ceil_mode, bool count_include_pad) {
  return functional::avg_pool1d(input, Late<T, AvgPool1dFuncOptions>(kernel_size)
                                           .stride(stride)
                                           .padding(padding)
                                           .ceil_mode(ceil_mode)
                                           .count_include_pad(count_include_pad));
}
template <class T>
T adaptive_avg_pool1d(const T& input, ExpandingArray<1> output_size) {
  return functional::adaptive_avg_pool1d(input, Late<T, AdaptiveAvgPool1dFuncOptions>(output_size));
}
template <class T>
T adaptive_max_pool1d(const T& input, ExpandingArray<1> output_size) {
  return functional::adaptive_max_pool1d(input, Late<T, AdaptiveMaxPool1dFuncOptions>(output_size));
}
template <class T>
std::tuple<T, T> adaptive_max_pool1d_with_indices(const T& input, ExpandingArray<1> output_size) {
  return functional::adaptive_max_pool1d_with_indices(input, Late<T, AdaptiveMaxPool1dFuncOptions>(output_size));
}
template <class T>
T lp_pool1d(const T& input, double norm_type, ExpandingArray<1> kernel_size, ExpandingArray<1> stride, bool ceil_mode) {
  return functional::lp_pool1d(
      input, Late<T, LPPool1dFuncOptions>(norm_type, kernel_size).stride(stride).ceil_mode(ceil_mode));
}
template <class T>
T lp_pool2d(const T& input, double norm_type, ExpandingArray<2> kernel_size, ExpandingArray<2> stride, bool ceil_mode) {
  return functional::lp_pool2d(
      input, Late<T, LPPool2dFuncOptions>(norm_type, kernel_size).stride(stride).ceil_mode(ceil_mode));
}
template <class T>
T interpolate(const T& input, const std::optional<std::vector<int64_t>>& size,
              const std::optional<std::vector<double>>& scale_factor, InterpolateFuncOptions::mode_t mode,
              std::optional<bool> align_corners, std::optional<bool> recompute_scale_factor, bool antialias = false) {
  return functional::interpolate(input, Late<T, InterpolateFuncOptions>()
                                            .size(size)
                                            .scale_factor(scale_factor)
                                            .mode(mode)
                                            .align_corners(align_corners)
                                            .recompute_scale_factor(recompute_scale_factor)
                                            .antialias(antialias));
}
template <class T>
T grid_sample(const T& input, const Undeduced<T>& grid, GridSampleFuncOptions::mode_t mode,
              GridSampleFuncOptions::padding_mode_t padding_mode, std::optional<bool> align_corners) {
  return functional::grid_sample(
      input, grid, Late<T, GridSampleFuncOptions>().mode(mode).padding_mode(padding_mode).align_corners(align_corners));
}

// What differs in the number of dimensions alone.
#define LAMPAS_DETAIL_EACH(n)                                                                                          \
  template <class T>                                                                                                   \
  T conv##n##d(const T& input, const Undeduced<T>& weight, const Undeduced<T>& bias, ExpandingArray<n> stride,         \
               const Conv##n##dFuncOptions::padding_t& padding, ExpandingArray<n> dilation, int64_t groups) {          \
    return functional::conv##n##d(                                                                                     \
        input, weight,                                                                                                 \
        Late<T, Conv##n##dFuncOptions>().bias(bias).stride(stride).padding(padding).dilation(dilation).groups(         \
            groups));                                                                                                  \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  T conv_transpose##n##d(const T& input, const Undeduced<T>& weight, const Undeduced<T>& bias, IntArrayRef stride,     \
                         IntArrayRef padding, IntArrayRef output_padding, int64_t groups, IntArrayRef dilation) {      \
    return functional::conv_transpose##n##d(input, weight,                                                             \
                                            Late<T, ConvTranspose##n##dFuncOptions>()                                  \
                                                .bias(bias)                                                            \
                                                .stride(stride)                                                        \
                                                .padding(padding)                                                      \
                                                .output_padding(output_padding)                                        \
                                                .groups(groups)                                                        \
                                                .dilation(dilation));                                                  \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  T max_pool##n##d(const T& input, ExpandingArray<n> kernel_size, ExpandingArray<n> stride, ExpandingArray<n> padding, \
                   ExpandingArray<n> dilation, bool ceil_mode) {                                                       \
    return functional::max_pool##n##d(input, Late<T, MaxPool##n##dFuncOptions>(kernel_size)                            \
                                                 .stride(stride)                                                       \
                                                 .padding(padding)                                                     \
                                                 .dilation(dilation)                                                   \
                                                 .ceil_mode(ceil_mode));                                               \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  std::tuple<T, T> max_pool##n##d_with_indices(const T& input, ExpandingArray<n> kernel_size,                          \
                                               ExpandingArray<n> stride, ExpandingArray<n> padding,                    \
                                               ExpandingArray<n> dilation, bool ceil_mode) {                           \
    return functional::max_pool##n##d_with_indices(input, Late<T, MaxPool##n##dFuncOptions>(kernel_size)               \
                                                              .stride(stride)                                          \
                                                              .padding(padding)                                        \
                                                              .dilation(dilation)                                      \
                                                              .ceil_mode(ceil_mode));                                  \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  T max_unpool##n##d(const T& input, const Undeduced<T>& indices, ExpandingArray<n> kernel_size,                       \
                     ExpandingArray<n> stride, ExpandingArray<n> padding,                                              \
                     const std::optional<std::vector<int64_t>>& output_size) {                                         \
    return functional::max_unpool##n##d(                                                                               \
        input, indices,                                                                                                \
        Late<T, MaxUnpool##n##dFuncOptions>(kernel_size).stride(stride).padding(padding).output_size(output_size));    \
  }
LAMPAS_DETAIL_EACH(1)
LAMPAS_DETAIL_EACH(2)
LAMPAS_DETAIL_EACH(3)
#undef LAMPAS_DETAIL_EACH

#define LAMPAS_DETAIL_PLANES(n)                                                                                        \
  template <class T>                                                                                                   \
  T dropout##n##d(const T& input, double p, bool training, bool inplace) {                                             \
    return functional::dropout##n##d(input,                                                                            \
                                     Late<T, Dropout##n##dFuncOptions>().p(p).training(training).inplace(inplace));    \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  T avg_pool##n##d(const T& input, ExpandingArray<n> kernel_size, ExpandingArray<n> stride, ExpandingArray<n> padding, \
                   bool ceil_mode, bool count_include_pad, std::optional<int64_t> divisor_override) {                  \
    return functional::avg_pool##n##d(input, Late<T, AvgPool##n##dFuncOptions>(kernel_size)                            \
                                                 .stride(stride)                                                       \
                                                 .padding(padding)                                                     \
                                                 .ceil_mode(ceil_mode)                                                 \
                                                 .count_include_pad(count_include_pad)                                 \
                                                 .divisor_override(divisor_override));                                 \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  T adaptive_avg_pool##n##d(const T& input, ExpandingArrayWithOptionalElem<n> output_size) {                           \
    return functional::adaptive_avg_pool##n##d(input, Late<T, AdaptiveAvgPool##n##dFuncOptions>(output_size));         \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  T adaptive_max_pool##n##d(const T& input, ExpandingArrayWithOptionalElem<n> output_size) {                           \
    return functional::adaptive_max_pool##n##d(input, Late<T, AdaptiveMaxPool##n##dFuncOptions>(output_size));         \
  }                                                                                                                    \
  template <class T>                                                                                                   \
  std::tuple<T, T> adaptive_max_pool##n##d_with_indices(const T& input,                                                \
                                                        ExpandingArrayWithOptionalElem<n> output_size) {               \
    return functional::adaptive_max_pool##n##d_with_indices(input,                                                     \
                                                            Late<T, AdaptiveMaxPool##n##dFuncOptions>(output_size));   \
  }
LAMPAS_DETAIL_PLANES(2)
LAMPAS_DETAIL_PLANES(3)
#undef LAMPAS_DETAIL_PLANES

}  // namespace torch::nn::functional::detail
