#pragma once

#include <cstdint>

namespace lampas {

/// Names the contents of a constant operand (a weight), so that a backend may keep it in packed form between calls.
/// Two calls may give equal keys only if the operand holds the same values: `id` must never be reused for another
/// storage (an address is not enough, memory is recycled), `version` changes with every write. id 0: do not keep
/// anything.
struct PackKey {
  uint64_t id = 0, version = 0;
  explicit operator bool() const { return id != 0; }
  bool operator==(const PackKey&) const = default;
};

}  // namespace lampas
