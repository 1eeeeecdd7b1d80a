#pragma once

#include <torch/torch.h>

#include "harness.h"

namespace bench {

inline double count(const std::vector<int64_t>& shape) {
  double n = 1;
  for (int64_t s : shape) n *= static_cast<double>(s);
  return n;
}

/// Numbers a layer has to read beside its input and, backward, the gradient of its output: targets, and what its
/// derivative is made of. Negative where it need not look at all of its input.
struct Reads {
  double forward = 0, backward = 0;
  double out = -1;  // numbers the layer gives; -1: it is asked, which takes long where it is large
};

/// Two rows: `f` alone, and `f` with the gradient of its input. Work: what the formula reads and writes, once a pass
/// (the gradient is added to what the input has from the call before); or the multiplications and additions `flops` of
/// the forward pass, as many as the input's gradient takes.
template <class Make>
void layer(const std::string& name, std::vector<int64_t> shape, Make make, Reads reads = {}, double flops = 0) {
  const double in = count(shape);
  const double out = [&] {
    if (reads.out >= 0) return reads.out;
    torch::NoGradGuard guard;
    return static_cast<double>(make()(torch::rand(shape)).numel());
  }();
  const double forward = 4 * (in + out + reads.forward), backward = 4 * (2 * in + out + reads.backward);
  row(name,
      [=] {
        return [f = make(), x = torch::rand(shape)]() mutable {
          torch::NoGradGuard guard;
          keep(f(x));
        };
      },
      {flops, forward});
  row(name + ", forward and backward",
      [=] {
        auto f = make();
        auto x = torch::rand(shape, torch::requires_grad());
        auto g = torch::rand_like(f(x)).detach();
        return [f, x, g]() mutable { f(x).backward(g); };
      },
      {2 * flops, forward + backward});
}

}  // namespace bench
