#include "lampas/nn/functional/embedding.h"

#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"
#include "ops/defined.h"
#include "ops/embedding_op.h"

namespace lampas::nn::functional {

namespace {
template <class Options>
std::optional<lampas::detail::NormLimit> limit_of(const Options& o) {
  if (!o.max_norm()) return {};
  return lampas::detail::NormLimit{*o.max_norm(), o.norm_type()};
}
}  // namespace

Tensor embedding(const Tensor& input, const Tensor& weight, const EmbeddingFuncOptions& o) {
  int64_t padding = -1;
  if (o.padding_idx()) {
    const int64_t rows = weight.size(0);
    check(*o.padding_idx() >= -rows && *o.padding_idx() < rows,
          "embedding: Padding_idx must be within num_embeddings (", rows, "), got ", *o.padding_idx());
    padding = *o.padding_idx() < 0 ? *o.padding_idx() + rows : *o.padding_idx();
  }
  return lampas::detail::embedding(weight, input, padding, o.scale_grad_by_freq(), o.sparse(), limit_of(o));
}

Tensor embedding_bag(const Tensor& input, const Tensor& weight, const EmbeddingBagFuncOptions& o) {
  constexpr auto op = "embedding_bag";
  check_defined(op, input);
  check_defined(op, weight, "weight");
  Tensor indices = input, offsets = o.offsets(), factors = o.per_sample_weights();
  check(!factors.defined() || factors.sizes() == input.sizes(), op, ": If per_sample_weights (",
        factors.defined() ? factors.sizes() : IntArrayRef(),
        ") is not null, then it must have the same shape as the input (", input.sizes(), ")");
  if (input.dim() == 2) {
    check(!offsets.defined(), op,
          ": If input is 2D, then offsets has to be null, as input is treated is a mini-batch of fixed length "
          "sequences. However, found offsets of type Tensor");
    const int64_t bags = input.size(0) + (o.include_last_offset() ? 1 : 0), length = input.size(1);
    offsets = empty({bags}, kLong);
    for (int64_t b = 0; b < bags; ++b) offsets.data_ptr<int64_t>()[b] = b * length;
    indices = input.reshape({-1});
    if (input.numel() == 0) indices = input.reshape({0});
    if (factors.defined()) factors = factors.reshape({factors.numel()});
  } else {
    check(input.dim() == 1, op, ": input has to be 1D or 2D Tensor, but got Tensor of dimension ", input.dim());
    check(offsets.defined(), op, ": offsets has to be a 1D Tensor but got null");
    check(offsets.dim() == 1, op, ": offsets has to be a 1D Tensor, but got Tensor of dimension ", offsets.dim());
  }
  const int64_t mode = enumtype::holds_alternative<enumtype::kSum>(o.mode())    ? 0
                       : enumtype::holds_alternative<enumtype::kMean>(o.mode()) ? 1
                                                                                : 2;
  check(mode != 2 || !o.scale_grad_by_freq(), op, ": max mode does not support scaling the gradient by the frequency");
  check(mode != 2 || !o.sparse(), op, ": max mode does not support sparse weights");
  check(!factors.defined() || mode == 0, op,
        ": per_sample_weights was not null. per_sample_weights is only supported for mode='kSum' (got mode='",
        enumtype::get_enum_name(o.mode()), "')");
  return std::get<0>(lampas::detail::embedding_bag(weight, indices, offsets, o.scale_grad_by_freq(), mode, o.sparse(),
                                                   factors, o.include_last_offset(), o.padding_idx(), limit_of(o)));
}

}  // namespace lampas::nn::functional
