// Random programs of views and in-place ops, checked step by step against a reference that knows a view as a list of
// positions in memory and carries derivatives forward. LAMPAS_FUZZ_PROGRAMS sets how many (default: a second's worth),
// LAMPAS_FUZZ_SEED where the seeds start; a failure prints the program.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <sstream>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

using namespace lampas;

namespace {

constexpr int kLeaf = 8;  // elements of the leaf

/// A number and its derivatives with respect to the leaf's elements.
struct Dual {
  double v = 0;
  std::array<double, kLeaf> d{};
};
Dual operator+(const Dual& a, const Dual& b) {
  Dual r{a.v + b.v, a.d};
  for (int k = 0; k < kLeaf; ++k) r.d[k] += b.d[k];
  return r;
}
Dual operator*(const Dual& a, const Dual& b) {
  Dual r{a.v * b.v, {}};
  for (int k = 0; k < kLeaf; ++k) r.d[k] = a.d[k] * b.v + a.v * b.d[k];
  return r;
}
Dual number(double v) { return {v, {}}; }

using Dims = std::vector<int64_t>;
int64_t product(const Dims& s) {
  int64_t n = 1;
  for (int64_t v : s) n *= v;
  return n;
}

/// A tensor as the reference sees it: row-major positions of its elements in some memory.
struct View {
  std::shared_ptr<std::vector<Dual>> memory;
  Dims sizes;
  std::vector<int64_t> at;
  bool repeats = false;  // positions occur more than once
  bool several = false;  // of an op that gives several views: not to be written while recording

  Dual& operator[](size_t k) const { return (*memory)[static_cast<size_t>(at[k])]; }
  size_t size() const { return at.size(); }
  int64_t rank() const { return static_cast<int64_t>(sizes.size()); }
};
View fresh(Dims sizes) {
  View r;
  r.sizes = std::move(sizes);
  const auto n = static_cast<size_t>(product(r.sizes));
  r.memory = std::make_shared<std::vector<Dual>>(n);
  r.at.resize(n);
  for (size_t k = 0; k < n; ++k) r.at[k] = static_cast<int64_t>(k);
  return r;
}
/// The view of `of` whose element at index i is of's element at from(i).
template <class From>
View derived(const View& of, Dims sizes, const From& from) {
  View r;
  r.memory = of.memory, r.repeats = of.repeats, r.several = of.several;
  r.sizes = std::move(sizes);
  const int64_t n = product(r.sizes);
  Dims index(r.sizes.size());
  for (int64_t k = 0; k < n; ++k) {
    int64_t rest = k;
    for (size_t d = r.sizes.size(); d-- > 0;) index[d] = rest % r.sizes[d], rest /= r.sizes[d];
    const Dims source = from(index);
    int64_t flat = 0;
    for (size_t d = 0; d < of.sizes.size(); ++d) flat = flat * of.sizes[d] + source[d];
    r.at.push_back(of.at[static_cast<size_t>(flat)]);
  }
  return r;
}
View copied(const View& v) {
  View r = fresh(v.sizes);
  for (size_t k = 0; k < v.size(); ++k) r[k] = v[k];
  return r;
}
/// b's element for a's element number k, b broadcasting to a's sizes.
size_t broadcast_position(const View& a, const View& b, size_t k) {
  auto rest = static_cast<int64_t>(k);
  int64_t flat = 0, stride = 1;
  for (int64_t d = a.rank() - 1; d >= 0; --d) {
    const int64_t i = rest % a.sizes[static_cast<size_t>(d)];
    rest /= a.sizes[static_cast<size_t>(d)];
    const int64_t e = d - (a.rank() - b.rank());
    if (e < 0) continue;
    const int64_t size = b.sizes[static_cast<size_t>(e)];
    flat += (size == 1 ? 0 : i) * stride;
    stride *= size;
  }
  return static_cast<size_t>(flat);
}
bool broadcasts_to(const View& a, const View& b) {
  if (b.rank() > a.rank()) return false;
  for (int64_t e = 0; e < b.rank(); ++e) {
    const int64_t size = b.sizes[static_cast<size_t>(e)];
    if (size != 1 && size != a.sizes[static_cast<size_t>(e + a.rank() - b.rank())]) return false;
  }
  return true;
}

struct Slot {
  Tensor t;
  View r;
};

class Program {
 public:
  explicit Program(uint64_t seed) : random_(seed) {}

  /// Returns what went wrong, or nothing.
  std::string run() {
    recorded_ = below(2) == 0;
    const Dims shapes[] = {{8}, {2, 4}, {4, 2}, {2, 2, 2}, {1, 8}, {2, 1, 4}};
    const Dims shape = shapes[below(6)];
    Tensor leaf = empty(shape, kDouble);
    View start = fresh(shape);
    double* p = leaf.data_ptr<double>();
    for (size_t k = 0; k < kLeaf; ++k) {
      p[k] = start[k].v = real();
      start[k].d[k] = 1;
    }
    if (recorded_) leaf.requires_grad_();
    slots_.push_back({leaf.clone(), copied(start)});
    log_ << "leaf " << IntArrayRef(shape) << (recorded_ ? ", recorded" : "") << '\n';
    const int steps = 2 + below(10);
    for (int k = 0; k < steps; ++k) {
      const std::string wrong = step();
      if (!wrong.empty()) return wrong + "\n" + log_.str();
      if (too_large()) break;
    }
    return recorded_ ? gradients(leaf) : "";
  }

  int64_t refused = 0, undone = 0;

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  double real() { return static_cast<double>(static_cast<int>(random_() % 17) - 8) / 4 + 0.125; }
  Slot& any() { return slots_[static_cast<size_t>(below(static_cast<int>(slots_.size())))]; }

  bool too_large() const {
    for (const Slot& s : slots_)
      for (size_t k = 0; k < s.r.size(); ++k)
        if (std::abs(s.r[k].v) > 1e6) return true;
    return false;
  }

  std::string step() {
    const int kind = below(10);
    try {
      if (kind < 4 && slots_.size() < 7)
        view();
      else if (kind < 8)
        write();
      else if (slots_.size() < 7)
        compute();
    } catch (const Error& e) {
      const std::string text = e.what();
      // Refusals that are right: writing to views that share elements, to overlapping memory, to views of several.
      const bool right = (target_repeats_ && text.find("more than one element") != std::string::npos) ||
                         text.find("Please clone() the tensor") != std::string::npos ||
                         (recorded_ && text.find("returns multiple views") != std::string::npos);
      if (!right) return "unexpected error: " + text;
      ++refused;
      log_ << "  (refused)\n";
    }
    return compare();
  }

  std::string compare() const {
    for (size_t s = 0; s < slots_.size(); ++s) {
      const auto& [t, r] = slots_[s];
      if (t.sizes() != IntArrayRef(r.sizes)) return str("slot ", s, " has sizes ", t.sizes());
      const Tensor plain = t.detach().contiguous();
      const double* p = plain.data_ptr<double>();
      for (size_t k = 0; k < r.size(); ++k)
        if (!(std::abs(p[k] - r[k].v) <= 1e-9 * (1 + std::abs(r[k].v))))
          return str("slot ", s, " element ", k, " is ", p[k], ", not ", r[k].v);
    }
    return "";
  }

  std::string gradients(const Tensor& leaf) {
    Tensor loss = zeros({}, kDouble);
    std::array<double, kLeaf> expected{};
    for (const Slot& s : slots_) {
      Tensor w = empty(s.r.sizes, kDouble);
      double* p = w.data_ptr<double>();
      for (size_t k = 0; k < s.r.size(); ++k) {
        p[k] = real();
        for (int j = 0; j < kLeaf; ++j) expected[j] += p[k] * s.r[k].d[j];
      }
      loss = loss + (s.t * w).sum();
    }
    if (!loss.requires_grad()) {
      for (double e : expected)
        if (e != 0) return "the history was lost\n" + log_.str();
      return "";
    }
    try {
      loss.backward();
    } catch (const Error& e) {
      // A factor of a product was overwritten before backward.
      if (std::string(e.what()).find("modified by an inplace operation") != std::string::npos && multiplied_) {
        ++undone;
        return "";
      }
      return std::string("backward: ") + e.what() + "\n" + log_.str();
    }
    const Tensor g = leaf.grad().defined() ? leaf.grad().contiguous() : zeros_like(leaf.detach());
    for (int j = 0; j < kLeaf; ++j) {
      const double got = g.data_ptr<double>()[j];
      if (!(std::abs(got - expected[j]) <= 1e-7 * (1 + std::abs(expected[j]))))
        return str("gradient ", j, " is ", got, ", not ", expected[j], "\n") + log_.str();
    }
    return "";
  }

  void add(const Slot& from, Tensor t, View r, const std::string& what) {
    log_ << "slot " << slots_.size() << " = slot " << (&from - slots_.data()) << '.' << what << '\n';
    slots_.push_back({std::move(t), std::move(r)});
  }

  void view() {
    Slot& s = any();
    const View& r = s.r;
    const int64_t n = r.rank();
    const int64_t d = n ? below(static_cast<int>(n)) : 0;
    const auto du = static_cast<size_t>(d);
    target_repeats_ = false;
    switch (below(13)) {
      case 0: {
        if (!n || r.sizes[du] == 0) return;
        const int64_t i = below(static_cast<int>(r.sizes[du]));
        Dims sizes = r.sizes;
        sizes.erase(sizes.begin() + d);
        View v = derived(r, sizes, [&](Dims x) { return x.insert(x.begin() + d, i), x; });
        return add(s, s.t.select(d, below(2) ? i : i - r.sizes[du]), v, str("select(", d, ", ", i, ')'));
      }
      case 1: {
        if (!n) return;
        const int64_t size = r.sizes[du], first = below(static_cast<int>(size) + 1),
                      last = first + below(static_cast<int>(size - first) + 1), by = 1 + below(3);
        Dims sizes = r.sizes;
        sizes[du] = (last - first + by - 1) / by;
        View v = derived(r, sizes, [&](Dims x) { return x[du] = first + x[du] * by, x; });
        return add(s, s.t.slice(d, first, last, by), v, str("slice(", d, ", ", first, ", ", last, ", ", by, ')'));
      }
      case 2: {
        if (n < 2) return;
        const auto e = static_cast<size_t>(below(static_cast<int>(n)));
        Dims sizes = r.sizes;
        std::swap(sizes[du], sizes[e]);
        View v = derived(r, sizes, [&](Dims x) { return std::swap(x[du], x[e]), x; });
        return add(s, s.t.transpose(d, static_cast<int64_t>(e)), v, str("transpose(", d, ", ", e, ')'));
      }
      case 3: {
        Dims order;
        for (int64_t k = 0; k < n; ++k) order.push_back(k);
        std::shuffle(order.begin(), order.end(), random_);
        Dims sizes;
        for (int64_t k : order) sizes.push_back(r.sizes[static_cast<size_t>(k)]);
        View v = derived(r, sizes, [&](const Dims& x) {
          Dims y(x.size());
          for (size_t k = 0; k < x.size(); ++k) y[static_cast<size_t>(order[k])] = x[k];
          return y;
        });
        return add(s, s.t.permute(order), v, str("permute(", IntArrayRef(order), ')'));
      }
      case 4: {
        if (n > 4) return;
        const int64_t e = below(static_cast<int>(n) + 1);
        Dims sizes = r.sizes;
        sizes.insert(sizes.begin() + e, 1);
        View v = derived(r, sizes, [&](Dims x) { return x.erase(x.begin() + e), x; });
        return add(s, s.t.unsqueeze(e), v, str("unsqueeze(", e, ')'));
      }
      case 5: {
        View v = r;
        v.sizes.clear();
        for (int64_t size : r.sizes)
          if (size != 1) v.sizes.push_back(size);
        return add(s, s.t.squeeze(), v, "squeeze()");
      }
      case 6: {
        if (n < 2) return;
        const auto e = static_cast<size_t>((d + 1) % n);
        const int64_t offset = below(3) - 1, down = std::max<int64_t>(-offset, 0), right = std::max<int64_t>(offset, 0);
        const int64_t length = std::min(r.sizes[du] - down, r.sizes[e] - right);
        if (length < 0) return;
        Dims sizes;
        for (size_t k = 0; k < r.sizes.size(); ++k)
          if (k != du && k != e) sizes.push_back(r.sizes[k]);
        sizes.push_back(length);
        View v = derived(r, sizes, [&](const Dims& x) {
          Dims y(static_cast<size_t>(n));
          size_t from = 0;
          for (size_t k = 0; k < y.size(); ++k)
            y[k] = k == du ? x.back() + down : k == e ? x.back() + right : x[from++];
          return y;
        });
        return add(s, s.t.diagonal(offset, d, static_cast<int64_t>(e)), v,
                   str("diagonal(", offset, ", ", d, ", ", e, ')'));
      }
      case 7: {
        Dims sizes = r.sizes;
        for (int64_t& size : sizes)
          if (size == 1) size = 1 + below(3);
        const bool front = n < 4 && below(2);
        if (front) sizes.insert(sizes.begin(), 2);
        View v = derived(r, sizes, [&](Dims x) {
          if (front) x.erase(x.begin());
          for (size_t k = 0; k < x.size(); ++k)
            if (r.sizes[k] == 1) x[k] = 0;
          return x;
        });
        if (product(sizes) > static_cast<int64_t>(r.size())) v.repeats = true;
        return add(s, s.t.expand(sizes), v, str("expand(", IntArrayRef(sizes), ')'));
      }
      case 8:
      case 9: {
        Dims sizes;
        auto left = static_cast<int64_t>(r.size());
        while (left > 1 && sizes.size() < 3) {
          int64_t f = 1 + below(static_cast<int>(left));
          while (left % f) --f;
          sizes.push_back(f), left /= f;
        }
        if (sizes.empty() || left > 1) sizes.push_back(left);
        Tensor t = s.t.reshape(sizes);
        const bool same = t.is_alias_of(s.t);
        View v = same ? r : copied(r);
        v.sizes = sizes;
        return add(s, std::move(t), v, str("reshape(", IntArrayRef(sizes), same ? ")" : "), a copy"));
      }
      case 10: {
        if (!n || r.repeats || r.sizes[du] < 2) return;
        const int64_t size = 1 + below(static_cast<int>(r.sizes[du])), by = size + below(2);  // windows apart
        Dims sizes = r.sizes;
        sizes[du] = (r.sizes[du] - size) / by + 1;
        sizes.push_back(size);
        View v = derived(r, sizes, [&](Dims x) {
          const int64_t inner = x.back();
          x.pop_back();
          return x[du] = x[du] * by + inner, x;
        });
        return add(s, s.t.unfold(d, size, by), v, str("unfold(", d, ", ", size, ", ", by, ')'));
      }
      case 11: {
        if (!n || r.sizes[du] == 0) return;
        const int64_t i = below(static_cast<int>(r.sizes[du]));
        Dims sizes = r.sizes;
        sizes.erase(sizes.begin() + d);
        View v = derived(r, sizes, [&](Dims x) { return x.insert(x.begin() + d, i), x; });
        v.several = true;
        return add(s, s.t.unbind(d)[static_cast<size_t>(i)], v, str("unbind(", d, ")[", i, ']'));
      }
      default: {
        if (!n || r.sizes[du] == 0) return;
        const int64_t part = 1 + below(static_cast<int>(r.sizes[du]));
        const int64_t k = below(static_cast<int>((r.sizes[du] + part - 1) / part));
        Dims sizes = r.sizes;
        sizes[du] = std::min(part, r.sizes[du] - k * part);
        View v = derived(r, sizes, [&](Dims x) { return x[du] += k * part, x; });
        v.several = true;
        return add(s, s.t.split(part, d)[static_cast<size_t>(k)], v, str("split(", part, ", ", d, ")[", k, ']'));
      }
    }
  }

  /// Writes f(old, k) to every element that is chosen; `call` does it to the tensor, first.
  template <class F, class Call, class Chosen>
  void write_all(Slot& s, const std::string& what, const Call& call, const F& f, const Chosen& chosen) {
    log_ << "slot " << (&s - slots_.data()) << '.' << what << '\n';
    std::vector<Dual> values;
    for (size_t k = 0; k < s.r.size(); ++k) values.push_back(f(s.r[k], k));
    call();
    for (size_t k = 0; k < s.r.size(); ++k)
      if (chosen(k)) s.r[k] = values[k];
  }
  template <class F, class Call>
  void write_all(Slot& s, const std::string& what, const Call& call, const F& f) {
    write_all(s, what, call, f, [](size_t) { return true; });
  }

  void write() {
    Slot& s = any();
    target_repeats_ = s.r.repeats;
    const double c = real();
    const int kind = below(14);
    if (kind < 7) {
      Slot& o = any();
      if (!broadcasts_to(s.r, o.r)) return;
      const size_t number_of = static_cast<size_t>(&o - slots_.data());
      const auto other = [&](size_t k) { return o.r[broadcast_position(s.r, o.r, k)]; };
      const auto text = [&](const char* name) { return str(name, "(slot ", number_of, ')'); };
      switch (kind) {
        case 0:
        case 1:
          return write_all(
              s, text("add_"), [&] { s.t.add_(o.t, 0.5); },
              [&](const Dual& a, size_t k) { return a + other(k) * number(0.5); });
        case 2:
          return write_all(
              s, text("sub_"), [&] { s.t.sub_(o.t); },
              [&](const Dual& a, size_t k) { return a + other(k) * number(-1); });
        case 3:
          multiplied_ = true;
          return write_all(
              s, text("mul_"), [&] { s.t.mul_(o.t); }, [&](const Dual& a, size_t k) { return a * other(k); });
        case 4:
          multiplied_ = true;
          return write_all(
              s, text("addcmul_ twice"), [&] { s.t.addcmul_(o.t, o.t, 0.25); },
              [&](const Dual& a, size_t k) { return a + other(k) * other(k) * number(0.25); });
        default:
          return write_all(
              s, text("copy_"), [&] { s.t.copy_(o.t); }, [&](const Dual&, size_t k) { return other(k); });
      }
    }
    const int64_t n = s.r.rank();
    const int64_t d = n ? below(static_cast<int>(n)) : 0;
    const auto du = static_cast<size_t>(d);
    const int64_t size = n ? s.r.sizes[du] : 0;
    int64_t inner = 1;
    for (size_t e = du + 1; e < s.r.sizes.size(); ++e) inner *= s.r.sizes[e];
    const auto along = [&](size_t k) { return static_cast<int64_t>(k) / inner % size; };
    switch (kind) {
      case 7:
        return write_all(
            s, str("add_(", c, ')'), [&] { s.t.add_(c); }, [&](const Dual& a, size_t) { return a + number(c); });
      case 8:
        return write_all(
            s, str("mul_(", c, ')'), [&] { s.t.mul_(c); }, [&](const Dual& a, size_t) { return a * number(c); });
      case 9:
        return write_all(
            s, str("fill_(", c, ')'), [&] { s.t.fill_(c); }, [&](const Dual&, size_t) { return number(c); });
      case 10:
        return write_all(
            s, "zero_()", [&] { s.t.zero_(); }, [&](const Dual&, size_t) { return number(0); });
      case 11: {
        const Tensor mask = zeros(s.r.sizes, kBool);
        bool* p = mask.data_ptr<bool>();
        for (size_t k = 0; k < s.r.size(); ++k) p[k] = below(2);
        return write_all(
            s, str("masked_fill_(mask, ", c, ')'), [&] { s.t.masked_fill_(mask, c); },
            [&](const Dual&, size_t) { return number(c); }, [&](size_t k) { return p[k]; });
      }
      case 12: {
        if (!size) return;
        const int64_t i = below(static_cast<int>(size));
        return write_all(
            s, str("index_fill_(", d, ", ", i, ", ", c, ')'), [&] { s.t.index_fill_(d, tensor({i}), c); },
            [&](const Dual&, size_t) { return number(c); }, [&](size_t k) { return along(k) == i; });
      }
      default: {
        if (!size) return;
        const int64_t i = below(static_cast<int>(size));
        Dims sizes = s.r.sizes;
        sizes[du] = 2;
        const Tensor source = full(sizes, c, kDouble);
        return write_all(
            s, str("index_add_(", d, ", [", i, ", ", i, "], ", c, ')'),
            [&] {
              s.t.index_add_(d, tensor({i, i}), source);
            },
            [&](const Dual& a, size_t k) { return along(k) == i ? a + number(2 * c) : a; });
      }
    }
  }

  void compute() {
    Slot& s = any();
    const View& r = s.r;
    target_repeats_ = false;
    switch (below(6)) {
      case 0:
        return add(s, s.t.clone(), copied(r), "clone()");
      case 1: {
        Slot& o = any();
        if (!broadcasts_to(r, o.r)) return;
        multiplied_ = true;
        View v = fresh(r.sizes);
        for (size_t k = 0; k < r.size(); ++k) v[k] = r[k] * o.r[broadcast_position(r, o.r, k)];
        return add(s, s.t.mul(o.t), v, str("mul(slot ", &o - slots_.data(), ')'));
      }
      case 2: {
        if (!r.rank()) return;
        const int64_t d = below(static_cast<int>(r.rank()));
        Dims sizes = r.sizes;
        const int64_t length = sizes[static_cast<size_t>(d)];
        sizes[static_cast<size_t>(d)] = 1;
        View v = fresh(sizes);
        int64_t inner = 1;
        for (size_t e = static_cast<size_t>(d) + 1; e < sizes.size(); ++e) inner *= sizes[e];
        for (size_t k = 0; k < v.size(); ++k)
          for (int64_t i = 0; i < length; ++i) {
            const int64_t outer = static_cast<int64_t>(k) / inner, in = static_cast<int64_t>(k) % inner;
            v[k] = v[k] + r[static_cast<size_t>((outer * length + i) * inner + in)];
          }
        return add(s, s.t.sum({d}, true), v, str("sum(", d, ", keepdim)"));
      }
      case 3: {
        if (!r.rank()) return;
        const int64_t d = below(static_cast<int>(r.rank())), last = r.sizes[static_cast<size_t>(d)] - 1;
        View v = copied(derived(r, r.sizes, [&](Dims x) {
          x[static_cast<size_t>(d)] = last - x[static_cast<size_t>(d)];
          return x;
        }));
        return add(s, s.t.flip({d}), v, str("flip(", d, ')'));
      }
      case 4: {
        View v = fresh(r.sizes);
        for (size_t k = 0; k < r.size(); ++k) v[k] = r[k].v > 0 ? r[k] : number(0);
        for (size_t k = 0; k < r.size(); ++k)
          if (std::abs(r[k].v) < 1e-9) return;  // at the kink
        multiplied_ = true;
        return add(s, s.t.relu(), v, "relu()");
      }
      default: {
        View v = copied(r);
        return add(s, s.t.contiguous().clone(), v, "contiguous().clone()");
      }
    }
  }

  std::mt19937_64 random_;
  std::vector<Slot> slots_;
  std::ostringstream log_;
  bool recorded_ = false, multiplied_ = false, target_repeats_ = false;
};

int64_t from_environment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoll(text) : otherwise;
}

}  // namespace

TEST(Fuzz, ViewsAndInPlaceOps) {
#if defined(__SANITIZE_ADDRESS__)
  // Some programs overwrite what an operation saved with its own result. Their backward pass is refused, and the graph
  // holds itself (as PyTorch's does).
  const __lsan::ScopedDisabler not_leaks;
#endif
  const int64_t programs = from_environment("LAMPAS_FUZZ_PROGRAMS", 3000),
                first = from_environment("LAMPAS_FUZZ_SEED", 1);
  int64_t refused = 0, undone = 0;
  for (int64_t k = 0; k < programs; ++k) {
    Program program(static_cast<uint64_t>(first + k));
    const std::string wrong = program.run();
    ASSERT_TRUE(wrong.empty()) << "seed " << first + k << ": " << wrong;
    refused += program.refused, undone += program.undone;
  }
  // Most of the programs must get to their end.
  EXPECT_LT(undone, programs / 4);
  EXPECT_LT(refused, programs * 2);
}
