#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/shape.h"

/// Cases of tests/data/ops/*.txt: a name, arguments, "=>", results. tools/goldens/ops_index.py describes the notation.
namespace golden {

using namespace lampas;

/// How the tensors of a case lie in memory.
enum class LayoutKind { plain, transposed, sliced };

inline std::vector<std::string> split(const std::string& s, char by) {
  std::vector<std::string> parts;
  std::string part;
  std::istringstream in(s);
  while (std::getline(in, part, by)) parts.push_back(part);
  return parts;
}
inline std::vector<int64_t> ints(const std::string& s) {
  std::vector<int64_t> v;
  for (const std::string& part : split(s, ',')) v.push_back(std::stoll(part));
  return v;
}

/// The same elements in another layout.
inline Tensor laid_out(const Tensor& t, LayoutKind layout) {
  if (layout == LayoutKind::plain || t.dim() == 0) return t;
  if (layout == LayoutKind::transposed) {
    Shape order;
    for (int64_t d = t.dim() - 1; d >= 0; --d) order.push_back(d);
    return t.permute(order).contiguous().permute(order);
  }
  Shape sizes(t.sizes());
  for (int64_t& s : sizes) s = 2 * s + 1;
  Tensor big = full(sizes, 1, TensorOptions(t.scalar_type()));
  for (int64_t d = 0; d < t.dim(); ++d) big = big.slice(d, 1, 1 + 2 * t.size(d), 2);
  big.copy_(t);
  return big;
}

inline ScalarType dtype_named(const std::string& name) {
  for (int k = 0; k < kNumDtypes; ++k)
    if (name == lampas::name(static_cast<ScalarType>(k))) return static_cast<ScalarType>(k);
  throw std::runtime_error("no dtype " + name);
}

/// "t:Float:2,2:1,2,3,4"
inline Tensor tensor_of(const std::string& word) {
  std::vector<std::string> parts = split(word, ':');
  parts.resize(4);
  if (parts[3].find_first_of(".nie") != std::string::npos) {
    const std::vector<std::string> words = split(parts[3], ',');
    Tensor t = empty(ints(parts[2]), TensorOptions(kDouble));
    if (t.numel() != static_cast<int64_t>(words.size())) throw std::runtime_error("values of " + word);
    for (size_t k = 0; k < words.size(); ++k) t.data_ptr<double>()[k] = std::stod(words[k]);
    return t.to(dtype_named(parts[1]));
  }
  const std::vector<int64_t> sizes = ints(parts[2]), values = ints(parts[3]);
  Tensor t = empty(sizes, TensorOptions(kLong));
  if (t.numel() != static_cast<int64_t>(values.size())) throw std::runtime_error("values of " + word);
  std::copy(values.begin(), values.end(), t.data_ptr<int64_t>());
  return t.to(dtype_named(parts[1]));
}

struct Case {
  std::string line, name;
  std::vector<std::vector<int64_t>> i;
  std::vector<std::string> s;
  std::vector<Tensor> t, results;
  std::vector<TensorIndex> x;
};

inline TensorIndex index_of(const std::string& word, LayoutKind layout) {
  using namespace indexing;
  switch (word[0]) {
    case 'i':
      return static_cast<int64_t>(std::stoll(word.substr(1)));
    case 's': {
      std::vector<std::string> parts = split(word.substr(1), ':');
      parts.resize(3);
      std::optional<int64_t> ends[3];
      for (int k = 0; k < 3; ++k)
        if (!parts[k].empty()) ends[k] = std::stoll(parts[k]);
      return Slice(ends[0], ends[1], ends[2]);
    }
    case 'N':
      return None;
    case 'E':
      return Ellipsis;
    case 'T':
      return true;
    case 'F':
      return false;
    default:
      return laid_out(tensor_of(word), layout);
  }
}

inline Case parse(const std::string& line, LayoutKind layout) {
  Case c;
  c.line = line;
  std::istringstream in(line);
  std::string word;
  in >> c.name;
  bool result = false;
  while (in >> word) {
    if (word == "=>")
      result = true;
    else if (word[0] == 'i')
      c.i.push_back(ints(word.substr(2)));
    else if (word[0] == 's')
      c.s.push_back(word.substr(2));
    else if (word[0] == 'x')
      c.x.push_back(index_of(word.substr(2), layout));
    else if (result)
      c.results.push_back(tensor_of(word));
    else
      c.t.push_back(laid_out(tensor_of(word), layout));
  }
  return c;
}

/// Row-major values, widened.
inline std::vector<double> values(const Tensor& t) {
  const Tensor d = t.detach().to(kDouble).contiguous();
  return std::vector<double>(d.data_ptr<double>(), d.data_ptr<double>() + d.numel());
}

}  // namespace golden
