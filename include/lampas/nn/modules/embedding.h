#pragma once

#include <iosfwd>

#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/embedding.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// A table of rows looked up by index. weight (num_embeddings, embedding_dim) starts normal(0, 1), the padding row
/// zero.
class LAMPAS_API EmbeddingImpl : public Cloneable<EmbeddingImpl> {
 public:
  EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim);
  explicit EmbeddingImpl(const EmbeddingOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& indices);

  EmbeddingOptions options;
  Tensor weight;
};

class LAMPAS_API Embedding : public ModuleHolder<EmbeddingImpl> {
 public:
  using ModuleHolder<EmbeddingImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = EmbeddingImpl;

  /// A module over the given table (rows, dim), which it shares.
  static Embedding from_pretrained(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& options = {});
};

/// Sums, means or maxima of looked-up rows over bags, without the rows in between.
class LAMPAS_API EmbeddingBagImpl : public Cloneable<EmbeddingBagImpl> {
 public:
  EmbeddingBagImpl(int64_t num_embeddings, int64_t embedding_dim);
  explicit EmbeddingBagImpl(const EmbeddingBagOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  /// A 1-D input with offsets, or a 2-D input of bags of one length without.
  Tensor forward(const Tensor& input, const Tensor& offsets = {}, const Tensor& per_sample_weights = {});

  EmbeddingBagOptions options;
  Tensor weight;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};

class LAMPAS_API EmbeddingBag : public ModuleHolder<EmbeddingBagImpl> {
 public:
  using ModuleHolder<EmbeddingBagImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = EmbeddingBagImpl;

  /// A module over the given table (rows, dim), which it shares.
  static EmbeddingBag from_pretrained(const Tensor& embeddings, const EmbeddingBagFromPretrainedOptions& options = {});
};

extern template class Cloneable<EmbeddingImpl>;
extern template class Cloneable<EmbeddingBagImpl>;

}  // namespace lampas::nn
