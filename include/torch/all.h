#pragma once

#include <cmath>

#include "ATen/ATen.h"
#include "ATen/Parallel.h"
#include "c10/core/DeviceGuard.h"
#include "c10/macros/Macros.h"
#include "torch/arg.h"
#include "torch/autograd.h"
#include "torch/cuda.h"
#include "torch/data.h"
#include "torch/enum.h"
#include "torch/nn.h"
#include "torch/optim.h"
#include "torch/serialize.h"
#include "torch/special.h"
#include "torch/types.h"
#include "torch/utils.h"
#include "torch/version.h"
