#pragma once

#include "ATen/DimVector.h"
