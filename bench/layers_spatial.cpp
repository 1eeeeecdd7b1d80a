// Padding, pooling, resampling, fold, embedding and transposed convolution, forward alone and with the gradient.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
using torch::Tensor;
namespace F = torch::nn::functional;

double numel(const std::vector<int64_t>& shape) {
  double count = 1;
  for (int64_t s : shape) count *= static_cast<double>(s);
  return count;
}

/// Two rows: `f` alone, and `f` with the gradient of its input. Work: what is read and written once.
template <class Make>
void layer(const std::string& name, std::vector<int64_t> shape, Make make) {
  const double in = numel(shape);
  const double out = [&] {
    torch::NoGradGuard guard;
    return static_cast<double>(make()(torch::rand(shape)).numel());
  }();
  row("spatial/" + name,
      [=] {
        return [f = make(), x = torch::rand(shape)]() mutable {
          torch::NoGradGuard guard;
          keep(f(x));
        };
      },
      {0, 4 * (in + out)});
  row("spatial/" + name + ", forward and backward",
      [=] {
        auto f = make();
        auto x = torch::rand(shape, torch::requires_grad());
        auto g = torch::rand_like(f(x)).detach();
        return [f, x, g]() mutable { f(x).backward(g); };
      },
      {0, 8 * (in + out)});
}

/// The same for a small and a large size.
template <class Make>
void both(const std::string& name, const std::vector<int64_t>& small, const std::vector<int64_t>& large, Make make) {
  layer(name + ", small", small, make);
  layer(name + ", large", large, make);
}

const bench::Register all([] {
  const std::vector<int64_t> s1 = {2, 8, 64}, l1 = {16, 64, 4096}, s2 = {2, 8, 16, 16}, l2 = {16, 32, 64, 64},
                             s3 = {1, 4, 8, 8, 8}, l3 = {2, 16, 24, 48, 48};
  both("ConstantPad2d", s2, l2, [] {
    return [](const Tensor& x) { return torch::constant_pad_nd(x, {1, 2, 3, 1}, 1); };
  });
  both("ReflectionPad1d", s1, l1, [] { return [](const Tensor& x) { return torch::reflection_pad1d(x, {3, 2}); }; });
  both("ReflectionPad2d", s2, l2, [] {
    return [](const Tensor& x) { return torch::reflection_pad2d(x, {1, 2, 3, 1}); };
  });
  both("ReplicationPad2d", s2, l2, [] {
    return [](const Tensor& x) { return torch::replication_pad2d(x, {1, 2, 3, 1}); };
  });
  both("ReplicationPad3d", s3, l3, [] {
    return [](const Tensor& x) { return torch::replication_pad3d(x, {1, 1, 1, 1, 1, 1}); };
  });
  both("circular pad", s2, l2, [] {
    return [](const Tensor& x) { return F::pad(x, F::PadFuncOptions({1, 2, 3, 1}).mode(torch::kCircular)); };
  });
  both("max_pool1d", s1, l1, [] { return [](const Tensor& x) { return torch::max_pool1d(x, 3, 2, 1); }; });
  both("max_pool3d", s3, l3, [] { return [](const Tensor& x) { return torch::max_pool3d(x, 2); }; });
  both("avg_pool1d", s1, l1, [] { return [](const Tensor& x) { return torch::avg_pool1d(x, 3, 2, 1); }; });
  both("avg_pool3d", s3, l3, [] { return [](const Tensor& x) { return torch::avg_pool3d(x, 2); }; });
  both("adaptive_avg_pool2d 7", s2, l2, [] {
    return [](const Tensor& x) { return torch::adaptive_avg_pool2d(x, {7, 7}); };
  });
  both("adaptive_max_pool2d 7", s2, l2, [] {
    return [](const Tensor& x) { return std::get<0>(torch::adaptive_max_pool2d(x, {7, 7})); };
  });
  both("lp_pool2d", s2, l2,
       [] { return [](const Tensor& x) { return F::lp_pool2d(x, F::LPPool2dFuncOptions(2, 2)); }; });
  both("fractional_max_pool2d", s2, l2, [] {
    return [](const Tensor& x) {
      return F::fractional_max_pool2d(
          x, F::FractionalMaxPool2dFuncOptions(2).output_ratio(torch::ExpandingArray<2, double>(0.7)));
    };
  });
  both("upsample nearest x2", s2, l2, [] {
    return [](const Tensor& x) { return torch::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}); };
  });
  both("upsample bilinear x2", s2, l2, [] {
    return [](const Tensor& x) { return torch::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, false); };
  });
  both("upsample bicubic x2", s2, l2, [] {
    return [](const Tensor& x) { return torch::upsample_bicubic2d(x, {2 * x.size(2), 2 * x.size(3)}, false); };
  });
  both("upsample trilinear x2", s3, l3, [] {
    return [](const Tensor& x) {
      return torch::upsample_trilinear3d(x, {2 * x.size(2), 2 * x.size(3), 2 * x.size(4)}, false);
    };
  });
  both("grid_sample", s2, l2, [] {
    return [](const Tensor& x) {
      const Tensor grid =
          torch::linspace(-1, 1, x.size(0) * x.size(2) * x.size(3) * 2).reshape({x.size(0), x.size(2), x.size(3), 2});
      return torch::grid_sampler(x, grid, 0, 0, false);
    };
  });
  both("unfold 3x3", s2, {4, 32, 64, 64},
       [] { return [](const Tensor& x) { return F::unfold(x, F::UnfoldFuncOptions(3).padding(1)); }; });
  both("pixel_shuffle 2", {2, 8, 16, 16}, l2,
       [] { return [](const Tensor& x) { return torch::pixel_shuffle(x, 2); }; });
  both("ConvTranspose1d", s1, {8, 64, 512}, [] {
    return [w = torch::rand({0, 0, 4})](const Tensor& x) mutable {
      if (w.numel() == 0) w = torch::rand({x.size(1), x.size(1), 4});
      return torch::conv_transpose1d(x, w, {}, 2, 1);
    };
  });
  both("ConvTranspose2d", s2, {8, 32, 32, 32}, [] {
    return [w = torch::rand({0, 0, 4, 4})](const Tensor& x) mutable {
      if (w.numel() == 0) w = torch::rand({x.size(1), x.size(1), 4, 4});
      return torch::conv_transpose2d(x, w, {}, 2, 1);
    };
  });
  const auto table = [](const std::string& name, int64_t rows, int64_t dim, int64_t n) {
    layer("embedding, " + name, {rows, dim}, [=] {
      return [i = torch::randint(rows, {n}, torch::kLong)](const Tensor& w) { return torch::embedding(w, i); };
    });
    layer("embedding_bag mean, " + name, {rows, dim}, [=] {
      return [i = torch::randint(rows, {n}, torch::kLong), o = torch::arange(0, n, 8, torch::kLong)](const Tensor& w) {
        return std::get<0>(torch::embedding_bag(w, i, o, false, 1));
      };
    });
  };
  table("small", 100, 16, 64);
  table("large", 20000, 128, 16384);
});

}  // namespace
