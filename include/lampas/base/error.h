#pragma once

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "lampas/base/array_ref.h"
#include "lampas/base/export.h"

namespace lampas {

/// Every failure a caller can cause. The message names the op, what was expected and what was given.
class LAMPAS_API Error : public std::exception {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  Error(const Error&) = default;
  Error& operator=(const Error&) = default;
  ~Error() override;
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& msg() const { return message_; }
  const char* what_without_backtrace() const noexcept { return message_.c_str(); }

 private:
  std::string message_;
};

/// An index or dimension outside its range.
class LAMPAS_API IndexError : public Error {
 public:
  using Error::Error;
  ~IndexError() override;
};
/// An argument of the right type with an impossible value.
class LAMPAS_API ValueError : public Error {
 public:
  using Error::Error;
  ~ValueError() override;
};
/// An argument of a type (or dtype) that is not accepted.
class LAMPAS_API TypeError : public Error {
 public:
  using Error::Error;
  ~TypeError() override;
};
/// An operation that does not exist for this dtype, device or layout.
class LAMPAS_API NotImplementedError : public Error {
 public:
  using Error::Error;
  ~NotImplementedError() override;
};

/// `append(text, value)`: how a value looks inside a message. Found by argument-dependent lookup for other types.
inline void append(std::string& s, const char* v) { s += v ? v : "(null)"; }
inline void append(std::string& s, const std::string& v) { s += v; }
inline void append(std::string& s, char v) { s += v; }
inline void append(std::string& s, bool v) { s += v ? "true" : "false"; }
LAMPAS_API void append(std::string& s, double v);
LAMPAS_API void append(std::string& s, long long v);
LAMPAS_API void append(std::string& s, unsigned long long v);
LAMPAS_API void append(std::string& s, IntArrayRef v);
template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
void append(std::string& s, T v) {
  if constexpr (std::is_signed_v<T>)
    append(s, static_cast<long long>(v));
  else
    append(s, static_cast<unsigned long long>(v));
}
template <class T, size_t N>
void append(std::string& s, const std::array<T, N>& v) {
  append(s, ArrayRef<T>(v));
}
inline void append(std::string& s, float v) { append(s, static_cast<double>(v)); }
inline void append(std::string& s, const std::vector<int64_t>& v) { append(s, IntArrayRef(v)); }

/// Concatenates values into one message.
template <class... A>
std::string str(const A&... a) {
  std::string s;
  (append(s, a), ...);
  return s;
}

namespace detail {
template <class Stream, class T>
void print_list(Stream& os, ArrayRef<T> list) {
  os << "[";
  for (size_t i = 0; i < list.size(); ++i) os << (i ? ", " : "") << list[i];
  os << "]";
}
}  // namespace detail
/// Prints "[2, 3]": the sizes and strides of tensors, and other lists.
template <class T>
std::ostream& operator<<(std::ostream& os, ArrayRef<T> list) {
  if constexpr (std::is_same_v<T, int64_t>)
    return os << str(list);
  else
    return detail::print_list(os, list), os;
}

namespace detail {
/// How a part of a message is passed on: literals of every length, and integers of every width, are one type each, so
/// that few functions suffice for many messages.
template <class T>
using Part = std::conditional_t<
    std::is_array_v<T>, const char*,
    std::conditional_t<std::is_same_v<T, bool> || std::is_same_v<T, char> || !std::is_integral_v<T>, const T&,
                       std::conditional_t<std::is_signed_v<T>, long long, unsigned long long>>>;

template <class E, class... P>
[[noreturn]] __attribute__((noinline, cold)) void fail_parts(P... parts) {
  throw E(str(parts...));
}
template <class E, class... A>
[[noreturn]] inline void fail(const A&... a) {
  fail_parts<E, Part<A>...>(a...);
}
}  // namespace detail

/// Throws `Error` with the concatenated message unless `ok`. The message is built only on failure.
template <class... A>
inline void check(bool ok, const A&... a) {
  if (LAMPAS_UNLIKELY(!ok)) detail::fail<Error>(a...);
}
template <class... A>
inline void check_index(bool ok, const A&... a) {
  if (LAMPAS_UNLIKELY(!ok)) detail::fail<IndexError>(a...);
}
template <class... A>
inline void check_value(bool ok, const A&... a) {
  if (LAMPAS_UNLIKELY(!ok)) detail::fail<ValueError>(a...);
}
template <class... A>
inline void check_type(bool ok, const A&... a) {
  if (LAMPAS_UNLIKELY(!ok)) detail::fail<TypeError>(a...);
}
template <class... A>
[[noreturn]] __attribute__((cold)) void fail(const A&... a) {
  detail::fail<Error>(a...);
}

/// Prints a warning to stderr, or hands it to the handler set by `set_warning_handler`.
LAMPAS_API void warn(const std::string& message);
using WarningHandler = void (*)(const std::string&);
LAMPAS_API WarningHandler set_warning_handler(WarningHandler handler);
/// Whether warnings meant to be seen once are given every time.
LAMPAS_API bool warn_always();
LAMPAS_API void set_warn_always(bool on);

}  // namespace lampas
