#pragma once

#include "torch/namespaces.h"
