#pragma once

#include <cstdint>
#include <string>

/// Settings of a language model and its training; each is an option of the command line.
struct Options {
  int64_t epochs, batch_size, steps;
  int64_t width, layers, heads;  // heads: 0 for a model that has none
  double dropout, lr, clip;
  int threads = 0;  // 0: all the machine allows
  uint64_t seed = 1;
  int64_t limit = 0;  // windows an epoch; 0: all
  std::string data, out, load, prompt = "The whale";
  int64_t sample = 500;
  double temperature = 0.8;
  bool help = false;
};

/// Reads the command line over the given defaults. Throws lampas::Error naming the option and what it expects.
Options parse_options(int argc, char** argv, Options defaults);
/// The text of --help.
std::string usage(const char* program, const Options& defaults);
