#include "lampas/base/demangle.h"

#include <cxxabi.h>

#include <cctype>
#include <cstdlib>
#include <memory>

namespace lampas {

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

std::string type_name(const std::type_info& type) {
  std::string s = demangle(type.name());
  static const std::string ours = "lampas::", theirs = "torch::";
  for (size_t at = s.find(ours); at != std::string::npos; at = s.find(ours, at)) {
    const bool inner =
        at > 0 && (s[at - 1] == ':' || s[at - 1] == '_' || std::isalnum(static_cast<unsigned char>(s[at - 1])));
    if (inner)
      at += ours.size();
    else
      s.replace(at, ours.size(), theirs);
  }
  return s;
}

}  // namespace lampas
