// Other forms of functions, put in terms of the ones they belong to.
#include "lampas/ops/overloads.h"

#include "lampas/ops/arrange.h"
#include "lampas/ops/complex.h"
#include "lampas/ops/conv.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/interpolate.h"
#include "lampas/ops/linalg.h"
#include "lampas/ops/out.h"
#include "lampas/ops/pad.h"
#include "lampas/ops/random.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/sort.h"
#include "ops/out.h"

namespace lampas {

namespace {

using Conv = Tensor(const Tensor&, const Tensor&, const Tensor&, IntArrayRef, IntArrayRef, IntArrayRef, int64_t);

Tensor conv_named(const char* op, Conv* conv, size_t spatial, const Tensor& input, const Tensor& weight,
                  const Tensor& bias, IntArrayRef stride, std::string_view padding, IntArrayRef dilation,
                  int64_t groups) {
  check(padding == "same" || padding == "valid", op, ": Invalid padding string: '", std::string(padding),
        "', expected 'valid' or 'same'");
  if (padding == "valid") return conv(input, weight, bias, stride, 0, dilation, groups);
  check(weight.defined() && weight.dim() == static_cast<int64_t>(spatial) + 2, op, ": expected a weight of ",
        spatial + 2, " dimensions, got ", weight);
  for (const int64_t s : stride)
    check(s == 1, op, ": padding='same' is not supported for strided convolutions, got stride ", stride);
  check(dilation.size() == 1 || dilation.size() == spatial, op, ": expected dilation of 1 or ", spatial,
        " entries, got ", dilation);
  Shape before, beyond(2 * spatial, 0);  // what lies behind the image more than before it, last dimension first
  bool even = true;
  for (size_t k = 0; k < spatial; ++k) {
    const int64_t d = dilation[dilation.size() == 1 ? 0 : k], taps = weight.size(static_cast<int64_t>(k) + 2) - 1;
    check(d > 0 && d <= INT32_MAX && taps <= INT32_MAX, op, ": dilation should be greater than zero, got ", dilation);
    before.push_back(d * taps / 2);
    beyond[2 * (spatial - 1 - k) + 1] = d * taps % 2;
    even = even && d * taps % 2 == 0;
  }
  return conv(even ? input : constant_pad_nd(input, beyond), weight, bias, stride, before, dilation, groups);
}

/// The size that `size` or `factors` ask for.
Shape resampled_size(const char* op, const Tensor& x, OptionalIntArrayRef size,
                     const std::optional<ArrayRef<double>>& factors, size_t spatial) {
  check(size.has_value() != factors.has_value(), op, ": Must specify exactly one of output_size and scale_factors");
  check(x.defined() && x.dim() == static_cast<int64_t>(spatial) + 2, op, ": expected an input of ", spatial + 2,
        " dimensions, got ", x);
  const size_t given = size ? (*size).size() : factors->size();
  check(given == spatial, op, ": expected ", spatial, " entries of output_size or scale_factors, got ", given);
  if (size) return Shape(*size);
  Shape result;
  for (size_t k = 0; k < spatial; ++k) {
    const double n = static_cast<double>(x.size(static_cast<int64_t>(k) + 2)) * (*factors)[k];
    check(n >= 0 && n < 9e18, op, ": scale factor ", (*factors)[k], " makes no size of ",
          x.size(static_cast<int64_t>(k) + 2));
    result.push_back(static_cast<int64_t>(n));
  }
  return result;
}
/// Asked for perhaps before resampled_size has counted them.
std::optional<double> factor(const std::optional<ArrayRef<double>>& factors, size_t k) {
  return factors && k < factors->size() ? std::optional<double>((*factors)[k]) : std::nullopt;
}

/// f(matrix, atol, rtol) of every matrix of x with its own tolerances, whose sizes broadcast with the batch's.
template <class F>
Tensor with_tolerances(const char* op, const Tensor& x, const std::optional<Tensor>& atol,
                       const std::optional<Tensor>& rtol, const F& f) {
  check(x.defined() && x.dim() >= 2, op, ": expected matrices, got ", x);
  const auto given = [](const std::optional<Tensor>& t) { return t && t->defined(); };
  for (const auto* t : {&atol, &rtol})
    check(!given(*t) || !(*t)->is_complex(), op, ": tolerances of complex type are not supported, got ", **t);
  const auto at = [&](const std::optional<Tensor>& t, int64_t k) {
    return given(t) ? std::optional<double>(t->detach().reshape({-1})[k].item<double>()) : std::nullopt;
  };
  Shape batch(x.sizes().slice(0, static_cast<size_t>(x.dim()) - 2));
  const bool one = [&] {
    for (const auto* t : {&atol, &rtol})
      if (given(*t) && (*t)->dim() > 0) return false;
    return true;
  }();
  if (one) return f(x, at(atol, 0), at(rtol, 0));
  for (const auto* t : {&atol, &rtol})
    if (given(*t)) batch = broadcast_shapes(batch, (*t)->sizes(), op);
  const auto spread = [&](const std::optional<Tensor>& t) {
    return given(t) ? std::optional<Tensor>(t->detach().expand(batch).contiguous()) : std::nullopt;
  };
  const std::optional<Tensor> a = spread(atol), r = spread(rtol);
  Shape sizes = batch;
  for (const int64_t d : {-2, -1}) sizes.push_back(x.size(d));
  const Tensor spread_x = x.expand(sizes);
  if (spread_x.numel() == 0) return f(spread_x, std::nullopt, std::nullopt);
  const Tensor all = spread_x.reshape({-1, x.size(-2), x.size(-1)});
  std::vector<Tensor> results;
  for (int64_t k = 0; k < all.size(0); ++k) results.push_back(f(all[k], at(a, k), at(r, k)));
  const Tensor y = stack(results);
  sizes = batch;
  for (int64_t k = 1; k < y.dim(); ++k) sizes.push_back(y.size(k));
  return y.reshape(sizes);
}

TensorOptions options_of(std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device,
                         std::optional<bool> pin_memory) {
  return TensorOptions().dtype(dtype).layout(layout).device(device).pinned_memory(pin_memory);
}

}  // namespace

Tensor detail::conv_padded(int64_t spatial, const Tensor& input, const Tensor& weight, const Tensor& bias,
                           IntArrayRef stride, std::string_view padding, IntArrayRef dilation, int64_t groups) {
  constexpr struct {
    const char* op;
    Conv* conv;
  } by_dims[] = {{"conv1d", conv1d}, {"conv2d", conv2d}, {"conv3d", conv3d}};
  const auto& [op, conv] = by_dims[spatial - 1];
  return conv_named(op, conv, static_cast<size_t>(spatial), input, weight, bias, stride, padding, dilation, groups);
}

#define LAMPAS_FACTORS_1 factor(factors, 0)
#define LAMPAS_FACTORS_2 LAMPAS_FACTORS_1, factor(factors, 1)
#define LAMPAS_FACTORS_3 LAMPAS_FACTORS_2, factor(factors, 2)
#define LAMPAS_NEAREST(fn, n)                                                                     \
  Tensor fn(const Tensor& x, OptionalIntArrayRef size, std::optional<ArrayRef<double>> factors) { \
    return fn(x, IntArrayRef(resampled_size(#fn, x, size, factors, n)), LAMPAS_FACTORS_##n);      \
  }
LAMPAS_NEAREST(upsample_nearest1d, 1)
LAMPAS_NEAREST(upsample_nearest2d, 2)
LAMPAS_NEAREST(upsample_nearest3d, 3)
#undef LAMPAS_NEAREST
#define LAMPAS_LINEAR(fn, n)                                                                                          \
  Tensor fn(const Tensor& x, OptionalIntArrayRef size, bool align_corners, std::optional<ArrayRef<double>> factors) { \
    return fn(x, IntArrayRef(resampled_size(#fn, x, size, factors, n)), align_corners, LAMPAS_FACTORS_##n);           \
  }
LAMPAS_LINEAR(upsample_linear1d, 1)
LAMPAS_LINEAR(upsample_bilinear2d, 2)
LAMPAS_LINEAR(upsample_trilinear3d, 3)
LAMPAS_LINEAR(upsample_bicubic2d, 2)
#undef LAMPAS_LINEAR
#undef LAMPAS_FACTORS_1
#undef LAMPAS_FACTORS_2
#undef LAMPAS_FACTORS_3

Tensor linalg_pinv(const Tensor& x, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol,
                   bool hermitian) {
  return with_tolerances("linalg.pinv", x, atol, rtol,
                         [&](const Tensor& m, std::optional<double> a, std::optional<double> r) {
                           return linalg_pinv(m, a, r, hermitian);
                         });
}
Tensor linalg_pinv(const Tensor& x, const Tensor& rcond, bool hermitian) {
  return linalg_pinv(x, std::optional<Tensor>(scalar_tensor(0.)), std::optional<Tensor>(rcond), hermitian);
}
Tensor linalg_matrix_rank(const Tensor& x, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol,
                          bool hermitian) {
  return with_tolerances("linalg.matrix_rank", x, atol, rtol,
                         [&](const Tensor& m, std::optional<double> a, std::optional<double> r) {
                           return linalg_matrix_rank(m, a, r, hermitian);
                         });
}
Tensor linalg_matrix_rank(const Tensor& x, const Tensor& tol, bool hermitian) {
  return linalg_matrix_rank(x, std::optional<Tensor>(tol), std::optional<Tensor>(scalar_tensor(0.)), hermitian);
}
Tensor nuclear_norm(const Tensor& x, IntArrayRef dim, bool keepdim) {
  return linalg_matrix_norm(x, "nuc", dim, keepdim);
}
Tensor& nuclear_norm_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim) {
  return result_out("nuclear_norm", out, nuclear_norm(x, dim, keepdim));
}

#define LAMPAS_ATLEAST(fn)                                    \
  std::vector<Tensor> fn(TensorList tensors) {                \
    std::vector<Tensor> results;                              \
    for (const Tensor& t : tensors) results.push_back(fn(t)); \
    return results;                                           \
  }
LAMPAS_ATLEAST(atleast_1d)
LAMPAS_ATLEAST(atleast_2d)
LAMPAS_ATLEAST(atleast_3d)
#undef LAMPAS_ATLEAST

Tensor bernoulli(const Tensor& x, std::nullopt_t) { return bernoulli(x); }
Tensor bernoulli(const Tensor& x, const Tensor& p, Generator generator) {
  return empty_like(x).bernoulli_(p, std::move(generator));
}
Tensor& isin_out(Tensor& out, const Tensor& elements, const Scalar& test_element, bool assume_unique, bool invert) {
  return result_out("isin", out, isin(elements, test_element, assume_unique, invert));
}
Tensor& isin_out(Tensor& out, const Scalar& element, const Tensor& test_elements, bool assume_unique, bool invert) {
  return result_out("isin", out, isin(element, test_elements, assume_unique, invert));
}
std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& x, TensorList bins, std::optional<ArrayRef<double>>,
                                                    const std::optional<Tensor>& weight, bool density) {
  return histogramdd(x, bins, weight, density);
}
Tensor& complex_out(Tensor& out, const Tensor& re, const Tensor& im) {
  return exact_out("complex", out, complex_of(re, im));
}
Tensor& conj_physical_(Tensor& x) { return x.conj_physical_(), x; }
Tensor& rot90_out(Tensor& out, const Tensor& x, int64_t k, IntArrayRef dims) {
  return exact_out("rot90", out, rot90(x, k, dims));
}

Tensor empty(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
             std::optional<Device> device, std::optional<bool> pin_memory, std::optional<MemoryFormat> format) {
  return empty(sizes, options_of(dtype, layout, device, pin_memory), format);
}
Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, std::optional<ScalarType> dtype,
                     std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory) {
  return empty_strided(sizes, strides, options_of(dtype, layout, device, pin_memory));
}
Tensor zeros(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
             std::optional<Device> device, std::optional<bool> pin_memory) {
  return zeros(sizes, options_of(dtype, layout, device, pin_memory));
}
Tensor ones(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
            std::optional<Device> device, std::optional<bool> pin_memory) {
  return ones(sizes, options_of(dtype, layout, device, pin_memory));
}
Tensor full(IntArrayRef sizes, const Scalar& value, std::optional<ScalarType> dtype, std::optional<Layout> layout,
            std::optional<Device> device, std::optional<bool> pin_memory) {
  return full(sizes, value, options_of(dtype, layout, device, pin_memory));
}
Tensor rand(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
            std::optional<Device> device, std::optional<bool> pin_memory) {
  return rand(sizes, options_of(dtype, layout, device, pin_memory));
}
Tensor randn(IntArrayRef sizes, std::optional<ScalarType> dtype, std::optional<Layout> layout,
             std::optional<Device> device, std::optional<bool> pin_memory) {
  return randn(sizes, options_of(dtype, layout, device, pin_memory));
}
Tensor arange(const Scalar& end, std::optional<ScalarType> dtype, std::optional<Layout> layout,
              std::optional<Device> device, std::optional<bool> pin_memory) {
  return arange(end, options_of(dtype, layout, device, pin_memory));
}
Tensor arange(const Scalar& start, const Scalar& end, std::optional<ScalarType> dtype, std::optional<Layout> layout,
              std::optional<Device> device, std::optional<bool> pin_memory) {
  return arange(start, end, options_of(dtype, layout, device, pin_memory));
}
Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, std::optional<ScalarType> dtype,
              std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory) {
  return arange(start, end, step, options_of(dtype, layout, device, pin_memory));
}
Tensor empty_like(const Tensor& x, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                  std::optional<Device> device, std::optional<bool> pin_memory, std::optional<MemoryFormat> format) {
  return empty_like(x, options_of(dtype, layout, device, pin_memory), format);
}
Tensor zeros_like(const Tensor& x, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                  std::optional<Device> device, std::optional<bool> pin_memory, std::optional<MemoryFormat> format) {
  return zeros_like(x, options_of(dtype, layout, device, pin_memory), format);
}
Tensor ones_like(const Tensor& x, std::optional<ScalarType> dtype, std::optional<Layout> layout,
                 std::optional<Device> device, std::optional<bool> pin_memory, std::optional<MemoryFormat> format) {
  return ones_like(x, options_of(dtype, layout, device, pin_memory), format);
}

}  // namespace lampas
