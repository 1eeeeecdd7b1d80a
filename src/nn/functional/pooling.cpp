#include "lampas/nn/functional/pooling.h"

#include <cmath>

#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/pool.h"
#include "lampas/ops/pool_variants.h"
#include "lampas/ops/random.h"
#include "lampas/ops/shape.h"
#include "ops/defined.h"
#include "ops/square_pool.h"

namespace lampas::nn::functional {

namespace {

/// Entries left out are the input's sizes.
template <size_t D>
std::array<int64_t, D> with_default(const char* op, const Tensor& input,
                                    const ExpandingArrayWithOptionalElem<D>& size) {
  constexpr auto rank = static_cast<int64_t>(D);
  check_defined(op, input);
  check(input.dim() >= rank, op, ": Expected ", D + 1, "D or ", D + 2, "D tensor, but got input ", input.sizes());
  std::array<int64_t, D> all{};
  for (size_t d = 0; d < D; ++d) all[d] = (*size)[d].value_or(input.size(input.dim() - rank + static_cast<int64_t>(d)));
  return all;
}
template <size_t D>
std::array<int64_t, D> with_default(const char*, const Tensor&, const ExpandingArray<D>& size) {
  return *size;
}

/// The sizes MaxUnpool fills: those asked for, or the smallest a max pool with these options maps to the input's.
template <size_t D>
std::array<int64_t, D> unpool_output_size(const char* op, const Tensor& input, const MaxUnpoolFuncOptions<D>& o) {
  constexpr auto rank = static_cast<int64_t>(D);
  check_defined(op, input);
  check(input.dim() == rank + 1 || input.dim() == rank + 2, op, ": Expected ", D + 1, "D or ", D + 2,
        "D tensor, but got input ", input.sizes());
  std::array<int64_t, D> size{};
  for (size_t d = 0; d < D; ++d)
    size[d] = (input.size(input.dim() - rank + static_cast<int64_t>(d)) - 1) * (*o.stride())[d] +
              (*o.kernel_size())[d] - 2 * (*o.padding())[d];
  if (!o.output_size()) return size;
  IntArrayRef wanted = *o.output_size();
  if (static_cast<int64_t>(wanted.size()) == input.dim()) wanted = wanted.slice(wanted.size() - D);
  check(wanted.size() == D, op, ": output_size should be a sequence containing ", D, " or ", input.dim(),
        " elements, but it has a length of ", o.output_size()->size());
  for (size_t d = 0; d < D; ++d) {
    const int64_t low = size[d] - (*o.stride())[d], high = size[d] + (*o.stride())[d];
    check(low < wanted[d] && wanted[d] < high, op, ": invalid output_size ", wanted, " (dim ", d, " must be between ",
          low, " and ", high, ")");
    size[d] = wanted[d];
  }
  return size;
}

template <size_t D, class Pool>
std::tuple<Tensor, Tensor> fractional(const char* op, const Tensor& input, const FractionalMaxPoolOptions<D>& o,
                                      const Pool& pool) {
  constexpr auto rank = static_cast<int64_t>(D);
  check(o.output_size() || o.output_ratio(), op, " requires specifying either an output_size or an output_ratio");
  check(!o.output_size() || !o.output_ratio(), op, ": only one of output_size and output_ratio may be specified");
  check_defined(op, input);
  check(input.dim() == rank + 1 || input.dim() == rank + 2, op, ": Expected ", D + 1, "D or ", D + 2,
        "D tensor, but got input ", input.sizes());
  ExpandingArray<D> size = o.output_size().value_or(ExpandingArray<D>(1));
  if (o.output_ratio())
    for (size_t d = 0; d < D; ++d) {
      const double ratio = (**o.output_ratio())[d];
      check(ratio > 0 && ratio < 1, op, ": output_ratio must be between 0 and 1 (got ", ratio, ")");
      (*size)[d] =
          static_cast<int64_t>(static_cast<double>(input.size(input.dim() - rank + static_cast<int64_t>(d))) * ratio);
    }
  Tensor samples = o._random_samples();
  if (!samples.defined())
    samples = rand({input.dim() == rank + 2 ? input.size(0) : 1, input.size(input.dim() - rank - 1), rank},
                   TensorOptions(input.scalar_type()));
  return pool(input, o.kernel_size(), size, samples);
}

/// (sum of x^p)^(1/p) from the sums; where a sum is zero so is the gradient.
Tensor root_of(const Tensor& sum, double p) {
  if (p == 1) return sum;
  const Tensor zero = sum.eq(0);
  return sum.masked_fill(zero, 1).pow(1 / p).masked_fill(zero, 0);
}
Tensor power_of(const Tensor& x, double p) { return p == 1 ? x : x.pow(p); }

}  // namespace

Tensor avg_pool1d(const Tensor& input, const AvgPool1dFuncOptions& o) {
  if (!o.divisor_override())
    return lampas::avg_pool1d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad());
  check_defined("avg_pool1d", input);
  check(input.dim() == 2 || input.dim() == 3, "avg_pool1d: Expected 2D or 3D input, but got input ", input.sizes());
  return lampas::avg_pool2d(input.unsqueeze(-2), {1, o.kernel_size()->at(0)}, {1, o.stride()->at(0)},
                            {0, o.padding()->at(0)}, o.ceil_mode(), o.count_include_pad(), o.divisor_override())
      .squeeze(-2);
}
Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& o) {
  return lampas::avg_pool2d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad(),
                            o.divisor_override());
}
Tensor avg_pool3d(const Tensor& input, const AvgPool3dFuncOptions& o) {
  return lampas::avg_pool3d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad(),
                            o.divisor_override());
}
Tensor max_pool1d(const Tensor& input, const MaxPool1dFuncOptions& o) {
  return lampas::max_pool1d(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
std::tuple<Tensor, Tensor> max_pool1d_with_indices(const Tensor& input, const MaxPool1dFuncOptions& o) {
  return lampas::max_pool1d_with_indices(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
Tensor max_pool2d(const Tensor& input, const MaxPool2dFuncOptions& o) {
  return lampas::max_pool2d(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
std::tuple<Tensor, Tensor> max_pool2d_with_indices(const Tensor& input, const MaxPool2dFuncOptions& o) {
  return lampas::max_pool2d_with_indices(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
Tensor max_pool3d(const Tensor& input, const MaxPool3dFuncOptions& o) {
  return lampas::max_pool3d(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
std::tuple<Tensor, Tensor> max_pool3d_with_indices(const Tensor& input, const MaxPool3dFuncOptions& o) {
  return lampas::max_pool3d_with_indices(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
Tensor adaptive_avg_pool1d(const Tensor& input, const AdaptiveAvgPool1dFuncOptions& o) {
  return lampas::adaptive_avg_pool1d(input, with_default<1>("adaptive_avg_pool1d", input, o.output_size()));
}
std::tuple<Tensor, Tensor> adaptive_max_pool1d_with_indices(const Tensor& input,
                                                            const AdaptiveMaxPool1dFuncOptions& o) {
  return lampas::adaptive_max_pool1d(input, with_default<1>("adaptive_max_pool1d", input, o.output_size()));
}
Tensor adaptive_max_pool1d(const Tensor& input, const AdaptiveMaxPool1dFuncOptions& o) {
  return std::get<0>(adaptive_max_pool1d_with_indices(input, o));
}
Tensor adaptive_avg_pool2d(const Tensor& input, const AdaptiveAvgPool2dFuncOptions& o) {
  return lampas::adaptive_avg_pool2d(input, with_default<2>("adaptive_avg_pool2d", input, o.output_size()));
}
std::tuple<Tensor, Tensor> adaptive_max_pool2d_with_indices(const Tensor& input,
                                                            const AdaptiveMaxPool2dFuncOptions& o) {
  return lampas::adaptive_max_pool2d(input, with_default<2>("adaptive_max_pool2d", input, o.output_size()));
}
Tensor adaptive_max_pool2d(const Tensor& input, const AdaptiveMaxPool2dFuncOptions& o) {
  return std::get<0>(adaptive_max_pool2d_with_indices(input, o));
}
Tensor adaptive_avg_pool3d(const Tensor& input, const AdaptiveAvgPool3dFuncOptions& o) {
  return lampas::adaptive_avg_pool3d(input, with_default<3>("adaptive_avg_pool3d", input, o.output_size()));
}
std::tuple<Tensor, Tensor> adaptive_max_pool3d_with_indices(const Tensor& input,
                                                            const AdaptiveMaxPool3dFuncOptions& o) {
  return lampas::adaptive_max_pool3d(input, with_default<3>("adaptive_max_pool3d", input, o.output_size()));
}
Tensor adaptive_max_pool3d(const Tensor& input, const AdaptiveMaxPool3dFuncOptions& o) {
  return std::get<0>(adaptive_max_pool3d_with_indices(input, o));
}
Tensor max_unpool1d(const Tensor& input, const Tensor& indices, const MaxUnpool1dFuncOptions& o) {
  return lampas::max_unpool1d(input, indices, unpool_output_size<1>("max_unpool1d", input, o));
}
Tensor max_unpool2d(const Tensor& input, const Tensor& indices, const MaxUnpool2dFuncOptions& o) {
  return lampas::max_unpool2d(input, indices, unpool_output_size<2>("max_unpool2d", input, o));
}
Tensor max_unpool3d(const Tensor& input, const Tensor& indices, const MaxUnpool3dFuncOptions& o) {
  return lampas::max_unpool3d(input, indices, unpool_output_size<3>("max_unpool3d", input, o), o.stride(), o.padding());
}
std::tuple<Tensor, Tensor> fractional_max_pool2d_with_indices(const Tensor& input,
                                                              const FractionalMaxPool2dFuncOptions& o) {
  return fractional<2>("fractional_max_pool2d", input, o, lampas::fractional_max_pool2d);
}
Tensor fractional_max_pool2d(const Tensor& input, const FractionalMaxPool2dFuncOptions& o) {
  return std::get<0>(fractional_max_pool2d_with_indices(input, o));
}
std::tuple<Tensor, Tensor> fractional_max_pool3d_with_indices(const Tensor& input,
                                                              const FractionalMaxPool3dFuncOptions& o) {
  return fractional<3>("fractional_max_pool3d", input, o, lampas::fractional_max_pool3d);
}
Tensor fractional_max_pool3d(const Tensor& input, const FractionalMaxPool3dFuncOptions& o) {
  return std::get<0>(fractional_max_pool3d_with_indices(input, o));
}

Tensor lp_pool1d(const Tensor& input, const LPPool1dFuncOptions& o) {
  const double p = o.norm_type();
  check(p != 0, "lp_pool1d: norm_type must not be zero");
  if (std::isinf(p) && p > 0) return lampas::max_pool1d(input, o.kernel_size(), o.stride(), 0, 1, o.ceil_mode());
  if (p == 2)
    if (Tensor y = square_pool("lp_pool1d", 1, input, o.kernel_size(), o.stride(), o.ceil_mode()); y.defined())
      return y;
  const AvgPool1dFuncOptions sums =
      AvgPool1dFuncOptions(o.kernel_size()).stride(o.stride()).ceil_mode(o.ceil_mode()).divisor_override(1);
  return root_of(functional::avg_pool1d(power_of(input, p), sums), p);
}
Tensor lp_pool2d(const Tensor& input, const LPPool2dFuncOptions& o) {
  const double p = o.norm_type();
  check(p != 0, "lp_pool2d: norm_type must not be zero");
  if (std::isinf(p) && p > 0) return lampas::max_pool2d(input, o.kernel_size(), o.stride(), 0, 1, o.ceil_mode());
  if (p == 2)
    if (Tensor y = square_pool("lp_pool2d", 2, input, o.kernel_size(), o.stride(), o.ceil_mode()); y.defined())
      return y;
  return root_of(lampas::avg_pool2d(power_of(input, p), o.kernel_size(), o.stride(), 0, o.ceil_mode(), true, 1), p);
}

}  // namespace lampas::nn::functional
