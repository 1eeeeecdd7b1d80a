// name_out(out, ...) of ops/interpolate.h, ops/pool.h, ops/pool_variants.h, ops/grid_sample.h, ops/loss.h, ops/fold.h.
#include "lampas/ops/fold.h"
#include "lampas/ops/grid_sample.h"
#include "lampas/ops/interpolate.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/out.h"
#include "lampas/ops/pool.h"
#include "lampas/ops/pool_variants.h"
#include "ops/out.h"

namespace lampas {

// ---- ops/interpolate.h
Tensor& _upsample_bicubic2d_aa_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                   std::optional<double> scales_h, std::optional<double> scales_w) {
  return exact_out("_upsample_bicubic2d_aa", out,
                   lampas::_upsample_bicubic2d_aa(x, output_size, align_corners, scales_h, scales_w));
}
Tensor& _upsample_bilinear2d_aa_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                    std::optional<double> scales_h, std::optional<double> scales_w) {
  return exact_out("_upsample_bilinear2d_aa", out,
                   lampas::_upsample_bilinear2d_aa(x, output_size, align_corners, scales_h, scales_w));
}
Tensor& _upsample_nearest_exact1d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                      std::optional<double> scales) {
  return exact_out("_upsample_nearest_exact1d", out, lampas::_upsample_nearest_exact1d(x, output_size, scales));
}
Tensor& _upsample_nearest_exact2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                      std::optional<double> scales_h, std::optional<double> scales_w) {
  return exact_out("_upsample_nearest_exact2d", out,
                   lampas::_upsample_nearest_exact2d(x, output_size, scales_h, scales_w));
}
Tensor& _upsample_nearest_exact3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size,
                                      std::optional<double> scales_d, std::optional<double> scales_h,
                                      std::optional<double> scales_w) {
  return exact_out("_upsample_nearest_exact3d", out,
                   lampas::_upsample_nearest_exact3d(x, output_size, scales_d, scales_h, scales_w));
}
Tensor& upsample_bicubic2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                               std::optional<double> scales_h, std::optional<double> scales_w) {
  return exact_out("upsample_bicubic2d", out,
                   lampas::upsample_bicubic2d(x, output_size, align_corners, scales_h, scales_w));
}
Tensor& upsample_bilinear2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                std::optional<double> scales_h, std::optional<double> scales_w) {
  return exact_out("upsample_bilinear2d", out,
                   lampas::upsample_bilinear2d(x, output_size, align_corners, scales_h, scales_w));
}
Tensor& upsample_linear1d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                              std::optional<double> scales) {
  return exact_out("upsample_linear1d", out, lampas::upsample_linear1d(x, output_size, align_corners, scales));
}
Tensor& upsample_nearest1d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, std::optional<double> scales) {
  return exact_out("upsample_nearest1d", out, lampas::upsample_nearest1d(x, output_size, scales));
}
Tensor& upsample_nearest2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, std::optional<double> scales_h,
                               std::optional<double> scales_w) {
  return exact_out("upsample_nearest2d", out, lampas::upsample_nearest2d(x, output_size, scales_h, scales_w));
}
Tensor& upsample_nearest3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, std::optional<double> scales_d,
                               std::optional<double> scales_h, std::optional<double> scales_w) {
  return exact_out("upsample_nearest3d", out, lampas::upsample_nearest3d(x, output_size, scales_d, scales_h, scales_w));
}
Tensor& upsample_trilinear3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size, bool align_corners,
                                 std::optional<double> scales_d, std::optional<double> scales_h,
                                 std::optional<double> scales_w) {
  return exact_out("upsample_trilinear3d", out,
                   lampas::upsample_trilinear3d(x, output_size, align_corners, scales_d, scales_h, scales_w));
}

// ---- ops/pool.h
Tensor& avg_pool2d_out(Tensor& out, const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding,
                       bool ceil_mode, bool count_include_pad, std::optional<int64_t> divisor_override) {
  return exact_out("avg_pool2d", out,
                   lampas::avg_pool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override));
}
Tensor& avg_pool3d_out(Tensor& out, const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding,
                       bool ceil_mode, bool count_include_pad, std::optional<int64_t> divisor_override) {
  return exact_out("avg_pool3d", out,
                   lampas::avg_pool3d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override));
}
std::tuple<Tensor&, Tensor&> max_pool2d_with_indices_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                         IntArrayRef kernel_size, IntArrayRef stride,
                                                         IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return exact_outs("max_pool2d_with_indices", std::tie(out, indices),
                    lampas::max_pool2d_with_indices(x, kernel_size, stride, padding, dilation, ceil_mode));
}
std::tuple<Tensor&, Tensor&> max_pool3d_with_indices_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                         IntArrayRef kernel_size, IntArrayRef stride,
                                                         IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return exact_outs("max_pool3d_with_indices", std::tie(out, indices),
                    lampas::max_pool3d_with_indices(x, kernel_size, stride, padding, dilation, ceil_mode));
}

// ---- ops/pool_variants.h
Tensor& adaptive_avg_pool2d_out(Tensor& out, const Tensor& x, IntArrayRef output_size) {
  return exact_out("adaptive_avg_pool2d", out, lampas::adaptive_avg_pool2d(x, output_size));
}
Tensor& adaptive_avg_pool3d_out(Tensor& out, const Tensor& x, IntArrayRef output_size) {
  return exact_out("adaptive_avg_pool3d", out, lampas::adaptive_avg_pool3d(x, output_size));
}
std::tuple<Tensor&, Tensor&> adaptive_max_pool2d_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                     IntArrayRef output_size) {
  return exact_outs("adaptive_max_pool2d", std::tie(out, indices), lampas::adaptive_max_pool2d(x, output_size));
}
std::tuple<Tensor&, Tensor&> adaptive_max_pool3d_out(Tensor& out, Tensor& indices, const Tensor& x,
                                                     IntArrayRef output_size) {
  return exact_outs("adaptive_max_pool3d", std::tie(out, indices), lampas::adaptive_max_pool3d(x, output_size));
}
std::tuple<Tensor&, Tensor&> fractional_max_pool2d_out(Tensor& output, Tensor& indices, const Tensor& x,
                                                       IntArrayRef kernel_size, IntArrayRef output_size,
                                                       const Tensor& random_samples) {
  return exact_outs("fractional_max_pool2d", std::tie(output, indices),
                    lampas::fractional_max_pool2d(x, kernel_size, output_size, random_samples));
}
std::tuple<Tensor&, Tensor&> fractional_max_pool3d_out(Tensor& output, Tensor& indices, const Tensor& x,
                                                       IntArrayRef kernel_size, IntArrayRef output_size,
                                                       const Tensor& random_samples) {
  return exact_outs("fractional_max_pool3d", std::tie(output, indices),
                    lampas::fractional_max_pool3d(x, kernel_size, output_size, random_samples));
}
Tensor& max_unpool2d_out(Tensor& out, const Tensor& x, const Tensor& indices, IntArrayRef output_size) {
  return exact_out("max_unpool2d", out, lampas::max_unpool2d(x, indices, output_size));
}
Tensor& max_unpool3d_out(Tensor& out, const Tensor& x, const Tensor& indices, IntArrayRef output_size,
                         IntArrayRef stride, IntArrayRef padding) {
  return exact_out("max_unpool3d", out, lampas::max_unpool3d(x, indices, output_size, stride, padding));
}

// ---- ops/grid_sample.h
Tensor& affine_grid_generator_out(Tensor& out, const Tensor& theta, IntArrayRef size, bool align_corners) {
  return exact_out("affine_grid_generator", out, lampas::affine_grid_generator(theta, size, align_corners));
}
Tensor& grid_sampler_2d_out(Tensor& out, const Tensor& x, const Tensor& grid, int64_t interpolation_mode,
                            int64_t padding_mode, bool align_corners) {
  return exact_out("grid_sampler_2d", out,
                   lampas::grid_sampler_2d(x, grid, interpolation_mode, padding_mode, align_corners));
}
Tensor& grid_sampler_3d_out(Tensor& out, const Tensor& x, const Tensor& grid, int64_t interpolation_mode,
                            int64_t padding_mode, bool align_corners) {
  return exact_out("grid_sampler_3d", out,
                   lampas::grid_sampler_3d(x, grid, interpolation_mode, padding_mode, align_corners));
}

// ---- ops/loss.h
Tensor& binary_cross_entropy_out(Tensor& out, const Tensor& x, const Tensor& target, const Tensor& weight,
                                 int64_t reduction) {
  return exact_out("binary_cross_entropy", out, lampas::binary_cross_entropy(x, target, weight, reduction));
}
Tensor& binary_cross_entropy_with_logits_out(Tensor& out, const Tensor& x, const Tensor& target, const Tensor& weight,
                                             const Tensor& pos_weight, int64_t reduction) {
  return exact_out("binary_cross_entropy_with_logits", out,
                   lampas::binary_cross_entropy_with_logits(x, target, weight, pos_weight, reduction));
}
Tensor& huber_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction, double delta) {
  return exact_out("huber_loss", out, lampas::huber_loss(x, target, reduction, delta));
}
Tensor& mse_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction) {
  return exact_out("mse_loss", out, lampas::mse_loss(x, target, reduction));
}
Tensor& multi_margin_loss_out(Tensor& out, const Tensor& x, const Tensor& target, const Scalar& p, const Scalar& margin,
                              const Tensor& weight, int64_t reduction) {
  return exact_out("multi_margin_loss", out, lampas::multi_margin_loss(x, target, p, margin, weight, reduction));
}
Tensor& multilabel_margin_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction) {
  return exact_out("multilabel_margin_loss", out, lampas::multilabel_margin_loss(x, target, reduction));
}
Tensor& nll_loss_out(Tensor& out, const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction,
                     int64_t ignore_index) {
  return exact_out("nll_loss", out, lampas::nll_loss(x, target, weight, reduction, ignore_index));
}
Tensor& nll_loss2d_out(Tensor& out, const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction,
                       int64_t ignore_index) {
  return exact_out("nll_loss2d", out, lampas::nll_loss2d(x, target, weight, reduction, ignore_index));
}
Tensor& smooth_l1_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction, double beta) {
  return exact_out("smooth_l1_loss", out, lampas::smooth_l1_loss(x, target, reduction, beta));
}
Tensor& soft_margin_loss_out(Tensor& out, const Tensor& x, const Tensor& target, int64_t reduction) {
  return exact_out("soft_margin_loss", out, lampas::soft_margin_loss(x, target, reduction));
}

// ---- ops/fold.h
Tensor& channel_shuffle_out(Tensor& out, const Tensor& x, int64_t groups) {
  return exact_out("channel_shuffle", out, lampas::channel_shuffle(x, groups));
}
Tensor& col2im_out(Tensor& out, const Tensor& x, IntArrayRef output_size, IntArrayRef kernel_size, IntArrayRef dilation,
                   IntArrayRef padding, IntArrayRef stride) {
  return exact_out("col2im", out, lampas::col2im(x, output_size, kernel_size, dilation, padding, stride));
}
Tensor& im2col_out(Tensor& out, const Tensor& x, IntArrayRef kernel_size, IntArrayRef dilation, IntArrayRef padding,
                   IntArrayRef stride) {
  return exact_out("im2col", out, lampas::im2col(x, kernel_size, dilation, padding, stride));
}
Tensor& pixel_shuffle_out(Tensor& out, const Tensor& x, int64_t upscale_factor) {
  return exact_out("pixel_shuffle", out, lampas::pixel_shuffle(x, upscale_factor));
}
Tensor& pixel_unshuffle_out(Tensor& out, const Tensor& x, int64_t downscale_factor) {
  return exact_out("pixel_unshuffle", out, lampas::pixel_unshuffle(x, downscale_factor));
}

}  // namespace lampas
