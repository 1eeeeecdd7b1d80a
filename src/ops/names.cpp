// Tensors with named dimensions: giving, changing and dropping names, and flatten and unflatten by name.
#include "lampas/core/names.h"

#include "lampas/ops/shape.h"
#include "lampas/tensor/tensor.h"

namespace lampas {

namespace {

/// "['A', None]" in messages.
std::string listed(DimnameList names) {
  std::string s = "[";
  for (size_t k = 0; k < names.size(); ++k) {
    if (k) s += ", ";
    append(s, names[k]);
  }
  return s + ']';
}
std::string described(const Tensor& t) { return "Tensor" + listed(t.names()); }

void check_names(DimnameList names, int64_t rank) {
  check(static_cast<int64_t>(names.size()) == rank, "Number of names (", names.size(),
        ") and number of dimensions in tensor (", rank, ") do not match. Attempted to create a tensor with names ",
        listed(names));
  for (size_t a = 0; a < names.size(); ++a)
    for (size_t b = 0; b < a; ++b)
      check(names[a].isWildcard() || names[a] != names[b],
            "Cannot construct a tensor with duplicate names. Got names: ", listed(names), ".");
}
/// Sets checked names of a tensor nobody else has seen.
Tensor with_names(Tensor t, DimnameList names) {
  bool any = false;
  for (const Dimname n : names) any = any || n.isBasic();
  if (any) t.impl()->names = new std::vector<Dimname>(names.begin(), names.end());
  return t;
}
int64_t position(const Tensor& t, Dimname dim) {
  check(dim.isBasic(), "Name None cannot be used to find a dimension of ", described(t));
  const DimnameList names = t.names();
  for (size_t k = 0; k < names.size(); ++k)
    if (names[k] == dim) return static_cast<int64_t>(k);
  std::string text;
  append(text, dim);
  fail("Name ", text, " not found in ", described(t), ".");
}
std::vector<Dimname> copied(const Tensor& t) {
  const DimnameList names = t.names();
  return std::vector<Dimname>(names.begin(), names.end());
}

}  // namespace

DimnameList Tensor::names() const {
  static const Dimname wildcards[kMaxDims];
  const TensorImpl& i = get();
  if (i.names) return DimnameList(*i.names);
  return DimnameList(wildcards, i.ndim);
}
std::optional<DimnameList> Tensor::opt_names() const {
  if (!has_names()) return std::nullopt;
  return names();
}

Tensor Tensor::refine_names(DimnameList given) const {
  const DimnameList own = names();
  check(given.size() == own.size(), "refine_names: cannot coerce ", described(*this), " to Tensor", listed(given),
        " because they have a different number of dims (", own.size(), " and ", given.size(), " respectively).");
  check_names(given, dim());
  for (size_t k = 0; k < own.size(); ++k) {
    if (own[k].isWildcard() || own[k] == given[k]) continue;
    std::string mine, other;
    append(mine, own[k]);
    append(other, given[k]);
    fail("refine_names: cannot coerce ", described(*this), " to Tensor", listed(given), " because ", mine,
         given[k].isWildcard() ? " is more specific than " : " is different from ", other, " at index ", k);
  }
  return with_names(alias(), given);
}
Tensor Tensor::rename(std::optional<DimnameList> given) const {
  if (!given) return alias();
  check_names(*given, dim());
  return with_names(alias(), *given);
}
Tensor& Tensor::rename_(std::optional<DimnameList> given) const {
  if (given) check_names(*given, dim());
  const std::vector<Dimname> kept = given ? std::vector<Dimname>(given->begin(), given->end()) : std::vector<Dimname>();
  delete std::exchange(get().names, nullptr);
  if (given) with_names(*this, DimnameList(kept));
  return const_cast<Tensor&>(*this);
}

int64_t Tensor::size(Dimname dim) const { return size(position(*this, dim)); }
int64_t Tensor::stride(Dimname dim) const { return stride(position(*this, dim)); }

Tensor Tensor::unflatten(int64_t dim, IntArrayRef sizes, std::optional<DimnameList> names) const {
  if (!names) {
    check(!has_names(), "unflatten: ", described(*this), " has names; give names of the dimensions it gets");
    return unflatten(dim, sizes);
  }
  check(names->size() == sizes.size(), "unflatten: Expected ", sizes.size(), " names for the sizes ", sizes, ", got ",
        listed(*names));
  const int64_t d = wrap_dim(dim, this->dim(), "unflatten");
  int64_t product = 1;
  bool inferred = false;
  for (const int64_t s : sizes) {
    inferred = inferred || s < 0;
    product *= s;
  }
  check(inferred || product == size(d), "unflatten: Provided sizes ", sizes, " don't multiply up to the size of dim ",
        d, " (", size(d), ") in ", described(*this));
  std::vector<Dimname> all = copied(*this);
  all.erase(all.begin() + d);
  all.insert(all.begin() + d, names->begin(), names->end());
  check_names(all, static_cast<int64_t>(all.size()));
  return with_names(lampas::unflatten(*this, d, sizes), all);
}
Tensor Tensor::unflatten(Dimname dim, IntArrayRef sizes, DimnameList names) const {
  return unflatten(position(*this, dim), sizes, std::optional<DimnameList>(names));
}

Tensor Tensor::flatten(int64_t start_dim, int64_t end_dim, Dimname out_dim) const {
  const int64_t first = wrap_dim(start_dim, dim(), "flatten"), last = wrap_dim(end_dim, dim(), "flatten");
  check(first <= last, "flatten: start_dim cannot come after end_dim, got ", start_dim, " and ", end_dim);
  std::vector<Dimname> all = copied(*this);
  if (!all.empty()) all.erase(all.begin() + first, all.begin() + last + 1);
  all.insert(all.begin() + first, out_dim);
  check_names(all, static_cast<int64_t>(all.size()));
  return with_names(lampas::flatten(alias(), first, last), all);
}
Tensor Tensor::flatten(Dimname start_dim, Dimname end_dim, Dimname out_dim) const {
  return flatten(position(*this, start_dim), position(*this, end_dim), out_dim);
}
Tensor Tensor::flatten(DimnameList dims, Dimname out_dim) const {
  check(!dims.empty(), "flatten(tensor, dims, out_dim): dims cannot be empty");
  const int64_t first = position(*this, dims[0]);
  for (size_t k = 1; k < dims.size(); ++k)
    check(position(*this, dims[k]) == first + static_cast<int64_t>(k), "flatten(tensor, dims, out_dim): dims ",
          listed(dims), " must be consecutive in ", described(*this));
  return flatten(first, first + static_cast<int64_t>(dims.size()) - 1, out_dim);
}

}  // namespace lampas
