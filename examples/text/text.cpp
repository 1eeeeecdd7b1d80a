#include "text.h"

#include <zlib.h>

#include <algorithm>
#include <set>

namespace {

/// Bytes of the UTF-8 character at `at`; throws where there is none.
size_t character_length(const std::string& text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const size_t n = byte < 0x80                   ? 1
                   : byte >= 0xC2 && byte < 0xE0 ? 2
                   : (byte & 0xF0) == 0xE0       ? 3
                   : byte >= 0xF0 && byte < 0xF5 ? 4
                                                 : 0;
  bool good = n > 0 && at + n <= text.size();
  for (size_t k = 1; good && k < n; ++k) good = (static_cast<unsigned char>(text[at + k]) & 0xC0) == 0x80;
  lampas::check(good, "the text is not valid UTF-8 at byte ", at);
  return n;
}

template <class F>
void each_character(const std::string& text, const F& f) {
  for (size_t at = 0; at < text.size();) {
    const size_t n = character_length(text, at);
    f(text.substr(at, n));
    at += n;
  }
}

}  // namespace

Vocabulary::Vocabulary(const std::string& text) {
  std::set<std::string> all;  // UTF-8 sorts as code points do
  each_character(text, [&](std::string c) { all.insert(std::move(c)); });
  characters_.assign(all.begin(), all.end());
  for (size_t k = 0; k < characters_.size(); ++k) numbers_[characters_[k]] = static_cast<int64_t>(k);
}

lampas::Tensor Vocabulary::encode(const std::string& text) const {
  std::vector<int64_t> numbers;
  each_character(text, [&](const std::string& c) {
    const auto found = numbers_.find(c);
    lampas::check(found != numbers_.end(), "the model does not know the character \"", c, "\"");
    numbers.push_back(found->second);
  });
  return lampas::tensor(numbers, lampas::kLong);
}

std::string Vocabulary::joined() const {
  std::string all;
  for (const auto& c : characters_) all += c;
  return all;
}

std::string read_text(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files as they are
  lampas::check(file != nullptr, path, ": cannot be opened");
  std::string text;
  char buffer[1 << 16];
  int n;
  while ((n = gzread(file, buffer, sizeof(buffer))) > 0) text.append(buffer, static_cast<size_t>(n));
  const bool good = n == 0 && gzclose(file) == Z_OK;
  lampas::check(good, path, ": cannot be read, or is damaged");
  lampas::check(!text.empty(), path, ": is empty");
  return text;
}

Streams::Streams(const lampas::Tensor& text, int64_t batch, int64_t steps) : steps_(steps) {
  const int64_t length = (text.numel() - 1) / batch;
  windows_ = length / steps;
  lampas::check(windows_ > 0, "a text of ", text.numel(), " characters is too short for ", batch, " streams of ", steps,
                " steps; try a smaller --batch-size or --steps");
  // One character more than is read, to be predicted.
  streams_ = lampas::empty({length + 1, batch}, lampas::kLong);
  for (int64_t b = 0; b < batch; ++b) streams_.select(1, b).copy_(text.narrow(0, b * length, length + 1));
}

Streams::Window Streams::operator[](int64_t index) const {
  return {streams_.narrow(0, index * steps_, steps_), streams_.narrow(0, index * steps_ + 1, steps_)};
}
