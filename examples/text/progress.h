#pragma once

#include <chrono>
#include <cstdint>

/// Progress of one epoch: a bar that redraws itself on a terminal, a plain line every tenth of the way otherwise.
class Progress {
 public:
  Progress(int64_t epoch, int64_t epochs, int64_t steps, int64_t characters_per_step);
  /// `loss`: the mean so far, nats per character.
  void update(int64_t done, double loss);
  /// Ends the bar with a line of its own.
  void finish(double loss);
  double seconds() const;

 private:
  void print(double loss, bool last);
  int64_t epoch_, epochs_, steps_, characters_, done_ = 0;
  int tenth_ = 0;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, drawn_;
};
