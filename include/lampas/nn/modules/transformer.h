#pragma once

#include "lampas/nn/modules/transformercoder.h"

namespace lampas::nn {

/// An encoder and a decoder, each with a final layer normalisation.
class LAMPAS_API TransformerImpl : public Cloneable<TransformerImpl> {
 public:
  TransformerImpl();
  explicit TransformerImpl(TransformerOptions options_);
  /// src (S, N, d_model) and tgt (T, N, d_model), without N, or with batch_first N first; masks as those of the layers.
  Tensor forward(const Tensor& src, const Tensor& tgt, const Tensor& src_mask = {}, const Tensor& tgt_mask = {},
                 const Tensor& memory_mask = {}, const Tensor& src_key_padding_mask = {},
                 const Tensor& tgt_key_padding_mask = {}, const Tensor& memory_key_padding_mask = {});
  void reset() override;
  /// Xavier-uniform matrices.
  void reset_parameters();
  /// (sz, sz) with -inf above the diagonal and 0 elsewhere: no position sees those after it.
  static Tensor generate_square_subsequent_mask(int64_t sz);

  TransformerOptions options;
  AnyModule encoder, decoder;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(Transformer);

}  // namespace lampas::nn
