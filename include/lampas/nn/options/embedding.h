#pragma once

#include <optional>
#include <variant>

#include "lampas/base/arg.h"
#include "lampas/nn/enum.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct EmbeddingOptions {
  EmbeddingOptions(int64_t num_embeddings, int64_t embedding_dim)
      : num_embeddings_(num_embeddings), embedding_dim_(embedding_dim) {}
  /// Rows of the table.
  LAMPAS_ARG(int64_t, num_embeddings);
  /// Size of a row.
  LAMPAS_ARG(int64_t, embedding_dim);
  /// A row that starts at zero and receives no gradient; negative counts from the end.
  LAMPAS_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
  /// Rows looked up with a larger norm are rescaled in place to this one.
  LAMPAS_ARG(std::optional<double>, max_norm) = std::nullopt;
  /// The p of that norm.
  LAMPAS_ARG(double, norm_type) = 2.;
  /// Whether a row's gradient is divided by its number of occurrences in the input.
  LAMPAS_ARG(bool, scale_grad_by_freq) = false;
  /// Whether the gradient of the table is sparse.
  LAMPAS_ARG(bool, sparse) = false;
  /// The table to start from, in place of random numbers.
  LAMPAS_LAZY_ARG(Tensor, _weight) = Tensor();
};

struct EmbeddingFromPretrainedOptions {
  /// Whether the table takes no gradient.
  LAMPAS_ARG(bool, freeze) = true;
  LAMPAS_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
  LAMPAS_ARG(std::optional<double>, max_norm) = std::nullopt;
  LAMPAS_ARG(double, norm_type) = 2.;
  LAMPAS_ARG(bool, scale_grad_by_freq) = false;
  LAMPAS_ARG(bool, sparse) = false;
};

using EmbeddingBagMode = enumtype::OneOf<enumtype::kSum, enumtype::kMean, enumtype::kMax>;

struct EmbeddingBagOptions {
  EmbeddingBagOptions(int64_t num_embeddings, int64_t embedding_dim)
      : num_embeddings_(num_embeddings), embedding_dim_(embedding_dim) {}
  /// Rows of the table.
  LAMPAS_ARG(int64_t, num_embeddings);
  /// Size of a row.
  LAMPAS_ARG(int64_t, embedding_dim);
  /// Rows looked up with a larger norm are rescaled in place to this one.
  LAMPAS_ARG(std::optional<double>, max_norm) = std::nullopt;
  /// The p of that norm.
  LAMPAS_ARG(double, norm_type) = 2.;
  /// Whether a row's gradient is divided by its number of occurrences in the input. Not for kMax.
  LAMPAS_ARG(bool, scale_grad_by_freq) = false;
  /// What becomes of the rows of a bag.
  LAMPAS_ARG(EmbeddingBagMode, mode) = kMean;
  /// Whether the gradient of the table is sparse. Not for kMax.
  LAMPAS_ARG(bool, sparse) = false;
  /// The table to start from, in place of random numbers.
  LAMPAS_LAZY_ARG(Tensor, _weight) = Tensor();
  /// Whether the offsets have one more entry: the end of the last bag.
  LAMPAS_ARG(bool, include_last_offset) = false;
  /// Entries equal to this do not count; negative counts from the end.
  LAMPAS_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
};

struct EmbeddingBagFromPretrainedOptions {
  /// Whether the table takes no gradient.
  LAMPAS_ARG(bool, freeze) = true;
  LAMPAS_ARG(std::optional<double>, max_norm) = std::nullopt;
  LAMPAS_ARG(double, norm_type) = 2.;
  LAMPAS_ARG(bool, scale_grad_by_freq) = false;
  LAMPAS_ARG(EmbeddingBagMode, mode) = kMean;
  LAMPAS_ARG(bool, sparse) = false;
  LAMPAS_ARG(bool, include_last_offset) = false;
  LAMPAS_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
};

namespace functional {
struct EmbeddingFuncOptions {
  /// A row that receives no gradient; negative counts from the end.
  LAMPAS_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
  LAMPAS_ARG(std::optional<double>, max_norm) = std::nullopt;
  LAMPAS_ARG(double, norm_type) = 2.;
  LAMPAS_ARG(bool, scale_grad_by_freq) = false;
  LAMPAS_ARG(bool, sparse) = false;
};

struct EmbeddingBagFuncOptions {
  /// Where each bag of a 1-D input begins.
  LAMPAS_LAZY_ARG(Tensor, offsets) = Tensor();
  LAMPAS_ARG(std::optional<double>, max_norm) = std::nullopt;
  LAMPAS_ARG(double, norm_type) = 2.;
  LAMPAS_ARG(bool, scale_grad_by_freq) = false;
  LAMPAS_ARG(EmbeddingBagMode, mode) = kMean;
  LAMPAS_ARG(bool, sparse) = false;
  /// Factors of the rows, of the input's shape. Only for kSum.
  LAMPAS_LAZY_ARG(Tensor, per_sample_weights) = Tensor();
  LAMPAS_ARG(bool, include_last_offset) = false;
  LAMPAS_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
};
}  // namespace functional

}  // namespace lampas::nn
