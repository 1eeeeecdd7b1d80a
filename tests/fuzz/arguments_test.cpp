// Calls every operation with random arguments, most of them wrong in some way: each call must return or throw
// lampas::Error, and leave its inputs as they were. LAMPAS_FUZZ_CALLS sets the calls for each function (default: a few
// seconds' worth), LAMPAS_FUZZ_SEED where the seeds start, LAMPAS_FUZZ_ONLY one function. A crash names the call.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "fuzz/random_arguments.h"

namespace {

using namespace fuzz;

char current_call[256];

void report(int signal) {
  [[maybe_unused]] auto a = write(2, "\ncrashed in ", 12);
  [[maybe_unused]] auto b = write(2, current_call, std::strlen(current_call));
  [[maybe_unused]] auto c = write(2, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct Totals {
  int64_t worked = 0, refused = 0;
};
struct Case {
  const char* name;
  void (*call)(void (*f)(), Random& r, bool may_write);
  void (*function)();
};

/// Version of what a call must not change.
uint64_t state_of(const Tensor& t) {
  return t.defined() && !t.is_sparse() ? t.impl()->version() + static_cast<uint64_t>(t.numel()) * 1000003 : 0;
}
template <class T>
uint64_t state_of_argument(const Argument<T>& a) {
  if constexpr (std::is_same_v<T, const Tensor&>)
    return state_of(a.held);
  else
    return 0;
}

template <class R, class... A>
void call_with(void (*f)(), Random& r, bool may_write) {
  std::tuple<Argument<A>...> arguments{Argument<A>(r)...};
  std::apply(
      [&](auto&... a) {
        const uint64_t before[] = {uint64_t{0}, state_of_argument(a)...};
        const auto unchanged = [&] {
          const uint64_t after[] = {uint64_t{0}, state_of_argument(a)...};
          if (!may_write && std::memcmp(before, after, sizeof before) != 0)
            ADD_FAILURE() << current_call << " changed an input";
        };
        try {
          reinterpret_cast<R (*)(A...)>(f)(a...);
        } catch (...) {
          unchanged();
          throw;
        }
        unchanged();
      },
      arguments);
}
template <class R, class... A>
Case make_case(const char* name, R (*f)(A...)) {
  return {name, &call_with<R, A...>, reinterpret_cast<void (*)()>(f)};
}

/// Functions that write to what they take as const: running statistics and rows out of bounds of a norm.
bool writes_inputs(const std::string& name) {
  return name.find("norm") != std::string::npos || name.back() == '_' || name.find("_out") != std::string::npos;
}

std::vector<Case> cases() {
  return {
#define FUZZ(name, ...) make_case(#name, static_cast<__VA_ARGS__>(&lampas::name)),
#include "fuzz/functions.inc"
  };
}

}  // namespace

TEST(Fuzz, ArgumentsOfEveryFunction) {
  for (int s : {SIGSEGV, SIGFPE, SIGABRT, SIGBUS, SIGILL}) std::signal(s, report);
#ifndef __SANITIZE_ADDRESS__
  // Sizes may be anything: what asks for more than the machine has must get an error, not the machine's last memory.
  const rlimit limit{rlim_t{3} << 30, rlim_t{3} << 30};
  setrlimit(RLIMIT_AS, &limit);
#endif
  set_warning_handler([](const std::string&) {});
  const int64_t calls = from_environment("LAMPAS_FUZZ_CALLS", 8), first = from_environment("LAMPAS_FUZZ_SEED", 1);
  const char* only = std::getenv("LAMPAS_FUZZ_ONLY");
  Totals totals;
  for (const Case& c : cases()) {
    if (only && std::strcmp(only, c.name) != 0) continue;
    for (int64_t k = 0; k < calls; ++k) {
      std::snprintf(current_call, sizeof current_call, "%s, seed %lld", c.name, static_cast<long long>(first + k));
      if (std::getenv("LAMPAS_FUZZ_TRACE")) std::fprintf(stderr, "%s\n", current_call);
      // The name takes part, so that functions of one signature get different arguments.
      Random r(static_cast<uint64_t>(first + k) * 1000003 + std::hash<std::string>()(c.name));
      try {
        c.call(c.function, r, writes_inputs(c.name));
        ++totals.worked;
      } catch (const Error&) {
        ++totals.refused;
      } catch (const std::exception& e) {
        ADD_FAILURE() << current_call << " threw something else: " << e.what();
      }
    }
  }
  set_warning_handler({});
  if (!only) {
    EXPECT_GT(totals.worked, (totals.worked + totals.refused) / 10);
    EXPECT_GT(totals.refused, 0);
  }
}
