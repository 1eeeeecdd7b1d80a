// Convolutions as correlations (conv_correlation.h), positions or images in the vector lanes. The forward direction is
// one; the derivative towards the input is one for each residue of the output position modulo the stride, since those
// see different taps.
#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>

#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_correlation.h"
#include "ops/conv_direct.h"

namespace lampas::cpu {
namespace {

/// A shape with all three spatial dimensions; missing outer ones have size 1.
ConvShape three_dimensional(const ConvShape& s) {
  ConvShape r = s;
  for (int d = kMaxSpatial; d-- > 0;) {
    const int from = d - (kMaxSpatial - s.dims);
    r.in[d] = from < 0 ? 1 : s.in[from], r.out[d] = from < 0 ? 1 : s.out[from],
    r.kernel[d] = from < 0 ? 1 : s.kernel[from];
    r.stride[d] = from < 0 ? 1 : s.stride[from], r.padding[d] = from < 0 ? 0 : s.padding[from];
    r.dilation[d] = from < 0 ? 1 : s.dilation[from];
  }
  r.dims = kMaxSpatial;
  return r;
}

template <class T>
Correlation<T> forward_correlation(const ConvShape& s) {
  Correlation<T> c;
  c.images = s.batch, c.groups = s.groups, c.channels = s.in_channels / s.groups, c.results = s.out_channels / s.groups;
  for (int d = 0; d < kMaxSpatial; ++d)
    c.axis[d] = {s.in[d], s.out[d], s.stride[d], s.kernel[d], -s.padding[d], s.dilation[d]};
  return c;
}

/// Share of the taps of all results that lie inside the source.
double inside_share(const CorrelationAxis& a) {
  int64_t inside = 0;
  for (int64_t o = 0; o < a.out; ++o)
    for (int64_t t = 0; t < a.taps; ++t) {
      const int64_t at = o * a.step + a.offset(t);
      inside += at >= 0 && at < a.in;
    }
  return static_cast<double>(inside) / static_cast<double>(a.out * a.taps);
}

/// Whether images in lanes take less time than positions in lanes. Must not depend on the number of threads.
template <class T>
bool images_pay(const Correlation<T>& c) {
  const int64_t lanes = correlation_lanes<T>(), padded = (c.images + lanes - 1) / lanes * lanes;
  if (lanes == 1 || lanes > 2 * c.images ||
      c.channels * c.axis[2].in * c.axis[0].taps * c.axis[1].taps * lanes > (128 << 10))
    return false;
  double inside = 1;
  for (const CorrelationAxis& a : c.axis) inside *= inside_share(a);
  // Lanes without an image, and transposing, against multiplying zeros and what small images waste in other ways.
  const double transpose = 8 / (static_cast<double>(c.channels * c.taps()) * inside);
  // With few results and images, too few sums are under way at a time for multiply-adds to follow one another at once.
  const int64_t sums = std::min<int64_t>(c.results, 6) * std::min<int64_t>(padded / lanes, 2);
  const double images = static_cast<double>(padded) / static_cast<double>(c.images) * (1 + transpose) *
                        std::max(1., 6. / static_cast<double>(sums));
  const double positions = (c.axis[1].out * c.axis[2].out <= 200 ? 1.25 : 1.1) / inside;
  return images < positions;
}

template <class T>
void correlate_either(const Correlation<T>& c) {
  if (images_pay(c))
    correlate_images(c);
  else
    correlate(&c, 1);
}

/// n values, taken in turn from two rows.
template <class T>
void interleave(const T* even, const T* odd, int64_t n, T* to) {
  for (int64_t i = 0; i < n / 2; ++i) to[2 * i] = even[i], to[2 * i + 1] = odd[i];
  if (n % 2) to[n - 1] = even[n / 2];
}

}  // namespace

template <class T>
void conv_direct(const ConvShape& shape, const T* x, const T* weight, const T* bias, T* y) {
  const ConvShape s = three_dimensional(shape);
  Correlation<T> c = forward_correlation<T>(s);
  c.src = x, c.weight = weight, c.bias = bias, c.dst = y;
  c.dst_stride[2] = 1, c.dst_stride[1] = s.out[2], c.dst_stride[0] = s.out[1] * s.out[2];
  c.dst_channel = s.out[0] * c.dst_stride[0];
  c.dst_image = s.out_channels * c.dst_channel;
  correlate_either(c);
}

template <class T>
void conv_input_direct(const ConvShape& shape, const T* dy, const T* weight, const T* bias, T* dx) {
  const ConvShape s = three_dimensional(shape);
  const int64_t ci = s.in_channels / s.groups, co = s.out_channels / s.groups;
  const int64_t taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
  const Workspace<T> turned(s.in_channels * co * taps);
  T* next = turned;
  const int64_t phases = s.stride[0] * s.stride[1] * s.stride[2];
  // Columns two apart are results of two phases: stored together, or by themselves and then interleaved, since
  // scattered stores would take as long as the sums.
  const bool pairs = s.stride[2] == 2 && s.in[2] > 1 && PhaseTaps(s.kernel[2], 2, s.dilation[2], 0).count > 0 &&
                     PhaseTaps(s.kernel[2], 2, s.dilation[2], 1).count > 0;
  const int64_t planes = s.batch * s.in_channels, evens = (s.in[2] + 1) / 2, odds = s.in[2] / 2;
  const int64_t half = pairs ? planes * ceil_div(s.in[0], s.stride[0]) * ceil_div(s.in[1], s.stride[1]) * evens : 0;
  bool chosen = false, images = false;
  Correlation<T> together[kMostPhases];  // phases not yet computed, of one residue of the depth
  int64_t held = 0;
  const auto compute = [&] {
    if (held) correlate(together, held);
    held = 0;
  };
  std::optional<Workspace<T>> columns;
  for (int64_t phase = 0; phase < phases; ++phase) {
    const int64_t at[] = {phase / (s.stride[1] * s.stride[2]), phase / s.stride[2] % s.stride[1], phase % s.stride[2]};
    if (at[1] == 0 && at[2] == 0) compute();
    Correlation<T> c;
    c.images = s.batch, c.groups = s.groups, c.channels = co, c.results = ci;
    c.src = dy, c.bias = bias, c.dst = dx;
    c.dst_channel = s.in[0] * s.in[1] * s.in[2], c.dst_image = s.in_channels * c.dst_channel;
    int64_t stride = 1, tap_stride = 1;
    int64_t first_tap = 0, tap_step[kMaxSpatial];
    bool empty = false, zero = false, odd = false;
    for (int d = kMaxSpatial; d-- > 0; stride *= s.in[d], tap_stride *= s.kernel[d]) {
      // Position p is reached from result i with p + padding = phase + stride * i; tap t of it lies at i - (t *
      // dilation - phase) / stride.
      const PhaseTaps t(s.kernel[d], s.stride[d], s.dilation[d], at[d]);
      const int64_t begin = ceil_div(s.padding[d] - at[d], s.stride[d]);
      const int64_t position = at[d] + s.stride[d] * begin - s.padding[d];
      const int64_t count = position < s.in[d] ? (s.in[d] - 1 - position) / s.stride[d] + 1 : 0;
      empty |= count == 0, zero |= t.count == 0;
      c.axis[d] = {s.out[d],
                   count,
                   1,
                   t.count,
                   begin - (t.first * s.dilation[d] - at[d]) / s.stride[d],
                   -(t.every * s.dilation[d] / s.stride[d])};
      odd = d == 2 ? position % 2 == 1 : odd;
      c.dst += position * stride;
      c.dst_stride[d] = s.stride[d] * stride;
      first_tap += t.first * tap_stride, tap_step[d] = t.every * tap_stride;
    }
    if (empty) continue;
    if (zero) {  // no window reaches these positions
      for (int64_t n = 0; n < s.batch; ++n)
        for (int64_t k = 0; k < s.in_channels; ++k)
          for (int64_t z = 0; z < c.axis[0].out; ++z)
            for (int64_t y = 0; y < c.axis[1].out; ++y)
              for (int64_t i = 0; i < c.axis[2].out; ++i)
                c.dst[n * c.dst_image + k * c.dst_channel + z * c.dst_stride[0] + y * c.dst_stride[1] +
                      i * c.dst_stride[2]] = bias ? bias[k] : T(0);
      continue;
    }
    // The weight with its channel dimensions exchanged, this phase's taps only.
    const int64_t used = c.taps();
    parallel_for(s.in_channels, kGrain / (co * used) + 1, [&](int64_t begin, int64_t end) {
      const Workspace<int64_t> places(used);  // of this phase's taps in a filter
      for (int64_t j = 0; j < used; ++j)
        places[j] = first_tap + j / (c.axis[1].taps * c.axis[2].taps) * tap_step[0] +
                    j / c.axis[2].taps % c.axis[1].taps * tap_step[1] + j % c.axis[2].taps * tap_step[2];
      for (int64_t k = begin; k < end; ++k)
        for (int64_t j = 0; j < used; ++j) {  // the longer loop innermost
          const T* from = weight + (k / ci * co * ci + k % ci) * taps + places[j];
          T* to = next + k * co * used + j;
          for (int64_t o = 0; o < co; ++o, from += ci * taps, to += used) *to = *from;
        }
    });
    c.weight = next;
    next += s.in_channels * co * used;
    if (!chosen) {
      chosen = true, images = images_pay(c);
      if (std::is_same_v<T, float> && images && half) columns.emplace(2 * half);
    }
    if (!images) {
      if (pairs && at[2] == 1) together[held - 1].twin = c.dst - together[held - 1].dst;
      together[held++] = c;
      if (held == kMostPhases) compute();
      continue;
    }
    if (!pairs || !std::is_same_v<T, float>) {
      correlate_images(c);
      continue;
    }
    Correlation<T> to = c;
    to.dst -= odd;  // the first of the two columns
    const int64_t rows = c.axis[0].out * c.axis[1].out;
    c.dst = *columns + (odd ? half : 0);
    c.dst_stride[2] = 1, c.dst_stride[1] = c.axis[2].out, c.dst_stride[0] = c.axis[1].out * c.axis[2].out;
    c.dst_channel = rows * c.axis[2].out, c.dst_image = s.in_channels * c.dst_channel;
    correlate_images(c);
    if (at[2] == 0) continue;  // the other half follows
    parallel_for(planes, kGrain / (rows * s.in[2]) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        for (int64_t z = 0; z < to.axis[0].out; ++z)
          for (int64_t y = 0; y < to.axis[1].out; ++y) {
            const int64_t row = p * rows + z * to.axis[1].out + y;
            interleave(*columns + row * evens, *columns + half + row * odds, s.in[2],
                       to.dst + p * to.dst_channel + z * to.dst_stride[0] + y * to.dst_stride[1]);
          }
    });
  }
  compute();
}

bool input_rows_pay(const ConvShape& shape) {
  const ConvShape s = three_dimensional(shape);
  const int64_t lanes = correlation_lanes<float>(), width = s.out[2];
  if (lanes == 1 || s.groups != 1 || s.in_channels > 4 || s.stride[2] > 2 || s.kernel[2] > kInputRowTaps ||
      s.in[0] != 1 || s.out[0] != 1 || s.kernel[0] != 1 || s.padding[0] != 0)
    return false;
  // The sums of taps are stored and loaded again.
  if (s.out_channels * s.kernel[1] < 40 * s.stride[1]) return false;
  if (s.out_channels * s.out[1] * s.out[2] > std::numeric_limits<int32_t>::max()) return false;
  // Neighbouring rows of dx are taken together where they see all taps of a column; the rest is whole vectors of a row.
  const int64_t inner = std::max<int64_t>(0, s.out[1] - (s.kernel[1] - 1) * s.dilation[1] / s.stride[1]);
  return (s.out[1] - inner) * ceil_div(width, lanes) + ceil_div(inner * width, lanes) <=
         s.out[1] * width * 1.15 / static_cast<double>(lanes);
}

void conv_input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx) {
  correlate_input_rows(three_dimensional(s), dy, weight, bias, dx);
}

bool weight_rows_pay(const ConvShape& shape) {
  const ConvShape s = three_dimensional(shape);
  // Long runs of positions for each load and store of the sums, which stay in the nearest caches.
  return s.kernel[2] >= 3 && s.stride[2] <= 2 && s.out[1] * s.out[2] >= 12 * correlation_lanes<float>() &&
         weight_sums<float>(shape) <= (16 << 10);
}

bool weight_windows_pay(const ConvShape& shape) {
  const ConvShape s = three_dimensional(shape);
  const int64_t lanes = correlation_lanes<float>(), co = s.out_channels / s.groups, ci = s.in_channels / s.groups;
  const int64_t columns = s.kernel[2] * s.kernel[1] * ci;
  const bool flat = s.in[0] == 1 && s.out[0] == 1 && s.kernel[0] == 1 && s.padding[0] == 0;
  if (lanes == 1 || !flat || s.dilation[1] != 1 || s.dilation[2] != 1 || s.kernel[2] < 3 || co < 8 ||
      s.out[1] * s.out[2] < 32)
    return false;
  // What a tile reads of a row stays in the first-level cache, sums in the second; few lanes are empty in a window's
  // last vector.
  if (s.out[2] > 256) return false;
  if (co * columns > (128 << 10) || columns * 10 < ceil_div(columns, lanes) * lanes * 9) return false;
  // Multiply-adds for each value that is copied.
  return co * s.out[1] * s.kernel[1] > 40 * ((s.out[1] - 1) * s.stride[1] + s.kernel[1]);
}

template <class T>
void conv_weight_direct(const ConvShape& shape, const T* x, const T* dy, T* dweight, T* dbias) {
  Correlation<T> c = forward_correlation<T>(three_dimensional(shape));
  c.src = x;
  if constexpr (std::is_same_v<T, float>) {
    if (weight_rows_pay(shape)) {
      return correlate_weight_rows(c, dy, dweight, dbias);
    } else if (weight_windows_pay(shape)) {
      return correlate_weight_windows(c, dy, dweight, dbias);
    }
  }
  correlate_weight_images(c, dy, dweight, dbias);
}

template <class T>
int64_t weight_sums(const ConvShape& shape) {
  const ConvShape s = three_dimensional(shape);
  return s.out_channels * (s.in_channels / s.groups * s.kernel[0] * s.kernel[1] * s.kernel[2] + 1) *
         correlation_lanes<T>();
}

#define LAMPAS_INSTANTIATE(T)                                                          \
  template void conv_direct(const ConvShape&, const T*, const T*, const T*, T*);       \
  template void conv_input_direct(const ConvShape&, const T*, const T*, const T*, T*); \
  template void conv_weight_direct(const ConvShape&, const T*, const T*, T*, T*);      \
  template int64_t weight_sums<T>(const ConvShape&);
LAMPAS_INSTANTIATE(float)
LAMPAS_INSTANTIATE(double)
#undef LAMPAS_INSTANTIATE

}  // namespace lampas::cpu
