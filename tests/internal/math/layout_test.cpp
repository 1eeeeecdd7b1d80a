// The loops around the elementary functions: lengths, strides, in-place, 16-bit types. Results must be bitwise those of
// one element at a time, wherever the element lies.
#include <gtest/gtest.h>

#include "kernels_under_test.h"
#include "lampas/core/half.h"
#include "ops/activation.h"
#include "ops/math.h"

namespace lampas::test {
namespace {

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Runs a kernel on operands with the given steps (in elements) and compares with one-element calls.
template <class T>
void check_layout(const Kernel<PointwiseFn>& kernel, int outputs, int inputs, int64_t n, const int64_t* steps,
                  const char* target) {
  const int count = outputs + inputs;
  std::mt19937 rng(static_cast<unsigned>(n) * 31 + static_cast<unsigned>(steps[count - 1] + 9));
  std::normal_distribution<float> normal(0, 2);
  std::vector<std::vector<T>> memory(static_cast<size_t>(count));
  char* data[kMaxOperands];
  int64_t strides[kMaxOperands];
  const T guard(123.0f);
  for (int k = 0; k < count; ++k) {
    const int64_t extent = n * std::max<int64_t>(1, std::abs(steps[k])) + 2;
    auto& m = memory[static_cast<size_t>(k)];
    for (int64_t i = 0; i < extent; ++i) m.push_back(k < outputs ? guard : T(normal(rng)));
    strides[k] = steps[k] * static_cast<int64_t>(sizeof(T));
    data[k] = reinterpret_cast<char*>(m.data() + 1) + (steps[k] < 0 ? -strides[k] * (n - 1) : 0);
  }
  kernel.get(dtype_of<T>)(data, strides, n, nullptr);
  const int64_t ones[kMaxOperands] = {sizeof(T), sizeof(T), sizeof(T), sizeof(T), sizeof(T), sizeof(T)};
  for (int64_t i = 0; i < n; ++i) {
    T result[2];
    char* one[kMaxOperands];
    for (int k = 0; k < count; ++k)
      one[k] = k < outputs ? reinterpret_cast<char*>(&result[k]) : data[k] + i * strides[k];
    kernel.get(dtype_of<T>)(one, ones, 1, nullptr);
    for (int k = 0; k < outputs; ++k) {
      T got;
      std::memcpy(&got, data[k] + i * strides[k], sizeof got);
      ASSERT_TRUE(same_bits(got, result[k])) << kernel.name() << " " << target << " n " << n << " at " << i << " step "
                                             << steps[0] << " " << steps[count - 1];
    }
  }
  for (int k = 0; k < outputs; ++k) {  // nothing else was written
    auto& m = memory[static_cast<size_t>(k)];
    const int64_t step = std::abs(steps[k]);
    for (int64_t i = 0; i < static_cast<int64_t>(m.size()); ++i)
      if (i < 1 || (i - 1) % step != 0 || (i - 1) / step >= n) {
        ASSERT_TRUE(same_bits(m[static_cast<size_t>(i)], guard))
            << kernel.name() << " " << target << " n " << n << " wrote at " << i;
      }
  }
}

template <class T>
void check_layouts(const char* target) {
  const int64_t unary[][2] = {{1, 1}, {1, 0}, {2, 1}, {1, 3}, {1, -1}, {-2, 2}};
  const int64_t two_outputs[][5] = {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 0}, {1, 2, 0, 3, 1}, {1, 1, 1, -1, 1}};
  for (int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 255, 256, 257, 600}) {
    for (const auto& steps : unary) {
      check_layout<T>(exp_kernel, 1, 1, n, steps, target);
      check_layout<T>(erf_kernel, 1, 1, n, steps, target);
      check_layout<T>(sin_kernel, 1, 1, n, steps, target);
      check_layout<T>(lgamma_kernel, 1, 1, n, steps, target);
      check_layout<T>(trigamma_kernel, 1, 1, n, steps, target);
    }
    const int64_t binary[][3] = {{1, 1, 1}, {1, 1, 0}, {1, 0, 1}, {2, 1, -1}};
    for (const auto& steps : binary) check_layout<T>(gelu_backward_kernel, 1, 2, n, steps, target);
    for (const auto& steps : two_outputs) check_layout<T>(glu_backward_kernel, 2, 3, n, steps, target);
  }
}

TEST(MathLayout, AnyLengthAndStride) {
  for_each_target([](const char* target) {
    check_layouts<float>(target);
    check_layouts<double>(target);
    check_layouts<Half>(target);
    check_layouts<BFloat16>(target);
  });
}

/// Arguments beyond what vectors compute, among others: each as it would be alone, NaN too.
template <class T>
void check_far(const char* target) {
  std::mt19937 rng(4);
  std::normal_distribution<double> normal;
  std::vector<T> x(5000);
  for (size_t i = 0; i < x.size(); ++i) {
    const bool far = i > 2000 && rng() % (i < 4000 ? 20 : 2) == 0;
    x[i] = static_cast<T>(far ? normal(rng) * 1e12 : normal(rng));
  }
  x[100] = x[3000] = std::numeric_limits<T>::quiet_NaN();
  for (const Kernel<PointwiseFn>* kernel : {&sin_kernel, &cos_kernel, &tan_kernel}) {
    const std::vector<T> y = run_kernel(*kernel, std::vector<std::vector<T>>{x});
    for (size_t i = 0; i < x.size(); ++i) {
      const T alone = run_kernel(*kernel, std::vector<std::vector<T>>{{x[i]}})[0];
      ASSERT_TRUE(same_bits(y[i], alone)) << kernel->name() << " " << target << " of " << x[i];
    }
  }
}
TEST(MathLayout, FarArguments) {
  for_each_target([](const char* target) {
    check_far<float>(target);
    check_far<double>(target);
  });
}

template <class T>
void check_in_place(const char* target) {
  std::vector<T> x;
  for (int i = 0; i < 777; ++i) x.push_back(T(0.01f * static_cast<float>(i - 300)));
  const std::vector<T> want = run_kernel(tanh_kernel, std::vector<std::vector<T>>{x});
  char* data[] = {reinterpret_cast<char*>(x.data()), reinterpret_cast<char*>(x.data())};
  const int64_t strides[] = {sizeof(T), sizeof(T)};
  tanh_kernel.get(dtype_of<T>)(data, strides, 777, nullptr);
  EXPECT_EQ(std::memcmp(x.data(), want.data(), x.size() * sizeof(T)), 0) << target;
}
TEST(MathLayout, InPlace) {
  for_each_target([](const char* target) {
    check_in_place<float>(target);
    check_in_place<double>(target);
    check_in_place<Half>(target);
    check_in_place<BFloat16>(target);
  });
}

/// All 65536 values: the float32 result, rounded once.
template <class T>
void check_reduced(const Kernel<PointwiseFn>& kernel, const char* target) {
  std::vector<T> x(65536);
  std::vector<float> wide(65536);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = T(static_cast<uint16_t>(i), typename T::FromBits{});
    wide[i] = x[i];
  }
  const std::vector<T> y = run_kernel(kernel, std::vector<std::vector<T>>{x});
  const std::vector<float> want = run_kernel(kernel, std::vector<std::vector<float>>{wide});
  int wrong = 0;
  for (size_t i = 0; i < x.size(); ++i)
    if (std::isnan(want[i]) ? !std::isnan(static_cast<float>(y[i])) : T(want[i]).bits != y[i].bits)
      if (++wrong < 4)
        ADD_FAILURE() << kernel.name() << " " << target << ": f(" << wide[i] << ") = " << static_cast<float>(y[i])
                      << ", should be " << want[i];
}
TEST(MathLayout, ReducedFloatsRoundTheFloatResultOnce) {
  const Kernel<PointwiseFn>* kernels[] = {
      &exp_kernel,     &log_kernel,    &log1p_kernel, &expm1_kernel, &tanh_kernel,    &sigmoid_kernel,   &sin_kernel,
      &erf_kernel,     &erfinv_kernel, &gelu_kernel,  &silu_kernel,  &mish_kernel,    &hardswish_kernel, &atan_kernel,
      &digamma_kernel, &lgamma_kernel, &erfc_kernel,  &i0_kernel,    &trigamma_kernel};
  for_each_target([&](const char* target) {
    for (const auto* kernel : kernels) {
      check_reduced<Half>(*kernel, target);
      check_reduced<BFloat16>(*kernel, target);
    }
  });
}

}  // namespace
}  // namespace lampas::test
