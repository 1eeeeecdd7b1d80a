#include <torch/torch.h>
#if __has_include(<torch/version.h>)
#include <torch/version.h>
#endif

#include "harness.h"

int main(int argc, char** argv) {
  torch::manual_seed(0);
#if defined(BENCH_LAMPAS)
  const char* library = "lampas";
#else
  const char* library = "LibTorch " TORCH_VERSION;
#endif
  return bench::run_main(argc, argv, library, [](int n) { torch::set_num_threads(n); });
}
