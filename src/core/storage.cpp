#include "lampas/core/storage.h"

#include <mutex>
#include <new>

#include "lampas/backend/cpu/allocator.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

/// `context` holds the size asked for: `nbytes` may shrink later, the block does not.
void free_block(StorageImpl& s) { cpu::deallocate(s.data, reinterpret_cast<uintptr_t>(s.context)); }

constexpr size_t kHeaderBytes = (sizeof(StorageImpl) + 63) / 64 * 64;
/// Up to here header and data share one block.
constexpr size_t kSharedBlockBytes = 4096;

/// Guards a storage's packed elements. A few for all: most storages never need one.
std::mutex& packed_mutex(const StorageImpl* s) {
  static std::mutex mutexes[16];
  return mutexes[reinterpret_cast<uintptr_t>(s) / sizeof(StorageImpl) % 16];
}

}  // namespace

void StorageImpl::destroy() noexcept {
  if (PackedData* p = packed.load(std::memory_order_relaxed)) p->release();
  if (deleter) deleter(*this);
  if (!embedded) {
    delete this;
    return;
  }
  void* const whole = block;
  const size_t bytes = block_bytes;
  this->~StorageImpl();
  cpu::deallocate(whole, bytes);
}

void StorageImpl::unpack() {
  const std::lock_guard lock(packed_mutex(this));
  PackedData* p = packed.load(std::memory_order_acquire);
  if (!p) return;
  p->unpack(*this, *p);
  packed.store(nullptr, std::memory_order_release);
  p->release();
}

PackedPtr StorageImpl::hold_packed() {
  if (!packed.load(std::memory_order_relaxed)) return {};
  const std::lock_guard lock(packed_mutex(this));
  return PackedPtr(packed.load(std::memory_order_acquire));
}

void* Storage::data() const {
  p_->expose();
  if (p_->packed.load(std::memory_order_acquire)) p_->unpack();
  return p_->data;
}

DataPtr Storage::data_ptr() const { return DataPtr(data(), p_->resizable ? nullptr : p_->context, p_->device); }

StoragePtr allocate_storage(size_t nbytes, Device device) {
  check(device.is_cpu(), "allocate_storage: device ", device, " is not available");
  if (nbytes <= kSharedBlockBytes - kHeaderBytes) {
    const size_t bytes = kHeaderBytes + nbytes;
    char* block = static_cast<char*>(cpu::allocate(bytes));
    StorageImpl* s = ::new (block) StorageImpl;
    s->data = nbytes ? block + kHeaderBytes : nullptr;
    s->nbytes = nbytes;
    s->embedded = true;
    s->block = block;
    s->block_bytes = static_cast<uint32_t>(bytes);
    return StoragePtr::adopt(s);
  }
  StoragePtr s = StoragePtr::adopt(new StorageImpl);
  s->data = cpu::allocate(nbytes);
  s->nbytes = nbytes;
  s->deleter = free_block;
  s->context = reinterpret_cast<void*>(nbytes);
  return s;
}

}  // namespace lampas
