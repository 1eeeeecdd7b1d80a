#pragma once

#include "backend/pack_key.h"
#include "lampas/tensor/tensor.h"

namespace lampas {

/// The key under which a backend may keep `weight` in packed form. None when the contents can change without a version:
/// somebody holds an address, or autograd-free handles (data()) write to it.
inline PackKey pack_key(const Tensor& weight) {
  StorageImpl& s = *weight.impl()->storage;
  if (weight.impl()->own_version || s.exposed.load(std::memory_order_relaxed)) return {};
  uint64_t id = s.id.load(std::memory_order_relaxed);
  if (!id) {
    static std::atomic<uint64_t> next{1};
    const uint64_t fresh = next.fetch_add(1, std::memory_order_relaxed);
    id = s.id.compare_exchange_strong(id, fresh, std::memory_order_relaxed) ? fresh : id;
  }
  // Views of one storage share its id: the offset tells them apart.
  return {id, (static_cast<uint64_t>(weight.impl()->version()) << 32) ^ static_cast<uint64_t>(weight.impl()->offset)};
}

}  // namespace lampas
