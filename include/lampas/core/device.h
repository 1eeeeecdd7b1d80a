#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "lampas/base/export.h"

namespace lampas {

/// Tensors live on the first; the others, beyond CUDA, are names LibTorch programs may mention.
enum class DeviceType : int8_t { CPU, CUDA, MKLDNN, OPENGL, OPENCL, IDEEP, HIP };
inline constexpr DeviceType kCPU = DeviceType::CPU, kCUDA = DeviceType::CUDA;
/// Those that may have kernels.
inline constexpr int kNumDeviceTypes = 2;
using DeviceIndex = int8_t;

/// Where a tensor lives: a device type and, for accelerators, an index (-1: the current one).
class LAMPAS_API Device {
 public:
  using Type = DeviceType;
  constexpr Device(DeviceType type, DeviceIndex index = -1) : type_(type), index_(index) {}
  /// "cpu", "cuda", "cuda:1". Throws on anything else.
  Device(const std::string& text);
  Device(const char* text) : Device(std::string(text)) {}
  constexpr DeviceType type() const { return type_; }
  constexpr DeviceIndex index() const { return index_; }
  constexpr bool has_index() const { return index_ != -1; }
  constexpr bool is_cpu() const { return type_ == kCPU; }
  constexpr bool is_cuda() const { return type_ == kCUDA; }
  void set_index(DeviceIndex i) { index_ = i; }
  std::string str() const;
  friend constexpr bool operator==(Device a, Device b) { return a.type_ == b.type_ && a.index_ == b.index_; }
  friend constexpr bool operator!=(Device a, Device b) { return !(a == b); }

 private:
  DeviceType type_;
  DeviceIndex index_;
};
LAMPAS_API std::ostream& operator<<(std::ostream& os, const Device& d);
LAMPAS_API std::ostream& operator<<(std::ostream& os, DeviceType t);
inline void append(std::string& s, const Device& d) { s += d.str(); }
LAMPAS_API void append(std::string& s, DeviceType t);

/// Memory orders of a dense tensor. `Preserve` keeps the input's.
enum class MemoryFormat : int8_t { Contiguous, Preserve, ChannelsLast, ChannelsLast3d };
enum class Layout : int8_t { Strided, Sparse };
inline constexpr Layout kStrided = Layout::Strided, kSparse = Layout::Sparse;
LAMPAS_API std::ostream& operator<<(std::ostream& os, MemoryFormat f);
LAMPAS_API std::ostream& operator<<(std::ostream& os, Layout l);
LAMPAS_API void append(std::string& s, MemoryFormat f);
LAMPAS_API void append(std::string& s, Layout l);

}  // namespace lampas
