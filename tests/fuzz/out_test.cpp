// Every `_out` function against the function whose result it writes: random arguments are tried until that works, then
// the result, the resizing and the refusals are checked.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <set>

#include "fuzz/random_arguments.h"

namespace {

using namespace fuzz;

std::vector<Tensor> results(const Tensor& t) { return {t}; }
template <class... T>
std::vector<Tensor> results(const std::tuple<T...>& t) {
  return std::apply([](const auto&... x) { return std::vector<Tensor>{x...}; }, t);
}

/// Equal, NaN where NaN is.
bool same(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  const Tensor x = a.detach(), y = b.detach();
  if (x.numel() == 0) return true;
  Tensor ok = x.eq(y);
  if (is_floating_point(x.scalar_type())) ok = ok.logical_or(x.isnan().logical_and(y.isnan()));
  if (is_complex(x.scalar_type())) return same(view_as_real(x), view_as_real(y));
  return ok.all().item<bool>();
}

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// Functions whose result is only allocated.
bool uninitialised(const std::string& name) { return name.find("empty") == 0; }

using Results = std::vector<Tensor>;

/// Why the `_out` form is wrong, or "", or "?" when the function itself refuses the arguments.
std::string check_out(const std::string& name, size_t count, const std::function<Results()>& f,
                      const std::function<void(Results&)>& out) {
  NoGradGuard off;
  Results want;
  try {
    manual_seed(1);
    want = f();
  } catch (const Error&) {
    return "?";
  }
  for (const Tensor& t : want)
    if (!t.defined() || t.is_sparse()) return "?";
  const auto call = [&](Results& outs) {
    manual_seed(1);
    out(outs);
  };
  const auto made = [&](const auto& make) {
    std::vector<Tensor> outs;
    for (size_t k = 0; k < count; ++k) outs.push_back(make(k));
    return outs;
  };
  const auto compare = [&](const std::vector<Tensor>& outs, const char* what) -> std::string {
    for (size_t k = 0; k < count; ++k)
      if (!uninitialised(name) && !same(outs[k], want[k]))
        return str(what, ": out ", k, " is ", outs[k], ", expected ", want[k]);
    return "";
  };
  // Empty, of the right and of other sizes, and not contiguous.
  auto outs = made([&](size_t k) { return empty({0}, want[k].scalar_type()); });
  if (const std::string e = error_of([&] { call(outs); }); !e.empty()) return "empty out: " + e;
  if (const std::string e = compare(outs, "empty"); !e.empty()) return e;
  outs = made([&](size_t k) { return ones({3, 1, 2}, want[k].scalar_type()); });
  if (const std::string e = error_of([&] { call(outs); }); !e.empty()) return "resized out: " + e;
  if (const std::string e = compare(outs, "resized"); !e.empty()) return e;
  outs = made([&](size_t k) {
    if (want[k].dim() == 0) return zeros({}, want[k].scalar_type());
    Shape wide(want[k].sizes());
    wide.back() = wide.back() * 2;
    return zeros(wide, want[k].scalar_type()).slice(-1, 0, std::nullopt, 2);
  });
  const std::vector<Tensor> whole = outs;
  if (const std::string e = error_of([&] { call(outs); }); !e.empty()) return "strided out: " + e;
  if (const std::string e = compare(outs, "strided"); !e.empty()) return e;
  for (size_t k = 0; k < count; ++k)
    if (!outs[k].is_same(whole[k])) return "not the same tensor";
  // A dtype the result cannot have.
  for (size_t k = 0; k < count; ++k) {
    const ScalarType t = want[k].scalar_type();
    const ScalarType wrong = t == kBool ? ScalarType::Undefined : is_floating_point(t) || is_complex(t) ? kLong : kBool;
    if (wrong == ScalarType::Undefined) continue;
    auto bad = made([&](size_t j) { return zeros(want[j].sizes(), j == k ? wrong : want[j].scalar_type()); });
    const std::string e = error_of([&] { call(bad); });
    if (e.find("dtype") == std::string::npos && e.find("can't be cast") == std::string::npos &&
        e.find("to the desired output type") == std::string::npos)
      return str("out ", k, " of dtype ", wrong, " for ", t, ": ", e.empty() ? "no error" : e);
    if (!same(bad[k], zeros(want[k].sizes(), wrong))) return "written in spite of the error";
  }
  // An out that requires a gradient.
  if (is_differentiable(want[0].scalar_type())) {
    AutoGradMode on(true);
    auto bad = made([&](size_t k) { return zeros(want[k].sizes(), want[k].scalar_type()); });
    bad[0].requires_grad_();
    const std::string e = error_of([&] { call(bad); });
    if (e.find("don't support automatic differentiation") == std::string::npos &&
        e.find("requires grad") == std::string::npos && e.find("require grad") == std::string::npos)
      return "out that requires grad: " + (e.empty() ? "no error" : e);
  }
  // Undefined.
  auto none = made([&](size_t) { return Tensor(); });
  if (error_of([&] { call(none); }).find("undefined") == std::string::npos) return "undefined out: no such error";
  return "";
}

template <class Out, class Arguments, size_t... K>
void call_out(Out out, Results& outs, Arguments& arguments, std::index_sequence<K...>) {
  std::apply([&](auto&... a) { out(outs[K]..., a...); }, arguments);
}
template <class R, class... A, class RO, class... OA>
std::string try_out(const char* name, R (*f)(A...), RO (*out)(OA...), uint64_t seed) {
  constexpr size_t kOuts = sizeof...(OA) - sizeof...(A);
  Random r(seed);
  r.own_generators = false;  // manual_seed gives both calls the same numbers
  std::tuple<Argument<A>...> arguments{Argument<A>(r)...};
  return check_out(
      name, kOuts, [&] { return results(std::apply([&](auto&... a) { return f(a...); }, arguments)); },
      [&](Results& outs) { call_out(out, outs, arguments, std::make_index_sequence<kOuts>()); });
}

struct OutCase {
  const char* name;
  std::string (*check)(const char*, void (*)(), void (*)(), uint64_t);
  void (*f)();
  void (*out)();
};
template <class F, class Out>
OutCase make_out(const char* name, F f, Out out) {
  return {name,
          [](const char* n, void (*g)(), void (*h)(), uint64_t seed) {
            return try_out(n, reinterpret_cast<F>(g), reinterpret_cast<Out>(h), seed);
          },
          reinterpret_cast<void (*)()>(f), reinterpret_cast<void (*)()>(out)};
}
std::vector<OutCase> out_cases() {
  return {
#define LAMPAS_UNPAREN(...) __VA_ARGS__
#define OUT(name, f, o) \
  make_out(#name, static_cast<LAMPAS_UNPAREN f>(&lampas::name), static_cast<LAMPAS_UNPAREN o>(&lampas::name##_out)),
#include "fuzz/out_functions.inc"
  };
}

}  // namespace

TEST(Fuzz, EveryOutForm) {
  const auto before = set_warning_handler([](const std::string&) {});
  const int64_t tries = from_environment("LAMPAS_FUZZ_TRIES", 60000);
  std::set<std::string> never;
  int64_t checked = 0;
  for (const OutCase& c : out_cases()) {
    // Two sets of arguments that work for each.
    int found = 0;
    for (int64_t k = 0; k < tries && found < 2; ++k) {
      const std::string wrong =
          c.check(c.name, c.f, c.out, static_cast<uint64_t>(k) * 7919 + std::hash<std::string>()(c.name));
      if (wrong == "?") continue;
      ++found;
      EXPECT_EQ(wrong, "") << c.name << "_out, try " << k;
      if (!wrong.empty()) break;
    }
    if (found)
      ++checked;
    else
      never.insert(c.name);
  }
  set_warning_handler(before);
  std::string names;
  for (const auto& n : never) names += " " + n;
  EXPECT_GT(checked, 300);
  EXPECT_LE(never.size(), 12u) << "no arguments found for:" << names;
}
