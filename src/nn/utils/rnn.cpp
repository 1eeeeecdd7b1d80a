#include "lampas/nn/utils/rnn.h"

#include <algorithm>
#include <numeric>

#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/shape.h"

namespace lampas::nn::utils::rnn {

namespace {

std::vector<int64_t> values_of(const char* op, const char* argument, const Tensor& t) {
  check(t.defined() && t.dim() == 1, op, ": expected '", argument, "' to be a vector, got ", t);
  check(t.is_cpu(), op, ": '", argument, "' should be on the CPU, got one on ", t.device());
  check(!is_floating_point(t.scalar_type()) && !is_complex(t.scalar_type()) && t.scalar_type() != kBool, op,
        ": expected '", argument, "' to hold integers, got ", t.scalar_type());
  const Tensor dense = t.detach().to(kLong).contiguous();
  const int64_t* p = dense.data_ptr<int64_t>();
  return {p, p + dense.numel()};
}
Tensor as_tensor(const std::vector<int64_t>& v) {
  Tensor t = empty({static_cast<int64_t>(v.size())}, kLong);
  std::copy(v.begin(), v.end(), t.data_ptr<int64_t>());
  return t;
}

/// batch_sizes of a sequence that nobody may have built by hand, checked all the same.
std::vector<int64_t> checked_batch_sizes(const char* op, const PackedSequence& s) {
  std::vector<int64_t> sizes = values_of(op, "batch_sizes", s.batch_sizes());
  check(!sizes.empty(), op, ": the packed sequence has no steps");
  int64_t rows = 0;
  for (size_t t = 0; t < sizes.size(); ++t) {
    check(sizes[t] > 0 && (t == 0 || sizes[t] <= sizes[t - 1]), op,
          ": expected batch_sizes to be positive and not to increase, got ", sizes[t], " for step ", t);
    rows += sizes[t];
  }
  check(s.data().defined() && s.data().dim() >= 1 && s.data().size(0) == rows, op, ": batch_sizes add up to ", rows,
        " rows but the packed data is ", s.data());
  return sizes;
}

/// Where every row of the packed data lies among steps * batch rows; `order` as sorted_indices.
std::vector<int64_t> rows_of(const std::vector<int64_t>& batch_sizes, const std::vector<int64_t>& order,
                             int64_t batch) {
  std::vector<int64_t> rows;
  for (size_t t = 0; t < batch_sizes.size(); ++t)
    for (int64_t b = 0; b < batch_sizes[t]; ++b) rows.push_back(static_cast<int64_t>(t) * batch + order[b]);
  return rows;
}

std::vector<int64_t> inverse(const char* op, const std::vector<int64_t>& p) {
  std::vector<int64_t> q(p.size(), -1);
  for (size_t k = 0; k < p.size(); ++k) {
    check(p[k] >= 0 && p[k] < static_cast<int64_t>(p.size()) && q[p[k]] < 0, op, ": expected a permutation of 0 to ",
          p.size() - 1, ", got ", p[k], " at position ", k);
    q[p[k]] = static_cast<int64_t>(k);
  }
  return q;
}

}  // namespace

Tensor invert_permutation(const Tensor& permutation) {
  if (!permutation.defined()) return {};
  return as_tensor(inverse("invert_permutation", values_of("invert_permutation", "permutation", permutation)));
}

PackedSequence::PackedSequence(Tensor data, Tensor batch_sizes, Tensor sorted_indices, Tensor unsorted_indices)
    : data_(std::move(data)),
      batch_sizes_(std::move(batch_sizes)),
      sorted_indices_(std::move(sorted_indices)),
      unsorted_indices_(std::move(unsorted_indices)) {
  check(batch_sizes_.device().is_cpu(), "PackedSequence: batch_sizes should always be on CPU, got ",
        batch_sizes_.device(), "; use pack_sequence or pack_padded_sequence to make one");
  if (!unsorted_indices_.defined()) unsorted_indices_ = invert_permutation(sorted_indices_);
}

PackedSequence PackedSequence::to(TensorOptions options) const {
  Tensor data = data_.to(options);
  if (data.is_same(data_)) return *this;
  const auto moved = [&](const Tensor& t) {
    return t.defined() ? t.to(TensorOptions(kLong).device(data.device())) : t;
  };
  return PackedSequence(data, batch_sizes_, moved(sorted_indices_), moved(unsorted_indices_));
}

PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first, bool enforce_sorted) {
  const char* op = "pack_padded_sequence";
  check(input.defined() && input.dim() >= 2, op, ": expected an input of at least 2 dimensions, got ", input);
  const int64_t steps = input.size(batch_first ? 1 : 0), batch = input.size(batch_first ? 0 : 1);
  check(batch > 0 && input.numel() > 0, op, ": cannot pack an empty tensor of ", input.sizes());
  std::vector<int64_t> n = values_of(op, "lengths", lengths);
  check(static_cast<int64_t>(n.size()) == batch, op, ": expected 'lengths' to hold one length for each of the ", batch,
        " sequences of the batch, got ", n.size());
  for (size_t b = 0; b < n.size(); ++b) {
    check(n[b] > 0, op, ": the length of every sequence has to be greater than 0, but got ", n[b], " for sequence ", b);
    check(n[b] <= steps, op, ": sequence ", b, " has length ", n[b], " but the input only ", steps, " steps");
  }
  std::vector<int64_t> order(n.size());
  std::iota(order.begin(), order.end(), 0);
  if (enforce_sorted) {
    for (size_t b = 1; b < n.size(); ++b)
      check(n[b] <= n[b - 1], op, ": 'lengths' must be sorted in decreasing order when enforce_sorted is true, got ",
            n[b], " after ", n[b - 1], ". You can pass `enforce_sorted=False` to have them sorted");
  } else {
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return n[a] > n[b]; });
  }
  std::vector<int64_t> batch_sizes(static_cast<size_t>(n[order[0]]));
  for (const int64_t length : n)
    for (int64_t t = 0; t < length; ++t) ++batch_sizes[t];
  Shape sizes(input.sizes().slice(2));
  sizes.insert(0, steps * batch);
  const Tensor rows = (batch_first ? input.transpose(0, 1) : input).reshape(sizes);
  const Tensor data = n[order.back()] == steps && enforce_sorted
                          ? rows
                          : rows.index_select(0, as_tensor(rows_of(batch_sizes, order, batch)));
  return PackedSequence(data, as_tensor(batch_sizes), enforce_sorted ? Tensor() : as_tensor(order));
}

std::tuple<Tensor, Tensor> pad_packed_sequence(PackedSequence sequence, bool batch_first, double padding_value,
                                               std::optional<int64_t> total_length) {
  const char* op = "pad_packed_sequence";
  const std::vector<int64_t> batch_sizes = checked_batch_sizes(op, sequence);
  const int64_t longest = static_cast<int64_t>(batch_sizes.size()), batch = batch_sizes[0];
  const int64_t steps = total_length.value_or(longest);
  check(steps >= longest, op,
        ": Expected total_length to be at least the length of the longest sequence in input, but got total_length=",
        steps, " and max sequence length being ", longest);
  std::vector<int64_t> order(static_cast<size_t>(batch));
  std::iota(order.begin(), order.end(), 0);
  if (sequence.unsorted_indices().defined()) {
    const auto unsorted = values_of(op, "unsorted_indices", sequence.unsorted_indices());
    check(static_cast<int64_t>(unsorted.size()) == batch, op, ": expected ", batch, " unsorted_indices, got ",
          unsorted.size());
    order = inverse(op, unsorted);
  }
  std::vector<int64_t> lengths(static_cast<size_t>(batch));
  for (const int64_t n : batch_sizes)
    for (int64_t b = 0; b < n; ++b) ++lengths[order[b]];
  const Tensor& data = sequence.data();
  Shape sizes(data.sizes());
  sizes[0] = steps * batch;
  Tensor padded =
      full(sizes, data.scalar_type() == kBool ? Scalar(padding_value != 0) : Scalar(padding_value), data.options())
          .index_copy(0, as_tensor(rows_of(batch_sizes, order, batch)), data);
  Shape unpacked(data.sizes().slice(1));
  unpacked.insert(0, batch);
  unpacked.insert(0, steps);
  padded = padded.view(unpacked);
  return {batch_first ? padded.transpose(0, 1) : padded, as_tensor(lengths)};
}

Tensor pad_sequence(TensorList sequences, bool batch_first, double padding_value) {
  const char* op = "pad_sequence";
  check(!sequences.empty(), op, ": received an empty list of sequences");
  int64_t longest = 0;
  for (size_t k = 0; k < sequences.size(); ++k) {
    const Tensor &s = sequences[k], &first = sequences[0];
    check(s.defined() && s.dim() >= 1, op, ": expected sequences of at least one dimension, got ", s, " as number ", k);
    check(s.dim() == first.dim() && s.sizes().slice(1) == first.sizes().slice(1), op,
          ": expected sequences of equal trailing sizes, got ", first.sizes(), " and ", s.sizes());
    check(s.scalar_type() == first.scalar_type(), op, ": expected sequences of one dtype, got ", first.scalar_type(),
          " and ", s.scalar_type());
    longest = std::max(longest, s.size(0));
  }
  std::vector<Tensor> padded;
  for (const Tensor& s : sequences) {
    Shape rest(s.sizes());
    rest[0] = longest - s.size(0);
    padded.push_back(rest[0] == 0 ? s : cat({s, full(rest, padding_value, s.options())}));
  }
  return stack(padded, batch_first ? 0 : 1);
}

PackedSequence pack_sequence(TensorList sequences, bool enforce_sorted) {
  check(!sequences.empty(), "pack_sequence: received an empty list of sequences");
  std::vector<int64_t> lengths;
  for (const Tensor& s : sequences) {
    check(s.defined() && s.dim() >= 1, "pack_sequence: expected sequences of at least one dimension, got ", s);
    lengths.push_back(s.size(0));
  }
  return pack_padded_sequence(pad_sequence(sequences), as_tensor(lengths), false, enforce_sorted);
}

}  // namespace lampas::nn::utils::rnn
