#include "lampas/nn/modules/padding.h"

#include <ostream>

#include "lampas/ops/pad.h"

namespace lampas::nn {

ReflectionPad1dImpl::ReflectionPad1dImpl(const ReflectionPad1dOptions& options_) : PaddingBase(options_) {}
ReflectionPad1dImpl::ReflectionPad1dImpl(ExpandingArray<2> padding)
    : ReflectionPad1dImpl(ReflectionPad1dOptions(padding)) {}
void ReflectionPad1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReflectionPad1d(padding=" << options.padding() << ')';
}
Tensor ReflectionPad1dImpl::forward(const Tensor& input) { return reflection_pad1d(input, options.padding()); }

ReflectionPad2dImpl::ReflectionPad2dImpl(const ReflectionPad2dOptions& options_) : PaddingBase(options_) {}
ReflectionPad2dImpl::ReflectionPad2dImpl(ExpandingArray<4> padding)
    : ReflectionPad2dImpl(ReflectionPad2dOptions(padding)) {}
void ReflectionPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReflectionPad2d(padding=" << options.padding() << ')';
}
Tensor ReflectionPad2dImpl::forward(const Tensor& input) { return reflection_pad2d(input, options.padding()); }

ReflectionPad3dImpl::ReflectionPad3dImpl(const ReflectionPad3dOptions& options_) : PaddingBase(options_) {}
ReflectionPad3dImpl::ReflectionPad3dImpl(ExpandingArray<6> padding)
    : ReflectionPad3dImpl(ReflectionPad3dOptions(padding)) {}
void ReflectionPad3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReflectionPad3d(padding=" << options.padding() << ')';
}
Tensor ReflectionPad3dImpl::forward(const Tensor& input) { return reflection_pad3d(input, options.padding()); }

ReplicationPad1dImpl::ReplicationPad1dImpl(const ReplicationPad1dOptions& options_) : PaddingBase(options_) {}
ReplicationPad1dImpl::ReplicationPad1dImpl(ExpandingArray<2> padding)
    : ReplicationPad1dImpl(ReplicationPad1dOptions(padding)) {}
void ReplicationPad1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReplicationPad1d(padding=" << options.padding() << ')';
}
Tensor ReplicationPad1dImpl::forward(const Tensor& input) { return replication_pad1d(input, options.padding()); }

ReplicationPad2dImpl::ReplicationPad2dImpl(const ReplicationPad2dOptions& options_) : PaddingBase(options_) {}
ReplicationPad2dImpl::ReplicationPad2dImpl(ExpandingArray<4> padding)
    : ReplicationPad2dImpl(ReplicationPad2dOptions(padding)) {}
void ReplicationPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReplicationPad2d(padding=" << options.padding() << ')';
}
Tensor ReplicationPad2dImpl::forward(const Tensor& input) { return replication_pad2d(input, options.padding()); }

ReplicationPad3dImpl::ReplicationPad3dImpl(const ReplicationPad3dOptions& options_) : PaddingBase(options_) {}
ReplicationPad3dImpl::ReplicationPad3dImpl(ExpandingArray<6> padding)
    : ReplicationPad3dImpl(ReplicationPad3dOptions(padding)) {}
void ReplicationPad3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ReplicationPad3d(padding=" << options.padding() << ')';
}
Tensor ReplicationPad3dImpl::forward(const Tensor& input) { return replication_pad3d(input, options.padding()); }

ZeroPad2dImpl::ZeroPad2dImpl(const ZeroPad2dOptions& options_) : PaddingBase(options_) {}
ZeroPad2dImpl::ZeroPad2dImpl(ExpandingArray<4> padding) : ZeroPad2dImpl(ZeroPad2dOptions(padding)) {}
void ZeroPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ZeroPad2d(padding=" << options.padding() << ')';
}
Tensor ZeroPad2dImpl::forward(const Tensor& input) { return constant_pad_nd(input, options.padding(), 0); }

ConstantPad1dImpl::ConstantPad1dImpl(const ConstantPad1dOptions& options_) : PaddingBase(options_) {}
ConstantPad1dImpl::ConstantPad1dImpl(ExpandingArray<2> padding, double value)
    : ConstantPad1dImpl(ConstantPad1dOptions(padding, value)) {}
void ConstantPad1dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConstantPad1d(padding=" << options.padding() << ", value=" << options.value() << ')';
}
Tensor ConstantPad1dImpl::forward(const Tensor& input) {
  return constant_pad_nd(input, options.padding(), options.value());
}

ConstantPad2dImpl::ConstantPad2dImpl(const ConstantPad2dOptions& options_) : PaddingBase(options_) {}
ConstantPad2dImpl::ConstantPad2dImpl(ExpandingArray<4> padding, double value)
    : ConstantPad2dImpl(ConstantPad2dOptions(padding, value)) {}
void ConstantPad2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConstantPad2d(padding=" << options.padding() << ", value=" << options.value() << ')';
}
Tensor ConstantPad2dImpl::forward(const Tensor& input) {
  return constant_pad_nd(input, options.padding(), options.value());
}

ConstantPad3dImpl::ConstantPad3dImpl(const ConstantPad3dOptions& options_) : PaddingBase(options_) {}
ConstantPad3dImpl::ConstantPad3dImpl(ExpandingArray<6> padding, double value)
    : ConstantPad3dImpl(ConstantPad3dOptions(padding, value)) {}
void ConstantPad3dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ConstantPad3d(padding=" << options.padding() << ", value=" << options.value() << ')';
}
Tensor ConstantPad3dImpl::forward(const Tensor& input) {
  return constant_pad_nd(input, options.padding(), options.value());
}

}  // namespace lampas::nn
