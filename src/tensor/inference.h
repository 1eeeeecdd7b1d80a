#pragma once

namespace lampas::detail {

/// Whether tensors made on this thread are inference tensors: without version and history. Set by InferenceMode.
extern constinit thread_local bool inference_mode;

}  // namespace lampas::detail
