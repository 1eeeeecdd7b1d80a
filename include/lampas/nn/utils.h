#pragma once

#include "lampas/nn/utils/clip_grad.h"
#include "lampas/nn/utils/convert_parameters.h"
#include "lampas/nn/utils/fusion.h"
#include "lampas/nn/utils/memory_format.h"
#include "lampas/nn/utils/parametrize.h"
#include "lampas/nn/utils/prune.h"
#include "lampas/nn/utils/skip_init.h"
#include "lampas/nn/utils/spectral_norm.h"
#include "lampas/nn/utils/weight_norm.h"
