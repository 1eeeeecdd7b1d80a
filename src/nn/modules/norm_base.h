#pragma once

// Definitions of NormImplBase, for the files that instantiate it.

#include <ostream>

#include "lampas/nn/init.h"
#include "lampas/nn/modules/batchnorm.h"
#include "lampas/ops/factories.h"

namespace lampas::nn {

template <size_t D, class Derived, class DerivedOptions>
NormImplBase<D, Derived, DerivedOptions>::NormImplBase(const DerivedOptions& options_) : options(options_) {
  NormImplBase::reset();
}

template <size_t D, class Derived, class DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::reset() {
  const int64_t c = options.num_features();
  check(c >= 0, "normalization layer: num_features must not be negative, got ", c);
  const bool affine = options.affine(), track = options.track_running_stats();
  weight = this->register_parameter("weight", affine ? empty(c) : Tensor(), affine);
  bias = this->register_parameter("bias", affine ? empty(c) : Tensor(), affine);
  running_mean = this->register_buffer("running_mean", track ? zeros(c) : Tensor());
  running_var = this->register_buffer("running_var", track ? ones(c) : Tensor());
  num_batches_tracked = this->register_buffer("num_batches_tracked", track ? zeros({}, kLong) : Tensor());
  reset_parameters();
}

template <size_t D, class Derived, class DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::reset_running_stats() {
  if (!options.track_running_stats()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

template <size_t D, class Derived, class DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::reset_parameters() {
  reset_running_stats();
  if (!options.affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

template <size_t D, class Derived, class DerivedOptions>
int64_t NormImplBase<D, Derived, DerivedOptions>::_version() const {
  return 2;
}

template <size_t D, class Derived, class DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::_load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                                                                     const StateDict::LocalMetadata& local_metadata,
                                                                     bool strict,
                                                                     std::vector<std::string>& missing_keys,
                                                                     std::vector<std::string>& unexpected_keys,
                                                                     std::vector<std::string>& error_msgs) {
  const int64_t* version = local_metadata.find("version");
  const std::string counter = prefix + "num_batches_tracked";
  if (options.track_running_stats() && (!version || *version < 2) && !state_dict.contains(counter))
    state_dict.insert(counter, zeros({}, kLong));
  Module::_load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs);
}

}  // namespace lampas::nn
