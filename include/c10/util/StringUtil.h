#pragma once

#include <ostream>
#include <string>

#include "lampas/base/stream_text.h"

namespace c10 {

/// The arguments as a stream prints them, one after the other.
template <class... A>
std::string str(const A&... arguments) {
  const auto print = [&](std::ostream& os) { (void)(os << ... << arguments); };
  return lampas::stream_text(&print, [](std::ostream& os, const void* f) { (*static_cast<decltype(&print)>(f))(os); });
}
inline std::string str(const std::string& text) { return text; }
inline std::string str(const char* text) { return text; }
inline std::string str() { return {}; }

template <class Container>
std::string Join(const std::string& delimiter, const Container& parts) {
  std::string text;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) text += delimiter;
    first = false;
    text += c10::str(part);
  }
  return text;
}

template <class T>
std::string to_string(const T& value) {
  return c10::str(value);
}
namespace guts {
using c10::to_string;
}

}  // namespace c10
