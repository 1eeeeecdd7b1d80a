#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lampas/base/error.h"
#include "lampas/base/stream_text.h"

namespace lampas {

/// The message `f` throws an Error with; empty when it throws none.
template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

template <class T>
std::string printed(const T& value) {
  return stream_text(&value, [](std::ostream& os, const void* v) { os << *static_cast<const T*>(v); });
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace lampas

/// Fails unless the statement throws an Error whose message contains the text.
#define EXPECT_MESSAGE(statement, text)                                                 \
  do {                                                                                  \
    const std::string message = ::lampas::message_of([&] { statement; });               \
    EXPECT_TRUE(::lampas::contains(message, text)) << "message: \"" << message << "\""; \
  } while (false)
