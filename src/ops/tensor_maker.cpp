// for_blob: from_blob, told part by part.
#include <utility>

#include "lampas/ops/factories.h"

namespace lampas {

TensorMaker for_blob(void* data, IntArrayRef sizes) { return TensorMaker(data, sizes); }

TensorMaker::TensorMaker(void* data, IntArrayRef sizes) : data_(data), sizes_(sizes) {}
TensorMaker& TensorMaker::strides(OptionalIntArrayRef strides) { return strides_ = strides, *this; }
TensorMaker& TensorMaker::storage_offset(std::optional<int64_t> offset) {
  check(offset.value_or(0) >= 0, "for_blob: storage_offset must not be negative, got ", offset.value_or(0));
  return offset_ = offset.value_or(0), *this;
}
TensorMaker& TensorMaker::deleter(std::function<void(void*)> deleter) { return deleter_ = std::move(deleter), *this; }
TensorMaker& TensorMaker::target_device(std::optional<Device> device) {
  check(!device || device->is_cpu(), "for_blob: target_device: the memory is the CPU's, got ",
        device.value_or(Device(DeviceType::CPU)));
  return *this;
}
TensorMaker& TensorMaker::options(TensorOptions options) { return options_ = options, *this; }

Tensor TensorMaker::make_tensor() {
  void* start = static_cast<char*>(data_) + offset_ * static_cast<int64_t>(element_size(options_.scalar_type()));
  if (!deleter_) return strides_ ? from_blob(start, sizes_, *strides_, options_) : from_blob(start, sizes_, options_);
  const auto own = [f = deleter_, p = data_](void*) { f(p); };
  return strides_ ? from_blob(start, sizes_, *strides_, own, options_) : from_blob(start, sizes_, own, options_);
}

}  // namespace lampas
