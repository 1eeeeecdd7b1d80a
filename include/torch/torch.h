#pragma once

// Programs count on LibTorch's headers bringing these.
#include <cassert>
#include <climits>
#include <cmath>
#include <ctime>
#include <iostream>
#include <numeric>
#include <sstream>

#include "torch/all.h"
