#pragma once

#include <lampas/lampas.h>

#include "options.h"
#include "text.h"

/// A model that predicts the next character at every place of (steps, batch) windows.
struct LanguageModel : lampas::nn::Module {
  /// Scores (steps, batch, characters). What the model carries from window to window, if anything, it keeps itself.
  virtual lampas::Tensor scores(const lampas::Tensor& input) = 0;
  /// Forgets what was carried; the next window begins a text.
  virtual void restart() = 0;
  /// The scores (characters) of what follows the text read so far. `text`: all of it (length); `fresh` are new at its
  /// end.
  virtual lampas::Tensor next(const lampas::Tensor& text, int64_t fresh) = 0;
};

/// Trains the model made by `make` (from the number of characters) on the text of the options, saves it, writes a
/// sample. Returns the exit status of a program.
int run_example(int argc, char** argv, const char* program, const Options& defaults,
                std::shared_ptr<LanguageModel> (*make)(const Options&, int64_t characters));
