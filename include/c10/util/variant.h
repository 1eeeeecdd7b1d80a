#pragma once

#include <variant>

#include "lampas/nn/enum.h"

namespace c10 {
using lampas::enumtype::get;
using lampas::enumtype::get_if;
using lampas::enumtype::holds_alternative;
using lampas::enumtype::visit;
using std::bad_variant_access;
using std::get;
using std::get_if;
using std::holds_alternative;
using std::monostate;
using std::variant;
using std::visit;
}  // namespace c10
