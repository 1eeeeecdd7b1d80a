#include <cxxabi.h>
#include <execinfo.h>

#include <cstdlib>
#include <cstring>

#include "autograd/meta.h"
#include "lampas/autograd/anomaly_mode.h"

namespace lampas {

namespace detail {

Anomaly anomaly;
constinit thread_local Node* anomaly_evaluating = nullptr;

namespace {

/// "binary(mangled+0x12) [0x...]" with the function's name readable.
std::string frame_text(const char* symbol) {
  const char* open = std::strchr(symbol, '(');
  const char* plus = open ? std::strchr(open, '+') : nullptr;
  if (!open || !plus || plus == open + 1) return symbol;
  const std::string mangled(open + 1, plus);
  int status = 0;
  char* readable = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  std::string text(symbol, open + 1);
  text += status == 0 && readable ? readable : mangled;
  text += plus;
  std::free(readable);
  return text;
}

std::string stack_text() {
  constexpr int kFrames = 48;
  void* frames[kFrames];
  const int n = ::backtrace(frames, kFrames);
  char** symbols = ::backtrace_symbols(frames, n);
  std::string text;
  for (int k = 2; symbols && k < n; ++k) text += "  " + frame_text(symbols[k]) + "\n";
  std::free(symbols);
  return text;
}

}  // namespace

void trace_creation(Node& n) {
  auto trace = std::make_shared<CreationTrace>();
  trace->text = stack_text();
  if (anomaly_evaluating) {
    trace->parent_name = anomaly_evaluating->name();
    if (anomaly_evaluating->extras) trace->parent = anomaly_evaluating->extras->trace;
  }
  if (!n.extras) n.extras = new NodeExtras;
  n.extras->trace = std::move(trace);
}

void warn_failed(const Node& n) {
  const auto trace = n.extras ? n.extras->trace : nullptr;
  if (!trace) {
    warn("Error detected in " + n.name() +
         ". No forward pass information available. Enable detect anomaly during forward pass for more information.");
    return;
  }
  warn("Error detected in " + n.name() + ". Traceback of forward call that caused the error:\n" + trace->text);
  std::string name = trace->parent_name;
  for (auto p = trace->parent; !name.empty(); p = p ? p->parent : nullptr) {
    if (!p) {
      warn("\nPrevious calculation was induced by " + name + ". No forward pass information available.");
      return;
    }
    warn("\nPrevious calculation was induced by " + name +
         ". Traceback of forward call that induced the previous calculation:\n" + p->text);
    name = p->parent_name;
  }
}

}  // namespace detail

namespace autograd {

bool AnomalyMode::is_enabled() { return lampas::detail::anomaly.enabled.load(); }
bool AnomalyMode::should_check_nan() { return lampas::detail::anomaly.check_nan.load(); }
void AnomalyMode::set_enabled(bool enabled, bool check_nan) {
  lampas::detail::anomaly.enabled.store(enabled);
  lampas::detail::anomaly.check_nan.store(check_nan);
}

DetectAnomalyGuard::DetectAnomalyGuard(bool check_nan)
    : previous_(AnomalyMode::is_enabled()), previous_check_nan_(AnomalyMode::should_check_nan()) {
  AnomalyMode::set_enabled(true, check_nan);
}
DetectAnomalyGuard::~DetectAnomalyGuard() { AnomalyMode::set_enabled(previous_, previous_check_nan_); }

}  // namespace autograd
}  // namespace lampas
