#pragma once

#include <iosfwd>
#include <string>

#include "lampas/base/export.h"

namespace lampas {

/// What `print(stream, context)` writes, without the price of <sstream> in a header.
LAMPAS_API std::string stream_text(const void* context, void (*print)(std::ostream& stream, const void* context));

}  // namespace lampas
