#pragma once

#include "lampas/special.h"
#include "torch/namespaces.h"
