#pragma once

#include <cstddef>
#include <cstdint>

#include "lampas/base/export.h"
#include "lampas/base/intrusive_ptr.h"
#include "lampas/core/device.h"

namespace lampas {

struct StorageImpl;

/// Elements held in another arrangement (blocks of channels a kernel works in) while every tensor of the storage claims
/// the plain one. Ops that know the arrangement use it directly (ops/packed_image.h); anyone else who asks for the data
/// gets it unpacked first, once. A storage is born packed or never: pointers to its data stay what they are.
struct PackedData {
  RefCount refs;
  /// Makes self.data and writes the plain arrangement into it.
  void (*unpack)(StorageImpl& self, PackedData& packed) = nullptr;
  void (*destroy)(PackedData* packed) noexcept = nullptr;

  void retain() noexcept { refs.increment(); }
  void release() noexcept {
    if (refs.decrement()) destroy(this);
  }
};
using PackedPtr = IntrusivePtr<PackedData>;

/// A block of memory shared by the tensors that view it. Carries the version in-place ops advance.
/// Small storages live in the allocation of their first tensor (`embedded`), so a small tensor costs one allocation.
struct LAMPAS_API StorageImpl {
  RefCount refs;
  std::atomic<uint32_t> version{0};
  void* data = nullptr;
  size_t nbytes = 0;
  Device device{kCPU};
  bool embedded = false;  // this header lies inside a tensor's block, `block_bytes` long and starting at `block`
  bool resizable = true;
  uint32_t block_bytes = 0;
  void* block = nullptr;
  /// Frees `data`; null when the memory belongs to the block (or to nobody).
  void (*deleter)(StorageImpl& self) = nullptr;
  void* context = nullptr;                   // the deleter's own
  std::atomic<PackedData*> packed{nullptr};  // owned; null almost always, `data` is null when it is not
  std::atomic<uint64_t> id{0};               // unique in the process, given on first use; names packed weights
  /// Set once somebody outside the ops holds an address into `data`: the contents may then change without a version.
  std::atomic<bool> exposed{false};

  void retain() noexcept { refs.increment(); }
  void release() noexcept {
    if (refs.decrement()) destroy();
  }
  void destroy() noexcept;
  void expose() {
    if (!exposed.load(std::memory_order_relaxed)) exposed.store(true, std::memory_order_relaxed);
  }
  /// Makes `data` when `packed` is set, which ends that. Safe to call from several threads.
  void unpack();
  /// The packed elements, kept alive for the caller even if somebody unpacks them meanwhile; null if there are none.
  PackedPtr hold_packed();
};

using StoragePtr = IntrusivePtr<StorageImpl>;

/// A new storage of `nbytes` bytes, 64-byte aligned, uninitialised, from the device's caching allocator.
LAMPAS_API StoragePtr allocate_storage(size_t nbytes, Device device);

/// An address and what its deleter needs, as LibTorch's storages give them.
class DataPtr {
 public:
  DataPtr() = default;
  DataPtr(void* data, void* context, Device device) : data_(data), context_(context), device_(device) {}
  void* get() const { return data_; }
  void* get_context() const { return context_; }
  Device device() const { return device_; }
  explicit operator bool() const { return data_ || context_; }

 private:
  void *data_ = nullptr, *context_ = nullptr;
  Device device_{kCPU};
};

/// The memory behind a tensor: a handle that shares it.
class LAMPAS_API Storage {
 public:
  Storage() = default;
  explicit Storage(StoragePtr p) : p_(std::move(p)) {}
  explicit operator bool() const { return bool(p_); }
  size_t nbytes() const { return p_->nbytes; }
  Device device() const { return p_->device; }
  size_t use_count() const { return p_ ? p_->refs.value() : 0; }
  bool unique() const { return use_count() == 1; }
  bool resizable() const { return p_->resizable; }
  /// First byte.
  void* data() const;
  template <class T>
  T* data() const {
    return static_cast<T*>(data());
  }
  /// The context of memory that is not the library's own; null without one.
  DataPtr data_ptr() const;
  bool is_alias_of(const Storage& o) const { return p_ == o.p_; }
  StorageImpl* unsafeGetStorageImpl() const { return p_.get(); }

 private:
  StoragePtr p_;
};

}  // namespace lampas
