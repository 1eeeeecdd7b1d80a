#pragma once

// Datasets, transforms, samplers and loaders (https://pytorch.org/cppdocs/api/namespace_torch__data.html).
#include "lampas/data/dataloader.h"
#include "lampas/data/datasets/base.h"
#include "lampas/data/datasets/chunk.h"
#include "lampas/data/datasets/map.h"
#include "lampas/data/datasets/mnist.h"
#include "lampas/data/datasets/shared.h"
#include "lampas/data/datasets/stateful.h"
#include "lampas/data/datasets/tensor.h"
#include "lampas/data/detail/data_shuttle.h"
#include "lampas/data/detail/sequencers.h"
#include "lampas/data/example.h"
#include "lampas/data/samplers.h"
#include "lampas/data/transforms/base.h"
#include "lampas/data/transforms/stack.h"
#include "lampas/data/transforms/tensor.h"
