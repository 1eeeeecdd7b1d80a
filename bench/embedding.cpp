// Rows of a table and their mean over bags of eight, forward alone and with the table's dense gradient.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
using torch::Tensor;

/// Two rows. Work: each looked up row is read and each result written; backward reads the
/// results' gradient and adds to the whole of the table's.
template <class Make>
void lookup(const std::string& name, int64_t rows, int64_t width, int64_t n, int64_t results, Make make) {
  const double forward = 4.0 * width * (n + results), backward = 4.0 * width * (results + 2 * rows);
  row("embedding/" + name,
      [=] {
        return [f = make(), w = torch::rand({rows, width})] {
          torch::NoGradGuard guard;
          keep(f(w));
        };
      },
      {0, forward});
  row("embedding/" + name + ", forward and backward",
      [=] {
        auto f = make();
        auto w = torch::rand({rows, width}, torch::requires_grad());
        auto g = torch::rand_like(f(w)).detach();
        return [f, w, g] { f(w).backward(g); };
      },
      {0, forward + backward});
}

const bench::Register all([] {
  const auto table = [](const std::string& size, int64_t rows, int64_t width, int64_t n) {
    lookup("embedding, " + size, rows, width, n, n, [=] {
      return [i = torch::randint(rows, {n}, torch::kLong)](const Tensor& w) { return torch::embedding(w, i); };
    });
    lookup("embedding_bag mean, " + size, rows, width, n, n / 8, [=] {
      return [i = torch::randint(rows, {n}, torch::kLong), o = torch::arange(0, n, 8, torch::kLong)](const Tensor& w) {
        return std::get<0>(torch::embedding_bag(w, i, o, false, 1));
      };
    });
  };
  table("small", 100, 16, 64);
  table("large", 20000, 128, 16384);
});

}  // namespace
