// Sums of products in Einstein's notation, made of permutations, sums and batched products.
#include <cctype>
#include <string>

#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/products.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"

namespace lampas {

namespace {

/// Labels 0 ... 51 are the letters in order of their codes, 52 and up the dimensions under an ellipsis, counted from
/// its end.
constexpr int64_t kLetters = 52, kEllipsis = -1;

int64_t label_of(char c) { return c >= 'a' ? c - 'a' + 26 : c - 'A'; }
std::string letter_of(int64_t label) {
  if (label >= kLetters) return "...";
  return std::string(1, static_cast<char>(label < 26 ? 'A' + label : 'a' + label - 26));
}

/// The labels of one operand, kEllipsis standing for "...".
Shape parse(std::string_view term, const char* which) {
  Shape labels;
  bool dots = false;
  for (size_t k = 0; k < term.size(); ++k) {
    const char c = term[k];
    if (c == ' ') continue;
    if (c == '.') {
      check(term.substr(k, 3) == "..." && !dots, "einsum: found '.' for ", which,
            " that is not part of any ellipsis, or a second ellipsis, in \"", std::string(term), "\"");
      dots = true;
      labels.push_back(kEllipsis);
      k += 2;
      continue;
    }
    check(std::isalpha(static_cast<unsigned char>(c)), "einsum: invalid subscript given in the equation string for ",
          which, ", subscripts must be in [a-zA-Z], got '", std::string(1, c), "'");
    labels.push_back(label_of(c));
  }
  return labels;
}

/// A tensor whose dimensions carry different labels.
struct Term {
  Tensor t;
  Shape labels;
  int64_t find(int64_t label) const {
    for (size_t k = 0; k < labels.size(); ++k)
      if (labels[k] == label) return static_cast<int64_t>(k);
    return -1;
  }
  bool has(int64_t label) const { return find(label) >= 0; }
  int64_t size(int64_t label) const { return t.size(find(label)); }
};

/// Replaces the ellipsis by its dimensions and repeated labels by diagonals.
Term term_of(const Tensor& x, const Shape& written, size_t number) {
  Shape labels;
  int64_t named = 0;
  bool dots = false;
  for (int64_t l : written) {
    if (l == kEllipsis)
      dots = true;
    else
      ++named;
  }
  check(dots ? named <= x.dim() : named == x.dim(), "einsum: the number of subscripts in the equation (", named,
        dots ? ", more than" : ") does not match", " the number of dimensions (", x.dim(), ") for operand ", number);
  for (int64_t l : written) {
    if (l != kEllipsis) {
      labels.push_back(l);
      continue;
    }
    for (int64_t k = x.dim() - named - 1; k >= 0; --k) labels.push_back(kLetters + k);
  }
  Term r{x, {}};
  for (size_t k = 0; k < labels.size(); ++k) {
    const int64_t first = r.find(labels[k]), here = static_cast<int64_t>(r.labels.size());
    if (first < 0) {
      r.labels.push_back(labels[k]);
      continue;
    }
    check(r.t.size(first) == r.t.size(here), "einsum: subscript ", letter_of(labels[k]), " is repeated for operand ",
          number, " but the sizes don't match, ", r.t.size(here), " != ", r.t.size(first));
    // The diagonal comes last; back to the place of the first.
    Tensor d = r.t.diagonal(0, first, here);
    Shape order;
    for (int64_t j = 0; j < d.dim() - 1; ++j) order.push_back(j);
    order.insert(static_cast<size_t>(first), d.dim() - 1);
    r.t = d.permute(order);
  }
  return r;
}

/// Sums out the labels that `keep` refuses.
template <class Keep>
Term summed(const Term& a, const Keep& keep) {
  Shape dims;
  Term r{a.t, {}};
  for (size_t k = 0; k < a.labels.size(); ++k) {
    if (keep(a.labels[k]))
      r.labels.push_back(a.labels[k]);
    else
      dims.push_back(static_cast<int64_t>(k));
  }
  if (!dims.empty()) r.t = a.t.sum(dims);
  return r;
}
/// The dimensions in the order of `labels`; those the term has not have size one.
Tensor arranged(const Term& a, const Shape& labels) {
  Shape order;
  for (int64_t l : labels)
    if (a.has(l)) order.push_back(a.find(l));
  Tensor t = a.t.permute(order);
  for (size_t k = 0; k < labels.size(); ++k)
    if (!a.has(labels[k])) t = t.unsqueeze(static_cast<int64_t>(k));
  return t;
}

template <class Keep>
Term contracted(const Term& left, const Term& right, const Keep& keep) {
  // What only one of them has, or has with size one, and nobody asks for, is summed there.
  const auto stays = [&](const Term& self, const Term& other) {
    return [&](int64_t l) { return keep(l) || (other.has(l) && self.size(l) == other.size(l)); };
  };
  const Term a = summed(left, stays(left, right)), b = summed(right, stays(right, left));
  Shape batch, inner, rows, columns;
  for (int64_t l : a.labels) {
    if (b.has(l))
      (keep(l) ? batch : inner).push_back(l);
    else
      rows.push_back(l);
  }
  for (int64_t l : b.labels)
    if (!a.has(l)) columns.push_back(l);
  const auto joined = [](std::initializer_list<const Shape*> parts) {
    Shape s;
    for (const Shape* p : parts)
      for (int64_t l : *p) s.push_back(l);
    return s;
  };
  Term r;
  r.labels = joined({&batch, &rows, &columns});
  if (inner.empty()) {
    r.t = arranged(a, r.labels).mul(arranged(b, r.labels));
    return r;
  }
  Shape sizes, batch_sizes;
  int64_t count = 1, m = 1, n = 1, k = 1;
  for (int64_t l : batch) {
    batch_sizes.push_back(std::max(a.size(l), b.size(l)));
    if (std::min(a.size(l), b.size(l)) == 0) batch_sizes.back() = 0;
    count *= batch_sizes.back();
    sizes.push_back(batch_sizes.back());
  }
  for (int64_t l : rows) m *= a.size(l), sizes.push_back(a.size(l));
  for (int64_t l : columns) n *= b.size(l), sizes.push_back(b.size(l));
  for (int64_t l : inner) k *= a.size(l);
  const auto matrices = [&](const Term& t, const Shape& order, int64_t p, int64_t q) {
    Tensor x = arranged(t, order);
    Shape full(x.sizes());
    for (size_t d = 0; d < batch_sizes.size(); ++d) full[d] = batch_sizes[d];
    return x.expand(full).reshape({count, p, q});
  };
  const Tensor x = matrices(a, joined({&batch, &rows, &inner}), m, k),
               y = matrices(b, joined({&batch, &inner, &columns}), k, n);
  r.t = bmm(x, y).reshape(sizes);
  return r;
}

}  // namespace

Tensor einsum(std::string_view equation, TensorList operands, OptionalIntArrayRef path) {
  check(!operands.empty(), "einsum: must provide at least one operand");
  const size_t arrow = equation.find("->");
  std::string_view inputs = equation.substr(0, arrow);
  std::vector<Term> terms;
  int64_t counts[kLetters] = {}, dots = 0;
  for (size_t k = 0;; ++k) {
    check(k < operands.size(), "einsum: more operands were provided in the equation than tensors, which are ",
          operands.size());
    check(operands[k].defined(), "einsum: operand ", k, " is undefined");
    const size_t comma = inputs.find(',');
    const Shape written = parse(inputs.substr(0, comma), "an operand");
    for (int64_t l : written)
      if (l >= 0) ++counts[l];
    terms.push_back(term_of(operands[k], written, k));
    for (int64_t l : terms.back().labels) dots = std::max(dots, l - kLetters + 1);
    if (comma == std::string_view::npos) {
      check(k + 1 == operands.size(), "einsum: fewer operands were provided in the equation than tensors: ", k + 1,
            " and ", operands.size());
      break;
    }
    inputs.remove_prefix(comma + 1);
  }
  // Sizes of a label agree, or are one.
  for (size_t k = 0; k < terms.size(); ++k)
    for (int64_t l : terms[k].labels)
      for (size_t j = 0; j < k; ++j) {
        if (!terms[j].has(l)) continue;
        const int64_t s = terms[j].size(l), t = terms[k].size(l);
        check(s == t || s == 1 || t == 1, "einsum: operands do not broadcast with remapped shapes: subscript ",
              letter_of(l), " has size ", t, " for operand ", k, " and ", s, " for operand ", j);
      }

  Shape output;
  const auto add_dots = [&] {
    for (int64_t d = dots - 1; d >= 0; --d) output.push_back(kLetters + d);
  };
  if (arrow == std::string_view::npos) {
    add_dots();
    for (int64_t l = 0; l < kLetters; ++l)
      if (counts[l] == 1) output.push_back(l);
  } else {
    for (int64_t l : parse(equation.substr(arrow + 2), "the output")) {
      if (l == kEllipsis) {
        add_dots();
        continue;
      }
      check(counts[l] > 0, "einsum: output subscript ", letter_of(l),
            " does not appear in the equation for any input operand");
      for (int64_t o : output)
        check(o != l, "einsum: output subscript ", letter_of(l), " appears more than once in the output");
      output.push_back(l);
    }
  }
  const auto in_output = [&](int64_t l) {
    for (int64_t o : output)
      if (o == l) return true;
    return false;
  };

  const IntArrayRef order = path.dims();
  check(order.empty() || order.size() == 2 * (operands.size() - 1),
        "einsum: expected contraction path given in path parameter to have size ", 2 * (operands.size() - 1),
        " but got ", order.size());
  if (terms.size() == 1) terms[0] = summed(terms[0], in_output);
  for (size_t step = 0; terms.size() > 1; ++step) {
    int64_t i = 0, j = 1;
    if (!order.empty()) {
      i = std::min(order[2 * step], order[2 * step + 1]);
      j = std::max(order[2 * step], order[2 * step + 1]);
      check(i >= 0 && i < j && j < static_cast<int64_t>(terms.size()), "einsum: invalid contraction path: (", i, ", ",
            j, ") of ", terms.size(), " operands");
    }
    const Term a = terms[static_cast<size_t>(i)], b = terms[static_cast<size_t>(j)];
    terms.erase(terms.begin() + j);
    terms.erase(terms.begin() + i);
    const auto keep = [&](int64_t l) {
      if (in_output(l)) return true;
      for (const Term& t : terms)
        if (t.has(l)) return true;
      return false;
    };
    Term c = contracted(a, b, keep);
    if (order.empty())
      terms.insert(terms.begin(), std::move(c));
    else
      terms.push_back(std::move(c));
  }
  return arranged(terms[0], output);
}

}  // namespace lampas
