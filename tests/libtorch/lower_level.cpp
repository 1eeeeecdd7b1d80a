// What programs take from LibTorch below its documented interface: headers by their path in its sources, functionals
// with everything in a row, guards, replicas of a module.
#include <torch/csrc/api/include/torch/nn/utils.h>
#include <torch/csrc/api/include/torch/torch.h>
#include <torch/nn/parallel/data_parallel.h>
#include <torch/torch.h>

#include <cstdio>
#include <string>

namespace D = torch::nn::functional::detail;
namespace F = torch::nn::functional;

namespace {

int failures = 0;
void expect(bool ok, const char* what) {
  if (ok) return;
  std::printf("failed: %s\n", what);
  ++failures;
}
#define EXPECT(...) expect((__VA_ARGS__), #__VA_ARGS__)
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const c10::Error& e) {
    return e.what_without_backtrace();
  }
  return "no error";
}

/// A convolution that counts only what is given.
struct PartialConvImpl : torch::nn::Conv2dImpl {
  using torch::nn::Conv2dImpl::Conv2dImpl;
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& mask) {
    const auto found = D::conv2d(mask, torch::ones_like(weight), {}, options.stride(), options.padding(),
                                 options.dilation(), options.groups());
    return D::conv2d(x * mask, weight, bias, options.stride(), options.padding(), options.dilation(),
                     options.groups()) /
           found.clamp_min(1);
  }
};
TORCH_MODULE(PartialConv);

void functionals() {
  torch::manual_seed(1);
  const auto x = torch::randn({2, 4, 8, 8}), w = torch::randn({4, 4, 3, 3}), b = torch::randn({4});
  const auto p = torch::rand({4, 5}), q = torch::rand({4, 5}), weights = torch::rand({5});
  const auto t = torch::tensor({0, 2, 1, 4});
  PartialConv layer(torch::nn::Conv2dOptions(4, 2, 3).padding(1));
  EXPECT(torch::allclose(layer->forward(x, torch::ones_like(x))[0][0][3][3] * 36,
                         static_cast<torch::nn::Conv2dImpl&>(*layer).forward(x)[0][0][3][3]));
  EXPECT(D::conv2d(x, w, b, 2, torch::ExpandingArray<2>({1, 0}), 1, 1)
             .equal(F::conv2d(x, w, F::Conv2dFuncOptions().bias(b).stride(2).padding({1, 0}))));
  EXPECT(
      D::conv2d(x, w, {}, 1, torch::kSame, 1, 1).equal(F::conv2d(x, w, F::Conv2dFuncOptions().padding(torch::kSame))));
  EXPECT(
      D::conv_transpose2d(x, w, b, {2, 2}, {1, 0}, {1, 1}, 1, {1, 2})
          .equal(F::conv_transpose2d(
              x, w,
              F::ConvTranspose2dFuncOptions().bias(b).stride(2).padding({1, 0}).output_padding(1).dilation({1, 2}))));
  const auto mean = torch::zeros(4), var = torch::ones(4);
  EXPECT(D::batch_norm(x, {}, {}, b, {}, true, 0.1, 1e-3)
             .equal(F::batch_norm(x, {}, {}, F::BatchNormFuncOptions().weight(b).training(true).eps(1e-3))));
  D::batch_norm(x, mean, var, {}, {}, true, 0.25, 1e-5);
  EXPECT(torch::allclose(mean, x.mean({0, 2, 3}) * 0.25));
  EXPECT(D::instance_norm(x, {}, {}, b, {}, true, 0.1, 1e-5)
             .equal(F::instance_norm(x, F::InstanceNormFuncOptions().weight(b))));
  EXPECT(D::layer_norm(p, {5}, {}, {}, 1e-3).equal(F::layer_norm(p, F::LayerNormFuncOptions({5}).eps(1e-3))));
  EXPECT(D::pad(x, {1, 2, 0, 1}, torch::kReflect, 0)
             .equal(F::pad(x, F::PadFuncOptions({1, 2, 0, 1}).mode(torch::kReflect))));
  EXPECT(D::pad(x, {1, 2}, torch::kConstant, 3).equal(F::pad(x, F::PadFuncOptions({1, 2}).value(3))));
  EXPECT(std::get<1>(D::max_pool2d_with_indices(x, 3, 2, 1, 1, false))
             .equal(std::get<1>(F::max_pool2d_with_indices(x, F::MaxPool2dFuncOptions(3).stride(2).padding(1)))));
  EXPECT(
      D::avg_pool2d(x, 2, 1, 1, true, false, 3)
          .equal(F::avg_pool2d(
              x,
              F::AvgPool2dFuncOptions(2).stride(1).padding(1).ceil_mode(true).count_include_pad(false).divisor_override(
                  3))));
  EXPECT(D::adaptive_avg_pool2d(x, {3, c10::nullopt})
             .equal(F::adaptive_avg_pool2d(x, F::AdaptiveAvgPool2dFuncOptions({3, 8}))));
  EXPECT(D::cross_entropy(p, t, weights, 2, torch::kSum, 0.1)
             .equal(F::cross_entropy(p, t,
                                     F::CrossEntropyFuncOptions()
                                         .weight(weights)
                                         .ignore_index(2)
                                         .reduction(torch::kSum)
                                         .label_smoothing(0.1))));
  EXPECT(
      D::smooth_l1_loss(p, q, torch::kNone).equal(F::smooth_l1_loss(p, q, F::SmoothL1LossFuncOptions(torch::kNone))));
  EXPECT(D::binary_cross_entropy_with_logits(p, q, {}, torch::kMean, weights)
             .equal(F::binary_cross_entropy_with_logits(
                 p, q, F::BinaryCrossEntropyWithLogitsFuncOptions().pos_weight(weights))));
  EXPECT(D::leaky_relu(x, 0.1, false).equal(F::leaky_relu(x, F::LeakyReLUFuncOptions().negative_slope(0.1))));
  EXPECT(D::softmax(p, 0, torch::kDouble).equal(F::softmax(p, F::SoftmaxFuncOptions(0).dtype(torch::kDouble))));
  EXPECT(D::embedding(t, torch::ones({5, 2}), 4, 1., 2., false, false)
             .equal(F::embedding(t, torch::ones({5, 2}), F::EmbeddingFuncOptions().padding_idx(4).max_norm(1.))));
  EXPECT(
      D::interpolate(x, c10::nullopt, std::vector<double>{2., 1.}, torch::kNearest, c10::nullopt, c10::nullopt, false)
          .equal(F::interpolate(x, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2., 1.}))));
  auto changed = x.clone();
  D::relu(changed, true);
  EXPECT(changed.equal(x.relu()));
}

void guards() {
  const auto x = torch::ones({2}).requires_grad_();
  {
    at::AutoNonVariableTypeMode off(true);
    EXPECT(!(x * 2).requires_grad());
  }
  {
    at::AutoDispatchBelowADInplaceOrView off;
    EXPECT(!(x * 2).requires_grad());
  }
  EXPECT((x * 2).requires_grad());
  const at::OptionalDeviceGuard here(at::device_of(x)), nowhere(at::device_of(torch::Tensor()));
  EXPECT(here.current_device() == torch::Device("cpu") && !nowhere.current_device());
  const c10::DeviceGuard guard(x.device());
  EXPECT(guard.original_device().is_cpu());
  EXPECT(error_of([] { c10::DeviceGuard cuda(torch::Device("cuda:1")); }) ==
         "DeviceGuard: this library computes on the CPU, got device cuda:1");
}

void replicas() {
  torch::nn::Linear net(3, 2);
  const auto x = torch::randn({4, 3});
  const std::vector<torch::Device> twice(2, torch::kCPU);
  EXPECT(torch::nn::parallel::data_parallel(net, x, twice).equal(net(x)));
  EXPECT(error_of([&] { torch::nn::parallel::data_parallel(net, x); }).find("at least one CUDA device") !=
         std::string::npos);
  auto copies = torch::nn::parallel::replicate(net, twice);
  EXPECT(copies.size() == 2 && copies[1]->weight.equal(net->weight) && !copies[1]->weight.is_same(net->weight));
  EXPECT(torch::nn::parallel::parallel_apply(copies, {x, x + 1}, twice)[1].equal(net(x + 1)));
  EXPECT(error_of([&] { torch::nn::parallel::parallel_apply(copies, {x}); }).find("as many inputs as modules") !=
         std::string::npos);
}

}  // namespace

int main() {
  functionals();
  guards();
  replicas();
  const torch::IValue tuple(c10::ivalue::Tuple::create({1, "a"}));
  EXPECT(tuple.toTuple()->elements()[1].toStringRef() == "a");
  c10::impl::GenericDict dict;
  dict.insert("a", 1);
  EXPECT(dict.at("a").toInt() == 1);
  c10::List<c10::optional<torch::Tensor>> indices({torch::ones({1}), c10::nullopt});
  std::vector<bool> given;
  for (const c10::optional<torch::Tensor>& index : indices) given.push_back(index.has_value());
  EXPECT(given == std::vector<bool>({true, false}));
  torch::nn::utils::clip_grad_norm_({torch::ones({1})}, 1.0);
  return failures != 0;
}
