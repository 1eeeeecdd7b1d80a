#pragma once

#include <string>

#include "lampas/base/error.h"

namespace lampas {

namespace detail {
/// True when LAMPAS_VERBOSE contains "dispatch"; read once.
bool dispatch_verbose();
void print_dispatch(const std::string& line);
}  // namespace detail

/// Prints "lampas: dispatch: <parts>" to stderr under LAMPAS_VERBOSE=dispatch: which implementation an op took, or why
/// one refused.
template <class... A>
inline void trace_dispatch(const A&... parts) {
  if (LAMPAS_UNLIKELY(detail::dispatch_verbose())) detail::print_dispatch(str(parts...));
}

}  // namespace lampas
