#pragma once

#include <iosfwd>
#include <string>

#include "lampas/base/array_ref.h"
#include "lampas/base/export.h"

/// Names of dimensions. A tensor made by Tensor::refine_names, rename, or unflatten and flatten with names has them;
/// every other operation gives a tensor without names.
namespace lampas {

/// An interned text in a domain, written "domain::text". Comparing two compares pointers.
class LAMPAS_API Symbol {
 public:
  Symbol() = default;
  /// The symbol of a dimension's name.
  static Symbol dimname(const std::string& name);
  /// From "domain::text"; throws when there is no "::" in it.
  static Symbol fromQualString(const std::string& qualified);
  bool is_dimname() const;
  const char* toQualString() const;
  /// Without the domain.
  const char* toUnqualString() const;
  const char* toDisplayString() const { return toQualString(); }
  friend bool operator==(Symbol a, Symbol b) { return a.text_ == b.text_; }
  friend bool operator!=(Symbol a, Symbol b) { return a.text_ != b.text_; }

 private:
  explicit Symbol(const std::string* text) : text_(text) {}
  const std::string* text_ = nullptr;  // never freed
};

enum class NameType : uint8_t { BASIC, WILDCARD };

/// The name of a dimension: an identifier, or the wildcard of a dimension that has none.
class LAMPAS_API Dimname {
 public:
  Dimname() = default;
  /// Throws unless the symbol is one of Symbol::dimname and an identifier, or "*", which gives the wildcard.
  static Dimname fromSymbol(Symbol name);
  static Dimname wildcard() { return {}; }
  /// Digits, letters and underscores, not starting with a digit.
  static bool isValidName(const std::string& name);
  NameType type() const { return type_; }
  Symbol symbol() const { return symbol_; }
  bool isBasic() const { return type_ == NameType::BASIC; }
  bool isWildcard() const { return type_ == NameType::WILDCARD; }
  /// Equal, or one of them the wildcard.
  bool matches(Dimname other) const { return isWildcard() || other.isWildcard() || symbol_ == other.symbol_; }
  friend bool operator==(Dimname a, Dimname b) { return a.type_ == b.type_ && a.symbol_ == b.symbol_; }
  friend bool operator!=(Dimname a, Dimname b) { return !(a == b); }

 private:
  Symbol symbol_;
  NameType type_ = NameType::WILDCARD;
};
using DimnameList = ArrayRef<Dimname>;

/// 'N', None for the wildcard.
LAMPAS_API void append(std::string& s, Dimname name);
LAMPAS_API std::ostream& operator<<(std::ostream& os, Dimname name);

}  // namespace lampas
