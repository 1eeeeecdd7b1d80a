// Random tensors over the generator's kernels: rand ... randperm, uniform_ ... log_normal_, bernoulli, multinomial.
#include "lampas/ops/random.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/elementwise.h"
#include "ops/random_fill.h"

namespace lampas {

namespace {

/// An op that overwrites its input with numbers that do not depend on it.
template <int Which>
struct RandomFill {
  static constexpr const char* names[] = {"uniform_",    "normal_",    "exponential_", "cauchy_",
                                          "log_normal_", "geometric_", "bernoulli_",   "random_"};
  static constexpr const char* name = names[Which];
  using saves = Saves<>;
  const char* label = name;
  Grads<1> backward(const Tensor&, const Needs<1>&) const { return {}; }
};
enum : int { kUniform, kNormal, kExponential, kCauchy, kLogNormal, kGeometric, kBernoulli, kRandom };

void check_target(const char* op, const Tensor& t) {
  check(t.defined(), op, ": tensor is undefined");
  check_no_internal_overlap(op, t);
}

template <int Which, class Draw>
Tensor& fill(const Tensor& self, const Draw& draw, const char* label = RandomFill<Which>::name) {
  apply_inplace(RandomFill<Which>{label}, self, [&] { draw(self); });
  return const_cast<Tensor&>(self);
}

/// Complex numbers as pairs of their parts, one dimension more.
Tensor as_real(const Tensor& t) {
  const TensorImpl& i = *t.impl();
  Shape sizes(i.sizes_ref()), strides(i.strides_ref());
  for (int64_t& s : strides) s *= 2;
  sizes.push_back(2);
  strides.push_back(1);
  return Tensor::adopt(
      detail::new_over(i.storage, sizes, strides, i.offset, i.dtype == kComplexFloat ? kFloat : kDouble));
}

double largest_of(ScalarType t) {
  return t == kFloat      ? std::numeric_limits<float>::max()
         : t == kHalf     ? 65504.0
         : t == kBFloat16 ? 3.38953138925153547590470800371487866880e38
                          : std::numeric_limits<double>::max();
}

void uniform(const Tensor& given, double from, double to, const Generator& g) {
  const Tensor t = lampas::is_complex(given.scalar_type()) ? as_real(given) : given;
  const auto fn = uniform_kernel.get(t.scalar_type());
  const double largest = largest_of(t.scalar_type());
  check(from >= -largest && from <= largest, "uniform_: from is out of bounds for ", t.scalar_type(), ": ", from);
  check(to >= -largest && to <= largest, "uniform_: to is out of bounds for ", t.scalar_type(), ": ", to);
  check(from <= to, "uniform_ expects to return a [from, to) range, but found from=", from, " > to=", to);
  check(to - from <= largest, "uniform_ expects to-from <= the largest ", t.scalar_type(), ", but found to=", to,
        " and from=", from, " which result in to-from to exceed the limit");
  fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, from, to); });
}

void check_std(double std) { check(std >= 0, "normal_: normal expects std >= 0.0, but found std ", std); }

void normal_values(const Tensor& given, double mean, double std, const Generator& g) {
  const bool complex = lampas::is_complex(given.scalar_type());
  const Tensor t = complex ? as_real(given) : given;
  if (complex) std /= std::sqrt(2.0);
  const auto fn = (t.is_contiguous() ? normal_kernel : normal_pairwise_kernel).get(t.scalar_type());
  fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, mean, std); });
}

void integers(const char* op, const Tensor& t, int64_t from, std::optional<int64_t> to, const Generator& g) {
  const RandomRange r = random_range(t.scalar_type(), from, to, op);
  const auto fn = random_range_kernel.get(t.scalar_type());
  fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, r.range, r.base); });
}

void trials(const Tensor& t, double p, const Generator& g) {
  check(p >= 0 && p <= 1, "bernoulli_ expects p to be in [0, 1], but got p=", p);
  const auto fn = bernoulli_kernel.get(t.scalar_type());
  fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, p, 1.0); });
}

void trials(const Tensor& t, const Tensor& p, const Generator& g) {
  const auto fn = bernoulli_tensor_kernel.get(p.scalar_type());
  bernoulli_kernel.get(t.scalar_type());  // the dtypes results can have
  const Tensor spread = p.detach().expand(t.sizes());
  if (t.numel() == 0) return;
  // Probabilities in the order the results are drawn.
  const Shape order = memory_order(t);
  const Tensor to = ordered_view(t, order), from = plain(ordered_view(spread, order));
  if (t.impl()->contiguous || to.impl()->contiguous) {
    const Tensor& block = t.impl()->contiguous ? t : to;
    const Tensor same = t.impl()->contiguous ? plain(spread) : from;
    fn(generator_impl(g), same.impl()->data(), block.impl()->data(), t.scalar_type(), t.numel());
    return;
  }
  Tensor block = empty_of(to, to.sizes());
  fn(generator_impl(g), from.impl()->data(), block.impl()->data(), t.scalar_type(), t.numel());
  copy_elements(to, block);
}

/// A fresh tensor to fill before it asks for gradients.
template <class Fill>
Tensor filled(Tensor t, const TensorOptions& o, const Fill& fill) {
  fill(t);
  if (o.requires_grad()) t.set_requires_grad(true);
  return t;
}
Tensor fresh(IntArrayRef sizes, const TensorOptions& o) { return empty(sizes, o.requires_grad(std::nullopt)); }
Tensor fresh_like(const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return empty_like(x, o.requires_grad(std::nullopt), format);
}

}  // namespace

Tensor rand(IntArrayRef sizes, Generator g, const TensorOptions& o) {
  return filled(fresh(sizes, o), o, [&](const Tensor& t) { uniform(t, 0, 1, g); });
}
Tensor rand(IntArrayRef sizes, const TensorOptions& o) { return rand(sizes, Generator(), o); }
Tensor rand_like(const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return filled(fresh_like(x, o, format), o, [&](const Tensor& t) { uniform(t, 0, 1, {}); });
}

Tensor randn(IntArrayRef sizes, Generator g, const TensorOptions& o) {
  return filled(fresh(sizes, o), o, [&](const Tensor& t) { normal_values(t, 0, 1, g); });
}
Tensor randn(IntArrayRef sizes, const TensorOptions& o) { return randn(sizes, Generator(), o); }
Tensor randn_like(const Tensor& x, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return filled(fresh_like(x, o, format), o, [&](const Tensor& t) { normal_values(t, 0, 1, {}); });
}

Tensor randint(int64_t low, int64_t high, IntArrayRef sizes, Generator g, const TensorOptions& o) {
  const TensorOptions with = TensorOptions(kLong).merge_in(o);
  return filled(fresh(sizes, with), with, [&](const Tensor& t) { integers("randint", t, low, high, g); });
}
Tensor randint(int64_t low, int64_t high, IntArrayRef sizes, const TensorOptions& o) {
  return randint(low, high, sizes, Generator(), o);
}
Tensor randint(int64_t high, IntArrayRef sizes, const TensorOptions& o) {
  return randint(0, high, sizes, Generator(), o);
}
Tensor randint(int64_t high, IntArrayRef sizes, Generator g, const TensorOptions& o) {
  return randint(0, high, sizes, std::move(g), o);
}
Tensor randint_like(const Tensor& x, int64_t low, int64_t high, const TensorOptions& o,
                    std::optional<MemoryFormat> format) {
  return filled(fresh_like(x, o, format), o, [&](const Tensor& t) { integers("randint_like", t, low, high, {}); });
}
Tensor randint_like(const Tensor& x, int64_t high, const TensorOptions& o, std::optional<MemoryFormat> format) {
  return randint_like(x, 0, high, o, format);
}

Tensor randperm(int64_t n, Generator g, const TensorOptions& o) {
  check(n >= 0, "randperm: n must be non-negative, got ", n);
  const TensorOptions with = TensorOptions(kLong).merge_in(o);
  const ScalarType dtype = with.scalar_type();
  const auto fn = randperm_kernel.get(dtype);
  const int64_t most = dtype == kByte       ? 256
                       : dtype == kChar     ? 128
                       : dtype == kShort    ? 32768
                       : dtype == kInt      ? int64_t{1} << 31
                       : dtype == kHalf     ? 2049
                       : dtype == kBFloat16 ? 257
                       : dtype == kFloat    ? (int64_t{1} << 24) + 1
                       : dtype == kDouble   ? (int64_t{1} << 53) + 1
                                            : std::numeric_limits<int64_t>::max();
  check(n <= most, "randperm: n cannot be greater than ", most, " for ", dtype, " type, got ", n);
  return filled(fresh({n}, with), with, [&](const Tensor& t) {
    if (n > 0) fn(generator_impl(g), t.impl()->data(), n);
  });
}
Tensor randperm(int64_t n, const TensorOptions& o) { return randperm(n, Generator(), o); }

Tensor normal(double mean, double std, IntArrayRef sizes, Generator g, const TensorOptions& o) {
  check_std(std);
  return filled(fresh(sizes, o), o, [&](const Tensor& t) { normal_values(t, mean, std, g); });
}
namespace {

/// Draws whose result does not depend smoothly on their inputs (or, of normal, is not differentiated, as in PyTorch):
/// the gradient is zero.
struct NormalAround {
  static constexpr auto name = "normal";
  using saves = Saves<>;
  double std;
  Generator generator;
  friend const char* label_of(const NormalAround&) { return "normal.1"; }
  Tensor forward(const Tensor& mean) const {
    Tensor y = empty_like(mean);
    normal_values(y, 0, std, generator);
    return y.add_(mean);
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {zeros_like(g)}; }
};
struct Normal {
  static constexpr auto name = "normal";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  const char* label;
  Generator generator;
  Tensor forward(const Tensor& mean, const Tensor& std) const {
    const Shape sizes = broadcast_shapes(mean.sizes(), std.sizes(), name);
    Tensor y = mean.sizes() == IntArrayRef(sizes) ? empty_like(mean) : mean.new_empty(sizes);
    normal_values(y, 0, 1, generator);
    return y.mul_(std).add_(mean);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? zeros_like(g) : Tensor(), need[1] ? zeros_like(g) : Tensor()};
  }
};
struct Trials {
  static constexpr auto name = "bernoulli";
  using saves = Saves<>;
  Generator generator;
  Tensor forward(const Tensor& p) const {
    Tensor y = empty_of(p, p.sizes());  // row-major whatever p is, so that elements are drawn in that order
    trials(y, p, generator);
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {zeros_like(g)}; }
};

Tensor normal_of(const char* label, const Tensor& mean, const Tensor& std, Generator g) {
  check(mean.defined() && std.defined(), "normal: tensor is undefined");
  check(!lampas::is_complex(std.scalar_type()), "normal expects standard deviation to be non-complex");
  check(std.numel() == 0 || std.detach().ge(0).all().item<bool>(), "normal: normal expects all elements of std >= 0.0");
  return apply(Normal{label, std::move(g)}, mean, std);
}

}  // namespace

Tensor normal(const Tensor& mean, double std, Generator g) {
  check(mean.defined(), "normal: mean is undefined");
  check_std(std);
  return apply(NormalAround{std, std::move(g)}, mean);
}
Tensor normal(double mean, const Tensor& std, Generator g) {
  check(std.defined(), "normal: std is undefined");
  return normal_of("normal.2", std.detach().new_full({}, mean), std, std::move(g));
}
Tensor normal(const Tensor& mean, const Tensor& std, Generator g) {
  return normal_of("normal.3", mean, std, std::move(g));
}

Tensor bernoulli(const Tensor& x, Generator g) {
  check(x.defined(), "bernoulli: tensor is undefined");
  return apply(Trials{std::move(g)}, x);
}
Tensor bernoulli(const Tensor& x, double p, Generator g) {
  check(x.defined(), "bernoulli: tensor is undefined");
  Tensor y = empty_of(x, x.sizes());
  trials(y, p, g);
  return y;
}

namespace {

/// Numbers drawn for each element, which do not depend on it smoothly: the gradient is zero.
struct Events {
  static constexpr auto name = "poisson";
  using saves = Saves<>;
  Generator generator;
  Tensor forward(const Tensor& rate) const {
    Tensor y = plain(rate.to(kDouble)).clone();
    poisson_kernel.get(kDouble)(generator_impl(generator), y.impl()->data_as<double>(), y.impl()->data_as<double>(),
                                y.numel());
    return y.to(rate.scalar_type());
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {zeros_like(g)}; }
};
struct Successes {
  static constexpr auto name = "binomial";
  static constexpr bool broadcasts = true;
  using saves = Saves<>;
  Generator generator;
  Tensor forward(const Tensor& count, const Tensor& p) const {
    const Shape sizes = broadcast_shapes(count.sizes(), p.sizes(), name);
    const Tensor n = plain(count.to(kDouble).expand(sizes)), q = plain(p.to(kDouble).expand(sizes));
    Tensor y = empty_of(n, sizes);
    binomial_kernel.get(kDouble)(generator_impl(generator), n.impl()->data_as<double>(), q.impl()->data_as<double>(),
                                 y.impl()->data_as<double>(), y.numel());
    return y.to(count.scalar_type());
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need) const {
    return {need[0] ? zeros_like(g) : Tensor(), need[1] ? zeros_like(g) : Tensor()};
  }
};

}  // namespace

Tensor poisson(const Tensor& rate, Generator g) {
  check(rate.defined(), "poisson: tensor is undefined");
  check(rate.is_floating_point(), "poisson: only floating-point rates are supported, got ", rate.scalar_type());
  return apply(Events{std::move(g)}, rate);
}
Tensor binomial(const Tensor& count, const Tensor& p, Generator g) {
  check(count.defined() && p.defined(), "binomial: tensor is undefined");
  check(count.is_floating_point() && count.scalar_type() == p.scalar_type(),
        "binomial: expected count and prob of one floating-point dtype, got ", count.scalar_type(), " and ",
        p.scalar_type());
  return apply(Successes{std::move(g)}, count, p);
}

Tensor multinomial(const Tensor& x, int64_t samples, bool replacement, Generator g) {
  check(x.defined(), "multinomial: tensor is undefined");
  check(x.dim() == 1 || x.dim() == 2, "multinomial: prob_dist must be 1 or 2 dim, got ", x);
  check(x.is_floating_point(), "multinomial: only supports floating-point dtypes for input, got: ", x.scalar_type());
  check(samples > 0, "multinomial: cannot sample n_sample <= 0 samples, got ", samples);
  const int64_t categories = x.size(-1), rows = x.dim() == 2 ? x.size(0) : 1;
  check(replacement || samples <= categories,
        "multinomial: cannot sample n_sample > prob_dist.size(-1) samples without replacement: ", samples, " > ",
        categories);
  check(categories <= int64_t{1} << 24, "multinomial: number of categories cannot exceed 2^24, got ", categories);
  check(categories > 0 || rows == 0, "multinomial: needs at least one category, got ", x);
  Shape sizes(x.sizes());
  sizes[sizes.size() - 1] = samples;
  Tensor y = empty(sizes, kLong);
  if (y.numel() == 0) return y;
  const Tensor weights = plain(x), scratch = empty({2 * categories}, kDouble);
  multinomial_kernel.get(x.scalar_type())(generator_impl(g), weights.impl()->data(), rows, categories, samples,
                                          replacement, y.impl()->data_as<int64_t>(), scratch.impl()->data_as<double>());
  return y;
}

Tensor& Tensor::uniform_(double from, double to, Generator g) const {
  check_target("uniform_", *this);
  return fill<kUniform>(*this, [&](const Tensor& t) { uniform(t, from, to, g); });
}
Tensor& Tensor::normal_(double mean, double std, Generator g) const {
  check_target("normal_", *this);
  check_std(std);
  return fill<kNormal>(*this, [&](const Tensor& t) { normal_values(t, mean, std, g); });
}
Tensor& Tensor::exponential_(double lambd, Generator g) const {
  check_target("exponential_", *this);
  check(lambd >= 0, "exponential_ expects lambda >= 0.0, but found lambda=", lambd);
  const auto fn = exponential_kernel.get(scalar_type());
  return fill<kExponential>(*this, [&](const Tensor& t) {
    fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, lambd); });
  });
}
Tensor& Tensor::cauchy_(double median, double sigma, Generator g) const {
  check_target("cauchy_", *this);
  const auto fn = cauchy_kernel.get(scalar_type());
  return fill<kCauchy>(*this, [&](const Tensor& t) {
    fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, median, sigma); });
  });
}
Tensor& Tensor::log_normal_(double mean, double std, Generator g) const {
  check_target("log_normal_", *this);
  check(std > 0, "log_normal_ expects std > 0.0, but found std=", std);
  const auto fn = log_normal_kernel.get(scalar_type());
  return fill<kLogNormal>(*this, [&](const Tensor& t) {
    fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, mean, std); });
  });
}
Tensor& Tensor::geometric_(double p, Generator g) const {
  check_target("geometric_", *this);
  check(p > 0 && p < 1, "geometric_ expects p to be in (0, 1), but got p=", p);
  const auto fn = geometric_kernel.get(scalar_type());
  return fill<kGeometric>(*this, [&](const Tensor& t) {
    fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n, p); });
  });
}
Tensor& Tensor::bernoulli_(double p, Generator g) const {
  check_target("bernoulli_", *this);
  return fill<kBernoulli>(
      *this, [&](const Tensor& t) { trials(t, p, g); }, "bernoulli.2");
}
Tensor& Tensor::bernoulli_(const Tensor& p, Generator g) const {
  check_target("bernoulli_", *this);
  check(p.defined(), "bernoulli_: p is undefined");
  return fill<kBernoulli>(
      *this, [&](const Tensor& t) { trials(t, p, g); }, "bernoulli.1");
}
Tensor Tensor::bernoulli(Generator g) const { return lampas::bernoulli(*this, std::move(g)); }
Tensor Tensor::bernoulli(double p, Generator g) const { return lampas::bernoulli(*this, p, std::move(g)); }
Tensor Tensor::multinomial(int64_t samples, bool replacement, Generator g) const {
  return lampas::multinomial(*this, samples, replacement, std::move(g));
}
Tensor& Tensor::random_(int64_t from, std::optional<int64_t> to, Generator g) const {
  check_target("random_", *this);
  return fill<kRandom>(*this, [&](const Tensor& t) { integers("random_", t, from, to, g); });
}
Tensor& Tensor::random_(int64_t to, Generator g) const {
  check_target("random_", *this);
  return fill<kRandom>(
      *this, [&](const Tensor& t) { integers("random_", t, 0, to, g); }, "random.1");
}
Tensor& Tensor::random_(Generator g) const {
  check_target("random_", *this);
  const auto fn = random_kernel.get(scalar_type());
  return fill<kRandom>(
      *this,
      [&](const Tensor& t) { fill_in_memory_order(t, [&](void* data, int64_t n) { fn(generator_impl(g), data, n); }); },
      "random.2");
}

Tensor Generator::get_state() const {
  const std::vector<uint8_t> bytes = state_bytes(*this);
  Tensor state = empty({static_cast<int64_t>(bytes.size())}, kByte);
  std::copy(bytes.begin(), bytes.end(), state.data_ptr<uint8_t>());
  return state;
}
void Generator::set_state(const Tensor& state) {
  check_type(state.defined() && state.scalar_type() == kByte && state.layout() == kStrided,
             "Generator::set_state: RNG state must be a torch.ByteTensor, got ", state);
  check(state.is_contiguous(), "Generator::set_state: RNG state must be contiguous, got strides ", state.strides());
  set_state_bytes(*this, state.const_data_ptr<uint8_t>(), static_cast<size_t>(state.numel()));
}

}  // namespace lampas
