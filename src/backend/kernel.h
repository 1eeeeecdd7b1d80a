#pragma once

#include "lampas/base/error.h"
#include "lampas/core/device.h"
#include "lampas/core/dtype.h"

namespace lampas {

template <class Signature>
class Kernel;

/// One slot per kernel: a function pointer for each device and dtype. Each backend sets its own at load time
/// (constant-initialised, so registration may happen during static initialisation of any file); an empty entry gives
/// one error.
template <class R, class... A>
class Kernel<R(A...)> {
 public:
  using Fn = R (*)(A...);
  constexpr explicit Kernel(const char* name) : name_(name) {}
  bool set(DeviceType device, ScalarType dtype, Fn fn) {
    table_[static_cast<int>(device)][static_cast<int>(dtype)] = fn;
    return true;
  }
  bool has(DeviceType device, ScalarType dtype) const {
    return table_[static_cast<int>(device)][static_cast<int>(dtype)] != nullptr;
  }
  /// The kernel, or NotImplementedError naming it, the dtype and the device.
  Fn get(DeviceType device, ScalarType dtype) const {
    Fn fn = table_[static_cast<int>(device)][static_cast<int>(dtype)];
    if (LAMPAS_UNLIKELY(!fn))
      detail::fail<NotImplementedError>(name_, ": not implemented for dtype ", dtype, " on device ", device);
    return fn;
  }
  Fn get(ScalarType dtype) const { return get(kCPU, dtype); }
  const char* name() const { return name_; }

 private:
  const char* name_;
  Fn table_[kNumDeviceTypes][kNumDtypes] = {};
};

}  // namespace lampas
