#pragma once

#include <cstdint>
#include <string>

/// Settings of the example; each is an option of the command line.
struct Options {
  int64_t epochs = 5;
  int64_t batch_size = 64;
  double lr = 0;  // 0: the optimizer's default (sgd 0.05, adam 0.001)
  std::string optimizer = "sgd";
  int threads = 0;  // 0: all the machine allows
  uint64_t seed = 1;
  std::string data = LAMPAS_MNIST_DATA;
  std::string out = "out/mnist";
  std::string resume;
  std::string device = "cpu";
  bool help = false;
};

/// Throws lampas::Error naming the option and what it expects.
Options parse_options(int argc, char** argv);
extern const char* const kUsage;
