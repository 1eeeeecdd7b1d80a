#include "options.h"

#include <lampas/lampas.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <vector>

namespace {

int64_t integer(const std::string& option, const std::string& text, int64_t low, int64_t high) {
  errno = 0;
  char* end = nullptr;
  const long long v = std::strtoll(text.c_str(), &end, 10);
  lampas::check(!text.empty() && *end == 0 && errno == 0 && v >= low && v <= high, option,
                ": expected an integer from ", low, " to ", high, ", got \"", text, "\"");
  return v;
}

double number(const std::string& option, const std::string& text, double low, double high) {
  errno = 0;
  char* end = nullptr;
  const double v = std::strtod(text.c_str(), &end);
  lampas::check(!text.empty() && *end == 0 && errno == 0 && v >= low && v <= high, option, ": expected a number from ",
                low, " to ", high, ", got \"", text, "\"");
  return v;
}

struct Entry {
  std::string name, value, help;  // value: what --help shows after the name
  std::string now;                // the default, as --help shows it
  std::function<void(const std::string&)> set;
};

std::vector<Entry> entries(Options& o) {
  std::vector<Entry> all;
  const auto whole = [&](const char* name, int64_t& field, int64_t low, int64_t high, const char* help) {
    all.push_back({name, "N", help, std::to_string(field),
                   [=, &field](const std::string& v) { field = integer(name, v, low, high); }});
  };
  const auto real = [&](const char* name, double& field, double low, double high, const char* help) {
    all.push_back({name, "X", help, lampas::str(field),
                   [=, &field](const std::string& v) { field = number(name, v, low, high); }});
  };
  const auto word = [&](const char* name, std::string& field, const char* value, const char* help) {
    all.push_back({name, value, help, field, [&field](const std::string& v) { field = v; }});
  };
  whole("--epochs", o.epochs, 1, 10000, "passes over the training text");
  whole("--batch-size", o.batch_size, 1, 4096, "places of the text that are read side by side");
  whole("--steps", o.steps, 1, 4096, "characters read in one step of training");
  whole("--width", o.width, 1, 8192, "features of a character's state");
  whole("--layers", o.layers, 1, 64, "layers");
  if (o.heads) whole("--heads", o.heads, 1, 1024, "attention heads; divides --width");
  real("--dropout", o.dropout, 0, 0.95, "probability of dropping a value in training");
  real("--lr", o.lr, 1e-9, 10, "learning rate at the start; falls to a twentieth");
  real("--clip", o.clip, 1e-6, 1e6, "largest norm of the gradient");
  whole("--limit", o.limit, 0, INT64_MAX, "steps an epoch, 0 for the whole text");
  all.push_back({"--threads", "N", "threads", "all",
                 [&o](const std::string& v) { o.threads = static_cast<int>(integer("--threads", v, 1, 1024)); }});
  all.push_back({"--seed", "N", "seed of initialisation, dropout and sampling", std::to_string(o.seed),
                 [&o](const std::string& v) { o.seed = static_cast<uint64_t>(integer("--seed", v, 0, INT64_MAX)); }});
  word("--data", o.data, "FILE", "UTF-8 text, plain or gz");
  word("--out", o.out, "DIR", "where model.safetensors goes");
  word("--load", o.load, "FILE", "a saved model: no training, only the sample");
  whole("--sample", o.sample, 0, 1000000, "characters to write at the end");
  real("--temperature", o.temperature, 0.01, 100, "of the sample: low is cautious, high is wild");
  word("--prompt", o.prompt, "TEXT", "what the sample starts with");
  return all;
}

}  // namespace

std::string usage(const char* program, const Options& defaults) {
  Options o = defaults;
  std::string text = lampas::str("usage: ", program, " [options]\n");
  for (const Entry& e : entries(o)) {
    std::string line = "  " + e.name + " " + e.value;
    line.resize(std::max<size_t>(line.size() + 1, 22), ' ');
    // A path of this machine says nothing to the reader.
    const bool shown = !e.now.empty() && e.name != "--data";
    text += line + e.help + (shown ? " (" + e.now + ")" : "") + "\n";
  }
  return text;
}

Options parse_options(int argc, char** argv, Options defaults) {
  if (defaults.data.empty()) defaults.data = LAMPAS_TEXT_DATA;
  Options o = defaults;
  const std::vector<Entry> known = entries(o);
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
    const Entry* entry = nullptr;
    for (const Entry& e : known)
      if (e.name == name) entry = &e;
    lampas::check(entry != nullptr, "unknown option \"", name, "\" (--help lists the options)");
    if (!inlined) {
      lampas::check(k + 1 < argc, name, ": expected a value");
      value = argv[++k];
    }
    lampas::check(!value.empty(), name, ": expected a value");
    entry->set(value);
  }
  lampas::check(o.heads == 0 || o.width % o.heads == 0, "--width: expected a multiple of --heads (", o.heads, "), got ",
                o.width);
  return o;
}
