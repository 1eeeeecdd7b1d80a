#pragma once

// Optimizers and learning-rate schedulers.
#include "lampas/optim/adagrad.h"
#include "lampas/optim/adam.h"
#include "lampas/optim/adamw.h"
#include "lampas/optim/lbfgs.h"
#include "lampas/optim/optimizer.h"
#include "lampas/optim/rmsprop.h"
#include "lampas/optim/schedulers/cosine_annealing_lr.h"
#include "lampas/optim/schedulers/cyclic_lr.h"
#include "lampas/optim/schedulers/factor_lr.h"
#include "lampas/optim/schedulers/lr_scheduler.h"
#include "lampas/optim/schedulers/reduce_lr_on_plateau.h"
#include "lampas/optim/schedulers/sequential_lr.h"
#include "lampas/optim/schedulers/step_lr.h"
#include "lampas/optim/sgd.h"
#include "lampas/optim/sparse_adam.h"
