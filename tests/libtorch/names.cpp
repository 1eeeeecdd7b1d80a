// What LibTorch's programs take for granted: its smaller headers, standard headers that torch.h brings, limits of the
// 16-bit types, aliases.
#include <ATen/AccumulateType.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOptions.h>
#include <c10/core/ScalarTypeToTypeMeta.h>
#include <c10/macros/Export.h>
#include <c10/util/OptionalArrayRef.h>
#include <c10/util/typeid.h>
#include <torch/linalg.h>
#include <torch/nn/functional/distance.h>
#include <torch/nn/functional/instancenorm.h>
#include <torch/nn/functional/normalization.h>
#include <torch/nn/modules/container/any_value.h>
#include <torch/nn/options/normalization.h>
#include <torch/optim/serialize.h>
#include <torch/serialize/archive.h>
#include <torch/serialize/tensor.h>
#include <torch/torch.h>

namespace {

int failures = 0;
void expect(bool ok, const char* what) {
  if (ok) return;
  ++failures;
  std::cout << "failed: " << what << "\n";
}
#define EXPECT(...) expect(__VA_ARGS__, #__VA_ARGS__)

/// The largest element, as generic kernels look for it: beginning with the least number of the type.
at::Tensor largest(const at::Tensor& x) {
  auto result = at::empty({}, x.options());
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, x.scalar_type(), "largest", [&] {
    scalar_t best = std::numeric_limits<scalar_t>::lowest();
    const scalar_t* data = x.data_ptr<scalar_t>();
    for (int64_t k = 0; k < x.numel(); ++k)
      if (data[k] > best) best = data[k];
    *result.data_ptr<scalar_t>() = best;
  });
  return result;
}

template <class F>
void limits(float lowest, float least, float epsilon, float denormal) {
  using L = std::numeric_limits<F>;
  EXPECT(L::is_specialized && L::is_signed && !L::is_integer && L::has_infinity && L::has_quiet_NaN);
  EXPECT(float(L::lowest()) == lowest && float(L::max()) == -lowest);
  EXPECT(float(L::min()) == least && float(L::epsilon()) == epsilon && float(L::denorm_min()) == denormal);
  EXPECT(std::isinf(float(L::infinity())) && float(L::infinity()) > 0);
  EXPECT(std::isnan(float(L::quiet_NaN())));
  EXPECT(float(F(1.f + epsilon)) != 1 && float(F(1.f + epsilon / 4)) == 1 && float(L::round_error()) == 0.5f);
}

/// Keeps a number in the archive, beside what the base class writes.
struct NetImpl : torch::nn::Module {
  torch::nn::Linear fc{nullptr};
  int64_t epoch = 0;
  NetImpl() : fc(register_module("fc", torch::nn::Linear(3, 2))) {}
  void save(torch::serialize::OutputArchive& archive) const override {
    Module::save(archive);
    archive.write("epoch", torch::tensor(epoch));
  }
  void load(torch::serialize::InputArchive& archive) override {
    Module::load(archive);
    torch::Tensor stored;
    archive.read("epoch", stored);
    epoch = stored.item<int64_t>();
  }
};
TORCH_MODULE(Net);

struct Layers {
  std::vector<int64_t> sizes;
  explicit Layers(torch::IntList list) : sizes(list.vec()) {}
};

}  // namespace

int main() {
  limits<c10::Half>(-65504.f, std::ldexp(1.f, -14), std::ldexp(1.f, -10), std::ldexp(1.f, -24));
  limits<c10::BFloat16>(-std::ldexp(255.f, 120), std::ldexp(1.f, -126), std::ldexp(1.f, -7), std::ldexp(1.f, -133));
  static_assert(std::numeric_limits<at::Half>::digits == 11 && std::numeric_limits<at::Half>::max_exponent == 16);
  static_assert(std::numeric_limits<at::BFloat16>::digits == 8 && std::numeric_limits<at::BFloat16>::digits10 == 2);
  for (auto type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16})
    EXPECT(largest(at::tensor({-3.f, -2.f, -5.f}).to(type)).item<float>() == -2);

  static_assert(std::is_same_v<at::acc_type<float, false>, double> && std::is_same_v<at::acc_type<bool, false>, bool>);
  static_assert(std::is_same_v<at::acc_type<at::Half, false>, float>);
  static_assert(std::is_same_v<at::acc_type<int, false>, int64_t>);

  EXPECT(Layers({2, 3}).sizes == std::vector<int64_t>{2, 3});
  std::stringstream file;  // torch.h brings it
  torch::save(torch::arange(3), file);
  torch::Tensor loaded;
  torch::load(loaded, file);
  EXPECT(torch::equal(loaded, torch::arange(3)));
  file.seekg(0);
  torch::load(loaded, file, torch::kCPU);
  EXPECT(loaded.size(0) == 3);
  torch::serialize::OutputArchive outer, inner(outer.compilation_unit());
  inner.write("x", torch::ones({2}));
  outer.write("inner", inner);
  std::stringstream nested;
  outer.save_to(nested);
  torch::serialize::InputArchive in, part;
  in.load_from(nested, torch::Device("cpu"));
  in.read("inner", part);
  part.read("x", loaded = torch::Tensor());
  EXPECT(loaded.numel() == 2);
  Net net, copy;
  net->epoch = 4;
  std::stringstream model;
  torch::save(net, model);
  torch::load(copy, model);
  EXPECT(copy->epoch == 4 && torch::equal(copy->fc->weight, net->fc->weight));
  bool refused = false;
  try {
    torch::load(loaded, file, torch::kCUDA);
  } catch (const std::exception&) {
    refused = true;
  }
  EXPECT(refused);
  const std::vector<int> numbers{1, 2, 3};
  EXPECT(std::accumulate(numbers.begin(), numbers.end(), 0) == 6);

  namespace rnn = torch::nn::utils::rnn;
  const auto packed = rnn::pack_sequence({torch::ones({3, 2}), torch::zeros({1, 2})});
  EXPECT(!packed.is_pinned() && !packed.is_cuda());

  return failures != 0;
}
