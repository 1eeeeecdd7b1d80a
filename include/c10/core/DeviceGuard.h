#pragma once

#include <optional>

#include "c10/util/Exception.h"
#include "torch/namespaces.h"

namespace c10 {

/// Makes a device the current one for a scope. The CPU is all there is, so that nothing changes; what follows would not
/// run on another.
class DeviceGuard {
 public:
  explicit DeviceGuard(Device device) { set_device(device); }
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;
  void set_device(Device device) {
    TORCH_CHECK(device.is_cpu(), "DeviceGuard: this library computes on the CPU, got device ", device);
  }
  void reset_device(Device device) { set_device(device); }
  Device original_device() const { return Device(DeviceType::CPU); }
  Device current_device() const { return Device(DeviceType::CPU); }
};

/// The same, for a device that may be missing.
class OptionalDeviceGuard {
 public:
  OptionalDeviceGuard() = default;
  explicit OptionalDeviceGuard(std::optional<Device> device) {
    if (device) reset_device(*device);
  }
  OptionalDeviceGuard(const OptionalDeviceGuard&) = delete;
  OptionalDeviceGuard& operator=(const OptionalDeviceGuard&) = delete;
  void reset_device(Device device) {
    DeviceGuard check(device);
    device_ = device;
  }
  std::optional<Device> original_device() const { return device_; }
  std::optional<Device> current_device() const { return device_; }

 private:
  std::optional<Device> device_;
};

}  // namespace c10

namespace at {
inline std::optional<Device> device_of(const Tensor& x) {
  if (!x.defined()) return std::nullopt;
  return x.device();
}
inline std::optional<Device> device_of(TensorList tensors) {
  if (tensors.empty()) return std::nullopt;
  return device_of(tensors.front());
}
}  // namespace at
