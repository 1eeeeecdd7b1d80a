#include "harness.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <iostream>
#include <regex>

namespace bench {
namespace {

clockid_t clock_id = CLOCK_MONOTONIC;

struct Timing {
  double median, min;
};

/// A prepared row: inputs made, caches warm, and a batch long enough for the clock.
class Prepared {
 public:
  Prepared(const Row& row, double batch_ms) : row_(row), loop_(row.setup()) {
    loop_(1);
    double t = loop_(1);
    while (t < batch_ms * 1e6 && n_ < (int64_t{1} << 40)) {
      const double grow = t > 0 ? 1.2 * batch_ms * 1e6 / t : 100;
      n_ = std::max(n_ + 1, static_cast<int64_t>(static_cast<double>(n_) * std::min(grow, 100.0)));
      t = loop_(n_);
    }
  }
  /// Batches for about `ms` milliseconds, at least one.
  Timing measure(double ms) {
    std::vector<double> times;
    for (double spent = 0; times.empty() || spent < ms * 1e6;) {
      const double t = loop_(n_);
      spent += t;
      times.push_back(t / static_cast<double>(n_) / row_.work.calls);
    }
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times[0]};
  }

 private:
  const Row& row_;
  Loop loop_;
  int64_t n_ = 1;
};

void print(const Row& row, const Timing& t) {
  std::printf("{\"name\": \"%s\", \"ns\": %.4g, \"min_ns\": %.4g, \"flops\": %.6g, \"bytes\": %.6g}\n",
              row.name.c_str(), t.median, t.min, row.work.flops, row.work.bytes);
  std::fflush(stdout);
}

/// Answers requests "NAME MILLISECONDS" from standard input, one line each. A row stays prepared until another one is
/// asked for, so that a comparer can go back and forth between two programs without paying start-up or setup again.
int serve(double batch_ms) {
  const Row* current = nullptr;
  std::vector<Prepared> prepared;
  std::string line;
  while (std::getline(std::cin, line)) {
    const size_t space = line.rfind(' ');
    if (space == std::string::npos) continue;
    const std::string name = line.substr(0, space);
    const double ms = std::atof(line.c_str() + space + 1);
    auto it = std::find_if(rows().begin(), rows().end(), [&](const Row& r) { return r.name == name; });
    if (it == rows().end()) {
      std::printf("{\"name\": \"%s\", \"error\": \"no such row\"}\n", name.c_str());
      std::fflush(stdout);
      continue;
    }
    try {
      if (current != &*it) {
        prepared.clear();
        current = nullptr;
        prepared.emplace_back(*it, batch_ms);
        current = &*it;
      }
      print(*it, prepared.back().measure(ms));
    } catch (const std::exception& e) {
      std::string what = e.what();
      what = what.substr(0, what.find('\n'));
      for (char& c : what)
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 32) c = ' ';
      std::printf("{\"name\": \"%s\", \"error\": \"%s\"}\n", name.c_str(), what.c_str());
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace

double now() {
  timespec t;
  clock_gettime(clock_id, &t);
  return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

int run_main(int argc, char** argv, const char* library, void (*set_threads)(int)) {
  std::string only = ".";
  double ms = 100, batch_ms = 1;
  bool list = false, serving = false;
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (a == "--list") {
      list = true;
    } else if (a == "--version") {
      std::printf("%s\n", library);
      return 0;
    } else if (a == "--serve") {
      serving = true;
    } else if (a == "--only" && value) {
      only = argv[++i];
    } else if (a == "--ms" && value) {
      ms = std::atof(argv[++i]);
    } else if (a == "--clock" && value && (std::string(value) == "wall" || std::string(value) == "cpu")) {
      clock_id = std::string(argv[++i]) == "cpu" ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    } else if (a == "--threads" && value) {
      set_threads(std::atoi(argv[++i]));
    } else {
      std::fprintf(
          stderr,
          "usage: %s [--only REGEX] [--threads N] [--ms MILLISECONDS] [--clock wall|cpu] [--list | --serve]\n%s\n",
          argv[0], library);
      return 2;
    }
  }
  if (serving) return serve(batch_ms);
  const std::regex wanted(only);
  for (const Row& row : rows()) {
    if (!std::regex_search(row.name, wanted)) continue;
    if (list)
      std::printf("{\"name\": \"%s\", \"flops\": %.6g, \"bytes\": %.6g, \"calls\": %g}\n", row.name.c_str(),
                  row.work.flops, row.work.bytes, row.work.calls);
    else
      print(row, Prepared(row, batch_ms).measure(ms));
  }
  return 0;
}

}  // namespace bench
