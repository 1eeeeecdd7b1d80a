// Fractional max pools: windows of one size at irregular places, other ones in every plane.
#include <limits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool_geometry.h"
#include "ops/pool_variants.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_fractional_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pool_rows-inl.h"
#include "ops/pool_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::PoolAxes;
using cpu::PoolAxis;

/// Starts of the windows along one axis; the arithmetic is the element type's (float32 for reduced floats), because the
/// truncation makes every rounding visible.
template <class T>
void window_starts(const PoolAxis& axis, T sample, int64_t* start) {
  if (axis.out > 1) {
    const T step = static_cast<T>(axis.in - axis.kernel) / static_cast<T>(axis.out - 1);
    for (int64_t i = 0; i < axis.out - 1; ++i)
      start[i] = static_cast<int64_t>((static_cast<T>(i) + sample) * step) - static_cast<int64_t>(sample * step);
  }
  start[axis.out - 1] = axis.in - axis.kernel;
}

/// Maxima of one plane after another. Windows at all columns of a row are compared in vectors, as there are not many
/// more than are wanted; those are then picked.
template <class T>
class FractionalPlanes {
 public:
  explicit FractionalPlanes(const cpu::PoolCall& call)
      : FractionalPlanes(call.axes, call.s.dims, static_cast<const T*>(call.samples), call.indices) {}
  FractionalPlanes(const PoolAxes& a, int dims, const T* samples, int64_t* indices)
      : a_(a),
        dims_(dims),
        samples_(samples),
        indices_(indices),
        plane_(a.in_size(), a.w.in, lanes_of<T>()),
        starts_(a.d.out + a.h.out + a.w.out),
        wanted_(a.w.in / 8 + 9) {}

  void operator()(const T* in, T* out, int64_t p, int64_t room) {
    int64_t *zs = starts_, *ys = zs + a_.d.out, *xs = ys + a_.h.out;
    const T* u = samples_ + p * dims_;
    if (dims_ == 3) {
      window_starts<T>(a_.d, u[0], zs), window_starts<T>(a_.h, u[1], ys), window_starts<T>(a_.w, u[2], xs);
    } else {
      zs[0] = 0, window_starts<T>(a_.h, u[1], ys), window_starts<T>(a_.w, u[0], xs);
    }
    const bool vectors =
        pick_columns(xs) && a_.w.kernel <= lanes_of<T>() && a_.in_size() <= std::numeric_limits<int32_t>::max();
    if (vectors) plane_.open(in, room);
    int64_t* index = indices_ + p * a_.out_size();
    room = a_.out_size();
    for (int64_t d = 0; d < a_.d.out; ++d)
      for (int64_t h = 0; h < a_.h.out; ++h, out += a_.w.out, index += a_.w.out, room -= a_.w.out) {
        if constexpr (std::is_same_v<T, float>) {
          if (!vectors || !row(zs[d], ys[h], out, index, room)) scalar(in, zs[d], ys[h], xs, out, index);
        } else {
          scalar(in, zs[d], ys[h], xs, out, index);
        }
      }
  }

 private:
  /// Marks the columns where windows start. False where vectors are of no use.
  bool pick_columns(const int64_t* xs) const {
    if (HWY_TARGET == HWY_SCALAR || !std::is_same_v<T, float>) return false;
    std::fill_n(wanted_.data(), a_.w.in / 8 + 9, uint8_t{0});
    for (int64_t w = 0; w < a_.w.out; ++w) {
      if (w && xs[w] <= xs[w - 1]) return false;
      wanted_[xs[w] / 8] |= static_cast<uint8_t>(1 << xs[w] % 8);
    }
    return true;
  }

  void scalar(const T* in, int64_t z0, int64_t y0, const int64_t* xs, T* out, int64_t* index) const {
    for (int64_t w = 0; w < a_.w.out; ++w) {
      int64_t best = (z0 * a_.h.in + y0) * a_.w.in + xs[w];
      for (int64_t z = z0; z < z0 + a_.d.kernel; ++z)
        for (int64_t r = y0; r < y0 + a_.h.kernel; ++r)
          for (int64_t c = xs[w]; c < xs[w] + a_.w.kernel; ++c) {
            const int64_t i = (z * a_.h.in + r) * a_.w.in + c;
            if (in[i] > in[best] || in[i] != in[i]) best = i;
          }
      out[w] = in[best], index[w] = best;
    }
  }

  /// False if a NaN may be among the elements.
  bool row(int64_t z0, int64_t y0, T* out, int64_t* index, int64_t room) const {
    const hn::ScalableTag<T> d;
    const hn::RebindToSigned<decltype(d)> di;
    using TI = hn::TFromD<decltype(di)>;
    const int64_t n = lanes_of<T>(), columns = a_.w.in - a_.w.kernel + 1;
    auto watch = hn::Zero(d);
    for (int64_t c = 0; c < columns; c += n) {
      auto best = hn::Set(d, -std::numeric_limits<T>::infinity()), sum = hn::Zero(d);
      auto place = hn::Iota(di, static_cast<TI>((z0 * a_.h.in + y0) * a_.w.in + c));
      for (int64_t z = z0; z < z0 + a_.d.kernel; ++z)
        for (int64_t y = y0; y < y0 + a_.h.kernel; ++y) {
          const int64_t start = (z * a_.h.in + y) * a_.w.in;
          const T* p = plane_.at(start) + c;
          auto here = hn::Iota(di, static_cast<TI>(start + c));
          for (int64_t k = 0; k < a_.w.kernel; ++k) {
            const auto v = hn::LoadU(d, p + k);
            const auto wins = hn::Gt(v, best);
            best = hn::IfThenElse(wins, v, best);
            place = hn::IfThenElse(hn::RebindMask(di, wins), here, place);
            here = hn::Add(here, hn::Set(di, 1));
            sum = hn::Add(sum, v);
          }
        }
      watch = hn::Add(watch, sum);
      const auto wanted = hn::LoadMaskBits(d, wanted_ + c / 8);
      const auto places = hn::Compress(place, hn::RebindMask(di, wanted));
      store_some(d, hn::Compress(best, wanted), out, room);
      if (HWY_LIKELY(room >= n)) {
        store_index(di, places, index);
      } else {
        int64_t buffer[HWY_MAX_BYTES / sizeof(T)];
        store_index(di, places, buffer);
        std::copy_n(buffer, room, index);
      }
      const auto count = static_cast<int64_t>(hn::CountTrue(d, wanted));
      out += count, index += count, room -= count;
    }
    return hn::AllFalse(d, hn::IsNaN(watch));
  }

  const PoolAxes& a_;
  const int dims_;
  const T* samples_;
  int64_t* indices_;
  OpenPlane<T> plane_;
  const cpu::Workspace<int64_t> starts_;
  const cpu::Workspace<uint8_t> wanted_;
};

cpu::FloatWorks fractional_works() {
  return {cpu::each_plane<FractionalPlanes<float>, float>, cpu::each_plane<FractionalPlanes<double>, double>};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {

cpu::FloatWorks works;
HWY_EXPORT(fractional_works);
const cpu::KernelSet kernels{[] { works = HWY_DYNAMIC_DISPATCH(fractional_works)(); }};

/// The first maximum in row-major order; a NaN wins.
template <class T>
void fractional_max_pool(const PoolShape& s, const void* x, const void* samples, void* y, int64_t* indices) {
  cpu::PoolCall call(s);
  using F = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const int64_t count = is_reduced_floating(dtype_of<T>) ? s.planes * s.dims : 0;
  const cpu::Workspace<F> widened(count);
  for (int64_t i = 0; i < count; ++i) widened[i] = static_cast<const T*>(samples)[i];
  call.samples = count ? widened.data() : samples, call.indices = indices;
  call.forward(dtype_of<T>, x, y, call.window_work(), works.of<T>());
}

template <class... T>
bool fill_slots() {
  return (fractional_max_pool_kernel.set(kCPU, dtype_of<T>, fractional_max_pool<T>) && ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
#endif
