#include "lampas/tensor/indexing.h"

#include <cstring>
#include <ostream>

namespace lampas {

namespace indexing {

Slice::Slice(std::optional<int64_t> start, std::optional<int64_t> stop, std::optional<int64_t> step)
    : step_(step.value_or(1)) {
  check_value(step_ != 0, "Slice: slice step cannot be zero");
  start_ = start.value_or(step_ < 0 ? INDEX_MAX : 0);
  stop_ = stop.value_or(step_ < 0 ? INDEX_MIN : INDEX_MAX);
}

std::ostream& operator<<(std::ostream& os, const Slice& s) {
  return os << s.start() << ":" << s.stop() << ":" << s.step();
}

}  // namespace indexing

TensorIndex::TensorIndex(const char* text) : kind_(Kind::ellipsis) {
  check_value(text && std::strcmp(text, "...") == 0, "Expected \"...\" to represent an ellipsis index, but got \"",
              text, "\"");
}

std::ostream& operator<<(std::ostream& os, const TensorIndex& i) {
  if (i.is_none()) return os << "None";
  if (i.is_ellipsis()) return os << "...";
  if (i.is_integer()) return os << i.integer();
  if (i.is_boolean()) return os << (i.boolean() ? "true" : "false");
  if (i.is_slice()) return os << i.slice();
  return os << i.tensor();
}

std::ostream& detail::print(std::ostream& os, const TensorIndex* indices, size_t count) {
  os << "(";
  for (size_t k = 0; k < count; ++k) os << (k ? ", " : "") << indices[k];
  return os << ")";
}

}  // namespace lampas
