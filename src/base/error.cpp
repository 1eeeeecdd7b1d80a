#include "lampas/base/error.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace lampas {

// Key functions: one copy of each class's vtable and type information, so that catching works across libraries.
Error::~Error() = default;
IndexError::~IndexError() = default;
ValueError::~ValueError() = default;
TypeError::~TypeError() = default;
NotImplementedError::~NotImplementedError() = default;

void append(std::string& s, double v) {
  // Shortest of three precisions that reads back as the same number. A float that was widened counts as a float,
  // or 0.1f would print as 0.10000000149011612.
  char text[32];
  const float narrow = static_cast<float>(v);
  const bool is_float = static_cast<double>(narrow) == v;
  for (int digits : {6, 9, 15, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, v);
    if (v != v || (is_float ? std::strtof(text, nullptr) == narrow : std::strtod(text, nullptr) == v)) break;
  }
  s += text;
}
void append(std::string& s, long long v) { s += std::to_string(v); }
void append(std::string& s, unsigned long long v) { s += std::to_string(v); }
void append(std::string& s, IntArrayRef v) {
  s += '[';
  for (size_t i = 0; i < v.size(); ++i) {
    if (i) s += ", ";
    s += std::to_string(v[i]);
  }
  s += ']';
}

namespace {
std::atomic<WarningHandler> warning_handler{nullptr};
std::atomic<bool> always{false};
}  // namespace

void warn(const std::string& message) {
  if (const WarningHandler handler = warning_handler.load(std::memory_order_acquire))
    handler(message);
  else
    std::fprintf(stderr, "lampas: warning: %s\n", message.c_str());
}

WarningHandler set_warning_handler(WarningHandler handler) {
  return warning_handler.exchange(handler, std::memory_order_acq_rel);
}

bool warn_always() { return always.load(std::memory_order_relaxed); }
void set_warn_always(bool on) { always.store(on, std::memory_order_relaxed); }

namespace detail {
void array_ref_out_of_range(int64_t index, int64_t size) {
  fail<IndexError>("ArrayRef: index ", index, " is out of range for ", size, " elements");
}
}  // namespace detail

}  // namespace lampas
