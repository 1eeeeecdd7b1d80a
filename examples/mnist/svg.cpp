#include "svg.h"

#include <lampas/lampas.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace {

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

std::string label(double x, double y, const std::string& text, const char* anchor = "middle", int size = 12) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\" font-size=\"" +
         std::to_string(size) + "\">" + text + "</text>\n";
}

/// One panel: axes from (0, low) to (right, high) and curves in them.
class Panel {
 public:
  Panel(double left, double right, double low, double high, const std::string& title)
      : left_(left), right_(right), low_(low), high_(high) {
    out_ += "<rect x=\"" + number(left_) + "\" y=\"40\" width=\"400\" height=\"240\" fill=\"none\" stroke=\"#999\"/>\n";
    out_ += label(left_ + 200, 28, title, "middle", 14);
    for (int k = 0; k <= 4; ++k) {
      const double v = low_ + (high_ - low_) * k / 4;
      out_ += label(left_ - 6, y(v) + 4, number(v), "end", 11);
      out_ += "<line x1=\"" + number(left_) + "\" x2=\"" + number(left_ + 400) + "\" y1=\"" + number(y(v)) +
              "\" y2=\"" + number(y(v)) + "\" stroke=\"#eee\"/>\n";
    }
    const int step = std::max(1, static_cast<int>(std::ceil(right_ / 10)));
    for (int e = 0; e <= static_cast<int>(right_); e += step) out_ += label(x(e), 296, std::to_string(e), "middle", 11);
    out_ += label(left_ + 200, 314, "epoch");
  }
  void curve(const std::vector<std::pair<double, double>>& points, const char* colour, const std::string& name,
             bool dots) {
    out_ += "<polyline fill=\"none\" stroke=\"" + std::string(colour) + "\" stroke-width=\"1.5\" points=\"";
    for (auto [px, py] : points) out_ += number(x(px)) + "," + number(y(std::clamp(py, low_, high_))) + " ";
    out_ += "\"/>\n";
    for (size_t k = 0; dots && k < points.size(); ++k)
      out_ += "<circle cx=\"" + number(x(points[k].first)) + "\" cy=\"" +
              number(y(std::clamp(points[k].second, low_, high_))) + "\" r=\"3\" fill=\"" + colour + "\"/>\n";
    const double at = 56 + 16 * legend_++;
    out_ += "<line x1=\"" + number(left_ + 270) + "\" x2=\"" + number(left_ + 290) + "\" y1=\"" + number(at) +
            "\" y2=\"" + number(at) + "\" stroke=\"" + colour + "\" stroke-width=\"2\"/>\n" +
            label(left_ + 296, at + 4, name, "start", 11);
  }
  const std::string& text() const { return out_; }

 private:
  double x(double v) const { return left_ + 400 * v / right_; }
  double y(double v) const { return 280 - 240 * (v - low_) / (high_ - low_); }
  double left_, right_, low_, high_;
  int legend_ = 0;
  std::string out_;
};

}  // namespace

std::string curves_svg(const History& h) {
  double right = 1, top = 0.05, floor = 1;
  for (auto [x, y] : h.test_accuracy) right = std::max(right, x), floor = std::min(floor, y);
  std::vector<double> losses;
  for (auto [x, y] : h.train_loss) losses.push_back(y);
  std::sort(losses.begin(), losses.end());
  if (!losses.empty()) top = std::max(top, losses[losses.size() * 95 / 100] * 1.2);
  Panel loss(60, right, 0, top, "loss"),
      accuracy(550, right, std::floor(floor * 100 - 0.5), 100, "accuracy on the test images, %");
  loss.curve(h.train_loss, "#4477aa", "training", false);
  loss.curve(h.test_loss, "#cc3311", "test", true);
  std::vector<std::pair<double, double>> percent;
  for (auto [x, y] : h.test_accuracy) percent.emplace_back(x, 100 * y);
  accuracy.curve(percent, "#228833", "test", true);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"980\" height=\"330\" font-family=\"sans-serif\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
         loss.text() + accuracy.text() + "</svg>\n";
}

std::string mistakes_svg(const std::vector<Mistake>& mistakes, size_t total) {
  constexpr int kColumns = 10, kCell = 84, kPixel = 2, kSide = 28;
  const int rows = static_cast<int>((mistakes.size() + kColumns - 1) / kColumns);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(kColumns * kCell + 20) +
                    "\" height=\"" + std::to_string(rows * (kCell + 8) + 50) +
                    "\" font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  out += label(20, 26,
               std::to_string(mistakes.size()) + " of " + std::to_string(total) +
                   " misclassified test digits: true label, predicted label",
               "start", 14);
  for (size_t k = 0; k < mistakes.size(); ++k) {
    const Mistake& m = mistakes[k];
    const int left = 20 + static_cast<int>(k) % kColumns * kCell,
              top = 40 + static_cast<int>(k) / kColumns * (kCell + 8);
    out += "<rect x=\"" + std::to_string(left) + "\" y=\"" + std::to_string(top) + "\" width=\"" +
           std::to_string(kSide * kPixel) + "\" height=\"" + std::to_string(kSide * kPixel) + "\"/>\n";
    for (int r = 0; r < kSide; ++r)
      for (int c = 0; c < kSide;) {
        // Runs of one grey level (of 16) share a rectangle.
        auto level = [&](int col) {
          return static_cast<int>(std::lround(m.pixels[static_cast<size_t>(r * kSide + col)] * 15));
        };
        const int grey = level(c);
        int end = c + 1;
        while (end < kSide && level(end) == grey) ++end;
        if (grey > 0) {
          char text[128];
          std::snprintf(text, sizeof text, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%x%x%x\"/>\n",
                        left + c * kPixel, top + r * kPixel, (end - c) * kPixel, kPixel, static_cast<unsigned>(grey),
                        static_cast<unsigned>(grey), static_cast<unsigned>(grey));
          out += text;
        }
        c = end;
      }
    out += label(left + kSide * kPixel / 2, top + kSide * kPixel + 14,
                 std::to_string(m.truth) + " &#8594; " + std::to_string(m.predicted));
  }
  return out + "</svg>\n";
}

void write_text(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  lampas::check(static_cast<bool>(file) && std::rename(temporary.c_str(), path.c_str()) == 0, "cannot write ", path);
}
