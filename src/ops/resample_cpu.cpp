// A resampling is a sparse linear map along each dimension, and its gradient is the transposed one, of the same form.
// Planes are mapped dimension by dimension, in the order that leaves least to do: where rows become more, each source
// row is first mapped along itself, once, and waits in a ring for the rows that are sums of it; where they become
// fewer, rows are summed first.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "backend/cpu/parallel.h"
#include "backend/cpu/stream.h"
#include "backend/cpu/workspace.h"
#include "backend/pointwise.h"
#include "ops/element.h"
#include "ops/resample.h"
#include "ops/resample_rows.h"

namespace lampas {
namespace {

/// target[j] = sum over k in [begin[j], begin[j + 1]) of weight[k] * source[index[k]], indices ascending.
template <class F>
class AxisMap {
 public:
  AxisMap(const ResampleAxis& a, bool transposed)
      : from(transposed ? a.out : a.in),
        to(transposed ? a.in : a.out),
        begin_(to + 1),
        index_(transposed ? a.out * a.taps : 0),
        weight_(transposed ? a.out * a.taps : 0) {
    const F* w = static_cast<const F*>(a.weight);
    if (!transposed) {
      begin = begin_, index = a.index, weight = w;
      for (int64_t j = 0; j <= to; ++j) begin_[j] = j * a.taps;
    } else {
      // Taps beyond the support weigh nothing, and are many: they are left out.
      const bool all = a.taps <= 4;
      std::fill_n(begin_.data(), to + 1, 0);
      for (int64_t k = 0; k < a.out * a.taps; ++k) begin_[a.index[k]] += all || w[k] != 0;
      for (int64_t j = 0, sum = 0; j <= to; ++j) sum += std::exchange(begin_[j], sum);
      // Filled, each begin is the next one's.
      for (int64_t k = 0; k < a.out * a.taps; ++k) {
        if (!all && w[k] == 0) continue;
        const int64_t at = begin_[a.index[k]]++;
        index_[at] = k / a.taps, weight_[at] = w[k];
      }
      for (int64_t j = to; j > 0; --j) begin_[j] = begin_[j - 1];
      begin_[0] = 0;
      begin = begin_, index = index_, weight = weight_;
    }
    for (int64_t j = 0; j < to; ++j) {
      most = std::max(most, begin[j + 1] - begin[j]);
      if (begin[j] < begin[j + 1]) span = std::max(span, index[begin[j + 1] - 1] - index[begin[j]] + 1);
    }
  }

  const int64_t from, to;
  int64_t most = 1, span = 1;  // entries of a target, and what they stretch over
  const int64_t *begin, *index;
  const F* weight;

 private:
  const cpu::Workspace<int64_t> begin_, index_;
  const cpu::Workspace<F> weight_;
};

/// The map along rows, in vectors where there are any.
template <class F>
class RowMap {
 public:
  static bool vectors() { return std::is_same_v<F, float> && cpu::row_functions.map; }

  explicit RowMap(const AxisMap<F>& map)
      : map_(map),
        lanes_(cpu::row_functions.lanes),
        blocks_(vectors() ? (map.to + lanes_ - 1) / lanes_ : 0),
        begin_(blocks_ + 1),
        entry_(begin_blocks()),
        index_(begin_[blocks_] * lanes_),
        weight_(begin_[blocks_] * lanes_),
        table_{map.from, map.to, begin_, entry_, index_, weight_, map.from >= lanes_} {
    for (int64_t b = 0; b < blocks_; ++b) {
      table_.plain = table_.plain && begin_[b + 1] - begin_[b] == begin_[1];
      for (int64_t e = begin_[b]; e < begin_[b + 1]; ++e) {
        fill(b, e);
        if (bool& pairs = entry_[begin_[b]].pairs; !entry_[e].pairs) pairs = false;
      }
    }
  }
  int64_t from() const { return map_.from; }
  int64_t to() const { return map_.to; }
  void operator()(const F* x, F* y, bool stream) const {
    if constexpr (std::is_same_v<F, float>)
      if (vectors()) return cpu::row_functions.map(table_, x, y, stream);
    for (int64_t j = 0; j < map_.to; ++j) {
      F sum = 0;
      for (int64_t k = map_.begin[j]; k < map_.begin[j + 1]; ++k) sum += map_.weight[k] * x[map_.index[k]];
      y[j] = sum;
    }
  }

 private:
  int64_t begin_blocks() {
    begin_[0] = 0;
    for (int64_t b = 0; b < blocks_; ++b) {
      int64_t most = 0;
      for (int64_t j = b * lanes_; j < std::min(map_.to, (b + 1) * lanes_); ++j)
        most = std::max(most, map_.begin[j + 1] - map_.begin[j]);
      begin_[b + 1] = begin_[b] + static_cast<int32_t>(most);
    }
    return begin_[blocks_];
  }
  void fill(int64_t b, int64_t e) {
    const int64_t nth = e - begin_[b];
    int64_t low = map_.from - 1, high = 0;
    bool partial = false;
    for (int64_t lane = 0; lane < lanes_; ++lane) {
      // Lanes without a target do as the last one.
      const int64_t j = std::min(b * lanes_ + lane, map_.to - 1), k = map_.begin[j] + nth;
      const bool any = k < map_.begin[j + 1];
      index_[e * lanes_ + lane] = any ? static_cast<int32_t>(map_.index[k]) : -1;
      weight_[e * lanes_ + lane] = any ? static_cast<float>(map_.weight[k]) : 0;
      partial = partial || !any;
      if (any) low = std::min(low, map_.index[k]), high = std::max(high, map_.index[k]);
    }
    const auto base = [&](int64_t width) { return std::max<int64_t>(std::min(low, map_.from - width * lanes_), 0); };
    const int64_t one = base(1), two = base(2);
    cpu::RowTable::Entry& entry = entry_[e];
    if (high - one < lanes_)
      entry = {static_cast<int32_t>(one), cpu::RowTable::kOneVector, partial, false};
    else if (high - two < 2 * lanes_ && map_.from >= 2 * lanes_)
      entry = {static_cast<int32_t>(two), cpu::RowTable::kTwoVectors, partial, !partial};
    else
      entry = {0, cpu::RowTable::kAnywhere, partial, false};
    table_.plain = table_.plain && entry.kind == cpu::RowTable::kOneVector && !partial;
    for (int64_t lane = 0; lane < lanes_; ++lane)
      if (int32_t& i = index_[e * lanes_ + lane]; i >= 0) i -= entry.base;
  }

  const AxisMap<F>& map_;
  const int64_t lanes_, blocks_;
  const cpu::Workspace<int32_t> begin_;
  const cpu::Workspace<cpu::RowTable::Entry> entry_;
  const cpu::Workspace<int32_t> index_;
  const cpu::Workspace<float> weight_;
  cpu::RowTable table_;
};

/// y = sum over k < count of weight[k] * rows[k].
template <class F>
void combine(const F* const* rows, const F* weight, int64_t count, int64_t n, F* y, bool stream) {
  if constexpr (std::is_same_v<F, float>)
    if (cpu::row_functions.combine) return cpu::row_functions.combine(rows, weight, count, n, y, stream);
  std::fill_n(y, n, F(0));
  for (int64_t k = 0; k < count; ++k)
    for (int64_t i = 0; i < n; ++i) y[i] += weight[k] * rows[k][i];
}

/// Turns a.from parts of a plane into a.to parts, when a part has a map of its own.
template <class F>
class Stage {
 public:
  Stage(const AxisMap<F>& a, int64_t from_size, int64_t to_size)
      : a_(a),
        from_(from_size),
        to_(to_size),
        first_(a.to < a.from),
        slots_(static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(a.span)))),
        parts_(first_ ? from_size : slots_ * to_size),
        held_(slots_),
        rows_(a.most) {}

  /// `part(x, y, stream)` maps one part.
  template <class Part>
  void run(const F* x, F* y, bool stream, const Part& part) const {
    std::fill_n(held_.data(), slots_, int64_t{-1});
    for (int64_t j = 0; j < a_.to; ++j, y += to_) {
      const int64_t begin = a_.begin[j], count = a_.begin[j + 1] - begin;
      for (int64_t k = 0; k < count; ++k) {
        const int64_t r = a_.index[begin + k], slot = r & (slots_ - 1);
        rows_[k] = first_ ? x + r * from_ : parts_ + slot * to_;
        if (!first_ && held_[slot] != r) part(x + r * from_, parts_ + slot * to_, false), held_[slot] = r;
      }
      if (!first_) {
        combine<F>(rows_, a_.weight + begin, count, to_, y, stream);
      } else {
        combine<F>(rows_, a_.weight + begin, count, from_, parts_, false);
        part(parts_.data(), y, stream);
      }
    }
  }

 private:
  const AxisMap<F>& a_;
  const int64_t from_, to_;
  const bool first_;     // sums come first
  const int64_t slots_;  // of the ring, a power of two
  const cpu::Workspace<F> parts_;
  const cpu::Workspace<int64_t> held_;
  const cpu::Workspace<const F*> rows_;
};

template <class T>
using Sum = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// Sums in float32 (float64 for double): F. Reduced floats are widened and rounded one plane at a time.
template <class F>
void resample(const Resample& r, ScalarType type, bool transposed, const void* x, void* y) {
  const bool direct = type == dtype_of<F>;
  const int64_t zero = 0;
  const F unit = 1;
  ResampleAxis same;
  same.index = &zero, same.weight = &unit;
  const AxisMap<F> d(r.dims == 3 ? r.axis[0] : same, transposed),
      h(r.dims >= 2 ? r.axis[r.dims - 2] : same, transposed), w(r.axis[r.dims - 1], transposed);
  const RowMap<F> row(w);
  const int64_t in = d.from * h.from * w.from, out = d.to * h.to * w.to, item = direct ? sizeof(F) : 2;
  const bool stream =
      direct && RowMap<F>::vectors() && cpu::streams(r.planes * (in + out) * item) && cpu::on_lines(y, w.to * item);
  cpu::parallel_for(r.planes, cpu::kGrain / (2 * (in + out)) + 1, [&](int64_t begin, int64_t end) {
    const cpu::Workspace<F> wide(direct ? 0 : in + out);
    const Stage<F> rows(h, w.from, w.to), planes(d, h.from * w.from, h.to * w.to);
    const auto map_plane = [&](const F* p, F* q, bool s) { r.dims == 1 ? row(p, q, s) : rows.run(p, q, s, row); };
    const auto* from = static_cast<const char*>(x) + begin * in * item;
    auto* to = static_cast<char*>(y) + begin * out * item;
    for (int64_t k = begin; k < end; ++k, from += in * item, to += out * item) {
      const F* p = direct ? reinterpret_cast<const F*>(from) : wide.data();
      F* q = direct ? reinterpret_cast<F*>(to) : wide.data() + in;
      if (!direct) convert(type, from, dtype_of<F>, wide.data(), in);
      r.dims < 3 ? map_plane(p, q, stream) : planes.run(p, q, stream, map_plane);
      if (!direct) convert(dtype_of<F>, q, type, to, out);
    }
    if (stream) cpu::stream_fence();
  });
}

/// Rows that come from one input row are gathered once and then copied.
template <class T>
void nearest(const Resample& r, const void* x_, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const ResampleAxis& w = r.axis[r.dims - 1];
  int64_t in_rows = 1, out_rows = 1;
  for (int d = 0; d < r.dims - 1; ++d) in_rows *= r.axis[d].in, out_rows *= r.axis[d].out;
  bool doubles = w.out == 2 * w.in;
  for (int64_t o = 0; doubles && o < w.out; ++o) doubles = w.index[o] == o / 2;
  cpu::parallel_for(r.planes * out_rows, std::max<int64_t>(1, cpu::kGrain / w.out), [&](int64_t begin, int64_t end) {
    int64_t previous = -1;
    for (int64_t row = begin; row < end; ++row) {
      int64_t rest = row % out_rows, source = 0, step = 1;
      for (int d = r.dims - 2; d >= 0; --d) {
        source += step * r.axis[d].index[rest % r.axis[d].out];
        rest /= r.axis[d].out, step *= r.axis[d].in;
      }
      source += row / out_rows * in_rows;
      T* to = y + row * w.out;
      if (source == previous) {
        std::memcpy(static_cast<void*>(to), to - w.out, static_cast<size_t>(w.out) * sizeof(T));
        continue;
      }
      previous = source;
      const T* from = x + source * w.in;
      if (doubles)
        for (int64_t i = 0; i < w.in; ++i) to[2 * i] = to[2 * i + 1] = from[i];
      else
        for (int64_t o = 0; o < w.out; ++o) to[o] = from[w.index[o]];
    }
  });
}

template <class... T>
bool fill_slots() {
  return ((resample_kernel.set(
               kCPU, dtype_of<T>,
               [](const Resample& r, const void* x, void* y) { resample<Sum<T>>(r, dtype_of<T>, false, x, y); }) &&
           resample_backward_kernel.set(
               kCPU, dtype_of<T>,
               [](const Resample& r, const void* dy, void* dx) { resample<Sum<T>>(r, dtype_of<T>, true, dy, dx); })) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

template <class T>
bool fill_nearest(ScalarType t) {
  nearest_kernel.set(kCPU, t, nearest<RawElementOf<T>>);
  return true;
}
const bool filled_nearest[] = {
#define LAMPAS_FILL(T, name) fill_nearest<T>(ScalarType::name),
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
