#include "lampas/core/names.h"

#include <cctype>
#include <mutex>
#include <ostream>
#include <unordered_set>

#include "lampas/base/error.h"

namespace lampas {

namespace {
constexpr char kDomain[] = "dimname::";
constexpr size_t kDomainLength = sizeof(kDomain) - 1;

const std::string* intern(const std::string& text) {
  static std::mutex mutex;
  static auto* all = new std::unordered_set<std::string>;  // symbols outlive everything
  const std::lock_guard lock(mutex);
  return &*all->insert(text).first;
}
}  // namespace

Symbol Symbol::dimname(const std::string& name) { return Symbol(intern(kDomain + name)); }
Symbol Symbol::fromQualString(const std::string& qualified) {
  check(qualified.find("::") != std::string::npos, "Symbol: expected \"domain::text\", got \"", qualified, "\"");
  return Symbol(intern(qualified));
}
bool Symbol::is_dimname() const { return text_ && text_->compare(0, kDomainLength, kDomain) == 0; }
const char* Symbol::toQualString() const { return text_ ? text_->c_str() : ""; }
const char* Symbol::toUnqualString() const { return text_ ? text_->c_str() + text_->find("::") + 2 : ""; }

bool Dimname::isValidName(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name)
    if (c != '_' && !std::isalnum(static_cast<unsigned char>(c))) return false;
  return true;
}

Dimname Dimname::fromSymbol(Symbol name) {
  check(name.is_dimname(), "Dimname: expected a symbol made by Symbol::dimname, got \"", name.toQualString(), "\"");
  const std::string text = name.toUnqualString();
  Dimname r;
  if (text == "*") return r;
  check(isValidName(text),
        "Invalid name: a valid identifier contains only digits, alphabetical characters, and/or underscore and starts "
        "with a non-digit. got: '",
        text, "'.");
  r.symbol_ = name;
  r.type_ = NameType::BASIC;
  return r;
}

void append(std::string& s, Dimname name) {
  if (name.isWildcard()) {
    s += "None";
    return;
  }
  s += '\'';
  s += name.symbol().toUnqualString();
  s += '\'';
}

std::ostream& operator<<(std::ostream& os, Dimname name) {
  std::string s;
  append(s, name);
  return os << s;
}

}  // namespace lampas
