// Pooling, forward alone and with the gradient, at a small and at a large size, and at that of a small network's image.
#include "layer_row.h"

namespace {
using bench::layer;
using torch::Tensor;
namespace F = torch::nn::functional;

template <class Op>
void pool(const std::string& name, const std::vector<int64_t>& small, const std::vector<int64_t>& large, Op op) {
  layer("pool/" + name + ", small", small, [=] { return op; });
  layer("pool/" + name + ", large", large, [=] { return op; });
}

const bench::Register all([] {
  const std::vector<int64_t> s1 = {2, 8, 64}, l1 = {16, 64, 4096}, s2 = {2, 8, 16, 16}, l2 = {16, 32, 64, 64},
                             s3 = {1, 4, 8, 8, 8}, l3 = {2, 16, 24, 48, 48}, image = {16, 32, 28, 28};
  layer("pool/max_pool2d 2 of 16x32x28x28", image,
        [] { return [](const Tensor& x) { return torch::max_pool2d(x, 2); }; });
  layer("pool/max_pool2d 3 stride 2 of 16x32x28x28", image,
        [] { return [](const Tensor& x) { return torch::max_pool2d(x, 3, 2, 1); }; });
  layer("pool/avg_pool2d 2 of 16x32x28x28", image,
        [] { return [](const Tensor& x) { return torch::avg_pool2d(x, 2); }; });
  pool("max_pool2d 2", s2, l2, [](const Tensor& x) { return torch::max_pool2d(x, 2); });
  pool("max_pool2d 3 stride 2", s2, l2, [](const Tensor& x) { return torch::max_pool2d(x, 3, 2, 1); });
  pool("avg_pool2d 2", s2, l2, [](const Tensor& x) { return torch::avg_pool2d(x, 2); });
  pool("avg_pool2d 3 stride 2", s2, l2, [](const Tensor& x) { return torch::avg_pool2d(x, 3, 2, 1); });
  pool("max_pool1d", s1, l1, [](const Tensor& x) { return torch::max_pool1d(x, 3, 2, 1); });
  pool("max_pool3d", s3, l3, [](const Tensor& x) { return torch::max_pool3d(x, 2); });
  pool("avg_pool1d", s1, l1, [](const Tensor& x) { return torch::avg_pool1d(x, 3, 2, 1); });
  pool("avg_pool3d", s3, l3, [](const Tensor& x) { return torch::avg_pool3d(x, 2); });
  pool("adaptive_avg_pool2d 7", s2, l2, [](const Tensor& x) { return torch::adaptive_avg_pool2d(x, {7, 7}); });
  pool("adaptive_avg_pool2d 1", s2, l2, [](const Tensor& x) { return torch::adaptive_avg_pool2d(x, {1, 1}); });
  pool("adaptive_max_pool2d 7", s2, l2, [](const Tensor& x) {
    return std::get<0>(torch::adaptive_max_pool2d(x, {7, 7}));
  });
  pool("lp_pool2d", s2, l2, [](const Tensor& x) { return F::lp_pool2d(x, F::LPPool2dFuncOptions(2, 2)); });
  pool("fractional_max_pool2d", s2, l2, [](const Tensor& x) {
    return F::fractional_max_pool2d(
        x, F::FractionalMaxPool2dFuncOptions(2).output_ratio(torch::ExpandingArray<2, double>(0.7)));
  });
});

}  // namespace
