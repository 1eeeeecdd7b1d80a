#pragma once

#include "lampas/ops.h"

/// The masks of tools/goldens/nn_attention.py.
namespace masks {

using namespace lampas;

inline Tensor make_mask(int64_t kind, int64_t rows, int64_t columns, int64_t groups, ScalarType dtype) {
  if (kind == 0) return {};
  Tensor m = empty({std::max<int64_t>(groups, 1), rows, columns}, TensorOptions(kind == 1 ? kBool : kDouble));
  for (int64_t g = 0, at = 0; g < m.size(0); ++g)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j, ++at) {
        if (kind == 1)
          m.data_ptr<bool>()[at] = j > 0 && (7 * i + 3 * j + 5 * g) % 4 == 0;
        else
          m.data_ptr<double>()[at] = static_cast<double>(((i - 2 * j + 5 * g) % 7 + 7) % 7) * 0.1;
      }
  if (kind == 2) m = m.to(dtype);
  return groups ? m : m[0];
}

inline Tensor make_padding(int64_t on, int64_t batch, int64_t keys, bool unbatched) {
  if (!on) return {};
  Tensor m = zeros({batch, keys}, kBool);
  for (int64_t b = unbatched ? 0 : 1; b < batch; b += 2) m.data_ptr<bool>()[b * keys + keys - 1] = true;
  return unbatched ? m[0] : m;
}

}  // namespace masks
