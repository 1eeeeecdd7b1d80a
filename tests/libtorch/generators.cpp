// Random numbers and what may be missing, as extensions for LibTorch hand them on: optional generators and tensors,
// the generator's lock and state, lists of indices, gradients with one element for a scalar.
#include <ATen/CPUGeneratorImpl.h>
#include <c10/util/complex.h>
#include <torch/torch.h>

#include <cstdio>

namespace {
int failures = 0;
void expect(bool ok, const char* what) {
  if (!ok) std::printf("wrong: %s\n", what), ++failures;
}

at::Tensor dropped(const at::Tensor& x, double p, c10::optional<at::Generator> generator = c10::nullopt) {
  return at::empty_like(x).bernoulli_(1 - p, generator).mul_(x).div_(1 - p);
}
at::Tensor layer(const at::Tensor& x, const at::Tensor& weight, const c10::optional<at::Tensor>& bias = {}) {
  return at::linear(x, weight, bias);
}
}  // namespace
#define EXPECT(condition) expect(condition, #condition)

int main() {
  at::Generator g = at::detail::createCPUGenerator();
  const c10::optional<at::Generator> some = g, none;
  {
    std::unique_lock<std::mutex> lock(g.mutex());
    g.set_current_seed(7);
    EXPECT(lock.mutex() == &g.get<at::CPUGeneratorImpl>()->mutex_);
  }
  const at::Tensor state = g.get_state();
  const at::Tensor x = torch::rand({3}, some);
  g.set_state(state);
  EXPECT(x.equal(torch::rand({3}, g, torch::kFloat)));
  EXPECT(torch::randn({2}, none, at::kDouble).scalar_type() == at::kDouble);
  EXPECT(torch::randperm(4, some).numel() == 4 && torch::randint(2, 5, {3}, none).ge(2).all().item<bool>());
  EXPECT(torch::empty({3}, at::kLong).random_(3, c10::nullopt, some).ge(3).all().item<bool>());
  EXPECT(dropped(torch::ones({64}), .5, some).sum().item<float>() > 0 && dropped(torch::ones({4}), .5).numel() == 4);
  auto* numbers = at::get_generator_or_default<at::CPUGeneratorImpl>(none, at::detail::getDefaultCPUGenerator());
  numbers->set_current_seed(5);
  EXPECT(numbers->random() == 953453411u);  // as std::mt19937(5)
  EXPECT(g == *some && g != g.clone());

  const at::Tensor w = torch::ones({4, 3}), input = torch::ones({2, 3});
  EXPECT(layer(input, w).eq(3).all().item<bool>() && layer(input, w, torch::ones({4})).eq(4).all().item<bool>());
  const c10::optional<at::Tensor> absent;
  EXPECT(at::layer_norm(input, {3}, absent, absent).eq(0).all().item<bool>());
  const at::Tensor image = torch::ones({1, 2, 5, 6});
  EXPECT(at::conv2d(image, torch::ones({3, 2, 2, 3}), absent, 1, "same").sizes() == at::IntArrayRef({1, 3, 5, 6}));

  const at::Tensor t = torch::arange(12).view({3, 4}), j = torch::tensor({1, 3});
  EXPECT(at::index(t, {c10::nullopt, j}).equal(t.index_select(1, j)));
  c10::List<c10::optional<at::Tensor>> indices;
  indices.push_back(torch::tensor({0, 2}));
  EXPECT(at::index(t, indices).equal(t.index_select(0, torch::tensor({0, 2}))));

  at::Tensor leaf = torch::arange(4.).view({2, 2}).requires_grad_();
  (leaf * 3).sum().backward(torch::ones({1}));
  EXPECT(leaf.grad().eq(3).all().item<bool>());
  at::Tensor table = torch::ones({3, 2}).requires_grad_();
  at::gather(table, 0, torch::tensor({{2, 0}}), /*sparse_grad=*/true).sum().backward();
  EXPECT(table.grad().is_sparse());
  EXPECT(table.grad().to_dense().equal(torch::tensor({{0.f, 1.f}, {0.f, 0.f}, {1.f, 0.f}})));

  EXPECT(std::abs(std::exp(c10::complex<double>(0, 3.14159265358979)) + 1.) < 1e-12);
  EXPECT(c10::Half(0x3c00, c10::Half::from_bits()) == 1.f && c10::Half(1.f).x == 0x3c00);
  std::puts(failures ? "FAILED" : "all as expected");
  return failures != 0;
}
