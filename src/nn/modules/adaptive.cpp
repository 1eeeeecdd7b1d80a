#include "lampas/nn/modules/adaptive.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "lampas/nn/sequential.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/softmax.h"

namespace lampas::nn {

AdaptiveLogSoftmaxWithLossImpl::AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions options_)
    : options(std::move(options_)) {
  AdaptiveLogSoftmaxWithLossImpl::reset();
}

void AdaptiveLogSoftmaxWithLossImpl::reset() {
  const auto& cuts = options.cutoffs();
  bool fine = !cuts.empty() && cuts.front() >= 1 && cuts.back() <= options.n_classes() - 1;
  for (size_t k = 1; k < cuts.size(); ++k) fine = fine && cuts[k - 1] < cuts[k];
  check(fine,
        "AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of unique, positive integers sorted in an increasing "
        "order, where each value is between 1 and n_classes-1; got ",
        IntArrayRef(cuts), " for n_classes ", options.n_classes());
  cutoffs = cuts;
  cutoffs.push_back(options.n_classes());
  shortlist_size = cutoffs[0];
  n_clusters = static_cast<int64_t>(cutoffs.size()) - 1;
  head_size = shortlist_size + n_clusters;
  std::vector<int64_t> widths;
  for (int64_t k = 0; k < n_clusters; ++k) {
    widths.push_back(static_cast<int64_t>(static_cast<double>(options.in_features()) /
                                          std::pow(options.div_value(), static_cast<double>(k + 1))));
    check(widths.back() > 0, "AdaptiveLogSoftmaxWithLoss: cluster ", k,
          " would have a projection of no features: ", "in_features ", options.in_features(), " / div_value ",
          options.div_value(), " ^ ", k + 1, " is below 1; use fewer cutoffs or a smaller div_value");
  }
  head = register_module("head", Linear(LinearOptions(options.in_features(), head_size).bias(options.head_bias())));
  tail = ModuleList();
  for (int64_t k = 0; k < n_clusters; ++k) {
    const int64_t width = widths[static_cast<size_t>(k)];
    const int64_t classes = cutoffs[static_cast<size_t>(k) + 1] - cutoffs[static_cast<size_t>(k)];
    // One after the other, so that the random numbers come in PyTorch's order.
    Linear narrow(LinearOptions(options.in_features(), width).bias(false));
    Linear wide(LinearOptions(width, classes).bias(false));
    tail->push_back(Sequential(narrow, wide));
  }
  tail = register_module("tail", tail);
}

void AdaptiveLogSoftmaxWithLossImpl::reset_parameters() {
  head->reset_parameters();
  for (const auto& part : tail->modules(/*include_self=*/false))
    if (auto* linear = part->as<LinearImpl>()) linear->reset_parameters();
}

void AdaptiveLogSoftmaxWithLossImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::AdaptiveLogSoftmaxWithLoss";
}

Tensor AdaptiveLogSoftmaxWithLossImpl::cluster(size_t k, const Tensor& input) {
  return log_softmax(tail[k]->as<Sequential>()->forward(input), 1);
}

ASMoutput AdaptiveLogSoftmaxWithLossImpl::forward(const Tensor& input_, const Tensor& target_) {
  constexpr const char* op = "AdaptiveLogSoftmaxWithLoss";
  check(input_.defined() && target_.defined(), op, ": ", input_.defined() ? "target" : "input", " is undefined");
  const bool single = input_.dim() == 1 && target_.dim() == 0;
  const Tensor input = single ? input_.unsqueeze(0) : input_, target = single ? target_.unsqueeze(0) : target_;
  check(input.dim() == 2 && input.size(1) == options.in_features(), op, ": expected 2D input (N, ",
        options.in_features(), "), got ", input_.sizes());
  check(target.dim() == 1, op, ": expected 1D target (N), got ", target_.sizes());
  check(input.size(0) == target.size(0), op,
        ": Input and target should have the same size in the batch dimension, got input ", input_.sizes(),
        " and target ", target_.sizes());
  check(is_integral(target.scalar_type(), false), op, ": expected integral target, got ", target.scalar_type());
  const Tensor t = target.to(kLong).contiguous();
  const int64_t n = t.numel();
  const auto* classes = t.const_data_ptr<int64_t>();
  if (n) {
    const auto [low, high] = std::minmax_element(classes, classes + n);
    check(*low >= 0 && *high < options.n_classes(), op, ": Target values should be in [0, ", options.n_classes() - 1,
          "], but values in range [", *low, ", ", *high, "] were found. ");
  }
  // The head's column of each row, and which rows each cluster has.
  const Tensor columns = empty({n}, kLong);
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(n_clusters)), labels(rows.size());
  for (int64_t i = 0; i < n; ++i) {
    int64_t column = classes[i];
    if (column >= shortlist_size) {
      const auto next = std::upper_bound(cutoffs.begin(), cutoffs.end(), column);
      const auto k = static_cast<size_t>(next - cutoffs.begin()) - 1;
      rows[k].push_back(i);
      labels[k].push_back(column - cutoffs[k]);
      column = shortlist_size + static_cast<int64_t>(k);
    }
    columns.data_ptr<int64_t>()[i] = column;
  }
  const auto indices = [](const std::vector<int64_t>& v) { return lampas::tensor(v); };
  Tensor output = log_softmax(head(input), 1).gather(1, columns.unsqueeze(1)).squeeze(1);
  for (size_t k = 0; k < rows.size(); ++k) {
    if (rows[k].empty()) continue;
    const Tensor at = indices(rows[k]);
    const Tensor part = cluster(k, input.index_select(0, at)).gather(1, indices(labels[k]).unsqueeze(1)).squeeze(1);
    output = output.index_add(0, at, part);
  }
  const Tensor loss = output.mean().neg();
  return {single ? output.squeeze(0) : output, loss};
}

Tensor AdaptiveLogSoftmaxWithLossImpl::_get_full_log_prob(const Tensor& input, const Tensor& head_output) {
  const Tensor scores = log_softmax(head_output, 1);
  std::vector<Tensor> parts{scores.narrow(1, 0, shortlist_size)};
  for (int64_t k = 0; k < n_clusters; ++k)
    parts.push_back(cluster(static_cast<size_t>(k), input).add(scores.narrow(1, shortlist_size + k, 1)));
  return cat(parts, 1);
}

Tensor AdaptiveLogSoftmaxWithLossImpl::log_prob(const Tensor& input) {
  check(input.defined() && input.dim() == 2, "AdaptiveLogSoftmaxWithLoss: log_prob expects 2D input (N, ",
        options.in_features(), "), got ", input.defined() ? input.sizes() : IntArrayRef());
  return _get_full_log_prob(input, head(input));
}

Tensor AdaptiveLogSoftmaxWithLossImpl::predict(const Tensor& input_) {
  check(input_.defined() && (input_.dim() == 2 || input_.dim() == 1),
        "AdaptiveLogSoftmaxWithLoss: predict expects 2D input (N, ", options.in_features(), "), got ",
        input_.defined() ? input_.sizes() : IntArrayRef());
  const Tensor input = input_.dim() == 1 ? input_.unsqueeze(0) : input_;
  const Tensor scores = head(input).detach();
  Tensor best = scores.argmax(1);
  // A cluster's classes are no more probable than the cluster: only where one wins, it has to be looked into.
  const Tensor open = best.ge(shortlist_size).nonzero().squeeze(1);
  if (open.numel()) {
    const Tensor full = _get_full_log_prob(input.detach().index_select(0, open), scores.index_select(0, open));
    best = best.index_copy(0, open, full.argmax(1));
  }
  return input_.dim() == 1 ? best.squeeze(0) : best;
}

}  // namespace lampas::nn
