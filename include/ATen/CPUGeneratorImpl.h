#pragma once

#include "ATen/Context.h"
#include "lampas/core/generator_impl.h"

namespace c10 {
using GeneratorImpl = lampas::GeneratorImpl;
}
