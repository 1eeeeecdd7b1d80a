#pragma once

#include "torch/namespaces.h"

namespace at {
namespace detail {
/// The types LibTorch's CPU kernels sum in.
template <class T>
using accumulate_t = std::conditional_t<
    std::is_same_v<T, float> || std::is_same_v<T, double>, double,
    std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float,
                       std::conditional_t<std::is_same_v<T, bool>, bool,
                                          std::conditional_t<std::is_integral_v<T>, int64_t, c10::complex<double>>>>>;
}  // namespace detail
template <class T, bool is_cuda = false>
using acc_type = detail::accumulate_t<T>;
}  // namespace at
