#include "backend/verbose.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace lampas::detail {
namespace {
bool contains_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}
}  // namespace

bool dispatch_verbose() {
  static const bool on = [] {
    const char* text = std::getenv("LAMPAS_VERBOSE");
    return text && contains_word(text, "dispatch");
  }();
  return on;
}

void print_dispatch(const std::string& line) { std::fprintf(stderr, "lampas: dispatch: %s\n", line.c_str()); }

}  // namespace lampas::detail
