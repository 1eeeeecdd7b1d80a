#include "lampas/nn/init.h"

#include <cmath>
#include <vector>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/random.h"
#include "lampas/ops/shape.h"
#include "nn/qr.h"

namespace lampas::nn::init {

namespace {

double fan_of(const Tensor& tensor, const FanModeType& mode) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  return static_cast<double>(enumtype::holds_alternative<enumtype::kFanIn>(mode) ? in : out);
}

/// The inverse of erf, to double rounding: a rational start and Newton's steps on the complementary function, which
/// keeps its relative precision in the tails.
double inverse_erf(double y) {
  if (y <= -1) return -HUGE_VAL;
  if (y >= 1) return HUGE_VAL;
  const double w = std::log1p(-y * y), h = 2 / (3.14159265358979323846 * 0.147) + w / 2;
  double x = std::copysign(std::sqrt(std::sqrt(h * h - w / 0.147) - h), y);
  for (int k = 0; k < 3; ++k) {
    const double slope = 1.1283791670955126 * std::exp(-x * x);
    x -= (x > 0 ? (1 - y) - std::erfc(x) : std::erfc(-x) - (1 + y)) / slope;
  }
  return x;
}

thread_local int skipping = 0;  // SkipGuards on this thread

double normal_cdf(double x) { return (1 + std::erf(x / std::sqrt(2.0))) / 2; }

}  // namespace

SkipGuard::SkipGuard() { ++skipping; }
SkipGuard::~SkipGuard() { --skipping; }

double calculate_gain(const std::string& nonlinearity, double param) {
  for (const char* one :
       {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid"})
    if (nonlinearity == one) return 1;
  if (nonlinearity == "tanh") return calculate_gain(kTanh, param);
  if (nonlinearity == "relu") return calculate_gain(kReLU, param);
  if (nonlinearity == "leaky_relu") return calculate_gain(kLeakyReLU, param);
  if (nonlinearity == "selu") return calculate_gain(kSELU, param);
  lampas::detail::fail<ValueError>(
      "init::calculate_gain: unsupported nonlinearity '", nonlinearity,
      "': expected linear, conv1d to conv3d, conv_transpose1d to conv_transpose3d, sigmoid, tanh, "
      "relu, leaky_relu or selu");
}

double calculate_gain(NonlinearityType nonlinearity, double param) {
  if (enumtype::holds_alternative<enumtype::kTanh>(nonlinearity)) return 5.0 / 3.0;
  if (enumtype::holds_alternative<enumtype::kReLU>(nonlinearity)) return std::sqrt(2.0);
  if (enumtype::holds_alternative<enumtype::kLeakyReLU>(nonlinearity)) return std::sqrt(2.0 / (1 + param * param));
  if (enumtype::holds_alternative<enumtype::kSELU>(nonlinearity)) return 0.75;
  return 1.0;
}

std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(const Tensor& tensor) {
  check(tensor.defined(), "init: tensor is undefined");
  check(tensor.dim() >= 2,
        "init: fan in and fan out can not be computed for a tensor with fewer than 2 dimensions, got ", tensor.sizes());
  int64_t receptive_field = 1;
  for (int64_t d = 2; d < tensor.dim(); ++d) receptive_field *= tensor.size(d);
  return {tensor.size(1) * receptive_field, tensor.size(0) * receptive_field};
}

Tensor constant_(Tensor tensor, Scalar value) {
  NoGradGuard no_grad;
  if (skipping) return tensor;
  return tensor.fill_(value);
}
Tensor ones_(Tensor tensor) { return constant_(std::move(tensor), 1); }
Tensor zeros_(Tensor tensor) { return constant_(std::move(tensor), 0); }

Tensor eye_(Tensor matrix) {
  NoGradGuard no_grad;
  check(matrix.defined(), "init::eye_: tensor is undefined");
  check(matrix.dim() == 2, "init::eye_: only tensors with 2 dimensions are supported, got ", matrix.sizes());
  if (skipping) return matrix;
  matrix.zero_();
  if (matrix.numel() > 0) matrix.diagonal().fill_(1);
  return matrix;
}

Tensor dirac_(Tensor tensor, int64_t groups) {
  NoGradGuard no_grad;
  check(tensor.defined(), "init::dirac_: tensor is undefined");
  check(tensor.dim() >= 3 && tensor.dim() <= 5,
        "init::dirac_: only tensors with 3, 4, or 5 dimensions are supported, got ", tensor.sizes());
  check(groups > 0 && tensor.size(0) % groups == 0, "init::dirac_: dim 0 (", tensor.size(0),
        ") must be divisible by groups (", groups, ")");
  if (skipping) return tensor;
  tensor.zero_();
  const int64_t per_group = tensor.size(0) / groups, n = std::min(per_group, tensor.size(1));
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t k = 0; k < n; ++k) {
      Tensor centre = tensor.select(0, g * per_group + k).select(0, k);
      while (centre.dim() > 0) {
        if (centre.size(0) == 0) return tensor;
        centre = centre.select(0, centre.size(0) / 2);
      }
      centre.fill_(1);
    }
  return tensor;
}

Tensor uniform_(Tensor tensor, double low, double high) {
  NoGradGuard no_grad;
  check_value(low <= high, "init::uniform_: expected low <= high, got ", low, " and ", high);
  if (skipping) return tensor;
  return tensor.uniform_(low, high);
}
Tensor normal_(Tensor tensor, double mean, double std) {
  NoGradGuard no_grad;
  check_value(std >= 0, "init::normal_: expected std >= 0, got ", std);
  if (skipping) return tensor;
  return tensor.normal_(mean, std);
}

Tensor trunc_normal_(Tensor tensor, double mean, double std, double a, double b) {
  NoGradGuard no_grad;
  check_value(std > 0 && a <= b, "init::trunc_normal_: expected std > 0 and a <= b, got std=", std, ", a=", a,
              ", b=", b);
  if (skipping) return tensor;
  if (mean < a - 2 * std || mean > b + 2 * std)
    warn("init::trunc_normal_: mean is more than 2 std from [a, b]. The distribution of values may be incorrect.");
  // A uniform draw between the cumulative probabilities of the bounds, through the inverse of the distribution
  // function.
  tensor.uniform_(2 * normal_cdf((a - mean) / std) - 1, 2 * normal_cdf((b - mean) / std) - 1);
  const Tensor wide = tensor.to(TensorOptions(kDouble), false, /*copy=*/true, MemoryFormat::Contiguous);
  auto* p = wide.data_ptr<double>();
  for (int64_t k = 0; k < wide.numel(); ++k)
    p[k] = std::min(std::max(inverse_erf(p[k]) * std * std::sqrt(2.0) + mean, a), b);
  return tensor.copy_(wide);
}

Tensor xavier_uniform_(Tensor tensor, double gain) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  const double a = std::sqrt(3.0) * (gain * std::sqrt(2.0 / static_cast<double>(in + out)));
  return uniform_(std::move(tensor), -a, a);
}
Tensor xavier_normal_(Tensor tensor, double gain) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  return normal_(std::move(tensor), 0, gain * std::sqrt(2.0 / static_cast<double>(in + out)));
}

Tensor kaiming_uniform_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity) {
  if (tensor.numel() == 0) return tensor;
  const double bound = std::sqrt(3.0) * (calculate_gain(nonlinearity, a) / std::sqrt(fan_of(tensor, mode)));
  return uniform_(std::move(tensor), -bound, bound);
}
Tensor kaiming_normal_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity) {
  if (tensor.numel() == 0) return tensor;
  const double std = calculate_gain(nonlinearity, a) / std::sqrt(fan_of(tensor, mode));
  return normal_(std::move(tensor), 0, std);
}

Tensor orthogonal_(Tensor tensor, double gain) {
  NoGradGuard no_grad;
  check(tensor.defined(), "init::orthogonal_: tensor is undefined");
  check(tensor.dim() >= 2, "init::orthogonal_: only tensors with 2 or more dimensions are supported, got ",
        tensor.sizes());
  if (tensor.numel() == 0 || skipping) return tensor;
  const int64_t rows = tensor.size(0), columns = tensor.numel() / rows;
  // Drawn in the tensor's own dtype, so that the random stream is PyTorch's.
  const Tensor drawn = empty({rows, columns}, tensor.options()).normal_(0, 1);
  const Tensor wide = drawn.to(kDouble);
  const Tensor tall = (rows < columns ? wide.t() : wide).contiguous();
  const int64_t m = tall.size(0), n = tall.size(1);
  const Tensor q = empty({m, n}, kDouble);
  householder_q(tall.data_ptr<double>(), q.data_ptr<double>(), m, n);
  auto* p = q.data_ptr<double>();
  for (int64_t k = 0; k < m * n; ++k) p[k] *= gain;
  return tensor.copy_((rows < columns ? q.t() : q).reshape(tensor.sizes()));
}

Tensor sparse_(Tensor tensor, double sparsity, double std) {
  NoGradGuard no_grad;
  check(tensor.defined(), "init::sparse_: tensor is undefined");
  check(tensor.dim() == 2, "init::sparse_: only tensors with 2 dimensions are supported, got ", tensor.sizes());
  check_value(sparsity >= 0 && sparsity <= 1, "init::sparse_: sparsity must lie in [0, 1], got ", sparsity);
  const int64_t rows = tensor.size(0), columns = tensor.size(1);
  const auto zeros = static_cast<int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  check_value(std >= 0, "init::sparse_: expected std >= 0, got ", std);
  if (skipping) return tensor;
  tensor.normal_(0, std);
  for (int64_t c = 0; c < columns; ++c) {
    const Tensor order = randperm(rows);
    const auto* row = order.const_data_ptr<int64_t>();
    for (int64_t k = 0; k < zeros; ++k) tensor.select(0, row[k]).select(0, c).fill_(0);
  }
  return tensor;
}

}  // namespace lampas::nn::init
