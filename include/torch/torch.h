#pragma once

// Programs count on LibTorch's headers bringing these.
#include <cmath>
#include <iostream>

#include "torch/all.h"
