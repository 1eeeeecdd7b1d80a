#pragma once

#include <optional>
#include <tuple>

#include "lampas/tensor/tensor.h"

/// Sequences of different lengths in one tensor.
namespace lampas::nn::utils::rnn {

/// The permutation that undoes `permutation`; undefined for undefined.
LAMPAS_API Tensor invert_permutation(const Tensor& permutation);

/// Sequences packed for the recurrent layers: `data` holds, step after step, the rows of those sequences that reach the
/// step, longest sequence first; `batch_sizes[t]` is their number. `sorted_indices` says which of the caller's
/// sequences stands where, `unsorted_indices` is its inverse; undefined: they were in order. Made by the functions
/// below.
class LAMPAS_API PackedSequence {
 public:
  explicit PackedSequence(Tensor data, Tensor batch_sizes, Tensor sorted_indices = {}, Tensor unsorted_indices = {});

  const Tensor& data() const { return data_; }
  /// int64, on the CPU.
  const Tensor& batch_sizes() const { return batch_sizes_; }
  const Tensor& sorted_indices() const { return sorted_indices_; }
  const Tensor& unsorted_indices() const { return unsorted_indices_; }
  /// The data in another dtype or on another device.
  PackedSequence to(TensorOptions options) const;
  PackedSequence cuda() const { return to(kCUDA); }
  PackedSequence cpu() const { return to(kCPU); }
  bool is_cuda() const { return data_.is_cuda(); }
  bool is_pinned() const { return data_.is_pinned(); }
  PackedSequence pin_memory() const { return *this; }

 private:
  Tensor data_, batch_sizes_, sorted_indices_, unsorted_indices_;
};

/// Packs `input` (steps, batch, ...), or (batch, steps, ...) with batch_first, of any dtype. `lengths` (batch) must be
/// positive, at most `steps`, and in decreasing order unless enforce_sorted is false.
LAMPAS_API PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first = false,
                                               bool enforce_sorted = true);
/// The inverse: the padded sequences in the caller's order and their lengths. `total_length` asks for more steps than
/// the longest sequence has.
LAMPAS_API std::tuple<Tensor, Tensor> pad_packed_sequence(PackedSequence sequence, bool batch_first = false,
                                                          double padding_value = 0.0,
                                                          std::optional<int64_t> total_length = std::nullopt);
/// Stacks sequences (length, ...) of equal trailing sizes into (steps, batch, ...) or (batch, steps, ...).
LAMPAS_API Tensor pad_sequence(TensorList sequences, bool batch_first = false, double padding_value = 0);
/// Packs sequences (length, ...) of equal trailing sizes.
LAMPAS_API PackedSequence pack_sequence(TensorList sequences, bool enforce_sorted = true);

}  // namespace lampas::nn::utils::rnn
