// name_out(out, ...) of ops/factories.h, ops/random.h.
#include "lampas/ops/factories.h"
#include "lampas/ops/out.h"
#include "lampas/ops/random.h"
#include "ops/out.h"

namespace lampas {

// ---- ops/factories.h
Tensor& arange_out(Tensor& out, const Scalar& end) {
  return exact_out("arange", out, lampas::arange(end, options_of("arange", out)));
}
Tensor& arange_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step) {
  return exact_out("arange", out, lampas::arange(start, end, step, options_of("arange", out)));
}
Tensor& eye_out(Tensor& out, int64_t n) { return exact_out("eye", out, lampas::eye(n, options_of("eye", out))); }
Tensor& eye_out(Tensor& out, int64_t n, int64_t m) {
  return exact_out("eye", out, lampas::eye(n, m, options_of("eye", out)));
}
Tensor& full_out(Tensor& out, IntArrayRef sizes, const Scalar& value) {
  return exact_out("full", out, lampas::full(sizes, value, options_of("full", out)));
}
Tensor& full_like_out(Tensor& out, const Tensor& x, const Scalar& value, std::optional<MemoryFormat> format) {
  return exact_out("full_like", out, lampas::full_like(x, value, options_of("full_like", out), format));
}
Tensor& linspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps) {
  return exact_out("linspace", out, lampas::linspace(start, end, steps, options_of("linspace", out)));
}
Tensor& logspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps, double base) {
  return exact_out("logspace", out, lampas::logspace(start, end, steps, base, options_of("logspace", out)));
}
Tensor& ones_out(Tensor& out, IntArrayRef sizes) {
  return exact_out("ones", out, lampas::ones(sizes, options_of("ones", out)));
}
Tensor& ones_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format) {
  return exact_out("ones_like", out, lampas::ones_like(x, options_of("ones_like", out), format));
}
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end) {
  return exact_out("range", out, lampas::range(start, end, options_of("range", out)));
}
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step) {
  return exact_out("range", out, lampas::range(start, end, step, options_of("range", out)));
}
Tensor& scalar_tensor_out(Tensor& out, const Scalar& value) {
  return exact_out("scalar_tensor", out, lampas::scalar_tensor(value, options_of("scalar_tensor", out)));
}
Tensor& zeros_out(Tensor& out, IntArrayRef sizes) {
  return exact_out("zeros", out, lampas::zeros(sizes, options_of("zeros", out)));
}
Tensor& zeros_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format) {
  return exact_out("zeros_like", out, lampas::zeros_like(x, options_of("zeros_like", out), format));
}

// ---- ops/random.h
Tensor& bernoulli_out(Tensor& out, const Tensor& x, Generator generator) {
  return exact_out("bernoulli", out, lampas::bernoulli(x, generator));
}
Tensor& bernoulli_out(Tensor& out, const Tensor& x, double p, Generator generator) {
  return exact_out("bernoulli", out, lampas::bernoulli(x, p, generator));
}
Tensor& poisson_out(Tensor& out, const Tensor& rate, Generator generator) {
  return exact_out("poisson", out, lampas::poisson(rate, generator));
}
Tensor& binomial_out(Tensor& out, const Tensor& count, const Tensor& prob, Generator generator) {
  return exact_out("binomial", out, lampas::binomial(count, prob, generator));
}
Tensor& multinomial_out(Tensor& out, const Tensor& x, int64_t num_samples, bool replacement, Generator generator) {
  return exact_out("multinomial", out, lampas::multinomial(x, num_samples, replacement, generator));
}
Tensor& normal_out(Tensor& out, const Tensor& mean, double std, Generator generator) {
  return exact_out("normal", out, lampas::normal(mean, std, generator));
}
Tensor& normal_out(Tensor& out, double mean, const Tensor& std, Generator generator) {
  return exact_out("normal", out, lampas::normal(mean, std, generator));
}
Tensor& normal_out(Tensor& out, const Tensor& mean, const Tensor& std, Generator generator) {
  return exact_out("normal", out, lampas::normal(mean, std, generator));
}
Tensor& normal_out(Tensor& out, double mean, double std, IntArrayRef sizes, Generator generator) {
  return exact_out("normal", out, lampas::normal(mean, std, sizes, generator, options_of("normal", out)));
}
Tensor& rand_out(Tensor& out, IntArrayRef sizes) {
  return exact_out("rand", out, lampas::rand(sizes, options_of("rand", out)));
}
Tensor& rand_out(Tensor& out, IntArrayRef sizes, Generator generator) {
  return exact_out("rand", out, lampas::rand(sizes, generator, options_of("rand", out)));
}
Tensor& rand_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format) {
  return exact_out("rand_like", out, lampas::rand_like(x, options_of("rand_like", out), format));
}
Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef sizes) {
  return exact_out("randint", out, lampas::randint(high, sizes, options_of("randint", out)));
}
Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef sizes, Generator generator) {
  return exact_out("randint", out, lampas::randint(high, sizes, generator, options_of("randint", out)));
}
Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef sizes) {
  return exact_out("randint", out, lampas::randint(low, high, sizes, options_of("randint", out)));
}
Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef sizes, Generator generator) {
  return exact_out("randint", out, lampas::randint(low, high, sizes, generator, options_of("randint", out)));
}
Tensor& randint_like_out(Tensor& out, const Tensor& x, int64_t high, std::optional<MemoryFormat> format) {
  return exact_out("randint_like", out, lampas::randint_like(x, high, options_of("randint_like", out), format));
}
Tensor& randint_like_out(Tensor& out, const Tensor& x, int64_t low, int64_t high, std::optional<MemoryFormat> format) {
  return exact_out("randint_like", out, lampas::randint_like(x, low, high, options_of("randint_like", out), format));
}
Tensor& randn_out(Tensor& out, IntArrayRef sizes) {
  return exact_out("randn", out, lampas::randn(sizes, options_of("randn", out)));
}
Tensor& randn_out(Tensor& out, IntArrayRef sizes, Generator generator) {
  return exact_out("randn", out, lampas::randn(sizes, generator, options_of("randn", out)));
}
Tensor& randn_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format) {
  return exact_out("randn_like", out, lampas::randn_like(x, options_of("randn_like", out), format));
}
Tensor& randperm_out(Tensor& out, int64_t n) {
  return exact_out("randperm", out, lampas::randperm(n, options_of("randperm", out)));
}
Tensor& randperm_out(Tensor& out, int64_t n, Generator generator) {
  return exact_out("randperm", out, lampas::randperm(n, generator, options_of("randperm", out)));
}

// ---- further forms
Tensor& empty_out(Tensor& out, IntArrayRef sizes, std::optional<MemoryFormat> format) {
  check(out.defined(), "empty: out is undefined");
  out.resize_(sizes, format);
  return out;
}
Tensor& empty_like_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format) {
  check(x.defined(), "empty_like: tensor is undefined");
  return exact_out("empty_like", out, empty_like(x, options_of("empty_like", out), format));
}
Tensor& empty_strided_out(Tensor& out, IntArrayRef sizes, IntArrayRef strides) {
  return exact_out("empty_strided", out, empty_strided(sizes, strides, options_of("empty_strided", out)));
}
Tensor& bernoulli_out(Tensor& out, const Tensor& x, const Tensor& p, Generator generator) {
  check(x.defined(), "bernoulli: tensor is undefined");
  return exact_out("bernoulli", out, empty_like(x).bernoulli_(p, generator));
}

}  // namespace lampas
