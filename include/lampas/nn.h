#pragma once

/// Modules, their functional twins and initialisation.

#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/functional.h"
#include "lampas/nn/hooks.h"
#include "lampas/nn/init.h"
#include "lampas/nn/legacy.h"
#include "lampas/nn/module.h"
#include "lampas/nn/modules.h"
#include "lampas/nn/options.h"
#include "lampas/nn/parameter.h"
#include "lampas/nn/pimpl.h"
#include "lampas/nn/summary.h"
#include "lampas/nn/utils.h"
