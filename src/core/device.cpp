#include "lampas/core/device.h"

#include <iterator>
#include <ostream>

#include "lampas/base/error.h"

namespace lampas {
namespace {

constexpr const char* kDeviceNames[] = {"cpu", "cuda", "mkldnn", "opengl", "opencl", "ideep", "hip"};
const char* device_name(DeviceType t) { return kDeviceNames[static_cast<int>(t)]; }

const char* format_name(MemoryFormat f) {
  switch (f) {
    case MemoryFormat::Contiguous:
      return "Contiguous";
    case MemoryFormat::Preserve:
      return "Preserve";
    case MemoryFormat::ChannelsLast:
      return "ChannelsLast";
    case MemoryFormat::ChannelsLast3d:
      return "ChannelsLast3d";
  }
  return "unknown memory format";
}

const char* layout_name(Layout l) { return l == kStrided ? "Strided" : "Sparse"; }

/// A plain decimal index without sign or leading zeros, at most 127; -1 when `text` is none.
int parse_index(const std::string& text) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return -1;
  int index = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    index = 10 * index + (c - '0');
  }
  return index <= 127 ? index : -1;
}

}  // namespace

Device::Device(const std::string& text) : type_(kCPU), index_(-1) {
  const size_t colon = text.find(':');
  const std::string type = text.substr(0, colon);
  int found = -1;
  for (int k = 0; k < static_cast<int>(std::size(kDeviceNames)); ++k)
    if (type == kDeviceNames[k]) found = k;
  check(
      found >= 0,
      "Device: expected one of cpu, cuda, mkldnn, opengl, opencl, ideep, hip at the start of the device string, got '",
      text, "'");
  type_ = static_cast<DeviceType>(found);
  if (colon == std::string::npos) return;
  const int index = parse_index(text.substr(colon + 1));
  check(index >= 0, "Device: Invalid device string: '", text, "': expected an index from 0 to 127 after the colon");
  index_ = static_cast<DeviceIndex>(index);
}

std::string Device::str() const {
  std::string s = device_name(type_);
  if (has_index()) {
    s += ':';
    s += std::to_string(index_);
  }
  return s;
}

std::ostream& operator<<(std::ostream& os, const Device& d) { return os << d.str(); }
std::ostream& operator<<(std::ostream& os, DeviceType t) { return os << device_name(t); }
void append(std::string& s, DeviceType t) { s += device_name(t); }

std::ostream& operator<<(std::ostream& os, MemoryFormat f) { return os << format_name(f); }
std::ostream& operator<<(std::ostream& os, Layout l) { return os << layout_name(l); }
void append(std::string& s, MemoryFormat f) { s += format_name(f); }
void append(std::string& s, Layout l) { s += layout_name(l); }

}  // namespace lampas
