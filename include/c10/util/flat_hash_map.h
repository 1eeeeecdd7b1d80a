#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "lampas/optim/optimizer.h"

namespace ska {

namespace detail {
template <class Key, class Value>
struct MapFor {
  using type = std::unordered_map<Key, Value>;
};
/// An optimizer's state is kept by identity; its keys convert from the text LibTorch uses.
template <>
struct MapFor<std::string, std::unique_ptr<lampas::optim::OptimizerParamState>> {
  using type = lampas::optim::Optimizer::StateMap;
};
}  // namespace detail

template <class Key, class Value>
using flat_hash_map = typename detail::MapFor<Key, Value>::type;

}  // namespace ska
