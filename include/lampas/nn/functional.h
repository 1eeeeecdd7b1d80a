#pragma once

#include "lampas/nn/functional/activation.h"
#include "lampas/nn/functional/attention.h"
#include "lampas/nn/functional/batchnorm.h"
#include "lampas/nn/functional/conv.h"
#include "lampas/nn/functional/distance.h"
#include "lampas/nn/functional/dropout.h"
#include "lampas/nn/functional/linear.h"
#include "lampas/nn/functional/loss.h"
#include "lampas/nn/functional/normalization.h"
#include "lampas/nn/functional/pooling.h"
