#include "lampas/nn/functional/vision.h"

#include "lampas/ops/grid_sample.h"

namespace lampas::nn::functional {

Tensor affine_grid(const Tensor& theta, const IntArrayRef& size, bool align_corners) {
  check(size.size() == 4 || size.size() == 5,
        "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ", size);
  return affine_grid_generator(theta, size, align_corners);
}

Tensor grid_sample(const Tensor& input, const Tensor& grid, const GridSampleFuncOptions& o) {
  return grid_sampler(input, grid, static_cast<int64_t>(o.mode().index()),
                      static_cast<int64_t>(o.padding_mode().index()), o.align_corners().value_or(false));
}

}  // namespace lampas::nn::functional
