#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "ops/conv.h"

/// Convolutions against their definition, summed in double.
namespace lampas::test {

/// One spatial dimension of a case.
struct Axis {
  int64_t in, kernel, stride = 1, before = 0, after = 0, dilation = 1;
};
struct Case {
  int64_t batch, ci, co, groups;
  std::vector<Axis> axes;
};

inline ConvShape make_shape(const Case& c, ImageLayout layout = ImageLayout::ChannelsFirst) {
  ConvShape s;
  s.dims = static_cast<int>(c.axes.size());
  s.batch = c.batch, s.in_channels = c.ci, s.out_channels = c.co, s.groups = c.groups;
  for (int d = 0; d < s.dims; ++d) {
    const Axis& a = c.axes[d];
    s.in[d] = a.in, s.kernel[d] = a.kernel, s.stride[d] = a.stride, s.padding[d] = a.before, s.dilation[d] = a.dilation;
    s.out[d] = (a.in + a.before + a.after - a.dilation * (a.kernel - 1) - 1) / a.stride + 1;
  }
  s.x_layout = s.y_layout = layout;
  return s;
}
inline int64_t product(const int64_t* v, int n) {
  int64_t p = 1;
  for (int i = 0; i < n; ++i) p *= v[i];
  return p;
}
/// Element offset of (image, channel, position).
inline int64_t at(ImageLayout layout, int64_t channels, int64_t positions, int64_t n, int64_t c, int64_t p) {
  if (const int64_t b = channel_block(layout)) return ((n * (channels / b) + c / b) * positions + p) * b + c % b;
  return layout == ImageLayout::ChannelsFirst ? (n * channels + c) * positions + p : (n * positions + p) * channels + c;
}

/// One tap of one output position along one dimension.
struct Tap {
  int64_t out, in, tap;
};
inline std::vector<Tap> taps(const ConvShape& s, int d) {
  std::vector<Tap> list;
  for (int64_t o = 0; o < s.out[d]; ++o)
    for (int64_t k = 0; k < s.kernel[d]; ++k)
      if (const int64_t i = o * s.stride[d] - s.padding[d] + k * s.dilation[d]; i >= 0 && i < s.in[d])
        list.push_back({o, i, k});
  return list;
}
/// Calls f(x offset, weight offset, y offset) for every product of the convolution.
template <class F>
void each_product(const ConvShape& s, const F& f) {
  const int64_t ci = s.in_channels / s.groups, co = s.out_channels / s.groups, all = product(s.kernel, s.dims);
  const int64_t xp = product(s.in, s.dims), yp = product(s.out, s.dims);
  for (const Tap& a : taps(s, 0))
    for (const Tap& b : taps(s, 1))
      for (const Tap& c : taps(s, 2)) {
        const int64_t x = (a.in * s.in[1] + b.in) * s.in[2] + c.in, y = (a.out * s.out[1] + b.out) * s.out[2] + c.out;
        const int64_t k = (a.tap * s.kernel[1] + b.tap) * s.kernel[2] + c.tap;
        for (int64_t n = 0; n < s.batch; ++n)
          for (int64_t o = 0; o < s.out_channels; ++o)
            for (int64_t i = 0; i < ci; ++i)
              f(at(s.x_layout, s.in_channels, xp, n, o / co * ci + i, x), (o * ci + i) * all + k,
                at(s.y_layout, s.out_channels, yp, n, o, y));
      }
}

template <class T>
double value(T x) {
  if constexpr (std::is_same_v<T, double>) return x;
  return static_cast<float>(x);
}
template <class T>
std::vector<T> random_values(int64_t n, unsigned seed) {
  std::mt19937 rng(seed);
  std::vector<T> v(n);
  for (T& x : v) x = T(static_cast<float>(static_cast<int>(rng() % 2001) - 1000) / 1000);
  return v;
}

/// Compares with sums taken in double; `depth` terms of the given magnitude bound the error.
template <class T>
void compare(const char* what, const std::vector<T>& got, const std::vector<double>& want,
             const std::vector<double>& magnitude, int64_t depth) {
  const ScalarType t = dtype_of<T>;
  const double round = t == kDouble ? 1.2e-16 : t == kFloat ? 6e-8 : t == kHalf ? 4.9e-4 : 4e-3;
  const double accumulate = static_cast<double>(depth + 3) * (t == kDouble ? 1.2e-16 : 6e-8);
  for (size_t i = 0; i < want.size(); ++i)
    ASSERT_NEAR(value(got[i]), want[i],
                1.1 * round * std::fabs(want[i]) + accumulate * magnitude[i] + 3e-8 * (round > 1e-5))
        << what << " " << i;
}

/// The errors of y, dx and dw by the root of their mean square, as shares of those of chains of float32 additions.
template <class Forward, class Input, class Weight>
std::array<double, 3> error_shares(const ConvShape& s, Forward forward, Input input, Weight weight) {
  const int64_t xs = s.batch * s.in_channels * product(s.in, s.dims),
                ys = s.batch * s.out_channels * product(s.out, s.dims),
                ws = s.out_channels * s.in_channels / s.groups * product(s.kernel, s.dims);
  const auto x = random_values<float>(xs, 1), g = random_values<float>(ys, 2), w = random_values<float>(ws, 3);
  std::vector<float> got[] = {std::vector<float>(ys), std::vector<float>(xs), std::vector<float>(ws)};
  forward(s, x.data(), w.data(), nullptr, got[0].data(), PackKey{});
  input(s, g.data(), w.data(), nullptr, got[1].data(), PackKey{});
  weight(s, x.data(), g.data(), got[2].data(), nullptr);
  std::vector<double> want[] = {std::vector<double>(ys), std::vector<double>(xs), std::vector<double>(ws)};
  std::vector<float> direct[] = {std::vector<float>(ys), std::vector<float>(xs), std::vector<float>(ws)};
  each_product(s, [&](int64_t xi, int64_t wi, int64_t yi) {
    want[0][yi] += static_cast<double>(x[xi]) * w[wi], direct[0][yi] = std::fma(x[xi], w[wi], direct[0][yi]);
    want[1][xi] += static_cast<double>(g[yi]) * w[wi], direct[1][xi] = std::fma(g[yi], w[wi], direct[1][xi]);
    want[2][wi] += static_cast<double>(g[yi]) * x[xi], direct[2][wi] = std::fma(g[yi], x[xi], direct[2][wi]);
  });
  std::array<double, 3> shares;
  for (size_t i = 0; i < 3; ++i) {
    double error = 0, plain = 0;
    for (size_t e = 0; e < want[i].size(); ++e) {
      error += std::pow(got[i][e] - want[i][e], 2);
      plain += std::pow(direct[i][e] - want[i][e], 2);
    }
    shares[i] = std::sqrt(error / plain);
  }
  return shares;
}

/// Transformed filters that are kept for a key are those of its version.
inline void check_kept_filters(const ConvShape& s, PackKey key) {
  const auto x = random_values<float>(s.batch * s.in_channels * product(s.in, s.dims), 1);
  auto w = random_values<float>(s.out_channels * s.in_channels / s.groups * product(s.kernel, s.dims), 2);
  std::vector<float> first(s.batch * s.out_channels * product(s.out, s.dims)), again = first, other = first,
                                                                               fresh = first;
  const auto run = [&](std::vector<float>& y, PackKey k) {
    conv_kernel.get(kFloat)(s, x.data(), w.data(), nullptr, y.data(), k);
  };
  run(first, key);
  run(again, key);
  EXPECT_EQ(first, again);
  for (float& v : w) v = -v;
  run(other, {key.id, key.version + 1});
  run(fresh, {});
  EXPECT_EQ(other, fresh);
  EXPECT_NE(other, first);
}

template <class T>
void check(const ConvShape& s, bool with_bias) {
  SCOPED_TRACE(testing::Message() << "batch " << s.batch << " " << s.in_channels << "->" << s.out_channels << " groups "
                                  << s.groups << " in " << s.in[0] << "," << s.in[1] << "," << s.in[2] << " kernel "
                                  << s.kernel[0] << "," << s.kernel[1] << "," << s.kernel[2] << " stride "
                                  << s.stride[0] << " padding " << s.padding[0] << " dilation " << s.dilation[0]
                                  << " layout " << static_cast<int>(s.x_layout) << static_cast<int>(s.y_layout));
  const int64_t ci = s.in_channels / s.groups, xs = s.batch * s.in_channels * product(s.in, s.dims);
  const int64_t taps = product(s.kernel, s.dims), positions = product(s.out, s.dims),
                ys = s.batch * s.out_channels * positions;
  const int64_t ws = s.out_channels * ci * taps;
  const auto x = random_values<T>(xs, 1), w = random_values<T>(ws, 2), b = random_values<T>(s.out_channels, 3),
             g = random_values<T>(ys, 4), bx = random_values<T>(s.in_channels, 5);
  std::vector<T> y(ys, T(99.f)), dx(xs, T(99.f)), dw(ws, T(99.f)), db(s.out_channels, T(99.f));
  conv_kernel.get(dtype_of<T>)(s, x.data(), w.data(), with_bias ? b.data() : nullptr, y.data(), {});
  conv_input_kernel.get(dtype_of<T>)(s, g.data(), w.data(), with_bias ? bx.data() : nullptr, dx.data(), {});
  conv_weight_kernel.get(dtype_of<T>)(s, x.data(), g.data(), dw.data(), with_bias ? db.data() : nullptr);

  std::vector<double> y_want(ys), y_size(ys), dx_want(xs), dx_size(xs), dw_want(ws), dw_size(ws),
      db_want(s.out_channels), db_size(s.out_channels);
  for (int64_t n = 0; n < s.batch; ++n)
    for (int64_t c = 0; c < s.out_channels; ++c)
      for (int64_t p = 0; p < positions; ++p) {
        const int64_t i = at(s.y_layout, s.out_channels, positions, n, c, p);
        if (with_bias) y_want[i] = value(b[c]), y_size[i] = std::fabs(value(b[c]));
        db_want[c] += value(g[i]), db_size[c] += std::fabs(value(g[i]));
      }
  const int64_t x_positions = product(s.in, s.dims);
  for (int64_t n = 0; with_bias && n < s.batch; ++n)
    for (int64_t c = 0; c < s.in_channels; ++c)
      for (int64_t p = 0; p < x_positions; ++p) {
        const int64_t i = at(s.x_layout, s.in_channels, x_positions, n, c, p);
        dx_want[i] = value(bx[c]), dx_size[i] = std::fabs(value(bx[c]));
      }
  each_product(s, [&](int64_t xi, int64_t wi, int64_t yi) {
    const double a = value(x[xi]) * value(w[wi]), d = value(g[yi]) * value(w[wi]), e = value(x[xi]) * value(g[yi]);
    y_want[yi] += a, y_size[yi] += std::fabs(a);
    dx_want[xi] += d, dx_size[xi] += std::fabs(d);
    dw_want[wi] += e, dw_size[wi] += std::fabs(e);
  });
  compare("y", y, y_want, y_size, ci * taps);
  compare("dx", dx, dx_want, dx_size, s.out_channels / s.groups * taps);
  compare("dw", dw, dw_want, dw_size, s.batch * positions);
  if (with_bias) compare("db", db, db_want, db_size, s.batch * positions);
}

}  // namespace lampas::test
