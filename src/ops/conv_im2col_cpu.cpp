#include <algorithm>
#include <cstring>
#include <utility>

#include "backend/cpu/gemm.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_im2col.h"

namespace lampas::cpu {
namespace {

int64_t product(const int64_t* v, int dims) {
  int64_t p = 1;
  for (int d = 0; d < dims; ++d) p *= v[d];
  return p;
}

/// Distances between images, channels and spatial neighbours of a tensor of images.
struct ImageStrides {
  int64_t image, channel, space[kMaxSpatial];
  ImageStrides(ImageLayout layout, int dims, int64_t channels, const int64_t* sizes) {
    const bool last = layout == ImageLayout::ChannelsLast;
    int64_t step = last ? channels : 1;
    for (int d = dims; d-- > 0; step *= sizes[d]) space[d] = step;
    channel = last ? 1 : step;
    image = last ? step : step * channels;
  }
};

/// Visits the part of the unfolded matrix that belongs to one channel plane: for every tap and every output row, calls
/// `row(matrix offset, plane offset, first, last)`, where output columns [first, last) of the row lie inside the plane.
template <class F>
void each_unfolded_row(const ConvShape& s, const ImageStrides& xs, const F& row) {
  const int inner = s.dims - 1;
  const int64_t taps = product(s.kernel, s.dims), rows = product(s.out, inner), width = s.out[inner];
  for (int64_t tap = 0; tap < taps; ++tap) {
    int64_t k[kMaxSpatial], rest = tap;
    for (int d = s.dims; d-- > 0; rest /= s.kernel[d]) k[d] = rest % s.kernel[d];
    // Columns o with 0 <= o * stride + shift < in.
    const int64_t shift = k[inner] * s.dilation[inner] - s.padding[inner], stride = s.stride[inner];
    const int64_t first = std::min(width, shift >= 0 ? 0 : (-shift + stride - 1) / stride);
    const int64_t last =
        std::max(first, std::min(width, s.in[inner] <= shift ? 0 : (s.in[inner] - 1 - shift) / stride + 1));
    for (int64_t r = 0; r < rows; ++r) {
      int64_t offset = shift * xs.space[inner], q = r;
      bool inside = true;
      for (int d = inner; d-- > 0; q /= s.out[d]) {
        const int64_t i = q % s.out[d] * s.stride[d] + k[d] * s.dilation[d] - s.padding[d];
        inside &= i >= 0 && i < s.in[d];
        offset += i * xs.space[d];
      }
      row((tap * rows + r) * width, offset, inside ? first : width, inside ? last : width);
    }
  }
}

/// The matrix (channels * taps) x positions of one group of one image.
template <class T>
void unfold(const ConvShape& s, const ImageStrides& xs, const T* x, int64_t channels, T* matrix) {
  const int64_t plane = product(s.kernel, s.dims) * product(s.out, s.dims), width = s.out[s.dims - 1];
  const int64_t step = s.stride[s.dims - 1] * xs.space[s.dims - 1];
  parallel_for(channels, kGrain / (plane + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c)
      each_unfolded_row(s, xs, [&](int64_t at, int64_t offset, int64_t first, int64_t last) {
        T* to = matrix + c * plane + at;
        const T* from = x + c * xs.channel + offset;
        std::fill(to, to + first, T(0));
        for (int64_t o = first; o < last; ++o) to[o] = from[o * step];
        std::fill(to + last, to + width, T(0));
      });
  });
}

/// Adds the matrix back onto the image's channels, which hold their initial values.
template <class T>
void fold(const ConvShape& s, const ImageStrides& xs, const T* matrix, int64_t channels, T* x) {
  const int64_t plane = product(s.kernel, s.dims) * product(s.out, s.dims);
  const int64_t step = s.stride[s.dims - 1] * xs.space[s.dims - 1];
  parallel_for(channels, kGrain / (plane + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c)
      each_unfolded_row(s, xs, [&](int64_t at, int64_t offset, int64_t first, int64_t last) {
        const T* from = matrix + c * plane + at;
        T* to = x + c * xs.channel + offset;
        for (int64_t o = first; o < last; ++o) to[o * step] += from[o];
      });
  });
}

/// Writes bias[c] (or zero) to every position of an image.
template <class T>
[[gnu::noinline]] void fill_channels(ImageLayout layout, int64_t channels, int64_t positions, const T* bias, T* image) {
  if (layout == ImageLayout::ChannelsLast) {
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t c = 0; c < channels; ++c) image[p * channels + c] = bias ? bias[c] : T(0);
  } else {
    for (int64_t c = 0; c < channels; ++c) std::fill_n(image + c * positions, positions, bias ? bias[c] : T(0));
  }
}

/// Whether the unfolded matrices are what the images hold already.
bool lies_unfolded(const ConvShape& s) {
  return s.x_layout == ImageLayout::ChannelsFirst && s.y_layout == ImageLayout::ChannelsFirst && is_pointwise(s);
}

/// Sizes every direction needs.
struct Sizes {
  int64_t ci, co, depth, positions;  // channels per group, rows of the unfolded matrix, its columns
  bool y_last;
  int64_t y_channel, y_image, ldy;  // ldy: row length of y taken as a matrix
  explicit Sizes(const ConvShape& s)
      : ci(s.in_channels / s.groups),
        co(s.out_channels / s.groups),
        depth(ci * product(s.kernel, s.dims)),
        positions(product(s.out, s.dims)),
        y_last(s.y_layout == ImageLayout::ChannelsLast),
        y_channel(y_last ? 1 : positions),
        y_image(positions * s.out_channels),
        ldy(y_last ? s.out_channels : positions) {}
};

/// Rows of `count` matrices, `width` values (4 or 8) each: side by side in one matrix, or back.
void side_by_side(float* matrices, int64_t count, int64_t matrix, int64_t row, int64_t width, int64_t rows, float* one,
                  bool back) {
  for (int64_t n = 0; n < count; ++n)
    for (int64_t r = 0; r < rows; ++r) {
      float *to = one + (r * count + n) * width, *from = matrices + n * matrix + r * row;
      if (back) std::swap(to, from);
      width == 4 ? std::memcpy(to, from, 4 * sizeof(float)) : std::memcpy(to, from, 8 * sizeof(float));
    }
}

/// The product of all images and groups, plus the bias of its channels.
void for_images(Gemm p, int64_t channels, const double* bias, const double*, double* c) {
  if (bias)
    for (int64_t n = 0; n < p.batch[0].size; ++n)
      fill_channels(ImageLayout::ChannelsFirst, channels, p.n, bias, c + n * p.batch[0].c);
  p.beta = bias ? 1 : 0, p.batch_dims = 2;
  gemm<double>(p);
}
void for_images(Gemm p, int64_t channels, const float* bias, const float* b, float* c) {
  const BatchDim images = p.batch[0];
  // Ends of rows that would leave most of a vector empty fill vectors together with those of other images. They are
  // made 4 or 8 wide by columns that are computed twice.
  constexpr int64_t kLine = 64 / sizeof(float);
  const int64_t n = p.n, rest = n % kLine;
  const bool ends = p.batch[1].size == 1 && rest > 0 && 2 * rest <= kLine && images.size >= 4 && n > 4 * kLine;
  p.n -= ends ? rest : 0;
  p.beta = bias ? 1 : 0;
  p.batch_dims = 1;
  p.batch[0] = p.batch[1];
  const auto some = [&](int64_t begin, int64_t end) {
    Gemm q = p;
    for (int64_t i = begin; i < end; ++i) {
      q.b = b + i * images.b, q.c = c + i * images.c;
      if (bias) fill_channels(ImageLayout::ChannelsFirst, channels, n, bias, c + i * images.c);
      gemm<float>(q);
    }
  };
  // Whole images per thread if there are enough of them, parts of each otherwise.
  if (images.size >= get_num_threads())
    parallel_for(images.size, (int64_t{1} << 19) / (p.m * n * (p.k + 1) * p.batch[0].size) + 1, some);
  else
    some(0, images.size);
  if (!ends) return;
  const int64_t each = rest <= 4 ? 4 : 8, width = images.size * each;
  const Workspace<float> from(p.k * width), to(p.m * width);
  side_by_side(const_cast<float*>(b) + n - each, images.size, images.b, p.ldb, each, p.k, from, false);
  if (bias) fill_channels(ImageLayout::ChannelsFirst, channels, width, bias, to.data());
  p.b = from, p.c = to, p.n = p.ldb = p.ldc = width;
  gemm<float>(p);
  side_by_side(c + n - each, images.size, images.c, n, each, p.m, to, true);
}

}  // namespace

template <class T>
void conv_im2col(const ConvShape& s, const T* x, const T* weight, const T* bias, T* y) {
  const Sizes z(s);
  const ImageStrides xs(s.x_layout, s.dims, s.in_channels, s.in);
  if (lies_unfolded(s)) {
    Gemm p;  // y = weight * x
    p.m = z.co, p.n = z.positions, p.k = z.ci;
    p.a = weight, p.lda = z.ci, p.b = x, p.ldb = z.positions, p.c = y, p.ldc = z.positions;
    p.batch[0] = {s.batch, 0, xs.image, z.y_image};
    p.batch[1] = {s.groups, z.co * z.ci, z.ci * z.positions, z.co * z.positions};
    return for_images(p, s.out_channels, bias, x, y);
  }
  const Workspace<T> matrix(z.depth * z.positions);
  for (int64_t n = 0; n < s.batch; ++n) {
    fill_channels(s.y_layout, s.out_channels, z.positions, bias, y + n * z.y_image);
    for (int64_t g = 0; g < s.groups; ++g) {
      unfold(s, xs, x + n * xs.image + g * z.ci * xs.channel, z.ci, matrix.data());
      Gemm p;  // y = weight * matrix, or its transpose
      p.k = z.depth, p.c = y + n * z.y_image + g * z.co * z.y_channel, p.ldc = z.ldy, p.beta = 1;
      const T* w = weight + g * z.co * z.depth;
      if (z.y_last) {
        p.m = z.positions, p.n = z.co, p.trans_a = p.trans_b = true;
        p.a = matrix.data(), p.lda = z.positions, p.b = w, p.ldb = z.depth;
      } else {
        p.m = z.co, p.n = z.positions;
        p.a = w, p.lda = z.depth, p.b = matrix.data(), p.ldb = z.positions;
      }
      gemm<T>(p);
    }
  }
}

template <class T>
void conv_input_im2col(const ConvShape& s, const T* dy, const T* weight, const T* bias, T* dx) {
  const Sizes z(s);
  const ImageStrides xs(s.x_layout, s.dims, s.in_channels, s.in);
  if (lies_unfolded(s)) {
    Gemm p;  // dx = weight^T * dy
    p.m = z.ci, p.n = z.positions, p.k = z.co;
    p.a = weight, p.lda = z.ci, p.trans_a = true, p.b = dy, p.ldb = z.positions, p.c = dx, p.ldc = z.positions;
    p.batch[0] = {s.batch, 0, z.y_image, xs.image};
    p.batch[1] = {s.groups, z.co * z.ci, z.co * z.positions, z.ci * z.positions};
    return for_images(p, s.in_channels, bias, dy, dx);
  }
  const Workspace<T> matrix(z.depth * z.positions);
  for (int64_t n = 0; n < s.batch; ++n) {
    fill_channels(s.x_layout, s.in_channels, product(s.in, s.dims), bias, dx + n * xs.image);
    for (int64_t g = 0; g < s.groups; ++g) {
      Gemm p;  // matrix = weight^T * dy
      p.m = z.depth, p.n = z.positions, p.k = z.co;
      p.a = weight + g * z.co * z.depth, p.lda = z.depth, p.trans_a = true;
      p.b = dy + n * z.y_image + g * z.co * z.y_channel, p.ldb = z.ldy, p.trans_b = z.y_last;
      p.c = matrix.data(), p.ldc = z.positions;
      gemm<T>(p);
      fold(s, xs, matrix.data(), z.ci, dx + n * xs.image + g * z.ci * xs.channel);
    }
  }
}

template <class T>
void conv_weight_im2col(const ConvShape& s, const T* x, const T* dy, T* dweight, T* dbias) {
  const Sizes z(s);
  const ImageStrides xs(s.x_layout, s.dims, s.in_channels, s.in);
  const bool lies = lies_unfolded(s);
  if (dbias) std::fill_n(dbias, s.out_channels, T(0));
  const auto add_bias = [&](int64_t n, int64_t g) {  // next to the product of the same dy
    if (!dbias) return;
    const int64_t step = z.y_last ? s.out_channels : 1;
    for (int64_t c = g * z.co; c < (g + 1) * z.co; ++c) {
      const T* p = dy + n * z.y_image + c * z.y_channel;
      T sums[16] = {}, sum = 0;  // side by side, for vectors
      int64_t i = 0;
      if (step == 1)
        for (; i + 16 <= z.positions; i += 16)
          for (int64_t e = 0; e < 16; ++e) sums[e] += p[i + e];
      for (; i < z.positions; ++i) sum += p[i * step];
      for (const T part : sums) sum += part;
      dbias[c] += sum;
    }
  };
  if (dweight && lies && s.batch && z.co <= z.ci) {
    // The transposed gradient, x * dy^T: the larger of the two is read where it is, the smaller one packed.
    const Workspace<T> turned(z.ci * z.co);
    for (int64_t g = 0; g < s.groups; ++g) {
      for (int64_t n = 0; n < s.batch; ++n) {
        Gemm p;
        p.m = z.ci, p.n = z.co, p.k = z.positions, p.beta = n > 0;
        p.a = x + n * xs.image + g * z.ci * z.positions, p.lda = z.positions;
        p.b = dy + n * z.y_image + g * z.co * z.positions, p.ldb = z.positions, p.trans_b = true;
        p.c = turned.data(), p.ldc = z.co;
        gemm<T>(p);
        add_bias(n, g);
      }
      T* const to = dweight + g * z.co * z.ci;
      constexpr int64_t kItem = sizeof(T);
      tile_copy(kItem)({reinterpret_cast<char*>(to), kItem, z.ci * kItem},
                       {reinterpret_cast<char*>(turned.data()), z.co * kItem, kItem}, z.ci, z.co);
    }
  } else {
    if (dweight) std::fill_n(dweight, s.out_channels * z.depth, T(0));
    const Workspace<T> matrix(lies || !dweight ? 0 : z.depth * z.positions);
    for (int64_t n = 0; n < s.batch; ++n)
      for (int64_t g = 0; g < s.groups; ++g) {
        add_bias(n, g);
        if (!dweight) continue;
        const T* unfolded = x + n * xs.image + g * z.ci * xs.channel;
        if (!lies) {
          unfold(s, xs, unfolded, z.ci, matrix.data());
          unfolded = matrix.data();
        }
        Gemm p;  // dweight += dy * matrix^T
        p.m = z.co, p.n = z.depth, p.k = z.positions, p.beta = 1;
        p.a = dy + n * z.y_image + g * z.co * z.y_channel, p.lda = z.ldy, p.trans_a = z.y_last;
        p.b = unfolded, p.ldb = z.positions, p.trans_b = true;
        p.c = dweight + g * z.co * z.depth, p.ldc = z.depth;
        gemm<T>(p);
      }
  }
}

#define LAMPAS_INSTANTIATE(T)                                                          \
  template void conv_im2col(const ConvShape&, const T*, const T*, const T*, T*);       \
  template void conv_input_im2col(const ConvShape&, const T*, const T*, const T*, T*); \
  template void conv_weight_im2col(const ConvShape&, const T*, const T*, T*, T*);
LAMPAS_INSTANTIATE(float)
LAMPAS_INSTANTIATE(double)
#undef LAMPAS_INSTANTIATE

}  // namespace lampas::cpu
