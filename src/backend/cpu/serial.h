#pragma once

namespace lampas::cpu {

/// Set on threads whose ops must not fork threads of their own (data loader workers): get_num_threads() is 1 there.
extern constinit thread_local bool serial_thread;

}  // namespace lampas::cpu
