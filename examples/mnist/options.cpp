#include "options.h"

#include <lampas/lampas.h>

#include <cerrno>
#include <cstdlib>

const char* const kUsage =
    "usage: mnist [options]\n"
    "  --epochs N          passes over the training set (5)\n"
    "  --batch-size N      images per step (64)\n"
    "  --lr X              learning rate (sgd 0.05, adam 0.001)\n"
    "  --optimizer NAME    sgd or adam (sgd)\n"
    "  --threads N         threads (all)\n"
    "  --seed N            seed of initialisation, shuffling and dropout (1)\n"
    "  --data DIR          the four MNIST files, plain or gz\n"
    "  --out DIR           where model.safetensors, curves.svg and mistakes.svg go (out/mnist)\n"
    "  --resume FILE       continue from a checkpoint\n"
    "  --device NAME       cpu\n";

namespace {

int64_t integer(const std::string& option, const std::string& text, int64_t low, int64_t high) {
  errno = 0;
  char* end = nullptr;
  const long long v = std::strtoll(text.c_str(), &end, 10);
  lampas::check(!text.empty() && *end == 0 && errno == 0 && v >= low && v <= high, option,
                ": expected an integer from ", low, " to ", high, ", got \"", text, "\"");
  return v;
}

double positive(const std::string& option, const std::string& text) {
  errno = 0;
  char* end = nullptr;
  const double v = std::strtod(text.c_str(), &end);
  lampas::check(!text.empty() && *end == 0 && errno == 0 && v > 0 && v < 1e6, option,
                ": expected a positive number, got \"", text, "\"");
  return v;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options o;
  for (int k = 1; k < argc; ++k) {
    std::string name = argv[k], value;
    if (name == "--help" || name == "-h") {
      o.help = true;
      return o;
    }
    const size_t equals = name.find('=');
    const bool inlined = name.rfind("--", 0) == 0 && equals != std::string::npos;
    if (inlined) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const bool known = name == "--epochs" || name == "--batch-size" || name == "--lr" || name == "--optimizer" ||
                       name == "--threads" || name == "--seed" || name == "--data" || name == "--out" ||
                       name == "--resume" || name == "--device";
    lampas::check(known, "unknown option \"", name, "\" (--help lists the options)");
    if (!inlined) {
      lampas::check(k + 1 < argc, name, ": expected a value");
      value = argv[++k];
    }
    lampas::check(!value.empty(), name, ": expected a value");
    if (name == "--epochs") o.epochs = integer(name, value, 1, 10000);
    if (name == "--batch-size") o.batch_size = integer(name, value, 2, 60000);
    if (name == "--lr") o.lr = positive(name, value);
    if (name == "--optimizer") {
      lampas::check(value == "sgd" || value == "adam", "--optimizer: expected sgd or adam, got \"", value, "\"");
      o.optimizer = value;
    }
    if (name == "--threads") o.threads = static_cast<int>(integer(name, value, 1, 1024));
    if (name == "--seed") o.seed = static_cast<uint64_t>(integer(name, value, 0, INT64_MAX));
    if (name == "--data") o.data = value;
    if (name == "--out") o.out = value;
    if (name == "--resume") o.resume = value;
    if (name == "--device") {
      lampas::check(value == "cpu", "--device: expected cpu (no other device is available), got \"", value, "\"");
      o.device = value;
    }
  }
  if (o.lr == 0) o.lr = o.optimizer == "adam" ? 0.001 : 0.05;
  return o;
}
