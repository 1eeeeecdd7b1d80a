#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

using Clock = std::chrono::steady_clock;

Progress::Progress(int64_t epoch, int64_t epochs, int64_t images)
    : epoch_(epoch),
      epochs_(epochs),
      images_(images),
      terminal_(::isatty(STDOUT_FILENO) != 0),
      start_(Clock::now()),
      drawn_(start_) {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void Progress::print(double loss, double accuracy, bool last) {
  constexpr int kWidth = 28;
  const double part = static_cast<double>(done_) / static_cast<double>(images_), t = seconds();
  const double rate = t > 0 ? static_cast<double>(done_) / t : 0,
               left = rate > 0 ? static_cast<double>(images_ - done_) / rate : 0;
  const int filled = static_cast<int>(part * kWidth);
  const std::string bar = std::string(static_cast<size_t>(filled), '=') + (filled < kWidth ? ">" : "") +
                          std::string(static_cast<size_t>(std::max(0, kWidth - filled - 1)), ' ');
  std::printf("%sepoch %lld/%lld [%s] %3d%%  loss %.4f  accuracy %.2f%%  %.0f images/s  %d:%02d left%s",
              terminal_ ? "\r" : "", static_cast<long long>(epoch_), static_cast<long long>(epochs_), bar.c_str(),
              static_cast<int>(part * 100), loss, 100 * accuracy, rate, static_cast<int>(left) / 60,
              static_cast<int>(left) % 60, terminal_ && !last ? "  " : "\n");
  std::fflush(stdout);
}

void Progress::update(int64_t done, double loss, double accuracy) {
  done_ = done;
  if (terminal_) {
    if (Clock::now() - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = Clock::now();
    print(loss, accuracy, false);
    return;
  }
  const int tenth = static_cast<int>(10 * done / images_);
  if (tenth == tenth_ || tenth == 10) return;
  tenth_ = tenth;
  print(loss, accuracy, false);
}

void Progress::finish(double loss, double accuracy) {
  done_ = images_;
  print(loss, accuracy, true);
}
