#pragma once

#include <tuple>
#include <utility>

#include "backend/kernel.h"
#include "layouts.h"

namespace lampas::test {

template <class T>
struct Tag {
  using type = T;
};

/// Random values with the awkward ones among them: zeros of both signs, infinities, NaN, extremes.
struct AnyValue {
  double low = -4, high = 4;
  bool special = true;
  template <class T>
  T operator()(Tag<T>, int, std::mt19937& rng) const {
    const uint32_t r = rng();
    if constexpr (std::is_same_v<T, bool>) {
      return r & 1;
    } else if constexpr (std::is_integral_v<T>) {
      if (special && r % 8 == 0) {
        const T values[] = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), T(0), T(1), T(-1)};
        return values[(r / 8) % 5];
      }
      return static_cast<T>(static_cast<int64_t>(low) +
                            static_cast<int64_t>(rng() % static_cast<uint32_t>(high - low + 1)));
    } else {
      if (special && r % 8 == 0) {
        constexpr double inf = std::numeric_limits<double>::infinity();
        const double values[] = {0.0,   -0.0, inf, -inf, std::numeric_limits<double>::quiet_NaN(), 1.0, -1.0,
                                 1e-40, 0.5,  2.5, -0.5};
        return T(static_cast<float>(values[(r / 8) % 11]));
      }
      return T(static_cast<float>(low + (high - low) * (rng() / 4294967296.0)));
    }
  }
};

template <class Out, class... In, class Ref, class Gen, size_t... I>
void check_layout(std::index_sequence<I...>, PointwiseFn* fn, const Layout& layout, const void* params, const Ref& ref,
                  const Gen& gen, int64_t ulps) {
  SCOPED_TRACE(layout.name + ", sizes " + str(IntArrayRef(layout.sizes)));
  std::mt19937 rng(static_cast<uint32_t>(7 + layout.sizes.back()));
  Strided<Out> out(layout.sizes, layout.strides[0], layout.offsets[0]);
  std::tuple<Strided<In>...> in(Strided<In>(layout.sizes, layout.strides[I + 1], layout.offsets[I + 1])...);
  const int64_t n = out.numel();
  for (int64_t i = 0; i < n; ++i) ((std::get<I>(in).at(i) = gen(Tag<In>(), static_cast<int>(I), rng)), ...);
  const auto before = std::make_tuple(std::get<I>(in).bytes()...);
  const Operand operands[] = {out.operand(), std::get<I>(in).operand()...};
  run_pointwise(fn, operands, 1 + static_cast<int>(sizeof...(In)), IntArrayRef(layout.sizes), params);
  for (int64_t i = 0; i < n; ++i) {
    const Out expected = ref(std::get<I>(in).get(i)...), got = out.get(i);
    if (!close(got, expected, ulps)) {
      std::string inputs;
      ((inputs += show(std::get<I>(in).get(i)) + " "), ...);
      FAIL() << "element " << i << " of " << n << ": inputs " << inputs << "got " << show(got) << " expected "
             << show(expected);
    }
  }
  ASSERT_TRUE(out.untouched_outside());
  ASSERT_TRUE(((std::get<I>(before) == std::get<I>(in).bytes()) && ...)) << "an input was written";
  // In place: the output is the first input.
  if constexpr (std::is_same_v<Out, std::tuple_element_t<0, std::tuple<In...>>>) {
    if (layout.name != "contiguous" && layout.name != "strided") return;
    auto inputs = in;
    const Operand same[] = {std::get<0>(inputs).operand(), std::get<I>(inputs).operand()...};
    run_pointwise(fn, same, 1 + static_cast<int>(sizeof...(In)), IntArrayRef(layout.sizes), params);
    for (int64_t i = 0; i < n; ++i) {
      const Out x = std::get<0>(inputs).get(i), y = out.get(i);
      ASSERT_EQ(std::memcmp(&x, &y, sizeof(Out)), 0) << "in place, element " << i;
    }
  }
}

/// The same inputs give the same bits wherever they lie: vector body, tail, repeated operand.
template <class Out, class... In, class Gen, size_t... I>
void check_positions(std::index_sequence<I...>, PointwiseFn* fn, const void* params, const Gen& gen) {
  std::mt19937 rng(5);
  constexpr int64_t kLength = 131;
  for (int round = 0; round < 12; ++round) {
    Strided<Out> out({kLength}, {1}), one({1}, {1});
    std::tuple<Strided<In>...> in(Strided<In>({(void(I), kLength)}, {1})...);
    const auto values = std::make_tuple(gen(Tag<In>(), static_cast<int>(I), rng)...);
    for (int64_t i = 0; i < kLength; ++i) ((std::get<I>(in).at(i) = std::get<I>(values)), ...);
    const int64_t sizes[] = {kLength}, zero[] = {0};
    const Operand operands[] = {out.operand(), std::get<I>(in).operand()...};
    run_pointwise(fn, operands, 1 + static_cast<int>(sizeof...(In)), IntArrayRef(sizes, 1), params);
    const Out first = out.get(0);
    for (int64_t i = 1; i < kLength; ++i) {
      const Out other = out.get(i);
      ASSERT_EQ(std::memcmp(&first, &other, sizeof(Out)), 0)
          << "position " << i << ": " << show(first) << " and " << show(other);
    }
    Operand repeated[] = {out.operand(), {std::get<I>(in).data(), zero, dtype_of<In>}...};
    run_pointwise(fn, repeated, 1 + static_cast<int>(sizeof...(In)), IntArrayRef(sizes, 1), params);
    for (int64_t i = 0; i < kLength; ++i) {
      const Out other = out.get(i);
      ASSERT_EQ(std::memcmp(&first, &other, sizeof(Out)), 0) << "repeated inputs, position " << i;
    }
  }
}

/// Runs the slot's kernel for dtype `key` on every size and layout and compares with `ref(inputs...)` element by
/// element.
template <class Out, class... In, class Ref, class Gen = AnyValue>
void check_kernel(Kernel<PointwiseFn>& slot, ScalarType key, const void* params, const Ref& ref, const Gen& gen = Gen(),
                  int64_t ulps = 0) {
  SCOPED_TRACE(std::string(slot.name()) + " " + name(key));
  PointwiseFn* fn = slot.get(key);
  constexpr auto indices = std::index_sequence_for<In...>();
  for (int64_t n : kernel_sizes()) {
    for (const Layout& layout : layouts(n, 1 + static_cast<int>(sizeof...(In)))) {
      if (layout.sizes.size() > 1 && (n > 65 || n == 2 || n == 7 || n == 31 || n == 33)) continue;
      check_layout<Out, In...>(indices, fn, layout, params, ref, gen, ulps);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  check_positions<Out, In...>(indices, fn, params, gen);
}

/// Calls f(Tag<T>()) for the dtypes.
template <class F>
void for_floats(const F& f) {
  f(Tag<float>()), f(Tag<double>()), f(Tag<Half>()), f(Tag<BFloat16>());
}
template <class F>
void for_integers(const F& f) {
  f(Tag<uint8_t>()), f(Tag<int8_t>()), f(Tag<int16_t>()), f(Tag<int32_t>()), f(Tag<int64_t>());
}

/// What float16 and bfloat16 are computed in.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;

/// The integer that `x op y` wraps to.
template <class T, class F>
T wrapped(const F& f, T x, T y) {
  return static_cast<T>(
      f(static_cast<uint64_t>(static_cast<int64_t>(x)), static_cast<uint64_t>(static_cast<int64_t>(y))));
}

}  // namespace lampas::test
