#pragma once

#include "ATen/Context.h"
#include "ATen/DimVector.h"
#include "ATen/Dispatch.h"
#include "ATen/Functions.h"
#include "torch/namespaces.h"
