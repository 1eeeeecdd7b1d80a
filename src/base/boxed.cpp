#include "lampas/base/boxed.h"

#include <utility>

namespace lampas::detail {

// Two threads may read an option of one module by the accessor that could also write it: both fields are atomic, by the
// compiler's builtins, so that the header need not include <atomic>. `ops_` is the same whoever writes it.

Box::Box(const Box& other) {
  if (const void* v = other.value()) {
    ops_ = __atomic_load_n(&other.ops_, __ATOMIC_RELAXED);
    value_ = ops_->copy(v);
  }
}

Box::Box(Box&& other) noexcept : value_(std::exchange(other.value_, nullptr)), ops_(other.ops_) {}

Box& Box::operator=(const Box& other) {
  if (this != &other) *this = Box(other);
  return *this;
}

Box& Box::operator=(Box&& other) noexcept {
  Box taken(std::move(other));  // which leaves `other` without a value
  std::swap(value_, taken.value_);
  std::swap(ops_, taken.ops_);
  return *this;
}

Box::~Box() {
  if (value_) ops_->destroy(value_);
}

void* Box::value() const noexcept { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }

void* Box::made(const Ops& ops) {
  if (void* v = value()) return v;
  __atomic_store_n(&ops_, &ops, __ATOMIC_RELAXED);
  void* mine = ops.make();
  void* first = nullptr;
  if (__atomic_compare_exchange_n(&value_, &first, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return mine;
  ops.destroy(mine);
  return first;
}

}  // namespace lampas::detail
