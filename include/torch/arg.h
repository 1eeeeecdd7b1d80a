#pragma once

#include "lampas/base/arg.h"

#define TORCH_ARG(T, name) LAMPAS_ARG(T, name)
