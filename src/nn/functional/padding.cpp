#include "lampas/nn/functional/padding.h"

#include "lampas/ops/pad.h"

namespace lampas::nn::functional {

Tensor pad(const Tensor& input, const PadFuncOptions& o) {
  if (enumtype::holds_alternative<enumtype::kConstant>(o.mode()))
    return lampas::pad(input, o.pad(), "constant", o.value());
  const char* mode = enumtype::holds_alternative<enumtype::kReflect>(o.mode())     ? "reflect"
                     : enumtype::holds_alternative<enumtype::kReplicate>(o.mode()) ? "replicate"
                                                                                   : "circular";
  return lampas::pad(input, o.pad(), mode, o.value());
}

}  // namespace lampas::nn::functional
