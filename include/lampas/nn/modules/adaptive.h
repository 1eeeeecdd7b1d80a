#pragma once

#include <iosfwd>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/modulelist.h"
#include "lampas/nn/modules/linear.h"
#include "lampas/nn/options/adaptive.h"
#include "lampas/nn/pimpl.h"
#include "lampas/ops/tensor_data.h"

namespace lampas::nn {

/// The loss of an adaptive softmax: a 0-d tensor that can be differentiated. It also converts to the number it holds,
/// which is what LibTorch's programs expect.
class LAMPAS_API ASMLoss : public Tensor {
 public:
  explicit ASMLoss(Tensor loss) : Tensor(std::move(loss)) {}
  operator double() const { return item<double>(); }
  operator lampas::detail::TensorDataContainer() const { return item<double>(); }
};
/// With a number the tensor is meant, not its value.
#define LAMPAS_ASM_LOSS_OPERATOR(op, forward, backward)                  \
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0> \
  Tensor operator op(const ASMLoss& loss, T number) {                    \
    return loss.forward(number);                                         \
  }                                                                      \
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0> \
  Tensor operator op(T number, const ASMLoss& loss) {                    \
    return loss.backward(number);                                        \
  }
LAMPAS_ASM_LOSS_OPERATOR(+, add, add)
LAMPAS_ASM_LOSS_OPERATOR(-, sub, neg().add)
LAMPAS_ASM_LOSS_OPERATOR(*, mul, mul)
LAMPAS_ASM_LOSS_OPERATOR(/, div, reciprocal().mul)
#undef LAMPAS_ASM_LOSS_OPERATOR

/// What AdaptiveLogSoftmaxWithLoss returns.
struct LAMPAS_API ASMoutput {
  ASMoutput(Tensor output_, Tensor loss_) : output(std::move(output_)), loss(std::move(loss_)) {}
  /// (N): the targets' log-probabilities.
  Tensor output;
  /// -mean(output).
  ASMLoss loss;
};

/// Softmax over many classes sorted by frequency (https://arxiv.org/abs/1609.04309): a head decides among the most
/// frequent classes and clusters of the others, and only the clusters that occur are evaluated.
class LAMPAS_API AdaptiveLogSoftmaxWithLossImpl : public Cloneable<AdaptiveLogSoftmaxWithLossImpl> {
 public:
  AdaptiveLogSoftmaxWithLossImpl(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs_)
      : AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions(in_features, n_classes, std::move(cutoffs_))) {
  }
  explicit AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  /// Of (N, in_features) and class indices (N).
  ASMoutput forward(const Tensor& input, const Tensor& target);
  /// (N, n_classes): every class's log-probability.
  Tensor log_prob(const Tensor& input);
  /// (N): the most probable classes.
  Tensor predict(const Tensor& input);
  Tensor _get_full_log_prob(const Tensor& input, const Tensor& head_output);

  AdaptiveLogSoftmaxWithLossOptions options;
  /// With n_classes at the end.
  std::vector<int64_t> cutoffs;
  /// Classes the head decides on itself.
  int64_t shortlist_size = 0;
  int64_t n_clusters = 0;
  /// shortlist_size + n_clusters.
  int64_t head_size = 0;
  Linear head = nullptr;
  ModuleList tail;

 private:
  Tensor cluster(size_t k, const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(AdaptiveLogSoftmaxWithLoss);

}  // namespace lampas::nn
