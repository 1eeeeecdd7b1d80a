#pragma once

// Everything a program needs. The parts can be included on their own.
#include "lampas/autograd/anomaly_mode.h"
#include "lampas/autograd/autograd.h"
#include "lampas/autograd/checkpoint.h"
#include "lampas/autograd/function.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/autograd/gradcheck.h"
#include "lampas/backend/cpu/allocator.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/data/data.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "lampas/optim.h"
#include "lampas/serialize/archive.h"
#include "lampas/serialize/checkpoint.h"
#include "lampas/tensor/ivalue.h"
#include "lampas/tensor/tensor.h"
