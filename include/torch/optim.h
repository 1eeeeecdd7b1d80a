#pragma once

#include "torch/namespaces.h"
#include "torch/optim/schedulers/reduce_on_plateau_scheduler.h"
#include "torch/optim/serialize.h"
