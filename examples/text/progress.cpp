#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

using Clock = std::chrono::steady_clock;

Progress::Progress(int64_t epoch, int64_t epochs, int64_t steps, int64_t characters_per_step)
    : epoch_(epoch),
      epochs_(epochs),
      steps_(steps),
      characters_(characters_per_step),
      terminal_(::isatty(STDOUT_FILENO) != 0),
      start_(Clock::now()),
      drawn_(start_) {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::print(double loss, bool last) {
  constexpr int kWidth = 28;
  const double part = static_cast<double>(done_) / static_cast<double>(steps_), t = seconds();
  const double rate = t > 0 ? static_cast<double>(done_) / t : 0,
               left = rate > 0 ? static_cast<double>(steps_ - done_) / rate : 0;
  const int filled = static_cast<int>(part * kWidth);
  const std::string bar = std::string(static_cast<size_t>(filled), '=') + (filled < kWidth ? ">" : "") +
                          std::string(static_cast<size_t>(std::max(0, kWidth - filled - 1)), ' ');
  std::printf("%sepoch %lld/%lld [%s] %3d%%  loss %.4f  perplexity %.3f  %.0f characters/s  %d:%02d left%s",
              terminal_ ? "\r" : "", static_cast<long long>(epoch_), static_cast<long long>(epochs_), bar.c_str(),
              static_cast<int>(part * 100), loss, std::exp(loss), rate * static_cast<double>(characters_),
              static_cast<int>(left) / 60, static_cast<int>(left) % 60, terminal_ && !last ? "  " : "\n");
  std::fflush(stdout);
}

void Progress::update(int64_t done, double loss) {
  done_ = done;
  if (terminal_) {
    if (Clock::now() - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = Clock::now();
    print(loss, false);
    return;
  }
  const int tenth = static_cast<int>(10 * done / steps_);
  if (tenth == tenth_ || tenth == 10) return;
  tenth_ = tenth;
  print(loss, false);
}

void Progress::finish(double loss) {
  done_ = steps_;
  print(loss, true);
}
