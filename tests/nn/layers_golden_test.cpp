// Values PyTorch gives for layers over a table of configurations: tests/data/layers, written by
// tools/goldens/nn_layers.py.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "lampas/nn.h"
#include "lampas/ops.h"

namespace lampas::nn {
namespace {

namespace F = functional;

std::vector<std::string> split(const std::string& s, char by) {
  std::vector<std::string> parts;
  std::string part;
  std::istringstream in(s);
  while (std::getline(in, part, by)) parts.push_back(part);
  return parts;
}
std::vector<int64_t> ints(const std::string& s) {
  std::vector<int64_t> v;
  for (const std::string& part : split(s, ',')) v.push_back(std::stoll(part));
  return v;
}
std::vector<double> reals(const std::string& s) {
  std::vector<double> v;
  for (const std::string& part : split(s, ',')) v.push_back(std::stod(part));
  return v;
}

/// The arguments of a case.
struct Arguments {
  std::map<std::string, std::string> all;
  bool has(const std::string& k) const { return all.count(k) > 0; }
  std::string text(const std::string& k, const std::string& or_else = "") const { return has(k) ? all.at(k) : or_else; }
  bool flag(const std::string& k, bool or_else = false) const { return has(k) ? all.at(k) == "True" : or_else; }
  int64_t number(const std::string& k, int64_t or_else) const { return has(k) ? std::stoll(all.at(k)) : or_else; }
  double real(const std::string& k, double or_else) const { return has(k) ? std::stod(all.at(k)) : or_else; }
  std::vector<int64_t> list(const std::string& k) const { return ints(all.at(k)); }
  template <size_t D>
  ExpandingArray<D> sizes(const std::string& k, int64_t or_else = 0) const {
    return has(k) ? ExpandingArray<D>(ints(all.at(k))) : ExpandingArray<D>(or_else);
  }
};

using Inputs = std::vector<Tensor>;
using Layer = std::function<Tensor(const Arguments&, const Inputs&)>;

template <size_t D, class Options>
Options pool_options(const Arguments& a) {
  Options o(a.sizes<D>("kernel_size"));
  if (a.has("stride")) o.stride(a.sizes<D>("stride"));
  o.padding(a.sizes<D>("padding"));
  return o;
}
template <size_t D>
MaxPoolOptions<D> max_options(const Arguments& a) {
  return pool_options<D, MaxPoolOptions<D>>(a).dilation(a.sizes<D>("dilation", 1)).ceil_mode(a.flag("ceil_mode"));
}
template <size_t D>
AvgPoolOptions<D> avg_options(const Arguments& a) {
  auto o = pool_options<D, AvgPoolOptions<D>>(a);
  o.ceil_mode(a.flag("ceil_mode")).count_include_pad(a.flag("count_include_pad", true));
  if (a.has("divisor_override")) o.divisor_override(a.number("divisor_override", 1));
  return o;
}
template <size_t D>
ExpandingArrayWithOptionalElem<D> adaptive_size(const Arguments& a) {
  std::array<std::optional<int64_t>, D> sizes;
  const auto words = split(a.text("output_size"), ',');
  for (size_t d = 0; d < D; ++d)
    if (words[d] != "None") sizes[d] = std::stoll(words[d]);
  ExpandingArrayWithOptionalElem<D> size(int64_t{1});
  *size = sizes;
  return size;
}
template <size_t D, class Pool>
Tensor unpool(const Arguments& a, const Tensor& x, const Pool& indices) {
  auto o = pool_options<D, F::MaxUnpoolFuncOptions<D>>(a);
  if (a.has("output_size")) o.output_size(a.list("output_size"));
  const auto [y, at] = indices(x, MaxPoolOptions<D>(o.kernel_size()).stride(o.stride()).padding(o.padding()));
  if constexpr (D == 1) return F::max_unpool1d(y * 1, at, o);
  if constexpr (D == 2) return F::max_unpool2d(y * 1, at, o);
  if constexpr (D == 3) return F::max_unpool3d(y * 1, at, o);
}
template <size_t D>
FractionalMaxPoolOptions<D> fractional_options(const Arguments& a, const Tensor& x) {
  const int64_t n = x.dim() == static_cast<int64_t>(D) + 2 ? x.size(0) : 1, c = x.size(-static_cast<int64_t>(D) - 1);
  const std::vector<double> u = reals(a.text("samples"));
  return FractionalMaxPoolOptions<D>(a.sizes<D>("kernel_size"))
      .output_size(a.sizes<D>("output_size"))
      ._random_samples(tensor(u).to(x.scalar_type()).reshape({n, c, static_cast<int64_t>(D)}));
}

/// A convolution module with the given weight and bias in place of its own.
template <size_t D, class Module, class Options>
Tensor run_conv(const Arguments& a, const Inputs& x, Options o) {
  o.stride(a.sizes<D>("stride", 1))
      .dilation(a.sizes<D>("dilation", 1))
      .groups(a.number("groups", 1))
      .bias(x.size() > 2);
  Module m(o);
  m->weight = x[1];
  if (x.size() > 2) m->bias = x[2];
  if constexpr (std::is_same_v<Options, ConvTransposeOptions<D>>) {
    if (a.has("output_size")) {
      const auto size = a.list("output_size");
      return m->forward(x[0], IntArrayRef(size));
    }
  }
  return m->forward(x[0]);
}
template <size_t D, class Module, class Transposed>
Tensor conv(const Arguments& a, const Inputs& x) {
  const int64_t g = a.number("groups", 1);
  ExpandingArray<D> kernel(1);
  for (size_t d = 0; d < D; ++d) (*kernel)[d] = x[1].size(static_cast<int64_t>(d) + 2);
  if (a.flag("transposed")) {
    ConvTransposeOptions<D> o(x[1].size(0), x[1].size(1) * g, kernel);
    o.padding(a.sizes<D>("padding")).output_padding(a.sizes<D>("output_padding"));
    return run_conv<D, Transposed>(a, x, o);
  }
  ConvOptions<D> o(x[1].size(1) * g, x[1].size(0), kernel);
  if (a.text("padding") == "same")
    o.padding(kSame);
  else
    o.padding(a.sizes<D>("padding"));
  const std::string mode = a.text("padding_mode", "zeros");
  if (mode == "reflect") o.padding_mode(kReflect);
  if (mode == "replicate") o.padding_mode(kReplicate);
  if (mode == "circular") o.padding_mode(kCircular);
  return run_conv<D, Module>(a, x, o);
}

Tensor indices_of(const Arguments& a) { return tensor(a.list("index")).reshape(a.list("shape")); }

template <class Options>
void set_mode(const std::string& mode, Options& o) {
  if (mode == "sum") o.mode(kSum);
  if (mode == "mean") o.mode(kMean);
  if (mode == "max") o.mode(kMax);
}

Tensor interpolate(const Arguments& a, const Inputs& x) {
  F::InterpolateFuncOptions o;
  if (a.has("size")) o.size(a.list("size"));
  if (a.has("scale_factor")) o.scale_factor(reals(a.text("scale_factor")));
  if (a.has("align_corners")) o.align_corners(a.flag("align_corners"));
  if (a.has("recompute_scale_factor")) o.recompute_scale_factor(a.flag("recompute_scale_factor"));
  o.antialias(a.flag("antialias"));
  const std::map<std::string, F::InterpolateFuncOptions::mode_t> modes = {
      {"nearest", kNearest},    {"nearest-exact", kNearestExact}, {"area", kArea},
      {"linear", kLinear},      {"bilinear", kBilinear},          {"bicubic", kBicubic},
      {"trilinear", kTrilinear}};
  return F::interpolate(x[0], o.mode(modes.at(a.text("mode"))));
}
Tensor grid_sample(const Arguments& a, const Inputs& x) {
  F::GridSampleFuncOptions o;
  o.align_corners(a.flag("align_corners"));
  if (a.text("mode") == "nearest") o.mode(kNearest);
  if (a.text("mode") == "bicubic") o.mode(kBicubic);
  if (a.text("padding_mode") == "border") o.padding_mode(kBorder);
  if (a.text("padding_mode") == "reflection") o.padding_mode(kReflection);
  return F::grid_sample(x[0], x[1] * 1.7, o);
}

const std::map<std::string, Layer>& layers() {
  static const std::map<std::string, Layer> all = {
      {"pad",
       [](const Arguments& a, const Inputs& x) {
         F::PadFuncOptions o(a.list("pad"));
         if (a.text("mode") == "reflect") o.mode(kReflect);
         if (a.text("mode") == "replicate") o.mode(kReplicate);
         if (a.text("mode") == "circular") o.mode(kCircular);
         return F::pad(x[0], o.value(a.real("value", 0)));
       }},
      {"max_pool1d", [](const Arguments& a, const Inputs& x) { return MaxPool1d(max_options<1>(a))(x[0]); }},
      {"max_pool2d", [](const Arguments& a, const Inputs& x) { return MaxPool2d(max_options<2>(a))(x[0]); }},
      {"max_pool3d", [](const Arguments& a, const Inputs& x) { return MaxPool3d(max_options<3>(a))(x[0]); }},
      {"avg_pool1d", [](const Arguments& a, const Inputs& x) { return AvgPool1d(avg_options<1>(a))(x[0]); }},
      {"avg_pool2d", [](const Arguments& a, const Inputs& x) { return AvgPool2d(avg_options<2>(a))(x[0]); }},
      {"avg_pool3d", [](const Arguments& a, const Inputs& x) { return AvgPool3d(avg_options<3>(a))(x[0]); }},
      {"adaptive_avg_pool1d",
       [](const Arguments& a, const Inputs& x) { return AdaptiveAvgPool1d(a.sizes<1>("output_size"))(x[0]); }},
      {"adaptive_avg_pool2d",
       [](const Arguments& a, const Inputs& x) { return AdaptiveAvgPool2d(adaptive_size<2>(a))(x[0]); }},
      {"adaptive_avg_pool3d",
       [](const Arguments& a, const Inputs& x) { return AdaptiveAvgPool3d(adaptive_size<3>(a))(x[0]); }},
      {"adaptive_max_pool1d",
       [](const Arguments& a, const Inputs& x) { return AdaptiveMaxPool1d(a.sizes<1>("output_size"))(x[0]); }},
      {"adaptive_max_pool2d",
       [](const Arguments& a, const Inputs& x) { return AdaptiveMaxPool2d(adaptive_size<2>(a))(x[0]); }},
      {"adaptive_max_pool3d",
       [](const Arguments& a, const Inputs& x) { return AdaptiveMaxPool3d(adaptive_size<3>(a))(x[0]); }},
      {"max_unpool1d",
       [](const Arguments& a, const Inputs& x) { return unpool<1>(a, x[0], F::max_pool1d_with_indices); }},
      {"max_unpool2d",
       [](const Arguments& a, const Inputs& x) { return unpool<2>(a, x[0], F::max_pool2d_with_indices); }},
      {"max_unpool3d",
       [](const Arguments& a, const Inputs& x) { return unpool<3>(a, x[0], F::max_pool3d_with_indices); }},
      {"lp_pool1d",
       [](const Arguments& a, const Inputs& x) {
         LPPool1dOptions o(a.real("norm_type", 2), a.sizes<1>("kernel_size"));
         if (a.has("stride")) o.stride(a.sizes<1>("stride"));
         return LPPool1d(o)(x[0].abs() + 0.25);
       }},
      {"lp_pool2d",
       [](const Arguments& a, const Inputs& x) {
         LPPool2dOptions o(a.real("norm_type", 2), a.sizes<2>("kernel_size"));
         if (a.has("stride")) o.stride(a.sizes<2>("stride"));
         return LPPool2d(o)(x[0].abs() + 0.25);
       }},
      {"fractional_max_pool2d",
       [](const Arguments& a, const Inputs& x) { return FractionalMaxPool2d(fractional_options<2>(a, x[0]))(x[0]); }},
      {"fractional_max_pool3d",
       [](const Arguments& a, const Inputs& x) { return FractionalMaxPool3d(fractional_options<3>(a, x[0]))(x[0]); }},
      {"conv",
       [](const Arguments& a, const Inputs& x) {
         const int64_t d = a.number("d", 2);
         return d == 1   ? conv<1, Conv1d, ConvTranspose1d>(a, x)
                : d == 2 ? conv<2, Conv2d, ConvTranspose2d>(a, x)
                         : conv<3, Conv3d, ConvTranspose3d>(a, x);
       }},
      {"embedding",
       [](const Arguments& a, const Inputs& x) {
         F::EmbeddingFuncOptions o;
         if (a.has("padding_idx")) o.padding_idx(a.number("padding_idx", 0));
         return F::embedding(indices_of(a), x[0] * 1, o.scale_grad_by_freq(a.flag("scale_grad_by_freq")));
       }},
      {"embedding_renorm",
       [](const Arguments& a, const Inputs& x) {
         const Tensor table = x[0].detach().clone();
         return F::embedding(
                    indices_of(a), table,
                    F::EmbeddingFuncOptions().max_norm(a.real("max_norm", 1)).norm_type(a.real("norm_type", 2))) +
                x[0].sum() * 0;
       }},
      {"embedding_bag",
       [](const Arguments& a, const Inputs& x) {
         F::EmbeddingBagFuncOptions o;
         if (a.has("offsets")) o.offsets(tensor(a.list("offsets")));
         if (a.has("padding_idx")) o.padding_idx(a.number("padding_idx", 0));
         if (x.size() > 1) o.per_sample_weights(x[1].reshape(a.list("shape")));
         set_mode(a.text("mode"), o);
         o.include_last_offset(a.flag("include_last_offset")).scale_grad_by_freq(a.flag("scale_grad_by_freq"));
         return F::embedding_bag(indices_of(a), x[0] * 1, o);
       }},
      {"interpolate", interpolate},
      {"grid_sample", grid_sample},
      {"affine_grid",
       [](const Arguments& a, const Inputs& x) {
         const auto size = a.list("size");
         return F::affine_grid(x[0], size, a.flag("align_corners"));
       }},
      {"pixel_shuffle", [](const Arguments& a, const Inputs& x) { return PixelShuffle(a.number("factor", 1))(x[0]); }},
      {"pixel_unshuffle",
       [](const Arguments& a, const Inputs& x) { return PixelUnshuffle(a.number("factor", 1))(x[0]); }},
      {"channel_shuffle",
       [](const Arguments& a, const Inputs& x) { return ChannelShuffle(a.number("groups", 1))(x[0]); }},
      {"unfold",
       [](const Arguments& a, const Inputs& x) {
         return Unfold(UnfoldOptions(a.sizes<2>("kernel_size"))
                           .stride(a.sizes<2>("stride", 1))
                           .padding(a.sizes<2>("padding"))
                           .dilation(a.sizes<2>("dilation", 1)))(x[0]);
       }},
      {"fold",
       [](const Arguments& a, const Inputs& x) {
         return Fold(FoldOptions(a.sizes<2>("output_size"), a.sizes<2>("kernel_size"))
                         .stride(a.sizes<2>("stride", 1))
                         .padding(a.sizes<2>("padding"))
                         .dilation(a.sizes<2>("dilation", 1)))(x[0]);
       }},
      {"bilinear",
       [](const Arguments&, const Inputs& x) { return F::bilinear(x[0], x[1], x[2], x.size() > 3 ? x[3] : Tensor()); }},
      {"dropout",
       [](const Arguments& a, const Inputs& x) {
         manual_seed(3);
         return F::dropout(x[0], F::DropoutFuncOptions().p(a.real("p", 0)));
       }},
      {"dropout2d",
       [](const Arguments& a, const Inputs& x) {
         manual_seed(3);
         return F::dropout2d(x[0], F::Dropout2dFuncOptions().p(a.real("p", 0)));
       }},
      {"dropout3d",
       [](const Arguments& a, const Inputs& x) {
         manual_seed(3);
         return F::dropout3d(x[0], F::Dropout3dFuncOptions().p(a.real("p", 0)));
       }},
      {"alpha_dropout",
       [](const Arguments& a, const Inputs& x) {
         manual_seed(3);
         return F::alpha_dropout(x[0], F::AlphaDropoutFuncOptions().p(a.real("p", 0)).training(true));
       }},
      {"feature_alpha_dropout",
       [](const Arguments& a, const Inputs& x) {
         manual_seed(3);
         return F::feature_alpha_dropout(x[0], F::FeatureAlphaDropoutFuncOptions().p(a.real("p", 0)).training(true));
       }},
  };
  return all;
}

/// Input k of every case (the cotangent is number 100).
Tensor filled(int64_t k, IntArrayRef sizes) {
  const Tensor t = empty(sizes, kDouble);
  for (int64_t i = 0; i < t.numel(); ++i)
    t.data_ptr<double>()[i] = static_cast<double>((7919 * i + 104729 * k + 13) % 2003) / 1001 - 1;
  return t;
}

enum class Layout { plain, reversed, channels_last };

/// The same elements with other strides.
Tensor laid_out(const Tensor& t, Layout layout) {
  if (layout == Layout::channels_last && t.dim() == 4) return t.contiguous(MemoryFormat::ChannelsLast);
  if (layout == Layout::channels_last && t.dim() == 5) return t.contiguous(MemoryFormat::ChannelsLast3d);
  if (layout == Layout::plain || t.dim() == 0) return t;
  Shape order;
  for (int64_t d = t.dim() - 1; d >= 0; --d) order.push_back(d);
  return t.permute(order).contiguous().permute(order);
}

void expect_close(const std::vector<double>& want, const Tensor& got, double tolerance, const std::string& what) {
  const Tensor d = got.detach().to(kDouble).contiguous();
  ASSERT_EQ(static_cast<size_t>(d.numel()), want.size()) << what;
  for (size_t i = 0; i < want.size(); ++i) {
    const double v = d.data_ptr<double>()[i];
    ASSERT_LE(std::abs(v - want[i]), tolerance * (1 + std::abs(want[i])))
        << what << " element " << i << ": " << v << ", PyTorch " << want[i];
  }
}

struct GoldenCase {
  std::string line, name;
  Arguments arguments;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<int64_t> sizes;
  std::vector<double> values;
  std::vector<std::vector<double>> gradients;
  bool differentiable = false;
};

GoldenCase parse(const std::string& line) {
  GoldenCase c;
  c.line = line.substr(0, line.find("=>"));
  std::istringstream in(line);
  std::string word;
  in >> c.name;
  while (in >> word) {
    if (word == "=>") continue;
    if (word.rfind("x:", 0) == 0) {
      c.shapes.push_back(ints(word.substr(2)));
    } else if (word.rfind("y:", 0) == 0) {
      const auto parts = split(word, ':');
      c.sizes = ints(parts[1]);
      if (parts.size() > 2) c.values = reals(parts[2]);
    } else if (word.rfind("d:", 0) == 0) {
      c.differentiable = true;
      c.gradients.push_back(reals(word.substr(2)));
    } else {
      const size_t at = word.find('=');
      c.arguments.all[word.substr(0, at)] = word.substr(at + 1);
    }
  }
  return c;
}

class Golden : public testing::TestWithParam<const char*> {
 protected:
  template <class Run>
  void each_case(const Run& run) {
    std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/layers/" + GetParam() + ".txt");
    ASSERT_TRUE(in) << GetParam();
    std::string line;
    int cases = 0;
    while (std::getline(in, line)) {
      const GoldenCase c = parse(line);
      if (c.name.rfind("module_", 0) == 0) continue;
      SCOPED_TRACE(c.line);
      ++cases;
      ASSERT_TRUE(layers().count(c.name));
      ASSERT_NO_THROW(run(c, layers().at(c.name)));
    }
    EXPECT_GT(cases, 4);
  }
  void check(ScalarType dtype, Layout layout, double tolerance, bool backward) {
    each_case([&](const GoldenCase& c, const Layer& layer) {
      // Nearest positions of a reduced float's own coordinates are not comparable.
      if (is_reduced_floating(dtype) && (c.name == "grid_sample" || c.name == "fractional_max_pool2d" ||
                                         c.name == "fractional_max_pool3d" || c.name == "conv"))
        return;
      // Random numbers are drawn in the order of memory.
      if (layout != Layout::plain && c.name.find("dropout") != std::string::npos) return;
      Inputs leaves, x;
      for (size_t k = 0; k < c.shapes.size(); ++k) {
        leaves.push_back(
            laid_out(filled(static_cast<int64_t>(k), c.shapes[k]).to(dtype), layout).requires_grad_(backward));
        x.push_back(leaves.back());
      }
      const Tensor y = layer(c.arguments, x);
      ASSERT_EQ(y.sizes(), IntArrayRef(c.sizes));
      ASSERT_EQ(y.scalar_type(), dtype);
      expect_close(c.values, y, tolerance, "output");
      if (!backward || !c.differentiable) return;
      y.backward(laid_out(filled(100, c.sizes).to(dtype), layout));
      for (size_t k = 0; k < leaves.size(); ++k) {
        ASSERT_TRUE(leaves[k].grad().defined()) << "input " << k;
        expect_close(c.gradients[k], leaves[k].grad(), tolerance, "gradient of input " + std::to_string(k));
      }
    });
  }
};

TEST_P(Golden, Float64) { check(kDouble, Layout::plain, 2e-6, true); }
TEST_P(Golden, Float64Strided) { check(kDouble, Layout::reversed, 2e-6, true); }
TEST_P(Golden, Float64ChannelsLast) { check(kDouble, Layout::channels_last, 2e-6, true); }
TEST_P(Golden, Float32) { check(kFloat, Layout::plain, 3e-4, true); }
TEST_P(Golden, BFloat16) { check(kBFloat16, Layout::plain, 0.05, true); }
TEST_P(Golden, Float16) { check(kHalf, Layout::plain, 0.01, true); }

INSTANTIATE_TEST_SUITE_P(Layers, Golden,
                         testing::Values("padding", "pooling", "convolution", "embedding", "vision", "random"),
                         [](const auto& info) { return std::string(info.param); });

TEST(GoldenModules, StartAsPyTorchs) {
  const std::map<std::string, std::function<std::shared_ptr<Module>()>> makers = {
      {"ConvTranspose1d", [] { return ConvTranspose1d(2, 4, 3).ptr(); }},
      {"ConvTranspose2d",
       [] {
         return ConvTranspose2d(ConvTranspose2dOptions(2, 4, {3, 2}).groups(2)).ptr();
       }},
      {"ConvTranspose3d",
       [] {
         return ConvTranspose3d(ConvTranspose3dOptions(2, 1, {1, 3, 2})).ptr();
       }},
      {"Embedding", [] { return Embedding(EmbeddingOptions(7, 3).padding_idx(2)).ptr(); }},
      {"EmbeddingBag", [] { return EmbeddingBag(5, 2).ptr(); }},
      {"Bilinear", [] { return Bilinear(2, 3, 4).ptr(); }},
  };
  std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/layers/random.txt");
  std::string line;
  size_t seen = 0;
  while (std::getline(in, line)) {
    const GoldenCase c = parse(line);
    if (c.name.rfind("module_", 0) != 0) continue;
    ++seen;
    manual_seed(3);
    std::vector<Tensor> flat;
    for (const Tensor& p : makers.at(c.name.substr(7))()->parameters()) flat.push_back(p.detach().reshape({-1}));
    expect_close(c.values, cat(flat), 1e-6, c.name);
  }
  EXPECT_EQ(seen, makers.size());
}

}  // namespace
}  // namespace lampas::nn
