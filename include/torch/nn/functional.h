#pragma once

#include "torch/nn.h"
#include "torch/nn/functional/detail.h"
