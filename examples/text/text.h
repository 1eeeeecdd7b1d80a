#pragma once

#include <lampas/lampas.h>

#include <string>
#include <unordered_map>
#include <vector>

/// The characters a model knows, numbered in the order of their code points.
class Vocabulary {
 public:
  Vocabulary() = default;
  /// Of the characters of a UTF-8 text.
  explicit Vocabulary(const std::string& text);

  int64_t size() const { return static_cast<int64_t>(characters_.size()); }
  /// Numbers of the characters of `text`, int64. Throws for one that is not known.
  lampas::Tensor encode(const std::string& text) const;
  const std::string& operator[](int64_t number) const { return characters_.at(static_cast<size_t>(number)); }
  /// All characters, in order.
  std::string joined() const;

 private:
  std::vector<std::string> characters_;
  std::unordered_map<std::string, int64_t> numbers_;
};

/// A UTF-8 file, plain or gz. Throws lampas::Error naming the path.
std::string read_text(const std::string& path);

/// A text cut into `batch` streams of equal length that are read side by side, `steps` characters at a time: (steps,
/// batch) of inputs and of the characters that follow them.
class Streams {
 public:
  Streams(const lampas::Tensor& text, int64_t batch, int64_t steps);
  int64_t windows() const { return windows_; }
  struct Window {
    lampas::Tensor input, target;
  };
  Window operator[](int64_t index) const;

 private:
  lampas::Tensor streams_;  // (length, batch)
  int64_t steps_, windows_;
};
