#pragma once

// Optimizers and learning-rate schedulers.
#include "lampas/optim/adam.h"
#include "lampas/optim/adamw.h"
#include "lampas/optim/optimizer.h"
#include "lampas/optim/schedulers/lr_scheduler.h"
#include "lampas/optim/schedulers/step_lr.h"
#include "lampas/optim/sgd.h"
