#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace lampas {

/// Owner of one reference to an object that counts its own references.
/// `T` provides `void retain() noexcept` and `void release() noexcept` (which destroys at zero).
template <class T>
class IntrusivePtr {
 public:
  IntrusivePtr() = default;
  IntrusivePtr(std::nullptr_t) {}
  /// Shares: adds a reference.
  explicit IntrusivePtr(T* p) : p_(p) {
    if (p_) p_->retain();
  }
  /// Takes over a reference the caller already owns.
  static IntrusivePtr adopt(T* p) {
    IntrusivePtr r;
    r.p_ = p;
    return r;
  }
  IntrusivePtr(const IntrusivePtr& o) : p_(o.p_) {
    if (p_) p_->retain();
  }
  IntrusivePtr(IntrusivePtr&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  IntrusivePtr& operator=(const IntrusivePtr& o) {
    IntrusivePtr(o).swap(*this);
    return *this;
  }
  IntrusivePtr& operator=(IntrusivePtr&& o) noexcept {
    IntrusivePtr(std::move(o)).swap(*this);
    return *this;
  }
  ~IntrusivePtr() {
    if (p_) p_->release();
  }
  void reset() { IntrusivePtr().swap(*this); }
  void swap(IntrusivePtr& o) noexcept { std::swap(p_, o.p_); }
  T* get() const { return p_; }
  T* detach() { return std::exchange(p_, nullptr); }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  /// A shared_ptr that holds a reference: for programs that spell std::shared_ptr<Node>.
  operator std::shared_ptr<T>() const {
    if (!p_) return nullptr;
    return std::shared_ptr<T>(p_, [held = *this](T*) mutable { held.reset(); });
  }
  friend bool operator==(const IntrusivePtr& a, const IntrusivePtr& b) { return a.p_ == b.p_; }
  friend bool operator!=(const IntrusivePtr& a, const IntrusivePtr& b) { return a.p_ != b.p_; }

 private:
  T* p_ = nullptr;
};

/// Reference count with the usual memory orders. A sole owner pays no locked instruction to let go.
class RefCount {
 public:
  void increment() noexcept { n_.fetch_add(1, std::memory_order_relaxed); }
  /// True when the last reference went away.
  bool decrement() noexcept {
    if (n_.load(std::memory_order_acquire) == 1) return true;
    return n_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  uint32_t value() const noexcept { return n_.load(std::memory_order_acquire); }

 private:
  std::atomic<uint32_t> n_{1};
};

}  // namespace lampas
