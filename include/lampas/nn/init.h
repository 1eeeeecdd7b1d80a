#pragma once

#include <string>
#include <tuple>
#include <variant>

#include "lampas/nn/enum.h"
#include "lampas/tensor/tensor.h"

/// Initialisation of parameters, in place and without history (https://pytorch.org/docs/stable/nn.init.html). Each
/// returns its tensor. From one seed the values are PyTorch's. Fans are computed from rank 2 on: fan_in is size(1), and
/// fan_out size(0), times the sizes of all further dimensions.
namespace lampas::nn::init {

using NonlinearityType =
    enumtype::OneOf<enumtype::kLinear, enumtype::kConv1D, enumtype::kConv2D, enumtype::kConv3D,
                    enumtype::kConvTranspose1D, enumtype::kConvTranspose2D, enumtype::kConvTranspose3D,
                    enumtype::kSigmoid, enumtype::kTanh, enumtype::kReLU, enumtype::kLeakyReLU, enumtype::kSELU>;
using FanModeType = enumtype::OneOf<enumtype::kFanIn, enumtype::kFanOut>;

/// Recommended factor on the standard deviation: 1 for linear, convolutions and sigmoid, 5/3 for tanh, sqrt(2) for
/// relu, sqrt(2 / (1 + param^2)) for leaky_relu of slope `param`, 3/4 for selu.
LAMPAS_API double calculate_gain(NonlinearityType nonlinearity, double param = 0.01);
/// The same by Python's names ("conv_transpose2d", "leaky_relu", ...); throws for another.
LAMPAS_API double calculate_gain(const std::string& nonlinearity, double param = 0.01);
inline double calculate_gain(const char* nonlinearity, double param = 0.01) {
  return calculate_gain(std::string(nonlinearity), param);
}

/// While one exists on this thread, the functions below leave tensors as they are: layers are made without being
/// initialised (utils::skip_init).
class LAMPAS_API SkipGuard {
 public:
  SkipGuard();
  ~SkipGuard();
  SkipGuard(const SkipGuard&) = delete;
};

LAMPAS_API Tensor constant_(Tensor tensor, Scalar value);
LAMPAS_API Tensor ones_(Tensor tensor);
LAMPAS_API Tensor zeros_(Tensor tensor);
/// Ones on the diagonal of a matrix, zeros elsewhere.
LAMPAS_API Tensor eye_(Tensor matrix);
/// The identity of a convolution (rank 3 to 5): in every group, output channel k passes input channel k.
LAMPAS_API Tensor dirac_(Tensor tensor, int64_t groups = 1);
LAMPAS_API Tensor uniform_(Tensor tensor, double low = 0, double high = 1);
LAMPAS_API Tensor normal_(Tensor tensor, double mean = 0, double std = 1);
/// Normal, restricted to [a, b].
LAMPAS_API Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2);
/// Uniform in [-x, x], x = gain * sqrt(6 / (fan_in + fan_out)).
LAMPAS_API Tensor xavier_uniform_(Tensor tensor, double gain = 1.0);
/// Normal of standard deviation gain * sqrt(2 / (fan_in + fan_out)).
LAMPAS_API Tensor xavier_normal_(Tensor tensor, double gain = 1.0);
/// Uniform in [-x, x], x = gain(nonlinearity, a) * sqrt(3 / fan).
LAMPAS_API Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanModeType mode = kFanIn,
                                   NonlinearityType nonlinearity = kLeakyReLU);
/// Normal of standard deviation gain(nonlinearity, a) / sqrt(fan).
LAMPAS_API Tensor kaiming_normal_(Tensor tensor, double a = 0, FanModeType mode = kFanIn,
                                  NonlinearityType nonlinearity = kLeakyReLU);
/// A (semi-)orthogonal matrix times `gain`; dimensions from the second on count as one.
LAMPAS_API Tensor orthogonal_(Tensor tensor, double gain = 1.0);
/// A normal matrix of standard deviation `std` with the fraction `sparsity` of every column zero.
LAMPAS_API Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01);

// The older names, without the underscore.
inline Tensor uniform(Tensor tensor, double a = 0, double b = 1) { return uniform_(std::move(tensor), a, b); }
inline Tensor normal(Tensor tensor, double mean = 0, double std = 1) { return normal_(std::move(tensor), mean, std); }
inline Tensor constant(Tensor tensor, Scalar val) { return constant_(std::move(tensor), val); }
inline Tensor eye(Tensor tensor) { return eye_(std::move(tensor)); }
inline Tensor dirac(Tensor tensor, int64_t groups = 1) { return dirac_(std::move(tensor), groups); }
inline Tensor xavier_uniform(Tensor tensor, double gain = 1) { return xavier_uniform_(std::move(tensor), gain); }
inline Tensor xavier_normal(Tensor tensor, double gain = 1) { return xavier_normal_(std::move(tensor), gain); }
inline Tensor kaiming_uniform(Tensor tensor, double a = 0, FanModeType mode = kFanIn,
                              NonlinearityType nonlinearity = kLeakyReLU) {
  return kaiming_uniform_(std::move(tensor), a, mode, nonlinearity);
}
inline Tensor kaiming_normal(Tensor tensor, double a = 0, FanModeType mode = kFanIn,
                             NonlinearityType nonlinearity = kLeakyReLU) {
  return kaiming_normal_(std::move(tensor), a, mode, nonlinearity);
}
inline Tensor orthogonal(Tensor tensor, double gain = 1) { return orthogonal_(std::move(tensor), gain); }
inline Tensor sparse(Tensor tensor, double sparsity, double std = 0.01) {
  return sparse_(std::move(tensor), sparsity, std);
}

LAMPAS_API std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(const Tensor& tensor);

}  // namespace lampas::nn::init
