#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// A small benchmark harness that knows neither library. A row is a name, the work of one call and a setup that makes
/// the inputs and returns the closure to time; setup runs when the row is asked for, so that a hundred rows share the
/// memory of one.
namespace bench {

/// The work of one call, to relate times to what the machine can do. Zero: does not apply.
struct Work {
  double flops = 0;  // multiplications and additions
  double bytes = 0;  // read and written at least once
  double calls = 1;  // operations one call of the closure performs: the reported time is divided by it
};

/// Nanoseconds by the clock chosen with --clock: wall time, or the processor time of all threads, which other programs
/// on the machine hardly change (for one thread).
double now();

/// Runs the closure n times and returns the nanoseconds that took.
using Loop = std::function<double(int64_t n)>;

struct Row {
  std::string name;
  Work work;
  std::function<Loop()> setup;
};

inline std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

/// Makes the compiler believe `v` is used and memory may have changed.
template <class T>
void keep(const T& v) {
  asm volatile("" : : "r"(&v) : "memory");
}

/// Adds a row. The loop around the closure is compiled with it: a 20 ns operation is not timed through an indirect
/// call.
template <class Setup>
void row(std::string name, Setup setup, Work work = {}) {
  rows().push_back({std::move(name), work, [setup]() -> Loop {
                      auto body = setup();
                      return [body](int64_t n) mutable {
                        const double start = now();
                        for (int64_t i = 0; i < n; ++i) body();
                        return now() - start;
                      };
                    }});
}

/// `static const bench::Register rows([] { row(...); ... });` in each file.
struct Register {
  template <class F>
  explicit Register(F f) {
    f();
  }
};

/// Entry point shared by both libraries' programs. `set_threads` tells the library how many threads to use.
int run_main(int argc, char** argv, const char* library, void (*set_threads)(int));

}  // namespace bench
