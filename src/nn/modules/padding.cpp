#include "lampas/nn/modules/padding.h"

#include <ostream>

#include "lampas/ops/pad.h"

namespace lampas::nn {

void ReflectionPad1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReflectionPad1d(padding=" << options.padding() << ')';
}
Tensor ReflectionPad1dImpl::forward(const Tensor& input) { return reflection_pad1d(input, options.padding()); }

void ReflectionPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReflectionPad2d(padding=" << options.padding() << ')';
}
Tensor ReflectionPad2dImpl::forward(const Tensor& input) { return reflection_pad2d(input, options.padding()); }

void ReflectionPad3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReflectionPad3d(padding=" << options.padding() << ')';
}
Tensor ReflectionPad3dImpl::forward(const Tensor& input) { return reflection_pad3d(input, options.padding()); }

void ReplicationPad1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReplicationPad1d(padding=" << options.padding() << ')';
}
Tensor ReplicationPad1dImpl::forward(const Tensor& input) { return replication_pad1d(input, options.padding()); }

void ReplicationPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReplicationPad2d(padding=" << options.padding() << ')';
}
Tensor ReplicationPad2dImpl::forward(const Tensor& input) { return replication_pad2d(input, options.padding()); }

void ReplicationPad3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReplicationPad3d(padding=" << options.padding() << ')';
}
Tensor ReplicationPad3dImpl::forward(const Tensor& input) { return replication_pad3d(input, options.padding()); }

void ZeroPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ZeroPad2d(padding=" << options.padding() << ')';
}
Tensor ZeroPad2dImpl::forward(const Tensor& input) { return constant_pad_nd(input, options.padding(), 0); }

void ConstantPad1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConstantPad1d(padding=" << options.padding() << ", value=" << options.value() << ')';
}
Tensor ConstantPad1dImpl::forward(const Tensor& input) {
  return constant_pad_nd(input, options.padding(), options.value());
}

void ConstantPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConstantPad2d(padding=" << options.padding() << ", value=" << options.value() << ')';
}
Tensor ConstantPad2dImpl::forward(const Tensor& input) {
  return constant_pad_nd(input, options.padding(), options.value());
}

void ConstantPad3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConstantPad3d(padding=" << options.padding() << ", value=" << options.value() << ')';
}
Tensor ConstantPad3dImpl::forward(const Tensor& input) {
  return constant_pad_nd(input, options.padding(), options.value());
}

}  // namespace lampas::nn
