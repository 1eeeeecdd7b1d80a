#pragma once

#include <string>
#include <typeinfo>

#include "lampas/base/export.h"

namespace lampas {

/// The source form of a compiler's type name; the name itself when it is not a mangled one.
LAMPAS_API std::string demangle(const char* name);

/// A type's name for messages and module printing: as LibTorch prints it, so `lampas::` reads `torch::`.
LAMPAS_API std::string type_name(const std::type_info& type);

}  // namespace lampas
