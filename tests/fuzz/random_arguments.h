#pragma once

#include <lampas/lampas.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

/// Random arguments for every type operations take, most of them wrong in some way.
namespace fuzz {

using namespace lampas;

inline constexpr double kInf = std::numeric_limits<double>::infinity();

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {
    rank_ = below(5);
    for (int k = 0; k < 5; ++k) shape_.push_back(size());
    dtype_ = dtype();
  }
  int below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  int64_t integer() {
    static const int64_t odd[] = {100, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(),
                                  int64_t{1} << 44, -100};
    if (chance(6)) return odd[below(5)];
    return chance(70) ? below(4) : below(10) - 4;
  }
  double real() {
    static const double odd[] = {kInf, -kInf, std::numeric_limits<double>::quiet_NaN(), 1e300, -1e300, 1e-300};
    if (chance(8)) return odd[below(6)];
    return static_cast<double>(below(17) - 8) / 4;
  }
  bool boolean() { return below(2) == 0; }
  Scalar scalar() { return chance(5) ? Scalar(boolean()) : chance(40) ? Scalar(integer()) : Scalar(real()); }
  ScalarType dtype() {
    if (chance(55)) return kFloat;
    static const ScalarType all[] = {kDouble, kDouble, kDouble,   kLong, kLong,  kLong, kInt,          kBool,
                                     kBool,   kHalf,   kBFloat16, kByte, kShort, kChar, kComplexFloat, kComplexDouble};
    return all[below(16)];
  }
  const char* text() {
    static const char* const all[] = {
        "mean",  "sum",  "none", "linear",  "nearest",  "reflect",  "replicate", "circular", "constant",
        "fro",   "nuc",  "L",    "U",       "reduced",  "complete", "r",         "trunc",    "floor",
        "prod",  "amax", "amin", "left",    "right",    "lower",    "gelsd",     "tanh",     "ij,jk->ik",
        "ii->i", "",     "...",  "ab,->->", "multiply", "add",      "xy",        "i,j"};
    return all[below(static_cast<int>(std::size(all)))];
  }
  std::vector<int64_t> integers() {
    std::vector<int64_t> v;
    if (chance(25)) {
      for (int k = 0; k < rank_; ++k) v.push_back(shape_[static_cast<size_t>(k)]);
      return v;
    }
    for (int n = below(4); n >= 0; --n) v.push_back(chance(85) ? below(4) : integer());
    if (chance(5)) v.clear();
    return v;
  }
  Generator generator() { return own_generators && boolean() ? make_generator(1) : Generator(); }
  bool own_generators = true;
  TensorOptions options() {
    TensorOptions o;
    if (chance(40)) o = o.dtype(dtype());
    if (chance(5)) o = o.requires_grad(true);
    if (chance(2)) o = o.layout(kSparse);
    return o;
  }

  Tensor tensor(bool may_be_undefined = true) {
    if (may_be_undefined && chance(2)) return {};
    std::vector<int64_t> sizes;
    if (chance(65)) {
      for (int k = 0; k < rank_; ++k) sizes.push_back(shape_[static_cast<size_t>(k)]);
      if (chance(15) && rank_ > 0) sizes[static_cast<size_t>(below(rank_))] = chance(60) ? 1 : size();
      if (chance(10) && rank_ > 0) sizes.erase(sizes.begin());
    } else {
      for (int n = below(6); n > 0; --n) sizes.push_back(size());
    }
    const ScalarType t = chance(75) ? dtype_ : chance(40) ? kLong : dtype();
    Tensor x = values(sizes, t);
    switch (below(6)) {
      case 0:
        if (x.dim() >= 2) x = x.transpose(0, -1).contiguous().transpose(0, -1);
        break;
      case 1:
        if (x.dim() >= 1 && x.size(0) > 0) {
          std::vector<int64_t> wider = sizes;
          wider[0] = wider[0] * 2 + 1;
          const Tensor wide = values(wider, t);
          x = wide.slice(0, 1, 1 + 2 * sizes[0], 2);
        }
        break;
      case 2:
        if (x.dim() >= 1 && chance(30))
          x = x.narrow(0, 0, std::min<int64_t>(x.size(0), 1)).expand(sizes[0] ? sizes : x.sizes().vec());
        break;
      default:
        break;
    }
    if (x.dim() == 4 && chance(15)) x = x.contiguous(MemoryFormat::ChannelsLast);
    if (x.dim() == 2 && t == kFloat && chance(2)) return x.contiguous().to_sparse();
    if (is_differentiable(t) && chance(12)) x = x.detach().requires_grad_();
    return x;
  }
  std::vector<Tensor> tensors() {
    std::vector<Tensor> v;
    for (int n = below(4); n > 0; --n) v.push_back(tensor());
    return v;
  }

 private:
  int64_t size() { return chance(8) ? 0 : 1 + below(4); }
  Tensor values(const std::vector<int64_t>& sizes, ScalarType t) {
    Tensor x = empty(sizes, kDouble);
    double* p = x.data_ptr<double>();
    const bool small = chance(50);  // indices, probabilities
    for (int64_t k = 0; k < x.numel(); ++k) {
      p[k] = small ? below(3) : real();
      // Conversions to integers of what does not fit are not defined.
      if (!is_floating_point(t) && !is_complex(t) && !(std::abs(p[k]) < 100)) p[k] = 7;
      if (t == kByte) p[k] = std::abs(p[k]);
    }
    return x.to(t);
  }

  std::mt19937_64 engine_;
  int rank_;
  std::vector<int64_t> shape_;
  ScalarType dtype_;
};

/// What holds an argument of type T during a call, and how it is passed.
template <class T>
struct Argument;
template <class Held, class T>
struct Plain {
  Held held;
  operator T() { return held; }
};
#define LAMPAS_ARGUMENT(type, held_type, make)                     \
  template <>                                                      \
  struct Argument<type> : Plain<held_type, type> {                 \
    explicit Argument(Random& r) : Plain<held_type, type>{make} {} \
  };
LAMPAS_ARGUMENT(int64_t, int64_t, r.integer())
LAMPAS_ARGUMENT(double, double, r.real())
LAMPAS_ARGUMENT(bool, bool, r.boolean())
LAMPAS_ARGUMENT(ScalarType, ScalarType, r.dtype())
LAMPAS_ARGUMENT(std::string_view, const char*, r.text())
LAMPAS_ARGUMENT(const std::string&, std::string, r.text())
LAMPAS_ARGUMENT(IntArrayRef, std::vector<int64_t>, r.integers())
LAMPAS_ARGUMENT(TensorList, std::vector<Tensor>, r.tensors())
LAMPAS_ARGUMENT(const Scalar&, Scalar, r.scalar())
LAMPAS_ARGUMENT(const TensorOptions&, TensorOptions, r.options())
LAMPAS_ARGUMENT(const Tensor&, Tensor, r.tensor())
LAMPAS_ARGUMENT(Tensor&, Tensor, r.tensor())
LAMPAS_ARGUMENT(const Generator&, Generator, r.generator())
LAMPAS_ARGUMENT(Generator, Generator, r.generator())
LAMPAS_ARGUMENT(std::optional<int64_t>, std::optional<int64_t>,
                r.boolean() ? std::nullopt : std::optional<int64_t>(r.integer()))
LAMPAS_ARGUMENT(std::optional<double>, std::optional<double>,
                r.boolean() ? std::nullopt : std::optional<double>(r.real()))
LAMPAS_ARGUMENT(std::optional<bool>, std::optional<bool>, r.boolean() ? std::nullopt : std::optional<bool>(r.boolean()))
LAMPAS_ARGUMENT(std::optional<ScalarType>, std::optional<ScalarType>,
                r.chance(70) ? std::nullopt : std::optional<ScalarType>(r.dtype()))
LAMPAS_ARGUMENT(std::optional<Layout>, std::optional<Layout>,
                r.chance(70) ? std::nullopt : std::optional<Layout>(r.chance(80) ? kStrided : kSparse))
LAMPAS_ARGUMENT(std::optional<Device>, std::optional<Device>,
                r.chance(70) ? std::nullopt : std::optional<Device>(r.chance(80) ? kCPU : kCUDA))
LAMPAS_ARGUMENT(std::optional<MemoryFormat>, std::optional<MemoryFormat>,
                r.chance(70) ? std::nullopt : std::optional<MemoryFormat>(static_cast<MemoryFormat>(r.below(4))))
LAMPAS_ARGUMENT(const std::optional<Tensor>&, std::optional<Tensor>,
                r.boolean() ? std::nullopt : std::optional<Tensor>(r.tensor()))
LAMPAS_ARGUMENT(const std::optional<Scalar>&, std::optional<Scalar>,
                r.boolean() ? std::nullopt : std::optional<Scalar>(r.scalar()))
template <>
struct Argument<std::optional<std::string_view>> {
  const char* text;
  explicit Argument(Random& r) : text(r.boolean() ? nullptr : r.text()) {}
  operator std::optional<std::string_view>() {
    return text ? std::optional<std::string_view>(text) : std::optional<std::string_view>();
  }
};
LAMPAS_ARGUMENT(ArrayRef<Scalar>, std::vector<Scalar>, std::vector<Scalar>(static_cast<size_t>(r.below(4)), r.scalar()))
template <>
struct Argument<std::optional<ArrayRef<double>>> {
  std::vector<double> held;
  bool given;
  explicit Argument(Random& r) : given(r.boolean()) {
    for (int64_t k = r.chance(80) ? 2 : r.below(4); k > 0; --k) held.push_back(r.real());
  }
  operator std::optional<ArrayRef<double>>() {
    return given ? std::optional<ArrayRef<double>>(held) : std::optional<ArrayRef<double>>();
  }
};
template <>
struct Argument<OptionalIntArrayRef> {
  std::vector<int64_t> held;
  bool given;
  explicit Argument(Random& r) : held(r.integers()), given(r.boolean()) {}
  operator OptionalIntArrayRef() {
    if (given) return OptionalIntArrayRef(IntArrayRef(held));
    return std::nullopt;
  }
};

inline int64_t from_environment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoll(text) : otherwise;
}

}  // namespace fuzz
