#include "serialize/npy_header.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "lampas/tensor/tensor.h"

namespace lampas::serialize {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Format {
  std::string_view code;
  ScalarType dtype;
};
/// The first of a dtype is the one that is written.
constexpr Format kFormats[] = {{"b1", kBool},   {"u1", kByte},         {"i1", kChar},           {"i2", kShort},
                               {"i4", kInt},    {"i8", kLong},         {"f2", kHalf},           {"f4", kFloat},
                               {"f8", kDouble}, {"c8", kComplexFloat}, {"c16", kComplexDouble}, {"u2", kInt},
                               {"u4", kLong}};

/// Bytes of a file as they may stand in a message.
std::string shown(std::string_view bytes) {
  constexpr size_t kMost = 40;
  std::string s(bytes.substr(0, kMost));
  for (char& c : s)
    if (c < ' ' || c > '~') c = '?';
  return "\"" + s + (bytes.size() > kMost ? "\"..." : "\"");
}

/// A dictionary of texts, truth values and tuples of integers, as Python writes it.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name, bool long_suffix)
      : text_(text), name_(name), long_suffix_(long_suffix) {}

  NpyHeader read() {
    NpyHeader h;
    bool have_descr = false, have_order = false, have_shape = false;
    const auto once = [&](bool& have, std::string_view key) {
      check(!have, "load: ", name_, ": the header says ", std::string(key), " twice");
      have = true;
    };
    need('{', "a dictionary");
    while (!accept('}')) {
      const std::string_view key = text("a key");
      need(':', "a colon");
      if (key == "descr") {
        once(have_descr, key);
        descr(h);
      } else if (key == "fortran_order") {
        once(have_order, key);
        h.fortran_order = truth();
      } else if (key == "shape") {
        once(have_shape, key);
        h.sizes = shape();
      } else {
        fail("load: ", name_, ": the header has an unknown key ", shown(key),
             "; expected descr, fortran_order and shape");
      }
      if (!accept(',')) {
        need('}', "a comma or the end of the dictionary");
        break;
      }
    }
    space();
    if (at_ != text_.size()) wrong("nothing but space after the dictionary");
    for (const auto& [have, key] :
         {std::pair(have_descr, "descr"), {have_order, "fortran_order"}, {have_shape, "shape"}})
      check(have, "load: ", name_, ": the header has no ", key);
    return h;
  }

 private:
  [[noreturn]] void wrong(const char* expected) const {
    fail("load: ", name_, ": the header has ", at_ < text_.size() ? shown(text_.substr(at_)) : "its end", " where ",
         expected, " was expected");
  }
  void space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r\f").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool accept(char c) {
    space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void need(char c, const char* what) {
    if (!accept(c)) wrong(what);
  }
  /// Without escapes, which no honest key or dtype has.
  std::string_view text(const char* what) {
    space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') wrong(what);
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) wrong("a text that ends");
    const std::string_view s = text_.substr(at_ + 1, end - at_ - 1);
    if (s.find('\\') != std::string_view::npos) wrong("a text without escapes");
    at_ = end + 1;
    return s;
  }
  bool truth() {
    space();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    wrong("True or False");
  }
  Shape shape() {
    Shape sizes;
    need('(', "a tuple of sizes");
    bool comma = true;
    while (!accept(')')) {
      if (!comma) wrong("a comma or the end of the tuple");
      check(sizes.size() < kMaxDims, "load: ", name_, ": the header's shape has more than ", kMaxDims, " sizes");
      sizes.push_back(size());
      comma = accept(',');
    }
    check(sizes.size() != 1 || comma, "load: ", name_, ": the header's shape is (", sizes[0],
          "), a number to Python; expected a tuple, (", sizes[0], ",)");
    return sizes;
  }
  int64_t size() {
    space();
    const char* const begin = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    int64_t v = 0;
    const auto [stop, error] = std::from_chars(begin, end, v);
    if (stop == begin) wrong("a size");
    const auto digits = static_cast<size_t>(stop - begin);
    check(error == std::errc(), "load: ", name_, ": the header's size ", shown({begin, digits}),
          " is none that a tensor can have");
    check(v >= 0, "load: ", name_, ": the header has a negative size ", v);
    if (digits > 1 && *begin == '0') wrong("a size without leading zeros");
    at_ += digits;
    if (long_suffix_ && at_ < text_.size() && text_[at_] == 'L') ++at_;
    return v;
  }
  void descr(NpyHeader& h) {
    space();
    check(at_ == text_.size() || text_[at_] != '[', "load: ", name_,
          ": the array is structured, which a tensor cannot be: save each field as an array of its own");
    const std::string_view descr = text("a dtype");
    const char order = descr.empty() ? '\0' : descr[0];
    const std::string_view code = descr.substr(std::min<size_t>(1, descr.size()));
    check(code.substr(0, 1) != "O", "load: ", name_,
          ": the array holds Python objects, which are a pickle and are never loaded");
    const auto* const format =
        std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.code == code; });
    check((order == '<' || order == '>' || order == '|') && format != std::end(kFormats), "load: ", name_, ": dtype ",
          shown(descr),
          " is none that tensors have; b1, i1, i2, i4, i8, u1, u2, u4, f2, f4, f8, c8 and c16 can be loaded");
    h.kind = code[0];
    h.item = 0;
    for (const char c : code.substr(1)) h.item = static_cast<uint8_t>(10 * h.item + (c - '0'));
    check(order != '|' || h.item == 1, "load: ", name_, ": dtype ", shown(descr),
          " does not tell the order of its bytes");
    h.big_endian = order == '>';
    h.dtype = format->dtype;
  }

  std::string_view text_;
  const std::string& name_;
  bool long_suffix_;
  size_t at_ = 0;
};

}  // namespace

bool is_npy(const char* data, size_t size) { return std::string_view(data, size).substr(0, kMagic.size()) == kMagic; }

uint64_t npy_header_end(std::string_view start, const std::string& name) {
  check(is_npy(start.data(), start.size()), "load: ", name, ": not a .npy file (it begins with ",
        shown(start.substr(0, 6)), ")");
  check(start.size() >= kNpyStart, "load: ", name, ": ", start.size(),
        " bytes are too few for a .npy header (truncated?)");
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(start[k]); };
  const unsigned major = byte(6), minor = byte(7);
  check(major >= 1 && major <= 3 && minor == 0, "load: ", name, ": version ", major, ".", minor,
        " of the .npy format is unknown; expected 1.0, 2.0 or 3.0");
  const size_t width = major == 1 ? 2 : 4;
  uint64_t length = 0;
  for (size_t k = 0; k < width; ++k) length |= static_cast<uint64_t>(byte(8 + k)) << (8 * k);
  return 8 + width + length;
}

NpyHeader read_npy_header(std::string_view file, const std::string& name) {
  const uint64_t end = npy_header_end(file, name);
  const size_t major = static_cast<unsigned char>(file[6]), begin = major == 1 ? 10 : 12;
  check(end <= file.size(), "load: ", name, ": the header claims ", end - begin, " bytes but ",
        file.size() - std::min(begin, file.size()), " follow (truncated?)");
  // Integers of Python 2, whose files are of version 1 or 2, may be written 3L.
  NpyHeader h = Reader(file.substr(begin, end - begin), name, major < 3).read();
  h.end = end;
  h.bytes = h.item;
  bool empty = false, overflow = false;
  for (const int64_t s : h.sizes) {
    empty = empty || s == 0;
    overflow = overflow || __builtin_mul_overflow(h.bytes, static_cast<uint64_t>(s), &h.bytes);
  }
  if (empty) h.bytes = 0;
  check(empty || (!overflow && h.bytes <= INT64_MAX / 2), "load: ", name, ": shape ", h.sizes, " overflows");
  return h;
}

std::string npy_header(ScalarType dtype, IntArrayRef sizes, bool fortran_order, const std::string& what) {
  const auto* const format =
      std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.dtype == dtype; });
  check(format != std::end(kFormats), "save: ", what, " has dtype ", dtype,
        ", which NumPy does not have: convert it to float32");
  std::string dict = "{'descr': '";
  dict += element_size(dtype) == 1 ? '|' : '<';
  dict += format->code;
  dict += fortran_order ? "', 'fortran_order': True, 'shape': (" : "', 'fortran_order': False, 'shape': (";
  for (size_t k = 0; k < sizes.size(); ++k) dict += str(k ? ", " : "", sizes[k]);
  dict += sizes.size() == 1 ? ",), }" : "), }";
  // As NumPy: room for the size that grows when arrays are appended to become any number.
  if (!sizes.empty()) dict.append(21 - std::to_string(fortran_order ? sizes.back() : sizes.front()).size(), ' ');
  constexpr size_t kBegin = 10;
  const size_t unpadded = kBegin + dict.size() + 1;
  dict.append(64 - unpadded % 64, ' ');
  dict += '\n';
  std::string header(kMagic);
  header += '\1';
  header += '\0';
  header += static_cast<char>(dict.size());
  header += static_cast<char>(dict.size() >> 8);
  return header + dict;
}

}  // namespace lampas::serialize
