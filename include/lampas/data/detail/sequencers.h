#pragma once

#include <functional>
#include <optional>
#include <vector>

namespace lampas::data::detail::sequencers {

/// Says in which order results are given on.
template <class Result>
struct Sequencer {
  using ResultProducer = std::function<std::optional<Result>()>;
  virtual ~Sequencer() = default;
  virtual std::optional<Result> next(ResultProducer next_result) = 0;
};

/// As they come.
template <class Result>
struct NoSequencer final : Sequencer<Result> {
  using typename Sequencer<Result>::ResultProducer;
  std::optional<Result> next(ResultProducer next_result) override { return next_result(); }
};

/// By `sequence_number`, from 0. At most `max_jobs` results may be ahead of the one awaited.
template <class Result>
struct OrderedSequencer : Sequencer<Result> {
  using typename Sequencer<Result>::ResultProducer;
  explicit OrderedSequencer(size_t max_jobs) : buffer_(max_jobs) {}
  std::optional<Result> next(ResultProducer next_result) override {
    std::optional<Result>& wanted = buffer(next_sequence_number_);
    while (!wanted) {
      std::optional<Result> result = next_result();
      if (!result) return std::nullopt;
      std::optional<Result>& place = buffer(result->sequence_number);
      place = std::move(result);
    }
    std::optional<Result> r = std::move(wanted);
    wanted.reset();
    ++next_sequence_number_;
    return r;
  }
  std::optional<Result>& buffer(size_t index) { return buffer_.at(index % buffer_.size()); }

  size_t next_sequence_number_ = 0;
  std::vector<std::optional<Result>> buffer_;
};

}  // namespace lampas::data::detail::sequencers
