#include "lampas/nn/modules/embedding.h"

#include <ostream>

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/functional/embedding.h"
#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"

namespace lampas::nn {

namespace {

/// The padding row counted from the front; checks that it exists.
template <class Options>
void wrap_padding(const char* name, Options& o) {
  if (!o.padding_idx()) return;
  const int64_t rows = o.num_embeddings(), k = *o.padding_idx();
  check(k >= -rows && k < rows, name, ": Padding_idx must be within num_embeddings (", rows, "), got ", k);
  o.padding_idx(k < 0 ? k + rows : k);
}

/// The table of a new module; one that was given is handed over once, so that a clone makes its own.
template <class Options>
Tensor make_table(const char* name, Options& o) {
  check(o.num_embeddings() >= 0 && o.embedding_dim() >= 0, name, ": num_embeddings (", o.num_embeddings(),
        ") and embedding_dim (", o.embedding_dim(), ") must not be negative");
  Tensor given = o._weight();
  if (!given.defined()) return empty({o.num_embeddings(), o.embedding_dim()});
  check(given.sizes() == IntArrayRef({o.num_embeddings(), o.embedding_dim()}), name,
        ": Shape of _weight does not match num_embeddings and embedding_dim: got ", given.sizes(), ", expected [",
        o.num_embeddings(), ", ", o.embedding_dim(), "]");
  o._weight(Tensor());
  return given;
}

template <class Options>
void fill_table(const Tensor& weight, const Options& o) {
  init::normal_(weight);
  if (!o.padding_idx()) return;
  NoGradGuard off;
  weight.select(0, *o.padding_idx()).fill_(0);
}

template <class Options>
void print_norms(std::ostream& stream, const Options& o) {
  if (o.max_norm()) stream << ", max_norm=" << *o.max_norm();
  if (o.norm_type() != 2) stream << ", norm_type=" << o.norm_type();
  if (o.scale_grad_by_freq()) stream << ", scale_grad_by_freq=true";
  if (o.sparse()) stream << ", sparse=true";
}

void check_pretrained(const Tensor& embeddings) {
  check(embeddings.dim() == 2, "from_pretrained: Embeddings parameter is expected to be 2-dimensional, got ",
        embeddings.sizes());
}

}  // namespace

EmbeddingImpl::EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim)
    : EmbeddingImpl(EmbeddingOptions(num_embeddings, embedding_dim)) {}
EmbeddingImpl::EmbeddingImpl(const EmbeddingOptions& options_) : options(options_) { EmbeddingImpl::reset(); }
void EmbeddingImpl::reset() {
  wrap_padding("Embedding", options);
  const bool given = options._weight().defined();
  weight = register_parameter("weight", make_table("Embedding", options));
  if (!given) reset_parameters();
}
void EmbeddingImpl::reset_parameters() { fill_table(weight, options); }
void EmbeddingImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Embedding(num_embeddings=" << options.num_embeddings()
         << ", embedding_dim=" << options.embedding_dim();
  if (options.padding_idx()) stream << ", padding_idx=" << *options.padding_idx();
  print_norms(stream, options);
  stream << ')';
}
Tensor EmbeddingImpl::forward(const Tensor& indices) {
  return functional::embedding(indices, weight,
                               functional::EmbeddingFuncOptions()
                                   .padding_idx(options.padding_idx())
                                   .max_norm(options.max_norm())
                                   .norm_type(options.norm_type())
                                   .scale_grad_by_freq(options.scale_grad_by_freq())
                                   .sparse(options.sparse()));
}
Embedding Embedding::from_pretrained(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& o) {
  check_pretrained(embeddings);
  Embedding module(EmbeddingOptions(embeddings.size(0), embeddings.size(1))
                       ._weight(embeddings)
                       .padding_idx(o.padding_idx())
                       .max_norm(o.max_norm())
                       .norm_type(o.norm_type())
                       .scale_grad_by_freq(o.scale_grad_by_freq())
                       .sparse(o.sparse()));
  module->weight.set_requires_grad(!o.freeze());
  return module;
}

EmbeddingBagImpl::EmbeddingBagImpl(int64_t num_embeddings, int64_t embedding_dim)
    : EmbeddingBagImpl(EmbeddingBagOptions(num_embeddings, embedding_dim)) {}
EmbeddingBagImpl::EmbeddingBagImpl(const EmbeddingBagOptions& options_) : options(options_) {
  EmbeddingBagImpl::reset();
}
void EmbeddingBagImpl::reset() {
  wrap_padding("EmbeddingBag", options);
  const bool given = options._weight().defined();
  weight = register_parameter("weight", make_table("EmbeddingBag", options));
  if (!given) reset_parameters();
}
void EmbeddingBagImpl::reset_parameters() { fill_table(weight, options); }
void EmbeddingBagImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::EmbeddingBag(num_embeddings=" << options.num_embeddings()
         << ", embedding_dim=" << options.embedding_dim();
  print_norms(stream, options);
  if (!enumtype::holds_alternative<enumtype::kMean>(options.mode()))
    stream << ", mode=" << enumtype::get_enum_name(options.mode());
  if (options.include_last_offset()) stream << ", include_last_offset=true";
  if (options.padding_idx()) stream << ", padding_idx=" << *options.padding_idx();
  stream << ')';
}
Tensor EmbeddingBagImpl::forward(const Tensor& input, const Tensor& offsets, const Tensor& per_sample_weights) {
  return functional::embedding_bag(input, weight,
                                   functional::EmbeddingBagFuncOptions()
                                       .offsets(offsets)
                                       .max_norm(options.max_norm())
                                       .norm_type(options.norm_type())
                                       .scale_grad_by_freq(options.scale_grad_by_freq())
                                       .mode(options.mode())
                                       .sparse(options.sparse())
                                       .per_sample_weights(per_sample_weights)
                                       .include_last_offset(options.include_last_offset())
                                       .padding_idx(options.padding_idx()));
}
EmbeddingBag EmbeddingBag::from_pretrained(const Tensor& embeddings, const EmbeddingBagFromPretrainedOptions& o) {
  check_pretrained(embeddings);
  EmbeddingBag module(EmbeddingBagOptions(embeddings.size(0), embeddings.size(1))
                          ._weight(embeddings)
                          .max_norm(o.max_norm())
                          .norm_type(o.norm_type())
                          .scale_grad_by_freq(o.scale_grad_by_freq())
                          .mode(o.mode())
                          .sparse(o.sparse())
                          .include_last_offset(o.include_last_offset())
                          .padding_idx(o.padding_idx()));
  module->weight.set_requires_grad(!o.freeze());
  return module;
}

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(EmbeddingBagImpl, {1, AnyValue(Tensor())}, {2, AnyValue(Tensor())})

}  // namespace lampas::nn
