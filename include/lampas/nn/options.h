#pragma once

#include "lampas/nn/options/activation.h"
#include "lampas/nn/options/attention.h"
#include "lampas/nn/options/batchnorm.h"
#include "lampas/nn/options/conv.h"
#include "lampas/nn/options/dropout.h"
#include "lampas/nn/options/linear.h"
#include "lampas/nn/options/loss.h"
#include "lampas/nn/options/pooling.h"
#include "lampas/nn/options/rnn.h"
#include "lampas/nn/options/transformer.h"
#include "lampas/nn/options/transformercoder.h"
