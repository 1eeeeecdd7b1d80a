#include <algorithm>

#include "backend/cpu/onednn.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "backend/pointwise.h"
#include "backend/verbose.h"
#include "ops/conv.h"
#include "ops/conv_correlation.h"
#include "ops/conv_depthwise.h"
#include "ops/conv_direct.h"
#include "ops/conv_im2col.h"
#include "ops/conv_phases.h"
#include "ops/conv_winograd.h"

namespace lampas {
namespace {

using cpu::Workspace;

int64_t positions(const int64_t* sizes, int dims) {
  int64_t p = 1;
  for (int d = 0; d < dims; ++d) p *= sizes[d];
  return p;
}
int64_t x_numel(const ConvShape& s) { return s.batch * s.in_channels * positions(s.in, s.dims); }
int64_t y_numel(const ConvShape& s) { return s.batch * s.out_channels * positions(s.out, s.dims); }
int64_t weight_numel(const ConvShape& s) {
  return s.out_channels * (s.in_channels / s.groups) * positions(s.kernel, s.dims);
}

bool plain_layouts(const ConvShape& s) {
  return s.x_layout == ImageLayout::ChannelsFirst && s.y_layout == ImageLayout::ChannelsFirst;
}

/// A filter for each channel: of the kernels here, blocks of channels are what suits it.
bool one_filter_each(const ConvShape& s) {
  return s.groups > 1 && s.groups == s.in_channels && s.groups == s.out_channels;
}
/// Whether planes can be filtered where they lie.
bool depthwise_fits(const ConvShape& s) {
  if (!one_filter_each(s) || !plain_layouts(s) || s.batch == 0 || s.dims > 2) return false;
  for (int d = 0; d < s.dims; ++d)
    if (s.stride[d] != 1) return false;
  return s.kernel[s.dims - 1] <= cpu::kDepthwiseTaps;
}
cpu::Depthwise depthwise(const ConvShape& s) {
  cpu::Depthwise p;
  p.images = s.batch, p.channels = s.in_channels;
  const auto axis = [&](int d) -> cpu::CorrelationAxis {
    return {s.in[d], s.out[d], 1, s.kernel[d], -s.padding[d], s.dilation[d]};
  };
  if (s.dims == 2) p.y = axis(0);
  p.x = axis(s.dims - 1);
  return p;
}
/// The derivative towards the input: results and source change places, taps come in the other order.
cpu::Depthwise turned(cpu::Depthwise p) {
  for (cpu::CorrelationAxis* a : {&p.y, &p.x}) {
    std::swap(a->in, a->out);
    a->first = -a->offset(a->taps - 1);
  }
  return p;
}

/// Share of whole vectors that n channels fill.
double filled(int64_t n, int64_t lanes) {
  return static_cast<double>(n) / static_cast<double>((n + lanes - 1) / lanes * lanes);
}

/// Whether the derivative towards the input has few channels: a tile of results has then little to share loads between.
bool few_inputs(const ConvShape& s) { return plain_layouts(s) && s.batch > 0 && cpu::input_rows_pay(s); }

/// Whether a convolution is but a product of the filters and each image as it lies, which then needs no blocks of
/// channels. Must not depend on the number of threads.
bool product_pays(const ConvShape& s) {
  return plain_layouts(s) && s.batch > 0 && s.groups == 1 && is_pointwise(s) &&
         filled(positions(s.out, s.dims), cpu::correlation_lanes<float>()) > 0.9;
}

/// Values of scratch memory a thread may spend on sums towards a weight.
constexpr int64_t kWeightSums = 1 << 20;

/// Whether kernels of our own beat oneDNN, which computes whole blocks of channels, must reorder plain images and takes
/// a few microseconds to call. Ours compute what was asked for, a little slower. Must not depend on the number of
/// threads, or results would.
bool direct_pays(ConvDirection direction, const ConvShape& s) {
  if (!plain_layouts(s) || s.batch == 0) return false;
  const int64_t lanes = cpu::correlation_lanes<float>(), ci = s.in_channels / s.groups, co = s.out_channels / s.groups;
  if (one_filter_each(s)) return false;
  const double work = static_cast<double>(y_numel(s)) * static_cast<double>(ci * positions(s.kernel, s.dims));
  const double images = filled(s.batch, lanes);
  const bool few = direction != ConvDirection::Input && ci <= 4;  // oneDNN reads few input channels unblocked
  const double blocked = (few ? 1 : filled(ci, lanes)) * filled(co, lanes);
  double inside = 1;
  for (int d = 0; d < s.dims; ++d)
    inside *= std::min(1., static_cast<double>(s.out[d] * s.stride[d]) / static_cast<double>(s.in[d]));
  switch (direction) {
    case ConvDirection::Forward:
      return work < 1.5e6 || blocked < 0.85;
    case ConvDirection::Input:
      // Positions in lanes compute the zeros around dy, images in lanes do not.
      return work < 1.5e6 || blocked < 0.9 * std::max(inside, images);
    case ConvDirection::Weight:
      if (cpu::weight_windows_pay(s)) return blocked < 0.8;
      return blocked < 0.85 * std::max(images, cpu::weight_rows_pay(s) ? 0.9 : 0) &&
             cpu::weight_sums<float>(s) <= kWeightSums;
  }
  return false;
}

/// The image in a plain layout, for kernels that know no blocks.
class Unblocked {
 public:
  Unblocked(ImageLayout layout, int64_t batch, int64_t channels, int64_t positions, float* data)
      : block_(channel_block(layout)),
        sizes_{batch, block_ ? channels / block_ : 0, block_, positions},
        data_(data),
        buffer_(block_ ? batch * channels * positions : 0) {}
  float* data() const { return block_ ? buffer_.data() : data_; }
  void load() const { copy(true); }
  void store() const { copy(false); }

 private:
  void copy(bool load) const {
    if (!block_) return;
    const int64_t p = sizes_[3], image = sizes_[1] * block_ * p;
    const int64_t plain[] = {image, block_ * p, p, 1}, blocked[] = {image, block_ * p, 1, block_};
    const Operand a{buffer_.data(), plain, kFloat}, b{data_, blocked, kFloat};
    run_copy(load ? a : b, load ? b : a, IntArrayRef(sizes_, 4));
  }
  int64_t block_, sizes_[4];
  float* data_;
  Workspace<float> buffer_;
};
/// Runs f(shape without blocks, x, y).
template <class F>
void without_blocks(const ConvShape& s, const float* x, bool x_result, const float* y, bool y_result, const F& f) {
  const Unblocked ux(s.x_layout, s.batch, s.in_channels, positions(s.in, s.dims), const_cast<float*>(x));
  const Unblocked uy(s.y_layout, s.batch, s.out_channels, positions(s.out, s.dims), const_cast<float*>(y));
  ConvShape plain = s;
  if (channel_block(s.x_layout)) plain.x_layout = ImageLayout::ChannelsFirst;
  if (channel_block(s.y_layout)) plain.y_layout = ImageLayout::ChannelsFirst;
  if (!x_result) ux.load();
  if (!y_result) uy.load();
  f(plain, ux.data(), uy.data());
  if (x_result) ux.store();
  if (y_result) uy.store();
}

// Each direction: an ordered list of implementations, the last of which refuses nothing.

void forward(const ConvShape& s, const float* x, const float* w, const float* bias, float* y, PackKey key) {
  if (cpu::winograd_pays(ConvDirection::Forward, s)) {
    trace_dispatch("conv: Winograd");
    return cpu::winograd_conv(s, x, w, bias, y, key);
  }
  if (direct_pays(ConvDirection::Forward, s)) {
    trace_dispatch("conv: direct");
    return cpu::conv_direct(s, x, w, bias, y);
  }
  if (depthwise_fits(s)) {
    trace_dispatch("conv: planes");
    return cpu::correlate_planes(depthwise(s), x, w, bias, y);
  }
  if (product_pays(s)) {
    trace_dispatch("conv: product");
    return cpu::conv_im2col<float>(s, x, w, bias, y);
  }
  if (cpu::phases_pay(ConvDirection::Forward, s)) {
    trace_dispatch("conv: phases");
    return cpu::phases_conv(s, x, w, bias, y, key);
  }
  if (cpu::onednn::conv(s, x, w, bias, y, key)) return;
  trace_dispatch("conv: unfolded");
  without_blocks(s, x, false, y, true,
                 [&](const ConvShape& p, float* px, float* py) { cpu::conv_im2col<float>(p, px, w, bias, py); });
}
void forward(const ConvShape& s, const double* x, const double* w, const double* bias, double* y, PackKey) {
  if (plain_layouts(s) && s.batch) return cpu::conv_direct(s, x, w, bias, y);
  cpu::conv_im2col(s, x, w, bias, y);
}

/// Filters with their taps in the other order.
struct Reversed : Workspace<float> {
  Reversed(const float* w, int64_t filters, int64_t taps) : Workspace(filters * taps) {
    for (int64_t f = 0; f < filters; ++f) std::reverse_copy(w + f * taps, w + (f + 1) * taps, data() + f * taps);
  }
};

/// dx += bias, for implementations that know none.
void add_bias(const ConvShape& s, const float* bias, float* dx) {
  const int64_t p = positions(s.in, s.dims), c = s.in_channels, block = channel_block(s.x_layout);
  if (s.x_layout == ImageLayout::ChannelsFirst) {
    cpu::parallel_for(s.batch * c, cpu::kGrain / p + 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (float *at = dx + i * p, *last = at + p; at < last; ++at) *at += bias[i % c];
    });
    return;
  }
  const int64_t side = block ? block : c, rows = s.batch * c / side;  // channels side by side; runs of positions
  cpu::parallel_for(rows, cpu::kGrain / (p * side) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t i = 0; i < p; ++i)
        for (int64_t k = 0; k < side; ++k) dx[(r * p + i) * side + k] += bias[r % (c / side) * side + k];
  });
}

void input(const ConvShape& s, const float* dy, const float* w, const float* bias, float* dx, PackKey key) {
  if (cpu::winograd_pays(ConvDirection::Input, s)) {
    trace_dispatch("conv_input: Winograd");
    return cpu::winograd_conv_input(s, dy, w, bias, dx, key);
  }
  if (few_inputs(s)) {
    trace_dispatch("conv_input: rows");
    return cpu::conv_input_rows(s, dy, w, bias, dx);
  }
  if (direct_pays(ConvDirection::Input, s)) {
    trace_dispatch("conv_input: direct");
    return cpu::conv_input_direct(s, dy, w, bias, dx);
  }
  if (depthwise_fits(s)) {
    trace_dispatch("conv_input: planes");
    const Reversed reversed(w, s.in_channels, positions(s.kernel, s.dims));
    return cpu::correlate_planes(turned(depthwise(s)), dy, reversed, bias, dx);
  }
  if (product_pays(s)) {
    trace_dispatch("conv_input: product");
    return cpu::conv_input_im2col<float>(s, dy, w, bias, dx);
  }
  if (cpu::phases_pay(ConvDirection::Input, s)) {
    trace_dispatch("conv_input: phases");
    return cpu::phases_conv_input(s, dy, w, bias, dx, key);
  }
  if (cpu::onednn::conv_input(s, dy, w, dx, key)) {
    if (bias) add_bias(s, bias, dx);
    return;
  }
  trace_dispatch("conv_input: unfolded");
  without_blocks(s, dx, true, dy, false,
                 [&](const ConvShape& p, float* px, float* py) { cpu::conv_input_im2col<float>(p, py, w, bias, px); });
}
void input(const ConvShape& s, const double* dy, const double* w, const double* bias, double* dx, PackKey) {
  if (plain_layouts(s) && s.batch) return cpu::conv_input_direct(s, dy, w, bias, dx);
  cpu::conv_input_im2col(s, dy, w, bias, dx);
}

void weight(const ConvShape& s, const float* x, const float* dy, float* dw, float* db) {
  if (dw && cpu::winograd_pays(ConvDirection::Weight, s)) {
    trace_dispatch("conv_weight: Winograd");
    return cpu::winograd_conv_weight(s, x, dy, dw, db);
  }
  if (dw && direct_pays(ConvDirection::Weight, s)) {
    trace_dispatch("conv_weight: direct");
    return cpu::conv_weight_direct(s, x, dy, dw, db);
  }
  if (dw && depthwise_fits(s)) {
    trace_dispatch("conv_weight: planes");
    return cpu::correlate_planes_weight(depthwise(s), x, dy, dw, db);
  }
  if (product_pays(s)) {
    trace_dispatch("conv_weight: product");
    return cpu::conv_weight_im2col<float>(s, x, dy, dw, db);
  }
  if (dw && cpu::phases_pay(ConvDirection::Weight, s)) {
    trace_dispatch("conv_weight: phases");
    return cpu::phases_conv_weight(s, x, dy, dw, db);
  }
  if (cpu::onednn::conv_weight(s, x, dy, dw, db)) return;
  trace_dispatch("conv_weight: unfolded");
  without_blocks(s, x, false, dy, false,
                 [&](const ConvShape& p, float* px, float* py) { cpu::conv_weight_im2col<float>(p, px, py, dw, db); });
}
void weight(const ConvShape& s, const double* x, const double* dy, double* dw, double* db) {
  const bool fits = 2 * s.batch >= cpu::correlation_lanes<double>() && cpu::weight_sums<double>(s) <= kWeightSums;
  if (dw && s.batch && plain_layouts(s) && fits) return cpu::conv_weight_direct(s, x, dy, dw, db);
  cpu::conv_weight_im2col(s, x, dy, dw, db);
}

ConvLayouts layouts(ConvDirection direction, const ConvShape& s, bool bias, bool packed) {
  const bool filtered = cpu::winograd_pays(direction, s);
  if (!filtered) {
    if (direct_pays(direction, s) || (!packed && depthwise_fits(s))) return {};
    if (direction == ConvDirection::Input && few_inputs(s)) return {};
    if (!packed && product_pays(s)) return {};
  }
  if (filtered || cpu::phases_pay(direction, s)) {
    // Plain images are taken as they are and give plain ones; dy and x need not be alike.
    if (!packed && direction != ConvDirection::Weight) return {};
    return {cpu::winograd_blocks(), cpu::winograd_blocks()};
  }
  return cpu::onednn::conv_layouts(direction, s, bias);
}

/// A float32 copy of a reduced-precision operand (null stays null).
template <class T>
class Widened {
 public:
  Widened(const void* p, int64_t n) : buffer_(p ? n : 0) {
    const T* from = static_cast<const T*>(p);
    float* to = buffer_;
    if (p)
      cpu::parallel_for(n, cpu::kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) to[i] = from[i];
      });
  }
  operator const float*() const { return buffer_; }

 private:
  Workspace<float> buffer_;
};
/// A float32 result rounded to the reduced-precision tensor it stands for.
template <class T>
class Narrowed {
 public:
  Narrowed(void* p, int64_t n) : to_(static_cast<T*>(p)), n_(n), buffer_(p ? n : 0) {}
  operator float*() const { return buffer_; }
  void store() {
    const float* from = buffer_;
    if (to_)
      cpu::parallel_for(n_, cpu::kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) to_[i] = T(from[i]);
      });
  }

 private:
  T* to_;
  int64_t n_;
  Workspace<float> buffer_;
};

/// Float32 and float64 compute in their own type, the reduced floats in float32 (one rounding at the end).
template <class T>
struct Conv {
  static void forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y, PackKey key) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      Narrowed<T> out(y, y_numel(s));
      lampas::forward(s, Widened<T>(x, x_numel(s)), Widened<T>(w, weight_numel(s)), Widened<T>(bias, s.out_channels),
                      out, key);
      out.store();
    } else {
      lampas::forward(s, static_cast<const T*>(x), static_cast<const T*>(w), static_cast<const T*>(bias),
                      static_cast<T*>(y), key);
    }
  }
  static void input(const ConvShape& s, const void* dy, const void* w, const void* bias, void* dx, PackKey key) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      Narrowed<T> out(dx, x_numel(s));
      lampas::input(s, Widened<T>(dy, y_numel(s)), Widened<T>(w, weight_numel(s)), Widened<T>(bias, s.in_channels), out,
                    key);
      out.store();
    } else {
      lampas::input(s, static_cast<const T*>(dy), static_cast<const T*>(w), static_cast<const T*>(bias),
                    static_cast<T*>(dx), key);
    }
  }
  static void weight(const ConvShape& s, const void* x, const void* dy, void* dw, void* db) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      Narrowed<T> out(dw, weight_numel(s)), out_bias(db, s.out_channels);
      lampas::weight(s, Widened<T>(x, x_numel(s)), Widened<T>(dy, y_numel(s)), out, out_bias);
      out.store();
      out_bias.store();
    } else {
      lampas::weight(s, static_cast<const T*>(x), static_cast<const T*>(dy), static_cast<T*>(dw), static_cast<T*>(db));
    }
  }
};

template <class... T>
bool set_all() {
  return ((conv_kernel.set(kCPU, dtype_of<T>, Conv<T>::forward) &&
           conv_input_kernel.set(kCPU, dtype_of<T>, Conv<T>::input) &&
           conv_weight_kernel.set(kCPU, dtype_of<T>, Conv<T>::weight)) &&
          ...);
}
const bool registered = set_all<float, double, Half, BFloat16>() && conv_layouts_kernel.set(kCPU, kFloat, layouts);

}  // namespace
}  // namespace lampas
