#pragma once

#include <lampas/lampas.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace lampas;

/// What ops are called with: small, positive, requiring gradients where they can.
struct Arguments {
  Tensor x = (rand({3, 3}, kDouble) * 0.5 + 0.25).requires_grad_(),
         y = (rand({3, 3}, kDouble) * 0.5 + 0.25).requires_grad_();
  Tensor vector = (rand({3}, kDouble) + 0.25).requires_grad_();
  Tensor index = zeros({3}, kLong), mask = rand({3, 3}) > 0.5;
};

inline variable_list results(const Tensor& t) { return {t}; }
inline variable_list results(const std::vector<Tensor>& v) { return v; }
template <class... T>
variable_list results(const std::tuple<T...>& t) {
  variable_list r;
  std::apply(
      [&](const auto&... e) {
        const auto add = [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, Tensor>) r.push_back(v);
        };
        (add(e), ...);
      },
      t);
  return r;
}

/// Which ops gave floating-point results with, and which without, history. An op counts as differentiable when one of
/// its overloads is.
struct Report {
  std::set<std::string> with, without, refused, skipped;
  void call(const char* name, const std::function<variable_list(const Arguments&)>& f) {
    try {
      const variable_list r = f(Arguments());
      bool floating = false, recorded = false;
      for (const Tensor& t : r) {
        if (!t.defined() || !t.is_floating_point()) continue;
        floating = true;
        recorded = recorded || t.requires_grad();
      }
      if (recorded)
        with.insert(name);
      else if (floating)
        without.insert(name);
    } catch (const std::exception&) {
      refused.insert(name);
    }
  }
  void skip(const char* name) { skipped.insert(name); }
};

void call_every_op(Report& report);
