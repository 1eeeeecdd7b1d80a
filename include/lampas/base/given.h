#pragma once

namespace lampas::detail {

/// `T`, once `U` is known. Inside a template of `U` the compiler instantiates a class so named with the template, for
/// the programs that use it, and not where the template is defined, for all that include it.
template <class T, class U>
struct GivenType {
  using type = T;
};
template <class T, class U>
using Given = typename GivenType<T, U>::type;

}  // namespace lampas::detail
