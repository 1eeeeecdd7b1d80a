// Normalisation of outer x channels x inner with one weight and bias per channel: batch, instance and group norm.
// float16 and bfloat16 compute in float32.
//
// Statistics: blocks of 1024 elements in the compute type (see norm-inl.h), merged in float64; relative error of the
// variance at most 20 eps, plus (eps mean)^2 / var. Outputs: 4 eps (|x| + |mean|) rstd |weight| + eps |bias|. A set
// with NaN or inf gives NaN throughout. The sums of the backward pass have a relative error of 20 eps of the sum of
// magnitudes.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/norm_channels_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/norm-inl.h"
#include "ops/norm.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// The pieces of segment (n, c), the contiguous elements of one channel of one sample, and the set each belongs to.
struct Segments {
  const NormPlan& p;
  int64_t per_set = p.over_batch ? 1 : p.outer * p.channels_count / std::max<int64_t>(p.groups, 1);
  int64_t piece = (p.inner + p.pieces - 1) / p.pieces;

  int64_t set_of(int64_t s) const { return p.over_batch ? s % p.channels_count : s / per_set; }
  int64_t segments_of_set() const { return p.over_batch ? p.outer : per_set; }
  int64_t segment(int64_t set, int64_t j) const {
    return p.over_batch ? j * p.channels_count + set : set * per_set + j;
  }
  int64_t begin(int64_t k) const { return std::min(p.inner, k * piece); }
};

template <class T>
struct Channels {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;

  template <bool kClamp>
  static HWY_NOINLINE void affine(const T* x, T* y, int64_t n, const ChannelLine<C>& of) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto line = of.in(d);
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) store_as(d, line.template value<kClamp>(d, load_as(d, x + i)), y + i);
    if (i < n) {
      const size_t rest = static_cast<size_t>(n - i);
      store_tail(d, line.template value<kClamp>(d, load_tail(d, x + i, rest)), y + i, rest);
    }
  }

  static void forward(const NormPlan& p, const NormForward& f) {
    const T* x = static_cast<const T*>(f.x);
    T* y = static_cast<T*>(f.y);
    const C *w = static_cast<const C*>(f.weight), *bias = static_cast<const C*>(f.bias);
    C* stats = static_cast<C*>(f.stats);
    const Segments at{p};
    const int64_t per_set = at.segments_of_set();
    const auto affine = p.relu || kAlwaysClamps<T> ? Channels::affine<true> : Channels::affine<kAlwaysClamps<T>>;
    const C least = least_of<C>(p.relu);
    const auto normalise = [&](int64_t s, int64_t set, int64_t begin, int64_t end) {
      const int64_t c = s % p.channels_count;
      const C rstd = stats[p.groups + set];
      affine(x + s * p.inner + begin, y + s * p.inner + begin, end - begin,
             {stats[set], w ? rstd * w[c] : rstd, bias ? bias[c] : C(0), least});
    };
    if (p.pieces == 1) {
      cpu::parallel_for(p.groups, std::max<int64_t>(1, cpu::kGrain / 4 / std::max<int64_t>(p.count(), 1)),
                        [&](int64_t first, int64_t last) {
                          for (int64_t set = first; set < last; ++set) {
                            if (!p.fixed) {
                              const T* start = x + at.segment(set, 0) * p.inner;
                              store_stats(stats, p.groups, set,
                                          p.over_batch
                                              ? run_moments(D(), start, p.outer, p.inner, p.channels_count * p.inner)
                                              : run_moments(D(), start, 1, per_set * p.inner, 0),
                                          p.eps);
                            }
                            for (int64_t j = 0; j < per_set; ++j) normalise(at.segment(set, j), set, 0, p.inner);
                          }
                        });
      return;
    }
    const int64_t parts = p.outer * p.channels_count * p.pieces;
    if (!p.fixed) {
      Moments* partial = reinterpret_cast<Moments*>(f.scratch);
      cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
        for (int64_t k = first; k < last; ++k) {
          const int64_t begin = at.begin(k % p.pieces), end = at.begin(k % p.pieces + 1);
          partial[k] = run_moments(D(), x + k / p.pieces * p.inner + begin, 1, end - begin, 0);
        }
      });
      for (int64_t set = 0; set < p.groups; ++set) {
        Moments m;
        for (int64_t j = 0; j < per_set; ++j)
          for (int64_t k = 0; k < p.pieces; ++k) m.merge(partial[at.segment(set, j) * p.pieces + k]);
        store_stats(stats, p.groups, set, m, p.eps);
      }
    }
    cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k)
        normalise(k / p.pieces, at.set_of(k / p.pieces), at.begin(k % p.pieces), at.begin(k % p.pieces + 1));
    });
  }

  /// dx = scale g + (b (x - mean) + c), g as it comes back through the clamp.
  template <bool kClamp>
  static HWY_NOINLINE void combine(const T* g, const T* x, T* dx, int64_t n, const ChannelLine<C>& of, C b_, C c_) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto line = of.in(d);
    const auto b = hn::Set(d, b_), c = hn::Set(d, c_);
    const auto at = [&](auto gi, auto xi) HWY_ATTR {
      const auto centred = hn::Sub(xi, line.mean);
      return hn::MulAdd(line.scale, line.template gradient<kClamp>(d, gi, centred), hn::MulAdd(b, centred, c));
    };
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) store_as(d, at(load_as(d, g + i), load_as(d, x + i)), dx + i);
    if (i < n) {
      const size_t rest = static_cast<size_t>(n - i);
      store_tail(d, at(load_tail(d, g + i, rest), load_tail(d, x + i, rest)), dx + i, rest);
    }
  }
  /// dx = scale g, g as it comes back through the clamp.
  template <bool kClamp>
  static HWY_NOINLINE void scale(const T* g, const T* x, T* dx, int64_t n, const ChannelLine<C>& of, C, C) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto line = of.in(d);
    for (int64_t i = 0; i < n; i += lanes) {
      const auto centred = kClamp ? hn::Sub(load_some(d, x + i, n - i), line.mean) : line.mean;
      const auto gi = line.template gradient<kClamp>(d, load_some(d, g + i, n - i), centred);
      store_some(d, hn::Mul(line.scale, gi), dx + i, n - i);
    }
  }

  static void backward(const NormPlan& p, const NormBackward& f) {
    const T *g = static_cast<const T*>(f.g), *x = static_cast<const T*>(f.x);
    T* dx = static_cast<T*>(f.dx);
    const C *w = static_cast<const C*>(f.weight), *stats = static_cast<const C*>(f.stats);
    const C* bias = static_cast<const C*>(f.bias);
    C *dw = static_cast<C*>(f.dweight), *db = static_cast<C*>(f.dbias);
    const bool clamp = p.relu || kAlwaysClamps<T>;
    const auto add_sums = clamp ? add_gradient_sums<true, D, T> : add_gradient_sums<kAlwaysClamps<T>, D, T>;
    const auto write_some = p.fixed ? clamp ? scale<true> : scale<kAlwaysClamps<T>>
                            : clamp ? combine<true>
                                    : combine<kAlwaysClamps<T>>;
    const Segments at{p};
    const int64_t per_set = at.segments_of_set(), parts = p.outer * p.channels_count * p.pieces;
    // Of every piece: sum(g), sum(g (x - mean)); of every set, the coefficients of its x - mean and of 1 in dx.
    double *sums = f.scratch, *line = f.scratch + 2 * parts;
    const bool need_sums = !p.fixed || dw || db;
    const C least = least_of<C>(p.relu);
    const auto line_of = [&](int64_t s, int64_t set) -> ChannelLine<C> {  // forward's
      const int64_t c = s % p.channels_count;
      const C rstd = stats[p.groups + set];
      return {stats[set], w ? rstd * w[c] : rstd, bias ? bias[c] : C(0), least};
    };
    const auto reduce = [&](int64_t s, int64_t set, int64_t k) {
      const int64_t begin = at.begin(k), end = at.begin(k + 1), from = s * p.inner + begin;
      double* out = sums + 2 * (s * p.pieces + k);
      out[0] = out[1] = 0;
      add_sums(D(), g + from, x + from, end - begin, line_of(s, set), out[0], out[1]);
    };
    const auto finish = [&](int64_t set) {
      double sum_a = 0, sum_ax = 0;
      for (int64_t j = 0; j < per_set; ++j) {
        const int64_t s = at.segment(set, j);
        const double weight = w ? static_cast<double>(w[s % p.channels_count]) : 1.0;
        for (int64_t k = 0; k < p.pieces; ++k) {
          sum_a += weight * sums[2 * (s * p.pieces + k)];
          sum_ax += weight * sums[2 * (s * p.pieces + k) + 1];
        }
      }
      const double rstd = static_cast<double>(stats[p.groups + set]), n = static_cast<double>(p.count());
      line[2 * set] = -rstd * rstd * rstd * sum_ax / n;
      line[2 * set + 1] = -rstd * sum_a / n;
    };
    const auto write = [&](int64_t s, int64_t set, int64_t k) {
      const int64_t begin = at.begin(k), end = at.begin(k + 1), from = s * p.inner + begin;
      const double* l = line + 2 * set;
      write_some(g + from, x + from, dx + from, end - begin, line_of(s, set), p.fixed ? C(0) : static_cast<C>(l[0]),
                 p.fixed ? C(0) : static_cast<C>(l[1]));
    };
    if (p.pieces == 1) {
      cpu::parallel_for(p.groups, std::max<int64_t>(1, cpu::kGrain / 6 / std::max<int64_t>(p.count(), 1)),
                        [&](int64_t first, int64_t last) {
                          for (int64_t set = first; set < last; ++set) {
                            if (need_sums)
                              for (int64_t j = 0; j < per_set; ++j) reduce(at.segment(set, j), set, 0);
                            if (!p.fixed) finish(set);
                            if (dx)
                              for (int64_t j = 0; j < per_set; ++j) write(at.segment(set, j), set, 0);
                          }
                        });
    } else {
      if (need_sums)
        cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
          for (int64_t k = first; k < last; ++k) reduce(k / p.pieces, at.set_of(k / p.pieces), k % p.pieces);
        });
      if (!p.fixed)
        for (int64_t set = 0; set < p.groups; ++set) finish(set);
      if (dx)
        cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
          for (int64_t k = first; k < last; ++k) write(k / p.pieces, at.set_of(k / p.pieces), k % p.pieces);
        });
    }
    if (!dw && !db) return;
    for (int64_t c = 0; c < p.channels_count; ++c) {
      double sum_g = 0, sum_gh = 0;
      for (int64_t n = 0; n < p.outer; ++n) {
        const int64_t s = n * p.channels_count + c;
        const double rstd = static_cast<double>(stats[p.groups + at.set_of(s)]);
        for (int64_t k = 0; k < p.pieces; ++k) {
          sum_g += sums[2 * (s * p.pieces + k)];
          sum_gh += rstd * sums[2 * (s * p.pieces + k) + 1];
        }
      }
      if (dw) dw[c] = static_cast<C>(sum_gh);
      if (db) db[c] = static_cast<C>(sum_g);
    }
  }
};

template <class C>
void running_update(const RunningUpdate& u) {
  const auto move = [&](void* to, const void* seen, double factor) {
    C* r = static_cast<C*>(to);
    const C* s = static_cast<const C*>(seen);
    for (int64_t k = 0; k < u.n; ++k) {
      double sum = 0;
      for (int64_t j = 0; j < u.sets; ++j) sum += static_cast<double>(s[j * u.n + k]);
      const double observed = sum / static_cast<double>(u.sets) * factor;
      r[k] = static_cast<C>((1 - u.momentum) * static_cast<double>(r[k]) + u.momentum * observed);
    }
  };
  if (u.mean) move(u.mean, u.mean_seen, 1);
  if (u.var) move(u.var, u.var_seen, u.unbias);
}

template <class T>
void fill() {
  norm_channels_kernel.set(kCPU, dtype_of<T>, Channels<T>::forward);
  norm_channels_backward_kernel.set(kCPU, dtype_of<T>, Channels<T>::backward);
}
void fill_slots() {
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16>();
  running_update_kernel.set(kCPU, kFloat, running_update<float>);
  running_update_kernel.set(kCPU, kDouble, running_update<double>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
