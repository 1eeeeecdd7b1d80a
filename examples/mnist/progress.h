#pragma once

#include <chrono>
#include <cstdint>

/// Progress of one epoch: a bar that redraws itself on a terminal, a plain line every tenth of the way otherwise.
class Progress {
 public:
  Progress(int64_t epoch, int64_t epochs, int64_t images);
  void update(int64_t done, double loss, double accuracy);
  /// Ends the bar with a line of its own.
  void finish(double loss, double accuracy);
  double seconds() const;

 private:
  void print(double loss, double accuracy, bool last);
  int64_t epoch_, epochs_, images_, done_ = 0;
  int tenth_ = 0;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, drawn_;
};
