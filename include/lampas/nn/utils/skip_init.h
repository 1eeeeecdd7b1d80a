#pragma once

#include <utility>

#include "lampas/nn/init.h"

namespace lampas::nn::utils {

/// Constructs a module without initialising its parameters: no time is spent and no random numbers are drawn; the
/// values are arbitrary. `auto fc = utils::skip_init<nn::Linear>(20, 40);`
template <class M, class... A>
M skip_init(A&&... arguments) {
  const init::SkipGuard skip;
  return M(std::forward<A>(arguments)...);
}

}  // namespace lampas::nn::utils
