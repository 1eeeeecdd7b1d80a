#include "lampas/base/boxed.h"

namespace lampas::detail {

Box::Box(const Box& other) : value_(other.value_ ? other.ops_->copy(other.value_) : nullptr), ops_(other.ops_) {}

Box::Box(Box&& other) noexcept : value_(std::exchange(other.value_, nullptr)), ops_(other.ops_) {}

Box& Box::operator=(const Box& other) {
  if (this != &other) *this = Box(other);
  return *this;
}

Box& Box::operator=(Box&& other) noexcept {
  std::swap(value_, other.value_);
  std::swap(ops_, other.ops_);
  return *this;
}

Box::~Box() {
  if (value_) ops_->destroy(value_);
}

}  // namespace lampas::detail
