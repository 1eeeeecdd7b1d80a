// Padding, resampling, fold, and transposed convolution, forward alone and with the gradient, at two sizes.
#include "layer_row.h"

namespace {
using bench::layer;
using torch::Tensor;
namespace F = torch::nn::functional;

/// The same for a small and a large size.
template <class Op>
void both(const std::string& name, const std::vector<int64_t>& small, const std::vector<int64_t>& large, Op op) {
  layer(name + ", small", small, [=] { return op; });
  layer(name + ", large", large, [=] { return op; });
}

const bench::Register all([] {
  const std::vector<int64_t> s1 = {2, 8, 64}, l1 = {16, 64, 4096}, s2 = {2, 8, 16, 16}, l2 = {16, 32, 64, 64},
                             s3 = {1, 4, 8, 8, 8}, l3 = {2, 16, 24, 48, 48};
  both("pad/ConstantPad2d", s2, l2, [](const Tensor& x) { return torch::constant_pad_nd(x, {1, 2, 3, 1}, 1); });
  both("pad/ReflectionPad1d", s1, l1, [](const Tensor& x) { return torch::reflection_pad1d(x, {3, 2}); });
  both("pad/ReflectionPad2d", s2, l2, [](const Tensor& x) { return torch::reflection_pad2d(x, {1, 2, 3, 1}); });
  both("pad/ReplicationPad2d", s2, l2, [](const Tensor& x) { return torch::replication_pad2d(x, {1, 2, 3, 1}); });
  both("pad/ReplicationPad3d", s3, l3, [](const Tensor& x) { return torch::replication_pad3d(x, {1, 1, 1, 1, 1, 1}); });
  both("pad/circular", s2, l2, [](const Tensor& x) {
    return F::pad(x, F::PadFuncOptions({1, 2, 3, 1}).mode(torch::kCircular));
  });
  both("resample/nearest x2", s2, l2, [](const Tensor& x) {
    return torch::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
  });
  both("resample/bilinear x2", s2, l2, [](const Tensor& x) {
    return torch::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, false);
  });
  both("resample/bicubic x2", s2, l2, [](const Tensor& x) {
    return torch::upsample_bicubic2d(x, {2 * x.size(2), 2 * x.size(3)}, false);
  });
  both("resample/trilinear x2", s3, l3, [](const Tensor& x) {
    return torch::upsample_trilinear3d(x, {2 * x.size(2), 2 * x.size(3), 2 * x.size(4)}, false);
  });
  both("resample/grid_sample", s2, l2, [](const Tensor& x) {
    const Tensor grid =
        torch::linspace(-1, 1, x.size(0) * x.size(2) * x.size(3) * 2).reshape({x.size(0), x.size(2), x.size(3), 2});
    return torch::grid_sampler(x, grid, 0, 0, false);
  });
  both("fold/unfold 3x3", s2, {4, 32, 64, 64},
       [](const Tensor& x) { return F::unfold(x, F::UnfoldFuncOptions(3).padding(1)); });
  both("fold/pixel_shuffle 2", s2, l2, [](const Tensor& x) { return torch::pixel_shuffle(x, 2); });

  // Every output channel sees every input channel; each input element meets the whole kernel.
  const auto transposed = [](const std::string& name, const std::vector<int64_t>& shape, double kernel) {
    const int64_t channels = shape[1];
    layer(
        "conv/" + name, shape,
        [=] {
          std::vector<int64_t> weight(shape.size(), 4);
          weight[0] = weight[1] = channels;
          return [w = torch::rand(weight)](const Tensor& x) {
            return x.dim() == 3 ? torch::conv_transpose1d(x, w, {}, 2, 1) : torch::conv_transpose2d(x, w, {}, 2, 1);
          };
        },
        {}, 2 * bench::count(shape) * static_cast<double>(channels) * kernel);
  };
  transposed("ConvTranspose1d, small", s1, 4);
  transposed("ConvTranspose1d, large", {8, 64, 512}, 4);
  transposed("ConvTranspose2d, small", s2, 16);
  transposed("ConvTranspose2d, large", {8, 32, 32, 32}, 16);
});

}  // namespace
