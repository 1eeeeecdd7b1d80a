#pragma once

#include "backend/kernel.h"

namespace lampas {

/// Rows of a table of `rows` rows of `dim` values, looked up `n` times in `bags` runs. All arrays are dense.
struct Lookup {
  int64_t rows = 0, dim = 0, n = 0, bags = 0;
  const int64_t* index = nullptr;  // n entries in [0, rows)
  const int64_t* begin = nullptr;  // bag b is [begin[b], begin[b + 1]); null: bag i is entry i (bags == n)
  const int64_t* bag = nullptr;    // the bag of entry i; null: i
};

/// y[b] = sum over bag b of scale[i] * w[index[i]]; null scale: ones. Reduced floats sum in float32.
inline Kernel<void(const Lookup& l, const void* w, const void* scale, void* y)> bag_sum_kernel{"embedding"};
/// dw = 0, then dw[index[i]] += scale[i] * dy[bag[i]] in order of i.
inline Kernel<void(const Lookup& l, const void* dy, const void* scale, void* dw)> bag_scatter_kernel{
    "embedding_backward"};
/// ds[i] = <dy[bag[i]], w[index[i]]>.
inline Kernel<void(const Lookup& l, const void* dy, const void* w, void* ds)> bag_dot_kernel{"embedding_bag_weights"};
/// row[b, d] = the index of the bag's row with the largest value in column d, the first on ties; -1 for an empty bag.
/// Entries equal to `skip` do not count.
inline Kernel<void(const Lookup& l, const void* w, int64_t skip, int64_t* row)> bag_max_kernel{"embedding_bag_max"};
/// Scales rows whose p-norm exceeds max_norm by max_norm / (norm + 1e-7), each once. Strides in elements.
inline Kernel<void(const Lookup& l, void* w, int64_t row_stride, int64_t stride, double max_norm, double p)>
    embedding_renorm_kernel{"embedding_renorm_"};

}  // namespace lampas
