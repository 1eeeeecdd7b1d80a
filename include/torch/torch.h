#pragma once

#include <cmath>  // programs count on LibTorch's headers bringing it

#include "torch/all.h"
