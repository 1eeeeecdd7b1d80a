#pragma once

// Every op as a free function.
#include "lampas/ops/arrange.h"
#include "lampas/ops/conv.h"
#include "lampas/ops/dropout.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/norm.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/pool.h"
#include "lampas/ops/random.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/rnn.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/softmax.h"
#include "lampas/ops/tensor_data.h"
