// What LibTorch's programs use besides tensors and layers: accessors, array references, dispatch macros, loops over
// threads, archives of modules and optimizers, options of their own.
#include <torch/torch.h>

#include <cstdio>
#include <mutex>
#include <numeric>
#include <sstream>

namespace {

int failures = 0;
void expect(bool ok, const char* what) {
  if (ok) return;
  std::printf("failed: %s\n", what);
  ++failures;
}
#define EXPECT(...) expect((__VA_ARGS__), #__VA_ARGS__)
template <class F>
bool throws(F f) {
  try {
    f();
  } catch (const std::exception&) {
    return true;
  }
  return false;
}

void accessors() {
  const auto x = torch::arange(24, torch::kFloat).view({2, 3, 4}), turned = x.transpose(0, 2);
  torch::PackedTensorAccessor32<float, 3> a = x.packed_accessor32<float, 3>();
  at::PackedTensorAccessor64<float, 3> b = turned.packed_accessor64<float, 3, at::DefaultPtrTraits>();
  const at::GenericPackedTensorAccessor<float, 3> c = x.packed_accessor<float, 3>();
  EXPECT(a[1][2][3] == 23 && b[3][2][1] == 23 && c[1][0][2] == 14);
  EXPECT(a.size(1) == 3 && b.stride(0) == 1 && c.data() == x.data_ptr<float>());
  EXPECT(a[1].size(0) == 3 && a.transpose(0, 2)[3][2][1] == 23);
  a[0][0][0] = 7;
  EXPECT(x[0][0][0].item<float>() == 7);
  const auto row = x[1];
  const at::TensorAccessor<float, 2> d = row.accessor<float, 2>();
  EXPECT(d[2][3] == 23 && d.sizes() == at::IntArrayRef({3, 4}));
  const auto empty = torch::zeros({0, 2}, torch::kDouble);
  EXPECT(empty.packed_accessor32<double, 2>().size(0) == 0);
  EXPECT(throws([&] { x.packed_accessor32<double, 3>(); }) && throws([&] { x.packed_accessor64<float, 2>(); }));
}

void absent() {
  const auto none = c10::nullopt;
  const auto x = torch::randn({1, 3, 8, 8}), kernel = torch::randn({4, 3, 3, 3}), v = torch::tensor({1., 2., 3.});
  EXPECT(torch::conv2d(x, kernel, none, 1, 1).equal(torch::conv2d(x, kernel, {}, 1, 1)));
  EXPECT(torch::layer_norm(x, {8}, none, c10::nullopt).equal(torch::layer_norm(x, {8})));
  EXPECT(torch::batch_norm(x, none, none, v, v, false, 0.1, 1e-5, false).sizes() == x.sizes());
  EXPECT(torch::linear(v, kernel.select(3, 0).select(2, 0), none).sizes() == at::IntArrayRef({4}));
  EXPECT(torch::clamp(x, none, torch::zeros({1})).equal(x.clamp_max(0)) && v.clamp(none, 2).equal(v.clamp_max(2)));
  EXPECT(torch::binary_cross_entropy(v / 4, v / 4, none).item<double>() > 0);
  EXPECT(torch::nll_loss(torch::zeros({3, 4}), torch::tensor({1, 2, 3}), none).item<float>() == 0);
  EXPECT(torch::upsample_nearest2d(x, {16, 16}, none, none).sizes() == at::IntArrayRef({1, 3, 16, 16}));
  EXPECT(torch::bincount(torch::tensor({1, 2, 1}), none).equal(torch::tensor({0, 2, 1})));
  EXPECT(torch::bernoulli(v / 3, none)[2].item<double>() == 1 && torch::diff(v, 1, -1, none, none).numel() == 2);
  torch::Tensor bias = c10::nullopt;
  EXPECT(!bias.defined());
  bias = v;
  bias = none;
  EXPECT(!bias.defined() && throws([&] { torch::conv2d(x, none); }));
  c10::optional<torch::Tensor> maybe = v;
  maybe = none;
  EXPECT(!maybe && maybe == c10::nullopt && !c10::optional<torch::Tensor>(c10::nullopt));
}

void lists() {
  const std::vector<int64_t> v{1, 2, 3, 4, 5};
  const c10::ArrayRef<int64_t> r(v);
  EXPECT(std::vector<int64_t>(r.rbegin(), r.rend()) == std::vector<int64_t>({5, 4, 3, 2, 1}));
  EXPECT(std::accumulate(r.cbegin(), r.cend(), int64_t{0}) == 15 && c10::multiply_integers(v) == 120);
  EXPECT(c10::makeArrayRef(v).slice(3) == at::IntArrayRef({4, 5}));
  std::ostringstream text;
  text << r << at::ArrayRef<double>({1.5, 2.5}) << c10::Half(1.5f);
  EXPECT(text.str() == "[1, 2, 3, 4, 5][1.5, 2.5]1.5");
  c10::SmallVector<int64_t, 4> small{2, 3};
  small.push_back(4);
  EXPECT(torch::zeros(small).sizes() == at::IntArrayRef({2, 3, 4}));
  const c10::string_view word = "hello";
  EXPECT(word.substr(1, 3) == "ell" && c10::promoteTypes(at::kInt, at::kHalf) == at::kHalf);
  EXPECT(c10::toComplexType(at::kFloat) == at::kComplexFloat && !c10::isSignedType(at::kByte));
  EXPECT(torch::CppTypeToScalarType<int64_t>::value == torch::kLong);
  EXPECT(std::conj(c10::complex<float>(1, 2)) == c10::complex<float>(1, -2));
  EXPECT(at::infer_size(at::IntArrayRef({2, 1}), at::IntArrayRef({1, 3})) == std::vector<int64_t>({2, 3}));
  int freed = 0;
  float data[4] = {1, 2, 3, 4};
  {
    const auto t = at::for_blob(data, {2, 2}).deleter([&](void*) { ++freed; }).options(at::kFloat).make_tensor();
    EXPECT(t[1][0].item<float>() == 3);
  }
  EXPECT(freed == 1);
}

void dispatch() {
  const auto size = [](at::ScalarType t) {
    return AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND3(at::kHalf, at::kBFloat16, at::kBool, t, "size",
                                                  [&] { return static_cast<int64_t>(sizeof(scalar_t)); });
  };
  EXPECT(size(at::kByte) == 1 && size(at::kHalf) == 2 && size(at::kComplexDouble) == 16 && size(at::kBool) == 1);
  const auto sum = [](const torch::Tensor& x) {
    double total = 0;
    AT_DISPATCH_FLOATING_TYPES_AND_HALF(x.scalar_type(), "my_sum", ([&] {
                                          const auto a = x.accessor<scalar_t, 1>();
                                          for (int64_t i = 0; i < a.size(0); ++i) total += static_cast<double>(a[i]);
                                        }));
    return total;
  };
  EXPECT(sum(torch::arange(5, torch::kDouble)) == 10 && sum(torch::arange(5, torch::kHalf)) == 10);
  try {
    sum(torch::arange(5));
    EXPECT(false);
  } catch (const c10::Error& e) {
    EXPECT(std::string(e.what()).find("\"my_sum\" not implemented for 'Long'") != std::string::npos);
  }
  EXPECT(AT_DISPATCH_INDEX_TYPES(at::kInt, "index", [&] { return sizeof(index_t); }) == 4);
}

void threads() {
  const auto x = torch::arange(1000, torch::kDouble);
  auto y = torch::zeros({1000}, torch::kDouble);
  const double* from = x.data_ptr<double>();
  double* to = y.data_ptr<double>();
  at::parallel_for(0, 1000, 10, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = from[i] + (at::get_thread_num() < at::get_num_threads() ? 1 : 0);
  });
  EXPECT(torch::equal(y, x + 1));
  const auto add = [&](int64_t begin, int64_t end, double start) {
    for (int64_t i = begin; i < end; ++i) start += from[i];
    return start;
  };
  for (const int64_t grain : {1, 7, 300, 5000})
    EXPECT(at::parallel_reduce(0, 1000, grain, 0.0, add, [](double a, double b) { return a + b; }) == 499500);
  EXPECT(at::parallel_reduce(3, 3, 1, 5.0, add, [](double a, double b) { return a + b; }) == 5);
  EXPECT(!at::in_parallel_region() && at::get_thread_num() == 0 && at::divup(7, 2) == 4);
  at::parallel_for(5, 5, 1, [&](int64_t, int64_t) { EXPECT(false); });
  EXPECT(throws([] { at::parallel_for(0, 100, 1, [](int64_t, int64_t) { throw std::runtime_error("stop"); }); }));
}

struct NetImpl : torch::nn::Module {
  NetImpl() : linear(register_module("linear", torch::nn::Linear(3, 2))) {}
  torch::Tensor forward(torch::Tensor x) { return linear(x); }
  void save(torch::serialize::OutputArchive& archive) const override {
    torch::nn::Module::save(archive);
    archive.write("epoch", torch::tensor(epoch));
  }
  void load(torch::serialize::InputArchive& archive) override {
    torch::Tensor stored;
    archive.read("epoch", stored);
    epoch = stored.item<int64_t>();
    torch::serialize::InputArchive inner;
    archive.read("linear", inner);
    linear->load(inner);
  }
  torch::nn::Linear linear;
  int64_t epoch = 0;
};
TORCH_MODULE(Net);

struct SignOptions : torch::optim::OptimizerCloneableOptions<SignOptions> {
  SignOptions(double lr = 0.1) : lr_(lr) {}
  TORCH_ARG(double, lr) = 0.1;

 public:
  void serialize(torch::serialize::InputArchive&) override {}
  void serialize(torch::serialize::OutputArchive&) const override {}
  double get_lr() const override { return lr(); }
  void set_lr(const double v) override { lr(v); }
};

void archives() {
  Net net, other;
  net->epoch = 5;
  torch::serialize::OutputArchive whole, part;
  net->save(part);
  whole.write("net", part);
  std::stringstream stream;
  whole.save_to(stream);
  torch::serialize::InputArchive read, inner;
  read.load_from(stream);
  read.read("net", inner);
  other->load(inner);
  EXPECT(other->epoch == 5 && torch::equal(other->linear->weight, net->linear->weight));

  // torch::save and torch::load take a module's own way.
  std::stringstream again;
  net->epoch = 6;
  torch::save(net, again);
  torch::load(other, again);
  EXPECT(other->epoch == 6);

  torch::optim::Adam adam(net->parameters(), 0.25), copy(net->parameters(), 0.5);
  net->forward(torch::ones({1, 3})).sum().backward();
  adam.step();
  torch::serialize::OutputArchive state;
  adam.save(state);
  std::stringstream kept;
  state.save_to(kept);
  torch::serialize::InputArchive stored;
  stored.load_from(kept);
  copy.load(stored);
  EXPECT(copy.state().size() == adam.state().size());
  const SignOptions sign(0.5);
  const torch::optim::OptimizerOptions& options = sign;
  EXPECT(options.get_lr() == 0.5 && options.clone()->get_lr() == 0.5);
  const torch::data::Example<torch::Tensor, torch::data::example::NoTarget> lone(torch::ones({1}));
  EXPECT(lone.data.numel() == 1);
}

void gradients() {
  // A gradient lies as its leaf does.
  auto turned = torch::ones({3, 2}).t().requires_grad_();
  (turned * 2).sum().backward();
  EXPECT(turned.grad().strides() == turned.strides() && turned.grad()[1][2].item<float>() == 2);
  auto image = torch::ones({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  (image * image).sum().backward();
  EXPECT(image.grad().is_contiguous(at::MemoryFormat::ChannelsLast));
  (image * image).sum().backward();
  EXPECT(image.grad().is_contiguous(at::MemoryFormat::ChannelsLast) && image.grad().sum().item<float>() == 480);
  auto spread = torch::ones({1, 3}).expand({2, 3}).detach().requires_grad_();
  (spread * 2).sum().backward();
  EXPECT(spread.grad().is_contiguous());
}

void generators() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  {
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(generator.current_seed() + 1);
    generator.set_current_seed(3);
  }
  const torch::Tensor x = torch::rand({2});
  EXPECT(torch::equal(x, torch::rand({2}, at::make_generator<at::CPUGeneratorImpl>(3))));
}

}  // namespace

int main() {
  torch::manual_seed(1);
  accessors();
  absent();
  lists();
  dispatch();
  threads();
  archives();
  gradients();
  generators();
  EXPECT(!at::hasCUDA() && !at::globalContext().hasCUDA());
  if (failures == 0) std::printf("vocabulary: ok\n");
  return failures ? 1 : 0;
}
