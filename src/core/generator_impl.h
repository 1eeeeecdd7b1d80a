#pragma once

#include <vector>

#include "lampas/core/generator_impl.h"

namespace lampas {

/// The generator an op draws from: the one given, or the default one.
inline GeneratorImpl& generator_impl(const Generator& g) {
  return g.defined() ? *g.impl() : *default_generator().impl();
}

/// What Generator::get_state and set_state exchange, as bytes.
std::vector<uint8_t> state_bytes(const Generator& g);
void set_state_bytes(const Generator& g, const uint8_t* state, size_t size);

}  // namespace lampas
