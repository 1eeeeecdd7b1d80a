#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

/// The tensors whose printed form is compared, built the same way by LibTorch (tools/goldens/printing) and by the test.
/// `LAMPAS_CASES_LIB` names the namespace of the library under use.
namespace printing_cases {

namespace lib = LAMPAS_CASES_LIB;
using lib::Tensor;
using Dtype = decltype(lib::kFloat);

struct Case {
  std::string name;
  Tensor tensor;
  int64_t linesize = 80;
};

inline Tensor make(const std::vector<int64_t>& sizes, std::vector<double> values, Dtype dtype) {
  Tensor flat = lib::empty({static_cast<int64_t>(values.size())}, lib::TensorOptions().dtype(lib::kDouble));
  for (size_t k = 0; k < values.size(); ++k) flat.template data_ptr<double>()[k] = values[k];
  return flat.reshape(sizes).to(dtype);
}

/// Reproducible values in [-1, 1) with short binary fractions.
inline std::vector<double> noise(int64_t n, double scale, uint64_t seed = 1) {
  std::vector<double> v;
  uint64_t s = seed * 2862933555777941757ull + 3037000493ull;
  for (int64_t k = 0; k < n; ++k) {
    s = s * 2862933555777941757ull + 3037000493ull;
    v.push_back((static_cast<double>(s >> 40) * 0x1p-23 - 1) * scale);
  }
  return v;
}
inline std::vector<double> whole(int64_t n, double scale, uint64_t seed = 1) {
  auto v = noise(n, scale, seed);
  for (double& x : v) x = std::trunc(x);
  return v;
}

inline std::vector<Case> cases() {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<std::string, Dtype>> types = {
      {"float", lib::kFloat}, {"double", lib::kDouble}, {"half", lib::kHalf},   {"bfloat16", lib::kBFloat16},
      {"byte", lib::kByte},   {"char", lib::kChar},     {"short", lib::kShort}, {"int", lib::kInt},
      {"long", lib::kLong},   {"bool", lib::kBool}};
  std::vector<Case> c;
  auto add = [&](std::string name, Tensor t, int64_t linesize = 80) {
    c.push_back({std::move(name), std::move(t), linesize});
  };
  add("undefined", Tensor());
  for (const auto& [name, t] : types) {
    const bool floating = t == lib::kFloat || t == lib::kDouble || t == lib::kHalf || t == lib::kBFloat16;
    const double size = floating ? 3 : 60;
    auto values = [&](int64_t n) {
      return t == lib::kByte ? whole(n, 60) : floating ? noise(n, size) : whole(n, size);
    };
    auto positive = [&](int64_t n) {
      auto v = values(n);
      if (!floating)
        for (double& x : v) x = std::abs(x);
      return v;
    };
    add(name + " 0-d", make({}, {floating ? 1.5 : 1}, t));
    add(name + " 0-d zero", make({}, {0}, t));
    add(name + " 1-d", make({5}, positive(5), t));
    add(name + " 1-d one", make({1}, {1}, t));
    add(name + " 1-d empty", make({0}, {}, t));
    add(name + " 2-d", make({3, 4}, positive(12), t));
    add(name + " 2-d empty", make({0, 4}, {}, t));
    add(name + " 3-d", make({2, 3, 4}, positive(24), t));
    add(name + " 3-d wide", make({2, 2, 40}, positive(160), t));
  }
  const std::vector<std::pair<std::string, std::vector<double>>> values = {
      {"0.1", {0.1}}, {"third", {1.0 / 3}}, {"1e10", {1e10}},       {"1e-10", {1e-10}},      {"-3", {-3}},
      {"inf", {inf}}, {"-inf", {-inf}},     {"nan", {nan}},         {"123456", {123456}},    {"1234567", {1234567}},
      {"-0", {-0.0}}, {"1e100", {1e100}},   {"denormal", {4e-310}}, {"99999.95", {99999.95}}};
  for (const auto& [name, v] : values) {
    add("double 0-d " + name, make({}, v, lib::kDouble));
    add("float 0-d " + name, make({}, v, lib::kFloat));
    add("double 1-d " + name, make({1}, v, lib::kDouble));
    add("double 2-d " + name, make({1, 1}, v, lib::kDouble));
  }
  const std::vector<std::pair<std::string, std::vector<double>>> rows = {
      {"whole", {1, 2, 3, 4}},
      {"whole negative", {1, -2, 3, 4}},
      {"whole large", {100000, 2, 3, -99999}},
      {"whole five digits", {12345, 0, 0, 1}},
      {"whole huge", {1e9, 1, 2, 3}},
      {"whole vast", {1e16, 1, 2, 3}},
      {"zeros", {0, 0, 0, 0}},
      {"fractions", {0.5, 0.25, 0.125, 1}},
      {"hundreds", {123.456, 7.89, -12.3, 0}},
      {"thousands", {1234.5, 2.5, 3.5, 4.5}},
      {"ten thousands", {12345.6, 2.5, 3.5, 4.5}},
      {"hundred thousands", {123456.7, 2.5, 3.5, 4.5}},
      {"millions", {1234567.8, 2.5, 3.5, 4.5}},
      {"small", {0.001, 0.002, 0.003, 0.004}},
      {"small range", {0.001, 0.0002, 0.9, 0.004}},
      {"tiny", {1e-6, 2e-6, 3e-6, 4e-6}},
      {"tiny and one", {1e-6, 1, 0.5, 0.25}},
      {"wide range", {1e-8, 1e8, 0.5, 1}},
      {"very wide range", {1e-200, 1e200, 0.5, 1}},
      {"inf", {inf, 1, 2, 3}},
      {"inf fraction", {inf, -inf, 2.5, 3}},
      {"nan", {nan, 1, 2, 3}},
      {"nan fraction", {nan, 1.5, 1e6, 3}},
      {"all nan", {nan, nan, inf, -inf}},
      {"nine", {9.99995, 99.99995, 1, 2}},
      {"nearly ten", {9.9999999, 0.5, 1, 2}},
      {"power of ten", {10, 0.5, 0.1, 2}},
      {"power of ten thousand", {10000, 0.5, 0.1, 2}},
      {"leading nan then large", {nan, 123456.5, 1, 2}},
  };
  for (const auto& [name, v] : rows)
    for (const auto& t : {types[0], types[1]}) {
      add(t.first + " vector " + name, make({4}, v, t.second));
      add(t.first + " matrix " + name, make({2, 2}, v, t.second));
      add(t.first + " cube " + name, make({1, 2, 2}, v, t.second));
    }
  add("byte large", make({3}, {0, 255, 7}, lib::kByte));
  add("char large", make({3}, {-128, 127, 7}, lib::kChar));
  add("short large", make({3}, {-32768, 32767, 7}, lib::kShort));
  add("int large", make({3}, {-2147483648.0, 2147483647.0, 7}, lib::kInt));
  add("long large", make({3}, {-9007199254740992.0, 9007199254740992.0, 7}, lib::kLong));
  add("long large 0-d", make({}, {9007199254740992.0}, lib::kLong));
  add("long million 0-d", make({}, {1234567.0}, lib::kLong));
  add("half large", make({3}, {65504, 1, -2.5}, lib::kHalf));
  for (int64_t width : {7, 8, 9, 10, 11, 13, 30, 31, 100}) {
    add("wide " + std::to_string(width), make({2, width}, noise(2 * width, 1), lib::kFloat));
    add("wide whole " + std::to_string(width), make({2, width}, whole(2 * width, 100), lib::kFloat));
    add("wide long " + std::to_string(width), make({2, width}, whole(2 * width, 100), lib::kLong));
    add("wide scaled " + std::to_string(width), make({2, width}, noise(2 * width, 1e5), lib::kFloat));
  }
  for (int64_t linesize : {20, 40, 79, 81, 120, 200}) {
    add("linesize " + std::to_string(linesize), make({3, 20}, noise(60, 1), lib::kFloat), linesize);
    add("linesize cube " + std::to_string(linesize), make({2, 3, 20}, noise(120, 1e4), lib::kFloat), linesize);
    add("linesize vector " + std::to_string(linesize), make({20}, noise(20, 1), lib::kFloat), linesize);
  }
  add("tall", make({12, 2}, noise(24, 1), lib::kFloat));
  add("transposed", make({3, 4}, noise(12, 1), lib::kFloat).t());
  add("expanded", make({1, 4}, noise(4, 1), lib::kFloat).expand({3, 4}));
  add("sliced", make({6, 4}, noise(24, 1), lib::kFloat).slice(0, 1, 5, 2));
  add("4-d", make({2, 2, 2, 3}, noise(24, 1), lib::kFloat));
  add("5-d", make({1, 2, 1, 2, 2}, whole(8, 9), lib::kLong));
  add("4-d mixed scale", make({2, 1, 2, 2}, {1, 2, 3, 4, 1e6, 2.5, 3.5, 1e-3}, lib::kFloat));
  add("empty 3x0", make({3, 0}, {}, lib::kFloat));
  add("empty 0x0", make({0, 0}, {}, lib::kLong));
  add("empty 2x0x3", make({2, 0, 3}, {}, lib::kFloat));
  add("empty 0x2x3", make({0, 2, 3}, {}, lib::kFloat));
  add("empty 2x3x0", make({2, 3, 0}, {}, lib::kFloat));
  add("10 matrices", make({10, 1, 2}, whole(20, 9), lib::kInt));
  add("requires grad", make({2}, {0.5, 1}, lib::kFloat).set_requires_grad(true));
  return c;
}

}  // namespace printing_cases
