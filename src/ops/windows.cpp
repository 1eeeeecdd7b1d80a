#include "lampas/ops/windows.h"

#include <cmath>

#include "lampas/ops/factories.h"
#include "lampas/ops/math.h"
#include "lampas/ops/pointwise.h"

namespace lampas {

namespace {

constexpr double kPi = 3.14159265358979323846;

/// f(position / period) for every position, computed in double, which a window is too short to feel.
template <class F>
Tensor window(const char* op, int64_t length, bool periodic, const TensorOptions& options, const F& f) {
  const ScalarType dtype = options.scalar_type();
  check(is_floating_point(dtype), op, ": expected a floating-point dtype, got ", dtype);
  check(length >= 0, op, ": requires non-negative window_length, got window_length=", length);
  Tensor t;
  if (length <= 1) {
    t = ones({length}, options.requires_grad(std::nullopt));
  } else {
    const double period = static_cast<double>(periodic ? length : length - 1);
    const Tensor x = arange(length, TensorOptions(kDouble)).div(period);
    t = f(x).to(options.dtype(dtype).requires_grad(std::nullopt));
  }
  if (options.requires_grad()) t.set_requires_grad(true);
  return t;
}
Tensor cosine(const Tensor& x, double periods) { return x.mul(2 * kPi * periods).cos(); }

}  // namespace

Tensor hann_window(int64_t n, const TensorOptions& options) { return hann_window(n, true, options); }
Tensor hann_window(int64_t n, bool periodic, const TensorOptions& options) {
  return window("hann_window", n, periodic, options, [](const Tensor& x) { return x.mul(kPi).sin().square(); });
}

Tensor hamming_window(int64_t n, const TensorOptions& options) { return hamming_window(n, true, options); }
Tensor hamming_window(int64_t n, bool periodic, const TensorOptions& options) {
  return hamming_window(n, periodic, 0.54, options);
}
Tensor hamming_window(int64_t n, bool periodic, double alpha, const TensorOptions& options) {
  return hamming_window(n, periodic, alpha, 0.46, options);
}
Tensor hamming_window(int64_t n, bool periodic, double alpha, double beta, const TensorOptions& options) {
  return window("hamming_window", n, periodic, options,
                [=](const Tensor& x) { return cosine(x, 1).mul(-beta).add(alpha); });
}

Tensor blackman_window(int64_t n, const TensorOptions& options) { return blackman_window(n, true, options); }
Tensor blackman_window(int64_t n, bool periodic, const TensorOptions& options) {
  return window("blackman_window", n, periodic, options,
                [](const Tensor& x) { return cosine(x, 2).mul(0.08).sub(cosine(x, 1).mul(0.5)).add(0.42); });
}

Tensor bartlett_window(int64_t n, const TensorOptions& options) { return bartlett_window(n, true, options); }
Tensor bartlett_window(int64_t n, bool periodic, const TensorOptions& options) {
  return window("bartlett_window", n, periodic, options,
                [](const Tensor& x) { return x.mul(2).sub(1).abs().neg().add(1); });
}

Tensor kaiser_window(int64_t n, const TensorOptions& options) { return kaiser_window(n, true, options); }
Tensor kaiser_window(int64_t n, bool periodic, const TensorOptions& options) {
  return kaiser_window(n, periodic, 12.0, options);
}
Tensor kaiser_window(int64_t n, bool periodic, double beta, const TensorOptions& options) {
  return window("kaiser_window", n, periodic, options, [=](const Tensor& x) {
    const Tensor height = x.mul(2).sub(1).square().neg().add(1).clamp_min(0).sqrt();
    return height.mul(beta).i0().div(full({}, beta, TensorOptions(kDouble)).i0());
  });
}

}  // namespace lampas
