#pragma once

#include <cstdint>
#include <string>

#include "c10/util/StringUtil.h"
#include "lampas/base/error.h"

namespace c10 {

using lampas::Error;
using lampas::IndexError;
using lampas::NotImplementedError;
using lampas::TypeError;
using lampas::ValueError;

struct SourceLocation {
  const char* function;
  const char* file;
  uint32_t line;
};

/// Receives warnings while it is set.
class WarningHandler {
 public:
  virtual ~WarningHandler() = default;
  virtual void process(const SourceLocation& source_location, const std::string& msg, const bool verbatim) = 0;
};

class Warning {
 public:
  static void warn(const SourceLocation&, const std::string& msg, const bool) { lampas::warn(msg); }
  /// The handler set, or null while warnings go to stderr.
  static WarningHandler* get_warning_handler() { return current(); }
  static void set_warning_handler(WarningHandler* handler) {
    current() = handler;
    lampas::set_warning_handler(handler ? &pass_on : nullptr);
  }
  static void set_warnAlways(bool on) { lampas::set_warn_always(on); }
  static bool get_warnAlways() { return lampas::warn_always(); }
  /// Gives warnings meant to be seen once every time, for a scope.
  class WarnAlways {
   public:
    explicit WarnAlways(bool on = true) : previous_(lampas::warn_always()) { lampas::set_warn_always(on); }
    ~WarnAlways() { lampas::set_warn_always(previous_); }
    WarnAlways(const WarnAlways&) = delete;

   private:
    bool previous_;
  };

 private:
  static WarningHandler*& current() {
    static WarningHandler* handler = nullptr;
    return handler;
  }
  static void pass_on(const std::string& msg) {
    if (WarningHandler* handler = current()) handler->process({"", "", 0}, msg, false);
  }
};

namespace detail {
[[noreturn]] __attribute__((cold)) inline void check_failed(const char* condition, const std::string& message) {
  throw Error(message.empty() ? std::string("Expected ") + condition + " to be true, but got false." : message);
}
template <class E>
[[noreturn]] __attribute__((cold)) void raise(const std::string& message) {
  throw E(message);
}
}  // namespace detail

}  // namespace c10

#define TORCH_CHECK(cond, ...)                                                                     \
  do {                                                                                             \
    if (__builtin_expect(!(cond), 0)) ::c10::detail::check_failed(#cond, ::c10::str(__VA_ARGS__)); \
  } while (false)
#define TORCH_INTERNAL_ASSERT(cond, ...)                                                                              \
  do {                                                                                                                \
    if (__builtin_expect(!(cond), 0))                                                                                 \
      ::c10::detail::check_failed(#cond, ::c10::str(#cond " INTERNAL ASSERT FAILED at " __FILE__ ":", __LINE__, ". ", \
                                                    ::c10::str(__VA_ARGS__)));                                        \
  } while (false)
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...)      \
  do {                                             \
    if (false) TORCH_INTERNAL_ASSERT(__VA_ARGS__); \
  } while (false)
#define TORCH_CHECK_INDEX(cond, ...)                                                                    \
  do {                                                                                                  \
    if (__builtin_expect(!(cond), 0)) ::c10::detail::raise<::c10::IndexError>(::c10::str(__VA_ARGS__)); \
  } while (false)
#define TORCH_CHECK_VALUE(cond, ...)                                                                    \
  do {                                                                                                  \
    if (__builtin_expect(!(cond), 0)) ::c10::detail::raise<::c10::ValueError>(::c10::str(__VA_ARGS__)); \
  } while (false)
#define TORCH_CHECK_TYPE(cond, ...)                                                                    \
  do {                                                                                                 \
    if (__builtin_expect(!(cond), 0)) ::c10::detail::raise<::c10::TypeError>(::c10::str(__VA_ARGS__)); \
  } while (false)
#define TORCH_CHECK_NOT_IMPLEMENTED(cond, ...)                                                                   \
  do {                                                                                                           \
    if (__builtin_expect(!(cond), 0)) ::c10::detail::raise<::c10::NotImplementedError>(::c10::str(__VA_ARGS__)); \
  } while (false)
#define TORCH_CHECK_EQ(a, b) TORCH_CHECK((a) == (b), "Check failed: " #a " == " #b " (", (a), " vs. ", (b), ")")
#define TORCH_CHECK_NE(a, b) TORCH_CHECK((a) != (b), "Check failed: " #a " != " #b " (", (a), " vs. ", (b), ")")
#define TORCH_CHECK_LT(a, b) TORCH_CHECK((a) < (b), "Check failed: " #a " < " #b " (", (a), " vs. ", (b), ")")
#define TORCH_CHECK_LE(a, b) TORCH_CHECK((a) <= (b), "Check failed: " #a " <= " #b " (", (a), " vs. ", (b), ")")
#define TORCH_CHECK_GT(a, b) TORCH_CHECK((a) > (b), "Check failed: " #a " > " #b " (", (a), " vs. ", (b), ")")
#define TORCH_CHECK_GE(a, b) TORCH_CHECK((a) >= (b), "Check failed: " #a " >= " #b " (", (a), " vs. ", (b), ")")
#define C10_THROW_ERROR(kind, message) ::c10::detail::raise<::c10::kind>(message)
#define TORCH_WARN(...) ::lampas::warn(::c10::str(__VA_ARGS__))
#define TORCH_WARN_ONCE(...)                                                      \
  do {                                                                            \
    if (::lampas::warn_always()) {                                                \
      TORCH_WARN(__VA_ARGS__);                                                    \
    } else {                                                                      \
      static const bool warned = (::lampas::warn(::c10::str(__VA_ARGS__)), true); \
      (void)warned;                                                               \
    }                                                                             \
  } while (false)
#define AT_ERROR(...) ::c10::detail::raise<::c10::Error>(::c10::str(__VA_ARGS__))
#define AT_ASSERT(...) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#define AT_ASSERTM(cond, ...) TORCH_CHECK(cond, __VA_ARGS__)
#define AT_WARN(...) TORCH_WARN(__VA_ARGS__)
