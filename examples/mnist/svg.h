#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What training showed: the running loss every so many steps, and loss and accuracy on the test images after each
/// epoch.
struct History {
  std::vector<std::pair<double, double>> train_loss;     // (epochs passed, mean loss since the last point)
  std::vector<std::pair<double, double>> test_loss;      // (epochs passed, loss)
  std::vector<std::pair<double, double>> test_accuracy;  // (epochs passed, accuracy in [0, 1])
};

/// A digit the model got wrong; 28 x 28 grey values in [0, 1].
struct Mistake {
  std::vector<float> pixels;
  int64_t truth, predicted;
};

/// Loss and accuracy over the epochs, as an SVG document.
std::string curves_svg(const History& history);
/// A grid of digits, each with its true and predicted label.
std::string mistakes_svg(const std::vector<Mistake>& mistakes, size_t total);
/// Writes through a temporary file and a rename.
void write_text(const std::string& path, const std::string& text);
