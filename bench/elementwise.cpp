// Elementwise operations on tensors that fit in a cache (64 Ki elements) and on tensors that do not (4 Mi elements: 16
// MiB each).
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
using torch::Tensor;

constexpr int64_t sizes[] = {int64_t{1} << 16, int64_t{1} << 22};

std::string label(const std::string& op, int64_t n) { return "elementwise/" + op + (n >> 20 ? " 4M" : " 64K"); }

template <class Op>
void unary(const std::string& op, Op f) {
  for (int64_t n : sizes)
    row(label(op, n), [f, n] { return [f, x = torch::rand({n}) + 0.1] { keep(f(x)); }; }, {0, 8.0 * n});
}
template <class Op>
void unary_in_place(const std::string& op, Op f) {
  for (int64_t n : sizes)
    row(label(op, n), [f, n] { return [f, x = torch::rand({n}) + 0.1]() mutable { keep(f(x)); }; }, {0, 8.0 * n});
}
template <class Op>
void binary(const std::string& op, Op f, double bytes = 12) {
  for (int64_t n : sizes)
    row(label(op, n), [f, n] { return [f, x = torch::rand({n}) + 0.1, y = torch::rand({n}) + 0.1] { keep(f(x, y)); }; },
        {0, bytes * n});
}

void layouts() {
  for (int64_t n : sizes) {
    const int64_t side = n == sizes[0] ? 256 : 2048;
    row(label("add, row broadcast", n),
        [side] {
          return [x = torch::rand({side, side}), y = torch::rand({side})] { keep(x + y); };
        },
        {0, 8.0 * n});
    row(label("add, column broadcast", n),
        [side] {
          return [x = torch::rand({side, side}), y = torch::rand({side, 1})] { keep(x + y); };
        },
        {0, 8.0 * n});
    row(label("add, transposed", n),
        [side] {
          return [x = torch::rand({side, side}), y = torch::rand({side, side}).t()] { keep(x + y); };
        },
        {0, 12.0 * n});
    row(label("contiguous of a transpose", n),
        [side] {
          return [x = torch::rand({side, side}).t()] { keep(x.contiguous()); };
        },
        {0, 8.0 * n});
    row(label("permute NCHW to NHWC, contiguous", n),
        [n] {
          return [x = torch::rand({n / 4096, 64, 8, 8}).permute({0, 2, 3, 1})] { keep(x.contiguous()); };
        },
        {0, 8.0 * n});
    row(label("where", n),
        [n] {
          return
              [m = torch::rand({n}) > 0.5, x = torch::rand({n}), y = torch::rand({n})] { keep(torch::where(m, x, y)); };
        },
        {0, 13.0 * n});
  }
}

void copies() {
  for (int64_t n : sizes) {
    row(label("copy_", n),
        [n] { return [x = torch::rand({n}), y = torch::empty({n})]() mutable { keep(y.copy_(x)); }; }, {0, 8.0 * n});
    row(label("fill_", n), [n] { return [y = torch::empty({n})]() mutable { keep(y.fill_(2)); }; }, {0, 4.0 * n});
    row(label("add_", n), [n] { return [x = torch::rand({n}), y = torch::zeros({n})]() mutable { keep(y.add_(x)); }; },
        {0, 12.0 * n});
    row(label("add_ scaled", n),
        [n] { return [x = torch::rand({n}), y = torch::zeros({n})]() mutable { keep(y.add_(x, 1e-6)); }; },
        {0, 12.0 * n});
    row(label("to double", n), [n] { return [x = torch::rand({n})] { keep(x.to(torch::kDouble)); }; }, {0, 12.0 * n});
    row(label("to int64", n), [n] { return [x = torch::rand({n})] { keep(x.to(torch::kLong)); }; }, {0, 12.0 * n});
    row(label("uint8 to float", n), [n] { return [x = torch::ones({n}, torch::kByte)] { keep(x.to(torch::kFloat)); }; },
        {0, 5.0 * n});
    row(label("add, float64", n),
        [n] { return [x = torch::rand({n}, torch::kDouble), y = torch::rand({n}, torch::kDouble)] { keep(x + y); }; },
        {0, 24.0 * n});
    row(label("add, int64", n),
        [n] { return [x = torch::ones({n}, torch::kLong), y = torch::ones({n}, torch::kLong)] { keep(x + y); }; },
        {0, 24.0 * n});
  }
}

void integers() {
  const auto both = [](const std::string& op, auto f) {
    for (int64_t n : sizes)
      row(label(op + ", int64", n),
          [f, n] {
            return [f, x = torch::randint(1, 1000, {n}, torch::kLong), y = torch::randint(1, 9, {n}, torch::kLong)] {
              keep(f(x, y));
            };
          },
          {0, 24.0 * n});
  };
  both("mul", [](const Tensor& x, const Tensor& y) { return x * y; });
  both("floor_divide", [](const Tensor& x, const Tensor& y) { return torch::floor_divide(x, y); });
  both("remainder", [](const Tensor& x, const Tensor& y) { return torch::remainder(x, y); });
  both("bitwise_and", [](const Tensor& x, const Tensor& y) { return torch::bitwise_and(x, y); });
  both("maximum", [](const Tensor& x, const Tensor& y) { return torch::maximum(x, y); });
}

void other_layouts() {
  for (int64_t n : sizes) {
    const int64_t side = n == sizes[0] ? 256 : 2048;
    row(label("exp, transposed", n),
        [side] {
          return [x = torch::rand({side, side}).t()] { keep(torch::exp(x)); };
        },
        {0, 8.0 * n});
    row(label("exp, every second column", n),
        [side] {
          return [x = torch::rand({side, 2 * side}).slice(1, 0, 2 * side, 2)] { keep(torch::exp(x)); };
        },
        {0, 8.0 * n});
    row(label("atan2, column broadcast", n),
        [side] {
          return [x = torch::rand({side, side}), y = torch::rand({side, 1})] { keep(torch::atan2(x, y)); };
        },
        {0, 8.0 * n});
    row(label("maximum, transposed", n),
        [side] {
          return [x = torch::rand({side, side}), y = torch::rand({side, side}).t()] { keep(torch::maximum(x, y)); };
        },
        {0, 12.0 * n});
    row(label("gt, row broadcast", n),
        [side] {
          return [x = torch::rand({side, side}), y = torch::rand({side})] { keep(x > y); };
        },
        {0, 5.0 * n});
  }
}

const bench::Register all([] {
  binary("add", [](const Tensor& x, const Tensor& y) { return x + y; });
  binary("mul", [](const Tensor& x, const Tensor& y) { return x * y; });
  binary("div", [](const Tensor& x, const Tensor& y) { return x / y; });
  binary("pow", [](const Tensor& x, const Tensor& y) { return x.pow(y); });
  binary(
      "gt", [](const Tensor& x, const Tensor& y) { return x > y; }, 9);
  unary("add a number", [](const Tensor& x) { return x + 1.5; });
  unary("mul a number", [](const Tensor& x) { return x * 1.5; });
  unary("neg", [](const Tensor& x) { return -x; });
  unary("abs", [](const Tensor& x) { return x.abs(); });
  unary("relu", [](const Tensor& x) { return torch::relu(x); });
  unary("clamp", [](const Tensor& x) { return torch::clamp(x, 0.2, 0.8); });
  unary("sqrt", [](const Tensor& x) { return x.sqrt(); });
  unary("exp", [](const Tensor& x) { return x.exp(); });
  unary("log", [](const Tensor& x) { return x.log(); });
  unary("tanh", [](const Tensor& x) { return x.tanh(); });
  unary("sigmoid", [](const Tensor& x) { return x.sigmoid(); });
  unary("pow 2", [](const Tensor& x) { return x.pow(2); });
  unary("pow 2.5", [](const Tensor& x) { return x.pow(2.5); });
  binary("fmod", [](const Tensor& x, const Tensor& y) { return torch::fmod(x, y); });
  binary("remainder", [](const Tensor& x, const Tensor& y) { return torch::remainder(x, y); });
  binary("floor_divide", [](const Tensor& x, const Tensor& y) { return torch::floor_divide(x, y); });
  binary("maximum", [](const Tensor& x, const Tensor& y) { return torch::maximum(x, y); });
  binary("atan2", [](const Tensor& x, const Tensor& y) { return torch::atan2(x, y); });
  binary("hypot", [](const Tensor& x, const Tensor& y) { return torch::hypot(x, y); });
  binary("logaddexp", [](const Tensor& x, const Tensor& y) { return torch::logaddexp(x, y); });
  binary("xlogy", [](const Tensor& x, const Tensor& y) { return torch::xlogy(x, y); });
  binary("copysign", [](const Tensor& x, const Tensor& y) { return torch::copysign(x, y); });
  binary("lerp", [](const Tensor& x, const Tensor& y) { return torch::lerp(x, y, 0.3); });
  binary("addcmul", [](const Tensor& x, const Tensor& y) { return torch::addcmul(x, x, y, 0.5); });
  binary("addcdiv", [](const Tensor& x, const Tensor& y) { return torch::addcdiv(x, x, y, 0.5); });
  binary("clamp with tensors", [](const Tensor& x, const Tensor& y) { return torch::clamp_min(x, y); });
  binary(
      "logical_and", [](const Tensor& x, const Tensor& y) { return torch::logical_and(x, y); }, 9);
  unary("square", [](const Tensor& x) { return torch::square(x); });
  unary("reciprocal", [](const Tensor& x) { return torch::reciprocal(x); });
  unary("rsqrt", [](const Tensor& x) { return torch::rsqrt(x); });
  unary("sign", [](const Tensor& x) { return torch::sign(x); });
  unary("floor", [](const Tensor& x) { return torch::floor(x); });
  unary("round", [](const Tensor& x) { return torch::round(x); });
  unary("frac", [](const Tensor& x) { return torch::frac(x); });
  unary("nan_to_num", [](const Tensor& x) { return torch::nan_to_num(x); });
  unary("exp2", [](const Tensor& x) { return torch::exp2(x); });
  unary("expm1", [](const Tensor& x) { return torch::expm1(x); });
  unary("log2", [](const Tensor& x) { return torch::log2(x); });
  unary("log10", [](const Tensor& x) { return torch::log10(x); });
  unary("log1p", [](const Tensor& x) { return torch::log1p(x); });
  unary("sin", [](const Tensor& x) { return torch::sin(x); });
  unary("cos", [](const Tensor& x) { return torch::cos(x); });
  unary("tan", [](const Tensor& x) { return torch::tan(x); });
  unary("asin", [](const Tensor& x) { return torch::asin(x); });
  unary("acos", [](const Tensor& x) { return torch::acos(x); });
  unary("atan", [](const Tensor& x) { return torch::atan(x); });
  unary("sinh", [](const Tensor& x) { return torch::sinh(x); });
  unary("cosh", [](const Tensor& x) { return torch::cosh(x); });
  unary("asinh", [](const Tensor& x) { return torch::asinh(x); });
  unary("acosh", [](const Tensor& x) { return torch::acosh(x); });
  unary("atanh", [](const Tensor& x) { return torch::atanh(x); });
  unary("erf", [](const Tensor& x) { return torch::erf(x); });
  unary("erfc", [](const Tensor& x) { return torch::erfc(x); });
  unary("erfinv", [](const Tensor& x) { return torch::erfinv(x); });
  unary("lgamma", [](const Tensor& x) { return torch::lgamma(x); });
  unary("digamma", [](const Tensor& x) { return torch::digamma(x); });
  unary("logit", [](const Tensor& x) { return torch::logit(x, 0.1); });
  unary_in_place("sin_", [](Tensor& x) { return x.sin_(); });
  integers();
  other_layouts();
  unary_in_place("relu_", [](Tensor& x) { return x.relu_(); });
  unary_in_place("mul_ a number", [](Tensor& x) { return x.mul_(1.0); });
  layouts();
  copies();
});

}  // namespace
